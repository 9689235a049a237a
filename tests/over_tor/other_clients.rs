//! Clients that others wrote, at an endpoint of ours.

use onym_tests::Profanity;

use crate::Test;
use crate::somebody::friends;
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[(
    "profanity_reads_and_writes_over_tor",
    profanity_reads_and_writes_over_tor,
)];

fn profanity_reads_and_writes_over_tor(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    alice.stop_listening()?;
    let port = alice.endpoint().loopback()?.port();
    let added = alice.person.run(["device", "add", "profanity"])?;
    let password = added
        .lines
        .iter()
        .find_map(|line| line["password"].as_str());

    let profanity = Profanity::start()?;
    profanity.log_in(alice.person.jid(), password.unwrap(), port, LOCAL_LIMIT)?;
    // Under the name that the roster gives him, so the roster has come.
    profanity.wait_for("bob (onym) is online", MESSAGE_LIMIT)?;
    profanity.type_line("/roster")?;
    profanity.wait_for(bob.person.jid(), LOCAL_LIMIT)?;

    bob.send(&alice, "Hello from Onym.")?;
    profanity.wait_for("(win 2)", MESSAGE_LIMIT)?;
    profanity.type_line("/win 2")?;
    profanity.wait_for("Hello from Onym.", LOCAL_LIMIT)?;

    profanity.type_line("Hello from Profanity.")?;
    bob.read(&alice, "Hello from Profanity.")?;
    assert_eq!(bob.texts_read(), ["Hello from Profanity."]);
    Ok(())
}
