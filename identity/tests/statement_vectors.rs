//! The published vectors of `docs/identity-statement.md`, and the second implementation of that page.
//!
//! `vectors/check_statement.py` needs Python and nothing else; with the package `cryptography`, which
//! `scripts/setup` installs for other tests, it checks more. Without a Python the tests that need one
//! say so and pass, but in CI (the variable `CI` is set) they fail.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of a test fail by panicking"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use data_encoding::HEXLOWER;
use onym_identity::statement::{
    Document, IdentityRevocation, Revoked, Statement, Succession, TextForm, Unverified, find_blocks,
};
use onym_identity::{IdentityKey, Timestamp};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

#[path = "statement/python.rs"]
mod python;
#[path = "statement/samples.rs"]
mod samples;
#[path = "statement/typical.rs"]
#[expect(dead_code, reason = "the typical statement is for other tests")]
mod typical;
#[path = "statement/words.rs"]
mod words;

#[test]
fn good_documents_say_what_the_vectors_say() {
    let vectors = vectors();
    let good = vectors["good"].as_array().unwrap();
    assert!(good.len() >= 7);
    for vector in good {
        let name = text(vector, "name");
        let document = bytes(vector, "document");
        let now = Timestamp::from_unix_millis(vector["now"].as_u64().unwrap());
        let content = read(text(vector, "kind"), &document, now, None);
        assert_eq!(content.as_ref(), Ok(&vector["content"]), "{name}");
        check_texts(vector, &document, name);
    }
}

fn check_texts(vector: &Value, document: &[u8], name: &str) {
    let form = TextForm::of(document).unwrap();
    if let Some(block) = vector["block"].as_str() {
        assert_eq!(form.block(), block, "{name}");
    }
    assert_eq!(form.qr().as_deref(), vector["qr"].as_str(), "{name}");
    let found = find_blocks(&form.block()).unwrap();
    assert!(matches!(found.as_slice(), [Ok(_)]), "{name}: {found:?}");
    if let Some(qr) = form.qr() {
        assert!(Document::from_qr(&qr).is_ok(), "{name}");
        assert!(Document::from_qr(&qr.to_lowercase()).is_ok(), "{name}");
    }
}

#[test]
fn bad_documents_are_refused_for_the_reason_that_the_vectors_say() {
    let vectors = vectors();
    let bad = vectors["bad"].as_array().unwrap();
    assert!(bad.len() >= 70);
    for (number, vector) in bad.iter().enumerate() {
        let now = Timestamp::from_unix_millis(vector["now"].as_u64().unwrap());
        let asked_for = vector["identity"].as_str().map(|_| {
            let key = bytes(vector, "identity").try_into().unwrap();
            IdentityKey::from_bytes(&key).unwrap()
        });
        let document = bytes(vector, "document");
        let got = read(text(vector, "kind"), &document, now, asked_for);
        let refused = got.expect_err("a bad vector is refused");
        assert_eq!(refused, text(vector, "refused"), "bad vector {number}");
    }
}

#[test]
fn what_is_signed_again_is_the_same() {
    let vectors = vectors();
    let derivation: Value = serde_json::from_str(include_str!("vectors/derivation.json")).unwrap();
    let seed = bytes(&derivation["vectors"][1], "identity_seed");
    let key = onym_identity::IdentitySecretKey::from_seed(&seed.try_into().unwrap());
    for vector in vectors["good"].as_array().unwrap() {
        let document = bytes(vector, "document");
        match text(vector, "kind") {
            "statement" => {
                let issued = vector["content"]["issued"].as_u64().unwrap();
                let unverified = Unverified::<Statement>::parse(&document).unwrap();
                let now = Timestamp::from_unix_millis(issued);
                let statement = unverified.verify(now).unwrap();
                let signed = statement.body().sign(&key).unwrap();
                assert_eq!(signed.as_bytes(), document, "{}", text(vector, "name"));
                assert_eq!(signed.hash(), *statement.hash());
            }
            "revocation" => assert_eq!(IdentityRevocation::sign(&key), document),
            _ => {}
        }
    }
}

#[test]
fn the_second_implementation_agrees_with_the_vectors() {
    let Some(mut command) = python::script("check_statement.py") else {
        return;
    };
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

/// What we sign, and what is left of it after a byte was changed, is judged alike by both.
#[test]
fn the_second_implementation_agrees_about_random_documents() {
    let Some(mut command) = python::script("check_statement.py") else {
        return;
    };
    let command = command.arg("--serve");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut runner = TestRunner::deterministic();
    let strategy = (samples::body(), 0_usize..600, 1_u8..=255);
    let mut both_took = 0;
    for round in 0..60 {
        let (body, at, flip) = strategy.new_tree(&mut runner).unwrap().current();
        let mut document = body.sign(&typical::key()).unwrap().as_bytes().to_vec();
        if round % 3 == 2 {
            let place = at % document.len();
            document[place] ^= flip;
        }
        let now = body.issued;
        let hex = HEXLOWER.encode(&document);
        writeln!(input, "statement {} {hex}", now.as_unix_millis()).unwrap();
        let answer = answers.next().unwrap().unwrap();
        let ours = read("statement", &document, now, None);
        match (answer.split_once(' ').unwrap(), ours) {
            (("OK", theirs), Ok(ours)) => {
                assert_eq!(serde_json::from_str::<Value>(theirs).unwrap(), ours);
                both_took += 1;
            }
            (("REFUSED", theirs), Err(ours)) => assert_eq!(ours, theirs, "{hex}"),
            (answer, ours) => panic!("{answer:?} and {ours:?} about {hex}"),
        }
    }
    assert_eq!(both_took, 40);
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// Reads and verifies, and tells the content in the words of the vectors, or why not.
fn read(
    kind: &str,
    document: &[u8],
    now: Timestamp,
    asked_for: Option<IdentityKey>,
) -> Result<Value, &'static str> {
    match kind {
        "statement" => {
            let unverified = Unverified::<Statement>::parse(document).map_err(words::form)?;
            let statement = match asked_for {
                Some(identity) => unverified.verify_as(&identity, now),
                None => unverified.verify(now),
            };
            statement.map(|it| content(&it)).map_err(words::verify)
        }
        "revocation" => {
            let unverified = Unverified::<IdentityRevocation>::parse(document);
            let revocation = unverified.map_err(words::form)?.verify();
            let revocation = revocation.map_err(words::verify)?;
            Ok(json!({ "identity": hex(revocation.identity()) }))
        }
        "succession" => {
            let unverified = Unverified::<Succession>::parse(document).map_err(words::form)?;
            let succession = unverified.verify(now).map_err(words::verify)?;
            Ok(json!({
                "old": hex(succession.old()),
                "new": hex(succession.new_identity()),
                "since": succession.since(),
            }))
        }
        other => panic!("{other} is no kind of document"),
    }
}

fn content(statement: &Statement) -> Value {
    let body = statement.body();
    let endpoints = body.endpoints.iter().map(|it| {
        let kind = match it.kind {
            onym_identity::statement::EndpointKind::Own => 1,
            onym_identity::statement::EndpointKind::Account => 2,
        };
        json!({ "jid": it.jid.as_str(), "kind": kind, "priority": it.priority })
    });
    let keys = body.keys.iter().map(|it| {
        json!({
            "protocol": it.key.protocol.code(),
            "jid": it.jid.as_str(),
            "device": it.device,
            "fingerprint": it.key.fingerprint.to_string(),
        })
    });
    let revocations = body.revocations.iter().map(|it| match &it.what {
        Revoked::Key(key) => json!({
            "protocol": key.protocol.code(),
            "fingerprint": key.fingerprint.to_string(),
            "since": it.since,
        }),
        Revoked::Endpoint(jid) => json!({ "jid": jid.as_str(), "since": it.since }),
    });
    json!({
        "identity": hex(statement.identity()),
        "serial": body.serial,
        "issued": body.issued,
        "expires": body.expires,
        "name": body.name.as_ref().map(ToString::to_string),
        "endpoints": endpoints.collect::<Vec<_>>(),
        "keys": keys.collect::<Vec<_>>(),
        "revocations": revocations.collect::<Vec<_>>(),
        "hash": HEXLOWER.encode(statement.hash().as_bytes()),
    })
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/statement.json")).unwrap()
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap()
}

fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    HEXLOWER.decode(text(vector, field).as_bytes()).unwrap()
}

fn hex(key: &IdentityKey) -> String {
    HEXLOWER.encode(key.as_bytes())
}
