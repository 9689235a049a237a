//! What the engine remembers between two runs of the program.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;

use super::{
    Change, ContactRecord, IntentRecord, MessageId, MessageRecord, Position, RequestRecord,
};
use crate::conversation::Conversation;
use crate::delivery::Delivery;

/// How many messages that wait for a receipt stay in memory, over all conversations. A receipt
/// for an older one is too late and the message stays at "stored", as it does with the many
/// clients that never send receipts.
pub const MAX_AWAITING_RECEIPT: usize = 1_000;

/// Everything that the engine remembers, without the messages themselves.
///
/// The engine changes its own copy and the store by the same [`Change`]s, so that a reloaded
/// engine knows what the old one knew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The contacts.
    pub contacts: BTreeMap<BareJid, ContactRecord>,
    /// The version of the roster that the contacts come from.
    pub roster_version: Option<String>,
    /// Requests from others that the user has not answered.
    pub requests: BTreeMap<BareJid, RequestRecord>,
    /// Decisions about contacts that our server has not confirmed, by their number.
    pub intents: BTreeMap<u64, IntentRecord>,
    /// Outgoing messages to which something may still happen.
    pub unsettled: Unsettled,
    /// What the list of conversations needs.
    pub conversations: BTreeMap<BareJid, Conversation>,
    /// The position of the next message.
    pub next_position: Position,
}

impl Snapshot {
    /// Makes one change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::PutMessage(message) => self.put_message(message),
            Change::SetDelivery {
                conversation,
                position,
                delivery,
            } => {
                self.unsettled.set_delivery(*position, delivery);
                if let Some(conversation) = self.conversations.get_mut(conversation) {
                    conversation.set_delivery(*position, delivery);
                }
            }
            Change::RemoveMessage {
                conversation,
                position,
            } => {
                self.unsettled.remove(*position);
                if let Some(known) = self.conversations.get_mut(conversation) {
                    known.remove(*position);
                }
                self.drop_if_empty(conversation);
            }
            Change::SetDisplayed {
                conversation,
                up_to,
            } => {
                // A position that was displayed is never given to another message, also when the
                // message that had it was removed.
                self.next_position = self.next_position.max(up_to.next());
                self.conversation_mut(conversation).set_displayed(*up_to);
            }
            Change::SetDraft { conversation, text } => {
                self.conversation_mut(conversation).set_draft(text);
                self.drop_if_empty(conversation);
            }
            Change::ReplaceContacts(contacts) => {
                self.contacts = contacts
                    .iter()
                    .map(|contact| (contact.jid.clone(), contact.clone()))
                    .collect();
            }
            Change::PutContact(contact) => {
                self.contacts.insert(contact.jid.clone(), contact.clone());
            }
            Change::RemoveContact(jid) => {
                self.contacts.remove(jid);
            }
            Change::SetRosterVersion(version) => self.roster_version.clone_from(version),
            Change::PutRequest(request) => {
                self.requests.insert(request.jid.clone(), request.clone());
            }
            Change::RemoveRequest(jid) => {
                self.requests.remove(jid);
            }
            Change::PutIntent(intent) => {
                self.intents.insert(intent.number, intent.clone());
            }
            Change::RemoveIntent(number) => {
                self.intents.remove(number);
            }
        }
    }

    /// The number of the next intent. Numbers may be used again once all intents are confirmed.
    pub fn next_intent_number(&self) -> u64 {
        self.intents
            .last_key_value()
            .map_or(0, |(number, _)| number.saturating_add(1))
    }

    fn put_message(&mut self, message: &MessageRecord) {
        self.next_position = self.next_position.max(message.position.next());
        self.unsettled.put(message);
        self.conversation_mut(&message.conversation).put(message);
    }

    fn drop_if_empty(&mut self, jid: &BareJid) {
        if self
            .conversations
            .get(jid)
            .is_some_and(Conversation::is_empty)
        {
            self.conversations.remove(jid);
        }
    }

    fn conversation_mut(&mut self, jid: &BareJid) -> &mut Conversation {
        self.conversations
            .entry(jid.clone())
            .or_insert_with(|| Conversation::new(jid.clone()))
    }
}

/// Outgoing messages to which something may still happen, in the order of their positions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unsettled {
    messages: BTreeMap<Position, MessageRecord>,
    by_id: BTreeMap<MessageId, Position>,
    /// The ones that wait for a receipt.
    awaiting_receipt: BTreeSet<Position>,
}

impl Unsettled {
    /// The message with this id.
    pub fn get(&self, id: &MessageId) -> Option<&MessageRecord> {
        self.messages.get(self.by_id.get(id)?)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &MessageRecord> {
        self.messages.values()
    }

    /// The ones that our server still has to be given, oldest first.
    pub fn unsent(&self) -> impl Iterator<Item = &MessageRecord> {
        self.iter()
            .filter(|message| message.delivery().is_some_and(Delivery::is_unsent))
    }

    fn put(&mut self, message: &MessageRecord) {
        self.remove(message.position);
        let Some(delivery) = message.delivery() else {
            return;
        };
        if !delivery.is_unsettled() {
            return;
        }
        self.by_id.insert(message.id.clone(), message.position);
        self.messages.insert(message.position, message.clone());
        self.note_awaiting(message.position, delivery);
    }

    fn set_delivery(&mut self, position: Position, delivery: &Delivery) {
        if !delivery.is_unsettled() {
            self.remove(position);
            return;
        }
        let Some(message) = self.messages.get_mut(&position) else {
            return;
        };
        message.direction = super::Direction::Outgoing {
            delivery: delivery.clone(),
        };
        self.note_awaiting(position, delivery);
    }

    fn remove(&mut self, position: Position) {
        if let Some(message) = self.messages.remove(&position) {
            self.by_id.remove(&message.id);
        }
        self.awaiting_receipt.remove(&position);
    }

    fn note_awaiting(&mut self, position: Position, delivery: &Delivery) {
        if *delivery != Delivery::Stored {
            self.awaiting_receipt.remove(&position);
            return;
        }
        self.awaiting_receipt.insert(position);
        while self.awaiting_receipt.len() > MAX_AWAITING_RECEIPT {
            let Some(oldest) = self.awaiting_receipt.first().copied() else {
                break;
            };
            self.remove(oldest);
        }
    }
}
