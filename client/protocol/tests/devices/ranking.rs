//! The user says which of their addresses is tried first, and whoever writes to them goes by it.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_identity::statement::StatementBody;

use crate::identities::{alice, alices_key, bob, known};
use crate::signed::publish;
use crate::world::{Device, World, jid};

const DESK: usize = 0;
const BOBS: usize = 1;
/// Alice's program at an account that a server of others has, and that knows nothing of identities.
const ALLYS: usize = 2;

const MINUTE: Duration = Duration::from_secs(60);

fn ally() -> String {
    let alice = alice();
    format!("ally@{}", alice.split_once('@').unwrap().1)
}

/// Bob has both of Alice's addresses as contacts. Nobody has said yet that the account is hers.
fn friends() -> World {
    let (alice, bob, ally) = (alice(), bob(), ally());
    let devices = vec![
        Device::with_identity(&alice, "desk", Some(alices_key())),
        Device::with_identity(&bob, "desk", None),
        Device::with_identity(&ally, "desk", None),
    ];
    let mut world = World::of([&alice, &bob, &ally], devices);
    for (device, contact) in [(DESK, &bob), (BOBS, &alice), (BOBS, &ally), (ALLYS, &bob)] {
        let command = Command::AddContact {
            jid: jid(contact),
            name: None,
            introduction: None,
        };
        world.command(device, command);
    }
    world.pass(MINUTE);
    world
}

fn claim(world: &mut World, address: &str, priority: Option<u8>) {
    let command = Command::ClaimAddress {
        jid: jid(address),
        priority,
    };
    world.command(DESK, command);
}

/// Alice's statement, as Bob has it.
fn seen(world: &World) -> StatementBody {
    known(world, BOBS).body().unwrap()
}

fn priority(world: &World, address: &str) -> Option<u8> {
    let listed = seen(world).endpoints.into_iter();
    listed
        .filter(|it| it.jid == jid(address))
        .map(|it| it.priority)
        .next()
}

fn waits(world: &World) -> usize {
    let memory = world.devices[DESK].engine.memory();
    memory.our_claims.wishes.len()
}

/// Bob writes, and this is where it comes.
fn comes_to(world: &mut World, text: &str) -> Vec<usize> {
    world.write(BOBS, &alice(), text);
    world.pass(2 * MINUTE);
    let has_it = |device: &usize| world.texts(*device, &bob()).iter().any(|it| it == text);
    [DESK, ALLYS].into_iter().filter(has_it).collect()
}

#[test]
fn contacts_write_to_the_address_that_is_ranked_highest() {
    let mut world = friends();
    claim(&mut world, &ally(), Some(7));
    world.pass(MINUTE);
    assert_eq!(priority(&world, &ally()), Some(7));
    assert_eq!(priority(&world, &alice()), Some(0));
    let statement = known(&world, BOBS).statement;
    publish(&mut world, &ally(), &statement);
    assert_eq!(comes_to(&mut world, "To the account"), [ALLYS]);

    // Her own address, which is listed by itself, can be ranked, too.
    claim(&mut world, &alice(), Some(9));
    world.pass(MINUTE);
    assert_eq!(priority(&world, &alice()), Some(9));
    assert_eq!(comes_to(&mut world, "To the endpoint"), [DESK]);

    // What is listed already keeps its rank, unless the user says another one.
    claim(&mut world, &ally(), None);
    world.pass(MINUTE);
    assert_eq!((priority(&world, &ally()), waits(&world)), (Some(7), 0));
    claim(&mut world, &ally(), Some(200));
    world.pass(MINUTE);
    assert_eq!(comes_to(&mut world, "To the account again"), [ALLYS]);
}

#[test]
fn the_last_word_about_an_address_counts() {
    let mut world = friends();
    world.command(DESK, Command::GoOffline);
    claim(&mut world, &ally(), Some(3));
    claim(&mut world, &ally(), None);
    assert_eq!(waits(&world), 1);
    world.restart(DESK);
    world.pass(MINUTE);
    assert_eq!((priority(&world, &ally()), waits(&world)), (Some(3), 0));

    // One that is said while the one before is hardly published.
    for number in [10, 1] {
        claim(&mut world, &ally(), Some(number));
        world.pass(Duration::from_secs(5));
    }
    claim(&mut world, "alice@c.example", None);
    world.pass(10 * MINUTE);
    assert_eq!((priority(&world, &ally()), waits(&world)), (Some(1), 0));
    let serial = seen(&world).serial;

    // The same once more changes nothing, and does not wait for ever.
    claim(&mut world, &ally(), Some(1));
    world.pass(MINUTE);
    assert_eq!((priority(&world, &ally()), waits(&world)), (Some(1), 0));
    assert_eq!(seen(&world).serial, serial);

    claim(&mut world, &ally(), Some(4));
    world.pass(Duration::from_secs(5));
    let drop = Command::DropAddress {
        jid: jid(&ally()),
        is_revoked: false,
    };
    world.command(DESK, drop);
    world.pass(10 * MINUTE);
    assert_eq!((priority(&world, &ally()), waits(&world)), (None, 0));
}

#[test]
fn an_address_is_put_first_above_whatever_rank_the_others_have() {
    let mut world = friends();
    claim(&mut world, &ally(), Some(3));
    let prefer = |world: &mut World, address: &str| {
        let jid = jid(address);
        world.command(DESK, Command::PreferAddress { jid });
        world.pass(MINUTE);
        [alice(), ally()].map(|it| priority(world, &it).unwrap())
    };
    world.pass(MINUTE);
    assert_eq!(prefer(&mut world, &alice()), [4, 3]);
    assert_eq!(prefer(&mut world, &alice()), [4, 3], "it is first already");
    assert_eq!(prefer(&mut world, &ally()), [4, 5]);
    // Above the highest rank there is none: both are ranked anew.
    claim(&mut world, &ally(), Some(200));
    world.pass(MINUTE);
    assert_eq!(prefer(&mut world, &alice()), [1, 0]);
    let statement = known(&world, BOBS).statement;
    publish(&mut world, &ally(), &statement);
    assert_eq!(comes_to(&mut world, "To the endpoint"), [DESK]);
}
