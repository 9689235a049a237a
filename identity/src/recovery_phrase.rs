//! The recovery phrase: a root secret in words (BIP-39, English word list).

use std::fmt;
use std::str::FromStr;

use bip39::{Language, Mnemonic};
use thiserror::Error;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::root_secret::RootSecret;

/// 24 words of the BIP-39 English list, which stand for a [`RootSecret`] and 8 bits of checksum.
///
/// Only the encoding of entropy is BIP-39's; its derivation of a seed with a passphrase is not
/// used.
///
/// The phrase is the identity: whoever reads it has it. It is therefore shown by
/// [`words`](Self::words) and [`reveal`](Self::reveal) alone, and has no `Display`.
pub struct RecoveryPhrase(Box<Mnemonic>);

impl RecoveryPhrase {
    /// How many words a phrase has.
    pub const WORDS: usize = 24;

    /// Longest input that [`parse`](Self::parse) looks at, in bytes. A phrase has at most 215;
    /// the rest is room for line breaks and indentation.
    pub const MAX_INPUT_BYTES: usize = 1024;

    /// Reads a phrase as a person types it: letter case and white space do not matter.
    ///
    /// # Errors
    ///
    /// [`RecoveryPhraseError`] says what a person can do about it.
    pub fn parse(text: &str) -> Result<Self, RecoveryPhraseError> {
        if text.len() > Self::MAX_INPUT_BYTES {
            return Err(RecoveryPhraseError::TooLong);
        }
        let got = text.split_whitespace().count();
        if got != Self::WORDS {
            return Err(RecoveryPhraseError::WordCount { got });
        }
        // One buffer of the final size, so that growing leaves no copy behind.
        let mut lowered = Zeroizing::new(String::with_capacity(text.len()));
        lowered.push_str(text);
        lowered.make_ascii_lowercase();
        for (position, word) in (1..).zip(lowered.split_whitespace()) {
            if Language::English.find_word(word).is_none() {
                return Err(RecoveryPhraseError::UnknownWord { position });
            }
        }
        // Count and words are right, so that the checksum is all that is left to refuse.
        Mnemonic::parse_in_normalized(Language::English, &lowered)
            .map(|mnemonic| Self(Box::new(mnemonic)))
            .map_err(|_| RecoveryPhraseError::Checksum)
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.words()
    }

    /// The words in one line, separated by single spaces; wiped when dropped.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let length = self.words().map(|word| word.len() + 1).sum();
        let mut line = Zeroizing::new(String::with_capacity(length));
        for word in self.words() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        line
    }

    /// The root secret that the words stand for.
    #[must_use]
    pub fn root_secret(&self) -> RootSecret {
        let (entropy, _) = self.0.to_entropy_array();
        let entropy = Zeroizing::new(entropy);
        // 24 words carry 264 bits: 32 bytes of secret and one of checksum.
        let [secret @ .., _checksum] = &*entropy;
        RootSecret::from_bytes(secret)
    }

    pub(crate) fn of(root: &RootSecret) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "there is no phrase to give back instead"
        )]
        let mnemonic = Mnemonic::from_entropy_in(Language::English, root.as_bytes())
            .expect("BIP-39 encodes 32 bytes as 24 words");
        Self(Box::new(mnemonic))
    }
}

impl FromStr for RecoveryPhrase {
    type Err = RecoveryPhraseError;

    fn from_str(text: &str) -> Result<Self, RecoveryPhraseError> {
        Self::parse(text)
    }
}

impl fmt::Debug for RecoveryPhrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("RecoveryPhrase(hidden)")
    }
}

impl ZeroizeOnDrop for RecoveryPhrase {}

/// Why a text is not a recovery phrase.
///
/// No variant repeats what was typed: errors reach logs, and a mistyped word is nearly the word.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RecoveryPhraseError {
    /// The text is longer than any phrase.
    #[error("this is too long to be a recovery phrase of 24 words")]
    TooLong,
    /// Words are missing, or there are too many.
    #[error("a recovery phrase has 24 words, this has {got}")]
    WordCount {
        /// How many words the text has.
        got: usize,
    },
    /// A word is not in the BIP-39 list.
    #[error("word {position} is not a word of recovery phrases; check its spelling")]
    UnknownWord {
        /// Which word it is, counted from 1.
        position: usize,
    },
    /// Every word exists, but together they are no phrase.
    #[error(
        "each word exists, but together they are not a recovery phrase; check for a wrong word or a wrong order"
    )]
    Checksum,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn phrase(bytes: [u8; 32]) -> RecoveryPhrase {
        RootSecret::from_bytes(&bytes).recovery_phrase()
    }

    fn refusal(text: &str) -> RecoveryPhraseError {
        RecoveryPhrase::parse(text).unwrap_err()
    }

    #[test]
    fn debug_shows_no_word() {
        assert_eq!(format!("{:?}", phrase([7; 32])), "RecoveryPhrase(hidden)");
        assert_eq!(
            format!("{:#?}", phrase([7; 32])),
            format!("{:#?}", phrase([200; 32]))
        );
    }

    #[test]
    fn case_and_white_space_do_not_matter() {
        let line = phrase([7; 32]).reveal();
        let typed = format!("\n  {}\t", line.to_uppercase().replace(' ', " \r\n"));
        let parsed: RecoveryPhrase = typed.parse().unwrap();
        assert_eq!(parsed.root_secret().as_bytes(), &[7; 32]);
        assert_eq!(parsed.reveal(), line);
    }

    #[test]
    fn the_reason_is_named() {
        let line = phrase([7; 32]).reveal();
        let words: Vec<_> = line.split(' ').collect();
        assert_eq!(refusal(""), RecoveryPhraseError::WordCount { got: 0 });
        assert_eq!(
            refusal(&words[..12].join(" ")),
            RecoveryPhraseError::WordCount { got: 12 }
        );
        assert_eq!(
            refusal(&format!("{} zoo", *line)),
            RecoveryPhraseError::WordCount { got: 25 }
        );
        assert_eq!(refusal(&" ".repeat(1025)), RecoveryPhraseError::TooLong);

        for position in [1, 13, 24] {
            let mut typed = words.clone();
            typed[position - 1] = "onym";
            assert_eq!(
                refusal(&typed.join(" ")),
                RecoveryPhraseError::UnknownWord { position }
            );
        }

        let mut swapped = words.clone();
        let other = (1..24).find(|&i| words[i] != words[0]).unwrap();
        swapped.swap(0, other);
        assert_eq!(refusal(&swapped.join(" ")), RecoveryPhraseError::Checksum);
    }

    #[test]
    fn errors_do_not_repeat_what_was_typed() {
        let line = phrase([7; 32]).reveal().replacen(' ', " correcthorse ", 1);
        let words: Vec<_> = line.split(' ').take(24).collect();
        let error = refusal(&words.join(" "));
        assert_eq!(error, RecoveryPhraseError::UnknownWord { position: 2 });
        assert!(!format!("{error} {error:?}").contains("correcthorse"));
    }

    #[test]
    fn the_longest_phrase_fits_the_limit() {
        let longest = Language::English
            .word_list()
            .iter()
            .map(|word| word.len())
            .max()
            .unwrap();
        assert_eq!(24 * longest + 23, 215);
    }

    proptest! {
        #[test]
        fn a_wrong_word_is_refused_or_is_another_secret(
            bytes in any::<[u8; 32]>(),
            position in 0_usize..24,
            replacement in 0_usize..2048,
        ) {
            let good = phrase(bytes);
            let mut words: Vec<_> = good.words().collect();
            let replacement = Language::English.word_list()[replacement];
            prop_assume!(words[position] != replacement);
            words[position] = replacement;
            // Eight bits of checksum: one wrong word in 256 goes unnoticed and is a valid phrase
            // of another secret, never of the same one.
            match RecoveryPhrase::parse(&words.join(" ")) {
                Ok(other) => prop_assert_ne!(*other.root_secret().as_bytes(), bytes),
                Err(error) => prop_assert_eq!(error, RecoveryPhraseError::Checksum),
            }
        }

        #[test]
        fn a_mistyped_letter_never_gives_the_same_secret(
            bytes in any::<[u8; 32]>(),
            position in any::<prop::sample::Index>(),
            letter in "[a-z]",
        ) {
            let good = phrase(bytes).reveal();
            let mut typed = good.to_string();
            let position = position.index(typed.len());
            prop_assume!(typed.as_bytes()[position] != b' ');
            typed.replace_range(position..=position, &letter);
            prop_assume!(typed != *good);
            if let Ok(other) = RecoveryPhrase::parse(&typed) {
                prop_assert_ne!(*other.root_secret().as_bytes(), bytes);
            }
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in any::<String>()) {
            prop_assert!(RecoveryPhrase::parse(&text).is_err());
        }

        #[test]
        fn arbitrary_words_do_not_panic(words in prop::collection::vec("\\PC{1,9}", 24)) {
            prop_assert!(RecoveryPhrase::parse(&words.join(" ")).is_err());
        }
    }
}
