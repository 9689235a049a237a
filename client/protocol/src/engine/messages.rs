//! Messages that go out, and what comes back about them.

use std::collections::BTreeSet;

use jid::BareJid;
use minidom::Element;

use super::acknowledgement::Sent;
use super::core::{Context, Core};
use super::omemo::Protected;
use super::session::{MAX_IN_FLIGHT, Session};
use crate::delivery::{Delivery, DeliveryEvent};
use crate::markers::Told;
use crate::message;
use crate::stanza::{Sender, StanzaError};
use crate::store::{Encryption, MessageId, MessageRecord, RemoteId};

use super::arrival::Said;
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
        let conversation = &message.conversation;
        let mut message = message.clone();
        // Our server may have one already that it has not acknowledged.
        let to = match message.delivery() {
            Some(Delivery::Sent) if core.may_go_to(message.address(), conversation, cx.now) => {
                message.address().clone()
            }
            _ => core.way_of(&message, cx.now),
        };
        message.via = (to != *conversation).then(|| to.clone());
        let tells = core.may_tell(conversation, Told::Typing);
        let plain = message::to_element(&message, &core.config.our_jid, cx.now, tells);
        let stanza = match self.protect(&plain, &to, core, cx) {
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
        core.tells_activity(conversation);
        self.attempts = self.attempts.saturating_add(1);
        self.in_flight.insert(message.id.clone(), self.attempts);
        let item = Sent::Message {
            id: message.id.clone(),
            attempt: self.attempts,
        };
        self.send(&stanza, item, core);
        self.request_due = true;
        let known = core.memory.unsettled.get(&message.id);
        let is_other = |known: &MessageRecord| {
            (known.encryption, &known.via) != (message.encryption, &message.via)
        };
        if known.is_some_and(is_other) {
            core.replace(&message);
        }
        core.deliver(message, &DeliveryEvent::HandedToConnection, cx);
        true
    }
}

/// A receipt came. Only the recipient of a message can say that it arrived.
pub(super) fn receipt_came(id: &str, said: &Said, core: &mut Core, cx: &mut Context<'_>) {
    let named = core.named(&said.conversation, RemoteId::Ours(id.to_owned()), cx);
    if let Some(message) = named.filter(|it| said.may_speak_about(it)) {
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
    let by_our_server = sender.is_our_server(&core.config.our_jid);
    let conversation = core.home_of(&peer);
    let message = match core.named(&conversation, id.clone(), cx) {
        None if by_our_server => {
            // Our server may refuse in its own name and does not say to whom it was.
            let jids: Vec<BareJid> = core.memory.conversations.keys().cloned().collect();
            jids.iter().find_map(|jid| core.named(jid, id.clone(), cx))
        }
        found => found.filter(|message| *message.address() == peer),
    };
    let error = StanzaError::of(stanza);
    let is_redirect = error.condition == "redirect";
    // What was taken back meanwhile is not sent again.
    let Some(mut message) = message.filter(|it| !is_redirect || it.retracted.is_none()) else {
        if is_redirect {
            core.say_again(&conversation, cx);
        }
        return;
    };
    let failure = error.into_failure();
    let (id, why) = (message.id.clone(), failure.why);
    // It is where we were that is not in use any more; the other side is where it was.
    let we_moved = is_redirect && core.is_sent_again(&id);
    let event = if !we_moved && core.goes_on(&mut message, why, cx.now) {
        DeliveryEvent::GoesOn
    } else {
        DeliveryEvent::Returned(failure)
    };
    core.deliver(message, &event, cx);
    if we_moved {
        core.deliver_unsettled(&id, &DeliveryEvent::ResendAsked, cx);
    }
}
