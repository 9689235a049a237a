use std::path::PathBuf;

use onym_client_protocol::view_model::UiCommand;
use onym_identity::RecoveryPhrase;

use super::camera::CameraCommand;
use super::{HistoryFormat, LanguageChoice, NotificationContent, Secret, ThemeChoice};

/// What the user asks of the program.
///
/// `Debug` shows texts that the user wrote, but no [`Secret`]; it is not for logs.
#[derive(Debug)]
pub enum ViewCommand {
    /// Something that concerns conversations, contacts or the connection.
    Ui(UiCommand),
    /// Connects to a contact's endpoint at once.
    RetryPeer {
        /// The contact.
        jid: String,
    },
    /// Asks an account who it is. Nothing of the answer is kept.
    LookUp {
        /// The account.
        jid: String,
    },
    /// Puts away what was asked, and what was answered.
    LookAway,
    /// Moves our endpoint to its next onion address.
    MoveAddress,
    /// Takes the announced move back.
    CancelMove,
    /// Makes a new identity.
    MakeIdentity,
    /// Brings back the identity of these words.
    RestoreIdentity(RecoveryPhrase),
    /// The words of the new identity were written down; asks for some of them.
    PhraseWrittenDown,
    /// Back from the question to the words.
    ShowPhraseAgain,
    /// The words that were asked for, in the order of
    /// [`PhraseCheckModel::asked`](super::PhraseCheckModel::asked).
    AnswerPhraseCheck(Vec<Secret>),
    /// The user does not want to be asked now; the main screen reminds them.
    SkipPhraseCheck,
    /// Protects the new store, or leaves it open.
    ProtectStore {
        /// Nothing leaves it open.
        passphrase: Option<Secret>,
        /// Whether the system's keyring keeps the key.
        keep_in_keyring: bool,
    },
    /// Opens the store.
    Unlock(Secret),
    /// Opens the store with the key from the system's keyring.
    UnlockWithKeyring,
    /// Goes on without the keyring, which is being asked.
    CancelKeyring,
    /// Puts settings that cannot be read aside, and goes on with the usual ones.
    ReplaceSettings,
    /// Ends the program.
    Quit,
    /// Closes the store until its passphrase is given.
    Lock,
    /// Asks for some of the recovery words, from the main screen.
    StartPhraseCheck,
    /// Shows the recovery words again. With the passphrase, if the store has one.
    ShowPhrase(Option<Secret>),
    /// The recovery words were seen, or the question is left.
    ClosePhrase,
    /// Looks for an address: as text, or as a QR code in a picture.
    ReadLink(LinkSource),
    /// Reads a code with the camera, or no longer.
    Camera(CameraCommand),
    /// Takes the question for a picture of the screen back.
    CancelScreen,
    /// Looks for a QR code in a picture that was dropped on the window.
    ReadDropped(PathBuf),
    /// Makes an invite.
    MakeInvite {
        /// Whether it has a token that lets somebody in.
        lets_in: bool,
        /// For how many days the token is good.
        days: u16,
    },
    /// Takes an invite back, or out of the list.
    RevokeInvite {
        /// Which one, [`GivenInvite::id`](super::invites::GivenInvite::id).
        id: String,
    },
    /// Saves the code of the invite that was made as a picture.
    SaveInvitePicture,
    /// The link of the invite was seen.
    ForgetInvite,
    /// Lets the user choose a picture for themselves.
    ChooseOurAvatar,
    /// Saves our statement in a file that the user chooses.
    SaveStatement {
        /// As a text block.
        text: String,
    },
    /// Saves the revocation of our identity, to be printed, in a file that the user chooses.
    SaveRevocation,
    /// Ends our identity, for ever.
    EndIdentity,
    /// Removes our picture.
    RemoveOurAvatar,
    /// A notice was read.
    DismissNotice {
        /// Which one, [`NoticeView::id`](super::NoticeView::id).
        id: u64,
    },
    /// What a notice tells is taken back.
    UndoNotice {
        /// Which one, [`NoticeView::id`](super::NoticeView::id).
        id: u64,
    },
    /// Sets something.
    Settings(SettingsCommand),
}

/// Where an address is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkSource {
    /// The clipboard.
    Clipboard,
    /// A file that the user chooses.
    File,
    /// A picture of the screen.
    Screen,
}

/// What the user sets.
#[derive(Debug, PartialEq, Eq)]
pub enum SettingsCommand {
    /// Shows the window dark or light.
    SetTheme(ThemeChoice),
    /// Shows everything larger or smaller, in percent of the usual.
    SetTextSize(u16),
    /// Chooses a language.
    SetLanguage(LanguageChoice),
    /// Whether things shall not move.
    SetReduceMotion(bool),
    /// How much notifications show.
    SetNotificationContent(NotificationContent),
    /// Whether notifications make a sound.
    SetSounds(bool),
    /// Whether the program starts when the user logs in.
    SetStartAtLogin(bool),
    /// Whether the program goes on when the window is closed.
    SetKeepRunning(bool),
    /// Whether others learn that we have seen a message.
    SetSendDisplayed(bool),
    /// Whether others learn that we are writing.
    SetSendTyping(bool),
    /// After how many idle minutes the store is closed; nothing never closes it.
    SetLockAfter(Option<u32>),
    /// Where the page is that invites lead to in a browser: a host, or nothing for no page.
    SetInvitePage(String),
    /// Sets, changes or removes the passphrase.
    SetPassphrase {
        /// The one so far; empty if there was none.
        current: Secret,
        /// The new one; nothing removes it.
        new: Option<Secret>,
    },
    /// Sets or removes the passphrase that deletes everything.
    SetDuressPassphrase {
        /// The ordinary passphrase.
        current: Secret,
        /// The one that deletes everything; nothing removes it.
        duress: Option<Secret>,
    },
    /// The outcome of a change of a passphrase was seen.
    ForgetOutcome,
    /// Whether the system's keyring keeps the key.
    SetKeyring(bool),
    /// Uses these bridges from now on; one line each, none for a direct connection.
    SaveBridges(Vec<String>),
    /// Writes everything into a file sealed with this passphrase, which the user chooses.
    ExportEverything(Secret),
    /// Takes over everything from such a file.
    ImportEverything(Secret),
    /// Writes all messages into files that anybody can read.
    ExportHistory(HistoryFormat),
    /// Stops the work on all data that runs; nothing of it is left.
    CancelDataWork,
    /// Deletes the identity and everything else on this computer.
    Wipe,
    /// Makes a password for another client of the user.
    AddDevice {
        /// The name that the user gives it.
        name: String,
    },
    /// The password of the new client was seen.
    ForgetNewDevice,
    /// Another client may no longer log in.
    RevokeDevice {
        /// Which one, [`DeviceView::id`](super::DeviceView::id).
        id: String,
    },
}

impl From<UiCommand> for ViewCommand {
    fn from(command: UiCommand) -> Self {
        Self::Ui(command)
    }
}

impl From<CameraCommand> for ViewCommand {
    fn from(command: CameraCommand) -> Self {
        Self::Camera(command)
    }
}

impl From<SettingsCommand> for ViewCommand {
    fn from(command: SettingsCommand) -> Self {
        Self::Settings(command)
    }
}
