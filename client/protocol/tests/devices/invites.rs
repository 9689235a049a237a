//! Invites from the link to the contact, on both sides.

use std::time::Duration;

use data_encoding::HEXLOWER;
use onym_client_protocol::command::{Command, CommandError, Verdict};
use onym_client_protocol::event::Event;
use onym_client_protocol::introduction::Introduction;
use onym_client_protocol::store::{InviteState, KnownBy, Subscription};
use onym_client_protocol::trust::TrustRule;
use onym_identity::invite::{Arrival, Invite, InviteId, InviteTrust, Received};
use onym_identity::statement::DisplayName;
use onym_identity::{IdentitySecretKey, OnymJid, RootSecret};

use crate::world::{Device, World, jid};

const DESK: usize = 0;
const BOBS: usize = 1;
const CAROLS: usize = 2;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn key(of: u8) -> IdentitySecretKey {
    RootSecret::from_bytes(&[of; 32]).identity_key()
}

fn address(of: u8) -> String {
    let endpoint = RootSecret::from_bytes(&[9; 32]).onion_service_key(0);
    let jid = OnymJid {
        identity: key(of).public(),
        address: endpoint.onion_address(),
    };
    jid.to_string()
}

fn alice() -> String {
    address(1)
}

fn bob() -> String {
    address(2)
}

fn carol() -> String {
    address(3)
}

/// Alice, Bob and Carol, who do not know each other.
fn strangers() -> World {
    let addresses = [alice(), bob(), carol()];
    let devices = (1..=3).map(|of| Device::with_identity(&address(of), "desk", Some(key(of))));
    let accounts = addresses.each_ref().map(String::as_str);
    let mut world = World::of(accounts, devices.collect());
    world.pass(Duration::from_secs(60));
    world
}

/// Alice makes an invite, and gets a link.
fn make(world: &mut World, lifetime: Duration) -> (InviteId, String) {
    let command = Command::MakeInvite {
        ticket: 7,
        name: Some(DisplayName::new("Alice").unwrap()),
        lifetime,
    };
    world.command(DESK, command);
    world.drive();
    let events = std::mem::take(&mut world.devices[DESK].events);
    let made = events.into_iter().find_map(|event| match event {
        Event::InviteMade { id, invite, .. } => Some((id, invite)),
        _ => None,
    });
    let (id, invite) = made.unwrap();
    // For those who know no identities.
    let device = world.devices[DESK].engine.memory().our_device.as_ref();
    let numbers: Vec<_> = invite.keys.iter().map(|it| it.device).collect();
    assert_eq!(numbers, [device.map(|it| it.id().get())]);
    (id, invite.to_link("onym.example").unwrap())
}

/// Somebody takes an invite.
fn take(world: &mut World, device: usize, link: &str, arrival: Arrival) {
    let received = Received::read(link, arrival).unwrap();
    let command = Command::AddContact {
        jid: received.invite.jid.clone(),
        name: None,
        introduction: Introduction::of(&received).map(Box::new),
    };
    world.command(device, command);
    world.pass(Duration::from_secs(60));
}

fn state(world: &World, id: InviteId) -> Option<InviteState> {
    let invites = &world.devices[DESK].engine.memory().invites;
    invites.get(&id).map(|invite| invite.state.clone())
}

fn are_friends(world: &World, device: usize, with: &str) -> bool {
    let contacts = &world.devices[device].engine.memory().contacts;
    contacts
        .get(&jid(with))
        .is_some_and(|contact| contact.subscription == Subscription::Both)
}

/// Who waits for Alice's answer.
fn asking(world: &World) -> Vec<String> {
    let requests = &world.devices[DESK].engine.memory().requests;
    requests.keys().map(ToString::to_string).collect()
}

fn known_by(world: &World, device: usize, whom: &str) -> KnownBy {
    let identities = &world.devices[device].engine.memory().identities;
    identities[&jid(whom)].known_by
}

fn refusals(world: &mut World, device: usize) -> Vec<CommandError> {
    world.drive();
    let events = std::mem::take(&mut world.devices[device].events);
    let refusals = events.into_iter().filter_map(|event| match event {
        Event::CommandRefused(error) => Some(error),
        _ => None,
    });
    refusals.collect()
}

#[test]
fn two_people_are_contacts_with_nobody_asked_and_a_second_one_is_asked_about() {
    let mut world = strangers();
    let (id, link) = make(&mut world, DAY);
    assert_eq!(state(&world, id), Some(InviteState::Open));
    let made = world.now();
    world.pass(Duration::from_secs(600));
    take(&mut world, BOBS, &link, Arrival::Pasted);
    assert!(are_friends(&world, DESK, &bob()) && are_friends(&world, BOBS, &alice()));
    assert!(asking(&world).is_empty());
    // Alice knows which invite it was, Bob has forgotten the token.
    let memory = world.devices[DESK].engine.memory();
    let came_with = memory.contact_invites[&jid(&bob())].came_with.unwrap();
    assert_eq!(came_with.made.as_unix_millis(), made.as_unix_millis());
    assert!(came_with.used > came_with.made);
    let used = InviteState::Used {
        by: jid(&bob()),
        at: came_with.used,
    };
    assert_eq!(state(&world, id), Some(used));
    let memory = world.devices[BOBS].engine.memory();
    let taken = memory.contact_invites[&jid(&alice())]
        .taken
        .clone()
        .unwrap();
    assert_eq!(taken.trust, InviteTrust::Introduced);
    // Each knows by the invite who the other one is.
    for (device, other) in [(DESK, bob()), (BOBS, alice())] {
        let known = known_by(&world, device, &other);
        assert!(matches!(known, KnownBy::Introduced { .. }), "{known:?}");
    }
    assert_eq!(taken.identity, Some(key(1).public()));
    assert_eq!(taken.token, None);
    // The token is nowhere but in the link.
    let token = Invite::read(&link).unwrap().token.unwrap();
    let stored = format!("{:?}", world.devices[DESK].engine.memory());
    assert!(!stored.contains(token.reveal()));
    // They write to each other.
    world.write(BOBS, &alice(), "Here I am");
    world.pass(Duration::from_secs(60));
    assert_eq!(world.texts(DESK, &bob()), ["Here I am"]);

    take(&mut world, CAROLS, &link, Arrival::Pasted);
    assert!(!are_friends(&world, CAROLS, &alice()));
    assert_eq!(asking(&world), [carol()]);
    let memory = world.devices[CAROLS].engine.memory();
    assert!(memory.contact_invites[&jid(&alice())].token().is_some());
}

#[test]
fn a_token_survives_a_restart_and_goes_to_nobody_else() {
    let mut world = strangers();
    let (_, link) = make(&mut world, DAY);
    let token = Invite::read(&link).unwrap().token.unwrap();
    world.command(BOBS, Command::GoOffline);
    world.drive();
    take(&mut world, BOBS, &link, Arrival::Clicked);
    world.command(
        BOBS,
        Command::AddContact {
            jid: jid(&carol()),
            name: None,
            introduction: None,
        },
    );
    assert!(!world.was_readable(token.reveal()));
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert!(are_friends(&world, DESK, &bob()));
    assert!(world.was_readable(token.reveal()));
    let last = world.last_on_the_wire("<preauth", "</presence>").unwrap();
    assert!(last.contains(token.reveal()));
    let to_carol = world.last_on_the_wire(&format!("to='{}'", carol()), ">");
    assert!(to_carol.is_none_or(|it| !it.contains("preauth")));
    // What was clicked introduces nobody.
    let memory = world.devices[BOBS].engine.memory();
    let taken = memory.contact_invites[&jid(&alice())]
        .taken
        .clone()
        .unwrap();
    assert_eq!((taken.trust, taken.identity), (InviteTrust::None, None));
}

#[test]
fn what_is_taken_back_or_over_lets_nobody_in() {
    let mut world = strangers();
    let (revoked, link) = make(&mut world, DAY);
    world.command(DESK, Command::RevokeInvite { id: revoked });
    world.drive();
    assert_eq!(state(&world, revoked), None);
    take(&mut world, BOBS, &link, Arrival::Pasted);
    assert_eq!(asking(&world), [bob()]);
    world.command(DESK, Command::RevokeInvite { id: revoked });
    assert_eq!(refusals(&mut world, DESK), [CommandError::NoSuchInvite]);
    let (over, link) = make(&mut world, DAY);
    world.pass(DAY);
    take(&mut world, CAROLS, &link, Arrival::Pasted);
    let mut expected = [bob(), carol()];
    expected.sort();
    assert_eq!(asking(&world), expected);
    assert_eq!(state(&world, over), Some(InviteState::Open));
    // After a month it goes out of the list, and from the server.
    world.pass(31 * DAY);
    let _newer = make(&mut world, DAY);
    world.pass(Duration::from_secs(60));
    assert_eq!(state(&world, over), None);
}

#[test]
fn a_used_invite_that_was_taken_out_of_the_list_stays_out() {
    let mut world = strangers();
    let (used, link) = make(&mut world, DAY);
    take(&mut world, BOBS, &link, Arrival::Pasted);
    assert!(matches!(
        state(&world, used),
        Some(InviteState::Used { .. })
    ));
    let (open, link) = make(&mut world, DAY);
    world.command(DESK, Command::GoOffline);
    world.drive();
    for id in [used, open] {
        world.command(DESK, Command::RevokeInvite { id });
    }
    // Somebody is faster with the second one, and that is news.
    take(&mut world, CAROLS, &link, Arrival::Pasted);
    world.restart(DESK);
    world.pass(Duration::from_secs(60));
    assert_eq!(state(&world, used), None);
    assert!(matches!(
        state(&world, open),
        Some(InviteState::Used { .. })
    ));
}

#[test]
fn an_invite_made_without_a_connection_is_good_once_there_is_one() {
    let mut world = strangers();
    world.command(DESK, Command::GoOffline);
    world.drive();
    let (id, link) = make(&mut world, DAY);
    assert_eq!(state(&world, id), Some(InviteState::ToPublish));
    world.restart(DESK);
    world.pass(Duration::from_secs(60));
    assert_eq!(state(&world, id), Some(InviteState::Open));
    // Another device of hers learns of it, and takes it back.
    let phone = world.add(Device::with_identity(&alice(), "phone", Some(key(1))));
    world.pass(Duration::from_secs(60));
    world.command(phone, Command::RevokeInvite { id });
    world.drive();
    world.restart(DESK);
    world.pass(Duration::from_secs(60));
    assert_eq!(state(&world, id), None);
    take(&mut world, BOBS, &link, Arrival::Pasted);
    assert_eq!(asking(&world), [bob()]);
}

#[test]
fn there_are_not_more_invites_than_a_person_makes() {
    let mut world = strangers();
    for _ in 0..100 {
        make(&mut world, DAY);
    }
    let command = Command::MakeInvite {
        ticket: 7,
        name: None,
        lifetime: DAY,
    };
    world.command(DESK, command);
    assert_eq!(refusals(&mut world, DESK), [CommandError::TooManyInvites]);
}

#[test]
fn the_keys_of_an_invite_are_those_that_are_trusted() {
    for (arrival, has_right_key, rule) in [
        (Arrival::Scanned, true, TrustRule::VerifiedByPerson),
        (Arrival::Pasted, true, TrustRule::FirstUse),
        (Arrival::Clicked, true, TrustRule::FirstUse),
        (Arrival::Scanned, false, TrustRule::NeedsDecision),
        (Arrival::Pasted, false, TrustRule::NeedsDecision),
        (Arrival::Clicked, false, TrustRule::FirstUse),
    ] {
        let accounts = ["alice@a.example", "bob@a.example"];
        let devices = accounts.map(|it| Device::with_identity(it, "desk", None));
        let mut world = World::of(accounts, devices.into());
        let [alice, bob] = accounts;
        world.pass(Duration::from_secs(60));
        let memory = world.devices[BOBS].engine.memory();
        let bobs = memory.our_device.clone().unwrap();
        let mut named = *bobs.identity_key().as_bytes();
        if !has_right_key {
            let memory = world.devices[DESK].engine.memory();
            let alices = memory.our_device.as_ref().unwrap();
            named = *alices.identity_key().as_bytes();
        }
        let (id, named) = (bobs.id().get(), HEXLOWER.encode(&named));
        let link = format!("xmpp:{bob}?roster;omemo-sid-{id}={named}");
        take(&mut world, DESK, &link, arrival);
        let accept = Command::AddContact {
            jid: jid(alice),
            name: None,
            introduction: None,
        };
        world.command(BOBS, accept);
        world.pass(Duration::from_secs(60));
        world.write(DESK, bob, "Is it you?");
        world.pass(Duration::from_secs(60));
        let record = world.protection(DESK, bob);
        let device = &record.devices[&bobs.id()];
        let decision = record.decide(device, false);
        assert_eq!(decision.because, rule, "{arrival:?} {has_right_key}");
        // What the user says later is not undone by the same invite.
        let refuse = Command::SetTrust {
            jid: jid(bob),
            device: bobs.id(),
            key: device.key,
            verdict: Verdict::Refused,
        };
        world.command(DESK, refuse);
        take(&mut world, DESK, &link, arrival);
        let record = world.protection(DESK, bob);
        let decision = record.decide(&record.devices[&bobs.id()], false);
        assert_eq!(decision.because, TrustRule::RefusedByPerson);
    }
}

#[test]
fn a_trust_message_link_counts_as_much_as_an_invite() {
    for (said, arrival, rule) in [
        ("trust", Arrival::Scanned, TrustRule::VerifiedByPerson),
        ("trust", Arrival::Pasted, TrustRule::FirstUse),
        ("distrust", Arrival::Scanned, TrustRule::DeniedByDevice),
        ("distrust", Arrival::Pasted, TrustRule::NeedsDecision),
        ("distrust", Arrival::Clicked, TrustRule::FirstUse),
    ] {
        let [alice, bob] = ["alice@a.example", "bob@a.example"];
        let devices = [alice, bob].map(|it| Device::with_identity(it, "desk", None));
        let mut world = World::of([alice, bob], devices.into());
        for (device, contact) in [(DESK, bob), (BOBS, alice)] {
            let command = Command::AddContact {
                jid: jid(contact),
                name: None,
                introduction: None,
            };
            world.command(device, command);
        }
        world.pass(Duration::from_secs(60));
        let memory = world.devices[BOBS].engine.memory();
        let bobs = memory.our_device.clone().unwrap();
        let key = HEXLOWER.encode(bobs.identity_key().as_bytes());
        let link = format!(
            "xmpp:{bob}?trust-message;encryption=eu.siacs.conversations.axolotl;{said}={key}"
        );
        take(&mut world, DESK, &link, arrival);
        let record = world.protection(DESK, bob);
        let decision = record.decide(&record.devices[&bobs.id()], false);
        assert_eq!(decision.because, rule, "{said} {arrival:?}");
    }
}

#[test]
fn who_scans_a_code_has_verified_who_shows_it() {
    let mut world = strangers();
    let (_, link) = make(&mut world, DAY);
    take(&mut world, BOBS, &link, Arrival::Scanned);
    let known = known_by(&world, BOBS, &alice());
    assert!(matches!(known, KnownBy::Verified { .. }), "{known:?}");
    let known = known_by(&world, DESK, &bob());
    assert!(matches!(known, KnownBy::Introduced { .. }), "{known:?}");
}

#[test]
fn a_statement_from_before_the_invite_is_refused() {
    let mut world = strangers();
    let (_, link) = make(&mut world, DAY);
    let mut invite = Invite::read(&link).unwrap();
    invite.least_serial = invite.least_serial.map(|serial| serial + 1);
    let later = invite.to_link("onym.example").unwrap();
    world.devices[BOBS].events.clear();
    take(&mut world, BOBS, &later, Arrival::Pasted);
    let identities = &world.devices[BOBS].engine.memory().identities;
    assert!(!identities.contains_key(&jid(&alice())));
    let events = &world.devices[BOBS].events;
    let is_refused = |it: &Event| matches!(it, Event::StatementRefused { .. });
    assert!(events.iter().any(is_refused));
}

#[test]
fn an_invite_that_names_another_identity_is_loud() {
    // Bob's account has an ordinary name, and his statement lists it.
    let accounts = ["alice@a.example", "bob@a.example"];
    let devices = accounts.map(|it| Device::with_identity(it, "desk", None));
    let mut world = World::of(accounts, devices.into());
    let [_, bob] = accounts;
    let invite = |of: u8| {
        let mut invite = Invite::to(jid(bob));
        invite.claimed_identity = Some(key(of).public());
        invite.to_link("onym.example").unwrap()
    };
    take(&mut world, DESK, &invite(2), Arrival::Pasted);
    let expected = &world.devices[DESK].engine.memory().introductions[&jid(bob)];
    assert_eq!(expected.identity, key(2).public());
    // Nothing of a click is believed.
    take(&mut world, DESK, &invite(3), Arrival::Clicked);
    let expected = &world.devices[DESK].engine.memory().introductions[&jid(bob)];
    assert_eq!(expected.identity, key(2).public());
    // What was scanned is not replaced by what somebody has sent, and the user hears of it.
    take(&mut world, DESK, &invite(2), Arrival::Scanned);
    world.devices[DESK].events.clear();
    take(&mut world, DESK, &invite(3), Arrival::Pasted);
    let refused = Event::CommandRefused(CommandError::OtherIdentity { jid: jid(bob) });
    assert!(world.devices[DESK].events.contains(&refused));
    let expected = &world.devices[DESK].engine.memory().introductions[&jid(bob)];
    assert_eq!(expected.identity, key(2).public());
    assert!(matches!(expected.known_by, KnownBy::Verified { .. }));
    // What a person scans later counts.
    take(&mut world, DESK, &invite(3), Arrival::Scanned);
    let expected = &world.devices[DESK].engine.memory().introductions[&jid(bob)];
    assert_eq!(expected.identity, key(3).public());
}
