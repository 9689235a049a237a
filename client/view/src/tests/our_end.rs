use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use onym_client_protocol::view_model::OurEndView;

use super::support::{TestWindow, main_window, press_with};
use crate::sample;

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
