use onym_client_protocol::command::Verdict;
use onym_client_protocol::conversation::settings::{NotificationPrivacy, Setting};
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::ProtectionChoices;

use super::*;

fn choose(world: &mut World, with: &str, policy: EncryptionPolicy) {
    let command = Command::SetEncryption {
        conversation: jid(with),
        policy: Some(policy),
    };
    world.command(BOBS, command);
}

fn chosen(world: &World) -> [Option<EncryptionPolicy>; 2] {
    let memory = world.devices[BOBS].engine.memory();
    [ALICE, CAROL].map(|it| memory.protection.get(&jid(it)).and_then(|it| it.policy))
}

fn hold(world: &World, with: &str) -> Option<Hold> {
    world.devices[BOBS].engine.hold(&jid(with))
}

fn delivery(world: &World, number: usize) -> Option<Delivery> {
    bobs(world, ALICE)[number].delivery().cloned()
}

/// Somebody's program is gone, without a word.
fn leaves(world: &mut World, device: usize) {
    world.cut(device);
    world.command(device, Command::GoOffline);
}

/// The archive has what we sent to the address that it came back from, and reads it to us while the
/// message waits for another one.
#[test]
fn what_waits_for_another_address_is_not_taken_for_sent_because_the_archive_has_it() {
    let mut world = at_both(9);
    leaves(&mut world, CAROLS);
    bob_writes(&mut world, ALICE, "Hello");
    assert_eq!(delivery(&world, 0), Some(Delivery::Stored));
    leaves(&mut world, BOBS);
    let id = bobs(&world, ALICE)[0].id.to_string();
    come_back(&mut world, CAROL, &id);
    // There is a new device at her other address, which Bob has not decided about.
    world.add_device(ALICE, "phone");
    world.pass(Duration::from_secs(60));
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(hold(&world, ALICE), Some(Hold::TheirDevicesUndecided));
    assert_eq!(delivery(&world, 0), Some(Delivery::Queued));
    // Also if the program dies in between.
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(delivery(&world, 0), Some(Delivery::Queued));
    let record = world.protection(BOBS, ALICE);
    let (new, device) = record.undecided(false).next().unwrap();
    let command = Command::SetTrust {
        jid: jid(ALICE),
        device: new,
        key: device.key,
        verdict: Verdict::Accepted,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.texts(ALICES, BOB), ["Hello"]);
    assert_eq!(delivery(&world, 0), Some(Delivery::Delivered));
}

#[test]
fn joining_never_loosens_what_was_chosen_or_meant() {
    use EncryptionPolicy as P;
    for (default, home, other, joined) in [
        // Where nothing was chosen, what holds for all was meant.
        (P::Best, None, Some(P::Clear), None),
        (P::Best, Some(P::BestOrClear), None, None),
        (P::BestOrClear, None, Some(P::Best), Some(P::Best)),
        (P::Clear, None, Some(P::BestOrClear), Some(P::BestOrClear)),
        (P::Best, Some(P::Best), Some(P::Omemo2), Some(P::Omemo2)),
        (P::Best, None, Some(P::Omemo2), Some(P::Omemo2)),
        (P::Best, Some(P::Clear), Some(P::Clear), Some(P::Clear)),
    ] {
        let mut world = friends();
        let choices = ProtectionChoices {
            policy: default,
            is_blind: false,
        };
        world.command(BOBS, Command::SetProtectionChoices(choices));
        for (with, policy) in [(ALICE, home), (CAROL, other)] {
            if let Some(policy) = policy {
                choose(&mut world, with, policy);
            }
        }
        publish_at_both(&mut world, 5, 0);
        let found = chosen(&world);
        assert_eq!(found, [joined; 2], "{default:?}: {home:?}, {other:?}");
    }
}

/// An address where nobody was ever talked with says nothing about what the user wants.
#[test]
fn a_new_address_leaves_the_choice_as_it_is() {
    let devices = [ALICE, BOB, CAROL].map(|account| Device::with_identity(account, "desk", None));
    let mut world = World::of([ALICE, BOB, CAROL], devices.into());
    for (device, contact) in [(ALICES, BOB), (BOBS, ALICE)] {
        let command = Command::AddContact {
            jid: jid(contact),
            name: None,
            introduction: None,
        };
        world.command(device, command);
    }
    world.pass(Duration::from_secs(10));
    choose(&mut world, ALICE, EncryptionPolicy::Clear);
    let statement = sign(&listing(&world, 5, 0), &key(1));
    publish(&mut world, CAROL, &statement);
    publish(&mut world, ALICE, &statement);
    let command = Command::AddContact {
        jid: jid(BOB),
        name: None,
        introduction: None,
    };
    world.command(CAROLS, command);
    world.pass(Duration::from_secs(60));
    assert!(person(&world).is_some());
    assert_eq!(chosen(&world), [Some(EncryptionPolicy::Clear); 2]);
}

#[test]
fn joining_keeps_what_was_to_leave_no_traces() {
    let mut world = friends();
    say(&mut world, ALICES, "At home");
    say(&mut world, CAROLS, "At work");
    let wanted = [
        Setting::DisappearAfter(Some(DAY)),
        Setting::KeepsHistory(false),
        Setting::Notification(NotificationPrivacy::Nothing),
        Setting::TellsActivity(Some(false)),
    ];
    for setting in wanted {
        let conversation = jid(CAROL);
        let command = Command::Configure {
            conversation,
            setting,
        };
        world.command(BOBS, command);
    }
    publish_at_both(&mut world, 5, 0);
    let memory = world.devices[BOBS].engine.memory();
    let settings = memory.conversations[&jid(ALICE)].settings();
    assert_eq!(settings.disappear_after, Some(DAY));
    assert_eq!(settings.notification, NotificationPrivacy::Nothing);
    assert_eq!(settings.tells_activity, Some(false));
    assert!(!settings.keeps_history);
}

/// A contact whose device is only there cannot be told from one that the server made up.
#[test]
fn a_device_that_was_only_there_says_nothing_about_what_came_by_another_address() {
    for is_signed in [false, true] {
        let mut world = friends();
        let mut statement = listing(&world, 5, 0);
        if is_signed {
            let carols = body(&world, 5, &[CAROL], &[CAROLS]);
            statement.keys.extend(carols.keys);
        }
        let statement = sign(&statement, &key(1));
        publish(&mut world, ALICE, &statement);
        publish(&mut world, CAROL, &statement);
        assert_eq!(person(&world).unwrap().home, jid(ALICE));
        say(&mut world, CAROLS, "From work");
        let hers = messages(&world.devices[CAROLS].store, BOB).remove(0);
        // What somebody says from the other address has the same name, so that a word about the one can
        // be one about the other.
        let named = format!("id='{}'><body>From home</body>", hers.id);
        say_raw(&mut world, ALICE, &named);
        let command = Command::Retract {
            conversation: jid(BOB),
            position: hers.position,
        };
        world.command(CAROLS, command);
        world.pass(Duration::from_secs(60));
        let home = bobs(&world, ALICE).into_iter().find(|it| it.via.is_none());
        assert_eq!(home.unwrap().retracted.is_some(), is_signed);
    }
}

/// Statement 6 leaves one of the two addresses out.
fn leave_out(world: &mut World, left: &str) {
    let later = sign(&body(world, 6, &[left], &[]), &key(1));
    publish(world, left, &later);
}

#[test]
fn nothing_goes_to_a_home_that_was_left_while_the_others_are_in_doubt() {
    let mut world = at_both(0);
    bob_writes(&mut world, ALICE, "Before");
    leave_out(&mut world, CAROL);
    let other = sign(&body(&world, 1, &[CAROL], &[]), &key(2));
    publish(&mut world, CAROL, &other);
    assert!(known(&world, CAROL).unwrap().challenge.is_some());
    bob_writes(&mut world, ALICE, "For her alone");
    assert_eq!(delivery(&world, 1), Some(Delivery::Queued));
    assert_eq!(hold(&world, ALICE), Some(Hold::IdentityChanged));
    let retract = Command::Retract {
        conversation: jid(ALICE),
        position: bobs(&world, ALICE)[0].position,
    };
    world.command(BOBS, retract);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.texts(ALICES, BOB), ["Before"]);
    assert!(world.texts(CAROLS, BOB).is_empty());
    // As soon as one is hers again, it goes there.
    let command = Command::DecideIdentity {
        jid: jid(CAROL),
        identity: key(2).public(),
        verdict: IdentityVerdict::KeepOld,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(120));
    assert_eq!(world.texts(CAROLS, BOB), ["For her alone"]);
    assert_eq!(hold(&world, ALICE), None);
}

#[test]
fn who_has_left_the_home_is_told_what_the_user_does() {
    let mut world = at_both(0);
    say(&mut world, ALICES, "Before");
    revoke(&mut world, ALICE, CAROL);
    say(&mut world, ALICES, "Stolen");
    bob_writes(&mut world, ALICE, "Are you there?");
    say(&mut world, CAROLS, "Here");
    let last = bobs(&world, ALICE).pop().unwrap();
    assert_eq!(last.text, "Here");
    let sent = world.sent();
    let command = Command::MarkDisplayed {
        conversation: jid(ALICE),
        up_to: last.position,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(5));
    let page = messages(&world.devices[CAROLS].store, BOB);
    let here = page.iter().find(|it| it.text == "Here").unwrap();
    assert_eq!(here.delivery(), Some(&Delivery::Displayed));
    // Whoever has the home now learns nothing.
    let page = messages(&world.devices[ALICES].store, BOB);
    assert!(
        page.iter()
            .all(|it| it.delivery() != Some(&Delivery::Displayed))
    );
    let sent = world.sent_since(sent);
    assert!(!sent.contains(&format!("to='{ALICE}'")), "{sent}");
}

#[test]
fn what_was_not_acknowledged_does_not_wait_for_an_address_that_is_not_theirs_any_more() {
    let mut world = at_both(9);
    // The program dies before the server has answered.
    world.write(BOBS, ALICE, "Hello");
    while delivery(&world, 0) != Some(Delivery::Sent) {
        assert!(world.step());
    }
    world.restart(BOBS);
    let bytes = revocation(&world, CAROL, ALICE);
    world.command(BOBS, Command::TakeIdentityDocument { bytes });
    assert_eq!(delivery(&world, 0), Some(Delivery::Sent));
    world.pass(Duration::from_secs(120));
    bob_writes(&mut world, ALICE, "More");
    assert_eq!(world.texts(ALICES, BOB), ["Hello", "More"]);
    assert!(world.texts(CAROLS, BOB).is_empty());
}

#[test]
fn an_address_that_a_server_calls_gone_is_left_for_the_next_one() {
    let mut world = at_both(9);
    leaves(&mut world, CAROLS);
    bob_writes(&mut world, ALICE, "Hello");
    let id = bobs(&world, ALICE)[0].id.to_string();
    let error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let stanza = format!("<message to='{BOB}' type='error' id='{id}'>{error}</message>");
    world.say_as(CAROL, &stanza);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.texts(ALICES, BOB), ["Hello"]);
    assert_eq!(delivery(&world, 0), Some(Delivery::Delivered));
}

/// In the list of conversations nothing is put into somebody's mouth.
#[test]
fn what_comes_from_a_home_that_was_left_is_listed_with_its_address() {
    let mut world = at_both(0);
    revoke(&mut world, ALICE, CAROL);
    say(&mut world, ALICES, "Stolen");
    let last = |world: &World| {
        let memory = world.devices[BOBS].engine.memory();
        memory.conversations[&jid(ALICE)]
            .last()
            .unwrap()
            .text
            .clone()
    };
    assert_eq!(last(&world), format!("{ALICE}: Stolen"));
    say(&mut world, CAROLS, "Mine");
    assert_eq!(last(&world), "Mine");
}

/// What was read without a connection is told later, when nobody may be left to be told.
#[test]
fn what_was_read_is_not_told_to_whoever_has_the_home_now() {
    let mut world = at_both(0);
    say(&mut world, CAROLS, "From work");
    world.command(BOBS, Command::GoOffline);
    let read = Command::MarkDisplayed {
        conversation: jid(ALICE),
        up_to: bobs(&world, ALICE)[0].position,
    };
    world.command(BOBS, read);
    let mut later = body(&world, 6, &["alice@third.example"], &[]);
    let since = later.issued;
    let revoked = [ALICE, CAROL].map(|it| Revocation {
        what: Revoked::Endpoint(jid(it)),
        since,
    });
    later.revocations = revoked.into();
    let bytes = sign(&later, &key(1));
    world.command(BOBS, Command::TakeIdentityDocument { bytes });
    let sent = world.sent();
    world.command(BOBS, Command::ConnectNow);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.devices[BOBS].engine.memory().pending.len(), 1);
    let sent = world.sent_since(sent);
    let mut messages = sent.split("<message ").skip(1);
    let to = [ALICE, CAROL].map(|it| format!("to='{it}'"));
    let is_to = |it: &str| to.iter().any(|to| it.contains(to));
    assert!(!messages.any(|it| it.split('>').next().is_some_and(is_to)));
}
