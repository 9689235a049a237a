use std::ops::Range;

use onym_client_protocol::links;
pub(crate) use onym_client_protocol::me::action;
use onym_client_protocol::styling::{self, LineKind, StyledLine};

/// Deeper quotations are drawn like this one, so that they leave room for their text.
const MAX_QUOTE_DEPTH: usize = 4;

/// A piece of a message that stands on lines of its own (XEP-0393, section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// How deep it is quoted; 0 for what the author says.
    pub(crate) quote_depth: usize,
    /// Whether it is preformatted: no styles, and letters of one width.
    pub(crate) is_code: bool,
    /// The text without the marks of quotations.
    pub(crate) text: String,
    /// Styles inside of the text, as byte ranges in order; they do not overlap.
    pub(crate) spans: Vec<(Range<usize>, Style)>,
    /// Links inside of the text, as byte ranges in order.
    pub(crate) links: Vec<Range<usize>>,
}

/// How a part of a text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Style {
    /// Heavier.
    pub(crate) is_strong: bool,
    /// Slanted.
    pub(crate) is_emphasis: bool,
    /// Struck through.
    pub(crate) is_struck: bool,
    /// Letters of one width.
    pub(crate) is_code: bool,
    /// A mark that makes the style. It stays to be seen (section 7.1), of less weight.
    pub(crate) is_directive: bool,
}

/// Cuts a message into its blocks, with styles and links.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut ends_block = true;
    for line in styling::parse(text) {
        if line.kind == LineKind::Fence {
            ends_block = true;
            continue;
        }
        let depth = line.quote_depth.min(MAX_QUOTE_DEPTH);
        let is_code = line.kind == LineKind::Code;
        match blocks.last_mut() {
            Some(block)
                if !ends_block && block.quote_depth == depth && block.is_code == is_code =>
            {
                block.text.push('\n');
                append(block, text, &line);
            }
            _ => {
                let mut block = Block {
                    quote_depth: depth,
                    is_code,
                    text: String::new(),
                    spans: Vec::new(),
                    links: Vec::new(),
                };
                append(&mut block, text, &line);
                blocks.push(block);
            }
        }
        ends_block = false;
    }
    for block in blocks.iter_mut().filter(|block| !block.is_code) {
        block.links = links::find(&block.text)
            .into_iter()
            .map(|link| link.range)
            .collect();
        // A mark inside of an address belongs to it.
        let links = &block.links;
        block.spans.retain(|(span, _)| {
            !links
                .iter()
                .any(|link| link.start < span.end && span.start < link.end)
        });
    }
    blocks
}

fn append(block: &mut Block, text: &str, line: &StyledLine) {
    for span in &line.spans {
        let from = block.text.len();
        block
            .text
            .push_str(text.get(span.range.clone()).unwrap_or_default());
        let style = Style {
            is_strong: span.style.bold,
            is_emphasis: span.style.italic,
            is_struck: span.style.strike,
            is_code: span.style.code,
            is_directive: span.is_mark,
        };
        if style != Style::default() && !block.is_code {
            block.spans.push((from..block.text.len(), style));
        }
    }
}

/// Where a link leads, in the words that decide about trust: the host of a web address, the
/// address of a person.
pub(crate) fn target_of(link: &str) -> &str {
    let rest = link.split_once(':').map_or(link, |(_, rest)| rest);
    let rest = rest.trim_start_matches('/');
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or(rest);
    if link
        .get(..4)
        .is_some_and(|head| head.eq_ignore_ascii_case("http"))
    {
        // What stands before `@` in a web address is a user name and often a trick.
        authority.rsplit('@').next().unwrap_or(authority)
    } else {
        authority
    }
}

/// Whether a link is of a kind that is ever opened.
pub(crate) fn can_open(link: &str) -> bool {
    links::find(link)
        .first()
        .is_some_and(|found| found.range == (0..link.len()))
}

/// Whether a web address could deceive about where it leads: a user name that looks like a host,
/// or a host with letters of other scripts.
pub(crate) fn is_deceptive(link: &str) -> bool {
    let rest = link.split_once("://").map(|(_, rest)| rest);
    let Some(rest) = rest else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or(rest);
    authority.contains('@')
        || authority.contains('\\')
        || !authority.is_ascii()
        || authority.to_ascii_lowercase().contains("xn--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_quotations_code_and_the_rest() {
        let found = blocks("> a\n>> b\nc\n```rust\nlet x;\n\n*x*\n```\nd");
        let seen: Vec<_> = found
            .iter()
            .map(|block| (block.quote_depth, block.is_code, block.text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (1, false, "a"),
                (2, false, "b"),
                (0, false, "c"),
                (0, true, "let x;\n\n*x*"),
                (0, false, "d"),
            ]
        );
        assert!(found[3].spans.is_empty());
    }

    #[test]
    fn styles_stand_where_their_letters_are_in_the_block() {
        let block = blocks("> say *both*\n> and _more_").remove(0);
        let strong: Vec<_> = block
            .spans
            .iter()
            .filter(|(_, style)| !style.is_directive)
            .collect();
        assert_eq!(&block.text[strong[0].0.clone()], "both");
        assert!(strong[0].1.is_strong);
        assert_eq!(&block.text[strong[1].0.clone()], "more");
        assert!(strong[1].1.is_emphasis);
    }

    #[test]
    fn an_address_has_no_styles_in_it() {
        let block = blocks("https://a.example/_x_y *b*").remove(0);
        assert_eq!(block.links.as_slice(), std::slice::from_ref(&(0..22)));
        assert!(block.spans.iter().all(|(span, _)| span.start > 22));
    }

    #[test]
    fn a_link_says_where_it_leads() {
        assert_eq!(
            target_of("https://bank.example@evil.example/x"),
            "evil.example"
        );
        assert_eq!(target_of("xmpp:bob@b.example?message"), "bob@b.example");
        assert_eq!(target_of("https://a.example"), "a.example");
        assert!(is_deceptive("https://bank.example@evil.example/"));
        assert!(is_deceptive("https://аpple.example/"));
        assert!(is_deceptive("https://xn--pple-43d.example/"));
        assert!(!is_deceptive("https://a.example/@user"));
        assert!(!is_deceptive("xmpp:bob@b.example"));
        assert!(can_open("https://a.example/x") && can_open("mailto:a@b.example"));
        assert!(!can_open("javascript:alert(1)") && !can_open("file:///etc/passwd"));
    }
}
