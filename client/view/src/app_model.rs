//! What the window shows, as plain data, and what the user asks of the program.

mod avatars;
/// A camera that reads codes.
pub mod camera;
mod command;
mod first_start;
/// Invites that the user makes.
pub mod invites;
mod notice;
mod secret;
mod settings;

use onym_client_protocol::view_model::ViewModel;
use onym_identity::RecoveryPhrase;
use onym_identity::invite::Arrival;

pub use avatars::{AvatarImage, AvatarImages};
pub use command::{LinkSource, SettingsCommand, ViewCommand};
pub use first_start::{
    BadSettingsModel, LockedModel, NewPassphrase, PhraseCheckModel, UnlockProblem, WelcomeModel,
    WelcomeProblem, WelcomeStep, Work,
};
pub use notice::{Failure, Happened, NoticeView};
pub use secret::Secret;
pub use settings::{
    AboutModel, AppearanceSettings, BridgeProblem, DataSettings, DataWork, DeviceView,
    HistoryFormat, KeyringState, LanguageChoice, NewDevice, NotificationContent,
    NotificationSettings, PassphraseOutcome, PrivacySettings, SettingsModel, StartSettings,
    ThemeChoice, TorSettings,
};

/// Everything that the window shows.
#[derive(Debug)]
pub struct AppModel {
    /// Which screen, with its data.
    pub screen: ScreenModel,
    /// Dark or light.
    pub theme: ThemeChoice,
    /// In which language the window speaks.
    pub language: Language,
    /// How large everything is, in percent of the usual.
    pub text_size_percent: u16,
    /// Whether things shall not move.
    pub reduce_motion: bool,
    /// The pictures that [`ContactView::avatar`](onym_client_protocol::view_model::ContactView::avatar)
    /// names.
    pub avatars: AvatarImages,
    /// What the camera sees, while one is on.
    pub camera_picture: Option<camera::CameraPicture>,
    /// The recovery words, when the user asked in the messenger to see them again.
    pub phrase: Option<RecoveryPhrase>,
}

impl AppModel {
    /// A window with this screen and everything else as usual.
    pub fn of(screen: ScreenModel) -> Self {
        Self {
            screen,
            theme: ThemeChoice::System,
            language: Language::English,
            text_size_percent: 100,
            reduce_motion: false,
            avatars: AvatarImages::default(),
            camera_picture: None,
            phrase: None,
        }
    }
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
    /// The settings cannot be read.
    BadSettings(BadSettingsModel),
    /// The store is closed until its passphrase is given.
    Locked(LockedModel),
    /// The messenger.
    Main(Box<MainModel>),
}

/// The messenger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MainModel {
    /// What the engine says.
    pub view: ViewModel,
    /// Things that the user has to know once, the oldest first.
    pub notices: Vec<NoticeView>,
    /// The settings.
    pub settings: SettingsModel,
    /// Whether the user has not shown yet that they have their recovery words.
    pub phrase_unchecked: bool,
    /// Asks for three of the recovery words.
    pub phrase_check: Option<PhraseCheckModel>,
    /// What was found in the clipboard or in a file when the user asked to add a contact from it.
    pub found_link: Option<FoundLink>,
    /// A link that the program was started with, or that was clicked outside the window: it opens
    /// the form for a new contact.
    pub opened_link: Option<FoundLink>,
    /// Invites of ours.
    pub invites: invites::InvitesModel,
    /// Whether a picture of the screen can be taken, to look for a code in it.
    pub sees_screen: bool,
    /// Whether the desktop is being asked for such a picture.
    pub waits_for_screen: bool,
    /// The camera.
    pub camera: camera::CameraModel,
}

/// What was found in the clipboard, in a file or by the camera, or came from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLink {
    /// Grows with each answer, from 1; the view takes each one once.
    pub serial: u64,
    /// The text of the code or of the clipboard, or why there is none.
    pub found: Result<String, LinkProblem>,
    /// How it came, which limits what it is worth.
    pub arrival: Arrival,
}

/// Why nothing was found in the clipboard or in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkProblem {
    /// The clipboard holds neither text nor a picture.
    Empty,
    /// The picture has no QR code that can be read.
    NoCode,
    /// The file cannot be read, or is no picture.
    Unreadable,
}
