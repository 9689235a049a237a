//! Whether an account confirms an identity: one question to it, of which nothing is kept.

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_identity::statement::{Followed, Statement};

use crate::identities::{self, StatementRefusal};
use crate::pep;
use crate::published_statement::{self, NODE};
use crate::stanza::StanzaError;

/// What an account answers when it is asked for the statement of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressAnswer {
    /// It publishes this statement, which lists the account: each vouches for the other.
    Confirmed(Box<Statement>),
    /// What it publishes is not to be believed, or is not about this account.
    Refused(StatementRefusal),
    /// It publishes none.
    Nothing,
    /// Its server refused the question.
    Error {
        /// The error condition.
        condition: String,
    },
    /// No answer came in time.
    Silent,
}

/// What an answer to the question for a statement says. `known` is what was seen of the account's
/// identity before, if it is followed.
pub(crate) fn read(
    jid: &BareJid,
    answer: Option<&Element>,
    known: Option<&Followed>,
    now: Timestamp,
) -> AddressAnswer {
    let Some(answer) = answer else {
        return AddressAnswer::Silent;
    };
    if answer.attr("type") == Some("error") {
        let condition = StanzaError::of(answer).condition;
        return match condition.as_str() {
            "item-not-found" => AddressAnswer::Nothing,
            _ => AddressAnswer::Error { condition },
        };
    }
    let items = pep::items(answer, NODE);
    let Some(newest) = items.last() else {
        return AddressAnswer::Nothing;
    };
    let bytes = published_statement::read(newest.payload).ok_or(StatementRefusal::NotOne);
    match bytes.and_then(|bytes| believe(jid, &bytes, known, now)) {
        Ok(statement) => AddressAnswer::Confirmed(Box::new(statement)),
        Err(why) => AddressAnswer::Refused(why),
    }
}

/// Believes a statement that lists the account which publishes it. An address that names an identity
/// takes that of no other one.
fn believe(
    jid: &BareJid,
    bytes: &[u8],
    known: Option<&Followed>,
    now: Timestamp,
) -> Result<Statement, StatementRefusal> {
    let statement = identities::verify_at(jid, bytes, now)?;
    let known = known.filter(|known| known.identity() == statement.identity());
    if let Some(mut followed) = known.cloned() {
        followed
            .follow(&statement)
            .map_err(StatementRefusal::NotFollowed)?;
    }
    Ok(statement)
}
