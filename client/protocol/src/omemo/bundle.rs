//! What a device publishes so that others can write to it first.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use thiserror::Error;

use super::dialect::Dialect;
use super::keys::{IdentityKey, IdentityKeyPair, KeyError, PublicKey, WireIdentity};

/// The keys of a device, with the signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    dialect: Dialect,
    identity: IdentityKey,
    wire_identity: WireIdentity,
    signed_pre_key_id: u32,
    signed_pre_key: PublicKey,
    signature: [u8; 64],
    pre_keys: Vec<(u32, PublicKey)>,
}

/// The bytes of the elements of a bundle, after base64: keys have 33 bytes in
/// [`Dialect::Omemo`] and 32 in [`Dialect::Omemo2`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireBundle {
    /// `<identityKey/>` or `<ik/>`.
    pub identity_key: Vec<u8>,
    /// The id of the next.
    pub signed_pre_key_id: u32,
    /// `<signedPreKeyPublic/>` or `<spk/>`.
    pub signed_pre_key: Vec<u8>,
    /// `<signedPreKeySignature/>` or `<spks/>`.
    pub signature: Vec<u8>,
    /// Each `<preKeyPublic/>` or `<pk/>` with its id.
    pub pre_keys: Vec<(u32, Vec<u8>)>,
}

impl Bundle {
    /// How many one-time pre-keys are kept of those that a device publishes; the rest is not read.
    pub const MAX_PRE_KEYS: usize = 200;

    /// Reads what a device has published.
    ///
    /// # Errors
    /// If a key is none, an id is out of range or there twice, or the signature is not one of the
    /// identity key.
    pub fn from_wire(dialect: Dialect, wire: &WireBundle) -> Result<Self, BundleError> {
        let identity = WireIdentity::parse(dialect, &wire.identity_key);
        let (wire_identity, identity) = identity.map_err(BundleError::IdentityKey)?;
        let id = in_range(wire.signed_pre_key_id)?;
        let signed_pre_key = PublicKey::parse(dialect, &wire.signed_pre_key);
        let signed_pre_key = signed_pre_key.map_err(BundleError::SignedPreKey)?;
        let signature: [u8; 64] = wire.signature.as_slice().try_into().map_err(|_| {
            let got = wire.signature.len();
            BundleError::SignatureLength { got }
        })?;
        if !wire_identity.verify(dialect, &wire.signed_pre_key, &signature) {
            return Err(BundleError::Signature);
        }
        let mut seen = BTreeSet::new();
        let mut pre_keys = Vec::new();
        for (id, bytes) in wire.pre_keys.iter().take(Self::MAX_PRE_KEYS) {
            let id = in_range(*id)?;
            if !seen.insert(id) {
                return Err(BundleError::SameId { id });
            }
            let key = PublicKey::parse(dialect, bytes);
            pre_keys.push((id, key.map_err(|error| BundleError::PreKey { id, error })?));
        }
        Ok(Self {
            dialect,
            identity,
            wire_identity,
            signed_pre_key_id: id,
            signed_pre_key,
            signature,
            pre_keys,
        })
    }

    /// The bytes to publish.
    #[must_use]
    pub fn to_wire(&self) -> WireBundle {
        let pre_keys = self.pre_keys.iter();
        WireBundle {
            identity_key: self.wire_identity.write(self.dialect),
            signed_pre_key_id: self.signed_pre_key_id,
            signed_pre_key: self.signed_pre_key.write(self.dialect),
            signature: self.signature.to_vec(),
            pre_keys: pre_keys
                .map(|(id, key)| (*id, key.write(self.dialect)))
                .collect(),
        }
    }

    /// The version of OMEMO it belongs to.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The long-term key of the device.
    #[must_use]
    pub const fn identity(&self) -> IdentityKey {
        self.identity
    }

    /// How many one-time pre-keys there are.
    #[must_use]
    pub fn pre_key_count(&self) -> usize {
        self.pre_keys.len()
    }

    /// Signs keys of ours.
    pub(super) fn sign(
        dialect: Dialect,
        identity: &IdentityKeyPair,
        (signed_pre_key_id, signed_pre_key): (u32, PublicKey),
        pre_keys: Vec<(u32, PublicKey)>,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let mut salt = [0; 64];
        rng.fill_bytes(&mut salt);
        Self {
            dialect,
            identity: identity.public(),
            wire_identity: identity.wire(dialect),
            signed_pre_key_id,
            signed_pre_key,
            signature: identity.sign(&signed_pre_key.write(dialect), &salt),
            pre_keys,
        }
    }

    /// What names the device's key in this dialect, as the device has written it.
    pub(crate) const fn identifier(&self) -> [u8; 32] {
        self.wire_identity.raw()
    }

    pub(super) const fn wire_identity(&self) -> WireIdentity {
        self.wire_identity
    }

    pub(super) const fn signed_pre_key(&self) -> (u32, PublicKey) {
        (self.signed_pre_key_id, self.signed_pre_key)
    }

    /// One of the one-time pre-keys, so that two who write first at the same time rarely take the
    /// same one.
    pub(super) fn random_pre_key(&self, rng: &mut dyn CryptoRng) -> Option<(u32, PublicKey)> {
        let count = u32::try_from(self.pre_keys.len()).ok()?;
        let drawn = rng.next_u32().checked_rem(count)?;
        self.pre_keys.get(usize::try_from(drawn).ok()?).copied()
    }
}

/// What is wrong with a bundle that somebody has published.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BundleError {
    /// The identity key is none.
    #[error("the identity key of the bundle: {0}")]
    IdentityKey(KeyError),
    /// The signed pre-key is none.
    #[error("the signed pre-key of the bundle: {0}")]
    SignedPreKey(KeyError),
    /// A one-time pre-key is none.
    #[error("the pre-key {id} of the bundle: {error}")]
    PreKey {
        /// The id of the pre-key.
        id: u32,
        /// What is wrong with it.
        error: KeyError,
    },
    /// An id has more than 31 bits.
    #[error("a key of the bundle has the id {got}, which is out of range")]
    IdOutOfRange {
        /// The id.
        got: u32,
    },
    /// Two one-time pre-keys have one id.
    #[error("two pre-keys of the bundle have the id {id}")]
    SameId {
        /// The id.
        id: u32,
    },
    /// The signature is shorter or longer than 64 bytes.
    #[error("the signature in the bundle has {got} bytes, and 64 were expected")]
    SignatureLength {
        /// Bytes that came.
        got: usize,
    },
    /// The identity key has not signed the signed pre-key.
    #[error("the signature in the bundle is not that of its identity key")]
    Signature,
}

/// Ids have 31 bits. Zero is against the specification; it names a key as well as any other
/// number, and examples of earlier versions had it.
const fn in_range(got: u32) -> Result<u32, BundleError> {
    if got > 0x7fff_ffff {
        return Err(BundleError::IdOutOfRange { got });
    }
    Ok(got)
}

#[cfg(test)]
mod tests {
    use onym_identity::Timestamp;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::omemo::our_device::{DeviceId, OurDevice};

    type Change = Box<dyn Fn(&mut WireBundle)>;

    fn wire(dialect: Dialect) -> WireBundle {
        let rng = &mut StdRng::seed_from_u64(1);
        let device = OurDevice::generate(DeviceId::MAX, Timestamp::UNIX_EPOCH, rng);
        device.bundle(dialect, rng).to_wire()
    }

    #[test]
    fn what_is_published_is_read() {
        for (dialect, length) in [(Dialect::Omemo, 33), (Dialect::Omemo2, 32)] {
            let wire = wire(dialect);
            assert_eq!(wire.identity_key.len(), length);
            assert_eq!(wire.signed_pre_key.len(), length);
            assert!(wire.pre_keys.iter().all(|(_, key)| key.len() == length));
            let bundle = Bundle::from_wire(dialect, &wire).unwrap();
            assert_eq!(bundle.to_wire(), wire);
            assert_eq!(bundle.pre_key_count(), OurDevice::PRE_KEYS);
            assert_eq!(bundle.dialect(), dialect);
        }
        let identity = |dialect| {
            Bundle::from_wire(dialect, &wire(dialect))
                .unwrap()
                .identity()
        };
        assert_eq!(identity(Dialect::Omemo), identity(Dialect::Omemo2));
    }

    #[test]
    fn the_reason_is_named() {
        for dialect in Dialect::ALL {
            let good = wire(dialect);
            let expected = good.identity_key.len();
            let length = KeyError::Length { expected, got: 3 };
            let got = 0x8000_0000;
            let low_order = {
                let mut key = good.signed_pre_key.clone();
                key.iter_mut().rev().take(32).for_each(|byte| *byte = 0);
                key
            };
            let error = KeyError::LowOrder;
            let cases: Vec<(BundleError, Change)> = vec![
                (
                    BundleError::IdentityKey(length),
                    Box::new(|it| it.identity_key.truncate(3)),
                ),
                (
                    BundleError::SignedPreKey(length),
                    Box::new(|it| it.signed_pre_key.truncate(3)),
                ),
                (
                    BundleError::SignatureLength { got: 3 },
                    Box::new(|it| it.signature.truncate(3)),
                ),
                (
                    BundleError::PreKey {
                        id: 1,
                        error: length,
                    },
                    Box::new(|it| it.pre_keys[0].1.truncate(3)),
                ),
                (
                    BundleError::PreKey { id: 1, error },
                    Box::new(move |it| it.pre_keys[0].1.clone_from(&low_order)),
                ),
                (
                    BundleError::SameId { id: 2 },
                    Box::new(|it| it.pre_keys[0].0 = 2),
                ),
                (
                    BundleError::IdOutOfRange { got },
                    Box::new(move |it| it.pre_keys[0].0 = got),
                ),
                (
                    BundleError::IdOutOfRange { got },
                    Box::new(move |it| it.signed_pre_key_id = got),
                ),
                (BundleError::Signature, Box::new(|it| it.signature[10] ^= 1)),
                (
                    BundleError::Signature,
                    Box::new(|it| it.signed_pre_key.clone_from(&it.pre_keys[0].1)),
                ),
            ];
            for (error, change) in cases {
                let mut changed = good.clone();
                change(&mut changed);
                assert_eq!(Bundle::from_wire(dialect, &changed), Err(error));
            }
        }
    }

    #[test]
    fn a_bundle_is_read_up_to_a_number_of_pre_keys() {
        for dialect in Dialect::ALL {
            let mut wire = wire(dialect);
            let key = wire.pre_keys[0].1.clone();
            wire.pre_keys = (1..10_000).map(|id| (id, key.clone())).collect();
            let bundle = Bundle::from_wire(dialect, &wire).unwrap();
            assert_eq!(bundle.pre_key_count(), Bundle::MAX_PRE_KEYS);
        }
    }

    #[test]
    fn any_of_the_pre_keys_may_be_drawn() {
        let rng = &mut StdRng::seed_from_u64(1);
        let bundle = Bundle::from_wire(Dialect::Omemo2, &wire(Dialect::Omemo2)).unwrap();
        let drawn = (0..2_000).filter_map(|_| bundle.random_pre_key(rng));
        let ids: BTreeSet<u32> = drawn.map(|(id, _)| id).collect();
        assert_eq!(ids.len(), OurDevice::PRE_KEYS);
    }
}
