use egui::{
    Align, Frame, Id, Key, Layout, Margin, Modifiers, Role, Sense, Stroke, TextEdit, Ui, Vec2,
    WidgetInfo, vec2,
};
use onym_client_protocol::view_model::{UiCommand, ViewModel};

use super::Sidebar;
use super::rows::{Row, rows};
use crate::app_model::ViewCommand;
use crate::bidi::{self, OrderedField};
use crate::button::focus_ring;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::icon::Icon;
use crate::text;
use crate::words::tr;

/// The longest text that is searched, in characters.
const MAX_CHARS: usize = 200;

/// The field that searches.
pub(super) fn field_id() -> Id {
    Id::unique("search contacts")
}

impl Sidebar {
    pub(super) fn search_ui(&mut self, ui: &mut Ui, model: &ViewModel, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        let has_focus = ui.memory(|memory| memory.has_focus(field_id()));
        let ring = if has_focus {
            palette.accent
        } else {
            palette.field
        };
        Frame::new()
            .fill(palette.field)
            .stroke(Stroke::new(size::LINE, ring))
            .corner_radius(size::RADIUS)
            .inner_margin(margin::SEARCH)
            .show(ui, |ui| {
                let row = vec2(ui.available_width(), TextRole::Body.line_height_points());
                let layout = Layout::left_to_right(Align::Center);
                ui.allocate_ui_with_layout(row, layout, |ui| {
                    ui.spacing_mut().item_spacing.x = size::GAP_SMALL;
                    ui.spacing_mut().interact_size.y = row.y;
                    let room = vec2(size::ICON, row.y);
                    let (icon, _) = ui.allocate_exact_size(room, Sense::hover());
                    Icon::Search.paint(ui.painter(), icon.shrink(1.0), palette.text_secondary);
                    self.field_ui(ui, model, out);
                });
            });
        self.follow_filter(out);
    }

    /// Asks for the messages that hold what is in the field.
    pub(super) fn follow_filter(&mut self, out: &mut Vec<ViewCommand>) {
        let text = self.filter.trim();
        if text != self.searched {
            self.searched = text.to_owned();
            let text = text.to_owned();
            out.push(UiCommand::Search { text }.into());
        }
    }

    fn field_ui(&mut self, ui: &mut Ui, model: &ViewModel, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        let hint = tr(ui, "contacts-search-hint");
        let width = match self.filter.is_empty() {
            true => f32::INFINITY,
            false => ui.available_width() - size::ICON - size::GAP_SMALL,
        };
        let goes_down = ui.memory(|memory| memory.has_focus(field_id()))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown));
        let ordered = OrderedField::new(ui, field_id(), &self.filter, false);
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
            bidi::layout_of_line(ui, text.as_str(), TextRole::Body, width)
        };
        let field = TextEdit::singleline(&mut self.filter)
            .id(field_id())
            .layouter(&mut layouter)
            .hint_text(text::rich(hint, TextRole::Body, palette.text_secondary))
            .text_color(palette.text)
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .char_limit(MAX_CHARS)
            .desired_width(width);
        let name = tr(ui, "contacts-search");
        let output = ordered.show(ui, field);
        let response = output.response.response.accessible_name(name);
        if std::mem::take(&mut self.wants_search) {
            response.request_focus();
        }
        if goes_down {
            self.focus_first_row(ui, model);
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            let rows = rows(model, &self.filter, self.shows_archived);
            let first = rows.into_iter().find_map(|row| match row {
                Row::Contact(contact) => Some(contact.jid.clone()),
                _ => None,
            });
            if let Some(jid) = first {
                self.filter.clear();
                self.scroll_to_open = true;
                out.push(UiCommand::OpenConversation { jid }.into());
            }
        }
        if !self.filter.is_empty() && clear_ui(ui) {
            self.filter.clear();
        }
    }
}

/// A small cross, so that the field stays as high as it is. Returns whether it was clicked.
fn clear_ui(ui: &mut Ui) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size::ICON), Sense::click());
    let name = tr(ui, "contacts-search-clear");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    Icon::Cross.paint(ui.painter(), rect.shrink(1.0), palette.text_secondary);
    focus_ring(ui, &response, size::RADIUS_SMALL);
    response.on_hover_text(name).clicked()
}
