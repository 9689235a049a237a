//! A device that its owner signs out: whoever writes to her does not encrypt to it any more.

use onym_tests::{SlixmppHome, slixmpp_python};
use serde_json::Value;

use crate::Test;
use crate::somebody::friends;
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "a_revoked_device_gets_nothing_more",
    a_revoked_device_gets_nothing_more,
)];

/// Alice's second device is slixmpp at her endpoint, which she takes and then signs out.
fn a_revoked_device_gets_nothing_more(world: &World) -> Outcome {
    let Some(python) = slixmpp_python() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "slixmpp-omemo is missing: run scripts/setup"
        );
        return Ok(());
    };
    let (mut alice, mut bob) = friends(world)?;
    let (alice_jid, bob_jid) = (alice.person.jid().to_owned(), bob.person.jid().to_owned());
    // Each asks the other's account, which confirms the identity that the address names.
    let asked = bob
        .person
        .run_within(["verify", &alice_jid], MESSAGE_LIMIT)?;
    let said = &asked.lines[0];
    assert_eq!(said["answer"], "confirmed", "{said}");
    assert_eq!(said["named"], said["identity"], "{said}");

    let added = alice.person.run(["device", "add", "slixmpp"])?.lines;
    let mut passwords = added.iter().filter_map(|line| line["password"].as_str());
    let password = passwords.next().unwrap().to_owned();
    let home = SlixmppHome::new()?;
    let port = alice.endpoint().loopback()?.port();
    let mut second = home.start(&python, (&alice_jid, &password), port, "omemo2")?;
    let number = second.device();
    let device = number.to_string();
    let own = &alice.person;
    own.wait_for_device(own, number, "needs-decision", LOCAL_LIMIT)?;
    own.run(["trust", &alice_jid, &device, "accept"])?;
    bob.person
        .wait_for_device(&alice.person, number, "signed", MESSAGE_LIMIT)?;
    bob.send(&alice, "to both of your devices")?;
    second.read("to both of your devices", MESSAGE_LIMIT)?;
    alice.read(&bob, "to both of your devices")?;

    let seen = second.seen();
    alice.person.run(["devices", "remove", &device])?;
    bob.person
        .wait_for_device(&alice.person, number, "revoked", MESSAGE_LIMIT)?;
    let id = bob.send(&alice, "to your first device alone")?;
    alice.read(&bob, "to your first device alone")?;
    bob.listener()
        .wait_for_delivery(&id, "delivered", MESSAGE_LIMIT)?;
    let is_shut_out = |line: &Value| line["event"] == "unreadable" && line["of"] == bob_jid;
    second.wait_for_after(seen, is_shut_out, MESSAGE_LIMIT)?;
    let has_read = second
        .lines()
        .iter()
        .any(|line| line["event"] == "message" && line["text"] == "to your first device alone");
    assert!(!has_read);

    // Her statement says so to everybody.
    let asked = bob
        .person
        .run_within(["verify", &alice_jid], MESSAGE_LIMIT)?;
    let statement = &asked.lines[0]["statement"];
    assert_eq!(
        statement["revocations"].as_array().unwrap().len(),
        2,
        "{statement}"
    );
    Ok(())
}
