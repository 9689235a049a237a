//! Encryption, as it is shown and chosen.

use onym_tests::{Finished, Person};
use serde_json::Value;

use crate::{LIMIT, NO_NETWORK, alice, error_of};

/// The exit code of a command that gave up.
const TOO_LATE: i32 = 3;

fn bob() -> Person {
    Person::new("bob", NO_NETWORK).unwrap()
}

/// The line about encryption, of which there is one.
fn encryption(finished: &Finished) -> &Value {
    let is_about = |line: &&Value| line["event"] == "encryption";
    let lines: Vec<&Value> = finished.lines.iter().filter(is_about).collect();
    assert_eq!(lines.len(), 1, "{finished:?}");
    lines[0]
}

#[test]
fn what_is_chosen_for_one_stands_above_what_is_chosen_for_all() {
    let (alice, bob) = (alice(), bob());
    let policy = |arguments: &[&str]| {
        let finished = alice.run(arguments.iter().copied()).unwrap();
        let line = encryption(&finished);
        (line["policy"].clone(), line["chosen"].clone())
    };
    let jid = bob.jid();
    assert_eq!(policy(&["encryption", "--all"]).0, "best");
    assert_eq!(policy(&["encryption", jid]), ("best".into(), false.into()));
    let chosen = policy(&["encryption", jid, "omemo2"]);
    assert_eq!(chosen, ("omemo2".into(), true.into()));
    assert_eq!(
        policy(&["encryption", "--all", "best-or-clear"]).0,
        "best-or-clear"
    );
    // Each command was a process of its own: it is kept.
    assert_eq!(policy(&["encryption", jid]).0, "omemo2");
    let default = policy(&["encryption", jid, "default"]);
    assert_eq!(default, ("best-or-clear".into(), false.into()));
}

#[test]
fn a_message_waits_for_keys_and_says_so_until_it_may_go_in_the_clear() {
    let (alice, bob) = (alice(), bob());
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let late = ["send", bob.jid(), "Hello", "--timeout", "1"];
    let late = alice.try_run(late, LIMIT).unwrap();
    assert_eq!(late.status.code(), Some(TOO_LATE), "{late:?}");
    let is_held = |line: &Value| line["event"] == "held" && line["code"] == "looking-for-devices";
    assert!(late.lines.iter().any(is_held), "{late:?}");
    assert!(
        !late.lines.iter().any(|line| line["event"] == "delivery"),
        "{late:?}"
    );
    let why = error_of(&late)["why"].as_str().unwrap();
    assert!(why.contains("which devices they have"), "{why}");

    // The endpoint's client stays as long as the message waits.
    let history = alice.run(["history", bob.jid()]).unwrap();
    let kept = &history.lines[0];
    assert_eq!(kept["state"], "queued", "{kept}");
    assert_eq!(kept["hold"]["code"], "looking-for-devices", "{kept}");
    let shown = alice.run(["encryption", bob.jid()]).unwrap();
    assert_eq!(encryption(&shown)["hold"]["code"], "looking-for-devices");

    alice.run(["encryption", bob.jid(), "clear"]).unwrap();
    let stored = alice.run(["send", bob.jid(), "In the clear"]).unwrap();
    let is_stored = |line: &&Value| line["event"] == "delivery" && line["state"] == "stored";
    let line = stored.lines.iter().find(is_stored).unwrap();
    assert_eq!(line["encryption"]["kind"], "none", "{line}");
    let history = alice.run(["history", bob.jid()]).unwrap();
    for kept in history.lines.iter().filter(|line| line["event"] == "kept") {
        assert_eq!(kept["state"], "stored", "{kept}");
        assert_eq!(kept["encryption"]["kind"], "none", "{kept}");
        assert!(kept.get("hold").is_none(), "{kept}");
    }
    endpoint.stop(LIMIT).unwrap();
}

#[test]
fn our_device_has_a_fingerprint_and_stays_the_same() {
    let (alice, bob) = (alice(), bob());
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let mut listener = alice.listen().unwrap();
    let is_ours = |line: &Value| line["event"] == "encryption" && line["jid"] == alice.jid();
    listener.wait_for("our keys", is_ours, LIMIT).unwrap();
    let ours = |alice: &Person| {
        let lines = alice.run(["devices"]).unwrap().lines;
        let is_device = |line: &&Value| line["event"] == "omemo-device";
        let mut devices = lines.iter().filter(is_device);
        let device = devices.next().unwrap().clone();
        assert!(devices.next().is_none(), "{lines:?}");
        device
    };
    let device = ours(&alice);
    assert_eq!(device["this"], true, "{device}");
    assert_eq!(device["versions"], serde_json::json!(["omemo2", "omemo"]));
    let fingerprint = device["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 64, "{device}");
    let is_lower_hex = |it: char| matches!(it, '0'..='9' | 'a'..='f');
    assert!(fingerprint.chars().all(is_lower_hex), "{device}");

    let id = device["id"].to_string();
    let refused: [&[&str]; 3] = [
        &["devices", "remove", &id],
        &["devices", "remove", "7"],
        &["trust", bob.jid(), "7", "accept"],
    ];
    for arguments in refused {
        let finished = alice.try_run(arguments.iter().copied(), LIMIT).unwrap();
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        error_of(&finished);
    }
    listener.stop(LIMIT).unwrap();
    endpoint.stop(LIMIT).unwrap();
    // Without an endpoint it is read from the disk.
    assert_eq!(ours(&alice)["fingerprint"], fingerprint);
}
