//! Several devices of two people on one server: the client's rules against the server's rules,
//! without a network and under a virtual clock.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test double that is used wrongly has to stop the test; helpers are not #[test]"
)]

#[path = "devices/bindings.rs"]
mod bindings;
#[path = "devices/cards.rs"]
mod cards;
#[path = "devices/encryption.rs"]
mod encryption;
#[path = "devices/endings.rs"]
mod endings;
#[path = "devices/failover.rs"]
mod failover;
#[path = "devices/identities.rs"]
mod identities;
#[path = "devices/identity_change.rs"]
mod identity_change;
#[path = "devices/invites.rs"]
mod invites;
#[path = "devices/lasting.rs"]
mod lasting;
#[path = "devices/move_links.rs"]
mod move_links;
#[path = "devices/moving.rs"]
mod moving;
#[path = "devices/notes.rs"]
mod notes;
#[path = "devices/our_end.rs"]
mod our_end;
#[path = "devices/our_move.rs"]
mod our_move;
#[path = "devices/our_statement.rs"]
mod our_statement;
#[path = "devices/persons.rs"]
mod persons;
#[path = "devices/places.rs"]
mod places;
#[path = "devices/ranking.rs"]
mod ranking;
#[path = "devices/removing.rs"]
mod removing;
#[path = "devices/restored.rs"]
mod restored;
#[path = "devices/several.rs"]
mod several;
#[path = "devices/signed.rs"]
mod signed;
#[path = "devices/trusting.rs"]
mod trusting;
#[path = "devices/verdicts.rs"]
mod verdicts;
#[path = "devices/world.rs"]
mod world;

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::store::{AvatarChoice, Encryption, Store};
use proptest::prelude::*;

use world::{ALICE, BOB, World, jid};

const DESK: usize = 0;
const PHONE: usize = 1;
const BOBS: usize = 2;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nAlice in short";

/// Alice at her desk and with her phone, and Bob, who are contacts of each other.
fn friends() -> World {
    let mut world = World::new();
    for (device, contact) in [(DESK, BOB), (BOBS, ALICE)] {
        world.command(
            device,
            Command::AddContact {
                jid: jid(contact),
                name: None,
                introduction: None,
            },
        );
    }
    world.pass(Duration::from_secs(10));
    world.accept_devices();
    world
}

#[test]
fn the_keys_of_a_contact_are_there_before_the_first_message() {
    let world = friends();
    assert!(world.texts(DESK, BOB).is_empty());
    assert!(world.knows_keys(DESK, BOB));
    assert!(world.knows_keys(BOBS, ALICE));
}

#[test]
fn what_one_device_does_the_other_one_shows() {
    let mut world = friends();
    world.write(BOBS, ALICE, "Hello Alice");
    world.drive();
    world.write(DESK, BOB, "Hello Bob");
    world.drive();
    world.write(PHONE, BOB, "From my phone");
    world.drive();
    let conversation = ["Hello Alice", "Hello Bob", "From my phone"];
    assert_eq!(world.texts(DESK, BOB), conversation);
    assert_eq!(world.texts(PHONE, BOB), conversation);
    assert_eq!(world.texts(BOBS, ALICE), conversation);
    assert_eq!(world.unread(PHONE, BOB), 0, "who answers has seen it");
}

#[test]
fn what_was_shown_on_one_device_is_shown_on_all() {
    let mut world = friends();
    world.write(BOBS, ALICE, "One");
    world.write(BOBS, ALICE, "Two");
    world.drive();
    assert_eq!((world.unread(DESK, BOB), world.unread(PHONE, BOB)), (2, 2));
    let up_to = world.devices[DESK].engine.memory().conversations[&jid(BOB)]
        .last()
        .unwrap()
        .place
        .position;
    world.command(
        DESK,
        Command::MarkDisplayed {
            conversation: jid(BOB),
            up_to,
        },
    );
    world.drive();
    assert_eq!((world.unread(DESK, BOB), world.unread(PHONE, BOB)), (0, 0));
}

#[test]
fn a_device_that_was_away_has_everything_afterwards() {
    let mut world = friends();
    world.command(PHONE, Command::GoOffline);
    world.drive();
    for number in 0..130 {
        world.write(BOBS, ALICE, &format!("Bob {number}"));
        world.drive();
        world.write(DESK, BOB, &format!("Alice {number}"));
        world.drive();
    }
    world.command(PHONE, Command::ConnectNow);
    world.pass(Duration::from_secs(60));
    let texts = world.texts(DESK, BOB);
    assert_eq!(texts.len(), 260);
    assert_eq!(world.texts(PHONE, BOB), texts);
    assert_eq!(world.texts(BOBS, ALICE), texts);
}

#[test]
fn contacts_see_the_profile_and_strangers_are_kept_away() {
    let mut world = friends();
    // Bob has her keys from before she blocks him.
    world.write(BOBS, ALICE, "Hello");
    world.drive();
    world.command(
        DESK,
        Command::SetOurProfile {
            name: Some("Alice A.".to_owned()),
            avatar: AvatarChoice::Set(PNG.to_vec()),
        },
    );
    world.drive();
    assert!(world.devices[DESK].engine.memory().intents.is_empty());
    let profile = world.devices[BOBS].engine.memory().profiles[&jid(ALICE)].clone();
    assert_eq!(profile.name.as_deref(), Some("Alice A."));
    let bytes = world.devices[BOBS]
        .store
        .avatar(&profile.avatar.unwrap())
        .unwrap()
        .unwrap()
        .bytes;
    assert_eq!(bytes, PNG);
    // Her phone knows it too.
    let account = &world.devices[PHONE].engine.memory().account;
    assert_eq!(account.profile.name.as_deref(), Some("Alice A."));
    assert!(account.profile.avatar.is_some());
    // What one of her devices blocks is blocked for both.
    world.command(PHONE, Command::Block { jid: jid(BOB) });
    world.drive();
    assert!(
        world.devices[DESK]
            .engine
            .memory()
            .account
            .blocked
            .contains(&jid(BOB))
    );
    world.write(BOBS, ALICE, "Do you hear me?");
    world.drive();
    assert_eq!(world.texts(DESK, BOB), ["Hello"]);
    world.command(DESK, Command::Unblock { jid: jid(BOB) });
    world.write(BOBS, ALICE, "And now?");
    world.drive();
    assert_eq!(world.texts(PHONE, BOB), ["Hello", "And now?"]);
}

#[test]
fn a_lost_stream_goes_on() {
    let mut world = friends();
    let accepted = world.accepted;
    world.cut(DESK);
    world.write(BOBS, ALICE, "While you were away");
    world.write(DESK, BOB, "While I was away");
    world.pass(Duration::from_secs(30));
    assert_eq!(world.accepted, accepted + 1);
    let conversation = world.texts(PHONE, BOB);
    assert_eq!(conversation.len(), 2);
    assert_eq!(world.texts(DESK, BOB).len(), 2);
    // Bob was there all the time, and did not have to say so again.
    assert!(
        world.devices[DESK]
            .engine
            .presences()
            .best(&jid(BOB))
            .is_some()
    );
}

#[test]
fn two_devices_that_write_first_at_the_same_time_are_both_read() {
    for seed in 0..100 {
        let mut world = friends();
        world.reseed(seed);
        world.write(PHONE, BOB, "From my phone");
        world.write(DESK, BOB, "From my desk");
        world.pass(Duration::from_secs(60));
        let page = world.devices[BOBS]
            .store
            .page(&jid(ALICE), None, 10)
            .unwrap();
        let all = page
            .iter()
            .all(|it| matches!(it.encryption, Encryption::Omemo(_)));
        assert!(all && page.len() == 2, "{seed} {page:#?}");
    }
}

/// Of a hundred pre-keys two may take the same one, and the later of them may come when it is erased.
#[test]
fn what_a_session_lost_is_asked_for_although_both_began_another_one() {
    for seed in 0..120 {
        let mut world = friends();
        world.reseed(seed);
        world.write(PHONE, BOB, "T0");
        world.pass(Duration::from_secs(11 * 60));
        world.write(BOBS, ALICE, "T1");
        world.write(DESK, BOB, "T2");
        world.pass(Duration::from_secs(60));
        for (device, with) in [(DESK, BOB), (PHONE, BOB), (BOBS, ALICE)] {
            let mut texts = world.texts(device, with);
            texts.sort();
            assert_eq!(texts, ["T0", "T1", "T2"], "{seed}, device {device}");
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write(usize),
    Cut(usize),
    Restart(usize),
    Reconnect(usize),
    Drive,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let device = 0..3_usize;
    prop_oneof![
        6 => device.clone().prop_map(Step::Write),
        2 => device.clone().prop_map(Step::Cut),
        1 => device.clone().prop_map(Step::Restart),
        2 => device.prop_map(Step::Reconnect),
        3 => Just(Step::Drive),
        1 => (1..900_u64).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_breaks_all_devices_end_with_the_same(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut world = friends();
        let mut written = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            match *step {
                Step::Write(device) => {
                    let to = if device == BOBS { ALICE } else { BOB };
                    let text = format!("Text {number}");
                    world.write(device, to, &text);
                    written.push(text);
                }
                Step::Cut(device) => world.cut(device),
                Step::Restart(device) => world.restart(device),
                Step::Reconnect(device) => world.command(device, Command::ConnectNow),
                Step::Drive => world.drive(),
                Step::Pass(seconds) => world.pass(Duration::from_secs(seconds)),
            }
        }
        world.pass(Duration::from_secs(20 * 60));
        for (device, with) in [(DESK, BOB), (PHONE, BOB), (BOBS, ALICE)] {
            prop_assert!(world.devices[device].engine.connection().is_online());
            let mut texts = world.texts(device, with);
            texts.sort();
            let mut expected = written.clone();
            expected.sort();
            prop_assert_eq!(texts, expected, "device {}", device);
        }
        for text in &written {
            prop_assert!(!world.was_readable(text), "{}", text);
        }
    }
}
