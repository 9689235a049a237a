use egui::{Event, Key, Modifiers, MouseWheelUnit, TouchPhase, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use onym_client_protocol::view_model::{ConversationView, DeliveryState, MessageView, UiCommand};

use super::support::{TestWindow, main_window, press};
use crate::app_model::MainModel;
use crate::sample;

fn push(conversation: &mut ConversationView, message: MessageView) {
    let mut messages = conversation.messages.to_vec();
    messages.push(message);
    conversation.messages = messages.into();
    conversation.total_rows += 1;
}

fn long(count: u64) -> MainModel {
    let mut model = sample::main_model();
    model.view.conversation = Some(sample::long_conversation(count));
    model
}

/// The places of the messages on the screen, by number, from above.
fn places(window: &TestWindow) -> Vec<(u64, f32)> {
    let mut places: Vec<(u64, f32)> = window
        .query_all_by_label_contains(": Message number ")
        .map(|node| {
            let label = node.accesskit_node().label().unwrap();
            let number = label
                .split("number ")
                .nth(1)
                .unwrap()
                .split('.')
                .next()
                .unwrap();
            (number.parse().unwrap(), node.rect().top())
        })
        .collect();
    places.sort_by_key(|(number, _)| *number);
    places
}

fn scroll(window: &mut TestWindow, points: f32) {
    window.hover_at(egui::pos2(700.0, 300.0));
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: egui::MouseWheelSource::Unknown,
    });
    window.run_ok();
    window.run_steps(4);
}

#[test]
fn of_ten_thousand_messages_few_are_laid_out() {
    let window = main_window(long(10_000));
    let shown = places(&window);
    assert_eq!(
        shown.last().map(|(number, _)| *number),
        Some(9_999),
        "the newest is shown"
    );
    assert!(shown.len() < 40, "{}", shown.len());
    assert!(window.state().view.messages_laid_out() < 60);
}

#[test]
fn rows_follow_each_other_without_overlap() {
    let mut window = main_window(long(500));
    press(&mut window, Key::PageUp);
    window.run_steps(3);
    let shown = places(&window);
    assert!(shown.len() > 5);
    for pair in shown.windows(2) {
        assert_eq!(pair[0].0 + 1, pair[1].0);
        assert!(pair[0].1 + 20.0 < pair[1].1, "{pair:?}");
    }
}

#[test]
fn the_end_is_in_sight_at_first_and_after_every_message() {
    let mut narrow = sample::main_model();
    narrow.view.our_name = None;
    for model in [sample::main_model(), narrow] {
        let mut window = main_window(model);
        let field = |window: &TestWindow| window.get_by_label("Message Bruna Castelo").rect().top();
        let newest = window.get_by_label("Bruna Castelo at 09:13: That helps a lot, thank you!");
        let gap = field(&window) - newest.rect().bottom();
        assert!((10.0..60.0).contains(&gap), "{gap}");
        let conversation = window
            .state_mut()
            .main()
            .view
            .conversation
            .as_mut()
            .unwrap();
        let message = sample::message(99, "One more", None);
        push(conversation, message);
        window.run();
        let newest = window.get_by_label_contains("at 10:39: One more").rect();
        let gap = field(&window) - newest.bottom();
        assert!((10.0..60.0).contains(&gap), "{gap}");
    }
}

#[test]
fn the_reader_is_not_moved_by_new_or_older_messages() {
    let mut window = main_window(long(300));
    for _ in 0..3 {
        press(&mut window, Key::PageUp);
    }
    window.run_steps(3);
    let before = places(&window);
    let conversation = window
        .state_mut()
        .main()
        .view
        .conversation
        .as_mut()
        .unwrap();
    let text = "Message number 300. New.";
    push(conversation, sample::message(300, text, None));
    window.run();
    assert_eq!(places(&window), before);

    let conversation = window
        .state_mut()
        .main()
        .view
        .conversation
        .as_mut()
        .unwrap();
    let kept = conversation.messages.get(150..).unwrap().to_vec();
    conversation.messages = kept.into();
    conversation.first_row = 150;
    window.run();
    assert_eq!(
        places(&window),
        before,
        "the place holds while rows above come and go"
    );
    window
        .get_by_label_contains("Jump to the newest message")
        .click();
    window.run();
    assert_eq!(places(&window).last().map(|(number, _)| *number), Some(300));
    assert!(
        window
            .query_by_label_contains("Jump to the newest")
            .is_none()
    );
}

#[test]
fn the_wheel_scrolls_smoothly_over_rows_that_were_never_measured() {
    let mut window = main_window(long(2_000));
    let mut before = places(&window);
    for _ in 0..12 {
        scroll(&mut window, 150.0);
        let after = places(&window);
        // A row that is on the screen before and after moves by what the wheel said, and no more.
        let moved = before.iter().find_map(|(number, y)| {
            let (_, new) = after.iter().find(|(other, _)| other == number)?;
            Some(new - y)
        });
        let moved = moved.unwrap();
        assert!((100.0..=200.0).contains(&moved), "{moved}");
        before = after;
    }
}

#[test]
fn older_messages_are_asked_for_once() {
    let mut model = long(30);
    if let Some(conversation) = &mut model.view.conversation {
        conversation.has_older = true;
    }
    let mut window = main_window(model);
    for _ in 0..4 {
        press(&mut window, Key::PageUp);
    }
    window.run_steps(3);
    let asked = window.state_mut().take_ui_commands();
    let loads = asked
        .iter()
        .filter(|command| matches!(command, UiCommand::LoadOlder { .. }));
    assert_eq!(loads.count(), 1, "{asked:?}");
}

#[test]
fn what_was_seen_is_marked_once() {
    let mut model = sample::main_model();
    if let Some(conversation) = &mut model.view.conversation {
        conversation.contact.unread = 1;
    }
    let mut window = main_window(model);
    window.run_steps(3);
    let jid = window.state_mut().main().view.contacts[1].jid.clone();
    let marked = UiCommand::MarkDisplayed { jid, position: 13 };
    assert_eq!(window.state_mut().take_ui_commands(), [marked]);
}

#[test]
fn a_long_text_is_shown_whole_on_demand() {
    let mut model = sample::main_model();
    if let Some(conversation) = &mut model.view.conversation {
        let text = format!("{}the end", "word ".repeat(2_000));
        conversation.messages = [sample::message(0, &text, Some(DeliveryState::Stored))].into();
        (conversation.total_rows, conversation.first_unread_row) = (1, None);
    }
    let mut window = main_window(model);
    let before = window.get_by_label_contains("You at 09:00").rect().height();
    window.get_by_label("Show all").click();
    window.run();
    window.run_steps(2);
    let after = window.get_by_label_contains("You at 09:00").rect().height();
    assert!(after > 2.0 * before, "{before} {after}");
}
