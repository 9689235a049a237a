//! The identities behind addresses, as far as their statements are believed.

mod move_refusal;
mod standing;

use std::mem::discriminant;

use jid::BareJid;
use onym_identity::statement::{
    DocumentError, EndpointKind, FollowError, Followed, FormError, News, Statement, Unverified,
    VerifyError,
};
use onym_identity::{OnymJid, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::store::{IdentityRecord, KnownBy};

pub use move_refusal::MoveRefusal;
pub use standing::PersonStanding;
pub(crate) use standing::names;

/// Why a statement that somebody publishes changes nothing. It is stored by its number, so that a new
/// one stands last here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum StatementRefusal {
    /// What lies there is no statement, or too long for one.
    #[error("what is published as a statement is none")]
    NotOne,
    /// Its bytes are not the one form of any statement.
    #[error("the statement {0}")]
    Form(#[source] FormError),
    /// It is another identity's, forged, or not of this time.
    #[error(transparent)]
    Unbelievable(VerifyError),
    /// It is an identity's, and does not list the address at which it is published.
    #[error("the statement does not list this address as the identity's")]
    OtherAddress,
    /// It is older than what was seen, or contradicts it.
    #[error(transparent)]
    NotFollowed(FollowError),
    /// It proves no address, and nothing is known of its identity.
    #[error("nothing is known here of the identity that signed it")]
    UnknownIdentity,
}

impl StatementRefusal {
    /// Why bytes are no document.
    pub(crate) fn of_document(error: DocumentError) -> Self {
        match error {
            DocumentError::Unknown => Self::NotOne,
            DocumentError::Form(error) => Self::Form(error),
        }
    }

    /// Whether two say the same, but for numbers and times.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unbelievable(one), Self::Unbelievable(other)) => {
                discriminant(one) == discriminant(other)
            }
            (Self::NotFollowed(one), Self::NotFollowed(other)) => {
                discriminant(one) == discriminant(other)
            }
            _ => discriminant(self) == discriminant(other),
        }
    }
}

/// Verifies a statement that an account publishes: at an address that names an identity that of this
/// identity alone, at another one that of whom it may be. It has to list the address.
pub(crate) fn verify_at(
    jid: &BareJid,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Statement, StatementRefusal> {
    if let Ok(owner) = OnymJid::try_from(jid) {
        return verify(jid, &owner, bytes, now);
    }
    let unverified = Unverified::<Statement>::parse(bytes).map_err(StatementRefusal::Form)?;
    let statement = unverified
        .verify(now)
        .map_err(StatementRefusal::Unbelievable)?;
    let mut endpoints = statement.body().endpoints.iter();
    let is_listed = endpoints.any(|it| it.jid == *jid);
    is_listed
        .then_some(statement)
        .ok_or(StatementRefusal::OtherAddress)
}

/// Verifies a statement that is published at an address of an identity's own.
pub(crate) fn verify(
    jid: &BareJid,
    owner: &OnymJid,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Statement, StatementRefusal> {
    let unverified = Unverified::<Statement>::parse(bytes).map_err(StatementRefusal::Form)?;
    let statement = unverified
        .verify_as(&owner.identity, now)
        .map_err(StatementRefusal::Unbelievable)?;
    let mut endpoints = statement.body().endpoints.iter();
    let is_listed = endpoints.any(|it| it.kind == EndpointKind::Own && it.jid == *jid);
    is_listed
        .then_some(statement)
        .ok_or(StatementRefusal::OtherAddress)
}

/// What is remembered at our own address after a statement of ours, if it is followed.
pub(crate) fn follow(
    jid: &BareJid,
    owner: &OnymJid,
    known: Option<&IdentityRecord>,
    bytes: &[u8],
    now: Timestamp,
) -> Result<(IdentityRecord, Statement), StatementRefusal> {
    let statement = verify(jid, owner, bytes, now)?;
    let followed = known.map(|record| record.followed.clone());
    let mut followed = followed.unwrap_or_else(|| Followed::new(owner.identity));
    let news = followed
        .follow(&statement)
        .map_err(StatementRefusal::NotFollowed)?;
    let body = statement.body();
    let record = match (known, news) {
        (Some(known), News::Same) => known.clone(),
        (Some(known), _) => {
            let mut record = known.clone();
            record.take(&followed, bytes, body, true, now);
            record
        }
        (None, _) => {
            let first = KnownBy::FirstSeen;
            IdentityRecord::new(jid.clone(), followed, bytes, body, first, now)
        }
    };
    Ok((record, statement))
}
