/// Something that the user has to know once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// Names it in commands.
    pub id: u64,
    /// What happened.
    pub what: Happened,
    /// Whether [`UndoNotice`](super::ViewCommand::UndoNotice) takes it back.
    pub can_undo: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// Something was refused or failed; in the words of whoever refused it.
    Failed(String),
    /// What was typed is not an address.
    NotAnAddress(String),
    /// A contact was added and asked; the name or the address.
    ContactAdded(String),
    /// A contact was removed.
    ContactRemoved(String),
    /// An address was blocked.
    Blocked(String),
    /// A conversation was put away.
    Archived(String),
    /// A conversation was deleted.
    ConversationDeleted(String),
    /// A request was declined.
    RequestDeclined(String),
    /// A file was written; its path.
    Saved(String),
    /// A file was read and taken over.
    Imported,
    /// The recovery words were checked.
    PhraseChecked,
}

impl Happened {
    /// Whether it stays until the user puts it away.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::NotAnAddress(_))
    }
}
