//! Keys that a server does not take or give.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::EncryptionPolicy;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::services::Services;
use super::world::{ALICE, BOB, World, jid};

const LIST: &str = "eu.siacs.conversations.axolotl.devicelist";
const LIST_2: &str = "urn:xmpp:omemo:2:devices";
const BUNDLES_2: &str = "urn:xmpp:omemo:2:bundles";

fn with(services: Services) -> World {
    with_chance(services, 1)
}

fn with_chance(services: Services, seed: u64) -> World {
    let mut world = World::new();
    world.rng = StdRng::seed_from_u64(seed);
    world.server.services = services;
    world
        .server
        .push_contact("subscription='both' name='Bob'", BOB);
    world.log_in();
    world
}

fn published(world: &World, node: &str) -> Option<usize> {
    let key = (ALICE.to_owned(), node.to_owned());
    world.server.services.nodes.get(&key).map(Vec::len)
}

fn offers(world: &World, node: &str) -> usize {
    let is_offer = |stanza: &&minidom::Element| {
        let query = stanza.children().next();
        let publish = query.and_then(|it| it.children().find(|it| it.name() == "publish"));
        publish.is_some_and(|it| it.attr("node") == Some(node))
    };
    world.server.received.iter().filter(is_offer).count()
}

#[test]
fn keys_that_our_server_does_not_take_are_offered_again() {
    let mut services = Services::all(50);
    services.troubled_nodes.insert(BUNDLES_2.to_owned());
    let mut world = with(services);
    assert_eq!(published(&world, LIST_2), Some(1));
    assert_eq!(published(&world, BUNDLES_2), None);
    assert_eq!(offers(&world, BUNDLES_2), 1);
    world.pass(Duration::from_secs(60 * 60));
    let offered = offers(&world, BUNDLES_2);
    assert!((5..12).contains(&offered), "later each time: {offered}");
    world.server.services.troubled_nodes.clear();
    world.pass(Duration::from_secs(15 * 60));
    assert_eq!(published(&world, BUNDLES_2), Some(1));
    let offered = offers(&world, BUNDLES_2);
    world.pass(Duration::from_secs(60 * 60));
    assert_eq!(offers(&world, BUNDLES_2), offered, "it has them");
}

#[test]
fn devices_of_one_version_do_not_wait_for_the_list_of_the_other() {
    // Bob has what somebody else has published.
    let published = with_chance(Services::all(50), 2).server.services.nodes;
    let mut services = Services::all(50);
    for ((_, node), items) in published {
        services.nodes.insert((BOB.to_owned(), node), items);
    }
    services.troubled_nodes.insert(LIST.to_owned());
    let mut world = with(Services::all(50));
    world.server.services.nodes.extend(services.nodes);
    world.server.services.troubled_nodes = services.troubled_nodes;
    world.command(Command::SetEncryption {
        conversation: jid(BOB),
        policy: Some(EncryptionPolicy::Best),
    });
    world.write(BOB, "For those who can read it");
    world.drive();
    let hold = |world: &World| world.engine.hold(&jid(BOB));
    assert!(matches!(hold(&world), Some(Hold::Unreachable { .. })));
    assert_eq!(world.deliveries(BOB), ["Waiting for a connection"]);
    world.pass(Duration::from_secs(5 * 60));
    assert_eq!(hold(&world), None);
    assert_ne!(world.deliveries(BOB), ["Waiting for a connection"]);
}
