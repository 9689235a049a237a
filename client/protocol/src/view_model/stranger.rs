//! A stranger whose identity the user wants to see before they decide. Nothing of it is kept.

use jid::BareJid;
use onym_identity::{IdentityKey, Timestamp};

use super::person::NameWarning;
use crate::address_check::AddressAnswer;
use crate::identities::StatementRefusal;

/// An account that was asked who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// The account.
    pub jid: BareJid,
    /// What it has answered; nothing before that.
    pub answer: Option<AddressAnswer>,
}

/// An account that was asked who it is, as the window shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrangerView {
    /// The account.
    pub jid: String,
    /// What is known now.
    pub look: StrangerLook,
}

/// What an account says of who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrangerLook {
    /// It has not answered yet.
    Asking,
    /// It publishes an identity that lists it: each vouches for the other.
    Confirmed(Box<StrangerIdentity>),
    /// What it publishes is not to be believed.
    Refused(StatementRefusal),
    /// It publishes nothing.
    Nothing,
    /// Its server refused the question.
    ServerRefused {
        /// The error condition.
        condition: String,
    },
    /// No answer came in time.
    Silent,
}

/// The identity that a stranger's account confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrangerIdentity {
    /// Its key.
    pub identity: IdentityKey,
    /// The name that it gives itself, on one line.
    pub name: Option<String>,
    /// What the user should know about that name.
    pub name_warning: Option<NameWarning>,
    /// When its statement was made.
    pub issued: Timestamp,
    /// Its other addresses, the one that it ranks first at the beginning.
    pub other_addresses: Vec<String>,
    /// Whether we know it from elsewhere.
    pub known_as: KnownAs,
}

/// Whom we know an identity as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownAs {
    /// No contact has it.
    Nobody,
    /// It is our own.
    Ourselves,
    /// A contact has it.
    Contact {
        /// Their name.
        name: String,
        /// Whether the user has compared it, or scanned it.
        is_verified: bool,
    },
}
