use onym_client_protocol::view_model::{UiCommand, ViewModel};
use onym_identity::RecoveryPhrase;

/// Everything that the window shows.
#[derive(Debug)]
pub struct AppModel {
    /// Which screen, with its data.
    pub screen: ScreenModel,
    /// Dark or light.
    pub theme: ThemeChoice,
    /// In which language the window speaks.
    pub language: Language,
}

/// A language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

/// Which screen is shown.
#[derive(Debug)]
pub enum ScreenModel {
    /// There is no identity yet, or its phrase was not written down yet.
    Welcome(WelcomeModel),
    /// The messenger.
    Main(Box<MainModel>),
}

/// Dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeChoice {
    /// As the system says; dark where it says nothing.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// The first start.
#[derive(Debug)]
pub struct WelcomeModel {
    /// How far it has come.
    pub step: WelcomeStep,
    /// Why the last thing that the user asked for did not work, in words.
    pub problem: Option<String>,
}

/// How far the first start has come.
#[derive(Debug)]
pub enum WelcomeStep {
    /// The user chooses between a new identity and one that they had.
    Choose,
    /// The program is busy; says with what.
    Working {
        /// The words, as `Making your keys…`.
        words: String,
    },
    /// There is a new identity, and the user writes its words down. `Debug` hides them.
    Phrase(RecoveryPhrase),
}

/// The messenger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MainModel {
    /// What the engine says.
    pub view: ViewModel,
    /// How the endpoint of the open conversation's other side is reached; nothing if our own
    /// server takes care of it and says nothing.
    pub peer_endpoint: Option<PeerEndpointView>,
    /// Something that the user has to know once, as a command that was refused.
    pub notice: Option<NoticeView>,
}

/// How the endpoint of a contact is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerEndpointView {
    /// The state, for a colour.
    pub state: PeerEndpointState,
    /// The state in words, as `Trying again in 2 minutes`.
    pub words: String,
    /// Whether trying at once would do something.
    pub can_retry: bool,
}

/// How the endpoint of a contact is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerEndpointState {
    /// There is no connection, and nothing to send.
    Idle,
    /// A connection is being made.
    Connecting,
    /// There is a connection.
    Connected,
    /// The last attempt failed; the next one comes later.
    Waiting,
}

/// Something that the user has to know once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// Names it in [`ViewCommand::DismissNotice`].
    pub id: u64,
    /// What happened, in one or two sentences.
    pub words: String,
}

/// What the user asks of the program.
///
/// `Debug` shows texts that the user wrote; it is not for logs.
#[derive(Debug)]
pub enum ViewCommand {
    /// Something that concerns conversations, contacts or the connection.
    Ui(UiCommand),
    /// Connects to a contact's endpoint at once.
    RetryPeer {
        /// The contact.
        jid: String,
    },
    /// Makes a new identity.
    MakeIdentity,
    /// Brings back the identity of these words.
    RestoreIdentity(RecoveryPhrase),
    /// The words of the new identity were written down.
    PhraseWrittenDown,
    /// Shows the window dark or light.
    SetTheme(ThemeChoice),
    /// A notice was read.
    DismissNotice {
        /// Which one, [`NoticeView::id`].
        id: u64,
    },
}

impl From<UiCommand> for ViewCommand {
    fn from(command: UiCommand) -> Self {
        Self::Ui(command)
    }
}
