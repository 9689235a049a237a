//! RFC 6120 §7: a bound resource: a client that sends and receives stanzas.

use std::collections::{BTreeSet, VecDeque};

use jid::{BareJid, FullJid, Jid};
use onym_identity::Timestamp;
use onym_stream::{ContentNamespace, Element, write_element};

use crate::acknowledgement::Acknowledgement;
use crate::context::Context;
use crate::delay;
use crate::domain::Domain;
use crate::inbox::InboxMessage;
use crate::input::ConnectionId;
use crate::limits;
use crate::route::ResourceView;
use crate::stanza::{self, Build};
use crate::store::Place;

/// Entities that were sent presence directly (RFC 6121 §4.6); more are not remembered and so are
/// not told when the client goes.
const MAX_DIRECTED_PRESENCES: usize = 500;

/// A client.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) account: BareJid,
    pub(crate) name: String,
    pub(crate) device: Option<String>,
    pub(crate) acknowledgement: Acknowledgement,
    /// Its last presence, if it is available.
    pub(crate) presence: Option<Available>,
    /// Whether it has asked for the roster and so gets pushes (RFC 6121 §2.2).
    pub(crate) interested: bool,
    /// Whether it has asked for the block list and so gets pushes (XEP-0191 §3.2).
    pub(crate) knows_block_list: bool,
    /// Whom it sent presence directly.
    pub(crate) directed: BTreeSet<Jid>,
    /// Messages that wait until it has acknowledged others.
    backlog: VecDeque<InboxMessage>,
    /// Whether it gets copies of what its account's other clients send and receive (XEP-0280).
    pub(crate) carbons: bool,
    /// Places in the inbox of messages that it has been sent a copy of.
    copies: BTreeSet<Place>,
    /// Places in the inbox of what is in the backlog or on its way, so that nothing is sent twice.
    held: BTreeSet<Place>,
    /// When the client last said anything.
    pub(crate) heard: Timestamp,
    /// When it was asked whether it lives, if it has not said anything since.
    pub(crate) probed: Option<Timestamp>,
}

/// What an available resource has said of itself.
#[derive(Debug)]
pub(crate) struct Available {
    pub(crate) stanza: Element,
    pub(crate) priority: i8,
    /// Whether its client has said that it shows no photo (XEP-0153).
    pub(crate) says_no_photo: bool,
}

impl Resource {
    pub(crate) fn new(
        account: BareJid,
        name: String,
        device: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            account,
            name,
            device,
            acknowledgement: Acknowledgement::by_transport(),
            presence: None,
            interested: false,
            knows_block_list: false,
            directed: BTreeSet::new(),
            backlog: VecDeque::new(),
            carbons: false,
            copies: BTreeSet::new(),
            held: BTreeSet::new(),
            heard: now,
            probed: None,
        }
    }

    pub(crate) fn full_jid(&self) -> Option<FullJid> {
        self.account.with_resource_str(&self.name).ok()
    }

    pub(crate) fn view(&self) -> ResourceView<'_> {
        ResourceView {
            name: &self.name,
            priority: self.presence.as_ref().map(|p| p.priority),
        }
    }

    /// Whether it wants messages (RFC 6121 §4.7.2.3).
    pub(crate) fn wants_messages(&self) -> bool {
        self.presence
            .as_ref()
            .is_some_and(|presence| presence.priority >= 0)
    }

    pub(crate) fn remember_directed(&mut self, to: Jid, available: bool) {
        if !available {
            self.directed.remove(&to);
        } else if self.directed.len() < MAX_DIRECTED_PRESENCES {
            self.directed.insert(to);
        }
    }

    /// Sends a stanza that has no place in the inbox.
    pub(crate) fn send(&mut self, id: ConnectionId, stanza: &Element, cx: &mut Context<'_>) {
        self.acknowledgement.sent(None);
        cx.send(id, write_element(stanza, ContentNamespace::Client));
        if let Some(request) = self.acknowledgement.request_for_many() {
            cx.send(id, write_element(&request, ContentNamespace::Client));
        }
    }

    /// Queues messages for the client, except those that it is being sent already or has a copy of;
    /// [`Self::pump`] sends them.
    pub(crate) fn queue(&mut self, messages: impl IntoIterator<Item = InboxMessage>) {
        for message in messages {
            if !self.copies.contains(&message.place) && self.held.insert(message.place) {
                self.backlog.push_back(message);
            }
        }
    }

    /// The client wants no messages any more: the places of what has not been sent, which stays
    /// in the inbox.
    pub(crate) fn drop_backlog(&mut self) -> BTreeSet<Place> {
        let backlog = std::mem::take(&mut self.backlog);
        let places: BTreeSet<_> = backlog.iter().map(|message| message.place).collect();
        self.held.retain(|place| !places.contains(place));
        places
    }

    /// The client is being sent a copy of a message.
    pub(crate) fn copied(&mut self, place: Option<Place>) {
        self.copies.extend(place);
    }

    /// Messages have left the inbox, so they will not be queued again.
    pub(crate) fn left_inbox(&mut self, places: &[Place]) {
        for place in places {
            self.copies.remove(place);
        }
    }

    /// The client has these messages.
    pub(crate) fn received(&mut self, places: &[Place]) {
        for place in places {
            self.held.remove(place);
        }
    }

    /// The messages that the client was to have, and has not acknowledged.
    pub(crate) fn held(&self) -> &BTreeSet<Place> {
        &self.held
    }

    /// When to see whether the client is still there.
    pub(crate) fn deadline(&self) -> Timestamp {
        match self.probed {
            Some(probed) => probed + limits::CLIENT_LIVENESS_TIMEOUT,
            None => self.heard + limits::CLIENT_LIVENESS_INTERVAL,
        }
    }

    /// Sends as many of the waiting messages as the client may have in flight. A message that has
    /// waited says since when (XEP-0160 §2, XEP-0203).
    pub(crate) fn pump(&mut self, id: ConnectionId, domain: &Domain, cx: &mut Context<'_>) {
        while self.acknowledgement.room() > 0 {
            let Some(message) = self.backlog.pop_front() else {
                break;
            };
            let Some(mut stanza) = stanza::parse(&message.xml) else {
                continue;
            };
            if cx.now > message.since {
                delay::stamp(&mut stanza, domain, message.since);
            }
            if let Some(full) = self.full_jid().filter(|_| stanza.attr("to").is_none()) {
                stanza.set("to", full.as_str());
            }
            self.acknowledgement.sent(Some(message.place));
            cx.send(id, write_element(&stanza, ContentNamespace::Client));
        }
        if let Some(request) = self.acknowledgement.request() {
            cx.send(id, write_element(&request, ContentNamespace::Client));
        }
    }
}
