//! The keys of OMEMO, all of them on Curve25519.

mod identity;
mod xeddsa;

use std::fmt;

use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use data_encoding::HEXLOWER;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::dialect::Dialect;
pub use identity::{IdentityKey, IdentityKeyError};
pub(super) use identity::{IdentityKeyPair, WireIdentity};

/// Why bytes are not a public key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The key is shorter or longer than it has to be.
    #[error("a key of {expected} bytes was expected, and it has {got}")]
    Length {
        /// Bytes of a key in this dialect.
        expected: usize,
        /// Bytes that came.
        got: usize,
    },
    /// The first byte names another kind of key than Curve25519, which is 5.
    #[error("the key has the type {got}, and 5 was expected")]
    Type {
        /// The first byte.
        got: u8,
    },
    /// Another byte string stands for the same key, or it stands for none.
    #[error("the key is not in its only form")]
    NotCanonical,
    /// Everyone could compute what is agreed with this key.
    #[error("the key is of low order")]
    LowOrder,
}

/// A key to agree with: canonical and not of low order.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PublicKey(#[serde(with = "serde_bytes")] [u8; 32]);

impl PublicKey {
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        if LOW_ORDER.contains(&bytes) {
            return Err(KeyError::LowOrder);
        }
        if is_canonical(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(KeyError::NotCanonical)
        }
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn parse(dialect: Dialect, bytes: &[u8]) -> Result<Self, KeyError> {
        Self::from_bytes(without_type(dialect, bytes)?)
    }

    pub(super) fn write(&self, dialect: Dialect) -> Vec<u8> {
        with_type(dialect, &self.0)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", HEXLOWER.encode(&self.0))
    }
}

/// 32 bytes that nobody else may know.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Secret(#[serde(with = "serde_bytes")] [u8; 32]);

impl Secret {
    pub(super) fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Self([0; 32]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// Copies the bytes, of which the caller wipes its own.
    pub(super) const fn copy_of(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// Copies both halves of bytes that the caller wipes.
    pub(super) fn two_of(bytes: &[u8; 64]) -> (Self, Self) {
        let mut two = (Self([0; 32]), Self([0; 32]));
        let places = two.0.0.iter_mut().chain(&mut two.1.0);
        for (to, from) in places.zip(bytes) {
            *to = *from;
        }
        two
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("Secret(hidden)")
    }
}

/// The secret half of a key to agree with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SecretKey(Secret);

impl SecretKey {
    pub(super) fn random(rng: &mut dyn CryptoRng) -> Self {
        let bytes = Zeroizing::new(clamp_integer(Secret::random(rng).0));
        Self(Secret::copy_of(&bytes))
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(MontgomeryPoint::mul_base_clamped(self.0.0).to_bytes())
    }

    /// X25519 (RFC 7748, section 6.1).
    pub(super) fn agree(&self, theirs: &PublicKey) -> Result<Secret, WeakKey> {
        let shared = Zeroizing::new(MontgomeryPoint(theirs.0).mul_clamped(self.0.0).to_bytes());
        if shared.ct_eq(&[0; 32]).into() {
            return Err(WeakKey);
        }
        Ok(Secret::copy_of(&shared))
    }

    fn scalar(&self) -> Zeroizing<Scalar> {
        Zeroizing::new(Scalar::from_bytes_mod_order(clamp_integer(self.0.0)))
    }
}

/// What was agreed with a key is known to everyone.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("what was agreed with the key is known to everyone")]
pub(super) struct WeakKey;

/// A key pair of the ratchet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyPair {
    pub(super) secret: SecretKey,
    /// Kept, since it goes out with every message of a chain.
    pub(super) public: PublicKey,
}

impl KeyPair {
    pub(super) fn random(rng: &mut dyn CryptoRng) -> Self {
        let secret = SecretKey::random(rng);
        let public = secret.public();
        Self { secret, public }
    }
}

/// The first byte of a public key in [`Dialect::Omemo`]: it is one of Curve25519.
const CURVE25519: u8 = 5;

fn with_type(dialect: Dialect, key: &[u8; 32]) -> Vec<u8> {
    match dialect {
        Dialect::Omemo => [&[CURVE25519], key.as_slice()].concat(),
        Dialect::Omemo2 => key.to_vec(),
    }
}

fn without_type(dialect: Dialect, bytes: &[u8]) -> Result<[u8; 32], KeyError> {
    let expected = match dialect {
        Dialect::Omemo => 33,
        Dialect::Omemo2 => 32,
    };
    let length = KeyError::Length {
        expected,
        got: bytes.len(),
    };
    let raw = match (dialect, bytes) {
        (Dialect::Omemo, [CURVE25519, rest @ ..]) => rest,
        (Dialect::Omemo, [got, ..]) if bytes.len() == expected => {
            return Err(KeyError::Type { got: *got });
        }
        _ => bytes,
    };
    if bytes.len() != expected {
        return Err(length);
    }
    raw.try_into().map_err(|_| length)
}

fn clear_top_bit(bytes: &mut [u8; 32]) {
    let [.., last] = bytes;
    *last &= 0x7f;
}

/// Whether the number is below 2^255 - 19, with the least significant byte first.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [first, between @ .., last] = bytes;
    let is_high = *last == 0x7f && between.iter().all(|it| *it == 0xff);
    *last <= 0x7f && !(is_high && *first >= 0xed)
}

/// The u-coordinates whose points have an order of at most 8, on the curve and on its twist. The
/// list with those that are not canonical is in Bernstein's "Curve25519: new Diffie-Hellman speed
/// records" and in libsodium.
const LOW_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_low_order_list_is_right() {
        let secret = SecretKey::random(&mut StdRng::seed_from_u64(1));
        for bytes in LOW_ORDER {
            assert!(is_canonical(&bytes));
            assert_eq!(PublicKey::from_bytes(bytes), Err(KeyError::LowOrder));
            // Whatever came past the list would be stopped here.
            assert_eq!(secret.agree(&PublicKey(bytes)), Err(WeakKey));
        }
    }

    #[test]
    fn one_key_has_one_form() {
        let mut prime = [0xff; 32];
        prime[0] = 0xed;
        prime[31] = 0x7f;
        assert_eq!(PublicKey::from_bytes(prime), Err(KeyError::NotCanonical));
        prime[0] = 0xeb;
        assert!(PublicKey::from_bytes(prime).is_ok());
        let mut base = [0; 32];
        base[0] = 9;
        assert!(PublicKey::from_bytes(base).is_ok());
        base[31] = 0x80;
        assert_eq!(PublicKey::from_bytes(base), Err(KeyError::NotCanonical));
        // On Ed25519: y = 1 + p, the neutral point in another form.
        let mut neutral = [0xff; 32];
        neutral[0] = 0xee;
        neutral[31] = 0x7f;
        let parsed = WireIdentity::parse(Dialect::Omemo2, &neutral);
        assert_eq!(parsed, Err(KeyError::NotCanonical));
    }

    #[test]
    fn keys_of_another_form_are_refused() {
        let key = [9; 32];
        let typed = [&[5], key.as_slice()].concat();
        let wrong = [&[6], key.as_slice()].concat();
        let long = [&[5, 5], key.as_slice()].concat();
        for (dialect, bytes, error) in [
            (Dialect::Omemo, &wrong, Some(KeyError::Type { got: 6 })),
            (Dialect::Omemo, &typed, None),
            (Dialect::Omemo, &key.to_vec(), length(33, 32)),
            (Dialect::Omemo, &long, length(33, 34)),
            (Dialect::Omemo, &Vec::new(), length(33, 0)),
            (Dialect::Omemo, &vec![5], length(33, 1)),
            (Dialect::Omemo2, &key.to_vec(), None),
            (Dialect::Omemo2, &typed, length(32, 33)),
        ] {
            assert_eq!(PublicKey::parse(dialect, bytes).err(), error, "{bytes:?}");
        }
    }

    const fn length(expected: usize, got: usize) -> Option<KeyError> {
        Some(KeyError::Length { expected, got })
    }

    #[test]
    fn debug_shows_no_secret() {
        let pair = IdentityKeyPair::random(&mut StdRng::seed_from_u64(1));
        let shown = format!("{pair:?}");
        assert!(shown.contains("Secret(hidden)"), "{shown}");
        let secret = HEXLOWER.encode(pair.secret().0.as_bytes());
        assert!(!shown.contains(&secret), "{shown}");
    }

    #[test]
    fn every_secret_is_wiped_when_dropped() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Secret>();
        wiped::<crate::omemo::cbc_hmac::CbcHmac>();
        wiped::<crate::omemo::Plaintext>();
        wiped::<aes::Aes256>();
        wiped::<sha2::Sha256>();
        wiped::<sha2::Sha512>();
    }

    proptest! {
        #[test]
        fn whatever_is_a_key_has_one_form(bytes in any::<[u8; 32]>()) {
            for dialect in Dialect::ALL {
                let bytes = with_type(dialect, &bytes);
                if let Ok((wire, _)) = WireIdentity::parse(dialect, &bytes) {
                    prop_assert_eq!(wire.write(dialect), bytes.clone());
                }
                if let Ok(key) = PublicKey::parse(dialect, &bytes) {
                    prop_assert_eq!(key.write(dialect), bytes);
                }
            }
        }
    }
}
