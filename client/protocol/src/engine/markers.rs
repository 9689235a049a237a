//! What was displayed, on which side, and who is told.

use jid::BareJid;

use super::arrival::Said;
use super::core::{Context, Core};
use crate::delivery::{Delivery, DeliveryEvent};
use crate::event::Event;
use crate::markers::{self, Told};
use crate::store::{Action, Change, Direction, MessageRecord, Place, Position, RemoteId};

/// How many messages of ours become displayed by one marker. Who has not told for longer than
/// that has not seen the older ones any less, but nobody scrolls there to look.
const MAX_MARKED: usize = 500;

/// How many messages are read at once while they are marked.
const MARKED_AT_ONCE: usize = 50;

impl Core {
    /// The user has seen a conversation up to a message.
    pub(super) fn mark_displayed(
        &mut self,
        conversation: &BareJid,
        up_to: Position,
        cx: &mut Context<'_>,
    ) {
        let Some(known) = self.memory.conversations.get(conversation) else {
            return;
        };
        let last = known.last().map(|last| last.place);
        let up_to = if up_to < self.memory.next_position {
            let message = self.message(conversation, up_to, cx);
            message.map(|message| message.place())
        } else {
            // No message that is still to come can be displayed already.
            last
        };
        let Some(up_to) = up_to else { return };
        let seen = self.unread_up_to(conversation, up_to);
        if seen.is_empty() {
            return;
        }
        self.set_displayed(conversation, up_to, cx);
        self.displayed_here.insert(conversation.clone());
        self.tell_displayed(conversation, &seen, cx);
    }

    /// The user has seen a conversation up to a place, here or on another device.
    pub(super) fn set_displayed(
        &mut self,
        conversation: &BareJid,
        up_to: Place,
        cx: &mut Context<'_>,
    ) {
        let seen = self.unread_up_to(conversation, up_to);
        let known = self.memory.conversations.get(conversation);
        let is_news = known.is_some_and(|known| known.displayed().is_none_or(|old| old < up_to))
            || !seen.is_empty();
        if !is_news {
            return;
        }
        self.conversation(conversation).set_displayed(up_to);
        if !seen.is_empty() {
            self.outbox.event(Event::ConversationChanged {
                conversation: conversation.clone(),
            });
        }
        // What disappears begins to count when it was seen.
        if let Some(expires) = self.expiry(conversation, cx.now) {
            for place in seen {
                if let Some(mut message) = self.message(conversation, place.position, cx) {
                    message.expires = Some(expires);
                    self.replace(&message);
                    self.outbox.event(Event::MessageChanged(message));
                }
            }
        }
    }

    /// Another device of ours has displayed a conversation up to a message of theirs.
    pub(super) fn marked_elsewhere(
        &mut self,
        conversation: &BareJid,
        id: &str,
        cx: &mut Context<'_>,
    ) {
        let message = self.named(conversation, RemoteId::Theirs(id.to_owned()), cx);
        if let Some(message) = message {
            self.set_displayed(conversation, message.place(), cx);
        }
    }

    fn unread_up_to(&self, conversation: &BareJid, up_to: Place) -> Vec<Place> {
        let known = self.memory.conversations.get(conversation);
        let unread = known.map(|known| known.unread_places()).unwrap_or_default();
        let seen = unread.iter().take_while(|place| **place <= up_to);
        seen.copied().collect()
    }

    /// Tells the sender that the newest of these messages was displayed, which says it of all
    /// (XEP-0333, section 4: "an entity SHOULD only send a <displayed/> marker for the most
    /// recent, received message").
    fn tell_displayed(&mut self, conversation: &BareJid, seen: &[Place], cx: &mut Context<'_>) {
        if !self.may_tell(conversation, Told::Displayed) {
            return;
        }
        let newest = seen.iter().rev().find_map(|place| {
            let message = self.message(conversation, place.position, cx)?;
            // The person does not know what somebody else wrote from the home that they left.
            if message.is_from_former_home() {
                return None;
            }
            Some((message.position, marker_id(&message)?))
        });
        let Some((about, id)) = newest else { return };
        // An earlier one that has not left says less.
        let overtaken: Vec<u64> = self
            .memory
            .pending
            .values()
            .filter(|pending| pending.conversation == *conversation)
            .filter(|pending| matches!(pending.action, Action::Displayed { .. }))
            .map(|pending| pending.number)
            .collect();
        for number in overtaken {
            self.change(Change::RemovePending(number));
        }
        self.put_pending(conversation, about, Action::Displayed { id }, cx);
    }

    /// Whether the settings let a contact know something about the user.
    pub(super) fn may_tell(&self, jid: &BareJid, what: Told) -> bool {
        let settings = self.memory.conversations.get(jid);
        let settings = settings.map(|conversation| conversation.settings());
        let contact = self.contact_in(jid);
        let contact = contact.map(|contact| contact.subscription);
        let privacy = self.memory.account.privacy;
        *jid != self.config.our_jid && markers::decide(what, privacy, settings, contact).tell
    }

    /// The other side has seen a message of ours, and everything before it.
    pub(super) fn they_displayed(&mut self, said: &Said, id: &str, cx: &mut Context<'_>) {
        let conversation = &said.conversation;
        // XEP-0333, section 6: a marker that "references a message not found in the respective
        // chat MUST be ignored".
        let Some(message) = self.named(conversation, RemoteId::Ours(id.to_owned()), cx) else {
            return;
        };
        if !said.may_speak_about(&message) {
            return;
        }
        let known = self.memory.conversations.get(conversation);
        let before = known.and_then(|known| known.their_displayed());
        let up_to = message.place();
        if before.is_some_and(|before| before >= up_to) {
            return;
        }
        self.conversation(conversation).set_their_displayed(up_to);
        self.deliver(message, &DeliveryEvent::MarkerArrived, cx);
        self.mark_before(said, up_to, before, cx);
    }

    /// Marks our messages before a place as displayed, as far back as the last marker.
    fn mark_before(
        &mut self,
        said: &Said,
        up_to: Place,
        marked: Option<Place>,
        cx: &mut Context<'_>,
    ) {
        let mut before = up_to;
        for _ in 0..MAX_MARKED.div_ceil(MARKED_AT_ONCE) {
            let page = self.earlier(&said.conversation, Some(before), MARKED_AT_ONCE, cx);
            let Some(first) = page.first() else { return };
            before = first.place();
            let is_new = |message: &MessageRecord| marked.is_none_or(|it| message.place() > it);
            let ends = !is_new(first);
            for message in page.into_iter().rev().filter(is_new) {
                // One that has not left, or came back, is not among those that they saw.
                let arrived = matches!(
                    message.delivery(),
                    Some(Delivery::Sent | Delivery::Stored | Delivery::Delivered)
                );
                if arrived && said.may_speak_about(&message) {
                    self.deliver(message, &DeliveryEvent::MarkerArrived, cx);
                }
            }
            if ends {
                return;
            }
        }
    }
}

/// The name by which the sender hears that a message was displayed, if they want to: "the value
/// from the 'id' attribute of the message" (XEP-0333, section 4).
fn marker_id(message: &MessageRecord) -> Option<String> {
    match &message.direction {
        Direction::Incoming {
            their_id,
            stanza_id,
            markable: true,
        } => stanza_id.clone().or_else(|| their_id.clone()),
        _ => None,
    }
}
