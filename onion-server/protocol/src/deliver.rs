//! Carries out what [`route`] decides: stanzas between our accounts, and to and
//! from other endpoints.

use std::collections::BTreeSet;

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::account::Account;
use crate::blocking;
use crate::context::Context;
use crate::domain::Domain;
use crate::input::ConnectionId;
use crate::route::{Recipient, route};
use crate::server::Server;
use crate::service::{self, Asked};
use crate::stanza::{self, Build, Condition, Refusal, StanzaKind};
use crate::stanza_ids;
use crate::store::{Change, Place, QueuedStanza};

/// What became of a stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// We have dealt with it.
    Taken,
    /// Its sender has got an error, and may send it again.
    Refused,
}

impl Server {
    /// Sends a stanza that has `from` and `to` on its way.
    pub(crate) fn dispatch(&mut self, stanza: Element, cx: &mut Context<'_>) {
        let (Ok(Some(from)), Ok(Some(to))) = (
            stanza::address(&stanza, "from"),
            stanza::address(&stanza, "to"),
        ) else {
            return;
        };
        let domain = Domain::of(&to);
        if domain == self.domain {
            self.deliver(stanza, &from, &to, cx);
        } else {
            self.send_to_peer(&domain, stanza, cx);
        }
    }

    /// Tells the sender of a stanza that it was not delivered.
    pub(crate) fn bounce(
        &mut self,
        stanza: &Element,
        refusal: impl Into<Refusal>,
        text: Option<&str>,
        cx: &mut Context<'_>,
    ) {
        if let Some(reply) = stanza::error_reply(stanza, refusal, text) {
            self.dispatch(reply, cx);
        }
    }

    /// A stanza for this server or one of its accounts.
    pub(crate) fn deliver(
        &mut self,
        mut stanza: Element,
        from: &Jid,
        to: &Jid,
        cx: &mut Context<'_>,
    ) -> Delivered {
        if to.node().is_none() {
            self.deliver_to_server(&stanza, from, cx);
            return Delivered::Taken;
        }
        let bare = to.to_bare();
        if self.blocks(&bare, from) {
            return self.answer_blocked(&stanza, cx);
        }
        if StanzaKind::of(&stanza) == Some(StanzaKind::Presence) {
            self.deliver_presence(stanza, from, to, cx);
            return Delivered::Taken;
        }
        if from.to_bare() != bare {
            stanza_ids::strip(&mut stanza, &bare);
        }
        if !self.accounts.contains_key(&bare) {
            // RFC 6121 §8.5.1
            self.bounce(&stanza, Condition::ServiceUnavailable, None, cx);
            return Delivered::Refused;
        }
        if to.resource().is_none() && self.concerns_nodes(&bare, &stanza, from, cx) {
            return Delivered::Taken;
        }
        let Some(account) = self.accounts.get(&bare) else {
            return Delivered::Refused;
        };
        let sender = from.to_bare();
        let trusted = sender == bare
            || account.shares_presence_with(&sender)
            || self.has_directed_presence(account, from);
        let views: Vec<_> = self
            .resources_of(account)
            .map(|(_, resource)| resource.view())
            .collect();
        let to_resource = to.resource().map(|resource| resource.as_str());
        match route(&stanza, to_resource, &views, trusted).to {
            Recipient::Resources(names) => {
                for id in ids(account, &names) {
                    if let Some(resource) = self.resource(id) {
                        resource.send(id, &stanza, cx);
                    }
                }
                if StanzaKind::of(&stanza) == Some(StanzaKind::Message) {
                    self.copy_received(&bare, &stanza, from, &names, None, cx);
                }
            }
            Recipient::Inbox(names) => return self.keep(&bare, &names, stanza, from, cx),
            Recipient::Account => {
                let answer = self.others_request(&bare, &stanza, from, trusted, cx);
                self.reply(&stanza, answer, cx);
            }
            Recipient::Refuse(condition) => {
                self.bounce(&stanza, condition, None, cx);
                return Delivered::Refused;
            }
            Recipient::Ignore => {}
        }
        Delivered::Taken
    }

    /// XEP-0160: keeps a message until a client has acknowledged it, and gives it to those that
    /// are there.
    fn keep(
        &mut self,
        bare: &BareJid,
        names: &[String],
        mut message: Element,
        from: &Jid,
        cx: &mut Context<'_>,
    ) -> Delivered {
        let ours = Domain::of(from) == self.domain;
        let Some(account) = self.accounts.get_mut(bare) else {
            return Delivered::Refused;
        };
        let stranger = !ours && account.is_stranger(from);
        let bytes = stanza::to_xml(&message).len();
        if let Err(full) = account.inbox.admits(from, stranger, bytes) {
            self.bounce(
                &message,
                Condition::ResourceConstraint,
                Some(full.words()),
                cx,
            );
            return Delivered::Refused;
        }
        // XEP-0313 §5.1.1: once only; a message to oneself went into the archive when it was sent.
        if from.to_bare() != *bare {
            self.archive(bare, from, stranger, &mut message, cx);
        }
        let Some(account) = self.accounts.get_mut(bare) else {
            return Delivered::Refused;
        };
        let xml = stanza::to_xml(&message);
        let record = QueuedStanza { since: cx.now, xml };
        let kept = account.inbox.push(&record, from, stranger);
        cx.commit(Change::PutInbox(bare.clone(), kept.place, record));
        let domain = self.domain.clone();
        let ids = ids(account, names);
        for id in ids {
            if let Some(resource) = self.resource(id) {
                resource.queue([kept.clone()]);
                resource.pump(id, &domain, cx);
            }
        }
        let place = Some(kept.place);
        self.copy_received(bare, &message, from, names, place, cx);
        Delivered::Taken
    }

    /// A client has received messages: they leave the inbox, and the next ones may be sent.
    pub(crate) fn inbox_received(
        &mut self,
        id: ConnectionId,
        places: &[Place],
        cx: &mut Context<'_>,
    ) {
        if let Some(resource) = self.resource(id) {
            resource.received(places);
        }
        if let Some((bare, account)) = self.account_of(id) {
            for &place in places {
                if account.inbox.remove(place) {
                    cx.commit(Change::RemoveInbox(bare.clone(), place));
                }
            }
        }
        let domain = self.domain.clone();
        if let Some(resource) = self.resource(id) {
            resource.pump(id, &domain, cx);
        }
    }

    /// A client is gone: what it was to have and did not acknowledge goes to the account's other
    /// clients at once (XEP-0198 §4: "delivery to an alternate resource").
    pub(crate) fn hand_over(
        &mut self,
        bare: &BareJid,
        places: &BTreeSet<Place>,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare).filter(|_| !places.is_empty()) else {
            return;
        };
        let messages = account.inbox.messages(places);
        let others: Vec<_> = self
            .resources_of(account)
            .filter(|(_, resource)| resource.wants_messages())
            .map(|(id, _)| id)
            .collect();
        let domain = self.domain.clone();
        for id in others {
            if let Some(resource) = self.resource(id) {
                resource.queue(messages.iter().cloned());
                resource.pump(id, &domain, cx);
            }
        }
    }

    fn deliver_to_server(&mut self, stanza: &Element, from: &Jid, cx: &mut Context<'_>) {
        if StanzaKind::of(stanza) != Some(StanzaKind::Iq) {
            self.bounce(stanza, Condition::ServiceUnavailable, None, cx);
            return;
        }
        let sender = from.to_bare();
        let trusted = Domain::of(from) == self.domain
            || self
                .accounts
                .values()
                .any(|account| account.shares_presence_with(&sender));
        let answer = match (stanza.attr("type"), stanza.children().next()) {
            // Which faults this version may have is nothing for a stranger to look up.
            (Some("get"), Some(payload)) if payload.has_ns(ns::VERSION) && !trusted => {
                Err(Condition::ServiceUnavailable)
            }
            (Some("get"), Some(payload)) => service::answer(Asked::Server, payload),
            (Some("set"), _) => Err(Condition::ServiceUnavailable),
            (Some("get"), None) => Err(Condition::BadRequest),
            _ => return,
        };
        self.reply(stanza, answer, cx);
    }

    /// XEP-0191 §3.3: somebody who is blocked wants something.
    fn answer_blocked(&mut self, stanza: &Element, cx: &mut Context<'_>) -> Delivered {
        match blocking::verdict(stanza).answer {
            Some(condition) => {
                self.bounce(stanza, condition, None, cx);
                Delivered::Refused
            }
            None => Delivered::Taken,
        }
    }

    fn reply(
        &mut self,
        iq: &Element,
        answer: Result<Option<Element>, impl Into<Refusal>>,
        cx: &mut Context<'_>,
    ) {
        match answer {
            Ok(payload) => self.dispatch(stanza::result(iq, payload), cx),
            Err(refusal) => self.bounce(iq, refusal, None, cx),
        }
    }

    fn has_directed_presence(&self, account: &Account, to: &Jid) -> bool {
        self.resources_of(account).any(|(_, resource)| {
            resource.directed.contains(to) || resource.directed.contains(&to.to_bare().into())
        })
    }
}

fn ids(account: &Account, names: &[String]) -> Vec<ConnectionId> {
    names
        .iter()
        .filter_map(|name| account.resources.get(name))
        .copied()
        .collect()
}

/// A presence subscription stanza in an account's name (RFC 6121 §3: from the bare JID).
pub(crate) fn subscription_stanza(from: &BareJid, to: &BareJid, kind: &'static str) -> Element {
    let mut presence = stanza::presence(from.as_str(), to.as_str(), Some(kind));
    presence.unset("id");
    presence
}
