//! The places where an account may show a statement: its node and its two cards.

use std::time::Duration;

use onym_client_protocol::address_check::{AddressAnswer, StatementPlace};
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::StatementRefusal;
use onym_identity::statement::{FollowError, IdentityRevocation, TextForm};

use crate::signed::*;
use crate::world::{World, jid};

fn block(document: &[u8]) -> String {
    TextForm::of(document).unwrap().block()
}

fn set_card(world: &mut World, account: &str, text: &str) {
    let stanza = format!(
        "<iq type='set' id='card'><vCard xmlns='vcard-temp'><DESC>{text}</DESC></vCard></iq>"
    );
    world.say_as(account, &stanza);
    world.drive();
}

fn set_new_card(world: &mut World, account: &str, text: &str) {
    let stanza = format!(
        "<iq type='set' id='card'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <publish node='urn:xmpp:vcard4'><item id='current'>\
         <vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><note><text>{text}</text></note></vcard>\
         </item></publish><publish-options><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>\
         <field var='pubsub#access_model'><value>open</value></field></x></publish-options>\
         </pubsub></iq>"
    );
    world.say_as(account, &stanza);
    world.drive();
}

/// What Bob hears of an account, and from where.
fn checked(world: &mut World, at: &str) -> (AddressAnswer, StatementPlace) {
    told(world);
    world.command(BOBS, Command::CheckAddress { jid: jid(at) });
    world.pass(Duration::from_secs(240));
    let mut answers = told(world).into_iter().filter_map(|event| match event {
        Event::AddressChecked {
            jid: of,
            answer,
            place,
        } if of == jid(at) => Some((answer, place)),
        _ => None,
    });
    let answer = answers.next().unwrap();
    assert_eq!(answers.next(), None);
    answer
}

fn serial(answer: AddressAnswer) -> u64 {
    match answer {
        AddressAnswer::Confirmed(statement) => statement.body().serial,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_account_is_asked_for_its_cards_where_its_node_shows_nothing() {
    let mut world = friends();
    assert_eq!(
        checked(&mut world, ALICE),
        (AddressAnswer::Nothing, StatementPlace::Node)
    );
    let statement = |world: &World, serial| sign(&body(world, serial, &[ALICE], &[]), &key(1));
    let newer = statement(&world, 3);
    set_new_card(
        &mut world,
        ALICE,
        &format!("I like tea.\n{}", block(&newer)),
    );
    let (answer, place) = checked(&mut world, ALICE);
    assert_eq!((serial(answer), place), (3, StatementPlace::NewCard));
    // An older block beside it, and one that is about another account.
    let text = [
        statement(&world, 1),
        statement(&world, 2),
        sign(&body(&world, 9, &[CAROL], &[]), &key(1)),
    ];
    let text: String = text.iter().map(|it| block(it)).collect();
    set_card(&mut world, ALICE, &text);
    let (answer, place) = checked(&mut world, ALICE);
    assert_eq!((serial(answer), place), (2, StatementPlace::Card));
    let latest = statement(&world, 4);
    publish(&mut world, ALICE, &latest);
    let (answer, place) = checked(&mut world, ALICE);
    assert_eq!((serial(answer), place), (4, StatementPlace::Node));
    // Hidden again, the card shows less than was seen.
    world.forbidden = Some("urn:onym:identity:1");
    let (answer, place) = checked(&mut world, ALICE);
    let older = StatementRefusal::NotFollowed(FollowError::Older { seen: 4, got: 2 });
    assert_eq!(
        (answer, place),
        (AddressAnswer::Refused(older), StatementPlace::Card)
    );
}

#[test]
fn an_account_that_shows_the_end_of_its_identity_is_refused() {
    let mut world = friends();
    let revocation = IdentityRevocation::sign(&key(1));
    let revoked = AddressAnswer::Refused(StatementRefusal::NotFollowed(FollowError::Revoked));
    let statement = sign(&body(&world, 1, &[CAROL], &[]), &key(1));
    set_card(
        &mut world,
        CAROL,
        &format!("{}{}", block(&revocation), block(&statement)),
    );
    assert_eq!(
        checked(&mut world, CAROL),
        (revoked.clone(), StatementPlace::Card)
    );
    publish_with(&mut world, CAROL, &[], &[&revocation]);
    assert_eq!(
        checked(&mut world, CAROL),
        (revoked.clone(), StatementPlace::Node)
    );
    publish_with(&mut world, CAROL, &statement, &[&revocation]);
    assert_eq!(checked(&mut world, CAROL), (revoked, StatementPlace::Node));
    // Somebody else's end says nothing about this one.
    let other = IdentityRevocation::sign(&key(2));
    let later = sign(&body(&world, 1, &[ALICE], &[]), &key(3));
    publish_with(&mut world, ALICE, &later, &[&other]);
    assert_eq!(serial(checked(&mut world, ALICE).0), 1);
}

#[test]
fn a_contact_is_known_by_the_newer_card_alone() {
    let mut world = friends();
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(1));
    set_new_card(&mut world, ALICE, &block(&statement));
    assert_eq!(
        known(&world, ALICE),
        None,
        "each program asks for cards once"
    );
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(*known(&world, ALICE).unwrap().identity(), key(1).public());
    // Of another account it says nothing.
    set_new_card(&mut world, CAROL, &block(&statement));
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(known(&world, CAROL), None);
}
