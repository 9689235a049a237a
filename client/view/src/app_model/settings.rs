use onym_identity::Timestamp;

use super::Secret;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingsModel {
    /// How the window looks.
    pub appearance: AppearanceSettings,
    /// What notifications show.
    pub notifications: NotificationSettings,
    /// When the program runs.
    pub start: StartSettings,
    /// What others learn, and what protects the store.
    pub privacy: PrivacySettings,
    /// How Tor is reached.
    pub tor: TorSettings,
    /// Work on all data.
    pub data: DataSettings,
    /// Other clients of the user that may log in at this endpoint.
    pub devices: Vec<DeviceView>,
    /// A password that was just made; shown once.
    pub new_device: Option<NewDevice>,
    /// The host of the page that invites lead to in a browser; empty for none.
    pub invite_page: String,
    /// The program itself.
    pub about: AboutModel,
}

/// How the window looks. Theme, size and motion are in [`AppModel`](super::AppModel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AppearanceSettings {
    /// The language that was chosen.
    pub language: LanguageChoice,
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

/// The language that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LanguageChoice {
    /// As the system says; English where it names another one.
    #[default]
    System,
    /// English.
    English,
    /// German.
    German,
}

/// What notifications show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotificationSettings {
    /// How much.
    pub content: NotificationContent,
    /// Whether they make a sound.
    pub sounds: bool,
}

/// How much a notification shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotificationContent {
    /// Who wrote, and what.
    NameAndText,
    /// Who wrote.
    #[default]
    NameOnly,
    /// That somebody wrote.
    Nothing,
}

/// When the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StartSettings {
    /// Whether it starts when the user logs in; nothing if this system cannot do that.
    pub at_login: Option<bool>,
    /// Whether it goes on when the window is closed; nothing if this system has no tray.
    pub keep_running: Option<bool>,
}

/// What others learn, and what protects the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivacySettings {
    /// Whether others learn that we have seen a message.
    pub send_displayed: bool,
    /// Whether others learn that we are writing.
    pub send_typing: bool,
    /// After how many idle minutes the store is closed; nothing never closes it.
    pub lock_after_minutes: Option<u32>,
    /// Whether the store has a passphrase.
    pub has_passphrase: bool,
    /// Whether there is a passphrase that deletes everything.
    pub has_duress_passphrase: bool,
    /// Whether the system's keyring holds the key.
    pub keyring: KeyringState,
    /// How the last change of a passphrase ended.
    pub outcome: Option<PassphraseOutcome>,
}

/// Whether the system's keyring holds the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyringState {
    /// There is none.
    #[default]
    Missing,
    /// It does not.
    Off,
    /// It does.
    On,
    /// It is being asked, and may ask the user in turn.
    Asking,
}

/// How the last change of a passphrase ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseOutcome {
    /// It is being made.
    Busy,
    /// The current passphrase was another one.
    WrongPassphrase,
    /// Both passphrases must differ.
    SameAsOther,
    /// It was made.
    Done,
}

/// How Tor is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TorSettings {
    /// The bridge lines in use; none connects to Tor directly.
    pub bridges: Vec<String>,
    /// Why the last ones that were given cannot be used.
    pub problem: Option<BridgeProblem>,
}

/// Why bridge lines cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BridgeProblem {
    /// A line is no bridge line; counted from 1.
    BadLine(usize),
    /// A line names a transport whose program is not installed.
    MissingTransport(String),
}

/// Work on all data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DataSettings {
    /// What is being done.
    pub work: Option<DataWork>,
}

/// Work on all data, with how far it has come in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataWork {
    /// Writes everything into a sealed file.
    Exporting(u8),
    /// Reads a sealed file.
    Importing(u8),
    /// Writes the history into files that others can read.
    ExportingHistory(u8),
}

/// The form of an exported history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryFormat {
    /// Plain text.
    Text,
    /// A page for a browser.
    Html,
    /// For programs.
    Json,
}

/// Another client of the user that may log in at this endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Names it in commands.
    pub id: String,
    /// The name that the user gave it.
    pub name: String,
    /// When its password was made, if that is known.
    pub made: Option<Timestamp>,
    /// When it was last there.
    pub last_seen: Option<Timestamp>,
}

/// A password that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// The name that the user gave the client.
    pub name: String,
    /// The address to log in with.
    pub address: String,
    /// The host and port where a client on this computer connects.
    pub server: String,
    /// The password.
    pub password: Secret,
}

/// The program itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AboutModel {
    /// Its version.
    pub version: String,
}
