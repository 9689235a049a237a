//! Somebody who ends their identity: whoever has it as a contact hears of it from their endpoint.

use serde_json::Value;

use crate::Test;
use crate::somebody::friends;
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

/// The exit code of `onym verify` for what is revoked.
const REVOKED: i32 = 9;

/// That of `onym send` for a message that is not as far in time as was asked for.
const TOO_LATE: i32 = 3;

pub(crate) const TESTS: &[Test] = &[
    (
        "whoever_revokes_their_identity_is_sent_nothing_more",
        whoever_revokes_their_identity_is_sent_nothing_more,
    ),
    (
        "whoever_restores_an_ended_identity_hears_of_its_end",
        whoever_restores_an_ended_identity_hears_of_its_end,
    ),
];

fn whoever_revokes_their_identity_is_sent_nothing_more(world: &World) -> Outcome {
    let (mut alice, bob) = friends(world)?;
    bob.send(&alice, "before")?;
    alice.read(&bob, "before")?;
    let devices = alice.person.run(["devices"])?.lines;
    let ours = devices.iter().find_map(|line| line["id"].as_u64()).unwrap();

    let revoke = ["identity", "revoke", "--publish", "--yes"];
    let ended = alice.person.run_within(revoke, LOCAL_LIMIT)?;
    let is_end = |line: &Value| line["event"] == "identity-ended" && line["standing"] == "revoked";
    assert!(ended.lines.iter().any(is_end), "{:?}", ended.lines);
    alice
        .listener()
        .wait_for("hearing of the end", is_end, LOCAL_LIMIT)?;

    bob.person
        .wait_for_device(&alice.person, ours, "revoked", MESSAGE_LIMIT)?;
    let alice_jid = alice.person.jid().to_owned();
    let send = ["send", &alice_jid, "is anybody there?", "--timeout", "1"];
    let waiting = bob.person.try_run(send, LOCAL_LIMIT)?;
    assert_eq!(waiting.status.code(), Some(TOO_LATE), "{waiting:?}");
    let is_held = |line: &Value| line["event"] == "held" && line["code"] == "identity-revoked";
    assert!(waiting.lines.iter().any(is_held), "{waiting:?}");
    assert_eq!(alice.texts_read(), ["before"]);
    let verify = ["verify", &alice_jid];
    let asked = bob.person.try_run(verify, MESSAGE_LIMIT)?;
    assert_eq!(asked.status.code(), Some(REVOKED), "{:?}", asked.lines);
    assert_eq!(asked.lines[0]["found_in"], "node", "{:?}", asked.lines);

    // Also after a restart her endpoint shows nothing else.
    alice.leave()?;
    alice.come_back()?;
    alice
        .listener()
        .wait_for("being warned again", is_end, LOCAL_LIMIT)?;
    let asked = bob.person.try_run(verify, MESSAGE_LIMIT)?;
    assert_eq!(asked.status.code(), Some(REVOKED), "{:?}", asked.lines);
    Ok(())
}

/// The 24 words do not say that the identity has ended: a contact does, once they are written to.
fn whoever_restores_an_ended_identity_hears_of_its_end(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    let devices = alice.person.run(["devices"])?.lines;
    let ours = devices.iter().find_map(|line| line["id"].as_u64()).unwrap();
    let revoke = ["identity", "revoke", "--publish", "--yes"];
    alice.person.run_within(revoke, LOCAL_LIMIT)?;
    bob.person
        .wait_for_device(&alice.person, ours, "revoked", MESSAGE_LIMIT)?;
    alice.leave()?;
    alice.person.restore()?;
    alice.come_back()?;
    let shown = alice.person.run(["identity", "show"])?;
    let is_statement = |line: &&Value| line["event"] == "our-statement";
    let statement = shown.lines.iter().find(is_statement).unwrap();
    assert!(statement.get("ended").is_none(), "{statement}");

    // Bob still lets her see him, so that he is asked nothing.
    let add = ["contact", "add", bob.person.jid()];
    alice.person.run_within(add, MESSAGE_LIMIT)?;
    let to = bob.person.jid().to_owned();
    let send = ["send", &to, "It is me again", "--wait", "queued"];
    alice.person.run(send)?;
    let is_end = |line: &Value| line["event"] == "identity-ended" && line["standing"] == "revoked";
    alice
        .listener()
        .wait_for("hearing of the end from Bob", is_end, MESSAGE_LIMIT)?;
    let verify = ["verify", alice.person.jid()];
    let asked = bob.person.try_run(verify, MESSAGE_LIMIT)?;
    assert_eq!(asked.status.code(), Some(REVOKED), "{:?}", asked.lines);
    bob.leave()?;
    Ok(())
}
