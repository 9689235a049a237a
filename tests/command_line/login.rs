//! Who may log in on loopback. The other side is written in Python, from the specification.

use std::process::Command;

use onym_tests::{Endpoint, Person};
use serde_json::Value;

use crate::{LIMIT, alice};

const CLIENT: &str = include_str!("scram_client.py");
const SCRAM: [&str; 2] = ["SCRAM-SHA-256", "SCRAM-SHA-1"];

#[test]
fn a_device_logs_in_with_its_password() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    let port = endpoint.loopback().unwrap().port();
    let password = add_device(&alice, "laptop");
    for mechanism in SCRAM {
        let login = log_in(port, alice.jid(), &password, mechanism);
        assert_eq!(login["outcome"], "success", "{mechanism}: {login}");
        assert!(login["iterations"].as_u64().unwrap() >= 4096, "{login}");
        let bound = login["bound"].as_str().unwrap();
        assert!(bound.starts_with(&format!("{}/", alice.jid())), "{login}");
        let is_note = |line: &Value| line["event"] == "note" && line.to_string().contains("laptop");
        endpoint
            .wait_for("the note about a login", is_note, LIMIT)
            .unwrap();
    }
}

#[test]
fn whoever_listens_later_hears_that_the_client_is_logged_in_already() {
    let (alice, _endpoint) = serving();
    let mut first = alice.listen().unwrap();
    first.wait_until_online(LIMIT).unwrap();
    let mut second = alice.listen().unwrap();
    second.wait_until_online(LIMIT).unwrap();
}

#[test]
fn a_wrong_password_is_refused() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    let port = endpoint.loopback().unwrap().port();
    // No device may log in yet, so no password is right.
    refused(port, alice.jid(), "password");
    let password = add_device(&alice, "laptop");
    for wrong in ["password", "", &password[1..], &format!("{password} ")] {
        refused(port, alice.jid(), wrong);
    }
    // The right one does not open another account.
    let stranger = alice.jid().replacen(&alice.jid()[..8], "aaaaaaaa", 1);
    refused(port, &stranger, &password);
    let refusals = endpoint.lines();
    let refusals = refusals
        .iter()
        .filter(|line| line.to_string().contains("login-refused"));
    assert!(refusals.count() >= 10);
    let login = log_in(port, alice.jid(), &password, "SCRAM-SHA-256");
    assert_eq!(login["outcome"], "success", "{login}");
}

#[test]
fn a_revoked_device_is_refused_and_others_stay() {
    let (alice, mut endpoint) = serving();
    let port = endpoint.loopback().unwrap().port();
    let lost = add_device(&alice, "lost");
    let kept = add_device(&alice, "kept");
    assert_ne!(lost, kept);
    assert_eq!(devices(&alice), ["kept", "lost"]);
    alice.run(["device", "revoke", "lost"]).unwrap();
    refused(port, alice.jid(), &lost);
    let login = log_in(port, alice.jid(), &kept, "SCRAM-SHA-256");
    assert_eq!(login["outcome"], "success", "{login}");
    assert_eq!(devices(&alice), ["kept"]);
}

#[test]
fn a_password_never_crosses_the_connection() {
    let (alice, mut endpoint) = serving();
    let port = endpoint.loopback().unwrap().port();
    let password = add_device(&alice, "laptop");
    let login = log_in(port, alice.jid(), &password, "PLAIN");
    assert_eq!(login["outcome"], "failure", "{login}");
    assert_eq!(login["condition"], "invalid-mechanism", "{login}");
    let offered = login["offered"].as_array().unwrap();
    assert!(
        SCRAM
            .iter()
            .all(|name| offered.contains(&Value::from(*name))),
        "{login}"
    );
    // EXTERNAL is for the pipe inside the process.
    assert!(!offered.contains(&Value::from("PLAIN")), "{login}");
    assert!(!offered.contains(&Value::from("EXTERNAL")), "{login}");
}

fn serving() -> (Person, Endpoint) {
    let alice = alice();
    let endpoint = alice.serve().unwrap();
    (alice, endpoint)
}

fn add_device(person: &Person, name: &str) -> String {
    let added = person.run(["device", "add", name]).unwrap();
    let password = added
        .lines
        .iter()
        .find_map(|line| line["password"].as_str());
    password.unwrap().to_owned()
}

fn devices(person: &Person) -> Vec<String> {
    let listed = person.run(["device", "list"]).unwrap();
    let mut names: Vec<String> = listed
        .lines
        .iter()
        .filter_map(|line| line["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// Both mechanisms refuse, with the condition that tells least.
#[track_caller]
fn refused(port: u16, jid: &str, password: &str) {
    for mechanism in SCRAM {
        let login = log_in(port, jid, password, mechanism);
        assert_eq!(
            login["outcome"], "failure",
            "{mechanism}, {password:?}: {login}"
        );
        assert_eq!(login["condition"], "not-authorized", "{mechanism}: {login}");
    }
}

#[track_caller]
fn log_in(port: u16, jid: &str, password: &str, mechanism: &str) -> Value {
    let output = Command::new("python3")
        .args(["-c", CLIENT, &port.to_string(), jid, password, mechanism])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}
