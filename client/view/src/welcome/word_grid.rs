use egui::{Ui, vec2};
use onym_identity::RecoveryPhrase;

use crate::design_tokens::{Palette, TextRole, size};
use crate::text;
use crate::words::Words;

/// The words with their numbers, read down the columns.
pub(crate) fn word_grid_ui(ui: &mut Ui, phrase: &RecoveryPhrase) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
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
            let blanks = [("position", (index + 1).into()), ("word", word.into())];
            let name = words.with("welcome-phrase-word", &blanks);
            egui::WidgetInfo::labeled(egui::Role::Label, true, name)
        });
    }
}
