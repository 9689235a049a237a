//! What a person's statement has in it.

use std::time::Duration;

use onym_identity::jid::BareJid;
use onym_identity::statement::{
    DisplayName, Endpoint, EndpointKind, ForeignKey, KeyClaim, KeyProtocol, StatementBody,
};
use onym_identity::{IdentitySecretKey, RootSecret, Timestamp};

pub(crate) fn root() -> RootSecret {
    RootSecret::from_bytes(&[7; 32])
}

pub(crate) fn key() -> IdentitySecretKey {
    root().identity_key()
}

pub(crate) fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

/// A typical statement: two onion addresses, an account elsewhere, eight keys.
pub(crate) fn statement(serial: u64, issued: Timestamp) -> StatementBody {
    let own = |index| {
        let address = root().onion_service_key(index).onion_address();
        jid(&format!("{}@{address}", key().public()))
    };
    let legacy = jid("alice@jabber.example");
    let endpoints = [
        (own(0), EndpointKind::Own, 20),
        (own(1), EndpointKind::Own, 10),
        (legacy.clone(), EndpointKind::Account, 0),
    ];
    let omemo = [KeyProtocol::Omemo, KeyProtocol::Omemo2]
        .into_iter()
        .flat_map(|protocol| {
            [
                (own(0), 31_415_926),
                (own(0), 27_182_818),
                (legacy.clone(), 31_415_926),
            ]
            .map(|(jid, device)| KeyClaim {
                jid,
                device: Some(device),
                key: ForeignKey::new(protocol, &[9; 32]),
            })
        });
    let others = [
        (KeyProtocol::Otr, legacy.clone(), 20),
        (KeyProtocol::TlsCertificate, own(0), 32),
    ];
    let others = others.map(|(protocol, jid, length)| KeyClaim {
        jid,
        device: None,
        key: ForeignKey::new(protocol, &vec![5; length]),
    });
    StatementBody {
        serial,
        issued,
        expires: issued + Duration::from_secs(90 * 24 * 60 * 60),
        name: DisplayName::new("Alice Example").ok(),
        endpoints: endpoints
            .map(|(jid, kind, priority)| Endpoint {
                jid,
                kind,
                priority,
            })
            .into(),
        keys: omemo.chain(others).collect(),
        revocations: Vec::new(),
    }
}
