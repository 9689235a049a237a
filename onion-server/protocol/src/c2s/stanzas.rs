//! RFC 6120 §8 and RFC 6121: stanzas that a bound client sends.

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::archive::worth_archiving;
use crate::context::Context;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::input::ConnectionId;
use crate::server::Server;
use crate::service::{self, Asked};
use crate::stanza::{self, Build, Condition, Refusal, StanzaKind};
use crate::stanza_ids;

impl Server {
    pub(crate) fn client_stanza(
        &mut self,
        id: ConnectionId,
        mut stanza: Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let Some(kind) = StanzaKind::of(&stanza) else {
            return Err(Fault::unsupported());
        };
        let Some(resource) = self.resource(id) else {
            return Ok(());
        };
        let (Some(full), bare) = (resource.full_jid(), resource.account.clone()) else {
            return Ok(());
        };
        // RFC 6120 §8.1.2.1: "the 'from' address MUST match the full JID or the bare JID".
        if let Some(from) = stanza.attr("from")
            && !Jid::new(from).is_ok_and(|from| from == full || from == bare)
        {
            return Err(Fault::invalid_from());
        }
        resource.acknowledgement.handled();
        stanza.set("from", full.as_str());
        let to = match stanza::address(&stanza, "to") {
            Ok(to) => to,
            Err(condition) => {
                stanza.unset("to");
                self.answer_client(id, &stanza, Err(condition), cx);
                return Ok(());
            }
        };
        if to.as_ref().is_some_and(|to| self.blocks(&bare, to)) {
            self.refuse_to_blocked(id, &stanza, cx);
            return Ok(());
        }
        match kind {
            StanzaKind::Message => {
                // §8.1.1.1: without an address it is for the account itself.
                let to = to.unwrap_or_else(|| bare.clone().into());
                stanza.set("to", to.as_str());
                self.client_message(id, &bare, stanza, &to, cx);
            }
            StanzaKind::Presence => self.client_presence(id, stanza, to, cx),
            StanzaKind::Iq => self.client_iq(id, stanza, to.as_ref(), &bare, cx),
        }
        Ok(())
    }

    /// A message of a client's goes into the archive, to the account's other clients and on its way.
    fn client_message(
        &mut self,
        id: ConnectionId,
        bare: &BareJid,
        mut message: Element,
        to: &Jid,
        cx: &mut Context<'_>,
    ) {
        stanza_ids::strip(&mut message, bare);
        let mut ours = message.clone();
        if self.is_first(bare, &message, cx) {
            self.archive(bare, to, false, &mut ours, cx);
            self.copy_sent(id, bare, &ours, to, cx);
        }
        // XEP-0313 §3.3: the id is nobody's business who may not read the archive.
        let to_ourselves = to.to_bare() == *bare;
        self.dispatch(if to_ourselves { ours } else { message }, cx);
    }

    /// Whether a client sends a message for the first time. One that did not learn that we have its
    /// message sends it again, word by word, and that is in the archive already. (It goes on its
    /// way all the same: the other side recognises it, too.)
    fn is_first(&mut self, bare: &BareJid, message: &Element, cx: &mut Context<'_>) -> bool {
        if message.attr("id").is_none() || !worth_archiving(message).0 {
            return true;
        }
        // Its next stream may have another resource.
        let mut anywhere = message.clone();
        anywhere.set("from", bare.as_str());
        let ours = self.domain.clone();
        let unseen = self.seen.look_up(&ours, &anywhere, true);
        if let Some(unseen) = unseen {
            cx.commit(self.seen.remember(unseen));
            return true;
        }
        false
    }

    /// An IQ of a client's: to the server, to its account, or to somebody else.
    fn client_iq(
        &mut self,
        id: ConnectionId,
        iq: Element,
        to: Option<&Jid>,
        bare: &BareJid,
        cx: &mut Context<'_>,
    ) {
        let question = matches!(iq.attr("type"), Some("get" | "set"));
        if iq.attr("id").is_none() || (question && iq.children().count() != 1) {
            self.answer_client(id, &iq, Err(Condition::BadRequest), cx);
            return;
        }
        let for_account = to.is_none_or(|to| to == bare);
        let for_server = to.is_some_and(|to| {
            to.node().is_none() && to.resource().is_none() && Domain::of(to) == self.domain
        });
        if !for_account && !for_server {
            self.dispatch(iq, cx);
            return;
        }
        if !question {
            if let Ok(Some(from)) = stanza::address(&iq, "from") {
                self.capabilities_answered(bare, &from, &iq, cx);
            }
            return;
        }
        if for_account && let Some(answer) = self.own_request(id, bare, &iq, to.is_some(), cx) {
            self.answer_client(id, &iq, answer, cx);
            return;
        }
        let Some(payload) = iq.children().next().cloned() else {
            return;
        };
        let answer = match iq.attr("type") {
            _ if payload.is("query", ns::ROSTER) && for_account => {
                match self.roster_request(id, &iq, &payload, cx) {
                    // A roster set answers by itself, since its pushes come first.
                    None => return,
                    Some(answer) => answer,
                }
            }
            _ if payload.has_ns(ns::ARCHIVE) && for_account => {
                match self.archive_request(id, &iq, &payload, cx) {
                    None => return,
                    Some(answer) => answer,
                }
            }
            Some("set") if payload.has_ns(ns::CARBONS) => self.set_carbons(id, &payload),
            Some("set") if payload.is("session", ns::SESSION) => Ok(None),
            Some("get") if to.is_none() => service::answer(Asked::Server, &payload),
            Some("get") if for_server => service::answer(Asked::Server, &payload),
            Some("get") => service::answer(Asked::Account, &payload),
            _ => Err(Condition::ServiceUnavailable),
        };
        self.answer_client(id, &iq, answer, cx);
    }

    /// Answers a client's own stanza in the server's name.
    pub(crate) fn answer_client(
        &mut self,
        id: ConnectionId,
        stanza: &Element,
        answer: Result<Option<Element>, impl Into<Refusal>>,
        cx: &mut Context<'_>,
    ) {
        let reply = match answer {
            Ok(payload) => Some(stanza::result(stanza, payload)),
            Err(refusal) => stanza::error_reply(stanza, refusal, None),
        };
        if let (Some(reply), Some(resource)) = (reply, self.resource(id)) {
            resource.send(id, &reply, cx);
        }
    }
}
