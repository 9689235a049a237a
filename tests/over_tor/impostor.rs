//! Somebody who speaks for a domain that is not theirs. Nothing of it reaches a person.

use libtest_mimic::Failed;

use crate::Test;
use crate::somebody::{Somebody, friends};
use crate::stranger::Stranger;
use crate::world::{MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    ("a_wrong_key_proves_nothing", a_wrong_key_proves_nothing),
    (
        "nothing_is_taken_without_proof",
        nothing_is_taken_without_proof,
    ),
];

/// The stranger gives a dialback key that Bob's endpoint never made. Bob is online, so his
/// endpoint is asked, and says so.
fn a_wrong_key_proves_nothing(world: &World) -> Outcome {
    let (mut alice, bob) = friends(world)?;
    let mut stranger = stranger_as(&bob, &alice, world)?;
    stranger.say(&wrong_key(&bob, &alice))?;
    let heard = stranger.hear_to_the_end()?.replace('"', "'");
    assert!(heard.contains("type='invalid'"), "not refused: {heard}");
    assert!(!heard.contains("type='valid'"), "believed: {heard}");
    only_the_real_bob_is_read(&mut alice, &bob)
}

/// The stranger does not wait for the proof, or gives none.
fn nothing_is_taken_without_proof(world: &World) -> Outcome {
    let (mut alice, bob) = friends(world)?;
    for before in ["", &wrong_key(&bob, &alice)] {
        let mut stranger = stranger_as(&bob, &alice, world)?;
        stranger.say(&format!("{before}{}", lie(&bob, &alice)))?;
        let heard = stranger.hear_to_the_end()?;
        assert!(
            heard.contains("<stream:error") && heard.contains("<not-authorized"),
            "no stream error: {heard}"
        );
    }
    only_the_real_bob_is_read(&mut alice, &bob)
}

/// Somebody who connects to Alice's endpoint, and says that they are Bob's.
fn stranger_as(bob: &Somebody, alice: &Somebody, world: &World) -> Result<Stranger, Failed> {
    let proxy = world.network()?.socks_proxy()?;
    let (stolen, victim) = (bob.person.domain(), alice.person.domain());
    Ok(Stranger::open_stream(proxy, stolen, victim)?)
}

/// XEP-0220: a key as it should look, which nobody made.
fn wrong_key(bob: &Somebody, alice: &Somebody) -> String {
    format!(
        "<db:result from='{}' to='{}'>{}</db:result>",
        bob.person.domain(),
        alice.person.domain(),
        "0123456789abcdef".repeat(4)
    )
}

/// A message that Bob did not write.
fn lie(bob: &Somebody, alice: &Somebody) -> String {
    format!(
        "<message from='{}' to='{}' type='chat' id='lie'><body>I am Bob.</body></message>",
        bob.person.jid(),
        alice.person.jid()
    )
}

/// Whatever the stranger achieved would come before what Bob writes now.
fn only_the_real_bob_is_read(alice: &mut Somebody, bob: &Somebody) -> Outcome {
    bob.send_and_wait(alice, "It is me.")?;
    alice.read(bob, "It is me.")?;
    assert_eq!(alice.texts_read(), ["It is me."]);
    // The link between the two was not harmed.
    alice
        .person
        .send(&bob.person, "I know.", "delivered", MESSAGE_LIMIT)?;
    Ok(())
}
