use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::view_model::UiCommand;

use super::support::{TestWindow, main_window, press, press_with, window_of};
use crate::app_model::{Language, ScreenModel, ThemeChoice, ViewCommand};
use crate::sample;

fn opened(window: &mut TestWindow) -> Vec<String> {
    let commands = window.state_mut().take_ui_commands();
    commands
        .into_iter()
        .map(|command| match command {
            UiCommand::OpenConversation { jid } => jid,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_search_is_left_before_the_conversation() {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    let name = "Search contacts and messages";
    assert!(window.get_by_label(name).is_focused());
    press(&mut window, Key::Escape);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [],
        "Esc leaves the search only"
    );
    assert!(window.get_by_label("Message Bruna Castelo").is_focused());
}

#[test]
fn the_last_letter_of_a_search_is_not_written_to_anybody() {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    // Both in one picture, as from somebody who types fast.
    let enter = Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    window
        .input_mut()
        .events
        .extend([Event::Text("n".to_owned()), enter]);
    window.run();
    let field = window.get_by_label("Message Bruna Castelo");
    assert_eq!(field.value().as_deref().unwrap_or_default(), "");
}

#[test]
fn control_n_adds_a_contact_and_escape_leaves_the_form() {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND, Key::N);
    assert!(window.get_by_label("Address or link").is_focused());
    press(&mut window, Key::Escape);
    assert!(window.query_by_label("Address or link").is_none());
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [],
        "the conversation stays open"
    );
    press(&mut window, Key::Escape);
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::CloseConversation]
    );
}

#[test]
fn control_l_locks_where_there_is_a_passphrase() {
    let mut window = main_window(sample::main_model());
    press_with(&mut window, Modifiers::COMMAND, Key::L);
    let locks = |command: &ViewCommand| matches!(command, ViewCommand::Lock);
    assert!(window.state().commands.iter().any(locks));
    window.state_mut().commands.clear();
    window.state_mut().main().settings.privacy.has_passphrase = false;
    press_with(&mut window, Modifiers::COMMAND, Key::L);
    assert!(!window.state().commands.iter().any(locks));
}

#[test]
fn alt_and_arrows_switch_over_contacts_and_not_over_requests() {
    let mut window = main_window(sample::main_model());
    let jids: Vec<String> = window
        .state_mut()
        .main()
        .view
        .contacts
        .iter()
        .map(|it| it.jid.clone())
        .collect();
    press_with(&mut window, Modifiers::ALT, Key::ArrowDown);
    assert_eq!(opened(&mut window), [jids[2].clone()]);
    press_with(&mut window, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(
        opened(&mut window),
        [""; 0],
        "the first contact is open already"
    );
    window.state_mut().main().view.conversation = None;
    press_with(&mut window, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(opened(&mut window), [jids[7].clone()]);
}

#[test]
fn f1_shows_the_keys_and_escape_closes_only_them() {
    let mut window = main_window(sample::main_model());
    press(&mut window, Key::F1);
    window.get_by_label("Keyboard");
    window.get_by_label("Go to a conversation: Ctrl+K");
    press(&mut window, Key::Escape);
    assert!(window.query_by_label("Keyboard").is_none());
    assert_eq!(window.state_mut().take_ui_commands(), []);
}

#[test]
fn tab_reaches_contacts_and_enter_opens_them() {
    let mut window = main_window(sample::main_model());
    let jid = window.state_mut().main().view.contacts[2].jid.clone();
    window.get_by_label_contains("Noor, ").focus();
    window.run();
    press(&mut window, Key::Enter);
    assert_eq!(opened(&mut window), [jid]);
}

#[test]
fn the_sheet_with_the_keys_fits_the_usual_window() {
    for (language, last, close) in [
        (Language::English, "Show these keys: F1", "Close"),
        (Language::German, "Diese Tasten zeigen: F1", "Schließen"),
    ] {
        let mut window = main_window(sample::main_model());
        window.state_mut().model.language = language;
        window.run();
        press(&mut window, Key::F1);
        let close = window.get_by_label(close).rect();
        assert!(close.bottom() < 720.0, "{close:?}");
        // The last key stands above the button, so nothing has to be scrolled.
        let last = window.get_by_label(last).rect();
        assert!(last.bottom() <= close.top(), "{last:?} {close:?}");
    }
}

#[test]
fn the_sheet_with_the_keys_scrolls_in_a_small_window() {
    let screen = ScreenModel::Main(Box::new(sample::main_model()));
    let mut window = window_of(screen, ThemeChoice::Dark, egui::vec2(420.0, 400.0));
    press(&mut window, Key::F1);
    let close = window.get_by_label("Close").rect();
    assert!(close.bottom() < 400.0 && close.right() < 420.0, "{close:?}");
    let first = window.get_by_label("Go to a conversation: Ctrl+K").rect();
    assert!(first.left() > 0.0 && first.right() < 420.0 && first.bottom() < close.top());
}
