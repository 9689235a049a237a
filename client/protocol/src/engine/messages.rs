//! Messages that go out, and what comes back about them.

use jid::BareJid;
use minidom::Element;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::session::{MAX_IN_FLIGHT, Session};
use crate::delivery::{Delivery, DeliveryEvent};
use crate::message;
use crate::stanza::{Sender, StanzaError};
use crate::store::{MessageRecord, RemoteId};

pub(super) use super::arrival::{Arrival, Provenance};

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
            let tells = core.tells_activity(&message.conversation);
            let stanza = message::to_element(&message, &core.config.our_jid, cx.now, tells);
            self.send(&stanza, item, core);
            self.request_due = true;
            core.deliver(message, &DeliveryEvent::HandedToConnection, cx);
        }
    }
}

/// A receipt came. Only the recipient of a message can say that it arrived.
pub(super) fn receipt_came(id: &str, peer: &BareJid, core: &mut Core, cx: &mut Context<'_>) {
    if let Some(message) = core.named(peer, RemoteId::Ours(id.to_owned()), cx) {
        core.deliver(message, &DeliveryEvent::ReceiptArrived, cx);
    }
}

/// A message came back. Only its recipient or our server can refuse it.
pub(super) fn returned(stanza: &Element, sender: &Sender, core: &mut Core, cx: &mut Context<'_>) {
    let Some(id) = stanza.attr("id") else {
        return;
    };
    core.action_returned(stanza, sender, cx);
    let peer = sender.bare(&core.config.our_jid);
    let id = RemoteId::Ours(id.to_owned());
    let message = match core.named(&peer, id.clone(), cx) {
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
