//! What happened to an identity at one address, as far as the user may want to know it later.

use jid::BareJid;
use onym_identity::statement::{ForeignKey, Revoked, StatementBody};
use onym_identity::{IdentityKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::IdentityRecord;
use crate::identities::StatementRefusal;

/// How many entries are kept of one address. What a person decided is forgotten last.
pub const MAX_HISTORY: usize = 64;

/// How many entries one statement makes: its owner could fill the history otherwise.
const MAX_OF_ONE_STATEMENT: usize = 24;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When it was seen here.
    pub at: Timestamp,
    /// What.
    pub what: IdentityEvent,
}

/// What happened to an identity at an address. It is stored by its number, so that a new one stands
/// last here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdentityEvent {
    /// Its statement was seen there for the first time.
    FirstSeen,
    /// It gives itself another name.
    NameChanged,
    /// It lists another key of this or another address.
    KeyAdded(ForeignKey),
    /// It no longer lists a key.
    KeyLeft(ForeignKey),
    /// It has revoked a key.
    KeyRevoked(ForeignKey),
    /// It lists another address.
    AddressAdded(BareJid),
    /// An address that it lists publishes its statement, too.
    AddressConfirmed(BareJid),
    /// It no longer lists an address.
    AddressLeft(BareJid),
    /// It has revoked an address.
    AddressRevoked(BareJid),
    /// The user has compared or scanned its key.
    Verified,
    /// The user has taken that back.
    VerificationWithdrawn,
    /// The user has taken another identity for the one behind the address.
    IdentityChanged {
        /// Who was behind it before.
        from: IdentityKey,
        /// Who is now.
        to: IdentityKey,
    },
    /// Its owner has revoked it.
    Revoked,
    /// It has named its successor.
    Succeeded {
        /// Whom.
        by: IdentityKey,
    },
    /// A statement that was published there changed nothing.
    Refused(StatementRefusal),
    /// It was followed there by itself, from another address of it that is a contact.
    AddressFollowed(BareJid),
    /// The user has compared its key, and it is another one than the person's.
    Differed,
}

impl IdentityEvent {
    /// Whether it tells no more than the entry before it.
    fn repeats(&self, last: &Self) -> bool {
        match (self, last) {
            (Self::Refused(one), Self::Refused(other)) => one.is_like(other),
            _ => self == last,
        }
    }

    /// Whether it outlives what others can make happen as often as they like.
    const fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::FirstSeen
                | Self::Verified
                | Self::VerificationWithdrawn
                | Self::Differed
                | Self::IdentityChanged { .. }
                | Self::Revoked
                | Self::Succeeded { .. }
        )
    }
}

impl IdentityRecord {
    /// Remembers that something happened. The same thing twice in a row is told once, and so is each
    /// refusal in a row of refusals: an account that shows two statements by turns, neither of which is
    /// believed, would have this written each time.
    pub(crate) fn note(&mut self, what: IdentityEvent, at: Timestamp) {
        let mut newest_first = self.history.iter().rev().map(|entry| &entry.what);
        let is_repeated = match what {
            IdentityEvent::Refused(_) => newest_first
                .take_while(|it| matches!(it, IdentityEvent::Refused(_)))
                .any(|it| what.repeats(it)),
            _ => newest_first.next().is_some_and(|last| what.repeats(last)),
        };
        if is_repeated {
            return;
        }
        self.history.push(HistoryEntry { at, what });
        if self.history.len() > MAX_HISTORY {
            let passing = self.history.iter().position(|it| !it.what.is_lasting());
            self.history.remove(passing.unwrap_or(0));
        }
    }

    /// Remembers what a statement says differently than the one before.
    pub(super) fn note_difference(
        &mut self,
        before: &StatementBody,
        after: &StatementBody,
        at: Timestamp,
    ) {
        let events = difference(before, after);
        for what in events.into_iter().take(MAX_OF_ONE_STATEMENT) {
            self.note(what, at);
        }
    }
}

/// What a statement says differently than the one before, the worst news first.
fn difference(before: &StatementBody, after: &StatementBody) -> Vec<IdentityEvent> {
    let mut events = Vec::new();
    for revocation in &after.revocations {
        if before
            .revocations
            .iter()
            .all(|it| it.what != revocation.what)
        {
            events.push(match revocation.what.clone() {
                Revoked::Key(key) => IdentityEvent::KeyRevoked(key),
                Revoked::Endpoint(jid) => IdentityEvent::AddressRevoked(jid),
            });
        }
    }
    let is_revoked = |what: &Revoked| after.revocations.iter().any(|it| it.what == *what);
    for endpoint in &before.endpoints {
        let is_there = after.endpoints.iter().any(|it| it.jid == endpoint.jid);
        if !is_there && !is_revoked(&Revoked::Endpoint(endpoint.jid.clone())) {
            events.push(IdentityEvent::AddressLeft(endpoint.jid.clone()));
        }
    }
    for endpoint in &after.endpoints {
        if before.endpoints.iter().all(|it| it.jid != endpoint.jid) {
            events.push(IdentityEvent::AddressAdded(endpoint.jid.clone()));
        }
    }
    for claim in &after.keys {
        if before.keys.iter().all(|it| it.key != claim.key) {
            events.push(IdentityEvent::KeyAdded(claim.key.clone()));
        }
    }
    for claim in &before.keys {
        let is_there = after.keys.iter().any(|it| it.key == claim.key);
        if !is_there && !is_revoked(&Revoked::Key(claim.key.clone())) {
            events.push(IdentityEvent::KeyLeft(claim.key.clone()));
        }
    }
    if before.name != after.name {
        events.push(IdentityEvent::NameChanged);
    }
    events
}

#[cfg(test)]
mod tests {
    use onym_identity::IdentitySecretKey;
    use onym_identity::statement::{KeyProtocol, VerifyError};

    use super::*;
    use crate::store::KnownBy;

    fn record() -> IdentityRecord {
        let jid = BareJid::new("bob@b.example").unwrap();
        let identity = IdentitySecretKey::from_seed(&[7; 32]).public();
        IdentityRecord::unseen(jid, identity, KnownBy::FirstSeen)
    }

    #[test]
    fn what_others_can_repeat_drives_out_no_decision() {
        let mut record = record();
        let now = Timestamp::UNIX_EPOCH;
        record.note(IdentityEvent::Verified, now);
        for number in 0..200_u8 {
            let key = ForeignKey::new(KeyProtocol::Omemo2, &[number; 32]);
            record.note(IdentityEvent::KeyAdded(key), now);
        }
        assert_eq!(record.history.len(), MAX_HISTORY);
        assert_eq!(record.history[0].what, IdentityEvent::Verified);
        let newest = ForeignKey::new(KeyProtocol::Omemo2, &[199; 32]);
        let last = record.history.last().map(|it| &it.what);
        assert_eq!(last, Some(&IdentityEvent::KeyAdded(newest)));
    }

    #[test]
    fn a_refusal_that_is_repeated_at_another_time_is_told_once() {
        let mut record = record();
        for hour in 1..50 {
            let now = Timestamp::from_unix_millis(hour * 3_600_000);
            let expired = Timestamp::UNIX_EPOCH;
            let why = StatementRefusal::Unbelievable(VerifyError::Expired { expired, now });
            record.note(IdentityEvent::Refused(why), now);
        }
        assert_eq!(record.history.len(), 1);
        // Two by turns are two.
        for _ in 0..50 {
            for error in [VerifyError::Signature, VerifyError::Countersignature] {
                let why = StatementRefusal::Unbelievable(error);
                record.note(IdentityEvent::Refused(why), Timestamp::UNIX_EPOCH);
            }
        }
        assert_eq!(record.history.len(), 3);
        // After something else it is news again.
        record.note(IdentityEvent::NameChanged, Timestamp::UNIX_EPOCH);
        let why = StatementRefusal::Unbelievable(VerifyError::Signature);
        record.note(IdentityEvent::Refused(why), Timestamp::UNIX_EPOCH);
        assert_eq!(record.history.len(), 5);
    }
}
