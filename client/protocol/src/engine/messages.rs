//! Messages in both directions.

use jid::BareJid;
use minidom::Element;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::session::{MAX_IN_FLIGHT, Session};
use crate::delay;
use crate::delivery::{Delivery, DeliveryEvent};
use crate::event::Event;
use crate::message::{self, MessageType};
use crate::receipts;
use crate::stanza::{Sender, StanzaError};
use crate::store::{Change, Direction, MessageId, MessageRecord};

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
            core.deliver(&message.id, &DeliveryEvent::HandedToConnection);
        }
    }

    /// Takes a message from the server.
    pub(super) fn message(&mut self, stanza: &Element, core: &mut Core, cx: &mut Context<'_>) {
        let Some(sender) = Sender::of(stanza) else {
            return;
        };
        let peer = sender.bare(&core.config.our_jid);
        let kind = MessageType::of(stanza);
        match kind {
            MessageType::Error => return returned(stanza, &sender, &peer, core),
            MessageType::Groupchat | MessageType::Headline => return,
            MessageType::Chat | MessageType::Normal => {}
        }
        // XEP-0184, section 5.4: a receipt counts whatever its type is.
        if let Some(id) = receipts::receipt_for(stanza) {
            arrived(id, &peer, core);
        }
        let Some(text) = message::text(stanza) else {
            return;
        };
        let their_id = message::their_id(stanza).map(str::to_owned);
        if let Some(id) = &their_id
            && peer == core.config.our_jid
            && arrived(id, &peer, core)
        {
            // A note to ourselves has come back to us.
            return;
        }
        let conversation = core.memory.conversations.get(&peer);
        let is_repeated = their_id.as_deref().is_some_and(|id| {
            conversation.is_some_and(|conversation| conversation.has_seen(id, &text))
        });
        if !is_repeated {
            let time = delay::written_at(stanza, &peer, &core.config.our_jid, cx.now);
            let message = MessageRecord {
                id: MessageId::new(cx.new_id()),
                position: core.memory.next_position,
                conversation: peer.clone(),
                text,
                time,
                direction: Direction::Incoming { their_id },
            };
            core.change(Change::PutMessage(message.clone()));
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
fn arrived(id: &str, peer: &BareJid, core: &mut Core) -> bool {
    let id = MessageId::new(id);
    let is_theirs = core
        .memory
        .unsettled
        .get(&id)
        .is_some_and(|message| message.conversation == *peer);
    is_theirs && core.deliver(&id, &DeliveryEvent::ReceiptArrived)
}

/// A message came back. Only its recipient or our server can refuse it.
fn returned(stanza: &Element, sender: &Sender, peer: &BareJid, core: &mut Core) {
    let Some(id) = stanza.attr("id").map(MessageId::new) else {
        return;
    };
    let our_jid = &core.config.our_jid;
    let may_refuse = core
        .memory
        .unsettled
        .get(&id)
        .is_some_and(|message| message.conversation == *peer || sender.is_our_server(our_jid));
    if may_refuse {
        let failure = StanzaError::of(stanza).into_failure();
        core.deliver(&id, &DeliveryEvent::Returned(failure));
    }
}
