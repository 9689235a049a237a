//! What is said about the identities behind addresses.

use std::fmt::Write as _;

use onym_client_protocol::identities::PersonStanding;
use onym_client_protocol::store::{
    AddressStanding, HistoryEntry, IdentityEvent, IdentityRecord, KnownBy, Snapshot,
};
use onym_identity::jid::BareJid;
use onym_identity::statement::{ForeignKey, Standing};
use serde::{Deserialize, Serialize};

use super::words::printable;

/// Who is behind an address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BehindReport {
    pub(crate) jid: String,
    pub(crate) identity: String,
    /// `expected` before anything of it was seen there; then `confirmed`, `left-out`, `revoked` if it
    /// has revoked the address, `ended` if its owner has revoked the identity itself.
    pub(crate) state: String,
    /// `first-seen`, `introduced`, `verified` or `differs`.
    pub(crate) known_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) known_since: Option<String>,
    /// Whether its signature counts for devices.
    pub(crate) vouches: bool,
    /// Whether it appeared when the account had long been known, and the user has not taken it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) late: bool,
    /// Whether its latest statement has expired.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) expired: bool,
    /// Whether the address itself names the key.
    pub(crate) named: bool,
    /// The name that it gives itself, which identifies nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Another identity that the user has to decide about; nothing is sent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) other: Option<String>,
    /// Who comes after it, as it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,
    /// The addresses that it lists and that confirm it.
    pub(crate) confirmed: Vec<String>,
    /// Those that it lists and that do not.
    pub(crate) claimed: Vec<String>,
    /// What happened, the newest last.
    pub(crate) history: Vec<HappenedReport>,
}

/// Something that happened to an identity at an address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct HappenedReport {
    pub(crate) at: String,
    pub(crate) what: String,
    /// The key, the address or the identity that it is about, or why something was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) about: Option<String>,
}

impl BehindReport {
    /// From what is kept; none if nothing is known.
    pub(crate) fn of(memory: &Snapshot, jid: &BareJid) -> Option<Self> {
        let Some(record) = memory.identities.get(jid) else {
            let expected = memory.introductions.get(jid)?;
            let (known_by, known_since) = how(expected.known_by);
            return Some(Self {
                jid: jid.to_string(),
                identity: expected.identity.to_string(),
                state: "expected".to_owned(),
                known_by,
                known_since,
                ..Self::default()
            });
        };
        let body = record.body();
        let endpoints = body.iter().flat_map(|body| &body.endpoints);
        let confirms = |address: &BareJid| memory.confirms(address, record.identity());
        let (confirmed, claimed) = endpoints
            .map(|it| &it.jid)
            .partition::<Vec<_>, _>(|address| confirms(address));
        let texts = |all: Vec<&BareJid>| all.into_iter().map(ToString::to_string).collect();
        let (known_by, known_since) = how(record.known_by);
        let standing = memory.standing_at(jid);
        let successor = match record.followed.standing() {
            Standing::Succeeded(by) => Some(by.to_string()),
            Standing::Good | Standing::Revoked => None,
        };
        Some(Self {
            jid: jid.to_string(),
            identity: record.identity().to_string(),
            state: state(standing, record).to_owned(),
            known_by,
            known_since,
            vouches: record.voucher().is_some() && !record.is_expired,
            late: !record.has_a_say(),
            expired: record.is_expired,
            named: record.is_named(),
            name: body
                .as_ref()
                .and_then(|it| Some(it.name.as_ref()?.to_string())),
            other: record.challenge.map(|it| it.identity.to_string()),
            successor,
            confirmed: texts(confirmed),
            claimed: texts(claimed),
            history: record.history.iter().map(HappenedReport::from).collect(),
        })
    }

    fn was_taken(&self) -> bool {
        self.history.iter().any(|it| it.what == "identity-changed")
    }

    /// As words for a person.
    pub(super) fn words(&self) -> String {
        let mut words = format!("{}: {}\n  ", self.jid, self.identity);
        words.push_str(match self.state.as_str() {
            "expected" => "expected; nothing of it was seen there yet",
            "left-out" => "it no longer lists this address",
            "revoked" => "it says that this address is no longer its own; nothing is sent there",
            "ended" => "its owner has revoked it for good; nothing is sent there",
            "confirmed" if self.expired => {
                "it listed the address and the account published that, in a statement that has expired"
            }
            "confirmed" => "confirmed: it lists the address, and the account publishes its statement",
            other => other,
        });
        words.push_str("\n  ");
        words.push_str(match (self.known_by.as_str(), self.named) {
            ("verified", _) => "verified: you compared or scanned its key",
            ("differs", _) => {
                "WARNING: you compared its key, and it is not the person's: nothing that it signs counts, and \
                 nothing is sent there before you compare again (`onym identity verify`) or take that back \
                 (`onym identity differs --withdraw`)"
            }
            (_, true) => "the address itself names its key",
            ("introduced", _) => "introduced: an invite named it, or the identity that was before it",
            _ if self.late => {
                "it appeared when the account had long been known, and signs nothing before you take it"
            }
            _ if self.was_taken() => "you took it in the place of another one",
            _ => "the first one that was seen there",
        });
        if let Some(name) = &self.name {
            let _ = write!(words, "\n  calls itself {}", printable(name));
        }
        if let Some(other) = &self.other {
            let _ = write!(
                words,
                "\n  WARNING: another identity is there now. Nothing is sent before you decide: `onym identity decide {} take|keep {other}`",
                self.jid
            );
        }
        for address in self.confirmed.iter().filter(|it| **it != self.jid) {
            let _ = write!(
                words,
                "\n  also at {}, which confirms it",
                printable(address)
            );
        }
        for address in &self.claimed {
            let _ = write!(
                words,
                "\n  claims {}; nothing that was seen there confirms it",
                printable(address)
            );
        }
        for entry in &self.history {
            let about = entry.about.as_deref().map(printable).unwrap_or_default();
            let _ = write!(words, "\n  {}  {} {about}", entry.at, entry.what);
        }
        words
    }
}

fn state(standing: PersonStanding, record: &IdentityRecord) -> &'static str {
    match (standing, record.address) {
        (PersonStanding::Revoked, _) => "ended",
        _ if record.followed.latest().is_none() => "expected",
        (_, AddressStanding::Listed) => "confirmed",
        (_, AddressStanding::LeftOut) => "left-out",
        (_, AddressStanding::Revoked) => "revoked",
    }
}

fn how(known_by: KnownBy) -> (String, Option<String>) {
    let (word, at) = match known_by {
        KnownBy::FirstSeen => ("first-seen", None),
        KnownBy::Introduced { at } => ("introduced", Some(at)),
        KnownBy::Verified { at } => ("verified", Some(at)),
        KnownBy::Differs { at } => ("differs", Some(at)),
    };
    (word.to_owned(), at.map(|at| at.to_string()))
}

impl From<&HistoryEntry> for HappenedReport {
    fn from(entry: &HistoryEntry) -> Self {
        let key = |key: &ForeignKey| Some(key.fingerprint.to_string());
        let (what, about) = match &entry.what {
            IdentityEvent::FirstSeen => ("first-seen", None),
            IdentityEvent::NameChanged => ("name-changed", None),
            IdentityEvent::KeyAdded(it) => ("key-added", key(it)),
            IdentityEvent::KeyLeft(it) => ("key-left", key(it)),
            IdentityEvent::KeyRevoked(it) => ("key-revoked", key(it)),
            IdentityEvent::AddressAdded(it) => ("address-added", Some(it.to_string())),
            IdentityEvent::AddressConfirmed(it) => ("address-confirmed", Some(it.to_string())),
            IdentityEvent::AddressFollowed(it) => ("address-followed", Some(it.to_string())),
            IdentityEvent::AddressLeft(it) => ("address-left", Some(it.to_string())),
            IdentityEvent::AddressRevoked(it) => ("address-revoked", Some(it.to_string())),
            IdentityEvent::Verified => ("verified", None),
            IdentityEvent::VerificationWithdrawn => ("verification-withdrawn", None),
            IdentityEvent::IdentityChanged { from, .. } => {
                ("identity-changed", Some(from.to_string()))
            }
            IdentityEvent::Revoked => ("revoked", None),
            IdentityEvent::Succeeded { by } => ("succeeded", Some(by.to_string())),
            IdentityEvent::Differed => ("differed", None),
            IdentityEvent::Refused(why) => ("refused", Some(why.to_string())),
        };
        Self {
            at: entry.at.to_string(),
            what: what.to_owned(),
            about,
        }
    }
}

#[cfg(test)]
mod tests {
    use onym_client_protocol::store::{Change, IntroductionRecord};
    use onym_identity::{IdentitySecretKey, Timestamp};

    use super::*;

    #[test]
    fn who_is_expected_is_told_as_such() {
        let jid = BareJid::new("bob@b.example").unwrap();
        let mut memory = Snapshot::default();
        assert_eq!(BehindReport::of(&memory, &jid), None);
        let identity = IdentitySecretKey::from_seed(&[7; 32]).public();
        let at = Timestamp::UNIX_EPOCH;
        memory.apply(&Change::PutIntroduction(IntroductionRecord {
            jid: jid.clone(),
            identity,
            known_by: KnownBy::Introduced { at },
        }));
        let report = BehindReport::of(&memory, &jid).unwrap();
        assert_eq!(
            (report.state.as_str(), report.known_by.as_str()),
            ("expected", "introduced")
        );
        let words = report.words();
        assert!(words.contains(&identity.to_string()) && words.contains("nothing of it was seen"));
        // What is not known is not said.
        let confirmed = BehindReport {
            state: "confirmed".to_owned(),
            known_by: "first-seen".to_owned(),
            confirmed: vec![report.jid.clone()],
            claimed: vec!["bob@c.example".to_owned()],
            ..report.clone()
        };
        let words = confirmed.words();
        assert!(
            words.contains("the first one that was seen there"),
            "{words}"
        );
        assert!(words.contains("nothing that was seen there confirms it"));
        assert!(!words.contains("also at"), "it is this address: {words}");
        let expired = BehindReport {
            expired: true,
            ..confirmed.clone()
        };
        assert!(expired.words().contains("has expired"));
        let changed = HappenedReport {
            what: "identity-changed".to_owned(),
            ..HappenedReport::default()
        };
        let taken = BehindReport {
            history: vec![changed],
            ..confirmed
        };
        assert!(
            taken
                .words()
                .contains("you took it in the place of another one")
        );
        let hostile = BehindReport {
            name: Some("Bob\u{202e}\u{1b}[2J".to_owned()),
            ..report
        };
        assert!(!hostile.words().contains('\u{202e}') && !hostile.words().contains('\u{1b}'));
    }
}
