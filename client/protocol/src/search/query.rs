//! What the user searches for.

use std::ops::Range;

use jid::BareJid;

use super::tokenizer::{Token, is_of_pairs, tokens};
use crate::store::MessageRecord;

/// How much of a query counts, in characters.
pub const MAX_QUERY_CHARS: usize = 256;

/// What the user searches for. A message has to hold all terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    /// What the text has to hold.
    pub terms: Vec<Term>,
    /// The conversation, if not all.
    pub conversation: Option<BareJid>,
    /// Whether we wrote the message, or the other side did, if that matters.
    pub from_us: Option<bool>,
}

/// Words that stand one after another in a text; often only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The words, as [`tokens`] gives them; at least one.
    pub words: Vec<String>,
    /// Whether the last one need only be the beginning of a word.
    pub last_is_prefix: bool,
}

impl SearchQuery {
    /// Reads what the user typed: words, of which the last one is unfinished as long as no space
    /// follows it, `"some words"` in a row, `in:` somebody, `from:me`, `from:them`. `find` says whose conversation is meant by
    /// what follows `in:`; if it knows nobody, that is searched as text.
    pub fn parse(text: &str, find: impl Fn(&str) -> Option<BareJid>) -> Self {
        let mut query = Self::default();
        let bounded: String = text.chars().take(MAX_QUERY_CHARS).collect();
        let mut rest = bounded.as_str();
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return query;
            }
            if let Some(quoted) = rest.strip_prefix(is_quote) {
                let (phrase, after) = match quoted.split_once(is_quote) {
                    Some((phrase, after)) => (phrase, Some(after)),
                    None => (quoted, None),
                };
                query.push_term(phrase, after.is_none());
                rest = after.unwrap_or_default();
                continue;
            }
            let (word, after) = next_word(rest);
            rest = after;
            match word.split_once(':') {
                Some(("from", "me")) => query.from_us = Some(true),
                Some(("from", "them")) => query.from_us = Some(false),
                Some(("in", name)) if let Some(jid) = find(unquoted(name)) => {
                    query.conversation = Some(jid);
                }
                _ => query.push_term(word, rest.is_empty()),
            }
        }
    }

    /// Whether it asks for nothing; such a query finds nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a message is found.
    pub fn matches(&self, message: &MessageRecord) -> bool {
        let in_place = self
            .conversation
            .as_ref()
            .is_none_or(|jid| message.conversation == *jid);
        let from = self
            .from_us
            .is_none_or(|from_us| message.is_incoming() != from_us);
        !self.is_empty() && in_place && from && self.matches_text(&message.text)
    }

    /// Whether a text holds all terms.
    pub fn matches_text(&self, text: &str) -> bool {
        if self.terms.is_empty() {
            return true;
        }
        let tokens = tokens(text);
        self.terms
            .iter()
            .all(|term| term.occurrences(&tokens).next().is_some())
    }

    fn push_term(&mut self, text: &str, is_unfinished: bool) {
        let mut found = tokens(text);
        // The last character of a run stands alone in a text; behind another one it says nothing.
        if let [.., before, last] = found.as_slice()
            && is_of_pairs(&last.word)
            && before.range.end == last.range.end
        {
            found.pop();
        }
        let Some(last) = found.last() else { return };
        // One character of a script without spaces begins the pair that it is found by.
        let alone = is_of_pairs(&last.word) && text[last.range.clone()].chars().nth(1).is_none();
        let finished = text.len() > last.range.end;
        let last_is_prefix = alone || (is_unfinished && !finished);
        self.terms.push(Term {
            words: found.into_iter().map(|token| token.word).collect(),
            last_is_prefix,
        });
    }
}

impl Term {
    /// Where the words stand in a row, as indices of the first one.
    fn occurrences<'a>(&'a self, tokens: &'a [Token]) -> impl Iterator<Item = &'a [Token]> {
        tokens
            .windows(self.words.len().max(1))
            .filter(|window| self.fits(window))
    }

    fn fits(&self, window: &[Token]) -> bool {
        let Some((last, others)) = self.words.split_last() else {
            return false;
        };
        let Some((last_token, other_tokens)) = window.split_last() else {
            return false;
        };
        let ends = if self.last_is_prefix {
            last_token.word.starts_with(last.as_str())
        } else {
            last_token.word == *last
        };
        ends && others
            .iter()
            .zip(other_tokens)
            .all(|(word, token)| *word == token.word)
    }
}

/// Where a text shows what was searched, in bytes, on character boundaries, in order and apart.
pub fn highlights(text: &str, query: &SearchQuery) -> Vec<Range<usize>> {
    let tokens = tokens(text);
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for term in &query.terms {
        for window in term.occurrences(&tokens) {
            for (word, token) in term.words.iter().zip(window) {
                ranges.push(shown(text, word, token));
            }
        }
    }
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// The part of a token that a word of the query stands for: of a pair perhaps only its beginning.
fn shown(text: &str, word: &str, token: &Token) -> Range<usize> {
    let first = text
        .get(token.range.clone())
        .and_then(|piece| piece.chars().next());
    match first {
        Some(first) if is_of_pairs(&token.word) && *word != token.word => {
            token.range.start..token.range.start.saturating_add(first.len_utf8())
        }
        _ => token.range.clone(),
    }
}

/// A word up to white space, where `in:"some name"` is one.
fn next_word(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let after_colon = text.find(':').is_some_and(|colon| {
        text.get(colon.saturating_add(1)..)
            .is_some_and(|rest| rest.starts_with(is_quote))
            && !text
                .get(..colon)
                .unwrap_or_default()
                .contains(char::is_whitespace)
    });
    for (index, letter) in text.char_indices() {
        if is_quote(letter) && after_colon {
            is_quoted = !is_quoted;
        } else if letter.is_whitespace() && !is_quoted {
            return text.split_at(index);
        }
    }
    (text, "")
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(is_quote)
}

fn is_quote(letter: char) -> bool {
    matches!(
        letter,
        '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bob() -> BareJid {
        BareJid::new("bob@b.example").unwrap()
    }

    fn parse(text: &str) -> SearchQuery {
        SearchQuery::parse(text, |name| (name == "Bob B").then(bob))
    }

    fn term(words: &str, last_is_prefix: bool) -> Term {
        Term {
            words: words.split(' ').map(str::to_owned).collect(),
            last_is_prefix,
        }
    }

    #[test]
    fn reads_what_people_type() {
        let terms = |text: &str| parse(text).terms;
        assert_eq!(
            terms("Hello wor"),
            [term("hello", false), term("wor", true)]
        );
        let finished = [term("hello", false), term("wor", false)];
        assert_eq!(terms("Hello wor "), finished);
        assert_eq!(
            terms("\"See you\" x"),
            [term("see you", false), term("x", true)]
        );
        assert_eq!(terms("\"See yo"), [term("see yo", true)]);
        assert_eq!(terms("“See you”"), [term("see you", false)]);
        assert_eq!(terms("example.org"), [term("example org", true)]);
        assert_eq!(terms("日本語"), [term("日本 本語", true)]);
        assert_eq!(terms("\"日\" a"), [term("日", true), term("a", true)]);
        assert_eq!(
            terms("in:nobody x"),
            [term("in nobody", false), term("x", true)]
        );
        for empty in ["", " ", "\"\"", "\"", "!?", "::"] {
            assert!(parse(empty).is_empty(), "{empty}");
        }
        let full = parse("from:me in:\"Bob B\" late");
        assert_eq!(full.conversation, Some(bob()));
        assert_eq!(full.from_us, Some(true));
        assert_eq!(full.terms, [term("late", true)]);
        assert_eq!(parse("from:them").from_us, Some(false));
    }

    #[test]
    fn finds_and_highlights() {
        for (query, text, shown) in [
            ("caf", "Un café, des Cafés", &["café", "Cafés"][..]),
            ("cafe ", "Un café, des Cafés", &["café"]),
            ("\"cafe\"", "Un café, des Cafés", &["café"]),
            (
                "\"see you\"",
                "I see. You? I see you",
                &["see", "You", "see", "you"],
            ),
            ("you see", "I see you", &["see", "you"]),
            ("\"you see\"", "I see you", &[]),
            ("日本", "在日本語", &["日本"]),
            ("本", "日本", &["本"]),
            ("日", "日本", &["日"]),
            ("日語", "日本語", &[]),
            ("org", "https://example.org/x", &["org"]),
            ("example.org", "https://example.org/x", &["example", "org"]),
            ("missing see", "I see", &[]),
        ] {
            let query = parse(query);
            let found = query.matches_text(text);
            let marked: Vec<&str> = highlights(text, &query)
                .into_iter()
                .map(|range| &text[range])
                .collect();
            assert_eq!(found, !shown.is_empty(), "{query:?} in {text}");
            if found {
                assert_eq!(marked, shown, "{query:?} in {text}");
            }
        }
    }

    proptest! {
        /// A word of a text finds it, as it is and half typed.
        #[test]
        fn what_is_there_is_found(text in "[a-zA-Zéß日本語กข ,.]{1,60}", at in any::<prop::sample::Index>()) {
            let found = tokens(&text);
            prop_assume!(!found.is_empty());
            let token = &found[at.index(found.len())];
            let word = &text[token.range.clone()];
            prop_assert!(parse(word).matches_text(&text), "{word:?}");
            let half: String = word.chars().take(word.chars().count().div_ceil(2)).collect();
            prop_assert!(parse(&half).matches_text(&text), "{half:?}");
        }

        #[test]
        fn any_query_is_read(query in "\\PC{0,40}", text in "\\PC{0,80}") {
            let query = parse(&query);
            let mut end = None;
            for range in highlights(&text, &query) {
                prop_assert!(text.get(range.clone()).is_some());
                prop_assert!(end.is_none_or(|end| range.start > end));
                end = Some(range.end);
            }
        }
    }
}
