//! What a statement changes in what we know of identities.

use jid::BareJid;
use onym_identity::statement::{FollowError, Followed, News, Standing, Statement};
use onym_identity::{IdentityKey, Timestamp};

use super::super::core::Core;
use super::sighting::Sighting;
use crate::event::Event;
use crate::identities::{self, StatementRefusal};
use crate::store::{Challenge, Change, IdentityEvent, IdentityRecord, KnownBy};

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
        let known = self.memory.identities.get(jid);
        let sighting = Sighting::of(known, expected.as_ref(), &believed.followed);
        if expected.is_some() {
            self.change(Change::RemoveIntroduction(jid.clone()));
        }
        let introduced = expected.filter(|it| it.identity == whose);
        let introduced = introduced.map(|it| it.known_by);
        match sighting {
            Sighting::Other(known) => self.challenge(known, whose, now),
            Sighting::Same(record) => self.put_known_by(record, introduced),
            Sighting::Newer(mut record) => {
                record.take(&believed.followed, &believed.bytes, body, true, now);
                self.put_known_by(record, introduced);
            }
            Sighting::First => {
                self.tell_confirmed(jid, &whose, now);
                let (followed, bytes) = (believed.followed.clone(), &believed.bytes);
                let (jid, by) = (jid.clone(), KnownBy::FirstSeen);
                let mut record = IdentityRecord::new(jid, followed, bytes, body, by, now);
                let is_first_sight = self.protection(&record.jid).is_first_sight(now);
                record.is_taken = introduced.is_some() || is_first_sight;
                record.known_by = self.best_known(&record, introduced);
                self.ask_about_successor(record, now);
            }
        }
    }

    fn put_known_by(&mut self, mut record: IdentityRecord, introduced: Option<KnownBy>) {
        record.known_by = self.best_known(&record, introduced);
        self.put_identity(record);
    }

    /// How the user knows the identity of a record best, here or anywhere.
    fn best_known(&self, record: &IdentityRecord, introduced: Option<KnownBy>) -> KnownBy {
        let elsewhere = self.known_elsewhere(record.identity());
        let successor = self.taken_as_successor(record.identity());
        let all = [introduced, elsewhere, successor].into_iter().flatten();
        all.fold(record.known_by, KnownBy::max)
    }

    /// How the user knows an identity, by what they said at whatever address.
    fn known_elsewhere(&self, identity: &IdentityKey) -> Option<KnownBy> {
        let records = self.memory.identities.values();
        let same = records.filter(|record| record.identity() == identity);
        same.map(|record| record.known_by).max()
    }

    /// Another identity is behind the address than before. The user is asked about each once, and about
    /// one at a time: what the identity itself says of its successor is not pushed out by whoever else
    /// publishes there, who is asked about afterwards.
    pub(super) fn challenge(
        &mut self,
        mut record: IdentityRecord,
        by: IdentityKey,
        now: Timestamp,
    ) {
        let asked = record.challenge.map(|it| it.identity);
        let by_its_word = match record.followed.standing() {
            Standing::Succeeded(successor) => Some(successor),
            Standing::Good | Standing::Revoked => None,
        };
        let is_asked = asked == Some(by) || (asked.is_some() && asked == by_its_word);
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
                self.forget_identity(record);
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

    fn forget_identity(&mut self, record: IdentityRecord) {
        let (jid, followed) = (record.jid, record.followed);
        self.change(Change::RemoveIdentity(jid.clone()));
        self.remember_forgotten(followed);
        self.outbox.event(Event::ProtectionChanged { jid });
    }

    /// What an expired statement signed is not signed any more; what it revoked stays so.
    pub(in crate::engine) fn note_time(&mut self, now: Timestamp) {
        for jid in self.memory.note_time(now) {
            self.trust_moves(&jid);
            self.outbox.event(Event::ProtectionChanged { jid });
        }
    }

    /// When the next statement expires that signs something.
    pub(in crate::engine) fn next_statement_expiry(&self) -> Option<Timestamp> {
        let records = self.memory.identities.values();
        let signing = records.filter(|record| !record.signed.is_empty() && !record.is_expired);
        signing.map(|record| record.expires).min()
    }
}
