//! Clients that others wrote, at an endpoint of ours.

use libtest_mimic::Failed;
use onym_tests::Profanity;

use crate::Test;
use crate::somebody::{Somebody, alice, bob, check_trust, friends};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, TOR_LIMIT, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "profanity_reads_and_writes_over_tor",
        profanity_reads_and_writes_over_tor,
    ),
    ("profanity_encrypts_by_omemo", profanity_encrypts_by_omemo),
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

/// Bob writes first, and once while Profanity does not run; each side is started anew in between.
fn profanity_encrypts_by_omemo(world: &World) -> Outcome {
    let (mut alice, mut bob) = (alice(world)?, bob(world)?);
    alice.start_endpoint()?;
    bob.start_endpoint()?;
    let password = password_for_profanity(&alice)?;
    let mut profanity = Profanity::start()?;
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
    bob.send(&alice, "While you are away.")?;
    bob.person
        .wait_until_handed_over(&alice.person, MESSAGE_LIMIT)?;
    profanity.restart()?;
    log_in(&profanity, &mut alice, &password)?;
    profanity.wait_for("(win 2)", MESSAGE_LIMIT)?;
    profanity.type_line("/win 2")?;
    profanity.wait_for("While you are away.", LOCAL_LIMIT)?;
    profanity.encrypt(LOCAL_LIMIT)?;
    answer(&profanity, &alice, &mut bob, "Second from Profanity.")?;

    bob.leave()?;
    bob.come_back()?;
    answer(&profanity, &alice, &mut bob, "Are you back?")?;
    bob.send(&alice, "I am.")?;
    profanity.wait_for("I am.", MESSAGE_LIMIT)?;
    Ok(())
}

/// Types a message into the window that is open; Bob reads it, encrypted.
fn answer(
    profanity: &Profanity,
    alice: &Somebody,
    bob: &mut Somebody,
    text: &str,
) -> Result<serde_json::Value, Failed> {
    profanity.type_line(text)?;
    let read = bob.read(alice, text)?;
    assert_eq!(read["encryption"]["kind"], "omemo", "{read}");
    Ok(read)
}
