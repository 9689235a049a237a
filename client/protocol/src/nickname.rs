//! The name that a person gives themselves.

use minidom::Element;
use onym_stream::ns;

/// The longest name that is kept, in characters.
pub const MAX_NICKNAME_CHARS: usize = 100;

/// The name as it is published.
pub(crate) fn nick(name: &str) -> Element {
    let mut nick = Element::bare("nick", ns::NICKNAME);
    nick.append_text_node(name);
    nick
}

/// Reads a published name; nothing if it is empty.
pub(crate) fn read(nick: &Element) -> Option<Option<String>> {
    nick.is("nick", ns::NICKNAME).then(|| cleaned(&nick.text()))
}

/// The name in one line without control characters and within the limit. It is still not to be
/// trusted: anybody can call themselves anything.
pub(crate) fn cleaned(name: &str) -> Option<String> {
    let name: String = name
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MAX_NICKNAME_CHARS)
        .collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_within_limits() {
        assert_eq!(read(&nick("Bob")), Some(Some("Bob".to_owned())));
        assert_eq!(read(&nick("  ")), Some(None));
        assert_eq!(read(&nick("A\n\u{7}\tB")), Some(Some("A B".to_owned())));
        let long = cleaned(&"é".repeat(5_000)).unwrap();
        assert_eq!(long.chars().count(), MAX_NICKNAME_CHARS);
        assert_eq!(read(&Element::bare("nick", "odd")), None);
    }
}
