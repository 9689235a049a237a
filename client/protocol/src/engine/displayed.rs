//! What was shown on one of our devices is shown on all of them (XEP-0490).
//!
//! Nothing is kept about what was published: at each login the states on the server are compared
//! with ours, and whichever is farther wins.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use minidom::Element;
use onym_stream::ns;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::iqs::Asked;
use super::session::Session;
use crate::pep::{self, Item};
use crate::store::{MessageRecord, Place, RemoteId};
use crate::{displayed_sync, pep::MAX_ITEMS};

/// How far back a message is looked for that the archive has a name for. Only what could not be
/// archived lies between.
const LOOK_BACK: usize = 20;

/// What this session knows of the states on the server.
#[derive(Default)]
pub(super) struct DisplayedSync {
    /// Whether the states came, and ours may be published.
    is_ready: bool,
    /// The archive's name of the message up to which the server says that it was shown.
    known: BTreeMap<BareJid, String>,
    under_way: BTreeSet<BareJid>,
}

impl Session {
    /// Asks for the states, once everything is here that they may speak of.
    pub(super) fn begin_displayed_sync(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if self.abilities.pep {
            let asked = Asked::DisplayedStates;
            let query = displayed_sync::get();
            self.ask("get", query, asked, Sent::Other, core, cx);
        }
    }

    /// The states came, or with `None` will not come: there may be none yet.
    pub(super) fn displayed_states_came(
        &mut self,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        if let Some(answer) = answer {
            let items = pep::items(answer, ns::DISPLAYED_SYNC);
            self.displayed_elsewhere(&items, core, cx);
        }
        // XEP-0490, section 8: only where the server can be told to keep them private.
        self.displayed.is_ready = self.abilities.publish_options;
        let conversations: Vec<BareJid> = core.memory.conversations.keys().cloned().collect();
        core.displayed_here.extend(conversations);
        self.publish_displayed(core, cx);
    }

    /// Another device of ours has shown something.
    pub(super) fn displayed_elsewhere(
        &mut self,
        items: &[Item<'_>],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        for item in items {
            let Some((jid, id)) = displayed_sync::read(item, &core.config.our_jid) else {
                continue;
            };
            // Section 5.1: what is not found, or is behind ours, is ignored.
            let home = core.home_of(&jid);
            let message = core.named(&home, RemoteId::Archive(id.clone()), cx);
            if let Some(message) = message {
                core.set_displayed(&home, message.place(), cx);
            }
            if self.displayed.known.len() < MAX_ITEMS || self.displayed.known.contains_key(&jid) {
                self.displayed.known.insert(jid, id);
            }
        }
    }

    /// Publishes what this device has shown.
    pub(super) fn publish_displayed(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.displayed.is_ready {
            return;
        }
        for jid in std::mem::take(&mut core.displayed_here) {
            let addresses = core.addresses_with(&jid);
            let mut addresses = addresses.iter();
            if addresses.any(|it| self.displayed.under_way.contains(it)) {
                core.displayed_here.insert(jid);
                continue;
            }
            for (jid, id) in self.to_publish(&jid, core, cx) {
                self.displayed.known.insert(jid.clone(), id.clone());
                self.displayed.under_way.insert(jid.clone());
                let query = displayed_sync::publish(&jid, &id, &core.config.our_jid);
                let asked = Asked::PublishDisplayed {
                    jid,
                    may_configure: true,
                };
                self.ask("set", query, asked, Sent::Other, core, cx);
            }
        }
    }

    /// The archive's names of the last shown messages, one of each address of a person, that the
    /// server does not know as shown.
    fn to_publish(
        &self,
        jid: &BareJid,
        core: &Core,
        cx: &mut Context<'_>,
    ) -> Vec<(BareJid, String)> {
        let known = core.memory.conversations.get(jid);
        let Some(displayed) = known.and_then(|known| known.displayed()) else {
            return Vec::new();
        };
        let shown = core.last_archived(jid, displayed, cx).into_iter();
        let news = shown.filter_map(|shown| {
            let address = shown.address().clone();
            let id = shown.archive_id.clone()?;
            let known = self.displayed.known.get(&address);
            if known == Some(&id) {
                return None;
            }
            let theirs = known.and_then(|id| core.named(jid, RemoteId::Archive(id.clone()), cx));
            let is_behind = theirs.is_none_or(|theirs| theirs.place() < shown.place());
            is_behind.then_some((address, id))
        });
        news.collect()
    }

    /// The server took a state, or refused it.
    pub(super) fn displayed_published(
        &mut self,
        jid: BareJid,
        may_configure: bool,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        self.displayed.under_way.remove(&jid);
        if may_configure && answer.is_some_and(pep::is_kept_otherwise) {
            // An older client has made the node; it is ours to set right.
            let configuration = pep::configure(ns::DISPLAYED_SYNC, displayed_sync::OPTIONS);
            self.ask("set", configuration, Asked::Ping, Sent::Other, core, cx);
            if let Some(id) = self.displayed.known.get(&jid) {
                let query = displayed_sync::publish(&jid, id, &core.config.our_jid);
                self.displayed.under_way.insert(jid.clone());
                let asked = Asked::PublishDisplayed {
                    jid,
                    may_configure: false,
                };
                self.ask("set", query, asked, Sent::Other, core, cx);
            }
            return;
        }
        self.publish_displayed(core, cx);
    }
}

impl Core {
    /// The newest message of each address up to a place that the archive has a name for.
    fn last_archived(
        &self,
        jid: &BareJid,
        up_to: Place,
        cx: &mut Context<'_>,
    ) -> Vec<MessageRecord> {
        let is_archived = |message: &MessageRecord| message.archive_id.is_some();
        let at = self.message(jid, up_to.position, cx).filter(is_archived);
        let mut last: Vec<MessageRecord> = at.into_iter().collect();
        if last.is_empty() || self.memory.person_of(jid).is_some() {
            let earlier = self.earlier(jid, Some(up_to), LOOK_BACK, cx);
            for message in earlier.into_iter().rev().filter(is_archived) {
                if !last.iter().any(|it| it.address() == message.address()) {
                    last.push(message);
                }
            }
        }
        last
    }
}
