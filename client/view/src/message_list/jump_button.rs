use egui::{Align2, Color32, Pos2, Rect, Ui, vec2};
use onym_client_protocol::view_model::{ConversationView, JumpTarget, UiCommand};

use super::MessageList;
use crate::app_model::ViewCommand;
use crate::button::icon_button_of_ui;
use crate::design_tokens::{Palette, TextRole, size};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::text;
use crate::words::{tr, tr_with};

impl MessageList {
    /// A button over the list that leads to the newest message, with the number of new ones.
    pub(super) fn jump_button_ui(
        &mut self,
        ui: &mut Ui,
        full: Rect,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        let side = size::JUMP_BUTTON;
        let corner = full.right_bottom() - vec2(size::GAP_LARGE + side, size::GAP + side);
        let rect = Rect::from_min_size(corner, vec2(side, side));
        let unread = conversation.contact.unread;
        let name = match unread {
            0 => tr(ui, "conversation-to-newest"),
            count => tr_with(
                ui,
                "conversation-to-newest-with-count",
                &[("count", count.into())],
            ),
        };
        let shadow = palette.backdrop.gamma_multiply(0.35);
        ui.painter()
            .circle_filled(rect.center() + vec2(0.0, 1.0), side / 2.0 + 1.5, shadow);
        ui.painter()
            .circle_filled(rect.center(), side / 2.0, palette.field);
        let ground = Some((palette.field, palette.line));
        let inner =
            Rect::from_center_size(rect.center(), vec2(size::ICON_BUTTON, size::ICON_BUTTON));
        let button = |ui: &mut Ui| icon_button_of_ui(ui, Icon::Down, &name, palette.text, ground);
        if placed_ui(ui, "jump", inner, placed::down(), button).clicked() {
            self.go_to_newest(conversation, out);
            ui.ctx().request_repaint();
        }
        if unread > 0 {
            badge(ui, rect.center_top(), Align2::CENTER_CENTER, unread);
        }
    }

    /// Goes to the newest message, which may not be loaded.
    pub(crate) fn go_to_newest(
        &mut self,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        let loaded_to = conversation.first_row + conversation.messages.len() as u64;
        if loaded_to < conversation.total_rows {
            let jid = conversation.contact.jid.clone();
            let target = JumpTarget::Latest;
            out.push(UiCommand::JumpTo { jid, target }.into());
        }
        self.jump_to_end();
    }
}

/// Draws a number in a filled pill; returns its width.
pub(crate) fn badge(ui: &Ui, at: Pos2, align: Align2, count: u64) -> f32 {
    let palette = Palette::of(ui);
    let words = if count > 99 {
        "99+".to_owned()
    } else {
        count.to_string()
    };
    let galley = text::one_line(
        ui,
        &words,
        TextRole::Badge,
        palette.text_on_fill,
        f32::INFINITY,
    );
    let width = (galley.size().x + size::BADGE_PADDING).max(size::BADGE);
    let pill = align.anchor_size(at, vec2(width, size::BADGE));
    ui.painter()
        .rect_filled(pill, size::BADGE / 2.0, palette.accent_fill);
    let at = pill.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, Color32::PLACEHOLDER);
    width
}
