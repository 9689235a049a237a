//! Messages in both directions, and what becomes of them.

use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::Output;
use onym_client_protocol::command::{Command, CommandError, MAX_TEXT_BYTES};
use onym_client_protocol::delivery::{Delivery, FailureReason};
use onym_client_protocol::event::Event;
use onym_client_protocol::omemo::{DeviceId, Dialect, Session};
use onym_client_protocol::store::{
    Direction, Lookup, LookupError, MessageRecord, Place, Position, RemoteId, Store,
};

use crate::world::{ALICE, BOB, CAROL, World, jid};

fn error_from(from: &str, id: &str, condition: &str) -> String {
    format!(
        "<message type='error' from='{from}' id='{id}'><error type='cancel'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    )
}

fn receipt_from(from: &str, id: &str) -> String {
    format!(
        "<message from='{from}/phone' type='chat' id='r-{id}'>\
         <received xmlns='urn:xmpp:receipts' id='{id}'/></message>"
    )
}

#[test]
fn alice_writes_and_bob_has_it() {
    let mut world = World::online_with_bob();
    world.take_events();
    world.write(BOB, "Hello <Bob> & friends\r\n\u{1f600}");
    world.drive();
    let [(id, text)] = &world.server.texts()[..] else {
        panic!("not one message")
    };
    assert_eq!(text, "Hello <Bob> & friends\r\n\u{1f600}");
    assert_eq!(world.deliveries(BOB), ["On its way"]);
    world.server.deliver(&receipt_from(BOB, id));
    world.drive();
    assert_eq!(world.deliveries(BOB), ["Delivered"]);
    let states: Vec<Delivery> = world
        .take_events()
        .into_iter()
        .filter_map(|event| match event {
            Event::DeliveryChanged { delivery, .. } => Some(delivery),
            _ => None,
        })
        .collect();
    assert_eq!(
        states,
        [Delivery::Sent, Delivery::Stored, Delivery::Delivered]
    );
    world.assert_memory_is_stored();
}

#[test]
fn a_message_is_saved_before_it_is_sent_and_shown() {
    let mut world = World::online_with_bob();
    let now = world.now;
    let text = "Hello".to_owned();
    let command = Command::SendMessage {
        to: jid(BOB),
        text,
        reply: None,
    };
    let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(3);
    let input = onym_client_protocol::Input::Command(command);
    let engine = &mut world.engine;
    engine.handle(input, now, &mut rng, &world.store).unwrap();
    let Some(Output::Commit { changes, then_send }) = world.engine.poll() else {
        panic!("the first output is not a commit");
    };
    world.store.commit(&changes).unwrap();
    assert_eq!(world.messages(BOB).len(), 1);
    assert!(String::from_utf8(then_send).unwrap().contains("Hello"));
    let shown = world.engine.poll();
    assert!(
        matches!(shown, Some(Output::Event(Event::MessageAdded(_)))),
        "{shown:?}"
    );
}

#[test]
fn a_queue_is_sent_in_order_and_says_when_it_was_written() {
    let mut world = World::new();
    world.server.push_contact("subscription='both'", BOB);
    for number in 0..450 {
        world.write(BOB, &format!("Number {number}"));
    }
    world.drive();
    // The first input of all made the engine connect; the messages did not wait for the user.
    assert!(world.engine.connection().is_online());
    let texts: Vec<String> = world
        .server
        .texts()
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let expected: Vec<String> = (0..450).map(|number| format!("Number {number}")).collect();
    assert_eq!(texts, expected);
    assert!(
        world
            .deliveries(BOB)
            .iter()
            .all(|words| words == "On its way")
    );

    world.cut();
    world.reachable = false;
    world.write(BOB, "Late");
    world.drive();
    assert_eq!(
        world.deliveries(BOB).last().unwrap(),
        "Waiting for a connection"
    );
    world.pass(Duration::from_secs(60));
    world.reachable = true;
    world.pass(Duration::from_secs(600));
    let late = world
        .server
        .received
        .iter()
        .rev()
        .find(|it| it.name() == "message")
        .unwrap();
    let delay = late.get_child("delay", "urn:xmpp:delay").unwrap();
    assert_eq!(delay.attr("from"), Some(ALICE));
    assert_eq!(delay.attr("stamp"), Some("2026-11-23T12:00:00.000Z"));
    world.assert_memory_is_stored();
}

#[test]
fn what_was_not_acknowledged_is_sent_again_under_the_same_id() {
    let mut world = World::online_with_bob();
    world.write(BOB, "Hello");
    while world.carry_out_one() {}
    // The server gets the message, but its acknowledgement is lost.
    world.move_to_server(usize::MAX);
    world.cut();
    world.drive();
    assert_eq!(world.deliveries(BOB), ["Sending"]);
    world.pass(Duration::from_secs(10));
    assert_eq!(world.deliveries(BOB), ["On its way"]);
    let texts = world.server.texts();
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn a_server_without_stream_management_acknowledges_by_order() {
    let mut world = World::new();
    world.server.managed = false;
    world.server.push_contact("subscription='both'", BOB);
    world.log_in();
    world.write(BOB, "Hello");
    world.drive();
    assert_eq!(world.deliveries(BOB), ["On its way"]);
    world.cut();
    world.pass(Duration::from_secs(10));
    assert_eq!(
        world.server.texts().len(),
        1,
        "what is stored is not sent again"
    );
}

#[test]
fn bob_writes_and_gets_a_receipt() {
    let mut world = World::online_with_bob();
    world.take_events();
    world.receive(BOB, "m1", "Hello &lt;Alice&gt;");
    world.drive();
    let [message] = &world.messages(BOB)[..] else {
        panic!("not one message")
    };
    assert_eq!(message.text, "Hello <Alice>");
    assert_eq!(message.time, world.now);
    let their_id = Some("m1".to_owned());
    assert_eq!(message.direction, Direction::incoming(their_id));
    assert_eq!(world.server.receipts(), ["m1"]);
    assert!(world.server.is_settled());
    assert_eq!(world.take_events(), [Event::MessageAdded(message.clone())]);
    assert_eq!(world.engine.memory().conversations[&jid(BOB)].unread(), 1);
    world.assert_memory_is_stored();
}

#[test]
fn a_stranger_gets_no_receipt_but_is_heard() {
    let mut world = World::online_with_bob();
    world.receive(CAROL, "m1", "Hello");
    world.drive();
    assert_eq!(world.messages(CAROL).len(), 1);
    assert!(world.server.receipts().is_empty());
    assert!(world.server.is_settled());
}

#[test]
fn a_repetition_is_answered_but_not_shown() {
    let mut world = World::online_with_bob();
    for _ in 0..3 {
        world.receive(BOB, "m1", "Hello");
    }
    world.drive();
    world.crash();
    world.receive(BOB, "m1", "Hello");
    world.pass(Duration::from_secs(1));
    assert_eq!(world.messages(BOB).len(), 1);
    assert_eq!(world.server.receipts(), ["m1", "m1", "m1", "m1"]);
    assert!(world.server.is_settled());
    // The same id with another text is another message, and so is the same id of somebody else.
    world.receive(BOB, "m1", "Something else");
    world.receive(CAROL, "m1", "Hello");
    world.drive();
    assert_eq!(world.messages(BOB).len(), 2);
    assert_eq!(world.messages(CAROL).len(), 1);
    // Without an id nothing can be told apart, so everything is shown.
    for _ in 0..2 {
        world.server.deliver(&format!(
            "<message from='{BOB}'><body>Hello</body></message>"
        ));
    }
    world.drive();
    assert_eq!(world.messages(BOB).len(), 4);
}

#[test]
fn an_offline_message_keeps_its_time() {
    let mut world = World::online_with_bob();
    world.server.deliver(&format!(
        "<message from='{BOB}/phone' type='chat' id='m1'><body>Earlier</body>\
         <delay xmlns='urn:xmpp:delay' from='a.example' stamp='2026-11-22T08:00:00Z'/></message>"
    ));
    world.drive();
    assert_eq!(
        world.messages(BOB)[0].time,
        "2026-11-22T08:00:00Z".parse().unwrap()
    );
}

#[test]
fn only_bob_can_confirm_or_refuse_what_is_for_bob() {
    let mut world = World::online_with_bob();
    world.write(BOB, "Hello");
    world.drive();
    let id = world.server.texts()[0].0.clone();
    for from in [CAROL, "c.example", "mallory@b.example"] {
        world.server.deliver(&receipt_from(from, &id));
        world.server.deliver(&error_from(from, &id, "forbidden"));
    }
    world.drive();
    assert_eq!(world.deliveries(BOB), ["On its way"]);
    world
        .server
        .deliver(&error_from(BOB, &id, "service-unavailable"));
    world.drive();
    let words = "Not delivered. Nobody receives messages at this address.";
    assert_eq!(world.deliveries(BOB), [words]);
}

#[test]
fn a_failed_message_waits_for_the_user() {
    let mut world = World::online_with_bob();
    world.write(BOB, "First");
    world.write(BOB, "Second");
    world.drive();
    let ids: Vec<String> = world.server.texts().into_iter().map(|(id, _)| id).collect();
    for id in &ids {
        world
            .server
            .deliver(&error_from("a.example", id, "remote-server-timeout"));
    }
    world.drive();
    let failures = world
        .messages(BOB)
        .into_iter()
        .filter_map(|message| match message.direction {
            Direction::Outgoing {
                delivery: Delivery::Failed(failure),
                ..
            } => Some(failure.why),
            _ => None,
        });
    let timeout = FailureReason::ServerTimeout;
    assert_eq!(failures.collect::<Vec<_>>(), [timeout, timeout]);
    // It stays failed over a restart, and is not sent by itself.
    world.crash();
    world.pass(Duration::from_secs(10));
    assert_eq!(world.server.texts().len(), 2);
    let records = world.messages(BOB);
    world.command(Command::Resend {
        id: records[0].id.clone(),
    });
    world.command(Command::DiscardFailed {
        id: records[1].id.clone(),
    });
    world.drive();
    assert_eq!(
        world.server.texts()[2],
        (ids[0].clone(), "First".to_owned())
    );
    assert_eq!(world.deliveries(BOB), ["On its way"]);
    world.take_events();
    world.command(Command::DiscardFailed {
        id: records[0].id.clone(),
    });
    world.command(Command::Resend {
        id: records[1].id.clone(),
    });
    world.drive();
    let refused = |id: usize| {
        Event::CommandRefused(CommandError::NotFailed {
            id: records[id].id.clone(),
        })
    };
    assert_eq!(world.take_events(), [refused(0), refused(1)]);
    world.assert_memory_is_stored();
}

#[test]
fn a_late_acknowledgement_does_not_pass_for_the_second_attempt() {
    let mut world = World::online_with_bob();
    world.write(BOB, "Hello");
    while world.carry_out_one() {}
    let id = world.messages(BOB)[0].id.clone();
    // The refusal overtakes the acknowledgement of the first attempt.
    world
        .server
        .say(&error_from("a.example", id.as_str(), "resource-constraint"));
    world.move_to_client(usize::MAX);
    world.command(Command::Resend { id });
    world.move_to_server(usize::MAX);
    world.move_to_client(usize::MAX);
    while world.carry_out_one() {}
    assert_eq!(
        world.deliveries(BOB),
        ["Sending"],
        "only the first attempt was acknowledged"
    );
    world.drive();
    assert_eq!(world.deliveries(BOB), ["On its way"]);
    assert_eq!(world.server.texts().len(), 2);
}

#[test]
fn a_note_to_self_comes_back_once() {
    let mut world = World::online_with_bob();
    world.write(ALICE, "Remember the milk");
    world.drive();
    let id = world.server.texts()[0].0.clone();
    world.receive(ALICE, &id, "Remember the milk");
    world.drive();
    assert_eq!(world.messages(ALICE).len(), 1);
    assert_eq!(world.deliveries(ALICE), ["Delivered"]);
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let mut world = World::online_with_bob();
    world.take_events();
    world.write(BOB, " \n");
    world.write(BOB, &"x".repeat(MAX_TEXT_BYTES + 1));
    world.write(BOB, &"\"".repeat(MAX_TEXT_BYTES));
    world.drive();
    let events = world.take_events();
    let bytes = MAX_TEXT_BYTES + 1;
    assert_eq!(events[0], Event::CommandRefused(CommandError::EmptyText));
    assert_eq!(
        events[1],
        Event::CommandRefused(CommandError::TextTooLong { bytes })
    );
    assert_eq!(
        world.deliveries(BOB),
        ["On its way"],
        "the longest text fits a stanza"
    );
}

#[test]
fn what_is_displayed_is_no_longer_unread() {
    let mut world = World::online_with_bob();
    for number in 0..3 {
        world.receive(BOB, &format!("m{number}"), "Hello");
    }
    world.drive();
    let unread = |world: &World| world.engine.memory().conversations[&jid(BOB)].unread();
    let positions: Vec<Position> = world.messages(BOB).iter().map(|it| it.position).collect();
    let displayed = |up_to| Command::MarkDisplayed {
        conversation: jid(BOB),
        up_to,
    };
    assert_eq!(unread(&world), 3);
    world.command(displayed(positions[1]));
    world.drive();
    assert_eq!(unread(&world), 1);
    world.command(displayed(positions[0]));
    world.drive();
    assert_eq!(unread(&world), 1);
    // A screen that claims to have shown the future hides nothing that is still to come.
    world.command(displayed(Position(u64::MAX)));
    world.receive(BOB, "m9", "Hello");
    world.drive();
    assert_eq!(unread(&world), 1);
    world.assert_memory_is_stored();
}

#[test]
fn a_draft_is_kept() {
    let mut world = World::online_with_bob();
    let draft = |text: &str| Command::SaveDraft {
        conversation: jid(BOB),
        text: text.to_owned(),
    };
    world.command(draft("Dear Bob"));
    world.drive();
    world.crash();
    world.pass(Duration::from_secs(1));
    assert_eq!(
        world.engine.memory().conversations[&jid(BOB)].draft(),
        Some("Dear Bob")
    );
    world.command(draft(""));
    world.drive();
    world.assert_memory_is_stored();
    assert!(world.engine.memory().conversations.is_empty());
}

/// A store whose disk has failed.
struct Broken;

impl Lookup for Broken {
    fn find(&self, _: &BareJid, _: &RemoteId) -> Result<Option<Position>, LookupError> {
        Err(LookupError("no disk".to_owned()))
    }
    fn message(&self, _: &BareJid, _: Position) -> Result<Option<MessageRecord>, LookupError> {
        Err(LookupError("no disk".to_owned()))
    }
    fn earlier(
        &self,
        _: &BareJid,
        _: Option<Place>,
        _: usize,
    ) -> Result<Vec<MessageRecord>, LookupError> {
        Err(LookupError("no disk".to_owned()))
    }
    fn session(
        &self,
        _: &BareJid,
        _: DeviceId,
        _: Dialect,
    ) -> Result<Option<Session>, LookupError> {
        Err(LookupError("no disk".to_owned()))
    }
}

#[test]
fn records_that_cannot_be_read_end_the_engine_and_nothing_is_done() {
    let mut world = World::online_with_bob();
    world.receive(BOB, "m1", "Hello");
    world.server.request_acknowledgement();
    let bytes = world.server.take_output();
    let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(3);
    let input = onym_client_protocol::Input::Bytes(bytes);
    let outcome = world.engine.handle(input, world.now, &mut rng, &Broken);
    assert_eq!(outcome, Err(LookupError("no disk".to_owned())));
    assert_eq!(
        world.engine.poll(),
        None,
        "neither a receipt nor an acknowledgement"
    );
    // The server brings the message again.
    world.crash();
    world.pass(Duration::from_secs(1));
    assert_eq!(world.messages(BOB).len(), 1);
}
