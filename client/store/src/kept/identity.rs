//! Identities behind addresses as they lie on the disk.

use jid::BareJid;
use onym_client_protocol::store::{AddressStanding, IdentityRecord, KnownBy, SignedDevice};
use onym_identity::Timestamp;
use onym_identity::statement::Followed;
use onym_records::Table;
use onym_records::versioned::{Versioned, from_postcard};
use serde::{Deserialize, Serialize};

use super::Kept;

/// By the name of its address.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Identity(pub(crate) IdentityRecord);

/// The form of version 1, when only identities that their address names were followed. It may never
/// change.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FirstIdentity {
    pub(super) jid: BareJid,
    pub(super) followed: Followed,
    pub(super) statement: Vec<u8>,
    pub(super) expires: Timestamp,
    pub(super) signed: Vec<SignedDevice>,
    pub(super) revoked: Vec<onym_client_protocol::omemo::IdentityKey>,
}

impl Versioned for Identity {
    const VERSION: u8 = 2;

    fn from_older(version: u8, bytes: &[u8]) -> Option<Self> {
        if version != 1 {
            return None;
        }
        let first = from_postcard::<FirstIdentity>(bytes)?;
        Some(Self(IdentityRecord {
            jid: first.jid,
            followed: first.followed,
            statement: first.statement,
            expires: first.expires,
            signed: first.signed,
            revoked: first.revoked,
            address: AddressStanding::Listed,
            known_by: KnownBy::FirstSeen,
            is_taken: true,
            challenge: None,
            dismissed: Vec::new(),
            history: Vec::new(),
            is_expired: false,
        }))
    }
}

impl Kept for Identity {
    const TABLE: Table = Table::new("identities");
}
