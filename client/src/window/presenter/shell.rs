//! What every screen of the window shares: the settings, the desktop, the way to the screen.

use onym_desktop::{
    Keyring, Notifier, Tray, TrayEvent, TrayState, handle_links_of_nobody, watch_appearance,
};
use onym_server::tor::{Bridges, Network};
use onym_view::{
    AppModel, AvatarImages, Language as ViewLanguage, OutsideWords, ScreenModel, ThemeChoice,
    WelcomeModel, WelcomeProblem, WelcomeStep, Work,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::data_dir::DataDir;
use crate::node::TorChoice;
use crate::settings::{Language, Settings, Theme};
use crate::signals::Signals;
use crate::unlocking::Unlocked;
use crate::window::WindowOptions;
use crate::window::screen::{HostEvent, Screen};

/// What every screen of the window shares.
pub(in crate::window) struct Shell {
    folder: DataDir,
    network: Network,
    starts_hidden: bool,
    /// A link that waits until the messenger is open.
    pub(in crate::window) link: Option<String>,
    pub(in crate::window) settings: Settings,
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
            screen,
            events,
            to_self,
            notifier: None,
            tray: None,
            has_keyring: false,
            avatars: AvatarImages::default(),
            phrase_of: None,
            has_focus: false,
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
        let words = OutsideWords::new(self.language());
        // A keyring or a tray that is slow to answer keeps nobody from the first screen.
        tokio::task::spawn_blocking(move || {
            let events = to_self.clone();
            let state = TrayState {
                words: words.tor(None),
                open: words.open(),
                quit: words.quit(),
                ..TrayState::default()
            };
            let tray = Tray::start(state, move |event| {
                let _ended = events.send(HostEvent::Tray(event));
            });
            let has_keyring = Keyring::is_available();
            let _ended = to_self.send(HostEvent::Desktop { has_keyring, tray });
            let Ok(program) = std::env::current_exe() else {
                return;
            };
            if let Err(error) = handle_links_of_nobody(&program) {
                tracing::info!("{error}");
            }
        });
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

    pub(in crate::window) fn update_tray(&self, state: TrayState) {
        if let Some(tray) = &self.tray {
            tray.update(state);
        }
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
        keep_off_the_runtime(|| self.settings.save(&self.folder.settings_file()))
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
            HostEvent::Desktop { has_keyring, tray } => {
                self.has_keyring = has_keyring;
                self.tray = tray;
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
    pub(super) async fn next_command(&mut self) -> Option<onym_view::ViewCommand> {
        loop {
            let event = self.events.recv().await?;
            if let Some(HostEvent::Command(command)) = self.take(event) {
                return Some(*command);
            }
        }
    }

    /// Waits until the window is closed.
    pub(in crate::window) async fn wait_for_close(&mut self) {
        while self.next_command().await.is_some() {}
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
