//! Fills the client's records of an unlocked data folder with made-up messages, and writes the same
//! messages as tab-separated lines, for programs that are measured beside Onym:
//!
//! ```text
//! fill COUNT DATA_FOLDER LINES_FILE
//! ```
//!
//! A line has the other side's address, `in` or `out`, the time in milliseconds since 1970, and the
//! text.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a program for people that stops at what it did not expect"
)]

#[path = "../benches/corpus.rs"]
#[expect(dead_code, reason = "the benchmark uses more of it")]
mod corpus;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use onym_client_protocol::store::{Change, Store as _};
use onym_client_store::ClientStore;
use onym_records::{VAULT_FILE, Vault};

use corpus::Corpus;

/// How many messages one commit has.
const PER_COMMIT: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    assert!(arguments.len() == 4, "fill COUNT DATA_FOLDER LINES_FILE");
    let count: u64 = arguments[1].parse().expect("a number of messages");
    let folder = Path::new(&arguments[2]);
    let mut lines = BufWriter::new(File::create(&arguments[3]).unwrap());
    let vault = Vault::read(&folder.join(VAULT_FILE)).unwrap();
    let key = vault.unlock_open().unwrap().records_key("client");
    let store = ClientStore::open(&folder.join("client"), &key).unwrap();
    let mut corpus = Corpus::new(count);
    let mut changes = Vec::with_capacity(PER_COMMIT);
    for message in corpus.by_ref() {
        let direction = if message.is_incoming() { "in" } else { "out" };
        let millis = message.time.as_unix_millis();
        let (jid, text) = (&message.conversation, &message.text);
        writeln!(lines, "{jid}\t{direction}\t{millis}\t{text}").unwrap();
        changes.push(Change::PutMessage(Box::new(message)));
        if changes.len() == PER_COMMIT {
            store.commit(&changes).unwrap();
            changes.clear();
        }
    }
    store.commit(&changes).unwrap();
    for conversation in corpus.summaries() {
        store.commit(&[conversation]).unwrap();
    }
    while store.tidy().unwrap() {}
    lines.flush().unwrap();
    eprintln!("{count} messages");
}
