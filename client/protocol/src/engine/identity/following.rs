//! Statements of contacts, and of the other addresses at which their identities say to be.
//!
//! Only those whose presence we may see are followed, so that a stranger fills no disk. What is
//! known of an identity stays when its owner leaves the contacts: otherwise an older state could be
//! shown to whoever adds them again.

use jid::BareJid;
use minidom::Element;
use onym_identity::OnymJid;
use onym_identity::statement::{FollowError, Statement};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::{Asked, Whom};
use super::super::session::Session;
use crate::identities::StatementRefusal;
use crate::pep::{self, Item};
use crate::published_statement::{self, NODE};
use crate::stanza::StanzaError;

/// How many are asked at a time: each may be a circuit to another endpoint.
const MAX_UNDER_WAY: usize = 8;

/// How many addresses that identities claim are asked over one stream; each identity has sixteen.
const MAX_CLAIMED: usize = 1_000;

/// Where a statement was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the node that is made for it.
    Node,
    /// In a card.
    Card,
}

impl Session {
    /// The contacts may have changed.
    pub(in crate::engine) fn look_for_statements(&mut self) {
        self.statements.is_due = true;
    }

    /// Somebody has come online who could not be asked before.
    pub(in crate::engine) fn is_there_for_statements(&mut self, jid: &BareJid, core: &Core) {
        let has_answered = self.statements.answered.contains(jid);
        if !has_answered && !core.has_seen_identity(jid) && self.statements.asked.remove(jid) {
            self.look_for_statements();
        }
    }

    /// Asks contacts of whose identity nothing was ever seen, and the addresses that identities claim,
    /// once over one stream; and again those about whose identity the user has decided.
    pub(super) fn ask_for_statements(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !core.statements_wanted.is_empty() {
            for jid in std::mem::take(&mut core.statements_wanted) {
                self.statements.asked.remove(&jid);
                self.statements.again.insert(jid);
            }
            self.look_for_statements();
        }
        if !self.statements.is_due || !self.roster_is_settled {
            return;
        }
        let asked = &self.statements.asked;
        let free = MAX_UNDER_WAY.saturating_sub(self.statements.under_way);
        let again = &self.statements.again;
        let is_due = |jid: &BareJid| again.contains(jid) || !core.has_seen_identity(jid);
        let contacts = core.memory.contacts.keys().filter(|jid| core.sees(jid));
        let unseen: Vec<BareJid> = contacts
            .filter(|jid| is_due(jid))
            .chain(self.statements.claimed.keys())
            .filter(|jid| !asked.contains(*jid))
            .take(free)
            .cloned()
            .collect();
        // With fewer than may be asked, there are no others.
        self.statements.is_due = unseen.len() == free;
        for jid in unseen {
            // A contact that is claimed, too, stands twice in the list.
            if self.statements.asked.insert(jid.clone()) {
                self.statements.under_way = self.statements.under_way.saturating_add(1);
                self.ask_for_statement(jid, core, cx);
            }
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
        let waits_for_card = answer.is_some_and(|answer| self.take_answer(jid, answer, core, cx));
        if !waits_for_card {
            self.looked_into(jid, answer, core, cx.now);
        }
    }

    /// Takes what an account says. Whether its card is asked for, too.
    fn take_answer(
        &mut self,
        jid: &BareJid,
        answer: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> bool {
        if answer.attr("type") == Some("error") {
            let condition = StanzaError::of(answer).condition;
            // Whoever names their identity in their address publishes it sooner or later.
            if says_that_nothing_is_there(&condition) && OnymJid::try_from(jid).is_err() {
                self.statements.answered.insert(jid.clone());
                return self.ask_for_card(jid, core, cx);
            }
            return false;
        }
        let items = pep::items(answer, NODE);
        self.statement_published(jid, &items, core, cx);
        false
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
        let documents = published_statement::documents(newest.payload);
        let has_others = !documents.is_empty();
        if core.sees(jid) {
            for document in documents {
                core.take_ending(document, cx.now);
            }
        }
        match published_statement::read(newest.payload) {
            Some(bytes) if bytes.is_empty() && has_others => {}
            Some(bytes) => self.statement_found(jid, &bytes, Place::Node, core, cx),
            None => core.statement_refused(jid, StatementRefusal::NotOne, cx.now),
        }
    }

    /// An account shows a statement, in whatever way.
    pub(super) fn statement_found(
        &mut self,
        jid: &BareJid,
        bytes: &[u8],
        place: Place,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        // They may have left the roster since they were asked.
        let is_contact = core.sees(jid);
        let claimed_by = self.statements.claimed.get(jid).copied();
        if !is_contact && claimed_by.is_none() {
            return;
        }
        let only = claimed_by.filter(|_| !is_contact);
        match core.take_statement(jid, bytes, only.as_ref(), cx.now) {
            Ok(statement) => {
                // One that the user is asked about makes nobody talk with its other addresses.
                let is_behind = |it: &Statement| {
                    let known = core.memory.identities.get(jid);
                    known.is_some_and(|known| known.identity() == it.identity())
                };
                let statement = statement.filter(|it| is_contact && is_behind(it));
                if let Some(statement) = statement {
                    self.note_claimed(&statement, core);
                    self.fetch_ahead(jid, core, cx);
                }
            }
            // What somebody else claims of an address is not the fault of its account.
            Err(_) if only.is_some() => {}
            // Cards are written by other programs, too, and later than the node if at all.
            Err(StatementRefusal::NotFollowed(FollowError::Older { .. }))
                if place == Place::Card => {}
            Err(why) => {
                core.statement_refused(jid, why, cx.now);
                if has_ended(why) {
                    self.return_end(jid, core, cx);
                }
            }
        }
    }

    /// The addresses that a statement lists are asked, too, whether they publish it.
    fn note_claimed(&mut self, statement: &Statement, core: &Core) {
        let whose = *statement.identity();
        for endpoint in &statement.body().endpoints {
            let is_known = core.memory.confirms(&endpoint.jid, &whose);
            let has_room = self.statements.claimed.len() < MAX_CLAIMED;
            if !is_known && endpoint.jid != core.config.our_jid && has_room {
                self.statements.claimed.insert(endpoint.jid.clone(), whose);
                self.look_for_statements();
            }
        }
    }
}

impl Core {
    /// The user wants to know again who is behind an address, also where its card said nothing before.
    pub(in crate::engine) fn want_statement(&mut self, jid: BareJid) {
        self.cards_asked.remove(&jid);
        self.statements_wanted.insert(jid);
    }

    /// Whether a statement was ever seen that still lists the address.
    fn has_seen_identity(&self, jid: &BareJid) -> bool {
        let known = self.memory.identities.get(jid);
        known.is_some_and(|record| record.followed.latest().is_some() && !record.is_left_out())
    }
}

/// Whether a statement is not believed since its identity has ended.
const fn has_ended(why: StatementRefusal) -> bool {
    matches!(
        why,
        StatementRefusal::NotFollowed(FollowError::Revoked | FollowError::Succeeded { .. })
    )
}

/// Whether an account has answered that it publishes no statement, or none to us.
pub(super) fn says_that_nothing_is_there(condition: &str) -> bool {
    matches!(
        condition,
        "item-not-found"
            | "forbidden"
            | "not-authorized"
            | "feature-not-implemented"
            | "service-unavailable"
            | "not-allowed"
    )
}
