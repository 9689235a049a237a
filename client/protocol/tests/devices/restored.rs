//! An identity that had ended is restored from its words, on an endpoint that knows nothing of the end.

use std::time::Duration;

use data_encoding::BASE64;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_identity::statement::{IdentityRevocation, Standing, Succession};

use crate::our_end::{BOBS, DESK, alice, bob, end, friends, is_published, key_of, standing};
use crate::world::{World, jid};

const MINUTE: Duration = Duration::from_secs(60);

/// Where the content of a revocation begins, as it goes over the wire in an element of its own.
const DOCUMENT: &str = "<document>";

/// Alice restores from her words while Bob is away: her device knows nothing, and her node shows no end.
fn restored(world: &mut World) {
    world.command(DESK, Command::GoOffline);
    world.command(BOBS, Command::GoOffline);
    world.drive();
    let empty = "<iq type='set' id='new'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
                 <publish node='urn:onym:identity:1'><item id='current'>\
                 <identity xmlns='urn:onym:identity:1'>AA==</identity></item></publish></pubsub></iq>";
    world.say_as(&alice(), empty);
    world.drive();
    world.restart_with(DESK, |_| false);
    world.pass(MINUTE);
    assert_eq!(standing(world, DESK), Standing::Good);
    let memory = world.devices[DESK].engine.memory();
    let published = memory.identities.get(&jid(&alice()));
    assert!(published.is_some_and(|it| !it.statement.is_empty()));
}

#[test]
fn a_contact_gives_a_revocation_back_to_whoever_has_restored_the_identity() {
    let mut world = friends();
    end(&mut world, DESK, IdentityRevocation::sign(&key_of(1)));
    restored(&mut world);
    let before = world.count_on_the_wire(DOCUMENT);
    world.command(BOBS, Command::ConnectNow);
    world.pass(MINUTE);
    assert_eq!(standing(&world, DESK), Standing::Revoked);
    assert!(is_published(&world, DESK), "others find it, too");
    let events = &world.devices[DESK].events;
    assert!(events.contains(&Event::OurIdentityEnded));
    // Bob says it once, and Alice's device publishes it once.
    assert_eq!(world.count_on_the_wire(DOCUMENT), before + 2);
    world.restart(DESK);
    world.pass(MINUTE);
    assert_eq!(standing(&world, DESK), Standing::Revoked);
}

#[test]
fn a_succession_is_given_back_as_well() {
    let mut world = friends();
    let proposed = Succession::propose(&key_of(1), key_of(3).public(), world.now()).unwrap();
    end(&mut world, DESK, proposed.accept(&key_of(3)).unwrap());
    restored(&mut world);
    world.command(BOBS, Command::ConnectNow);
    world.pass(MINUTE);
    let by = key_of(3).public();
    assert_eq!(standing(&world, DESK), Standing::Succeeded(by));
}

#[test]
fn a_message_is_answered_with_the_end_once_and_only_if_its_writer_may_see_us() {
    let mut world = friends();
    let revocation = IdentityRevocation::sign(&key_of(1));
    // Her device would publish what Bob tells it.
    world.command(DESK, Command::GoOffline);
    world.command(BOBS, Command::TakeIdentityDocument { bytes: revocation });
    world.drive();
    let before = world.count_on_the_wire(DOCUMENT);
    let says = |world: &mut World, text: &str| {
        let from = alice();
        world.hear(
            BOBS,
            &format!(
                "<message from='{from}/x' type='chat' id='{text}'><body>{text}</body></message>"
            ),
        );
        world.drive();
    };
    says(&mut world, "one");
    assert_eq!(world.count_on_the_wire(DOCUMENT), before + 1);
    says(&mut world, "two");
    assert_eq!(world.count_on_the_wire(DOCUMENT), before + 1);

    let mut world = friends();
    world.command(BOBS, Command::RemoveContact { jid: jid(&alice()) });
    let revocation = IdentityRevocation::sign(&key_of(1));
    world.command(BOBS, Command::TakeIdentityDocument { bytes: revocation });
    world.drive();
    let before = world.count_on_the_wire(DOCUMENT);
    says(&mut world, "three");
    assert_eq!(
        world.count_on_the_wire(DOCUMENT),
        before,
        "an answer would tell that Bob is there"
    );
}

#[test]
fn only_what_our_own_key_has_signed_ends_our_identity() {
    let mut world = friends();
    let brings = |world: &mut World, kind: &str, document: &[u8]| {
        let (from, document) = (bob(), BASE64.encode(document));
        world.hear(
            DESK,
            &format!(
                "<message from='{from}/x' type='{kind}' id='1'><identity xmlns='urn:onym:identity:1'>\
                 <document>{document}</document></identity></message>"
            ),
        );
        world.pass(MINUTE);
    };
    let mut forged = IdentityRevocation::sign(&key_of(1));
    *forged.last_mut().unwrap() ^= 1;
    brings(&mut world, "chat", &forged);
    brings(&mut world, "chat", &IdentityRevocation::sign(&key_of(2)));
    brings(&mut world, "chat", &[1, 2, 3]);
    brings(&mut world, "error", &IdentityRevocation::sign(&key_of(1)));
    assert_eq!(standing(&world, DESK), Standing::Good);
    let memory = world.devices[DESK].engine.memory();
    assert!(memory.ended.is_empty() && memory.endings.is_empty());
    // Whoever brings it: also a stranger, who has found the paper.
    brings(&mut world, "chat", &IdentityRevocation::sign(&key_of(1)));
    assert_eq!(standing(&world, DESK), Standing::Revoked);
    assert!(is_published(&world, DESK));
}
