//! Messages in both directions.

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::session::{MAX_IN_FLIGHT, Session};
use crate::delay;
use crate::delivery::{Delivery, DeliveryEvent};
use crate::event::Event;
use crate::message::{self, MessageType};
use crate::receipts;
use crate::stanza::{Sender, StanzaError};
use crate::store::{Direction, MessageId, MessageRecord, RemoteId};

/// A message, and how it came to us.
pub(super) struct Arrival<'a> {
    /// The message itself: of a carbon or an archived one the inner one.
    pub(super) message: &'a Element,
    /// How it came.
    pub(super) provenance: Provenance,
    /// Its name in the archive of our account, from somebody who may say so.
    pub(super) archive_id: Option<String>,
    /// When our server had it, if our server says so.
    pub(super) stamp: Option<Timestamp>,
}

/// How a message came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provenance {
    /// To this device, now or after it waited for us.
    Live,
    /// Another device of ours sent it (XEP-0280).
    CarbonSent,
    /// Another device of ours received it (XEP-0280).
    CarbonReceived,
    /// It is in the archive of our account (XEP-0313). `is_history` says that the user looks
    /// back, and that it is not news.
    Archive {
        /// Whether the user asked for older messages.
        is_history: bool,
    },
}

impl Session {
    /// Sends the oldest messages that the server does not have, as many as may be under way.
    ///
    /// After a reconnection these are the same messages with the same ids again. One that is
    /// queued although it is under way came back and is sent again by the user's wish.
    pub(super) fn send_unsent(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let room = MAX_IN_FLIGHT.saturating_sub(self.in_flight.len());
        let unsent: Vec<MessageRecord> = core
            .memory
            .unsettled
            .unsent()
            .filter(|message| {
                message.delivery() == Some(&Delivery::Queued)
                    || !self.in_flight.contains_key(&message.id)
            })
            .take(room)
            .cloned()
            .collect();
        for message in unsent {
            self.attempts = self.attempts.saturating_add(1);
            self.in_flight.insert(message.id.clone(), self.attempts);
            let item = Sent::Message {
                id: message.id.clone(),
                attempt: self.attempts,
            };
            let stanza = message::to_element(&message, &core.config.our_jid, cx.now);
            self.send(&stanza, item, core);
            self.request_due = true;
            core.deliver(message, &DeliveryEvent::HandedToConnection, cx);
        }
    }

    /// Takes a message, however it came.
    pub(super) fn arrived(&mut self, arrival: &Arrival<'_>, core: &mut Core, cx: &mut Context<'_>) {
        let stanza = arrival.message;
        let Some(sender) = Sender::of(stanza) else {
            return;
        };
        let peer = sender.bare(&core.config.our_jid);
        let kind = MessageType::of(stanza);
        match kind {
            MessageType::Error => return returned(stanza, &sender, &peer, core, cx),
            MessageType::Groupchat | MessageType::Headline => return,
            MessageType::Chat | MessageType::Normal => {}
        }
        // XEP-0184, section 5.4: a receipt counts whatever its type is.
        if let Some(id) = receipts::receipt_for(stanza) {
            receipt_came(id, &peer, core, cx);
        }
        let Some(text) = message::text(stanza) else {
            return;
        };
        let their_id = message::their_id(stanza).map(str::to_owned);
        if let Some(id) = &their_id
            && peer == core.config.our_jid
            && receipt_came(id, &peer, core, cx)
        {
            // A note to ourselves has come back to us.
            return;
        }
        let known = their_id
            .clone()
            .and_then(|id| core.named(&peer, RemoteId::Theirs(id), cx));
        let is_repeated = known.is_some_and(|known| known.text == text);
        if !is_repeated {
            let mut message = MessageRecord::new(
                MessageId::new(cx.new_id()),
                core.memory.next_position,
                peer.clone(),
                text,
                cx.now,
                Direction::incoming(their_id),
            );
            message.time = delay::written_at(stanza, &peer, &core.config.our_jid, cx.now);
            core.put(&message, true);
            core.outbox.event(Event::MessageAdded(message));
        }
        // A repetition shows that the sender's side does not know that we have the message, so it
        // is answered like the first one.
        let contact = core
            .memory
            .contacts
            .get(&peer)
            .map(|contact| contact.subscription);
        let decision = receipts::decide(stanza, kind, contact);
        if let (true, Some(from), Some(id)) =
            (decision.send, stanza.attr("from"), stanza.attr("id"))
        {
            let receipt = receipts::receipt(from, &cx.new_id(), id);
            self.send(&receipt, Sent::Other, core);
        }
        self.answer_due();
    }
}

/// A receipt came. Only the recipient of a message can say that it arrived.
fn receipt_came(id: &str, peer: &BareJid, core: &mut Core, cx: &mut Context<'_>) -> bool {
    let message = core.named(peer, RemoteId::Ours(id.to_owned()), cx);
    message.is_some_and(|message| core.deliver(message, &DeliveryEvent::ReceiptArrived, cx))
}

/// A message came back. Only its recipient or our server can refuse it.
fn returned(
    stanza: &Element,
    sender: &Sender,
    peer: &BareJid,
    core: &mut Core,
    cx: &mut Context<'_>,
) {
    let Some(id) = stanza.attr("id") else {
        return;
    };
    let id = RemoteId::Ours(id.to_owned());
    let message = match core.named(peer, id.clone(), cx) {
        None if sender.is_our_server(&core.config.our_jid) => {
            // Our server may refuse in its own name and does not say to whom it was.
            let jids: Vec<BareJid> = core.memory.conversations.keys().cloned().collect();
            jids.iter().find_map(|jid| core.named(jid, id.clone(), cx))
        }
        found => found,
    };
    if let Some(message) = message {
        let failure = StanzaError::of(stanza).into_failure();
        core.deliver(message, &DeliveryEvent::Returned(failure), cx);
    }
}
