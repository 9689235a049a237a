//! A process that commits is killed at any moment, many times over.

#![expect(clippy::unwrap_used, reason = "helper functions are not #[test]")]
#![expect(
    clippy::print_stdout,
    reason = "the child reports on its standard output"
)]

use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use onym_records::{Batch, Records, RecordsError, RecordsKey, Table};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const FOLDER: &str = "ONYM_TEST_KILL_FOLDER";
/// More rounds than the default, for a long run.
const ROUNDS: &str = "ONYM_TEST_KILL_ROUNDS";
const DEFAULT_ROUNDS: u32 = 25;

const NUMBER: Table = Table::new("number");
const PARTS: Table = Table::new("parts");
/// How many records a batch has in [`PARTS`], and how many batches stay there.
const PARTS_PER_BATCH: u64 = 12;
const BATCHES_KEPT: u64 = 5;

fn key() -> RecordsKey {
    RecordsKey::from_bytes(&[1; 32])
}

fn part_key(number: u64, part: u64) -> Vec<u8> {
    [number.to_be_bytes(), part.to_be_bytes()].concat()
}

/// From an empty page to several, so that pages are split, joined and freed.
fn part_value(number: u64, part: u64) -> Vec<u8> {
    let length = (number * 31 + part * 977) % 3000;
    number.to_be_bytes().repeat(length as usize)
}

/// The batch of one number: its number, its parts, and the oldest parts gone.
fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put(NUMBER, b"last".as_slice(), number.to_be_bytes());
    for part in 0..PARTS_PER_BATCH {
        batch.put(PARTS, part_key(number, part), part_value(number, part));
    }
    let oldest = (number + 1).saturating_sub(BATCHES_KEPT);
    batch.remove_range(PARTS, ..part_key(oldest, 0));
    batch
}

fn last(records: &Records) -> u64 {
    let last = records.get(NUMBER, b"last").unwrap();
    last.map_or(0, |last| u64::from_be_bytes(last.try_into().unwrap()))
}

/// What the batches up to `last` leave behind, and nothing else.
fn check(records: &Records, last: u64) {
    let first = (last + 1).saturating_sub(BATCHES_KEPT).max(1);
    let expected = (first..=last).flat_map(|number| {
        (0..PARTS_PER_BATCH).map(move |part| (part_key(number, part), part_value(number, part)))
    });
    let found = records.scan(PARTS, ..).unwrap().map(Result::unwrap);
    assert!(found.eq(expected), "half a batch, after {last}");
}

/// The child: commits one batch after the other, and says so.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let records = Records::open(Path::new(&folder), &key()).unwrap();
    for number in last(&records) + 1.. {
        records.commit(batch(number)).unwrap();
        println!("\ncommitted {number}");
    }
}

fn start_child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets the child commit `count` batches, kills it, and gives the last number that it reported.
fn kill_after(mut child: Child, count: u32, pause: Duration, meanwhile: impl FnOnce()) -> u64 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut reported = 0;
    let mut read_reports = |limit: u32| {
        let numbers = lines.by_ref().map_while(Result::ok).filter_map(|line| {
            let number = line.strip_prefix("committed ")?;
            number.parse::<u64>().ok()
        });
        let read = numbers.zip(1..).try_for_each(|(number, read)| {
            reported = number;
            if read == limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        read.is_break()
    };
    assert!(read_reports(count), "the child ended by itself");
    meanwhile();
    // So that it dies at any point of a commit, which takes about as long.
    std::thread::sleep(pause);
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had written before it died may still be in the pipe.
    read_reports(u32::MAX);
    reported
}

#[test]
fn nothing_committed_is_lost_and_no_batch_is_halved() {
    let folder = tempfile::tempdir().unwrap();
    let rounds = std::env::var(ROUNDS).map_or(DEFAULT_ROUNDS, |rounds| rounds.parse().unwrap());
    let mut rng = StdRng::seed_from_u64(1);
    for round in 0..rounds {
        let count = rng.random_range(1..20);
        let pause = Duration::from_micros(rng.random_range(0..3000));
        let child = start_child(folder.path());
        let reported = kill_after(child, count, pause, || {
            let second = Records::open(folder.path(), &key());
            assert!(matches!(second, Err(RecordsError::InUse)), "{second:?}");
        });
        let records = Records::open(folder.path(), &key()).unwrap();
        let last = last(&records);
        assert!(
            last == reported || last == reported + 1,
            "round {round}: {reported} was reported, {last} is there"
        );
        check(&records, last);
    }
}
