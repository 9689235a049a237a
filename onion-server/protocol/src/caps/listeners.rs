//! Learns which nodes a client wants to hear of: from what is known, or by asking it (XEP-0115 §6).

use std::sync::Arc;

use jid::{BareJid, Jid};
use onym_stream::{Element, ns};

use super::{Capabilities, Listener, Scope, verification};
use crate::context::Context;
use crate::domain::Domain;
use crate::server::Server;
use crate::stanza::Build;

impl Server {
    /// A client that may hear of an account's nodes is available: one of the account's own, or one
    /// of a contact's.
    pub(crate) fn hear_capabilities(
        &mut self,
        bare: &BareJid,
        from: &Jid,
        presence: &Element,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        let announced = Capabilities::of(presence).filter(|_| from.resource().is_some());
        let Some(capabilities) = announced else {
            account.listeners.remove(from);
            return;
        };
        let had = match account.listeners.remove(from) {
            // XEP-0163 §4.3.3: a later presence "MUST NOT trigger sending of a new pubsub
            // notification".
            Some(listener) if listener.capabilities == capabilities => {
                account.listeners.insert(from.clone(), listener);
                return;
            }
            Some(listener) => listener.interests.or(listener.had),
            None => None,
        };
        let listener = Listener {
            capabilities,
            interests: None,
            had,
            asked: None,
        };
        account.listeners.insert(from.clone(), listener);
        self.learn(bare, from, cx);
    }

    /// A client is gone.
    pub(crate) fn forget_listener(&mut self, bare: &BareJid, from: &Jid) {
        if let Some(account) = self.accounts.get_mut(bare) {
            account.listeners.remove(from);
        }
    }

    /// A contact may hear of the account's nodes from now on.
    pub(crate) fn introduce_nodes(
        &mut self,
        bare: &BareJid,
        contact: &BareJid,
        cx: &mut Context<'_>,
    ) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let listeners = account.listeners.keys();
        let of_contact: Vec<_> = listeners
            .filter(|jid| jid.to_bare() == *contact)
            .cloned()
            .collect();
        for jid in of_contact {
            self.learn(bare, &jid, cx);
        }
    }

    /// Finds out what a client wants to hear of, and sends it the last items.
    fn learn(&mut self, bare: &BareJid, from: &Jid, cx: &mut Context<'_>) {
        let scope = self.scope(bare, from);
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        // Whoever hears of nothing need not be asked.
        if !account.may_hear(bare, from) {
            return;
        }
        let Some(listener) = account.listeners.get_mut(from) else {
            return;
        };
        let known = self.capabilities.get(&scope, &listener.capabilities);
        if let Some(interests) = listener.interests.clone().or(known) {
            listener.interests = Some(Arc::clone(&interests));
            let had = listener.had.take();
            self.send_last_items(bare, from, &interests, had.as_deref(), cx);
        } else if listener.asked.is_none() {
            let id = cx.random_id();
            listener.asked = Some(id.clone());
            let mut query = Element::bare("query", ns::DISCO_INFO);
            query.set("node", &listener.capabilities.disco_node());
            let mut iq = Element::bare("iq", ns::CLIENT);
            iq.set("type", "get");
            iq.set("id", &id);
            iq.set("from", bare.as_str());
            iq.set("to", from.as_str());
            iq.append_child(query);
            self.dispatch(iq, cx);
        }
    }

    /// An answer arrives for an account's bare JID: perhaps to a question of ours.
    pub(crate) fn capabilities_answered(
        &mut self,
        bare: &BareJid,
        from: &Jid,
        iq: &Element,
        cx: &mut Context<'_>,
    ) {
        let scope = self.scope(bare, from);
        let Some(account) = self.accounts.get_mut(bare) else {
            return;
        };
        let listener = account.listeners.get_mut(from).filter(|listener| {
            listener.asked.is_some() && listener.asked.as_deref() == iq.attr("id")
        });
        let Some(listener) = listener else { return };
        listener.asked = None;
        let query = iq.get_child("query", ns::DISCO_INFO);
        let Some(query) = query.filter(|_| iq.attr("type") == Some("result")) else {
            return;
        };
        let interests = Arc::new(verification::interests(query));
        listener.interests = Some(Arc::clone(&interests));
        let had = listener.had.take();
        // §5.4: what does not verify counts for this client alone.
        if verification::verifies(&listener.capabilities, query) {
            let capabilities = listener.capabilities.clone();
            self.capabilities
                .put(scope, &capabilities, Arc::clone(&interests));
        }
        self.send_last_items(bare, from, &interests, had.as_deref(), cx);
    }

    fn scope(&self, bare: &BareJid, from: &Jid) -> Scope {
        if from.to_bare() == *bare {
            Scope::Ours
        } else {
            Scope::Of(Domain::of(from))
        }
    }
}
