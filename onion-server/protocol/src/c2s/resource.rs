//! RFC 6120 §7: a bound resource: a client that sends and receives stanzas.

use std::collections::{BTreeSet, VecDeque};

use jid::{BareJid, FullJid, Jid};
use onym_identity::Timestamp;
use onym_stream::stream_management::TooHigh;
use onym_stream::{ContentNamespace, Element, write_element};

use crate::acknowledgement::Acknowledgement;
use crate::c2s::client_state::HeldBack;
use crate::c2s::resumption::{Kept, Resumption};
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
    /// Whether another connection may go on with the stream, and from where.
    pub(crate) resumption: Option<Resumption>,
    /// Since when the stream has no connection, if it has none.
    lost: Option<Timestamp>,
    /// Whether nobody looks at the client (XEP-0352).
    inactive: bool,
    /// What can wait until somebody does, or until there is a connection again.
    held_back: HeldBack,
    /// Its last presence, if it is available.
    pub(crate) presence: Option<Available>,
    /// Whether it has asked for the roster and so gets pushes (RFC 6121 §2.2).
    pub(crate) interested: bool,
    /// Whether it has asked for the block list and so gets pushes (XEP-0191 §3.3).
    pub(crate) knows_block_list: bool,
    /// Whom it sent presence directly.
    pub(crate) directed: BTreeSet<Jid>,
    /// Messages that wait until it has acknowledged others.
    backlog: VecDeque<InboxMessage>,
    backlog_bytes: usize,
    /// Whether it gets copies of what its account's other clients send and receive (XEP-0280).
    pub(crate) carbons: bool,
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
            resumption: None,
            lost: None,
            inactive: false,
            held_back: HeldBack::default(),
            presence: None,
            interested: false,
            knows_block_list: false,
            directed: BTreeSet::new(),
            backlog: VecDeque::new(),
            backlog_bytes: 0,
            carbons: false,
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

    /// Sends a stanza that has no place in the inbox, or holds it back if it can wait.
    pub(crate) fn send(&mut self, id: ConnectionId, stanza: &Element, cx: &mut Context<'_>) {
        if (self.inactive || self.is_lost()) && self.held_back.hold(stanza) {
            return;
        }
        self.release(id, cx);
        self.transmit(id, None, stanza, cx);
    }

    /// Sends a copy of a message (XEP-0280). A client that has the copy has the message in the
    /// inbox of which it is one.
    pub(crate) fn send_copy(
        &mut self,
        id: ConnectionId,
        place: Option<Place>,
        copy: &Element,
        cx: &mut Context<'_>,
    ) {
        match place {
            None => self.send(id, copy, cx),
            Some(place) if self.held.insert(place) => {
                self.release(id, cx);
                self.transmit(id, Some(place), copy, cx);
            }
            Some(_) => {}
        }
    }

    fn transmit(
        &mut self,
        id: ConnectionId,
        place: Option<Place>,
        stanza: &Element,
        cx: &mut Context<'_>,
    ) {
        let bytes = write_element(stanza, ContentNamespace::Client);
        self.acknowledgement.sent(place);
        if let Some(resumption) = &mut self.resumption {
            resumption.keep(Kept::Stanza(bytes.clone()));
        }
        if self.is_lost() {
            return;
        }
        cx.send(id, bytes);
        let request = match place {
            Some(_) => self.acknowledgement.request(),
            None => self.acknowledgement.request_for_many(),
        };
        if let Some(request) = request {
            cx.send(id, write_element(&request, ContentNamespace::Client));
        }
    }

    /// Sends what was held back; what comes after it must not overtake it.
    fn release(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        if !self.is_lost() {
            for stanza in self.held_back.release() {
                self.transmit(id, None, &stanza, cx);
            }
        }
    }

    /// XEP-0352: somebody looks at the client, or nobody does.
    pub(crate) fn set_active(&mut self, active: bool, id: ConnectionId, cx: &mut Context<'_>) {
        self.inactive = !active;
        if active {
            self.release(id, cx);
        }
    }

    /// Their `<a/>`: the places of the messages that they have now.
    pub(crate) fn acknowledged(&mut self, h: u32) -> Result<Vec<Place>, TooHigh> {
        let received = self.acknowledgement.acknowledged(h)?;
        if let Some(resumption) = &mut self.resumption {
            resumption.keep_latest(self.acknowledgement.in_flight());
        }
        Ok(received)
    }

    pub(crate) fn can_be_resumed(&self) -> bool {
        let resumption = self.resumption.as_ref();
        resumption.is_some_and(Resumption::is_possible)
    }

    /// Whether the stream has no connection and waits to be resumed.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    pub(crate) fn lost_since(&self) -> Option<Timestamp> {
        self.lost
    }

    /// The connection is gone.
    pub(crate) fn lose(&mut self, now: Timestamp) {
        self.lost = Some(now);
    }

    /// Their `<resume/>`: the places of the messages that they have now.
    pub(crate) fn resumed_from(&mut self, h: u32) -> Result<Vec<Place>, TooHigh> {
        let mut received = self.acknowledged(h)?;
        // Whoever knows the name of the stream has received all that was sent before the name.
        received.extend(self.acknowledgement.flushed());
        Ok(received)
    }

    /// Goes on with another connection: sends again what was not acknowledged.
    pub(crate) fn resume(&mut self, id: ConnectionId, domain: &Domain, cx: &mut Context<'_>) {
        self.lost = None;
        self.heard = cx.now;
        self.probed = None;
        // XEP-0352 §5.2: "always defaults to 'active' for new and resumed streams".
        self.inactive = false;
        for kept in self.resumption.iter().flat_map(Resumption::kept) {
            match kept {
                Kept::Stanza(bytes) => cx.send(id, bytes.clone()),
                Kept::Message(message) => {
                    if let Some(stanza) = self.stanza_of(message, domain, cx.now) {
                        cx.send(id, write_element(&stanza, ContentNamespace::Client));
                    }
                }
            }
        }
        self.release(id, cx);
        if self.acknowledgement.in_flight() > 0
            && let Some(request) = self.acknowledgement.probe()
        {
            cx.send(id, write_element(&request, ContentNamespace::Client));
        }
    }

    /// Whether more waits than an inbox holds: others have taken messages that this client has not.
    /// Or a stream that is to be resumed cannot be any more.
    pub(crate) fn is_overfull(&self) -> bool {
        self.backlog.len() > limits::MAX_INBOX_MESSAGES
            || self.backlog_bytes > limits::MAX_INBOX_BYTES
            || (self.is_lost() && !self.can_be_resumed())
    }

    /// Queues messages for the client, except those that it is being sent already;
    /// [`Self::pump`] sends them.
    pub(crate) fn queue(&mut self, messages: impl IntoIterator<Item = InboxMessage>) {
        for message in messages {
            if self.held.insert(message.place) {
                self.backlog_bytes = self.backlog_bytes.saturating_add(message.xml.len());
                self.backlog.push_back(message);
            }
        }
    }

    /// The client wants no messages any more: the places of what has not been sent, which stays
    /// in the inbox.
    pub(crate) fn drop_backlog(&mut self) -> BTreeSet<Place> {
        let backlog = std::mem::take(&mut self.backlog);
        self.backlog_bytes = 0;
        let places: BTreeSet<_> = backlog.iter().map(|message| message.place).collect();
        self.held.retain(|place| !places.contains(place));
        places
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
        if let (Some(lost), Some(resumption)) = (self.lost, &self.resumption) {
            return lost + resumption.timeout;
        }
        match self.probed {
            Some(probed) => probed + limits::CLIENT_LIVENESS_TIMEOUT,
            None => self.heard + limits::CLIENT_LIVENESS_INTERVAL,
        }
    }

    /// Sends as many of the waiting messages as the client may have in flight. A message that has
    /// waited says since when (XEP-0160 §2, XEP-0203).
    pub(crate) fn pump(&mut self, id: ConnectionId, domain: &Domain, cx: &mut Context<'_>) {
        if self.is_lost() {
            return;
        }
        while self.acknowledgement.room() > 0 {
            let Some(message) = self.backlog.pop_front() else {
                break;
            };
            self.backlog_bytes = self.backlog_bytes.saturating_sub(message.xml.len());
            let Some(stanza) = self.stanza_of(&message, domain, cx.now) else {
                continue;
            };
            self.release(id, cx);
            self.acknowledgement.sent(Some(message.place));
            if let Some(resumption) = &mut self.resumption {
                resumption.keep(Kept::Message(message));
            }
            cx.send(id, write_element(&stanza, ContentNamespace::Client));
        }
        if let Some(request) = self.acknowledgement.request() {
            cx.send(id, write_element(&request, ContentNamespace::Client));
        }
    }

    fn stanza_of(
        &self,
        message: &InboxMessage,
        domain: &Domain,
        now: Timestamp,
    ) -> Option<Element> {
        let mut stanza = stanza::parse(&message.xml)?;
        if now > message.since {
            delay::stamp(&mut stanza, domain, message.since);
        }
        if let Some(full) = self.full_jid().filter(|_| stanza.attr("to").is_none()) {
            stanza.set("to", full.as_str());
        }
        Some(stanza)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource() -> Resource {
        let account = BareJid::new("romeo@montague.example").unwrap();
        Resource::new(account, "desk".into(), None, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_was_sent_before_the_stream_was_managed_has_arrived_when_it_is_resumed() {
        let mut resource = resource();
        resource.acknowledgement.sent(Some(7));
        resource.acknowledgement.begin_managing();
        resource.acknowledgement.sent(Some(8));
        resource.acknowledgement.sent(Some(9));
        assert_eq!(resource.resumed_from(1), Ok(vec![8, 7]));
        assert_eq!(resource.resumed_from(1), Ok(vec![]));
        assert!(resource.resumed_from(3).is_err());
    }

    fn message(place: Place, bytes: usize) -> InboxMessage {
        InboxMessage {
            place,
            since: Timestamp::UNIX_EPOCH,
            xml: "x".repeat(bytes).into(),
        }
    }

    #[test]
    fn no_more_waits_for_one_client_than_an_inbox_holds() {
        let mut many = resource();
        let messages = u64::try_from(limits::MAX_INBOX_MESSAGES).unwrap();
        many.queue((0..messages).map(|place| message(place, 1)));
        assert!(!many.is_overfull());
        many.queue([message(0, 1)]);
        assert!(!many.is_overfull(), "that one waits already");
        many.queue([message(messages, 1)]);
        assert!(many.is_overfull());
        many.drop_backlog();
        assert!(!many.is_overfull());

        let mut large = resource();
        large.queue([message(0, limits::MAX_INBOX_BYTES)]);
        assert!(!large.is_overfull());
        large.queue([message(1, 1)]);
        assert!(large.is_overfull());
    }
}
