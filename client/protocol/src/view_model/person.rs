//! Who somebody is, as far as signed identities tell: for the page of a contact, and for our own.

mod fingerprint;

use onym_identity::statement::{FollowError, KeyProtocol};
use onym_identity::{ComparisonPhrase, IdentityKey, Timestamp};

use super::our_move::OurMoveView;
use super::ways::WaysView;
pub use crate::identities::PersonStanding;
use crate::identities::StatementRefusal;
use crate::store::{Challenge, HistoryEntry};

pub(super) use fingerprint::as_its_program_shows;

/// Who is behind an address, for the open conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonSummary {
    /// What is known, in one word.
    pub standing: PersonStanding,
    /// The identity that the user knows here.
    pub identity: Option<IdentityKey>,
    /// Another one, which is at this address now if the user agrees.
    pub challenge: Option<Challenge>,
    /// What the last statement was refused for, if it is something that the user must not miss: the
    /// identity has said two things at once.
    pub contradiction: Option<StatementRefusal>,
}

impl PersonSummary {
    /// Whether the user has to look before they go on.
    #[must_use]
    pub const fn is_alarming(&self) -> bool {
        self.standing.is_alarming() || self.contradiction.is_some()
    }
}

/// Whether a refused statement shows that an identity's key is in two places.
#[must_use]
pub const fn is_contradiction(why: &StatementRefusal) -> bool {
    matches!(
        why,
        StatementRefusal::NotFollowed(
            FollowError::Equivocation { .. } | FollowError::OtherSuccessor { .. }
        )
    )
}

/// Everything that the page of a person shows of their identity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonView {
    /// The address.
    pub jid: String,
    /// Who is behind it.
    pub summary: PersonSummary,
    /// Whether it is our own.
    pub is_ourselves: bool,
    /// What the identity says of itself; nothing if no statement was seen.
    pub statement: Option<StatementView>,
    /// The addresses of the person, if there are several.
    pub ways: Option<WaysView>,
    /// What happened, the newest first.
    pub history: Vec<HistoryEntry>,
    /// What the two of us can read to each other; nothing without two identities.
    pub phrase: Option<ComparisonPhrase>,
    /// A link that shows who we are, to be scanned from our screen: with our identity and the keys of our
    /// devices.
    pub our_code: String,
    /// A link to the address that says who is there, to give away: with the identity, and the keys that
    /// are known to be theirs.
    pub link: String,
    /// How far the move of our endpoint is; on our own page only.
    pub our_move: Option<OurMoveView>,
}

/// What an identity says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementView {
    /// Its number.
    pub serial: u64,
    /// When it was made.
    pub issued: Timestamp,
    /// When it stops to be true.
    pub expires: Timestamp,
    /// Whether it has.
    pub is_expired: bool,
    /// The name that the identity gives itself, on one line.
    pub name: Option<String>,
    /// What the user should know about that name.
    pub name_warning: Option<NameWarning>,
    /// Where it is reached, the one that is tried first at the beginning; revoked ones last.
    pub addresses: Vec<AddressView>,
    /// Its keys, those apart that are devices of this address; revoked ones last.
    pub keys: Vec<KeyView>,
    /// The statement as a text to give away, for our own.
    pub block: Option<String>,
}

/// What to know about the name that an identity gives itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameWarning {
    /// It has letters of scripts that no language writes together.
    MixedScript,
    /// People can take it for that of a contact.
    Resembles {
        /// The name of the contact.
        other: String,
    },
}

/// An address of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressView {
    /// The address.
    pub jid: String,
    /// Whether it is the one that the page is about.
    pub is_this: bool,
    /// Whether the identity ranks it above all others, so that contacts try it first.
    pub is_first: bool,
    /// What proves it.
    pub proof: AddressProof,
}

/// What proves an address of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressProof {
    /// The account publishes the same identity.
    Confirmed,
    /// The address carries the key itself.
    CarriesKey,
    /// The identity says so, and the account says nothing.
    Claimed,
    /// The identity has revoked it.
    Revoked {
        /// Since when.
        since: Timestamp,
    },
}

/// A key of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// For what.
    pub protocol: KeyProtocol,
    /// Its fingerprint, as the programs of its protocol show it.
    pub fingerprint: String,
    /// Where it is used; nothing for one that is revoked, wherever it was.
    pub jid: Option<String>,
    /// The number of its device.
    pub device: Option<u32>,
    /// Since when it is revoked.
    pub revoked: Option<Timestamp>,
}
