//! The end of our own identity, or who comes after it, where others find it: in the place of our
//! statement, which is renewed no more.
//!
//! It is taken from the user, from what another installation of ours has published, and from whoever
//! gives it back. It is signed by the key of our identity, so that nobody can make it up.

use minidom::Element;
use onym_identity::statement::{Document, Followed, News, Standing, TextForm, VerifyError};
use onym_identity::{IdentityKey, Timestamp};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::Asked;
use super::super::omemo::wait_after;
use super::super::session::Session;
use crate::command::CommandError;
use crate::event::Event;
use crate::identities::StatementRefusal;
use crate::our_statement::ClaimError;
use crate::pep::{self, NodeOptions};
use crate::published_statement::{self, ITEM, NODE};
use crate::store::{Change, IdentityEvent, OurEndRecord};

/// How often it is published over one stream. An installation that has not heard of it must not fill
/// the line for ever.
const MAX_PUBLICATIONS: u32 = 20;

/// Our end, as far as this stream knows.
#[derive(Default)]
pub(super) struct OurEnd {
    /// Whether our node shows all of it and nothing else.
    is_shown: bool,
    is_under_way: bool,
    publications: u32,
    refusals: u32,
    /// When our server is offered it again.
    again: Option<Timestamp>,
}

impl OurEnd {
    pub(super) const fn deadline(&self) -> Option<Timestamp> {
        self.again
    }

    pub(super) fn time_passed(&mut self, now: Timestamp) {
        self.again = self.again.filter(|again| *again > now);
    }

    pub(super) fn bound_deadline(&mut self, again: Timestamp) {
        self.again = self.again.map(|at| at.min(again));
    }
}

impl Session {
    /// Publishes what ends our identity, unless our node shows it.
    pub(super) fn publish_our_end(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let end = &mut self.statements.end;
        // A later document has to come through as well.
        if core.memory.our_end.waits() {
            end.is_shown = false;
        }
        let is_idle = !end.is_shown && !end.is_under_way && end.again.is_none();
        if is_idle && end.publications < MAX_PUBLICATIONS {
            end.publications = end.publications.saturating_add(1);
            end.is_under_way = true;
            self.send_our_end(true, core, cx);
        }
    }

    fn send_our_end(&mut self, may_configure: bool, core: &mut Core, cx: &mut Context<'_>) {
        let payload = published_statement::write_end(core.memory.our_end.documents());
        let query = pep::publish(NODE, ITEM, payload, Some(NodeOptions::OpenItem));
        let documents = core.memory.our_end.documents().count();
        let asked = Asked::PublishOurEnd {
            documents,
            may_configure,
        };
        self.ask("set", query, asked, Sent::Other, core, cx);
    }

    /// What our node shows, while our identity has ended.
    pub(super) fn our_end_seen(&mut self, payload: &Element, core: &mut Core) {
        let is_alone = published_statement::read(payload).is_some_and(|it| it.is_empty());
        let shown = published_statement::other_bytes(payload);
        let is_shown = is_alone && core.memory.our_end.documents().eq(shown.iter());
        self.statements.end.is_shown = is_shown;
        if is_shown {
            core.our_end_is_published();
        }
    }

    /// Our server took so many documents, or refused them.
    pub(in crate::engine) fn our_end_answered(
        &mut self,
        documents: usize,
        may_configure: bool,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let is_refused = answer.is_none_or(|answer| answer.attr("type") == Some("error"));
        if is_refused && may_configure && answer.is_some_and(pep::is_kept_otherwise) {
            let configuration = pep::configure(NODE, NodeOptions::OpenItem);
            self.ask("set", configuration, Asked::Ping, Sent::Other, core, cx);
            return self.send_our_end(false, core, cx);
        }
        let end = &mut self.statements.end;
        end.is_under_way = false;
        if is_refused {
            end.refusals = end.refusals.saturating_add(1);
            end.again = Some(wait_after(end.refusals, cx.now));
            return;
        }
        end.refusals = 0;
        // Another one may have come meanwhile.
        if documents == core.memory.our_end.documents().count() {
            end.is_shown = true;
            core.our_end_is_published();
        }
    }
}

impl Core {
    /// Whether our own identity still counts.
    pub(in crate::engine) fn our_standing(&self) -> Standing {
        let ours = self.config.identity.as_ref().map(|key| key.public());
        let ended = ours.and_then(|ours| self.memory.ended.get(&ours));
        ended.map_or(Standing::Good, Followed::standing)
    }

    /// Whether there is an end of our identity to be shown.
    pub(super) fn has_ended(&self) -> bool {
        self.memory.our_end.is_some()
    }

    /// The user ends our identity, or names its successor.
    pub(in crate::engine) fn end_our_identity(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let ours = self.config.identity.as_ref().map(|key| key.public());
        let ours = ours.ok_or(ClaimError::NoIdentity)?;
        let document = Document::parse(bytes)
            .map_err(StatementRefusal::of_document)
            .map_err(|why| CommandError::DocumentRefused { why })?;
        if matches!(document, Document::Statement(_)) {
            return Err(CommandError::NoEnd);
        }
        self.take_our_end(document, bytes, &ours, now)
            .map_err(|why| CommandError::DocumentRefused { why })
    }

    /// Our node shows something: perhaps another installation of ours has ended our identity.
    pub(super) fn take_our_ends(&mut self, payload: &Element, now: Timestamp) {
        let Some(ours) = self.config.identity.as_ref().map(|key| key.public()) else {
            return;
        };
        for bytes in published_statement::other_bytes(payload) {
            if let Ok(document) = Document::parse(&bytes) {
                // Whatever else lies there is replaced by ours.
                let _: Result<(), StatementRefusal> =
                    self.take_our_end(document, &bytes, &ours, now);
            }
        }
    }

    pub(super) fn take_our_end(
        &mut self,
        document: Document,
        bytes: &[u8],
        ours: &IdentityKey,
        now: Timestamp,
    ) -> Result<(), StatementRefusal> {
        let mut followed = self.followed(ours);
        let mut end = self.memory.our_end.clone();
        let unbelievable = StatementRefusal::Unbelievable;
        let (news, what) = match document {
            Document::Statement(_) => return Ok(()),
            Document::Revocation(revocation) => {
                let revocation = revocation.verify().map_err(unbelievable)?;
                must_be_ours(revocation.identity(), ours)?;
                end.revocation = bytes.to_vec();
                (followed.revoke(&revocation), IdentityEvent::Revoked)
            }
            Document::Succession(succession) => {
                let succession = succession.verify(now).map_err(unbelievable)?;
                must_be_ours(succession.old(), ours)?;
                let by = *succession.new_identity();
                // The first one that named this successor stays.
                if end.succession.is_empty() {
                    end.succession = bytes.to_vec();
                }
                (
                    followed.succeed(&succession),
                    IdentityEvent::Succeeded { by },
                )
            }
        };
        let news = news.map_err(StatementRefusal::NotFollowed)?;
        self.put_our_end(end);
        if news == News::Same {
            return Ok(());
        }
        self.change(Change::PutEnded(Box::new(followed.clone())));
        for mut record in self.others_of(ours) {
            record.followed = followed.clone();
            record.note(what.clone(), now);
            self.put_identity(record);
        }
        self.outbox.event(Event::OurIdentityEnded);
        Ok(())
    }

    fn put_our_end(&mut self, mut end: OurEndRecord) {
        if end == self.memory.our_end {
            return;
        }
        end.is_published = false;
        self.change(Change::PutOurEnd(Box::new(end)));
        self.drop_wishes();
        self.outbox.event(Event::OurStatementChanged);
    }

    fn our_end_is_published(&mut self) {
        if self.memory.our_end.waits() {
            let mut end = self.memory.our_end.clone();
            end.is_published = true;
            self.change(Change::PutOurEnd(Box::new(end)));
            self.outbox.event(Event::OurStatementChanged);
        }
    }

    /// What our cards show of our identity, as text.
    pub(super) fn our_block(&self) -> Option<String> {
        let end = &self.memory.our_end;
        if end.is_some() {
            let blocks = end
                .documents()
                .filter_map(TextForm::of)
                .map(TextForm::block);
            return Some(blocks.collect());
        }
        let known = self.memory.identities.get(&self.config.our_jid)?;
        Some(TextForm::of(&known.statement)?.block())
    }
}

fn must_be_ours(claimed: &IdentityKey, ours: &IdentityKey) -> Result<(), StatementRefusal> {
    let expected = *ours;
    (claimed == ours)
        .then_some(())
        .ok_or(StatementRefusal::Unbelievable(VerifyError::OtherIdentity {
            expected,
        }))
}
