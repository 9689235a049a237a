//! Messages that arrive at once, and messages that wait.

use crate::Test;
use crate::somebody::{check_trust, friends};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    ("both_ways_with_receipts", both_ways_with_receipts),
    (
        "wait_in_the_outbox_while_the_endpoint_is_away",
        wait_in_the_outbox_while_the_endpoint_is_away,
    ),
    (
        "wait_in_the_inbox_while_the_owner_is_offline",
        wait_in_the_inbox_while_the_owner_is_offline,
    ),
];

fn both_ways_with_receipts(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    let hello = alice.send(&bob, "Hello Bob!")?;
    let read = bob.read(&alice, "Hello Bob!")?;
    assert_eq!(read["from"], alice.person.jid());
    let delivered = alice
        .listener()
        .wait_for_delivery(&hello, "delivered", MESSAGE_LIMIT)?;
    // Nobody has chosen anything: it is encrypted for the devices that were there from the first.
    for line in [&read, &delivered] {
        assert_eq!(line["encryption"]["kind"], "omemo2", "{line}");
    }
    check_trust(&read);
    let devices = alice.person.run(["devices", bob.person.jid()])?.lines;
    let of_bob: Vec<_> = devices
        .iter()
        .filter(|line| line["event"] == "omemo-device")
        .collect();
    assert_eq!(of_bob.len(), 1, "{devices:?}");
    assert_eq!(of_bob[0]["trust"], "first-use", "{devices:?}");
    let ours = bob.person.run(["devices"])?.lines;
    assert_eq!(of_bob[0]["fingerprint"], ours[0]["fingerprint"]);
    assert_eq!(of_bob[0]["id"], ours[0]["id"]);
    // The identities that the addresses name sign these devices, and nobody is asked.
    alice.person.wait_until_signed(&bob.person, MESSAGE_LIMIT)?;
    bob.person.wait_until_signed(&alice.person, MESSAGE_LIMIT)?;

    // The text is the sender's, to the letter.
    let odd = "<body>&amp;\t'\"  ]]> päivää 👋 \u{202e}";
    bob.send_and_wait(&alice, odd)?;
    alice.read(&bob, odd)?;

    assert_eq!(bob.texts_read(), ["Hello Bob!"]);
    assert_eq!(alice.texts_read(), [odd]);
    Ok(())
}

fn wait_in_the_outbox_while_the_endpoint_is_away(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    bob.leave()?;
    let seen = alice.endpoint().seen();
    let texts = ["first", "second", "third"];
    let mut ids = Vec::new();
    for text in texts {
        ids.push(alice.send(&bob, text)?);
    }
    alice
        .endpoint()
        .wait_until_queued(seen, bob.person.domain(), 3, LOCAL_LIMIT)?;

    bob.come_back()?;
    bob.read(&alice, "third")?;
    assert_eq!(bob.texts_read(), texts);
    for id in &ids {
        alice
            .listener()
            .wait_for_delivery(id, "delivered", MESSAGE_LIMIT)?;
    }
    Ok(())
}

fn wait_in_the_inbox_while_the_owner_is_offline(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    bob.stop_listening()?;
    let id = alice.send(&bob, "for later")?;
    // Bob's endpoint has taken it, and nobody has read it.
    alice
        .person
        .wait_until_handed_over(&bob.person, MESSAGE_LIMIT)?;
    let is_delivered = |line: &serde_json::Value| {
        line["event"] == "delivery" && line["id"] == id && line["state"] == "delivered"
    };
    assert!(!alice.listener().lines().iter().any(is_delivered));

    bob.listen()?;
    let read = bob.read(&alice, "for later")?;
    // XEP-0203: it carries the time at which it was sent, before Bob came online.
    let came_online = bob.listener().lines()[0]["time"].clone();
    assert!(
        read["sent_at"].as_str().unwrap() <= came_online.as_str().unwrap(),
        "{read} was sent after {came_online}"
    );
    alice
        .listener()
        .wait_for_delivery(&id, "delivered", MESSAGE_LIMIT)?;
    assert_eq!(bob.texts_read(), ["for later"]);
    Ok(())
}
