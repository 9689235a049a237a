//! One of several addresses of a person is away, ends, or speaks about what another one has said.

use std::collections::BTreeMap;
use std::time::Duration;

use onym_client_protocol::Input;
use onym_client_protocol::command::{Command, IdentityVerdict, Verdict};
use onym_client_protocol::conversation::route::{DEAD_AFTER, RouteReason};
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::store::{EncryptionPolicy, KnownBy, MessageRecord, Store};
use onym_identity::statement::{Endpoint, EndpointKind, StatementBody, Succession};
use onym_identity::{IdentitySecretKey, OnymJid, RootSecret};

use crate::identities::{alice, alices_key, friends};
use crate::moving::{answers, asks_about, asks_to_be_a_contact, elsewhere, statement};
use crate::signed::{self, ALICE, ALICES, BOB, CAROL, CAROLS, DAY};
use crate::world::{World, jid};

const DESK: usize = 0;
const BOBS: usize = 1;

const MINUTE: Duration = Duration::from_secs(60);

/// Bob's endpoint does not reach these domains any more, from now on.
fn away(world: &mut World, addresses: &[&str]) {
    let now = world.now();
    let domains = addresses.iter().map(|it| it.split_once('@').unwrap().1);
    let away: BTreeMap<_, _> = domains.map(|it| (it.to_owned(), now)).collect();
    world.input(BOBS, Input::EndpointsAway(away));
    world.drive();
}

/// Alice is at two addresses: the first is that of her desk, and she would rather be written to at the
/// other one. Nothing is encrypted, since nobody is there who could make keys.
fn at_two(new: &str) -> World {
    let mut world = friends();
    let both = statement(&world, &[new, &alice()], &[], &alices_key());
    asks_about(&mut world, new, &both);
    let command = Command::SetEncryption {
        conversation: jid(&alice()),
        policy: Some(EncryptionPolicy::Clear),
    };
    world.command(BOBS, command);
    world.pass(MINUTE);
    world
}

/// The addresses that Bob's messages went to.
fn went_to(world: &World) -> Vec<String> {
    let page = world.devices[BOBS].store.page(&jid(&alice()), None, 100);
    let all = page.unwrap().into_iter();
    all.map(|it| it.address().to_string()).collect()
}

fn because(world: &World) -> RouteReason {
    let engine = &world.devices[BOBS].engine;
    engine
        .ways(&jid(&alice()), world.now())
        .unwrap()
        .route
        .because
}

#[test]
fn messages_go_to_the_next_address_while_an_endpoint_is_away_and_return_with_it() {
    let new = elsewhere(1);
    let mut world = at_two(&new);
    world.write(BOBS, &alice(), "There");
    world.drive();
    let since = world.now();
    away(&mut world, &[&new]);
    world.pass(DEAD_AFTER - Duration::from_secs(1));
    world.write(BOBS, &alice(), "It may be back at once");
    world.drive();
    assert_eq!(went_to(&world), [new.clone(), new.clone()]);
    assert!(world.texts(DESK, &crate::identities::bob()).is_empty());

    world.pass(Duration::from_secs(1));
    world.write(BOBS, &alice(), "It is not");
    world.pass(MINUTE);
    assert_eq!(went_to(&world)[2], alice());
    assert_eq!(world.texts(DESK, &crate::identities::bob()), ["It is not"]);
    assert_eq!(because(&world), RouteReason::OthersUnreachable { since });

    // What was written without a connection goes by what is known when there is one.
    world.command(BOBS, Command::GoOffline);
    world.drive();
    world.write(BOBS, &alice(), "From the train");
    away(&mut world, &[]);
    world.command(BOBS, Command::ConnectNow);
    world.pass(MINUTE);
    assert_eq!(went_to(&world)[3], new);
    assert_eq!(because(&world), RouteReason::HighestPriority);
    world.write(BOBS, &alice(), "Back again");
    world.pass(MINUTE);
    assert_eq!(went_to(&world)[4], new);
    assert_eq!(world.texts(DESK, &crate::identities::bob()), ["It is not"]);
}

#[test]
fn what_nobody_reaches_waits_for_the_address_that_is_tried_first() {
    let new = elsewhere(1);
    let mut world = at_two(&new);
    away(&mut world, &[&new, &alice()]);
    world.pass(DEAD_AFTER);
    world.write(BOBS, &alice(), "Anybody?");
    world.drive();
    assert_eq!(went_to(&world), [new.as_str()]);
    assert_eq!(because(&world), RouteReason::NoneReachable);
}

/// Alice's statement of key 1 is published at her account, and at Carol's if that is hers, too.
fn is_at_carols_too(is_confirmed: bool) -> World {
    let mut world = signed::friends();
    let mut body = signed::body(&world, 5, &[ALICE, CAROL], &[ALICES]);
    let carols = signed::body(&world, 5, &[CAROL], &[CAROLS]);
    body.keys.extend(carols.keys);
    let statement = signed::sign(&body, &signed::key(1));
    signed::publish(&mut world, ALICE, &statement);
    if is_confirmed {
        signed::publish(&mut world, CAROL, &statement);
    }
    world
}

fn bobs(world: &World, with: &str) -> Vec<MessageRecord> {
    let page = world.devices[BOBS].store.page(&jid(with), None, 100);
    page.unwrap()
}

/// A device at Carol's account corrects what was said from Alice's, sealed.
fn corrects(is_confirmed: bool) -> World {
    let mut world = is_at_carols_too(is_confirmed);
    let with_carol = if is_confirmed { ALICE } else { CAROL };
    // It has a message of that name; here, the one from Alice's account is called so.
    world.write(CAROLS, BOB, "Mine");
    world.pass(MINUTE);
    let page = world.devices[CAROLS].store.page(&jid(BOB), None, 100);
    let mine = page.unwrap().remove(0);
    let command = Command::DeleteMessage {
        conversation: jid(with_carol),
        position: bobs(&world, with_carol)[0].position,
    };
    world.command(BOBS, command);
    world.pass(MINUTE);
    assert!(bobs(&world, with_carol).is_empty());
    let said = format!(
        "<message to='{BOB}' type='chat' id='{}'><body>At nnie</body></message>",
        mine.id
    );
    world.say_as(ALICE, &said);
    world.pass(MINUTE);
    assert_eq!(world.texts(BOBS, ALICE), ["At nnie"]);
    let command = Command::EditMessage {
        conversation: jid(BOB),
        position: mine.position,
        text: "At nine".to_owned(),
    };
    world.command(CAROLS, command);
    world.pass(MINUTE);
    world
}

#[test]
fn a_sealed_correction_from_another_confirmed_address_counts() {
    let world = corrects(true);
    let all = bobs(&world, ALICE);
    let texts: Vec<&str> = all.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["At nine"]);
    assert!(all[0].edit.is_some());
    assert_eq!(all[0].address(), &jid(ALICE));
}

#[test]
fn a_sealed_correction_from_an_address_that_is_only_claimed_does_not_count() {
    let world = corrects(false);
    assert_eq!(world.texts(BOBS, ALICE), ["At nnie"]);
    assert_eq!(world.texts(BOBS, CAROL), ["At nine"]);
    assert!(bobs(&world, ALICE)[0].edit.is_none());
}

/// What went to one address and came back lies in our archive as it went there. That copy says nothing of the
/// message that still has to go to the other address.
#[test]
fn the_copy_in_the_archive_does_not_take_the_place_of_what_goes_on() {
    let mut world = signed::friends();
    let mut body = signed::body(&world, 5, &[ALICE, CAROL], &[ALICES]);
    for endpoint in &mut body.endpoints {
        endpoint.priority = u8::from(endpoint.jid == jid(CAROL));
    }
    let statement = signed::sign(&body, &signed::key(1));
    for account in [ALICE, CAROL] {
        signed::publish(&mut world, account, &statement);
    }
    world.cut(CAROLS);
    world.command(CAROLS, Command::GoOffline);
    signed::bob_writes(&mut world, ALICE, "Hello");
    let sent = bobs(&world, ALICE).remove(0);
    assert_eq!(sent.address(), &jid(CAROL));
    // It comes back while nobody is logged in, and cannot go on at once.
    refuses_devices(&mut world, Verdict::Refused);
    world.command(BOBS, Command::GoOffline);
    world.drive();
    let error = "<error type='wait'><remote-server-timeout \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let stanza = format!(
        "<message to='{BOB}' type='error' id='{}'>{error}</message>",
        sent.id
    );
    world.say_as(CAROL, &stanza);
    world.restart(BOBS);
    world.pass(2 * MINUTE);
    let waiting = bobs(&world, ALICE).remove(0);
    assert_eq!(waiting.tried, [jid(CAROL)]);
    assert_eq!(waiting.delivery(), Some(&Delivery::Queued));
    refuses_devices(&mut world, Verdict::Accepted);
    world.pass(2 * MINUTE);
    assert_eq!(world.texts(ALICES, BOB), ["Hello"]);
}

/// Bob decides about Alice's device at her own account.
fn refuses_devices(world: &mut World, verdict: Verdict) {
    let record = world.protection(BOBS, ALICE);
    for (id, device) in record.devices {
        let command = Command::SetTrust {
            jid: jid(ALICE),
            device: id,
            key: device.key,
            verdict,
        };
        world.command(BOBS, command);
    }
    world.drive();
}

fn successors_key() -> IdentitySecretKey {
    RootSecret::from_bytes(&[7; 32]).identity_key()
}

/// The onion address of the one who comes after Alice, which names its key.
fn successor() -> String {
    let endpoint = RootSecret::from_bytes(&[7; 32]).onion_service_key(0);
    let jid = OnymJid {
        identity: successors_key().public(),
        address: endpoint.onion_address(),
    };
    jid.to_string()
}

/// What the successor publishes at their address.
fn successors_statement(world: &World) -> Vec<u8> {
    let body = StatementBody {
        serial: 1,
        issued: world.now(),
        expires: world.now() + DAY * 30,
        name: None,
        endpoints: vec![Endpoint {
            jid: jid(&successor()),
            kind: EndpointKind::Own,
            priority: 0,
        }],
        keys: Vec::new(),
        revocations: Vec::new(),
    };
    signed::sign(&body, &successors_key())
}

/// Alice's identity is followed by another one at an onion address of its own, whom Bob has taken or not,
/// and who asks to be a contact.
fn succeeded(is_taken: bool) -> World {
    let mut world = friends();
    signed::bob_writes(&mut world, &alice(), "Before");
    let key = successors_key();
    let proposed = Succession::propose(&alices_key(), key.public(), world.now()).unwrap();
    let bytes = proposed.accept(&key).unwrap();
    world.command(BOBS, Command::TakeIdentityDocument { bytes });
    world.pass(MINUTE);
    if is_taken {
        let command = Command::DecideIdentity {
            jid: jid(&alice()),
            identity: key.public(),
            verdict: IdentityVerdict::TakeNew,
        };
        world.command(BOBS, command);
        world.pass(MINUTE);
    }
    asks_to_be_a_contact(&mut world, &successor());
    world.command(
        BOBS,
        Command::AcceptContact {
            jid: jid(&successor()),
        },
    );
    world.drive();
    world
}

/// Bob's server tells him that somebody is a contact now, whose account then answers.
fn is_a_contact(world: &mut World, statement: &[u8]) {
    let theirs = successor();
    world.pass(MINUTE);
    world.hear(
        BOBS,
        &format!(
            "<iq type='set' id='push'><query xmlns='jabber:iq:roster'>\
             <item jid='{theirs}' subscription='both'/></query></iq>"
        ),
    );
    for _ in 0..1_000 {
        if world.asks(BOBS, &theirs).is_some() {
            return answers(world, &theirs, statement);
        }
        assert!(world.step(), "the account was not asked");
    }
}

#[test]
fn a_successor_at_an_onion_address_that_names_its_key_goes_on_in_the_same_conversation() {
    for is_taken in [true, false] {
        let mut world = succeeded(is_taken);
        let statement = successors_statement(&world);
        is_a_contact(&mut world, &statement);
        world.drive();
        let memory = world.devices[BOBS].engine.memory();
        let theirs = jid(&successor());
        assert_eq!(memory.person_at(&theirs), Some(&successors_key().public()));
        let home = memory.home_of(&theirs);
        let known_by = memory.identities[&theirs].known_by;
        if is_taken {
            assert_eq!(home, jid(&alice()));
            assert!(
                matches!(known_by, KnownBy::Introduced { .. }),
                "{known_by:?}"
            );
            // What the identity before has is another one's, and nothing is sent there.
            assert!(memory.person_at(&jid(&alice())).is_none());
            let ways = world.devices[BOBS].engine.ways(&home, world.now());
            assert_eq!(ways.unwrap().route.to, theirs);
        } else {
            assert_eq!(home, theirs);
            assert_eq!(known_by, KnownBy::FirstSeen);
        }
    }
}
