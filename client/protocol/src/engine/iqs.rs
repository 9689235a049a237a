//! What we ask our server and others, and what comes back.

use std::time::Duration;

use jid::{BareJid, Jid};
use minidom::Element;
use onym_identity::Timestamp;
use onym_identity::invite::InviteId;
use onym_stream::{Attributes, ns};

use super::abilities::AbilitiesOf;
use super::acknowledgement::Sent;
use super::catch_up::AskedPage;
use super::core::{Context, Core};
use super::identity::{AddressQuestion, CardForm};
use super::omemo::{SentKeys, Wanted};
use super::our_profile::Publication;
use super::profiles::Fetch;
use super::queries;
use super::session::Session;
use crate::event::Event;
use crate::pep;
use crate::stanza::{self, Sender};

/// How long the server may take to answer an iq. Nothing waits for it but the start.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// An iq of ours that waits for its answer.
pub(super) struct PendingIq {
    pub(super) asked: Asked,
    /// Who has to answer, if it is not our server.
    of: Option<BareJid>,
    pub(super) deadline: Timestamp,
}

/// What an iq of ours asks.
pub(super) enum Asked {
    Roster,
    /// A change to a contact; `removes` says that it is to be gone.
    ChangeContact {
        jid: BareJid,
        removes: bool,
    },
    /// Whether the server is there. What it answers does not matter.
    Ping,
    /// What our server can do.
    Abilities(AbilitiesOf),
    /// Copies of what our other clients send and receive.
    Carbons,
    /// Whom our server keeps away.
    Blocked,
    /// A page of the archive.
    ArchivePage(Box<AskedPage>),
    /// Up to where our clients have shown each conversation.
    DisplayedStates,
    /// That others learn it; `may_configure` says that this is the first attempt.
    PublishDisplayed {
        jid: BareJid,
        may_configure: bool,
    },
    /// A picture of somebody.
    Avatar(Fetch),
    /// What somebody publishes in one node.
    Node {
        jid: BareJid,
        node: &'static str,
    },
    /// A part of our profile.
    Publish,
    /// Our card, to change it.
    OurCard(Box<Publication>),
    /// Our card, changed.
    SetCard,
    /// Devices of an account, or keys of one.
    Keys {
        jid: BareJid,
        wanted: Wanted,
    },
    /// A card of an account, for the statement in it.
    StatementCard {
        jid: BareJid,
        form: CardForm,
    },
    /// A card of ours, to put our statement into it.
    OurStatementCard(CardForm),
    /// The statement of an account's identity.
    Statement {
        jid: BareJid,
    },
    /// The same, of which nothing is kept.
    CheckAddress(Box<AddressQuestion>),
    /// That others learn ours; `may_configure` says that this is the first attempt.
    PublishStatement {
        may_configure: bool,
    },
    /// That others learn of the end of our identity, by so many documents; `may_configure` says that
    /// this is the first attempt.
    PublishOurEnd {
        documents: usize,
        may_configure: bool,
    },
    /// Our open invites.
    OurInvites,
    /// That our server honours an invite; `may_configure` says that this is the first attempt.
    PublishInvite {
        id: InviteId,
        may_configure: bool,
    },
    /// That it forgets one.
    RevokeInvite {
        id: InviteId,
    },
    /// That others learn our keys.
    PublishKeys(SentKeys),
}

/// Whom an iq is for.
pub(super) enum Whom {
    /// Our account, without an address.
    OurAccount,
    /// Our server itself.
    OurServer,
    /// Somebody's account.
    Account(BareJid),
}

impl Session {
    /// Sends an iq to our own account.
    pub(super) fn ask(
        &mut self,
        kind: &'static str,
        query: Element,
        asked: Asked,
        item: Sent,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> String {
        self.ask_of(Whom::OurAccount, kind, query, asked, item, core, cx)
    }

    /// Sends an iq.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the question")]
    pub(super) fn ask_of(
        &mut self,
        whom: Whom,
        kind: &'static str,
        query: Element,
        asked: Asked,
        item: Sent,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> String {
        let id = cx.new_id();
        self.ask_as(id.clone(), whom, kind, query, asked, item, core, cx.now);
        id
    }

    /// Sends an iq under a name that is already chosen.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the question")]
    pub(super) fn ask_as(
        &mut self,
        id: String,
        whom: Whom,
        kind: &'static str,
        query: Element,
        asked: Asked,
        item: Sent,
        core: &mut Core,
        now: Timestamp,
    ) {
        let (to, of) = match whom {
            Whom::OurAccount => (None, None),
            Whom::OurServer => (Some(core.config.our_jid.domain().to_string()), None),
            Whom::Account(jid) if jid == core.config.our_jid => (Some(jid.to_string()), None),
            Whom::Account(jid) => (Some(jid.to_string()), Some(jid)),
        };
        let iq = stanza::iq(kind, &id, query).with_attribute("to", to);
        self.send(&iq, item, core);
        let deadline = now + ANSWER_WITHIN;
        self.iqs.insert(
            id,
            PendingIq {
                asked,
                of,
                deadline,
            },
        );
    }

    /// Takes an iq from the server.
    pub(super) fn iq(&mut self, iq: &Element, core: &mut Core, cx: &mut Context<'_>) {
        let (Some(id), Some(sender)) = (iq.attr("id"), Sender::of(iq)) else {
            return;
        };
        match iq.attr("type") {
            Some("get" | "set") => self.asked_by(iq, &sender, core),
            Some("result" | "error") => self.answer(iq, id, &sender, core, cx),
            _ => {}
        }
    }

    fn asked_by(&mut self, iq: &Element, sender: &Sender, core: &mut Core) {
        let our_jid = &core.config.our_jid;
        let is_set = iq.attr("type") == Some("set");
        if let Some(query) = iq.get_child("query", ns::ROSTER)
            && is_set
        {
            // RFC 6121, section 2.1.6: a client "MUST ignore" a push from anybody else.
            if sender.is_our_account(our_jid) {
                self.roster_push(iq, query, core);
            }
            return;
        }
        if is_set && self.blocking_push(iq, sender, core) {
            return;
        }
        let answer = queries::answer(iq, sender, core);
        self.send(&answer, Sent::Other, core);
    }

    fn answer(
        &mut self,
        iq: &Element,
        id: &str,
        sender: &Sender,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let our_jid = &core.config.our_jid;
        let is_ours = sender.is_our_server(our_jid)
            || *sender == Sender::Jid(Jid::from(self.full_jid.clone()));
        // An error for somebody who cannot be reached comes in their name.
        let expected = match self.iqs.get(id).map(|pending| &pending.of) {
            Some(Some(of)) => sender.resource().is_none() && sender.bare(our_jid) == *of,
            _ => is_ours,
        };
        if !expected {
            return;
        }
        let acknowledged = self.ack.answered(id);
        self.server_has(acknowledged, core, cx);
        if let Some(pending) = self.iqs.remove(id) {
            self.answered(pending.asked, Some(iq), core, cx);
        }
    }

    /// Gives up on iqs that were not answered in time.
    pub(super) fn give_up_late_iqs(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let late: Vec<String> = self
            .iqs
            .iter()
            .filter(|(_, iq)| iq.deadline <= cx.now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            if let Some(pending) = self.iqs.remove(&id) {
                self.answered(pending.asked, None, core, cx);
            }
        }
    }

    /// An iq of ours was answered, or with `None` will not be.
    fn answered(
        &mut self,
        asked: Asked,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let error = answer
            .filter(|answer| answer.attr("type") == Some("error"))
            .map(|answer| stanza::StanzaError::of(answer).condition);
        let result = answer.filter(|_| error.is_none());
        match asked {
            Asked::Ping => {}
            Asked::Roster => self.roster_came(result, core, cx),
            Asked::ChangeContact { removes: true, .. }
                if error.as_deref() == Some("item-not-found") => {}
            Asked::ChangeContact { jid, .. } => {
                if let Some(condition) = error {
                    let refusal = crate::command::CommandError::RefusedByServer { jid, condition };
                    core.outbox.event(Event::CommandRefused(refusal));
                }
            }
            Asked::Abilities(of) => self.abilities_came(of, result, core, cx),
            Asked::Carbons => self.carbons_answered(result.is_some(), core, cx),
            Asked::Blocked => self.blocked_came(result, core),
            Asked::ArchivePage(page) => self.archive_page_came(&page, answer, core, cx),
            Asked::DisplayedStates => self.displayed_states_came(result, core, cx),
            Asked::PublishDisplayed { jid, may_configure } => {
                self.displayed_published(jid, may_configure, answer, core, cx);
            }
            Asked::Avatar(fetch) => self.avatar_came(&fetch, result, core, cx),
            Asked::Node { jid, node } => {
                if let Some(answer) = result {
                    let items = pep::items(answer, node);
                    self.news(&jid, node, &items, core, cx);
                }
            }
            Asked::Publish => self.published(error, core),
            Asked::OurCard(publication) => self.our_card_came(*publication, result, core, cx),
            Asked::SetCard => {
                self.published(error, core);
                // Our presence names the new photo.
                self.show_presence(core);
                self.look_at_our_cards();
            }
            Asked::Keys { jid, wanted } => self.keys_came(&jid, wanted, answer, core, cx),
            Asked::StatementCard { jid, form } => {
                self.statement_card_came(&jid, form, result, core, cx);
            }
            Asked::OurStatementCard(form) => self.our_statement_card_came(form, answer, core, cx),
            Asked::Statement { jid } => self.statement_came(&jid, answer, core, cx),
            Asked::CheckAddress(question) => self.address_answered(*question, answer, core, cx),
            Asked::PublishStatement { may_configure } => {
                self.our_statement_answered(may_configure, answer, core, cx);
            }
            Asked::PublishOurEnd {
                documents,
                may_configure,
            } => self.our_end_answered(documents, may_configure, answer, core, cx),
            Asked::OurInvites => self.our_invites_came(answer, core, cx),
            Asked::PublishInvite { id, may_configure } => {
                self.invite_published(id, may_configure, answer, core, cx);
            }
            Asked::RevokeInvite { id } => self.invite_revoked(id, answer, core),
            Asked::PublishKeys(sent) => self.keys_published(sent, answer, core, cx),
        }
    }
}
