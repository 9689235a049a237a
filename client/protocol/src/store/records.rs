//! What the store keeps: one plain record per noun, and nothing about how it is kept.
//!
//! The store that writes them to disk wraps each one in a version of its own.

use std::collections::BTreeSet;
use std::fmt;

use jid::BareJid;
use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

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

/// The number of a message: the order in which this device first saw the messages of the account.
///
/// It grows by one with every message and is never given away again, so it names a message. The
/// order of a conversation is that of its [`Place`]s.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Where a message stands in its conversation: the timeline's order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Place {
    /// When our server or this device first had the message.
    pub placed: Timestamp,
    /// Its number, which decides between messages of the same moment.
    pub position: Position,
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

impl Intent {
    /// Whether it says anything about whose presence is seen.
    pub fn is_about_subscription(&self) -> bool {
        match self {
            Self::Add { .. }
            | Self::Accept
            | Self::Decline
            | Self::Remove
            | Self::Follow { .. } => true,
            Self::Rename { .. }
            | Self::Group { .. }
            | Self::Block
            | Self::Unblock
            | Self::Publish { .. } => false,
        }
    }
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
    /// Keep them away (XEP-0191).
    Block,
    /// Let them through again.
    Unblock,
    /// Publish what we say about ourselves; the record is about our own address.
    Publish {
        /// Our name.
        name: Option<String>,
        /// Our picture.
        avatar: AvatarChoice,
    },
    /// Show them under another name.
    Rename {
        /// The name, or nothing to show the address.
        name: Option<String>,
    },
    /// Put them into these groups and no others.
    Group {
        /// The groups.
        groups: Vec<String>,
    },
    /// A contact is at this address now: add it under the name and into the groups of the old one.
    Follow {
        /// The name to show, if the user gave one.
        name: Option<String>,
        /// The groups.
        groups: Vec<String>,
        /// Whether they have asked from there.
        has_asked: bool,
    },
}

/// Something that we say about a message and that our server does not have yet. It is kept until
/// the server acknowledges it, like a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRecord {
    /// Its place; they are sent in this order.
    pub number: u64,
    /// The id of its stanza: every attempt to send it carries the same one.
    pub id: MessageId,
    /// To whom.
    pub conversation: BareJid,
    /// The message of this device that it is about.
    pub about: Position,
    /// When the user said it.
    pub time: Timestamp,
    /// What.
    pub action: Action,
}

/// What we say about a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It shall say something else (XEP-0308).
    Correct {
        /// Its name.
        id: String,
        /// The new text.
        text: String,
    },
    /// It is taken back (XEP-0424).
    Retract {
        /// Its name.
        id: String,
    },
    /// These are our reactions now (XEP-0444).
    React {
        /// Its name.
        id: String,
        /// All of them.
        emojis: Vec<String>,
    },
    /// The user has seen it and everything before it (XEP-0333).
    Displayed {
        /// Its name.
        id: String,
    },
}

/// What is kept of the account as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccountRecord {
    /// What others learn of what the user does.
    pub privacy: Privacy,
    /// Up to where the archive of our account was read.
    pub archive: Option<ArchiveMark>,
    /// Whom our server keeps away from us (XEP-0191).
    pub blocked: BTreeSet<BareJid>,
    /// What we say about ourselves.
    pub profile: OurProfile,
}

/// What others learn of what the user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// Whether contacts are told that their messages were displayed (XEP-0333).
    pub tell_displayed: bool,
    /// Whether contacts are told that the user is writing (XEP-0085).
    pub tell_typing: bool,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            tell_displayed: true,
            tell_typing: true,
        }
    }
}

/// A place in the archive of our account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveMark {
    /// The name of the message there.
    pub id: String,
    /// When it was archived.
    pub stamp: Timestamp,
}

/// What we say about ourselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OurProfile {
    /// Our name.
    pub name: Option<String>,
    /// The hash that names our picture.
    pub avatar: Option<String>,
}

/// What shall become of our picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AvatarChoice {
    /// It stays what it is.
    Keep,
    /// There is none any more.
    Remove,
    /// It becomes this one: a PNG, JPEG, WebP or GIF.
    Set(Vec<u8>),
}

/// What a contact says about themselves. Not trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRecord {
    /// Who.
    pub jid: BareJid,
    /// The name that they chose.
    pub name: Option<String>,
    /// The hash that names their picture.
    pub avatar: Option<String>,
    /// When this was fetched.
    pub fetched: Timestamp,
    /// When one of their clients was last there, by our clock.
    pub last_seen: Option<Timestamp>,
}

/// A picture of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvatarRecord {
    /// The hash of its bytes, in hexadecimal digits: its name.
    pub hash: String,
    /// What its bytes are, as the sender says.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}
