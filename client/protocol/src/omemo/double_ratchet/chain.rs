//! The symmetric half of the ratchet: a chain of keys, one for each message.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{DoubleRatchet, RatchetError};
use crate::omemo::dialect::Dialect;
use crate::omemo::kdf::{hkdf, hmac};
use crate::omemo::keys::{KeyPair, PublicKey, Secret, SecretKey, WeakKey};
use crate::omemo::skipped_keys::{SkippedKey, SkippedKeys};
use crate::omemo::wire::Header;

/// The messages between two turns of the ratchet, in one direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chain {
    key: Secret,
    next: u32,
}

impl Chain {
    /// `KDF_RK`: the next root key and the chain that begins with it.
    pub(super) fn begin(dialect: Dialect, root_key: &Secret, agreed: &Secret) -> (Secret, Self) {
        let derived = hkdf::<64>(root_key.as_bytes(), agreed.as_bytes(), dialect.root_info());
        let (root_key, key) = Secret::two_of(&derived);
        (root_key, Self { key, next: 0 })
    }

    /// The number of the next message.
    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// `KDF_CK`: the key of the next message; `None` if there are no more numbers.
    pub(super) fn step(&mut self) -> Option<Secret> {
        self.next = self.next.checked_add(1)?;
        let message_key = Secret::copy_of(&hmac(self.key.as_bytes(), &[&[1]]));
        self.key = Secret::copy_of(&hmac(self.key.as_bytes(), &[&[2]]));
        Some(message_key)
    }

    /// The keys of all messages before the one with the number `end`.
    pub(super) fn skip_to(&mut self, end: u32) -> Vec<SkippedKey> {
        let count = end.saturating_sub(self.next);
        // With room for all, so that growing leaves no copy behind.
        let mut skipped = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
        while self.next < end {
            let number = self.next;
            let Some(key) = self.step() else { break };
            skipped.push(SkippedKey { number, key });
        }
        skipped
    }
}

/// A chain that was stepped past a message which is not authenticated yet.
pub(super) struct Advance {
    chain: Chain,
    skipped: Vec<SkippedKey>,
    /// The key of the message.
    pub(super) key: Secret,
}

impl Advance {
    /// Steps a copy of the chain. The number, which anybody may have written, is checked before
    /// the first step.
    pub(super) fn compute(chain: &Chain, number: u32) -> Result<Self, RatchetError> {
        let ahead = number.saturating_sub(chain.next);
        if ahead > DoubleRatchet::MAX_AHEAD {
            return Err(RatchetError::TooManySkipped { ahead });
        }
        let mut chain = chain.clone();
        let skipped = chain.skip_to(number);
        let key = chain.step().ok_or(RatchetError::TooManySkipped { ahead })?;
        Ok(Self {
            chain,
            skipped,
            key,
        })
    }

    /// Keeps the keys that were skipped, and erases the one that was used.
    pub(super) fn finish(self, kept: &mut SkippedKeys) -> Chain {
        kept.keep(&self.skipped);
        self.chain
    }
}

/// The first message of a receiving chain, which is not authenticated yet.
pub(super) struct Turn {
    root_key: Secret,
    pub(super) advance: Advance,
}

impl Turn {
    pub(super) fn compute(
        dialect: Dialect,
        root_key: &Secret,
        our_ratchet: &SecretKey,
        header: &Header,
    ) -> Result<Self, RatchetError> {
        let ahead = header.number;
        if ahead > DoubleRatchet::MAX_AHEAD {
            return Err(RatchetError::TooManySkipped { ahead });
        }
        let agreed = our_ratchet.agree(&header.ratchet_key)?;
        let (root_key, chain) = Chain::begin(dialect, root_key, &agreed);
        let advance = Advance::compute(&chain, header.number)?;
        Ok(Self { root_key, advance })
    }

    /// Our side of the turn: a new ratchet key and the sending chain that begins with it.
    pub(super) fn answer(
        &self,
        dialect: Dialect,
        their_ratchet: &PublicKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Secret, KeyPair, Chain), WeakKey> {
        let our_ratchet = KeyPair::random(rng);
        let agreed = our_ratchet.secret.agree(their_ratchet)?;
        let (root_key, sending) = Chain::begin(dialect, &self.root_key, &agreed);
        Ok((root_key, our_ratchet, sending))
    }
}
