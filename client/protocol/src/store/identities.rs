//! What is remembered of the identities behind addresses.

mod history;

use jid::BareJid;
use onym_identity::statement::{
    Followed, KeyProtocol, Revoked, Standing, Statement, StatementBody, Unverified,
};
use onym_identity::{IdentityKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::ProtectionRecord;
use crate::omemo::{self, DeviceId};
use crate::trust::{IdentityWord, Voucher};

pub use history::{HistoryEntry, IdentityEvent, MAX_HISTORY};

/// How many identities are remembered that the user did not want at one address. With more, the first
/// of them may ask again.
const MAX_DISMISSED: usize = 16;

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
    /// The devices at this address that the latest statement lists; none once it has expired.
    pub signed: Vec<SignedDevice>,
    /// The keys of devices that it revokes, also once it has expired.
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
        }
    }

    /// Who is behind the address.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        self.followed.identity()
    }

    /// Whether the address is the identity's at an onion service of its own: it names the key.
    ///
    /// A record is made only after the whole address was checked, so that this compares texts.
    #[must_use]
    pub fn is_named(&self) -> bool {
        let local = self
            .jid
            .node()
            .map(|it| it.as_str() == self.identity().to_string());
        local == Some(true) && self.jid.domain().as_str().ends_with(".onion")
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
        self.revoked = revoked.collect();
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

    /// The identity has ended: what it signed is not its owner's any more.
    pub(crate) fn end(&mut self, followed: Followed) {
        self.followed = followed;
        let keys = self.signed.drain(..).map(|signed| signed.key);
        self.revoked.extend(keys);
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
        if self.revoked.contains(&key) {
            return IdentityWord::Revoked;
        }
        if self.signed.contains(&SignedDevice { device, key }) {
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
        self.signed.iter().any(|signed| signed.device == device)
    }

    /// Writes into the devices of its account what it says about them.
    pub(super) fn speak(&self, protection: &mut ProtectionRecord) {
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
