//! RFC 6121 §4: who is here, and who is told.

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use crate::account::Account;
use crate::avatar;
use crate::c2s::ClientStream;
use crate::c2s::resource::{Available, Resource};
use crate::connection::Role;
use crate::context::Context;
use crate::domain::Domain;
use crate::input::ConnectionId;
use crate::server::Server;
use crate::stanza::{self, Build};
use crate::subscription::Kind;

impl Server {
    /// A client sends presence.
    pub(crate) fn client_presence(
        &mut self,
        id: ConnectionId,
        mut stanza: Element,
        to: Option<Jid>,
        cx: &mut Context<'_>,
    ) {
        let kind = stanza.attr("type").map(str::to_owned);
        match (kind.as_deref(), to) {
            (None, None) => self.become_available(id, stanza, cx),
            (Some("unavailable"), None) => self.become_unavailable(id, Some(&stanza), cx),
            (None | Some("unavailable"), Some(to)) => {
                if let Some((bare, _)) = self.account_of(id).filter(|_| kind.is_none()) {
                    self.stamp_photo(&bare, &mut stanza, true);
                }
                if let Some(resource) = self.resource(id) {
                    resource.remember_directed(to, kind.is_none());
                }
                self.dispatch(stanza, cx);
            }
            (Some("error"), Some(_)) => self.dispatch(stanza, cx),
            (Some(kind), Some(to)) => {
                if let Some(kind) = Kind::parse(kind) {
                    self.client_subscription(id, &stanza, &to.into_bare(), kind, cx);
                }
            }
            (Some(_), None) => {}
        }
    }

    /// §4.2 initial presence, and §4.4 later ones.
    fn become_available(&mut self, id: ConnectionId, mut stanza: Element, cx: &mut Context<'_>) {
        let Some((bare, _)) = self.account_of(id) else {
            return;
        };
        let says_no_photo = avatar::says_none(&stanza);
        if !says_no_photo {
            self.stamp_photo(&bare, &mut stanza, false);
        }
        let priority = stanza
            .get_child("priority", ns::CLIENT)
            .and_then(|p| p.text().trim().parse().ok());
        let available = Available {
            stanza: stanza.clone(),
            priority: priority.unwrap_or(0),
            says_no_photo,
        };
        let Some(resource) = self.resource(id) else {
            return;
        };
        let wanted_messages = resource.wants_messages();
        let initial = resource.presence.replace(available).is_none();
        let wants_messages = resource.wants_messages();
        self.forget_interest();
        // §4.2.2: "including the resource that generated the presence notification in the first
        // place".
        self.show_presence(id, &stanza, bare.as_str(), cx);
        self.broadcast(id, &stanza, cx);
        if let Ok(Some(from)) = stanza::address(&stanza, "from") {
            self.hear_capabilities(&bare, &from, &stanza, cx);
        }
        if initial {
            self.introduce_to_client(id, cx);
        }
        if wants_messages && !wanted_messages {
            let backlog = self
                .account_of(id)
                .map(|(_, account)| account.inbox.backlog());
            let domain = self.domain.clone();
            if let Some(resource) = self.resource(id) {
                resource.queue(backlog.unwrap_or_default());
                resource.pump(id, &domain, cx);
            }
        }
    }

    /// §4.5: the client goes, by its own word or because its stream ended (`stanza` is none then).
    pub(crate) fn become_unavailable(
        &mut self,
        id: ConnectionId,
        stanza: Option<&Element>,
        cx: &mut Context<'_>,
    ) {
        let Some(resource) = self.resource(id) else {
            return;
        };
        let directed = std::mem::take(&mut resource.directed);
        let was_available = resource.presence.take().is_some();
        let unsent = resource.drop_backlog();
        let bare = resource.account.clone();
        let Some(full) = resource.full_jid() else {
            return;
        };
        let mut gone = stanza
            .cloned()
            .unwrap_or_else(|| Element::bare("presence", ns::CLIENT));
        gone.set("from", full.as_str());
        gone.set("type", "unavailable");
        self.forget_listener(&bare, &full.into());
        if was_available {
            self.forget_interest();
            self.broadcast(id, &gone, cx);
        }
        for to in directed {
            self.send_presence(&gone, to.as_str(), cx);
        }
        self.hand_over(&bare, &unsent, cx);
    }

    /// Sends a client's presence to everybody who receives it: the account's other clients and
    /// the contacts with a subscription.
    pub(crate) fn broadcast(&mut self, id: ConnectionId, presence: &Element, cx: &mut Context<'_>) {
        let Some((bare, account)) = self.account_of(id) else {
            return;
        };
        let others: Vec<_> = account
            .resources
            .values()
            .copied()
            .filter(|other| *other != id)
            .collect();
        let contacts: Vec<_> = account
            .roster
            .items
            .values()
            .filter(|item| item.subscription.from)
            .map(|item| item.jid.clone())
            .collect();
        for other in others {
            self.show_presence(other, presence, bare.as_str(), cx);
        }
        for contact in contacts {
            self.send_presence(presence, contact.as_str(), cx);
        }
    }

    /// §4.2.2 and §4.3: a client that has just become available learns who else is, and which
    /// requests wait for an answer.
    fn introduce_to_client(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        let Some((bare, account)) = self.account_of(id) else {
            return;
        };
        let to: Vec<_> = account
            .roster
            .items
            .values()
            .filter(|item| item.subscription.to)
            .map(|item| item.jid.clone())
            .collect();
        let requests: Vec<_> = account
            .roster
            .items
            .values()
            .filter(|item| !account.blocked.blocks(&item.jid.clone().into()))
            .filter_map(|item| item.request.clone())
            .collect();
        let others: Vec<_> = account
            .resources
            .values()
            .copied()
            .filter(|other| *other != id)
            .collect();
        for other in others {
            if let Some(presence) = self.resource(other).and_then(|r| r.presence.as_ref()) {
                let presence = presence.stanza.clone();
                self.show_presence(id, &presence, bare.as_str(), cx);
            }
        }
        for contact in to {
            let probe = stanza::presence(bare.as_str(), contact.as_str(), Some("probe"));
            self.send_presence(&probe, contact.as_str(), cx);
        }
        for request in requests.iter().filter_map(|xml| stanza::parse(xml)) {
            if let Some(resource) = self.resource(id) {
                resource.send(id, &request, cx);
            }
        }
    }

    /// Gives one of our clients a presence stanza, if it is available.
    fn show_presence(
        &mut self,
        id: ConnectionId,
        presence: &Element,
        to: &str,
        cx: &mut Context<'_>,
    ) {
        if let Some(resource) = self
            .resource(id)
            .filter(|resource| resource.presence.is_some())
        {
            let mut presence = presence.clone();
            presence.set("to", to);
            resource.send(id, &presence, cx);
        }
    }

    /// Sends presence that means something now and nothing later. For a peer that cannot be reached
    /// it is left out: it is told afresh as soon as it can be.
    pub(crate) fn send_presence(&mut self, presence: &Element, to: &str, cx: &mut Context<'_>) {
        let mut presence = presence.clone();
        presence.set("to", to);
        let Ok(to) = Jid::new(to) else { return };
        // XEP-0191 §3.3: nothing goes to those who are blocked.
        if let Ok(Some(from)) = stanza::address(&presence, "from")
            && self.blocks(&from.to_bare(), &to)
        {
            return;
        }
        let domain = Domain::of(&to);
        if domain == self.domain {
            self.dispatch(presence, cx);
        } else if self.is_online(&domain) {
            self.send_to_peer_briefly(&domain, &presence, cx);
        }
    }

    /// The contacts at a domain can be reached again: they learn who of us is here, and we ask
    /// who of them is.
    pub(crate) fn introduce_to_peer(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let mut told = Vec::new();
        for (bare, account) in &self.accounts {
            let available: Vec<_> = self
                .resources_of(account)
                .filter_map(|(_, resource)| resource.presence.as_ref())
                .map(|presence| presence.stanza.clone())
                .collect();
            if available.is_empty() {
                continue;
            }
            for item in account.roster.items.values() {
                if item.jid.domain().as_str() != domain.as_str() {
                    continue;
                }
                if item.subscription.from {
                    told.extend(available.iter().map(|p| (p.clone(), item.jid.clone())));
                }
                if item.subscription.to {
                    let probe = stanza::presence(bare.as_str(), item.jid.as_str(), Some("probe"));
                    told.push((probe, item.jid.clone()));
                }
            }
        }
        for (presence, to) in told {
            self.send_presence(&presence, to.as_str(), cx);
        }
    }

    /// A contact has ended our subscription: whatever its server says or does not say after that,
    /// it is not shown as present.
    pub(crate) fn contact_hidden(
        &mut self,
        bare: &BareJid,
        contact: &BareJid,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let present = account.present.iter();
        let resources: Vec<_> = present
            .filter(|jid| jid.to_bare() == *contact)
            .cloned()
            .collect();
        for resource in resources {
            let gone = stanza::presence(resource.as_str(), bare.as_str(), Some("unavailable"));
            self.deliver_presence(gone, &resource, &bare.clone().into(), cx);
        }
    }

    /// Nothing connects us with a domain any more: its contacts are not shown as present.
    pub(crate) fn peer_lost(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let of_domain = |jid: &&Jid| Domain::of(jid) == *domain;
        let lost: Vec<(BareJid, Jid)> = self
            .accounts
            .iter()
            .flat_map(|(bare, account)| {
                account
                    .present
                    .iter()
                    .filter(of_domain)
                    .map(|jid| (bare.clone(), jid.clone()))
            })
            .collect();
        for (bare, contact) in lost {
            let gone = stanza::presence(contact.as_str(), bare.as_str(), Some("unavailable"));
            self.deliver_presence(gone, &contact, &bare.into(), cx);
        }
    }

    /// A presence stanza arrives for an account.
    pub(crate) fn deliver_presence(
        &mut self,
        stanza: Element,
        from: &Jid,
        to: &Jid,
        cx: &mut Context<'_>,
    ) {
        let bare = to.to_bare();
        match stanza.attr("type") {
            Some("probe") => self.answer_probe(&bare, from, cx),
            Some(kind) if Kind::parse(kind).is_some() => {
                if let Some(kind) = Kind::parse(kind) {
                    self.contact_subscription(&bare, stanza, &from.to_bare(), kind, cx);
                }
            }
            kind => {
                let (available, error) = (kind.is_none(), kind == Some("error"));
                self.receive_presence(&bare, &stanza, from, to, available, error, cx);
            }
        }
    }

    /// §4.4.3: presence of somebody whom the account wants to know about.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one stanza, read by the caller"
    )]
    fn receive_presence(
        &mut self,
        bare: &BareJid,
        stanza: &Element,
        from: &Jid,
        to: &Jid,
        available: bool,
        error: bool,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        let sender = from.to_bare();
        let subscribed = sender == *bare
            || account
                .item(&sender)
                .is_some_and(|item| item.subscription.to);
        if subscribed && !error && sender != *bare {
            if !available {
                account.present.remove(from);
            } else if !account.note_present(from) {
                // Nobody has so many devices; and what is not noted could not be taken back.
                return;
            }
            if available {
                self.hear_capabilities(bare, from, stanza, cx);
            } else {
                self.forget_listener(bare, from);
            }
        }
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let ids: Vec<_> = match to.resource() {
            Some(resource) => account
                .resources
                .get(resource.as_str())
                .copied()
                .into_iter()
                .collect(),
            None if error => Vec::new(),
            None => account.resources.values().copied().collect(),
        };
        for id in ids {
            let asked_for = self.resource(id).is_some_and(|resource| {
                resource.directed.contains(from)
                    || resource.directed.contains(&sender.clone().into())
            });
            if subscribed || asked_for {
                self.show_presence(id, stanza, to.as_str(), cx);
            }
        }
    }

    /// §4.3.2: somebody asks whether the account is here.
    fn answer_probe(&mut self, bare: &BareJid, from: &Jid, cx: &mut Context<'_>) {
        let sender = from.to_bare();
        let account = self.accounts.get(bare);
        let Some(account) =
            account.filter(|known| sender == *bare || known.shares_presence_with(&sender))
        else {
            // "the contact's server SHOULD return a presence stanza of type 'unsubscribed'",
            // whether there is such an account or not; a request that waits is left alone.
            let asked = account
                .and_then(|account| account.item(&sender))
                .is_some_and(|item| item.subscription.pending_in);
            if !asked {
                let denied = stanza::presence(bare.as_str(), sender.as_str(), Some("unsubscribed"));
                self.send_presence(&denied, sender.as_str(), cx);
            }
            return;
        };
        let available: Vec<_> = self
            .resources_of(account)
            .filter_map(|(_, resource)| resource.presence.as_ref())
            .map(|presence| presence.stanza.clone())
            .collect();
        if available.is_empty() {
            let gone = stanza::presence(bare.as_str(), from.as_str(), Some("unavailable"));
            self.send_presence(&gone, from.as_str(), cx);
        }
        for presence in available {
            self.send_presence(&presence, from.as_str(), cx);
        }
    }

    /// The bound clients of an account.
    pub(crate) fn resources_of<'a>(
        &'a self,
        account: &'a Account,
    ) -> impl Iterator<Item = (ConnectionId, &'a Resource)> {
        account
            .resources
            .values()
            .filter_map(|id| match &self.connections.get(id)?.role {
                Role::Client(ClientStream::Bound(resource)) => Some((*id, &**resource)),
                _ => None,
            })
    }
}
