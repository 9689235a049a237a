//! Notes to oneself, whose conversation goes on at the new address after a move.

use std::time::Duration;

use onym_client_protocol::Engine;
use onym_client_protocol::command::Command;
use onym_client_protocol::conversation::settings::Setting;
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::store::{MessageRecord, Store};

use crate::world::{ALICE, BOB, Device, World, jid};

const DESK: usize = 0;
const MINUTE: Duration = Duration::from_secs(60);

const NEW: &str = "alicia@a.example";

/// More than are moved at once.
const NOTES: usize = 130;

/// Alice at her only device, who has written notes and pinned them.
fn with_notes(count: usize) -> World {
    let devices = vec![Device::with_identity(ALICE, "desk", None)];
    let mut world = World::of([ALICE, BOB, NEW], devices);
    world.pass(MINUTE);
    for number in 0..count {
        world.write(DESK, ALICE, &format!("Note {number}"));
        world.drive();
    }
    let (conversation, setting) = (jid(ALICE), Setting::Pinned(true));
    world.command(
        DESK,
        Command::Configure {
            conversation,
            setting,
        },
    );
    world.pass(MINUTE);
    assert_eq!(world.texts(DESK, ALICE).len(), count);
    world
}

fn expected(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("Note {number}")).collect()
}

fn engine(world: &World) -> &Engine {
    &world.devices[DESK].engine
}

fn notes(world: &World, at: &str) -> Vec<MessageRecord> {
    let store = &world.devices[DESK].store;
    store.page(&jid(at), None, 10_000).unwrap()
}

#[test]
fn notes_go_on_in_one_conversation_after_a_move() {
    let mut world = with_notes(NOTES);
    world.restart_at(DESK, NEW);
    world.pass(MINUTE);
    assert_eq!(world.texts(DESK, NEW), expected(NOTES));
    assert!(world.texts(DESK, ALICE).is_empty());
    let memory = engine(&world).memory();
    assert!(!memory.conversations.contains_key(&jid(ALICE)));
    assert!(memory.conversations[&jid(NEW)].settings().is_pinned);
    assert_eq!(engine(&world).home_of(&jid(ALICE)), jid(NEW));
    // Somebody else's stays where it is.
    assert_eq!(engine(&world).home_of(&jid(BOB)), jid(BOB));
    assert!(notes(&world, NEW).iter().all(|note| note.via.is_none()));

    // The old address names it, too, and nothing is written there.
    world.write(DESK, ALICE, &format!("Note {NOTES}"));
    world.pass(MINUTE);
    assert_eq!(world.texts(DESK, NEW), expected(NOTES + 1));
    let last = notes(&world, NEW).pop().unwrap();
    let has_left = last.delivery().is_none_or(|it| *it != Delivery::Queued);
    assert!(has_left, "{last:?}");
}

#[test]
fn a_move_of_notes_that_is_cut_short_anywhere_goes_on() {
    let mut world = with_notes(NOTES);
    let before = world.stores(DESK).count();
    world.restart_at(DESK, NEW);
    world.pass(MINUTE);
    let stores: Vec<_> = world.stores(DESK).skip(before).collect();
    assert!(stores.len() > 1, "it takes some steps");
    for store in stores {
        world.restart_from(DESK, store);
        world.pass(MINUTE);
        assert_eq!(world.texts(DESK, NEW), expected(NOTES));
        assert!(world.texts(DESK, ALICE).is_empty());
    }
}
