//! The identities behind addresses that name one, as far as their statements are believed.

use jid::BareJid;
use onym_identity::statement::{EndpointKind, FollowError, FormError, Statement, VerifyError};
use onym_identity::statement::{Followed, Unverified};
use onym_identity::{OnymJid, Timestamp};
use thiserror::Error;

use crate::store::IdentityRecord;

/// Why a statement that somebody publishes changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
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
    /// It is the identity's, and does not list this address as its own.
    #[error("the statement does not list this address as the identity's own")]
    OtherAddress,
    /// It is older than what was seen, or contradicts it.
    #[error(transparent)]
    NotFollowed(FollowError),
}

/// Verifies a statement that an account publishes.
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

/// What is remembered after a statement, if it is followed.
pub(crate) fn follow(
    jid: &BareJid,
    owner: &OnymJid,
    known: Option<&IdentityRecord>,
    bytes: &[u8],
    now: Timestamp,
) -> Result<(IdentityRecord, Statement), StatementRefusal> {
    let statement = verify(jid, owner, bytes, now)?;
    let known = known.map(|record| record.followed.clone());
    let mut followed = known.unwrap_or_else(|| Followed::new(owner.identity));
    followed
        .follow(&statement)
        .map_err(StatementRefusal::NotFollowed)?;
    let record = IdentityRecord::new(jid.clone(), followed, bytes, statement.body());
    Ok((record, statement))
}
