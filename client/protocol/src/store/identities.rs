//! What is remembered of the identities that addresses name.

use jid::BareJid;
use onym_identity::Timestamp;
use onym_identity::statement::{Followed, KeyProtocol, Revoked, StatementBody};
use serde::{Deserialize, Serialize};

use super::ProtectionRecord;
use crate::omemo::{DeviceId, IdentityKey};
use crate::trust::IdentityWord;

/// An identity that is followed, at one address that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRecord {
    /// The address.
    pub jid: BareJid,
    /// What was seen of the identity, so that nobody can show an older state.
    pub followed: Followed,
    /// The latest statement.
    #[serde(with = "serde_bytes")]
    pub statement: Vec<u8>,
    /// When the latest statement stops to be true.
    pub expires: Timestamp,
    /// The devices at this address that the latest statement lists; none once it has expired.
    pub signed: Vec<SignedDevice>,
    /// The keys of devices that it revokes, also once it has expired.
    pub revoked: Vec<IdentityKey>,
}

/// A device that an identity calls its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedDevice {
    /// Its number.
    pub device: DeviceId,
    /// Its key.
    pub key: IdentityKey,
}

impl IdentityRecord {
    /// After a statement that was verified.
    #[must_use]
    pub fn new(jid: BareJid, followed: Followed, bytes: &[u8], body: &StatementBody) -> Self {
        let claims = body.keys.iter().filter(|claim| claim.jid == jid);
        let signed = claims.filter_map(|claim| {
            let key = omemo_key(claim.key.protocol, claim.key.fingerprint.as_bytes())?;
            let device = DeviceId::new(claim.device?)?;
            Some(SignedDevice { device, key })
        });
        let signed = signed.collect();
        let revoked = body.revocations.iter().filter_map(|it| match &it.what {
            Revoked::Key(key) => omemo_key(key.protocol, key.fingerprint.as_bytes()),
            Revoked::Endpoint(_) => None,
        });
        Self {
            followed,
            statement: bytes.to_vec(),
            expires: body.expires,
            signed,
            revoked: revoked.collect(),
            jid,
        }
    }

    /// What the identity says about a device with this key.
    #[must_use]
    pub fn word_about(&self, device: DeviceId, key: Option<IdentityKey>) -> IdentityWord {
        let Some(key) = key else {
            return IdentityWord::Nothing;
        };
        if self.revoked.contains(&key) {
            return IdentityWord::Revoked;
        }
        if self.signed.contains(&SignedDevice { device, key }) {
            return IdentityWord::Signed;
        }
        IdentityWord::Nothing
    }

    /// Whether it says something about a device with this number.
    #[must_use]
    pub fn names(&self, device: DeviceId) -> bool {
        self.signed.iter().any(|signed| signed.device == device)
    }

    /// Writes into the devices of its account what it says about them.
    pub(super) fn speak(&self, protection: &mut ProtectionRecord) {
        for (id, device) in &mut protection.devices {
            device.identity = self.word_about(*id, device.key);
        }
    }
}

fn omemo_key(protocol: KeyProtocol, fingerprint: &[u8]) -> Option<IdentityKey> {
    let is_omemo = matches!(protocol, KeyProtocol::Omemo | KeyProtocol::Omemo2);
    let bytes = <[u8; 32]>::try_from(fingerprint).ok();
    let bytes = bytes.filter(|_| is_omemo)?;
    IdentityKey::from_bytes(bytes).ok()
}
