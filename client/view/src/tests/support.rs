use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::{AppModel, MainModel, ScreenModel, ThemeChoice, ViewCommand};
use crate::{View, sample};

/// A window with its model, and what came out of it.
pub(super) struct Window {
    pub(super) view: View,
    pub(super) model: AppModel,
    pub(super) commands: Vec<ViewCommand>,
}

impl Window {
    pub(super) fn main(&mut self) -> &mut MainModel {
        match &mut self.model.screen {
            ScreenModel::Main(main) => main,
            other => panic!("{other:?}"),
        }
    }

    /// What the user did for the engine since the last call; drafts apart, which come and go, and what
    /// a page asks for by itself.
    pub(super) fn take_ui_commands(&mut self) -> Vec<UiCommand> {
        self.commands
            .drain(..)
            .filter_map(|command| match command {
                ViewCommand::Ui(UiCommand::SaveDraft { .. } | UiCommand::ShowPerson { .. }) => None,
                ViewCommand::Ui(command) => Some(command),
                _ => None,
            })
            .collect()
    }

    /// The drafts that were kept since the last call.
    pub(super) fn take_drafts(&mut self) -> Vec<String> {
        self.commands
            .drain(..)
            .filter_map(|command| match command {
                ViewCommand::Ui(UiCommand::SaveDraft { text, .. }) => Some(text),
                _ => None,
            })
            .collect()
    }
}

pub(super) type TestWindow = Harness<'static, Window>;

/// A window of this size.
pub(super) fn window_of(screen: ScreenModel, theme: ThemeChoice, size: Vec2) -> TestWindow {
    let window = Window {
        view: View::new(),
        model: sample::app(screen, theme),
        commands: Vec::new(),
    };
    let draw = |ui: &mut egui::Ui, window: &mut Window| {
        let commands = window.view.ui(ui, &window.model);
        window.commands.extend(commands);
    };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(20)
        .with_context_setup(crate::setup)
        .build_ui_state(draw, window);
    harness.run();
    harness
}

/// A window of the usual size.
pub(super) fn window(screen: ScreenModel) -> TestWindow {
    window_of(screen, ThemeChoice::Dark, Vec2::new(1100.0, 720.0))
}

/// A window with the messenger.
pub(super) fn main_window(model: MainModel) -> TestWindow {
    window(ScreenModel::Main(Box::new(model)))
}

/// A window so high that all of the sample's contacts are in it.
pub(super) fn high_window(model: MainModel) -> TestWindow {
    let screen = ScreenModel::Main(Box::new(model));
    window_of(screen, ThemeChoice::Dark, Vec2::new(1100.0, 1200.0))
}

/// Presses a key alone.
pub(super) fn press(window: &mut TestWindow, key: Key) {
    press_with(window, Modifiers::NONE, key);
}

/// Presses a key with others held.
pub(super) fn press_with(window: &mut TestWindow, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run();
}

/// Types into the field of this name.
pub(super) fn type_into(window: &mut TestWindow, name: &str, text: &str) {
    window.get_by_label(name).focus();
    window.run();
    window.get_by_label(name).type_text(text);
    window.run();
}
