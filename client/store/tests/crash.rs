//! A process that commits is killed at random moments, many times over. Each time the store opens,
//! and what was committed is there, in every list.
//!
//! `ONYM_CRASH_ROUNDS` sets how many times; a plain run does some fifty.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that says what it did and stops at what it did not expect"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{
    Change, Direction, Lookup, MessageId, MessageRecord, Position, RemoteId, Store,
};
use onym_client_store::ClientStore;
use onym_identity::Timestamp;
use onym_records::RecordsKey;
use rand::RngExt as _;

const ROUNDS: u64 = 50;
/// Tells the child where the store is; without it the test is the parent.
const FOLDER: &str = "ONYM_CRASH_FOLDER";
/// How many messages each commit adds, besides the one that it changes. So many that the index
/// merges some of them in every second or third round.
const PER_COMMIT: u64 = 40;

fn open(folder: &Path) -> ClientStore {
    ClientStore::open(folder, &RecordsKey::from_bytes(&[7; 32])).unwrap()
}

fn jid(position: u64) -> BareJid {
    BareJid::new(&format!("person{}@example.org", position % 2)).unwrap()
}

/// A message of a commit. Its text says which commit it was and whether it was edited.
fn message(position: u64, edited: bool) -> Change {
    let commit = position / PER_COMMIT;
    let state = if edited { "edited" } else { "first" };
    let mut message = MessageRecord::new(
        MessageId::new(format!("own{position}")),
        Position(position),
        jid(position),
        format!("all commit{commit} {state} number{position}"),
        Timestamp::from_unix_millis(1_000 * position),
        Direction::queued(),
    );
    message.archive_id = Some(format!("archive{position}"));
    Change::PutMessage(Box::new(message))
}

/// One commit: new messages, and one of the commit before is edited.
fn changes(commit: u64) -> Vec<Change> {
    let first = commit * PER_COMMIT;
    let mut changes: Vec<Change> = (first..first + PER_COMMIT)
        .map(|it| message(it, false))
        .collect();
    if let Some(before) = first.checked_sub(1) {
        changes.push(message(before, true));
    }
    changes
}

/// The child: commits without end, and says so after each commit.
#[test]
#[ignore = "it is started by the test below"]
fn child_commits_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let store = open(Path::new(&folder));
    let mut next = store.load().unwrap().next_position.0 / PER_COMMIT;
    let mut out = std::io::stdout();
    loop {
        store.commit(&changes(next)).unwrap();
        writeln!(out, "committed {next}").unwrap();
        out.flush().unwrap();
        next += 1;
    }
}

/// Runs the child for a moment and kills it. Returns the last commit that it has told of.
fn run_and_kill(folder: &Path, moment: Duration) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "child_commits_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = |line: Result<String, _>| {
        let line: String = line.ok()?;
        line.split_once("committed ")?.1.parse::<u64>().ok()
    };
    // The moment is counted from the first commit, so that a slow start does not take it all.
    let mut last = lines.by_ref().find_map(told);
    assert!(last.is_some(), "the child commits nothing");
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            for line in lines {
                last = told(line).or(last);
            }
            last
        });
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap()
    })
}

/// Looks at everything that a commit writes, for the newest commits and some older ones.
fn check(folder: &Path, told: u64) -> u64 {
    let store = open(folder);
    let snapshot = store.load().unwrap();
    let messages = snapshot.next_position.0;
    assert_eq!(messages % PER_COMMIT, 0, "a commit is there in part");
    let commits = messages / PER_COMMIT;
    assert!(commits > told, "commit {told} is lost: there are {commits}");
    assert_eq!(snapshot.unsettled.iter().count() as u64, messages);
    for person in 0..2 {
        let timeline = store.timeline(&jid(person)).unwrap();
        let expected = (0..messages).filter(|it| it % 2 == person);
        assert!(
            timeline
                .places()
                .iter()
                .map(|it| it.position.0)
                .eq(expected)
        );
    }
    let newest = commits.saturating_sub(2)..commits;
    for commit in newest.chain((0..commits).step_by(31)) {
        check_commit(&store, commit, commit + 1 == commits);
    }
    let all = SearchQuery::parse("all ", |_| None);
    let limit = usize::try_from(messages).unwrap() + 1;
    assert_eq!(
        store.search(&all, limit, None).unwrap().hits.len() as u64,
        messages
    );
    let edited = SearchQuery::parse("edited ", |_| None);
    let found = store.search(&edited, limit, None).unwrap().hits.len() as u64;
    assert_eq!(found, commits - 1);
    commits
}

fn check_commit(store: &ClientStore, commit: u64, is_last: bool) {
    let find = |text: &str| {
        let query = SearchQuery::parse(text, |_| None);
        let hits = store.search(&query, 100, None).unwrap().hits;
        let mut positions: Vec<u64> = hits.iter().map(|hit| hit.place.position.0).collect();
        positions.reverse();
        positions
    };
    let first = commit * PER_COMMIT;
    let found = find(&format!("commit{commit} "));
    assert!(found.into_iter().eq(first..first + PER_COMMIT));
    for position in [first, first + PER_COMMIT / 2, first + PER_COMMIT - 1] {
        let edited = position + 1 == first + PER_COMMIT && !is_last;
        let Change::PutMessage(expected) = message(position, edited) else {
            panic!("it makes messages");
        };
        let (jid, place) = (jid(position), Position(position));
        let found = store.message(&jid, place).unwrap();
        assert_eq!(found.as_ref(), Some(&*expected));
        for id in [
            RemoteId::Ours(format!("own{position}")),
            RemoteId::Archive(format!("archive{position}")),
        ] {
            assert_eq!(store.find(&jid, &id).unwrap(), Some(place));
        }
        let state = if edited { "edited" } else { "first" };
        assert_eq!(find(&format!("\"{state} number{position}\"")), [position]);
    }
}

#[test]
fn a_killed_process_loses_no_commit() {
    let asked = std::env::var("ONYM_CRASH_ROUNDS").ok();
    let rounds = asked.map_or(ROUNDS, |it| it.parse().unwrap());
    let mut rng = rand::rng();
    let (mut commits, mut whole) = (0, 0);
    let mut folder = tempfile::tempdir().unwrap();
    for round in 0..rounds {
        // A store that grows without end would make the rounds slow, so it begins anew at times.
        if round % 25 == 0 {
            folder = tempfile::tempdir().unwrap();
            commits = 0;
        }
        let moment = Duration::from_micros(rng.random_range(0..60_000));
        let told = run_and_kill(folder.path(), moment).unwrap();
        assert!(told >= commits, "the child repeats commit {told}");
        let now = check(folder.path(), told);
        whole += now - commits;
        commits = now;
    }
    eprintln!("{rounds} rounds, {whole} commits");
}
