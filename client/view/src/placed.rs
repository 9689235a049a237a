use egui::{Align, Layout, Rect, Ui, UiBuilder};

/// Draws into a rectangle without moving the place where `ui` goes on. (`Ui::scope_builder` would
/// go on below the rectangle, also when that is further up.)
pub(crate) fn placed_ui<R>(
    ui: &mut Ui,
    salt: impl egui::AsIdSalt,
    rect: Rect,
    layout: Layout,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let builder = UiBuilder::new().id_salt(salt).max_rect(rect).layout(layout);
    contents(&mut ui.new_child(builder))
}

/// From the upper left corner down.
pub(crate) fn down() -> Layout {
    Layout::top_down(Align::Min)
}

/// From the right to the left, in the middle of the height.
pub(crate) fn from_right() -> Layout {
    Layout::right_to_left(Align::Center)
}
