//! What protects our conversations: the devices that we know, and what the user chose.

mod refused;

use std::collections::BTreeMap;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use crate::omemo::{DeviceId, Dialect, IdentityKey, Session};
use crate::trust::{self, Decision, DeviceWord, IdentityWord, Trust, TrustRule};

pub use refused::{MAX_REFUSED, RefusedKey};

/// How long a device may say nothing while others of its account write. What nobody reads there
/// makes every message longer, and a device that was lost or sold should not read for ever.
const STALE_AFTER: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// How long the lists and the statement of an account may come one after the other and still count as
/// seen at the same time, for the trust of the first use.
const FIRST_SIGHT: Duration = Duration::from_secs(10 * 60);

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
    /// Whether a person has ever verified a device of the account.
    pub was_verified: bool,
    /// Every device that was ever seen.
    pub devices: BTreeMap<DeviceId, DeviceRecord>,
    /// When a list or a device of the account was seen for the first time. It is never forgotten, whatever
    /// becomes of the devices: what comes later was not there first.
    pub known_since: Option<Timestamp>,
    /// Keys that the user has refused, the latest one last; at most [`MAX_REFUSED`].
    pub refused: Vec<RefusedKey>,
    /// Whether the user has compared or scanned the identity of the account, or was asked about another
    /// one there. It follows from what is known of the identity and is not kept.
    #[serde(skip)]
    pub is_identity_chosen: bool,
}

impl ProtectionRecord {
    /// Of an account that nothing is known of.
    #[must_use]
    pub const fn new(jid: BareJid) -> Self {
        Self {
            jid,
            policy: None,
            was_verified: false,
            lists: ListsRead {
                omemo: None,
                omemo_2: None,
            },
            devices: BTreeMap::new(),
            known_since: None,
            refused: Vec::new(),
            is_identity_chosen: false,
        }
    }

    /// Whether the account was seen for the first time a short while ago or never before, so that what
    /// comes now was there from the beginning.
    #[must_use]
    pub fn is_first_sight(&self, now: Timestamp) -> bool {
        // A clock that was ahead then does not make the whole time until now a first sight.
        let is_near = |since: Timestamp| {
            let apart = now.saturating_since(since).max(since.saturating_since(now));
            apart <= FIRST_SIGHT
        };
        self.known_since.is_none_or(is_near)
    }

    /// Something of the account is seen: a list, or a device that writes.
    pub(crate) fn see(&mut self, now: Timestamp) {
        self.known_since.get_or_insert(now);
    }

    /// No identity says anything about the devices any more.
    pub(super) fn forget_identity(&mut self) {
        self.is_identity_chosen = false;
        for device in self.devices.values_mut() {
            device.identity = IdentityWord::Nothing;
        }
    }

    /// No device says anything about the devices any more.
    pub(super) fn forget_words(&mut self) {
        for device in self.devices.values_mut() {
            device.word = DeviceWord::Nothing;
        }
    }

    /// Whether the account is known to have no device that could decrypt, and never had one that
    /// wrote or that the user has decided about. Nobody becomes readable by what a server forgets.
    #[must_use]
    pub fn never_had_devices(&self) -> bool {
        let counts = |it: &DeviceRecord| {
            let was_vouched = it.word != DeviceWord::Nothing;
            it.last_heard.is_some() || it.trust.is_by_person() || was_vouched
        };
        !self.was_verified && !self.devices.values().any(counts)
    }

    /// Whether a person has verified any of the devices, also one that has another key now, or a
    /// verified device vouches for one.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        let is_sure = |device: &DeviceRecord| {
            matches!(device.trust, Trust::Verified { .. }) || device.word == DeviceWord::Vouched
        };
        self.was_verified || self.devices.values().any(is_sure)
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
        trust::decide(trust::Question {
            trust: device.trust,
            identity: device.identity,
            devices: device.word,
            is_listed: device.is_listed() || !self.lists.are_read(),
            // Another key under a known number is never taken without asking.
            is_blind: is_blind && device.key_changed.is_none(),
            account_is_verified: self.is_verified() || self.is_identity_chosen,
        })
    }

    /// Whether a device that may read has been silent for so long that it gets nothing more before
    /// it writes again. The last one of somebody that was heard never is; of our own account
    /// (`is_ours`) this device is always there.
    #[must_use]
    pub fn is_stale(
        &self,
        device: &DeviceRecord,
        is_ours: bool,
        is_blind: bool,
        now: Timestamp,
    ) -> bool {
        let is_silent = |since: Timestamp| now.saturating_since(since) > STALE_AFTER;
        let is_active = |other: &DeviceRecord| {
            let heard = other.last_heard.is_some_and(|at| !is_silent(at));
            heard && self.decide(other, is_blind).allow
        };
        let known = [
            Some(device.first_seen),
            device.last_heard,
            device.key_changed,
        ];
        let newest = known.into_iter().flatten().max();
        newest.is_some_and(is_silent)
            && self.decide(device, is_blind).allow
            && (is_ours || self.devices.values().any(is_active))
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
    /// Whether any list was read.
    #[must_use]
    pub const fn are_read(self) -> bool {
        self.omemo.is_some() || self.omemo_2.is_some()
    }

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
    /// What the identity of the account's address says about it. It follows from the record of that
    /// identity and is not kept.
    #[serde(skip)]
    pub identity: IdentityWord,
    /// What verified devices say about it. It follows from their words and is not kept.
    #[serde(skip)]
    pub word: DeviceWord,
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
            identity: IdentityWord::Nothing,
            word: DeviceWord::Nothing,
        }
    }

    /// Whether its account lists it at all.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.speaks_omemo || self.speaks_omemo_2
    }

    /// The versions that its account lists it for, the better one first.
    pub fn dialects(&self) -> impl Iterator<Item = Dialect> {
        let all = Dialect::ALL.into_iter().rev();
        all.filter(|dialect| self.speaks(*dialect))
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

    /// How much it permits, so that of two choices the one with less is the stricter: OMEMO 2 alone, then
    /// whatever encrypts, then the clear where nothing encrypts, then the clear.
    #[must_use]
    pub const fn permits(self) -> u8 {
        match self {
            Self::Omemo2 => 0,
            Self::Best => 1,
            Self::Omemo => 2,
            Self::BestOrClear => 3,
            Self::Clear => 4,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn record(trust: Trust) -> (ProtectionRecord, DeviceId) {
        let now = Timestamp::UNIX_EPOCH;
        let mut record = ProtectionRecord::new(BareJid::new("bob@b.example").unwrap());
        record.lists.note(Dialect::Omemo2, now);
        let mut device = DeviceRecord::new(trust, now);
        device.set_speaks(Dialect::Omemo2, true);
        let id = DeviceId::new(7).unwrap();
        record.devices.insert(id, device);
        (record, id)
    }

    #[test]
    fn another_key_is_never_taken_without_asking() {
        let (mut record, id) = record(Trust::Undecided);
        assert!(record.decide(&record.devices[&id], true).allow);
        let device = record.devices.get_mut(&id).unwrap();
        device.key_changed = Some(Timestamp::UNIX_EPOCH);
        let decision = record.decide(&record.devices[&id], true);
        assert_eq!(decision.because, TrustRule::NeedsDecision);
    }

    #[test]
    fn an_account_that_was_verified_stays_so_when_a_key_changes() {
        let (mut record, id) = record(Trust::Undecided);
        record.was_verified = true;
        assert!(record.is_verified());
        assert!(!record.decide(&record.devices[&id], true).allow);
    }

    #[test]
    fn a_device_is_stale_only_where_others_are_not() {
        let (mut record, id) = record(Trust::FirstUse);
        let late = Timestamp::UNIX_EPOCH + STALE_AFTER + Duration::from_secs(1);
        let old = record.devices[&id].clone();
        assert!(!record.is_stale(&old, false, false, late), "the only one");
        assert!(record.is_stale(&old, true, false, late), "we are there");
        let mut other = old.clone();
        (other.first_seen, other.last_heard) = (late, Some(late));
        other.trust = Trust::Undecided;
        record.devices.insert(DeviceId::MAX, other.clone());
        assert!(
            !record.is_stale(&old, false, false, late),
            "it gets nothing"
        );
        other.trust = Trust::FirstUse;
        record.devices.insert(DeviceId::MAX, other.clone());
        assert!(record.is_stale(&old, false, false, late));
        assert!(!record.is_stale(&other, false, false, late));
        let just = Timestamp::UNIX_EPOCH + STALE_AFTER;
        assert!(!record.is_stale(&old, true, false, just));
    }

    #[test]
    fn nobody_becomes_readable_by_what_a_server_forgets() {
        let (mut record, id) = record(Trust::FirstUse);
        assert!(record.never_had_devices());
        let device = record.devices.get_mut(&id).unwrap();
        device.set_speaks(Dialect::Omemo2, false);
        device.last_heard = Some(Timestamp::UNIX_EPOCH);
        assert!(!record.never_had_devices());
        assert!(
            !self::record(Trust::Refused {
                at: Timestamp::UNIX_EPOCH
            })
            .0
            .never_had_devices()
        );
    }
}
