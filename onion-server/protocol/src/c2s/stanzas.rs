//! RFC 6120 §8 and RFC 6121: stanzas that a bound client sends.

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::context::Context;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::input::ConnectionId;
use crate::server::Server;
use crate::service::{self, Asked};
use crate::stanza::{self, Build, Condition, Refusal, StanzaKind};

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
        match kind {
            StanzaKind::Message => {
                // §8.1.1.1: without an address it is for the account itself.
                if to.is_none() {
                    stanza.set("to", bare.as_str());
                }
                self.dispatch(stanza, cx);
            }
            StanzaKind::Presence => self.client_presence(id, stanza, to, cx),
            StanzaKind::Iq => self.client_iq(id, stanza, to.as_ref(), &bare, cx),
        }
        Ok(())
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
