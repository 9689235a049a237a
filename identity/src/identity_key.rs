//! The identity key: the long-term Ed25519 key that a user is.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::ZeroizeOnDrop;

use crate::base32::{self, Base32Error};
use crate::curve_point::{self, PointError};

/// The secret half of an identity key.
pub struct IdentitySecretKey(Box<SigningKey>);

impl IdentitySecretKey {
    /// Makes the key from an RFC 8032 secret key (the 32-byte seed).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(SigningKey::from_bytes(seed)))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> IdentityKey {
        // A public key computed from a secret one is a clamped multiple of the base point, so it
        // needs no check: it is torsion-free and never neutral.
        IdentityKey(self.0.verifying_key().to_bytes())
    }

    /// Signs. Private to the crate, so that the key signs nothing but what begins with a domain
    /// tag of its own.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; Signature::BYTE_SIZE] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for IdentitySecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("IdentitySecretKey(hidden)")
    }
}

impl ZeroizeOnDrop for IdentitySecretKey {}

/// An identity: a public key that has passed the point check.
///
/// Its text form is the local part of a JID: 52 characters of strict base32. The text has no
/// checksum, so that a mistyped one may be another valid key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdentityKey([u8; 32]);

impl IdentityKey {
    /// Length of the text form, in characters.
    pub const TEXT_LEN: usize = 52;

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

    /// Whether the key made this signature: RFC 8032 without cofactor, S reduced, R in its
    /// canonical form and not of small order.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(message, &Signature::from_bytes(signature)))
            .is_ok()
    }
}

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&base32::encode(&self.0))
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityKey({self})")
    }
}

impl FromStr for IdentityKey {
    type Err = IdentityKeyError;

    fn from_str(text: &str) -> Result<Self, IdentityKeyError> {
        let bytes = base32::decode(text).map_err(IdentityKeyError::Text)?;
        Self::from_bytes(&bytes).map_err(IdentityKeyError::Key)
    }
}

impl TryFrom<String> for IdentityKey {
    type Error = IdentityKeyError;

    fn try_from(text: String) -> Result<Self, IdentityKeyError> {
        text.parse()
    }
}

impl From<IdentityKey> for String {
    fn from(key: IdentityKey) -> Self {
        key.to_string()
    }
}

/// Why a text is not an identity key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdentityKeyError {
    /// The text is not strict base32 of 32 bytes.
    #[error("the identity key {0}")]
    Text(#[source] Base32Error),
    /// The bytes are not a usable key.
    #[error("the text is well-formed, but is nobody's identity key: {0}")]
    Key(#[source] PointError),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn public_key_is_that_of_rfc_8032() {
        // RFC 8032, section 7.1, test 1.
        let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(
            IdentitySecretKey::from_seed(&seed).public().as_bytes(),
            &public
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = |seed| format!("{:?}", IdentitySecretKey::from_seed(&[seed; 32]));
        assert_eq!(shown(7), "IdentitySecretKey(hidden)");
        assert_eq!(shown(7), shown(200));
    }

    #[test]
    fn neutral_point_has_a_text_but_is_no_identity() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let text = base32::encode(&neutral);
        assert_eq!(
            text.parse::<IdentityKey>(),
            Err(IdentityKeyError::Key(PointError::Neutral))
        );
    }

    proptest! {
        #[test]
        fn text_survives_the_round_trip(seed in any::<[u8; 32]>()) {
            let key = IdentitySecretKey::from_seed(&seed).public();
            let text = key.to_string();
            prop_assert_eq!(text.len(), IdentityKey::TEXT_LEN);
            prop_assert_eq!(text.parse(), Ok(key));
            prop_assert_eq!(text.to_uppercase().parse(), Ok(key));
            // A key that was computed also passes the check that a foreign one has to pass.
            prop_assert_eq!(IdentityKey::from_bytes(key.as_bytes()), Ok(key));
        }

        #[test]
        fn a_mistyped_character_never_gives_the_same_key(
            seed in any::<[u8; 32]>(),
            position in 0..IdentityKey::TEXT_LEN,
            replacement in "[a-z2-7]",
        ) {
            let key = IdentitySecretKey::from_seed(&seed).public();
            let mut text = key.to_string();
            text.replace_range(position..=position, &replacement);
            prop_assume!(text != key.to_string());
            // There is no checksum in the local part: about one in sixteen mutations is
            // somebody else's valid key. What must hold is that it is never this one.
            prop_assert_ne!(text.parse(), Ok(key));
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in any::<String>()) {
            prop_assert!(text.parse::<IdentityKey>().is_err());
        }
    }

    fn hex(text: &str) -> [u8; 32] {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        bytes.try_into().unwrap()
    }
}
