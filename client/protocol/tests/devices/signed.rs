//! What people publish of their identities with programs that are not ours.

use std::time::Duration;

use data_encoding::BASE64;
use onym_client_protocol::command::{Command, IdentityVerdict};
use onym_client_protocol::event::Event;
use onym_client_protocol::identities::StatementRefusal;
use onym_client_protocol::store::{IdentityEvent, IdentityRecord};
use onym_client_protocol::trust::TrustRule;
use onym_identity::statement::{
    Endpoint, EndpointKind, ForeignKey, KeyClaim, KeyProtocol, StatementBody,
};
use onym_identity::{IdentitySecretKey, RootSecret};

use crate::world::{Device, World, jid};

pub(crate) use crate::world::{ALICE, BOB, CAROL};

/// Alice's program, which knows nothing of identities, then Bob's and Carol's.
pub(crate) const ALICES: usize = 0;
pub(crate) const BOBS: usize = 1;
pub(crate) const CAROLS: usize = 2;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Alice and Carol are contacts of Bob, each with an account at a server that others share.
pub(crate) fn friends() -> World {
    let devices = [ALICE, BOB, CAROL].map(|account| Device::with_identity(account, "desk", None));
    let mut world = World::of([ALICE, BOB, CAROL], devices.into());
    for (device, contact) in [(ALICES, BOB), (BOBS, ALICE), (CAROLS, BOB), (BOBS, CAROL)] {
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

pub(crate) fn key(number: u8) -> IdentitySecretKey {
    RootSecret::from_bytes(&[number; 32]).identity_key()
}

/// A statement with this number that lists these accounts, and the keys of these devices at the first
/// of them.
pub(crate) fn body(
    world: &World,
    serial: u64,
    accounts: &[&str],
    devices: &[usize],
) -> StatementBody {
    let endpoints = accounts.iter().map(|account| Endpoint {
        jid: jid(account),
        kind: EndpointKind::Account,
        priority: 0,
    });
    let keys = devices.iter().map(|device| {
        let memory = world.devices[*device].engine.memory();
        let device = memory.our_device.as_ref().unwrap();
        KeyClaim {
            jid: jid(accounts[0]),
            device: Some(device.id().get()),
            key: ForeignKey::new(KeyProtocol::Omemo2, device.identity_key().as_bytes()),
        }
    });
    StatementBody {
        serial,
        issued: world.now(),
        expires: world.now() + DAY * 30,
        name: None,
        endpoints: endpoints.collect(),
        keys: keys.collect(),
        revocations: Vec::new(),
    }
}

pub(crate) fn sign(body: &StatementBody, key: &IdentitySecretKey) -> Vec<u8> {
    body.sign(key).unwrap().as_bytes().to_vec()
}

/// An account publishes a statement, and perhaps other documents, for everybody to read.
pub(crate) fn publish_with(world: &mut World, account: &str, statement: &[u8], others: &[&[u8]]) {
    let others = others
        .iter()
        .map(|it| format!("<document>{}</document>", BASE64.encode(it)));
    let stanza = format!(
        "<iq type='set' id='publish'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <publish node='urn:onym:identity:1'><item id='current'>\
         <identity xmlns='urn:onym:identity:1'>{}{}</identity></item></publish>\
         <publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>\
         http://jabber.org/protocol/pubsub#publish-options</value></field>\
         <field var='pubsub#access_model'><value>open</value></field></x></publish-options>\
         </pubsub></iq>",
        BASE64.encode(statement),
        others.collect::<String>()
    );
    world.say_as(account, &stanza);
    world.pass(Duration::from_secs(60));
}

pub(crate) fn publish(world: &mut World, account: &str, statement: &[u8]) {
    publish_with(world, account, statement, &[]);
}

/// What Bob knows of the identity behind an address.
pub(crate) fn known(world: &World, address: &str) -> Option<IdentityRecord> {
    let memory = world.devices[BOBS].engine.memory();
    memory.identities.get(&jid(address)).cloned()
}

pub(crate) fn happened(world: &World, address: &str) -> Vec<IdentityEvent> {
    let record = known(world, address).unwrap();
    record.history.into_iter().map(|entry| entry.what).collect()
}

/// What Bob was told since he was last asked about.
pub(crate) fn told(world: &mut World) -> Vec<Event> {
    std::mem::take(&mut world.devices[BOBS].events)
}

/// The statements that Bob does not believe, since he was last asked about.
pub(crate) fn refusals(world: &mut World) -> Vec<StatementRefusal> {
    let refusals = told(world).into_iter().filter_map(|event| match event {
        Event::StatementRefused { why, .. } => Some(why),
        _ => None,
    });
    refusals.collect()
}

/// Why a device may read what Bob writes to an account, or may not.
pub(crate) fn rule(world: &World, of: &str, device: usize) -> TrustRule {
    let memory = world.devices[device].engine.memory();
    let id = memory.our_device.as_ref().unwrap().id();
    let record = world.protection(BOBS, of);
    record.decide(&record.devices[&id], false).because
}

/// Bob writes, and everybody has time to read it.
pub(crate) fn bob_writes(world: &mut World, to: &str, text: &str) {
    world.write(BOBS, to, text);
    world.pass(Duration::from_secs(120));
}

/// Bob decides about an identity behind an address.
pub(crate) fn decide(world: &mut World, at: &str, number: u8, verdict: IdentityVerdict) {
    let command = Command::DecideIdentity {
        jid: jid(at),
        identity: key(number).public(),
        verdict,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(120));
}

/// Bob says that he has compared Alice's identity, or takes that back.
pub(crate) fn verify(world: &mut World, is_verified: bool) {
    let command = Command::VerifyIdentity {
        jid: jid(ALICE),
        identity: key(1).public(),
        is_verified,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(120));
}
