//! What was searched and found in all conversations.

use super::local_time::LocalTime;
use super::message::DirectionView;

/// What was searched and found in all conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchView {
    /// What the user typed.
    pub query: String,
    /// The messages found, newest first.
    pub hits: Vec<SearchHitView>,
    /// Whether there are more; [`SearchMore`](super::UiCommand::SearchMore) asks for them.
    pub has_more: bool,
    /// Whether the search still runs.
    pub is_running: bool,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchHitView {
    /// The conversation.
    pub jid: String,
    /// Its name.
    pub name: String,
    /// The message.
    pub position: u64,
    /// Who wrote it.
    pub direction: DirectionView,
    /// When.
    pub local: LocalTime,
    /// A piece of its text around the first match, on one line.
    pub excerpt: String,
    /// The matches in `excerpt`, as byte ranges on character boundaries.
    pub highlights: Vec<std::ops::Range<usize>>,
}
