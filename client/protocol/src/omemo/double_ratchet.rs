//! The Double Ratchet ("The Double Ratchet Algorithm", section 3; XEP-0384, section 4.3).

mod chain;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use self::chain::{Advance, Chain, Turn};
use super::cbc_hmac::CbcHmac;
use super::dialect::Dialect;
use super::keys::{KeyPair, PublicKey, Secret, SecretKey, WeakKey};
use super::plaintext::Plaintext;
use super::skipped_keys::{Absent, SkippedKeys};
use super::wire::{Header, SealedMessage};

/// One side of a ratchet. There is a sending chain at any time: who answers a key exchange has
/// decrypted a message before anything is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DoubleRatchet {
    root_key: Secret,
    our_ratchet: KeyPair,
    sending: Chain,
    /// How many messages our sending chain before this one had.
    previous_count: u32,
    /// Absent until the first answer.
    receiving: Option<ReceivingChain>,
    skipped: SkippedKeys,
    /// They write one less than how many messages their chain before had, as all of libsignal's
    /// family do: they have sent one more than they said.
    they_count_one_less: bool,
}

impl DoubleRatchet {
    /// How many messages may be missing before one that is decrypted. XEP-0384 advises about a
    /// thousand; libsignal has always allowed two.
    pub(super) const MAX_AHEAD: u32 = 2_000;

    /// The first message of a chain with this number or a greater one wants an answer, so that the
    /// ratchet turns (XEP-0384, section 6).
    const HEARTBEAT: u32 = 53;

    /// The side that writes first.
    pub(super) fn initiate(
        dialect: Dialect,
        root_key: &Secret,
        their_signed_pre_key: &PublicKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, WeakKey> {
        let our_ratchet = KeyPair::random(rng);
        let agreed = our_ratchet.secret.agree(their_signed_pre_key)?;
        let (root_key, sending) = Chain::begin(dialect, root_key, &agreed);
        Ok(Self {
            root_key,
            our_ratchet,
            sending,
            previous_count: 0,
            receiving: None,
            skipped: SkippedKeys::default(),
            they_count_one_less: false,
        })
    }

    /// The side that answers, with the first message it opens. `associated` is what the MAC is over
    /// besides the message.
    pub(super) fn accept(
        dialect: Dialect,
        root_key: &Secret,
        our_signed_pre_key: &SecretKey,
        message: &SealedMessage,
        associated: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Received), RatchetError> {
        let their_ratchet = message.header.ratchet_key;
        let turn = Turn::compute(dialect, root_key, our_signed_pre_key, &message.header)?;
        let plaintext = open(dialect, &turn.advance.key, message, associated)?;
        let (root_key, our_ratchet, sending) = turn.answer(dialect, &their_ratchet, rng)?;
        let mut skipped = SkippedKeys::default();
        skipped.begin_chain(&their_ratchet);
        let chain = turn.advance.finish(&mut skipped);
        let ratchet = Self {
            root_key,
            our_ratchet,
            sending,
            previous_count: 0,
            receiving: Some(ReceivingChain {
                their_ratchet,
                chain,
            }),
            skipped,
            they_count_one_less: false,
        };
        Ok((ratchet, Received::in_chain(plaintext, &message.header, 0)))
    }

    /// Seals the next message; `None` after 2^32 - 1 of them without an answer.
    pub(super) fn encrypt(
        &mut self,
        dialect: Dialect,
        associated: &[u8],
        plaintext: &[u8],
    ) -> Option<Vec<u8>> {
        let header = Header {
            ratchet_key: self.our_ratchet.public,
            number: self.sending.next(),
            previous_count: self.previous_count,
        };
        let key = self.sending.step()?;
        let keys = CbcHmac::derive(key.as_bytes(), dialect.message_info());
        let ciphertext = keys.encrypt(plaintext);
        let authenticated = SealedMessage::authenticated(dialect, &header, ciphertext);
        let mac = keys.mac(&[associated, &authenticated]);
        let mac = mac.get(..dialect.mac_bytes())?;
        Some(SealedMessage::write(dialect, authenticated, mac))
    }

    /// Opens a message. On an error the ratchet is as it was.
    pub(super) fn decrypt(
        &mut self,
        dialect: Dialect,
        message: &SealedMessage,
        associated: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Received, RatchetError> {
        let header = &message.header;
        let (their_ratchet, number) = (header.ratchet_key, header.number);
        if let Some(key) = self.skipped.get(&their_ratchet, number) {
            let plaintext = open(dialect, key, message, associated)?;
            self.skipped.erase(&their_ratchet, number);
            return Ok(Received::late(plaintext));
        }
        let receiving = self.receiving.as_ref();
        let growing = receiving.filter(|it| it.their_ratchet == their_ratchet);
        let next = growing.map_or(0, |it| it.chain.next());
        match self.skipped.absent(&their_ratchet, number, next) {
            Some(Absent::Used) => return Err(RatchetError::Duplicate),
            Some(Absent::Erased) => return Err(RatchetError::TooOld),
            None => {}
        }
        let Some(growing) = growing else {
            return self.turn(dialect, message, associated, rng);
        };
        let advance = Advance::compute(&growing.chain, number)?;
        let plaintext = open(dialect, &advance.key, message, associated)?;
        let chain = advance.finish(&mut self.skipped);
        self.receiving = Some(ReceivingChain {
            their_ratchet,
            chain,
        });
        Ok(Received::in_chain(plaintext, header, next))
    }

    /// Opens the first message that comes with a new ratchet key: their chain before it ends, and
    /// we begin a new one ourselves.
    fn turn(
        &mut self,
        dialect: Dialect,
        message: &SealedMessage,
        associated: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Received, RatchetError> {
        let header = &message.header;
        let their_ratchet = header.ratchet_key;
        let turn = Turn::compute(dialect, &self.root_key, &self.our_ratchet.secret, header)?;
        let plaintext = open(dialect, &turn.advance.key, message, associated)?;
        let (root_key, our_ratchet, sending) = turn.answer(dialect, &their_ratchet, rng)?;
        self.end_receiving(header.previous_count);
        self.skipped.begin_chain(&their_ratchet);
        let chain = turn.advance.finish(&mut self.skipped);
        self.receiving = Some(ReceivingChain {
            their_ratchet,
            chain,
        });
        self.root_key = root_key;
        self.our_ratchet = our_ratchet;
        self.previous_count = self.sending.next();
        self.sending = sending;
        Ok(Received::in_chain(plaintext, header, 0))
    }

    /// Keeps the keys of what is missing in the chain that ends, which had `count` messages, or one
    /// more. What is missing beyond [`MAX_AHEAD`](Self::MAX_AHEAD) is given up: it would be a pity
    /// to lose all that follows as well.
    fn end_receiving(&mut self, count: u32) {
        let Some(ReceivingChain { mut chain, .. }) = self.receiving.take() else {
            return;
        };
        let one_more = count.saturating_add(1);
        let received = chain.next();
        self.they_count_one_less |= received == one_more;
        let end = one_more.min(received.saturating_add(Self::MAX_AHEAD));
        self.skipped.keep(&chain.skip_to(end));
        let reached_last = received < one_more && end == one_more;
        let last_is_doubtful = reached_last && !self.they_count_one_less;
        self.skipped.end_chain(chain.next(), last_is_doubtful);
    }
}

/// What a message gave.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) plaintext: Plaintext,
    /// It had been overtaken by a later message of the session.
    pub(super) is_late: bool,
    /// It is the first of its chain with such a number that the ratchet should be made to turn.
    pub(super) wants_heartbeat: bool,
}

impl Received {
    fn late(plaintext: Plaintext) -> Self {
        Self {
            plaintext,
            is_late: true,
            wants_heartbeat: false,
        }
    }

    /// `next` is the number that was expected next.
    fn in_chain(plaintext: Plaintext, header: &Header, next: u32) -> Self {
        let limit = DoubleRatchet::HEARTBEAT;
        Self {
            plaintext,
            is_late: false,
            wants_heartbeat: header.number >= limit && next <= limit,
        }
    }
}

/// Why a message was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RatchetError {
    Duplicate,
    TooOld,
    TooManySkipped { ahead: u32 },
    Forged,
    Padding,
    WeakKey,
}

impl From<WeakKey> for RatchetError {
    fn from(WeakKey: WeakKey) -> Self {
        Self::WeakKey
    }
}

/// The chain of messages that is coming in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ReceivingChain {
    their_ratchet: PublicKey,
    chain: Chain,
}

/// Authenticates a message before anything of it is used.
fn open(
    dialect: Dialect,
    key: &Secret,
    message: &SealedMessage,
    associated: &[u8],
) -> Result<Plaintext, RatchetError> {
    let keys = CbcHmac::derive(key.as_bytes(), dialect.message_info());
    let parts = [associated, &message.authenticated];
    if !keys.verifies(&parts, &message.mac, dialect.mac_bytes()) {
        return Err(RatchetError::Forged);
    }
    keys.decrypt(&message.ciphertext)
        .ok_or(RatchetError::Padding)
}

#[cfg(test)]
mod tests;
