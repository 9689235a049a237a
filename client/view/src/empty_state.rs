use egui::{Align, Layout, Ui, Vec2};

use crate::design_tokens::{Palette, TextRole, size};
use crate::placed::placed_ui;
use crate::text;

/// Says in the middle of the room what there is to do, with the buttons to do it.
pub(crate) fn empty_state_ui<R>(
    ui: &mut Ui,
    title: &str,
    words: &str,
    actions: impl FnOnce(&mut Ui) -> R,
) -> R {
    let palette = Palette::of(ui);
    let room = ui.available_rect_before_wrap();
    let width = (room.width() - 2.0 * size::GAP_LARGE).min(size::PAGE_WIDTH);
    let top = room.top() + (room.height() * size::EMPTY_TOP_FRACTION).max(0.0);
    let rect = egui::Rect::from_min_max(
        egui::pos2(room.center().x - width / 2.0, top),
        egui::pos2(room.center().x + width / 2.0, room.bottom()),
    );
    placed_ui(ui, title, rect, Layout::top_down(Align::Center), |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(size::GAP_SMALL);
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
        ui.add_space(size::GAP_SMALL);
        actions(ui)
    })
}
