//! One message of the open conversation.

use onym_identity::Timestamp;

use super::local_time::LocalTime;
use crate::delivery::FailureReason;
use crate::store::{OmemoMark, Undecryptable};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageView {
    /// Names the message in commands.
    pub id: String,
    /// A stable key for a row's height and state.
    pub position: u64,
    /// The text, whole. Hostile: cut and isolate it when drawing. Empty once it was retracted.
    pub text: String,
    /// When it was written.
    pub time: Timestamp,
    /// The same in the user's local time.
    pub local: LocalTime,
    /// The clock, as `14:05`.
    pub clock: String,
    /// The day in English words, when the message is the first one of that day.
    pub day: Option<String>,
    /// Whether the message is the first one of its day: draw a separator above.
    pub starts_day: bool,
    /// Whether it follows one of the same side within five minutes: draw it as one group.
    pub continues_group: bool,
    /// Whether it is the first one that was not displayed yet: draw the "new" line above.
    pub first_unread: bool,
    /// Who wrote it.
    pub direction: DirectionView,
    /// How far it has come, when we wrote it.
    pub delivery: Option<DeliveryView>,
    /// The message that it answers.
    pub reply: Option<ReplyView>,
    /// When it was last corrected.
    pub edited: Option<LocalTime>,
    /// Earlier texts, oldest first, as many as are kept.
    pub earlier_texts: Vec<String>,
    /// Whether its author took it back.
    pub is_retracted: bool,
    /// What both sides put under it.
    pub reactions: Vec<ReactionView>,
    /// When it disappears here.
    pub expires: Option<Timestamp>,
    /// What protects it on its way.
    pub encryption: EncryptionView,
    /// The address of the other side that it came from or went to, if that is another one than the
    /// conversation's, or was not the person's any more.
    pub via: Option<String>,
    /// Whether it came from the conversation's own address when that was not the person's any more.
    pub is_from_former_address: bool,
    /// Whether we may still correct it.
    pub can_edit: bool,
    /// Whether we may take it back.
    pub can_retract: bool,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DirectionView {
    /// The other side did.
    #[default]
    Incoming,
    /// We did.
    Outgoing,
}

/// The message that another one answers (XEP-0461).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyView {
    /// Its position, when this device has it.
    pub position: Option<u64>,
    /// Whether we wrote it.
    pub by_us: bool,
    /// Its beginning, on one line. Not trusted.
    pub quote: String,
}

/// One kind of reaction under a message (XEP-0444).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// Whether it is one of ours.
    pub ours: bool,
    /// Whether it is one of theirs.
    pub theirs: bool,
}

/// What protects a message on its way between the devices of two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EncryptionView {
    /// Nothing but the connections themselves.
    #[default]
    None,
    /// It has not left yet.
    Pending,
    /// OMEMO.
    Omemo(OmemoMark),
    /// It came encrypted and could not be read; it has no text.
    Undecryptable(Undecryptable),
}

/// How far an outgoing message has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The state, for a symbol.
    pub state: DeliveryState,
    /// When it was reached, as far as that is kept.
    pub at: Option<Timestamp>,
    /// Why it failed.
    pub why: Option<FailureReason>,
    /// What the refusing side said, on one line. Not trusted.
    pub their_words: Option<String>,
    /// The state in English words; for a failure also why, and what the other side said.
    pub words: String,
}

/// How far an outgoing message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// On our disk only.
    Queued,
    /// Handed to the connection.
    Sent,
    /// Our server has it.
    Stored,
    /// Their client has it.
    Delivered,
    /// They have seen it.
    Displayed,
    /// It came back; offer to send it again or to discard it.
    Failed,
}
