//! The end of one's own identity, and of that of others, given by hand on the command line.

use std::fs;
use std::path::{Path, PathBuf};

use onym_tests::{Finished, Person};
use serde_json::Value;

use crate::{LIMIT, alice, error_of};

const OTHER_IDENTITY: i32 = 8;
const REVOKED: i32 = 9;
const NO_DOCUMENT: i32 = 7;

/// A file beside the data folder, which goes away with it.
fn beside(person: &Person, name: &str) -> PathBuf {
    person.data_dir().with_file_name(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn key_of(person: &Person) -> &str {
    person.jid().split('@').next().unwrap()
}

/// A command that is tried, with its exit code.
fn tried(person: &Person, arguments: &[&str]) -> (Finished, Option<i32>) {
    let finished = person.try_run(arguments.iter().copied(), LIMIT).unwrap();
    let code = finished.status.code();
    (finished, code)
}

#[track_caller]
fn line<'a>(finished: &'a Finished, event: &str) -> &'a Value {
    let mut lines = finished.lines.iter();
    let found = lines.find(|line| line["event"] == event);
    assert!(found.is_some(), "no line {event}: {finished:?}");
    found.unwrap()
}

fn revocation_of(person: &Person) -> PathBuf {
    let file = beside(person, "revocation.txt");
    let revoke = ["identity", "revoke", "--yes", "--out", text(&file)];
    person.run(revoke).unwrap();
    file
}

#[test]
fn an_identity_is_ended_by_what_was_printed_before() {
    let (alice, bob) = (alice(), alice());
    let file = revocation_of(&alice);
    // Nobody types yes.
    let (finished, code) = tried(&alice, &["identity", "revoke", "--publish", text(&file)]);
    assert_eq!(code, Some(1));
    let why = error_of(&finished)["why"].as_str().unwrap();
    assert!(why.contains("for ever"), "{why}");
    // It is somebody else's.
    let (finished, code) = tried(
        &bob,
        &["identity", "revoke", "--publish", text(&file), "--yes"],
    );
    assert_eq!(code, Some(OTHER_IDENTITY), "{finished:?}");
    // There is none in this.
    let statement = beside(&alice, "statement.txt");
    let export = ["identity", "export", "--out", text(&statement)];
    alice.run(export).unwrap();
    let (finished, code) = tried(
        &alice,
        &["identity", "revoke", "--publish", text(&statement), "--yes"],
    );
    assert_eq!(code, Some(1), "{finished:?}");

    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let ended = alice
        .run(["identity", "revoke", "--publish", text(&file), "--yes"])
        .unwrap();
    assert_eq!(line(&ended, "identity-ended")["standing"], "revoked");
    let again = alice
        .run(["identity", "revoke", "--publish", "--yes"])
        .unwrap();
    assert_eq!(line(&again, "identity-ended")["standing"], "revoked");
    let (finished, code) = tried(&alice, &["identity", "claim-address", "alice@a.example"]);
    assert_eq!(code, Some(1));
    let why = error_of(&finished)["why"].as_str().unwrap();
    assert!(why.contains("has ended"), "{why}");
    endpoint.stop(LIMIT).unwrap();
    let shown = alice.run(["identity", "show"]).unwrap();
    assert_eq!(
        line(&shown, "our-statement")["ended"]["standing"],
        "revoked"
    );
    let exported = alice.run(["identity", "export"]).unwrap();
    let note = line(&exported, "signed")["note"].as_str().unwrap();
    assert!(note.contains("has ended"), "{note}");
}

#[test]
fn an_identity_names_its_successor_without_an_endpoint() {
    let (old, new) = (alice(), alice());
    let (proposal, succession) = (beside(&old, "proposal.txt"), beside(&old, "succession.txt"));
    old.run([
        "identity",
        "succeed",
        "propose",
        "--yes",
        "--to",
        new.jid(),
        "--out",
        text(&proposal),
    ])
    .unwrap();
    new.run([
        "identity",
        "succeed",
        "accept",
        text(&proposal),
        "--from",
        old.jid(),
        "--out",
        text(&succession),
    ])
    .unwrap();
    let (_, code) = tried(
        &old,
        &["identity", "succeed", "publish", text(&proposal), "--yes"],
    );
    assert_eq!(code, Some(1), "the new identity has to sign it, too");
    let ended = old
        .run(["identity", "succeed", "publish", text(&succession), "--yes"])
        .unwrap();
    let said = line(&ended, "identity-ended");
    assert_eq!(said["standing"], "succeeded");
    assert_eq!(said["successor"], key_of(&new));
}

#[test]
fn what_is_verified_is_followed_if_that_is_wanted() {
    let (alice, bob) = (alice(), alice());
    let revocation = revocation_of(&alice);
    let mut endpoint = bob.serve().unwrap();
    endpoint.loopback().unwrap();
    let (finished, code) = tried(&bob, &["verify", text(&revocation), "--follow"]);
    assert_eq!(code, Some(0), "{finished:?}");
    assert_eq!(line(&finished, "document")["kind"], "revocation");
    let followed = line(&finished, "followed");
    assert_eq!(followed["standing"], "revoked");
    assert_eq!(followed["identity"], key_of(&alice));
    // What is known of it is asked about from now on.
    let statement = beside(&alice, "statement.txt");
    let export = ["identity", "export", "--out", text(&statement)];
    alice.run(export).unwrap();
    let (finished, code) = tried(&bob, &["verify", text(&statement), "--follow"]);
    assert_eq!(code, Some(REVOKED), "{finished:?}");
    let both = beside(&alice, "both.txt");
    let texts = [&statement, &revocation].map(|file| fs::read_to_string(file).unwrap());
    fs::write(&both, texts.concat()).unwrap();
    let (finished, code) = tried(&bob, &["verify", text(&both), "--follow"]);
    assert_eq!(code, Some(REVOKED), "{finished:?}");
    // One's own is published, not taken.
    let own = revocation_of(&bob);
    let (finished, code) = tried(&bob, &["verify", text(&own), "--follow"]);
    assert_eq!(code, Some(OTHER_IDENTITY), "{finished:?}");
    let advice = error_of(&finished)["advice"].as_str().unwrap();
    assert!(advice.contains("--publish"), "{advice}");
    let nothing = beside(&alice, "nothing.txt");
    fs::write(&nothing, "Hello").unwrap();
    let (_, code) = tried(&bob, &["verify", text(&nothing), "--follow"]);
    assert_eq!(code, Some(NO_DOCUMENT));
    let (_, code) = tried(&bob, &["verify", alice.jid(), "--follow"]);
    assert_eq!(code, Some(1));
    endpoint.stop(LIMIT).unwrap();
}
