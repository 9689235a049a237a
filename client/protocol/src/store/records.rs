//! What the store keeps: one plain record per noun, and nothing about how it is kept.
//!
//! The store that writes them to disk wraps each one in a version of its own.

use std::fmt;

use jid::BareJid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;

/// Names one message on this device.
///
/// For an outgoing message it is also the stanza's `id` and its origin id, so every attempt to
/// send it carries the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// The id with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The place of a message in the order in which this device first saw its messages.
///
/// It grows by one with every message of the account, so it is unique and orders a conversation
/// even where the clocks of two people disagree.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Its name on this device.
    pub id: MessageId,
    /// Its place.
    pub position: Position,
    /// The other side, or our own address for notes to self.
    pub conversation: BareJid,
    /// The text, whole.
    pub text: String,
    /// When it was written, as far as the sender and the servers on the way can be believed.
    pub time: Timestamp,
    /// Who wrote it, and what only that side has.
    pub direction: Direction,
}

impl MessageRecord {
    /// How far an outgoing message has come.
    pub fn delivery(&self) -> Option<&Delivery> {
        match &self.direction {
            Direction::Outgoing { delivery } => Some(delivery),
            Direction::Incoming { .. } => None,
        }
    }

    /// Whether the other side wrote it.
    pub fn is_incoming(&self) -> bool {
        matches!(self.direction, Direction::Incoming { .. })
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// The other side did.
    Incoming {
        /// The name that the sender gave it: its origin id, else the stanza's id.
        their_id: Option<String>,
    },
    /// We did.
    Outgoing {
        /// How far it has come.
        delivery: Delivery,
    },
}

/// A contact as our server keeps it: a roster item (RFC 6121, section 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRecord {
    /// The address.
    pub jid: BareJid,
    /// The name that the user gave.
    pub name: Option<String>,
    /// Who sees whose presence.
    pub subscription: Subscription,
    /// Whether our request to see their presence waits for an answer.
    pub asked: bool,
    /// Whether our server accepts their request beforehand.
    pub approved: bool,
    /// The groups that the user put the contact in.
    pub groups: Vec<String>,
}

/// Who sees whose presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Subscription {
    /// Neither side.
    #[default]
    None,
    /// We see theirs.
    To,
    /// They see ours.
    From,
    /// Both.
    Both,
}

impl Subscription {
    /// Whether we see their presence.
    pub fn we_see_them(self) -> bool {
        matches!(self, Self::To | Self::Both)
    }

    /// Whether they may see our presence.
    pub fn they_see_us(self) -> bool {
        matches!(self, Self::From | Self::Both)
    }
}

/// Somebody asks to become a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Who asks.
    pub jid: BareJid,
    /// When the request was first seen.
    pub time: Timestamp,
    /// What they wrote with it. Not trusted.
    pub text: Option<String>,
}

/// Something that the user decided about a contact and that our server has not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentRecord {
    /// Its place; intents are carried out in this order.
    pub number: u64,
    /// About whom.
    pub jid: BareJid,
    /// What.
    pub intent: Intent,
}

/// What the user decided about a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intent {
    /// Add them and ask to see their presence.
    Add {
        /// The name to show, if the user gave one.
        name: Option<String>,
    },
    /// Let them see our presence, and ask for theirs.
    Accept,
    /// Refuse their request.
    Decline,
    /// Remove them.
    Remove,
    /// Show them under another name.
    Rename {
        /// The name, or nothing to show the address.
        name: Option<String>,
    },
}
