//! What somebody is doing in a conversation. It is told and forgotten, never kept.

/// What somebody is doing in a conversation (XEP-0085, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatState {
    /// Looks at it.
    Active,
    /// Writes.
    Composing,
    /// Has begun to write and stopped.
    Paused,
    /// Looks elsewhere.
    Inactive,
    /// Has left it.
    Gone,
}
