//! An invite from one endpoint to the other.

use serde_json::Value;

use crate::Test;
use crate::somebody::{alice, bob, carol};
use crate::world::{MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "let_one_person_in_while_nobody_is_there_to_ask",
    let_one_person_in_while_nobody_is_there_to_ask,
)];

fn is_request(line: &Value) -> bool {
    line["event"] == "request"
}

/// What Alice is told of the invite that she made.
fn invite_of(lines: &[Value]) -> &Value {
    let invites: Vec<_> = lines
        .iter()
        .filter(|line| line["event"] == "given-invite")
        .collect();
    assert_eq!(invites.len(), 1, "{lines:?}");
    invites[0]
}

fn let_one_person_in_while_nobody_is_there_to_ask(world: &World) -> Outcome {
    let (mut alice, mut bob, mut carol) = (alice(world)?, bob(world)?, carol(world)?);
    for person in [&mut alice, &mut bob, &mut carol] {
        person.start_endpoint()?;
    }
    for person in [&mut alice, &mut bob, &mut carol] {
        person.come_online()?;
    }
    let made = alice.person.run(["invite", "--name", "Alice"])?.lines;
    let made = made.iter().find(|line| line["event"] == "invite").unwrap();
    let link = made["link"].as_str().unwrap();
    let given = alice.person.run(["invite", "list"])?.lines;
    assert_eq!(invite_of(&given)["state"], "open");
    assert_eq!(invite_of(&given)["id"], made["id"]);

    // Her endpoint stays, and none of her clients is there.
    alice.stop_listening()?;
    bob.person.run(["contact", "add", link, "--in-person"])?;
    bob.listener()
        .wait_for_contact(&alice.person, MESSAGE_LIMIT)?;
    alice.listen()?;
    alice
        .listener()
        .wait_for_contact(&bob.person, MESSAGE_LIMIT)?;
    for person in [&mut alice, &mut bob] {
        assert!(!person.listener().lines().iter().any(is_request));
    }
    // Each knows who the other one is: Bob has read the code from her screen, which names the key of her
    // device, too; and Alice knows which invite he came with.
    bob.person
        .wait_until_trusted(&alice.person, "verified", MESSAGE_LIMIT)?;
    alice.person.wait_until_signed(&bob.person, MESSAGE_LIMIT)?;
    let given = alice.person.run(["invite", "list"])?.lines;
    let given = invite_of(&given);
    assert_eq!(given["state"], "used");
    assert_eq!(given["used_by"], bob.person.jid());
    let contacts = alice.person.contacts()?;
    let of_bob = contacts.iter().find(|line| line["jid"] == bob.person.jid());
    assert_eq!(of_bob.unwrap()["invited"], given["made"]);
    alice.send_and_wait(&bob, "Welcome")?;
    bob.read(&alice, "Welcome")?;

    // Somebody else with the same link is somebody who asks.
    carol.person.run(["contact", "add", link])?;
    alice
        .listener()
        .wait_for_request(&carol.person, MESSAGE_LIMIT)?;
    let contacts = carol.person.contacts()?;
    assert!(contacts.iter().all(|line| line["subscription"] != "both"));
    Ok(())
}
