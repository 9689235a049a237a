//! Restarts after TLS and SASL.

use onym_stream::jid::Jid;
use onym_stream::{ContentNamespace, Limits, StreamEvent, StreamReader, ns};

use crate::CLIENT_HEADER;

#[test]
fn bytes_behind_the_restart_are_the_new_stream() {
    // No byte, white space, or an XML declaration between success and header.
    for between in [
        "",
        " \r\n",
        "<?xml version='1.0'?>",
        "\n<?xml version='1.0'?>\n",
    ] {
        let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
        reader.handle(
            format!(
                "{CLIENT_HEADER}<success xmlns='{}'/>{between}{CLIENT_HEADER}<presence/>",
                ns::SASL
            )
            .as_bytes(),
        );
        assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Opened(_)))));
        let Ok(Some(StreamEvent::Element(success))) = reader.poll() else {
            panic!("no success");
        };
        assert!(success.is("success", ns::SASL));
        reader.authenticated();
        reader.restart();
        assert_ne!(reader.unread(), 0);
        assert!(
            matches!(reader.poll(), Ok(Some(StreamEvent::Opened(_)))),
            "{between:?}"
        );
        assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Element(_)))));
        assert_eq!(reader.poll(), Ok(None));
        assert_eq!(reader.unread(), 0);
    }
}

#[test]
fn nothing_of_the_old_stream_survives() {
    let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
    let header = CLIENT_HEADER.replace("version", "xmlns:old='u' version");
    reader.handle(header.as_bytes());
    reader.handle(b"<old:x/>");
    assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Opened(_)))));
    assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Element(_)))));
    reader.restart();
    reader.handle(CLIENT_HEADER.as_bytes());
    reader.handle(b"<old:x/>");
    assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Opened(_)))));
    assert!(
        reader.poll().is_err(),
        "the prefix of the old header is gone"
    );
}

#[test]
fn a_closed_stream_can_restart_and_without_a_restart_a_header_is_an_element() {
    let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
    reader.handle(CLIENT_HEADER.as_bytes());
    reader.handle(CLIENT_HEADER.as_bytes());
    assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Opened(_)))));
    assert_eq!(
        reader.poll(),
        Ok(None),
        "the second header waits for its end tag"
    );
    reader.handle(b"</stream:stream></stream:stream>");
    assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Element(_)))));
    assert_eq!(reader.poll(), Ok(Some(StreamEvent::Closed)));
    reader.restart();
    reader.handle(CLIENT_HEADER.as_bytes());
    assert!(matches!(reader.poll(), Ok(Some(StreamEvent::Opened(_)))));
}

#[test]
fn the_header_is_read() {
    let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
    reader.handle(
        b"<?xml version='1.0'?><stream:stream from='juliet@im.example.com/balcony' \
          to='im.example.com' id='t7AMCin9zjMNwQKDnplntZPIDEI=' version='1.0' xml:lang='en' \
          lang='de' stream:to='wrong' xmlns='jabber:client' \
          xmlns:stream='http://etherx.jabber.org/streams'>",
    );
    let Ok(Some(StreamEvent::Opened(header))) = reader.poll() else {
        panic!("no header");
    };
    assert_eq!(
        header.from,
        Some(Jid::new("juliet@im.example.com/balcony").unwrap())
    );
    assert_eq!(header.to, Some(Jid::new("im.example.com").unwrap()));
    assert_eq!(header.id.as_deref(), Some("t7AMCin9zjMNwQKDnplntZPIDEI="));
    assert_eq!(header.version.as_deref(), Some("1.0"));
    assert_eq!(header.lang.as_deref(), Some("en"));

    let mut old = StreamReader::new(ContentNamespace::Client, Limits::client());
    old.handle(CLIENT_HEADER.replace("version='1.0'", "").as_bytes());
    let Ok(Some(StreamEvent::Opened(header))) = old.poll() else {
        panic!("no header");
    };
    assert_eq!(
        header.version, None,
        "a peer from before XMPP 1.0 is for the caller to judge"
    );
}
