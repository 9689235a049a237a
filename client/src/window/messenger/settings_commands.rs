//! What the user sets, carried out.

use std::path::PathBuf;

use onym_client_protocol::command::Command;
use onym_client_protocol::store::Privacy;
use onym_desktop::Autostart;
use onym_server::tor::Bridges;
use onym_view::{
    Failure, LanguageChoice, NewDevice, NotificationContent, Secret, SettingsCommand, ThemeChoice,
};

use super::files::Purpose;
use super::{Messenger, Restart};
use crate::settings::{Language, Notifications, Theme};
use crate::window::presenter::keep_off_the_runtime;

/// The bounds of the text size, in percent.
const TEXT_SIZES: std::ops::RangeInclusive<u16> = 75..=200;

impl Messenger<'_> {
    pub(super) async fn take_settings(&mut self, command: SettingsCommand) {
        match command {
            SettingsCommand::SetSendDisplayed(on) => {
                self.set_privacy(|privacy| privacy.tell_displayed = on)
                    .await;
            }
            SettingsCommand::SetSendTyping(on) => {
                self.set_privacy(|privacy| privacy.tell_typing = on).await;
            }
            SettingsCommand::SetStartAtLogin(on) => self.set_start_at_login(on),
            SettingsCommand::SetPassphrase { current, new } => {
                self.set_passphrase(&current, new.as_ref());
            }
            SettingsCommand::SetDuressPassphrase { current, duress } => {
                self.set_duress_passphrase(&current, duress.as_ref());
            }
            SettingsCommand::ForgetOutcome => self.passphrase_outcome = None,
            SettingsCommand::SetKeyring(on) => self.set_keyring(on),
            SettingsCommand::SaveBridges(lines) => self.save_bridges(&lines),
            SettingsCommand::ExportEverything(passphrase) => {
                self.choose(Purpose::Export(passphrase));
            }
            SettingsCommand::ImportEverything(passphrase) => {
                self.choose(Purpose::Import(passphrase));
            }
            SettingsCommand::ExportHistory(format) => self.choose(Purpose::History(format)),
            SettingsCommand::CancelDataWork => self.cancel_work(),
            SettingsCommand::Wipe => self.wiped = true,
            SettingsCommand::AddDevice { name } => self.add_device(name).await,
            SettingsCommand::ForgetNewDevice => self.new_device = None,
            SettingsCommand::RevokeDevice { id } => {
                if let Err(error) = self.node.endpoint.revoke_device(&id).await {
                    self.notices.failed(Failure::Devices, error);
                }
                self.read_devices().await;
            }
            command => self.set_in_file(&command),
        }
    }

    /// What is only kept in the file of settings.
    fn set_in_file(&mut self, command: &SettingsCommand) {
        let settings = &mut self.shell.settings;
        match command {
            SettingsCommand::SetTheme(theme) => {
                settings.theme = match theme {
                    ThemeChoice::System => Theme::System,
                    ThemeChoice::Light => Theme::Light,
                    ThemeChoice::Dark => Theme::Dark,
                };
            }
            SettingsCommand::SetTextSize(percent) => {
                settings.text_size = (*percent).clamp(*TEXT_SIZES.start(), *TEXT_SIZES.end());
            }
            SettingsCommand::SetLanguage(language) => {
                settings.language = match language {
                    LanguageChoice::System => Language::System,
                    LanguageChoice::English => Language::English,
                    LanguageChoice::German => Language::German,
                };
            }
            SettingsCommand::SetReduceMotion(on) => settings.reduce_motion = *on,
            SettingsCommand::SetNotificationContent(content) => {
                settings.notifications = match content {
                    NotificationContent::NameAndText => Notifications::NameAndText,
                    NotificationContent::NameOnly => Notifications::NameOnly,
                    NotificationContent::Nothing => Notifications::Nothing,
                };
            }
            SettingsCommand::SetSounds(on) => settings.notification_sounds = *on,
            SettingsCommand::SetKeepRunning(on) => settings.keep_running = *on,
            SettingsCommand::SetInvitePage(host) => settings.invite_page.clone_from(host),
            SettingsCommand::SetLockAfter(minutes) => settings.lock_after_minutes = *minutes,
            _ => return,
        }
        self.shell.follow_tray();
        self.save_settings();
    }

    pub(super) fn save_settings(&mut self) {
        if let Err(error) = self.shell.save_settings() {
            self.notices.failed(Failure::Settings, error);
        }
    }

    async fn set_privacy(&mut self, change: impl FnOnce(&mut Privacy)) {
        change(&mut self.privacy);
        self.carry_out(Command::SetPrivacy(self.privacy)).await;
    }

    pub(super) async fn read_privacy(&mut self) {
        let privacy = self
            .node
            .engine
            .look(|engine| engine.memory().account.privacy);
        self.privacy = privacy.await.unwrap_or_default();
    }

    fn set_start_at_login(&mut self, on: bool) {
        let outcome = keep_off_the_runtime(|| {
            let Some(autostart) = Autostart::of_user() else {
                return Ok(());
            };
            if on {
                autostart
                    .turn_on(&program())
                    .map_err(|error| error.to_string())
            } else {
                autostart.turn_off().map_err(|error| error.to_string())
            }
        });
        if let Err(detail) = outcome {
            self.notices.failed(Failure::StartAtLogin, detail);
        }
    }

    fn save_bridges(&mut self, lines: &[String]) {
        if self.is_at_work() {
            return;
        }
        let read = Bridges::read(&lines.join("\n"))
            .and_then(|bridges| bridges.check_programs().map(|()| bridges));
        match read {
            Ok(bridges) => {
                self.bridge_problem = None;
                self.shell.settings.bridges =
                    bridges.to_text().lines().map(str::to_owned).collect();
                self.save_settings();
                self.restarts = Some(Restart::SameKeys);
            }
            Err(error) => self.bridge_problem = Some(error),
        }
    }

    pub(super) async fn read_devices(&mut self) {
        match self.node.endpoint.devices().await {
            Ok(devices) => self.devices = devices,
            Err(error) => self.notices.failed(Failure::Devices, error),
        }
    }

    async fn add_device(&mut self, name: String) {
        match self.node.endpoint.add_device(&name).await {
            Ok(password) => {
                let server = self.node.endpoint.loopback();
                self.new_device = Some(NewDevice {
                    name,
                    address: self.node.endpoint.owner().to_string(),
                    server: server.map_or_else(String::new, |server| server.to_string()),
                    password: Secret::new(password.to_string()),
                });
            }
            Err(error) => self.notices.failed(Failure::Devices, error),
        }
        self.read_devices().await;
    }
}

/// This program, for those who start it.
fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("onym"))
}
