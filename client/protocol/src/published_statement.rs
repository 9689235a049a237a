//! A signed statement where others find it: the only item of a node that everybody can read.

use data_encoding::BASE64;
use minidom::Element;
use onym_identity::statement::{Document, MAX_DOCUMENT_BYTES};

/// The node, and the namespace of what lies in it.
pub(crate) const NODE: &str = "urn:onym:identity:1";

/// The feature that asks for its news.
pub(crate) const NOTIFY: &str = "urn:onym:identity:1+notify";

/// The only item of the node.
pub(crate) const ITEM: &str = "current";

/// The longest text that is decoded: the longest statement.
const MAX_TEXT_BYTES: usize = MAX_DOCUMENT_BYTES.div_ceil(3) * 4;

/// How many other documents of an item are read: each costs some signatures.
const MAX_OTHERS: usize = 4;

/// The longest text of one that is decoded: a succession has 292 characters.
const MAX_OTHER_TEXT_BYTES: usize = 292;

/// The item's content.
pub(crate) fn write(statement: &[u8]) -> Element {
    let mut element = Element::bare("identity", NODE);
    element.append_text(BASE64.encode(statement));
    element
}

/// The item's content once the identity has ended: what says so, and no statement.
pub(crate) fn write_end<'a>(documents: impl Iterator<Item = &'a [u8]>) -> Element {
    let mut element = Element::bare("identity", NODE);
    for document in documents {
        let mut child = Element::bare("document", NODE);
        child.append_text(BASE64.encode(document));
        element.append_child(child);
    }
    element
}

/// The bytes in an item, if they may be those of a statement.
pub(crate) fn read(payload: &Element) -> Option<Vec<u8>> {
    if !payload.is("identity", NODE) {
        return None;
    }
    let length: usize = payload.texts().map(str::len).sum();
    let text = (length <= MAX_TEXT_BYTES).then(|| payload.text())?;
    BASE64.decode(text.as_bytes()).ok()
}

/// The other documents in an item: the end of an identity, or who comes after it.
pub(crate) fn documents(payload: &Element) -> Vec<Document> {
    let documents = other_bytes(payload).into_iter();
    let documents = documents.filter_map(|bytes| Document::parse(&bytes).ok());
    documents
        .filter(|it| !matches!(it, Document::Statement(_)))
        .collect()
}

/// The bytes of what may be such documents.
pub(crate) fn other_bytes(payload: &Element) -> Vec<Vec<u8>> {
    if !payload.is("identity", NODE) {
        return Vec::new();
    }
    let others = payload.children().filter(|it| it.is("document", NODE));
    let others = others.take(MAX_OTHERS).filter_map(|it| {
        let length: usize = it.texts().map(str::len).sum();
        let text = (length <= MAX_OTHER_TEXT_BYTES).then(|| it.text())?;
        BASE64.decode(text.as_bytes()).ok()
    });
    others.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_of_a_possible_length_are_decoded() {
        let longest = vec![7; MAX_DOCUMENT_BYTES];
        assert_eq!(read(&write(&longest)), Some(longest));
        assert_eq!(read(&write(&[7; MAX_DOCUMENT_BYTES + 3])), None);
        let odd = |xml: &str| read(&xml.parse().unwrap());
        assert_eq!(
            odd("<identity xmlns='urn:onym:identity:1'>AA==</identity>"),
            Some(vec![0])
        );
        for xml in [
            "<identity xmlns='urn:onym:identity:1'>AA</identity>",
            "<identity xmlns='urn:onym:identity:1'> AA==</identity>",
            "<identity xmlns='urn:onym:identity:2'>AA==</identity>",
            "<other xmlns='urn:onym:identity:1'>AA==</other>",
        ] {
            assert_eq!(odd(xml), None, "{xml}");
        }
    }
}
