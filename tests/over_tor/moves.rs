//! Somebody moves to a new onion address under the same identity.

use libtest_mimic::Failed;
use serde_json::Value;

use crate::Test;
use crate::somebody::{Somebody, befriend, carol, check_trust, friends};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "contacts_follow_without_a_question",
    contacts_follow_without_a_question,
)];

/// Bob is there while Alice moves; Carol comes back only afterwards.
fn contacts_follow_without_a_question(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    let mut carol = carol(world)?;
    carol.start_endpoint()?;
    carol.come_online()?;
    befriend(&mut alice, &mut carol)?;
    for friend in [&bob, &carol] {
        friend
            .person
            .wait_until_signed(&alice.person, MESSAGE_LIMIT)?;
    }
    let old = alice.person.jid().to_owned();
    let rename = ["contact", "rename", &old, "Ally"];
    bob.person.run(rename)?;
    bob.send_and_wait(&alice, "before")?;
    alice.read(&bob, "before")?;
    carol_leaves_before_what_is_said(&mut alice, &mut carol)?;
    alice
        .person
        .run(["send", &old, "a note", "--wait", "stored"])?;

    // Nothing happens before she says that she is sure.
    let planned = alice.person.try_run(["identity", "move"], LOCAL_LIMIT)?;
    assert!(!planned.status.success(), "{planned:?}");
    let plan = planned
        .lines
        .iter()
        .find(|it| it["event"] == "move-planned");
    let plan = plan.ok_or("no plan")?;
    assert_eq!(plan["from"], old);
    let announced = alice.person.run(["identity", "move", "--yes"])?.lines;
    let announced = announced.iter().find(|it| it["event"] == "move-announced");
    let announced = announced.ok_or("not announced")?;
    assert_eq!(announced["to"], plan["to"]);
    assert_eq!(
        (&announced["contacts"], &announced["here"]),
        (&2.into(), &1.into())
    );
    // She may think better of it, and of that, too.
    let back = alice.person.run(["identity", "move", "--cancel"])?.lines;
    let back = back.iter().find(|it| it["event"] == "move-taken-back");
    assert_eq!(back.ok_or("not taken back")?["jid"], old);
    alice.person.run(["identity", "move", "--yes"])?;
    alice.leave()?;
    alice.come_back()?;
    alice.person.read_address()?;
    assert_eq!(plan["to"], alice.person.jid());
    assert_ne!(alice.person.jid(), old);

    follows(&mut bob, &alice, &old)?;
    let names = bob.person.contacts()?;
    let name = names.iter().find(|it| it["jid"] == alice.person.jid());
    assert_eq!(name.ok_or("no contact")?["name"], "Ally");
    both_write(&mut alice, &mut bob)?;
    let history = alice.person.run(["history", bob.person.jid()])?.lines;
    assert!(
        history.iter().any(|it| it["text"] == "before"),
        "{history:?}"
    );

    let notes = alice.person.run(["history", alice.person.jid()])?.lines;
    assert!(notes.iter().any(|it| it["text"] == "a note"), "{notes:?}");
    assert_eq!(followers(&alice)?, (1, 1), "Carol was not there yet");

    carol.come_back()?;
    follows(&mut carol, &alice, &old)?;
    // What had waited for her was sealed in a session of the old address, and comes all the same.
    carol.read(&alice, "you were away")?;
    both_write(&mut alice, &mut carol)?;
    knows_what_was_said(&mut carol)?;
    assert_eq!(followers(&alice)?, (2, 0));
    Ok(())
}

/// Something waits for Carol: a message, and what is said about two that she has.
fn carol_leaves_before_what_is_said(alice: &mut Somebody, carol: &mut Somebody) -> Outcome {
    alice.send_and_wait(carol, "a tpyo")?;
    carol.read(alice, "a tpyo")?;
    alice.send_and_wait(carol, "what I regret")?;
    carol.read(alice, "what I regret")?;
    carol.leave()?;
    alice.send(carol, "you were away")?;
    let address = carol.person.jid();
    let wait = ["--wait", "stored"];
    let [typo, regret] = ["a tpyo", "what I regret"].map(|text| number_of(alice, address, text));
    let (typo, regret) = (typo?, regret?);
    let edit = ["edit", address, &typo, "a typo"];
    alice.person.run(edit.into_iter().chain(wait))?;
    let retract = ["retract", address, &regret];
    alice.person.run(retract.into_iter().chain(wait))?;
    Ok(())
}

/// It comes to Carol all the same.
fn knows_what_was_said(carol: &mut Somebody) -> Outcome {
    let is_corrected = |line: &Value| line["event"] == "changed" && line["text"] == "a typo";
    let is_taken_back = |line: &Value| line["event"] == "changed" && line["retracted"] == true;
    let listener = carol.listener();
    listener.wait_for("the correction", is_corrected, MESSAGE_LIMIT)?;
    listener.wait_for("the retraction", is_taken_back, MESSAGE_LIMIT)?;
    Ok(())
}

/// By which number a conversation names a message.
fn number_of(alice: &Somebody, with: &str, text: &str) -> Result<String, Failed> {
    let history = alice.person.run(["history", with])?.lines;
    let message = history.iter().find(|it| it["text"] == text);
    Ok(message.ok_or("no such message")?["number"].to_string())
}

/// How many contacts have followed, and how many have not answered.
fn followers(alice: &Somebody) -> Result<(u64, u64), Failed> {
    let lines = alice.person.run(["identity", "moves"])?.lines;
    let moves = lines.iter().find(|it| it["event"] == "moves");
    let moves = moves.ok_or("nothing about moves")?;
    let count = |key: &str| moves[key].as_u64().ok_or("no number");
    Ok((count("followed")?, count("waiting")?))
}

/// Somebody has Alice as a contact at her new address, and was asked nothing.
fn follows(friend: &mut Somebody, alice: &Somebody, old: &str) -> Outcome {
    let new = alice.person.jid().to_owned();
    let is_it = |line: &Value| {
        line["event"] == "contact-moved" && line["from"] == old && line["to"] == *new
    };
    friend
        .listener()
        .wait_for("that Alice has moved", is_it, MESSAGE_LIMIT)?;
    friend
        .listener()
        .wait_for_contact(&alice.person, MESSAGE_LIMIT)?;
    friend
        .person
        .wait_until_signed(&alice.person, MESSAGE_LIMIT)?;
    let is_question = |line: &Value| line["event"] == "request" && line["from"] == *new;
    assert!(!friend.listener().lines().iter().any(is_question));
    Ok(())
}

fn both_write(alice: &mut Somebody, friend: &mut Somebody) -> Outcome {
    let text = format!("{}, this is my new address", friend.person.name());
    alice.send_and_wait(friend, &text)?;
    let read = friend.read(alice, &text)?;
    assert_eq!(read["encryption"]["kind"], "omemo2", "{read}");
    check_trust(&read);
    let text = format!("{} has it", friend.person.name());
    friend.send_and_wait(alice, &text)?;
    let read = alice.read(friend, &text)?;
    assert_eq!(read["encryption"]["kind"], "omemo2", "{read}");
    check_trust(&read);
    Ok(())
}
