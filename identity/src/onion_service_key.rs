//! The key of an onion service, from which its address follows.

use std::fmt;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::clamp_integer;
use sha2::{Digest as _, Sha512};
use thiserror::Error;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::curve_point::{self, PointError};
use crate::onion_address::OnionAddress;

/// The secret half of an onion service's key, in the expanded form that Tor works with.
pub struct OnionServiceSecretKey {
    /// Little-endian, clamped as RFC 8032 says.
    scalar: Box<Zeroizing<[u8; 32]>>,
    /// The second half of the expanded key, from which signatures draw their nonces.
    prefix: Box<Zeroizing<[u8; 32]>>,
}

impl OnionServiceSecretKey {
    /// Makes the key from an RFC 8032 secret key (the 32-byte seed).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let mut expanded = Zeroizing::new([0; 64]);
        let mut hash = Sha512::new();
        hash.update(seed);
        hash.finalize_into((&mut *expanded).into());
        let mut key = Self::from_halves(&expanded);
        **key.scalar = clamp_integer(**key.scalar);
        key
    }

    /// Takes an existing service's key, as C Tor keeps it in the 64 bytes after the header of
    /// `hs_ed25519_secret_key`.
    ///
    /// # Errors
    ///
    /// [`ExpandedKeyError`] if the scalar is not clamped, so that these are not the bytes of an
    /// Ed25519 key.
    pub fn from_expanded(expanded: &[u8; 64]) -> Result<Self, ExpandedKeyError> {
        let key = Self::from_halves(expanded);
        if clamp_integer(**key.scalar) == **key.scalar {
            Ok(key)
        } else {
            Err(ExpandedKeyError)
        }
    }

    /// The 64 bytes that C Tor's `hs_ed25519_secret_key` holds after its header, and that arti
    /// takes as an expanded key: the clamped scalar, then the nonce prefix.
    #[must_use]
    pub fn expanded(&self) -> Zeroizing<[u8; 64]> {
        let mut expanded = Zeroizing::new([0; 64]);
        let halves = self.scalar.iter().chain(self.prefix.iter());
        for (to, from) in expanded.iter_mut().zip(halves) {
            *to = *from;
        }
        expanded
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> OnionServiceKey {
        // A clamped multiple of the base point is torsion-free and never neutral.
        OnionServiceKey(
            EdwardsPoint::mul_base_clamped(**self.scalar)
                .compress()
                .to_bytes(),
        )
    }

    /// The address at which the service with this key is reached.
    #[must_use]
    pub fn onion_address(&self) -> OnionAddress {
        OnionAddress::from(self.public())
    }

    fn from_halves(expanded: &[u8; 64]) -> Self {
        let mut key = Self {
            scalar: Box::new(Zeroizing::new([0; 32])),
            prefix: Box::new(Zeroizing::new([0; 32])),
        };
        let halves = key.scalar.iter_mut().chain(key.prefix.iter_mut());
        for (to, from) in halves.zip(expanded) {
            *to = *from;
        }
        key
    }
}

impl fmt::Debug for OnionServiceSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scalar: _,
            prefix: _,
        } = self;
        f.write_str("OnionServiceSecretKey(hidden)")
    }
}

impl ZeroizeOnDrop for OnionServiceSecretKey {}

/// The public key of an onion service, which has passed the point check.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OnionServiceKey([u8; 32]);

impl OnionServiceKey {
    /// Checks that `bytes` are a usable public key.
    ///
    /// # Errors
    ///
    /// [`PointError`] if they are not the canonical encoding of a torsion-free point, or if they
    /// encode the neutral point.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PointError> {
        curve_point::check(bytes)?;
        Ok(Self(*bytes))
    }

    /// The key as RFC 8032 encodes it.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for OnionServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnionServiceKey({})", OnionAddress::from(*self))
    }
}

/// The 64 bytes are not an expanded Ed25519 secret key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("these bytes are not the secret key of an onion service")]
pub struct ExpandedKeyError;

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let shown = |seed| format!("{:?}", OnionServiceSecretKey::from_seed(&[seed; 32]));
        assert_eq!(shown(7), "OnionServiceSecretKey(hidden)");
        assert_eq!(shown(7), shown(200));
    }

    #[test]
    fn unclamped_scalars_are_refused() {
        let good = OnionServiceSecretKey::from_seed(&[7; 32]).expanded();
        for (byte, bit) in [(0, 1), (0, 2), (0, 4), (31, 0x40), (31, 0x80)] {
            let mut bad = *good;
            bad[byte] ^= bit;
            assert_eq!(
                OnionServiceSecretKey::from_expanded(&bad).err(),
                Some(ExpandedKeyError)
            );
        }
    }

    proptest! {
        #[test]
        fn expanded_keys_agree_with_the_ed25519_library(seed in any::<[u8; 32]>()) {
            let key = OnionServiceSecretKey::from_seed(&seed);
            let reference = SigningKey::from_bytes(&seed);
            prop_assert_eq!(*key.public().as_bytes(), reference.verifying_key().to_bytes());
            prop_assert_eq!(OnionServiceKey::from_bytes(key.public().as_bytes()), Ok(key.public()));

            let restored = OnionServiceSecretKey::from_expanded(&key.expanded()).unwrap();
            prop_assert_eq!(restored.expanded(), key.expanded());
            prop_assert_eq!(restored.public(), key.public());
        }
    }
}
