//! A message as it is kept, with everything that was said about it afterwards.

use jid::BareJid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use super::{MessageId, OmemoMark, Place, Position, Undecryptable};
use crate::delivery::Delivery;

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Its name on this device.
    pub id: MessageId,
    /// Its number.
    pub position: Position,
    /// The other side, or our own address for notes to self.
    pub conversation: BareJid,
    /// The text, whole, as last corrected. Empty once the message was retracted.
    pub text: String,
    /// Whether the sender asks to show the text without styling (XEP-0393, section 6).
    pub unstyled: bool,
    /// When it was written, as far as the sender and the servers on the way can be believed.
    pub time: Timestamp,
    /// When our server or this device first had it. It orders the conversation and never changes.
    pub placed: Timestamp,
    /// Who wrote it, and what only that side has.
    pub direction: Direction,
    /// Its name in the archive of our account (XEP-0359, XEP-0313).
    pub archive_id: Option<String>,
    /// The message that it answers (XEP-0461).
    pub reply: Option<Reply>,
    /// Its last correction (XEP-0308).
    pub edit: Option<Edit>,
    /// When its author took it back (XEP-0424).
    pub retracted: Option<Timestamp>,
    /// What both sides put under it (XEP-0444).
    pub reactions: Reactions,
    /// When this device deletes it.
    pub expires: Option<Timestamp>,
    /// What protected it between the devices of the two people.
    pub encryption: Encryption,
    /// The address of the other side that it came from or went to, if that is another one than the
    /// conversation's; or the conversation's, if that was not the person's any more.
    pub via: Option<BareJid>,
    /// Addresses of the other side from which it came back before it went on to the next one.
    pub tried: Vec<BareJid>,
}

impl MessageRecord {
    /// A message without anything that may be said about it.
    pub fn new(
        id: MessageId,
        position: Position,
        conversation: BareJid,
        text: String,
        now: Timestamp,
        direction: Direction,
    ) -> Self {
        Self {
            id,
            position,
            conversation,
            text,
            unstyled: false,
            time: now,
            placed: now,
            direction,
            archive_id: None,
            reply: None,
            edit: None,
            retracted: None,
            reactions: Reactions::default(),
            expires: None,
            encryption: Encryption::None,
            via: None,
            tried: Vec::new(),
        }
    }

    /// The address of the other side that it came from or goes to.
    pub fn address(&self) -> &BareJid {
        self.via.as_ref().unwrap_or(&self.conversation)
    }

    /// Whether it came from the conversation's own address when that was not the person's any more.
    pub fn is_from_former_home(&self) -> bool {
        self.via.as_ref() == Some(&self.conversation)
    }

    /// Where it stands in its conversation.
    pub fn place(&self) -> Place {
        Place {
            placed: self.placed,
            position: self.position,
        }
    }

    /// How far an outgoing message has come.
    pub fn delivery(&self) -> Option<&Delivery> {
        match &self.direction {
            Direction::Outgoing { delivery, .. } => Some(delivery),
            Direction::Incoming { .. } => None,
        }
    }

    /// When an outgoing message came how far.
    pub fn reached(&self) -> Option<&Reached> {
        match &self.direction {
            Direction::Outgoing { reached, .. } => Some(reached),
            Direction::Incoming { .. } => None,
        }
    }

    /// Whether the other side wrote it.
    pub fn is_incoming(&self) -> bool {
        matches!(self.direction, Direction::Incoming { .. })
    }

    /// Every name by which somebody may speak of it; a store finds it by each of them.
    pub fn remote_ids(&self) -> Vec<RemoteId> {
        let mut ids = Vec::new();
        match &self.direction {
            Direction::Outgoing { .. } => ids.push(RemoteId::Ours(self.id.as_str().to_owned())),
            Direction::Incoming {
                their_id,
                stanza_id,
                ..
            } => {
                ids.extend(their_id.clone().map(RemoteId::Theirs));
                let other = stanza_id
                    .as_ref()
                    .filter(|id| Some(*id) != their_id.as_ref());
                ids.extend(other.cloned().map(RemoteId::Theirs));
            }
        }
        // XEP-0444, section 4 and others: what is said about a correction is said about the
        // message.
        if let Some(edit) = &self.edit {
            ids.push(match self.direction {
                Direction::Outgoing { .. } => RemoteId::Ours(edit.id.clone()),
                Direction::Incoming { .. } => RemoteId::Theirs(edit.id.clone()),
            });
        }
        ids.extend(self.archive_id.clone().map(RemoteId::Archive));
        ids
    }
}

/// A name that others use for a message. Inside one conversation and kind it names the message
/// that had it last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RemoteId {
    /// One that this or another device of ours gave to a message of ours.
    Ours(String),
    /// One that the other side gave to a message of theirs: its origin id or its stanza's id.
    Theirs(String),
    /// One that the archive of our account gave to a message.
    Archive(String),
}

impl RemoteId {
    /// The name, if the author gave it.
    pub(crate) fn by_author(&self) -> Option<&String> {
        match self {
            Self::Ours(id) | Self::Theirs(id) => Some(id),
            Self::Archive(_) => None,
        }
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// The other side did.
    Incoming {
        /// The name that the sender gave it: its origin id, else the stanza's id.
        their_id: Option<String>,
        /// The stanza's id, when it is another one. Some clients speak of a message by this one.
        stanza_id: Option<String>,
        /// Whether the sender wants to know when it is displayed (XEP-0333).
        markable: bool,
    },
    /// We did, on this device or another one.
    Outgoing {
        /// How far it has come.
        delivery: Delivery,
        /// When it came there.
        reached: Reached,
    },
}

impl Direction {
    /// An outgoing message that has not left.
    pub fn queued() -> Self {
        Self::Outgoing {
            delivery: Delivery::Queued,
            reached: Reached::default(),
        }
    }

    /// An incoming message with this name.
    pub fn incoming(their_id: Option<String>) -> Self {
        Self::Incoming {
            their_id,
            stanza_id: None,
            markable: false,
        }
    }
}

/// When an outgoing message came how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reached {
    /// Handed to the connection.
    pub sent: Option<Timestamp>,
    /// Acknowledged by our server.
    pub stored: Option<Timestamp>,
    /// With a client of the recipient.
    pub delivered: Option<Timestamp>,
    /// Seen by the recipient.
    pub displayed: Option<Timestamp>,
    /// Came back.
    pub failed: Option<Timestamp>,
}

impl Reached {
    /// Notes that a state was reached; the first time counts.
    pub fn note(&mut self, delivery: &Delivery, now: Timestamp) {
        let slot = match delivery {
            Delivery::Queued => return,
            Delivery::Sent => &mut self.sent,
            Delivery::Stored => &mut self.stored,
            Delivery::Delivered => &mut self.delivered,
            Delivery::Displayed => &mut self.displayed,
            Delivery::Failed(_) => {
                self.failed = Some(now);
                return;
            }
        };
        slot.get_or_insert(now);
    }

    /// When this state was reached.
    pub fn at(&self, delivery: &Delivery) -> Option<Timestamp> {
        match delivery {
            Delivery::Queued => None,
            Delivery::Sent => self.sent,
            Delivery::Stored => self.stored,
            Delivery::Delivered => self.delivered,
            Delivery::Displayed => self.displayed,
            Delivery::Failed(_) => self.failed,
        }
    }
}

/// The message that another one answers (XEP-0461).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The name by which the answer speaks of it.
    pub to_id: String,
    /// Where it is on this device, if it was known when the answer came.
    pub to: Option<Position>,
    /// Its beginning, as this device has it, else as the answer quotes it. Not trusted then.
    pub quote: String,
    /// Whether we wrote it.
    pub by_us: bool,
}

/// What corrections made of a message (XEP-0308).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// When the last correction was written.
    pub time: Timestamp,
    /// When our server or this device had it; the latest one wins.
    pub placed: Timestamp,
    /// The name of the last correction; it tells a repetition.
    pub id: String,
    /// The earlier texts, oldest first, bounded.
    pub earlier: Vec<EarlierText>,
}

/// What a message said before a correction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EarlierText {
    /// When our server or this device had this text.
    pub placed: Timestamp,
    /// The name of the correction that brought it; none for the first text.
    pub id: Option<String>,
    /// The text.
    pub text: String,
}

/// What both sides put under a message (XEP-0444).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reactions {
    /// Ours.
    pub ours: ReactionSet,
    /// Theirs.
    pub theirs: ReactionSet,
}

/// What one side put under a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReactionSet {
    /// The emojis, in the order in which they were given, each once.
    pub emojis: Vec<String>,
    /// When our server or this device had them; the latest set wins.
    pub placed: Option<Timestamp>,
}

/// What protects a message between the devices of two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Encryption {
    /// Nothing but the connections themselves.
    #[default]
    None,
    /// OMEMO.
    Omemo(OmemoMark),
    /// It came encrypted, and could not be read.
    Undecryptable(Undecryptable),
}
