//! Why a session does not do what it was asked to, and whose fault it is.

use thiserror::Error;

use super::Session;
use crate::omemo::dialect::Dialect;
use crate::omemo::double_ratchet::RatchetError;
use crate::omemo::keys::{IdentityKey, WeakKey};
use crate::omemo::wire::Malformed;

/// Why no session can be begun with a bundle.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InitiateError {
    /// Version 2 needs a one-time pre-key, and the bundle has none.
    #[error("the device has published no one-time pre-keys")]
    NoPreKeys,
    /// A key of the bundle would make a secret that everyone knows.
    #[error("the bundle has a key that makes no secret")]
    WeakKey,
    /// The previous session is one of the other dialect: a mistake of ours.
    #[error("the previous session is one of {expected:?}")]
    OtherDialect {
        /// The dialect of the previous session.
        expected: Dialect,
    },
    /// The device has another identity key than before.
    #[error("the device had the identity key {expected}, and its bundle has {got}")]
    OtherIdentity {
        /// The identity key of the previous session.
        expected: IdentityKey,
        /// The identity key of the bundle.
        got: IdentityKey,
    },
    /// The bundle has our own identity key.
    #[error("the bundle has our own identity key")]
    OurOwnIdentity,
}

impl From<WeakKey> for InitiateError {
    fn from(WeakKey: WeakKey) -> Self {
        Self::WeakKey
    }
}

/// Why a key was not sealed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EncryptError {
    /// The plaintext is no key: a mistake of ours.
    #[error(
        "the plaintext has {got} bytes, and {} are sealed at most",
        Session::MAX_PLAINTEXT_BYTES
    )]
    TooLong {
        /// Bytes of the plaintext.
        got: usize,
    },
    /// As many messages were sent without an answer as there are numbers.
    #[error("the session is used up")]
    Exhausted,
}

/// Why a message was not opened.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DecryptError {
    /// It was opened before. It comes again by carbons, from an archive or as a reflection.
    #[error("the message was decrypted before")]
    Duplicate,
    /// The message is no key exchange, and there is no session: ours is lost, or theirs is newer.
    #[error("there is no session with the device")]
    NoSession,
    /// The key exchange uses no one-time pre-key, though our bundle has some.
    #[error("the key exchange uses no one-time pre-key")]
    NoPreKey,
    /// The key exchange uses a one-time pre-key that we have erased or never had.
    #[error("the key exchange uses the pre-key {id}, which is used up")]
    UnknownPreKey {
        /// The id of the pre-key.
        id: u32,
    },
    /// The key exchange uses a signed pre-key that we have erased or never had.
    #[error("the key exchange uses the signed pre-key {id}, which is too old")]
    UnknownSignedPreKey {
        /// The id of the signed pre-key.
        id: u32,
    },
    /// The previous session is one of the other dialect: a mistake of ours.
    #[error("the previous session is one of {expected:?}")]
    OtherDialect {
        /// The dialect of the previous session.
        expected: Dialect,
    },
    /// The device has another identity key than before.
    #[error("the device had the identity key {expected}, and its message has {got}")]
    OtherIdentity {
        /// The identity key of the previous session.
        expected: IdentityKey,
        /// The identity key of the message.
        got: IdentityKey,
    },
    /// The key exchange has our own identity key.
    #[error("the message has our own identity key")]
    OurOwnIdentity,
    /// The bytes are no message.
    #[error("the message is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// More messages are missing before this one than are waited for.
    #[error("{ahead} messages are missing before this one")]
    TooManySkipped {
        /// How many.
        ahead: u32,
    },
    /// Its key was erased, since too many other messages have come in the meantime.
    #[error("the message comes too late")]
    TooOld,
    /// No session of ours has made it: it is forged, damaged, or of a session that is lost.
    #[error("the message is not authentic")]
    Forged,
    /// It is authentic, and the sender has padded it wrongly.
    #[error("the message is padded wrongly")]
    Padding,
    /// A key in it makes a secret that everyone knows.
    #[error("the message has a key that makes no secret")]
    WeakKey,
}

impl From<RatchetError> for DecryptError {
    fn from(error: RatchetError) -> Self {
        match error {
            RatchetError::Duplicate => Self::Duplicate,
            RatchetError::TooOld => Self::TooOld,
            RatchetError::TooManySkipped { ahead } => Self::TooManySkipped { ahead },
            RatchetError::Forged => Self::Forged,
            RatchetError::Padding => Self::Padding,
            RatchetError::WeakKey => Self::WeakKey,
        }
    }
}

impl From<WeakKey> for DecryptError {
    fn from(WeakKey: WeakKey) -> Self {
        Self::WeakKey
    }
}
