//! A stream reader seen from outside: recorded streams, hostile streams, limits and round trips.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a test stops at what it did not expect"
)]

mod content_namespace;
mod hostile;
mod limits;
mod recorded;
mod restart;
mod round_trip;
mod splits;

use onym_stream::{ContentNamespace, Element, Limits, ReadError, StreamEvent, StreamReader, ns};

/// The header of a client's stream, without an XML declaration.
const CLIENT_HEADER: &str = "<stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
/// The header of a server's stream.
const SERVER_HEADER: &str = "<stream:stream xmlns='jabber:server' \
     xmlns:stream='http://etherx.jabber.org/streams' \
     xmlns:db='jabber:server:dialback' version='1.0'>";

/// Everything that a reader said about some bytes.
#[derive(Debug, PartialEq)]
struct Outcome {
    events: Vec<StreamEvent>,
    error: Option<ReadError>,
}

impl Outcome {
    fn elements(&self) -> Vec<&Element> {
        self.events
            .iter()
            .filter_map(|event| match event {
                StreamEvent::Element(element) => Some(element),
                StreamEvent::Opened(_) | StreamEvent::Closed => None,
            })
            .collect()
    }
}

fn client_reader() -> StreamReader {
    authenticated(ContentNamespace::Client, Limits::client())
}

fn authenticated(content: ContentNamespace, limits: Limits) -> StreamReader {
    let mut reader = StreamReader::new(content, limits);
    reader.authenticated();
    reader
}

/// Feeds pieces one after the other, each as soon as the one before is read. Where SASL ends it
/// does what a driver does: it authenticates the peer and restarts the stream.
fn read<'a>(mut reader: StreamReader, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut events = Vec::new();
    for piece in pieces {
        reader.handle(piece);
        loop {
            match reader.poll() {
                Ok(Some(event)) => {
                    if ends_sasl(&event) {
                        reader.authenticated();
                        reader.restart();
                    }
                    events.push(event);
                }
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(reader.poll(), Err(error), "an error stays");
                    let error = Some(error);
                    return Outcome { events, error };
                }
            }
        }
        assert_eq!(reader.unread(), 0, "the reader leaves nothing behind");
    }
    let error = None;
    Outcome { events, error }
}

/// In the recordings the client's second SCRAM message or the server's success is the last.
fn ends_sasl(event: &StreamEvent) -> bool {
    matches!(event, StreamEvent::Element(element)
        if element.is("response", ns::SASL) || element.is("success", ns::SASL))
}

/// One element in a client's stream.
fn read_one(xml: &str) -> Element {
    let bytes = format!("{CLIENT_HEADER}{xml}");
    let outcome = read(client_reader(), [bytes.as_bytes()]);
    assert_eq!(outcome.error, None, "{xml}");
    match outcome.elements().as_slice() {
        [element] => (*element).clone(),
        other => panic!("{xml} gives {other:?}"),
    }
}

/// The error of a stream in a client's reader, and how many events came before it.
fn read_error(bytes: &[u8]) -> (ReadError, usize) {
    let outcome = read(client_reader(), [bytes]);
    let error = outcome.error.unwrap_or_else(|| {
        panic!(
            "{} is read as {:?}",
            String::from_utf8_lossy(bytes),
            outcome.events
        )
    });
    (error, outcome.events.len())
}
