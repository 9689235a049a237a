//! The card of our own page about the move to another onion address.

use egui_kittest::kittest::Queryable as _;

use super::support::{TestWindow, high_window};
use crate::app_model::{MainModel, ViewCommand};
use crate::sample::{self, person};
use crate::view::Place;

fn page(model: MainModel) -> TestWindow {
    let mut window = high_window(model);
    window.get_by_label_contains("Open your page").click();
    window.run();
    window
}

fn says(window: &TestWindow, part: &str) -> bool {
    window.query_all_by_label_contains(part).next().is_some()
}

fn click(window: &mut TestWindow, name: &str) {
    window.get_by_label(name).scroll_to_me();
    window.run();
    window.get_by_label(name).click();
    window.run();
}

fn orders(window: &TestWindow, wanted: &ViewCommand) -> bool {
    let mut orders = window.state().commands.iter();
    orders.any(|it| format!("{it:?}") == format!("{wanted:?}"))
}

#[test]
fn an_announced_move_is_carried_out_now_or_taken_back() {
    let mut window = page(person::about_to_move(true));
    assert!(says(&window, "Your contacts can read of it already"));
    assert!(
        !says(&window, "Move to a new address…"),
        "one move at a time"
    );
    click(&mut window, "Start there now");
    assert!(orders(&window, &ViewCommand::MoveAddress));
    click(&mut window, "Stay here");
    assert!(orders(&window, &ViewCommand::CancelMove));
}

#[test]
fn what_nobody_can_read_yet_is_not_hurried_but_can_be_taken_back() {
    let mut window = page(person::about_to_move(false));
    assert!(says(&window, "as soon as there is a connection"));
    assert!(!says(&window, "Start there now"));
    click(&mut window, "Stay here");
    assert!(orders(&window, &ViewCommand::CancelMove));
}

#[test]
fn after_a_move_those_who_are_missing_are_named() {
    let window = page(person::has_moved());
    assert!(says(&window, "7 contacts have come along"));
    assert!(says(&window, "Not answered yet"));
    // As many as are read, and how many more there are.
    assert!(says(&window, "Contact 12 and 3 more"));
    assert!(!says(&window, "Contact 13"));
    assert!(says(&window, "Not asked"));
    assert!(says(&window, "Move to a new address…"), "and on");
}

#[test]
fn the_pages_are_among_the_screens() {
    for name in ["person-moving", "person-moved"] {
        let screen = sample::screen(name).unwrap();
        assert_eq!(screen.place, Some(Place::Ourselves));
    }
}
