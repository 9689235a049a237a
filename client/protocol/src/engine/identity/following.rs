//! Statements of contacts whose address names an identity.
//!
//! Only those whose presence we may see are followed, so that a stranger fills no disk. What is
//! known of an identity stays when its owner leaves the contacts: otherwise an older state could be
//! shown to whoever adds them again.

use jid::BareJid;
use minidom::Element;
use onym_identity::{OnymJid, Timestamp};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::{Asked, Whom};
use super::super::session::Session;
use crate::event::Event;
use crate::identities::{self, StatementRefusal};
use crate::pep::{self, Item};
use crate::published_statement::{self, NODE};
use crate::store::Change;

/// How many are asked at a time: each may be a circuit to another endpoint.
const MAX_UNDER_WAY: usize = 8;

impl Session {
    /// The contacts may have changed.
    pub(in crate::engine) fn look_for_statements(&mut self) {
        self.statements.is_due = true;
    }

    /// Somebody has come online who could not be asked before.
    pub(in crate::engine) fn is_there_for_statements(&mut self, jid: &BareJid, core: &Core) {
        if !core.memory.identities.contains_key(jid) && self.statements.asked.remove(jid) {
            self.look_for_statements();
        }
    }

    /// Asks contacts of whose identity nothing was ever seen, once over one stream.
    pub(super) fn ask_for_statements(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.statements.is_due || !self.roster_is_settled {
            return;
        }
        let asked = &self.statements.asked;
        let free = MAX_UNDER_WAY.saturating_sub(self.statements.under_way);
        let unseen: Vec<BareJid> = core
            .memory
            .contacts
            .keys()
            .filter(|jid| !asked.contains(*jid) && !core.memory.identities.contains_key(*jid))
            .filter(|jid| core.sees(jid) && OnymJid::try_from(*jid).is_ok())
            .take(free)
            .cloned()
            .collect();
        // With fewer than may be asked, there are no others.
        self.statements.is_due = unseen.len() == free;
        for jid in unseen {
            self.statements.asked.insert(jid.clone());
            self.statements.under_way = self.statements.under_way.saturating_add(1);
            self.ask_for_statement(jid, core, cx);
        }
    }

    pub(super) fn ask_for_statement(
        &mut self,
        jid: BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let asked = Asked::Statement { jid: jid.clone() };
        let query = pep::get(NODE, None);
        let whom = Whom::Account(jid);
        self.ask_of(whom, "get", query, asked, Sent::Other, core, cx);
    }

    /// A statement came, or with `None` will not come.
    pub(in crate::engine) fn statement_came(
        &mut self,
        jid: &BareJid,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        if *jid == core.config.our_jid {
            return self.our_statement_came(answer, core, cx);
        }
        self.statements.under_way = self.statements.under_way.saturating_sub(1);
        self.look_for_statements();
        let is_error = answer.is_none_or(|answer| answer.attr("type") == Some("error"));
        if let Some(answer) = answer.filter(|_| !is_error) {
            let items = pep::items(answer, NODE);
            self.statement_published(jid, &items, core, cx);
        }
    }

    /// Somebody publishes a statement.
    pub(in crate::engine) fn statement_published(
        &mut self,
        jid: &BareJid,
        items: &[Item<'_>],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some(newest) = items.last() else {
            return;
        };
        if *jid == core.config.our_jid {
            return self.our_statement_published(newest.payload, core, cx);
        }
        // They may have left the roster since they were asked.
        let Some(owner) = OnymJid::try_from(jid).ok().filter(|_| core.sees(jid)) else {
            return;
        };
        match core.take_statement(jid, &owner, newest.payload, cx.now) {
            Ok(()) => self.fetch_ahead(jid, core, cx),
            Err(why) => {
                let jid = jid.clone();
                core.outbox.event(Event::StatementRefused { jid, why });
            }
        }
    }
}

impl Core {
    fn take_statement(
        &mut self,
        jid: &BareJid,
        owner: &OnymJid,
        payload: &Element,
        now: Timestamp,
    ) -> Result<(), StatementRefusal> {
        let bytes = published_statement::read(payload).ok_or(StatementRefusal::NotOne)?;
        let known = self.memory.identities.get(jid);
        let (record, _) = identities::follow(jid, owner, known, &bytes, now)?;
        if known != Some(&record) {
            self.change(Change::PutIdentity(Box::new(record)));
            let jid = jid.clone();
            self.outbox.event(Event::ProtectionChanged { jid });
        }
        Ok(())
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
            let jid = record.jid.clone();
            self.change(Change::PutIdentity(Box::new(record)));
            self.outbox.event(Event::ProtectionChanged { jid });
        }
    }

    /// When the next statement expires that signs something.
    pub(in crate::engine) fn next_statement_expiry(&self) -> Option<Timestamp> {
        let records = self.memory.identities.values();
        let signing = records.filter(|record| !record.signed.is_empty());
        signing.map(|record| record.expires).min()
    }
}
