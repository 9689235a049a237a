//! What others learn of what the user does, and we of them: markers and chat states.

use std::time::Duration;

use onym_client_protocol::chat_states::ChatState;
use onym_client_protocol::command::Command;
use onym_client_protocol::conversation::settings::Setting;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{Position, Privacy, Store};
use onym_stream::ns;

use crate::world::{ALICE, BOB, CAROL, World, jid};

const MARKABLE: &str = "<markable xmlns='urn:xmpp:chat-markers:0'/>";

fn from(world: &mut World, who: &str, id: &str, children: &str) {
    world.server.deliver(&format!(
        "<message from='{who}/phone' to='{ALICE}' type='chat' id='{id}'>{children}</message>"
    ));
    world.drive();
}

fn state(name: &str) -> String {
    format!("<{name} xmlns='http://jabber.org/protocol/chatstates'/>")
}

/// The names of the messages that the server was told are displayed.
fn markers(world: &World) -> Vec<String> {
    let received = world.server.received.iter();
    received
        .filter_map(|it| it.get_child("displayed", ns::MARKERS)?.attr("id"))
        .map(str::to_owned)
        .collect()
}

/// The chat states that went out alone.
fn states(world: &World) -> Vec<String> {
    let received = world.server.received.iter();
    received
        .filter(|it| it.name() == "message" && it.children().count() == 1)
        .flat_map(|it| it.children())
        .filter(|it| it.has_ns(ns::CHAT_STATES))
        .map(|it| it.name().to_owned())
        .collect()
}

fn see_all(world: &mut World, who: &str) {
    world.command(Command::MarkDisplayed {
        conversation: jid(who),
        up_to: Position(u64::MAX),
    });
    world.drive();
}

fn we(what: ChatState) -> Command {
    Command::SetChatState {
        conversation: jid(BOB),
        state: what,
    }
}

#[test]
fn bob_hears_that_the_last_one_was_seen() {
    let mut world = World::online_with_bob();
    for id in ["m1", "m2"] {
        from(
            &mut world,
            BOB,
            id,
            &format!("<body>Hello</body>{MARKABLE}"),
        );
    }
    from(&mut world, BOB, "m3", "<body>Nobody need know</body>");
    see_all(&mut world, BOB);
    assert_eq!(markers(&world), ["m2"]);
    assert!(world.engine.memory().pending.is_empty());
    see_all(&mut world, BOB);
    assert_eq!(markers(&world), ["m2"]);
    world.assert_memory_is_stored();
}

#[test]
fn a_marker_waits_for_the_connection_and_the_latest_counts() {
    let mut world = World::online_with_bob();
    from(
        &mut world,
        BOB,
        "m1",
        &format!("<body>One</body>{MARKABLE}"),
    );
    from(
        &mut world,
        BOB,
        "m2",
        &format!("<body>Two</body>{MARKABLE}"),
    );
    world.reachable = false;
    world.cut();
    let first = world.messages(BOB)[0].position;
    world.command(Command::MarkDisplayed {
        conversation: jid(BOB),
        up_to: first,
    });
    world.drive();
    see_all(&mut world, BOB);
    world.crash();
    world.reachable = true;
    world.pass(Duration::from_secs(600));
    assert_eq!(markers(&world), ["m2"]);
    assert!(world.store.load().unwrap().pending.is_empty());
}

#[test]
fn who_is_told_is_the_users_choice() {
    let mut world = World::online_with_bob();
    let hidden = Privacy {
        tell_displayed: false,
        tell_typing: false,
    };
    world.command(Command::SetPrivacy(hidden));
    from(
        &mut world,
        BOB,
        "m1",
        &format!("<body>Hello</body>{MARKABLE}{}", state("active")),
    );
    from(
        &mut world,
        CAROL,
        "m1",
        &format!("<body>Hello</body>{MARKABLE}"),
    );
    see_all(&mut world, BOB);
    see_all(&mut world, CAROL);
    world.command(we(ChatState::Composing));
    world.write(BOB, "Hello");
    world.drive();
    assert!(markers(&world).is_empty() && states(&world).is_empty());
    let text = world.server.received.last().unwrap().clone();
    assert!(!text.has_child("active", ns::CHAT_STATES));
    assert!(
        text.has_child("markable", ns::MARKERS),
        "Alice still wants to know"
    );
    world.crash();
    world.pass(Duration::from_secs(1));
    let here = Command::Configure {
        conversation: jid(BOB),
        setting: Setting::TellsActivity(Some(true)),
    };
    world.command(here);
    from(
        &mut world,
        BOB,
        "m2",
        &format!("<body>Hello</body>{MARKABLE}"),
    );
    see_all(&mut world, BOB);
    assert_eq!(markers(&world), ["m2"]);
    world.assert_memory_is_stored();
}

#[test]
fn bob_has_seen_everything_up_to_a_message() {
    let mut world = World::online_with_bob();
    for number in 0..120 {
        world.write(BOB, &format!("Number {number}"));
    }
    world.drive();
    let messages = world.messages(BOB);
    let marker = |index: usize| {
        let id = messages[index].id.as_str();
        format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/>")
    };
    from(&mut world, CAROL, "d0", &marker(119));
    from(
        &mut world,
        BOB,
        "d1",
        "<displayed xmlns='urn:xmpp:chat-markers:0' id='nothing'/>",
    );
    assert!(world.deliveries(BOB).iter().all(|it| it == "On its way"));
    from(&mut world, BOB, "d2", &marker(99));
    let seen = |world: &World| {
        world
            .deliveries(BOB)
            .iter()
            .filter(|it| *it == "Seen")
            .count()
    };
    assert_eq!(seen(&world), 100);
    // It only moves forward.
    from(&mut world, BOB, "d3", &marker(10));
    assert_eq!(seen(&world), 100);
    from(&mut world, BOB, "d4", &marker(119));
    assert_eq!(seen(&world), 120);
    let reached = *world.messages(BOB)[0].reached().unwrap();
    assert_eq!(reached.displayed, Some(world.now));
    assert!(reached.stored.is_some() && reached.delivered.is_none());
    world.assert_memory_is_stored();
}

#[test]
fn what_our_phone_has_shown_is_shown() {
    let mut world = World::online_with_bob();
    from(
        &mut world,
        BOB,
        "m1",
        &format!("<body>Hello</body>{MARKABLE}"),
    );
    world.server.say(&format!(
        "<message from='{ALICE}' to='{ALICE}/desk'><sent xmlns='urn:xmpp:carbons:2'>\
         <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{ALICE}/phone' \
         to='{BOB}' type='chat' id='d1'><displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/></message>\
         </forwarded></sent></message>"
    ));
    world.drive();
    assert_eq!(world.engine.memory().conversations[&jid(BOB)].unread(), 0);
    assert!(markers(&world).is_empty(), "the phone has said it");
    world.assert_memory_is_stored();
}

#[test]
fn bob_writes_pauses_and_vanishes() {
    let mut world = World::online_with_bob();
    world.server.say(&format!("<presence from='{BOB}/phone'/>"));
    world.drive();
    world.take_events();
    let shown = |world: &World| world.engine.chat_state(&jid(BOB));
    let news = || vec![Event::ChatStateChanged { jid: jid(BOB) }];
    from(&mut world, CAROL, "s0", &state("composing"));
    assert_eq!(world.engine.chat_state(&jid(CAROL)), None);
    from(&mut world, BOB, "s1", &state("composing"));
    assert_eq!(
        (shown(&world), world.take_events()),
        (Some(ChatState::Composing), news())
    );
    from(&mut world, BOB, "s2", &state("paused"));
    assert_eq!(
        (shown(&world), world.take_events()),
        (Some(ChatState::Paused), news())
    );
    from(&mut world, BOB, "s3", &state("composing"));
    from(
        &mut world,
        BOB,
        "m1",
        &format!("<body>Hello</body>{}", state("active")),
    );
    assert_eq!(shown(&world), None);
    assert!(world.store.load().unwrap() == *world.engine.memory());
    from(&mut world, BOB, "s4", &state("composing"));
    world.server.say(&format!(
        "<presence from='{BOB}/phone' type='unavailable'/>"
    ));
    world.drive();
    assert_eq!(shown(&world), None);
    // What was said while we were away is no news about now.
    let late = "<delay xmlns='urn:xmpp:delay' from='a.example' stamp='2026-11-22T08:00:00Z'/>";
    from(&mut world, BOB, "s5", &(state("composing") + late));
    assert_eq!(shown(&world), None);
    from(&mut world, BOB, "s6", &state("composing"));
    world.take_events();
    world.pass(Duration::from_secs(200));
    assert_eq!((shown(&world), world.take_events()), (None, news()));
    from(&mut world, BOB, "s7", &state("composing"));
    world.cut();
    assert_eq!(shown(&world), None);
}

#[test]
fn alice_is_seen_writing_by_those_who_know_what_that_is() {
    let mut world = World::online_with_bob();
    world.command(we(ChatState::Composing));
    world.drive();
    assert!(
        states(&world).is_empty(),
        "nobody knows whether Bob's client understands"
    );
    from(
        &mut world,
        BOB,
        "m1",
        &format!("<body>Hello</body>{}", state("active")),
    );
    for _ in 0..5 {
        world.command(we(ChatState::Composing));
    }
    world.drive();
    assert_eq!(states(&world), ["composing"]);
    world.pass(Duration::from_secs(16));
    assert_eq!(states(&world), ["composing", "paused"]);
    world.command(we(ChatState::Composing));
    world.drive();
    world.write(BOB, "Hello");
    world.drive();
    let message = world.server.received.last().unwrap();
    assert!(message.has_child("active", ns::CHAT_STATES));
    world.pass(Duration::from_secs(60));
    assert_eq!(states(&world), ["composing", "paused", "composing"]);
    // Without a connection nobody is told, also not afterwards.
    world.reachable = false;
    world.cut();
    world.command(we(ChatState::Composing));
    world.drive();
    world.reachable = true;
    world.pass(Duration::from_secs(600));
    assert_eq!(states(&world).len(), 3);
}
