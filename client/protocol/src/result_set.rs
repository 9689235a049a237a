//! Pages of a long list.

use minidom::Element;
use onym_stream::ns;

/// The longest name of an entry that is kept, in bytes. Servers use numbers or UUIDs.
pub(crate) const MAX_ENTRY_ID_BYTES: usize = 512;

/// Which page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page<'a> {
    /// The first one of the list.
    First,
    /// The one that begins after this entry.
    After(&'a str),
    /// The one that ends before this entry.
    Before(&'a str),
    /// The last one of the list.
    Last,
}

/// Asks for a page of at most `max` entries.
pub(crate) fn request(page: Page<'_>, max: u32) -> Element {
    let mut set = Element::bare("set", ns::RSM);
    set.append_child(with_text("max", &max.to_string()));
    match page {
        Page::First => {}
        Page::After(id) => {
            set.append_child(with_text("after", id));
        }
        Page::Before(id) => {
            set.append_child(with_text("before", id));
        }
        // XEP-0059, section 2.5: an empty one asks for the last page.
        Page::Last => {
            set.append_child(Element::bare("before", ns::RSM));
        }
    }
    set
}

/// The names of the first and the last entry of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ends {
    pub(crate) first: Option<String>,
    pub(crate) last: Option<String>,
}

/// Reads where a page begins and ends. A name that is empty or too long is none.
pub(crate) fn ends(parent: &Element) -> Ends {
    let set = parent.get_child("set", ns::RSM);
    let id = |name: &str| {
        set?.get_child(name, ns::RSM)
            .map(Element::text)
            .filter(|id| is_entry_id(id))
    };
    Ends {
        first: id("first"),
        last: id("last"),
    }
}

/// Whether this can be the name of an entry.
pub(crate) fn is_entry_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ENTRY_ID_BYTES
}

fn with_text(name: &'static str, text: &str) -> Element {
    let mut element = Element::bare(name, ns::RSM);
    element.append_text_node(text);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_asked_for() {
        let request = |page| String::from(&request(page, 50));
        let max = "<set xmlns='http://jabber.org/protocol/rsm'><max>50</max>";
        let expected = |rest: &str| format!("{max}{rest}</set>");
        assert_eq!(request(Page::First), expected(""));
        assert_eq!(request(Page::Last), expected("<before/>"));
        assert_eq!(request(Page::After("a<")), expected("<after>a&lt;</after>"));
        assert_eq!(request(Page::Before("b")), expected("<before>b</before>"));
    }

    #[test]
    fn ends_are_bounded() {
        let long = "x".repeat(MAX_ENTRY_ID_BYTES + 1);
        let ends_of = |set: &str| {
            ends(
                &format!("<fin xmlns='urn:xmpp:mam:2'>{set}</fin>")
                    .parse()
                    .unwrap(),
            )
        };
        assert_eq!(ends_of(""), Ends::default());
        let set = |first: &str, last: &str| {
            format!(
                "<set xmlns='http://jabber.org/protocol/rsm'><first index='0'>{first}</first>\
                 <last>{last}</last></set>"
            )
        };
        assert_eq!(ends_of(&set("", &long)), Ends::default());
        let both = ends_of(&set("a", "z"));
        assert_eq!(both.first.as_deref(), Some("a"));
        assert_eq!(both.last.as_deref(), Some("z"));
    }
}
