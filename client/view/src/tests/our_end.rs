use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use onym_client_protocol::view_model::OurEndView;

use super::support::{TestWindow, main_window, press_with, type_into};
use crate::app_model::{MainModel, ViewCommand};
use crate::sample::{self, person};

fn alerts(window: &TestWindow, words: &str) -> bool {
    let mut alerts = window.query_all_by_role(Role::Alert);
    alerts.any(|it| {
        let label = it.accesskit_node().label();
        label.is_some_and(|label| label.contains(words))
    })
}

#[test]
fn the_end_of_our_own_identity_stands_above_everything() {
    let mut window = main_window(sample::main_model());
    assert!(!alerts(&window, "our identity"));
    window.state_mut().main().view.our_end = Some(OurEndView::Revoked);
    window.run();
    assert!(alerts(&window, "You have revoked your identity"));
    let by = "newkey".to_owned();
    window.state_mut().main().view.our_end = Some(OurEndView::Succeeded { by });
    window.run();
    assert!(alerts(&window, "newkey"));
    // Also where the settings stand in the place of everything else.
    press_with(&mut window, Modifiers::COMMAND, Key::Comma);
    window.run();
    assert!(alerts(&window, "newkey"));
}

/// The part of our own page about the end, clicked at.
fn click(window: &mut TestWindow, name: &str) {
    window.get_by_label(name).scroll_to_me();
    window.run();
    window.get_by_label(name).click();
    window.run();
}

fn our_page(model: MainModel) -> TestWindow {
    let mut window = main_window(model);
    window.get_by_label_contains("Open your page").click();
    window.run();
    window.state_mut().commands.clear();
    window
}

#[test]
fn the_identity_is_ended_only_after_a_word_was_typed() {
    let mut window = our_page(person::ourselves());
    let ends = |window: &mut TestWindow| {
        let mut commands = window.state_mut().commands.drain(..);
        commands.any(|it| matches!(it, ViewCommand::EndIdentity))
    };
    click(&mut window, "End this identity now…");
    click(&mut window, "End the identity");
    assert!(!ends(&mut window));
    type_into(&mut window, "Type “end” to confirm", "End");
    click(&mut window, "End the identity");
    assert!(ends(&mut window));
    assert!(window.query_by_label("End the identity").is_none());
}

#[test]
fn a_revocation_is_kept_on_paper_as_long_as_there_is_something_to_end() {
    let mut window = our_page(person::ourselves());
    window
        .get_by_label_contains("Save a revocation to print…")
        .scroll_to_me();
    window.run();
    window
        .get_by_label_contains("Save a revocation to print…")
        .click();
    window.run();
    let commands = &window.state().commands;
    assert!(matches!(commands.last(), Some(ViewCommand::SaveRevocation)));
    let mut ended = person::ourselves();
    ended.view.our_end = Some(OurEndView::Revoked);
    let window = our_page(ended);
    assert!(window.query_by_label("End this identity now…").is_none());
}
