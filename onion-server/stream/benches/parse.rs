//! How fast stanzas are read: our reader beside `tokio-xmpp` and libexpat, on the same streams, in
//! one run. `cargo bench -p onym-stream`.
//!
//! Each figure is the best of several rounds, the rounds of all parsers taking turns, so that
//! another load on the machine hits all of them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for people that stops at what it did not expect"
)]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures::StreamExt;
use onym_stream::{ContentNamespace, Element, Limits, StreamEvent, StreamReader, write_element};
use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, accept_stream};

/// Every stream is about this long: too long for the processor's caches.
const STREAM_BYTES: usize = 8 * 1024 * 1024;
/// What one read of a connection gives.
const CHUNK_BYTES: usize = 8 * 1024;
const ROUNDS: usize = 7;

const HEADER: &str = "<stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";
const END: &str = "</stream:stream>";

fn main() {
    println!("MB/s, best of {ROUNDS} rounds; ratios are onym-stream to the other\n");
    println!(
        "{:<24} {:>8} {:>12} {:>14} {:>12} {:>14} {:>8} {:>8}",
        "stream",
        "elements",
        "onym-stream",
        "tokio-xmpp",
        "expat bare",
        "expat to tree",
        "write",
        "minidom"
    );
    for (name, stanzas) in [
        (
            "recorded, client sends",
            recorded(&["c2s-profanity", "c2s-slixmpp"]),
        ),
        (
            "recorded, server sends",
            recorded(&["c2s-prosody-to-profanity", "c2s-prosody-to-slixmpp"]),
        ),
        ("archive of chats", archive(plain_message)),
        ("archive of OMEMO", archive(omemo_message)),
        ("roster and disco", rosters()),
        ("avatars (64 KiB text)", avatars()),
    ] {
        let stream = repeat(&stanzas);
        let mut ours = Best::default();
        let mut theirs = Best::default();
        let mut elements = (0, 0);
        for _ in 0..ROUNDS {
            elements.0 = ours.measure(|| read_ours(stream.as_bytes()));
            elements.1 = theirs.measure(|| read_tokio_xmpp(stream.as_bytes()));
        }
        assert_eq!(elements.0, elements.1, "both read the same");
        let (bare, tree) = read_expat(stream.as_bytes());
        let (written, minidom) = write_both(&stream);

        let speed = |time: Duration| stream.len() as f64 / 1e6 / time.as_secs_f64();
        let ratio = |time: Duration| time.as_secs_f64() / ours.time().as_secs_f64();
        println!(
            "{name:<24} {:>8} {:>12.0} {:>6.0} ({:>4.2}x) {:>4.0} ({:>4.2}x) {:>6.0} ({:>4.2}x) {:>8.0} {:>8.0}",
            elements.0,
            speed(ours.time()),
            speed(theirs.time()),
            ratio(theirs.time()),
            speed(bare),
            ratio(bare),
            speed(tree),
            ratio(tree),
            speed(written),
            speed(minidom),
        );
    }
}

/// The shortest of several times.
#[derive(Default)]
struct Best(Option<Duration>);

impl Best {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    fn measure<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = run();
        let time = start.elapsed();
        self.0 = Some(self.0.map_or(time, |best| best.min(time)));
        result
    }

    fn time(&self) -> Duration {
        self.0.expect("something was measured")
    }
}

fn read_ours(stream: &[u8]) -> usize {
    let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
    reader.authenticated();
    let mut elements = 0;
    for chunk in stream.chunks(CHUNK_BYTES) {
        reader.handle(chunk);
        while let Some(event) = reader.poll().unwrap() {
            elements += usize::from(matches!(event, StreamEvent::Element(_)));
        }
    }
    elements
}

/// The stream lies in memory as a whole, which spares it copies that ours makes.
fn read_tokio_xmpp(stream: &[u8]) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let io = tokio::io::join(stream, tokio::io::sink());
        let accepted = accept_stream(io, "jabber:client", Timeouts::default());
        let pending = accepted.await.unwrap().send_header(StreamHeader::default());
        let features = tokio_xmpp::parsers::stream_features::StreamFeatures::default();
        let mut stream = pending
            .await
            .unwrap()
            .send_features::<Element>(&features)
            .await
            .unwrap();
        let mut elements = 0;
        loop {
            match stream.next().await {
                Some(Ok(_)) => elements += 1,
                Some(Err(ReadError::StreamFooterReceived)) | None => return elements,
                Some(Err(error)) => panic!("tokio-xmpp: {error:?}"),
            }
        }
    })
}

/// libexpat with namespaces, once without any handler and once building a tree in C (the
/// accelerated `ElementTree`). The loop and the clock are inside Python; each feed is one call.
fn read_expat(stream: &[u8]) -> (Duration, Duration) {
    const PROGRAM: &str = r"
import sys, time
import xml.parsers.expat as expat
import xml.etree.ElementTree as tree
chunk, rounds = int(sys.argv[1]), int(sys.argv[2])
data = sys.stdin.buffer.read()
chunks = [data[at:at + chunk] for at in range(0, len(data), chunk)]
def bare():
    parser = expat.ParserCreate(namespace_separator=' ')
    for piece in chunks:
        parser.Parse(piece, False)
    parser.Parse(b'', True)
def build():
    parser = tree.XMLParser()
    for piece in chunks:
        parser.feed(piece)
    return parser.close()
for run in (bare, build):
    best = None
    for _ in range(rounds):
        start = time.perf_counter()
        result = run()
        spent = time.perf_counter() - start
        del result
        best = spent if best is None else min(best, spent)
    print(best)
";
    let mut python = Command::new("python3")
        .args(["-c", PROGRAM, &CHUNK_BYTES.to_string(), &ROUNDS.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(stream).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "python3 failed");
    let output = String::from_utf8(output.stdout).unwrap();
    let mut times = output
        .lines()
        .map(|line| Duration::from_secs_f64(line.parse().unwrap()));
    (times.next().unwrap(), times.next().unwrap())
}

/// Our writer and minidom's, on the elements of a stream.
fn write_both(stream: &str) -> (Duration, Duration) {
    let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
    reader.authenticated();
    reader.handle(stream.as_bytes());
    let mut elements = Vec::new();
    while let Some(event) = reader.poll().unwrap() {
        if let StreamEvent::Element(element) = event {
            elements.push(element);
        }
    }
    let (mut ours, mut theirs) = (Best::default(), Best::default());
    for _ in 0..ROUNDS {
        ours.measure(|| {
            let bytes: usize = elements
                .iter()
                .map(|element| write_element(element, ContentNamespace::Client).len())
                .sum();
            std::hint::black_box(bytes)
        });
        theirs.measure(|| {
            let bytes: usize = elements
                .iter()
                .map(|element| {
                    let mut out = Vec::new();
                    element.write_to(&mut out).unwrap();
                    out.len()
                })
                .sum();
            std::hint::black_box(bytes)
        });
    }
    (ours.time(), theirs.time())
}

fn repeat(stanzas: &str) -> String {
    let times = STREAM_BYTES.div_ceil(stanzas.len());
    format!("{HEADER}{}{END}", stanzas.repeat(times))
}

/// The stanzas of recordings after login.
fn recorded(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/streams");
            let text = std::fs::read_to_string(format!("{folder}/{name}.xml")).unwrap();
            let (_, last) = text.rsplit_once("<stream:stream").unwrap();
            let (_, stanzas) = last.split_once('>').unwrap();
            stanzas.strip_suffix(END).unwrap().to_owned()
        })
        .collect()
}

/// A page of a message archive (XEP-0313), as Prosody sends it.
fn archive(message: fn(usize) -> String) -> String {
    (0..500)
        .map(|index| {
            format!(
                "<message to='juliet@example.org/balcony'><result id='{index:024}' \
                 xmlns='urn:xmpp:mam:2' queryid='7c2e62ce199446429fdf595be535d1f7'>\
                 <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' \
                 stamp='2026-11-23T03:57:23Z'/>{}</forwarded></result></message>",
                message(index)
            )
        })
        .collect()
}

fn plain_message(index: usize) -> String {
    let text = "Grüße &amp; so on: ".repeat(1 + index % 13);
    format!(
        "<message id='35934172ff634efe845ddf490c12deff' from='juliet@example.org/balcony' \
         type='chat' to='romeo@example.net/orchard' xmlns='jabber:client' xml:lang='en'>\
         <body>{text}</body><request xmlns='urn:xmpp:receipts'/>\
         <origin-id xmlns='urn:xmpp:sid:0' id='35934172ff634efe845ddf490c12deff'/></message>"
    )
}

fn omemo_message(index: usize) -> String {
    let key = "MwgAEiEF0bP2mPJ9yDcTnKYL4qQOqx0Iv1gm+HQlVdb5vJ2vZ1AaIQ".repeat(3);
    let keys: String = (0..6)
        .map(|device| format!("<key rid='{}'>{key}</key>", 1_000_000 + device + index))
        .collect();
    let payload = "q83vEjRWeJq83vEjRWeJ".repeat(2 + index % 9);
    format!(
        "<message id='35934172ff634efe845ddf490c12deff' from='juliet@example.org/balcony' \
         type='chat' to='romeo@example.net/orchard' xmlns='jabber:client'>\
         <encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='27183'>{keys}\
         <iv>Z1AaIQq83vEjRWeJ</iv></header><payload>{payload}</payload></encrypted>\
         <encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' \
         name='OMEMO'/><store xmlns='urn:xmpp:hints'/></message>"
    )
}

fn rosters() -> String {
    let items: String = (0..400)
        .map(|index| {
            format!(
                "<item jid='contact{index}@example.net' name='Contact {index}' \
                 subscription='both'><group>Friends</group></item>"
            )
        })
        .collect();
    let features: String = (0..80)
        .map(|index| format!("<feature var='http://jabber.org/protocol/example#{index}'/>"))
        .collect();
    format!(
        "<iq type='result' id='roster' to='juliet@example.org/balcony'>\
         <query xmlns='jabber:iq:roster' ver='42'>{items}</query></iq>\
         <iq type='result' id='disco' from='example.org' to='juliet@example.org/balcony'>\
         <query xmlns='http://jabber.org/protocol/disco#info'>{features}</query></iq>"
    )
}

fn avatars() -> String {
    format!(
        "<iq type='result' id='avatar'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <items node='urn:xmpp:avatar:data'><item id='1'><data xmlns='urn:xmpp:avatar:data'>\
         {}</data></item></items></pubsub></iq>",
        "iVBORw0KGgoAAAANSUhEUgAAAGAAAABg".repeat(2048)
    )
}
