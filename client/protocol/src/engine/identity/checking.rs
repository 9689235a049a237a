//! Whether an account confirms an identity: it is asked once, and nothing of the answer is kept, unless it
//! shows that our own identity has ended.

use jid::BareJid;
use minidom::Element;
use onym_identity::statement::{Document, MAX_BLOCKS};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::{Asked, Whom};
use super::super::session::Session;
use super::cards::CardForm;
use crate::address_check::{self, AddressAnswer, StatementPlace};
use crate::event::Event;
use crate::pep;
use crate::published_statement::{self, NODE};
use crate::statement_card::Found;

/// What an account was asked.
pub(in crate::engine) struct AddressQuestion {
    jid: BareJid,
    place: StatementPlace,
    /// What the node has said, if that was not the question.
    node: Option<AddressAnswer>,
}

impl Session {
    pub(in crate::engine) fn check_address(
        &mut self,
        jid: BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let place = StatementPlace::Node;
        let node = None;
        self.ask_address(AddressQuestion { jid, place, node }, core, cx);
    }

    fn ask_address(&mut self, question: AddressQuestion, core: &mut Core, cx: &mut Context<'_>) {
        let whom = Whom::Account(question.jid.clone());
        let query = match question.place {
            StatementPlace::Node => pep::get(NODE, None),
            StatementPlace::Card => CardForm::Temp.get(),
            StatementPlace::NewCard => CardForm::Four.get(),
        };
        let asked = Asked::CheckAddress(Box::new(question));
        self.ask_of(whom, "get", query, asked, Sent::Other, core, cx);
    }

    /// What was asked is answered, or with `None` will not be. Where nothing is, the next place is asked
    /// about.
    pub(in crate::engine) fn address_answered(
        &mut self,
        question: AddressQuestion,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let AddressQuestion { jid, place, node } = question;
        let said = core.address_says(&jid, place, answer, cx);
        core.take_our_end_shown(place, answer, cx);
        let is_nothing = match &said {
            AddressAnswer::Nothing => true,
            AddressAnswer::Error { condition } => {
                place != StatementPlace::Node
                    || super::following::says_that_nothing_is_there(condition)
            }
            // Who answers no second question has answered the first one.
            AddressAnswer::Silent => place != StatementPlace::Node,
            AddressAnswer::Confirmed(_) | AddressAnswer::Refused(_) => false,
        };
        let next = match place {
            StatementPlace::Node => Some(StatementPlace::Card),
            StatementPlace::Card => Some(StatementPlace::NewCard),
            StatementPlace::NewCard => None,
        };
        match next.filter(|_| is_nothing) {
            Some(place) => {
                let node = node.or(Some(said));
                self.ask_address(AddressQuestion { jid, place, node }, core, cx);
            }
            None => {
                let (answer, place) = match node.filter(|_| is_nothing) {
                    Some(node) => (node, StatementPlace::Node),
                    None => (said, place),
                };
                core.outbox
                    .event(Event::AddressChecked { jid, answer, place });
            }
        }
    }
}

impl Core {
    /// Takes what ends our own identity, if the account shows that: it is one of ours, or somebody has put
    /// it there.
    fn take_our_end_shown(
        &mut self,
        place: StatementPlace,
        answer: Option<&Element>,
        cx: &Context<'_>,
    ) {
        let Some(answer) = answer.filter(|answer| answer.attr("type") != Some("error")) else {
            return;
        };
        let shown: Vec<Document> = match place {
            StatementPlace::Node => {
                let items = pep::items(answer, NODE);
                let newest = items.last().map(|newest| newest.payload);
                newest.map_or_else(Vec::new, published_statement::documents)
            }
            StatementPlace::Card => others(CardForm::Temp.read(answer)),
            StatementPlace::NewCard => others(CardForm::Four.read(answer)),
        };
        for document in shown {
            self.take_if_ours(document, cx.now);
        }
    }

    fn address_says(
        &self,
        jid: &BareJid,
        place: StatementPlace,
        answer: Option<&Element>,
        cx: &Context<'_>,
    ) -> AddressAnswer {
        let known = |identity: &_| self.followed(identity);
        let form = match place {
            StatementPlace::Node => return address_check::read(jid, answer, &known, cx.now),
            StatementPlace::Card => CardForm::Temp,
            StatementPlace::NewCard => CardForm::Four,
        };
        let found = answer.map_or_else(Vec::new, |answer| form.read(answer));
        address_check::read_card(jid, found, &known, cx.now)
    }
}

/// The documents in a card that are no statements, no more than are read of a text.
fn others(found: Vec<Found>) -> Vec<Document> {
    let others = found
        .into_iter()
        .take(MAX_BLOCKS)
        .filter_map(|it| match it {
            Found::Other(document) => Some(*document),
            Found::Statement(_) => None,
        });
    others.collect()
}
