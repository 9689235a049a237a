//! The keys of OMEMO, all of them on Curve25519.

mod xeddsa;

use std::fmt;
use std::str::FromStr;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::dialect::Dialect;

/// The long-term key of a device: the u-coordinate on Curve25519, in both dialects the same. It is
/// canonical, so one key has one record of trust.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "[u8; 32]", into = "[u8; 32]")]
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

    pub(super) const fn public(&self) -> PublicKey {
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

impl TryFrom<[u8; 32]> for IdentityKey {
    type Error = KeyError;

    fn try_from(bytes: [u8; 32]) -> Result<Self, KeyError> {
        Self::from_bytes(bytes)
    }
}

impl From<IdentityKey> for [u8; 32] {
    fn from(key: IdentityKey) -> Self {
        key.0
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

/// An identity key as a dialect writes it: the u-coordinate for [`Dialect::Omemo`], the point on
/// Ed25519 for [`Dialect::Omemo2`]. These bytes are what is authenticated, so they are kept as they
/// came: the sign of the point cannot be computed from the u-coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireIdentity([u8; 32]);

impl WireIdentity {
    /// Reads the bytes of an element or a protocol buffer.
    pub(super) fn parse(dialect: Dialect, bytes: &[u8]) -> Result<(Self, IdentityKey), KeyError> {
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

    /// The bytes of an element or a protocol buffer.
    pub(super) fn write(&self, dialect: Dialect) -> Vec<u8> {
        with_type(dialect, &self.0)
    }

    /// Whether the holder has signed the message.
    pub(super) fn verify(&self, dialect: Dialect, message: &[u8], signature: &[u8; 64]) -> bool {
        match dialect {
            Dialect::Omemo => xeddsa::verify_montgomery(&self.0, message, signature),
            Dialect::Omemo2 => xeddsa::verify_edwards(&self.0, message, signature),
        }
    }
}

/// A key to agree with: canonical and not of low order.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PublicKey([u8; 32]);

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
pub(super) struct Secret([u8; 32]);

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

/// Our long-term key: a key of Curve25519 that also signs, by XEdDSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SecretKey", into = "SecretKey")]
pub(super) struct IdentityKeyPair {
    secret: SecretKey,
    public: IdentityKey,
    /// The point on Ed25519; its sign is always 0, as XEdDSA wants it.
    point: [u8; 32],
}

impl IdentityKeyPair {
    pub(super) fn random(rng: &mut dyn CryptoRng) -> Self {
        SecretKey::random(rng).into()
    }

    pub(super) const fn public(&self) -> IdentityKey {
        self.public
    }

    pub(super) const fn secret(&self) -> &SecretKey {
        &self.secret
    }

    /// The public half as a dialect writes it.
    pub(super) const fn wire(&self, dialect: Dialect) -> WireIdentity {
        match dialect {
            Dialect::Omemo => WireIdentity(self.public.0),
            Dialect::Omemo2 => WireIdentity(self.point),
        }
    }

    /// Signs for either dialect. `salt` makes the signature differ from one call to the next; it
    /// may be anything.
    pub(super) fn sign(&self, message: &[u8], salt: &[u8; 64]) -> [u8; 64] {
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
        let secret = HEXLOWER.encode(pair.secret.0.as_bytes());
        assert!(!shown.contains(&secret), "{shown}");
    }

    #[test]
    fn every_secret_is_wiped_when_dropped() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Secret>();
        wiped::<crate::omemo::cbc_hmac::CbcHmac>();
        wiped::<aes::Aes256>();
        wiped::<sha2::Sha256>();
        wiped::<sha2::Sha512>();
    }

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

        #[test]
        fn stored_keys_come_back(seed in any::<u64>()) {
            let pair = IdentityKeyPair::random(&mut StdRng::seed_from_u64(seed));
            let bytes = postcard::to_stdvec(&pair).unwrap();
            prop_assert_eq!(bytes.len(), 32);
            prop_assert_eq!(postcard::from_bytes::<IdentityKeyPair>(&bytes).unwrap(), pair);
        }
    }
}
