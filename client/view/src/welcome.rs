//! The first start: an identity is made or brought back, its words are written down and checked,
//! and the store is protected.

mod bad_settings;
mod passphrase;
mod phrase_check;
mod restore;
mod word_grid;

use egui::{Align, CentralPanel, Context, Frame, Layout, ScrollArea, Ui, UiBuilder, Vec2, vec2};

use crate::app_model::{ViewCommand, WelcomeModel, WelcomeProblem, WelcomeStep, Work};
use crate::button::{Weight, wide_button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::form::note_ui;
use crate::icon;
use crate::text;
use crate::words::{tr, tr_with};

pub(crate) use bad_settings::bad_settings_ui;
pub(crate) use passphrase::PassphraseForm;
pub(crate) use phrase_check::PhraseCheckForm;
pub(crate) use restore::Restore;
pub(crate) use word_grid::word_grid_ui;

/// How many pages a new identity has; the dots above the title count them.
const PAGES: usize = 3;

/// The first start.
#[derive(Debug, Default)]
pub(crate) struct WelcomeScreen {
    restore: Option<Restore>,
    check: PhraseCheckForm,
    passphrase: PassphraseForm,
}

impl WelcomeScreen {
    /// Forgets what was typed, and what egui remembers to undo it.
    pub(crate) fn forget(&mut self, ctx: &Context) {
        if let Some(restore) = self.restore.take() {
            restore.forget(ctx);
        }
        self.check.forget();
        self.passphrase.forget(ctx);
    }

    /// Opens the field for 24 words.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn restore(&mut self) {
        self.restore = Some(Restore::default());
    }

    /// Draws the page of the step.
    pub(crate) fn welcome_ui(
        &mut self,
        ui: &mut Ui,
        model: &WelcomeModel,
        out: &mut Vec<ViewCommand>,
    ) {
        if !matches!(model.step, WelcomeStep::Choose)
            && let Some(restore) = self.restore.take()
        {
            restore.forget(ui.ctx());
        }
        let width = match model.step {
            WelcomeStep::Phrase(_) => size::PHRASE_PAGE_WIDTH,
            _ => size::PAGE_WIDTH,
        };
        page_ui(ui, width, |ui| match &model.step {
            WelcomeStep::Working(work) => working_ui(ui, *work, model, out),
            WelcomeStep::Phrase(phrase) => {
                steps_ui(ui, 1);
                title_ui(ui, "welcome-phrase-title", "welcome-phrase-words");
                word_grid_ui(ui, phrase);
                ui.add_space(size::GAP_SMALL);
                problem_ui(ui, model);
                let words = tr(ui, "welcome-phrase-done");
                if wide_button_ui(ui, &words, Weight::Main).clicked() {
                    out.push(ViewCommand::PhraseWrittenDown);
                }
            }
            WelcomeStep::CheckPhrase(check) => {
                steps_ui(ui, 2);
                title_ui(ui, "welcome-check-title", "welcome-check-words");
                problem_ui(ui, model);
                self.check.phrase_check_ui(ui, check, out);
                if wide_button_ui(ui, &tr(ui, "welcome-check-show"), Weight::Quiet).clicked() {
                    out.push(ViewCommand::ShowPhraseAgain);
                }
                if wide_button_ui(ui, &tr(ui, "welcome-check-skip"), Weight::Plain).clicked() {
                    out.push(ViewCommand::SkipPhraseCheck);
                }
            }
            WelcomeStep::Passphrase { has_keyring } => {
                steps_ui(ui, PAGES);
                title_ui(ui, "welcome-passphrase-title", "welcome-passphrase-words");
                problem_ui(ui, model);
                self.passphrase.passphrase_ui(ui, *has_keyring, out);
            }
            WelcomeStep::Choose => match &mut self.restore {
                Some(restore) => {
                    title_ui(ui, "welcome-restore-title", "welcome-restore-words");
                    let button = tr(ui, "welcome-restore-do");
                    let problem = problem_words(ui, model);
                    let is_left = restore.restore_ui(ui, &button, problem.as_deref(), out);
                    if is_left && let Some(restore) = self.restore.take() {
                        restore.forget(ui.ctx());
                    }
                }
                None => self.choose_ui(ui, model, out),
            },
        });
    }

    fn choose_ui(&mut self, ui: &mut Ui, model: &WelcomeModel, out: &mut Vec<ViewCommand>) {
        title_ui(ui, "welcome-choose-title", "welcome-choose-words");
        problem_ui(ui, model);
        if wide_button_ui(ui, &tr(ui, "welcome-choose-make"), Weight::Main).clicked() {
            out.push(ViewCommand::MakeIdentity);
        }
        if wide_button_ui(ui, &tr(ui, "welcome-choose-restore"), Weight::Quiet).clicked() {
            self.restore = Some(Restore::default());
        }
        ui.add_space(size::GAP_SMALL);
        note_ui(ui, &tr(ui, "welcome-choose-hint"));
    }
}

fn working_ui(ui: &mut Ui, work: Work, model: &WelcomeModel, out: &mut Vec<ViewCommand>) {
    if model.problem.is_some() {
        title_ui(ui, "welcome-stopped-title", "welcome-stopped-words");
        problem_ui(ui, model);
        if wide_button_ui(ui, &tr(ui, "welcome-stopped-quit"), Weight::Quiet).clicked() {
            out.push(ViewCommand::Quit);
        }
        return;
    }
    let words = match work {
        Work::MakingKeys => "welcome-working-keys",
        Work::Sealing => "welcome-working-sealing",
        Work::Starting => "welcome-working-starting",
        Work::AskingKeyring => "welcome-working-keyring",
    };
    title_ui(ui, "welcome-working-title", words);
    if work == Work::AskingKeyring {
        let words = tr(ui, "welcome-working-no-keyring");
        if wide_button_ui(ui, &words, Weight::Quiet).clicked() {
            out.push(ViewCommand::CancelKeyring);
        }
    }
}

fn problem_ui(ui: &mut Ui, model: &WelcomeModel) {
    if let Some(words) = problem_words(ui, model) {
        crate::form::problem_ui(ui, &words);
    }
}

fn problem_words(ui: &Ui, model: &WelcomeModel) -> Option<String> {
    Some(match model.problem.as_ref()? {
        WelcomeProblem::NotSaved(why) => tr_with(
            ui,
            "welcome-problem-not-saved",
            &[("why", why.as_str().into())],
        ),
        WelcomeProblem::CannotStart(why) => sentence(why),
    })
}

/// A page in the middle of the window, which scrolls if the window is small.
pub(crate) fn page_ui(ui: &mut Ui, max_width: f32, contents: impl FnOnce(&mut Ui)) {
    let ground = Frame::new().fill(Palette::of(ui).window);
    CentralPanel::default().frame(ground).show(ui, |ui| {
        let room = ui.available_rect_before_wrap();
        let width = (room.width() - 2.0 * size::GAP_LARGE).min(max_width);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let top = (room.height() * size::PAGE_TOP_FRACTION)
                .clamp(size::GAP_LARGE, size::PAGE_TOP_MAX);
            let min = egui::pos2(room.center().x - width / 2.0, ui.cursor().top() + top);
            let rect = egui::Rect::from_min_size(min, vec2(width, room.height()));
            let area = UiBuilder::new()
                .max_rect(rect)
                .layout(Layout::top_down(Align::Min));
            ui.scope_builder(area, |ui| {
                ui.spacing_mut().item_spacing = Vec2::splat(size::GAP);
                contents(ui);
            });
            ui.add_space(size::GAP_PAGE);
        });
    });
}

/// Which page of how many this is.
fn steps_ui(ui: &mut Ui, page: usize) {
    let blanks = [("page", page.into()), ("pages", PAGES.into())];
    note_ui(ui, &tr_with(ui, "welcome-steps", &blanks));
}

/// The emblem, a title and a sentence.
pub(crate) fn title_ui(ui: &mut Ui, title: &str, words: &str) {
    let palette = Palette::of(ui);
    icon::emblem_ui(ui);
    ui.add_space(size::GAP_TINY);
    text::label_ui(ui, tr(ui, title), TextRole::Title, palette.text);
    text::label_ui(ui, tr(ui, words), TextRole::Body, palette.text_secondary);
    ui.add_space(size::GAP_SMALL);
}

/// An error's words begin small and end without a full stop; on a page they stand alone.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    let end = if words.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_words_become_sentences() {
        assert_eq!(sentence("word 3 is wrong"), "Word 3 is wrong.");
        assert_eq!(sentence(""), ".");
    }
}
