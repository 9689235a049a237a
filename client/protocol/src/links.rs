//! Links in a text. They are found, never followed: what opens one is a click.

use std::ops::Range;

use jid::Jid;

/// The longest link, in bytes; what is longer is text.
pub const MAX_LINK_BYTES: usize = 2_048;

/// How many links of a text are found.
pub const MAX_LINKS: usize = 100;

/// A link in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it stands, in bytes. The text there is what is to be opened.
    pub range: Range<usize>,
    /// Where it leads.
    pub kind: LinkKind,
}

/// Where a link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// A page on the web, or whatever a server of it gives.
    Web,
    /// Somebody at an XMPP address (RFC 5122).
    Xmpp,
    /// A mail address.
    Mail,
}

/// Finds the links of a text, in order.
pub fn find(text: &str) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut from = 0;
    for (colon, _) in text.match_indices(':') {
        if links.len() == MAX_LINKS {
            break;
        }
        if colon < from {
            continue;
        }
        let Some((start, kind)) = scheme(text, from, colon) else {
            continue;
        };
        let rest = text.get(colon + 1..).unwrap_or_default();
        let end = colon + 1 + length(rest);
        from = end;
        let target = text.get(colon + 1..end).unwrap_or_default();
        if end - start <= MAX_LINK_BYTES && leads_somewhere(kind, target) {
            links.push(Link {
                range: start..end,
                kind,
            });
        }
    }
    links
}

/// The scheme that ends before a colon, and where it begins: not inside a word.
fn scheme(text: &str, from: usize, colon: usize) -> Option<(usize, LinkKind)> {
    let before = text.get(from..colon)?;
    [
        ("https", LinkKind::Web),
        ("http", LinkKind::Web),
        ("xmpp", LinkKind::Xmpp),
        ("mailto", LinkKind::Mail),
    ]
    .into_iter()
    .find_map(|(name, kind)| {
        let length = before.len().checked_sub(name.len())?;
        let is_it = before.get(length..)?.eq_ignore_ascii_case(name);
        let previous = text.get(..from + length)?.chars().next_back();
        let is_whole = previous.is_none_or(|it| !it.is_alphanumeric());
        (is_it && is_whole).then_some((from + length, kind))
    })
}

/// How long a link is: up to what cannot stand in one, without the punctuation of the sentence
/// around it.
fn length(text: &str) -> usize {
    let end = text.find(ends_link).unwrap_or(text.len());
    let mut link = text.get(..end).unwrap_or_default();
    let count = |sign: char| link.matches(sign).count();
    let mut open = BRACKETS.map(|(opening, closing)| (count(opening), count(closing)));
    while let Some(last) = link.chars().next_back() {
        let bracket = BRACKETS.iter().position(|(_, closing)| *closing == last);
        let counts = bracket.and_then(|index| open.get_mut(index));
        let is_outside = match counts {
            // A bracket that is not opened in the link closes one around it.
            Some((opened, closed)) if *closed > *opened => {
                *closed -= 1;
                true
            }
            Some(_) => false,
            None => is_punctuation(last),
        };
        if !is_outside {
            break;
        }
        if let Some((opened, _)) = BRACKETS
            .iter()
            .position(|(opening, _)| *opening == last)
            .and_then(|index| open.get_mut(index))
        {
            *opened -= 1;
        }
        link = link.get(..link.len() - last.len_utf8()).unwrap_or_default();
    }
    link.len()
}

const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// What never stands in a link: white space, quotation marks, angle brackets, and marks that turn
/// the direction of text, with which a link could look like another one.
fn ends_link(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(
            letter,
            '<' | '>' | '"' | '`' | '|' | '\\' | '^' | '“' | '”' | '„' | '«' | '»'
        )
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{feff}')
}

/// What ends a sentence or a styled word rather than a link.
fn is_punctuation(letter: char) -> bool {
    matches!(
        letter,
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' | '’' | '(' | '[' | '{'
    )
}

/// Whether there is something behind the scheme that can be opened.
fn leads_somewhere(kind: LinkKind, target: &str) -> bool {
    match kind {
        LinkKind::Web => target.strip_prefix("//").is_some_and(|rest| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            host.starts_with(|first: char| first.is_alphanumeric() || first == '[')
        }),
        LinkKind::Xmpp => {
            let address = target.split(['?', '#']).next().unwrap_or_default();
            Jid::new(address).is_ok_and(|jid| jid.node().is_some() || address.contains('.'))
        }
        LinkKind::Mail => {
            let address = target.split('?').next().unwrap_or_default();
            address
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text)
            .into_iter()
            .map(|link| &text[link.range])
            .collect()
    }

    #[test]
    fn links_are_found_as_people_write_them() {
        for (text, expected) in [
            ("See https://example.org.", &["https://example.org"][..]),
            (
                "(https://example.org/a_(b))",
                &["https://example.org/a_(b)"],
            ),
            ("[x](http://example.org/a)", &["http://example.org/a"]),
            (
                "<https://example.org/?a=b&c=d#e>, ok",
                &["https://example.org/?a=b&c=d#e"],
            ),
            ("“https://example.org/é”", &["https://example.org/é"]),
            ("*https://example.org/*", &["https://example.org/"]),
            ("HTTPS://EXAMPLE.ORG!", &["HTTPS://EXAMPLE.ORG"]),
            (
                "http://[::1]:8080/x, http://127.0.0.1",
                &["http://[::1]:8080/x", "http://127.0.0.1"],
            ),
            ("https://例え.jp/日本。次", &["https://例え.jp/日本"]),
            (
                "xmpp:bob@b.example?message;body=hi",
                &["xmpp:bob@b.example?message;body=hi"],
            ),
            ("xmpp:b.example and xmpp:nonsense", &["xmpp:b.example"]),
            ("mailto:bob@b.example,", &["mailto:bob@b.example"]),
            (
                "https://a.example/x:y https://b.example",
                &["https://a.example/x:y", "https://b.example"],
            ),
            (
                "https://a.example/\u{202e}gro.live",
                &["https://a.example/"],
            ),
            ("https://a.example/path...", &["https://a.example/path"]),
            ("xhttps://example.org http:// https://. mailto:x", &[]),
            (
                "javascript:alert(1) file:///etc/passwd data:text/html,x",
                &[],
            ),
            ("10:30: see http", &[]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
        let kinds: Vec<_> = find("http://a.b xmpp:a@b mailto:a@b")
            .iter()
            .map(|it| it.kind)
            .collect();
        assert_eq!(kinds, [LinkKind::Web, LinkKind::Xmpp, LinkKind::Mail]);
    }

    #[test]
    fn hostile_texts_end() {
        for piece in [
            "http://a.b ",
            "http:",
            ":",
            "https://a.b)",
            "(((((",
            "http://((((",
        ] {
            let text = piece.repeat(100_000);
            assert!(find(&text).len() <= MAX_LINKS);
        }
        assert_eq!(
            found(&format!("https://a.example/{}", "x".repeat(3_000))),
            [""; 0]
        );
        let closing = format!("https://a.example/{}", ")".repeat(100_000));
        assert_eq!(found(&closing), ["https://a.example/"]);
    }

    proptest! {
        #[test]
        fn links_are_parts_of_the_text(text in "(https?:|//|xmpp:|mailto:|[a-c@.():é /]){0,30}") {
            let mut last = 0;
            for link in find(&text) {
                prop_assert!(link.range.start >= last);
                prop_assert!(text.get(link.range.clone()).is_some());
                last = link.range.end;
            }
        }
    }
}
