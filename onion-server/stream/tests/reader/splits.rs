//! Where the bytes are cut must not matter.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::recorded::RECORDINGS;
use crate::{CLIENT_HEADER, client_reader, read};

/// A debug build is some twenty times slower and tries every 23rd place; the step is prime, so
/// that the places wander through the markup.
const STEP: usize = if cfg!(debug_assertions) { 23 } else { 1 };

/// Short streams in which the reader has most to remember across a cut: markup of every kind,
/// characters of several bytes, references, and errors of every kind.
const TRICKY: [&str; 14] = [
    "<a xmlns='x' b='&amp;&#x41;&#228;ä🦀'>ä🦀&lt;&#xe4;\r\n\r]]&gt;]]<![CDATA[<x>]]]]><b/></a>",
    "<message><body>]]</body>\n \t<c:x xmlns:c='u'><c:y c:z='1'/></c:x></message> <presence/>",
    "  \r\n \u{20}<presence  to = 'a@b/c'\n\t/>\n</stream:stream\n>trailing < & garbage",
    "<iq a='1' a='2'/>",
    "<iq><!-- comment --></iq>",
    "<iq><?pi x?></iq>",
    "<iq>&unknown;</iq>",
    "<iq>]]></iq>",
    "<iq></qi>",
    "<!DOCTYPE x>",
    "<x:iq/>",
    "text<iq/>",
    "<iq xmlns='jabber:server'/>",
    "</stream:streams>",
];

#[test]
fn every_cut_into_two() {
    for recording in &RECORDINGS {
        let whole = read(recording.reader(), [recording.bytes]);
        for at in (0..recording.bytes.len()).step_by(STEP) {
            let (head, tail) = recording.bytes.split_at(at);
            let cut = read(recording.reader(), [head, tail]);
            assert_eq!(cut, whole, "{} cut at byte {at}", recording.name);
        }
    }
}

#[test]
fn every_cut_of_tricky_streams_into_two_and_into_bytes() {
    for xml in TRICKY {
        let stream = format!("{CLIENT_HEADER}{xml}");
        let bytes = stream.as_bytes();
        let whole = read(client_reader(), [bytes]);
        for at in 0..bytes.len() {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(
                read(client_reader(), [head, tail]),
                whole,
                "{xml} cut at {at}"
            );
        }
        assert_eq!(
            read(client_reader(), bytes.chunks(1)),
            whole,
            "{xml} byte by byte"
        );
    }
}

#[test]
fn byte_by_byte() {
    for recording in &RECORDINGS {
        let whole = read(recording.reader(), [recording.bytes]);
        let bytes = read(recording.reader(), recording.bytes.chunks(1));
        assert_eq!(bytes, whole, "{}", recording.name);
    }
}

#[test]
fn a_stream_that_ends_anywhere_gives_a_prefix_of_its_events() {
    for recording in &RECORDINGS {
        let whole = read(recording.reader(), [recording.bytes]);
        for end in (0..recording.bytes.len()).step_by(STEP) {
            let cut = read(recording.reader(), [recording.bytes.get(..end).unwrap()]);
            assert_eq!(cut.error, None, "{} ends at byte {end}", recording.name);
            assert!(
                whole.events.starts_with(&cut.events),
                "{} ends at byte {end}",
                recording.name
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_cuts(
        which in any::<Index>(),
        cuts in proptest::collection::vec(any::<Index>(), 0..40),
    ) {
        let recording = which.get(&RECORDINGS);
        let whole = read(recording.reader(), [recording.bytes]);
        let pieces = pieces(recording.bytes, &cuts);
        prop_assert_eq!(read(recording.reader(), pieces), whole);
    }

    /// Also streams that are damaged somewhere: the same events, and the same error.
    #[test]
    fn random_cuts_of_damaged_streams(
        which in any::<Index>(),
        damage in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4),
        cuts in proptest::collection::vec(any::<Index>(), 0..40),
    ) {
        let recording = which.get(&RECORDINGS);
        let mut bytes = recording.bytes.to_vec();
        for (at, byte) in &damage {
            *at.get_mut(&mut bytes) = *byte;
        }
        let whole = read(recording.reader(), [bytes.as_slice()]);
        prop_assert_eq!(read(recording.reader(), pieces(&bytes, &cuts)), whole);
    }

    #[test]
    fn random_bytes(
        bytes in proptest::collection::vec(any::<u8>(), 0..500),
        cuts in proptest::collection::vec(any::<Index>(), 0..10),
    ) {
        let after_header = [CLIENT_HEADER.as_bytes(), &bytes].concat();
        for bytes in [&bytes, &after_header] {
            let whole = read(client_reader(), [bytes.as_slice()]);
            prop_assert_eq!(read(client_reader(), pieces(bytes, &cuts)), whole);
        }
    }

    /// Bytes that look more like XML reach further into the reader.
    #[test]
    fn random_markup(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60),
        cuts in proptest::collection::vec(any::<Index>(), 0..10),
    ) {
        let stream = format!("{CLIENT_HEADER}{}", words.concat());
        let whole = read(client_reader(), [stream.as_bytes()]);
        prop_assert_eq!(read(client_reader(), pieces(stream.as_bytes(), &cuts)), whole);
    }
}

const WORDS: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "a",
    "b:",
    "<a>",
    "</a>",
    "<b:a>",
    "</b:a>",
    "<a/>",
    " ",
    "\n",
    "\r",
    "=",
    "'",
    "\"",
    " c='",
    " xmlns='",
    " xmlns:b='",
    " xml:lang='",
    "urn:x'",
    "'>",
    "&",
    "&amp;",
    "&#",
    "&#x",
    "41;",
    ";",
    "]]>",
    "]]",
    "<![CDATA[",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<!",
    "ä",
    "🦀",
    "\u{FFFE}",
    "\0",
    "x",
    "message",
    "<message>",
    "</message>",
    "</stream:stream>",
];

fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for cut in cuts {
        let consumed = bytes.len() - rest.len();
        let (piece, after) = rest.split_at(cut - consumed);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
