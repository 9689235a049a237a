//! Signed documents in the cards of people, as blocks of text.

use minidom::Element;
use onym_identity::statement::{Document, find_blocks};
use onym_stream::ns;

/// The node of the newer form (XEP-0292, section 4).
pub(crate) const NODE_OF_VCARD_4: &str = "urn:xmpp:vcard4";

/// Its namespace (RFC 6351).
const VCARD_4: &str = "urn:ietf:params:xml:ns:vcard-4.0";

/// How much text of a card is searched, in bytes, and into how much of it a block is put: a statement of
/// the longest kind in it has 27 kilobytes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// How many fields of a card are searched. Each may have eight blocks, and each of those costs some
/// signatures.
const MAX_FIELDS: usize = 2;

/// What the documents of an identity stand between.
const MARKS: [(&str, &str); 3] = [
    (
        "-----BEGIN ONYM STATEMENT-----",
        "-----END ONYM STATEMENT-----",
    ),
    (
        "-----BEGIN ONYM REVOCATION-----",
        "-----END ONYM REVOCATION-----",
    ),
    (
        "-----BEGIN ONYM SUCCESSION-----",
        "-----END ONYM SUCCESSION-----",
    ),
];

/// A document that stands in a card.
pub(crate) enum Found {
    /// The bytes of a statement.
    Statement(Vec<u8>),
    /// Something else that an identity has signed.
    Other(Box<Document>),
}

/// The documents in a card of the older form. What is damaged is as if it were not there.
pub(crate) fn read(card: &Element) -> Vec<Found> {
    let is_text = |it: &&Element| it.is("DESC", ns::VCARD_TEMP) || it.is("NOTE", ns::VCARD_TEMP);
    find_in(card.children().filter(is_text))
}

/// The documents in the notes of a card of the newer form.
pub(crate) fn read_note(card: &Element) -> Vec<Found> {
    if !card.is("vcard", VCARD_4) {
        return Vec::new();
    }
    let notes = card.children().filter(|it| it.is("note", VCARD_4));
    find_in(notes.filter_map(|note| note.get_child("text", VCARD_4)))
}

fn find_in<'a>(fields: impl Iterator<Item = &'a Element>) -> Vec<Found> {
    let mut found = Vec::new();
    for field in fields.take(MAX_FIELDS) {
        let length: usize = field.texts().map(str::len).sum();
        if length > MAX_TEXT_BYTES {
            continue;
        }
        let blocks = find_blocks(&field.text()).unwrap_or_default();
        found.extend(blocks.into_iter().flatten().map(|document| match document {
            Document::Statement(statement) => Found::Statement(statement.to_bytes()),
            other => Found::Other(Box::new(other)),
        }));
    }
    found
}

/// A card of the older form that shows a block, and otherwise what `before` shows; `None` if that
/// shows it already, or has no place for it.
pub(crate) fn with_block(before: Option<&Element>, block: &str) -> Option<Element> {
    let mut card = Element::bare("vCard", ns::VCARD_TEMP);
    let mut text = String::new();
    for child in before.into_iter().flat_map(Element::children) {
        // What would be a second description has the block of somebody else, or none.
        if child.is("DESC", ns::VCARD_TEMP) && text.is_empty() {
            text = child.text();
        } else if child.has_ns(ns::VCARD_TEMP) {
            card.append_child(child.clone());
        }
    }
    let mut description = Element::bare("DESC", ns::VCARD_TEMP);
    description.append_text_node(replaced(&text, block)?);
    card.append_child(description);
    Some(card)
}

/// A card of the newer form that shows a block in its note; as [`with_block`].
pub(crate) fn with_note(before: Option<&Element>, block: &str) -> Option<Element> {
    let before = before.filter(|card| card.is("vcard", VCARD_4));
    let mut card = Element::bare("vcard", VCARD_4);
    let mut text = String::new();
    for child in before.into_iter().flat_map(Element::children) {
        if child.is("note", VCARD_4) && text.is_empty() {
            text = child
                .get_child("text", VCARD_4)
                .map(Element::text)
                .unwrap_or_default();
        } else {
            card.append_child(child.clone());
        }
    }
    let mut inner = Element::bare("text", VCARD_4);
    inner.append_text_node(replaced(&text, block)?);
    let mut note = Element::bare("note", VCARD_4);
    note.append_child(inner);
    card.append_child(note);
    Some(card)
}

/// A text with these blocks in the place of all documents in it; `None` if it has them already, or gets
/// too long.
fn replaced(text: &str, blocks: &str) -> Option<String> {
    let blocks = blocks.trim();
    let is_all = begins(text) == begins(blocks);
    if text.contains(blocks) && is_all {
        return None;
    }
    let mut kept = text.to_owned();
    for (begin, end) in MARKS {
        kept = without(&kept, begin, end);
    }
    let kept = kept.trim_end();
    let separator = if kept.is_empty() { "" } else { "\n\n" };
    let all = format!("{kept}{separator}{blocks}\n");
    (all.len() <= MAX_TEXT_BYTES).then_some(all)
}

/// How many documents begin in a text.
fn begins(text: &str) -> usize {
    let counts = MARKS.iter().map(|(begin, _)| text.matches(begin).count());
    counts.sum()
}

fn without(text: &str, begin: &str, end: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        kept.push_str(before);
        // One that does not end takes nothing of the text with it but its mark.
        rest = after.split_once(end).map_or(after, |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "-----BEGIN ONYM STATEMENT-----\nabc\n-----END ONYM STATEMENT-----";
    const NEW: &str = "-----BEGIN ONYM STATEMENT-----\nxyz\n-----END ONYM STATEMENT-----\n";

    #[test]
    fn a_block_takes_the_place_of_the_one_before_and_of_nothing_else() {
        let first = replaced("", OLD).unwrap();
        assert_eq!(first.trim(), OLD);
        assert_eq!(replaced(&first, OLD), None);
        let text = format!("I like tea.\n\n{OLD}\nSee you\n{OLD}");
        let second = replaced(&text, NEW).unwrap();
        assert!(second.contains("I like tea.") && second.contains("See you"));
        assert!(second.contains(NEW.trim()) && !second.contains("abc"));
        assert_eq!(replaced(&second, NEW), None);
        let unfinished = replaced("-----BEGIN ONYM STATEMENT-----\nTea", NEW).unwrap();
        assert!(unfinished.contains("Tea") && unfinished.contains("xyz"));
        assert_eq!(replaced(&"x".repeat(MAX_TEXT_BYTES), NEW), None);
    }

    #[test]
    fn the_end_of_an_identity_takes_the_place_of_its_statement() {
        let end = "-----BEGIN ONYM REVOCATION-----\nr\n-----END ONYM REVOCATION-----\n\
                   -----BEGIN ONYM SUCCESSION-----\ns\n-----END ONYM SUCCESSION-----\n";
        let text = replaced(&format!("I like tea.\n\n{OLD}\n"), end).unwrap();
        assert!(text.starts_with("I like tea.\n") && text.contains(end.trim()));
        assert!(!text.contains("STATEMENT"));
        assert_eq!(replaced(&text, end), None);
    }

    #[test]
    fn cards_keep_what_others_put_into_them() {
        let card: Element = "<vCard xmlns='vcard-temp'><FN>Alice</FN><DESC>Tea</DESC></vCard>"
            .parse()
            .unwrap();
        let ours = with_block(Some(&card), OLD).unwrap();
        let text = |name| ours.get_child(name, ns::VCARD_TEMP).map(Element::text);
        assert_eq!(text("FN").as_deref(), Some("Alice"));
        assert!(text("DESC").unwrap().starts_with("Tea\n\n-----BEGIN"));
        assert_eq!(with_block(Some(&ours), OLD), None);

        let xml = format!(
            "<vcard xmlns='{VCARD_4}'><fn><text>Alice</text></fn><note><text>Tea</text></note></vcard>"
        );
        let ours = with_note(Some(&xml.parse().unwrap()), OLD).unwrap();
        let names: Vec<&str> = ours.children().map(Element::name).collect();
        assert_eq!(names, ["fn", "note"]);
        assert_eq!(with_note(Some(&ours), OLD), None);
        assert!(
            read_note(&ours).is_empty(),
            "damaged, and not that of a person"
        );
        assert!(with_note(None, OLD).is_some());
    }

    #[test]
    fn a_card_with_too_much_text_is_not_searched() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        let card = format!("<vCard xmlns='vcard-temp'><DESC>{long}</DESC></vCard>");
        assert!(read(&card.parse().unwrap()).is_empty());
        let damaged = format!("<vCard xmlns='vcard-temp'><NOTE>{OLD}</NOTE></vCard>");
        assert!(read(&damaged.parse().unwrap()).is_empty());
    }
}
