//! Streams that end with an error, and with which.

use onym_stream::Condition::{self, *};
use onym_stream::{ContentNamespace, Limits, ReadError, StreamReader, TooLarge};

use crate::{CLIENT_HEADER, SERVER_HEADER, authenticated, client_reader, read, read_error};

const STREAMS: &str = "xmlns:stream='http://etherx.jabber.org/streams'";

#[test]
fn after_the_header() {
    let long_name = "n".repeat(70_000);
    let table: &[(&str, Condition)] = &[
        // RFC 6120, section 11.1: restricted XML.
        ("<!-- comment -->", RestrictedXml),
        ("<message><!-- comment --></message>", RestrictedXml),
        ("<?target data?>", RestrictedXml),
        ("<message><?target data?></message>", RestrictedXml),
        ("<?xml version='1.0'?>", RestrictedXml),
        ("<!DOCTYPE x>", RestrictedXml),
        ("<message><!ENTITY a 'b'></message>", RestrictedXml),
        ("<message>&nbsp;</message>", RestrictedXml),
        ("<message a='&nbsp;'/>", RestrictedXml),
        // XML 1.0.
        ("<message></presence>", NotWellFormed),
        ("<message a='1' a='2'/>", NotWellFormed),
        ("<message a=1/>", NotWellFormed),
        ("<message a/>", NotWellFormed),
        ("<message a='1'b='2'/>", NotWellFormed),
        ("<message a='<'/>", NotWellFormed),
        ("<message>]]></message>", NotWellFormed),
        ("<message>&#0;</message>", NotWellFormed),
        ("<message>&#xFFFF;</message>", NotWellFormed),
        ("<message>&#xD800;</message>", NotWellFormed),
        ("<message>&#x110000;</message>", NotWellFormed),
        ("<message>&;</message>", NotWellFormed),
        ("<message>& </message>", NotWellFormed),
        ("<message>\u{1}</message>", NotWellFormed),
        ("<message>\u{FFFE}</message>", NotWellFormed),
        ("<message>\0</message>", NotWellFormed),
        ("<1message/>", NotWellFormed),
        ("< message/>", NotWellFormed),
        ("<message/ >", NotWellFormed),
        ("<![CDAT[x]]>", NotWellFormed),
        // Namespaces in XML 1.0.
        ("<x:message/>", NotWellFormed),
        ("<message x:a='1'/>", NotWellFormed),
        ("<a:b:c xmlns:a='u'/>", NotWellFormed),
        ("<:message/>", NotWellFormed),
        ("<message: />", NotWellFormed),
        ("<message xmlns='a' xmlns='b'/>", NotWellFormed),
        (
            "<message xmlns='jabber:client' xmlns='jabber:client'/>",
            NotWellFormed,
        ),
        ("<message xmlns:a='u' xmlns:a='v'/>", NotWellFormed),
        (
            "<message xmlns:a='u' xmlns:b='u' a:c='1' b:c='2'/>",
            NotWellFormed,
        ),
        ("<message xmlns:a=''/>", NotWellFormed),
        ("<message xmlns:xml='u'/>", NotWellFormed),
        ("<message xmlns:xmlns='u'/>", NotWellFormed),
        (
            "<message xmlns:a='http://www.w3.org/XML/1998/namespace'/>",
            NotWellFormed,
        ),
        (
            "<message xmlns='http://www.w3.org/2000/xmlns/'/>",
            NotWellFormed,
        ),
        (
            "<message xmlns:a='http://www.w3.org/2000/xmlns/'/>",
            NotWellFormed,
        ),
        // A prefix of the stanza before is gone; the prefix of a child does not reach its parent.
        ("<iq xmlns:a='u'/><a:iq/>", NotWellFormed),
        ("<a:iq><b xmlns:a='u'/></a:iq>", NotWellFormed),
        // Between stanzas.
        ("text", BadFormat),
        ("<iq/>.", BadFormat),
        ("&#65;", BadFormat),
        ("<![CDATA[x]]>", BadFormat),
        // The content namespace.
        ("<message xmlns='jabber:server'/>", InvalidNamespace),
        ("<s:message xmlns:s='jabber:server'/>", InvalidNamespace),
        ("<anything xmlns='jabber:server'/>", InvalidNamespace),
        ("<message xmlns=''/>", InvalidNamespace),
        (&long_name, BadFormat),
    ];
    for (xml, condition) in table {
        // What is wrong shows at the latest with the next markup.
        let stream = format!("{CLIENT_HEADER}{xml}<next/>");
        let (error, _) = read_error(stream.as_bytes());
        assert_eq!(error.condition(), *condition, "{xml:.60}: {error}");
        let element = error.to_stream_error().to_element();
        assert_eq!(element.text(), "", "a stream error has elements only");
    }
}

#[test]
fn broken_encodings() {
    let table: &[&[u8]] = &[
        b"<message>\xFF</message>",
        b"<message>\xC0\x80</message>",
        b"<message>\xED\xA0\x80</message>",
        b"<message>\xF4\x90\x80\x80</message>",
        b"<message>\xE2\x82</message>",
        b"<message>\x80</message>",
        b"<message a='\xFE'/>",
        b"<m\xFFssage/>",
        b"<message b\xFF='x'/>",
        b"<message><![CDATA[\xFF]]></message>",
        "<message>Grüße</message>".as_bytes().split_at(12).0,
    ];
    for bytes in table {
        let stream = [CLIENT_HEADER.as_bytes(), bytes, b"<next/>"].concat();
        let (error, _) = read_error(&stream);
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(error.condition(), UnsupportedEncoding, "{shown}: {error}");
    }
}

#[test]
fn headers() {
    let table: &[(String, Condition)] = &[
        ("<stream xmlns='jabber:client'>".into(), InvalidNamespace),
        (
            "<stream:stream xmlns='jabber:client'>".into(),
            NotWellFormed,
        ),
        (
            "<stream:stream xmlns='jabber:client' xmlns:stream='x'>".into(),
            InvalidNamespace,
        ),
        (
            format!("<stream:stream xmlns='jabber:server' {STREAMS}>"),
            InvalidNamespace,
        ),
        (
            format!("<stream:stream xmlns='' {STREAMS}>"),
            InvalidNamespace,
        ),
        (
            format!("<stream:stream xmlns='jabber:component:accept' {STREAMS}>"),
            InvalidNamespace,
        ),
        (
            format!("<stream:features xmlns='jabber:client' {STREAMS}>"),
            BadFormat,
        ),
        (
            format!("<stream:stream {STREAMS} version='2.0'>"),
            UnsupportedVersion,
        ),
        (
            format!("<stream:stream {STREAMS} version='0.9'>"),
            UnsupportedVersion,
        ),
        (
            format!("<stream:stream {STREAMS} version=''>"),
            UnsupportedVersion,
        ),
        (
            format!("<stream:stream {STREAMS} version='one'>"),
            UnsupportedVersion,
        ),
        (
            format!("<stream:stream {STREAMS} to='a@b@c/@'>"),
            ImproperAddressing,
        ),
        (
            format!("<stream:stream {STREAMS} to=''>"),
            ImproperAddressing,
        ),
        (format!("<stream:stream {STREAMS} from='@'>"), InvalidFrom),
        (
            format!("<stream:stream {STREAMS} to='b' to='b'>"),
            NotWellFormed,
        ),
    ];
    for (header, condition) in table {
        refuses_header(header.as_bytes(), *condition);
    }
}

#[test]
fn what_is_no_header() {
    for (start, condition) in [
        ("hello", NotWellFormed),
        ("GET / HTTP/1.1\r\n", NotWellFormed),
        ("<?xml version='1.1'?>", RestrictedXml),
        (
            "<?xml version='1.0' encoding='UTF-16'?>",
            UnsupportedEncoding,
        ),
        (
            "<?xml version='1.0' encoding='utf-8' standalone='no'?>",
            RestrictedXml,
        ),
        ("<!DOCTYPE lolz [<!ENTITY lol 'lol'>", RestrictedXml),
        (
            "<?xml version='1.0'?><!DOCTYPE stream SYSTEM 'file:///etc/passwd'>",
            RestrictedXml,
        ),
        (
            "<?xml version='1.0'?><?xml-stylesheet href='x'?>",
            RestrictedXml,
        ),
        ("<!-- hi --><stream:stream>", RestrictedXml),
        (" <?xml version='1.0'?><?xml version='1.0'?>", RestrictedXml),
    ] {
        refuses_header(start.as_bytes(), condition);
    }
    for (bytes, condition) in [
        (&b"\x16\x03\x01\x02\x00\x01\x00"[..], NotWellFormed),
        (b"\xFF\xFE<\0s\0", UnsupportedEncoding),
        (b"\xFE\xFF\0<\0s", UnsupportedEncoding),
        (b"<\0s\0t\0r\0", NotWellFormed),
    ] {
        refuses_header(bytes, condition);
    }
}

fn refuses_header(bytes: &[u8], condition: Condition) {
    let (error, events) = read_error(bytes);
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(error.condition(), condition, "{shown}: {error}");
    assert_eq!(events, 0, "{shown}");
}

/// RFC 6120, section 4.8: what a header may look like besides the usual.
#[test]
fn unusual_headers_are_read() {
    for header in [
        "<stream xmlns='http://etherx.jabber.org/streams'><message xmlns='jabber:client'/>",
        "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client'><message/>",
        "<s:stream xmlns:s='http://etherx.jabber.org/streams'><message xmlns='jabber:client'/>",
        "\n<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n\
         <s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' \
         xmlns:x='y' x:unknown='1' other='2'>\n<message/>",
    ] {
        let outcome = read(client_reader(), [header.as_bytes()]);
        assert_eq!(outcome.error, None, "{header}");
        assert_eq!(outcome.elements().len(), 1, "{header}");
    }
}

#[test]
fn the_wrong_stanza_on_a_server_stream() {
    for xml in [
        "<message xmlns='jabber:client'/>",
        "<c:iq xmlns:c='jabber:client'/>",
    ] {
        let reader = authenticated(ContentNamespace::Server, Limits::server());
        let stream = format!("{SERVER_HEADER}{xml}");
        let outcome = read(reader, [stream.as_bytes()]);
        assert_eq!(
            outcome.error,
            Some(ReadError::WrongContentNamespace),
            "{xml}"
        );
    }
}

/// 28 kB of nested tags, on a small stack: refused at the limit, long before it is all read.
#[test]
fn nested_tags() {
    let in_small_stack = std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(|| {
            let nested = format!("{CLIENT_HEADER}<message>{}", "<a><b>".repeat(4_000));
            let (error, events) = read_error(nested.as_bytes());
            assert_eq!(error, TooLarge::Depth(64).into());
            assert_eq!(events, 1);

            // The deepest stanza that passes can be dropped, cloned, compared and shown.
            let deepest = format!(
                "{CLIENT_HEADER}<message>{}{}</message>",
                "<a>".repeat(63),
                "</a>".repeat(63)
            );
            let outcome = read(client_reader(), [deepest.as_bytes()]);
            let element = outcome.elements()[0].clone();
            assert_eq!(format!("{element:?}").matches("\"a\"").count(), 63);
            assert_eq!(outcome.elements()[0], &element);
        });
    in_small_stack.unwrap().join().unwrap();
}

/// 100 MB in one attribute, name, text, tag or comment: refused after at most one stanza's bytes.
#[test]
fn endless_tokens() {
    let chunk = vec![b'x'; 4096];
    let spaces = vec![b' '; 4096];
    for (start, chunk) in [
        ("<message a='", &chunk),
        ("<message ", &chunk),
        ("<", &chunk),
        ("</", &chunk),
        ("<message><body>", &chunk),
        ("<message><body><![CDATA[", &chunk),
        ("<message ", &spaces),
        ("<message a", &spaces),
        ("<message></message", &spaces),
        ("<message>&", &chunk),
    ] {
        let mut reader = client_reader();
        reader.handle(CLIENT_HEADER.as_bytes());
        reader.handle(start.as_bytes());
        let mut fed = 0;
        let mut error = None;
        while fed < 100_000_000 && error.is_none() {
            error = loop {
                match reader.poll() {
                    Ok(Some(_)) => {}
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            reader.handle(chunk);
            fed += chunk.len();
        }
        assert!(error.is_some(), "{start}");
        assert!(
            fed <= Limits::client().max_stanza_bytes + 3 * 4096,
            "{start}: {fed} bytes"
        );
        assert_eq!(reader.unread(), 0, "a failed reader keeps nothing");
    }
}

/// An entity bomb has no declarations to grow from; the predefined entities do not grow.
#[test]
fn entity_bomb() {
    let bomb = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>\
                <!ENTITY lol1 '&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;'>]>";
    let (error, events) = read_error(bomb.as_bytes());
    assert_eq!((error.condition(), events), (RestrictedXml, 0));

    let element = crate::read_one(&format!(
        "<a>{}</a>",
        "&amp;&lt;&gt;&apos;&quot;".repeat(1000)
    ));
    assert_eq!(element.text(), "&<>'\"".repeat(1000));
}

#[test]
fn nothing_follows_an_error_or_the_end() {
    let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
    reader.handle(b"nonsense");
    let error = reader.poll().unwrap_err();
    reader.restart();
    reader.authenticated();
    reader.handle(CLIENT_HEADER.as_bytes());
    assert_eq!(reader.poll(), Err(error));
    assert_eq!(reader.unread(), 0);

    let stream = format!("{CLIENT_HEADER}</stream:stream><message/>&nonsense");
    let outcome = read(client_reader(), [stream.as_bytes(), b"<more/>"]);
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.events.len(), 2);
}
