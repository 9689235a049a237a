//! What the words of the user about an identity do to the devices at its address.

use std::time::Duration;

use onym_client_protocol::command::{Command, IdentityVerdict};
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::ProtectionChoices;
use onym_client_protocol::trust::TrustRule;
use onym_identity::invite::InviteTrust;

use crate::signed::*;
use crate::world::{World, jid};

/// Bob takes new devices of everybody without asking.
fn take_blindly(world: &mut World) {
    let choices = ProtectionChoices {
        is_blind: true,
        ..ProtectionChoices::default()
    };
    world.command(BOBS, Command::SetProtectionChoices(choices));
}

/// How a device stands with somebody who takes new ones without asking.
fn blind_rule(world: &World, of: &str, device: usize) -> TrustRule {
    let memory = world.devices[device].engine.memory();
    let id = memory.our_device.as_ref().unwrap().id();
    let record = world.protection(BOBS, of);
    record.decide(&record.devices[&id], true).because
}

fn introduce(world: &mut World, worth: InviteTrust) {
    let command = Command::IntroduceIdentity {
        jid: jid(ALICE),
        identity: key(1).public(),
        worth,
    };
    world.command(BOBS, command);
}

#[test]
fn who_keeps_an_identity_that_was_named_trusts_no_device_for_being_there_first() {
    for worth in [InviteTrust::Introduced, InviteTrust::Verified] {
        let mut world = friends();
        take_blindly(&mut world);
        introduce(&mut world, worth);
        assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
        // The device could be of whoever shows the other identity.
        let other = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(2));
        publish(&mut world, ALICE, &other);
        bob_writes(&mut world, ALICE, "Is it you?");
        decide(&mut world, ALICE, 2, IdentityVerdict::KeepOld);
        for _ in 0..2 {
            assert_eq!(blind_rule(&world, ALICE, ALICES), TrustRule::NeedsDecision);
            let hold = world.devices[BOBS].engine.hold(&jid(ALICE));
            assert_eq!(hold, Some(Hold::TheirDevicesUndecided), "{worth:?}");
            assert!(world.texts(ALICES, BOB).is_empty(), "{worth:?}");
            world.restart(BOBS);
            world.pass(Duration::from_secs(120));
        }
    }
}

#[test]
fn no_device_is_taken_blindly_where_another_identity_was_taken() {
    let mut world = friends();
    take_blindly(&mut world);
    for number in [1, 2] {
        let statement = sign(&body(&world, 1, &[ALICE], &[]), &key(number));
        publish(&mut world, ALICE, &statement);
    }
    decide(&mut world, ALICE, 2, IdentityVerdict::TakeNew);
    assert_eq!(blind_rule(&world, ALICE, ALICES), TrustRule::NeedsDecision);
}

#[test]
fn no_device_is_taken_blindly_where_the_identity_was_verified() {
    let mut world = friends();
    take_blindly(&mut world);
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    let phone = world.add_device(ALICE, "phone");
    bob_writes(&mut world, ALICE, "Who is there?");
    assert_eq!(blind_rule(&world, ALICE, phone), TrustRule::Blind);
    verify(&mut world, true);
    assert_eq!(blind_rule(&world, ALICE, phone), TrustRule::NeedsDecision);
    // That the statement expires changes nothing about what the user has compared.
    world.skip(DAY * 31);
    world.restart(BOBS);
    world.pass(Duration::from_secs(120));
    assert_eq!(blind_rule(&world, ALICE, phone), TrustRule::NeedsDecision);
    verify(&mut world, false);
    assert_eq!(blind_rule(&world, ALICE, phone), TrustRule::Blind);
}

#[test]
fn no_device_is_taken_blindly_where_an_identity_was_scanned_and_is_not_seen() {
    for (worth, expected) in [
        (InviteTrust::Introduced, TrustRule::Blind),
        (InviteTrust::Verified, TrustRule::NeedsDecision),
    ] {
        let mut world = friends();
        take_blindly(&mut world);
        introduce(&mut world, worth);
        let phone = world.add_device(ALICE, "phone");
        bob_writes(&mut world, ALICE, "Who is there?");
        assert_eq!(blind_rule(&world, ALICE, phone), expected);
        world.restart(BOBS);
        assert_eq!(blind_rule(&world, ALICE, phone), expected, "restarted");
        verify(&mut world, false);
        assert_eq!(blind_rule(&world, ALICE, phone), TrustRule::Blind);
    }
}
