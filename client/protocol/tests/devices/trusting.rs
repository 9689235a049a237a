//! Devices that tell each other which keys to trust (XEP-0434, XEP-0450), and those that may not.

use std::time::Duration;

use data_encoding::BASE64;
use onym_client_protocol::command::{Command, Verdict};
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{Change, TrustWordsRecord};
use onym_client_protocol::trust::TrustRule;

use crate::world::{ALICE, BOB, World, jid};
use crate::{BOBS, DESK, PHONE, friends};

fn id_of(world: &World, device: usize) -> DeviceId {
    let memory = world.devices[device].engine.memory();
    memory.our_device.as_ref().unwrap().id()
}

/// How a device stands with another one.
fn rule(world: &World, with: usize, of: &str, about: usize) -> TrustRule {
    let record = world.protection(with, of);
    let device = &record.devices[&id_of(world, about)];
    record.decide(device, false).because
}

fn words(world: &World, device: usize, of: &str) -> Option<TrustWordsRecord> {
    let memory = world.devices[device].engine.memory();
    memory.trust_words.get(&jid(of)).cloned()
}

fn postponed(world: &World, device: usize, of: &str) -> usize {
    words(world, device, of).map_or(0, |record| record.postponed.len())
}

fn untold(world: &World, device: usize) -> usize {
    let memory = world.devices[device].engine.memory();
    memory.trust_words.values().map(|it| it.untold.len()).sum()
}

/// The person at a device decides about another one, as they see it.
fn decide(world: &mut World, with: usize, of: &str, about: usize, verdict: Verdict) {
    let device = id_of(world, about);
    let key = world.protection(with, of).devices[&device].key;
    let command = Command::SetTrust {
        jid: jid(of),
        device,
        key,
        verdict,
    };
    world.command(with, command);
    world.pass(Duration::from_secs(5));
}

fn verify(world: &mut World, with: usize, of: &str, about: usize) {
    decide(world, with, of, about, Verdict::Verified);
}

/// Everybody has written, so that every session is there.
fn talking() -> World {
    let mut world = friends();
    world.write(BOBS, ALICE, "Hello");
    world.pass(Duration::from_secs(5));
    world.write(DESK, BOB, "Hello Bob");
    world.write(PHONE, BOB, "From my phone");
    world.pass(Duration::from_secs(5));
    world
}

fn shown(world: &World) -> [usize; 3] {
    [(DESK, BOB), (PHONE, BOB), (BOBS, ALICE)].map(|(device, with)| {
        let own = world.devices[device].engine.our_jid().to_string();
        world.texts(device, with).len() + world.texts(device, &own).len()
    })
}

#[test]
fn three_devices_are_sure_of_each_other_after_two_comparisons() {
    let mut world = talking();
    let before = shown(&world);
    // Alice compares her two devices, and one of them with Bob's.
    verify(&mut world, DESK, ALICE, PHONE);
    verify(&mut world, PHONE, ALICE, DESK);
    verify(&mut world, DESK, BOB, BOBS);
    assert_eq!(
        rule(&world, PHONE, BOB, BOBS),
        TrustRule::VouchedByDevice,
        "her phone believes her desk"
    );
    // Bob has not compared anything: what he is told waits.
    assert_eq!(rule(&world, BOBS, ALICE, PHONE), TrustRule::FirstUse);
    assert_eq!(postponed(&world, BOBS, ALICE), 1);
    verify(&mut world, BOBS, ALICE, DESK);
    assert_eq!(rule(&world, BOBS, ALICE, PHONE), TrustRule::VouchedByDevice);
    assert_eq!(postponed(&world, BOBS, ALICE), 0);
    // A new device of Alice's is compared at her desk alone.
    let laptop = world.add_device(ALICE, "laptop");
    world.pass(Duration::from_secs(60));
    world.write(BOBS, ALICE, "To all of you");
    world.pass(Duration::from_secs(5));
    let hold = world.devices[BOBS].engine.hold(&jid(ALICE));
    assert_eq!(hold, Some(Hold::TheirDevicesUndecided));
    world.command(DESK, Command::RefreshDevices { jid: jid(ALICE) });
    world.write(DESK, BOB, "Who is this?");
    world.pass(Duration::from_secs(5));
    verify(&mut world, DESK, ALICE, laptop);
    assert_eq!(
        rule(&world, PHONE, ALICE, laptop),
        TrustRule::VouchedByDevice
    );
    assert_eq!(
        rule(&world, BOBS, ALICE, laptop),
        TrustRule::VouchedByDevice
    );
    for text in ["To all of you", "Who is this?"] {
        assert!(world.texts(laptop, BOB).contains(&text.to_owned()));
    }
    // And knows everybody once it has compared her desk.
    verify(&mut world, laptop, ALICE, DESK);
    assert_eq!(
        rule(&world, laptop, ALICE, PHONE),
        TrustRule::VouchedByDevice
    );
    assert_eq!(rule(&world, laptop, BOB, BOBS), TrustRule::VouchedByDevice);
    // Nothing of all this is shown, or can be read on the way, or waits.
    assert_eq!(shown(&world), before.map(|count| count + 2));
    assert!(!world.was_readable("trust-message"));
    assert!((0..4).all(|device| untold(&world, device) == 0));
}

#[test]
fn what_one_device_refuses_the_others_deny() {
    let mut world = talking();
    for (with, of, about) in [
        (DESK, ALICE, PHONE),
        (PHONE, ALICE, DESK),
        (BOBS, ALICE, DESK),
        (BOBS, ALICE, PHONE),
        (DESK, BOB, BOBS),
    ] {
        verify(&mut world, with, of, about);
    }
    decide(&mut world, DESK, BOB, BOBS, Verdict::Refused);
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::DeniedByDevice);
    world.write(PHONE, BOB, "For nobody");
    world.pass(Duration::from_secs(60));
    let hold = world.devices[PHONE].engine.hold(&jid(BOB));
    assert_eq!(hold, Some(Hold::NoUsableDevice));
    // She takes it back.
    verify(&mut world, DESK, BOB, BOBS);
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::VouchedByDevice);
    assert_eq!(world.texts(BOBS, ALICE).last().unwrap(), "For nobody");
    // Her phone is stolen: Bob hears of it, although he had compared it.
    decide(&mut world, DESK, ALICE, PHONE, Verdict::Refused);
    assert_eq!(rule(&world, BOBS, ALICE, PHONE), TrustRule::DeniedByDevice);
    // What the thief says is not believed, whatever it is.
    decide(&mut world, PHONE, ALICE, DESK, Verdict::Refused);
    assert_eq!(rule(&world, BOBS, ALICE, DESK), TrustRule::VerifiedByPerson);
    assert_eq!(postponed(&world, BOBS, ALICE), 0);
    // But Bob's own later word counts.
    world.pass(Duration::from_secs(60));
    verify(&mut world, BOBS, ALICE, PHONE);
    assert_eq!(
        rule(&world, BOBS, ALICE, PHONE),
        TrustRule::VerifiedByPerson
    );
}

#[test]
fn a_refusal_stays_whatever_other_devices_say() {
    let mut world = talking();
    decide(&mut world, PHONE, BOB, BOBS, Verdict::Refused);
    verify(&mut world, PHONE, ALICE, DESK);
    verify(&mut world, DESK, ALICE, PHONE);
    verify(&mut world, DESK, BOB, BOBS);
    let heard = words(&world, PHONE, BOB).unwrap().heard;
    assert!(heard.iter().any(|it| it.is_trusted), "{heard:?}");
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::RefusedByPerson);
}

#[test]
fn what_is_decided_offline_is_told_later_also_after_a_restart() {
    let mut world = talking();
    verify(&mut world, DESK, ALICE, PHONE);
    verify(&mut world, PHONE, ALICE, DESK);
    world.command(DESK, Command::GoOffline);
    world.command(PHONE, Command::GoOffline);
    world.pass(Duration::from_secs(5));
    verify(&mut world, DESK, BOB, BOBS);
    assert!(untold(&world, DESK) > 0);
    world.restart(DESK);
    world.pass(Duration::from_secs(60));
    assert_eq!(untold(&world, DESK), 0);
    // Her phone reads it in the archive.
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::FirstUse);
    let before = shown(&world);
    world.command(PHONE, Command::ConnectNow);
    world.pass(Duration::from_secs(60));
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::VouchedByDevice);
    assert_eq!(shown(&world), before);
    assert_eq!(world.unread(PHONE, BOB), 0);
}

#[test]
fn a_lost_stream_loses_no_word() {
    let mut world = talking();
    verify(&mut world, DESK, ALICE, PHONE);
    verify(&mut world, PHONE, ALICE, DESK);
    let device = id_of(&world, BOBS);
    let key = world.protection(DESK, BOB).devices[&device].key;
    world.command(
        DESK,
        Command::SetTrust {
            jid: jid(BOB),
            device,
            key,
            verdict: Verdict::Verified,
        },
    );
    // The program dies before the server has anything.
    world.restart(DESK);
    world.pass(Duration::from_secs(120));
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::VouchedByDevice);
    assert_eq!(untold(&world, DESK), 0);
}

#[test]
fn nothing_leaves_for_a_device_that_was_not_authenticated() {
    let mut world = talking();
    let laptop = world.add_device(ALICE, "laptop");
    world.pass(Duration::from_secs(60));
    world.write(DESK, BOB, "Is this my laptop?");
    world.write(BOBS, ALICE, "Who is this?");
    world.pass(Duration::from_secs(5));
    world.accept_devices();
    world.pass(Duration::from_secs(60));
    let to_laptop = format!("rid='{}'", id_of(&world, laptop));
    let before = world.sent_stanzas(&to_laptop);
    assert!(before > 0, "it may read what people write");
    let sent = world.sent_stanzas("<encrypted");
    // Nobody else is authenticated: there is nobody to tell, and nothing to say.
    verify(&mut world, DESK, BOB, BOBS);
    assert_eq!(world.sent_stanzas("<encrypted"), sent);
    assert_eq!(untold(&world, DESK), 0);
    decide(&mut world, DESK, BOB, BOBS, Verdict::Refused);
    decide(&mut world, DESK, BOB, BOBS, Verdict::Accepted);
    assert_eq!(world.sent_stanzas("<encrypted"), sent);
    // Her phone is told of by her desk; Bob, whom she has only accepted, hears nothing.
    verify(&mut world, DESK, ALICE, PHONE);
    assert_eq!(world.sent_stanzas("<encrypted"), sent);
    verify(&mut world, DESK, BOB, BOBS);
    let keys = world
        .last_on_the_wire("<encrypted", "</encrypted>")
        .unwrap();
    let rid = |device| format!("rid='{}'", id_of(&world, device));
    assert_eq!(world.sent_stanzas("<encrypted"), sent + 2);
    assert_eq!(world.sent_stanzas(&to_laptop), before);
    assert!(
        keys.contains(&rid(PHONE)) != keys.contains(&rid(BOBS)),
        "{keys}"
    );
}

/// The name of a device's key, as a trust message of OMEMO 2 has it.
fn name_of(world: &World, device: usize) -> String {
    let memory = world.devices[device].engine.memory();
    let our = memory.our_device.as_ref().unwrap();
    let bundle = our.bundle(
        onym_client_protocol::omemo::Dialect::Omemo2,
        &mut rand::rng(),
    );
    BASE64.encode(&bundle.to_wire().identity_key)
}

fn saying(owner: &str, said: &str, name: &str) -> String {
    format!(
        "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' \
         encryption='urn:xmpp:omemo:2'><key-owner jid='{owner}'><{said}>{name}</{said}>\
         </key-owner></trust-message>"
    )
}

#[test]
fn trust_in_the_clear_says_nothing() {
    let mut world = talking();
    verify(&mut world, BOBS, ALICE, DESK);
    for inner in [
        saying(ALICE, "trust", &name_of(&world, PHONE)),
        saying(ALICE, "distrust", &name_of(&world, PHONE)),
    ] {
        let stanza = format!("<message type='chat' to='{BOB}' id='clear'>{inner}</message>");
        world.say_as(ALICE, &stanza);
        world.pass(Duration::from_secs(5));
        assert_eq!(rule(&world, BOBS, ALICE, PHONE), TrustRule::FirstUse);
        assert_eq!(words(&world, BOBS, ALICE), None);
    }
}

#[test]
fn words_survive_on_the_disk() {
    let mut world = talking();
    verify(&mut world, DESK, ALICE, PHONE);
    verify(&mut world, PHONE, ALICE, DESK);
    verify(&mut world, DESK, BOB, BOBS);
    world.restart_with(PHONE, |_| true);
    world.pass(Duration::from_secs(5));
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::VouchedByDevice);
    let is_left = |change: &Change| !matches!(change, Change::PutTrustWords(_));
    world.restart_with(PHONE, is_left);
    assert_eq!(rule(&world, PHONE, BOB, BOBS), TrustRule::FirstUse);
}
