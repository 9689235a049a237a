//! Who hears of what happens to a node (XEP-0163 §4.3).

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use super::config::{AccessModel, NodeConfig, SendLast};
use crate::account::Account;
use crate::caps::Interests;
use crate::context::Context;
use crate::domain::Domain;
use crate::server::Server;
use crate::stanza::{self, Build};

/// How the ids of notifications begin. An error that answers one is nobody's concern: the client
/// that it could not be given to is gone.
const ID_PREFIX: &str = "pep-";

/// What subscribers are told.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// An item was published.
    Published(&'a str, &'a str),
    /// An item was taken back.
    Retracted(&'a str),
    /// All items were taken back.
    Purged,
    /// The node is gone.
    Deleted,
    /// It is configured in another way.
    Configured,
}

impl Account {
    /// Whether somebody may hear of the account's nodes at all: its own clients, and contacts that
    /// receive its presence and are not blocked.
    pub(crate) fn may_hear(&self, owner: &BareJid, jid: &Jid) -> bool {
        let bare = jid.to_bare();
        bare == *owner || (self.shares_presence_with(&bare) && !self.blocked.blocks(jid))
    }
}

impl Server {
    /// Tells everybody who may and wants to hear of it.
    pub(crate) fn notify(
        &mut self,
        bare: &BareJid,
        name: &str,
        config: &NodeConfig,
        event: &Event<'_>,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        if !config.deliver_notifications {
            return;
        }
        let private = config.access_model == AccessModel::Whitelist;
        let listeners = account.listeners.iter();
        let listeners: Vec<_> = listeners
            .filter(|(_, listener)| listener.wants(name))
            .map(|(jid, _)| jid)
            .filter(|jid| !private || jid.to_bare() == *bare)
            .filter(|jid| account.may_hear(bare, jid))
            .cloned()
            .collect();
        if listeners.is_empty() {
            return;
        }
        let content = content(name, config, event);
        for to in listeners {
            self.dispatch(notification(bare, &to, content.clone(), cx), cx);
        }
    }

    /// XEP-0163 §4.3.3: a client that has become available gets the last item of every node that
    /// it wants to hear of, except those in `before`.
    pub(crate) fn send_last_items(
        &mut self,
        bare: &BareJid,
        to: &Jid,
        interests: &Interests,
        before: Option<&Interests>,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let own = to.to_bare() == *bare;
        let mut last = Vec::new();
        for name in interests {
            let Some(node) = account.nodes.get(name) else {
                continue;
            };
            let config = &node.config;
            let readable = own || config.access_model != AccessModel::Whitelist;
            let sent = config.deliver_notifications
                && config.send_last == SendLast::OnSubscriptionAndPresence
                && before.is_none_or(|before| !before.contains(name));
            if let Some((id, item)) = node.latest().next().filter(|_| readable && sent) {
                let event = Event::Published(id, &item.xml);
                last.push(content(name, config, &event));
            }
        }
        for content in last {
            let notification = notification(bare, to, content, cx);
            // A contact that comes and goes without end fetches no more than others.
            if own || self.admits_public(to, &notification, cx) {
                self.dispatch(notification, cx);
            }
        }
    }

    /// Whether anything public may go to somebody now: worth asking before it is put together.
    pub(crate) fn has_public_room(&mut self, to: &Jid, cx: &Context<'_>) -> bool {
        let domain = Domain::of(to);
        let known = self.knows(&domain);
        domain == self.domain || self.allowances.has_room(&domain, known, cx.now)
    }

    /// Whether something that is public may go to somebody now, see
    /// [`Allowances`](super::allowance::Allowances).
    pub(crate) fn admits_public(&mut self, to: &Jid, stanza: &Element, cx: &Context<'_>) -> bool {
        let domain = Domain::of(to);
        if domain == self.domain {
            return true;
        }
        let known = self.knows(&domain);
        let bytes = stanza::to_xml(stanza).len();
        self.allowances.admits(&domain, known, bytes, cx.now)
    }
}

/// Whether a stanza for an account is an error that answers a notification of its nodes.
pub(crate) fn is_bounced_notification(stanza: &Element) -> bool {
    stanza.name() == "message"
        && stanza.attr("type") == Some("error")
        && stanza
            .attr("id")
            .is_some_and(|id| id.starts_with(ID_PREFIX))
}

fn notification(bare: &BareJid, to: &Jid, content: Element, cx: &mut Context<'_>) -> Element {
    let mut event = Element::bare("event", ns::PUBSUB_EVENT);
    event.append_child(content);
    let mut message = Element::bare("message", ns::CLIENT);
    // XEP-0163 §4.3.1: from the bare JID.
    message.set("from", bare.as_str());
    message.set("to", to.as_str());
    message.set("type", "headline");
    message.set("id", &format!("{ID_PREFIX}{}", cx.random_id()));
    message.append_child(event);
    message
}

/// The inside of an event. Clients expect exactly one item in it.
fn content(name: &str, config: &NodeConfig, event: &Event<'_>) -> Element {
    let element = |tag: &'static str| {
        let mut element = Element::bare(tag, ns::PUBSUB_EVENT);
        element.set("node", name);
        element
    };
    match event {
        Event::Published(id, xml) => {
            let mut item = Element::bare("item", ns::PUBSUB_EVENT);
            item.set("id", id);
            if config.deliver_payloads
                && let Some(payload) = stanza::parse(xml)
            {
                item.append_child(payload);
            }
            let mut items = element("items");
            items.append_child(item);
            items
        }
        Event::Retracted(id) => {
            let mut retract = Element::bare("retract", ns::PUBSUB_EVENT);
            retract.set("id", id);
            let mut items = element("items");
            items.append_child(retract);
            items
        }
        Event::Purged => element("purge"),
        Event::Deleted => element("delete"),
        Event::Configured => element("configuration"),
    }
}
