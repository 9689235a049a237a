//! What the user wants their statement to say: kept until it is published, and seen by a contact.

use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::address_check::AddressAnswer;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::StatementRefusal;
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::our_statement::ClaimError;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{AvatarChoice, Encryption};
use onym_client_protocol::trust::TrustRule;
use onym_identity::statement::{
    EndpointKind, ForeignKey, KeyClaim, KeyProtocol, List, MAX_ENDPOINTS, MAX_REVOCATIONS, Revoked,
    StatementBody, VerifyError,
};
use onym_identity::{IdentitySecretKey, OnymJid, RootSecret};

use crate::world::{CERTIFICATE, Device, World, jid};

pub(crate) const DESK: usize = 0;
pub(crate) const BOBS: usize = 1;
pub(crate) const PHONE: usize = 2;

const MINUTE: Duration = Duration::from_secs(60);

fn key_of(who: u8) -> IdentitySecretKey {
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

/// Alice at her desk and Bob, who are contacts of each other; and an account that nobody uses.
pub(crate) fn friends() -> World {
    let (alice, bob) = (alice(), bob());
    let devices = vec![
        Device::with_identity(&alice, "desk", Some(key_of(1))),
        Device::with_identity(&bob, "desk", Some(key_of(2))),
    ];
    let mut world = World::of([&alice, &bob, &address(4)], devices);
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

pub(crate) fn add_phone(world: &mut World) {
    let phone = Device::with_identity(&alice(), "phone", Some(key_of(1)));
    assert_eq!(world.add(phone), PHONE);
    world.pass(MINUTE);
}

/// What Bob knows Alice's statement to say.
fn seen(world: &World) -> StatementBody {
    let memory = world.devices[BOBS].engine.memory();
    memory.identities[&jid(&alice())].body().unwrap()
}

fn addresses(body: &StatementBody) -> Vec<BareJid> {
    body.endpoints.iter().map(|it| it.jid.clone()).collect()
}

fn otr(number: u8) -> ForeignKey {
    ForeignKey::new(KeyProtocol::Otr, &[number; 20])
}

fn claim_key(at: &str, key: ForeignKey) -> Command {
    let claim = KeyClaim {
        jid: jid(at),
        device: None,
        key,
    };
    Command::ClaimKey { claim }
}

fn claim_address(at: &str) -> Command {
    Command::ClaimAddress {
        jid: jid(at),
        priority: None,
    }
}

/// Why a command of a device was refused, if it was.
fn refusal(world: &mut World, device: usize, command: Command) -> Option<CommandError> {
    world.devices[device].events.clear();
    world.command(device, command);
    world.drive();
    let mut events = world.devices[device].events.iter();
    events.find_map(|event| match event {
        Event::CommandRefused(error) => Some(error.clone()),
        _ => None,
    })
}

pub(crate) fn waits(world: &World) -> usize {
    let memory = world.devices[DESK].engine.memory();
    memory.our_claims.wishes.len()
}

#[test]
fn what_is_claimed_without_a_connection_is_published_after_a_restart() {
    let mut world = friends();
    assert_eq!(seen(&world).name, None);
    world.command(DESK, Command::GoOffline);
    world.drive();
    let legacy = "alice@a.example";
    assert_eq!(refusal(&mut world, DESK, claim_address(legacy)), None);
    assert_eq!(refusal(&mut world, DESK, claim_key(legacy, otr(1))), None);
    assert_eq!(refusal(&mut world, DESK, claim_key(&alice(), otr(2))), None);
    let name = Command::SetOurProfile {
        name: Some("Alice A.".to_owned()),
        avatar: AvatarChoice::Keep,
    };
    world.command(DESK, name);
    assert_eq!(waits(&world), 3);
    assert_eq!(addresses(&seen(&world)), [jid(&alice())]);

    world.restart(DESK);
    world.pass(MINUTE);
    let body = seen(&world);
    assert_eq!(waits(&world), 0);
    assert_eq!(body.name.as_ref().map(|it| it.as_str()), Some("Alice A."));
    let kind = |at: &str| {
        body.endpoints
            .iter()
            .find(|it| it.jid == jid(at))
            .unwrap()
            .kind
    };
    assert_eq!(kind(legacy), EndpointKind::Account);
    assert_eq!(kind(&alice()), EndpointKind::Own);
    let lists = |at: &str, key| {
        body.keys
            .iter()
            .any(|it| it.jid == jid(at) && it.key == key)
    };
    assert!(lists(legacy, otr(1)) && lists(&alice(), otr(2)));
    let certificate = ForeignKey::new(KeyProtocol::TlsCertificate, &CERTIFICATE);
    assert!(lists(&alice(), certificate));

    // Another installation keeps it, and can take it back.
    add_phone(&mut world);
    assert_eq!(addresses(&seen(&world)).len(), 2);
    let drop = Command::DropAddress {
        jid: jid(legacy),
        is_revoked: false,
    };
    assert_eq!(refusal(&mut world, PHONE, drop), None);
    let nameless = Command::SetOurProfile {
        name: None,
        avatar: AvatarChoice::Keep,
    };
    world.command(PHONE, nameless);
    world.pass(MINUTE);
    let body = seen(&world);
    assert_eq!(addresses(&body), [jid(&alice())]);
    assert!(body.keys.iter().all(|it| it.key != otr(1)), "{body:#?}");
    assert!(body.keys.iter().any(|it| it.key == otr(2)), "{body:#?}");
    assert_eq!(body.name, None);
    // It can be claimed again.
    assert_eq!(refusal(&mut world, DESK, claim_address(legacy)), None);
    world.pass(MINUTE);
    assert_eq!(addresses(&seen(&world)).len(), 2);
}

#[test]
fn what_two_devices_claim_at_the_same_moment_is_all_listed() {
    let mut world = friends();
    add_phone(&mut world);
    for (device, at) in [(DESK, "alice@a.example"), (PHONE, "alice@b.example")] {
        world.command(device, claim_address(at));
    }
    world.pass(5 * MINUTE);
    let body = seen(&world);
    assert_eq!(body.endpoints.len(), 3, "{body:#?}");
    // And they have come to rest.
    world.pass(30 * MINUTE);
    assert_eq!(seen(&world).serial, body.serial);
    assert_eq!(waits(&world), 0);
}

#[test]
fn what_was_revoked_is_never_listed_again() {
    let mut world = friends();
    let legacy = "alice@a.example";
    for command in [claim_address(legacy), claim_key(&alice(), otr(1))] {
        assert_eq!(refusal(&mut world, DESK, command), None);
    }
    world.pass(MINUTE);
    let revoke_key = Command::DropKey {
        key: otr(1),
        is_revoked: true,
    };
    let revoke_address = Command::DropAddress {
        jid: jid(legacy),
        is_revoked: true,
    };
    for command in [revoke_key, revoke_address] {
        assert_eq!(refusal(&mut world, DESK, command), None);
    }
    let revoked = Some(CommandError::Claim(ClaimError::Revoked));
    // At once, and once it is published.
    for _ in 0..2 {
        let again = refusal(&mut world, DESK, claim_address(legacy));
        assert_eq!(again, revoked);
        assert_eq!(
            refusal(&mut world, DESK, claim_key(&alice(), otr(1))),
            revoked
        );
        world.pass(MINUTE);
    }
    add_phone(&mut world);
    assert_eq!(refusal(&mut world, PHONE, claim_address(legacy)), revoked);
    let body = seen(&world);
    let what: Vec<Revoked> = body.revocations.into_iter().map(|it| it.what).collect();
    assert!(what.contains(&Revoked::Key(otr(1))), "{what:?}");
    assert!(what.contains(&Revoked::Endpoint(jid(legacy))), "{what:?}");
    assert_eq!(body.endpoints.len(), 1);
}

#[test]
fn what_no_statement_can_say_is_refused_with_its_reason() {
    let mut world = friends();
    let refused = |error| Some(CommandError::Claim(error));
    let own = refusal(&mut world, DESK, claim_address(&alice()));
    assert_eq!(own, Some(CommandError::OwnAddress));
    let nowhere = refusal(&mut world, DESK, claim_key("a@b.example", otr(1)));
    assert_eq!(nowhere, refused(ClaimError::AddressNotListed));
    let domain = refusal(&mut world, DESK, claim_address("a.example"));
    assert!(
        matches!(domain, Some(CommandError::Claim(ClaimError::Unsignable(_)))),
        "{domain:?}"
    );
    let certificate = ForeignKey::new(KeyProtocol::TlsCertificate, &[8; 32]);
    let certificate = refusal(&mut world, DESK, claim_key(&alice(), certificate));
    assert_eq!(certificate, refused(ClaimError::Automatic));
    let memory = world.devices[DESK].engine.memory();
    let ours = memory.our_device.as_ref().unwrap().identity_key();
    let ours = Command::DropKey {
        key: ForeignKey::new(KeyProtocol::Omemo2, ours.as_bytes()),
        is_revoked: true,
    };
    let ours = refusal(&mut world, DESK, ours);
    assert_eq!(ours, refused(ClaimError::Automatic));
    let unknown = Command::DropKey {
        key: otr(7),
        is_revoked: false,
    };
    let unknown = refusal(&mut world, DESK, unknown);
    assert_eq!(unknown, refused(ClaimError::NotListed));

    for number in 1..MAX_ENDPOINTS {
        let at = format!("alice@{number}.example");
        assert_eq!(refusal(&mut world, DESK, claim_address(&at)), None);
    }
    let (list, max) = (List::Endpoints, MAX_ENDPOINTS);
    let one_more = refusal(&mut world, DESK, claim_address("alice@more.example"));
    assert_eq!(one_more, refused(ClaimError::Full { list, max }));
    for number in 0..MAX_REVOCATIONS {
        let key = otr(u8::try_from(number).unwrap());
        let revoke = Command::DropKey {
            key,
            is_revoked: true,
        };
        assert_eq!(refusal(&mut world, DESK, revoke), None, "{number}");
    }
    let revoke = Command::DropKey {
        key: otr(255),
        is_revoked: true,
    };
    let (list, max) = (List::Revocations, MAX_REVOCATIONS);
    let one_more = refusal(&mut world, DESK, revoke);
    assert_eq!(one_more, refused(ClaimError::Full { list, max }));
    world.pass(MINUTE);
    assert_eq!(waits(&world), 0);
    assert_eq!(seen(&world).endpoints.len(), MAX_ENDPOINTS);

    let plain = vec![Device::with_identity("a@b.example", "desk", None)];
    let mut plain = World::of(["a@b.example"], plain);
    let nobody = refusal(&mut plain, DESK, claim_address("c@d.example"));
    assert_eq!(nobody, refused(ClaimError::NoIdentity));
}

pub(crate) fn id_of(world: &World, device: usize) -> DeviceId {
    let memory = world.devices[device].engine.memory();
    memory.our_device.as_ref().unwrap().id()
}

/// Why a device of Alice may read what Bob writes, or may not.
pub(crate) fn rule(world: &World, about: DeviceId) -> TrustRule {
    let record = world.protection(BOBS, &alice());
    record.decide(&record.devices[&about], false).because
}

#[test]
fn a_device_is_revoked_before_it_leaves_the_lists() {
    let mut world = friends();
    add_phone(&mut world);
    world.write(PHONE, &bob(), "From my phone");
    world.pass(MINUTE);
    let former = id_of(&world, PHONE);
    let then = world.sent();
    // A statement is on its way when the user decides.
    world.command(DESK, claim_address("c@d.example"));
    world.command(DESK, Command::RemoveOurDevice { device: former });
    world.pass(MINUTE);
    let sent = world.sent_since(then);
    let list = "<publish node='urn:xmpp:omemo:2:devices'";
    let (before, _) = sent.split_once(list).unwrap();
    let statement = "<publish node='urn:onym:identity:1'";
    assert_eq!(before.matches(statement).count(), 2, "{before}");
    assert!(!world.protection(BOBS, &alice()).devices[&former].is_listed());
}

#[test]
fn a_device_that_is_signed_out_is_refused_and_knows_it() {
    let mut world = friends();
    add_phone(&mut world);
    world.write(BOBS, &alice(), "To both");
    world.write(PHONE, &bob(), "From my phone");
    world.pass(MINUTE);
    assert_eq!(world.texts(PHONE, &bob()).len(), 2);
    let former = id_of(&world, PHONE);
    let remove = Command::RemoveOurDevice { device: former };
    assert_eq!(refusal(&mut world, DESK, remove), None);
    world.pass(MINUTE);
    assert_eq!(rule(&world, former), TrustRule::RevokedByIdentity);
    let revoked = seen(&world).revocations;
    assert_eq!(revoked.len(), 2, "in both dialects: {revoked:?}");

    // It does not announce itself again, also after a restart.
    assert!(world.devices[PHONE].events.contains(&Event::SignedOut));
    world.restart(PHONE);
    world.pass(MINUTE);
    let phone = &world.devices[PHONE].engine;
    assert!(phone.is_signed_out());
    let known = world.protection(BOBS, &alice());
    assert!(!known.devices[&former].is_listed());
    world.write(BOBS, &alice(), "Without the phone");
    world.write(PHONE, &bob(), "Who hears me?");
    world.pass(MINUTE);
    let hold = world.devices[PHONE].engine.hold(&jid(&bob()));
    assert_eq!(hold, Some(Hold::SignedOut));
    assert!(
        !world
            .texts(BOBS, &alice())
            .contains(&"Who hears me?".to_owned())
    );
    assert_eq!(
        world.texts(DESK, &bob()).last().unwrap(),
        "Without the phone"
    );
    let last = world.encryptions(PHONE, &bob());
    let lost = last
        .iter()
        .any(|it| matches!(it, Encryption::Undecryptable(_)));
    assert!(lost, "it was not encrypted to it: {last:?}");

    // With new keys it is one of Alice's devices again, and what waited leaves.
    assert_eq!(refusal(&mut world, PHONE, Command::RenewOurDevice), None);
    world.pass(Duration::from_secs(20 * 60));
    let renewed = id_of(&world, PHONE);
    assert_ne!(renewed, former);
    assert!(!world.devices[PHONE].engine.is_signed_out());
    assert_eq!(rule(&world, renewed), TrustRule::SignedByIdentity);
    assert!(
        world
            .texts(BOBS, &alice())
            .contains(&"Who hears me?".to_owned())
    );
    world.write(BOBS, &alice(), "To your new keys");
    world.write(PHONE, &bob(), "From my new keys");
    world.pass(MINUTE);
    assert!(
        world
            .texts(PHONE, &bob())
            .contains(&"To your new keys".to_owned())
    );
    assert!(
        world
            .texts(DESK, &bob())
            .contains(&"From my new keys".to_owned())
    );
    assert!(
        world
            .texts(BOBS, &alice())
            .contains(&"From my new keys".to_owned())
    );
    assert!(!world.was_readable("my new keys"));
    assert_eq!(seen(&world).revocations.len(), 2);
}

#[test]
fn a_device_that_renews_its_keys_revokes_the_old_ones() {
    let mut world = friends();
    world.write(BOBS, &alice(), "Before");
    world.pass(MINUTE);
    let former = id_of(&world, DESK);
    assert_eq!(refusal(&mut world, DESK, Command::RenewOurDevice), None);
    world.pass(MINUTE);
    assert_eq!(rule(&world, former), TrustRule::RevokedByIdentity);
    assert_eq!(
        rule(&world, id_of(&world, DESK)),
        TrustRule::SignedByIdentity
    );
    world.write(BOBS, &alice(), "After");
    world.pass(MINUTE);
    world.write(DESK, &bob(), "Yes");
    world.pass(MINUTE);
    assert_eq!(world.texts(DESK, &bob()), ["Before", "After", "Yes"]);
    assert_eq!(world.texts(BOBS, &alice()), ["Before", "After", "Yes"]);
}

fn checked(world: &mut World, device: usize, at: &str) -> AddressAnswer {
    let command = Command::CheckAddress { jid: jid(at) };
    assert_eq!(refusal(world, device, command), None);
    world.pass(2 * MINUTE);
    let events = std::mem::take(&mut world.devices[device].events);
    let mut answers = events.into_iter().filter_map(|event| match event {
        Event::AddressChecked {
            jid: of, answer, ..
        } => {
            assert_eq!(of, jid(at));
            Some(answer)
        }
        _ => None,
    });
    let answer = answers.next().unwrap();
    assert_eq!(answers.next(), None);
    answer
}

#[test]
fn a_stranger_is_asked_once_and_nothing_is_kept() {
    let mut world = friends();
    let stranger = address(5);
    let device = Device::with_identity(&stranger, "desk", Some(key_of(5)));
    let mut alone = World::of([&stranger, &alice()], vec![device]);
    let alices = Device::with_identity(&alice(), "desk", Some(key_of(1)));
    let alices = alone.add(alices);
    alone.pass(MINUTE);
    let before = alone.devices[0].engine.memory().clone();
    let AddressAnswer::Confirmed(statement) = checked(&mut alone, 0, &alice()) else {
        panic!("not confirmed");
    };
    assert_eq!(*statement.identity(), key_of(1).public());
    assert_eq!(statement.body().endpoints[0].jid, jid(&alice()));
    assert_eq!(*alone.devices[0].engine.memory(), before);
    alone.command(alices, Command::GoOffline);

    assert_eq!(
        checked(&mut world, DESK, &address(4)),
        AddressAnswer::Nothing
    );
    let away = checked(&mut world, DESK, "somebody@away.example");
    assert!(
        matches!(away, AddressAnswer::Error { .. } | AddressAnswer::Silent),
        "{away:?}"
    );
    // What lies there is somebody else's.
    let body = seen(&world);
    let forged = body.sign(&key_of(1)).unwrap().as_bytes().to_vec();
    world.forgery = Some(forged);
    let rename = Command::SetOurProfile {
        name: Some("Bob".to_owned()),
        avatar: AvatarChoice::Keep,
    };
    world.command(BOBS, rename);
    world.drive();
    let forged = checked(&mut world, DESK, &bob());
    let other = StatementRefusal::Unbelievable(VerifyError::OtherIdentity {
        expected: key_of(2).public(),
    });
    assert_eq!(forged, AddressAnswer::Refused(other));
    world.command(DESK, Command::GoOffline);
    world.drive();
    let jid = jid(&bob());
    let offline = refusal(&mut world, DESK, Command::CheckAddress { jid });
    assert_eq!(offline, Some(CommandError::NotConnected));
}

/// Her device at an account elsewhere is signed by its key, in both versions of OMEMO, and taken back.
#[test]
fn a_device_of_another_account_is_listed_and_left_out() {
    let mut world = friends();
    let legacy = "alice@a.example";
    let memory = world.devices[BOBS].engine.memory();
    let key = memory.our_device.as_ref().unwrap().identity_key();
    let omemo = |protocol| ForeignKey::new(protocol, key.as_bytes());
    let claim = |at: &str, device| Command::ClaimKey {
        claim: KeyClaim {
            jid: jid(at),
            device,
            key: omemo(KeyProtocol::Omemo2),
        },
    };
    let refused = |error| Some(CommandError::Claim(error));
    let not_yet = refusal(&mut world, DESK, claim(legacy, Some(7)));
    assert_eq!(not_yet, refused(ClaimError::AddressNotListed));
    assert_eq!(refusal(&mut world, DESK, claim_address(legacy)), None);
    let ours = refusal(&mut world, DESK, claim(&alice(), Some(7)));
    assert_eq!(ours, refused(ClaimError::Automatic));
    let no_device = refusal(&mut world, DESK, claim(legacy, None));
    assert!(
        matches!(
            no_device,
            Some(CommandError::Claim(ClaimError::Unsignable(_)))
        ),
        "{no_device:?}"
    );
    assert_eq!(refusal(&mut world, DESK, claim(legacy, Some(7))), None);
    world.pass(MINUTE);
    let listed = |world: &World| {
        let keys = seen(world).keys.into_iter();
        let there = keys.filter(|it| it.jid == jid(legacy));
        there
            .map(|it| (it.device, it.key))
            .collect::<Vec<(Option<u32>, ForeignKey)>>()
    };
    let both = [KeyProtocol::Omemo, KeyProtocol::Omemo2];
    assert_eq!(listed(&world), both.map(|it| (Some(7), omemo(it))));
    let drop = Command::DropKey {
        key: omemo(KeyProtocol::Omemo2),
        is_revoked: false,
    };
    assert_eq!(refusal(&mut world, DESK, drop.clone()), None);
    world.pass(MINUTE);
    assert_eq!((listed(&world), waits(&world)), (Vec::new(), 0));
    let again = refusal(&mut world, DESK, drop);
    assert_eq!(again, refused(ClaimError::NotListed));
}
