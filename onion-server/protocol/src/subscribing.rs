//! RFC 6121 §2 and §3, carried out: roster requests, and the subscription table applied.

use jid::BareJid;
use onym_stream::{Element, ns};

use crate::context::Context;
use crate::deliver::subscription_stanza;
use crate::input::ConnectionId;
use crate::limits;
use crate::roster::{self, RosterItem, RosterSet};
use crate::server::Server;
use crate::stanza::{self, Build, Condition};
use crate::store::Change;
use crate::subscription::{self, Kind, Subscription};

impl Server {
    /// A roster get or set of a client's own roster. None when it has been answered already.
    pub(crate) fn roster_request(
        &mut self,
        id: ConnectionId,
        iq: &Element,
        query: &Element,
        cx: &mut Context<'_>,
    ) -> Option<Result<Option<Element>, Condition>> {
        if iq.attr("type") == Some("get") {
            if let Some(resource) = self.resource(id) {
                resource.interested = true;
            }
            let (_, account) = self.account_of(id)?;
            return Some(Ok(account.roster.query(query.attr("ver"))));
        }
        match RosterSet::parse(query) {
            Err(condition) => return Some(Err(condition)),
            Ok(RosterSet::Update { jid, name, groups }) => {
                let (bare, account) = self.account_of(id)?;
                if jid == bare {
                    return Some(Err(Condition::NotAcceptable));
                }
                let known = account.item(&jid).cloned();
                if known.is_none() && account.roster.items.len() >= limits::MAX_ROSTER_ITEMS {
                    return Some(Err(Condition::ResourceConstraint));
                }
                let item = known.unwrap_or_else(|| RosterItem::new(jid));
                self.put_item(
                    &bare,
                    &RosterItem {
                        name,
                        groups,
                        listed: true,
                        ..item
                    },
                    cx,
                );
            }
            Ok(RosterSet::Remove { jid }) => {
                let (bare, account) = self.account_of(id)?;
                let Some(item) = account.item(&jid).filter(|item| item.listed).cloned() else {
                    return Some(Err(Condition::ItemNotFound));
                };
                self.remove_contact(&bare, &item, cx);
            }
        }
        Some(Ok(None))
    }

    /// §2.5: removing a contact ends every subscription with it.
    fn remove_contact(&mut self, bare: &BareJid, item: &RosterItem, cx: &mut Context<'_>) {
        for kind in [Kind::Unsubscribe, Kind::Unsubscribed] {
            let outcome = subscription::outbound(item.subscription, kind);
            if outcome.share_presence == Some(false) {
                self.share_presence(bare, &item.jid, false, cx);
            }
            if outcome.route {
                self.dispatch(subscription_stanza(bare, &item.jid, kind.as_str()), cx);
            }
        }
        self.remove_item(bare, &item.jid, item.listed, cx);
    }

    /// §3: a client manages a subscription.
    pub(crate) fn client_subscription(
        &mut self,
        id: ConnectionId,
        stanza: &Element,
        contact: &BareJid,
        kind: Kind,
        cx: &mut Context<'_>,
    ) {
        let Some((bare, account)) = self.account_of(id) else {
            return;
        };
        if *contact == bare {
            return;
        }
        let known = account.item(contact).cloned();
        if known.is_none() && account.roster.items.len() >= limits::MAX_ROSTER_ITEMS {
            if let Some(error) = stanza::error_reply(stanza, Condition::ResourceConstraint, None) {
                self.dispatch(error, cx);
            }
            return;
        }
        let before = known.unwrap_or_else(|| RosterItem::new(contact.clone()));
        let outcome = subscription::outbound(before.subscription, kind);
        self.put_subscription(&bare, &before, outcome.next, before.request.clone(), cx);
        // A contact hears that we are gone while it still wants to know.
        if outcome.share_presence == Some(false) {
            self.share_presence(&bare, contact, false, cx);
        }
        if outcome.route {
            // §3.1.2: from the bare JID; what the client wrote into it stays.
            let mut stanza = stanza.clone();
            stanza.set("from", bare.as_str());
            stanza.set("to", contact.as_str());
            self.dispatch(stanza, cx);
        }
        if outcome.share_presence == Some(true) {
            self.share_presence(&bare, contact, true, cx);
        }
    }

    /// §3: a contact manages a subscription.
    pub(crate) fn contact_subscription(
        &mut self,
        bare: &BareJid,
        mut stanza: Element,
        contact: &BareJid,
        kind: Kind,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let known = account.item(contact).cloned();
        let full = !account.roster.admits_request(contact);
        let before = known.clone();
        let before = before.unwrap_or_else(|| RosterItem::new(contact.clone()));
        let outcome = subscription::inbound(before.subscription, kind);
        // What is granted anyway uses no invite up.
        if kind == Kind::Subscribe
            && outcome.reply.is_none()
            && self.use_invite(bare, &stanza, contact, cx)
        {
            return self.let_in(bare, &before, cx);
        }
        if known.is_none() && (full || kind != Kind::Subscribe) {
            return;
        }
        stanza.set("from", contact.as_str());
        stanza.set("to", bare.as_str());
        let request = match kind {
            Kind::Subscribe if outcome.deliver => Some(request_xml(&stanza, contact, bare)),
            _ => before.request.clone(),
        };
        if before.subscription.to && !outcome.next.to {
            self.contact_hidden(bare, contact, cx);
        }
        self.put_subscription(bare, &before, outcome.next, request, cx);
        if outcome.deliver {
            self.show_subscription(bare, &stanza, cx);
        }
        if let Some(reply) = outcome.reply {
            self.dispatch(subscription_stanza(bare, contact, reply.as_str()), cx);
            self.share_presence(bare, contact, true, cx);
        }
    }

    /// Somebody has asked with the token of an invite.
    fn let_in(&mut self, bare: &BareJid, before: &RosterItem, cx: &mut Context<'_>) {
        let outcome = subscription::invited(before.subscription);
        self.put_subscription(bare, before, outcome.next, None, cx);
        let contact = &before.jid;
        let granted = Kind::Subscribed.as_str();
        self.dispatch(subscription_stanza(bare, contact, granted), cx);
        self.share_presence(bare, contact, true, cx);
        if outcome.ask {
            let request = Kind::Subscribe.as_str();
            self.dispatch(subscription_stanza(bare, contact, request), cx);
        }
    }

    /// §3.1.3: every client that is here and knows the roster sees it.
    fn show_subscription(&mut self, bare: &BareJid, stanza: &Element, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let ids: Vec<_> = account.resources.values().copied().collect();
        for id in ids {
            if let Some(resource) = self.resource(id).filter(|r| r.presence.is_some()) {
                resource.send(id, stanza, cx);
            }
        }
    }

    /// Keeps the new state of a subscription and tells the clients; an item that nothing keeps
    /// alive any more goes.
    fn put_subscription(
        &mut self,
        bare: &BareJid,
        before: &RosterItem,
        next: Subscription,
        request: Option<String>,
        cx: &mut Context<'_>,
    ) {
        let agreed = next.to || next.from || next.pending_out || next.approved;
        let item = RosterItem {
            subscription: next,
            listed: before.listed || agreed,
            request: request.filter(|_| next.pending_in),
            ..before.clone()
        };
        if item.listed || next.pending_in {
            if item != *before {
                self.put_item(bare, &item, cx);
            }
        } else {
            self.remove_item(bare, &item.jid, false, cx);
        }
    }

    fn put_item(&mut self, bare: &BareJid, item: &RosterItem, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        let roster = &mut account.roster;
        roster.version = roster.version.saturating_add(1);
        cx.commit(Change::PutRosterItem(
            bare.clone(),
            item.clone(),
            roster.version,
        ));
        roster.items.insert(item.jid.clone(), item.clone());
        self.forget_interest();
        if item.listed {
            self.push_roster(bare, item.to_element(), cx);
        }
    }

    pub(crate) fn remove_item(
        &mut self,
        bare: &BareJid,
        contact: &BareJid,
        listed: bool,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        if account.roster.items.remove(contact).is_none() {
            return;
        }
        let roster = &mut account.roster;
        roster.version = roster.version.saturating_add(1);
        cx.commit(Change::RemoveRosterItem(
            bare.clone(),
            contact.clone(),
            roster.version,
        ));
        account.present.retain(|jid| jid.to_bare() != *contact);
        account.listeners.retain(|jid, _| jid.to_bare() != *contact);
        self.forget_interest();
        if listed {
            self.push_roster(bare, roster::removal(contact), cx);
        }
    }

    /// §2.1.6: a roster push to every client that asked for the roster.
    fn push_roster(&mut self, bare: &BareJid, item: Element, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let version = account.roster.version.to_string();
        let mut query = Element::bare("query", ns::ROSTER);
        query.set("ver", &version);
        query.append_child(item);
        self.push_iq(bare, &query, |resource| resource.interested, cx);
    }

    /// Sends a contact the presence of every client that is here, or that they are gone.
    pub(crate) fn share_presence(
        &mut self,
        bare: &BareJid,
        contact: &BareJid,
        available: bool,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let presences: Vec<_> = self
            .resources_of(account)
            .filter_map(|(_, resource)| resource.presence.as_ref())
            .map(|presence| presence.stanza.clone())
            .collect();
        for mut presence in presences {
            if !available {
                presence = stanza::presence(
                    presence.attr("from").unwrap_or(bare.as_str()),
                    contact.as_str(),
                    Some("unavailable"),
                );
            }
            self.send_presence(&presence, contact.as_str(), cx);
        }
        if available {
            self.introduce_nodes(bare, contact, cx);
        }
    }
}

/// A request as it is kept until the owner answers it: without its contents if they are large.
fn request_xml(stanza: &Element, contact: &BareJid, bare: &BareJid) -> String {
    let xml = stanza::to_xml(stanza);
    if xml.len() <= limits::MAX_REQUEST_BYTES {
        return xml;
    }
    let kind = Kind::Subscribe.as_str();
    stanza::to_xml(&subscription_stanza(contact, bare, kind))
}
