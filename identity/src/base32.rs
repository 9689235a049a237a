//! Strict base32: lower case, unpadded, one text form per byte string.
//!
//! Upper case is accepted when reading, since people and other programs write it; everything
//! else that RFC 4648 leaves open is refused: padding, white space, a length that does not fit,
//! and unused trailing bits that are not zero.

use data_encoding::{BASE32_NOPAD_NOCASE, DecodeKind};
use thiserror::Error;

/// Encodes `bytes` in lower case without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = BASE32_NOPAD_NOCASE.encode(bytes);
    text.make_ascii_lowercase();
    text
}

/// Decodes `text`, which must stand for exactly `N` bytes.
///
/// # Errors
///
/// [`Base32Error`] names the first thing that is wrong with `text`.
pub fn decode<const N: usize>(text: &str) -> Result<[u8; N], Base32Error> {
    let mut bytes = [0; N];
    decode_into(text, &mut bytes)?;
    Ok(bytes)
}

/// Decodes `text` into `bytes`, whose length says how many bytes `text` must stand for.
///
/// The length is checked before anything is decoded. After an error the content of `bytes` is
/// unspecified.
///
/// # Errors
///
/// [`Base32Error`] names the first thing that is wrong with `text`.
pub fn decode_into(text: &str, bytes: &mut [u8]) -> Result<(), Base32Error> {
    let expected = encoded_len(bytes.len());
    let got = text.chars().count();
    if got != expected {
        return Err(Base32Error::Length { expected, got });
    }
    if let Some((position, found)) = first_foreign_character(text) {
        return Err(Base32Error::Character { position, found });
    }
    match BASE32_NOPAD_NOCASE.decode_mut(text.as_bytes(), bytes) {
        Ok(_) => Ok(()),
        Err(partial) => Err(match partial.error.kind {
            DecodeKind::Trailing => Base32Error::TrailingBits,
            // The characters and the length have been checked, so that only trailing bits can
            // be at fault; the arm keeps the match total.
            DecodeKind::Length | DecodeKind::Symbol | DecodeKind::Padding => {
                Base32Error::Length { expected, got }
            }
        }),
    }
}

/// Decodes `text`, which may stand for up to `max_bytes` bytes.
///
/// # Errors
///
/// [`Base32Error`] names the first thing that is wrong with `text`.
pub fn decode_at_most(text: &str, max_bytes: usize) -> Result<Vec<u8>, Base32Error> {
    let got = text.chars().take(encoded_len(max_bytes) + 1).count();
    let bytes = got.saturating_mul(5) / 8;
    let expected = encoded_len(bytes.min(max_bytes));
    if got != expected {
        return Err(Base32Error::Length { expected, got });
    }
    let mut decoded = vec![0; bytes];
    decode_into(text, &mut decoded)?;
    Ok(decoded)
}

/// Why a text is not strict base32.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Base32Error {
    /// The text is too short or too long.
    #[error("has {got} characters where {expected} are needed")]
    Length {
        /// How many characters the value has.
        expected: usize,
        /// How many characters the text has.
        got: usize,
    },
    /// The text has a character outside the alphabet.
    #[error(
        "has {found:?} at position {position}; only the letters a to z and the digits 2 to 7 are allowed"
    )]
    Character {
        /// Where the character stands, counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// The last character carries bits that no encoder sets, so that the text is a second
    /// spelling of another one.
    #[error("ends in a character that cannot be there; the last characters were mistyped")]
    TrailingBits,
}

/// How many characters stand for `bytes` bytes: one for every 5 bits, rounded up.
const fn encoded_len(bytes: usize) -> usize {
    bytes.saturating_mul(8).div_ceil(5)
}

/// The first character outside the alphabet, with its position counted from 1.
fn first_foreign_character(text: &str) -> Option<(usize, char)> {
    (1..)
        .zip(text.chars())
        .find(|(_, c)| !matches!(c, 'a'..='z' | 'A'..='Z' | '2'..='7'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn length_is_reported_before_characters() {
        assert_eq!(
            decode::<5>("!"),
            Err(Base32Error::Length {
                expected: 8,
                got: 1
            })
        );
    }

    #[test]
    fn positions_count_from_one_and_characters_not_bytes() {
        assert_eq!(
            decode::<5>("éaaaaaa1"),
            Err(Base32Error::Character {
                position: 1,
                found: 'é'
            })
        );
        assert_eq!(
            decode::<5>("aaaaaaa1"),
            Err(Base32Error::Character {
                position: 8,
                found: '1'
            })
        );
    }

    #[test]
    fn every_spelling_but_one_of_the_trailing_bits_is_refused() {
        // One byte takes two characters, of which the second carries 3 bits of data and 2 unused.
        let accepted: Vec<_> = ('a'..='z')
            .chain('2'..='7')
            .filter(|last| decode::<1>(&format!("a{last}")).is_ok())
            .collect();
        assert_eq!(accepted, ['a', 'e', 'i', 'm', 'q', 'u', 'y', '4']);
        assert_eq!(decode::<1>("ab"), Err(Base32Error::TrailingBits));
    }

    proptest! {
        #[test]
        fn bytes_survive_the_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let text = encode(&bytes);
            let mut decoded = vec![0; bytes.len()];
            prop_assert_eq!(decode_into(&text, &mut decoded), Ok(()));
            prop_assert_eq!(&decoded, &bytes);
            prop_assert_eq!(decode_into(&text.to_uppercase(), &mut decoded), Ok(()));
            prop_assert_eq!(&decoded, &bytes);
        }

        #[test]
        fn a_text_of_any_length_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let text = encode(&bytes);
            prop_assert_eq!(decode_at_most(&text, 80), Ok(bytes.clone()));
            prop_assert_eq!(decode_at_most(&text, bytes.len()), Ok(bytes.clone()));
            if let Some(less) = bytes.len().checked_sub(1) {
                prop_assert!(decode_at_most(&text, less).is_err());
            }
        }

        #[test]
        fn what_is_accepted_is_the_one_spelling(text in "[a-zA-Z2-7]{52}") {
            if let Ok(bytes) = decode::<32>(&text) {
                prop_assert_eq!(encode(&bytes), text.to_lowercase());
            }
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in any::<String>(), length in 0_usize..64) {
            let mut bytes = vec![0; length];
            if decode_into(&text, &mut bytes).is_ok() {
                prop_assert_eq!(encode(&bytes), text.to_ascii_lowercase());
            }
        }
    }
}
