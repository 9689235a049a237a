//! What people do with messages.

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use onym_client_protocol::view_model::{
    ConversationView, DeliveryState, FindView, JumpTarget, JumpView, LocalDate, ReplyView,
    TypingView, UiCommand,
};

use super::support::{TestWindow, Window, main_window, press, press_with, type_into};
use crate::app_model::{AppModel, MainModel, ScreenModel};
use crate::{View, sample};

const FIELD: &str = "Message Bruna Castelo";

fn window_with(conversation: ConversationView) -> TestWindow {
    let mut model = sample::main_model();
    model.view.conversation = Some(conversation);
    main_window(model)
}

fn rich() -> TestWindow {
    window_with(sample::conversation::rich())
}

fn conversation(window: &mut TestWindow) -> &mut ConversationView {
    window
        .state_mut()
        .main()
        .view
        .conversation
        .as_mut()
        .unwrap()
}

/// Moves the pointer and presses a button there.
fn press_at(window: &mut TestWindow, at: Pos2, button: PointerButton, modifiers: Modifiers) {
    window.hover_at(at);
    window.run_ok();
    for pressed in [true, false] {
        window.event(Event::PointerButton {
            pos: at,
            button,
            pressed,
            modifiers,
        });
        window.step();
    }
    window.run_ok();
}

fn drag(window: &mut TestWindow, from: Pos2, to: Pos2) {
    let button = |pressed, pos| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.hover_at(from);
    window.run_ok();
    window.event(button(true, from));
    window.step();
    for part in [0.3, 0.6, 1.0] {
        window.hover_at(from.lerp(to, part));
        window.step();
    }
    window.event(button(false, to));
    window.run_ok();
}

fn open_menu(window: &mut TestWindow, of: &str) {
    let at = window.get_by_label_contains(of).rect().center();
    press_at(window, at, PointerButton::Secondary, Modifiers::NONE);
}

fn choose(window: &mut TestWindow, item: &str) {
    window.get_by_role_and_label(Role::Button, item).click();
    window.run_ok();
    window.run_steps(2);
}

fn copied(window: &TestWindow) -> Option<String> {
    let commands = &window.output().platform_output.commands;
    commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

/// What the user did, without the questions that the list asks by itself.
fn done(window: &mut TestWindow) -> Vec<UiCommand> {
    let mut commands = window.state_mut().take_ui_commands();
    commands.retain(|command| {
        !matches!(
            command,
            UiCommand::SetTyping { .. }
                | UiCommand::ShowRows { .. }
                | UiCommand::MarkDisplayed { .. }
        )
    });
    commands
}

#[test]
fn a_message_is_answered() {
    let mut window = rich();
    open_menu(
        &mut window,
        "The table is on page 214. The second column has the dates, as",
    );
    choose(&mut window, "Reply");
    window.get_by_label_contains("Reply to yourself: The table is on page");
    type_into(&mut window, FIELD, "Indeed");
    press(&mut window, Key::Enter);
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::SendMessage { text, reply_to: Some(8), .. }] if text == "Indeed"),
        "{commands:?}"
    );
    assert!(
        window
            .query_by_label_contains("Reply to yourself")
            .is_none()
    );
}

#[test]
fn escape_leaves_an_answer_before_it_leaves_the_conversation() {
    let mut window = rich();
    open_menu(
        &mut window,
        "The table is on page 214. The second column has the dates, as",
    );
    choose(&mut window, "Reply");
    press(&mut window, Key::Escape);
    assert!(
        window
            .query_by_label_contains("Reply to yourself")
            .is_none()
    );
    assert_eq!(done(&mut window), []);
}

#[test]
fn the_last_message_is_corrected_with_the_up_key_and_the_draft_comes_back() {
    let mut window = rich();
    window.get_by_label(FIELD).focus();
    window.run_ok();
    press(&mut window, Key::ArrowUp);
    window.run_ok();
    window.get_by_label_contains("Edit message: The table is on page 214");
    window.get_by_label(FIELD).type_text(" Really");
    window.run_ok();
    window.get_by_label("Save").click();
    window.run_ok();
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::EditMessage { position: 8, text, .. }] if text.ends_with("as you said. Really")),
        "{commands:?}"
    );
    assert_eq!(window.get_by_label(FIELD).value().as_deref(), Some(""));
}

#[test]
fn a_correction_is_no_draft() {
    let mut window = rich();
    type_into(&mut window, FIELD, "half a word");
    window.run_steps(6);
    assert_eq!(window.state_mut().take_drafts(), ["half a word"]);
    open_menu(&mut window, "You at 09:08: The table");
    choose(&mut window, "Edit");
    window.run_steps(6);
    press(&mut window, Key::Escape);
    window.run_ok();
    assert_eq!(
        window.get_by_label(FIELD).value().as_deref(),
        Some("half a word")
    );
    assert_eq!(window.state_mut().take_drafts(), [""; 0]);
}

#[test]
fn a_message_is_taken_back_only_after_a_question() {
    let mut window = rich();
    open_menu(&mut window, "Done, here are all nine pages");
    choose(&mut window, "Take back…");
    window.get_by_label("Take this message back?");
    assert_eq!(done(&mut window), []);
    choose(&mut window, "Take back");
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::Retract { position: 6, .. }]),
        "{commands:?}"
    );
    window.get_by_label_contains("This message was taken back");
}

#[test]
fn reactions_are_added_and_taken_back() {
    let mut window = rich();
    open_menu(&mut window, "And the third one?");
    choose(&mut window, "thumbs up");
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::React { position: 9, emojis, .. }] if *emojis == ["👍"]),
        "{commands:?}"
    );
    // The other one is further up.
    let mut window = rich();
    press(&mut window, Key::PageUp);
    window.get_by_label("face with tears of joy: you").click();
    window.run_ok();
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::React { position: 2, emojis, .. }] if emojis.is_empty()),
        "{commands:?}"
    );
}

#[test]
fn any_emoji_can_be_a_reaction() {
    let mut window = rich();
    open_menu(&mut window, "And the third one?");
    choose(&mut window, "More reactions");
    window.get_by_label("Search emoji").type_text("rocket");
    window.run_ok();
    window.key_press(Key::Enter);
    window.run_ok();
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::React { position: 9, emojis, .. }] if *emojis == ["🚀"]),
        "{commands:?}"
    );
    assert!(window.query_by_label("Search emoji").is_none());
}

#[test]
fn an_emoji_comes_from_the_picker_and_from_its_name() {
    let mut window = rich();
    window.get_by_role_and_label(Role::Button, "Emoji").click();
    window.run_ok();
    window.run_steps(2);
    window.get_by_label("Search emoji").type_text("tada");
    window.run_ok();
    window
        .get_by_role_and_label(Role::Button, "party popper")
        .click();
    window.run_ok();
    window.run_steps(2);
    assert_eq!(window.get_by_label(FIELD).value().as_deref(), Some("🎉"));
    window.get_by_label(FIELD).type_text(" :rocket");
    window.run_ok();
    window.run_steps(2);
    window.get_by_label("rocket");
    window.key_press(Key::Enter);
    window.run_ok();
    assert_eq!(window.get_by_label(FIELD).value().as_deref(), Some("🎉 🚀"));
    assert_eq!(
        done(&mut window),
        [],
        "Enter chose the emoji and did not send"
    );
}

#[test]
fn an_answered_message_is_gone_to_and_shown() {
    let mut window = rich();
    window
        .get_by_label_contains("Go to the answered message: The table")
        .click();
    window.run_ok();
    let commands = done(&mut window);
    let target = JumpTarget::Message(8);
    assert!(
        matches!(&commands[..], [UiCommand::JumpTo { target: to, .. }] if *to == target),
        "{commands:?}"
    );
}

#[test]
fn each_jump_is_carried_out_once() {
    let mut window = window_with(sample::conversation::run_of_long(1_000, 300, 400));
    let jump = |window: &mut TestWindow, serial, row| {
        conversation(window).jump = Some(JumpView {
            serial,
            row,
            flash: true,
        });
        window.run_ok();
        window.run_steps(12);
    };
    jump(&mut window, 1, 420);
    assert!(
        window
            .query_by_label_contains("Message number 420.")
            .is_some()
    );
    press(&mut window, Key::PageUp);
    press(&mut window, Key::PageUp);
    assert!(
        window
            .query_by_label_contains("Message number 420.")
            .is_none()
    );
    jump(&mut window, 1, 420);
    assert!(
        window
            .query_by_label_contains("Message number 420.")
            .is_none()
    );
    jump(&mut window, 2, 420);
    assert!(
        window
            .query_by_label_contains("Message number 420.")
            .is_some()
    );
}

#[test]
fn rows_are_asked_for_before_they_are_needed_and_keep_their_place() {
    let mut window = window_with(sample::conversation::run_of_long(100_000, 99_600, 400));
    window.state_mut().take_ui_commands();
    let mut asked = Vec::new();
    for _ in 0..90 {
        press(&mut window, Key::PageUp);
        asked = window.state_mut().take_ui_commands();
        if asked
            .iter()
            .any(|command| matches!(command, UiCommand::ShowRows { .. }))
        {
            break;
        }
    }
    let rows = asked.iter().find_map(|command| match command {
        UiCommand::ShowRows { from_row, .. } => Some(*from_row),
        _ => None,
    });
    let row = rows.unwrap();
    assert!((99_600..99_690).contains(&row), "asked at {row}");
    let label = format!("Message number {}.", row + 3);
    let before = window.get_by_label_contains(&label).rect();
    *conversation(&mut window) = sample::conversation::run_of_long(100_000, row - 300, 400);
    window.run_ok();
    assert_eq!(window.get_by_label_contains(&label).rect(), before);
    // Older messages that come from the archive move the rows, and not what is on the screen.
    let mut with_older = sample::conversation::run_of_long(100_000, row - 300, 400);
    with_older.first_row += 50;
    with_older.total_rows += 50;
    *conversation(&mut window) = with_older;
    window.run_ok();
    assert_eq!(window.get_by_label_contains(&label).rect(), before);
}

#[test]
fn words_are_found_in_the_conversation() {
    let mut window = rich();
    press_with(&mut window, Modifiers::COMMAND, Key::F);
    window.run_ok();
    window
        .get_by_label("Find in this conversation")
        .type_text("second");
    window.run_ok();
    window.run_steps(3);
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::Find { text, .. }] if text == "second"),
        "{commands:?}"
    );
    let open = conversation(&mut window);
    open.highlight = "second".to_owned();
    open.find = Some(FindView {
        total: 7,
        current: Some(2),
        is_running: false,
    });
    window.run_ok();
    window.get_by_label("2 of 7");
    press(&mut window, Key::Enter);
    window.get_by_label("Previous match").click();
    window.run_ok();
    let targets: Vec<JumpTarget> = done(&mut window)
        .into_iter()
        .filter_map(|command| match command {
            UiCommand::JumpTo { target, .. } => Some(target),
            _ => None,
        })
        .collect();
    assert_eq!(targets, [JumpTarget::NextMatch, JumpTarget::PreviousMatch]);
    press(&mut window, Key::Escape);
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::Find { text, .. }] if text.is_empty()),
        "{commands:?}"
    );
    assert!(window.query_by_label("Find in this conversation").is_none());
}

#[test]
fn a_day_is_gone_to() {
    let mut window = rich();
    window
        .get_by_role_and_label(Role::Button, "Go to a day")
        .click();
    window.run_ok();
    window.run_steps(2);
    window.get_by_label("Previous month").click();
    window.run_ok();
    window.get_by_label("5 October 2026").click();
    window.run_ok();
    let commands = done(&mut window);
    let date = LocalDate {
        year: 2026,
        month: 10,
        day: 5,
    };
    let expected = JumpTarget::Date(date);
    assert!(
        matches!(&commands[..], [UiCommand::JumpTo { target, .. }] if *target == expected),
        "{commands:?}"
    );
}

#[test]
fn letters_are_selected_and_copied_within_a_message() {
    let mut window = rich();
    let row = window
        .get_by_label_contains("You at 09:10: This one")
        .rect();
    let y = row.top() + 16.0;
    drag(
        &mut window,
        Pos2::new(row.left() + 13.0, y),
        Pos2::new(row.left() + 172.0, y),
    );
    window.event(Event::Copy);
    window.step();
    assert_eq!(copied(&window).as_deref(), Some("This one goes by itself"));
}

#[test]
fn whole_messages_are_selected_across_rows_and_copied() {
    let mut window = rich();
    let from = window
        .get_by_label_contains("at 09:09: And the third one?")
        .rect();
    let to = window.get_by_label_contains("at 09:11: Thank you!").rect();
    drag(&mut window, from.center(), to.center());
    window.get_by_label("3 selected");
    window.event(Event::Copy);
    window.step();
    let text = copied(&window).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[0],
        "2026-11-23 09:09 Bruna Castelo: And the third one?"
    );
    assert!(
        lines[1].starts_with("2026-11-23 09:10 Ines: This one"),
        "{text}"
    );
    press(&mut window, Key::Escape);
    assert!(window.query_by_label("3 selected").is_none());
    assert_eq!(done(&mut window), []);
}

#[test]
fn a_selection_outlives_scrolling() {
    let mut window = window_with(sample::conversation::run_of_long(2_000, 1_000, 1_000));
    open_menu(&mut window, "Message number 1999.");
    choose(&mut window, "Select");
    for _ in 0..30 {
        press(&mut window, Key::PageUp);
    }
    *conversation(&mut window) = sample::conversation::run_of_long(2_000, 500, 600);
    window.run_ok();
    window.event(Event::Copy);
    window.step();
    assert!(copied(&window).unwrap().contains("Message number 1999."));
}

#[test]
fn selected_messages_are_deleted_here_after_a_question() {
    let mut window = rich();
    open_menu(&mut window, "And the third one?");
    choose(&mut window, "Select");
    choose(&mut window, "Delete here…");
    window.get_by_label("Delete this message here?");
    choose(&mut window, "Delete");
    let commands = done(&mut window);
    assert!(
        matches!(&commands[..], [UiCommand::DeleteHere { position: 9, .. }]),
        "{commands:?}"
    );
}

#[test]
fn messages_are_walked_through_with_the_keyboard() {
    let mut window = rich();
    window.get_by_label_contains("at 09:11: Thank you!").focus();
    window.run_ok();
    press(&mut window, Key::ArrowUp);
    window.run_ok();
    press(&mut window, Key::ArrowUp);
    window.run_ok();
    assert!(
        window
            .get_by_label_contains("at 09:09: And the third")
            .is_focused()
    );
    press(&mut window, Key::Enter);
    window.run_steps(2);
    choose(&mut window, "Reply");
    window.get_by_label_contains("Reply to Bruna Castelo: And the third one?");
}

#[test]
fn the_other_side_is_told_that_we_write_and_that_we_stopped() {
    let mut window = rich();
    let told = |window: &mut TestWindow| -> Vec<bool> {
        let commands = window.state_mut().take_ui_commands();
        commands
            .into_iter()
            .filter_map(|command| match command {
                UiCommand::SetTyping { is_typing, .. } => Some(is_typing),
                _ => None,
            })
            .collect()
    };
    window.state_mut().main().settings.privacy.send_typing = true;
    type_into(&mut window, FIELD, "a");
    type_into(&mut window, FIELD, "b");
    assert_eq!(told(&mut window), [true]);
    // One step is a quarter of a second.
    window.run_steps(24);
    assert_eq!(told(&mut window), [false]);
    window.state_mut().main().settings.privacy.send_typing = false;
    type_into(&mut window, FIELD, "c");
    assert_eq!(told(&mut window), [true; 0]);
}

#[test]
fn the_header_says_who_writes() {
    let mut window = rich();
    window.get_by_label("writing…");
    conversation(&mut window).typing = TypingView::No;
    window.run_ok();
    assert!(window.query_by_label("writing…").is_none());
}

#[test]
fn the_earlier_text_of_a_message_can_be_read() {
    let mut window = rich();
    window
        .get_by_role_and_label(Role::Button, "Earlier versions")
        .click();
    window.run_ok();
    window.run_steps(2);
    window.get_by_label("Done, here are all pages");
}

#[test]
fn a_link_that_deceives_is_asked_about_and_others_open_at_once() {
    let text = "https://a.example/x";
    let mut model = sample::main_model();
    let mut open = sample::conversation();
    open.messages = [
        sample::message(0, text, None),
        sample::message(1, "https://bank.example@evil.example/", None),
        sample::message(2, "javascript:alert(1)", None),
    ]
    .into();
    (open.total_rows, open.first_unread_row) = (3, None);
    model.view.conversation = Some(open);
    let mut window = main_window(model);
    let opened = |window: &TestWindow| {
        let commands = &window.output().platform_output.commands;
        commands
            .iter()
            .any(|command| matches!(command, egui::OutputCommand::OpenUrl(_)))
    };
    let link = window
        .get_by_role_and_label(Role::Link, text)
        .rect()
        .center();
    window.hover_at(link);
    window.run_ok();
    let button = |pressed| Event::PointerButton {
        pos: link,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.event(button(true));
    window.step();
    window.event(button(false));
    window.step();
    assert!(opened(&window));
    let link = window.get_by_role_and_label(Role::Link, "https://bank.example@evil.example/");
    let link = link.rect().center();
    press_at(&mut window, link, PointerButton::Primary, Modifiers::NONE);
    assert!(!opened(&window));
    window.get_by_label("Open this link?");
    window.get_by_label_contains("It leads to evil.example.");
    assert_eq!(window.query_all_by_role(Role::Link).count(), 2);
}

/// A window that draws boxes for letters that no font of the tests has.
fn lenient(model: MainModel) -> TestWindow {
    let window = Window {
        view: View::new(),
        model: AppModel::of(ScreenModel::Main(Box::new(model))),
        commands: Vec::new(),
    };
    let draw = |ui: &mut egui::Ui, window: &mut Window| {
        let commands = window.view.ui(ui, &window.model);
        window.commands.extend(commands);
    };
    let mut harness = egui_kittest::Harness::builder()
        .with_size(egui::vec2(1100.0, 720.0))
        .allow_missing_glyphs()
        .with_context_setup(crate::setup)
        .build_ui_state(draw, window);
    harness.run_ok();
    harness
}

#[test]
fn hostile_texts_are_drawn_within_bounds() {
    let mut model = sample::main_model();
    model.view.conversation = Some(sample::conversation::hostile());
    let mut window = lenient(model);
    for _ in 0..12 {
        press(&mut window, Key::PageUp);
        let column = 330.0..=1100.0;
        for node in window.query_all_by_role(Role::ListItem) {
            let rect = node.rect();
            assert!(
                column.contains(&rect.left()) && column.contains(&rect.right()),
                "{rect:?}"
            );
            assert!(rect.height() < 2_000.0, "{rect:?}");
            assert!(
                !node
                    .accesskit_node()
                    .label()
                    .unwrap_or_default()
                    .contains('\u{202e}')
            );
        }
    }
}

#[test]
fn letters_typed_anywhere_reach_the_field() {
    let mut window = rich();
    window.get_by_label(FIELD).focus();
    window.run_ok();
    let row = window.get_by_label_contains("at 09:11: Thank you!").rect();
    press_at(
        &mut window,
        row.center(),
        PointerButton::Primary,
        Modifiers::NONE,
    );
    window.event(Event::Text("so".to_owned()));
    window.run_ok();
    assert_eq!(window.get_by_label(FIELD).value().as_deref(), Some("so"));
}

#[test]
fn the_unread_line_stays_and_new_messages_are_counted() {
    let mut open = sample::conversation::run_of_long(500, 100, 400);
    let mut messages = open.messages.to_vec();
    messages[300].first_unread = true;
    open.messages = messages.into();
    open.first_unread_row = Some(400);
    open.contact.unread = 100;
    let mut window = window_with(open);
    window.get_by_label("New messages");
    window.get_by_label("Jump to the newest message, 100 new");
    conversation(&mut window).contact.unread = 0;
    window.run_ok();
    window.get_by_label("New messages");
    window.get_by_label("Jump to the newest message").click();
    window.run_ok();
    assert!(
        window
            .query_by_label_contains("Jump to the newest")
            .is_none()
    );
}

#[test]
fn a_reply_to_a_message_that_is_not_here_leads_nowhere() {
    let mut model: MainModel = sample::main_model();
    let mut message = sample::message(0, "Yes", Some(DeliveryState::Displayed));
    message.reply = Some(ReplyView {
        position: None,
        by_us: false,
        quote: "Is it?".to_owned(),
    });
    let open = model.view.conversation.as_mut().unwrap();
    open.messages = [message].into();
    (open.total_rows, open.first_unread_row) = (1, None);
    let window = main_window(model);
    assert!(
        window
            .query_by_label_contains("Go to the answered")
            .is_none()
    );
    window.get_by_label_contains("answers “Is it?”");
}
