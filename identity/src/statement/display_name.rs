//! The name that an identity gives itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::statement::homograph;

/// A name to be shown: one line, with nothing in it that hides or turns around what stands beside it.
///
/// It identifies nobody. What looks like another's name is not refused, only reported
/// ([`is_mixed_script`](Self::is_mixed_script), [`resembles`](Self::resembles)).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisplayName(String);

impl DisplayName {
    /// Longest name, in bytes of UTF-8: forty characters of three bytes, more than a line of a
    /// contact list can show.
    pub const MAX_BYTES: usize = 120;

    /// Checks a name.
    ///
    /// # Errors
    ///
    /// [`DisplayNameError`] says what cannot be shown.
    pub fn new(text: &str) -> Result<Self, DisplayNameError> {
        let got = text.len();
        if got > Self::MAX_BYTES {
            let max = Self::MAX_BYTES;
            return Err(DisplayNameError::TooLong { max, got });
        }
        let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
            return Err(DisplayNameError::Empty);
        };
        if let Some(found) = text.chars().find(|it| is_refused(*it)) {
            return Err(DisplayNameError::Character { found });
        }
        if first == ' ' || last == ' ' || text.contains("  ") {
            return Err(DisplayNameError::Spaces);
        }
        if is_joiner(first) || is_joiner(last) || is_attached(first) {
            return Err(DisplayNameError::Joiner);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has letters of scripts that no language writes together (UTS #39).
    #[must_use]
    pub fn is_mixed_script(&self) -> bool {
        homograph::is_mixed_script(&self.0)
    }

    /// Whether people can take it for another text (UTS #39), letter case aside.
    #[must_use]
    pub fn resembles(&self, other: &str) -> bool {
        homograph::resembles(&self.0, other)
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DisplayName({:?})", self.0)
    }
}

/// Why a text cannot be a display name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisplayNameError {
    /// There is no text.
    #[error("is empty")]
    Empty,
    /// The bytes are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// The text is too long.
    #[error("has {got} bytes where at most {max} are allowed")]
    TooLong {
        /// The limit, in bytes.
        max: usize,
        /// How many there are.
        got: usize,
    },
    /// A character that is not seen, or that changes how others are seen.
    #[error("has the character {found:?}, which cannot be seen or changes what others look like")]
    Character {
        /// The character.
        found: char,
    },
    /// A space at an end, or two in a row: names that differ and look the same.
    #[error("has a space at one of its ends, or two in a row")]
    Spaces,
    /// A joiner that joins nothing, or a variation of nothing.
    #[error("has a joiner at one of its ends")]
    Joiner,
}

/// Controls, invisible characters, every space but the ordinary one, and what changes the direction
/// of text. A fixed list, so that two programs with different versions of Unicode agree.
const fn is_refused(it: char) -> bool {
    matches!(it,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}'..='\u{1160}' | '\u{1680}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e00ff}'
        | '\u{f0000}'..='\u{10ffff}')
}

/// Zero-width joiners, which Persian, Indic scripts and emoji need inside a name.
const fn is_joiner(it: char) -> bool {
    matches!(it, '\u{200c}' | '\u{200d}')
}

/// Variation selectors, which stand behind a character.
const fn is_attached(it: char) -> bool {
    matches!(it, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_have() {
        for name in [
            "A",
            "Alice Example",
            "Zoë",
            "李雷",
            "علی‌رضا",
            "👩‍👧 Family",
            "❤️",
            "O'Neil-Smith",
        ] {
            assert_eq!(
                DisplayName::new(name).map(|it| it.to_string()),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn what_cannot_be_shown() {
        assert_eq!(DisplayName::new(""), Err(DisplayNameError::Empty));
        for (name, found) in [
            ("a\nb", '\n'),
            ("a\u{202e}b", '\u{202e}'),
            ("a\u{2066}b", '\u{2066}'),
            ("a\u{a0}b", '\u{a0}'),
            ("\u{3164}", '\u{3164}'),
            ("a\u{e0041}", '\u{e0041}'),
            ("\u{feff}a", '\u{feff}'),
        ] {
            let refused = Err(DisplayNameError::Character { found });
            assert_eq!(DisplayName::new(name), refused);
        }
        for name in [" a", "a ", "a  b", " "] {
            assert_eq!(DisplayName::new(name), Err(DisplayNameError::Spaces));
        }
        for name in ["\u{200d}a", "a\u{200c}", "\u{fe0f}a"] {
            assert_eq!(DisplayName::new(name), Err(DisplayNameError::Joiner));
        }
        let long = "a".repeat(121);
        assert_eq!(
            DisplayName::new(&long),
            Err(DisplayNameError::TooLong { max: 120, got: 121 })
        );
    }

    #[test]
    fn a_homograph_is_reported() {
        let latin = DisplayName::new("Paypal").unwrap();
        let mixed = DisplayName::new("P\u{430}ypal").unwrap();
        assert!(!latin.is_mixed_script() && mixed.is_mixed_script());
        assert!(mixed.resembles("paypal") && !mixed.resembles("Alice"));
    }
}
