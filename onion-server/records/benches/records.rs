//! What records and the vault cost: a million sealed records of 200 bytes.
//! `cargo bench -p onym-records`.
//!
//! Each step is a process of its own, so that memory is what the step took.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people that measures time and stops at what it did not expect"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use onym_records::{
    Argon2Cost, Batch, MasterKey, Protection, Records, RecordsKey, Table, Unlocked, Vault,
    prefix_range,
};

const COUNT: u64 = 1_000_000;
const BATCH: u64 = 1_000;
const CONVERSATIONS: u64 = 200;
const VALUE_BYTES: usize = 200;
const TABLE: Table = Table::new("messages");

const STEPS: &[&str] = &["load", "read", "commit", "kill", "reopen", "vault"];

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    if let (Some(step), Some(folder)) = (arguments.next(), arguments.next()) {
        return run(&step, Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    for step in STEPS {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.arg(step).arg(folder.path()).status().unwrap();
    }
    let bytes = fs::metadata(folder.path().join("records")).unwrap().len();
    println!("on the disk: {} MB", bytes >> 20);
}

fn run(step: &str, folder: &Path) {
    match step {
        "load" => load(folder),
        "read" => read(folder),
        "commit" => commit(folder),
        "kill" => kill(folder),
        "reopen" => drop(open(folder, "opened after a kill")),
        "vault" => vault(folder),
        other => panic!("there is no step {other:?}"),
    }
}

fn records_key() -> RecordsKey {
    RecordsKey::from_bytes(&[1; 32])
}

fn open(folder: &Path, what: &str) -> Records {
    let key = records_key();
    let records = timed(what, || Records::open(folder, &key).unwrap());
    println!("    memory: {} MB", resident_mb());
    records
}

fn load(folder: &Path) {
    let records = open(folder, "made");
    timed("1,000,000 records in durable batches of 1,000", || {
        for first in (0..COUNT).step_by(BATCH as usize) {
            put(&records, first..first + BATCH);
        }
    });
    println!("    memory: {} MB", resident_mb());
}

fn read(folder: &Path) {
    let records = open(folder, "opened");
    let names = names();
    timed("10,000 records at random", || {
        for number in 0..10_000 {
            let key = key_of(&names, number * 7919 % COUNT);
            assert!(records.get(TABLE, &key).unwrap().is_some());
        }
    });
    timed("the last 100 of a conversation", || {
        let range = prefix_range(names.first().unwrap());
        assert_eq!(
            records.scan(TABLE, range).unwrap().rev().take(100).count(),
            100
        );
    });
    timed("all records in order", || {
        let all = records.scan(TABLE, ..).unwrap().map(Result::unwrap);
        assert!(all.count() as u64 >= COUNT);
    });
    println!("    memory: {} MB", resident_mb());
}

fn commit(folder: &Path) {
    let records = open(folder, "opened");
    let mut times: Vec<_> = (0..500)
        .map(|number| {
            let start = Instant::now();
            put(&records, COUNT + number * 3..COUNT + number * 3 + 3);
            start.elapsed()
        })
        .collect();
    times.sort();
    let (median, worst) = (times.get(250).unwrap(), times.get(494).unwrap());
    println!("a durable batch of 3: median {median:.2?}, 99 in 100 below {worst:.2?}");
}

/// Ends without closing anything.
fn kill(folder: &Path) {
    let records = open(folder, "opened");
    put(&records, 0..100);
    let us = std::process::id().to_string();
    Command::new("kill").args(["-9", &us]).status().unwrap();
    panic!("it goes on");
}

fn vault(folder: &Path) {
    let path = folder.join("vault");
    let mut rng = rand::rng();
    let (vault, _master): (Vault, MasterKey) =
        Vault::create(&path, Protection::Passphrase(b"tea"), None, &mut rng).unwrap();
    let what = format!("passphrase checked at {:?}", Argon2Cost::DEFAULT);
    let unlocked = timed(&what, || vault.unlock_with_passphrase(b"tea").unwrap());
    assert!(matches!(unlocked, Unlocked::Opened(_)));
    println!("    memory afterwards: {} MB", resident_mb());
}

fn put(records: &Records, numbers: std::ops::Range<u64>) {
    let (names, mut batch) = (names(), Batch::new());
    for number in numbers {
        batch.put(TABLE, key_of(&names, number), value(number));
    }
    records.commit(batch).unwrap();
}

fn names() -> Vec<[u8; 16]> {
    let key = records_key();
    let name = |number: u64| key.name_of("conversation", &number.to_be_bytes());
    (0..CONVERSATIONS).map(name).collect()
}

/// The key of a message: its conversation, then its number.
fn key_of(names: &[[u8; 16]], number: u64) -> Vec<u8> {
    let conversation = (number % CONVERSATIONS) as usize;
    [
        names.get(conversation).unwrap().as_slice(),
        &number.to_be_bytes(),
    ]
    .concat()
}

fn value(number: u64) -> Vec<u8> {
    let mut value = number.to_be_bytes().repeat(VALUE_BYTES / 8);
    value.truncate(VALUE_BYTES);
    value
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    println!("{what}: {:.2?}", start.elapsed());
    done
}

/// Memory of this process, where Linux tells it.
fn resident_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) >> 10
}
