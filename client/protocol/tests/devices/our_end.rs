//! The end of one's own identity, published by its owner and seen by a contact.

use std::time::Duration;

use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::StatementRefusal;
use onym_client_protocol::our_statement::ClaimError;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{Change, IdentityEvent};
use onym_client_protocol::trust::TrustRule;
use onym_identity::statement::{
    FollowError, IdentityRevocation, Standing, Succession, VerifyError,
};
use onym_identity::{IdentityKey, IdentitySecretKey, OnymJid, RootSecret};

use crate::world::{Device, World, jid};

pub(crate) const DESK: usize = 0;
pub(crate) const BOBS: usize = 1;
const PHONE: usize = 2;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a statement begins, in base64, and where a revocation does.
const STATEMENT: &str = "EG9ueW0vMSBzdGF0ZW1lbnQ";
const REVOCATION: &str = "EW9ueW0vMSByZXZvY2F0aW9u";

pub(crate) fn key_of(who: u8) -> IdentitySecretKey {
    RootSecret::from_bytes(&[who; 32]).identity_key()
}

fn address(who: u8) -> String {
    let endpoint = RootSecret::from_bytes(&[9; 32]).onion_service_key(0);
    let jid = OnymJid {
        identity: key_of(who).public(),
        address: endpoint.onion_address(),
    };
    jid.to_string()
}

pub(crate) fn alice() -> String {
    address(1)
}

pub(crate) fn bob() -> String {
    address(2)
}

/// Alice at her desk and Bob, who are contacts of each other and have written.
pub(crate) fn friends() -> World {
    let (alice, bob) = (alice(), bob());
    let devices = vec![
        Device::with_identity(&alice, "desk", Some(key_of(1))),
        Device::with_identity(&bob, "desk", Some(key_of(2))),
    ];
    let mut world = World::of([&alice, &bob], devices);
    for (device, contact) in [(DESK, &bob), (BOBS, &alice)] {
        let command = Command::AddContact {
            jid: jid(contact),
            name: None,
            introduction: None,
        };
        world.command(device, command);
    }
    world.pass(MINUTE);
    world.write(BOBS, &alice, "Before");
    world.pass(MINUTE);
    assert_eq!(world.texts(DESK, &bob), ["Before"]);
    world
}

pub(crate) fn end(world: &mut World, device: usize, bytes: Vec<u8>) -> Option<CommandError> {
    world.devices[device].events.clear();
    world.command(device, Command::EndOurIdentity { bytes });
    world.pass(MINUTE);
    let mut events = world.devices[device].events.iter();
    events.find_map(|event| match event {
        Event::CommandRefused(error) => Some(error.clone()),
        _ => None,
    })
}

pub(crate) fn standing(world: &World, device: usize) -> Standing {
    world.devices[device].engine.our_standing()
}

pub(crate) fn is_published(world: &World, device: usize) -> bool {
    let end = &world.devices[device].engine.memory().our_end;
    end.is_some() && !end.waits()
}

fn was_told(world: &World, device: usize) -> bool {
    let mut events = world.devices[device].events.iter();
    events.any(|event| *event == Event::OurIdentityEnded)
}

/// What Bob thinks of the device at Alice's desk.
fn rule(world: &World) -> TrustRule {
    let memory = world.devices[DESK].engine.memory();
    let id = memory.our_device.as_ref().unwrap().id();
    let record = world.protection(BOBS, &alice());
    record.decide(&record.devices[&id], false).because
}

fn hold(world: &World) -> Option<Hold> {
    world.devices[BOBS].engine.hold(&jid(&alice()))
}

fn succession(world: &World, new: u8) -> Vec<u8> {
    let proposed = Succession::propose(&key_of(1), key_of(new).public(), world.now()).unwrap();
    proposed.accept(&key_of(new)).unwrap()
}

fn challenger(world: &World) -> Option<IdentityKey> {
    let memory = world.devices[BOBS].engine.memory();
    Some(memory.identities[&jid(&alice())].challenge?.identity)
}

#[test]
fn a_contact_refuses_the_devices_of_whoever_has_revoked_their_identity() {
    let mut world = friends();
    assert_eq!(rule(&world), TrustRule::SignedByIdentity);
    assert_eq!(
        end(&mut world, DESK, IdentityRevocation::sign(&key_of(1))),
        None
    );
    assert!(was_told(&world, DESK));
    assert_eq!(standing(&world, DESK), Standing::Revoked);
    assert!(is_published(&world, DESK));
    assert_eq!(rule(&world), TrustRule::RevokedByIdentity);
    world.write(BOBS, &alice(), "Is anybody there?");
    world.pass(MINUTE);
    assert_eq!(hold(&world), Some(Hold::IdentityRevoked));
    assert_eq!(world.texts(DESK, &bob()), ["Before"]);
    // Nothing is signed any more, and what is there is not written again.
    let count = |world: &World| {
        (
            world.count_on_the_wire(STATEMENT),
            world.count_on_the_wire(REVOCATION),
        )
    };
    let before = count(&world);
    world.restart(DESK);
    assert_eq!(standing(&world, DESK), Standing::Revoked);
    let rename = Command::SetOurProfile {
        name: Some("Alice".to_owned()),
        avatar: onym_client_protocol::store::AvatarChoice::Keep,
    };
    world.command(DESK, rename);
    for _ in 0..4 {
        world.skip(DAY * 100);
    }
    let (statements, revocations) = count(&world);
    assert_eq!(statements, before.0);
    // It is read again over the new stream, and the news of it come once.
    assert!(
        revocations <= before.1 + 2,
        "{revocations} after {}",
        before.1
    );
}

#[test]
fn an_end_that_was_not_published_is_published_after_a_restart() {
    let mut world = friends();
    world.command(DESK, Command::GoOffline);
    world.drive();
    let wishes = |world: &World| {
        let memory = world.devices[DESK].engine.memory();
        memory.our_claims.wishes.len()
    };
    let jid_elsewhere = jid("alice@b.example");
    world.command(
        DESK,
        Command::ClaimAddress {
            jid: jid_elsewhere,
            priority: None,
        },
    );
    world.drive();
    assert_eq!(wishes(&world), 1);
    assert_eq!(
        end(&mut world, DESK, IdentityRevocation::sign(&key_of(1))),
        None
    );
    assert_eq!(wishes(&world), 0, "there is no statement to fulfil it");
    assert!(!is_published(&world, DESK));
    assert_ne!(rule(&world), TrustRule::RevokedByIdentity);
    let wish = || Command::ClaimAddress {
        jid: jid("alice@a.example"),
        priority: None,
    };
    let refused = |world: &mut World| {
        world.devices[DESK].events.clear();
        world.command(DESK, wish());
        world.drive();
        let refused = Event::CommandRefused(CommandError::Claim(ClaimError::Ended));
        world.devices[DESK].events.contains(&refused)
    };
    assert!(refused(&mut world));
    world.restart(DESK);
    world.pass(MINUTE);
    assert!(is_published(&world, DESK));
    assert_eq!(rule(&world), TrustRule::RevokedByIdentity);
}

#[test]
fn another_installation_of_the_identity_hears_of_its_end_and_repeats_it() {
    let mut world = friends();
    let phone = Device::with_identity(&alice(), "phone", Some(key_of(1)));
    assert_eq!(world.add(phone), PHONE);
    world.pass(MINUTE);
    assert_eq!(standing(&world, PHONE), Standing::Good);
    assert_eq!(
        end(&mut world, DESK, IdentityRevocation::sign(&key_of(1))),
        None
    );
    assert!(was_told(&world, PHONE));
    assert_eq!(standing(&world, PHONE), Standing::Revoked);
    // The phone has forgotten it and publishes a statement again: the desk puts the end in its place.
    world.command(DESK, Command::GoOffline);
    world.drive();
    let is_left = |change: &Change| !matches!(change, Change::PutEnded(_) | Change::PutOurEnd(_));
    world.restart_with(PHONE, is_left);
    world.pass(MINUTE);
    assert_eq!(
        standing(&world, PHONE),
        Standing::Revoked,
        "its node shows the end"
    );
}

#[test]
fn a_contact_is_asked_about_the_successor() {
    let mut world = friends();
    world.devices[BOBS].events.clear();
    let bytes = succession(&world, 3);
    assert_eq!(end(&mut world, DESK, bytes.clone()), None);
    let by = key_of(3).public();
    assert_eq!(standing(&world, DESK), Standing::Succeeded(by));
    assert!(is_published(&world, DESK));
    let asked = Event::IdentityChanged { jid: jid(&alice()) };
    assert!(world.devices[BOBS].events.contains(&asked));
    assert_eq!(challenger(&world), Some(by));
    let history = &world.devices[BOBS].engine.memory().identities[&jid(&alice())].history;
    let succeeded = IdentityEvent::Succeeded { by };
    assert!(history.iter().any(|entry| entry.what == succeeded));
    world.write(BOBS, &alice(), "To whom?");
    world.pass(MINUTE);
    assert_eq!(hold(&world), Some(Hold::IdentityChanged));
    // There is no second one, and the first one is not published twice.
    let refused = StatementRefusal::NotFollowed(FollowError::OtherSuccessor {
        seen: by,
        got: key_of(4).public(),
    });
    let second = succession(&world, 4);
    let expected = Some(CommandError::DocumentRefused { why: refused });
    assert_eq!(end(&mut world, DESK, second), expected);
    assert_eq!(end(&mut world, DESK, bytes), None);
    assert!(is_published(&world, DESK));
    // Who finds the key stolen after all ends the identity, and the successor counts no more.
    assert_eq!(
        end(&mut world, DESK, IdentityRevocation::sign(&key_of(1))),
        None
    );
    assert_eq!(standing(&world, DESK), Standing::Revoked);
    assert_eq!(rule(&world), TrustRule::RevokedByIdentity);
}

#[test]
fn what_ends_nothing_of_ours_is_refused() {
    let mut world = friends();
    let expected = key_of(1).public();
    let other = StatementRefusal::Unbelievable(VerifyError::OtherIdentity { expected });
    let refused = |why| Some(CommandError::DocumentRefused { why });
    let theirs = IdentityRevocation::sign(&key_of(2));
    assert_eq!(end(&mut world, DESK, theirs), refused(other));
    let mut forged = IdentityRevocation::sign(&key_of(1));
    *forged.last_mut().unwrap() ^= 1;
    let why = StatementRefusal::Unbelievable(VerifyError::Signature);
    assert_eq!(end(&mut world, DESK, forged), refused(why));
    let memory = world.devices[DESK].engine.memory();
    let statement = memory.identities[&jid(&alice())].statement.clone();
    assert_eq!(end(&mut world, DESK, statement), Some(CommandError::NoEnd));
    assert_eq!(
        end(&mut world, DESK, vec![1, 2]),
        refused(StatementRefusal::NotOne)
    );
    assert_eq!(standing(&world, DESK), Standing::Good);
    // What a contact shows of us says nothing, unless we have signed it.
    assert!(!world.devices[DESK].engine.memory().our_end.is_some());
}

#[test]
fn our_cards_show_the_end_in_the_place_of_the_statement() {
    let mut world = friends();
    let card = |world: &World| {
        let older = world.last_on_the_wire("<vCard xmlns='vcard-temp'><", "</vCard>");
        [
            older.unwrap(),
            world.last_on_the_wire("<vcard ", "</vcard>").unwrap(),
        ]
    };
    assert!(
        card(&world)
            .iter()
            .all(|it| it.contains("BEGIN ONYM STATEMENT"))
    );
    end(&mut world, DESK, IdentityRevocation::sign(&key_of(1)));
    world.pass(MINUTE);
    for card in card(&world) {
        assert!(card.contains("BEGIN ONYM REVOCATION"), "{card}");
        assert!(!card.contains("BEGIN ONYM STATEMENT"), "{card}");
    }
}
