//! What protects conversations as it lies on the disk.

use std::collections::BTreeMap;

use jid::BareJid;
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::store::{
    DeviceRecord, EncryptionPolicy, ListsRead, MAX_REFUSED, ProtectionRecord, RefusedKey,
};
use onym_client_protocol::trust::Trust;
use onym_records::Table;
use onym_records::versioned::{Versioned, from_postcard};
use serde::{Deserialize, Serialize};

use super::Kept;

/// By the name of its address.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Protection(pub(crate) ProtectionRecord);

/// The form of version 1, which knew neither since when an account is known nor which keys the user has
/// refused. It may never change.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FirstProtection {
    pub(super) jid: BareJid,
    pub(super) policy: Option<EncryptionPolicy>,
    pub(super) lists: ListsRead,
    pub(super) was_verified: bool,
    pub(super) devices: BTreeMap<DeviceId, DeviceRecord>,
}

impl Versioned for Protection {
    const VERSION: u8 = 2;

    fn from_older(version: u8, bytes: &[u8]) -> Option<Self> {
        if version != 1 {
            return None;
        }
        let first = from_postcard::<FirstProtection>(bytes)?;
        let seen = first.devices.values().map(|device| device.first_seen);
        let read = [first.lists.omemo, first.lists.omemo_2];
        let known_since = seen.chain(read.into_iter().flatten()).min();
        let mut record = ProtectionRecord::new(first.jid);
        record.policy = first.policy;
        record.lists = first.lists;
        record.was_verified = first.was_verified;
        record.refused = refused(first.devices.values());
        record.devices = first.devices;
        record.known_since = known_since;
        Some(Self(record))
    }
}

/// The keys of devices that the user has refused, the latest one last.
fn refused<'a>(devices: impl Iterator<Item = &'a DeviceRecord>) -> Vec<RefusedKey> {
    let refused = devices.filter_map(|device| match (device.trust, device.key) {
        (Trust::Refused { at }, Some(key)) => Some(RefusedKey { key, at }),
        _ => None,
    });
    let mut refused: Vec<RefusedKey> = refused.collect();
    refused.sort_by_key(|it| it.at);
    let over = refused.len().saturating_sub(MAX_REFUSED);
    refused.drain(..over);
    refused
}

impl Kept for Protection {
    const TABLE: Table = Table::new("protection");
}
