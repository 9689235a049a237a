//! Keys that a server does not take or give.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::EncryptionPolicy;
use onym_client_protocol::trust::Trust;

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

/// Alice, whose conversation with Bob is encrypted, where these nodes cannot be had. Bob has what
/// somebody else has published.
fn with_bobs_keys(troubled: &[&str]) -> World {
    let published = with_chance(Services::all(50), 2).server.services.nodes;
    let mut services = Services::all(50);
    for ((_, node), items) in published {
        services.nodes.insert((BOB.to_owned(), node), items);
    }
    services.troubled_nodes = troubled.iter().map(|&node| node.to_owned()).collect();
    let mut world = with(services);
    world.command(Command::SetEncryption {
        conversation: jid(BOB),
        policy: Some(EncryptionPolicy::Best),
    });
    world
}

fn hold(world: &World) -> Option<Hold> {
    world.engine.hold(&jid(BOB))
}

const WAITS: [&str; 1] = ["Waiting for a connection"];

#[test]
fn devices_of_one_version_do_not_wait_for_the_list_of_the_other() {
    let mut world = with_bobs_keys(&[]);
    world.server.services.troubled_nodes.insert(LIST.to_owned());
    world.write(BOB, "For those who can read it");
    world.drive();
    assert!(matches!(hold(&world), Some(Hold::Unreachable { .. })));
    assert_eq!(world.deliveries(BOB), WAITS);
    world.pass(Duration::from_secs(5 * 60));
    assert_eq!(hold(&world), None);
    assert_ne!(world.deliveries(BOB), WAITS);
}

#[test]
fn a_message_waits_only_as_long_as_our_own_lists_cannot_be_had() {
    let mut world = with_bobs_keys(&[LIST]);
    world.write(BOB, "Soon");
    world.pass(Duration::from_secs(60));
    assert_eq!(hold(&world), Some(Hold::Preparing));
    assert_eq!(published(&world, LIST_2), None, "others may be in it");
    world.server.services.troubled_nodes.clear();
    world.pass(Duration::from_secs(15 * 60));
    assert_eq!(hold(&world), None);
    assert_ne!(world.deliveries(BOB), WAITS);
}

#[test]
fn a_server_cannot_add_a_reader_to_our_account() {
    let mut world = with_bobs_keys(&[]);
    let stranger = "<devices xmlns='urn:xmpp:omemo:2'><device id='7'/></devices>";
    world.server.deliver(&format!(
        "<message from='{ALICE}' type='headline'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{LIST_2}'>\
         <item id='current'>{stranger}</item></items></event></message>"
    ));
    world.drive();
    let ours = &world.engine.memory().protection[&jid(ALICE)];
    let known: Vec<_> = ours.devices.values().map(|device| device.trust).collect();
    assert_eq!(known, [Trust::Undecided]);
    world.write(BOB, "For you alone");
    world.pass(Duration::from_secs(60));
    assert_eq!(hold(&world), Some(Hold::OurDevicesUndecided));
    assert_eq!(world.deliveries(BOB), WAITS);
    let entries = &world.server.services.nodes[&(ALICE.to_owned(), LIST_2.to_owned())];
    assert!(
        entries[0].1.children().any(|it| it.attr("id") != Some("7")),
        "our own device is back in the list"
    );
}
