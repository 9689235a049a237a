use onym_client_protocol::command::CommandError;

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
    /// Something failed.
    Failed {
        /// What.
        what: Failure,
        /// What the system says about it, in its own words; may be empty.
        detail: String,
    },
    /// The engine does not do what it was asked for.
    Refused(CommandError),
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
    /// New keys are agreed on with somebody, whose messages could not be read.
    SessionsRenewed(String),
    /// The user has verified the identity of somebody.
    IdentityVerified(String),
    /// Our next address is being published; the program moves there afterwards.
    MoveAnnounced(String),
    /// Our endpoint has started at its new address.
    Moved(String),
    /// The announced move was taken back.
    MoveCancelled,
    /// Our statement lists this address from now on.
    AddressClaimed(String),
    /// Another identity is behind the address of somebody.
    IdentityChanged(String),
    /// The owner of somebody's identity has ended it.
    IdentityRevoked(String),
    /// The identity of somebody has signed two different things.
    IdentityContradicted(String),
    /// Our own identity has.
    OurIdentityContradicted,
    /// Somebody has another address now, and was followed there.
    ContactMoved(String),
    /// A request was declined.
    RequestDeclined(String),
    /// A file was written; its path.
    Saved(String),
    /// A file was read and taken over.
    Imported,
    /// The recovery words were checked.
    PhraseChecked,
}

/// What could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// To read or write messages.
    Messages,
    /// To write the settings.
    Settings,
    /// To export everything.
    Export,
    /// To import everything.
    Import,
    /// To write our statement.
    Statement,
    /// To write the revocation of our identity.
    Revocation,
    /// To write the history as readable files.
    History,
    /// To ask the system for a file.
    FileDialog,
    /// To read a picture: the chosen file is none.
    Picture,
    /// Anything else with all data, while such work runs.
    AtWork,
    /// To change a passphrase.
    Passphrase,
    /// To use the keyring of the system.
    Keyring,
    /// To start with the user's login.
    StartAtLogin,
    /// To read or change the programs that may log in.
    Devices,
    /// Anything: the engine has stopped.
    Stopped,
}

impl Happened {
    /// Whether it stays until the user puts it away: a failure, or something that must not be missed.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Failed { .. }
                | Self::Refused(_)
                | Self::NotAnAddress(_)
                | Self::IdentityChanged(_)
                | Self::IdentityRevoked(_)
                | Self::IdentityContradicted(_)
                | Self::OurIdentityContradicted
        )
    }
}
