use egui::{Event, ImeEvent, Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::command::MAX_TEXT_BYTES;
use onym_client_protocol::view_model::{RequestView, UiCommand};

use super::support::{TestWindow, main_window, press, press_with, type_into};
use crate::app_model::ViewCommand;
use crate::sample;

const FIELD: &str = "Message Bruna Castelo";

fn sent(window: &mut TestWindow) -> Vec<String> {
    let commands = window.state_mut().take_ui_commands();
    commands
        .into_iter()
        .filter_map(|command| match command {
            UiCommand::SendMessage { text, .. } => Some(text),
            _ => None,
        })
        .collect()
}

#[test]
fn enter_sends_and_shift_enter_begins_a_line() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, FIELD, "one");
    window.run();
    press_with(&mut window, Modifiers::SHIFT, Key::Enter);
    type_into(&mut window, FIELD, "two");
    window.run();
    assert_eq!(
        window.get_by_label(FIELD).value().as_deref(),
        Some("one\ntwo")
    );
    assert_eq!(sent(&mut window), [""; 0]);
    press(&mut window, Key::Enter);
    assert_eq!(sent(&mut window), ["one\ntwo"]);
    assert_eq!(window.get_by_label(FIELD).value().as_deref(), Some(""));
    assert!(
        window.get_by_label(FIELD).is_focused(),
        "the next message can be typed at once"
    );
}

#[test]
fn the_field_grows_with_its_lines_up_to_a_limit() {
    let mut window = main_window(sample::main_model());
    let height = |window: &TestWindow| {
        let field = window.get_by_label(FIELD).rect();
        let button = window.get_by_label("Send").rect();
        assert!(
            button.bottom() <= 712.0 && button.left() > field.right(),
            "{button:?}"
        );
        field.height()
    };
    let one_line = height(&window);
    for _ in 0..2 {
        press_with(&mut window, Modifiers::SHIFT, Key::Enter);
    }
    window.run();
    let three_lines = height(&window);
    assert!(three_lines > one_line + 30.0, "{one_line} {three_lines}");
    for _ in 0..20 {
        press_with(&mut window, Modifiers::SHIFT, Key::Enter);
    }
    window.run();
    height(&window);
    let newest = window.get_by_label_contains("at 09:13: That helps").rect();
    assert!(
        (400.0..600.0).contains(&newest.bottom()),
        "the messages keep their room: {newest:?}"
    );
}

#[test]
fn the_button_sends_what_is_more_than_white_space() {
    let mut window = main_window(sample::main_model());
    press(&mut window, Key::Enter);
    window.get_by_label("Send").click();
    type_into(&mut window, FIELD, " \t ");
    window.run();
    press(&mut window, Key::Enter);
    assert_eq!(sent(&mut window), [""; 0]);
    type_into(&mut window, FIELD, "hello ");
    window.run();
    window.get_by_label("Send").click();
    window.run();
    assert_eq!(sent(&mut window), ["hello"]);
}

#[test]
fn a_message_that_is_too_long_is_kept_and_says_so() {
    let mut model = sample::main_model();
    if let Some(conversation) = &mut model.view.conversation {
        conversation.draft = "ab\n".repeat(MAX_TEXT_BYTES / 3 + 4);
    }
    let mut window = main_window(model);
    window.get_by_label_contains("bytes too long to be sent");
    press(&mut window, Key::Enter);
    assert_eq!(sent(&mut window), [""; 0]);
}

#[test]
fn a_draft_is_kept_when_the_user_pauses_or_leaves() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, FIELD, "half a");
    window.run();
    assert_eq!(window.state_mut().take_drafts(), [""; 0]);
    // One step is a quarter of a second.
    window.run_steps(5);
    assert_eq!(window.state_mut().take_drafts(), ["half a"]);
    type_into(&mut window, FIELD, " word");
    window.run();
    window.state_mut().main().view.conversation = None;
    window.run();
    assert_eq!(window.state_mut().take_drafts(), ["half a word"]);
}

#[test]
fn a_draft_is_kept_when_the_program_ends_and_goes_when_it_is_sent() {
    let mut window = main_window(sample::main_model());
    type_into(&mut window, FIELD, "unsent");
    window.run();
    let kept = window.state_mut().view.on_exit();
    assert!(
        matches!(&kept[..], [ViewCommand::Ui(UiCommand::SaveDraft { text, .. })] if text == "unsent"),
        "{kept:?}"
    );
    press(&mut window, Key::Enter);
    assert_eq!(window.state_mut().take_drafts(), [""]);
}

#[test]
fn letters_of_an_input_method_are_not_a_draft() {
    let mut window = main_window(sample::main_model());
    let compose = |text: &str| {
        Event::Ime(ImeEvent::Preedit {
            text: text.to_owned(),
            active_range_chars: None,
        })
    };
    window.event(compose("ni"));
    window.run();
    window.run_steps(8);
    press(&mut window, Key::Enter);
    assert_eq!(
        sent(&mut window),
        [""; 0],
        "Enter chooses a word, it does not send"
    );
    window.event(Event::Ime(ImeEvent::Commit("ñ".to_owned())));
    window.step();
    assert_eq!(window.state_mut().take_drafts(), [""; 0]);
}

#[test]
fn the_draft_of_the_model_is_shown() {
    let mut model = sample::main_model();
    if let Some(conversation) = &mut model.view.conversation {
        conversation.draft = "from yesterday".to_owned();
    }
    let window = main_window(model);
    assert_eq!(
        window.get_by_label(FIELD).value().as_deref(),
        Some("from yesterday")
    );
}

#[test]
fn a_message_says_who_when_what_and_how_far() {
    let window = main_window(sample::main_model());
    window.get_by_label("Bruna Castelo at 09:13: That helps a lot, thank you!");
    window.get_by_label("You at 09:12: Tell me if you need anything else – Waits for a connection");
    window.get_by_label("New messages");
    window.get_by_label("Today");
}

#[test]
fn ours_stand_right_and_theirs_left() {
    let window = main_window(sample::main_model());
    let ours = window.get_by_label_contains("You at 09:12").rect();
    let theirs = window.get_by_label_contains("Castelo at 09:13").rect();
    assert!(ours.left() > theirs.right());
}

#[test]
fn a_failed_message_is_resent_or_discarded() {
    let mut window = main_window(sample::main_model());
    window
        .get_by_label("Resend: I will scan the whole chapter tomorrow")
        .click();
    window.run();
    let id = || "message-11".to_owned();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::Resend { id: id() }]
    );
    window
        .get_by_label("Discard: I will scan the whole chapter tomorrow")
        .click();
    window.run();
    assert_eq!(
        window.state_mut().take_ui_commands(),
        [UiCommand::DiscardFailed { id: id() }]
    );
}

#[test]
fn a_peer_that_waits_can_be_tried_at_once() {
    let mut window = main_window(sample::troubled_model());
    window.get_by_label_contains("Their endpoint is away. Next try in 4 minutes");
    window.get_by_label("Retry now").click();
    window.run();
    let is_retry = |command: &ViewCommand| matches!(command, ViewCommand::RetryPeer { .. });
    assert!(window.state().commands.iter().any(is_retry));
}

#[test]
fn a_stranger_can_be_added_and_a_request_answered_in_the_conversation() {
    let mut model = sample::main_model();
    if let Some(conversation) = &mut model.view.conversation {
        conversation.contact.is_contact = false;
        conversation.messages = [].into();
        conversation.total_rows = 0;
    }
    let mut window = main_window(model);
    window.get_by_label("Say hello to Bruna Castelo");
    window.get_by_label("Bruna Castelo is not one of your contacts.");
    let buttons: Vec<_> = window
        .query_all_by_role_and_label(Role::Button, "Add contact")
        .collect();
    let banner = buttons
        .iter()
        .max_by(|a, b| a.rect().left().total_cmp(&b.rect().left()));
    banner.unwrap().click();
    window.run();
    let commands = window.state_mut().take_ui_commands();
    assert!(
        matches!(&commands[..], [UiCommand::AddContact { .. }]),
        "{commands:?}"
    );

    let conversation = window
        .state_mut()
        .main()
        .view
        .conversation
        .as_mut()
        .unwrap();
    conversation.contact.request = RequestView::Incoming { text: None };
    window.run();
    window
        .get_by_role_and_label(Role::Button, "Decline")
        .click();
    window.run();
    let commands = window.state_mut().take_ui_commands();
    assert!(
        matches!(&commands[..], [UiCommand::DeclineContact { .. }]),
        "{commands:?}"
    );
}
