//! The end of identities, and who comes after them.
//!
//! What has ended is remembered for ever and by itself, so that nothing of it is believed at an
//! address that it comes to later.

use onym_identity::statement::{Document, Followed, News, Unverified};
use onym_identity::statement::{IdentityRevocation, Statement, Succession};
use onym_identity::{IdentityKey, Timestamp};

use super::super::core::Core;
use crate::command::CommandError;
use crate::identities::StatementRefusal;
use crate::store::{Change, IdentityEvent};

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
            Document::Revocation(revocation) => self.take_revocation(revocation, true, now),
            Document::Succession(succession) => self.take_succession(succession, true, now),
        };
        taken.map_err(|why| CommandError::DocumentRefused { why })
    }

    /// Takes a document that an account shows beside its statement. Only of identities that are known,
    /// so that no stranger fills the disk with others.
    pub(super) fn take_ending(&mut self, document: Document, now: Timestamp) {
        // What is wrong with it tells nothing about the account: anybody can show anything.
        let _: Result<(), StatementRefusal> = match document {
            Document::Statement(_) => Ok(()),
            Document::Revocation(revocation) => self.take_revocation(revocation, false, now),
            Document::Succession(succession) => self.take_succession(succession, false, now),
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
        if news == News::Same {
            return Ok(());
        }
        self.change(Change::PutEnded(Box::new(followed.clone())));
        for mut record in self.others_of(&whose) {
            record.end(followed.clone());
            record.note(IdentityEvent::Revoked, now);
            self.put_identity(record);
        }
        Ok(())
    }

    fn take_succession(
        &mut self,
        succession: Unverified<Succession>,
        is_by_hand: bool,
        now: Timestamp,
    ) -> Result<(), StatementRefusal> {
        let succession = succession
            .verify(now)
            .map_err(StatementRefusal::Unbelievable)?;
        let (whose, by) = (*succession.old(), *succession.new_identity());
        self.expect_followed(&whose, is_by_hand)?;
        let mut followed = self.followed(&whose);
        let news = followed
            .succeed(&succession)
            .map_err(StatementRefusal::NotFollowed)?;
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

    /// Whether the end of an identity concerns us. That of our own is told by what publishes it.
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
        records.any(|record| record.identity() == identity)
            || expected.any(|record| record.identity == *identity)
    }

    /// What was seen of an identity at whatever address.
    pub(super) fn followed(&self, identity: &IdentityKey) -> Followed {
        if let Some(ended) = self.memory.ended.get(identity) {
            return ended.clone();
        }
        let records = self.memory.identities.values();
        let same = records.filter(|record| record.identity() == identity);
        let best = same.max_by_key(|record| record.followed.latest().map(|it| it.serial));
        best.map_or_else(|| Followed::new(*identity), |it| it.followed.clone())
    }
}
