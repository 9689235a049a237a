//! What one's own statement says, and what an address confirms, on the command line.

use std::path::Path;

use onym_tests::{Finished, Person};
use serde_json::Value;

use crate::{LIMIT, alice, error_of};

const OTHER_IDENTITY: i32 = 8;

#[track_caller]
fn line<'a>(finished: &'a Finished, event: &str) -> &'a Value {
    let mut lines = finished.lines.iter();
    let found = lines.find(|line| line["event"] == event);
    assert!(found.is_some(), "no line {event}: {finished:?}");
    found.unwrap()
}

/// What a command says that our statement says.
fn statement(person: &Person, arguments: &[&str]) -> Value {
    let finished = person.run(arguments.iter().copied()).unwrap();
    line(&finished, "our-statement").clone()
}

fn refused(person: &Person, arguments: &[&str]) -> String {
    let finished = person.try_run(arguments.iter().copied(), LIMIT).unwrap();
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    error_of(&finished)["why"].as_str().unwrap().to_owned()
}

fn protocols(statement: &Value) -> Vec<&str> {
    let keys = statement["statement"]["keys"].as_array().unwrap();
    keys.iter()
        .map(|it| it["protocol"].as_str().unwrap())
        .collect()
}

#[test]
fn what_is_claimed_is_signed_with_and_without_an_endpoint() {
    let alice = alice();
    let nothing = alice.run(["identity", "show"]).unwrap();
    assert_eq!(nothing.lines[0]["jid"], alice.jid());
    assert!(
        !nothing
            .lines
            .iter()
            .any(|it| it["event"] == "our-statement")
    );

    // Each command is a process of its own.
    let legacy = "alice@a.example";
    let said = statement(&alice, &["identity", "claim-address", legacy]);
    assert_eq!(said["waiting"], 0, "{said}");
    let states = said["addresses"].as_array().unwrap();
    let state = |jid: &str| states.iter().find(|it| it["jid"] == jid).unwrap()["state"].clone();
    assert_eq!(
        (state(alice.jid()), state(legacy)),
        ("here".into(), "not-asked".into())
    );
    // An address that names somebody else's key can never be one's own.
    let (_, domain) = alice.jid().split_once('@').unwrap();
    let other = format!("us4s2sf4zoy2vgdreadnenbptildcusntqa5ev46cb7b5stmxmxq@{domain}");
    let why = refused(&alice, &["identity", "claim-address", &other]);
    assert!(why.contains("another identity"), "{why}");
    let kept = statement(&alice, &["identity", "show"]);
    assert_eq!(kept["statement"]["serial"], said["statement"]["serial"]);
    assert_eq!(kept["addresses"], said["addresses"]);

    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let otr = "0F".repeat(20);
    let said = statement(
        &alice,
        &["identity", "claim-key", "--otr", &otr, "--account", legacy],
    );
    for protocol in ["OMEMO 2", "OMEMO 0.3", "TLS", "OTR"] {
        assert!(protocols(&said).contains(&protocol), "{protocol}: {said}");
    }
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/src/openpgp/keys");
    let key = keys.join("alice.asc");
    let claim = ["identity", "claim-key", "--openpgp", key.to_str().unwrap()];
    let claimed = alice.run(claim).unwrap();
    let file = line(&claimed, "open-pgp");
    let fingerprint = "a07b53f0ba1b81a1ed7c9c4269add8a7c79be09a";
    assert_eq!(file["fingerprint"], fingerprint);
    assert_eq!(file["confirmed_by"], "nobody", "it names another identity");
    assert!(protocols(line(&claimed, "our-statement")).contains(&"OpenPGP"));
    let revoked = keys.join("alice-revoked.asc");
    let why = refused(
        &alice,
        &[
            "identity",
            "claim-key",
            "--openpgp",
            revoked.to_str().unwrap(),
        ],
    );
    assert!(why.contains("revoked"), "{why}");

    let said = statement(&alice, &["identity", "drop-key", "--openpgp", fingerprint]);
    assert!(!protocols(&said).contains(&"OpenPGP"), "{said}");
    let said = statement(&alice, &["identity", "revoke-key", "--otr", &otr]);
    assert_eq!(
        said["statement"]["revocations"][0]["fingerprint"],
        otr.to_lowercase()
    );
    let why = refused(
        &alice,
        &["identity", "claim-key", "--otr", &otr, "--account", legacy],
    );
    assert!(why.contains("never listed again"), "{why}");
    let said = statement(&alice, &["identity", "drop-address", legacy, "--revoke"]);
    assert_eq!(said["addresses"].as_array().unwrap().len(), 1, "{said}");
    let why = refused(&alice, &["identity", "drop-address", "nobody@a.example"]);
    assert!(why.contains("does not list"), "{why}");
    let why = refused(&alice, &["identity", "claim-address", alice.jid()]);
    assert!(why.contains("your own address"), "{why}");
    endpoint.stop(LIMIT).unwrap();
    let kept = statement(&alice, &["identity", "show"]);
    assert_eq!(
        kept["statement"]["revocations"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn an_address_is_asked_for_its_statement() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    let verify = |arguments: &[&str]| {
        let all = ["verify"].iter().chain(arguments).copied();
        let finished = alice.try_run(all, LIMIT).unwrap();
        let code = finished.status.code();
        (finished, code)
    };
    alice
        .run(["identity", "claim-address", "alice@a.example"])
        .unwrap();
    let (finished, code) = verify(&[alice.jid()]);
    assert_eq!(code, Some(0), "{finished:?}");
    let said = line(&finished, "address");
    let identity = alice.jid().split('@').next().unwrap();
    assert_eq!(said["answer"], "confirmed", "{said}");
    assert_eq!(
        (&said["named"], &said["identity"]),
        (&identity.into(), &identity.into())
    );
    assert_eq!(said["claims"], serde_json::json!(["alice@a.example"]));
    let other = crate::alice();
    let (finished, code) = verify(&[alice.jid(), "--identity", other.jid()]);
    assert_eq!(code, Some(OTHER_IDENTITY), "{finished:?}");
    endpoint.stop(LIMIT).unwrap();
}

#[test]
fn a_device_with_new_keys_has_revoked_the_old_ones() {
    let alice = alice();
    let mut endpoint = alice.serve().unwrap();
    endpoint.loopback().unwrap();
    statement(&alice, &["identity", "claim-address", "alice@a.example"]);
    let ours = |finished: &Finished| line(finished, "omemo-device").clone();
    let before = ours(&alice.run(["devices"]).unwrap());
    let after = ours(&alice.run(["devices", "renew"]).unwrap());
    assert_ne!(after["id"], before["id"]);
    assert_ne!(after["fingerprint"], before["fingerprint"]);
    let said = statement(&alice, &["identity", "show"]);
    let revocations = said["statement"]["revocations"].as_array().unwrap();
    assert_eq!(revocations.len(), 2, "{said}");
    for revocation in revocations {
        assert_eq!(revocation["fingerprint"], before["fingerprint"]);
    }
    assert_eq!(said["signed_out"], false);
    endpoint.stop(LIMIT).unwrap();
}
