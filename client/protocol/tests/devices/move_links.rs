//! Links to the new address of a contact: followed if the contact has signed it, and refused if not.

use std::time::Duration;

use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::MoveRefusal;
use onym_client_protocol::introduction::Introduction;
use onym_identity::invite::{Arrival, Invite, Received};
use onym_identity::{IdentityKey, RootSecret};

use crate::identities::{alice, alices_key, friends};
use crate::moving::{
    DAVE, answers, asks_about, asks_to_be_a_contact, elsewhere, is_asked, is_followed, named,
    statement, tells_of,
};
use crate::signed::{self, ALICE, CAROL};
use crate::world::{World, jid};

const BOBS: usize = 1;

/// Bob opens a link that is said to lead to the new address of a contact.
fn opens(world: &mut World, to: &str, claimed: Option<IdentityKey>) {
    let invite = Invite {
        claimed_identity: claimed,
        is_move: true,
        ..Invite::to(jid(to))
    };
    opens_invite(world, invite, Arrival::Clicked);
}

fn opens_invite(world: &mut World, invite: Invite, arrival: Arrival) {
    let jid = invite.jid.clone();
    let introduction = Introduction::of(&Received { invite, arrival });
    let command = Command::AddContact {
        jid,
        name: Some("Not their name".to_owned()),
        introduction: introduction.map(Box::new),
    };
    world.devices[BOBS].events.clear();
    world.command(BOBS, command);
}

fn refusals(world: &mut World) -> Vec<CommandError> {
    world.drive();
    let events = std::mem::take(&mut world.devices[BOBS].events);
    let refused = events.into_iter().filter_map(|event| match event {
        Event::CommandRefused(error) => Some(error),
        _ => None,
    });
    refused.collect()
}

/// The link was refused, and nobody was asked to be a contact.
fn is_refused(world: &mut World, to: &str, why: MoveRefusal) {
    let expected = CommandError::MoveRefused { jid: jid(to), why };
    assert_eq!(refusals(world), [expected]);
    assert!(!is_followed(world, to) && !is_asked(world, to));
    for request in [
        format!("type='subscribe' to='{to}'"),
        format!("to='{to}' type='subscribe'"),
    ] {
        assert_eq!(world.count_on_the_wire(&request), 0);
    }
}

#[test]
fn a_contact_is_followed_to_the_address_that_they_have_signed() {
    let (mut world, new) = (friends(), elsewhere(1));
    named(&mut world, "Alice A.");
    signed::bob_writes(&mut world, &alice(), "Before");
    let moved = statement(&world, &[&new], &[&alice()], &alices_key());
    opens(&mut world, &new, None);
    assert!(!is_followed(&world, &new), "the address has not answered");
    answers(&mut world, &new, &moved);
    assert!(is_followed(&world, &new));
    assert_eq!(refusals(&mut world), []);
    let memory = world.devices[BOBS].engine.memory();
    let contact = &memory.contacts[&jid(&new)];
    assert_eq!(contact.name.as_deref(), Some("Alice A."));
    assert!(contact.asked, "Bob wants to see her there");
    assert_eq!(memory.home_of(&jid(&new)), jid(&alice()));
    assert_eq!(
        memory.contacts.len(),
        2,
        "and the old one is kept until she accepts"
    );
    // She asks in return, and nobody is asked about it.
    asks_to_be_a_contact(&mut world, &new);
    world.drive();
    assert!(!is_asked(&world, &new));
}

#[test]
fn what_is_known_already_needs_no_question_and_no_connection() {
    let (mut world, new) = (friends(), elsewhere(1));
    let both = statement(&world, &[&alice(), &new], &[], &alices_key());
    asks_about(&mut world, &new, &both);
    world.pass(Duration::from_secs(30));
    assert!(!is_followed(&world, &new));
    world.command(BOBS, Command::GoOffline);
    world.drive();
    opens(&mut world, &new, None);
    assert!(is_followed(&world, &new));
    assert_eq!(refusals(&mut world), []);
}

#[test]
fn an_address_that_does_not_show_what_the_contact_has_signed_is_refused() {
    let new = elsewhere(1);
    for is_listed in [false, true] {
        let mut world = friends();
        // She lists it, or not; what it shows is signed by somebody else.
        let endpoints: &[&str] = if is_listed { &[&new] } else { &[] };
        let mallory = RootSecret::from_bytes(&[3; 32]).identity_key();
        let forged = statement(&world, &[], &[], &mallory);
        let hers = statement(&world, endpoints, &[], &alices_key());
        if is_listed {
            world.command(BOBS, Command::TakeIdentityDocument { bytes: hers });
            opens(&mut world, &new, None);
            answers(&mut world, &new, &forged);
        } else {
            opens(&mut world, &new, None);
            answers(&mut world, &new, &hers);
        }
        is_refused(&mut world, &new, MoveRefusal::NotProven);
    }
}

#[test]
fn whom_nobody_knows_is_not_asked_at_all() {
    let mut world = friends();
    opens(&mut world, DAVE, None);
    assert!(world.asks(BOBS, DAVE).is_none());
    is_refused(&mut world, DAVE, MoveRefusal::NamesNobody);
    let mallory = RootSecret::from_bytes(&[3; 32]).identity_key().public();
    opens(&mut world, DAVE, Some(mallory));
    assert!(world.asks(BOBS, DAVE).is_none());
    is_refused(&mut world, DAVE, MoveRefusal::NoContact);
    world.command(BOBS, Command::Block { jid: jid(&alice()) });
    world.drive();
    let new = elsewhere(1);
    opens(&mut world, &new, None);
    assert!(world.asks(BOBS, &new).is_none());
    is_refused(&mut world, &new, MoveRefusal::Blocked);
}

#[test]
fn an_address_that_is_somebody_elses_is_refused() {
    let mut world = signed::friends();
    let hers = signed::sign(&signed::body(&world, 1, &[ALICE], &[]), &signed::key(1));
    signed::publish(&mut world, ALICE, &hers);
    let carols = signed::body(&world, 1, &[CAROL, DAVE], &[]);
    let carols = signed::sign(&carols, &signed::key(2));
    tells_of(&mut world, CAROL, &carols);
    answers(&mut world, DAVE, &carols);
    world.pass(Duration::from_secs(60));
    // It says that Dave's address is Alice's new one.
    opens(&mut world, DAVE, Some(signed::key(1).public()));
    if world.asks(BOBS, DAVE).is_some() {
        answers(&mut world, DAVE, &carols);
    }
    is_refused(&mut world, DAVE, MoveRefusal::OtherIdentity);
}

#[test]
fn a_link_that_cannot_be_looked_into_is_refused() {
    let (mut world, new) = (friends(), elsewhere(1));
    opens(&mut world, &new, None);
    assert_eq!(refusals(&mut world), []);
    world.pass(Duration::from_secs(90));
    is_refused(&mut world, &new, MoveRefusal::NoAnswer);
    let new = elsewhere(2);
    opens(&mut world, &new, None);
    world.cut(BOBS);
    is_refused(&mut world, &new, MoveRefusal::NoAnswer);
    world.command(BOBS, Command::GoOffline);
    let new = elsewhere(3);
    opens(&mut world, &new, None);
    assert_eq!(refusals(&mut world), [CommandError::NotConnected]);
    assert!(!is_followed(&world, &new));
}

#[test]
fn a_statement_from_before_the_link_is_refused() {
    let (world, new) = (friends(), elsewhere(1));
    let both = statement(&world, &[&new, &alice()], &[], &alices_key());
    let now = world.now().as_unix_millis();
    for (least, arrival, is_taken) in [
        (now + 60_000, Arrival::Pasted, false),
        // Nothing of a click is believed.
        (now + 60_000, Arrival::Clicked, true),
    ] {
        let mut world = friends();
        let invite = Invite {
            is_move: true,
            least_serial: Some(least),
            ..Invite::to(jid(&new))
        };
        opens_invite(&mut world, invite, arrival);
        answers(&mut world, &new, &both);
        match is_taken {
            true => assert!(is_followed(&world, &new)),
            false => is_refused(&mut world, &new, MoveRefusal::NotProven),
        }
    }
}

#[test]
fn a_statement_in_the_card_of_the_new_account_counts() {
    let mut world = signed::friends();
    let key = signed::key(1);
    let hers = signed::sign(&signed::body(&world, 1, &[ALICE], &[]), &key);
    signed::publish(&mut world, ALICE, &hers);
    opens(&mut world, DAVE, Some(key.public()));
    let id = world.asks(BOBS, DAVE).unwrap();
    let error = "<error type='cancel'><item-not-found \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    world.hear(
        BOBS,
        &format!("<iq type='error' id='{id}' from='{DAVE}'>{error}</iq>"),
    );
    assert_eq!(refusals_so_far(&world), 0, "the card is looked at first");
    let both = signed::body(&world, 2, &[ALICE, DAVE], &[])
        .sign(&key)
        .unwrap();
    let id = world.asks_for("vcard-temp", BOBS, DAVE).unwrap();
    let block = onym_identity::statement::TextForm::of(both.as_bytes()).unwrap();
    world.hear(
        BOBS,
        &format!(
            "<iq type='result' id='{id}' from='{DAVE}'><vCard xmlns='vcard-temp'>\
             <DESC>{}</DESC></vCard></iq>",
            block.block()
        ),
    );
    assert!(is_followed(&world, DAVE));
    assert_eq!(refusals_so_far(&world), 0);
}

fn refusals_so_far(world: &World) -> usize {
    let events = world.devices[BOBS].events.iter();
    events
        .filter(|it| matches!(it, Event::CommandRefused(_)))
        .count()
}
