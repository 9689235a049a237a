//! A store of a million messages: how long it takes to make, open and search it, how much disk and
//! memory it needs. `cargo bench -p onym-client-store --bench million`.
//!
//! Each step is a process of its own, so that memory is that of the step. The pages of the file are
//! in the system's cache, as they are for a program that is started again. `ONYM_BENCH_MESSAGES`
//! sets another number of messages, `ONYM_BENCH_FOLDER` keeps the store in a folder and uses the
//! one that is there.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program for people that stops at what it did not expect"
)]

mod corpus;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{Change, Place, Store};
use onym_client_store::ClientStore;
use onym_records::RecordsKey;

use corpus::Corpus;

/// How many messages one commit of the build has.
const PER_COMMIT: usize = 1_000;
/// How many hits a page of the search shows.
const PAGE: usize = 50;
/// How often each search is repeated; the median counts.
const ROUNDS: usize = 21;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let step = arguments.iter().position(|it| it == "--step");
    if let Some(step) = step {
        let folder = Path::new(&arguments[step + 2]);
        match arguments[step + 1].as_str() {
            "build" => build(folder),
            "open" => open_and_load(folder),
            "search" => search(folder),
            "read" => read(folder),
            "commit" => commit(folder),
            "remove" => remove(folder),
            other => panic!("no step {other}"),
        }
        return;
    }
    let kept = std::env::var_os("ONYM_BENCH_FOLDER").map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept.unwrap_or_else(|| temporary.path().join("store"));
    println!("{} messages\n", messages());
    let steps: &[&str] = if folder.exists() {
        &["open", "search", "read", "commit", "remove"]
    } else {
        &["build", "open", "search", "read", "commit", "remove"]
    };
    for step in steps {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--step", step])
            .arg(&folder)
            .status()
            .unwrap();
        assert!(status.success(), "the step {step} failed");
    }
}

fn messages() -> u64 {
    let asked = std::env::var("ONYM_BENCH_MESSAGES").ok();
    asked.map_or(1_000_000, |it| it.parse().expect("a number of messages"))
}

fn key() -> RecordsKey {
    RecordsKey::from_bytes(&[7; 32])
}

fn build(folder: &Path) {
    let mut corpus = Corpus::new(messages());
    let store = ClientStore::open(folder, &key()).unwrap();
    let mut longest = Duration::ZERO;
    let (mut text_bytes, mut words) = (0, 0);
    let ((), whole) = timed(|| {
        let mut changes = Vec::with_capacity(PER_COMMIT);
        for message in corpus.by_ref() {
            text_bytes += message.text.len();
            words += message.text.split(' ').count();
            changes.push(Change::PutMessage(Box::new(message)));
            if changes.len() == PER_COMMIT {
                let ((), took) = timed(|| store.commit(&changes).unwrap());
                longest = longest.max(took);
                changes.clear();
            }
        }
        store.commit(&changes).unwrap();
        for conversation in corpus.summaries() {
            store.commit(&[conversation]).unwrap();
        }
        while store.tidy().unwrap() {}
    });
    let each = whole.as_secs_f64() * 1e6 / messages() as f64;
    row(
        "build",
        &format!("{:.1} s, {each:.0} us each", whole.as_secs_f64()),
    );
    row("longest commit of 1,000", &millis(longest));
    row(
        "text",
        &format!("{} MB, {} words", text_bytes / 1_000_000, words),
    );
    drop(store);
    let bytes = std::fs::read_dir(folder).unwrap();
    let bytes: u64 = bytes.map(|it| it.unwrap().metadata().unwrap().len()).sum();
    row("disk", &format!("{} MB", bytes / 1_000_000));
}

fn open_and_load(folder: &Path) {
    let before = resident_kb();
    let (store, opened) = timed(|| ClientStore::open(folder, &key()).unwrap());
    let (snapshot, loaded) = timed(|| store.load().unwrap());
    row("open", &millis(opened));
    row(
        "load",
        &format!(
            "{} ({} conversations)",
            millis(loaded),
            snapshot.conversations.len()
        ),
    );
    row(
        "memory after open",
        &format!(
            "{:.1} MB, of which the process itself {:.1}",
            mb(resident_kb()),
            mb(before)
        ),
    );
    drop(store);
    let (_store, again) = timed(|| ClientStore::open(folder, &key()).unwrap());
    row("open a second time", &millis(again));
}

fn search(folder: &Path) {
    let corpus = Corpus::new(messages());
    let store = ClientStore::open(folder, &key()).unwrap();
    let ask = |text: &str| {
        let query = SearchQuery::parse(text, |name| corpus.conversation_named(name));
        store.search(&query, PAGE, None).unwrap()
    };
    let first = format!("{} ", corpus.word(5_000));
    let before = resident_kb();
    let (page, took) = timed(|| ask(&first));
    row(
        "first search",
        &format!("{} ({} hits)", millis(took), page.hits.len()),
    );
    let grown = resident_kb().saturating_sub(before);
    row("memory for the dictionary", &format!("{:.1} MB", mb(grown)));
    for (name, text) in queries(&corpus) {
        let mut took: Vec<Duration> = (0..ROUNDS).map(|_| timed(|| ask(&text)).1).collect();
        let first = took[0];
        took.sort_unstable();
        let page = ask(&text);
        row(
            name,
            &format!(
                "{} (the first time {}), {}{} hits: {text:?}",
                millis(took[ROUNDS / 2]),
                millis(first),
                page.hits.len(),
                if page.more { "+" } else { "" },
            ),
        );
    }
    let mut cursor: Option<Place> = None;
    let query = SearchQuery::parse(&format!("{} ", corpus.word(3)), |_| None);
    let ((), took) = timed(|| {
        for _ in 0..100 {
            let page = store.search(&query, PAGE, cursor).unwrap();
            cursor = page.hits.last().map(|hit| hit.place);
        }
    });
    row("100 pages further down, each", &millis(took / 100));
    let grown = resident_kb().saturating_sub(before);
    row(
        "memory after all searches",
        &format!("{:.1} MB more", mb(grown)),
    );
}

/// What is searched for, with what is special about it.
fn queries(corpus: &Corpus) -> Vec<(&'static str, String)> {
    let word = |rank: usize| corpus.word(rank).to_owned();
    let rare = word(corpus.words() * 3 / 4);
    let two_common = format!("{} {} ", word(3), word(40));
    let apart = format!("{} {} ", word(900), word(1_100));
    let phrase = corpus.phrase(false);
    let common_phrase = corpus.phrase(true);
    let half = |word: &str| {
        word.chars()
            .take(word.chars().count() / 2 + 1)
            .collect::<String>()
    };
    vec![
        ("common word", format!("{} ", word(3))),
        ("word in the middle", format!("{} ", word(2_000))),
        ("rare word", format!("{rare} ")),
        ("no such word", "zzqzzqzzq ".to_owned()),
        ("one letter", word(3).chars().take(1).collect()),
        ("two letters", word(700).chars().take(2).collect()),
        ("three letters", word(7_000).chars().take(3).collect()),
        ("half a rare word", half(&rare)),
        ("two common words", two_common),
        ("two words, seldom together", apart),
        ("rare and common word", format!("{rare} {} ", word(1))),
        (
            "rare word and one letter",
            format!("{rare} {}", &word(1)[..1]),
        ),
        ("phrase", phrase),
        ("phrase of common words", common_phrase),
        (
            "common, in a small conversation",
            format!("in:person150 {} ", word(3)),
        ),
        (
            "one letter, in a small one",
            format!("in:person150 {}", &word(3)[..1]),
        ),
        ("common word, from me", format!("from:me {} ", word(3))),
    ]
}

fn read(folder: &Path) {
    let corpus = Corpus::new(messages());
    let store = ClientStore::open(folder, &key()).unwrap();
    let longest = corpus.longest_conversation();
    let (timeline, took) = timed(|| store.timeline(&longest).unwrap());
    row(&format!("timeline of {}", timeline.len()), &millis(took));
    let (page, took) = timed(|| store.page(&longest, None, 100).unwrap());
    row(&format!("newest {} messages", page.len()), &millis(took));
    let places = timeline.places();
    let middle = places.get(places.len() / 2).copied();
    let (page, took) = timed(|| store.page(&longest, middle, 100).unwrap());
    row(
        &format!("{} messages from the middle", page.len()),
        &millis(took),
    );
}

fn commit(folder: &Path) {
    let mut corpus = Corpus::new(messages() + 4_000);
    corpus.skip_to(messages());
    let store = ClientStore::open(folder, &key()).unwrap();
    let mut took = Vec::new();
    for message in corpus {
        let changes = [Change::PutMessage(Box::new(message))];
        took.push(timed(|| store.commit(&changes).unwrap()).1);
    }
    took.sort_unstable();
    let at = |part: usize| millis(took[took.len() * part / 1_000]);
    row(
        "commit of one message",
        &format!(
            "median {}, 99 % {}, 99.8 % {}, longest {}",
            at(500),
            at(990),
            at(998),
            millis(*took.last().unwrap())
        ),
    );
    row("memory after them", &format!("{:.1} MB", mb(resident_kb())));
}

fn remove(folder: &Path) {
    let corpus = Corpus::new(messages());
    let store = ClientStore::open(folder, &key()).unwrap();
    let longest = corpus.longest_conversation();
    let removal = [Change::RemoveConversation(longest)];
    let ((), took) = timed(|| store.commit(&removal).unwrap());
    row("remove the longest conversation", &millis(took));
    let (mut rounds, mut slowest) = (0, Duration::ZERO);
    let ((), took) = timed(|| {
        let mut more = true;
        while more {
            let (left, took) = timed(|| store.tidy().unwrap());
            (more, rounds, slowest) = (left, rounds + 1, slowest.max(took));
        }
    });
    row(
        "sweep it away",
        &format!(
            "{} in {rounds} rounds, the longest {}",
            millis(took),
            millis(slowest)
        ),
    );
}

fn row(name: &str, value: &str) {
    println!("{name:<34} {value}");
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}

fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn mb(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1e3
}

/// Resident memory of this process, in kB.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
