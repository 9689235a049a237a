//! What a statement changes in what we know of identities.

use jid::BareJid;
use onym_identity::statement::{FollowError, Followed, News, Statement};
use onym_identity::{IdentityKey, Timestamp};

use super::super::core::Core;
use crate::event::Event;
use crate::identities::{self, StatementRefusal};
use crate::store::{AddressStanding, Challenge, Change, IdentityEvent, IdentityRecord, KnownBy};

/// A statement that was verified, and that is not older than what was seen of its identity.
struct Believed {
    statement: Statement,
    bytes: Vec<u8>,
    followed: Followed,
}

impl Core {
    /// Takes a statement that an account publishes. `only` is the identity that may be behind the
    /// address, if it is asked for no other reason than that this identity claims it.
    ///
    /// The statement itself, if anything is to be done after it.
    pub(super) fn take_statement(
        &mut self,
        jid: &BareJid,
        bytes: &[u8],
        only: Option<&IdentityKey>,
        now: Timestamp,
    ) -> Result<Option<Statement>, StatementRefusal> {
        let statement = identities::verify_at(jid, bytes, now)?;
        let whose = *statement.identity();
        if only.is_some_and(|only| *only != whose) {
            return Ok(None);
        }
        let serial = statement.body().serial;
        let least = self.least_serial(jid, &whose);
        if let Some(seen) = least.filter(|least| *least > serial) {
            let got = serial;
            return Err(StatementRefusal::NotFollowed(FollowError::Older {
                seen,
                got,
            }));
        }
        self.believe(statement.clone(), bytes, Some(jid), now)?;
        Ok(Some(statement))
    }

    /// Takes a statement that was verified, if it is not older than what was seen of its identity. It
    /// was found at an address that it lists, or without one counts only where the identity is known.
    pub(super) fn believe(
        &mut self,
        statement: Statement,
        bytes: &[u8],
        at: Option<&BareJid>,
        now: Timestamp,
    ) -> Result<(), StatementRefusal> {
        let mut followed = self.followed(statement.identity());
        let news = followed
            .follow(&statement)
            .map_err(StatementRefusal::NotFollowed)?;
        let believed = Believed {
            statement,
            bytes: bytes.to_vec(),
            followed,
        };
        if news == News::Newer {
            self.tell_other_addresses(at, &believed, now);
        }
        if let Some(jid) = at {
            self.take_at(jid, &believed, now);
        }
        Ok(())
    }

    /// The statement was seen at this address.
    fn take_at(&mut self, jid: &BareJid, believed: &Believed, now: Timestamp) {
        let whose = *believed.statement.identity();
        let body = believed.statement.body();
        let expected = self.memory.introductions.get(jid).cloned();
        let known = self.memory.identities.get(jid).cloned();
        if known.is_none()
            && let Some(expected) = &expected
            && expected.identity != whose
        {
            let unseen = IdentityRecord::unseen(jid.clone(), expected.identity, expected.known_by);
            self.change(Change::RemoveIntroduction(jid.clone()));
            return self.challenge(unseen, whose, now);
        }
        let mut record = match known {
            Some(known) if *known.identity() != whose => return self.challenge(known, whose, now),
            Some(mut known) => {
                let is_new = known.followed != believed.followed;
                if is_new || known.address != AddressStanding::Listed {
                    known.take(&believed.followed, &believed.bytes, body, true, now);
                }
                known
            }
            None => {
                let (followed, bytes) = (believed.followed.clone(), &believed.bytes);
                let known_by = KnownBy::FirstSeen;
                self.tell_confirmed(jid, &whose, now);
                let jid = jid.clone();
                let mut record = IdentityRecord::new(jid, followed, bytes, body, known_by, now);
                let is_first_sight = self.protection(&record.jid).is_first_sight(now);
                record.is_taken = expected.is_some() || is_first_sight;
                record
            }
        };
        let elsewhere = self.known_elsewhere(&whose);
        let introduced = expected.map(|it| it.known_by);
        let best = introduced.into_iter().chain(elsewhere).max();
        record.known_by = best.map_or(record.known_by, |best| best.max(record.known_by));
        if self.memory.introductions.contains_key(jid) {
            self.change(Change::RemoveIntroduction(jid.clone()));
        }
        self.put_identity(record);
    }

    /// How the user knows an identity, by what they said at whatever address.
    fn known_elsewhere(&self, identity: &IdentityKey) -> Option<KnownBy> {
        let records = self.memory.identities.values();
        let same = records.filter(|record| record.identity() == identity);
        same.map(|record| record.known_by).max()
    }

    /// Another identity is behind the address than before. The user is asked about each once.
    pub(super) fn challenge(
        &mut self,
        mut record: IdentityRecord,
        by: IdentityKey,
        now: Timestamp,
    ) {
        let is_asked = record.challenge.is_some_and(|it| it.identity == by);
        if is_asked || record.dismissed.contains(&by) {
            return;
        }
        record.challenge = Some(Challenge {
            identity: by,
            since: now,
        });
        let jid = record.jid.clone();
        self.put_identity(record);
        self.outbox.event(Event::IdentityChanged { jid });
    }

    /// A later statement counts at all addresses of the identity. One that it leaves out, and that is
    /// nobody's of our contacts, is forgotten, so that no stranger fills the disk with addresses.
    fn tell_other_addresses(
        &mut self,
        seen_at: Option<&BareJid>,
        believed: &Believed,
        now: Timestamp,
    ) {
        let mut others = self.others_of(believed.statement.identity());
        others.retain(|record| Some(&record.jid) != seen_at);
        for mut record in others {
            let (followed, bytes) = (&believed.followed, &believed.bytes);
            record.take(followed, bytes, believed.statement.body(), false, now);
            let is_contact = self.memory.contacts.contains_key(&record.jid);
            if record.is_left_out() && !is_contact && seen_at.is_some() {
                self.forget_identity(record.jid);
            } else {
                self.put_identity(record);
            }
        }
    }

    /// What is remembered of an identity, but for our own address: what counts there is what lies in
    /// our own node.
    pub(super) fn others_of(&self, identity: &IdentityKey) -> Vec<IdentityRecord> {
        let our_jid = &self.config.our_jid;
        let records = self.memory.identities.values();
        let same = records.filter(|it| it.identity() == identity && it.jid != *our_jid);
        same.cloned().collect()
    }

    /// One more address of an identity publishes its statement.
    fn tell_confirmed(&mut self, jid: &BareJid, whose: &IdentityKey, now: Timestamp) {
        for mut record in self.others_of(whose) {
            record.note(IdentityEvent::AddressConfirmed(jid.clone()), now);
            self.put_identity(record);
        }
    }

    /// A statement that was published at an address changed nothing.
    pub(super) fn statement_refused(
        &mut self,
        jid: &BareJid,
        why: StatementRefusal,
        now: Timestamp,
    ) {
        if let Some(mut record) = self.memory.identities.get(jid).cloned() {
            record.note(IdentityEvent::Refused(why), now);
            self.put_identity(record);
        }
        let jid = jid.clone();
        self.outbox.event(Event::StatementRefused { jid, why });
    }

    /// Keeps what is known of an identity, if it is something else than before.
    pub(super) fn put_identity(&mut self, record: IdentityRecord) {
        if self.memory.identities.get(&record.jid) != Some(&record) {
            let jid = record.jid.clone();
            self.change(Change::PutIdentity(Box::new(record)));
            self.outbox.event(Event::ProtectionChanged { jid });
        }
    }

    fn forget_identity(&mut self, jid: BareJid) {
        self.change(Change::RemoveIdentity(jid.clone()));
        self.outbox.event(Event::ProtectionChanged { jid });
    }

    /// What an expired statement signed is not signed any more; what it revoked stays so.
    pub(in crate::engine) fn forget_expired_statements(&mut self, now: Timestamp) {
        let has_expired = self
            .memory
            .identities
            .values()
            .filter(|record| record.expires <= now && !record.signed.is_empty());
        let expired: Vec<_> = has_expired.cloned().collect();
        for mut record in expired {
            record.signed.clear();
            self.put_identity(record);
        }
    }

    /// When the next statement expires that signs something.
    pub(in crate::engine) fn next_statement_expiry(&self) -> Option<Timestamp> {
        let records = self.memory.identities.values();
        let signing = records.filter(|record| !record.signed.is_empty());
        signing.map(|record| record.expires).min()
    }
}
