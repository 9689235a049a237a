//! Whether an account confirms an identity: some questions to it, of which nothing is kept.

use jid::BareJid;
use minidom::Element;
use onym_identity::statement::{
    Document, FollowError, Followed, MAX_BLOCKS, Standing, Statement, Unverified, VerifyError,
};
use onym_identity::{IdentityKey, OnymJid, Timestamp};

use crate::identities::{self, StatementRefusal};
use crate::pep;
use crate::published_statement::{self, NODE};
use crate::stanza::StanzaError;
use crate::statement_card::Found;

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

/// Where an account shows its statement. They are looked at in this order, up to the first that shows
/// anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementPlace {
    /// In the node that is made for it.
    Node,
    /// In its card (XEP-0054).
    Card,
    /// In its card of the newer form (XEP-0292).
    NewCard,
}

/// What is known of an identity.
pub(crate) type Known<'a> = &'a dyn Fn(&IdentityKey) -> Followed;

/// What the answer to the question for a statement says.
pub(crate) fn read(
    jid: &BareJid,
    answer: Option<&Element>,
    known: Known<'_>,
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
    let others = published_statement::documents(newest.payload);
    match published_statement::read(newest.payload) {
        Some(bytes) if bytes.is_empty() => match ending(jid, others, now) {
            Some(end) => AddressAnswer::Refused(end),
            None => AddressAnswer::Refused(StatementRefusal::NotOne),
        },
        Some(bytes) => believe(jid, &bytes, others, known, now),
        None => AddressAnswer::Refused(StatementRefusal::NotOne),
    }
}

/// What the documents in a card say; nothing if there are none that are about this account.
pub(crate) fn read_card(
    jid: &BareJid,
    found: Vec<Found>,
    known: Known<'_>,
    now: Timestamp,
) -> AddressAnswer {
    let mut statements = Vec::new();
    let mut others = Vec::new();
    for found in found.into_iter().take(MAX_BLOCKS) {
        match found {
            Found::Statement(bytes) => statements.push(bytes),
            Found::Other(document) => others.push(*document),
        }
    }
    // Cards are written by other programs, too: the latest that is about this account counts.
    let about_it = |bytes: &&Vec<u8>| identities::verify_at(jid, bytes, now).is_ok();
    let serial = |bytes: &&Vec<u8>| {
        let statement = identities::verify_at(jid, bytes, now);
        statement.map(|it| it.body().serial).unwrap_or_default()
    };
    let newest = statements.iter().filter(about_it).max_by_key(serial);
    match newest.or(statements.first()) {
        Some(bytes) => believe(jid, bytes, others, known, now),
        None => ending(jid, others, now).map_or(AddressAnswer::Nothing, AddressAnswer::Refused),
    }
}

/// Believes a statement that lists the account which publishes it, of an identity that has not ended. An
/// address that names an identity takes that of no other one.
fn believe(
    jid: &BareJid,
    bytes: &[u8],
    others: Vec<Document>,
    known: Known<'_>,
    now: Timestamp,
) -> AddressAnswer {
    let statement = match identities::verify_at(jid, bytes, now) {
        Ok(statement) => statement,
        Err(why) => return AddressAnswer::Refused(why),
    };
    let mut followed = known(statement.identity());
    for document in others {
        take(&mut followed, document, now);
    }
    match followed.follow(&statement) {
        Ok(_) => AddressAnswer::Confirmed(Box::new(statement)),
        Err(why) => AddressAnswer::Refused(StatementRefusal::NotFollowed(why)),
    }
}

/// Why nothing is to be believed at an account that shows the end of an identity and no statement. At an
/// address that names an identity it has to be the end of that one.
fn ending(jid: &BareJid, documents: Vec<Document>, now: Timestamp) -> Option<StatementRefusal> {
    let named = OnymJid::try_from(jid).ok().map(|named| named.identity);
    let ends = documents.into_iter().filter_map(|document| {
        let whose = identity_of(&document)?;
        if let Some(expected) = named.filter(|named| *named != whose) {
            let error = VerifyError::OtherIdentity { expected };
            return Some(StatementRefusal::Unbelievable(error));
        }
        let mut followed = Followed::new(whose);
        take(&mut followed, document, now);
        match followed.standing() {
            Standing::Good => None,
            Standing::Succeeded(by) => {
                Some(StatementRefusal::NotFollowed(FollowError::Succeeded { by }))
            }
            Standing::Revoked => Some(StatementRefusal::NotFollowed(FollowError::Revoked)),
        }
    });
    // What says more stands before the successor that a thief may have named.
    let ends: Vec<StatementRefusal> = ends.collect();
    let revoked = StatementRefusal::NotFollowed(FollowError::Revoked);
    let is_revoked = ends.contains(&revoked);
    is_revoked.then_some(revoked).or(ends.into_iter().next())
}

fn identity_of(document: &Document) -> Option<IdentityKey> {
    match document {
        Document::Statement(statement) => identity_in(statement),
        Document::Revocation(revocation) => revocation.claimed_identity().ok(),
        Document::Succession(succession) => succession.claimed_identity().ok(),
    }
}

fn identity_in(statement: &Unverified<Statement>) -> Option<IdentityKey> {
    statement.claimed_identity().ok()
}

/// Takes the end of an identity, if this is one that its owner has signed.
fn take(followed: &mut Followed, document: Document, now: Timestamp) {
    // What is wrong with it tells nothing about the account: anybody can show anything.
    match document {
        Document::Statement(_) => {}
        Document::Revocation(revocation) => {
            let _ = revocation.verify().map(|it| followed.revoke(&it));
        }
        Document::Succession(succession) => {
            let _ = succession.verify(now).map(|it| followed.succeed(&it));
        }
    }
}
