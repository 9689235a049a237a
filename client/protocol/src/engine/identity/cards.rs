//! Statements in the cards of people, for servers and programs that know nothing of their node.
//!
//! Cards are asked for only where the node is not there or not for us, and once in a run of the
//! program: they may have a photo of hundreds of kilobytes. The newer form is asked for where the older
//! one shows nothing that is signed. In ours the block stands where people read
//! it (`DESC`), and in the note of the newer form; what others wrote there stays.

use jid::BareJid;
use minidom::Element;
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
    compared: Option<Shown>,
}

/// What our node shows, and our cards are to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// The statement with this number.
    Statement(u64),
    /// So many documents that end our identity.
    End(usize),
}

/// Which of the two cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum CardForm {
    /// vcard-temp.
    Temp,
    /// vCard 4, in a node.
    Four,
}

impl CardForm {
    /// The question for it.
    pub(super) fn get(self) -> Element {
        match self {
            Self::Temp => vcard::get(),
            Self::Four => pep::get(NODE_OF_VCARD_4, None),
        }
    }

    /// The documents in an answer.
    pub(super) fn read(self, answer: &Element) -> Vec<Found> {
        match self {
            Self::Temp => {
                let card = answer.get_child("vCard", ns::VCARD_TEMP);
                card.map_or_else(Vec::new, statement_card::read)
            }
            Self::Four => {
                let items = pep::items(answer, NODE_OF_VCARD_4);
                let card = items.last().map(|item| item.payload);
                card.map_or_else(Vec::new, statement_card::read_note)
            }
        }
    }
}

impl Session {
    /// Asks for the card of an account that publishes no statement. Whether it is asked for.
    pub(super) fn ask_for_card(
        &mut self,
        jid: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> bool {
        if core.cards_asked.len() >= MAX_CARDS || !core.cards_asked.insert(jid.clone()) {
            return false;
        }
        self.ask_for_card_of(CardForm::Temp, jid, core, cx);
        true
    }

    fn ask_for_card_of(
        &mut self,
        form: CardForm,
        jid: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.statements.under_way = self.statements.under_way.saturating_add(1);
        let whom = Whom::Account(jid.clone());
        let jid = jid.clone();
        let asked = Asked::StatementCard { jid, form };
        self.ask_of(whom, "get", form.get(), asked, Sent::Other, core, cx);
    }

    /// A card that was asked for came, or with `None` will not come.
    pub(in crate::engine) fn statement_card_came(
        &mut self,
        jid: &BareJid,
        form: CardForm,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.statements.under_way = self.statements.under_way.saturating_sub(1);
        self.look_for_statements();
        let found = answer.map_or_else(Vec::new, |answer| form.read(answer));
        if found.is_empty() && form == CardForm::Temp {
            return self.ask_for_card_of(CardForm::Four, jid, core, cx);
        }
        self.take_from_card(jid, found, core, cx);
        self.looked_into(jid, answer, core, cx.now);
    }

    /// Takes the documents in somebody's card of the older form.
    pub(in crate::engine) fn card_seen(
        &mut self,
        jid: &BareJid,
        card: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.take_from_card(jid, statement_card::read(card), core, cx);
    }

    fn take_from_card(
        &mut self,
        jid: &BareJid,
        found: Vec<Found>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let may_follow = core.sees(jid) || self.statements.claimed.contains_key(jid);
        if !may_follow || *jid == core.config.our_jid {
            return;
        }
        for found in found {
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
        let serial = self.statements.ours.published_serial();
        let published = match core.memory.our_end.documents().count() {
            0 => serial.map(Shown::Statement),
            documents => (!core.memory.our_end.waits()).then_some(Shown::End(documents)),
        };
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
            self.ask("get", CardForm::Temp.get(), asked, Sent::Other, core, cx);
        }
        let asked = Asked::OurStatementCard(CardForm::Four);
        self.ask("get", CardForm::Four.get(), asked, Sent::Other, core, cx);
    }

    /// A card of ours came. It is set again if it does not show what our node shows.
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
        let Some(block) = core.our_block() else {
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
