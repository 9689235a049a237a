//! Who is behind the addresses of others, on the command line.

use onym_tests::Person;
use serde_json::Value;

use crate::{LIMIT, alice, error_of};

const BOB: &str = "bob@b.example";
const KEY: &str = "us4s2sf4zoy2vgdreadnenbptildcusntqa5ev46cb7b5stmxmxq";

fn said(person: &Person, arguments: &[&str]) -> Value {
    let finished = person.run(arguments.iter().copied()).unwrap();
    let found = finished.lines.iter().find(|line| line["event"] == "behind");
    let mut said = found.unwrap().clone();
    // When it was said.
    said.as_object_mut().unwrap().remove("time");
    said
}

fn refused(person: &Person, arguments: &[&str]) -> String {
    let finished = person.try_run(arguments.iter().copied(), LIMIT).unwrap();
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    error_of(&finished)["why"].as_str().unwrap().to_owned()
}

#[test]
fn who_is_expected_behind_an_address_is_kept_and_taken_back() {
    let alice = alice();
    let why = refused(&alice, &["identity", "who", BOB]);
    assert!(
        why.contains("nothing is known") && why.contains(BOB),
        "{why}"
    );
    let why = refused(&alice, &["identity", "verify", BOB]);
    assert!(why.contains("nothing is known"), "{why}");

    let expected = said(&alice, &["identity", "verify", BOB, KEY]);
    assert_eq!(
        (&expected["identity"], &expected["state"]),
        (&KEY.into(), &"expected".into())
    );
    assert_eq!(expected["known_by"], "verified");
    // Each command is a process of its own.
    assert_eq!(said(&alice, &["identity", "who", BOB]), expected);

    let why = refused(&alice, &["identity", "decide", BOB, "take", KEY]);
    assert!(why.contains("nothing to decide"), "{why}");
    // An address that names its identity takes no other one.
    let (own_key, domain) = alice.jid().split_once('@').unwrap();
    let other = format!("{KEY}@{domain}");
    let why = refused(&alice, &["identity", "verify", &other, own_key]);
    assert!(why.contains("another one"), "{why}");

    let withdrawn = ["identity", "verify", BOB, KEY, "--withdraw"];
    alice.run(withdrawn).unwrap();
    refused(&alice, &["identity", "who", BOB]);
}

#[test]
fn that_an_identity_differs_is_kept_and_taken_back() {
    let alice = alice();
    let why = refused(&alice, &["identity", "differs", BOB]);
    assert!(why.contains("nothing is known"), "{why}");
    let differs = said(&alice, &["identity", "differs", BOB, KEY]);
    assert_eq!(differs["known_by"], "differs");
    assert_eq!(differs["identity"], KEY);
    assert_eq!(said(&alice, &["identity", "who", BOB]), differs);
    // The key is known now, and need not be named. What is sent there waits, and says why.
    said(&alice, &["identity", "differs", BOB]);
    let hold = || {
        let shown = alice.run(["encryption", BOB]).unwrap();
        let line = shown.lines.iter().find(|it| it["event"] == "encryption");
        line.unwrap()["hold"]["code"].clone()
    };
    assert_eq!(hold(), "identity-differs");

    let withdraw = ["identity", "differs", BOB, "--withdraw"];
    alice.run(withdraw).unwrap();
    assert!(hold().is_null());
    refused(&alice, &["identity", "who", BOB]);
    // A verification is not withdrawn by it.
    said(&alice, &["identity", "verify", BOB, KEY]);
    let why = refused(&alice, &withdraw);
    assert!(why.contains("nothing was said"), "{why}");
    assert_eq!(
        said(&alice, &["identity", "who", BOB])["known_by"],
        "verified"
    );
    // The last word counts.
    said(&alice, &["identity", "differs", BOB]);
    assert_eq!(
        said(&alice, &["identity", "verify", BOB])["known_by"],
        "verified"
    );
}
