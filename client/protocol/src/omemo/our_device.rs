//! Our device: its identity key, its signed pre-key and its one-time pre-keys.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use onym_identity::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::bundle::Bundle;
use super::dialect::Dialect;
use super::keys::{IdentityKey, IdentityKeyPair, KeyPair, SecretKey};

/// The number of a device among those of its account, from 1 to 2^31 - 1 (XEP-0384, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct DeviceId(u32);

impl DeviceId {
    /// The largest one.
    pub const MAX: Self = Self(MAX_ID);

    /// Takes a number; `None` if it is out of range.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match number {
            1..=MAX_ID => Some(Self(number)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Draws a number. Before it is published, the caller makes sure that no other device of the
    /// account has it.
    #[must_use]
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        loop {
            if let Some(id) = Self::new(rng.next_u32() & MAX_ID) {
                return id;
            }
        }
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number that no device can have.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a device has a number from 1 to 2147483647, and not {got}")]
pub struct DeviceIdError {
    /// The number that came.
    pub got: u32,
}

impl TryFrom<u32> for DeviceId {
    type Error = DeviceIdError;

    fn try_from(got: u32) -> Result<Self, DeviceIdError> {
        Self::new(got).ok_or(DeviceIdError { got })
    }
}

impl From<DeviceId> for u32 {
    fn from(id: DeviceId) -> Self {
        id.0
    }
}

/// One of our devices with its secrets. It serves both dialects with the same keys.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OurDevice {
    id: DeviceId,
    identity: IdentityKeyPair,
    signed_pre_key: SignedPreKey,
    /// The one before, for messages that have been under way when it was replaced.
    previous_signed_pre_key: Option<SignedPreKey>,
    /// Those that are published, by their ids.
    pre_keys: BTreeMap<u32, SecretKey>,
    /// Those that somebody has used, in the order of their use.
    used_pre_keys: VecDeque<(u32, SecretKey)>,
    next_pre_key_id: u32,
}

impl OurDevice {
    /// How many one-time pre-keys are published.
    pub const PRE_KEYS: usize = 100;

    /// How long a signed pre-key is published: a week, the shortest time that XEP-0384 advises.
    /// Its secret is kept as long again.
    pub const ROTATION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// How many used pre-keys are kept at most; the oldest is erased for the next one. Somebody
    /// who uses them up on purpose shall not fill the disk.
    pub const MAX_USED_PRE_KEYS: usize = 500;

    /// Draws all keys of a new device.
    #[must_use]
    pub fn generate(id: DeviceId, now: Timestamp, rng: &mut dyn CryptoRng) -> Self {
        let mut device = Self {
            id,
            identity: IdentityKeyPair::random(rng),
            signed_pre_key: SignedPreKey::generate(1, now, rng),
            previous_signed_pre_key: None,
            pre_keys: BTreeMap::new(),
            used_pre_keys: VecDeque::new(),
            next_pre_key_id: 1,
        };
        device.draw_pre_keys(rng);
        device
    }

    /// The number of the device.
    #[must_use]
    pub const fn id(&self) -> DeviceId {
        self.id
    }

    /// The public half of the long-term key.
    #[must_use]
    pub const fn identity_key(&self) -> IdentityKey {
        self.identity.public()
    }

    /// What is published. Two calls differ in the signature alone.
    #[must_use]
    pub fn bundle(&self, dialect: Dialect, rng: &mut dyn CryptoRng) -> Bundle {
        let pre_keys = self.pre_keys.iter().map(|(id, key)| (*id, key.public()));
        let signed = (self.signed_pre_key.id, self.signed_pre_key.pair.public);
        Bundle::sign(dialect, &self.identity, signed, pre_keys.collect(), rng)
    }

    /// Signs the label of this device for the device list of [`Dialect::Omemo2`] (XEP-0384,
    /// section 5.3.1). The same label has the same signature.
    #[must_use]
    pub fn sign_label(&self, label: &str) -> [u8; 64] {
        self.identity.sign(label.as_bytes(), &[0; 64])
    }

    /// Takes a one-time pre-key out of what is published. Its secret stays for others who have
    /// used it at the same time, until [`forget_used`](Self::forget_used).
    pub fn use_up(&mut self, pre_key_id: u32) {
        if let Some(secret) = self.pre_keys.remove(&pre_key_id) {
            while self.used_pre_keys.len() >= Self::MAX_USED_PRE_KEYS {
                self.used_pre_keys.pop_front();
            }
            self.used_pre_keys.push_back((pre_key_id, secret));
        }
    }

    /// Erases the used pre-keys. The time for it is when all that waited for us has been read
    /// (XEP-0384, section 6).
    pub fn forget_used(&mut self) {
        self.used_pre_keys.clear();
    }

    /// Whether there are used pre-keys to forget.
    #[must_use]
    pub fn has_used(&self) -> bool {
        !self.used_pre_keys.is_empty()
    }

    /// Draws pre-keys until [`PRE_KEYS`](Self::PRE_KEYS) are there. Says whether the bundle has to
    /// be published again, also for those that were used up.
    #[must_use = "the bundle has to be published again"]
    pub fn refill(&mut self, rng: &mut dyn CryptoRng) -> bool {
        let is_short = self.pre_keys.len() < Self::PRE_KEYS;
        self.draw_pre_keys(rng);
        is_short
    }

    /// Replaces the signed pre-key if it is time. Says whether the bundle has to be published
    /// again.
    #[must_use = "the bundle has to be published again"]
    pub fn rotate(&mut self, now: Timestamp, rng: &mut dyn CryptoRng) -> bool {
        // A clock that was ahead shall not put off the next rotation for years.
        self.signed_pre_key.since = self.signed_pre_key.since.min(now);
        if now < self.next_rotation() {
            return false;
        }
        let id = self.signed_pre_key.id;
        let id = if id >= MAX_ID { 1 } else { id + 1 };
        let new = SignedPreKey::generate(id, now, rng);
        let old = std::mem::replace(&mut self.signed_pre_key, new);
        self.previous_signed_pre_key = Some(old);
        true
    }

    /// When the signed pre-key is to be replaced.
    #[must_use]
    pub fn next_rotation(&self) -> Timestamp {
        self.signed_pre_key.since + Self::ROTATION
    }

    fn draw_pre_keys(&mut self, rng: &mut dyn CryptoRng) {
        while self.pre_keys.len() < Self::PRE_KEYS {
            let id = self.next_pre_key_id;
            self.next_pre_key_id = if id >= MAX_PRE_KEY_ID { 1 } else { id + 1 };
            if self.pre_key(id).is_none() {
                self.pre_keys.insert(id, SecretKey::random(rng));
            }
        }
    }

    pub(super) const fn identity(&self) -> &IdentityKeyPair {
        &self.identity
    }

    /// A signed pre-key that is published, or was before the last rotation.
    pub(super) fn signed_pre_key(&self, id: u32) -> Option<&KeyPair> {
        let all = [
            Some(&self.signed_pre_key),
            self.previous_signed_pre_key.as_ref(),
        ];
        let found = all.into_iter().flatten().find(|key| key.id == id);
        found.map(|key| &key.pair)
    }

    /// A one-time pre-key that is published, or was used and is not forgotten.
    pub(super) fn pre_key(&self, id: u32) -> Option<&SecretKey> {
        self.pre_keys.get(&id).or_else(|| self.used_pre_key(id))
    }

    fn used_pre_key(&self, id: u32) -> Option<&SecretKey> {
        let mut used = self.used_pre_keys.iter();
        used.find(|(used, _)| *used == id).map(|(_, secret)| secret)
    }
}

impl fmt::Debug for OurDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            identity,
            signed_pre_key,
            previous_signed_pre_key: _,
            pre_keys,
            used_pre_keys,
            next_pre_key_id: _,
        } = self;
        f.debug_struct("OurDevice")
            .field("id", id)
            .field("identity_key", &identity.public())
            .field("signed_pre_key_id", &signed_pre_key.id)
            .field("pre_keys", &pre_keys.len())
            .field("used_pre_keys", &used_pre_keys.len())
            .finish_non_exhaustive()
    }
}

/// The medium-term key, which is signed with the identity key when it is published.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SignedPreKey {
    id: u32,
    pair: KeyPair,
    since: Timestamp,
}

impl SignedPreKey {
    fn generate(id: u32, since: Timestamp, rng: &mut dyn CryptoRng) -> Self {
        let pair = KeyPair::random(rng);
        Self { id, pair, since }
    }
}

/// The largest id of a device or a signed pre-key: 2^31 - 1.
const MAX_ID: u32 = 0x7fff_ffff;
/// The largest id of a one-time pre-key of ours. Java's libsignal has 24 bits for it, and the
/// largest number of those means in other versions that the key is never to be deleted.
const MAX_PRE_KEY_ID: u32 = 0xff_fffe;
