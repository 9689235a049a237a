//! The settings, as the window shows them.

use onym_server::tor::BridgeError;
use onym_view::{
    AboutModel, AppearanceSettings, BridgeProblem, DataSettings, DeviceView, KeyringState,
    LanguageChoice, NotificationContent, NotificationSettings, PrivacySettings, SettingsModel,
    StartSettings, TorSettings,
};

use super::Messenger;
use super::work::Work;
use crate::settings::{Language, Notifications};
use onym_desktop::Autostart;

impl Messenger<'_> {
    pub(super) fn settings_model(&self) -> SettingsModel {
        let settings = &self.shell.settings;
        SettingsModel {
            appearance: AppearanceSettings {
                language: match settings.language {
                    Language::System => LanguageChoice::System,
                    Language::English => LanguageChoice::English,
                    Language::German => LanguageChoice::German,
                },
            },
            notifications: NotificationSettings {
                content: match settings.notifications {
                    Notifications::NameAndText => NotificationContent::NameAndText,
                    Notifications::NameOnly => NotificationContent::NameOnly,
                    Notifications::Nothing => NotificationContent::Nothing,
                },
                sounds: settings.notification_sounds,
            },
            start: StartSettings {
                at_login: Autostart::of_user().map(|autostart| autostart.is_on()),
                keep_running: self.shell.has_tray().then_some(settings.keep_running),
            },
            privacy: self.privacy_settings(),
            tor: TorSettings {
                bridges: settings.bridges.clone(),
                problem: self.bridge_problem.as_ref().map(bridge_problem),
            },
            data: DataSettings {
                work: self.work.as_ref().map(Work::shown),
            },
            devices: self
                .devices
                .iter()
                .map(|name| DeviceView {
                    id: name.clone(),
                    name: name.clone(),
                    made: None,
                    last_seen: None,
                })
                .collect(),
            new_device: self.new_device.clone(),
            invite_page: settings.invite_page.clone(),
            about: AboutModel {
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
        }
    }

    fn privacy_settings(&self) -> PrivacySettings {
        PrivacySettings {
            send_displayed: self.privacy.tell_displayed,
            send_typing: self.privacy.tell_typing,
            lock_after_minutes: self.shell.settings.lock_after_minutes,
            has_passphrase: self.unlocked.has_passphrase(),
            has_duress_passphrase: self.unlocked.has_duress(),
            keyring: match (self.unlocked.has_keyring(), self.shell.has_keyring) {
                _ if self.keyring.is_some() => KeyringState::Asking,
                (true, _) => KeyringState::On,
                (false, true) => KeyringState::Off,
                (false, false) => KeyringState::Missing,
            },
            outcome: self.passphrase_outcome,
        }
    }
}

pub(super) fn bridge_problem(error: &BridgeError) -> BridgeProblem {
    match error {
        BridgeError::TooLong => BridgeProblem::BadLine(1),
        BridgeError::NotABridge { line, .. } => BridgeProblem::BadLine(*line),
        BridgeError::NoTransport { transport, .. } => {
            BridgeProblem::MissingTransport(transport.clone())
        }
    }
}
