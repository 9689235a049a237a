//! How long things are kept: settings, messages that disappear, deletion, history.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::conversation::settings::{Muted, Setting};
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::event::Event;
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{MessageRecord, Position, Store};

use crate::world::{ALICE, BOB, CAROL, World, jid};

fn configure(setting: Setting) -> Command {
    Command::Configure {
        conversation: jid(BOB),
        setting,
    }
}

fn displayed(up_to: Position) -> Command {
    Command::MarkDisplayed {
        conversation: jid(BOB),
        up_to,
    }
}

fn texts(world: &World) -> Vec<String> {
    let messages = world.messages(BOB).into_iter();
    messages.map(|message| message.text).collect()
}

#[test]
fn settings_are_kept() {
    let mut world = World::online_with_bob();
    for setting in [
        Setting::Pinned(true),
        Setting::Muted(Muted::Until(world.now + Duration::from_secs(60))),
        Setting::Archived(true),
    ] {
        world.command(configure(setting));
    }
    world.drive();
    world.crash();
    let settings = world.engine.memory().conversations[&jid(BOB)]
        .settings()
        .clone();
    assert!(settings.is_pinned && settings.is_archived);
    assert!(settings.is_muted(world.now));
    assert!(!settings.is_muted(world.now + Duration::from_secs(60)));
    world.command(configure(Setting::Pinned(false)));
    world.command(configure(Setting::Archived(false)));
    world.command(configure(Setting::Muted(Muted::No)));
    world.drive();
    assert!(world.engine.memory().conversations.is_empty());
    world.assert_memory_is_stored();
}

#[test]
fn messages_disappear_on_both_sides_of_the_conversation() {
    let mut world = World::online_with_bob();
    world.receive(BOB, "m0", "From before");
    world.drive();
    let hour = Duration::from_secs(3_600);
    world.command(configure(Setting::DisappearAfter(Some(hour))));
    world.write(BOB, "Ours");
    world.receive(BOB, "m1", "Theirs");
    world.drive();
    // Theirs waits until it was seen.
    world.pass(Duration::from_secs(1_800));
    let theirs = world.messages(BOB)[2].clone();
    assert_eq!(theirs.expires, None);
    world.command(displayed(theirs.position));
    world.drive();
    world.take_events();
    world.pass(Duration::from_secs(1_801));
    assert_eq!(texts(&world), ["From before", "Theirs"]);
    let removed = |event: &Event| matches!(event, Event::MessageRemoved { .. });
    assert_eq!(
        world.take_events().iter().filter(|it| removed(it)).count(),
        1
    );
    // Also if the program does not run when it is time.
    world.crash();
    world.now += hour;
    world.input(onym_client_protocol::Input::Tick);
    world.drive();
    assert!(
        texts(&world).is_empty(),
        "what was seen after the setting began to count, too"
    );
    world.assert_memory_is_stored();
    assert!(world.engine.memory().expiring.is_empty());
}

#[test]
fn what_has_not_left_does_not_disappear() {
    let mut world = World::online_with_bob();
    let minute = Duration::from_secs(60);
    world.command(configure(Setting::DisappearAfter(Some(minute))));
    world.reachable = false;
    world.cut();
    world.write(BOB, "Late");
    world.pass(minute * 10);
    assert_eq!(texts(&world), ["Late"]);
    world.reachable = true;
    world.pass(minute * 10);
    assert_eq!(world.server.texts().len(), 1);
    assert!(texts(&world).is_empty());
    // A message sent again by the server does not come back to stay.
    assert_eq!(
        world.engine.next_timeout().map(|next| next > world.now),
        Some(true)
    );
}

#[test]
fn a_deleted_conversation_is_gone() {
    let mut world = World::online_with_bob();
    world.receive(BOB, "m1", "Secret one");
    world.receive(CAROL, "m1", "Hello");
    world.write(BOB, "Secret two");
    world.drive();
    world.reachable = false;
    world.cut();
    world.write(BOB, "Secret three");
    let position = world.messages(BOB)[0].position;
    world.command(Command::React {
        conversation: jid(BOB),
        position,
        emojis: vec!["👍".to_owned()],
    });
    world.drive();
    world.take_events();
    world.command(Command::DeleteConversation {
        conversation: jid(BOB),
    });
    world.drive();
    let cleared = Event::ConversationCleared {
        conversation: jid(BOB),
    };
    assert_eq!(world.take_events(), [cleared]);
    assert!(world.messages(BOB).is_empty());
    assert_eq!(world.messages(CAROL).len(), 1);
    let found = world
        .store
        .search(&SearchQuery::parse("secret", |_| None), 10, None);
    assert!(found.unwrap().hits.is_empty());
    assert!(!format!("{:?}", world.store).contains("Secret"));
    world.reachable = true;
    world.pass(Duration::from_secs(600));
    assert_eq!(
        world.server.texts().len(),
        1,
        "what had not left stays here"
    );
    world.assert_memory_is_stored();
    // It begins anew with the next message.
    world.receive(BOB, "m2", "Hello again");
    world.drive();
    assert_eq!(texts(&world), ["Hello again"]);
    assert!(world.messages(BOB)[0].position > position);
}

#[test]
fn without_history_only_the_unfinished_outlives_the_program() {
    let mut world = World::online_with_bob();
    world.command(configure(Setting::KeepsHistory(false)));
    world.receive(BOB, "m1", "Seen");
    world.drive();
    let seen = world.messages(BOB)[0].position;
    world.command(displayed(seen));
    world.receive(BOB, "m2", "Unseen");
    world.drive();
    world.write(BOB, "Sent");
    world.drive();
    world.reachable = false;
    world.cut();
    world.write(BOB, "Unsent");
    world.drive();
    assert_eq!(texts(&world), ["Seen", "Unseen", "Sent", "Unsent"]);
    world.crash();
    world.drive();
    assert_eq!(texts(&world), ["Unseen", "Unsent"]);
    assert!(
        !world.engine.memory().conversations[&jid(BOB)]
            .settings()
            .keeps_history
    );
    world.reachable = true;
    world.pass(Duration::from_secs(600));
    world.assert_memory_is_stored();
    let deliveries = world
        .messages(BOB)
        .into_iter()
        .filter_map(|it| it.delivery().cloned());
    assert_eq!(deliveries.collect::<Vec<_>>(), [Delivery::Stored]);
}

#[test]
fn the_list_keeps_the_newest_message_when_others_go() {
    let mut world = World::online_with_bob();
    for number in 0..10 {
        world.receive(BOB, &format!("m{number}"), &format!("Number {number}"));
    }
    world.drive();
    let messages: Vec<MessageRecord> = world.messages(BOB);
    for message in messages.iter().skip(1) {
        world.command(Command::DeleteMessage {
            conversation: jid(BOB),
            position: message.position,
        });
        world.drive();
    }
    let last = world.engine.memory().conversations[&jid(BOB)]
        .last()
        .unwrap();
    assert_eq!(last.text, "Number 0");
    world.assert_memory_is_stored();
}

#[test]
fn a_draft_ends_with_the_message() {
    let mut world = World::online_with_bob();
    world.command(Command::SaveDraft {
        conversation: jid(BOB),
        text: "Dear Bob".to_owned(),
    });
    world.write(ALICE, "A note");
    assert!(
        world.engine.memory().conversations[&jid(BOB)]
            .draft()
            .is_some()
    );
    world.write(BOB, "Dear Bob");
    world.drive();
    assert_eq!(world.engine.memory().conversations[&jid(BOB)].draft(), None);
    world.assert_memory_is_stored();
}

#[test]
fn a_clock_that_is_set_back_does_not_mix_the_conversation() {
    let mut world = World::online_with_bob();
    world.write(BOB, "One");
    world.receive(BOB, "m1", "Two");
    world.drive();
    world.now = "2026-11-01T12:00:00Z".parse().unwrap();
    world.receive(BOB, "m2", "Three");
    world.drive();
    world.write(BOB, "Four");
    world.drive();
    assert_eq!(texts(&world), ["One", "Two", "Three", "Four"]);
    assert_eq!(world.messages(BOB)[3].time, world.now);
}
