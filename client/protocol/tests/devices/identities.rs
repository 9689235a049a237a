//! Two people whose addresses name their identities: what is signed, and what nobody else can sign.

use std::time::Duration;

use onym_client_protocol::command::{Command, Verdict};
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::StatementRefusal as Refusal;
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{Encryption, IdentityEvent, IdentityRecord};
use onym_client_protocol::trust::TrustRule;
use onym_identity::statement::{
    Endpoint, EndpointKind, FollowError, ForeignKey, KeyClaim, KeyProtocol, Revocation, Revoked,
    Statement, StatementBody, Unverified, VerifyError,
};
use onym_identity::{IdentitySecretKey, OnymJid, RootSecret};

use crate::world::{Device, World, jid};

const DESK: usize = 0;
const BOBS: usize = 1;
const PHONE: usize = 2;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn alices_key() -> IdentitySecretKey {
    RootSecret::from_bytes(&[1; 32]).identity_key()
}

fn address(of: &IdentitySecretKey) -> String {
    let endpoint = RootSecret::from_bytes(&[9; 32]).onion_service_key(0);
    let jid = OnymJid {
        identity: of.public(),
        address: endpoint.onion_address(),
    };
    jid.to_string()
}

pub(crate) fn alice() -> String {
    address(&alices_key())
}

pub(crate) fn bob() -> String {
    address(&RootSecret::from_bytes(&[2; 32]).identity_key())
}

/// Alice at her desk and Bob, who are contacts of each other; both devices have the identity.
pub(crate) fn friends() -> World {
    let (alice, bob) = (alice(), bob());
    let bobs_key = RootSecret::from_bytes(&[2; 32]).identity_key();
    let devices = vec![
        Device::with_identity(&alice, "desk", Some(alices_key())),
        Device::with_identity(&bob, "desk", Some(bobs_key)),
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
    world.pass(Duration::from_secs(10));
    world
}

fn id_of(world: &World, device: usize) -> DeviceId {
    let memory = world.devices[device].engine.memory();
    memory.our_device.as_ref().unwrap().id()
}

/// Why a device of Alice may read what Bob writes, or may not.
fn rule(world: &World, about: usize) -> TrustRule {
    let record = world.protection(BOBS, &alice());
    let device = &record.devices[&id_of(world, about)];
    record.decide(device, false).because
}

pub(crate) fn known(world: &World, device: usize) -> IdentityRecord {
    world.devices[device].engine.memory().identities[&jid(&alice())].clone()
}

fn serial(world: &World, device: usize) -> u64 {
    known(world, device).followed.latest().unwrap().serial
}

/// Alice's phone, whose program has the identity or is another one.
pub(crate) fn add_phone(world: &mut World, has_identity: bool) {
    let key = has_identity.then(alices_key);
    let phone = Device::with_identity(&alice(), "phone", key);
    assert_eq!(world.add(phone), PHONE);
    world.pass(Duration::from_secs(60));
}

/// Alice decides at her desk about her phone. She looks at its key first.
pub(crate) fn decide(world: &mut World, verdict: Verdict) {
    world.write(DESK, &bob(), "To whom?");
    world.pass(Duration::from_secs(60));
    let phone = id_of(world, PHONE);
    let command = Command::SetTrust {
        jid: jid(&alice()),
        device: phone,
        key: world.protection(DESK, &alice()).devices[&phone].key,
        verdict,
    };
    world.command(DESK, command);
    world.pass(Duration::from_secs(60));
}

/// What Bob was told about statements that he does not believe.
fn refusals(world: &mut World) -> Vec<Refusal> {
    let events = std::mem::take(&mut world.devices[BOBS].events);
    let refusals = events.into_iter().filter_map(|event| match event {
        Event::StatementRefused { jid: whose, why } => {
            assert_eq!(whose, jid(&alice()));
            Some(why)
        }
        _ => None,
    });
    refusals.collect()
}

/// A statement of Alice, now, which says no more than this.
pub(crate) fn body(
    world: &World,
    keys: Vec<KeyClaim>,
    revocations: Vec<Revocation>,
) -> StatementBody {
    StatementBody {
        serial: serial(world, BOBS) + 1_000_000,
        issued: world.now(),
        expires: world.now() + DAY,
        name: None,
        endpoints: vec![Endpoint {
            jid: jid(&alice()),
            kind: EndpointKind::Own,
            priority: 0,
        }],
        keys,
        revocations,
    }
}

pub(crate) fn sign(body: &StatementBody, key: &IdentitySecretKey) -> Vec<u8> {
    body.sign(key).unwrap().as_bytes().to_vec()
}

#[test]
fn a_second_device_that_the_identity_has_signed_is_trusted_without_a_question() {
    let mut world = friends();
    assert_eq!(rule(&world, DESK), TrustRule::SignedByIdentity);
    world.write(BOBS, &alice(), "Before");
    world.drive();
    add_phone(&mut world, true);
    assert_eq!(rule(&world, PHONE), TrustRule::SignedByIdentity);
    assert_eq!(rule(&world, DESK), TrustRule::SignedByIdentity);
    world.write(BOBS, &alice(), "To both");
    world.pass(Duration::from_secs(5));
    assert_eq!(world.devices[BOBS].engine.hold(&jid(&alice())), None);
    assert_eq!(world.texts(DESK, &bob()), ["Before", "To both"]);
    assert_eq!(world.texts(PHONE, &bob()).last().unwrap(), "To both");
    assert!(!world.was_readable("To both"));
    assert_eq!(refusals(&mut world), []);
    // What is remembered is there after a restart, and nobody is asked or signs again.
    let before = serial(&world, BOBS);
    for device in [DESK, BOBS, PHONE] {
        world.restart(device);
    }
    world.pass(Duration::from_secs(120));
    assert_eq!(rule(&world, PHONE), TrustRule::SignedByIdentity);
    assert_eq!(serial(&world, BOBS), before);
}

/// Why Alice lets one of her devices read what another one writes, or not.
fn own_rule(world: &World, by: usize, about: usize) -> TrustRule {
    let record = world.protection(by, &alice());
    let device = &record.devices[&id_of(world, about)];
    record.decide(device, false).because
}

#[test]
fn our_devices_take_each_other_by_what_the_identity_says_on_another_one() {
    let mut world = friends();
    world.write(DESK, &bob(), "Before");
    world.drive();
    add_phone(&mut world, true);
    assert_eq!(own_rule(&world, DESK, PHONE), TrustRule::SignedByIdentity);
    world.write(DESK, &bob(), "My phone reads this, too");
    world.pass(Duration::from_secs(60));
    assert_eq!(world.devices[DESK].engine.hold(&jid(&bob())), None);
    let last = world.texts(PHONE, &bob()).pop();
    assert_eq!(last.as_deref(), Some("My phone reads this, too"));
    // A program without the identity has nobody who signs it: what each of the others signs next
    // gives it nothing.
    let tablet = world.add(Device::with_identity(&alice(), "tablet", None));
    world.pass(Duration::from_secs(60));
    for _ in 0..2 {
        for device in [DESK, PHONE] {
            world.restart(device);
            world.pass(Duration::from_secs(60));
            assert_eq!(own_rule(&world, device, tablet), TrustRule::NeedsDecision);
        }
    }
    // Taken by its owner at one of them, it is taken at the other, too.
    let id = id_of(&world, tablet);
    world.write(DESK, &bob(), "To whom?");
    world.pass(Duration::from_secs(60));
    let command = Command::SetTrust {
        jid: jid(&alice()),
        device: id,
        key: world.protection(DESK, &alice()).devices[&id].key,
        verdict: Verdict::Accepted,
    };
    world.command(DESK, command);
    world.pass(Duration::from_secs(60));
    world.write(PHONE, &bob(), "To all of mine");
    world.pass(Duration::from_secs(60));
    assert_eq!(own_rule(&world, PHONE, tablet), TrustRule::SignedByIdentity);
    // What it signed itself gives it no reason: it has that of its user.
    assert_eq!(own_rule(&world, DESK, tablet), TrustRule::AcceptedByPerson);
}

#[test]
fn a_device_of_another_program_is_signed_once_its_owner_takes_it() {
    let mut world = friends();
    add_phone(&mut world, false);
    world.write(BOBS, &alice(), "Who is there?");
    world.pass(Duration::from_secs(60));
    assert_eq!(rule(&world, PHONE), TrustRule::NeedsDecision);
    let held = world.devices[BOBS].engine.hold(&jid(&alice()));
    assert_eq!(held, Some(Hold::TheirDevicesUndecided));
    decide(&mut world, Verdict::Accepted);
    assert_eq!(rule(&world, PHONE), TrustRule::SignedByIdentity);
    assert!(
        world
            .texts(PHONE, &bob())
            .contains(&"Who is there?".to_owned())
    );
    // Taken back by its owner, it is new again for everybody else.
    decide(&mut world, Verdict::Refused);
    assert_eq!(rule(&world, PHONE), TrustRule::NeedsDecision);
}

#[test]
fn a_device_that_the_identity_revokes_is_refused_at_once() {
    let mut world = friends();
    add_phone(&mut world, false);
    decide(&mut world, Verdict::Accepted);
    let phone = id_of(&world, PHONE);
    let key = world.protection(BOBS, &alice()).devices[&phone]
        .key
        .unwrap();
    let revoked = [KeyProtocol::Omemo, KeyProtocol::Omemo2].map(|protocol| Revocation {
        what: Revoked::Key(ForeignKey::new(protocol, key.as_bytes())),
        since: world.now(),
    });
    // Signed elsewhere, with the same identity.
    let statement = sign(&body(&world, Vec::new(), revoked.to_vec()), &alices_key());
    world.forgery = Some(statement);
    decide(&mut world, Verdict::Refused);
    world.forgery = None;
    assert_eq!(rule(&world, PHONE), TrustRule::RevokedByIdentity);
    world.write(BOBS, &alice(), "Without the phone");
    world.pass(Duration::from_secs(60));
    assert_eq!(
        world.texts(DESK, &bob()).last().unwrap(),
        "Without the phone"
    );
    let Some(Encryption::Omemo(mark)) = world.encryptions(BOBS, &alice()).pop() else {
        panic!("it went in the clear");
    };
    assert_eq!(mark.left_out, 1);
    // Her desk repeats the revocation in what it signs next, whatever its user says of the phone. It
    // has given up over this stream, since what it published did not stay.
    world.restart(DESK);
    world.pass(Duration::from_secs(60));
    decide(&mut world, Verdict::Accepted);
    assert_eq!(rule(&world, PHONE), TrustRule::RevokedByIdentity);
    assert_eq!(rule(&world, DESK), TrustRule::SignedByIdentity);
}

/// Bob knows Alice's desk and phone. Then what she publishes is replaced by what an attacker has, to
/// which Bob's copies of her first and her latest statement are given.
fn attack(
    forge: impl Fn(&World, Vec<u8>, StatementBody) -> Vec<u8>,
    is_expected: impl Fn(&Refusal) -> bool,
) {
    let mut world = friends();
    let first = known(&world, BOBS).statement;
    add_phone(&mut world, false);
    decide(&mut world, Verdict::Accepted);
    assert_eq!(refusals(&mut world), []);
    let latest = known(&world, BOBS);
    let verified = Unverified::<Statement>::parse(&latest.statement).unwrap();
    let verified = verified.verify(world.now()).unwrap();
    world.forgery = Some(forge(&world, first, verified.body().clone()));
    decide(&mut world, Verdict::Refused);
    let refused = refusals(&mut world);
    assert!(
        !refused.is_empty() && refused.iter().all(&is_expected),
        "{refused:?}"
    );
    let mut now = known(&world, BOBS);
    let told = now.history.pop().map(|entry| entry.what);
    assert!(matches!(told, Some(IdentityEvent::Refused(why)) if is_expected(&why)));
    assert_eq!(now, latest);
    assert_eq!(rule(&world, PHONE), TrustRule::SignedByIdentity);
    // A line that is true again is believed again.
    world.forgery = None;
    world.restart(DESK);
    world.pass(Duration::from_secs(60));
    assert_eq!(rule(&world, PHONE), TrustRule::NeedsDecision);
    assert_eq!(refusals(&mut world), []);
}

#[test]
fn an_older_statement_changes_nothing() {
    attack(
        |_, first, _| first,
        |it| matches!(it, Refusal::NotFollowed(FollowError::Older { .. })),
    );
}

#[test]
fn a_second_statement_with_one_number_changes_nothing() {
    attack(
        |_, _, mut latest| {
            latest.keys.clear();
            sign(&latest, &alices_key())
        },
        |it| matches!(it, Refusal::NotFollowed(FollowError::Equivocation { .. })),
    );
}

#[test]
fn a_statement_of_somebody_else_changes_nothing() {
    attack(
        |world, _, _| {
            let mut body = body(world, Vec::new(), Vec::new());
            body.endpoints[0].kind = EndpointKind::Account;
            sign(&body, &RootSecret::from_bytes(&[3; 32]).identity_key())
        },
        |it| matches!(it, Refusal::Unbelievable(VerifyError::OtherIdentity { .. })),
    );
}

#[test]
fn a_statement_about_other_addresses_changes_nothing() {
    attack(
        |world, _, _| {
            let mut body = body(world, Vec::new(), Vec::new());
            body.endpoints.clear();
            sign(&body, &alices_key())
        },
        |it| *it == Refusal::OtherAddress,
    );
}

#[test]
fn a_changed_statement_changes_nothing() {
    attack(
        |world, _, _| {
            let mut bytes = sign(&body(world, Vec::new(), Vec::new()), &alices_key());
            // In the serial number.
            bytes[55] ^= 1;
            bytes
        },
        |it| *it == Refusal::Unbelievable(VerifyError::Signature),
    );
    attack(
        |_, _, _| b"no statement".to_vec(),
        |it| matches!(it, Refusal::Form(_)),
    );
}

#[test]
fn a_statement_is_renewed_in_time_and_counts_for_nothing_when_it_was_not() {
    let mut world = friends();
    add_phone(&mut world, true);
    let first = known(&world, BOBS);
    world.sleep(DAY * 250);
    world.pass(Duration::from_secs(20 * 60));
    let second = known(&world, BOBS);
    assert!(second.expires >= first.expires + DAY * 200);
    assert_eq!(rule(&world, PHONE), TrustRule::SignedByIdentity);

    for device in [DESK, PHONE] {
        world.command(device, Command::GoOffline);
    }
    world.drive();
    world.sleep(DAY * 366);
    assert_eq!(rule(&world, PHONE), TrustRule::NeedsDecision);
    // Its number is remembered, and it comes back with the next one.
    assert_eq!(known(&world, BOBS).followed, second.followed);
    world.command(DESK, Command::ConnectNow);
    world.pass(Duration::from_secs(20 * 60));
    assert_eq!(rule(&world, PHONE), TrustRule::SignedByIdentity);
}

#[test]
fn without_the_key_of_the_address_nothing_is_signed() {
    let alice = alice();
    let other = RootSecret::from_bytes(&[3; 32]).identity_key();
    let devices = vec![Device::with_identity(&alice, "desk", Some(other))];
    let mut world = World::of([&alice], devices);
    world.pass(Duration::from_secs(60));
    assert!(world.devices[0].engine.memory().identities.is_empty());
    assert!(!world.was_readable("urn:onym:identity:1'"));
}
