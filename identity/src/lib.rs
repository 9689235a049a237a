//! The identity: keys, strict base32, onion addresses, JIDs and the recovery phrase.
//!
//! An Onym user is a long-term Ed25519 key. One [`RootSecret`], written down as a
//! [`RecoveryPhrase`] of 24 words, derives that key and the keys of the user's onion services,
//! so that the phrase alone brings back the same [`OnymJid`]:
//!
//! ```text
//! RecoveryPhrase <-> RootSecret -+-> IdentitySecretKey ------> IdentityKey --+
//!                                |                                           +-> OnymJid
//!                                +-> OnionServiceSecretKey --> OnionAddress -+
//!                                +-> AtRestRecoveryKey
//! ```
//!
//! What the identity key signs is in [`statement`], and the links by which two people become contacts
//! are in [`invite`]. Two people who can hear each other see with a [`ComparisonPhrase`] that each has the
//! other's identity.
//!
//! `docs/identity.md`, `docs/identity-statement.md` and `docs/invites.md` specify every format;
//! `tests/vectors/` holds the test vectors.
//!
//! This crate is pure: it has no I/O, no clock and no randomness of its own. Everything that is
//! parsed is taken as hostile: lengths are checked first, each value has exactly one text form
//! apart from letter case, and no input panics.

mod comparison;
mod curve_point;
mod identity_key;
mod onion_address;
mod onion_service_key;
mod onym_jid;
mod recovery_phrase;
mod root_secret;

/// RFC 4648, section 6: Base 32, in the strict form that addresses use.
pub mod base32;

pub mod invite;

pub mod statement;

/// XEP-0082: XMPP Date and Time Profiles
pub mod timestamp;

pub use comparison::ComparisonPhrase;
pub use curve_point::PointError;
pub use identity_key::{IdentityKey, IdentityKeyError, IdentitySecretKey};
pub use jid;
pub use onion_address::{OnionAddress, OnionAddressError};
pub use onion_service_key::{ExpandedKeyError, OnionServiceKey, OnionServiceSecretKey};
pub use onym_jid::{OnymJid, OnymJidError};
pub use recovery_phrase::{RecoveryPhrase, RecoveryPhraseError};
pub use root_secret::{AtRestRecoveryKey, RootSecret};
pub use timestamp::Timestamp;
