//! Right and wrong usage.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use onym_tests::Person;

use crate::{LIMIT, NO_NETWORK, alice, error_of};

/// The exit codes of commands that gave up, and that were stopped.
const TOO_LATE: i32 = 3;
const INTERRUPTED: i32 = 130;

#[test]
fn wrong_usage_ends_with_2_and_a_hint() {
    let alice = alice();
    let wrong: [&[&str]; 5] = [
        &["fly"],
        &["send"],
        &["send", alice.jid(), "Hello", "--wait", "forever"],
        &["serve", "--listen", "nowhere"],
        &["contact", "marry", alice.jid()],
    ];
    for arguments in wrong {
        let finished = alice.try_run(arguments.iter().copied(), LIMIT).unwrap();
        assert_eq!(
            finished.status.code(),
            Some(2),
            "{arguments:?}: {finished:?}"
        );
        assert!(
            !finished.log.is_empty() || !finished.lines.is_empty(),
            "{arguments:?} is refused without a word"
        );
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    let alice = alice();
    for jid in [
        "bob",
        "bob@example.org",
        "@",
        &alice.jid().replace(".onion", ""),
    ] {
        let finished = alice.try_run(["send", jid, "Hello"], LIMIT).unwrap();
        assert!(
            matches!(finished.status.code(), Some(1 | 2)),
            "{finished:?}"
        );
        assert!(
            !finished.log.is_empty() || !finished.lines.is_empty(),
            "{jid} is refused without a word"
        );
    }
}

#[test]
fn every_line_has_an_event_and_a_time() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let mut lines = alice.run(["contact", "list"]).unwrap().lines;
    lines.extend(alice.run(["status"]).unwrap().lines);
    lines.extend(alice.run(["device", "list"]).unwrap().lines);
    let stopped = endpoint.stop(LIMIT).unwrap();
    assert!(stopped.status.success(), "{stopped:?}");
    assert_eq!(stopped.lines[0]["event"], "starting");
    assert_eq!(stopped.lines[0]["jid"], alice.jid());
    assert_eq!(stopped.lines.last().unwrap()["event"], "stopped");
    lines.extend(stopped.lines);
    for line in &lines {
        assert!(line["event"].is_string(), "{line}");
        // 2026-11-23T12:00:00.000Z
        let time = line["time"].as_str().unwrap_or_default();
        let shape: String = time
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{line}");
    }
}

#[test]
fn a_second_endpoint_in_the_same_folder_is_refused() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let second = alice
        .try_run(["serve", "--listen", "127.0.0.1:0"], LIMIT)
        .unwrap();
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    let error = error_of(&second).to_string();
    assert!(error.contains("another Onym"), "{error}");
    // The first is not disturbed.
    alice.run(["contact", "list"]).unwrap();
    endpoint.stop(LIMIT).unwrap();
}

#[test]
fn a_killed_endpoint_leaves_the_folder_usable() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    endpoint.kill_hard().unwrap();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    assert!(endpoint.stop(LIMIT).unwrap().status.success());
}

#[test]
fn nobody_else_on_this_machine_can_read_the_folder() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&alice.data_dir()), 0o700);
    assert_eq!(mode(&alice.data_dir().join("control.sock")), 0o600);
}

#[test]
fn clients_cannot_be_let_in_from_other_machines() {
    let finished = alice()
        .try_run(["serve", "--listen", "0.0.0.0:0"], LIMIT)
        .unwrap();
    assert!(
        matches!(finished.status.code(), Some(1 | 2)),
        "{finished:?}"
    );
    let words = format!("{:?}{}", finished.lines, finished.log);
    assert!(words.contains("loopback"), "{words}");
}

#[test]
fn a_message_to_somebody_who_cannot_be_reached_waits_and_says_so() {
    let (alice, bob) = (alice(), alice());
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    // What is encrypted waits for their keys first.
    alice.run(["encryption", bob.jid(), "clear"]).unwrap();
    let stored = alice.run(["send", bob.jid(), "Hello"]).unwrap();
    let states: Vec<&str> = stored
        .lines
        .iter()
        .filter(|line| line["event"] == "delivery")
        .map(|line| line["state"].as_str().unwrap())
        .collect();
    assert_eq!(states.last(), Some(&"stored"), "{stored:?}");
    let waiting = ["--wait", "delivered", "--timeout", "1"];
    let late = alice
        .try_run(
            ["send", bob.jid(), "Hello"].into_iter().chain(waiting),
            LIMIT,
        )
        .unwrap();
    assert_eq!(late.status.code(), Some(3), "{late:?}");
    endpoint.stop(LIMIT).unwrap();
}

#[test]
fn commands_about_a_message_wait_for_what_they_can_know() {
    let (alice, bob) = (alice(), Person::new("bob", NO_NETWORK).unwrap());
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    alice.run(["encryption", bob.jid(), "clear"]).unwrap();
    alice.run(["send", bob.jid(), "Helo"]).unwrap();
    let history = alice.run(["history", bob.jid()]).unwrap();
    let number = history.lines[0]["number"].to_string();
    for wait in ["queued", "stored"] {
        let edit = ["edit", bob.jid(), &number, wait, "--wait", wait];
        let changed = alice.run(edit).unwrap();
        assert_eq!(changed.lines[0]["text"], wait, "{changed:?}");
    }
    // Bob's endpoint is nowhere.
    let far = ["--wait", "handed-over", "--timeout", "1"];
    let changes: [&[&str]; 3] = [
        &["send", bob.jid(), "And one more"],
        &["react", bob.jid(), &number, "\u{1f44d}"],
        &["retract", bob.jid(), &number],
    ];
    for change in changes {
        let arguments = change.iter().chain(&far).copied();
        let finished = alice.try_run(arguments, LIMIT).unwrap();
        assert_eq!(finished.status.code(), Some(TOO_LATE), "{finished:?}");
        error_of(&finished);
    }
    let refused = alice.try_run(
        ["retract", bob.jid(), &number, "--wait", "delivered"],
        LIMIT,
    );
    let refused = refused.unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.log.contains("nobody confirms"), "{}", refused.log);
}

#[test]
fn an_export_that_is_interrupted_leaves_nothing() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let passphrase = alice.passphrase_file("export").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.onym");
    let file = file.to_string_lossy();
    let environment = vec![("ONYM_EXPORT_PASSPHRASE_FILE", passphrase.into_os_string())];
    let export = ["export", "everything", &file];
    let mut running = alice.start_with(environment, export).unwrap();
    // The draft is there, and the key of the file is being derived, which takes a while.
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    while count() == 0 {
        assert!(running.is_running(), "{}", running.output());
        std::thread::yield_now();
    }
    let stopped = running.stop(LIMIT).unwrap();
    assert_eq!(stopped.status.code(), Some(INTERRUPTED), "{stopped:?}");
    // The command ends when the endpoint has taken everything away.
    assert_eq!(count(), 0);
    alice.run(["status"]).unwrap();
}
