//! `onym identity`.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use onym_tests::{Person, onym_binary};
use serde_json::Value;

use crate::{LIMIT, alice, error_of};

#[test]
fn a_new_identity_is_an_address_and_24_words() {
    let (alice, bob) = (alice(), alice());
    let (identity, domain) = alice.jid().split_once('@').unwrap();
    assert_eq!((identity.len(), domain.len()), (52, 62), "{}", alice.jid());
    assert!(domain.ends_with(".onion"));
    assert_eq!(alice.phrase().split(' ').count(), 24);
    assert_ne!(alice.jid(), bob.jid());
}

#[test]
fn an_identity_is_never_overwritten() {
    let alice = alice();
    let again = alice.try_run(["identity", "new"], LIMIT).unwrap();
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    error_of(&again);
    assert_eq!(restore(&alice, alice.phrase()).status.code(), Some(1));
    let shown = alice.run(["identity", "show"]).unwrap();
    assert_eq!(shown.lines[0]["jid"], alice.jid());
}

#[test]
fn the_phrase_is_shown_only_when_asked_for() {
    let alice = alice();
    let shown = alice.run(["identity", "show"]).unwrap();
    let last_words = alice.phrase().rsplitn(3, ' ').collect::<Vec<_>>()[..2].join(" ");
    assert!(!format!("{shown:?}").contains(&last_words));
    assert!(shown.lines[0].get("phrase").is_none_or(Value::is_null));
    let asked = alice.run(["identity", "show", "--phrase"]).unwrap();
    assert_eq!(asked.lines[0]["phrase"], alice.phrase());
}

#[test]
fn the_phrase_restores_the_address_on_another_machine() {
    let (alice, other) = (alice(), alice());
    fs::remove_dir_all(other.data_dir()).unwrap();
    // As a person types: another case, other white space.
    let typed = alice.phrase().to_uppercase().replace(' ', "  ");
    let output = restore(&other, &typed);
    assert!(output.status.success(), "{output:?}");
    // It says what the words alone do not bring back.
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("\"event\":\"restored\""), "{said}");
    let shown = other.run(["identity", "show"]).unwrap();
    assert_eq!(shown.lines[0]["jid"], alice.jid());
}

#[test]
fn a_wrong_phrase_is_refused_with_the_place_that_is_wrong() {
    let (alice, other) = (alice(), alice());
    fs::remove_dir_all(other.data_dir()).unwrap();
    let (_, rest) = alice.phrase().split_once(' ').unwrap();
    let output = restore(&other, &format!("onyms {rest}"));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("word 1 "), "{said}");
    // A secret, even with a fault in it, is not repeated on the screen.
    assert!(!said.contains("onyms"), "{said}");
    // Nothing was made of it.
    assert_eq!(no_identity(&other), Some(1));
}

#[test]
fn without_an_identity_every_command_says_how_to_make_one() {
    let alice = alice();
    fs::remove_dir_all(alice.data_dir()).unwrap();
    for command in [
        &["serve"][..],
        &["listen"],
        &["send", alice.jid(), "Hello"],
        &["contact", "list"],
        &["identity", "show"],
    ] {
        let finished = alice.try_run(command.iter().copied(), LIMIT).unwrap();
        assert_eq!(finished.status.code(), Some(1), "{command:?}: {finished:?}");
        let error = error_of(&finished);
        let words = error.to_string();
        assert!(words.contains("identity new"), "{command:?}: {words}");
    }
}

#[test]
fn a_move_is_shown_and_not_carried_out_by_looking() {
    let alice = alice();
    let moves = |person: &Person| {
        let finished = person.run(["identity", "moves"]).unwrap();
        let line = finished.lines.iter().find(|it| it["event"] == "moves");
        line.unwrap().clone()
    };
    let before = moves(&alice);
    assert_eq!(before["jid"], alice.jid());
    assert_eq!(before["former"].as_array().map(Vec::len), Some(0));
    assert!(before.get("next").is_none(), "{before}");
    let planned = alice.try_run(["identity", "move"], LIMIT).unwrap();
    assert_eq!(planned.status.code(), Some(1), "{planned:?}");
    assert!(moves(&alice).get("next").is_none());

    let announced = alice.run(["identity", "move", "--yes"]).unwrap();
    let line = |it: &&Value| it["event"] == "move-announced";
    let to = announced.lines.iter().find(line).unwrap()["to"].clone();
    for _ in 0..2 {
        let shown = moves(&alice);
        assert_eq!((&shown["jid"], &shown["next"]), (&alice.jid().into(), &to));
    }
    // It is taken back, also if it was already; what starts then is where it was.
    for _ in 0..2 {
        let back = alice.run(["identity", "move", "--cancel"]).unwrap();
        let line = back
            .lines
            .iter()
            .find(|it| it["event"] == "move-taken-back");
        let line = line.unwrap();
        assert_eq!((&line["jid"], &line["next"]), (&alice.jid().into(), &to));
        assert!(moves(&alice).get("next").is_none());
    }
    let shown = alice.run(["identity", "show"]).unwrap();
    let listed = shown
        .lines
        .iter()
        .any(|it| it["addresses"].to_string().contains(to.as_str().unwrap()));
    assert!(!listed, "{shown:?}");
    alice.run(["identity", "move", "--yes"]).unwrap();
    // Whatever starts next is at the new address.
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let after = moves(&alice);
    assert_eq!(after["jid"], to);
    assert_eq!(after["former"], serde_json::json!([alice.jid()]));
    assert!(after.get("next").is_none(), "{after}");
    endpoint.stop(LIMIT).unwrap();
}

fn no_identity(person: &Person) -> Option<i32> {
    let shown = person.try_run(["identity", "show"], LIMIT).unwrap();
    shown.status.code()
}

/// Types a phrase into `onym identity restore`.
fn restore(person: &Person, phrase: &str) -> Output {
    let mut program = Command::new(onym_binary().unwrap())
        .args(["--json", "--data-dir"])
        .arg(person.data_dir())
        .args(["identity", "restore"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = program.stdin.take().unwrap();
    // It may have ended before it read anything.
    let _ = writeln!(input, "{phrase}");
    drop(input);
    program.wait_with_output().unwrap()
}
