use egui::{Key, Modifiers, Role, Vec2};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::view_model::UiCommand;

use super::support::{TestWindow, main_window, press, press_with, type_into, window_of};
use crate::app_model::{
    DataWork, HistoryFormat, KeyringState, Language, LanguageChoice, MainModel, NewDevice,
    NotificationContent, PassphraseOutcome, ScreenModel, Secret, SettingsCommand, ThemeChoice,
    ViewCommand,
};
use crate::sample;

/// Opens a part of the settings.
fn part(model: MainModel, name: &str) -> TestWindow {
    let mut window = main_window(model);
    press_with(&mut window, Modifiers::COMMAND, Key::Comma);
    window.get_by_role_and_label(Role::Button, name).click();
    window.run();
    window
}

/// What was set since the last call.
fn set(window: &mut TestWindow) -> Vec<SettingsCommand> {
    let commands = window.state_mut().commands.drain(..);
    commands
        .filter_map(|command| match command {
            ViewCommand::Settings(command) => Some(command),
            _ => None,
        })
        .collect()
}

fn click(window: &mut TestWindow, name: &str) {
    window.get_by_label(name).scroll_to_me();
    window.run();
    window.get_by_label(name).click();
    window.run();
}

#[test]
fn switches_and_choices_ask_for_what_they_say() {
    use SettingsCommand as S;
    for (part_name, control, expected) in [
        ("Appearance", "Light", S::SetTheme(ThemeChoice::Light)),
        ("Appearance", "115%", S::SetTextSize(115)),
        (
            "Appearance",
            "Deutsch",
            S::SetLanguage(LanguageChoice::German),
        ),
        ("Appearance", "Reduce motion", S::SetReduceMotion(true)),
        (
            "Notifications",
            "Neither",
            S::SetNotificationContent(NotificationContent::Nothing),
        ),
        ("Notifications", "Play a sound", S::SetSounds(false)),
        ("Start", "Start when I log in", S::SetStartAtLogin(false)),
        (
            "Privacy and security",
            "Tell that I have seen a message",
            S::SetSendDisplayed(false),
        ),
        (
            "Privacy and security",
            "Tell that I am writing",
            S::SetSendTyping(true),
        ),
        (
            "Privacy and security",
            "After 1 hour without input",
            S::SetLockAfter(Some(60)),
        ),
        ("Privacy and security", "Never", S::SetLockAfter(None)),
        (
            "Privacy and security",
            "Keep it in this system's keyring",
            S::SetKeyring(true),
        ),
        (
            "Your data",
            "As HTML…",
            S::ExportHistory(HistoryFormat::Html),
        ),
    ] {
        let mut window = part(sample::main_model(), part_name);
        click(&mut window, control);
        assert_eq!(set(&mut window), [expected], "{part_name}, {control}");
    }
}

#[test]
fn what_the_system_cannot_do_is_said_and_disabled() {
    let mut window = part(sample::main_model(), "Start");
    click(&mut window, "Keep running when the window is closed");
    assert_eq!(set(&mut window), []);
}

#[test]
fn a_keyring_that_is_asked_can_be_left() {
    let mut model = sample::main_model();
    model.settings.privacy.keyring = KeyringState::Asking;
    let mut window = part(model, "Privacy and security");
    window.get_by_label("Waiting for the keyring. It may have a question for you.");
    click(&mut window, "Keep it in this system's keyring");
    assert!(set(&mut window).is_empty(), "one question at a time");
    click(&mut window, "Do not wait for the keyring");
    assert!(matches!(
        window.state().commands[..],
        [ViewCommand::CancelKeyring]
    ));
}

#[test]
fn a_passphrase_is_changed_with_the_one_so_far() {
    let mut window = part(sample::main_model(), "Privacy and security");
    click(&mut window, "Change the passphrase…");
    type_into(&mut window, "Passphrase so far", "old");
    type_into(&mut window, "New passphrase", "new");
    type_into(&mut window, "New passphrase again", "now");
    let _before = set(&mut window);
    click(&mut window, "Save");
    window.get_by_label("The two are not the same.");
    assert_eq!(set(&mut window), []);
    // Opening it again begins anew.
    click(&mut window, "Change the passphrase…");
    click(&mut window, "Change the passphrase…");
    for (name, text) in [
        ("Passphrase so far", "old"),
        ("New passphrase", "new"),
        ("New passphrase again", "new"),
    ] {
        type_into(&mut window, name, text);
    }
    let _before = set(&mut window);
    click(&mut window, "Save");
    let secret = |text: &str| Secret::new(text.to_owned());
    let (current, new) = (secret("old"), Some(secret("new")));
    assert_eq!(
        set(&mut window),
        [SettingsCommand::SetPassphrase { current, new }]
    );
    window.state_mut().main().settings.privacy.outcome = Some(PassphraseOutcome::WrongPassphrase);
    window.run();
    window.get_by_label("That is not the passphrase so far.");
}

#[test]
fn duress_and_removal_need_the_passphrase() {
    let mut window = part(sample::main_model(), "Privacy and security");
    click(&mut window, "Set a passphrase that deletes everything…");
    type_into(&mut window, "Passphrase so far", "old");
    type_into(&mut window, "Passphrase that deletes everything", "boom");
    let _before = set(&mut window);
    click(&mut window, "Save");
    let secret = |text: &str| Secret::new(text.to_owned());
    let (current, duress) = (secret("old"), Some(secret("boom")));
    assert_eq!(
        set(&mut window),
        [SettingsCommand::SetDuressPassphrase { current, duress }]
    );
    click(&mut window, "Remove the passphrase…");
    type_into(&mut window, "Passphrase so far", "old");
    let _before = set(&mut window);
    click(&mut window, "Remove the passphrase");
    let (current, new) = (secret("old"), None);
    assert_eq!(
        set(&mut window),
        [SettingsCommand::SetPassphrase { current, new }]
    );
}

#[test]
fn blocked_addresses_are_listed_and_unblocked() {
    let mut window = part(sample::main_model(), "Privacy and security");
    click(&mut window, "Unblock spam@shop.example");
    let (jid, blocked) = ("spam@shop.example".to_owned(), false);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::SetBlocked { jid, blocked }]
    );
}

#[test]
fn the_password_of_another_client_is_shown_once() {
    let mut window = part(sample::main_model(), "Your other clients");
    type_into(&mut window, "Name", "Tablet");
    click(&mut window, "Make a password");
    let name = "Tablet".to_owned();
    assert_eq!(set(&mut window), [SettingsCommand::AddDevice { name }]);
    window.state_mut().main().settings.new_device = Some(NewDevice {
        name: "Tablet".to_owned(),
        address: "a@b.example".to_owned(),
        server: "127.0.0.1:5222".to_owned(),
        password: Secret::new("kelp-argon".to_owned()),
    });
    window.run();
    window.get_by_label("Password: kelp-argon");
    click(&mut window, "I have it");
    assert_eq!(set(&mut window), [SettingsCommand::ForgetNewDevice]);
    click(&mut window, "Phone: revoke…");
    window.get_by_label("Revoke the password of Phone?");
    click(&mut window, "Revoke");
    let id = "1".to_owned();
    assert_eq!(set(&mut window), [SettingsCommand::RevokeDevice { id }]);
}

#[test]
fn a_file_with_everything_has_a_passphrase_of_its_own() {
    let mut window = part(sample::main_model(), "Your data");
    click(&mut window, "Export everything…");
    click(&mut window, "Choose a file and export");
    assert_eq!(set(&mut window), [], "not without a passphrase");
    type_into(&mut window, "Passphrase of the file", "five words");
    click(&mut window, "Choose a file and export");
    let secret = Secret::new("five words".to_owned());
    assert_eq!(
        set(&mut window),
        [SettingsCommand::ExportEverything(secret)]
    );
    assert!(window.query_by_label("Passphrase of the file").is_none());
}

#[test]
fn everything_is_deleted_only_after_a_word_was_typed() {
    let mut window = part(sample::main_model(), "Your data");
    click(&mut window, "Delete everything on this computer…");
    click(&mut window, "Delete everything");
    assert_eq!(set(&mut window), []);
    type_into(&mut window, "Type “delete” to confirm", "Delete");
    click(&mut window, "Delete everything");
    assert_eq!(set(&mut window), [SettingsCommand::Wipe]);
}

#[test]
fn the_recovery_words_are_shown_after_the_passphrase() {
    let mut window = part(sample::main_model(), "Privacy and security");
    click(&mut window, "Show the 24 words…");
    type_into(&mut window, "Passphrase so far", "old");
    press(&mut window, Key::Enter);
    let asks = |command: &ViewCommand| matches!(command, ViewCommand::ShowPhrase(Some(secret)) if secret.reveal() == "old");
    assert!(window.state().commands.iter().any(asks));
}

#[test]
fn theme_language_and_size_follow_the_model() {
    let mut window = main_window(sample::main_model());
    window.state_mut().model.theme = ThemeChoice::Light;
    window.state_mut().model.language = Language::German;
    window.state_mut().model.text_size_percent = 130;
    window.run();
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
    assert_eq!(window.ctx.zoom_factor(), 1.3);
    window.get_by_label("Kontakte und Nachrichten durchsuchen");
    press_with(&mut window, Modifiers::COMMAND, Key::Minus);
    assert_eq!(set(&mut window), [SettingsCommand::SetTextSize(115)]);
}

#[test]
fn a_narrow_window_shows_the_parts_or_one_of_them() {
    let screen = ScreenModel::Main(Box::new(sample::main_model()));
    let mut window = window_of(screen, ThemeChoice::Dark, Vec2::new(440.0, 600.0));
    press_with(&mut window, Modifiers::COMMAND, Key::Comma);
    assert!(window.query_by_label("Reduce motion").is_none());
    window.get_by_label("Appearance").click();
    window.run();
    press(&mut window, Key::Escape);
    window.get_by_label("Message Bruna Castelo");
}

#[test]
fn work_on_all_data_shows_how_far_it_is_and_can_be_stopped() {
    let mut model = sample::main_model();
    model.settings.data.work = Some(DataWork::ExportingHistory(40));
    let mut window = part(model, "Your data");
    window.get_by_label("Writing the history, 40%");
    click(&mut window, "As text…");
    assert_eq!(set(&mut window), [], "one after the other");
    click(&mut window, "Cancel");
    assert_eq!(set(&mut window), [SettingsCommand::CancelDataWork]);
}

#[test]
fn the_page_of_invites_is_a_host_or_nothing() {
    let field = "Address of the invite page";
    let mut window = part(sample::main_model(), "Privacy and security");
    window.get_by_label(field).scroll_to_me();
    window.run();
    assert!(
        window.query_by_label("Use this page").is_none(),
        "as it was"
    );
    type_into(&mut window, field, " it");
    click(&mut window, "Use this page");
    window.get_by_label("This is no address of a web server.");
    assert_eq!(set(&mut window), []);
    let mut model = sample::main_model();
    model.settings.invite_page.clear();
    let mut window = part(model, "Privacy and security");
    window.get_by_label(field).scroll_to_me();
    window.run();
    type_into(&mut window, field, "https://people.example/i/");
    press(&mut window, Key::Enter);
    let host = "people.example".to_owned();
    assert_eq!(set(&mut window), [SettingsCommand::SetInvitePage(host)]);
}
