//! What the window shows of who somebody is.

use std::time::Duration;

use onym_client_protocol::address_check::AddressAnswer;
use onym_client_protocol::command::{Command, IdentityVerdict, Verdict};
use onym_client_protocol::store::IdentityEvent;
use onym_client_protocol::view_model::{
    AddressProof, KnownAs, NameWarning, OpenConversation, PersonStanding, PersonView, Stranger,
    StrangerIdentity, StrangerLook, Surroundings, ViewModel, name_of,
};
use onym_identity::RootSecret;
use onym_identity::invite::Invite;
use onym_identity::statement::{
    DisplayName, Document, Endpoint, EndpointKind, ForeignKey, KeyClaim, KeyProtocol, Revocation,
    Revoked, Statement, StatementBody, Unverified, find_blocks,
};

use crate::identities::{add_phone, alice, alices_key, bob, body, decide, friends, known, sign};
use crate::world::{World, jid};

const DESK: usize = 0;
const BOBS: usize = 1;

/// What a device shows with the page of this address open.
fn view(world: &World, device: usize, page: &str) -> ViewModel {
    let page = jid(page);
    world.devices[device].engine.view(Surroundings {
        person: Some(&page),
        ..Surroundings::at(world.now(), &0)
    })
}

fn person(world: &World, device: usize, page: &str) -> PersonView {
    view(world, device, page).person.unwrap()
}

/// Bob sees this of Alice in the place of what she signs next.
fn publish(world: &mut World, body: &StatementBody) {
    add_phone(world, false);
    world.forgery = Some(sign(body, &alices_key()));
    decide(world, Verdict::Accepted);
    world.forgery = None;
}

fn verify(world: &mut World, is_verified: bool) {
    let command = Command::VerifyIdentity {
        jid: jid(&alice()),
        identity: alices_key().public(),
        is_verified,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(5));
}

#[test]
fn nothing_is_read_while_no_page_is_open() {
    let world = friends();
    let closed = world.devices[BOBS]
        .engine
        .view(Surroundings::at(world.now(), &0));
    assert_eq!(closed.person, None);
    assert!(person(&world, BOBS, &alice()).statement.is_some());
}

#[test]
fn an_address_that_names_its_key_stands_for_it_until_a_person_has_looked() {
    let mut world = friends();
    let seen = person(&world, BOBS, &alice());
    assert_eq!(seen.summary.standing, PersonStanding::AddressIsKey);
    assert_eq!(seen.summary.identity, Some(alices_key().public()));
    let statement = seen.statement.unwrap();
    assert!(!statement.is_expired);
    assert_eq!(statement.addresses.len(), 1);
    assert_eq!(statement.addresses[0].proof, AddressProof::Confirmed);
    assert!(statement.addresses[0].is_this);
    // Her devices are in the list of devices; the certificate of her endpoint is not.
    let protocols: Vec<KeyProtocol> = statement.keys.iter().map(|it| it.protocol).collect();
    assert_eq!(protocols, [KeyProtocol::TlsCertificate]);
    assert_eq!(statement.block, None);
    let is_marked = |world: &World| {
        let contacts = view(world, BOBS, &alice()).contacts;
        contacts
            .iter()
            .find(|it| it.jid == alice())
            .unwrap()
            .is_verified
    };
    assert!(!is_marked(&world));

    verify(&mut world, true);
    let standing = person(&world, BOBS, &alice()).summary.standing;
    assert!(
        matches!(standing, PersonStanding::Verified { .. }),
        "{standing:?}"
    );
    assert!(is_marked(&world));
    let newest = person(&world, BOBS, &alice()).history.remove(0).what;
    assert_eq!(newest, IdentityEvent::Verified, "the newest stands first");

    verify(&mut world, false);
    let standing = person(&world, BOBS, &alice()).summary.standing;
    assert_eq!(standing, PersonStanding::AddressIsKey);
    assert!(!is_marked(&world));

    let command = Command::DecideIdentity {
        jid: jid(&alice()),
        identity: alices_key().public(),
        verdict: IdentityVerdict::Differs,
    };
    world.command(BOBS, command);
    let summary = person(&world, BOBS, &alice()).summary;
    assert!(summary.is_alarming());
    let standing = summary.standing;
    assert!(
        matches!(standing, PersonStanding::Differs { .. }),
        "{standing:?}"
    );
}

#[test]
fn both_sides_read_the_same_phrase() {
    let world = friends();
    let here = person(&world, BOBS, &alice()).phrase.unwrap();
    let there = person(&world, DESK, &bob()).phrase.unwrap();
    assert_eq!((here.ours(), here.theirs()), (there.theirs(), there.ours()));
    let ourselves = person(&world, BOBS, &bob());
    assert!(ourselves.is_ourselves && ourselves.phrase.is_none());
}

#[test]
fn our_code_says_who_we_are_and_which_device_this_is() {
    let world = friends();
    let code = person(&world, DESK, &bob()).our_code;
    let invite = Invite::read(&code).unwrap();
    assert_eq!(invite.jid, jid(&alice()));
    assert_eq!(invite.identity(), Some(alices_key().public()));
    let known = known(&world, BOBS);
    let latest = known.followed.latest();
    assert_eq!(invite.least_serial, latest.map(|it| it.serial));
    let memory = world.devices[DESK].engine.memory();
    let device = memory.our_device.as_ref().unwrap();
    assert_eq!(invite.keys.len(), 1);
    assert_eq!(invite.keys[0].device, Some(device.id().get()));
    let key = device.identity_key();
    assert_eq!(invite.keys[0].key.fingerprint.as_bytes(), key.as_bytes());
}

#[test]
fn our_own_statement_can_be_given_away() {
    let world = friends();
    let ours = person(&world, DESK, &alice());
    let block = ours.statement.unwrap().block.unwrap();
    let mut found = find_blocks(&block).unwrap();
    let Some(Ok(Document::Statement(statement))) = found.pop() else {
        panic!("{block}");
    };
    assert!(
        statement
            .verify_as(&alices_key().public(), world.now())
            .is_ok()
    );
}

#[test]
fn other_addresses_and_keys_are_shown_with_what_proves_them() {
    let mut world = friends();
    let elsewhere = jid("alice@jabber.example");
    let otr = ForeignKey::new(KeyProtocol::Otr, &[0xa5; 20]);
    let lost = ForeignKey::new(KeyProtocol::OpenPgpV4, &[0x5a; 20]);
    let claim = KeyClaim {
        jid: elsewhere.clone(),
        device: None,
        key: otr,
    };
    let since = world.now();
    let revoke = |what| Revocation { what, since };
    let revocations = vec![
        revoke(Revoked::Key(lost)),
        revoke(Revoked::Endpoint(jid("alice@old.example"))),
    ];
    let mut said = body(&world, vec![claim], revocations);
    said.name = DisplayName::new("B\u{43e}b").ok();
    said.endpoints.push(Endpoint {
        jid: elsewhere,
        kind: EndpointKind::Account,
        priority: 9,
    });
    publish(&mut world, &said);
    let statement = person(&world, BOBS, &alice()).statement.unwrap();
    assert_eq!(statement.serial, said.serial);
    let proofs: Vec<(&str, AddressProof)> = statement
        .addresses
        .iter()
        .map(|it| (it.jid.as_str(), it.proof))
        .collect();
    let alice = alice();
    assert_eq!(
        proofs,
        [
            ("alice@jabber.example", AddressProof::Claimed),
            (alice.as_str(), AddressProof::Confirmed),
            ("alice@old.example", AddressProof::Revoked { since }),
        ]
    );
    let keys: Vec<(&str, bool)> = statement
        .keys
        .iter()
        .map(|it| (it.fingerprint.as_str(), it.revoked.is_some()))
        .collect();
    assert_eq!(
        keys,
        [
            ("A5A5A5A5 A5A5A5A5 A5A5A5A5 A5A5A5A5 A5A5A5A5", false),
            ("5A5A 5A5A 5A5A 5A5A 5A5A  5A5A 5A5A 5A5A 5A5A 5A5A", true),
        ]
    );
    assert_eq!(statement.name_warning, Some(NameWarning::MixedScript));
}

#[test]
fn an_expired_statement_is_shown_as_such() {
    let mut world = friends();
    let before = known(&world, BOBS).expires;
    world.cut(DESK);
    let far = before.saturating_since(world.now()) + Duration::from_secs(1);
    let now = world.now() + far;
    let page = jid(&alice());
    let shown = world.devices[BOBS].engine.view(Surroundings {
        person: Some(&page),
        ..Surroundings::at(now, &0)
    });
    assert!(shown.person.unwrap().statement.unwrap().is_expired);
}

#[test]
fn the_open_conversation_says_who_is_there_without_a_page() {
    let world = friends();
    let with = jid(&alice());
    let shown = world.devices[BOBS].engine.view(Surroundings {
        open: Some(OpenConversation::of(&with, &[])),
        ..Surroundings::at(world.now(), &0)
    });
    let summary = shown.conversation.unwrap().person;
    assert_eq!(summary.standing, PersonStanding::AddressIsKey);
    assert!(!summary.is_alarming());
}

/// What Bob sees of an account that confirms this.
fn stranger(world: &World, at: &str, statement: &[u8]) -> StrangerIdentity {
    let unverified = Unverified::<Statement>::parse(statement).unwrap();
    let statement = unverified.verify(world.now()).unwrap();
    let asked = Stranger {
        jid: jid(at),
        answer: Some(AddressAnswer::Confirmed(Box::new(statement))),
    };
    let shown = world.devices[BOBS].engine.view(Surroundings {
        stranger: Some(&asked),
        ..Surroundings::at(world.now(), &0)
    });
    let shown = shown.stranger.unwrap();
    assert_eq!(shown.jid, at);
    match shown.look {
        StrangerLook::Confirmed(found) => *found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stranger_is_known_by_the_identity_that_the_account_confirms() {
    let mut world = friends();
    let legacy = "alice@a.example";
    let mut body = body(&world, Vec::new(), Vec::new());
    body.name = Some(DisplayName::new("Bob's friend Alice").unwrap());
    body.endpoints.push(Endpoint {
        jid: jid(legacy),
        kind: EndpointKind::Account,
        priority: 0,
    });
    let hers = |world: &World| stranger(world, legacy, &sign(&body, &alices_key()));
    let seen = hers(&world);
    assert_eq!(seen.identity, alices_key().public());
    assert_eq!(seen.name.as_deref(), Some("Bob's friend Alice"));
    assert_eq!(seen.other_addresses, [alice()]);
    let known = KnownAs::Contact {
        name: name_of(world.devices[BOBS].engine.memory(), &jid(&alice())),
        is_verified: false,
    };
    assert_eq!(seen.known_as, known);
    verify(&mut world, true);
    let verified = hers(&world).known_as;
    assert!(
        matches!(
            verified,
            KnownAs::Contact {
                is_verified: true,
                ..
            }
        ),
        "{verified:?}"
    );

    let key = RootSecret::from_bytes(&[77; 32]).identity_key();
    body.endpoints.retain(|it| it.kind == EndpointKind::Account);
    let unknown = stranger(&world, legacy, &sign(&body, &key));
    assert_eq!(unknown.known_as, KnownAs::Nobody);
    assert_eq!(unknown.other_addresses, [""; 0]);
}
