//! All sessions with one device in one dialect.

mod errors;
mod state;

use std::fmt;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

pub use self::errors::{DecryptError, EncryptError, InitiateError};
use self::state::SessionState;
use super::bundle::Bundle;
use super::dialect::Dialect;
use super::double_ratchet::{RatchetError, Received};
use super::keys::IdentityKey;
use super::our_device::OurDevice;
use super::plaintext::Plaintext;
use super::wire::{KeyExchange, SealedMessage};

/// What we share with one device in one dialect: the session that we send with, and those before
/// it. Two devices that write first at the same time have two of them, and what is under way in the
/// one that gives in is still read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    dialect: Dialect,
    identity: IdentityKey,
    current: SessionState,
    /// The latest first.
    archived: Vec<SessionState>,
}

impl Session {
    /// How many sessions are kept besides the one that we send with.
    pub const MAX_ARCHIVED: usize = 5;

    /// Longest plaintext, in bytes. What it is meant for is a key of 48 bytes or fewer.
    pub const MAX_PLAINTEXT_BYTES: usize = 1024;

    /// Begins a session with a device that has published `their`. The `previous` one is kept to
    /// read what is still under way in it.
    ///
    /// # Errors
    /// If the bundle cannot be used, or belongs to another device than the previous session.
    pub fn initiate(
        our: &OurDevice,
        their: &Bundle,
        previous: Option<&Self>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, InitiateError> {
        let (dialect, identity) = (their.dialect(), their.identity());
        if identity == our.identity_key() {
            return Err(InitiateError::OurOwnIdentity);
        }
        if let Some(previous) = previous {
            if previous.dialect != dialect {
                return Err(InitiateError::OtherDialect {
                    expected: previous.dialect,
                });
            }
            if previous.identity != identity {
                return Err(InitiateError::OtherIdentity {
                    expected: previous.identity,
                    got: identity,
                });
            }
        }
        let current = SessionState::initiate(our, their, rng)?;
        Ok(Self {
            dialect,
            identity,
            current,
            archived: Self::archive(previous),
        })
    }

    /// Seals a key for the device. The session has to be stored before the bytes are sent.
    ///
    /// # Errors
    /// If the plaintext is too long, or the session is used up.
    pub fn encrypt(&mut self, plaintext: &[u8]) -> Result<SealedKey, EncryptError> {
        let got = plaintext.len();
        if got > Self::MAX_PLAINTEXT_BYTES {
            return Err(EncryptError::TooLong { got });
        }
        let sealed = self.current.encrypt(self.dialect, plaintext);
        sealed.ok_or(EncryptError::Exhausted)
    }

    /// Opens a message of the device. The session that is returned takes the place of `previous`;
    /// on an error, `previous` stays.
    ///
    /// # Errors
    /// [`DecryptError::Duplicate`] is no failure: the message was opened before. All others say
    /// that it cannot be read, and whose fault it is.
    pub fn decrypt(
        previous: Option<&Self>,
        our: &OurDevice,
        dialect: Dialect,
        message: &[u8],
        is_key_exchange: bool,
        rng: &mut dyn CryptoRng,
    ) -> Result<Opened, DecryptError> {
        if let Some(previous) = previous
            && previous.dialect != dialect
        {
            return Err(DecryptError::OtherDialect {
                expected: previous.dialect,
            });
        }
        if is_key_exchange {
            return Self::decrypt_key_exchange(previous, our, dialect, message, rng);
        }
        let message = SealedMessage::parse(dialect, message)?;
        let previous = previous.ok_or(DecryptError::NoSession)?;
        previous.decrypt_in_any(&message, rng)
    }

    /// The long-term key of the device, which never changes within a session.
    #[must_use]
    pub const fn identity(&self) -> IdentityKey {
        self.identity
    }

    /// What names the device's key in this dialect, as the device has written it.
    pub(crate) const fn identifier(&self) -> [u8; 32] {
        self.current.their_identifier()
    }

    /// The version of OMEMO it belongs to.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether a message of theirs has been decrypted in the session that we send with. Until then,
    /// all that we send is a key exchange.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.current.is_confirmed()
    }

    fn decrypt_key_exchange(
        previous: Option<&Self>,
        our: &OurDevice,
        dialect: Dialect,
        bytes: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Opened, DecryptError> {
        let (exchange, identity) = KeyExchange::parse(dialect, bytes)?;
        if identity == our.identity_key() {
            return Err(DecryptError::OurOwnIdentity);
        }
        if let Some(previous) = previous
            && previous.identity != identity
        {
            return Err(DecryptError::OtherIdentity {
                expected: previous.identity,
                got: identity,
            });
        }
        let message = SealedMessage::parse(dialect, &exchange.message)?;
        if let Some(previous) = previous
            && let Some(at) = previous.position_of(&exchange)
        {
            return previous.decrypt_in(at, &message, rng).map_err(Into::into);
        }
        let accepted = SessionState::accept(our, dialect, &exchange, &identity, &message, rng);
        let (current, received) = accepted?;
        let session = Self {
            dialect,
            identity,
            current,
            archived: Self::archive(previous),
        };
        Ok(Opened {
            session,
            plaintext: received.plaintext,
            used_pre_key: exchange.pre_key_id,
            identity,
            is_new_session: true,
            wants_answer: true,
        })
    }

    /// Opens a message that does not say which session it belongs to.
    fn decrypt_in_any(
        &self,
        message: &SealedMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Opened, DecryptError> {
        let mut first_error = None;
        for at in 0..=self.archived.len() {
            match self.decrypt_in(at, message, rng) {
                Ok(opened) => return Ok(opened),
                // The session that knows the message speaks for all.
                Err(error @ (RatchetError::Duplicate | RatchetError::TooOld)) => {
                    return Err(error.into());
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or(RatchetError::Forged).into())
    }

    /// Opens a message in one of the sessions, counted from 0 for the current one. It becomes the
    /// current one, since the other side sends with it, unless the message was overtaken.
    fn decrypt_in(
        &self,
        at: usize,
        message: &SealedMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Opened, RatchetError> {
        let mut session = self.clone();
        let state = session.state_mut(at).ok_or(RatchetError::Forged)?;
        let Received {
            plaintext,
            is_late,
            wants_heartbeat,
        } = state.decrypt(self.dialect, message, rng)?;
        if !is_late {
            session.promote(at);
        }
        Ok(Opened {
            identity: session.identity,
            session,
            plaintext,
            used_pre_key: None,
            is_new_session: false,
            wants_answer: wants_heartbeat,
        })
    }

    fn state_mut(&mut self, at: usize) -> Option<&mut SessionState> {
        match at.checked_sub(1) {
            None => Some(&mut self.current),
            Some(archived) => self.archived.get_mut(archived),
        }
    }

    fn promote(&mut self, at: usize) {
        if let Some(archived) = at.checked_sub(1)
            && archived < self.archived.len()
        {
            let state = self.archived.remove(archived);
            let old = std::mem::replace(&mut self.current, state);
            self.archived.insert(0, old);
        }
    }

    /// Which session a repeated key exchange belongs to.
    fn position_of(&self, exchange: &KeyExchange) -> Option<usize> {
        let mut states = std::iter::once(&self.current).chain(&self.archived);
        states.position(|state| state.began_with(exchange))
    }

    /// What a new session keeps of the one before.
    fn archive(previous: Option<&Self>) -> Vec<SessionState> {
        let states = previous.into_iter().flat_map(|session| {
            let archived = session.archived.iter();
            std::iter::once(&session.current).chain(archived)
        });
        states.take(Self::MAX_ARCHIVED).cloned().collect()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dialect,
            identity,
            current,
            archived,
        } = self;
        f.debug_struct("Session")
            .field("dialect", dialect)
            .field("identity", identity)
            .field("is_confirmed", &current.is_confirmed())
            .field("archived", &archived.len())
            .finish_non_exhaustive()
    }
}

/// The content of a `<key/>` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the element is marked as a key exchange: `prekey` or `kex`.
    pub is_key_exchange: bool,
}

/// A message that was opened. Session, used pre-key and plaintext belong into one commit.
pub struct Opened {
    /// Takes the place of the session before.
    pub session: Session,
    /// What the ratchet carried: the key of a payload.
    pub plaintext: Plaintext,
    /// The one-time pre-key of ours that is used up (see [`OurDevice::use_up`]).
    pub used_pre_key: Option<u32>,
    /// The long-term key that the message was authenticated with.
    pub identity: IdentityKey,
    /// The message was a key exchange that began a session.
    pub is_new_session: bool,
    /// An empty message is to be sent back, which ends the key exchange or turns the ratchet
    /// (XEP-0384, section 6). This is the only case in which an empty message is answered.
    pub wants_answer: bool,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            session,
            plaintext: _,
            used_pre_key,
            identity: _,
            is_new_session,
            wants_answer,
        } = self;
        f.debug_struct("Opened")
            .field("session", session)
            .field("used_pre_key", used_pre_key)
            .field("is_new_session", is_new_session)
            .field("wants_answer", wants_answer)
            .finish_non_exhaustive()
    }
}
