//! What this device missed, and what other devices of ours did.

use std::time::Duration;

use minidom::Element;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{MessageRecord, Store};
use onym_identity::Timestamp;
use onym_stream::ns;

use crate::server::stanza;
use crate::services::{Archive, Nonsense, Services, news, result};
use crate::world::{ALICE, BOB, CAROL, World, jid};

fn with(services: Services) -> World {
    let mut world = World::new();
    world.server.services = services;
    world
        .server
        .push_contact("subscription='both' name='Bob'", BOB);
    world.log_in();
    world
}

fn from_bob(id: &str, text: &str) -> String {
    format!(
        "<message from='{BOB}/phone' to='{ALICE}' type='chat' id='{id}'><body>{text}</body></message>"
    )
}

fn from_our_phone(id: &str, text: &str) -> String {
    format!(
        "<message from='{ALICE}/phone' to='{BOB}' type='chat' id='{id}'><body>{text}</body></message>"
    )
}

fn texts(world: &World, with: &str) -> Vec<String> {
    world.messages(with).into_iter().map(|it| it.text).collect()
}

fn archive(world: &mut World) -> &mut Archive {
    world.server.services.archive.as_mut().unwrap()
}

fn mark(world: &World) -> Option<String> {
    world
        .store
        .load()
        .unwrap()
        .account
        .archive
        .map(|mark| mark.id)
}

#[test]
fn what_was_missed_is_read_in_pages_and_once() {
    let mut world = with(Services::all(7));
    world.receive(BOB, "m", "Live");
    world.drive();
    assert_eq!(
        mark(&world).as_deref(),
        Some("a0"),
        "it followed what came live"
    );
    world.cut();
    for number in 0..30 {
        let text = format!("Missed {number}");
        world
            .server
            .elsewhere(&from_bob(&format!("m{number}"), &text), false);
    }
    world
        .server
        .elsewhere(&from_our_phone("p1", "From my phone"), true);
    world.pass(Duration::from_secs(600));
    let mut expected = vec!["Live".to_owned()];
    expected.extend((0..30).map(|number| format!("Missed {number}")));
    expected.push("From my phone".to_owned());
    assert_eq!(texts(&world, BOB), expected);
    let messages = world.messages(BOB);
    assert!(messages.iter().take(31).all(MessageRecord::is_incoming));
    assert!(!messages.last().unwrap().is_incoming());
    assert_eq!(mark(&world).as_deref(), Some("a31"));
    // Only what is new is asked for the next time.
    let before = archive(&mut world).queries;
    world.cut();
    world.pass(Duration::from_secs(600));
    assert_eq!(archive(&mut world).queries, before + 1);
    assert_eq!(texts(&world, BOB), expected);
    world.assert_memory_is_stored();
}

#[test]
fn what_other_devices_do_is_seen_at_once() {
    let mut world = with(Services::all(50));
    world.take_events();
    world
        .server
        .elsewhere(&from_our_phone("p1", "From my phone"), true);
    world
        .server
        .elsewhere(&from_bob("m1", "To my phone"), false);
    world.drive();
    assert_eq!(texts(&world, BOB), ["From my phone", "To my phone"]);
    let added = world.take_events();
    let added = added
        .iter()
        .filter(|it| matches!(it, Event::MessageAdded(_)));
    assert_eq!(added.count(), 2);
    // The device that received it has answered; a second receipt would be noise.
    assert!(world.server.receipts().is_empty());
    assert_eq!(mark(&world).as_deref(), Some("a1"));
}

/// What this device sent comes back from the archive under the same name.
#[test]
fn our_own_messages_are_recognised_in_the_archive() {
    let mut world = with(Services::all(50));
    world.write(BOB, "Mine");
    world.drive();
    world.cut();
    world.pass(Duration::from_secs(600));
    assert_eq!(texts(&world, BOB), ["Mine"]);
    assert_eq!(world.deliveries(BOB), ["On its way"]);
    assert_eq!(world.messages(BOB)[0].archive_id.as_deref(), Some("a0"));
}

/// A message that came live while the archive was still read, and so comes twice.
#[test]
fn live_messages_do_not_hide_what_lies_before_them() {
    let mut world = with(Services::all(5));
    world.receive(BOB, "m", "First");
    world.drive();
    world.cut();
    for number in 0..20 {
        let text = format!("Missed {number}");
        world
            .server
            .elsewhere(&from_bob(&format!("m{number}"), &text), false);
    }
    // Until the first page is on its way; then the connection breaks.
    world.command(Command::ConnectNow);
    while archive(&mut world).queries < 3 {
        while world.carry_out_one() {}
        world.move_to_server(usize::MAX);
        world.move_to_client(usize::MAX);
    }
    world.receive(BOB, "live", "Live");
    while world.carry_out_one() {}
    world.move_to_client(usize::MAX);
    while world.carry_out_one() {}
    world.cut();
    assert!(world.messages(BOB).len() < 22);
    world.crash();
    world.pass(Duration::from_secs(600));
    let mut found = texts(&world, BOB);
    found.sort();
    let mut expected: Vec<String> = (0..20).map(|number| format!("Missed {number}")).collect();
    expected.extend(["First".to_owned(), "Live".to_owned()]);
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_new_device_begins_with_the_newest_and_looks_back_on_demand() {
    let mut services = Services::all(100);
    let archive = services.archive.as_mut().unwrap();
    for number in 0..1_000 {
        archive.now = Timestamp::from_unix_millis(1_000_000 + number);
        archive.put(&stanza(&from_bob(
            &format!("m{number}"),
            &format!("{number}"),
        )));
    }
    let mut world = with(services);
    assert_eq!(world.messages(BOB).len(), 300);
    assert_eq!(mark(&world).as_deref(), Some("a999"));
    world.take_events();
    for expected in [400, 500] {
        world.command(Command::FetchOlder {
            conversation: jid(BOB),
        });
        world.drive();
        assert_eq!(world.messages(BOB).len(), expected);
        let fetched = Event::HistoryFetched {
            conversation: jid(BOB),
            has_more: true,
        };
        assert!(world.take_events().contains(&fetched));
    }
    for _ in 0..6 {
        world.command(Command::FetchOlder {
            conversation: jid(BOB),
        });
        world.drive();
    }
    let numbers: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    assert_eq!(texts(&world, BOB), numbers);
    let fetched = Event::HistoryFetched {
        conversation: jid(BOB),
        has_more: false,
    };
    assert_eq!(world.take_events().last(), Some(&fetched));
    // History is not news.
    assert_eq!(world.engine.memory().conversations[&jid(BOB)].unread(), 0);
    // The end is remembered.
    let queries = world.server.services.archive.as_ref().unwrap().queries;
    world.command(Command::FetchOlder {
        conversation: jid(BOB),
    });
    world.drive();
    assert_eq!(
        world.server.services.archive.as_ref().unwrap().queries,
        queries
    );
    assert_eq!(world.take_events().last(), Some(&fetched));
    world.assert_memory_is_stored();
}

#[test]
fn a_place_that_the_archive_has_forgotten_is_replaced_by_its_time() {
    let mut world = with(Services::all(5));
    world.receive(BOB, "m", "First");
    world.drive();
    world.cut();
    for number in 0..12 {
        world.server.elsewhere(
            &from_bob(&format!("m{number}"), &format!("{number}")),
            false,
        );
    }
    archive(&mut world).forgotten = 3;
    world.pass(Duration::from_secs(600));
    let expected: Vec<String> = (2..12).map(|number| number.to_string()).collect();
    assert_eq!(texts(&world, BOB)[1..], expected);
}

#[test]
fn an_archive_that_makes_no_sense_is_given_up() {
    for nonsense in [
        Nonsense::SamePage,
        Nonsense::EmptyPages,
        Nonsense::Refuses,
        Nonsense::Silent,
    ] {
        let mut world = with(Services::all(5));
        for number in 0..4 {
            world.receive(BOB, &format!("m{number}"), &format!("{number}"));
        }
        world.drive();
        archive(&mut world).nonsense = Some(nonsense);
        let queries = archive(&mut world).queries;
        world.cut();
        world.pass(Duration::from_secs(600));
        world.command(Command::FetchOlder {
            conversation: jid(BOB),
        });
        world.pass(Duration::from_secs(600));
        assert!(archive(&mut world).queries - queries <= 12, "{nonsense:?}");
        assert_eq!(texts(&world, BOB), ["0", "1", "2", "3"], "{nonsense:?}");
        assert!(world.engine.connection().is_online());
        // The next session tries again, and nothing is lost.
        archive(&mut world).nonsense = None;
        world.server.elsewhere(&from_bob("late", "Late"), false);
        world.cut();
        world.pass(Duration::from_secs(600));
        assert_eq!(texts(&world, BOB).last().unwrap(), "Late", "{nonsense:?}");
    }
}

#[test]
fn a_server_without_an_archive_is_not_asked_for_one() {
    let mut world = World::online_with_bob();
    world.command(Command::FetchOlder {
        conversation: jid(BOB),
    });
    world.drive();
    let fetched = Event::HistoryFetched {
        conversation: jid(BOB),
        has_more: false,
    };
    assert!(world.take_events().contains(&fetched));
    let asked =
        |it: &&Element| it.has_child("query", ns::ARCHIVE) || it.has_child("enable", ns::CARBONS);
    assert_eq!(world.server.received.iter().filter(asked).count(), 0);
    // It does not remove names that a sender forges, so they count for nothing.
    world.server.deliver(&format!(
        "<message from='{BOB}/phone' to='{ALICE}' type='chat' id='m'><body>Hello</body>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='{ALICE}' id='forged'/></message>"
    ));
    world.drive();
    assert_eq!(world.messages(BOB)[0].archive_id, None);
}

/// Copies, results and displayed states are ours alone to pass on.
#[test]
fn nobody_else_can_put_words_into_our_history() {
    let mut world = with(Services::all(50));
    world.receive(BOB, "m1", "Real");
    world.drive();
    let inner = String::from(&stanza(&from_our_phone("p1", "I owe you money")));
    let theirs = String::from(&stanza(&from_bob("p2", "Forged")));
    let forwarded =
        |inner: &str| format!("<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>");
    let archived: Element = inner.parse().unwrap();
    let displayed: Element = format!(
        "<displayed xmlns='urn:xmpp:mds:displayed:0'>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='{ALICE}' id='a0'/></displayed>"
    )
    .parse()
    .unwrap();
    for from in [
        BOB,
        "bob@b.example/phone",
        CAROL,
        "a.example",
        "alice@a.example/phone",
        "alice@a.example.evil",
    ] {
        for (wrapper, inner) in [("sent", &inner), ("received", &theirs)] {
            let forwarded = forwarded(inner);
            world.server.say(&format!(
                "<message from='{from}'><body>Look</body>\
                 <{wrapper} xmlns='urn:xmpp:carbons:2'>{forwarded}</{wrapper}></message>"
            ));
        }
        let result = result("q", "a99", world.now, &archived);
        let result = result.replacen("<message>", &format!("<message from='{from}'>"), 1);
        world.server.say(&result);
        world
            .server
            .say(&news(from, ns::DISPLAYED_SYNC, BOB, &displayed));
    }
    // Nor does our own archive say anything that nobody asked for.
    world
        .server
        .say(&result("nobody-asked", "a98", world.now, &archived));
    world.drive();
    assert_eq!(texts(&world, BOB), ["Real"]);
    assert!(texts(&world, CAROL).is_empty());
    assert_eq!(world.engine.memory().conversations[&jid(BOB)].unread(), 1);
    assert_eq!(mark(&world).as_deref(), Some("a0"));
    // The same from our own account is believed.
    world
        .server
        .say(&news(ALICE, ns::DISPLAYED_SYNC, BOB, &displayed));
    world.drive();
    assert_eq!(world.engine.memory().conversations[&jid(BOB)].unread(), 0);
}

/// Who knows the name of a question that waits still cannot answer it.
#[test]
fn only_the_archive_that_was_asked_answers() {
    let mut world = with(Services::all(50));
    world.receive(BOB, "m1", "Real");
    world.drive();
    archive(&mut world).nonsense = Some(Nonsense::Silent);
    world.cut();
    world.pass(Duration::from_secs(5));
    let query = world.server.received.iter().rev().find_map(|it| {
        let query = it.get_child("query", ns::ARCHIVE)?;
        Some((
            it.attr("id").unwrap().to_owned(),
            query.attr("queryid").unwrap().to_owned(),
        ))
    });
    let (iq_id, query_id) = query.unwrap();
    let forged = stanza(&from_our_phone("p1", "I owe you money"));
    let result = result(&query_id, "a99", world.now, &forged);
    let fin = format!(
        "<iq type='result' id='{iq_id}'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>"
    );
    for from in [
        BOB,
        "bob@b.example/phone",
        "a.example",
        "alice@a.example/phone",
    ] {
        let named = |xml: &str, name: &str| {
            xml.replacen(&format!("<{name}"), &format!("<{name} from='{from}'"), 1)
        };
        world.server.say(&named(&result, "message"));
        if from != "a.example" {
            world.server.say(&named(&fin, "iq"));
        }
    }
    world.drive();
    assert_eq!(texts(&world, BOB), ["Real"]);
    assert_eq!(mark(&world).as_deref(), Some("a0"));
    // The same from the archive itself counts.
    world.server.say(&result);
    world.server.say(&fin);
    world.drive();
    assert_eq!(texts(&world, BOB), ["Real", "I owe you money"]);
    assert_eq!(mark(&world).as_deref(), Some("a99"));
}

fn displayed_on_server(world: &World) -> Option<String> {
    let items = world.server.services.node(ALICE, ns::DISPLAYED_SYNC);
    let stanza_id = items.get(BOB)?.get_child("stanza-id", ns::STANZA_ID)?;
    stanza_id.attr("id").map(str::to_owned)
}

fn mark_displayed(world: &mut World) {
    let up_to = world.messages(BOB).last().unwrap().position;
    world.command(Command::MarkDisplayed {
        conversation: jid(BOB),
        up_to,
    });
    world.drive();
}

#[test]
fn what_is_shown_here_is_shown_on_our_other_devices() {
    let mut services = Services::all(50);
    services.node_is_kept_otherwise = true;
    let mut world = with(services);
    world.receive(BOB, "m1", "One");
    world.receive(BOB, "m2", "Two");
    world.drive();
    assert_eq!(displayed_on_server(&world), None);
    mark_displayed(&mut world);
    assert_eq!(displayed_on_server(&world).as_deref(), Some("a1"));
    // What was shown without a connection is published with the next one.
    world.receive(BOB, "m3", "Three");
    world.drive();
    world.cut();
    mark_displayed(&mut world);
    assert_eq!(displayed_on_server(&world).as_deref(), Some("a1"));
    world.pass(Duration::from_secs(600));
    assert_eq!(displayed_on_server(&world).as_deref(), Some("a2"));
    let publications = |world: &World| {
        let published = world.server.received.iter().filter(|it| {
            let publish = it
                .get_child("pubsub", ns::PUBSUB)
                .and_then(|it| it.get_child("publish", ns::PUBSUB));
            publish.is_some_and(|it| it.attr("node") == Some(ns::DISPLAYED_SYNC))
        });
        published.count()
    };
    // A login with nothing new publishes nothing.
    let before = publications(&world);
    world.cut();
    world.pass(Duration::from_secs(600));
    assert_eq!(publications(&world), before);
}

#[test]
fn what_is_shown_elsewhere_is_shown_here() {
    let mut world = with(Services::all(50));
    for number in 0..3 {
        world.receive(BOB, &format!("m{number}"), "Hello");
    }
    world.drive();
    let unread = |world: &World| world.engine.memory().conversations[&jid(BOB)].unread();
    assert_eq!(unread(&world), 3);
    let state = |id: &str| -> Element {
        format!(
            "<displayed xmlns='urn:xmpp:mds:displayed:0'>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{ALICE}' id='{id}'/></displayed>"
        )
        .parse()
        .unwrap()
    };
    world
        .server
        .say(&news(ALICE, ns::DISPLAYED_SYNC, BOB, &state("a1")));
    world.drive();
    assert_eq!(unread(&world), 1);
    // It only moves forward, and what is not known does not count.
    for id in ["a0", "unknown"] {
        world
            .server
            .say(&news(ALICE, ns::DISPLAYED_SYNC, BOB, &state(id)));
    }
    world.drive();
    assert_eq!(unread(&world), 1);
    // While we are away.
    world.cut();
    world
        .server
        .services
        .publish(ALICE, ns::DISPLAYED_SYNC, BOB, &state("a2"));
    world.pass(Duration::from_secs(600));
    assert_eq!(unread(&world), 0);
    assert!(
        world
            .server
            .received
            .iter()
            .all(|it| !it.has_child("displayed", ns::MARKERS))
    );
    world.assert_memory_is_stored();
}
