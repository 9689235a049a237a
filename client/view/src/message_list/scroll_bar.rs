use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::place::Placed;
use crate::design_tokens::{Palette, size};
use crate::message_list::row_heights::RowHeights;
use crate::words::tr;

/// The bar at the right of the messages. It shows where in all of the conversation the screen is,
/// loaded or not.
#[derive(Debug, Default)]
pub(super) struct ScrollBar {
    /// How far below the top of the handle it is held, in points.
    held_at: Option<f32>,
}

impl ScrollBar {
    /// Draws the bar. Returns where the upper edge of the screen shall go, from the first row,
    /// when the bar was moved.
    pub(super) fn scroll_bar_ui(
        &mut self,
        ui: &mut Ui,
        full: Rect,
        heights: &RowHeights,
        first: Option<&Placed>,
    ) -> Option<f64> {
        let room = heights.total() - f64::from(full.height());
        if room <= 0.0 {
            self.held_at = None;
            return None;
        }
        let track = Rect::from_min_max(
            pos2(full.right() - size::SCROLL_BAR, full.top()),
            full.right_bottom(),
        )
        .shrink2(vec2(0.0, 2.0));
        let y = first.map_or(0.0, |first| heights.top(first.row) - f64::from(first.y));
        let part = (f64::from(full.height()) / heights.total()) as f32;
        let handle_height = (track.height() * part).max(size::SCROLL_HANDLE_MIN);
        let slack = (track.height() - handle_height).max(1.0);
        let top = track.top() + slack * (y / room).clamp(0.0, 1.0) as f32;
        let response = ui.interact(
            track,
            ui.scope_id().with("scroll bar"),
            Sense::CLICK | Sense::DRAG,
        );
        let name = tr(ui, "conversation-scroll-bar");
        response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, &name));
        let is_hot = response.hovered() || response.dragged();
        let width = if is_hot {
            size::SCROLL_BAR - 3.0
        } else {
            size::SCROLL_BAR_THIN
        };
        let handle = Rect::from_min_size(
            pos2(track.right() - width - 2.0, top),
            vec2(width, handle_height),
        );
        let palette = Palette::of(ui);
        let strength = if is_hot { 0.7 } else { 0.3 };
        let color = palette.text_secondary.gamma_multiply(strength);
        ui.painter().rect_filled(handle, width / 2.0, color);
        let pointer = response.interact_pointer_pos();
        if let Some(pointer) = pointer.filter(|_| response.is_pointer_button_down_on()) {
            let held_at = *self.held_at.get_or_insert_with(|| {
                let inside = pointer.y - top;
                let is_inside = (0.0..=handle_height).contains(&inside);
                if is_inside {
                    inside
                } else {
                    handle_height / 2.0
                }
            });
            let wanted = (pointer.y - held_at - track.top()) / slack;
            return Some(f64::from(wanted.clamp(0.0, 1.0)) * room);
        }
        self.held_at = None;
        None
    }
}
