//! The move of our endpoint, as our own page shows it, and as it is taken back.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::view_model::{AnnouncedMove, OurMoveView, Surroundings};
use onym_identity::statement::Revoked;
use onym_identity::{OnymJid, RootSecret};

use crate::identities::{alice, alices_key, bob, friends, known};
use crate::signed::DAY;
use crate::world::{Device, World, jid};

const DESK: usize = 0;
const BOBS: usize = 1;

/// Alice's identity at another onion service.
fn elsewhere() -> String {
    let endpoint = RootSecret::from_bytes(&[9; 32]).onion_service_key(1);
    let jid = OnymJid {
        identity: alices_key().public(),
        address: endpoint.onion_address(),
    };
    jid.to_string()
}

/// What her own page says of a move.
fn shown(world: &World, next: Option<&str>, after: Duration) -> Option<OurMoveView> {
    let (page, next) = (jid(&alice()), next.map(jid));
    let view = world.devices[DESK].engine.view(Surroundings {
        person: Some(&page),
        next_address: next.as_ref(),
        ..Surroundings::at(world.now() + after, &0)
    });
    view.person.unwrap().our_move
}

#[test]
fn an_announced_move_says_whether_others_can_read_of_it_and_is_taken_back() {
    let (mut world, new) = (friends(), elsewhere());
    assert_eq!(shown(&world, None, Duration::ZERO), None);
    let announced = |is_published| {
        let to = new.clone();
        Some(OurMoveView::Announced(AnnouncedMove { to, is_published }))
    };
    assert_eq!(shown(&world, Some(&new), Duration::ZERO), announced(false));
    let claim = || Command::ClaimAddress {
        jid: jid(&new),
        priority: None,
    };
    world.command(DESK, claim());
    world.pass(Duration::from_secs(60));
    assert_eq!(shown(&world, Some(&new), Duration::ZERO), announced(true));
    let lists = |world: &World| {
        let body = known(world, BOBS).body().unwrap();
        body.endpoints.iter().any(|it| it.jid == jid(&new))
    };
    assert!(lists(&world), "Bob has read of it");

    let drop = Command::DropAddress {
        jid: jid(&new),
        is_revoked: false,
    };
    world.command(DESK, drop);
    world.pass(Duration::from_secs(60));
    assert!(!lists(&world));
    let body = known(&world, BOBS).body().unwrap();
    let revoked = Revoked::Endpoint(jid(&new));
    assert!(
        body.revocations.iter().all(|it| it.what != revoked),
        "what is revoked could never be moved to"
    );
    let memory = world.devices[BOBS].engine.memory();
    assert!(memory.contacts.contains_key(&jid(&alice())));
    assert!(!memory.contacts.contains_key(&jid(&new)));

    world.command(DESK, claim());
    world.pass(Duration::from_secs(60));
    assert!(lists(&world), "she may change her mind once more");
}

#[test]
fn who_has_followed_and_who_has_not_is_told_for_a_month() {
    let old = elsewhere();
    let desk = || {
        let desk = Device::with_identity(&alice(), "desk", Some(alices_key()));
        desk.having_left(&old)
    };
    let page = jid(&alice());
    let fresh = desk();
    let at_first = fresh.engine.view(Surroundings {
        person: Some(&page),
        ..Surroundings::at("2026-11-23T12:00:00Z".parse().unwrap(), &0)
    });
    let at_first = at_first.person.unwrap().our_move;
    assert_eq!(at_first, Some(OurMoveView::Arriving), "nothing is signed");

    let key = RootSecret::from_bytes(&[2; 32]).identity_key();
    let bobs = Device::with_identity(&bob(), "desk", Some(key));
    let mut world = World::of([&alice(), &bob()], vec![desk(), bobs]);
    for (device, contact) in [(DESK, bob()), (BOBS, alice()), (DESK, silent())] {
        let command = Command::AddContact {
            jid: jid(&contact),
            name: None,
            introduction: None,
        };
        world.command(device, command);
    }
    world.pass(Duration::from_secs(10));
    world.hear(
        DESK,
        "<iq type='set' id='push'><query xmlns='jabber:iq:roster'>\
         <item jid='watcher@w.example' subscription='from'/></query></iq>",
    );
    world.hear(
        DESK,
        "<iq type='set' id='push2'><query xmlns='jabber:iq:roster'>\
         <item jid='nobody@n.example' subscription='none'/></query></iq>",
    );
    let Some(OurMoveView::Moved(moved)) = shown(&world, None, Duration::ZERO) else {
        panic!("the outcome is not shown");
    };
    assert_eq!(moved.followed, 1);
    assert_eq!(moved.waiting, ["silent"]);
    assert_eq!(moved.not_asked, ["watcher"]);
    assert!(shown(&world, None, 29 * DAY).is_some());
    assert_eq!(shown(&world, None, 31 * DAY), None);
}

fn silent() -> String {
    "silent@s.example".to_owned()
}

/// Whoever has moved is online until the contacts were asked, whether a client is there or not.
#[test]
fn a_move_is_told_of_once_after_each_start() {
    let old = elsewhere();
    let desk = Device::with_identity(&alice(), "desk", Some(alices_key())).having_left(&old);
    assert!(!desk.engine.is_moving(), "nobody is to be told");
    let key = RootSecret::from_bytes(&[2; 32]).identity_key();
    let bobs = Device::with_identity(&bob(), "desk", Some(key));
    let mut world = World::of([&alice(), &bob()], vec![desk, bobs]);
    let command = Command::AddContact {
        jid: jid(&bob()),
        name: None,
        introduction: None,
    };
    world.command(DESK, command);
    world.pass(Duration::from_secs(10));
    assert!(world.devices[DESK].engine.memory().contacts[&jid(&bob())].asked);
    world.restart(DESK);
    assert!(world.devices[DESK].engine.is_moving());
    let sent = world.sent();
    world.pass(Duration::from_secs(60));
    assert!(!world.devices[DESK].engine.is_moving());
    let sent = world.sent_since(sent);
    let asks = format!("to='{}'", bob());
    let request = sent
        .split("<presence")
        .find(|it| it.contains("subscribe") && it.contains(&asks));
    // It shows what proves where we are.
    assert!(request.unwrap().contains("urn:onym:identity:1"), "{sent}");
}
