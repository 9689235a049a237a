//! Becoming contacts, in both directions, with and without a connection.

use std::time::Duration;

use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::delivery::FailureReason;
use onym_client_protocol::event::Event;
use onym_client_protocol::presence::Show;
use onym_client_protocol::store::{Change, Store, Subscription};
use onym_stream::ns;

use crate::world::{ALICE, BOB, CAROL, World, jid};

fn add(jid_text: &str, name: &str) -> Command {
    Command::AddContact {
        jid: jid(jid_text),
        name: Some(name.to_owned()),
        introduction: None,
    }
}

fn request_from(from: &str) -> String {
    format!("<presence type='subscribe' from='{from}'><status>It is me</status></presence>")
}

fn sent(world: &World) -> Vec<(String, String)> {
    let own = ("-".to_owned(), "-".to_owned());
    world
        .server
        .presences()
        .into_iter()
        .filter(|it| *it != own)
        .collect()
}

fn pair(kind: &str, to: &str) -> (String, String) {
    (kind.to_owned(), to.to_owned())
}

#[test]
fn alice_adds_bob_and_bob_accepts() {
    let mut world = World::new();
    world.log_in();
    world.command(add(BOB, "Bob"));
    world.drive();
    assert_eq!(sent(&world), [pair("subscribe", BOB)]);
    let bob = world.engine.memory().contacts[&jid(BOB)].clone();
    assert_eq!((bob.name.as_deref(), bob.asked), (Some("Bob"), true));
    assert!(world.engine.memory().intents.is_empty());
    world.take_events();
    world
        .server
        .deliver(&format!("<presence type='subscribed' from='{BOB}'/>"));
    world
        .server
        .push_contact("subscription='to' name='Bob'", BOB);
    world.drive();
    let accepted = Event::ContactAccepted { jid: jid(BOB) };
    assert_eq!(
        world
            .take_events()
            .iter()
            .filter(|it| **it == accepted)
            .count(),
        1
    );
    // Bob asks back, and need not wait for Alice to say yes again.
    world.server.deliver(&request_from(BOB));
    world.drive();
    assert_eq!(sent(&world)[1..], [pair("subscribed", BOB)]);
    assert_eq!(
        world.engine.memory().contacts[&jid(BOB)].subscription,
        Subscription::Both
    );
    assert!(world.engine.memory().requests.is_empty());
    world.assert_memory_is_stored();
}

#[test]
fn a_server_that_can_is_told_beforehand() {
    let mut world = World::new();
    world.server.pre_approval = true;
    world.log_in();
    world.command(add(BOB, "Bob"));
    world.drive();
    assert_eq!(
        sent(&world),
        [pair("subscribed", BOB), pair("subscribe", BOB)]
    );
}

#[test]
fn bob_asks_and_alice_accepts_and_asks_back() {
    let mut world = World::new();
    world.log_in();
    world.take_events();
    world.server.deliver(&request_from(BOB));
    world.server.deliver(&request_from(BOB));
    world.drive();
    assert_eq!(
        world.take_events(),
        [Event::RequestChanged { jid: jid(BOB) }]
    );
    let request = world.store.load().unwrap().requests[&jid(BOB)].clone();
    assert_eq!(request.text.as_deref(), Some("It is me"));
    world.command(Command::AcceptContact { jid: jid(BOB) });
    world.drive();
    assert_eq!(
        sent(&world),
        [pair("subscribed", BOB), pair("subscribe", BOB)]
    );
    assert!(world.engine.memory().requests.is_empty());
    assert!(world.engine.memory().intents.is_empty());
    world.assert_memory_is_stored();
}

#[test]
fn to_add_somebody_who_has_asked_is_to_accept() {
    let mut world = World::new();
    world.log_in();
    world.server.deliver(&request_from(BOB));
    world.drive();
    world.command(add(BOB, "Bobby"));
    world.drive();
    assert_eq!(
        sent(&world),
        [pair("subscribed", BOB), pair("subscribe", BOB)]
    );
    assert_eq!(
        world.engine.memory().contacts[&jid(BOB)].name.as_deref(),
        Some("Bobby")
    );
}

#[test]
fn a_declined_request_does_not_come_back_while_the_answer_is_on_its_way() {
    let mut world = World::new();
    world.log_in();
    world.server.deliver(&request_from(BOB));
    world.drive();
    world.command(Command::DeclineContact { jid: jid(BOB) });
    // The server has not got the answer and repeats the request.
    world.server.deliver(&request_from(BOB));
    world.move_to_client(usize::MAX);
    world.drive();
    assert_eq!(sent(&world), [pair("unsubscribed", BOB)]);
    assert!(world.engine.memory().requests.is_empty());
    // A request after that is a new one.
    world.server.deliver(&request_from(BOB));
    world.drive();
    assert_eq!(world.engine.memory().requests.len(), 1);
    world
        .server
        .deliver(&format!("<presence type='unsubscribe' from='{BOB}'/>"));
    world.drive();
    assert!(world.engine.memory().requests.is_empty());
}

#[test]
fn decisions_without_a_connection_are_kept_and_carried_out() {
    let mut world = World::new();
    world.reachable = false;
    world.command(add(BOB, "Bob"));
    world.command(add(CAROL, "Carol"));
    world.command(Command::RenameContact {
        jid: jid(BOB),
        name: Some("Rob".to_owned()),
    });
    world.command(Command::RemoveContact { jid: jid(CAROL) });
    world.drive();
    world.crash();
    world.reachable = true;
    world.pass(Duration::from_secs(10));
    let contacts = &world.engine.memory().contacts;
    assert_eq!(contacts.keys().collect::<Vec<_>>(), [&jid(BOB)]);
    assert_eq!(contacts[&jid(BOB)].name.as_deref(), Some("Rob"));
    assert!(contacts[&jid(BOB)].asked);
    assert!(world.store.load().unwrap().intents.is_empty());
    world.assert_memory_is_stored();
}

#[test]
fn only_our_server_changes_the_roster() {
    let mut world = World::online_with_bob();
    world.take_events();
    for from in [BOB, "b.example", "alice@a.example/other", "a.example"] {
        world.server.say(&format!(
            "<iq type='set' id='evil' from='{from}'><query xmlns='jabber:iq:roster'>\
             <item jid='{CAROL}' subscription='both'/></query></iq>"
        ));
    }
    world.drive();
    assert!(!world.engine.memory().contacts.contains_key(&jid(CAROL)));
    assert!(
        !world
            .server
            .received
            .iter()
            .any(|it| it.attr("id") == Some("evil"))
    );
    world.server.say(&format!(
        "<iq type='set' id='good' from='{ALICE}'><query xmlns='jabber:iq:roster'>\
         <item jid='{CAROL}' subscription='both'/></query></iq>"
    ));
    world.drive();
    assert!(world.engine.memory().contacts.contains_key(&jid(CAROL)));
    assert!(
        world
            .server
            .received
            .iter()
            .any(|it| it.attr("id") == Some("good"))
    );
}

#[test]
fn a_known_version_saves_the_roster() {
    let mut world = World::online_with_bob();
    world.crash();
    // Commits that replace contacts would show here; the version is still the newest.
    let before = world.store.load().unwrap();
    world.pass(Duration::from_secs(1));
    assert_eq!(world.store.load().unwrap(), before);
    assert_eq!(
        world.engine.memory().contacts[&jid(BOB)].name.as_deref(),
        Some("Bob")
    );
    let asked: Vec<_> = world
        .server
        .received
        .iter()
        .filter_map(|it| it.get_child("query", ns::ROSTER)?.attr("ver"))
        .collect();
    assert_eq!(asked, ["", "2"]);
    // What happened while we were away comes with the next login.
    world.cut();
    world.drive();
    world.server.push_contact("subscription='none'", BOB);
    world.take_events();
    world.pass(Duration::from_secs(10));
    assert!(
        world
            .take_events()
            .contains(&Event::ContactDeclined { jid: jid(BOB) })
    );
    world.assert_memory_is_stored();
}

#[test]
fn presence_comes_goes_and_ends_with_the_connection() {
    let mut world = World::online_with_bob();
    let show = |world: &World| {
        world
            .engine
            .presences()
            .best(&jid(BOB))
            .map(|presence| presence.show)
    };
    assert_eq!(show(&world), None);
    world.server.say(&format!(
        "<presence from='{BOB}/phone'><show>away</show></presence>"
    ));
    world.drive();
    assert_eq!(show(&world), Some(Show::Away));
    world.server.say(&format!(
        "<presence from='{BOB}/phone' type='unavailable'/>"
    ));
    world.drive();
    assert_eq!(show(&world), None);
    world.server.say(&format!("<presence from='{BOB}/phone'/>"));
    world
        .server
        .say(&format!("<presence from='{CAROL}/phone'/>"));
    world.drive();
    assert_eq!(show(&world), Some(Show::Available));
    assert_eq!(
        world.engine.presences().best(&jid(CAROL)),
        None,
        "a stranger is not shown"
    );
    world.cut();
    world.drive();
    assert_eq!(
        show(&world),
        None,
        "nobody is shown as there without a connection"
    );
}

#[test]
fn strangers_cannot_fill_the_list_of_requests() {
    let mut world = World::new();
    world.log_in();
    for number in 0..1_000 {
        world
            .server
            .say(&request_from(&format!("stranger-{number}@c.example")));
    }
    world.drive();
    assert_eq!(world.engine.memory().requests.len(), 200);
}

#[test]
fn a_request_that_comes_back_is_told() {
    let mut world = World::new();
    world.log_in();
    world.command(add(BOB, "Bob"));
    world.drive();
    world.take_events();
    world.server.say(&format!(
        "<presence type='error' from='{BOB}'><error type='cancel'>\
         <remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    ));
    world.drive();
    let why = FailureReason::ServerNotFound;
    let refusal = CommandError::RequestReturned { jid: jid(BOB), why };
    assert_eq!(world.take_events(), [Event::CommandRefused(refusal)]);
}

#[test]
fn commands_about_nobody_are_refused() {
    let mut world = World::new();
    world.log_in();
    world.take_events();
    world.command(Command::AcceptContact { jid: jid(BOB) });
    world.command(Command::DeclineContact { jid: jid(BOB) });
    world.command(Command::RemoveContact { jid: jid(BOB) });
    world.command(Command::RenameContact {
        jid: jid(BOB),
        name: None,
    });
    world.command(add(ALICE, "Me"));
    world.command(add(BOB, &"x".repeat(2_000)));
    world.drive();
    let bob = || jid(BOB);
    let refusals = [
        CommandError::NoRequest { jid: bob() },
        CommandError::NoRequest { jid: bob() },
        CommandError::NoSuchContact { jid: bob() },
        CommandError::NoSuchContact { jid: bob() },
        CommandError::OwnAddress,
        CommandError::NameTooLong,
    ];
    assert_eq!(world.take_events(), refusals.map(Event::CommandRefused));
    assert!(sent(&world).is_empty());
}

#[test]
fn a_roster_that_never_comes_does_not_keep_us_away() {
    let mut world = World::new();
    world
        .store
        .commit(&[Change::SetRosterVersion(Some("1".to_owned()))])
        .unwrap();
    world.command(add(BOB, "Bob"));
    // Everything up to the question for the roster goes through, then its answer is lost.
    while !world.engine.connection().is_online() {
        world.carry_out_one();
        world.move_to_server(usize::MAX);
        world.move_to_client(usize::MAX);
    }
    while world.carry_out_one() {}
    world.move_to_server(usize::MAX);
    let lost = world.server.take_output();
    assert!(!lost.is_empty());
    assert!(!world.server.sees_client());
    // What to do about Bob depends on the roster, as long as there is hope for it.
    let asks = pair("subscribe", BOB);
    assert!(!world.server.presences().contains(&asks));
    world.pass(Duration::from_secs(61));
    assert!(world.server.sees_client());
    assert!(world.server.presences().contains(&asks));
}
