//! The open conversation.

use std::sync::Arc;

use super::contact::ContactView;
use super::message::MessageView;
use super::person::PersonSummary;
use super::protection::ProtectionView;
use super::ways::WaysView;

/// The open conversation.
///
/// Its messages are numbered from the oldest one that this device has, in rows `0..total_rows`;
/// the model holds a run of them, and [`ShowRows`](super::UiCommand::ShowRows) asks for another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationView {
    /// The other side.
    pub contact: ContactView,
    /// A run of messages, oldest first, from row `first_row` on.
    pub messages: Arc<[MessageView]>,
    /// The row of the first one of `messages`.
    pub first_row: u64,
    /// How many messages the conversation has on this device.
    pub total_rows: u64,
    /// Whether the archive of our server has older ones than row 0.
    pub has_older: bool,
    /// Whether older ones are being fetched from there.
    pub is_fetching_older: bool,
    /// The row of the first message that was not displayed when the conversation was opened.
    pub first_unread_row: Option<u64>,
    /// What the user has begun to write.
    pub draft: String,
    /// Whether they are writing.
    pub typing: TypingView,
    /// What protects it.
    pub protection: ProtectionView,
    /// Who is behind the address that is written to.
    pub person: PersonSummary,
    /// The addresses of the person, if there are several.
    pub ways: Option<WaysView>,
    /// How the conversation is kept.
    pub settings: ConversationSettingsView,
    /// Where the list shall go, once for each new serial number.
    pub jump: Option<JumpView>,
    /// The words that are searched in this conversation, to highlight; empty for none.
    pub highlight: String,
    /// What the search in this conversation has found.
    pub find: Option<FindView>,
}

/// What the search in the open conversation has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FindView {
    /// How many messages.
    pub total: u64,
    /// Which one of them was gone to last, 1 for the newest.
    pub current: Option<u64>,
    /// Whether the search still runs.
    pub is_running: bool,
}

/// Whether the other side is writing (XEP-0085).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TypingView {
    /// Nothing is known.
    #[default]
    No,
    /// They are writing.
    Composing,
    /// They have begun and stopped.
    Paused,
}

/// How a conversation is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConversationSettingsView {
    /// Messages of both sides are deleted here after this many seconds.
    pub disappear_after_secs: Option<u64>,
}

/// Where the list of messages shall go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JumpView {
    /// Grows with each jump; the view carries each one out once.
    pub serial: u64,
    /// The row to show; it is inside the run of messages of the same model.
    pub row: u64,
    /// Whether to highlight the message there for a moment.
    pub flash: bool,
}
