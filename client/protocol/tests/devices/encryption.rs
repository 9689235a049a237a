//! What people on the way can read, who is left out, and how broken sessions heal.

use std::time::Duration;

use onym_client_protocol::command::{Command, Verdict};
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::omemo::{DeviceId, Dialect};
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{
    Change, Encryption, EncryptionPolicy, MessageRecord, Store, Undecryptable,
};
use onym_client_protocol::trust::TrustRule;

use crate::world::{ALICE, BOB, CAROL, World, jid};
use crate::{BOBS, DESK, PHONE, friends};

fn id_of(world: &World, device: usize) -> DeviceId {
    let memory = world.devices[device].engine.memory();
    memory.our_device.as_ref().unwrap().id()
}

fn hold(world: &World, device: usize, with: &str) -> Option<Hold> {
    world.devices[device].engine.hold(&jid(with))
}

fn say(world: &mut World, device: usize, of: &str, about: DeviceId, verdict: Verdict) {
    let key = world.protection(device, of).devices[&about].key;
    let command = Command::SetTrust {
        jid: jid(of),
        device: about,
        key,
        verdict,
    };
    world.command(device, command);
    world.drive();
}

fn use_policy(world: &mut World, device: usize, with: &str, policy: EncryptionPolicy) {
    let command = Command::SetEncryption {
        conversation: jid(with),
        policy: Some(policy),
    };
    world.command(device, command);
    world.drive();
}

#[test]
fn friends_are_encrypted_without_doing_anything_for_it() {
    let mut world = friends();
    world.write(BOBS, ALICE, "Nobody else reads this");
    world.drive();
    world.write(DESK, BOB, "Nor this answer");
    world.pass(Duration::from_secs(5));
    for (device, with) in [(DESK, BOB), (PHONE, BOB), (BOBS, ALICE)] {
        let texts = world.texts(device, with);
        assert_eq!(texts, ["Nobody else reads this", "Nor this answer"]);
        for encryption in world.encryptions(device, with) {
            let Encryption::Omemo(mark) = encryption else {
                panic!("{encryption:?}");
            };
            assert_eq!((mark.dialect, mark.left_out), (Dialect::Omemo2, 0));
        }
    }
    assert!(!world.was_readable("Nobody else"));
    assert!(!world.was_readable("Nor this"));
    let delivered = |message: &MessageRecord| message.delivery() == Some(&Delivery::Delivered);
    let page = world.devices[DESK].store.page(&jid(BOB), None, 10).unwrap();
    assert!(page.iter().any(delivered), "{page:?}");
}

#[test]
fn what_is_said_about_messages_is_encrypted_too() {
    let mut world = friends();
    world.write(BOBS, ALICE, "One");
    world.drive();
    world.write(DESK, BOB, "Two");
    world.drive();
    let (conversation, position) = {
        let page = world.devices[BOBS]
            .store
            .page(&jid(ALICE), None, 10)
            .unwrap();
        (jid(ALICE), page[0].position)
    };
    world.command(
        BOBS,
        Command::EditMessage {
            conversation: conversation.clone(),
            position,
            text: "One, corrected".to_owned(),
        },
    );
    let theirs = world.devices[BOBS]
        .store
        .page(&jid(ALICE), None, 10)
        .unwrap()[1]
        .position;
    world.command(
        BOBS,
        Command::React {
            conversation,
            position: theirs,
            emojis: vec!["\u{1f389}".to_owned()],
        },
    );
    world.pass(Duration::from_secs(5));
    for device in [DESK, PHONE] {
        let page = world.devices[device]
            .store
            .page(&jid(BOB), None, 10)
            .unwrap();
        assert_eq!(page[0].text, "One, corrected");
        assert_eq!(page[1].reactions.theirs.emojis, ["\u{1f389}"]);
    }
    for secret in ["corrected", "\u{1f389}", "<replace", "<reactions"] {
        assert!(!world.was_readable(secret), "{secret}");
    }
}

#[test]
fn a_new_device_gets_nothing_before_the_user_has_decided() {
    let mut world = friends();
    world.write(BOBS, ALICE, "Before");
    world.drive();
    let laptop = world.add_device(ALICE, "laptop");
    world.pass(Duration::from_secs(60));
    world.write(BOBS, ALICE, "To whom?");
    world.pass(Duration::from_secs(60));
    assert_eq!(hold(&world, BOBS, ALICE), Some(Hold::TheirDevicesUndecided));
    assert_eq!(world.texts(DESK, BOB), ["Before"]);
    let page = world.devices[BOBS]
        .store
        .page(&jid(ALICE), None, 10)
        .unwrap();
    assert_eq!(page[1].delivery(), Some(&Delivery::Queued));

    let new = id_of(&world, laptop);
    assert!(world.protection(BOBS, ALICE).devices[&new].key.is_some());
    say(&mut world, BOBS, ALICE, new, Verdict::Refused);
    assert_eq!(hold(&world, BOBS, ALICE), None);
    assert_eq!(world.texts(DESK, BOB), ["Before", "To whom?"]);
    let lost = Encryption::Undecryptable(Undecryptable::NotForThisDevice);
    assert_eq!(world.encryptions(laptop, BOB).last(), Some(&lost));
    let Some(Encryption::Omemo(mark)) = world.encryptions(BOBS, ALICE).pop() else {
        panic!("it went in the clear");
    };
    assert_eq!(mark.left_out, 1);

    say(&mut world, BOBS, ALICE, new, Verdict::Verified);
    world.write(BOBS, ALICE, "And you");
    world.pass(Duration::from_secs(5));
    assert_eq!(world.texts(laptop, BOB).last().unwrap(), "And you");
    // Who came later is read all the same, and marked.
    world.accept_devices();
    world.write(laptop, BOB, "Thank you");
    world.pass(Duration::from_secs(5));
    let Some(Encryption::Omemo(mark)) = world.encryptions(BOBS, ALICE).pop() else {
        panic!("not read");
    };
    assert_eq!(
        (mark.device, mark.because),
        (new, TrustRule::VerifiedByPerson)
    );
}

#[test]
fn a_device_that_has_gone_silent_gets_nothing_until_it_writes_again() {
    let mut world = friends();
    world.write(DESK, BOB, "From my desk");
    world.pass(Duration::from_secs(5));
    world.command(DESK, Command::GoOffline);
    world.skip(Duration::from_secs(190 * 24 * 60 * 60));
    let left_out = |world: &World| match world.encryptions(BOBS, ALICE).pop() {
        Some(Encryption::Omemo(mark)) => mark.left_out,
        other => panic!("{other:?}"),
    };
    world.write(PHONE, BOB, "Only my phone");
    world.pass(Duration::from_secs(60));
    world.write(BOBS, ALICE, "To your phone");
    world.pass(Duration::from_secs(60));
    assert_eq!(world.texts(PHONE, BOB).last().unwrap(), "To your phone");
    assert_eq!(left_out(&world), 1);
    world.command(DESK, Command::ConnectNow);
    world.pass(Duration::from_secs(60));
    let lost = Encryption::Undecryptable(Undecryptable::NotForThisDevice);
    assert_eq!(world.encryptions(DESK, BOB).last(), Some(&lost));
    world.write(DESK, BOB, "And my desk");
    world.pass(Duration::from_secs(60));
    world.write(BOBS, ALICE, "Welcome back");
    world.pass(Duration::from_secs(60));
    assert_eq!(left_out(&world), 0);
    assert_eq!(world.texts(DESK, BOB).last().unwrap(), "Welcome back");
}

#[test]
fn the_user_decides_about_the_key_that_was_shown() {
    let mut world = friends();
    let laptop = world.add_device(ALICE, "laptop");
    world.write(BOBS, ALICE, "Hello");
    world.pass(Duration::from_secs(60));
    let new = id_of(&world, laptop);
    let other = world.protection(BOBS, ALICE).devices[&id_of(&world, DESK)].key;
    let command = Command::SetTrust {
        jid: jid(ALICE),
        device: new,
        key: other,
        verdict: Verdict::Verified,
    };
    world.command(BOBS, command);
    world.drive();
    let device = world.protection(BOBS, ALICE).devices[&new].clone();
    assert_eq!(
        world.protection(BOBS, ALICE).decide(&device, false).because,
        TrustRule::NeedsDecision
    );
}

#[test]
fn nothing_goes_in_the_clear_by_itself() {
    let mut world = friends();
    world.write(DESK, CAROL, "Is this safe?");
    world.pass(Duration::from_secs(30));
    let held = hold(&world, DESK, CAROL);
    assert!(matches!(held, Some(Hold::NoDevices { .. })), "{held:?}");
    assert!(!world.was_readable("Is this safe?"));
    use_policy(&mut world, DESK, CAROL, EncryptionPolicy::BestOrClear);
    assert!(world.was_readable("Is this safe?"));
    assert_eq!(world.encryptions(DESK, CAROL), [Encryption::None]);
}

/// XEP-0060 §6.5.9: an account may show a node to some only. Prosody says so of every node that is
/// not there, to whoever is no contact.
#[test]
fn a_forbidden_list_does_not_keep_the_other_version_from_being_used() {
    let mut world = World::new();
    world.pass(Duration::from_secs(10));
    world.accept_devices();
    world.forbidden = Some("urn:xmpp:omemo:2:devices");
    world.write(DESK, BOB, "We have never met");
    world.pass(Duration::from_secs(30));
    assert_eq!(world.texts(BOBS, ALICE), ["We have never met"]);
    let encryptions = world.encryptions(BOBS, ALICE);
    assert!(
        matches!(&encryptions[..], [Encryption::Omemo(mark)] if mark.dialect == Dialect::Omemo),
        "{encryptions:?}"
    );
    assert!(!world.was_readable("We have never met"));
}

#[test]
fn what_is_forbidden_is_not_taken_for_what_is_not_there() {
    let mut world = friends();
    world.forbidden = Some("urn:xmpp:omemo:2:devices");
    use_policy(&mut world, DESK, CAROL, EncryptionPolicy::BestOrClear);
    world.write(DESK, CAROL, "Is this safe?");
    world.pass(Duration::from_secs(30));
    let held = hold(&world, DESK, CAROL);
    assert!(matches!(held, Some(Hold::NoDevices { .. })), "{held:?}");
    assert!(!world.was_readable("Is this safe?"));
    // It is asked again, and then told that there is nothing.
    world.forbidden = None;
    world.pass(Duration::from_secs(6 * 60));
    assert_eq!(world.encryptions(DESK, CAROL), [Encryption::None]);
}

#[test]
fn a_device_that_has_lost_its_sessions_gets_everything_after_all() {
    let mut world = friends();
    world.write(DESK, BOB, "One");
    world.pass(Duration::from_secs(5));
    world.write(BOBS, ALICE, "Two");
    world.pass(Duration::from_secs(5));
    world.restart_with(BOBS, |change| !matches!(change, Change::PutSession(_)));
    world.write(DESK, BOB, "Three");
    world.pass(Duration::from_secs(60));
    world.write(PHONE, BOB, "Four");
    world.pass(Duration::from_secs(60));
    let mut texts = world.texts(BOBS, ALICE);
    texts.sort();
    assert_eq!(texts, ["Four", "One", "Three", "Two"]);
    assert!(!world.was_readable("Three"));
    world.write(BOBS, ALICE, "Five");
    world.pass(Duration::from_secs(5));
    assert_eq!(world.texts(DESK, BOB).last().unwrap(), "Five");
}

#[test]
fn a_session_is_begun_anew_when_the_user_says_so() {
    let mut world = friends();
    world.write(DESK, BOB, "One");
    world.pass(Duration::from_secs(5));
    world.write(BOBS, ALICE, "Two");
    world.pass(Duration::from_secs(5));
    // Bob's device was set back to what it had before the second message.
    let bobs = id_of(&world, BOBS);
    let sessions = std::cell::Cell::new(0);
    world.restart_with(BOBS, |change| match change {
        Change::PutSession(_) => {
            sessions.set(sessions.get() + 1);
            sessions.get() <= 2
        }
        _ => true,
    });
    assert_eq!(id_of(&world, BOBS), bobs);
    for text in ["Three", "Four"] {
        world.write(DESK, BOB, text);
        world.pass(Duration::from_secs(5));
    }
    world.command(BOBS, Command::RenewSessions { jid: jid(ALICE) });
    world.pass(Duration::from_secs(60));
    let texts = world.texts(BOBS, ALICE);
    assert!(
        texts.contains(&"Three".to_owned()) && texts.contains(&"Four".to_owned()),
        "{texts:?}"
    );
    world.write(BOBS, ALICE, "Five");
    world.write(DESK, BOB, "Six");
    world.pass(Duration::from_secs(5));
    assert!(world.texts(DESK, BOB).contains(&"Five".to_owned()));
    assert!(world.texts(BOBS, ALICE).contains(&"Six".to_owned()));
}

#[test]
fn each_version_can_be_chosen_alone() {
    for (policy, dialect) in [
        (EncryptionPolicy::Omemo, Dialect::Omemo),
        (EncryptionPolicy::Omemo2, Dialect::Omemo2),
    ] {
        let mut world = friends();
        use_policy(&mut world, DESK, BOB, policy);
        world.write(DESK, BOB, "By one version");
        world.pass(Duration::from_secs(5));
        assert_eq!(world.texts(BOBS, ALICE), ["By one version"]);
        assert_eq!(world.texts(PHONE, BOB), ["By one version"]);
        for device in [(BOBS, ALICE), (DESK, BOB), (PHONE, BOB)] {
            let Encryption::Omemo(mark) = world.encryptions(device.0, device.1)[0] else {
                panic!("in the clear");
            };
            assert_eq!(mark.dialect, dialect);
        }
        assert!(!world.was_readable("By one version"));
    }
}

#[test]
fn the_older_version_says_no_more_than_it_must() {
    let mut world = friends();
    world.write(BOBS, ALICE, "One");
    world.pass(Duration::from_secs(5));
    use_policy(&mut world, DESK, BOB, EncryptionPolicy::Omemo);
    let page = world.devices[DESK].store.page(&jid(BOB), None, 10).unwrap();
    world.command(
        DESK,
        Command::React {
            conversation: jid(BOB),
            position: page[0].position,
            emojis: vec!["\u{1f389}".to_owned()],
        },
    );
    world.pass(Duration::from_secs(5));
    assert!(!world.was_readable("\u{1f389}"));
    assert_eq!(world.texts(BOBS, ALICE), ["One", "\u{1f389}"]);
}

#[test]
fn a_device_that_was_taken_out_of_the_list_announces_itself_again() {
    let mut world = friends();
    let desk = id_of(&world, DESK);
    world.command(PHONE, Command::RemoveOurDevice { device: desk });
    world.pass(Duration::from_secs(5));
    assert!(world.protection(BOBS, ALICE).devices[&desk].is_listed());
    // One that is not there stays away, and gets nothing.
    world.command(DESK, Command::GoOffline);
    world.drive();
    world.command(PHONE, Command::RemoveOurDevice { device: desk });
    world.pass(Duration::from_secs(5));
    assert!(!world.protection(BOBS, ALICE).devices[&desk].is_listed());
    world.write(BOBS, ALICE, "Only for your phone");
    world.pass(Duration::from_secs(5));
    assert_eq!(world.texts(PHONE, BOB), ["Only for your phone"]);
    world.command(DESK, Command::ConnectNow);
    world.pass(Duration::from_secs(60));
    let lost = Encryption::Undecryptable(Undecryptable::NotForThisDevice);
    assert_eq!(world.encryptions(DESK, BOB), [lost]);
}

/// XEP-0384, section 5.3.1: a device "first has to announce itself by adding its device id to the
/// devices PEP node". Dino publishes the keys afterwards, and who hears of it asks in between.
#[test]
fn keys_that_are_published_after_the_list_are_found() {
    let mut world = friends();
    world.write(BOBS, ALICE, "Before");
    world.pass(Duration::from_secs(5));
    let ids = [DESK, PHONE].map(|device| id_of(&world, device).get().to_string());
    let node = "eu.siacs.conversations.axolotl";
    let publish = |node: &str, item: &str| {
        format!(
            "<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <publish node='{node}'><item id='current'>{item}</item></publish></pubsub></iq>"
        )
    };
    let devices = ["777", &ids[0], &ids[1]].map(|id| format!("<device id='{id}'/>"));
    let list = format!("<list xmlns='{node}'>{}</list>", devices.concat());
    world.say_as(ALICE, &publish(&format!("{node}.devicelist"), &list));
    world.write(BOBS, ALICE, "To whom?");
    world.pass(Duration::from_secs(5));
    assert_eq!(hold(&world, BOBS, ALICE), Some(Hold::TheirDevicesUndecided));
    let key = |world: &World| {
        let known = world.protection(BOBS, ALICE);
        let mut new = known.devices.iter().filter(|(id, _)| id.get() == 777);
        new.next().unwrap().1.key
    };
    assert_eq!(key(&world), None);

    let bundle = format!("<bundle xmlns='{node}'>");
    let bundle = world.last_on_the_wire(&bundle, "</bundle>").unwrap();
    world.say_as(ALICE, &publish(&format!("{node}.bundles:777"), &bundle));
    world.pass(Duration::from_secs(60));
    assert!(key(&world).is_some());
}

#[test]
fn keys_that_are_used_up_are_replaced() {
    let mut world = friends();
    for number in 0..12 {
        let device = world.add_device(ALICE, &format!("device-{number}"));
        world.pass(Duration::from_secs(30));
        world.accept_devices();
        world.write(device, BOB, "Hello");
        world.pass(Duration::from_secs(30));
    }
    assert_eq!(world.texts(BOBS, ALICE).len(), 12);
    let ours = world.devices[BOBS]
        .engine
        .memory()
        .our_device
        .clone()
        .unwrap();
    let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1);
    assert_eq!(ours.bundle(Dialect::Omemo2, &mut rng).pre_key_count(), 100);
    world.pass(Duration::from_secs(20 * 60));
    let ours = world.devices[BOBS]
        .engine
        .memory()
        .our_device
        .clone()
        .unwrap();
    assert!(!ours.has_used(), "used keys are erased");
}
