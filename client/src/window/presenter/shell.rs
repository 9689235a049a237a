//! What every screen of the window shares: the settings, the desktop, the way to the screen.

use std::sync::Arc;

use onym_desktop::{
    Keyring, Notifier, Tray, TrayEvent, TrayState, handle_links_of_nobody, watch_appearance,
};
use onym_server::tor::{Bridges, Network};
use onym_view::{
    AppModel, AvatarImages, Language as ViewLanguage, OutsideWords, ScreenModel, ThemeChoice,
    ViewCommand, WelcomeModel, WelcomeProblem, WelcomeStep, Work,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::control::{Control, NoSocket};
use crate::data_dir::{DataDir, Lock};
use crate::node::{self, NodeError, TorChoice};
use crate::requests::{Answerer, Closed, ClosedDesk, Raise};
use crate::settings::{Language, Settings, Theme};
use crate::signals::Signals;
use crate::unlocking::Unlocked;
use crate::window::WindowOptions;
use crate::window::asking::Asking;
use crate::window::screen::{HostEvent, Screen};

/// What the program is called in the tray.
pub(in crate::window) const NAME: &str = "Onym";

/// What every screen of the window shares.
pub(in crate::window) struct Shell {
    folder: DataDir,
    network: Network,
    starts_hidden: bool,
    /// A link that waits until the messenger is open.
    pub(in crate::window) link: Option<String>,
    pub(in crate::window) settings: Settings,
    /// Whether there is a file with other settings, which are not to be written over.
    pub(super) settings_unread: bool,
    pub(in crate::window) screen: Screen,
    pub(in crate::window) events: UnboundedReceiver<HostEvent>,
    to_self: UnboundedSender<HostEvent>,
    pub(in crate::window) notifier: Option<Notifier>,
    tray: Option<Tray>,
    pub(in crate::window) has_keyring: bool,
    pub(in crate::window) avatars: AvatarImages,
    /// Whose recovery words are shown again.
    pub(in crate::window) phrase_of: Option<Unlocked>,
    pub(in crate::window) has_focus: bool,
    /// The folder is ours; none if it is another process's, or was just emptied.
    lock: Option<Lock>,
    /// Answers other processes while the messenger does not.
    control: Option<Control>,
    /// What the tray shows, or will once there is one.
    in_tray: TrayState,
}

/// Runs what waits for a disk, a keyring or a slow hash.
pub(in crate::window) fn keep_off_the_runtime<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

impl Shell {
    pub(super) fn new(
        folder: DataDir,
        options: WindowOptions,
        settings: Settings,
        events: UnboundedReceiver<HostEvent>,
        to_self: UnboundedSender<HostEvent>,
        screen: Screen,
    ) -> Self {
        Self {
            folder,
            network: options.network,
            starts_hidden: options.hidden,
            link: options.link,
            settings,
            settings_unread: false,
            screen,
            events,
            to_self,
            notifier: None,
            tray: None,
            has_keyring: false,
            avatars: AvatarImages::default(),
            phrase_of: None,
            has_focus: false,
            lock: options.lock,
            control: None,
            in_tray: TrayState::default(),
        }
    }

    /// Whether the data folder is this process's.
    pub(super) fn has_folder(&self) -> bool {
        self.lock.is_some()
    }

    /// The data folder for this process, taken again if it was emptied, with its lock.
    pub(in crate::window) async fn hold_folder(&mut self) -> Result<Lock, NodeError> {
        let lock = match &self.lock {
            Some(lock) => lock.clone(),
            None => node::take_folder(&self.folder).await?,
        };
        self.lock = Some(lock.clone());
        Ok(lock)
    }

    /// Answers other processes while there is no messenger: a second start brings this window to the
    /// front, with its link, and every other command is told why it has to wait.
    pub(in crate::window) async fn answer_while(&mut self, why: Closed) -> Result<(), NoSocket> {
        self.stop_answering().await;
        self.close_in_tray(why);
        let to_self = self.to_self.clone();
        let raise = Raise(Arc::new(move |link| {
            let _ended = to_self.send(HostEvent::Raise(link));
        }));
        let answerer = Answerer::Closed(ClosedDesk { why, raise });
        self.control = Some(Control::start(self.folder.control_socket(), answerer)?);
        Ok(())
    }

    /// Leaves other processes to the messenger.
    pub(in crate::window) async fn stop_answering(&mut self) {
        if let Some(control) = self.control.take() {
            control.stop().await;
        }
    }

    /// Looks for what the desktop offers, without keeping the window waiting.
    pub(super) fn start_desktop(&mut self) {
        let events = self.to_self.clone();
        watch_appearance(move |appearance| {
            let _ended = events.send(HostEvent::Appearance(appearance));
        });
        let events = self.to_self.clone();
        self.notifier = Some(Notifier::start(move |clicked| {
            let _ended = events.send(HostEvent::Notification(clicked.about));
        }));
        let to_self = self.to_self.clone();
        // A session that ends sends SIGTERM: the node stops in order.
        tokio::spawn(async move {
            if let Ok(mut signals) = Signals::new() {
                signals.next().await;
                let _ended = to_self.send(HostEvent::Tray(TrayEvent::Quit));
            }
        });
        let to_self = self.to_self.clone();
        let state = self.in_tray.clone();
        // A keyring or a tray that is slow to answer keeps nobody from the first screen, nor each
        // other.
        tokio::task::spawn_blocking(move || {
            let events = to_self.clone();
            let tray = Tray::start(state, move |event| {
                let _ended = events.send(HostEvent::Tray(event));
            });
            let _ended = to_self.send(HostEvent::InTray(tray));
            let Ok(program) = std::env::current_exe() else {
                return;
            };
            if let Err(error) = handle_links_of_nobody(&program) {
                tracing::info!("{error}");
            }
        });
        let to_self = self.to_self.clone();
        let looking = Asking::start(move || {
            let _ended = to_self.send(HostEvent::HasKeyring(Keyring::is_available()));
        });
        // It tells by itself.
        drop(looking);
    }

    pub(in crate::window) fn folder(&self) -> &DataDir {
        &self.folder
    }

    /// Where this process says that another one was started.
    pub(in crate::window) fn to_self(&self) -> UnboundedSender<HostEvent> {
        self.to_self.clone()
    }

    /// Whether this desktop shows the symbol in a tray.
    pub(in crate::window) fn has_tray(&self) -> bool {
        self.tray.is_some()
    }

    /// Closing hides the window only where the tray brings it back.
    pub(in crate::window) fn follow_tray(&self) {
        self.screen
            .hide_on_close(self.tray.is_some() && self.settings.keep_running);
    }

    /// Shows something else in the tray.
    pub(in crate::window) fn update_tray(&mut self, state: TrayState) {
        if self.in_tray == state {
            return;
        }
        self.in_tray = state;
        if let Some(tray) = &self.tray {
            tray.update(self.in_tray.clone());
        }
    }

    /// Shows in the tray that the messenger is closed, and nothing else.
    pub(in crate::window) fn close_in_tray(&mut self, why: Closed) {
        let words = OutsideWords::new(self.language());
        let (title, state) = match why {
            Closed::Locked => (words.locked_title(), words.locked()),
            Closed::NoIdentity => (NAME.to_owned(), words.not_set_up()),
            Closed::Waiting => (NAME.to_owned(), words.unreachable()),
        };
        self.update_tray(TrayState {
            title,
            unread: 0,
            words: state,
            open: words.open(),
            quit: words.quit(),
        });
    }

    /// How Tor is reached, or why the bridges that were set cannot be used. Without them nothing is
    /// connected: whoever sets bridges does not want to be seen at a relay that everybody knows.
    pub(in crate::window) fn tor(
        &self,
    ) -> (Option<TorChoice>, Option<onym_server::tor::BridgeError>) {
        let network = self.network.clone();
        let bridges = Bridges::read(&self.settings.bridges.join("\n"))
            .and_then(|bridges| bridges.check_programs().map(|()| bridges));
        match bridges {
            Ok(bridges) => (Some(TorChoice { network, bridges }), None),
            Err(error) => (None, Some(error)),
        }
    }

    /// Writes the settings; a failure is told by the caller.
    pub(in crate::window) fn save_settings(&self) -> Result<(), crate::settings::SettingsError> {
        if self.settings_unread {
            return Ok(());
        }
        keep_off_the_runtime(|| self.settings.save(&self.folder.settings_file()))
    }

    /// The user has shown that they have their recovery words.
    pub(in crate::window) fn has_shown_phrase(&mut self) {
        self.settings.phrase_checked = true;
        if let Err(error) = self.save_settings() {
            tracing::warn!("{error}");
        }
    }

    /// The data folder is another one now.
    pub(super) fn read_settings_again(&mut self) {
        self.phrase_of = None;
        self.avatars = AvatarImages::default();
        match keep_off_the_runtime(|| Settings::load(&self.folder.settings_file())) {
            Ok(settings) => self.settings = settings,
            Err(error) => tracing::warn!("{error}"),
        }
        self.follow_tray();
    }

    /// Everything on the disk is gone.
    pub(super) fn forget_everything(&mut self) {
        // With the folder's files its lock has gone, too.
        self.lock = None;
        self.settings = Settings::default();
        self.avatars = AvatarImages::default();
        self.phrase_of = None;
        self.follow_tray();
    }

    /// Shows a screen.
    pub(in crate::window) fn show(&self, screen: ScreenModel) {
        self.screen.show(AppModel {
            screen,
            theme: match self.settings.theme {
                Theme::System => ThemeChoice::System,
                Theme::Light => ThemeChoice::Light,
                Theme::Dark => ThemeChoice::Dark,
            },
            language: self.language(),
            text_size_percent: self.settings.text_size,
            reduce_motion: self.settings.reduce_motion,
            avatars: self.avatars.clone(),
            camera_picture: None,
            phrase: self
                .phrase_of
                .as_ref()
                .map(|of| of.secret().recovery_phrase()),
        });
    }

    /// The language of the window.
    pub(in crate::window) fn language(&self) -> ViewLanguage {
        match self.settings.language {
            Language::English => ViewLanguage::English,
            Language::German => ViewLanguage::German,
            Language::System => system_language(),
        }
    }

    pub(super) fn show_working(&self, work: Work) {
        self.show_welcome(WelcomeStep::Working(work), None);
    }

    pub(super) fn show_welcome(&self, step: WelcomeStep, problem: Option<WelcomeProblem>) {
        self.show(ScreenModel::Welcome(WelcomeModel { step, problem }));
    }

    pub(in crate::window) fn show_cannot_start(&self, why: &str, advice: Option<&str>) {
        let words = match advice {
            Some(advice) => format!("{why}. {advice}"),
            None => why.to_owned(),
        };
        self.show_welcome(
            WelcomeStep::Working(Work::Starting),
            Some(WelcomeProblem::CannotStart(words)),
        );
    }

    /// What the shell does itself with an event of the window; gives back what is left.
    pub(in crate::window) fn take(&mut self, event: HostEvent) -> Option<HostEvent> {
        match event {
            HostEvent::Place(place) => {
                if place.is_some() && place != self.settings.window {
                    self.settings.window = place;
                    if let Err(error) = self.save_settings() {
                        tracing::warn!("{error}");
                    }
                }
            }
            HostEvent::Closed => self.events.close(),
            HostEvent::HasKeyring(has_keyring) => self.has_keyring = has_keyring,
            HostEvent::InTray(tray) => {
                self.tray = tray;
                // What has happened since it was asked for.
                if let Some(tray) = &self.tray {
                    tray.update(self.in_tray.clone());
                }
                self.follow_tray();
                if std::mem::take(&mut self.starts_hidden) && self.tray.is_some() {
                    self.screen.hide();
                }
            }
            HostEvent::Appearance(appearance) => self.screen.set_dark(appearance),
            HostEvent::Tray(TrayEvent::Open) => self.screen.raise(),
            HostEvent::Tray(TrayEvent::Quit) => self.screen.end(),
            HostEvent::Tray(TrayEvent::Shown(shown)) => self
                .screen
                .hide_on_close(shown && self.settings.keep_running),
            HostEvent::Raise(link) => {
                self.link = link.or(self.link.take());
                self.screen.raise();
                return Some(HostEvent::Raise(None));
            }
            HostEvent::Focus(focus) => {
                self.has_focus = focus;
                return Some(HostEvent::Focus(focus));
            }
            other => return Some(other),
        }
        None
    }

    /// The next command of the user, with everything else done; nothing once the window is closed.
    pub(super) async fn next_command(&mut self) -> Option<ViewCommand> {
        loop {
            let event = self.events.recv().await?;
            if let Some(HostEvent::Command(command)) = self.take(event) {
                return Some(*command);
            }
        }
    }

    /// Waits until the window is closed, or the user quits.
    pub(in crate::window) async fn wait_for_close(&mut self) {
        while let Some(command) = self.next_command().await {
            if matches!(command, ViewCommand::Quit) {
                self.screen.end();
            }
        }
    }
}

/// The language of the system, as far as the window speaks it.
fn system_language() -> ViewLanguage {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match set {
        Some(locale) if locale.starts_with("de") => ViewLanguage::German,
        _ => ViewLanguage::English,
    }
}
