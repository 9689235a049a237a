//! Identities that their owners have revoked, and those that come after others.

use std::time::Duration;

use onym_client_protocol::command::{Command, CommandError, IdentityVerdict};
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::StatementRefusal as Refusal;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::IdentityEvent;
use onym_client_protocol::trust::TrustRule;
use onym_identity::statement::{FollowError, IdentityRevocation, Succession};

use crate::signed::*;
use crate::world::{World, jid};

fn followed() -> World {
    let mut world = friends();
    let statement = sign(&body(&world, 5, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    bob_writes(&mut world, ALICE, "Before");
    told(&mut world);
    world
}

fn hold(world: &World) -> Option<Hold> {
    world.devices[BOBS].engine.hold(&jid(ALICE))
}

fn take(world: &mut World, bytes: Vec<u8>) {
    world.command(BOBS, Command::TakeIdentityDocument { bytes });
    world.pass(Duration::from_secs(60));
}

fn succession(world: &World, old: u8, new: u8) -> Vec<u8> {
    let proposed = Succession::propose(&key(old), key(new).public(), world.now()).unwrap();
    proposed.accept(&key(new)).unwrap()
}

/// Nothing of Alice's identity counts any more, for ever.
fn is_revoked(world: &mut World) {
    assert_eq!(rule(world, ALICE, ALICES), TrustRule::RevokedByIdentity);
    bob_writes(world, ALICE, "Is anybody there?");
    assert_eq!(hold(world), Some(Hold::IdentityRevoked));
    assert_eq!(world.texts(ALICES, BOB), ["Before"]);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    told(world);
    for account in [ALICE, CAROL] {
        let later = sign(&body(world, 9, &[account], &[]), &key(1));
        publish(world, account, &later);
        let refused = refusals(world);
        let is_revoked = |it: &Refusal| *it == Refusal::NotFollowed(FollowError::Revoked);
        assert!(
            !refused.is_empty() && refused.iter().all(is_revoked),
            "{refused:?}"
        );
    }
    assert_eq!(known(world, CAROL), None);
    assert_eq!(hold(world), Some(Hold::IdentityRevoked));
    // Its owner begins anew, and the user agrees.
    let new = sign(&body(world, 1, &[ALICE], &[ALICES]), &key(2));
    publish(world, ALICE, &new);
    let command = Command::DecideIdentity {
        jid: jid(ALICE),
        identity: key(2).public(),
        verdict: IdentityVerdict::TakeNew,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(120));
    assert_eq!(world.texts(ALICES, BOB), ["Before", "Is anybody there?"]);
}

#[test]
fn an_identity_that_was_revoked_is_never_believed_again() {
    let mut world = followed();
    take(&mut world, IdentityRevocation::sign(&key(1)));
    assert!(happened(&world, ALICE).contains(&IdentityEvent::Revoked));
    is_revoked(&mut world);
}

#[test]
fn a_revocation_beside_the_statement_counts() {
    let mut world = followed();
    let revocation = IdentityRevocation::sign(&key(1));
    told(&mut world);
    publish_with(&mut world, ALICE, &[], &[&revocation]);
    let events = told(&mut world);
    let is_told =
        |it: &&Event| matches!(it, Event::IdentityRevoked { jid: of } if *of == jid(ALICE));
    assert_eq!(events.iter().filter(is_told).count(), 1);
    let is_refused = |it: &Event| matches!(it, Event::StatementRefused { .. });
    assert!(!events.iter().any(is_refused), "{events:?}");
    is_revoked(&mut world);
}

#[test]
fn a_forged_revocation_changes_nothing() {
    let mut world = followed();
    let mut forged = IdentityRevocation::sign(&key(1));
    *forged.last_mut().unwrap() ^= 1;
    publish_with(&mut world, ALICE, &[], &[&forged]);
    take(&mut world, forged);
    let refused = told(&mut world).into_iter().any(|event| {
        matches!(
            event,
            Event::CommandRefused(CommandError::DocumentRefused {
                why: Refusal::Unbelievable(_)
            })
        )
    });
    assert!(refused);
    bob_writes(&mut world, ALICE, "Still there?");
    assert_eq!(world.texts(ALICES, BOB), ["Before", "Still there?"]);
}

#[test]
fn the_end_of_an_identity_that_comes_later_is_remembered_if_the_user_has_it() {
    let mut world = friends();
    take(&mut world, IdentityRevocation::sign(&key(1)));
    // What a stranger shows of strangers is not kept.
    let other = IdentityRevocation::sign(&key(2));
    publish_with(&mut world, CAROL, &[], &[&other]);
    let ended = &world.devices[BOBS].engine.memory().ended;
    assert_eq!(ended.keys().collect::<Vec<_>>(), [&key(1).public()]);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    told(&mut world);
    let statement = sign(&body(&world, 5, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    assert!(refusals(&mut world).contains(&Refusal::NotFollowed(FollowError::Revoked)));
    assert_eq!(known(&world, ALICE), None);
}

#[test]
fn who_comes_after_an_identity_is_followed_if_the_user_says_so() {
    let mut world = followed();
    let bytes = succession(&world, 1, 2);
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(2));
    publish_with(&mut world, ALICE, &statement, &[&bytes]);
    let asked = Event::IdentityChanged { jid: jid(ALICE) };
    assert!(told(&mut world).contains(&asked));
    let by = key(2).public();
    assert!(happened(&world, ALICE).contains(&IdentityEvent::Succeeded { by }));
    bob_writes(&mut world, ALICE, "To whom?");
    assert_eq!(hold(&world), Some(Hold::IdentityChanged));
    let command = Command::DecideIdentity {
        jid: jid(ALICE),
        identity: by,
        verdict: IdentityVerdict::TakeNew,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(120));
    assert_eq!(*known(&world, ALICE).unwrap().identity(), by);
    assert_eq!(world.texts(ALICES, BOB), ["Before", "To whom?"]);
    // The old one says nothing any more, and has no second successor.
    let old = sign(&body(&world, 9, &[CAROL], &[]), &key(1));
    publish(&mut world, CAROL, &old);
    assert_eq!(known(&world, CAROL), None);
    let bytes = succession(&world, 1, 3);
    told(&mut world);
    take(&mut world, bytes);
    let refused = Refusal::NotFollowed(FollowError::OtherSuccessor {
        seen: by,
        got: key(3).public(),
    });
    let expected = Event::CommandRefused(CommandError::DocumentRefused { why: refused });
    assert!(told(&mut world).contains(&expected));
}

#[test]
fn a_loose_statement_counts_where_its_identity_is_known() {
    let mut world = followed();
    let later = sign(&body(&world, 6, &[ALICE], &[]), &key(1));
    take(&mut world, later.clone());
    assert_eq!(known(&world, ALICE).unwrap().statement, later);
    let other = sign(&body(&world, 1, &[CAROL], &[CAROLS]), &key(2));
    take(&mut world, other);
    assert_eq!(known(&world, CAROL), None);
    let why = Refusal::UnknownIdentity;
    let expected = Event::CommandRefused(CommandError::DocumentRefused { why });
    assert!(told(&mut world).contains(&expected));
}
