//! What is remembered of the identities behind addresses.

mod history;

use jid::BareJid;
use onym_identity::statement::{
    Followed, KeyProtocol, Revoked, Standing, Statement, StatementBody, Unverified,
};
use onym_identity::{IdentityKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::ProtectionRecord;
use crate::identities::names;
use crate::omemo::{self, DeviceId};
use crate::trust::{IdentityWord, Voucher};

pub use history::{HistoryEntry, IdentityEvent, MAX_HISTORY};

/// How many identities are remembered that the user did not want at one address. With more, the first
/// of them may ask again.
const MAX_DISMISSED: usize = 16;

/// How many revoked keys are remembered of one identity at one address: those of eight statements that
/// say nothing else.
const MAX_REVOKED: usize = 512;

/// An identity that is followed at one address, which both say to belong together: the identity's
/// statement lists the address, and the account publishes the statement.
///
/// What it says of the identity itself is the same in all records of that identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRecord {
    /// The address.
    pub jid: BareJid,
    /// What was seen of the identity, so that nobody can show an older state. Nothing was, if an
    /// invite named another identity than the one that the account published first.
    pub followed: Followed,
    /// The latest statement; empty if none was seen.
    #[serde(with = "serde_bytes")]
    pub statement: Vec<u8>,
    /// When the latest statement stops to be true.
    pub expires: Timestamp,
    /// The devices at this address that the latest statement lists.
    pub signed: Vec<SignedDevice>,
    /// The keys of devices that any of its statements has revoked, those of the latest one last. The
    /// identity before it, if the user has taken this one in its place, has revoked some of them.
    pub revoked: Vec<omemo::IdentityKey>,
    /// What the latest statement says about the address.
    pub address: AddressStanding,
    /// How the user knows that the identity is the person's.
    pub known_by: KnownBy,
    /// Whether its signature counts although the user knows no more of it than that it was the first
    /// one: it was there when the account was first seen, or the user took it. The server of an account
    /// that has been known for long could otherwise add an identity, and by it devices.
    pub is_taken: bool,
    /// Another identity that is behind the address now, if the user agrees. Until then nothing is sent.
    pub challenge: Option<Challenge>,
    /// Those that the user did not want there, the latest one last.
    pub dismissed: Vec<IdentityKey>,
    /// What happened, the newest last; at most [`MAX_HISTORY`] entries.
    pub history: Vec<HistoryEntry>,
    /// Whether the latest statement has expired, so that it signs nothing. It follows from the time and
    /// is not kept: a clock that was ahead has taken nothing away.
    #[serde(skip)]
    pub is_expired: bool,
}

/// How the user knows that an identity is the person's whom they mean. The order is that of trust, and
/// that a person has compared and found it to be another one's outweighs all of it.
///
/// That an address names the key itself is another thing: it can be seen from the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KnownBy {
    /// It was the first one that was seen behind the address.
    FirstSeen,
    /// An invite named it.
    Introduced {
        /// When the invite was read.
        at: Timestamp,
    },
    /// A person has compared the key, or has scanned it.
    Verified {
        /// When.
        at: Timestamp,
    },
    /// A person has compared it, and it is not the one of whom they mean.
    Differs {
        /// When.
        at: Timestamp,
    },
}

impl KnownBy {
    /// Whether a person has compared or scanned the key, whatever they found.
    #[must_use]
    pub const fn is_by_person(self) -> bool {
        match self {
            Self::Verified { .. } | Self::Differs { .. } => true,
            Self::FirstSeen | Self::Introduced { .. } => false,
        }
    }
}

/// Another identity at an address than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Challenge {
    /// Whose statement is there now, or who the identity says comes after it.
    pub identity: IdentityKey,
    /// Since when.
    pub since: Timestamp,
}

/// What the latest statement of an identity says about an address that has published one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AddressStanding {
    /// It lists it.
    Listed,
    /// It says nothing about it any more.
    LeftOut,
    /// It revokes it.
    Revoked,
}

/// What an invite, or the user themselves, said about who is behind an address before anything was
/// published there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntroductionRecord {
    /// The address.
    pub jid: BareJid,
    /// Who is behind it.
    pub identity: IdentityKey,
    /// How the user knows.
    pub known_by: KnownBy,
}

/// A device that an identity calls its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedDevice {
    /// Its number.
    pub device: DeviceId,
    /// Its key.
    pub key: omemo::IdentityKey,
}

impl IdentityRecord {
    /// After the first statement that was seen at an address.
    #[must_use]
    pub fn new(
        jid: BareJid,
        followed: Followed,
        bytes: &[u8],
        body: &StatementBody,
        known_by: KnownBy,
        now: Timestamp,
    ) -> Self {
        let mut record = Self::unseen(jid, *followed.identity(), known_by);
        record.followed = followed;
        record.note(IdentityEvent::FirstSeen, now);
        record.put(bytes, body);
        record
    }

    /// Of an identity that is said to be behind an address, and was not seen there.
    pub(crate) const fn unseen(jid: BareJid, identity: IdentityKey, known_by: KnownBy) -> Self {
        Self {
            jid,
            followed: Followed::new(identity),
            statement: Vec::new(),
            expires: Timestamp::UNIX_EPOCH,
            signed: Vec::new(),
            revoked: Vec::new(),
            address: AddressStanding::Listed,
            known_by,
            is_taken: true,
            challenge: None,
            dismissed: Vec::new(),
            history: Vec::new(),
            is_expired: false,
        }
    }

    /// Of an identity that the user has taken in the place of another one, of which nothing was seen
    /// here. What the other one has revoked stays so, if it had a say.
    pub(crate) fn in_place_of(old: Self, to: IdentityKey) -> Self {
        let has_a_say = old.has_a_say();
        let mut new = Self::unseen(old.jid, to, KnownBy::FirstSeen);
        new.history = old.history;
        if has_a_say {
            new.revoked = old.revoked;
        }
        new
    }

    /// Who is behind the address.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        self.followed.identity()
    }

    /// Whether the address is the identity's at an onion service of its own: it names the key.
    #[must_use]
    pub fn is_named(&self) -> bool {
        names(&self.jid, self.identity())
    }

    /// Whether both the identity and the account say now that they belong together, or did when the
    /// statement was last seen.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        let is_good = self.followed.standing() != Standing::Revoked;
        is_good && self.followed.latest().is_some() && self.address == AddressStanding::Listed
    }

    /// Whether the latest statement says nothing about the address any more.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        self.address == AddressStanding::LeftOut
    }

    /// What the latest statement says, also once it has expired. Its signature is verified again.
    #[must_use]
    pub fn body(&self) -> Option<StatementBody> {
        let last = self.expires.as_unix_millis().checked_sub(1)?;
        let unverified = Unverified::<Statement>::parse(&self.statement).ok()?;
        let last = Timestamp::from_unix_millis(last);
        let statement = unverified.verify_as(self.identity(), last).ok()?;
        Some(statement.body().clone())
    }

    /// Takes a later statement of the identity, which was seen at this address (`is_here`) or at
    /// another one. An address that it had left out has to publish it again.
    pub(crate) fn take(
        &mut self,
        followed: &Followed,
        bytes: &[u8],
        body: &StatementBody,
        is_here: bool,
        now: Timestamp,
    ) {
        if let Some(before) = self.body() {
            self.note_difference(&before, body, now);
        } else {
            self.note(IdentityEvent::FirstSeen, now);
        }
        self.followed = followed.clone();
        let was_listed = self.address == AddressStanding::Listed;
        self.put(bytes, body);
        if self.address == AddressStanding::Listed && !is_here && !was_listed {
            self.address = AddressStanding::LeftOut;
            self.signed.clear();
        }
    }

    /// The latest statement is this one.
    fn put(&mut self, bytes: &[u8], body: &StatementBody) {
        let claims = body.keys.iter().filter(|claim| claim.jid == self.jid);
        let signed = claims.filter_map(|claim| {
            let key = omemo_key(claim.key.protocol, claim.key.fingerprint.as_bytes())?;
            let device = DeviceId::new(claim.device?)?;
            Some(SignedDevice { device, key })
        });
        self.signed = signed.collect();
        let revoked = body.revocations.iter().filter_map(|it| match &it.what {
            Revoked::Key(key) => omemo_key(key.protocol, key.fingerprint.as_bytes()),
            Revoked::Endpoint(_) => None,
        });
        let revoked: Vec<omemo::IdentityKey> = revoked.collect();
        self.revoke(&revoked);
        self.is_expired = false;
        self.statement = bytes.to_vec();
        self.expires = body.expires;
        self.address = if body.endpoints.iter().any(|it| it.jid == self.jid) {
            AddressStanding::Listed
        } else if body
            .revocations
            .iter()
            .any(|it| it.what == Revoked::Endpoint(self.jid.clone()))
        {
            AddressStanding::Revoked
        } else {
            AddressStanding::LeftOut
        };
    }

    /// Remembers keys as revoked, for ever: a statement has room for no more than some, and a later one
    /// leaves out the first of them.
    fn revoke(&mut self, keys: &[omemo::IdentityKey]) {
        self.revoked.retain(|it| !keys.contains(it));
        for key in keys {
            if !self.revoked.contains(key) {
                self.revoked.push(*key);
            }
        }
        let over = self.revoked.len().saturating_sub(MAX_REVOKED);
        self.revoked.drain(..over);
    }

    /// The user does not want this identity here.
    pub(crate) fn dismiss(&mut self, identity: IdentityKey) {
        self.challenge = None;
        self.dismissed.retain(|it| *it != identity);
        self.dismissed.push(identity);
        if self.dismissed.len() > MAX_DISMISSED {
            self.dismissed.remove(0);
        }
    }

    /// What the identity says about a device with this key.
    #[must_use]
    pub fn word_about(&self, device: DeviceId, key: Option<omemo::IdentityKey>) -> IdentityWord {
        let Some(key) = key.filter(|_| self.has_a_say()) else {
            return IdentityWord::Nothing;
        };
        // What it signed before it ended is its owner's no more, whether it has expired or not.
        let has_ended = self.followed.standing() == Standing::Revoked;
        let is_void = has_ended && self.signed.iter().any(|signed| signed.key == key);
        if is_void || self.revoked.contains(&key) {
            return IdentityWord::Revoked;
        }
        if !self.is_expired && self.signed.contains(&SignedDevice { device, key }) {
            return self
                .voucher()
                .map_or(IdentityWord::Nothing, IdentityWord::Signed);
        }
        IdentityWord::Nothing
    }

    /// What a signature of the identity is worth at this address, if anything.
    #[must_use]
    pub fn voucher(&self) -> Option<Voucher> {
        if !self.has_a_say() {
            return None;
        }
        Some(match self.known_by {
            KnownBy::Differs { .. } => return None,
            KnownBy::Verified { .. } => Voucher::Verified,
            _ if self.is_named() => Voucher::Named,
            KnownBy::Introduced { .. } => Voucher::Introduced,
            KnownBy::FirstSeen => Voucher::FirstSeen,
        })
    }

    /// Whether the identity says anything about this address and its devices. The server of an account
    /// that was known before can put any identity there, also one that the user knows as somebody
    /// else's: that one neither signs nor revokes anything before the user takes it here.
    #[must_use]
    pub fn has_a_say(&self) -> bool {
        self.is_taken || self.is_named()
    }

    /// Whether it says something about a device with this number.
    #[must_use]
    pub fn names(&self, device: DeviceId) -> bool {
        !self.is_expired && self.signed.iter().any(|signed| signed.device == device)
    }

    /// Whether the user knows the identity by more than its being there, or had to choose between it
    /// and another one: what is new at the address is then never taken without asking.
    fn is_chosen(&self) -> bool {
        let is_change =
            |entry: &HistoryEntry| matches!(entry.what, IdentityEvent::IdentityChanged { .. });
        self.known_by.is_by_person()
            || self.challenge.is_some()
            || !self.dismissed.is_empty()
            || self.history.iter().any(is_change)
    }

    /// Writes into the devices of its account what it says about them.
    pub(super) fn speak(&self, protection: &mut ProtectionRecord) {
        protection.is_identity_chosen = self.is_chosen();
        for (id, device) in &mut protection.devices {
            device.identity = self.word_about(*id, device.key);
        }
    }
}

fn omemo_key(protocol: KeyProtocol, fingerprint: &[u8]) -> Option<omemo::IdentityKey> {
    let is_omemo = matches!(protocol, KeyProtocol::Omemo | KeyProtocol::Omemo2);
    let bytes = <[u8; 32]>::try_from(fingerprint).ok();
    let bytes = bytes.filter(|_| is_omemo)?;
    omemo::IdentityKey::from_bytes(bytes).ok()
}

#[cfg(test)]
mod tests {
    use onym_identity::IdentitySecretKey;

    use super::*;
    use crate::store::{Change, DeviceRecord, Snapshot};
    use crate::trust::Trust;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(1_000 * seconds)
    }

    fn key(number: u16) -> omemo::IdentityKey {
        let mut bytes = [9; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        omemo::IdentityKey::from_bytes(bytes).unwrap()
    }

    fn signing() -> (IdentityRecord, SignedDevice) {
        let jid = BareJid::new("bob@b.example").unwrap();
        let identity = IdentitySecretKey::from_seed(&[7; 32]).public();
        let mut record = IdentityRecord::unseen(jid, identity, KnownBy::FirstSeen);
        let device = DeviceId::new(7).unwrap();
        let signed = SignedDevice {
            device,
            key: key(1),
        };
        record.signed.push(signed);
        record.expires = at(100);
        (record, signed)
    }

    #[test]
    fn a_clock_that_was_ahead_takes_no_signature_away() {
        let (record, signed) = signing();
        let mut protection = ProtectionRecord::new(record.jid.clone());
        let mut device = DeviceRecord::new(Trust::Undecided, at(1));
        device.key = Some(signed.key);
        protection.devices.insert(signed.device, device);
        let mut memory = Snapshot::default();
        memory.apply(&Change::PutProtection(Box::new(protection)));
        memory.apply(&Change::PutIdentity(Box::new(record.clone())));
        let word =
            |memory: &Snapshot| memory.protection[&record.jid].devices[&signed.device].identity;
        let is_signed = IdentityWord::Signed(Voucher::FirstSeen);
        for (now, is_told, expected) in [
            (99, false, is_signed),
            (100, true, IdentityWord::Nothing),
            (200, false, IdentityWord::Nothing),
            (50, true, is_signed),
        ] {
            let changed = memory.note_time(at(now));
            assert_eq!(!changed.is_empty(), is_told, "{now}");
            assert_eq!(word(&memory), expected, "{now}");
        }
    }

    #[test]
    fn revoked_keys_are_bounded_and_the_latest_stay() {
        let (mut record, _) = signing();
        for number in 0..40 {
            let keys: Vec<_> = (64 * number..64 * (number + 1)).map(key).collect();
            record.revoke(&keys);
        }
        assert_eq!(record.revoked.len(), MAX_REVOKED);
        assert_eq!(record.revoked.last(), Some(&key(64 * 40 - 1)));
        record.revoke(&[key(64 * 39), key(64 * 39)]);
        assert_eq!(record.revoked.len(), MAX_REVOKED, "each key once");
    }

    #[test]
    fn who_had_no_say_leaves_no_revocation_behind() {
        for has_a_say in [true, false] {
            let (mut old, _) = signing();
            old.is_taken = has_a_say;
            old.revoke(&[key(2)]);
            let to = IdentitySecretKey::from_seed(&[8; 32]).public();
            let new = IdentityRecord::in_place_of(old, to);
            assert_eq!(!new.revoked.is_empty(), has_a_say);
        }
    }
}
