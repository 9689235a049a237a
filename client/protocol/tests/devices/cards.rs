//! Statements in the cards of people.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::store::AvatarChoice;
use onym_identity::statement::{Document, IdentityRevocation, TextForm, find_blocks};
use onym_identity::{OnymJid, RootSecret};

use crate::signed::*;
use crate::world::{Device, World, jid};

/// An account sets its card.
fn set_card(world: &mut World, account: &str, inner: &str) {
    let stanza = format!("<iq type='set' id='card'><vCard xmlns='vcard-temp'>{inner}</vCard></iq>");
    world.say_as(account, &stanza);
    world.drive();
}

#[test]
fn a_card_is_read_where_the_node_is_hidden() {
    let mut world = friends();
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(1));
    let block = TextForm::of(&statement).unwrap().block();
    set_card(
        &mut world,
        ALICE,
        &format!("<FN>Alice</FN><DESC>I like tea.\n{block}</DESC>"),
    );
    // Each program asks for a card once.
    assert_eq!(known(&world, ALICE), None);
    world.forbidden = Some("urn:onym:identity:1");
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(*known(&world, ALICE).unwrap().identity(), key(1).public());
    let revocation = IdentityRevocation::sign(&key(1));
    let block = TextForm::of(&revocation).unwrap().block();
    set_card(&mut world, CAROL, &format!("<NOTE>{block}</NOTE>"));
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    let ended = &world.devices[BOBS].engine.memory().ended;
    assert_eq!(ended.len(), 1, "whoever shows it, its owner has signed it");
}

/// Cards are not announced: whoever wants to know asks.
#[test]
fn a_card_is_read_again_when_the_user_wants_it() {
    let mut world = friends();
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(1));
    let block = TextForm::of(&statement).unwrap().block();
    set_card(&mut world, ALICE, &format!("<DESC>{block}</DESC>"));
    world.pass(Duration::from_secs(60));
    assert_eq!(known(&world, ALICE), None);
    world.command(BOBS, Command::RefreshDevices { jid: jid(ALICE) });
    world.pass(Duration::from_secs(60));
    assert_eq!(*known(&world, ALICE).unwrap().identity(), key(1).public());
}

#[test]
fn a_block_in_a_card_has_to_be_of_this_account() {
    let mut world = friends();
    let statement = sign(&body(&world, 1, &[CAROL], &[ALICES]), &key(1));
    let block = TextForm::of(&statement).unwrap().block();
    set_card(&mut world, ALICE, &format!("<DESC>{block}</DESC>"));
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(known(&world, ALICE), None);
    assert_eq!(known(&world, CAROL), None);
}

/// How often our side has written this.
fn written(world: &World, what: &str) -> usize {
    world.count_on_the_wire(what)
}

/// The card that was set last.
fn our_card(world: &World) -> String {
    let begin = "<vCard xmlns='vcard-temp'><";
    world.last_on_the_wire(begin, "</vCard>").unwrap()
}

#[test]
fn our_statement_stands_in_both_cards_and_our_profile_keeps_it() {
    let root = RootSecret::from_bytes(&[1; 32]);
    let address = RootSecret::from_bytes(&[9; 32])
        .onion_service_key(0)
        .onion_address();
    let identity = root.identity_key().public();
    let alice = OnymJid { identity, address }.to_string();
    let device = Device::with_identity(&alice, "desk", Some(root.identity_key()));
    let mut world = World::of([&alice], vec![device]);
    set_card(
        &mut world,
        &alice,
        "<FN>Alice A.</FN><DESC>I like tea.</DESC>",
    );
    world.restart(0);
    world.pass(Duration::from_secs(120));
    let newer = world.last_on_the_wire("<vcard ", "</vcard>").unwrap();
    for card in [our_card(&world), newer] {
        let blocks = find_blocks(&card.replace("&#xa;", "\n").replace("&#10;", "\n")).unwrap();
        let [Ok(Document::Statement(statement))] = &blocks[..] else {
            panic!("no statement in {card}");
        };
        assert_eq!(statement.claimed_identity().unwrap(), identity);
    }
    let card = our_card(&world);
    assert!(card.contains("I like tea.") && card.contains("Alice A."));
    // Nothing is written again that is there already.
    let before = (written(&world, "<DESC"), written(&world, "<note"));
    assert!(before.0 > 0 && before.1 > 0);
    world.restart(0);
    world.pass(Duration::from_secs(3_600));
    assert_eq!((written(&world, "<DESC"), written(&world, "<note")), before);
    let command = Command::SetOurProfile {
        name: Some("Alice".to_owned()),
        avatar: AvatarChoice::Keep,
    };
    world.command(0, command);
    world.pass(Duration::from_secs(3_600));
    let card = our_card(&world);
    assert!(card.contains("BEGIN ONYM STATEMENT") && card.contains("I like tea."));
    let devices = &world.devices[0].engine.memory().identities;
    assert!(devices.contains_key(&jid(&alice)));
}
