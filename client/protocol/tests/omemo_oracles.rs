//! OMEMO with libraries that others wrote: conversations at random with libomemo-c and python-omemo,
//! and recorded ones for where these are not installed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helper functions are not #[test]"
)]

#[path = "omemo_oracles/conversation.rs"]
mod conversation;
#[path = "omemo_oracles/peer.rs"]
mod peer;
#[path = "omemo_oracles/transcript.rs"]
mod transcript;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use onym_client_protocol::omemo::{Dialect, payload};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use conversation::Conversation;
use peer::{Library, Peer};
use transcript::Transcript;

#[test]
fn talks_with_libomemo_c_in_omemo() {
    talk(Library::LibomemoC, Dialect::Omemo);
}

#[test]
fn talks_with_libomemo_c_in_omemo_2() {
    talk(Library::LibomemoC, Dialect::Omemo2);
}

#[test]
fn talks_with_python_omemo_in_omemo() {
    talk(Library::PythonOmemo, Dialect::Omemo);
}

#[test]
fn talks_with_python_omemo_in_omemo_2() {
    talk(Library::PythonOmemo, Dialect::Omemo2);
}

#[test]
fn payloads_are_those_of_python_omemo() {
    let Some(mut peer) = Peer::start(Library::PythonOmemo) else {
        return;
    };
    let rng = &mut StdRng::seed_from_u64(1);
    for dialect in Dialect::ALL {
        peer.renew(dialect, 1);
        for length in [1, 15, 16, 17, 100, 10_000] {
            let content: Vec<u8> = (0..length).map(|_| rng.random_range(0..=255)).collect();
            let (key, iv, ciphertext) = peer.seal(&content);
            let opened = payload::open(dialect, &key, iv.as_deref(), &ciphertext);
            assert_eq!(*opened.unwrap(), *content);
            let ours = payload::seal(dialect, &content, rng);
            let iv = ours.iv.as_ref().map(<[u8; 12]>::as_slice);
            assert_eq!(peer.open(&ours.key, iv, &ours.ciphertext), content);
        }
    }
}

#[test]
fn recorded_conversations_go_as_before() {
    for (library, dialect) in all() {
        let text = fs::read_to_string(recording(library, dialect)).unwrap();
        let transcripts: Vec<Transcript> = serde_json::from_str(&text).unwrap();
        assert_eq!(transcripts.len(), RECORDED);
        let signs = transcripts.iter().flat_map(Transcript::signs);
        let signs: BTreeSet<u8> = signs.collect();
        for transcript in transcripts {
            transcript.replay();
        }
        // libomemo-c makes identity keys of one sign only. If those of python-omemo happen to have
        // one sign as well, they are to be recorded again.
        let expected = if library == Library::LibomemoC { 1 } else { 2 };
        assert_eq!(signs.len(), expected, "{library:?} {dialect:?}");
    }
}

/// libomemo-c allows as many, python-omemo half of it.
#[test]
fn long_gaps_are_bridged() {
    let Some(mut peer) = Peer::start(Library::LibomemoC) else {
        return;
    };
    for dialect in Dialect::ALL {
        let mut conversation = Conversation::new(&mut peer, Library::LibomemoC, dialect, 1);
        conversation.bridge_gaps(1_999);
    }
}

/// Records the conversations anew, which is needed when our side draws its keys in another order:
/// `cargo test -p onym-client-protocol --test omemo_oracles record -- --ignored`.
#[test]
#[ignore = "it writes into the repository"]
fn record() {
    for (library, dialect) in all() {
        let mut peer = Peer::start(library).expect("both peers are needed");
        let transcripts = (0..RECORDED).map(|seed| {
            let seed = 2_000_000 + u64::try_from(seed).unwrap();
            let mut conversation = Conversation::new(&mut peer, library, dialect, seed);
            conversation.run(RECORDED_STEPS);
            conversation.transcript
        });
        let transcripts: Vec<Transcript> = transcripts.collect();
        let text = serde_json::to_string_pretty(&transcripts).unwrap() + "\n";
        fs::write(recording(library, dialect), text).unwrap();
    }
}

/// How many conversations are recorded with each peer in each dialect.
const RECORDED: usize = 8;
const RECORDED_STEPS: usize = 10;
/// How many things happen at random in a conversation, before all that is under way arrives.
const STEPS: usize = 20;

#[track_caller]
fn talk(library: Library, dialect: Dialect) {
    let Some(mut peer) = Peer::start(library) else {
        return;
    };
    let mut opened = 0;
    for seed in 0..conversations(library) {
        // So that a failure names its conversation.
        println!("{library:?}, {dialect:?}, seed {seed}");
        let mut conversation = Conversation::new(&mut peer, library, dialect, seed);
        conversation.run(STEPS);
        opened += conversation.opened;
    }
    assert!(opened > 5 * usize::try_from(conversations(library)).unwrap());
}

/// `ONYM_ORACLE_CONVERSATIONS` sets another number.
fn conversations(library: Library) -> u64 {
    if let Ok(chosen) = std::env::var("ONYM_ORACLE_CONVERSATIONS") {
        return chosen.parse().unwrap();
    }
    match library {
        // Without optimisation our side is what takes the time.
        _ if cfg!(debug_assertions) => 10,
        Library::LibomemoC => 1_000,
        Library::PythonOmemo => 150,
    }
}

fn all() -> impl Iterator<Item = (Library, Dialect)> {
    let libraries = [Library::LibomemoC, Library::PythonOmemo].into_iter();
    libraries.flat_map(|library| Dialect::ALL.map(|dialect| (library, dialect)))
}

fn recording(library: Library, dialect: Dialect) -> PathBuf {
    let name = match (library, dialect) {
        (Library::LibomemoC, Dialect::Omemo) => "libomemo_c_omemo",
        (Library::LibomemoC, Dialect::Omemo2) => "libomemo_c_omemo2",
        (Library::PythonOmemo, Dialect::Omemo) => "python_omemo_omemo",
        (Library::PythonOmemo, Dialect::Omemo2) => "python_omemo_omemo2",
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/omemo");
    folder.join(name).with_extension("json")
}
