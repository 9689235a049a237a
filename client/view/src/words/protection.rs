//! What protects messages, and devices, in words.

use onym_client_protocol::omemo::{Dialect, IdentityKey};
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{EncryptionPolicy, Undecryptable};
use onym_client_protocol::trust::{Trust, TrustRule};
use onym_client_protocol::view_model::{ConversationView, DeviceView, Shield};
use onym_identity::Timestamp;

use super::{Clock, Words};
use crate::text;

/// How many digits of a fingerprint stand for the whole where there is little room.
const SHORT_KEY_CHARS: usize = 17;

/// The longest label of a device that is shown.
const MAX_LABEL_CHARS: usize = 40;

impl Words {
    /// What protects the next message, in two or three words.
    pub(crate) fn shield(self, shield: Shield) -> String {
        self.get(match shield {
            Shield::Unknown => "shield-unknown",
            Shield::Verified => "shield-verified",
            Shield::Encrypted => "shield-encrypted",
            Shield::Waiting => "shield-waiting",
            Shield::Clear => "shield-clear",
        })
    }

    /// Why that is so, in a sentence.
    pub(crate) fn shield_reason(self, conversation: &ConversationView, clock: Clock) -> String {
        let protection = &conversation.protection;
        let name = conversation.contact.name.as_str();
        if let Some(hold) = protection.hold
            && protection.shield == Shield::Waiting
        {
            return self.hold(hold, name, clock);
        }
        let readers = protection.devices.iter().filter(|it| it.may_read).count();
        let blanks = [("name", name.into()), ("count", readers.into())];
        match protection.shield {
            Shield::Verified | Shield::Encrypted if conversation.contact.is_ourselves => {
                self.get("shield-ourselves-why")
            }
            Shield::Verified if is_by_identity(conversation) => {
                self.with("shield-verified-identity-why", &blanks)
            }
            Shield::Verified => self.with("shield-verified-why", &blanks),
            Shield::Encrypted => self.with("shield-encrypted-why", &blanks),
            Shield::Unknown | Shield::Waiting => self.with("shield-unknown-why", &blanks),
            Shield::Clear => {
                let policy = protection.policy.unwrap_or(protection.default_policy);
                match policy {
                    EncryptionPolicy::Clear => self.get("shield-clear-chosen-why"),
                    _ => self.with("shield-clear-why", &blanks),
                }
            }
        }
    }

    /// Why messages to somebody wait.
    pub(crate) fn hold(self, hold: Hold, name: &str, clock: Clock) -> String {
        let until = |key: &str, at: Timestamp| {
            let time = self.day_and_clock(clock.local(at), clock.local_now);
            self.with(key, &[("name", name.into()), ("time", time.into())])
        };
        let key = match hold {
            Hold::Unreachable { until: at } => return until("hold-unreachable", at),
            Hold::NoDevices { until: at } => return until("hold-no-devices", at),
            Hold::Preparing => "hold-preparing",
            Hold::OurServerKeepsNoKeys => "hold-our-server",
            Hold::LookingForDevices => "hold-looking",
            Hold::FetchingKeys => "hold-fetching",
            Hold::TheirDevicesUndecided => "hold-theirs-undecided",
            Hold::OurDevicesUndecided => "hold-ours-undecided",
            Hold::NoUsableDevice => "hold-no-usable",
            Hold::SignedOut => "hold-signed-out",
            Hold::IdentityChanged => "hold-identity-changed",
            Hold::AddressRevoked => "hold-address-revoked",
            Hold::IdentityRevoked => "hold-identity-revoked",
            Hold::IdentityDiffers => "hold-identity-differs",
        };
        self.with(key, &[("name", name.into())])
    }

    /// A choice, and what follows from it.
    pub(crate) fn policy(self, policy: EncryptionPolicy) -> (String, String) {
        let (name, words) = match policy {
            EncryptionPolicy::Best => ("policy-best", "policy-best-words"),
            EncryptionPolicy::Omemo2 => ("policy-omemo-2", "policy-omemo-2-words"),
            EncryptionPolicy::Omemo => ("policy-omemo", "policy-omemo-words"),
            EncryptionPolicy::BestOrClear => ("policy-best-or-clear", "policy-best-or-clear-words"),
            EncryptionPolicy::Clear => ("policy-clear", "policy-clear-words"),
        };
        (self.get(name), self.get(words))
    }

    /// What a device is called.
    pub(crate) fn device(self, device: &DeviceView) -> String {
        let label = device.label.as_deref().map(text::single_line);
        let label = label.map(|label| label.chars().take(MAX_LABEL_CHARS).collect::<String>());
        label.filter(|label| !label.is_empty()).unwrap_or_else(|| {
            let number = device.id.get().to_string();
            self.with("device-unnamed", &[("number", number.into())])
        })
    }

    /// Whether a device may read what we write, and which rule says so.
    pub(crate) fn trust(self, device: &DeviceView, clock: Clock) -> String {
        let state = self.get(match device.because {
            TrustRule::VerifiedByPerson => "device-verified",
            TrustRule::AcceptedByPerson => "device-accepted",
            TrustRule::FirstUse => "device-first-use",
            TrustRule::Blind => "device-blind",
            TrustRule::NeedsDecision => "device-undecided",
            TrustRule::RefusedByPerson => "device-refused",
            TrustRule::NotListed => "device-not-listed",
            TrustRule::SignedByVerified => "device-signed-verified",
            TrustRule::SignedByIdentity => "device-signed",
            TrustRule::SignedByIntroduced => "device-signed-introduced",
            TrustRule::SignedByFirstSeen => "device-signed-first-seen",
            TrustRule::RevokedByIdentity => "device-revoked",
            TrustRule::VouchedByDevice => "device-vouched",
            TrustRule::DeniedByDevice => "device-denied",
        });
        let is_by_person = !matches!(
            device.because,
            TrustRule::NotListed
                | TrustRule::SignedByVerified
                | TrustRule::SignedByIdentity
                | TrustRule::SignedByIntroduced
                | TrustRule::SignedByFirstSeen
                | TrustRule::RevokedByIdentity
                | TrustRule::VouchedByDevice
                | TrustRule::DeniedByDevice
        );
        match device.trust {
            Trust::Refused { at } | Trust::Accepted { at } | Trust::Verified { at }
                if is_by_person =>
            {
                let time = self.short_date(clock.local(at).date);
                let blanks = [("state", state.into()), ("time", time.into())];
                self.with("device-since", &blanks)
            }
            _ => state,
        }
    }

    /// When a device was first seen and last heard, and what it speaks.
    pub(crate) fn device_facts(self, device: &DeviceView, clock: Clock) -> String {
        let first = self.short_date(clock.local(device.first_seen).date);
        let first = self.with("device-first-seen", &[("time", first.into())]);
        let heard = match device.last_heard {
            Some(at) => self.with("device-last-heard", &[("time", self.ago(at, clock).into())]),
            None => self.get("device-never-heard"),
        };
        let versions = device.dialects.iter().map(|it| version(*it));
        let mut facts: Vec<String> = vec![versions.collect::<Vec<_>>().join(", "), first, heard];
        facts.retain(|fact| !fact.is_empty());
        facts.join(" · ")
    }

    /// Why a message has no text.
    pub(crate) fn unreadable(self, why: Undecryptable) -> String {
        self.get(match why {
            Undecryptable::NotForThisDevice => "unreadable-not-for-us",
            Undecryptable::NoSession => "unreadable-no-session",
            Undecryptable::SessionBroken => "unreadable-broken",
            Undecryptable::Forged => "unreadable-forged",
            Undecryptable::Unknown => "unreadable-unknown",
        })
    }
}

/// Whether a device may read since the identity that signed it was verified.
fn is_by_identity(conversation: &ConversationView) -> bool {
    let mut devices = conversation.protection.devices.iter();
    devices.any(|it| it.may_read && it.because == TrustRule::SignedByVerified)
}

/// The name of a version of OMEMO, the same in all languages.
pub(crate) fn version(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Omemo => "OMEMO",
        Dialect::Omemo2 => "OMEMO 2",
    }
}

/// The beginning of a fingerprint.
pub(crate) fn short_key(key: IdentityKey) -> String {
    let mut short: String = key.to_string().chars().take(SHORT_KEY_CHARS).collect();
    short.push_str(" …");
    short
}
