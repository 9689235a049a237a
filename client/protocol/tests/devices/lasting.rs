//! What is remembered for good: whatever a server shows in between, it does not come back as something
//! new, and no question of the user's is answered by somebody else.

use std::time::Duration;

use data_encoding::HEXLOWER;
use onym_client_protocol::command::{Command, IdentityVerdict, Verdict};
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::{PersonStanding, StatementRefusal as Refusal};
use onym_client_protocol::introduction::Introduction;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::trust::TrustRule;
use onym_identity::invite::{Arrival, InviteTrust, Received};
use onym_identity::statement::{
    FollowError, ForeignKey, IdentityRevocation, KeyProtocol, Revocation, Revoked, Succession,
};

use crate::signed::*;
use crate::world::{Device, World, jid};

fn take(world: &mut World, bytes: Vec<u8>) {
    world.command(BOBS, Command::TakeIdentityDocument { bytes });
    world.pass(Duration::from_secs(60));
}

/// An identity with this number is behind an address, and says nothing else.
fn shows(world: &mut World, at: &str, number: u8, serial: u64) {
    let statement = sign(&body(world, serial, &[at], &[]), &key(number));
    publish(world, at, &statement);
}

fn succession(world: &World, old: u8, new: u8) -> Vec<u8> {
    let proposed = Succession::propose(&key(old), key(new).public(), world.now()).unwrap();
    proposed.accept(&key(new)).unwrap()
}

/// About whom the user is asked.
fn asked_about(world: &World, at: &str) -> Option<u8> {
    let challenge = known(world, at)?.challenge?;
    (1..9).find(|number| key(*number).public() == challenge.identity)
}

fn standing(world: &World, at: &str) -> PersonStanding {
    let memory = world.devices[BOBS].engine.memory();
    memory.standing_at(&jid(at))
}

/// Bob takes an invite of Alice that names a key of hers.
fn take_invite(world: &mut World, arrival: Arrival) {
    let memory = world.devices[ALICES].engine.memory();
    let device = memory.our_device.as_ref().unwrap();
    let fingerprint = HEXLOWER.encode(device.identity_key().as_bytes());
    let link = format!(
        "xmpp:{ALICE}?roster;omemo-sid-{}={fingerprint}",
        device.id().get()
    );
    let received = Received::read(&link, arrival).unwrap();
    let command = Command::AddContact {
        jid: jid(ALICE),
        name: None,
        introduction: Introduction::of(&received).map(Box::new),
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(60));
}

#[test]
fn an_account_without_devices_is_at_its_first_sight_once() {
    let devices = [ALICE, BOB].map(|account| Device::with_identity(account, "desk", None));
    let mut world = World::of([ALICE, BOB, CAROL], devices.into());
    let command = Command::AddContact {
        jid: jid(CAROL),
        name: None,
        introduction: None,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(10));
    world.say_as(CAROL, &format!("<presence type='subscribed' to='{BOB}'/>"));
    world.write(BOBS, CAROL, "Have you any device?");
    world.pass(Duration::from_secs(60));
    let record = world.protection(BOBS, CAROL);
    assert!(record.devices.is_empty() && record.lists.are_read());
    world.pass(DAY);
    shows(&mut world, CAROL, 1, 1);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(standing(&world, CAROL), PersonStanding::Late);
}

#[test]
fn a_refused_key_is_remembered_until_the_user_takes_it() {
    let mut world = friends();
    let record = world.protection(BOBS, ALICE);
    let (id, device) = record.devices.into_iter().next().unwrap();
    let decide = |world: &mut World, verdict| {
        let command = Command::SetTrust {
            jid: jid(ALICE),
            device: id,
            key: device.key,
            verdict,
        };
        world.command(BOBS, command);
        world.restart(BOBS);
        world.pass(Duration::from_secs(60));
        world.protection(BOBS, ALICE).refused.len()
    };
    assert_eq!(decide(&mut world, Verdict::Refused), 1);
    assert_eq!(decide(&mut world, Verdict::Accepted), 0);
}

#[test]
fn an_invite_speaks_for_no_device_of_another_identity() {
    let mut world = friends();
    take_invite(&mut world, Arrival::Scanned);
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::VerifiedByPerson);
    shows(&mut world, ALICE, 1, 1);
    shows(&mut world, ALICE, 2, 1);
    decide(&mut world, ALICE, 2, IdentityVerdict::TakeNew);
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::NeedsDecision);
    // The device shows its key once more.
    world.write(ALICES, BOB, "It is still me");
    world.pass(Duration::from_secs(60));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::NeedsDecision);
    let memory = world.devices[BOBS].engine.memory();
    let taken = memory.contact_invites[&jid(ALICE)].taken.clone().unwrap();
    assert!(taken.keys.is_empty() && taken.trust == InviteTrust::None);
}

#[test]
fn what_is_asked_about_anew_is_not_answered_by_the_old_invite() {
    let mut world = friends();
    take_invite(&mut world, Arrival::Pasted);
    // The identity signs another device than the invite named.
    let statement = sign(&body(&world, 5, &[ALICE], &[CAROLS]), &key(1));
    publish(&mut world, ALICE, &statement);
    shows(&mut world, ALICE, 2, 1);
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
    decide(&mut world, ALICE, 2, IdentityVerdict::KeepOld);
    world.write(ALICES, BOB, "It is still me");
    world.pass(Duration::from_secs(60));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::NeedsDecision);
    let memory = world.devices[BOBS].engine.memory();
    let taken = memory.contact_invites[&jid(ALICE)].taken.clone().unwrap();
    assert!(taken.keys.is_empty());
}

#[test]
fn what_was_revoked_once_stays_so_also_under_another_identity() {
    let mut world = friends();
    let memory = world.devices[ALICES].engine.memory();
    let device = memory.our_device.as_ref().unwrap().identity_key();
    let mut revoking = body(&world, 5, &[ALICE], &[]);
    revoking.revocations.push(Revocation {
        what: Revoked::Key(ForeignKey::new(KeyProtocol::Omemo2, device.as_bytes())),
        since: world.now(),
    });
    publish(&mut world, ALICE, &sign(&revoking, &key(1)));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::RevokedByIdentity);
    // A statement has room for 64; the first ones are left out of a later one.
    shows(&mut world, ALICE, 1, 6);
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::RevokedByIdentity);
    let other = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(2));
    publish(&mut world, ALICE, &other);
    decide(&mut world, ALICE, 2, IdentityVerdict::TakeNew);
    assert_eq!(*known(&world, ALICE).unwrap().identity(), key(2).public());
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::RevokedByIdentity);
}

#[test]
fn an_open_question_about_a_successor_is_not_pushed_out() {
    let mut world = friends();
    shows(&mut world, ALICE, 1, 5);
    let named = succession(&world, 1, 2);
    let statement = sign(&body(&world, 5, &[ALICE], &[]), &key(1));
    publish_with(&mut world, ALICE, &statement, &[&named]);
    assert_eq!(asked_about(&world, ALICE), Some(2));
    shows(&mut world, ALICE, 3, 1);
    assert_eq!(asked_about(&world, ALICE), Some(2));
    // Who was not asked about then is asked about now.
    decide(&mut world, ALICE, 2, IdentityVerdict::KeepOld);
    assert_eq!(asked_about(&world, ALICE), Some(3));
}

#[test]
fn a_second_successor_is_told() {
    let mut world = friends();
    shows(&mut world, ALICE, 1, 5);
    let [first, second] = [2, 3].map(|new| succession(&world, 1, new));
    publish_with(&mut world, ALICE, &[], &[&first]);
    told(&mut world);
    publish_with(&mut world, ALICE, &[], &[&second]);
    let why = Refusal::NotFollowed(FollowError::OtherSuccessor {
        seen: key(2).public(),
        got: key(3).public(),
    });
    let jid = jid(ALICE);
    let expected = Event::StatementRefused { jid, why };
    assert!(told(&mut world).contains(&expected));
    assert_eq!(asked_about(&world, ALICE), Some(2));
}

#[test]
fn an_address_that_comes_later_asks_about_the_successor_too() {
    let mut world = friends();
    let both = sign(&body(&world, 5, &[ALICE, CAROL], &[]), &key(1));
    publish(&mut world, ALICE, &both);
    let named = succession(&world, 1, 2);
    take(&mut world, named);
    assert_eq!(asked_about(&world, ALICE), Some(2));
    publish(&mut world, CAROL, &both);
    assert_eq!(asked_about(&world, CAROL), Some(2));
    bob_writes(&mut world, CAROL, "To whom?");
    let hold = world.devices[BOBS].engine.hold(&jid(CAROL));
    assert_eq!(hold, Some(Hold::IdentityChanged));
}

#[test]
fn an_address_that_comes_later_asks_about_a_successor_who_was_taken() {
    let mut world = friends();
    let both = sign(&body(&world, 5, &[ALICE, CAROL], &[]), &key(1));
    publish(&mut world, ALICE, &both);
    let named = succession(&world, 1, 2);
    take(&mut world, named);
    decide(&mut world, ALICE, 2, IdentityVerdict::TakeNew);
    publish(&mut world, CAROL, &both);
    assert_eq!(asked_about(&world, CAROL), Some(2));
}

#[test]
fn what_the_user_did_not_want_elsewhere_is_not_asked_again() {
    let mut world = friends();
    let both = sign(&body(&world, 5, &[ALICE, CAROL], &[]), &key(1));
    publish(&mut world, ALICE, &both);
    let named = succession(&world, 1, 2);
    take(&mut world, named);
    decide(&mut world, ALICE, 2, IdentityVerdict::KeepOld);
    publish(&mut world, CAROL, &both);
    assert_eq!(asked_about(&world, CAROL), None);
    let by = key(2).public();
    assert_eq!(standing(&world, CAROL), PersonStanding::Succeeded { by });
}

#[test]
fn nothing_is_sent_to_who_is_expected_and_has_ended() {
    let mut world = friends();
    let command = Command::IntroduceIdentity {
        jid: jid(ALICE),
        identity: key(1).public(),
        worth: InviteTrust::Verified,
    };
    world.command(BOBS, command);
    // Nothing of it was seen there, so that the account is not verified; the person has looked all the same.
    let expected = standing(&world, ALICE);
    assert!(matches!(expected, PersonStanding::Expected { .. }));
    assert!(expected.is_compared());
    assert!(
        !world.devices[BOBS]
            .engine
            .memory()
            .is_verified_at(&jid(ALICE))
    );
    take(&mut world, IdentityRevocation::sign(&key(1)));
    assert_eq!(standing(&world, ALICE), PersonStanding::Revoked);
    bob_writes(&mut world, ALICE, "Is anybody there?");
    let hold = world.devices[BOBS].engine.hold(&jid(ALICE));
    assert_eq!(hold, Some(Hold::IdentityRevoked));
    assert!(world.texts(ALICES, BOB).is_empty());
}

#[test]
fn the_highest_number_outlives_the_last_address() {
    let mut world = friends();
    shows(&mut world, ALICE, 1, 5);
    shows(&mut world, ALICE, 2, 1);
    decide(&mut world, ALICE, 2, IdentityVerdict::TakeNew);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    told(&mut world);
    shows(&mut world, CAROL, 1, 4);
    let older = Refusal::NotFollowed(FollowError::Older { seen: 5, got: 4 });
    assert!(refusals(&mut world).contains(&older));
    assert_eq!(known(&world, CAROL), None);
    shows(&mut world, CAROL, 1, 6);
    assert!(known(&world, CAROL).unwrap().is_confirmed());
}

#[test]
fn a_lying_invite_keeps_no_statement_away() {
    for (ahead, is_seen) in [(Duration::from_secs(30 * 60), false), (DAY, true)] {
        let mut world = friends();
        let serial = (world.now() + ahead).as_unix_millis();
        let introduction = Introduction {
            trust: InviteTrust::Introduced,
            identity: Some(key(1).public()),
            least_serial: Some(serial),
            keys: Vec::new(),
            denied: Vec::new(),
            token: None,
            is_move: false,
        };
        let command = Command::AddContact {
            jid: jid(ALICE),
            name: None,
            introduction: Some(Box::new(introduction)),
        };
        world.command(BOBS, command);
        let now = world.now().as_unix_millis();
        shows(&mut world, ALICE, 1, now);
        assert_eq!(known(&world, ALICE).is_some(), is_seen, "{ahead:?}");
    }
}
