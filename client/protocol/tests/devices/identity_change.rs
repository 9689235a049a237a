//! Another identity behind an address than before.

use std::time::Duration;

use onym_client_protocol::command::{Command, CommandError, IdentityVerdict, Verdict};
use onym_client_protocol::event::Event;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{IdentityEvent, KnownBy};
use onym_client_protocol::trust::TrustRule;
use onym_identity::invite::InviteTrust;

use crate::signed::*;
use crate::world::{World, jid};

/// Alice's identity vouches for her device, and then another one is behind her address.
fn changed() -> World {
    let mut world = friends();
    let statement = sign(&body(&world, 5, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    bob_writes(&mut world, ALICE, "Before");
    told(&mut world);
    let other = sign(&body(&world, 1, &[ALICE], &[]), &key(2));
    publish(&mut world, ALICE, &other);
    world
}

fn is_asked(world: &mut World) -> bool {
    let asked = Event::IdentityChanged { jid: jid(ALICE) };
    told(world).contains(&asked)
}

fn decide(world: &mut World, number: u8, verdict: IdentityVerdict) {
    let command = Command::DecideIdentity {
        jid: jid(ALICE),
        identity: key(number).public(),
        verdict,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(120));
}

fn hold(world: &World) -> Option<Hold> {
    world.devices[BOBS].engine.hold(&jid(ALICE))
}

#[test]
fn nothing_is_sent_before_the_user_has_decided() {
    let mut world = changed();
    assert!(is_asked(&mut world));
    let record = known(&world, ALICE).unwrap();
    assert_eq!(record.challenge.unwrap().identity, key(2).public());
    assert_eq!(*record.identity(), key(1).public());
    bob_writes(&mut world, ALICE, "Who are you?");
    assert_eq!(hold(&world), Some(Hold::IdentityChanged));
    assert_eq!(world.texts(ALICES, BOB), ["Before"]);
    // It is asked once, also after a restart.
    world.restart(BOBS);
    world.pass(Duration::from_secs(120));
    assert!(!is_asked(&mut world));
    assert_eq!(hold(&world), Some(Hold::IdentityChanged));
    assert_eq!(world.texts(ALICES, BOB), ["Before"]);
}

#[test]
fn an_identity_that_the_user_does_not_want_is_not_asked_about_again() {
    let mut world = changed();
    bob_writes(&mut world, ALICE, "To the old one");
    decide(&mut world, 2, IdentityVerdict::KeepOld);
    assert_eq!(hold(&world), None);
    assert_eq!(world.texts(ALICES, BOB), ["Before", "To the old one"]);
    told(&mut world);
    let again = sign(&body(&world, 2, &[ALICE], &[]), &key(2));
    publish(&mut world, ALICE, &again);
    assert!(!is_asked(&mut world));
    bob_writes(&mut world, ALICE, "Still to the old one");
    assert_eq!(world.texts(ALICES, BOB).len(), 3);
    // A third one is another question.
    let third = sign(&body(&world, 1, &[ALICE], &[]), &key(3));
    publish(&mut world, ALICE, &third);
    assert!(is_asked(&mut world));
    // The user may think better of the second one.
    decide(&mut world, 3, IdentityVerdict::KeepOld);
    decide(&mut world, 2, IdentityVerdict::TakeNew);
    assert_eq!(*known(&world, ALICE).unwrap().identity(), key(2).public());
}

#[test]
fn with_a_new_identity_what_was_trusted_before_is_decided_anew() {
    let mut world = changed();
    // The user has looked at the device itself, too.
    let record = world.protection(BOBS, ALICE);
    let (id, device) = record.devices.iter().next().unwrap();
    let command = Command::SetTrust {
        jid: jid(ALICE),
        device: *id,
        key: device.key,
        verdict: Verdict::Verified,
    };
    world.command(BOBS, command);
    decide(&mut world, 2, IdentityVerdict::TakeNew);
    let record = known(&world, ALICE).unwrap();
    assert_eq!(*record.identity(), key(2).public());
    assert_eq!(record.known_by, KnownBy::FirstSeen);
    assert!(record.is_confirmed(), "its statement is fetched at once");
    let change = IdentityEvent::IdentityChanged {
        from: key(1).public(),
        to: key(2).public(),
    };
    assert!(happened(&world, ALICE).contains(&change));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::NeedsDecision);
    bob_writes(&mut world, ALICE, "Is it you?");
    assert_eq!(hold(&world), Some(Hold::TheirDevicesUndecided));
    let statement = sign(&body(&world, 2, &[ALICE], &[ALICES]), &key(2));
    publish(&mut world, ALICE, &statement);
    world.pass(Duration::from_secs(120));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::SignedByFirstSeen);
    assert_eq!(world.texts(ALICES, BOB), ["Before", "Is it you?"]);
    // The old one does not come back by itself.
    told(&mut world);
    let old = sign(&body(&world, 9, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &old);
    assert!(is_asked(&mut world));
}

#[test]
fn only_what_the_user_saw_is_decided() {
    let mut world = changed();
    told(&mut world);
    decide(&mut world, 3, IdentityVerdict::TakeNew);
    let refused = |world: &mut World| {
        let events = told(world).into_iter();
        let mut refused = events.filter_map(|event| match event {
            Event::CommandRefused(why) => Some(why),
            _ => None,
        });
        refused.next()
    };
    let jid = jid(ALICE);
    assert_eq!(
        refused(&mut world),
        Some(CommandError::OtherIdentity { jid: jid.clone() })
    );
    decide(&mut world, 2, IdentityVerdict::KeepOld);
    told(&mut world);
    decide(&mut world, 3, IdentityVerdict::TakeNew);
    assert_eq!(
        refused(&mut world),
        Some(CommandError::NoOtherIdentity { jid })
    );
    assert_eq!(*known(&world, ALICE).unwrap().identity(), key(1).public());
}

#[test]
fn an_older_statement_of_the_other_identity_is_no_challenge() {
    let mut world = friends();
    for (account, number, serial) in [(ALICE, 1, 5), (CAROL, 2, 5)] {
        let statement = sign(&body(&world, serial, &[account], &[]), &key(number));
        publish(&mut world, account, &statement);
    }
    told(&mut world);
    let older = sign(&body(&world, 4, &[ALICE], &[]), &key(2));
    publish(&mut world, ALICE, &older);
    assert!(!is_asked(&mut world));
    assert_eq!(known(&world, ALICE).unwrap().challenge, None);
}

#[test]
fn another_identity_than_the_invite_named_is_asked_about_at_first_sight() {
    let mut world = friends();
    let command = Command::IntroduceIdentity {
        jid: jid(ALICE),
        identity: key(1).public(),
        worth: InviteTrust::Introduced,
    };
    world.command(BOBS, command);
    let other = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(2));
    publish(&mut world, ALICE, &other);
    assert!(is_asked(&mut world));
    assert!(!known(&world, ALICE).unwrap().is_confirmed());
    bob_writes(&mut world, ALICE, "Who are you?");
    assert_eq!(hold(&world), Some(Hold::IdentityChanged));
    // The one that the invite named comes after all, and is known by it.
    decide(&mut world, 2, IdentityVerdict::KeepOld);
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::SignedByIntroduced);
    assert_eq!(world.texts(ALICES, BOB), ["Who are you?"]);
}

/// Alice's identity is known, and Bob has compared it with her.
fn compared(is_same: bool) -> World {
    let mut world = friends();
    let statement = sign(&body(&world, 5, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    match is_same {
        true => verify(&mut world, true),
        false => decide(&mut world, 1, IdentityVerdict::Differs),
    }
    world
}

#[test]
fn nothing_is_sent_to_an_identity_that_was_compared_and_is_another_ones() {
    for is_verified_before in [false, true] {
        let mut world = compared(is_verified_before);
        decide(&mut world, 1, IdentityVerdict::Differs);
        let record = known(&world, ALICE).unwrap();
        assert_eq!(record.voucher(), None, "what it signs counts for nothing");
        let memory = world.devices[BOBS].engine.memory();
        assert_eq!(memory.person_at(&jid(ALICE)), None);
        assert!(happened(&world, ALICE).contains(&IdentityEvent::Differed));
        bob_writes(&mut world, ALICE, "It is not you");
        world.restart(BOBS);
        world.pass(Duration::from_secs(120));
        assert_eq!(hold(&world), Some(Hold::IdentityDiffers));
        assert!(world.texts(ALICES, BOB).is_empty());
        // A later statement does not outweigh a person's word.
        let later = sign(&body(&world, 6, &[ALICE], &[ALICES]), &key(1));
        publish(&mut world, ALICE, &later);
        assert_eq!(hold(&world), Some(Hold::IdentityDiffers));
    }
}

#[test]
fn who_compares_again_or_takes_it_back_writes_on() {
    for is_same in [true, false] {
        let mut world = compared(false);
        bob_writes(&mut world, ALICE, "It was the wrong window");
        verify(&mut world, is_same);
        assert_eq!(hold(&world), None);
        assert_eq!(world.texts(ALICES, BOB), ["It was the wrong window"]);
        let known_by = known(&world, ALICE).unwrap().known_by;
        assert_eq!(matches!(known_by, KnownBy::Verified { .. }), is_same);
    }
}

#[test]
fn an_identity_that_only_the_address_names_can_differ_too() {
    let mut world = friends();
    decide(&mut world, 1, IdentityVerdict::Differs);
    bob_writes(&mut world, ALICE, "Not sent");
    assert_eq!(hold(&world), Some(Hold::IdentityDiffers));
    // It is seen only now, and is no better for that.
    let statement = sign(&body(&world, 5, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    assert_eq!(hold(&world), Some(Hold::IdentityDiffers));
    verify(&mut world, false);
    assert_eq!(hold(&world), None);
    assert_eq!(world.texts(ALICES, BOB), ["Not sent"]);
    // Another identity than the one that is known there is not compared.
    told(&mut world);
    decide(&mut world, 2, IdentityVerdict::Differs);
    let refused = CommandError::OtherIdentity { jid: jid(ALICE) };
    assert!(told(&mut world).contains(&Event::CommandRefused(refused)));
    assert_eq!(hold(&world), None);
}
