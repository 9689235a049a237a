//! The phrase that two people compare by voice, with its published vectors.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail by panicking")]

use data_encoding::HEXLOWER;
use onym_identity::{ComparisonPhrase, IdentityKey};
use serde_json::Value;

#[path = "statement/python.rs"]
mod python;

fn key(hex: &Value) -> IdentityKey {
    let bytes = HEXLOWER.decode(hex.as_str().unwrap().as_bytes()).unwrap();
    IdentityKey::from_bytes(&bytes.try_into().unwrap()).unwrap()
}

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("vectors/comparison.json")).unwrap();
    file.get("vectors").unwrap().as_array().unwrap().clone()
}

#[test]
fn phrases_are_those_of_the_vectors_and_fit_each_other() {
    let vectors = vectors();
    assert!(vectors.len() >= 12);
    for vector in &vectors {
        let (ours, theirs) = (key(&vector["ours"]), key(&vector["theirs"]));
        let here = ComparisonPhrase::between(&ours, &theirs).unwrap();
        assert_eq!(here.ours().join(" "), vector["we_read"]);
        assert_eq!(here.theirs().join(" "), vector["they_read"]);
        let there = ComparisonPhrase::between(&theirs, &ours).unwrap();
        assert_eq!((here.ours(), here.theirs()), (there.theirs(), there.ours()));
    }
}

#[test]
fn a_key_that_somebody_puts_between_changes_the_phrase() {
    let vectors = vectors();
    let keys: Vec<IdentityKey> = vectors.iter().map(|it| key(&it["ours"])).collect();
    let (alice, bob) = (keys[0], *keys.iter().find(|it| **it != keys[0]).unwrap());
    let is_other = |it: &&IdentityKey| **it != alice && **it != bob;
    let between = *keys.iter().find(is_other).unwrap();
    let alice_reads = ComparisonPhrase::between(&alice, &between).unwrap();
    let bob_hears = ComparisonPhrase::between(&bob, &between).unwrap();
    assert_ne!(alice_reads.ours(), bob_hears.theirs());
    assert_ne!(alice_reads.theirs(), bob_hears.ours());
}

#[test]
fn nobody_is_compared_with_themselves() {
    let alice = key(&vectors()[0]["ours"]);
    assert_eq!(ComparisonPhrase::between(&alice, &alice), None);
}

#[test]
fn the_second_implementation_agrees() {
    let Some(mut command) = python::script("check_comparison.py") else {
        return;
    };
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}
