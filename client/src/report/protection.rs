//! What is said about devices, and about what protects messages.

use onym_client_protocol::omemo::Dialect;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{
    DeviceRecord, Encryption, EncryptionPolicy, OmemoMark, Undecryptable,
};
use onym_client_protocol::trust::{Decision, Trust, TrustRule};
use serde::{Deserialize, Serialize};

/// A device that messages are encrypted for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DeviceReport {
    pub(crate) jid: String,
    /// Where the conversation with its owner is kept, if they have several addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation: Option<String>,
    pub(crate) id: u32,
    /// Whether it is the program that is asked.
    pub(crate) this: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// As people compare it: 64 digits, without spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
    /// What it speaks, the better one first: `omemo2`, `omemo`.
    pub(crate) versions: Vec<String>,
    /// What is known about whether it is its owner's.
    pub(crate) trust: String,
    /// The rule that decides whether it may read what we write.
    pub(crate) because: String,
    pub(crate) may_read: bool,
    /// Whether it gets nothing all the same, since nothing was heard of it for months.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stale: bool,
    pub(crate) listed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_seen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_heard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_changed: Option<String>,
}

impl DeviceReport {
    /// A device of an account, as it is kept.
    pub(crate) fn new(jid: String, id: u32, device: &DeviceRecord, decision: Decision) -> Self {
        let spoken = Dialect::ALL.into_iter().rev();
        let spoken = spoken.filter(|dialect| device.speaks(*dialect));
        Self {
            jid,
            conversation: None,
            id,
            this: false,
            label: device.label.clone(),
            fingerprint: device.key.map(|key| key.fingerprint()),
            versions: spoken.map(|it| version(it).to_owned()).collect(),
            trust: trust(device.trust).to_owned(),
            because: rule(decision.because).0.to_owned(),
            may_read: decision.allow,
            stale: false,
            listed: device.is_listed(),
            first_seen: Some(device.first_seen.to_string()),
            last_heard: device.last_heard.map(|time| time.to_string()),
            key_changed: device.key_changed.map(|time| time.to_string()),
        }
    }
}

/// How the messages of a conversation, or of all, are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct EncryptionReport {
    /// With whom; nothing for what holds where nothing else was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jid: Option<String>,
    /// What holds.
    pub(crate) policy: String,
    /// Whether it was chosen for this conversation.
    pub(crate) chosen: bool,
    /// Each address of somebody who has several; all that is said here is about all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) addresses: Vec<String>,
    /// How many devices the other side lists.
    pub(crate) devices: usize,
    /// How many of them the user has to decide about.
    pub(crate) undecided: usize,
    /// Why messages wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<HoldReport>,
}

/// Why messages wait for their protection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct HoldReport {
    pub(crate) code: String,
    pub(crate) words: String,
    /// When the other side is asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
}

impl From<Hold> for HoldReport {
    fn from(hold: Hold) -> Self {
        let (code, words, until) = match hold {
            Hold::Preparing => ("preparing", "your own keys are being published", None),
            Hold::OurServerKeepsNoKeys => (
                "our-server-keeps-no-keys",
                "your server keeps no keys, so nobody could write back",
                None,
            ),
            Hold::LookingForDevices => (
                "looking-for-devices",
                "their endpoint is asked which devices they have",
                None,
            ),
            Hold::FetchingKeys => (
                "fetching-keys",
                "the keys of their devices are on their way",
                None,
            ),
            Hold::Unreachable { until } => (
                "unreachable",
                "their endpoint does not answer, and their keys are needed first",
                Some(until),
            ),
            Hold::NoDevices { until } => (
                "no-devices",
                "no program of theirs can encrypt as this conversation wants it",
                Some(until),
            ),
            Hold::TheirDevicesUndecided => (
                "their-devices-undecided",
                "they have a new device: `onym devices` shows it, and `onym trust` decides",
                None,
            ),
            Hold::OurDevicesUndecided => (
                "our-devices-undecided",
                "you have a new device: `onym devices` shows it, and `onym trust` decides",
                None,
            ),
            Hold::IdentityChanged => (
                "identity-changed",
                "another identity is behind their address now: `onym identity decide` decides",
                None,
            ),
            Hold::AddressRevoked => (
                "address-revoked",
                "their identity says that this address is no longer theirs",
                None,
            ),
            Hold::IdentityRevoked => (
                "identity-revoked",
                "they have revoked the identity behind this address for good",
                None,
            ),
            Hold::IdentityDiffers => (
                "identity-differs",
                "you compared the identity behind this address, and it is not theirs: compare it again, or \
                 take that back with `onym identity differs ADDRESS --withdraw`",
                None,
            ),
            Hold::NoUsableDevice => (
                "no-usable-device",
                "you refused all of their devices, or none of them has keys that are right",
                None,
            ),
            Hold::SignedOut => (
                "signed-out",
                "this device was signed out: `onym devices renew` gives it new keys",
                None,
            ),
        };
        Self {
            code: code.to_owned(),
            words: words.to_owned(),
            until: until.map(|time| time.to_string()),
        }
    }
}

/// What protected a message between the devices of the two people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct MarkReport {
    /// `omemo2`, `omemo`, `none`, or `unreadable`.
    pub(crate) kind: String,
    /// The device that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<u32>,
    /// What was decided about that device at the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) because: Option<String>,
    /// How many devices of the other side did not get it.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) left_out: u16,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

fn is_zero(number: &u16) -> bool {
    *number == 0
}

impl From<Encryption> for MarkReport {
    fn from(encryption: Encryption) -> Self {
        match encryption {
            Encryption::None => Self {
                kind: "none".to_owned(),
                ..Self::default()
            },
            Encryption::Omemo(OmemoMark {
                dialect,
                device,
                because,
                left_out,
            }) => Self {
                kind: version(dialect).to_owned(),
                device: Some(device.into()),
                because: Some(rule(because).0.to_owned()),
                left_out,
                why: None,
            },
            Encryption::Undecryptable(why) => Self {
                kind: "unreadable".to_owned(),
                why: Some(undecryptable(why).to_owned()),
                ..Self::default()
            },
        }
    }
}

impl MarkReport {
    /// As words behind a message; none for what is as it should be.
    pub(super) fn words(&self) -> Option<String> {
        match (self.kind.as_str(), self.because.as_deref()) {
            ("none", _) => Some("not encrypted".to_owned()),
            ("unreadable", _) => {
                let why = self.why.as_deref().unwrap_or_default();
                Some(format!("cannot be read: {why}"))
            }
            (_, Some("needs-decision")) => Some("from a device that is new".to_owned()),
            (_, Some("refused")) => Some("from a device that you refused".to_owned()),
            (_, Some("not-listed")) => Some("from a device that they do not list".to_owned()),
            (_, Some("revoked")) => Some("from a device that their identity revoked".to_owned()),
            _ => None,
        }
    }
}

/// The word for a policy, as the command line takes it.
pub(crate) const fn policy(policy: EncryptionPolicy) -> &'static str {
    match policy {
        EncryptionPolicy::Best => "best",
        EncryptionPolicy::Omemo2 => "omemo2",
        EncryptionPolicy::Omemo => "omemo",
        EncryptionPolicy::BestOrClear => "best-or-clear",
        EncryptionPolicy::Clear => "clear",
    }
}

const fn version(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Omemo => "omemo",
        Dialect::Omemo2 => "omemo2",
    }
}

const fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Refused { .. } => "refused",
        Trust::Undecided => "undecided",
        Trust::FirstUse => "first-use",
        Trust::Accepted { .. } => "accepted",
        Trust::Verified { .. } => "verified",
    }
}

/// The word for a rule of trust, and what it says to a person.
const fn rule(rule: TrustRule) -> (&'static str, &'static str) {
    match rule {
        TrustRule::VerifiedByPerson => ("verified", "you have compared its fingerprint"),
        TrustRule::AcceptedByPerson => ("accepted", "you have accepted it"),
        TrustRule::FirstUse => ("first-use", "it was there from the beginning"),
        TrustRule::Blind => ("blind", "it is new, and you take new devices"),
        TrustRule::NeedsDecision => ("needs-decision", "it is new, and you have to decide"),
        TrustRule::RefusedByPerson => ("refused", "you have refused it"),
        TrustRule::NotListed => ("not-listed", "it is gone"),
        TrustRule::SignedByVerified => (
            "signed-verified",
            "an identity that you have compared has signed its key",
        ),
        TrustRule::SignedByIdentity => ("signed", "their identity has signed its key"),
        TrustRule::SignedByIntroduced => (
            "signed-introduced",
            "the identity from the invite has signed its key",
        ),
        TrustRule::SignedByFirstSeen => (
            "signed-first-seen",
            "the first identity seen at this address has signed its key",
        ),
        TrustRule::RevokedByIdentity => ("revoked", "their identity has revoked its key"),
        TrustRule::VouchedByDevice => ("vouched", "a device that was verified vouches for it"),
        TrustRule::DeniedByDevice => (
            "denied",
            "a device that was verified says that it is not to be trusted",
        ),
    }
}

/// What a word for a rule of trust says to a person.
pub(super) fn rule_words(word: &str) -> &str {
    let found = TrustRule::ALL
        .map(rule)
        .into_iter()
        .find(|(code, _)| *code == word);
    found.map_or(word, |(_, words)| words)
}

const fn undecryptable(why: Undecryptable) -> &'static str {
    match why {
        Undecryptable::NotForThisDevice => "not-for-this-device",
        Undecryptable::NoSession => "no-session",
        Undecryptable::SessionBroken => "session-broken",
        Undecryptable::Forged => "forged",
        Undecryptable::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use onym_client_protocol::omemo::DeviceId;
    use onym_identity::Timestamp;

    use super::*;

    #[test]
    fn every_reason_to_wait_has_its_own_code_and_words() {
        let until = Timestamp::UNIX_EPOCH;
        let holds = [
            Hold::Preparing,
            Hold::OurServerKeepsNoKeys,
            Hold::LookingForDevices,
            Hold::FetchingKeys,
            Hold::Unreachable { until },
            Hold::NoDevices { until },
            Hold::TheirDevicesUndecided,
            Hold::OurDevicesUndecided,
            Hold::NoUsableDevice,
            Hold::SignedOut,
            Hold::IdentityChanged,
            Hold::AddressRevoked,
            Hold::IdentityRevoked,
            Hold::IdentityDiffers,
        ];
        let reports = holds.map(HoldReport::from);
        let codes: std::collections::BTreeSet<_> = reports.iter().map(|it| &it.code).collect();
        let words: std::collections::BTreeSet<_> = reports.iter().map(|it| &it.words).collect();
        assert_eq!((codes.len(), words.len()), (holds.len(), holds.len()));
        let asked_again = reports.iter().filter(|it| it.until.is_some()).count();
        assert_eq!(asked_again, 2);
    }

    #[test]
    fn a_mark_says_what_protected_a_message() {
        let mark = OmemoMark {
            dialect: Dialect::Omemo2,
            device: DeviceId::new(7).unwrap(),
            because: TrustRule::FirstUse,
            left_out: 0,
        };
        let report = MarkReport::from(Encryption::Omemo(mark));
        let json = serde_json::to_value(&report).unwrap();
        let expected = serde_json::json!({"kind": "omemo2", "device": 7, "because": "first-use"});
        assert_eq!(json, expected);
        assert_eq!(report.words(), None);
        assert_eq!(serde_json::from_value::<MarkReport>(json).unwrap(), report);

        let clear = MarkReport::from(Encryption::None);
        assert_eq!(clear.words().unwrap(), "not encrypted");
        let lost = MarkReport::from(Encryption::Undecryptable(Undecryptable::Forged));
        assert_eq!(lost.words().unwrap(), "cannot be read: forged");
        let because = TrustRule::NeedsDecision;
        let odd = MarkReport::from(Encryption::Omemo(OmemoMark { because, ..mark }));
        assert_eq!(odd.words().unwrap(), "from a device that is new");
    }

    #[test]
    fn a_device_is_told_with_the_rule_that_decides() {
        let trust = Trust::Undecided;
        let mut device = DeviceRecord::new(trust, Timestamp::UNIX_EPOCH);
        (device.speaks_omemo, device.speaks_omemo_2) = (true, true);
        let decision = Decision {
            allow: false,
            because: TrustRule::NeedsDecision,
        };
        let report = DeviceReport::new("a@b".to_owned(), 7, &device, decision);
        assert_eq!(report.versions, ["omemo2", "omemo"]);
        assert_eq!(report.trust, "undecided");
        assert_eq!(report.because, "needs-decision");
        assert!(report.listed && !report.may_read && report.fingerprint.is_none());
        assert_eq!(
            rule_words(&report.because),
            "it is new, and you have to decide"
        );
    }
}
