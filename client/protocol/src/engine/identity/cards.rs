//! Statements in the cards of people, for servers and programs that know nothing of their node.
//!
//! A card is asked for only where the node is not there or not for us, and once in a run of the
//! program: it may have a photo of hundreds of kilobytes. In ours the block stands where people read
//! it (`DESC`), and in the note of the newer form; what others wrote there stays.

use jid::BareJid;
use minidom::Element;
use onym_identity::statement::TextForm;
use onym_stream::ns;

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::{Asked, Whom};
use super::super::session::Session;
use super::following::Place;
use crate::pep::{self, NodeOptions};
use crate::published_statement::ITEM;
use crate::statement_card::{self, Found};
use crate::store::Intent;
use crate::{statement_card::NODE_OF_VCARD_4, vcard};

/// How many cards are asked for in a run of the program.
const MAX_CARDS: usize = 1_000;

/// What our cards say, as far as this stream knows.
#[derive(Default)]
pub(super) struct OurCards {
    /// The number of the statement that they were last compared with.
    compared: Option<u64>,
}

/// Which of the two cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum CardForm {
    /// vcard-temp.
    Temp,
    /// vCard 4, in a node.
    Four,
}

impl Session {
    /// Asks for the card of an account that publishes no statement.
    pub(super) fn ask_for_card(&mut self, jid: &BareJid, core: &mut Core, cx: &mut Context<'_>) {
        if core.cards_asked.len() >= MAX_CARDS || !core.cards_asked.insert(jid.clone()) {
            return;
        }
        self.statements.under_way = self.statements.under_way.saturating_add(1);
        let asked = Asked::StatementCard { jid: jid.clone() };
        let whom = Whom::Account(jid.clone());
        self.ask_of(whom, "get", vcard::get(), asked, Sent::Other, core, cx);
    }

    /// A card that was asked for came, or with `None` will not come.
    pub(in crate::engine) fn statement_card_came(
        &mut self,
        jid: &BareJid,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.statements.under_way = self.statements.under_way.saturating_sub(1);
        self.look_for_statements();
        if let Some(card) = answer.and_then(|it| it.get_child("vCard", ns::VCARD_TEMP)) {
            self.card_seen(jid, card, core, cx);
        }
    }

    /// Takes the documents in somebody's card.
    pub(in crate::engine) fn card_seen(
        &mut self,
        jid: &BareJid,
        card: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let may_follow = core.sees(jid) || self.statements.claimed.contains_key(jid);
        if !may_follow || *jid == core.config.our_jid {
            return;
        }
        for found in statement_card::read(card) {
            match found {
                Found::Statement(bytes) => self.statement_found(jid, &bytes, Place::Card, core, cx),
                Found::Other(document) => core.take_ending(*document, cx.now),
            }
        }
    }

    /// Our profile was published: our card may have lost what we put into it.
    pub(in crate::engine) fn look_at_our_cards(&mut self) {
        self.statements.cards.compared = None;
    }

    /// Compares our cards with the statement that lies in our node.
    pub(super) fn keep_our_cards(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let published = self.statements.ours.published_serial();
        let is_compared = published.is_none() || self.statements.cards.compared == published;
        // Both write the whole card.
        let mut intents = core.memory.intents.values();
        let profile_is_due = intents.any(|it| matches!(it.intent, Intent::Publish { .. }));
        if is_compared || profile_is_due {
            return;
        }
        self.statements.cards.compared = published;
        if self.abilities.vcard {
            let asked = Asked::OurStatementCard(CardForm::Temp);
            self.ask("get", vcard::get(), asked, Sent::Other, core, cx);
        }
        let asked = Asked::OurStatementCard(CardForm::Four);
        let query = pep::get(NODE_OF_VCARD_4, None);
        self.ask("get", query, asked, Sent::Other, core, cx);
    }

    /// A card of ours came. It is set again if it does not show our statement.
    pub(in crate::engine) fn our_statement_card_came(
        &mut self,
        form: CardForm,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some(answer) = answer else {
            return;
        };
        let our_jid = &core.config.our_jid;
        let known = core.memory.identities.get(our_jid);
        let block = known.and_then(|it| Some(TextForm::of(&it.statement)?.block()));
        let Some(block) = block else {
            return;
        };
        let query = match form {
            // Who has no card yet gets an error or an empty one (XEP-0054, section 3.1).
            CardForm::Temp => {
                let before = answer.get_child("vCard", ns::VCARD_TEMP);
                statement_card::with_block(before, &block)
            }
            CardForm::Four => {
                let items = pep::items(answer, NODE_OF_VCARD_4);
                let before = items.last().map(|item| item.payload);
                let id = items.last().and_then(|item| item.id).unwrap_or(ITEM);
                let card = statement_card::with_note(before, &block);
                // One that is there stays as private as its owner has made it.
                let options = before.is_none().then_some(NodeOptions::OpenItem);
                card.map(|card| pep::publish(NODE_OF_VCARD_4, id, card, options))
            }
        };
        if let Some(query) = query {
            self.ask("set", query, Asked::Ping, Sent::Other, core, cx);
        }
    }
}
