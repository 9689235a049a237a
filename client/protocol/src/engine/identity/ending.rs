//! The end of identities, and who comes after them.
//!
//! What has ended is remembered for ever and by itself, so that nothing of it is believed at an
//! address that it comes to later.

use onym_identity::statement::{Document, FollowError, Followed, News, Standing, Unverified};
use onym_identity::statement::{IdentityRevocation, Statement, Succession};
use onym_identity::{IdentityKey, Timestamp};

use super::super::core::Core;
use super::returning::Ending;
use crate::command::CommandError;
use crate::event::Event;
use crate::identities::StatementRefusal;
use crate::store::{Change, IdentityEvent, IdentityRecord, KnownBy};

/// Of how many identities the end, or what was seen before their last address was forgotten, is
/// remembered before only those are added that have ended. Each takes an act of the user, or an identity of
/// a contact that gives up an address.
pub(super) const MAX_REMEMBERED: usize = 1_000;

impl Core {
    /// Takes a document that the user has from somewhere. A statement has to be one of an identity that
    /// is known, since it alone proves no address; the end of an identity is taken of any.
    pub(in crate::engine) fn take_document(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let document = Document::parse(bytes)
            .map_err(StatementRefusal::of_document)
            .map_err(|why| CommandError::DocumentRefused { why })?;
        let taken = match document {
            Document::Statement(statement) => self.take_loose_statement(statement, bytes, now),
            Document::Revocation(it) => self.take_revocation(it, bytes, true, now),
            Document::Succession(it) => self.take_succession(it, bytes, true, now),
        };
        taken.map_err(|why| CommandError::DocumentRefused { why })
    }

    /// Takes a document that an account shows beside its statement. Only of identities that are known,
    /// so that no stranger fills the disk with others; and of ours.
    pub(super) fn take_ending(&mut self, document: Document, now: Timestamp) {
        let Some(document) = self.take_if_ours(document, now) else {
            return;
        };
        let bytes = document.to_bytes();
        // What is wrong with it tells nothing about the account: anybody can show anything.
        let _: Result<(), StatementRefusal> = match document {
            Document::Statement(_) => Ok(()),
            Document::Revocation(it) => self.take_revocation(it, &bytes, false, now),
            Document::Succession(it) => self.take_succession(it, &bytes, false, now),
        };
    }

    fn take_loose_statement(
        &mut self,
        statement: Unverified<Statement>,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), StatementRefusal> {
        let statement = statement
            .verify(now)
            .map_err(StatementRefusal::Unbelievable)?;
        if !self.is_known(statement.identity()) {
            return Err(StatementRefusal::UnknownIdentity);
        }
        self.believe(statement, bytes, None, now)
    }

    fn take_revocation(
        &mut self,
        revocation: Unverified<IdentityRevocation>,
        bytes: &[u8],
        is_by_hand: bool,
        now: Timestamp,
    ) -> Result<(), StatementRefusal> {
        let revocation = revocation
            .verify()
            .map_err(StatementRefusal::Unbelievable)?;
        let whose = *revocation.identity();
        self.expect_followed(&whose, is_by_hand)?;
        let mut followed = self.followed(&whose);
        let news = followed
            .revoke(&revocation)
            .map_err(StatementRefusal::NotFollowed)?;
        self.keep_ending(whose, Ending::Revocation, bytes);
        if news == News::Same {
            return Ok(());
        }
        self.change(Change::PutEnded(Box::new(followed.clone())));
        for mut record in self.others_of(&whose) {
            record.followed = followed.clone();
            record.note(IdentityEvent::Revoked, now);
            let jid = record.jid.clone();
            self.put_identity(record);
            self.outbox.event(Event::IdentityRevoked { jid });
        }
        Ok(())
    }

    fn take_succession(
        &mut self,
        succession: Unverified<Succession>,
        bytes: &[u8],
        is_by_hand: bool,
        now: Timestamp,
    ) -> Result<(), StatementRefusal> {
        let succession = succession
            .verify(now)
            .map_err(StatementRefusal::Unbelievable)?;
        let (whose, by) = (*succession.old(), *succession.new_identity());
        self.expect_followed(&whose, is_by_hand)?;
        let mut followed = self.followed(&whose);
        let news = followed.succeed(&succession);
        let news = news.map_err(|error| self.succession_refused(&whose, error, now))?;
        self.keep_ending(whose, Ending::Succession, bytes);
        if news == News::Same {
            return Ok(());
        }
        self.change(Change::PutEnded(Box::new(followed.clone())));
        for mut record in self.others_of(&whose) {
            record.followed = followed.clone();
            record.note(IdentityEvent::Succeeded { by }, now);
            self.put_identity(record.clone());
            self.challenge(record, by, now);
        }
        Ok(())
    }

    /// An identity that names a second successor has its key in two places. Both its owner's word and the
    /// thief's look alike, so that the user has to hear of it.
    fn succession_refused(
        &mut self,
        whose: &IdentityKey,
        error: FollowError,
        now: Timestamp,
    ) -> StatementRefusal {
        let why = StatementRefusal::NotFollowed(error);
        if matches!(error, FollowError::OtherSuccessor { .. }) {
            for record in self.others_of(whose) {
                self.statement_refused(&record.jid, why, now);
            }
        }
        why
    }

    /// Whether the end of an identity concerns us. That of our own goes another way, by hand or not.
    fn expect_followed(
        &self,
        identity: &IdentityKey,
        is_by_hand: bool,
    ) -> Result<(), StatementRefusal> {
        let ours = self.config.identity.as_ref();
        let is_ours = ours.is_some_and(|ours| ours.public() == *identity);
        let is_wanted = is_by_hand || self.is_known(identity);
        (is_wanted && !is_ours)
            .then_some(())
            .ok_or(StatementRefusal::UnknownIdentity)
    }

    fn is_known(&self, identity: &IdentityKey) -> bool {
        let mut records = self.memory.identities.values();
        let mut expected = self.memory.introductions.values();
        self.memory.ended.contains_key(identity)
            || records.any(|record| record.identity() == identity)
            || expected.any(|record| record.identity == *identity)
    }

    /// What was seen of an identity at whatever address, now or before.
    pub(super) fn followed(&self, identity: &IdentityKey) -> Followed {
        let remembered = self.memory.ended.get(identity);
        let records = self.memory.identities.values();
        let same = records.filter(|record| record.identity() == identity);
        let all = same.map(|record| &record.followed).chain(remembered);
        let latest = |it: &&Followed| it.latest().map(|it| it.serial);
        let furthest = all.max_by_key(|it| (how_far(it.standing()), latest(it)));
        furthest.map_or_else(|| Followed::new(*identity), Clone::clone)
    }

    /// The record of an identity at an address is gone. If it was the last one, what was seen of it is
    /// remembered by itself: otherwise an older statement could be shown at the next address.
    pub(super) fn remember_forgotten(&mut self, followed: Followed) {
        let identity = *followed.identity();
        let mut records = self.memory.identities.values();
        let is_there = records.any(|record| *record.identity() == identity);
        let ended = &self.memory.ended;
        let has_room = ended.len() < MAX_REMEMBERED || ended.contains_key(&identity);
        let is_news = followed.latest().is_some() && ended.get(&identity) != Some(&followed);
        if !is_there && has_room && is_news {
            self.change(Change::PutEnded(Box::new(followed)));
        }
    }

    /// The user has taken this identity for the one that comes after another.
    pub(super) fn taken_as_successor(&self, identity: &IdentityKey) -> Option<KnownBy> {
        let named = Standing::Succeeded(*identity);
        let records = self.memory.identities.values();
        let before = records.filter(|record| record.followed.standing() == named);
        let taken = before.flat_map(|record| &record.history).find(|entry| {
            matches!(&entry.what, IdentityEvent::IdentityChanged { to, .. } if to == identity)
        });
        taken.map(|entry| KnownBy::Introduced { at: entry.at })
    }

    /// An address shows, for the first time, an identity that has named its successor. The question
    /// about that is asked here, too, unless the user has answered it elsewhere.
    pub(super) fn ask_about_successor(&mut self, mut record: IdentityRecord, now: Timestamp) {
        let Standing::Succeeded(by) = record.followed.standing() else {
            return self.put_identity(record);
        };
        let elsewhere = self.others_of(record.identity());
        if elsewhere.iter().any(|it| it.dismissed.contains(&by)) {
            record.dismiss(by);
            return self.put_identity(record);
        }
        self.challenge(record, by, now);
    }
}

/// What was seen of an identity only goes forward, to its end.
const fn how_far(standing: Standing) -> u8 {
    match standing {
        Standing::Good => 0,
        Standing::Succeeded(_) => 1,
        Standing::Revoked => 2,
    }
}
