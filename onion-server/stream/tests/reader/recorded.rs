//! Streams of programs that others wrote, compared with another parser's view of them.

use onym_stream::{ContentNamespace, Element, Limits, Node, StreamEvent, StreamReader, ns};

use crate::{Outcome, read};

pub(crate) struct Recording {
    pub(crate) name: &'static str,
    pub(crate) content: ContentNamespace,
    pub(crate) bytes: &'static [u8],
    /// First-level elements, over all restarts.
    elements: usize,
    /// Stream headers.
    headers: usize,
    /// Whether it ends with the end tag.
    is_closed: bool,
}

macro_rules! recording {
    ($name:literal, $content:ident, $elements:literal, $headers:literal, $is_closed:literal) => {
        Recording {
            name: $name,
            content: ContentNamespace::$content,
            bytes: include_bytes!(concat!("../streams/", $name, ".xml")),
            elements: $elements,
            headers: $headers,
            is_closed: $is_closed,
        }
    };
}

pub(crate) const RECORDINGS: [Recording; 7] = [
    recording!("c2s-profanity", Client, 66, 2, true),
    recording!("c2s-prosody-to-profanity", Client, 82, 2, true),
    recording!("c2s-slixmpp", Client, 42, 2, true),
    recording!("c2s-prosody-to-slixmpp", Client, 54, 2, true),
    recording!("s2s-prosody-to-prosody", Server, 22, 1, true),
    recording!("s2s-prosody-answers", Server, 3, 1, false),
    recording!("s2s-prosody-back", Server, 26, 1, false),
];

impl Recording {
    pub(crate) fn reader(&self) -> StreamReader {
        let limits = match self.content {
            ContentNamespace::Client => Limits::client(),
            ContentNamespace::Server => Limits::server(),
        };
        StreamReader::new(self.content, limits)
    }
}

#[test]
fn every_recording_is_read_whole() {
    for recording in &RECORDINGS {
        let outcome = read(recording.reader(), [recording.bytes]);
        let name = recording.name;
        assert_eq!(outcome.error, None, "{name}");
        let opened = |event: &&StreamEvent| matches!(event, StreamEvent::Opened(_));
        let headers = outcome.events.iter().filter(opened).count();
        let is_closed = outcome.events.last() == Some(&StreamEvent::Closed);
        assert_eq!(
            (outcome.elements().len(), headers, is_closed),
            (recording.elements, recording.headers, recording.is_closed),
            "{name}"
        );
    }
}

/// minidom's own reader is another implementation of namespaces and of the tree.
#[test]
fn the_elements_are_those_that_minidom_reads() {
    for recording in &RECORDINGS {
        let outcome = read(recording.reader(), [recording.bytes]);
        let mut expected = Vec::new();
        for document in documents(recording) {
            let root: Element = document.parse().unwrap();
            assert!(root.is("stream", ns::STREAM));
            expected.extend(root.children().cloned());
        }
        let expected: Vec<Element> = expected
            .into_iter()
            .map(|element| match recording.content {
                ContentNamespace::Client => element,
                ContentNamespace::Server => in_client_namespace(element),
            })
            .collect();
        let read: Vec<Element> = outcome.elements().into_iter().cloned().collect();
        assert_eq!(read.len(), expected.len(), "{}", recording.name);
        for (read, expected) in read.iter().zip(&expected) {
            assert_eq!(read, expected, "{}", recording.name);
        }
    }
}

#[test]
fn what_people_wrote_arrives() {
    let bodies = |name: &str| -> Vec<String> {
        let recording = RECORDINGS.iter().find(|it| it.name == name).unwrap();
        let outcome: Outcome = read(recording.reader(), [recording.bytes]);
        let body = |element: &&Element| element.get_child("body", ns::CLIENT).map(Element::text);
        outcome.elements().iter().filter_map(body).collect()
    };
    let from_romeo = [
        "But soft, what light through yonder window breaks?",
        "It is the east, & Juliet is the <sun>! ☀",
    ];
    assert_eq!(bodies("c2s-profanity").get(..2).unwrap(), from_romeo);
    assert_eq!(
        bodies("s2s-prosody-to-prosody").get(..2).unwrap(),
        from_romeo
    );
    assert!(bodies("c2s-prosody-to-profanity").contains(&"multi\nline\n\ttext ]]> end".into()));
    assert!(bodies("s2s-prosody-back").contains(&"emoji 🌹🦀 and ﷽ and e\u{301}".into()));
}

/// The documents of a recording; the last one gets an end tag if it has none, the others are cut
/// where the next begins.
fn documents(recording: &Recording) -> Vec<String> {
    let text = std::str::from_utf8(recording.bytes).unwrap();
    let mut starts: Vec<usize> = text
        .match_indices("<stream:stream")
        .map(|(at, _)| at)
        .collect();
    starts.push(text.len());
    starts
        .windows(2)
        .map(|window| {
            let document = text.get(window[0]..window[1]).unwrap();
            let document = document.split("<?xml").next().unwrap();
            let document = document
                .strip_suffix("</stream:stream>")
                .unwrap_or(document);
            format!("{document}</stream:stream>")
        })
        .collect()
}

/// What the reader of a server stream does, written once more and by recursion.
fn in_client_namespace(element: Element) -> Element {
    if !element.has_ns(ns::SERVER) {
        return element;
    }
    let mut renamed = Element::bare(element.name(), ns::CLIENT);
    *renamed.attrs_mut() = element.attrs().clone();
    for node in element.nodes() {
        renamed.append_node(match node {
            Node::Element(child) => Node::Element(in_client_namespace(child.clone())),
            Node::Text(text) => Node::Text(text.clone()),
        });
    }
    renamed
}
