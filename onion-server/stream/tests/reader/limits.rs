//! Every limit includes its last value and excludes the next, wherever the bytes are cut.

use onym_stream::{ContentNamespace, Limits, ReadError, StreamReader, TooLarge};

use crate::{CLIENT_HEADER, Outcome, authenticated, read};

/// Small limits, so that a table can cross each.
const SMALL: Limits = Limits {
    max_depth: 3,
    max_stanza_bytes: 300,
    max_children_per_stanza: 5,
    max_attributes_per_element: 4,
    max_attribute_bytes: 100,
    max_unauthenticated_bytes: 400,
};

/// Reads a stream in a reader with small limits: whole, byte by byte and in sevens.
fn read_small(xml: &str) -> Outcome {
    let stream = format!("{CLIENT_HEADER}{xml}");
    let reader = || authenticated(ContentNamespace::Client, SMALL);
    let whole = read(reader(), [stream.as_bytes()]);
    for size in [1, 7] {
        assert_eq!(
            read(reader(), stream.as_bytes().chunks(size)),
            whole,
            "{xml}"
        );
    }
    whole
}

fn passes(xml: &str) {
    assert_eq!(read_small(xml).error, None, "{xml}");
}

fn fails(xml: &str, limit: TooLarge) {
    assert_eq!(read_small(xml).error, Some(limit.into()), "{xml}");
}

#[test]
fn depth() {
    passes("<a xmlns='u'><b><c/></b></a><a xmlns='u'><b><c/></b></a>");
    fails("<a xmlns='u'><b><c><d/></c></b></a>", TooLarge::Depth(3));
    // Refused before the tag ends.
    fails("<a xmlns='u'><b><c><d ", TooLarge::Depth(3));
}

#[test]
fn children_on_all_levels_together() {
    passes("<a><b/><c/><d/><e/><f/></a><a><b/><c/><d/><e/><f/></a>");
    fails("<a><b/><c/><d/><e/><f/><g/></a>", TooLarge::Children(5));
    fails("<a><b><c/><d/><e/></b><f/><g/></a>", TooLarge::Children(5));
}

#[test]
fn attributes_and_declarations_together() {
    passes("<a b='' c='' d='' e=''/>");
    passes("<a b='' c='' xmlns:d='u' xmlns='v'/>");
    fails("<a b='' c='' d='' e='' f=''/>", TooLarge::Attributes(4));
    fails(
        "<a b='' c='' d='' xmlns:e='u' xmlns='v'/>",
        TooLarge::Attributes(4),
    );
    // Refused before the tag ends.
    fails("<a b='' c='' d='' e='' f='' ", TooLarge::Attributes(4));
}

#[test]
fn bytes_of_names_and_attributes() {
    let long = |bytes: usize| "x".repeat(bytes);
    passes(&format!("<a b='{}'/>", long(100)));
    fails(&format!("<a b='{}'/>", long(101)), TooLarge::Attribute(100));
    passes(&format!("<a {}=''/>", long(100)));
    fails(&format!("<a {}=''/>", long(101)), TooLarge::Attribute(100));
    passes(&format!("<{}/>", long(100)));
    fails(&format!("<{}/>", long(101)), TooLarge::Attribute(100));
    // References count as what they stand for.
    passes(&format!("<a b='{}'/>", "&amp;".repeat(50)));
    // Text is no attribute, and is cut nowhere.
    let outcome = read_small(&format!("<a>{}</a>", "xäy".repeat(60)));
    assert_eq!(outcome.elements()[0].text(), "xäy".repeat(60));
}

#[test]
fn bytes_of_a_stanza_from_its_first_to_its_last() {
    let stanza = |bytes: usize| format!("<a>{}</a>", "x".repeat(bytes - 7));
    let empty = |bytes: usize| format!("<a b='{}'{}/>", "x".repeat(90), " ".repeat(bytes - 99));
    for make in [&stanza as &dyn Fn(usize) -> String, &empty] {
        assert_eq!(make(300).len(), 300);
        passes(&format!("{0} {0}\n\n\n{0}", make(300)));
        fails(&make(301), TooLarge::Stanza(300));
    }
    // White space between stanzas belongs to none of them.
    passes(&format!("{}{}", " ".repeat(1000), stanza(300)));
    // Whatever stands behind the last byte that is allowed is not even looked at.
    let mut broken = stanza(296);
    broken.truncate(292);
    fails(
        &format!("{broken}xxxxxxxx\0&nonsense"),
        TooLarge::Stanza(300),
    );
}

#[test]
fn bytes_of_the_header() {
    let header = |bytes: usize| {
        let start = "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'";
        let padding = " ".repeat(bytes - start.len() - 1);
        format!("{start}{padding}>")
    };
    for (bytes, error) in [
        (400, None),
        (401, Some(ReadError::TooLarge(TooLarge::Header(400)))),
    ] {
        let stream = header(bytes);
        assert_eq!(stream.len(), bytes);
        for size in [1, 7, 1000] {
            let reader = authenticated(ContentNamespace::Client, SMALL);
            let outcome = read(reader, stream.as_bytes().chunks(size));
            assert_eq!(outcome.error, error);
        }
    }
}

#[test]
fn bytes_before_authentication_over_stanzas_and_white_space() {
    let filler = |bytes: usize| {
        let mut stream = CLIENT_HEADER.to_owned();
        while stream.len() + 10 <= bytes {
            stream.push_str("<a b=''/> ");
        }
        stream.push_str(&" ".repeat(bytes - stream.len()));
        stream
    };
    for (bytes, error) in [
        (400, None),
        (
            401,
            Some(ReadError::TooLarge(TooLarge::Unauthenticated(400))),
        ),
    ] {
        let stream = filler(bytes);
        assert_eq!(stream.len(), bytes);
        for size in [1, 7, 1000] {
            let reader = StreamReader::new(ContentNamespace::Client, SMALL);
            let outcome = read(reader, stream.as_bytes().chunks(size));
            assert_eq!(outcome.error, error);
        }
        let reader = authenticated(ContentNamespace::Client, SMALL);
        assert_eq!(read(reader, [stream.as_bytes()]).error, None);
    }
}

#[test]
fn white_space_before_a_header_counts_too() {
    let reader = StreamReader::new(ContentNamespace::Client, SMALL);
    let outcome = read(reader, [&[b' '; 400][..], b" "]);
    assert_eq!(outcome.error, Some(TooLarge::Unauthenticated(400).into()));
}

/// A restart does not give an unauthenticated peer more.
#[test]
fn bytes_before_authentication_over_restarts() {
    let mut reader = StreamReader::new(ContentNamespace::Client, SMALL);
    let mut restarts = 0;
    let error = loop {
        reader.handle(CLIENT_HEADER.as_bytes());
        match reader.poll() {
            Ok(_) => {
                restarts += 1;
                reader.restart();
            }
            Err(error) => break error,
        }
        assert!(restarts < 100);
    };
    assert_eq!(error, TooLarge::Unauthenticated(400).into());
    assert_eq!(restarts, 400 / CLIENT_HEADER.len());
}

/// One long namespace name is inherited by many elements, each of which has its own copy.
#[test]
fn namespace_names_do_not_multiply() {
    let limits = Limits::client();
    let long = "u".repeat(257);
    for xml in [
        format!("<a xmlns='{long}'/>"),
        format!("<a xmlns:b='{long}'/>"),
    ] {
        let stream = format!("{CLIENT_HEADER}{xml}");
        let outcome = read(
            authenticated(ContentNamespace::Client, limits),
            [stream.as_bytes()],
        );
        assert_eq!(outcome.error, Some(TooLarge::Namespace(256).into()));
    }
    // Looking up a prefix among ever more declarations would be slow.
    let mut nested = CLIENT_HEADER.to_owned();
    for level in 0..60 {
        nested.push_str("<a");
        for prefix in 0..60 {
            nested.push_str(&format!(" xmlns:p{level}-{prefix}='u'"));
        }
        nested.push('>');
    }
    let outcome = read(
        authenticated(ContentNamespace::Client, limits),
        [nested.as_bytes()],
    );
    assert_eq!(outcome.error, Some(TooLarge::Declarations(256).into()));
}

#[test]
fn the_defaults_pass_what_prosody_passes() {
    for (content, limits, bytes) in [
        (ContentNamespace::Client, Limits::client(), 262_144),
        (ContentNamespace::Server, Limits::server(), 524_288),
    ] {
        let stanza = |bytes: usize| format!("<a xmlns='u'>{}</a>", "x".repeat(bytes - 17));
        let header = CLIENT_HEADER.replace("jabber:client", content.as_str());
        for (bytes, error) in [
            (bytes, None),
            (
                bytes + 1,
                Some(ReadError::TooLarge(TooLarge::Stanza(bytes))),
            ),
        ] {
            let stream = format!("{header}{}", stanza(bytes));
            let outcome = read(authenticated(content, limits), [stream.as_bytes()]);
            assert_eq!(outcome.error, error);
        }
        let many = format!("{header}<a xmlns='u'>{}</a>", "<b/>".repeat(25_000));
        let outcome = read(authenticated(content, limits), [many.as_bytes()]);
        assert_eq!(outcome.error, None);
    }
}
