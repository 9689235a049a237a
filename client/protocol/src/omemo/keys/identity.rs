//! The long-term key of a device: ours with its secret, and theirs.

use std::fmt;
use std::str::FromStr;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::montgomery::MontgomeryPoint;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use thiserror::Error;

use super::{KeyError, PublicKey, SecretKey, clear_top_bit, with_type, without_type, xeddsa};
use crate::omemo::dialect::Dialect;

/// The long-term key of a device: the u-coordinate on Curve25519, in both dialects the same. It is
/// canonical, so one key has one record of trust.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "ByteArray<32>", into = "ByteArray<32>")]
pub struct IdentityKey([u8; 32]);

impl IdentityKey {
    /// Takes a key in its Curve25519 form.
    ///
    /// # Errors
    /// If it is not canonical, or of low order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        Ok(Self(PublicKey::from_bytes(bytes)?.0))
    }

    /// The Curve25519 form.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What people compare: 64 lower-case hexadecimal digits (XEP-0384, section 8). `Display` puts
    /// a space after every eighth.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Whether the holder of this key has signed the label of a device (XEP-0384, section 5.3.1).
    #[must_use]
    pub fn has_signed_label(&self, label: &str, signature: &[u8; 64]) -> bool {
        // This form of the key does not tell which of two points it is; nobody can sign for one of
        // them alone.
        [0, 1].into_iter().any(|sign| {
            let point = MontgomeryPoint(self.0).to_edwards(sign);
            let point = point.map(|point| point.compress().to_bytes());
            point.is_some_and(|it| xeddsa::verify_edwards(&it, label.as_bytes(), signature))
        })
    }

    /// Reads the 32 bytes that name a key in a dialect: those that its bundle has, without the type.
    pub(crate) fn from_identifier(dialect: Dialect, bytes: [u8; 32]) -> Result<Self, KeyError> {
        match dialect {
            Dialect::Omemo => Self::from_bytes(bytes),
            Dialect::Omemo2 => Ok(WireIdentity::parse(dialect, &bytes)?.1),
        }
    }

    /// What names the key in a dialect, where its bundle was never seen. In [`Dialect::Omemo2`] it may
    /// be the name of the other point with this u-coordinate, which has the same secret.
    pub(crate) fn identifier(&self, dialect: Dialect) -> Option<[u8; 32]> {
        match dialect {
            Dialect::Omemo => Some(self.0),
            Dialect::Omemo2 => {
                let point = MontgomeryPoint(self.0).to_edwards(0)?;
                Some(point.compress().to_bytes())
            }
        }
    }

    pub(in crate::omemo) const fn public(&self) -> PublicKey {
        PublicKey(self.0)
    }
}

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, group) in self.0.chunks(4).enumerate() {
            let space = if number == 0 { "" } else { " " };
            write!(f, "{space}{}", HEXLOWER.encode(group))?;
        }
        Ok(())
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityKey({})", self.fingerprint())
    }
}

/// Reads a fingerprint, in either case and with or without spaces.
impl FromStr for IdentityKey {
    type Err = IdentityKeyError;

    fn from_str(text: &str) -> Result<Self, IdentityKeyError> {
        if text.len() > Self::MAX_TEXT_BYTES {
            return Err(IdentityKeyError::Form);
        }
        let digits: String = text.split_ascii_whitespace().collect();
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
        let bytes = bytes.ok().and_then(|it| <[u8; 32]>::try_from(it).ok());
        Self::from_bytes(bytes.ok_or(IdentityKeyError::Form)?).map_err(IdentityKeyError::Key)
    }
}

impl IdentityKey {
    /// Longest text that is read as a fingerprint: pairs of digits, each with two spaces.
    const MAX_TEXT_BYTES: usize = 128;
}

impl TryFrom<ByteArray<32>> for IdentityKey {
    type Error = KeyError;

    fn try_from(bytes: ByteArray<32>) -> Result<Self, KeyError> {
        Self::from_bytes(bytes.into_array())
    }
}

impl From<IdentityKey> for ByteArray<32> {
    fn from(key: IdentityKey) -> Self {
        Self::new(key.0)
    }
}

/// Why a text is not the fingerprint of an identity key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdentityKeyError {
    /// It is not 64 hexadecimal digits.
    #[error("a fingerprint has 64 hexadecimal digits")]
    Form,
    /// The digits are no key.
    #[error("the fingerprint is that of no key: {0}")]
    Key(KeyError),
}

/// An identity key as a dialect writes it: the u-coordinate for [`Dialect::Omemo`], the point on
/// Ed25519 for [`Dialect::Omemo2`]. These bytes are what is authenticated, so they are kept as they
/// came: the sign of the point cannot be computed from the u-coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::omemo) struct WireIdentity(#[serde(with = "serde_bytes")] [u8; 32]);

impl WireIdentity {
    /// Reads the bytes of an element or a protocol buffer.
    pub(in crate::omemo) fn parse(
        dialect: Dialect,
        bytes: &[u8],
    ) -> Result<(Self, IdentityKey), KeyError> {
        let raw = without_type(dialect, bytes)?;
        let key = match dialect {
            Dialect::Omemo => IdentityKey::from_bytes(raw)?,
            Dialect::Omemo2 => {
                let point = CompressedEdwardsY(raw).decompress();
                let point = point.ok_or(KeyError::NotCanonical)?;
                if point.compress().to_bytes() != raw {
                    return Err(KeyError::NotCanonical);
                }
                IdentityKey::from_bytes(point.to_montgomery().to_bytes())?
            }
        };
        Ok((Self(raw), key))
    }

    /// The bytes without a type.
    pub(in crate::omemo) const fn raw(&self) -> [u8; 32] {
        self.0
    }

    /// The bytes of an element or a protocol buffer.
    pub(in crate::omemo) fn write(&self, dialect: Dialect) -> Vec<u8> {
        with_type(dialect, &self.0)
    }

    /// Whether the holder has signed the message.
    pub(in crate::omemo) fn verify(
        &self,
        dialect: Dialect,
        message: &[u8],
        signature: &[u8; 64],
    ) -> bool {
        match dialect {
            Dialect::Omemo => xeddsa::verify_montgomery(&self.0, message, signature),
            Dialect::Omemo2 => xeddsa::verify_edwards(&self.0, message, signature),
        }
    }
}

/// Our long-term key: a key of Curve25519 that also signs, by XEdDSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SecretKey", into = "SecretKey")]
pub(in crate::omemo) struct IdentityKeyPair {
    secret: SecretKey,
    public: IdentityKey,
    /// The point on Ed25519; its sign is always 0, as XEdDSA wants it.
    point: [u8; 32],
}

impl IdentityKeyPair {
    pub(in crate::omemo) fn random(rng: &mut dyn CryptoRng) -> Self {
        SecretKey::random(rng).into()
    }

    pub(in crate::omemo) const fn public(&self) -> IdentityKey {
        self.public
    }

    pub(in crate::omemo) const fn secret(&self) -> &SecretKey {
        &self.secret
    }

    /// The public half as a dialect writes it.
    pub(in crate::omemo) const fn wire(&self, dialect: Dialect) -> WireIdentity {
        match dialect {
            Dialect::Omemo => WireIdentity(self.public.0),
            Dialect::Omemo2 => WireIdentity(self.point),
        }
    }

    /// Signs for either dialect. `salt` makes the signature differ from one call to the next; it
    /// may be anything.
    pub(in crate::omemo) fn sign(&self, message: &[u8], salt: &[u8; 64]) -> [u8; 64] {
        xeddsa::sign(&self.secret, message, salt)
    }
}

impl From<SecretKey> for IdentityKeyPair {
    fn from(secret: SecretKey) -> Self {
        let point = EdwardsPoint::mul_base(&secret.scalar());
        let public = IdentityKey(point.to_montgomery().to_bytes());
        let mut point = point.compress().to_bytes();
        clear_top_bit(&mut point);
        Self {
            secret,
            public,
            point,
        }
    }
}

impl From<IdentityKeyPair> for SecretKey {
    fn from(pair: IdentityKeyPair) -> Self {
        pair.secret
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn both_dialects_have_one_identity() {
        for seed in 0..50 {
            let pair = IdentityKeyPair::random(&mut StdRng::seed_from_u64(seed));
            for dialect in Dialect::ALL {
                let wire = pair.wire(dialect);
                let read = WireIdentity::parse(dialect, &wire.write(dialect));
                assert_eq!(read, Ok((wire, pair.public())));
                let signature = pair.sign(b"message", &[7; 64]);
                assert!(wire.verify(dialect, b"message", &signature));
                assert!(!wire.verify(dialect, b"massage", &signature));
            }
            assert_eq!(pair.public().public(), pair.secret().public());
        }
    }

    #[test]
    fn a_key_is_known_by_its_name_in_either_dialect() {
        for seed in 0..50 {
            let pair = IdentityKeyPair::random(&mut StdRng::seed_from_u64(seed));
            for dialect in Dialect::ALL {
                let name = pair.public().identifier(dialect).unwrap();
                assert_eq!(name, pair.wire(dialect).raw());
                assert_eq!(
                    IdentityKey::from_identifier(dialect, name),
                    Ok(pair.public())
                );
            }
            // The other point, as keys of other programs have it half of the time.
            let mut other = pair.wire(Dialect::Omemo2).raw();
            other[31] |= 0x80;
            let read = IdentityKey::from_identifier(Dialect::Omemo2, other);
            assert_eq!(read, Ok(pair.public()));
        }
        let none = IdentityKey::from_identifier(Dialect::Omemo2, [2; 32]);
        assert_eq!(none, Err(KeyError::NotCanonical), "no point");
        let low = IdentityKey::from_identifier(Dialect::Omemo, [0; 32]);
        assert_eq!(low, Err(KeyError::LowOrder));
    }

    #[test]
    fn a_fingerprint_is_read_in_any_form() {
        let key = IdentityKeyPair::random(&mut StdRng::seed_from_u64(1)).public();
        let shown = key.to_string();
        assert_eq!(shown.split(' ').count(), 8);
        assert!(shown.split(' ').all(|group| group.len() == 8));
        assert_eq!(shown.replace(' ', ""), key.fingerprint());
        for text in [&shown, &key.fingerprint(), &shown.to_uppercase()] {
            assert_eq!(text.parse(), Ok(key), "{text}");
        }
        let zeros = "0".repeat(64).parse::<IdentityKey>();
        assert_eq!(zeros, Err(IdentityKeyError::Key(KeyError::LowOrder)));
        for text in ["", "00", &"g".repeat(64), &"1".repeat(200)] {
            assert_eq!(text.parse::<IdentityKey>(), Err(IdentityKeyError::Form));
        }
    }

    proptest! {
        #[test]
        fn stored_keys_come_back(seed in any::<u64>()) {
            let pair = IdentityKeyPair::random(&mut StdRng::seed_from_u64(seed));
            let bytes = postcard::to_stdvec(&pair).unwrap();
            prop_assert_eq!(bytes.len(), 1 + 32, "their number, and they");
            prop_assert_eq!(postcard::from_bytes::<IdentityKeyPair>(&bytes).unwrap(), pair);
        }
    }
}
