use egui::text_edit::TextEditState;
use egui::{
    Align, CentralPanel, Context, Frame, Id, Layout, ScrollArea, TextEdit, Ui, UiBuilder, Vec2,
    vec2,
};
use onym_identity::RecoveryPhrase;

use crate::app_model::{ViewCommand, WelcomeModel, WelcomeStep};
use crate::button::{Weight, button_ui, wide_button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::icon;
use crate::text;

/// The field for the words.
const FIELD: &str = "recovery words";

/// The first start.
#[derive(Debug, Default)]
pub(crate) struct WelcomeScreen {
    restore: Option<Restore>,
}

/// The page that takes the words of an identity.
#[derive(Default)]
struct Restore {
    typed: String,
    problem: Option<String>,
    was_focused: bool,
}

impl std::fmt::Debug for Restore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            typed: _,
            problem,
            was_focused,
        } = self;
        f.debug_struct("Restore")
            .field("problem", problem)
            .field("was_focused", was_focused)
            .finish_non_exhaustive()
    }
}

impl Drop for Restore {
    /// Overwrites what was typed. egui has made copies of it while it drew, so this keeps the
    /// time short in which the words stand in memory; it is no promise.
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.typed).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

impl WelcomeScreen {
    /// Forgets what was typed, and what egui remembers to undo it.
    pub(crate) fn forget(&mut self, ctx: &Context) {
        if self.restore.take().is_some() {
            ctx.data_mut(|data| data.remove::<TextEditState>(Id::unique(FIELD)));
        }
    }

    /// Draws the page of the step.
    pub(crate) fn welcome_ui(
        &mut self,
        ui: &mut Ui,
        model: &WelcomeModel,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        CentralPanel::default()
            .frame(Frame::new().fill(palette.window))
            .show(ui, |ui| {
                let width = match model.step {
                    WelcomeStep::Phrase(_) => size::PHRASE_PAGE_WIDTH,
                    _ => size::PAGE_WIDTH,
                };
                page_ui(ui, width, |ui| match &model.step {
                    WelcomeStep::Working { words } => {
                        title_ui(ui, "Onym", words);
                    }
                    WelcomeStep::Phrase(phrase) => phrase_ui(ui, phrase, model, out),
                    WelcomeStep::Choose if self.restore.is_some() => {
                        self.restore_ui(ui, model, out)
                    }
                    WelcomeStep::Choose => self.choose_ui(ui, model, out),
                });
            });
    }

    fn choose_ui(&mut self, ui: &mut Ui, model: &WelcomeModel, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        let words = "A messenger without a company in the middle. Your address is a key that only \
                     you hold, and your messages go from your computer to theirs through Tor.";
        title_ui(ui, "Welcome to Onym", words);
        problem_ui(ui, model.problem.as_deref());
        if wide_button_ui(ui, "Make a new identity", Weight::Main).clicked() {
            out.push(ViewCommand::MakeIdentity);
        }
        if wide_button_ui(ui, "Restore from 24 words", Weight::Quiet).clicked() {
            self.restore = Some(Restore::default());
        }
        ui.add_space(size::GAP_SMALL);
        let hint = "There is no account to register, no phone number and no password to forget. \
                    24 words bring your identity back on any computer.";
        text::label_ui(ui, hint, TextRole::Small, palette.text_secondary);
    }

    fn restore_ui(&mut self, ui: &mut Ui, model: &WelcomeModel, out: &mut Vec<ViewCommand>) {
        let Some(restore) = &mut self.restore else {
            return;
        };
        let palette = Palette::of(ui);
        let words = "Type the 24 words of your identity in their order. Upper and lower case and \
                     line breaks do not matter.";
        title_ui(ui, "Restore your identity", words);
        let field = TextEdit::multiline(&mut restore.typed)
            .id(Id::unique(FIELD))
            .hint_text(text::rich(
                "First word, second word …",
                TextRole::Body,
                palette.text_secondary,
            ))
            .margin(margin::LARGE_FIELD)
            .desired_rows(5)
            .char_limit(RecoveryPhrase::MAX_INPUT_BYTES)
            .desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name("Your 24 words");
        if !std::mem::replace(&mut restore.was_focused, true) {
            response.request_focus();
        }
        if response.changed() {
            restore.problem = None;
        }
        let count = restore.typed.split_whitespace().count();
        let counted = format!("{count} of {} words", RecoveryPhrase::WORDS);
        text::label_ui(ui, counted, TextRole::Small, palette.text_secondary);
        problem_ui(ui, restore.problem.as_deref().or(model.problem.as_deref()));
        if wide_button_ui(ui, "Restore", Weight::Main).clicked() {
            match RecoveryPhrase::parse(&restore.typed) {
                Ok(phrase) => out.push(ViewCommand::RestoreIdentity(phrase)),
                Err(problem) => restore.problem = Some(sentence(&problem.to_string())),
            }
        }
        let is_left = wide_button_ui(ui, "Back", Weight::Quiet).clicked();
        if is_left {
            self.forget(ui.ctx());
        }
    }
}

fn phrase_ui(
    ui: &mut Ui,
    phrase: &RecoveryPhrase,
    model: &WelcomeModel,
    out: &mut Vec<ViewCommand>,
) {
    let words = "Write these 24 words on paper, in this order. They are your identity: whoever \
                 has them is you, and without them nobody can bring it back.";
    title_ui(ui, "Your recovery words", words);
    words_ui(ui, phrase);
    ui.add_space(size::GAP_SMALL);
    problem_ui(ui, model.problem.as_deref());
    ui.vertical_centered(|ui| {
        if button_ui(ui, "I have written them down", Weight::Main).clicked() {
            out.push(ViewCommand::PhraseWrittenDown);
        }
    });
}

/// The words with their numbers, read down the columns.
fn words_ui(ui: &mut Ui, phrase: &RecoveryPhrase) {
    let palette = Palette::of(ui);
    let columns = if ui.available_width() < size::FOUR_COLUMNS_FROM {
        2
    } else {
        4
    };
    let rows = RecoveryPhrase::WORDS.div_ceil(columns);
    let gap = size::GAP_SMALL;
    let all = ui.available_width();
    let cell = vec2(
        (all - gap * (columns as f32 - 1.0)) / columns as f32,
        size::WORD_HEIGHT,
    );
    let height = rows as f32 * (cell.y + gap) - gap;
    let (area, _) = ui.allocate_exact_size(vec2(all, height), egui::Sense::hover());
    for (index, word) in phrase.words().enumerate() {
        let (column, row) = (index / rows, index % rows);
        let offset = vec2(column as f32 * (cell.x + gap), row as f32 * (cell.y + gap));
        let rect = egui::Rect::from_min_size(area.min + offset, cell);
        ui.painter()
            .rect_filled(rect, size::RADIUS_SMALL, palette.field);
        let number = format!("{}", index + 1);
        let galley = text::one_line(ui, &number, TextRole::Small, palette.text_secondary, cell.x);
        let right = rect.left() + size::WORD_NUMBER;
        let at = egui::pos2(
            right - galley.size().x,
            rect.center().y - galley.size().y / 2.0,
        );
        ui.painter().galley(at, galley, palette.text_secondary);
        let galley = text::one_line(
            ui,
            word,
            TextRole::Name,
            palette.text,
            cell.x - size::WORD_NUMBER - size::GAP,
        );
        let at = egui::pos2(
            right + size::GAP_SMALL,
            rect.center().y - galley.size().y / 2.0,
        );
        ui.painter().galley(at, galley, palette.text);
        let response = ui.interact(
            rect,
            ui.scope_id().with(("word", index)),
            egui::Sense::hover(),
        );
        response.widget_info(|| {
            let name = format!("Word {}: {word}", index + 1);
            egui::WidgetInfo::labeled(egui::Role::Label, true, name)
        });
    }
}

/// A page in the middle of the window, which scrolls if the window is small.
fn page_ui(ui: &mut Ui, max_width: f32, contents: impl FnOnce(&mut Ui)) {
    let room = ui.available_rect_before_wrap();
    let width = (room.width() - 2.0 * size::GAP_LARGE).min(max_width);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let top =
            (room.height() * size::PAGE_TOP_FRACTION).clamp(size::GAP_LARGE, size::PAGE_TOP_MAX);
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
}

fn title_ui(ui: &mut Ui, title: &str, words: &str) {
    let palette = Palette::of(ui);
    icon::emblem_ui(ui);
    ui.add_space(size::GAP_TINY);
    text::label_ui(ui, title, TextRole::Title, palette.text);
    text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
    ui.add_space(size::GAP_SMALL);
}

fn problem_ui(ui: &mut Ui, problem: Option<&str>) {
    if let Some(problem) = problem {
        text::label_ui(ui, problem, TextRole::Body, Palette::of(ui).danger);
    }
}

/// An error's words begin small and end without a full stop; on a page they stand alone.
fn sentence(words: &str) -> String {
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
    fn what_was_typed_does_not_show_in_debug() {
        let screen = WelcomeScreen {
            restore: Some(Restore {
                typed: "abandon ability".to_owned(),
                problem: None,
                was_focused: false,
            }),
        };
        let shown = format!("{screen:?} {screen:#?}");
        assert!(
            !shown.contains("abandon") && shown.contains("Restore"),
            "{shown}"
        );
    }

    #[test]
    fn error_words_become_sentences() {
        assert_eq!(sentence("word 3 is wrong"), "Word 3 is wrong.");
        assert_eq!(sentence(""), ".");
    }
}
