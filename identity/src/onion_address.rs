//! The address of a version 3 onion service (Tor's rend-spec-v3, section 6).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Sha3_256};
use thiserror::Error;

use crate::base32::{self, Base32Error};
use crate::curve_point::PointError;
use crate::onion_service_key::OnionServiceKey;

/// A version 3 onion address: 56 characters of strict base32, then `.onion`.
///
/// The text carries the service's public key, a two-byte checksum and the version; a value of
/// this type has passed all three checks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OnionAddress(OnionServiceKey);

impl OnionAddress {
    /// Length of the text form with `.onion`, in characters.
    pub const TEXT_LEN: usize = 62;

    /// The public key that the address stands for.
    #[must_use]
    pub const fn public_key(&self) -> &OnionServiceKey {
        &self.0
    }
}

impl From<OnionServiceKey> for OnionAddress {
    fn from(key: OnionServiceKey) -> Self {
        Self(key)
    }
}

impl fmt::Display for OnionAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.0.as_bytes();
        let mut bytes = Vec::with_capacity(35);
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(&checksum(key));
        bytes.push(VERSION);
        let mut text = base32::encode(&bytes);
        text.push_str(SUFFIX);
        f.pad(&text)
    }
}

impl fmt::Debug for OnionAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnionAddress({self})")
    }
}

impl FromStr for OnionAddress {
    type Err = OnionAddressError;

    fn from_str(text: &str) -> Result<Self, OnionAddressError> {
        let label = strip_suffix(text).ok_or(OnionAddressError::NoSuffix)?;
        if label.contains('.') {
            return Err(OnionAddressError::Subdomain);
        }
        if label.len() == V2_LABEL_LEN {
            return Err(OnionAddressError::Version2);
        }
        let bytes = base32::decode::<35>(label).map_err(OnionAddressError::Text)?;
        let [key @ .., check_0, check_1, version] = bytes;
        // The version comes first: another one may compute its checksum differently.
        if version != VERSION {
            return Err(OnionAddressError::Version { got: version });
        }
        if [check_0, check_1] != checksum(&key) {
            return Err(OnionAddressError::Checksum);
        }
        OnionServiceKey::from_bytes(&key)
            .map(Self)
            .map_err(OnionAddressError::Key)
    }
}

impl TryFrom<String> for OnionAddress {
    type Error = OnionAddressError;

    fn try_from(text: String) -> Result<Self, OnionAddressError> {
        text.parse()
    }
}

impl From<OnionAddress> for String {
    fn from(address: OnionAddress) -> Self {
        address.to_string()
    }
}

/// Why a text is not an onion address.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum OnionAddressError {
    /// The text does not end in `.onion`.
    #[error("an onion address ends in \".onion\"")]
    NoSuffix,
    /// There is another name before the address.
    #[error(
        "the onion address has something in front of it; remove everything up to the last dot before \".onion\""
    )]
    Subdomain,
    /// The short addresses that Tor gave up in 2021.
    #[error(
        "this is a version 2 onion address, which Tor no longer supports; ask for the new one with 56 characters"
    )]
    Version2,
    /// The text before `.onion` is not strict base32 of 35 bytes.
    #[error("the onion address {0}")]
    Text(#[source] Base32Error),
    /// The address belongs to another version of onion services.
    #[error(
        "the onion address has version {got}, only version 3 is known; it was probably mistyped at the end"
    )]
    Version {
        /// The version byte of the address.
        got: u8,
    },
    /// The checksum does not fit the key.
    #[error("the checksum of the onion address does not fit; it was mistyped or cut")]
    Checksum,
    /// The bytes are not a usable key.
    #[error("no onion service can have this address: {0}")]
    Key(#[source] PointError),
}

/// The first two bytes of SHA3-256(".onion checksum" || key || version).
fn checksum(key: &[u8; 32]) -> [u8; 2] {
    let mut hash = Sha3_256::new();
    hash.update(b".onion checksum");
    hash.update(key);
    hash.update([VERSION]);
    let digest: [u8; 32] = hash.finalize().into();
    let [first, second, ..] = digest;
    [first, second]
}

/// Removes `.onion` in any letter case.
fn strip_suffix(text: &str) -> Option<&str> {
    let (label, suffix) = text.split_at_checked(text.len().checked_sub(SUFFIX.len())?)?;
    suffix.eq_ignore_ascii_case(SUFFIX).then_some(label)
}

const SUFFIX: &str = ".onion";
const VERSION: u8 = 3;
/// Length of a version 2 address without `.onion`, in characters.
const V2_LABEL_LEN: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::onion_service_key::OnionServiceSecretKey;

    fn address(seed: [u8; 32]) -> OnionAddress {
        OnionServiceSecretKey::from_seed(&seed).onion_address()
    }

    /// The text that stands for `key` with a fitting checksum, whatever the key is.
    fn text_of(key: [u8; 32], version: u8) -> String {
        let mut bytes = key.to_vec();
        bytes.extend(checksum(&key));
        bytes.push(version);
        base32::encode(&bytes) + SUFFIX
    }

    #[test]
    fn each_part_is_checked() {
        let good = address([7; 32]).to_string();
        let label = good.strip_suffix(SUFFIX).unwrap();
        let key = *address([7; 32]).public_key().as_bytes();
        let mut neutral = [0; 32];
        neutral[0] = 1;

        let refusal = |text: &str| text.parse::<OnionAddress>().unwrap_err();
        assert_eq!(refusal(label), OnionAddressError::NoSuffix);
        assert_eq!(refusal(""), OnionAddressError::NoSuffix);
        assert_eq!(refusal("münchen"), OnionAddressError::NoSuffix);
        assert_eq!(refusal(&format!("{good}.")), OnionAddressError::NoSuffix);
        assert_eq!(
            refusal(&format!("www.{good}")),
            OnionAddressError::Subdomain
        );
        assert_eq!(
            refusal("expyuzz4wqqyqhjn.onion"),
            OnionAddressError::Version2
        );
        assert_eq!(
            refusal(&good[1..]),
            OnionAddressError::Text(Base32Error::Length {
                expected: 56,
                got: 55
            })
        );
        assert_eq!(
            refusal(&format!("1{}", &good[1..])),
            OnionAddressError::Text(Base32Error::Character {
                position: 1,
                found: '1'
            })
        );
        assert_eq!(
            refusal(&text_of(key, 4)),
            OnionAddressError::Version { got: 4 }
        );
        assert_eq!(
            refusal(&text_of(neutral, VERSION)),
            OnionAddressError::Key(PointError::Neutral)
        );
    }

    #[test]
    fn no_single_mistyped_character_passes() {
        // True of these addresses, not of all: two bytes of checksum let one in 65,536 wrong
        // keys through to the point check.
        for seed in 0..4 {
            let good = address([seed; 32]).to_string();
            for position in 0..56 {
                for letter in ('a'..='z').chain('2'..='7') {
                    let mut text = good.clone();
                    text.replace_range(position..=position, &letter.to_string());
                    assert_eq!(text.parse::<OnionAddress>().is_ok(), text == good, "{text}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn text_survives_the_round_trip(seed in any::<[u8; 32]>()) {
            let address = address(seed);
            let text = address.to_string();
            prop_assert_eq!(text.len(), OnionAddress::TEXT_LEN);
            prop_assert_eq!(text.parse(), Ok(address));
            prop_assert_eq!(text.to_uppercase().parse(), Ok(address));
        }

        #[test]
        fn a_mistyped_character_never_gives_the_same_address(
            seed in any::<[u8; 32]>(),
            position in 0..OnionAddress::TEXT_LEN,
            replacement in any::<char>(),
        ) {
            let address = address(seed);
            let good = address.to_string();
            let mut text = good.clone();
            text.replace_range(position..=position, &replacement.to_string());
            prop_assume!(text.to_ascii_lowercase() != good);
            // With luck a mutation may be another address, but then its own checksum fits.
            match text.parse::<OnionAddress>() {
                Ok(other) => {
                    prop_assert_ne!(other, address);
                    prop_assert_eq!(other.to_string(), text.to_ascii_lowercase());
                }
                Err(_) => prop_assert!(true),
            }
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in any::<String>(), tail in "(\\.onion|\\.ONION|onion)?") {
            prop_assert!((text + &tail).parse::<OnionAddress>().is_err());
        }
    }
}
