//! Identities at a Prosody that is an onion service of its own: what an account there publishes is read
//! by Onym, and what Onym publishes is read from there by slixmpp.
//!
//! Bob has Onym and, under another address, an account at Prosody, which publishes his statement in its
//! vCard alone. Alice has Onym, and only the account at Prosody as a contact.

use std::io::Write as _;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use onym_tests::{Prosody, Slixmpp, SlixmppHome, slixmpp_python};
use serde_json::Value;

use crate::Test;
use crate::account::PASSWORD;
use crate::somebody::{Somebody, alice, bob};
use crate::world::{MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "of_an_account_is_confirmed_by_its_vcard",
        of_an_account_is_confirmed_by_its_vcard,
    ),
    ("of_onym_is_read_from_there", of_onym_is_read_from_there),
];

/// The second implementation, which is written from the specification alone.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../identity/tests/vectors");
const READER: &str = r#"
import base64, json, re, sys, time
sys.path.insert(0, sys.argv[1])
import onym_statement
text = sys.stdin.read()
block = re.search("BEGIN ONYM STATEMENT-----(.*?)-----END", text, re.S)
if block:
    lines = "".join(block[1].split()).upper()
    document = base64.b32decode(lines + "=" * (-len(lines) % 8))
else:
    document = base64.b64decode(re.search("[A-Za-z0-9+/=]{100,}", text)[0])
print(json.dumps(onym_statement.read("statement", document, int(time.time() * 1000))))
"#;
const NODE: &str = "urn:onym:identity:1";
const VCARD_4: &str = "urn:xmpp:vcard4";

/// A client at an account of this Prosody.
fn log_in(prosody: &Prosody, home: &SlixmppHome, jid: &str) -> Result<Slixmpp, Failed> {
    let python = slixmpp_python().ok_or("slixmpp-omemo is missing: run scripts/setup")?;
    let port = prosody.client_port();
    Ok(home.start(&python, (jid, PASSWORD), port, "omemo2")?)
}

fn online(mut somebody: Somebody) -> Result<Somebody, Failed> {
    somebody.start_endpoint()?;
    somebody.come_online()?;
    Ok(somebody)
}

fn of_an_account_is_confirmed_by_its_vcard(world: &World) -> Outcome {
    let (mut alice, bob) = (online(alice(world)?)?, online(bob(world)?)?);
    let prosody = Prosody::start(world.network()?)?;
    let account = prosody.register("bob", PASSWORD)?;
    let home = SlixmppHome::new()?;
    let mut bot = log_in(&prosody, &home, &account)?;

    // Before the account says so itself, it is a claim of Bob's alone.
    bob.person.run(["identity", "claim-address", &account])?;
    let shown = bob
        .person
        .try_run(["identity", "show", "--check"], MESSAGE_LIMIT)?;
    assert_ne!(answer_of(&shown.lines, &account), "confirmed");
    assert!(!shown.status.success(), "{:?}", shown.lines);
    let asked = alice.person.try_run(["verify", &account], MESSAGE_LIMIT)?;
    assert!(!asked.status.success(), "{:?}", asked.lines);

    let ours = shown
        .lines
        .iter()
        .find(|line| line["event"] == "our-statement");
    let block = ours.and_then(|line| line["text"].as_str()).unwrap();
    let set = bot.set_vcard(&format!("Bob, also elsewhere\n{block}\n"), MESSAGE_LIMIT)?;
    assert_eq!(set["event"], "vcard_set", "{set}");
    let shown = bob
        .person
        .run_within(["identity", "show", "--check"], MESSAGE_LIMIT)?;
    assert_eq!(answer_of(&shown.lines, &account), "confirmed");

    alice.person.run(["contact", "add", &account])?;
    let contact = onym_tests::Person::elsewhere("bob", &account)?;
    alice.listener().wait_for_contact(&contact, MESSAGE_LIMIT)?;
    // The other address of the same identity is asked, too, and confirms it.
    let has_both = |who: &Value| {
        let confirmed = who["confirmed"].as_array();
        confirmed.is_some_and(|all| all.iter().any(|it| it == bob.person.jid()))
    };
    let who = alice
        .person
        .wait_until_behind(&contact, MESSAGE_LIMIT, has_both)?;
    let (key, _) = bob.person.jid().split_once('@').unwrap();
    assert_eq!(who["identity"], key, "{who}");
    assert_eq!(who["state"], "confirmed", "{who}");
    assert_eq!(who["named"], false, "{who}");
    Ok(())
}

fn of_onym_is_read_from_there(world: &World) -> Outcome {
    let alice = online(alice(world)?)?;
    let prosody = Prosody::start(world.network()?)?;
    let account = prosody.register("bob", PASSWORD)?;
    let home = SlixmppHome::new()?;
    let mut bot = log_in(&prosody, &home, &account)?;

    let published = bot.items(alice.person.jid(), NODE, MESSAGE_LIMIT)?;
    let in_node = read(&published["items"][0].to_string())?;
    assert_eq!(
        in_node["endpoints"][0]["jid"],
        alice.person.jid(),
        "{in_node}"
    );

    let card = bot.vcard(alice.person.jid(), MESSAGE_LIMIT)?;
    assert_eq!(read(card["notes"][0].as_str().unwrap())?, in_node);

    let newer = bot.items(alice.person.jid(), VCARD_4, MESSAGE_LIMIT)?;
    assert_eq!(read(newer["items"][0].as_str().unwrap())?, in_node);
    Ok(())
}

/// What the check said about an address.
fn answer_of(lines: &[Value], jid: &str) -> String {
    let line = lines.iter().find(|line| line["event"] == "our-statement");
    let addresses = line.and_then(|line| line["addresses"].as_array());
    let of = addresses.and_then(|all| all.iter().find(|it| it["jid"] == jid));
    of.map_or_else(String::new, |it| {
        it["state"].as_str().unwrap_or_default().to_owned()
    })
}

/// What the second implementation of docs/identity-statement.md reads in a text: a block, or base64.
fn read(text: &str) -> Result<Value, Failed> {
    let mut python = Command::new("python3")
        .args(["-c", READER, VECTORS])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = python.stdin.take().ok_or("no input")?;
    input.write_all(text.as_bytes())?;
    drop(input);
    let output = python.wait_with_output()?;
    assert!(
        output.status.success(),
        "no statement that verifies: {text}"
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}
