//! A contact who comes to another address under their identity, and those who only say so.

use std::time::Duration;

use data_encoding::BASE64;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{IdentityEvent, Intent, Subscription};
use onym_identity::statement::{
    Endpoint, EndpointKind, IdentityRevocation, Revocation, Revoked, StatementBody,
};
use onym_identity::{IdentitySecretKey, OnymJid, RootSecret};

use crate::identities::{alice, alices_key, friends};
use crate::signed::{self, ALICE, DAY};
use crate::world::{World, jid};

const BOBS: usize = 1;

/// Alice's identity at another onion service; each number is another one.
pub(crate) fn elsewhere(number: u32) -> String {
    let endpoint = RootSecret::from_bytes(&[9; 32]).onion_service_key(number);
    let jid = OnymJid {
        identity: alices_key().public(),
        address: endpoint.onion_address(),
    };
    jid.to_string()
}

/// What Alice signs: these addresses, the first one to be tried first, and these revoked.
pub(crate) fn statement(
    world: &World,
    listed: &[&str],
    revoked: &[&str],
    key: &IdentitySecretKey,
) -> Vec<u8> {
    let now = world.now();
    let endpoints = listed.iter().zip((0..=255).rev());
    let mut body = StatementBody {
        serial: now.as_unix_millis() + 1,
        issued: now,
        expires: now + Duration::from_secs(30 * 24 * 60 * 60),
        name: None,
        endpoints: endpoints
            .map(|(address, priority)| Endpoint {
                jid: jid(address),
                kind: EndpointKind::Own,
                priority,
            })
            .collect(),
        keys: Vec::new(),
        revocations: Vec::new(),
    };
    body.revocations = revoked
        .iter()
        .map(|address| Revocation {
            what: Revoked::Endpoint(jid(address)),
            since: now,
        })
        .collect();
    body.sign(key).unwrap().as_bytes().to_vec()
}

pub(crate) fn asks_to_be_a_contact(world: &mut World, from: &str) {
    world.hear(BOBS, &format!("<presence type='subscribe' from='{from}'/>"));
}

/// The same, with a statement to prove it.
pub(crate) fn asks_with(world: &mut World, from: &str, statement: &[u8]) {
    world.hear(
        BOBS,
        &format!(
            "<presence type='subscribe' from='{from}'>\
             <identity xmlns='urn:onym:identity:1'>{}</identity></presence>",
            BASE64.encode(statement)
        ),
    );
}

/// The account answers Bob's question with this content of its node.
pub(crate) fn answers(world: &mut World, from: &str, statement: &[u8]) {
    let id = world.asks(BOBS, from).unwrap();
    world.hear(
        BOBS,
        &format!(
            "<iq type='result' id='{id}' from='{from}'>\
             <pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:onym:identity:1'>\
             <item id='current'><identity xmlns='urn:onym:identity:1'>{}</identity></item></items>\
             </pubsub></iq>",
            BASE64.encode(statement)
        ),
    );
}

/// Whether Bob's program lets somebody in by itself, under the name of a contact.
pub(crate) fn is_followed(world: &World, address: &str) -> bool {
    let memory = world.devices[BOBS].engine.memory();
    let mut intents = memory.intents.values();
    let is_decided =
        intents.any(|it| it.jid == jid(address) && matches!(it.intent, Intent::Follow { .. }));
    is_decided || memory.contacts.contains_key(&jid(address))
}

/// Whether the user is asked.
pub(crate) fn is_asked(world: &World, address: &str) -> bool {
    let memory = world.devices[BOBS].engine.memory();
    memory.requests.contains_key(&jid(address)) && !is_followed(world, address)
}

pub(crate) fn named(world: &mut World, name: &str) {
    world.command(
        BOBS,
        Command::RenameContact {
            jid: jid(&alice()),
            name: Some(name.to_owned()),
        },
    );
    let groups = vec!["Friends".to_owned()];
    world.command(
        BOBS,
        Command::SetGroups {
            jid: jid(&alice()),
            groups,
        },
    );
    world.drive();
}

#[test]
fn a_contact_who_asks_from_a_new_address_is_let_in_under_their_name() {
    let (mut world, new) = (friends(), elsewhere(1));
    named(&mut world, "Alice A.");
    let signed = statement(&world, &[&new, &alice()], &[], &alices_key());
    world.devices[BOBS].events.clear();
    asks_with(&mut world, &new, &signed);
    assert!(is_followed(&world, &new));
    world.drive();
    let events = &world.devices[BOBS].events;
    let moved = Event::ContactMoved {
        from: jid(&alice()),
        to: jid(&new),
    };
    assert_eq!(events.iter().filter(|it| **it == moved).count(), 1);
    let request = Event::RequestChanged { jid: jid(&new) };
    assert!(!events.contains(&request), "the user is asked nothing");
    let contact = world.devices[BOBS].engine.memory().contacts[&jid(&new)].clone();
    assert_eq!(contact.name.as_deref(), Some("Alice A."));
    assert_eq!(contact.groups, ["Friends"]);
    assert!(contact.asked, "Bob wants to see her there, too");
    let granted = [
        format!("type='subscribed' to='{new}'"),
        format!("to='{new}' type='subscribed'"),
    ];
    let granted = granted.map(|it| world.count_on_the_wire(&it));
    assert_eq!(granted.iter().sum::<usize>(), 1);
    let record = world.devices[BOBS].engine.memory().identities[&jid(&new)].clone();
    let followed = IdentityEvent::AddressFollowed(jid(&alice()));
    assert!(record.history.iter().any(|it| it.what == followed));
}

#[test]
fn an_address_that_the_identity_does_not_list_is_a_strangers() {
    let (mut world, foreign) = (friends(), elsewhere(1));
    let signed = statement(&world, &[&alice()], &[], &alices_key());
    asks_with(&mut world, &foreign, &signed);
    assert!(is_asked(&world, &foreign));
}

/// Whoever asks learns nothing by it: not whom Bob knows, nor whether his program runs.
#[test]
fn nothing_goes_to_an_address_because_somebody_asks_from_there_in_the_name_of_a_contact() {
    let mut world = friends();
    let strangers = OnymJid {
        identity: RootSecret::from_bytes(&[3; 32]).identity_key().public(),
        address: RootSecret::from_bytes(&[9; 32])
            .onion_service_key(3)
            .onion_address(),
    };
    let listed = elsewhere(1);
    let signed = statement(&world, &[&listed, &alice()], &[], &alices_key());
    let from_there = [elsewhere(2), strangers.to_string()];
    let sent = world.sent();
    for from in &from_there {
        asks_with(&mut world, from, &signed);
        asks_to_be_a_contact(&mut world, from);
        world.pass(Duration::from_secs(60));
        assert!(is_asked(&world, from));
    }
    let sent = world.sent_since(sent);
    for from in &from_there {
        let domain = from.split_once('@').unwrap().1;
        assert!(!sent.contains(domain), "{sent}");
    }
    world.restart(BOBS);
    for from in &from_there {
        assert!(world.asks(BOBS, from).is_none());
    }
}

#[test]
fn a_statement_of_somebody_else_or_of_the_past_lets_nobody_in() {
    let (mut world, new) = (friends(), elsewhere(1));
    let past = statement(&world, &[&new, &alice()], &[], &alices_key());
    world.pass(Duration::from_secs(60));
    // She has taken it back since.
    let later = statement(&world, &[&alice()], &[&new], &alices_key());
    world.command(BOBS, Command::TakeIdentityDocument { bytes: later });
    asks_with(&mut world, &new, &past);
    assert!(is_asked(&world, &new));

    let (mut world, mallory) = (friends(), RootSecret::from_bytes(&[3; 32]).identity_key());
    let signed = statement(&world, &[], &[], &mallory);
    asks_with(&mut world, &new, &signed);
    assert!(is_asked(&world, &new));
}

/// Alice's statement lists an address that has shown nothing yet.
fn is_listed(world: &mut World, new: &str) -> Vec<u8> {
    let signed = statement(world, &[new, &alice()], &[], &alices_key());
    tells_of(world, &alice(), &signed);
    signed
}

#[test]
fn a_request_is_never_lost() {
    let (mut world, new) = (friends(), elsewhere(1));
    is_listed(&mut world, &new);
    asks_to_be_a_contact(&mut world, &new);
    assert!(!is_asked(&world, &new));
    world.pass(Duration::from_secs(90));
    assert!(is_asked(&world, &new), "nobody has answered");
    let (mut world, new) = (friends(), elsewhere(2));
    is_listed(&mut world, &new);
    asks_to_be_a_contact(&mut world, &new);
    assert!(!is_asked(&world, &new));
    world.cut(BOBS);
    assert!(is_asked(&world, &new), "the stream has ended");
}

#[test]
fn whoever_is_proven_after_the_user_was_asked_is_let_in_all_the_same() {
    let (mut world, new) = (friends(), elsewhere(1));
    asks_to_be_a_contact(&mut world, &new);
    assert!(is_asked(&world, &new));
    world.restart(BOBS);
    world.pass(Duration::from_secs(10));
    let signed = is_listed(&mut world, &new);
    answers(&mut world, &new, &signed);
    assert!(is_followed(&world, &new));
    let memory = world.devices[BOBS].engine.memory();
    assert!(memory.requests.is_empty());
}

#[test]
fn whoever_takes_her_name_often_fills_nothing() {
    let mut world = friends();
    for number in 1..=300 {
        let foreign = elsewhere(number);
        asks_to_be_a_contact(&mut world, &foreign);
        assert!(world.asks(BOBS, &foreign).is_none());
    }
    world.pass(Duration::from_secs(600));
    let memory = world.devices[BOBS].engine.memory();
    assert!(memory.requests.len() <= 200);
    assert!((1..=300).all(|number| !is_followed(&world, &elsewhere(number))));
    // Somebody else can still ask.
    let carol = "carol@c.example";
    let declined = world.devices[BOBS].engine.memory().requests.keys().next();
    let declined = declined.unwrap().clone();
    world.command(BOBS, Command::DeclineContact { jid: declined });
    asks_to_be_a_contact(&mut world, carol);
    assert!(is_asked(&world, carol));
}

#[test]
fn nobody_is_followed_from_a_contact_that_is_blocked_or_that_does_not_see_us() {
    let (mut world, new) = (friends(), elsewhere(1));
    world.command(BOBS, Command::Block { jid: jid(&alice()) });
    world.drive();
    let signed = statement(&world, &[&new, &alice()], &[], &alices_key());
    asks_with(&mut world, &new, &signed);
    assert!(world.asks(BOBS, &new).is_none());
    assert!(is_asked(&world, &new));

    let mut world = friends();
    world.command(BOBS, Command::RemoveContact { jid: jid(&alice()) });
    world.drive();
    let signed = statement(&world, &[&new, &alice()], &[], &alices_key());
    asks_with(&mut world, &new, &signed);
    assert!(is_asked(&world, &new));
}

#[test]
fn an_identity_that_has_ended_moves_nowhere() {
    let (mut world, new) = (friends(), elsewhere(1));
    let signed = statement(&world, &[&new, &alice()], &[], &alices_key());
    let ended = IdentityRevocation::sign(&alices_key());
    world.command(BOBS, Command::TakeIdentityDocument { bytes: ended });
    asks_with(&mut world, &new, &signed);
    assert!(is_asked(&world, &new));
}

/// The last statement revokes the address of the contact: the other one is asked, confirms, and takes
/// its place.
#[test]
fn a_contact_whose_address_is_revoked_is_followed_to_the_one_that_is_listed() {
    let (mut world, new) = (friends(), elsewhere(1));
    named(&mut world, "Alice A.");
    // Known from before, and no contact there.
    let both = statement(&world, &[&alice(), &new], &[], &alices_key());
    asks_about(&mut world, &new, &both);
    world.pass(Duration::from_secs(30));
    assert!(
        !is_followed(&world, &new),
        "one more address is none to follow to"
    );
    let moved = statement(&world, &[&new], &[&alice()], &alices_key());
    world.command(BOBS, Command::TakeIdentityDocument { bytes: moved });
    world.drive();
    let memory = world.devices[BOBS].engine.memory();
    let contact = memory.contacts[&jid(&new)].clone();
    assert_eq!(contact.name.as_deref(), Some("Alice A."));
    assert!(
        memory.contacts.contains_key(&jid(&alice())),
        "kept until she accepts"
    );
    world.hear(
        BOBS,
        &format!(
            "<iq type='set' id='push'><query xmlns='jabber:iq:roster'>\
             <item jid='{new}' name='Alice A.' subscription='both'/></query></iq>"
        ),
    );
    world.drive();
    let memory = world.devices[BOBS].engine.memory();
    assert_eq!(memory.contacts[&jid(&new)].subscription, Subscription::Both);
    assert!(
        !memory.contacts.contains_key(&jid(&alice())),
        "needed no more"
    );
}

/// Alice's endpoint tells Bob of a statement that lists another address, which confirms it.
pub(crate) fn asks_about(world: &mut World, other: &str, statement: &[u8]) {
    tells_of(world, &alice(), statement);
    answers(world, other, statement);
}

pub(crate) fn tells_of(world: &mut World, account: &str, statement: &[u8]) {
    world.hear(
        BOBS,
        &format!(
            "<message from='{account}'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
             <items node='urn:onym:identity:1'><item id='current'>\
             <identity xmlns='urn:onym:identity:1'>{}</identity></item></items></event></message>",
            BASE64.encode(statement)
        ),
    );
}

pub(crate) const DAVE: &str = "dave@d.example";

/// Whoever runs the server of an account adds an identity of their own to it, late, or another one.
#[test]
fn an_identity_without_a_say_lets_nobody_in() {
    for is_late in [true, false] {
        let mut world = signed::friends();
        let key = signed::key(1);
        signed::bob_writes(&mut world, ALICE, "Hello");
        if is_late {
            world.sleep(DAY);
        }
        let hers = signed::sign(&signed::body(&world, 1, &[ALICE], &[]), &key);
        signed::publish(&mut world, ALICE, &hers);
        if !is_late {
            let others = signed::sign(&signed::body(&world, 1, &[ALICE], &[]), &signed::key(2));
            signed::publish(&mut world, ALICE, &others);
            assert!(signed::known(&world, ALICE).unwrap().challenge.is_some());
        }
        let both = signed::sign(&signed::body(&world, 2, &[ALICE, DAVE], &[]), &key);
        world.command(
            BOBS,
            Command::TakeIdentityDocument {
                bytes: both.clone(),
            },
        );
        asks_with(&mut world, DAVE, &both);
        if world.asks(BOBS, DAVE).is_some() {
            answers(&mut world, DAVE, &both);
        }
        assert!(is_asked(&world, DAVE), "late: {is_late}");
    }
}

/// The same, where nothing speaks against the identity.
#[test]
fn an_account_that_claims_to_be_a_contacts_and_is_confirmed_is_let_in() {
    let mut world = signed::friends();
    let key = signed::key(1);
    let hers = signed::sign(&signed::body(&world, 1, &[ALICE], &[]), &key);
    signed::publish(&mut world, ALICE, &hers);
    let both = signed::sign(&signed::body(&world, 2, &[ALICE, DAVE], &[]), &key);
    tells_of(&mut world, ALICE, &both);
    answers(&mut world, DAVE, &both);
    assert!(!is_followed(&world, DAVE), "nobody has asked");
    asks_to_be_a_contact(&mut world, DAVE);
    if world.asks(BOBS, DAVE).is_some() {
        answers(&mut world, DAVE, &both);
    }
    assert!(is_followed(&world, DAVE));
}

/// Her machine was lost: the address before is revoked by the first that is heard from the new one.
#[test]
fn whoever_comes_from_another_address_only_goes_on_in_the_same_conversation() {
    let (mut world, new) = (friends(), elsewhere(1));
    signed::bob_writes(&mut world, &alice(), "Hello");
    let moved = statement(&world, &[&new], &[&alice()], &alices_key());
    asks_with(&mut world, &new, &moved);
    world.drive();
    assert!(is_followed(&world, &new));
    let memory = world.devices[BOBS].engine.memory();
    assert_eq!(memory.home_of(&jid(&new)), jid(&alice()));
    // What still comes from the address before is not the person's.
    assert!(memory.is_former_home(&jid(&alice())));
}
