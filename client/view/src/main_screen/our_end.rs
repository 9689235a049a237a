//! Stands across the window while our own identity counts no more.

use egui::{Frame, Panel, Role, Ui, WidgetInfo};
use onym_client_protocol::view_model::OurEndView;

use crate::design_tokens::{Palette, TextRole, margin};
use crate::text;
use crate::words::Words;

/// Says so, above everything else, for as long as it is so.
pub(crate) fn our_end_ui(ui: &mut Ui, end: Option<&OurEndView>) {
    let Some(end) = end else {
        return;
    };
    let palette = Palette::of(ui);
    let said = words_of(Words::of(ui), end);
    let frame = Frame::new()
        .fill(palette.danger_fill)
        .inner_margin(margin::BANNER);
    Panel::top("ended").frame(frame).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            let label = text::label_ui(ui, &said, TextRole::Name, palette.text_on_fill);
            label.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &said));
        });
    });
}

fn words_of(words: Words, end: &OurEndView) -> String {
    match end {
        OurEndView::Revoked => words.get("our-end-revoked"),
        OurEndView::Succeeded { by } => {
            words.with("our-end-succeeded", &[("key", by.as_str().into())])
        }
    }
}
