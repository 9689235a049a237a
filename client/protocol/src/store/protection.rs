//! What protects our conversations: the devices that we know, and what the user chose.

use std::collections::BTreeMap;

use jid::BareJid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use crate::omemo::{DeviceId, Dialect, IdentityKey, Session};
use crate::trust::{self, Decision, Trust, TrustRule};

/// What protects our conversation with an account: what the user chose, and its devices. For our
/// own address, our other devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectionRecord {
    /// Whose.
    pub jid: BareJid,
    /// What the user chose here; nothing follows the choice for all conversations.
    pub policy: Option<EncryptionPolicy>,
    /// When the device lists of this account were last read.
    pub lists: ListsRead,
    /// Every device that was ever seen.
    pub devices: BTreeMap<DeviceId, DeviceRecord>,
}

impl ProtectionRecord {
    /// Of an account that nothing is known of.
    #[must_use]
    pub const fn new(jid: BareJid) -> Self {
        Self {
            jid,
            policy: None,
            lists: ListsRead {
                omemo: None,
                omemo_2: None,
            },
            devices: BTreeMap::new(),
        }
    }

    /// Whether a person has verified any of the devices.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        let mut devices = self.devices.values();
        devices.any(|device| matches!(device.trust, Trust::Verified { .. }))
    }

    /// Whether it is known that the account has no device that can decrypt.
    #[must_use]
    pub fn is_without_devices(&self) -> bool {
        let are_read = self.lists.omemo.is_some() && self.lists.omemo_2.is_some();
        are_read && !self.devices.values().any(DeviceRecord::is_listed)
    }

    /// Whether a device may read what we write.
    pub fn decide(&self, device: &DeviceRecord, is_blind: bool) -> Decision {
        // As long as no list was read, nothing is known about who is missing in it.
        let are_read = self.lists.omemo.is_some() || self.lists.omemo_2.is_some();
        trust::decide(trust::Question {
            trust: device.trust,
            is_listed: device.is_listed() || !are_read,
            is_blind,
            account_is_verified: self.is_verified(),
        })
    }

    /// Devices about which the user has to decide before anything is written.
    pub fn undecided(&self, is_blind: bool) -> impl Iterator<Item = (DeviceId, &DeviceRecord)> {
        self.devices.iter().filter_map(move |(id, device)| {
            let because = self.decide(device, is_blind).because;
            (because == TrustRule::NeedsDecision).then_some((*id, device))
        })
    }
}

/// When the device lists of an account were last read, also if there was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListsRead {
    /// That of [`Dialect::Omemo`].
    pub omemo: Option<Timestamp>,
    /// That of [`Dialect::Omemo2`].
    pub omemo_2: Option<Timestamp>,
}

impl ListsRead {
    /// When the list of a dialect was last read.
    #[must_use]
    pub const fn of(self, dialect: Dialect) -> Option<Timestamp> {
        match dialect {
            Dialect::Omemo => self.omemo,
            Dialect::Omemo2 => self.omemo_2,
        }
    }

    pub(crate) fn note(&mut self, dialect: Dialect, now: Timestamp) {
        match dialect {
            Dialect::Omemo => self.omemo = Some(now),
            Dialect::Omemo2 => self.omemo_2 = Some(now),
        }
    }
}

/// A device of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// Whether its account lists it for [`Dialect::Omemo`].
    pub speaks_omemo: bool,
    /// Whether its account lists it for [`Dialect::Omemo2`].
    pub speaks_omemo_2: bool,
    /// Its long-term key, once it is known.
    pub key: Option<IdentityKey>,
    /// What is known about whether it is its owner's.
    pub trust: Trust,
    /// What its owner calls it. Signed by its key, and otherwise not trusted.
    pub label: Option<String>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When a message of it was last decrypted.
    pub last_heard: Option<Timestamp>,
    /// When another key appeared under its number, which then counts as a new device.
    pub key_changed: Option<Timestamp>,
}

impl DeviceRecord {
    /// A device that is seen for the first time.
    #[must_use]
    pub const fn new(trust: Trust, now: Timestamp) -> Self {
        Self {
            speaks_omemo: false,
            speaks_omemo_2: false,
            key: None,
            trust,
            label: None,
            first_seen: now,
            last_heard: None,
            key_changed: None,
        }
    }

    /// Whether its account lists it at all.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.speaks_omemo || self.speaks_omemo_2
    }

    /// Whether its account lists it for a dialect.
    #[must_use]
    pub const fn speaks(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Omemo => self.speaks_omemo,
            Dialect::Omemo2 => self.speaks_omemo_2,
        }
    }

    pub(crate) const fn set_speaks(&mut self, dialect: Dialect, speaks: bool) {
        match dialect {
            Dialect::Omemo => self.speaks_omemo = speaks,
            Dialect::Omemo2 => self.speaks_omemo_2 = speaks,
        }
    }
}

/// How messages are protected on the way to the other side's devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum EncryptionPolicy {
    /// By the best that each device understands, and never in the clear.
    #[default]
    Best,
    /// The same, but in the clear for somebody whose programs cannot encrypt.
    BestOrClear,
    /// By OMEMO 2 alone.
    Omemo2,
    /// By the older OMEMO alone.
    Omemo,
    /// In the clear.
    Clear,
}

impl EncryptionPolicy {
    /// All of them, the safest first.
    pub const ALL: [Self; 5] = [
        Self::Best,
        Self::Omemo2,
        Self::Omemo,
        Self::BestOrClear,
        Self::Clear,
    ];

    /// The dialects that may be used, the better one first.
    #[must_use]
    pub const fn dialects(self) -> &'static [Dialect] {
        match self {
            Self::Best | Self::BestOrClear => &[Dialect::Omemo2, Dialect::Omemo],
            Self::Omemo2 => &[Dialect::Omemo2],
            Self::Omemo => &[Dialect::Omemo],
            Self::Clear => &[],
        }
    }
}

/// What the user chose for all conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProtectionChoices {
    /// How messages are protected where nothing else was chosen.
    pub policy: EncryptionPolicy,
    /// Whether new devices are taken without asking while none of their account was verified.
    pub is_blind: bool,
}

/// Our sessions with one device in one dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Whose device it is.
    pub jid: BareJid,
    /// The device.
    pub device: DeviceId,
    /// The ratchets.
    pub session: Session,
}

/// What protected a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OmemoMark {
    /// The version; the older one if any device got it so.
    pub dialect: Dialect,
    /// The device that wrote it.
    pub device: DeviceId,
    /// Why that device was trusted at the time, or was not; for our own writing, why the least
    /// trusted device was allowed to read it.
    pub because: TrustRule,
    /// How many devices of the other side did not get it.
    pub left_out: u16,
}

/// Why a message could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Undecryptable {
    /// It was not encrypted for this device.
    NotForThisDevice,
    /// It belongs to a session that this device does not have.
    NoSession,
    /// The session does not open it.
    SessionBroken,
    /// It was changed on the way, or somebody else wrote it.
    Forged,
    /// It is encrypted by something that this program does not know.
    Unknown,
}
