//! From a text to the words that are searched.
//!
//! Words are those of Unicode (UAX #29), in small letters and without accents. Scripts that do not
//! put spaces between words are cut into pairs of neighbouring characters, so that any two that
//! stand together are found.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// The longest word that is kept, in characters; what is longer counts by its beginning. It is
/// enough for an onion address or a key, and a hostile text cannot make an index of one huge word.
pub const MAX_WORD_CHARS: usize = 64;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The word in the form in which words are compared.
    pub word: String,
    /// Where it stands in the text, in bytes, on character boundaries.
    pub range: Range<usize>,
}

/// The words of a text in their order. Pairs of characters overlap.
pub fn tokens(text: &str) -> Vec<Token> {
    if text.is_ascii() {
        ascii_tokens(text)
    } else {
        unicode_tokens(text)
    }
}

fn unicode_tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut run = Run::default();
    for (start, piece) in text.split_word_bound_indices() {
        for (index, letter) in piece.char_indices() {
            if is_spaceless(letter) {
                run.push(start.saturating_add(index), letter);
            }
        }
        if piece.chars().any(is_spaceless) {
            continue;
        }
        run.end(&mut tokens);
        plain_words(start, piece, &mut tokens);
    }
    run.end(&mut tokens);
    tokens
}

/// The words of a text that an index has to know, each once, in order.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = tokens(text).into_iter().map(|token| token.word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The same for a text without other characters than ASCII, several times as fast: an index and a
/// search for a phrase read many texts, and most of them are like this in many languages.
fn ascii_tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.as_bytes().iter().copied().enumerate().peekable();
    while let Some((start, first)) = rest.next() {
        if !first.is_ascii_alphanumeric() {
            continue;
        }
        let mut word = String::from(char::from(first.to_ascii_lowercase()));
        let (mut last, mut end) = (first, start.saturating_add(1));
        while let Some((index, byte)) = rest.peek().copied() {
            // UAX #29, WB6, WB7, WB11 and WB12: an apostrophe joins two letters or two digits.
            let next = text.as_bytes().get(index.saturating_add(1)).copied();
            let joins = byte == b'\'' && next.is_some_and(|next| are_of_a_kind(last, next));
            if !byte.is_ascii_alphanumeric() && !joins {
                break;
            }
            if byte.is_ascii_alphanumeric() {
                last = byte;
                end = index.saturating_add(1);
                if word.len() < MAX_WORD_CHARS {
                    word.push(char::from(byte.to_ascii_lowercase()));
                }
            }
            rest.next();
        }
        tokens.push(Token {
            word,
            range: start..end,
        });
    }
    tokens
}

/// Whether both are letters, or both digits.
fn are_of_a_kind(one: u8, other: u8) -> bool {
    (one.is_ascii_alphabetic() && other.is_ascii_alphabetic())
        || (one.is_ascii_digit() && other.is_ascii_digit())
}

/// The words in a piece between two word boundaries: `example.org` is one to Unicode and two to
/// somebody who searches. An emoji is a word by itself.
fn plain_words(start: usize, piece: &str, tokens: &mut Vec<Token>) {
    if !piece.chars().any(char::is_alphanumeric) {
        if piece.chars().any(is_pictograph) {
            push(tokens, piece, start..start.saturating_add(piece.len()));
        }
        return;
    }
    let mut offset = start;
    for part in piece.split_inclusive(is_separator) {
        let end = offset.saturating_add(part.len());
        let word = part.trim_end_matches(is_separator);
        if !word.is_empty() {
            push(tokens, word, offset..offset.saturating_add(word.len()));
        }
        offset = end;
    }
}

/// What separates words inside of a piece. An apostrophe and marks on letters do not.
fn is_separator(letter: char) -> bool {
    letter.is_ascii_punctuation() && letter != '\''
}

fn push(tokens: &mut Vec<Token>, word: &str, range: Range<usize>) {
    let word = fold(word);
    if !word.is_empty() {
        tokens.push(Token { word, range });
    }
}

/// The form in which words are compared: compatibility forms resolved, small letters, no accents,
/// no apostrophes, at most [`MAX_WORD_CHARS`].
fn fold(word: &str) -> String {
    // A word of hostile length is cut before it is worked on; a letter rarely has many marks.
    let bounded = word.chars().take(MAX_WORD_CHARS.saturating_mul(4));
    bounded
        .nfkd()
        .filter(|letter| !is_accent(*letter) && !matches!(letter, '\'' | '\u{2019}'))
        .flat_map(char::to_lowercase)
        .flat_map(Folded::of)
        .filter(|letter| !is_accent(*letter))
        .take(MAX_WORD_CHARS)
        .collect()
}

/// What lower case alone leaves different.
enum Folded {
    One(Option<char>),
    Two(Option<char>, Option<char>),
}

impl Folded {
    fn of(letter: char) -> Self {
        match letter {
            'ß' => Self::Two(Some('s'), Some('s')),
            'æ' => Self::Two(Some('a'), Some('e')),
            'œ' => Self::Two(Some('o'), Some('e')),
            'ς' => Self::One(Some('σ')),
            'ı' => Self::One(Some('i')),
            'ø' => Self::One(Some('o')),
            'ł' => Self::One(Some('l')),
            'đ' => Self::One(Some('d')),
            other => Self::One(Some(other)),
        }
    }
}

impl Iterator for Folded {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::One(one) => one.take(),
            Self::Two(first, second) => first.take().or_else(|| second.take()),
        }
    }
}

/// Marks that people leave out when they search: accents, and the vowel signs of Arabic and
/// Hebrew. The vowel signs of Indic scripts make other words and stay.
fn is_accent(letter: char) -> bool {
    matches!(letter,
        '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}' | '\u{064b}'..='\u{065f}' | '\u{0670}'
        | '\u{0591}'..='\u{05c7}' | '\u{fe0f}' | '\u{200d}')
}

/// Letters of scripts that are written without spaces between words: Han, Kana, Bopomofo, Thai,
/// Lao, Khmer, Burmese.
fn is_spaceless(letter: char) -> bool {
    matches!(letter,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}'
        | '\u{3105}'..='\u{312f}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{0e01}'..='\u{0eff}' | '\u{1780}'..='\u{17ff}' | '\u{1000}'..='\u{109f}')
}

fn is_pictograph(letter: char) -> bool {
    matches!(letter, '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Neighbouring characters of scripts without spaces.
#[derive(Default)]
struct Run {
    letters: Vec<(usize, char)>,
}

impl Run {
    fn push(&mut self, start: usize, letter: char) {
        self.letters.push((start, letter));
    }

    /// Cuts the run into pairs. The last character stands alone too, so that each one begins a
    /// word and is found by itself.
    fn end(&mut self, tokens: &mut Vec<Token>) {
        let letters = std::mem::take(&mut self.letters);
        let mut rest = letters.as_slice();
        while let [(start, first), tail @ ..] = rest {
            let mut text = String::from(*first);
            let mut end = start.saturating_add(first.len_utf8());
            if let Some((next, second)) = tail.first()
                && *next == end
            {
                text.push(*second);
                end = next.saturating_add(second.len_utf8());
            }
            push(tokens, &text, *start..end);
            rest = tail;
        }
    }
}

/// Whether the word is of a script that is cut into pairs.
pub(super) fn is_of_pairs(word: &str) -> bool {
    word.chars().any(is_spaceless)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn words_are_compared_without_case_and_accents() {
        for (text, expected) in [
            ("Hello, World!", "hello world"),
            ("Éléphant CAFÉ cafe\u{301}", "elephant cafe cafe"),
            ("Straße STRASSE ẞ", "strasse strasse ss"),
            ("ΟΔΟΣ οδος", "οδοσ οδοσ"),
            ("ﬁnd ２０２６", "find 2026"),
            ("don't don’t", "dont dont"),
            (
                "see https://www.example.org/a_b?c=1",
                "see https www example org a b c 1",
            ),
            ("İstanbul Łódź Ærø", "istanbul lodz aero"),
            ("מִלָּה كِتَاب", "מלה كتاب"),
            ("हिन्दी", "हिन्दी"),
            ("ok 😀👍🏽!", "ok 😀 👍🏽"),
            (" \u{200b}\n…—", ""),
            ("", ""),
        ] {
            assert_eq!(found(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        assert_eq!(found("日本語 abc"), ["日本", "本語", "語", "abc"]);
        assert_eq!(
            found("カタカナです"),
            ["カタ", "タカ", "カナ", "ナて\u{3099}", "て\u{3099}す", "す"]
        );
        assert_eq!(found("本"), ["本"]);
        assert_eq!(found("本。日"), ["本", "日"]);
        assert_eq!(found("안녕 하세요").len(), 2);
    }

    #[test]
    fn a_huge_word_counts_by_its_beginning() {
        let long = "a".repeat(1_000_000);
        let tokens = tokens(&long);
        assert_eq!(tokens.len(), 1);
        assert_eq!(tokens[0].word.len(), MAX_WORD_CHARS);
        assert_eq!(tokens[0].range, 0..1_000_000);
    }

    proptest! {
        #[test]
        fn tokens_are_parts_of_the_text(text in "\\PC{0,60}") {
            let mut last = 0;
            for token in tokens(&text) {
                prop_assert!(text.get(token.range.clone()).is_some_and(|it| !it.is_empty()));
                prop_assert!(token.range.start >= last);
                last = token.range.start;
                prop_assert!(token.word.chars().count() <= MAX_WORD_CHARS);
            }
        }

        /// The fast way for ASCII is only faster.
        #[test]
        fn ascii_is_cut_like_all_texts(
            any in "[ -~\t\n]{0,60}", tricky in "[aB1'_.,:; \"-]{0,40}", long in "[a']{250,300}",
        ) {
            for text in [any, tricky, long] {
                prop_assert_eq!(ascii_tokens(&text), unicode_tokens(&text), "{}", text);
            }
        }

        /// What is typed in other letters finds the same.
        #[test]
        fn case_does_not_matter(text in "[a-zéüñçßа-я ]{0,40}") {
            prop_assert_eq!(found(&text.to_uppercase()), found(&text));
        }
    }
}
