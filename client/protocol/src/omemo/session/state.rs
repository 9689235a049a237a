//! One session: a ratchet, and the key exchange that it began with.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{DecryptError, InitiateError, SealedKey};
use crate::omemo::bundle::Bundle;
use crate::omemo::dialect::Dialect;
use crate::omemo::double_ratchet::{DoubleRatchet, RatchetError, Received};
use crate::omemo::keys::{IdentityKey, KeyPair, PublicKey, WireIdentity};
use crate::omemo::our_device::{DeviceId, OurDevice};
use crate::omemo::wire::{KeyExchange, SealedMessage};
use crate::omemo::x3dh::{Initiator, Responder};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionState {
    ratchet: DoubleRatchet,
    role: Role,
    /// What the initiator drew for the key exchange; no two sessions have the same one.
    base_key: PublicKey,
    our_identity: WireIdentity,
    their_identity: WireIdentity,
}

/// Who wrote first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Role {
    /// We did. Until the first answer, every message is a key exchange.
    Initiator { unanswered: Option<UsedKeys> },
    /// They did.
    Responder,
}

/// What a key exchange names besides the keys that the session has anyway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct UsedKeys {
    our_device: DeviceId,
    pre_key_id: Option<u32>,
    signed_pre_key_id: u32,
}

impl SessionState {
    pub(super) fn initiate(
        our: &OurDevice,
        their: &Bundle,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, InitiateError> {
        let dialect = their.dialect();
        let pre_key = their.random_pre_key(rng);
        if pre_key.is_none() && dialect == Dialect::Omemo2 {
            return Err(InitiateError::NoPreKeys);
        }
        let (signed_pre_key_id, signed_pre_key) = their.signed_pre_key();
        let base_key = KeyPair::random(rng);
        let root_key = Initiator {
            our_identity: our.identity().secret(),
            our_base_key: &base_key.secret,
            their_identity: their.identity().public(),
            their_signed_pre_key: signed_pre_key,
            their_pre_key: pre_key.map(|(_, key)| key),
        }
        .agree(dialect)?;
        let unanswered = UsedKeys {
            our_device: our.id(),
            pre_key_id: pre_key.map(|(id, _)| id),
            signed_pre_key_id,
        };
        Ok(Self {
            ratchet: DoubleRatchet::initiate(dialect, &root_key, &signed_pre_key, rng)?,
            role: Role::Initiator {
                unanswered: Some(unanswered),
            },
            base_key: base_key.public,
            our_identity: our.identity().wire(dialect),
            their_identity: their.wire_identity(),
        })
    }

    pub(super) fn accept(
        our: &OurDevice,
        dialect: Dialect,
        exchange: &KeyExchange,
        their_identity: &IdentityKey,
        message: &SealedMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Received), DecryptError> {
        let id = exchange.pre_key_id.ok_or(DecryptError::NoPreKey)?;
        let pre_key = our.pre_key(id);
        let pre_key = pre_key.ok_or(DecryptError::UnknownPreKey { id })?;
        let id = exchange.signed_pre_key_id;
        let signed_pre_key = our.signed_pre_key(id);
        let signed_pre_key = signed_pre_key.ok_or(DecryptError::UnknownSignedPreKey { id })?;
        let root_key = Responder {
            our_identity: our.identity().secret(),
            our_signed_pre_key: &signed_pre_key.secret,
            our_pre_key: pre_key,
            their_identity: their_identity.public(),
            their_base_key: exchange.base_key,
        }
        .agree(dialect)?;
        let our_identity = our.identity().wire(dialect);
        let associated = both(dialect, &exchange.identity, &our_identity);
        let signed_pre_key = &signed_pre_key.secret;
        let accepted = DoubleRatchet::accept(
            dialect,
            &root_key,
            signed_pre_key,
            message,
            &associated,
            rng,
        );
        let (ratchet, received) = accepted?;
        let state = Self {
            ratchet,
            role: Role::Responder,
            base_key: exchange.base_key,
            our_identity,
            their_identity: exchange.identity,
        };
        Ok((state, received))
    }

    /// Seals the next message; `None` if there are no more numbers.
    pub(super) fn encrypt(&mut self, dialect: Dialect, plaintext: &[u8]) -> Option<SealedKey> {
        let associated = self.associated(dialect, Sender::Us);
        let message = self.ratchet.encrypt(dialect, &associated, plaintext)?;
        let Role::Initiator {
            unanswered: Some(used),
        } = &self.role
        else {
            return Some(SealedKey {
                bytes: message,
                is_key_exchange: false,
            });
        };
        let exchange = KeyExchange {
            pre_key_id: used.pre_key_id,
            signed_pre_key_id: used.signed_pre_key_id,
            identity: self.our_identity,
            base_key: self.base_key,
            message,
        };
        Some(SealedKey {
            bytes: exchange.write(dialect, used.our_device),
            is_key_exchange: true,
        })
    }

    /// Opens a message. On an error the session is as it was.
    pub(super) fn decrypt(
        &mut self,
        dialect: Dialect,
        message: &SealedMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Received, RatchetError> {
        let associated = self.associated(dialect, Sender::They);
        let received = self.ratchet.decrypt(dialect, message, &associated, rng)?;
        if let Role::Initiator { unanswered } = &mut self.role {
            *unanswered = None;
        }
        Ok(received)
    }

    pub(super) const fn their_identifier(&self) -> [u8; 32] {
        self.their_identity.raw()
    }

    pub(super) const fn is_confirmed(&self) -> bool {
        match &self.role {
            Role::Initiator { unanswered } => unanswered.is_none(),
            Role::Responder => true,
        }
    }

    /// Whether the other side began this session with the same key exchange.
    pub(super) fn began_with(&self, exchange: &KeyExchange) -> bool {
        self.role == Role::Responder
            && self.base_key == exchange.base_key
            && self.their_identity == exchange.identity
    }

    /// What the MAC of a message is over besides itself. It says who sends in
    /// [`Dialect::Omemo`], and who wrote first in [`Dialect::Omemo2`].
    fn associated(&self, dialect: Dialect, sender: Sender) -> Vec<u8> {
        let ours_is_first = match dialect {
            Dialect::Omemo => matches!(sender, Sender::Us),
            Dialect::Omemo2 => matches!(self.role, Role::Initiator { .. }),
        };
        if ours_is_first {
            both(dialect, &self.our_identity, &self.their_identity)
        } else {
            both(dialect, &self.their_identity, &self.our_identity)
        }
    }
}

#[derive(Clone, Copy)]
enum Sender {
    Us,
    They,
}

fn both(dialect: Dialect, first: &WireIdentity, second: &WireIdentity) -> Vec<u8> {
    [first.write(dialect), second.write(dialect)].concat()
}
