//! Every screen, in both languages and both themes: everything has a name, nothing is out of
//! reach, and nothing moves when nobody does anything.

use egui::accesskit::{Node, Role};
use egui::{Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;

use super::support::Window;
use crate::app_model::{Language, ThemeChoice};
use crate::{View, sample};

fn opened(
    name: &str,
    language: Language,
    theme: ThemeChoice,
    size: Vec2,
) -> Harness<'static, Window> {
    let screen = sample::screen(name).unwrap();
    let mut window = Window {
        view: View::new(),
        model: screen.model,
        commands: Vec::new(),
    };
    window.model.language = language;
    window.model.theme = theme;
    if let Some(place) = &screen.place {
        window.view.open(place, &window.model);
    }
    let draw = |ui: &mut egui::Ui, window: &mut Window| {
        let commands = window.view.ui(ui, &window.model);
        window.commands.extend(commands);
    };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(20)
        .with_context_setup(crate::setup)
        .build_ui_state(draw, window);
    // Fails if the window still asks for frames at once after these steps.
    harness.run();
    harness
}

fn is_control(node: &Node) -> bool {
    matches!(
        node.role(),
        Role::Button
            | Role::CheckBox
            | Role::RadioButton
            | Role::TextInput
            | Role::MultilineTextInput
            | Role::PasswordInput
            | Role::ListBoxOption
            | Role::Link
            | Role::Image
            | Role::ProgressIndicator
    )
}

fn check(name: &str, language: Language, theme: ThemeChoice, size: Vec2) {
    let harness = opened(name, language, theme, size);
    let place = format!("{name}, {language:?}, {size:?}");
    let mut words = 0;
    for node in harness.root().children_recursive() {
        let accessible = node.accesskit_node();
        let label = accessible
            .label()
            .or_else(|| accessible.value())
            .unwrap_or_default();
        words += usize::from(!label.is_empty());
        let data = accessible.data();
        assert!(
            !is_control(data) || !label.trim().is_empty(),
            "{place}: a control without a name: {data:?}"
        );
        let looks_like_key = label.contains('-')
            && label
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '-')
            && label.len() > 8;
        assert!(!looks_like_key, "{place}: {label} is the name of a text");
        if is_control(data) {
            let rect = node.rect();
            assert!(
                rect.left() >= -0.5 && rect.right() <= size.x + 0.5,
                "{place}: {label:?} at {rect:?}"
            );
        }
    }
    assert!(words > 1, "{place} is empty");
}

#[test]
fn in_english() {
    for name in sample::SCREENS {
        let size = vec2(1100.0, 720.0);
        check(name, Language::English, ThemeChoice::Dark, size);
    }
}

#[test]
fn in_german() {
    for name in sample::SCREENS {
        let size = vec2(1100.0, 720.0);
        check(name, Language::German, ThemeChoice::Light, size);
    }
}

#[test]
fn in_a_narrow_window() {
    for name in sample::SCREENS {
        let size = vec2(420.0, 600.0);
        check(name, Language::German, ThemeChoice::Dark, size);
    }
}

#[test]
fn every_name_has_a_screen() {
    for name in sample::SCREENS {
        assert!(sample::screen(name).is_some(), "{name}");
    }
    assert!(sample::screen("nothing").is_none());
}
