//! Messages that go out, and what comes back about them.

use std::collections::BTreeSet;

use jid::BareJid;
use minidom::Element;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::omemo::Protected;
use super::session::{MAX_IN_FLIGHT, Session};
use crate::delivery::{Delivery, DeliveryEvent, FailureReason};
use crate::markers::Told;
use crate::message;
use crate::stanza::{Sender, StanzaError};
use crate::store::{Encryption, MessageId, MessageRecord, RemoteId};

pub(super) use super::arrival::{Arrival, Provenance};

impl Session {
    /// Sends the oldest messages that the server does not have, as many as may be under way.
    ///
    /// After a reconnection these are the same messages with the same ids again. One that is
    /// queued although it is under way came back and is sent again by the user's wish.
    pub(super) fn send_unsent(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let unsent = core.memory.unsettled.unsent().filter(|message| {
            message.delivery() == Some(&Delivery::Queued)
                || !self.in_flight.contains_key(&message.id)
        });
        let unsent: Vec<MessageId> = unsent.map(|message| message.id.clone()).collect();
        let mut held: BTreeSet<BareJid> = BTreeSet::new();
        for id in unsent {
            if self.in_flight.len() >= MAX_IN_FLIGHT {
                break;
            }
            let Some(message) = core.memory.unsettled.get(&id).cloned() else {
                continue;
            };
            // What waits for its protection keeps only its own conversation back.
            if !held.contains(&message.conversation) && !self.send_message(&message, core, cx) {
                held.insert(message.conversation);
            }
        }
        let is_waiting = |jid: &BareJid| {
            let mut unsent = core.memory.unsettled.unsent();
            unsent.any(|message| message.conversation == *jid)
                || core
                    .memory
                    .pending
                    .values()
                    .any(|it| it.conversation == *jid)
        };
        let idle = core.holds.keys().filter(|jid| !is_waiting(jid));
        for jid in idle.cloned().collect::<Vec<_>>() {
            core.hold(&jid, None);
        }
    }

    /// Sends a message, unless it has to wait for its protection.
    fn send_message(
        &mut self,
        message: &MessageRecord,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> bool {
        let to = &message.conversation;
        let tells = core.may_tell(to, Told::Typing);
        let plain = message::to_element(message, &core.config.our_jid, cx.now, tells);
        let mut message = message.clone();
        let stanza = match self.protect(&plain, to, core, cx) {
            Protected::Clear => {
                message.encryption = Encryption::None;
                plain
            }
            Protected::Sealed { stanza, mark } => {
                message.encryption = Encryption::Omemo(mark);
                *stanza
            }
            Protected::Held => return false,
        };
        core.tells_activity(to);
        self.attempts = self.attempts.saturating_add(1);
        self.in_flight.insert(message.id.clone(), self.attempts);
        let item = Sent::Message {
            id: message.id.clone(),
            attempt: self.attempts,
        };
        self.send(&stanza, item, core);
        self.request_due = true;
        let known = core.memory.unsettled.get(&message.id);
        if known.is_some_and(|known| known.encryption != message.encryption) {
            core.replace(&message);
        }
        core.deliver(message, &DeliveryEvent::HandedToConnection, cx);
        true
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
        let (id, why) = (message.id.clone(), failure.why);
        core.deliver(message, &DeliveryEvent::Returned(failure), cx);
        if why == FailureReason::Moved && core.is_sent_again(&id) {
            core.deliver_unsettled(&id, &DeliveryEvent::ResendAsked, cx);
        }
    }
}
