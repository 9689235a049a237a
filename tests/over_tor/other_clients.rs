//! Clients that others wrote, at an endpoint of ours.

use libtest_mimic::Failed;
use onym_tests::Profanity;
use serde_json::Value;

use crate::Test;
use crate::somebody::{Somebody, alice, bob, check_trust, friends};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, TOR_LIMIT, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "profanity_reads_and_writes_over_tor",
        profanity_reads_and_writes_over_tor,
    ),
    ("profanity_in_the_clear", profanity_in_the_clear),
    ("profanity_encrypts_by_omemo", profanity_encrypts_by_omemo),
    ("profanity_begins_by_omemo", profanity_begins_by_omemo),
    ("profanity_gets_a_new_device", profanity_gets_a_new_device),
];

/// Lets Profanity log in for somebody, who has no other client that runs.
fn log_in(profanity: &Profanity, somebody: &mut Somebody, password: &str) -> Outcome {
    let port = somebody.endpoint().loopback()?.port();
    let jid = somebody.person.jid();
    Ok(profanity.log_in(jid, password, port, LOCAL_LIMIT)?)
}

fn password_for_profanity(somebody: &Somebody) -> Result<String, Failed> {
    let added = somebody.person.run(["device", "add", "profanity"])?.lines;
    let mut passwords = added.iter().filter_map(|line| line["password"].as_str());
    Ok(passwords.next().unwrap().to_owned())
}

/// While Profanity is away Bob writes, and it reads that when it has come back.
fn misses_a_message(
    profanity: &mut Profanity,
    alice: &mut Somebody,
    bob: &mut Somebody,
    password: &str,
) -> Outcome {
    bob.send(alice, "While you are away.")?;
    bob.person
        .wait_until_handed_over(&alice.person, MESSAGE_LIMIT)?;
    profanity.restart()?;
    log_in(profanity, alice, password)?;
    profanity.wait_for("(win 2)", MESSAGE_LIMIT)?;
    profanity.type_line("/win 2")?;
    profanity.wait_for("While you are away.", LOCAL_LIMIT)?;
    Ok(())
}

/// Without keys of its own, Profanity reads what is not encrypted, and Bob has to allow that.
fn profanity_reads_and_writes_over_tor(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    alice.stop_listening()?;
    let password = password_for_profanity(&alice)?;
    let profanity = Profanity::start()?;
    log_in(&profanity, &mut alice, &password)?;
    // Under the name that the roster gives him, so the roster has come.
    profanity.wait_for("bob (onym) is online", MESSAGE_LIMIT)?;
    profanity.type_line("/roster")?;
    profanity.wait_for(bob.person.jid(), LOCAL_LIMIT)?;

    bob.person
        .run(["encryption", alice.person.jid(), "clear"])?;
    bob.send(&alice, "Hello from Onym.")?;
    profanity.wait_for("(win 2)", MESSAGE_LIMIT)?;
    profanity.type_line("/win 2")?;
    profanity.wait_for("Hello from Onym.", LOCAL_LIMIT)?;

    profanity.type_line("Hello from Profanity.")?;
    let read = bob.read(&alice, "Hello from Profanity.")?;
    assert_eq!(read["encryption"]["kind"], "none", "{read}");
    assert_eq!(bob.texts_read(), ["Hello from Profanity."]);
    Ok(())
}

/// Profanity writes first; each side writes while the other does not read; each is started anew.
fn profanity_in_the_clear(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    alice.stop_listening()?;
    let password = password_for_profanity(&alice)?;
    let mut profanity = Profanity::start()?;
    log_in(&profanity, &mut alice, &password)?;
    profanity.wait_for("bob (onym) is online", MESSAGE_LIMIT)?;
    let open = format!("/msg {}", bob.person.jid());
    profanity.type_line(&open)?;
    profanity.type_line("First of Profanity.")?;
    let read = bob.read(&alice, "First of Profanity.")?;
    assert_eq!(read["encryption"]["kind"], "none", "{read}");
    bob.stop_listening()?;
    profanity.type_line("While you do not read.")?;
    bob.listen()?;
    bob.read(&alice, "While you do not read.")?;

    profanity.end();
    let with = alice.person.jid();
    bob.person.run(["encryption", with, "clear"])?;
    misses_a_message(&mut profanity, &mut alice, &mut bob, &password)?;

    bob.leave()?;
    bob.come_back()?;
    profanity.type_line("Are you back?")?;
    bob.read(&alice, "Are you back?")?;
    bob.send(&alice, "I am.")?;
    profanity.wait_for("I am.", MESSAGE_LIMIT)?;
    Ok(())
}

/// Alice, who has Profanity with keys for OMEMO.
struct WithProfanity {
    profanity: Profanity,
    alice: Somebody,
    password: String,
}

/// Alice with Profanity and Bob with Onym, who are each other's contacts.
fn friends_by_omemo(world: &World) -> Result<(WithProfanity, Somebody), Failed> {
    let (mut alice, mut bob) = (alice(world)?, bob(world)?);
    alice.start_endpoint()?;
    bob.start_endpoint()?;
    let password = password_for_profanity(&alice)?;
    let profanity = Profanity::start()?;
    log_in(&profanity, &mut alice, &password)?;
    profanity.make_keys(LOCAL_LIMIT)?;
    alice.endpoint().wait_until_reachable(TOR_LIMIT)?;
    bob.come_online()?;
    let (alice_jid, bob_jid) = (alice.person.jid().to_owned(), bob.person.jid().to_owned());
    bob.person.run(["contact", "add", &alice_jid])?;
    profanity.wait_for("Received authorization request from", MESSAGE_LIMIT)?;
    profanity.type_line(&format!("/sub allow {bob_jid}"))?;
    profanity.type_line(&format!("/sub request {bob_jid}"))?;
    bob.listener()
        .wait_for_contact(&alice.person, MESSAGE_LIMIT)?;
    let with_profanity = WithProfanity {
        profanity,
        alice,
        password,
    };
    Ok((with_profanity, bob))
}

/// Bob writes first, and once while Profanity does not run; each side is started anew in between.
fn profanity_encrypts_by_omemo(world: &World) -> Outcome {
    let (with_profanity, mut bob) = friends_by_omemo(world)?;
    let WithProfanity {
        mut profanity,
        mut alice,
        password,
    } = with_profanity;

    let id = bob.send(&alice, "First from Onym.")?;
    let stored = bob
        .listener()
        .wait_for_delivery(&id, "stored", MESSAGE_LIMIT)?;
    assert_eq!(stored["encryption"]["kind"], "omemo", "{stored}");
    profanity.wait_for("(win 2)", MESSAGE_LIMIT)?;
    profanity.type_line("/win 2")?;
    profanity.wait_for("First from Onym.", LOCAL_LIMIT)?;
    profanity.encrypt(LOCAL_LIMIT)?;
    let read = answer(&profanity, &alice, &mut bob, "First from Profanity.")?;
    check_trust(&read);
    bob.send(&alice, "Second from Onym.")?;
    profanity.wait_for("Second from Onym.", MESSAGE_LIMIT)?;

    // Profanity is away, and comes back with what it has kept.
    profanity.end();
    misses_a_message(&mut profanity, &mut alice, &mut bob, &password)?;
    profanity.encrypt(LOCAL_LIMIT)?;
    answer(&profanity, &alice, &mut bob, "Second from Profanity.")?;

    bob.leave()?;
    bob.come_back()?;
    answer(&profanity, &alice, &mut bob, "Are you back?")?;
    bob.send(&alice, "I am.")?;
    profanity.wait_for("I am.", MESSAGE_LIMIT)?;
    Ok(())
}

/// The first message of the conversation is Profanity's, and Bob does not read at that time.
fn profanity_begins_by_omemo(world: &World) -> Outcome {
    let (with_profanity, mut bob) = friends_by_omemo(world)?;
    let WithProfanity {
        profanity, alice, ..
    } = with_profanity;
    // With his presence come the lists of his devices.
    profanity.wait_for("(onym) is online", MESSAGE_LIMIT)?;
    bob.stop_listening()?;
    let bob_jid = bob.person.jid().to_owned();
    profanity.type_line(&format!("/msg {bob_jid}"))?;
    profanity.encrypt(LOCAL_LIMIT)?;
    profanity.wait_for_keys(&bob_jid, MESSAGE_LIMIT)?;
    profanity.type_line("First, while you are away.")?;
    bob.listen()?;
    let read = bob.read(&alice, "First, while you are away.")?;
    assert_eq!(read["encryption"]["kind"], "omemo", "{read}");
    bob.send(&alice, "I have read it.")?;
    profanity.wait_for("I have read it.", MESSAGE_LIMIT)?;
    Ok(())
}

/// Alice has a new Profanity, which clears the device list. Bob's message waits until he has decided
/// about the new device, and goes there alone.
fn profanity_gets_a_new_device(world: &World) -> Outcome {
    let (with_profanity, mut bob) = friends_by_omemo(world)?;
    let WithProfanity {
        mut profanity,
        mut alice,
        password,
    } = with_profanity;
    bob.send(&alice, "To your first device.")?;
    profanity.wait_for("(win 2)", MESSAGE_LIMIT)?;
    let alice_jid = alice.person.jid().to_owned();
    let first = only_device(&bob, &alice_jid)?;
    profanity.end();

    let profanity = Profanity::start()?;
    log_in(&profanity, &mut alice, &password)?;
    profanity.make_keys(LOCAL_LIMIT)?;
    profanity.type_line("/omemo clear_device_list")?;
    let is_undecided = |line: &Value| {
        line["event"] == "encryption"
            && line["jid"] == alice_jid
            && line["devices"] == 1
            && line["undecided"] == 1
    };
    bob.listener()
        .wait_for("a device to decide about", is_undecided, MESSAGE_LIMIT)?;
    let waiting = ["send", &alice_jid, "To your new device.", "--timeout", "1"];
    let finished = bob.person.try_run(waiting, LOCAL_LIMIT)?;
    assert_eq!(finished.status.code(), Some(3), "{finished:?}");
    let is_held =
        |line: &Value| line["event"] == "held" && line["code"] == "their-devices-undecided";
    assert!(finished.lines.iter().any(is_held), "{finished:?}");

    let second = only_device(&bob, &alice_jid)?;
    assert_ne!(second, first);
    bob.person.run(["trust", &alice_jid, &second, "verify"])?;
    profanity.wait_for("(win 2)", MESSAGE_LIMIT)?;
    profanity.type_line("/win 2")?;
    profanity.wait_for("To your new device.", LOCAL_LIMIT)?;
    Ok(())
}

/// The number of the only device on somebody's list.
fn only_device(bob: &Somebody, of: &str) -> Result<String, Failed> {
    let lines = bob.person.run(["devices", of])?.lines;
    let listed: Vec<&Value> = lines
        .iter()
        .filter(|line| line["event"] == "omemo-device" && line["listed"] != false)
        .collect();
    assert_eq!(listed.len(), 1, "{lines:?}");
    Ok(listed[0]["id"].to_string())
}

/// Types a message into the window that is open; Bob reads it, encrypted.
fn answer(
    profanity: &Profanity,
    alice: &Somebody,
    bob: &mut Somebody,
    text: &str,
) -> Result<Value, Failed> {
    profanity.type_line(text)?;
    let read = bob.read(alice, text)?;
    assert_eq!(read["encryption"]["kind"], "omemo", "{read}");
    Ok(read)
}
