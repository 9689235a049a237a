//! `onym invite`, `onym verify`, and what an identity signs on the command line.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use onym_tests::{Finished, Person};
use serde_json::Value;

use crate::{LIMIT, alice, error_of};

const EXPIRED: i32 = 4;
const FORGED: i32 = 6;
const NO_DOCUMENT: i32 = 7;
const OTHER_IDENTITY: i32 = 8;
const REVOKED: i32 = 9;

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

/// What `onym verify` says, its first line, and its exit code.
fn verify(person: &Person, arguments: &[&str]) -> (Finished, Value, Option<i32>) {
    let all = ["verify"].iter().chain(arguments).copied();
    let finished = person.try_run(all, LIMIT).unwrap();
    let first = finished.lines.first().cloned().unwrap_or_default();
    let code = finished.status.code();
    (finished, first, code)
}

/// A statement in a file, as text.
fn exported(person: &Person) -> PathBuf {
    let file = beside(person, "statement.txt");
    person
        .run([
            "identity",
            "export",
            "--name",
            "Alice",
            "--out",
            text(&file),
        ])
        .unwrap();
    file
}

#[test]
fn an_invite_is_read_back() {
    let alice = alice();
    let invite = alice.run(["invite", "--name", "Alice", "--qr"]).unwrap();
    let invite = &invite.lines[0];
    assert_eq!(invite["jid"], alice.jid());
    assert!(invite["qr"].as_str().unwrap().lines().count() > 20);
    for form in ["link", "xmpp"] {
        let link = invite[form].as_str().unwrap();
        let (finished, said, code) = verify(&alice, &[link, "--identity", key_of(&alice)]);
        assert_eq!(code, Some(0), "{finished:?}");
        assert_eq!(said["kind"], "invite");
        assert_eq!(said["jid"], alice.jid());
        assert_eq!(said["name"], "Alice");
        assert_eq!(said["identity"], key_of(&alice));
    }
    let link = invite["link"].as_str().unwrap();
    assert!(link.starts_with("https://onym.example/i/#1."), "{link}");
    let hosted = ["invite", "--without-token", "--host", "invite.example"];
    let hosted = alice.run(hosted).unwrap();
    let hosted = hosted.lines[0]["link"].as_str().unwrap().to_owned();
    assert!(hosted.starts_with("https://invite.example/i/#"), "{hosted}");
    let moved = alice.run(["invite", "--moved"]).unwrap();
    let (_, said, code) = verify(&alice, &[moved.lines[0]["link"].as_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        (&said["is_move"], &said["identity"]),
        (&true.into(), &key_of(&alice).into())
    );
    let wrong = alice.try_run(["invite", "--host", "a/b"], LIMIT).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    error_of(&wrong);
}

#[test]
fn an_invite_is_listed_and_taken_back() {
    let alice = alice();
    let given = |line: &&Value| line["event"] == "given-invite";
    let list = || {
        let lines = alice.run(["invite", "list"]).unwrap().lines;
        lines
            .into_iter()
            .filter(|line| given(&line))
            .collect::<Vec<_>>()
    };
    assert!(list().is_empty());
    let plain = alice.run(["invite", "--without-token"]).unwrap();
    assert!(plain.lines[0].get("id").is_none());
    assert!(list().is_empty());
    let made = alice.run(["invite", "--days", "1"]).unwrap();
    let made = &made.lines[0];
    let id = made["id"].as_str().unwrap();
    let listed = list();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["id"], id);
    assert_eq!(listed[0]["state"], "open");
    assert_eq!(listed[0]["expires"], made["expires"]);
    let (_, said, code) = verify(&alice, &[made["link"].as_str().unwrap()]);
    assert_eq!((code, &said["token"]), (Some(0), &serde_json::json!(true)));
    // The token is not in what is kept.
    let xmpp = made["xmpp"].as_str().unwrap();
    let token = xmpp.split("preauth=").nth(1).unwrap();
    let token = token.split(';').next().unwrap();
    assert!(!format!("{listed:?}").contains(token));
    let unknown = alice.try_run(["invite", "revoke", "xyz"], LIMIT).unwrap();
    assert_eq!(unknown.status.code(), Some(1));
    error_of(&unknown);
    let revoked = alice.run(["invite", "revoke", &id[..8]]).unwrap();
    let line = revoked.lines.iter().find(given).unwrap();
    assert_eq!(
        (&line["id"], &line["state"]),
        (&id.into(), &"revoked".into())
    );
    assert!(list().is_empty());
}

#[test]
fn links_of_others_are_read_and_damaged_ones_refused() {
    let alice = alice();
    // bob@b.example?otr=0f…&m=1
    let chatsecure = "https://chatsecure.org/i/#Ym9iQGIuZXhhbXBsZT9vdHI9MGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZiZtPTE=";
    let (finished, said, code) = verify(&alice, &[chatsecure]);
    assert_eq!(code, Some(0), "{finished:?}");
    assert_eq!(said["jid"], "bob@b.example");
    assert_eq!(said["keys"][0]["protocol"], "OTR");
    assert_eq!(said["keys"][0]["fingerprint"], "0f".repeat(20));
    let (_, _, code) = verify(&alice, &[chatsecure, "--identity", key_of(&alice)]);
    assert_eq!(code, Some(OTHER_IDENTITY));
    for (link, why) in [
        ("https://onym.example/i/#1.AA", "damaged"),
        ("xmpp:room@rooms.example?join", "other_action"),
        ("https://onym.example/", "form"),
    ] {
        let (finished, said, code) = verify(&alice, &[link]);
        assert_eq!(code, Some(NO_DOCUMENT), "{finished:?}");
        assert_eq!(said["refused"], why);
        assert_eq!(said["valid"], false);
        assert_eq!(error_of(&finished)["code"], NO_DOCUMENT);
    }
}

#[test]
fn a_statement_is_verified_in_each_form() {
    let (alice, bob) = (alice(), alice());
    let block = exported(&alice);
    let bytes = beside(&alice, "statement");
    alice
        .run(["identity", "export", "--binary", text(&bytes)])
        .unwrap();
    // In the middle of a page.
    let page = beside(&alice, "page.html");
    let around = fs::read_to_string(&block).unwrap();
    fs::write(&page, format!("<pre>Me:\n{around}</pre>\n")).unwrap();
    for file in [&block, &bytes, &page] {
        let (finished, said, code) = verify(&bob, &[text(file), "--identity", alice.jid()]);
        assert_eq!(code, Some(0), "{finished:?}");
        assert_eq!(said["kind"], "statement");
        assert_eq!(said["identity"], key_of(&alice));
        assert_eq!(said["endpoints"][0]["jid"], alice.jid());
        assert_eq!(said["endpoints"][0]["kind"], "own");
    }
    let (_, said, code) = verify(&bob, &[text(&block), "--identity", bob.jid()]);
    assert_eq!(code, Some(OTHER_IDENTITY));
    assert_eq!(said["fault"], "giver");
    // It is never overwritten.
    let again = ["identity", "export", "--out", text(&block)];
    let again = alice.try_run(again, LIMIT).unwrap();
    assert_eq!(again.status.code(), Some(1));
    error_of(&again);
}

#[test]
fn a_changed_statement_is_refused() {
    let alice = alice();
    let file = beside(&alice, "statement");
    alice
        .run(["identity", "export", "--binary", text(&file)])
        .unwrap();
    let good = fs::read(&file).unwrap();
    // The tag; the serial number; the last byte of the signature.
    for (at, expected) in [(3, NO_DOCUMENT), (56, FORGED), (good.len() - 1, FORGED)] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&file, &bad).unwrap();
        let (finished, said, code) = verify(&alice, &[text(&file)]);
        assert_eq!(code, Some(expected), "byte {at}: {finished:?}");
        assert_eq!(said["valid"], false);
        assert_eq!(said.get("serial"), None, "nothing of it is told: {said}");
        assert_eq!(error_of(&finished)["code"], expected);
    }
    fs::write(&file, "Nothing signed is in here.").unwrap();
    assert_eq!(verify(&alice, &[text(&file)]).2, Some(NO_DOCUMENT));
    assert_eq!(verify(&alice, &["/nowhere/at/all"]).2, Some(1));
}

#[test]
fn a_revocation_is_made_only_by_who_means_it() {
    let alice = alice();
    let file = beside(&alice, "revocation.txt");
    let revoke = ["identity", "revoke", "--out", text(&file)];
    let unsure = alice.try_run(revoke, LIMIT).unwrap();
    assert_eq!(unsure.status.code(), Some(1));
    assert!(!file.exists());
    alice.run(revoke.into_iter().chain(["--yes"])).unwrap();
    let (finished, said, code) = verify(&alice, &[text(&file), "--identity", alice.jid()]);
    assert_eq!(code, Some(0), "{finished:?}");
    assert_eq!(said["kind"], "revocation");
    // A page with both has nothing to believe.
    let statement = exported(&alice);
    let both = fs::read_to_string(&statement).unwrap() + &fs::read_to_string(&file).unwrap();
    fs::write(&statement, both).unwrap();
    let (finished, _, code) = verify(&alice, &[text(&statement)]);
    assert_eq!(code, Some(REVOKED), "{finished:?}");
}

#[test]
fn one_identity_follows_another_when_both_have_signed() {
    let (old, new, other) = (alice(), alice(), alice());
    let (proposal, done) = (beside(&old, "proposal.txt"), beside(&new, "done.txt"));
    let to = ["--to", new.jid(), "--out", text(&proposal), "--yes"];
    let propose = ["identity", "succeed", "propose"];
    old.run(propose.into_iter().chain(to)).unwrap();
    // Nobody takes the proposal for the succession.
    let (_, said, code) = verify(&other, &[text(&proposal)]);
    assert_eq!(
        (code, said["refused"].as_str()),
        (Some(NO_DOCUMENT), Some("proposal"))
    );
    let accept = |who: &Person, from: &str| {
        let accept = ["identity", "succeed", "accept", text(&proposal)];
        let how = ["--from", from, "--out", text(&done)];
        let finished = who.try_run(accept.into_iter().chain(how), LIMIT).unwrap();
        finished.status.code()
    };
    assert_eq!(accept(&other, old.jid()), Some(1), "it is not for them");
    assert_eq!(accept(&new, other.jid()), Some(1), "it is not theirs");
    assert!(!done.exists());
    assert_eq!(accept(&new, old.jid()), Some(0));
    let (finished, said, code) = verify(&other, &[text(&done), "--identity", old.jid()]);
    assert_eq!(code, Some(0), "{finished:?}");
    assert_eq!(said["identity"], key_of(&old));
    assert_eq!(said["successor"], key_of(&new));
}

#[test]
fn the_second_implementation_reads_what_is_exported() {
    let alice = alice();
    let file = beside(&alice, "statement");
    alice
        .run([
            "identity",
            "export",
            "--name",
            "Alice",
            "--binary",
            text(&file),
        ])
        .unwrap();
    let (_, said, code) = verify(&alice, &[text(&file)]);
    assert_eq!(code, Some(0));
    let bytes = fs::read(&file).unwrap();
    let document: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../identity/tests/vectors");
    let mut program = Command::new("python3")
        .args(["-B", "check_statement.py", "--serve"])
        .current_dir(vectors)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The first serial number is the time in milliseconds, at which it is valid.
    let question = format!("statement {} {document}\n", said["serial"]);
    let mut input = program.stdin.take().unwrap();
    input.write_all(question.as_bytes()).unwrap();
    drop(input);
    let output = program.wait_with_output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    let content = answer.strip_prefix("OK ").expect(&answer);
    let content: Value = serde_json::from_str(content).unwrap();
    assert_eq!(content["name"], "Alice");
    assert_eq!(content["serial"], said["serial"]);
    assert_eq!(content["endpoints"][0]["jid"], alice.jid());
}

#[test]
fn a_statement_of_yesterday_has_expired() {
    let alice = alice();
    // The first good vector was issued by a clock that is ahead, and tells so.
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../identity/tests/vectors");
    let vectors = fs::read_to_string(vectors.join("statement.json")).unwrap();
    let vectors: Value = serde_json::from_str(&vectors).unwrap();
    let block = vectors["good"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["kind"] == "statement")
        .map(|it| it["block"].as_str().unwrap())
        .unwrap();
    let file = beside(&alice, "vector.txt");
    fs::write(&file, block).unwrap();
    let (finished, said, code) = verify(&alice, &[text(&file)]);
    // Which of the three depends on the day on which the tests run.
    let expected = match said["refused"].as_str() {
        Some("expired") => EXPIRED,
        Some("from_the_future") => 5,
        _ => 0,
    };
    assert_eq!(code, Some(expected), "{finished:?}");
}

#[test]
fn an_openpgp_key_is_asked_which_identity_it_names() {
    let alice = alice();
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/src/openpgp/keys");
    let named = "thxed2cga7cbvhnuiljlnkoxpdg7oqrd5lyydn7fwxjo4ljwf2ga";
    let told = |file: &str, identity: &[&str]| {
        let file = keys.join(file);
        let mut arguments = vec![text(&file)];
        arguments.extend(identity);
        verify(&alice, &arguments)
    };
    let (_, key, code) = told("alice.asc", &["--identity", named]);
    assert_eq!((key["event"].as_str(), code), (Some("open-pgp"), Some(0)));
    assert_eq!(key["confirmed_by"], "key");
    let (_, key, code) = told("alice.asc", &["--identity", key_of(&alice)]);
    assert_eq!(key["confirmed_by"], "nobody");
    assert_eq!(code, Some(OTHER_IDENTITY));
    let (_, _, code) = told("alice-revoked.asc", &["--identity", named]);
    assert_eq!(code, Some(REVOKED));
    let (finished, _, code) = told("alice.asc", &[]);
    assert_eq!(code, Some(1));
    assert!(
        error_of(&finished)["why"]
            .as_str()
            .unwrap()
            .contains("say whose")
    );
}
