use super::ago;
use crate::app_model::{
    AboutModel, AppearanceSettings, DataSettings, DeviceView, KeyringState, LanguageChoice,
    NotificationContent, NotificationSettings, PrivacySettings, SettingsModel, StartSettings,
    TorSettings,
};

/// Settings as somebody has made them.
pub fn settings() -> SettingsModel {
    SettingsModel {
        appearance: AppearanceSettings {
            language: LanguageChoice::System,
        },
        notifications: NotificationSettings {
            content: NotificationContent::NameOnly,
            sounds: true,
        },
        start: StartSettings {
            at_login: Some(true),
            keep_running: None,
        },
        privacy: PrivacySettings {
            send_displayed: true,
            send_typing: false,
            lock_after_minutes: Some(15),
            has_passphrase: true,
            has_duress_passphrase: false,
            keyring: KeyringState::Off,
            outcome: None,
        },
        tor: TorSettings::default(),
        data: DataSettings::default(),
        devices: vec![
            DeviceView {
                id: "1".to_owned(),
                name: "Phone".to_owned(),
                made: Some(ago(60 * 24 * 60)),
                last_seen: Some(ago(7)),
            },
            DeviceView {
                id: "2".to_owned(),
                name: "Old laptop".to_owned(),
                made: Some(ago(300 * 24 * 60)),
                last_seen: None,
            },
        ],
        new_device: None,
        invite_page: "people.example".to_owned(),
        about: AboutModel {
            version: "0.1.0".to_owned(),
        },
    }
}
