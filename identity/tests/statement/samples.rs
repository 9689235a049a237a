//! Statements at random.

use std::collections::BTreeMap;
use std::time::Duration;

use onym_identity::Timestamp;
use onym_identity::jid::BareJid;
use onym_identity::statement::{
    DisplayName, Endpoint, EndpointKind, ForeignKey, KeyClaim, KeyProtocol, Revocation, Revoked,
    StatementBody,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::typical::{jid, key, root};

/// A statement that the format allows.
pub(crate) fn body() -> impl Strategy<Value = StatementBody> {
    let times = (1_u64..1 << 40, 1_u64..1 << 34);
    let endpoints = btree_map("[a-zäöα-ω0-9._-]{1,12}", any::<(u8, bool)>(), 0..6);
    let keys = vec((0_usize..6, 1_u8..8, 1_u32..1 << 31, any::<u8>()), 0..10);
    let revocations = btree_map(any::<u8>(), any::<u32>(), 0..5);
    let name = proptest::option::of("[A-Za-zéß李 -]{1,20}");
    (any::<u64>(), times, name, endpoints, keys, revocations).prop_map(
        |(serial, (issued, life), name, endpoints, keys, revocations)| {
            let issued = Timestamp::from_unix_millis(issued);
            let endpoints = made_endpoints(endpoints);
            StatementBody {
                serial: serial.max(1),
                issued,
                expires: issued + Duration::from_millis(life),
                name: name.and_then(|it| DisplayName::new(&it).ok()),
                keys: made_keys(&endpoints, keys),
                endpoints,
                revocations: made_revocations(issued, revocations),
            }
        },
    )
}

fn made_endpoints(chosen: BTreeMap<String, (u8, bool)>) -> Vec<Endpoint> {
    let mut made: BTreeMap<BareJid, Endpoint> = BTreeMap::new();
    for (index, (local, (priority, is_own))) in (0..).zip(chosen) {
        let address = root().onion_service_key(index).onion_address();
        let text = if is_own {
            format!("{}@{address}", key().public())
        } else {
            format!("{local}@jabber.example")
        };
        let kind = if is_own {
            EndpointKind::Own
        } else {
            EndpointKind::Account
        };
        if let Ok(jid) = BareJid::new(&text) {
            let endpoint = Endpoint {
                jid: jid.clone(),
                kind,
                priority,
            };
            made.insert(jid, endpoint);
        }
    }
    // In no order that the format knows.
    made.into_values().rev().collect()
}

fn made_keys(endpoints: &[Endpoint], chosen: Vec<(usize, u8, u32, u8)>) -> Vec<KeyClaim> {
    let mut keys: Vec<KeyClaim> = Vec::new();
    for (place, code, device, byte) in chosen {
        let Some(endpoint) = endpoints.get(place) else {
            continue;
        };
        let protocol = KeyProtocol::from_code(code);
        let length = protocol.fingerprint_bytes().unwrap_or(5);
        let key = KeyClaim {
            jid: endpoint.jid.clone(),
            device: protocol.has_devices().then_some(device),
            key: ForeignKey::new(protocol, &vec![byte; length]),
        };
        let is_new = keys.iter().all(|it| {
            let is_same_device = it.device.is_some() && it.device == key.device;
            it.key.protocol != protocol
                || it.jid != key.jid
                || (it.key != key.key && !is_same_device)
        });
        if is_new {
            keys.push(key);
        }
    }
    keys
}

fn made_revocations(issued: Timestamp, chosen: BTreeMap<u8, u32>) -> Vec<Revocation> {
    chosen
        .into_iter()
        .map(|(byte, since)| Revocation {
            what: if byte % 2 == 0 {
                // No key above has such a fingerprint: half of it is another.
                let mut fingerprint = [byte; 32];
                fingerprint[0] ^= 1;
                Revoked::Key(ForeignKey::new(KeyProtocol::Omemo, &fingerprint))
            } else {
                Revoked::Endpoint(jid(&format!("gone{byte}@jabber.example")))
            },
            since: Timestamp::from_unix_millis(since.into()).min(issued),
        })
        .collect()
}
