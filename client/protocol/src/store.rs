//! The port to the store: what the engine remembers, how it changes, and who keeps it.

pub mod contract;
mod memory;
mod records;
mod snapshot;

use std::collections::BTreeMap;

use jid::BareJid;
use serde::{Deserialize, Serialize};

pub use memory::MemoryStore;
pub use records::{
    ContactRecord, Direction, Intent, IntentRecord, MessageId, MessageRecord, Position,
    RequestRecord, Subscription,
};
pub use snapshot::{MAX_AWAITING_RECEIPT, Snapshot, Unsettled};

use crate::delivery::Delivery;

/// Keeps what the engine has to remember.
///
/// Every method may be called from another thread than the engine's; the engine itself never
/// calls the store, its driver does. [`contract::check`] holds an implementation to these rules.
pub trait Store {
    /// Why the store cannot answer.
    type Error: std::error::Error;

    /// What the engine starts from. An implementation reads its records and applies one
    /// [`Change`] for each to an empty [`Snapshot`], messages in the order of their positions.
    fn load(&self) -> Result<Snapshot, Self::Error>;

    /// Makes the changes durable, all or none of them, in their order. The same changes may come
    /// a second time after a crash and then change nothing.
    fn commit(&self, changes: &[Change]) -> Result<(), Self::Error>;

    /// The newest `limit` messages of a conversation with positions below `before`, oldest first.
    fn messages(
        &self,
        conversation: &BareJid,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Self::Error>;

    /// How many incoming messages of each conversation were not displayed yet. Conversations
    /// without any are left out.
    fn undisplayed(&self) -> Result<BTreeMap<BareJid, u64>, Self::Error>;
}

/// One change to the store.
///
/// Each one says what shall be true afterwards, so a repetition changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Adds a message, or replaces the one at the same position.
    PutMessage(MessageRecord),
    /// Sets how far an outgoing message has come. Nothing happens if the message is not there.
    SetDelivery {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        position: Position,
        /// How far it has come.
        delivery: Delivery,
    },
    /// Removes a message.
    RemoveMessage {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        position: Position,
    },
    /// The user has seen everything up to this position. A lower one than before changes nothing.
    SetDisplayed {
        /// The conversation.
        conversation: BareJid,
        /// The newest message that was displayed.
        up_to: Position,
    },
    /// Keeps what the user has begun to write; an empty text removes it.
    SetDraft {
        /// The conversation.
        conversation: BareJid,
        /// The text.
        text: String,
    },
    /// Replaces all contacts.
    ReplaceContacts(Vec<ContactRecord>),
    /// Adds a contact, or replaces the one with the same address.
    PutContact(ContactRecord),
    /// Removes a contact. The conversation stays.
    RemoveContact(BareJid),
    /// The roster's version after the changes to contacts before it.
    SetRosterVersion(Option<String>),
    /// Adds a request, or replaces the one from the same address.
    PutRequest(RequestRecord),
    /// Removes a request.
    RemoveRequest(BareJid),
    /// Adds something that the user decided.
    PutIntent(IntentRecord),
    /// Our server has confirmed it, or refused it for good.
    RemoveIntent(u64),
}
