//! Identities behind addresses that do not name them: the statement lists the account, and the account
//! publishes the statement.

use std::time::Duration;

use onym_client_protocol::command::{Command, IdentityVerdict};
use onym_client_protocol::identities::StatementRefusal as Refusal;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{AddressStanding, IdentityEvent, KnownBy};
use onym_client_protocol::trust::TrustRule;
use onym_client_protocol::view_model::{PersonStanding, Surroundings};
use onym_identity::Timestamp;
use onym_identity::invite::{Invite, InviteTrust};
use onym_identity::statement::{FollowError, Revocation, Revoked, VerifyError};

use crate::signed::*;
use crate::world::{World, jid};

/// What Bob's page of somebody says.
fn standing(world: &World, of: &str) -> PersonStanding {
    let page = jid(of);
    let view = world.devices[BOBS].engine.view(Surroundings {
        person: Some(&page),
        ..Surroundings::at(world.now(), &0)
    });
    view.person.unwrap().summary.standing
}

#[test]
fn the_first_identity_that_both_sides_name_vouches_for_later_devices() {
    let mut world = friends();
    bob_writes(&mut world, ALICE, "Hello");
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
    let phone = world.add_device(ALICE, "phone");
    let unsigned = world.add_device(ALICE, "tablet");
    bob_writes(&mut world, ALICE, "Who is there?");
    assert_eq!(rule(&world, ALICE, phone), TrustRule::NeedsDecision);
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES, phone]), &key(1));
    publish(&mut world, ALICE, &statement);
    let record = known(&world, ALICE).unwrap();
    assert_eq!(
        (*record.identity(), record.known_by),
        (key(1).public(), KnownBy::FirstSeen)
    );
    assert!(record.is_confirmed() && !record.is_named());
    // It is worth no more than having been there first, and no less.
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
    assert_eq!(rule(&world, ALICE, phone), TrustRule::SignedByFirstSeen);
    assert_eq!(rule(&world, ALICE, unsigned), TrustRule::NeedsDecision);
    assert_eq!(refusals(&mut world), []);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(rule(&world, ALICE, phone), TrustRule::SignedByFirstSeen);
    assert_eq!(known(&world, ALICE).unwrap(), record);
}

#[test]
fn an_identity_that_appears_late_adds_no_devices_before_the_user_takes_it() {
    let mut world = friends();
    bob_writes(&mut world, ALICE, "Hello");
    world.sleep(DAY);
    let phone = world.add_device(ALICE, "phone");
    // Whoever runs the server could have made it, and knows the keys that she has.
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES, phone]), &key(1));
    publish(&mut world, ALICE, &statement);
    bob_writes(&mut world, ALICE, "Who is there?");
    assert!(known(&world, ALICE).unwrap().is_confirmed());
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
    assert_eq!(rule(&world, ALICE, phone), TrustRule::NeedsDecision);
    assert_eq!(standing(&world, ALICE), PersonStanding::Late);
    let command = Command::DecideIdentity {
        jid: jid(ALICE),
        identity: key(1).public(),
        verdict: IdentityVerdict::TakeNew,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(60));
    assert_eq!(rule(&world, ALICE, phone), TrustRule::SignedByFirstSeen);
    assert_eq!(standing(&world, ALICE), PersonStanding::Confirmed);
    let last = world.texts(phone, BOB).pop();
    assert_eq!(last.as_deref(), Some("Who is there?"));
}

/// Whoever runs the server may put the identity of somebody there whom the user trusts.
#[test]
fn a_late_identity_has_no_say_although_it_is_verified_elsewhere() {
    let mut world = friends();
    bob_writes(&mut world, ALICE, "Hello");
    world.sleep(DAY);
    let phone = world.add_device(ALICE, "phone");
    let hers = sign(&body(&world, 1, &[CAROL], &[]), &key(1));
    publish(&mut world, CAROL, &hers);
    let command = Command::VerifyIdentity {
        jid: jid(CAROL),
        identity: key(1).public(),
        is_verified: true,
    };
    world.command(BOBS, command);
    let mut everywhere = body(&world, 2, &[ALICE, CAROL], &[phone, ALICES]);
    let (since, alices) = (everywhere.issued, everywhere.keys.split_off(1));
    everywhere.revocations = alices
        .into_iter()
        .map(|claim| Revocation {
            what: Revoked::Key(claim.key),
            since,
        })
        .collect();
    publish(&mut world, ALICE, &sign(&everywhere, &key(1)));
    bob_writes(&mut world, ALICE, "Who is there?");
    assert_eq!(standing(&world, ALICE), PersonStanding::Late);
    assert_eq!(rule(&world, ALICE, phone), TrustRule::NeedsDecision);
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
}

#[test]
fn a_statement_that_does_not_list_the_account_binds_nothing() {
    let mut world = friends();
    let statement = sign(&body(&world, 1, &[CAROL], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    assert_eq!(known(&world, ALICE), None);
    assert_eq!(known(&world, CAROL), None);
    let refused = refusals(&mut world);
    assert!(!refused.is_empty() && refused.iter().all(|it| *it == Refusal::OtherAddress));
}

#[test]
fn a_claim_that_the_account_does_not_confirm_is_none() {
    let mut world = friends();
    let statement = sign(&body(&world, 1, &[ALICE, CAROL], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    assert!(known(&world, ALICE).is_some());
    assert_eq!(known(&world, CAROL), None, "Carol has said nothing");
    publish(&mut world, CAROL, &statement);
    assert!(known(&world, CAROL).unwrap().is_confirmed());
    let confirmed = IdentityEvent::AddressConfirmed(jid(CAROL));
    assert!(happened(&world, ALICE).contains(&confirmed));
}

#[test]
fn an_address_of_nobody_we_know_is_asked_once_and_counts_if_it_confirms() {
    let mut world = friends();
    world.command(BOBS, Command::RemoveContact { jid: jid(CAROL) });
    world.pass(Duration::from_secs(10));
    let statement = sign(&body(&world, 1, &[ALICE, CAROL], &[ALICES]), &key(1));
    let other = sign(&body(&world, 1, &[CAROL], &[CAROLS]), &key(2));
    publish(&mut world, CAROL, &other);
    publish(&mut world, ALICE, &statement);
    assert!(known(&world, ALICE).is_some());
    assert_eq!(known(&world, CAROL), None, "it is somebody else's");
    publish(&mut world, CAROL, &statement);
    assert_eq!(
        known(&world, CAROL),
        None,
        "news of strangers are not heard"
    );
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert!(known(&world, CAROL).unwrap().is_confirmed());
    // What it leaves out again is forgotten, so that nobody fills the disk with addresses.
    let statement = sign(&body(&world, 2, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    assert_eq!(known(&world, CAROL), None);
    assert_eq!(refusals(&mut world), []);
}

/// The identity is confirmed at both addresses.
fn at_both() -> World {
    let mut world = friends();
    let statement = sign(&body(&world, 5, &[ALICE, CAROL], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    publish(&mut world, CAROL, &statement);
    assert!(known(&world, CAROL).unwrap().is_confirmed());
    assert_eq!(refusals(&mut world), []);
    world
}

#[test]
fn what_was_seen_at_one_address_counts_at_all() {
    let mut world = at_both();
    let mut later = body(&world, 6, &[ALICE, CAROL], &[ALICES]);
    let older = sign(&body(&world, 4, &[ALICE, CAROL], &[]), &key(1));
    later.keys[0].jid = jid(CAROL);
    publish(&mut world, ALICE, &sign(&later, &key(1)));
    let [alice, carol] = [ALICE, CAROL].map(|it| known(&world, it).unwrap());
    assert_eq!(alice.followed, carol.followed);
    assert_eq!((alice.signed.len(), carol.signed.len()), (0, 1));
    for statement in [
        older,
        sign(&body(&world, 5, &[ALICE, CAROL], &[ALICES]), &key(1)),
    ] {
        publish(&mut world, CAROL, &statement);
        let refused = refusals(&mut world);
        let is_older =
            |it: &Refusal| matches!(it, Refusal::NotFollowed(FollowError::Older { seen: 6, .. }));
        assert!(
            !refused.is_empty() && refused.iter().all(is_older),
            "{refused:?}"
        );
        assert_eq!(known(&world, CAROL).unwrap().signed, carol.signed);
    }
}

#[test]
fn two_statements_with_one_number_at_two_addresses_are_told() {
    let mut world = at_both();
    let one = sign(&body(&world, 6, &[ALICE, CAROL], &[ALICES]), &key(1));
    let other = sign(&body(&world, 6, &[ALICE, CAROL], &[]), &key(1));
    publish(&mut world, ALICE, &one);
    publish(&mut world, CAROL, &other);
    let refused = refusals(&mut world);
    let is_equivocation = |it: &Refusal| {
        matches!(
            it,
            Refusal::NotFollowed(FollowError::Equivocation { serial: 6, .. })
        )
    };
    assert!(
        !refused.is_empty() && refused.iter().all(is_equivocation),
        "{refused:?}"
    );
    assert!(matches!(
        happened(&world, CAROL).last(),
        Some(IdentityEvent::Refused(why)) if is_equivocation(why)
    ));
    assert_eq!(known(&world, CAROL).unwrap().statement, one);
}

#[test]
fn an_address_that_is_left_out_loses_its_power_until_it_publishes_again() {
    let mut world = at_both();
    let mut without = body(&world, 6, &[ALICE], &[ALICES]);
    publish(&mut world, ALICE, &sign(&without, &key(1)));
    let carol = known(&world, CAROL).unwrap();
    assert_eq!(carol.address, AddressStanding::LeftOut);
    assert!(carol.signed.is_empty() && !carol.is_confirmed());
    let left = IdentityEvent::AddressLeft(jid(CAROL));
    assert!(happened(&world, ALICE).contains(&left));
    // Nothing stands in the way of a message to an account that is no longer the identity's.
    bob_writes(&mut world, CAROL, "Still there?");
    assert_eq!(world.texts(CAROLS, BOB), ["Still there?"]);
    // That the identity lists it again does not say that the account does.
    without = body(&world, 7, &[ALICE, CAROL], &[ALICES]);
    let again = sign(&without, &key(1));
    publish(&mut world, ALICE, &again);
    assert!(!known(&world, CAROL).unwrap().is_confirmed());
    publish(&mut world, CAROL, &again);
    assert!(known(&world, CAROL).unwrap().is_confirmed());
}

#[test]
fn nothing_is_sent_to_an_address_that_its_owner_has_revoked() {
    let mut world = at_both();
    let mut revoking = body(&world, 6, &[ALICE], &[ALICES]);
    revoking.revocations.push(Revocation {
        what: Revoked::Endpoint(jid(CAROL)),
        since: world.now(),
    });
    publish(&mut world, ALICE, &sign(&revoking, &key(1)));
    bob_writes(&mut world, CAROL, "Who reads this?");
    assert_eq!(
        world.devices[BOBS].engine.hold(&jid(CAROL)),
        Some(Hold::AddressRevoked)
    );
    assert!(world.texts(CAROLS, BOB).is_empty());
    bob_writes(&mut world, ALICE, "You do");
    assert_eq!(world.texts(ALICES, BOB), ["You do"]);
}

#[test]
fn a_statement_of_another_time_binds_nothing() {
    let mut world = friends();
    let mut old = body(&world, 1, &[ALICE], &[ALICES]);
    old.issued = Timestamp::UNIX_EPOCH;
    old.expires = Timestamp::UNIX_EPOCH + DAY;
    publish(&mut world, ALICE, &sign(&old, &key(1)));
    let mut future = body(&world, 2, &[ALICE], &[ALICES]);
    future.issued = world.now() + Duration::from_secs(2 * 60 * 60);
    publish(&mut world, ALICE, &sign(&future, &key(1)));
    let refused = refusals(&mut world);
    let is_expired =
        |it: &Refusal| matches!(it, Refusal::Unbelievable(VerifyError::Expired { .. }));
    let is_from_the_future =
        |it: &Refusal| matches!(it, Refusal::Unbelievable(VerifyError::FromTheFuture { .. }));
    assert!(refused.iter().any(is_expired) && refused.iter().any(is_from_the_future));
    assert_eq!(known(&world, ALICE), None);
}

#[test]
fn a_person_who_compared_the_key_vouches_for_all_addresses_of_the_identity() {
    let mut world = at_both();
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
    let verify = |is_verified| Command::VerifyIdentity {
        jid: jid(CAROL),
        identity: key(1).public(),
        is_verified,
    };
    world.command(BOBS, verify(true));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::SignedByVerified);
    assert!(rule(&world, ALICE, ALICES).is_verified());
    world.command(BOBS, verify(false));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::FirstUse);
    let said = happened(&world, ALICE);
    assert!(said.ends_with(&[
        IdentityEvent::Verified,
        IdentityEvent::VerificationWithdrawn
    ]));
    // What the user saw is what counts.
    let command = Command::VerifyIdentity {
        jid: jid(CAROL),
        identity: key(2).public(),
        is_verified: true,
    };
    world.command(BOBS, command);
    assert_eq!(known(&world, CAROL).unwrap().known_by, KnownBy::FirstSeen);
}

#[test]
fn an_identity_that_an_invite_named_is_more_than_the_first_one() {
    let mut world = friends();
    let introduce = |worth| Command::IntroduceIdentity {
        jid: jid(ALICE),
        identity: key(1).public(),
        worth,
    };
    // Anyone can make a link that somebody clicks on.
    world.command(BOBS, introduce(InviteTrust::None));
    assert!(world.devices[BOBS].engine.memory().introductions.is_empty());
    world.command(BOBS, introduce(InviteTrust::Introduced));
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    let statement = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::SignedByIntroduced);
    assert!(world.devices[BOBS].engine.memory().introductions.is_empty());
    world.command(BOBS, introduce(InviteTrust::Verified));
    assert_eq!(rule(&world, ALICE, ALICES), TrustRule::SignedByVerified);
}

/// The link to Alice that Bob can give to somebody else.
fn link(world: &World) -> Invite {
    let page = jid(ALICE);
    let view = world.devices[BOBS].engine.view(Surroundings {
        person: Some(&page),
        ..Surroundings::at(world.now(), &0)
    });
    Invite::read(&view.person.unwrap().link).unwrap()
}

#[test]
fn a_link_to_somebody_passes_on_what_is_known_and_nothing_in_doubt() {
    let mut world = friends();
    bob_writes(&mut world, ALICE, "Hello");
    assert_eq!(
        link(&world),
        Invite::to(jid(ALICE)),
        "first use is no proof"
    );
    let statement = sign(&body(&world, 3, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &statement);
    let seen = link(&world);
    assert_eq!(seen.claimed_identity, Some(key(1).public()));
    assert_eq!(seen.least_serial, Some(3));
    assert_eq!(seen.keys, []);
    let verify = Command::VerifyIdentity {
        jid: jid(ALICE),
        identity: key(1).public(),
        is_verified: true,
    };
    world.command(BOBS, verify);
    world.pass(Duration::from_secs(5));
    let hers = world.devices[ALICES].engine.memory().our_device.as_ref();
    let hers = hers.map(|device| (Some(device.id().get()), device.identity_key()));
    let named: Vec<_> = link(&world).keys;
    let named = named
        .iter()
        .map(|it| (it.device, it.key.fingerprint.as_bytes().to_vec()));
    let hers: Vec<_> = hers
        .iter()
        .map(|(id, key)| (*id, key.as_bytes().to_vec()))
        .collect();
    assert_eq!(named.collect::<Vec<_>>(), hers);

    let other = sign(&body(&world, 1, &[ALICE], &[ALICES]), &key(9));
    publish(&mut world, ALICE, &other);
    assert!(standing(&world, ALICE).is_alarming());
    assert_eq!(link(&world), Invite::to(jid(ALICE)));
}
