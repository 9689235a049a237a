//! A phrase that two people read to each other to see that each has the other's identity.

use std::fmt;

use bip39::Language;
use sha2::{Digest as _, Sha256};

use crate::identity_key::IdentityKey;

/// What the hash begins with: its length, then text.
const TAG: &str = "\u{11}onym/1 comparison";

/// Bits of a word of the list, which has 2048 words.
const WORD_BITS: u32 = 11;

/// What two people compare by voice: the same on both sides if each of them holds the other's identity
/// key, and different if somebody between them has put in keys of their own.
///
/// Whoever stands between two people chooses a key for each side, and can search at leisure for two
/// that give one phrase: with 132 bits that takes about 2^66 keys. `docs/identity.md` has the reckoning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ComparisonPhrase {
    ours: [&'static str; Self::HALF_WORDS],
    theirs: [&'static str; Self::HALF_WORDS],
}

impl ComparisonPhrase {
    /// How many words each of the two reads.
    pub const HALF_WORDS: usize = 6;

    /// Between the one who reads here and the other; nothing if both are one.
    #[must_use]
    pub fn between(ours: &IdentityKey, theirs: &IdentityKey) -> Option<Self> {
        if ours == theirs {
            return None;
        }
        let are_first = ours.as_bytes() < theirs.as_bytes();
        let (low, high) = if are_first {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        let mut hash = Sha256::new();
        hash.update(TAG.as_bytes());
        hash.update(low.as_bytes());
        hash.update(high.as_bytes());
        let hash = hash.finalize();
        let mut words = Words::of(&hash);
        let (first, second) = (words.half(), words.half());
        // Each side knows which half is its own, so that nobody merely repeats what they hear.
        let (ours, theirs) = if are_first {
            (first, second)
        } else {
            (second, first)
        };
        Some(Self { ours, theirs })
    }

    /// What we read aloud.
    #[must_use]
    pub const fn ours(&self) -> &[&'static str; Self::HALF_WORDS] {
        &self.ours
    }

    /// What we have to hear.
    #[must_use]
    pub const fn theirs(&self) -> &[&'static str; Self::HALF_WORDS] {
        &self.theirs
    }
}

impl fmt::Debug for ComparisonPhrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, theirs) = (self.ours.join(" "), self.theirs.join(" "));
        write!(f, "ComparisonPhrase({ours} / {theirs})")
    }
}

/// The words that the bits of a hash stand for, the first bits first.
struct Words<'a> {
    bytes: std::slice::Iter<'a, u8>,
    /// Bits that were read and not used, in the lowest `left` bits.
    bits: u32,
    left: u32,
}

impl<'a> Words<'a> {
    fn of(hash: &'a [u8]) -> Self {
        Self {
            bytes: hash.iter(),
            bits: 0,
            left: 0,
        }
    }

    fn half(&mut self) -> [&'static str; ComparisonPhrase::HALF_WORDS] {
        std::array::from_fn(|_| self.word())
    }

    fn word(&mut self) -> &'static str {
        while self.left < WORD_BITS {
            let byte = self.bytes.next().copied().unwrap_or_default();
            self.bits = (self.bits << 8) | u32::from(byte);
            self.left += 8;
        }
        self.left -= WORD_BITS;
        let index = (self.bits >> self.left) & ((1 << WORD_BITS) - 1);
        let list = Language::English.word_list();
        let word = usize::try_from(index).ok().and_then(|it| list.get(it));
        word.copied().unwrap_or_default()
    }
}
