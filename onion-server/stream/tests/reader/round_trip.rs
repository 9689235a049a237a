//! What is written can be read, by us and by others, and is what was meant.

use onym_stream::jid::Jid;
use onym_stream::{
    ContentNamespace, Element, Limits, Node, StreamEvent, StreamHeader, ns, write_close,
    write_element, write_open,
};
use proptest::prelude::*;

use crate::{authenticated, read};

const BOTH: [ContentNamespace; 2] = [ContentNamespace::Client, ContentNamespace::Server];

fn header(content: ContentNamespace) -> StreamHeader {
    StreamHeader {
        from: Some(
            Jid::new("a'b@example.org/x<y>&\"").unwrap_or_else(|_| Jid::new("a.b").unwrap()),
        ),
        to: Some(Jid::new("example.com").unwrap()),
        id: Some(format!("<{}> & 'id'", content.as_str())),
        version: Some("1.0".into()),
        lang: Some("en".into()),
    }
}

/// A whole stream of one element: written, then read back.
fn there_and_back(element: &Element, content: ContentNamespace) -> Vec<StreamEvent> {
    let stream = [
        write_open(&header(content), content),
        write_element(element, content),
        write_close(),
    ]
    .concat();
    let outcome = read(
        authenticated(content, Limits::server()),
        [stream.as_slice()],
    );
    assert_eq!(outcome.error, None, "{}", String::from_utf8_lossy(&stream));
    outcome.events
}

#[test]
fn headers_survive() {
    for content in BOTH {
        for header in [header(content), StreamHeader::default()] {
            let open = write_open(&header, content);
            let outcome = read(authenticated(content, Limits::client()), [open.as_slice()]);
            assert_eq!(outcome.events, [StreamEvent::Opened(header)]);
        }
    }
    let open = String::from_utf8(write_open(
        &StreamHeader::default(),
        ContentNamespace::Server,
    ));
    assert_eq!(
        open.unwrap(),
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' \
         xmlns:stream='http://etherx.jabber.org/streams' \
         xmlns:db='jabber:server:dialback' version='1.0'>"
    );
}

/// No text can end the peer's stream, whatever is in it.
#[test]
fn forbidden_characters_are_replaced() {
    let mut element = Element::bare("body", ns::CLIENT);
    element.append_text_node("a\0b\u{B}c\u{FFFF}d\u{1F}e\r\n");
    for content in BOTH {
        let events = there_and_back(&element, content);
        let StreamEvent::Element(back) = &events[1] else {
            panic!("{events:?}");
        };
        assert_eq!(back.text(), "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\r\n");
    }
}

/// Names that no peer could send, from a mistake in this program, do not break the stream.
#[test]
fn wrong_names_stay_inside_their_tag() {
    for name in ["", "a b", "</message>", "a'b", "a:b", "1"] {
        let mut element = Element::bare("message", ns::CLIENT);
        element.append_child(Element::bare(name, "u><'&"));
        let events = there_and_back(&element, ContentNamespace::Client);
        assert_eq!(events.len(), 3, "{name:?}");
    }
}

#[test]
fn deep_elements_are_written_on_a_small_stack() {
    let in_small_stack = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(|| {
            let mut element = Element::bare("a", "u");
            for _ in 0..500 {
                let mut parent = Element::bare("a", "u");
                parent.append_child(element);
                element = parent;
            }
            let bytes = write_element(&element, ContentNamespace::Client);
            assert_eq!(
                bytes.len(),
                "<a xmlns='u'>".len() + 499 * 3 + "<a/>".len() + 500 * 4
            );
        });
    in_small_stack.unwrap().join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn elements_survive(element in any_stanza()) {
        for content in BOTH {
            let events = there_and_back(&element, content);
            prop_assert_eq!(events.len(), 3);
            prop_assert_eq!(&events[1], &StreamEvent::Element(element.clone()));
        }
    }

    /// The same through minidom's reader, which knows nothing of our writer's habits.
    #[test]
    fn minidom_reads_what_we_write(element in any_stanza()) {
        let content = ContentNamespace::Client;
        let stream = [
            write_open(&header(content), content),
            write_element(&element, content),
            write_close(),
        ]
        .concat();
        let root = Element::from_reader(stream.as_slice());
        prop_assert!(root.is_ok(), "{}", String::from_utf8_lossy(&stream));
        let root = root.unwrap();
        prop_assert_eq!(root.children().next(), Some(&element));
    }

    #[test]
    fn any_text_survives_or_is_replaced(text in any::<String>()) {
        let mut element = Element::bare("body", ns::CLIENT);
        element.append_text_node(text.as_str());
        let forbidden = |char: char| {
            matches!(char, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
        };
        let expected = text.replace(forbidden, "\u{FFFD}");
        let events = there_and_back(&element, ContentNamespace::Client);
        let StreamEvent::Element(back) = &events[1] else {
            panic!("{events:?}");
        };
        prop_assert_eq!(back.text(), expected);
    }
}

/// First-level elements of some depth, with namespaces that change back and forth.
fn any_stanza() -> impl Strategy<Value = Element> {
    let leaf = any_tag(&[
        "",
        ns::CLIENT,
        ns::STREAM,
        ns::DIALBACK,
        "urn:x",
        "urn:&<'\">",
    ]);
    let tree = leaf.prop_recursive(5, 30, 5, |inner| {
        let tag = any_tag(&["", ns::CLIENT, ns::FORWARD, "urn:x"]);
        (tag, proptest::collection::vec(any_node(inner), 0..5)).prop_map(with_nodes)
    });
    let root = any_tag(&[ns::CLIENT, ns::CLIENT, ns::STREAM, ns::DIALBACK, "urn:x"]);
    (root, proptest::collection::vec(any_node(tree), 0..5)).prop_map(with_nodes)
}

fn any_tag(namespaces: &'static [&'static str]) -> BoxedStrategy<Element> {
    let name = proptest::sample::select(vec!["message", "iq", "x", "body", "ü.-_1"]);
    let attribute = (
        proptest::sample::select(vec!["", ns::XML, "urn:a", "urn:b'"]),
        proptest::sample::select(vec!["id", "lang", "to", "ö"]),
        "[a-z<>&'\"\r\n\t ä🦀]{0,8}",
    );
    let attributes = proptest::collection::vec(attribute, 0..4);
    (name, proptest::sample::select(namespaces), attributes)
        .prop_map(|(name, namespace, attributes)| {
            let mut element = Element::bare(name, namespace);
            for (namespace, name, value) in attributes {
                let name = rxml::NcName::try_from(name).unwrap();
                let namespace = rxml::Namespace::from(namespace.to_owned());
                element.attrs_mut().insert(namespace, name, value);
            }
            element
        })
        .boxed()
}

fn any_node(elements: impl Strategy<Value = Element> + 'static) -> impl Strategy<Value = Node> {
    prop_oneof![
        elements.prop_map(Node::Element),
        "[a-z<>&'\"\r\n\t \\]ä🦀]{1,8}".prop_map(Node::Text),
    ]
}

/// Two texts in a row are one when they are read.
fn with_nodes((mut element, nodes): (Element, Vec<Node>)) -> Element {
    for node in nodes {
        match node {
            Node::Text(text) => element.append_text(text),
            Node::Element(child) => drop(element.append_child(child)),
        }
    }
    element
}
