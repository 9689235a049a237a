//! A restart, as after an update or a night with the computer switched off.

use crate::Test;
use crate::somebody::friends;
use crate::world::{MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "keeps_address_roster_and_messages",
    keeps_address_roster_and_messages,
)];

fn keeps_address_roster_and_messages(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    let address = |lines: &[serde_json::Value]| lines[0]["jid"].clone();
    let before = address(&bob.person.run(["identity", "show"])?.lines);
    let contacts = bob.person.contacts()?;
    assert_eq!(contacts.len(), 1, "{contacts:?}");
    assert_eq!(contacts[0]["jid"], alice.person.jid());
    assert_eq!(contacts[0]["subscription"], "both");

    // One message waits unread in Bob's inbox, and one of Bob's waits for Alice.
    bob.stop_listening()?;
    let unread = alice.send(&bob, "not read yet")?;
    alice
        .person
        .wait_until_handed_over(&bob.person, MESSAGE_LIMIT)?;
    alice.leave()?;
    bob.send(&alice, "on its way")?;
    bob.leave()?;

    bob.come_back()?;
    bob.read(&alice, "not read yet")?;
    assert_eq!(bob.texts_read(), ["not read yet"]);
    let after = address(&bob.person.run(["identity", "show"])?.lines);
    assert_eq!(after, before);
    assert_eq!(after, bob.person.jid());
    assert_eq!(jids(&bob.person.contacts()?), jids(&contacts));

    alice.come_back()?;
    alice.read(&bob, "on its way")?;
    alice
        .listener()
        .wait_for_delivery(&unread, "delivered", MESSAGE_LIMIT)?;
    // Without being asked, the two still are each other's contacts.
    let is_there = |line: &serde_json::Value| {
        line["event"] == "presence"
            && line["jid"] == bob.person.jid()
            && line["state"] == "available"
    };
    alice
        .listener()
        .wait_for("Bob's presence", is_there, MESSAGE_LIMIT)?;
    alice.leave()?;
    bob.leave()?;
    Ok(())
}

/// Who is in a contact list, and how.
fn jids(contacts: &[serde_json::Value]) -> Vec<(String, String)> {
    let field = |contact: &serde_json::Value, key| contact[key].as_str().unwrap().to_owned();
    contacts
        .iter()
        .map(|contact| (field(contact, "jid"), field(contact, "subscription")))
        .collect()
}
