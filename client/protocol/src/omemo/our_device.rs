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
        if now < self.next_rotation(now) {
            return false;
        }
        let id = self.signed_pre_key.id;
        let id = if id >= MAX_ID { 1 } else { id + 1 };
        let new = SignedPreKey::generate(id, now, rng);
        let old = std::mem::replace(&mut self.signed_pre_key, new);
        self.previous_signed_pre_key = Some(old);
        true
    }

    /// When the signed pre-key is to be replaced. A key from the future was made while the clock
    /// was ahead; it has its full time from now on.
    #[must_use]
    pub fn next_rotation(&self, now: Timestamp) -> Timestamp {
        self.signed_pre_key.since.min(now) + Self::ROTATION
    }

    /// Whether the signed pre-key was made while the clock was ahead, which
    /// [`rotate`](Self::rotate) puts right.
    #[must_use]
    pub fn is_from_the_future(&self, now: Timestamp) -> bool {
        self.signed_pre_key.since > now
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn device(seed: u64) -> OurDevice {
        let rng = &mut StdRng::seed_from_u64(seed);
        OurDevice::generate(DeviceId::random(rng), Timestamp::UNIX_EPOCH, rng)
    }

    #[test]
    fn a_device_has_a_positive_number_of_31_bits() {
        assert_eq!(DeviceId::new(0), None);
        assert_eq!(DeviceId::new(1).map(DeviceId::get), Some(1));
        assert_eq!(DeviceId::new(0x7fff_ffff), Some(DeviceId::MAX));
        assert_eq!(DeviceId::new(0x8000_0000), None);
        for seed in 0..100 {
            let id = DeviceId::random(&mut StdRng::seed_from_u64(seed));
            assert_eq!(DeviceId::new(id.get()), Some(id));
        }
        assert_eq!(serde_json::from_str::<DeviceId>("7").unwrap().get(), 7);
        for text in ["0", "2147483648", "-1"] {
            assert!(serde_json::from_str::<DeviceId>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_of_pre_keys_stay_below_what_libsignal_keeps_for_ever() {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut device = device(1);
        device.pre_keys.clear();
        device.next_pre_key_id = MAX_PRE_KEY_ID - 1;
        // One that was used long ago is not given to another key.
        device.used_pre_keys.push_back((2, SecretKey::random(rng)));
        assert!(device.refill(rng));
        assert!(!device.refill(rng));
        let ids: Vec<u32> = device.pre_keys.keys().copied().collect();
        assert_eq!(ids.len(), OurDevice::PRE_KEYS);
        assert_eq!(ids[..3], [1, 3, 4]);
        assert_eq!(ids[98..], [0xff_fffd, 0xff_fffe]);
    }

    #[test]
    fn a_used_pre_key_is_published_no_more() {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut device = device(1);
        let published = |device: &OurDevice, rng: &mut StdRng| {
            let wire = device.bundle(Dialect::Omemo2, rng).to_wire();
            wire.pre_keys
                .into_iter()
                .map(|(id, _)| id)
                .collect::<Vec<u32>>()
        };
        device.use_up(7);
        device.use_up(7);
        assert!(device.has_used());
        assert!(!published(&device, rng).contains(&7));
        assert!(device.pre_key(7).is_some());
        assert!(device.refill(rng));
        assert_eq!(published(&device, rng).len(), OurDevice::PRE_KEYS);
        assert!(!published(&device, rng).contains(&7));
        device.forget_used();
        assert!(!device.has_used());
        assert!(device.pre_key(7).is_none());
    }

    #[test]
    fn used_pre_keys_do_not_fill_the_disk() {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut device = device(1);
        for id in 1..=600 {
            device.use_up(id);
            let _ = device.refill(rng);
        }
        assert_eq!(device.used_pre_keys.len(), OurDevice::MAX_USED_PRE_KEYS);
        assert!(device.pre_key(100).is_none());
        assert!(device.pre_key(101).is_some());
    }

    #[test]
    fn the_signed_pre_key_is_replaced_weekly_and_kept_a_week_more() {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut device = device(1);
        let start = Timestamp::UNIX_EPOCH;
        let second = Duration::from_secs(1);
        assert_eq!(device.next_rotation(start), start + OurDevice::ROTATION);
        assert!(!device.rotate(start + (OurDevice::ROTATION - second), rng));
        assert_eq!(device.signed_pre_key.id, 1);
        assert!(device.rotate(start + OurDevice::ROTATION, rng));
        assert!(!device.rotate(start + OurDevice::ROTATION, rng));
        assert!(device.signed_pre_key(1).is_some());
        assert!(device.signed_pre_key(2).is_some());
        assert!(device.rotate(start + OurDevice::ROTATION * 2, rng));
        assert!(device.signed_pre_key(1).is_none());
        assert!(device.signed_pre_key(2).is_some());
        device.signed_pre_key.id = MAX_ID;
        assert!(device.rotate(start + OurDevice::ROTATION * 3, rng));
        assert_eq!(device.signed_pre_key.id, 1);
    }

    #[test]
    fn a_clock_that_was_ahead_does_not_stop_the_rotation() {
        let rng = &mut StdRng::seed_from_u64(1);
        let late = Timestamp::UNIX_EPOCH + OurDevice::ROTATION * 1_000;
        let mut device = OurDevice::generate(DeviceId::MAX, late, rng);
        let now = Timestamp::UNIX_EPOCH;
        assert!(device.is_from_the_future(now));
        assert!(!device.rotate(now, rng));
        assert!(!device.is_from_the_future(now));
        assert_eq!(device.next_rotation(late), now + OurDevice::ROTATION);
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", device(1));
        let identity = device(1).identity_key();
        let id = device(1).id();
        let expected = format!(
            "OurDevice {{ id: {id:?}, identity_key: {identity:?}, signed_pre_key_id: 1, \
             pre_keys: 100, used_pre_keys: 0, .. }}"
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_label_is_signed_by_its_device_alone() {
        for seed in 0..10 {
            let (device, other) = (device(seed), device(seed + 100));
            let signature = device.sign_label("Onym on a laptop");
            assert_eq!(signature, device.sign_label("Onym on a laptop"));
            let key = device.identity_key();
            assert!(key.has_signed_label("Onym on a laptop", &signature));
            assert!(!key.has_signed_label("Onym on a desktop", &signature));
            assert!(
                !other
                    .identity_key()
                    .has_signed_label("Onym on a laptop", &signature)
            );
        }
    }

    #[test]
    fn a_stored_device_comes_back() {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut device = device(1);
        device.use_up(1);
        assert!(device.rotate(Timestamp::UNIX_EPOCH + OurDevice::ROTATION, rng));
        let bytes = postcard::to_stdvec(&device).unwrap();
        assert_eq!(postcard::from_bytes::<OurDevice>(&bytes).unwrap(), device);
        assert!(bytes.len() < 4_000, "{}", bytes.len());
    }
}
