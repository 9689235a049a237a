use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use onym_client_protocol::view_model::{ContactView, MessageView};

use crate::button::icon_button_ui;
use crate::design_tokens::{Palette, TextRole, size};
use crate::icon::Icon;
use crate::message::row::is_ours;
use crate::placed::{self, placed_ui};
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{tr, tr_with};

/// What the text in the field answers or corrects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// It answers this message.
    Reply(MessageView),
    /// It corrects this message.
    Edit(MessageView),
}

impl Subject {
    /// Draws the bar above the field. Returns whether it was closed.
    pub(super) fn subject_ui(&self, ui: &mut Ui, contact: &ContactView) -> bool {
        let palette = Palette::of(ui);
        let (icon, title, message) = match self {
            Self::Edit(message) => (TalkIcon::Pencil, tr(ui, "composer-editing"), message),
            Self::Reply(message) if is_ours(message) => {
                (TalkIcon::Reply, tr(ui, "composer-reply-to-self"), message)
            }
            Self::Reply(message) => {
                let name = contact.name.as_str();
                let title = tr_with(ui, "composer-reply-to", &[("name", name.into())]);
                (TalkIcon::Reply, title, message)
            }
        };
        let room = vec2(ui.available_width(), size::REPLY_BAR);
        let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
        let quote = text::single_line(&message.text);
        response
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{title}: {quote}")));
        let square = Rect::from_min_size(rect.min, vec2(size::ICON, rect.height()));
        Icon::Talk(icon).paint(ui.painter(), square, palette.accent);
        let bar_x = square.right() + size::GAP;
        let bar = Rect::from_x_y_ranges(
            bar_x..=bar_x + size::QUOTE_BAR,
            rect.top() + 4.0..=rect.bottom() - 4.0,
        );
        ui.painter().rect_filled(bar, 1.0, palette.quote_bar);
        let left = bar.right() + size::GAP_SMALL;
        let width = rect.right() - size::ICON_BUTTON - left;
        let title = text::one_line(ui, &title, TextRole::SmallName, palette.accent, width);
        let quote = text::one_line(ui, &quote, TextRole::Small, palette.text_secondary, width);
        let middle = rect.center().y;
        ui.painter()
            .galley(pos2(left, middle - title.size().y), title, palette.accent);
        ui.painter()
            .galley(pos2(left, middle), quote, palette.text_secondary);
        let side = vec2(size::ICON_BUTTON, size::ICON_BUTTON);
        let close = Rect::from_center_size(pos2(rect.right() - side.x / 2.0, middle), side);
        let name = tr(ui, "conversation-cancel");
        let button = |ui: &mut Ui| icon_button_ui(ui, Icon::Cross, &name).clicked();
        placed_ui(ui, "cancel", close, placed::down(), button)
    }
}
