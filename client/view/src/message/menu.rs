use egui::{Id, Popup, PopupCloseBehavior, Pos2, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use onym_client_protocol::view_model::MessageView;

use crate::button::{focus_ring, icon_button_ui, menu_item_ui};
use crate::design_tokens::{Palette, size};
use crate::emoji;
use crate::emoji_picker::{RecentEmoji, paint_emoji};
use crate::icon::Icon;
use crate::message::row::{self, is_failed};
use crate::placed::{self, placed_ui};
use crate::protection::message_mark::is_unreadable;
use crate::talk_icon::TalkIcon;
use crate::words::{Words, tr};

/// So many reactions can be chosen without the picker.
const QUICK_REACTIONS: usize = 6;

/// The menu of a message.
#[derive(Debug, Default)]
pub(crate) struct MessageMenu {
    open: Option<OpenMenu>,
}

#[derive(Debug)]
struct OpenMenu {
    position: u64,
    at: Pos2,
    /// The link that was pressed.
    link: Option<String>,
    is_new: bool,
}

/// What was chosen in the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MenuChoice {
    /// Answer the message.
    Reply,
    /// Add a reaction, or take it back.
    React(String),
    /// Choose a reaction in the picker.
    MoreReactions,
    /// Copy what is selected, or the whole text.
    Copy,
    /// Copy the link that was pressed.
    CopyLink(String),
    /// Correct the message.
    Edit,
    /// Select the whole message.
    Select,
    /// Send the failed message again.
    Resend,
    /// Show the texts before the correction.
    ShowEarlier,
    /// Take the message back.
    Retract,
    /// Delete the message on this device.
    DeleteHere,
}

impl MessageMenu {
    /// Opens the menu of a message.
    pub(crate) fn open(&mut self, position: u64, at: Pos2, link: Option<String>) {
        self.open = Some(OpenMenu {
            position,
            at,
            link,
            is_new: true,
        });
    }

    /// The message whose menu is open, and where.
    pub(crate) fn target(&self) -> Option<(u64, Pos2)> {
        self.open.as_ref().map(|open| (open.position, open.at))
    }

    /// Closes the menu.
    pub(crate) fn close(&mut self) {
        self.open = None;
    }

    /// Draws the menu, if it is open. Returns what was chosen.
    pub(crate) fn message_menu_ui(
        &mut self,
        ui: &Ui,
        message: &MessageView,
        recent: &RecentEmoji,
    ) -> Option<MenuChoice> {
        let open = self.open.as_mut()?;
        let mut stays = true;
        let is_new = std::mem::take(&mut open.is_new);
        let popup = Popup::new(
            Id::unique("message menu"),
            ui.ctx().clone(),
            open.at,
            ui.layer_id(),
        )
        .kind(egui::PopupKind::Menu)
        .layout(egui::Layout::top_down_justified(egui::Align::Min))
        .style(egui::containers::menu::menu_style)
        .close_behavior(if is_new {
            PopupCloseBehavior::IgnoreClicks
        } else {
            PopupCloseBehavior::CloseOnClick
        })
        .open_bool(&mut stays)
        .accessible_name(tr(ui, "message-menu"));
        let link = open.link.clone();
        let choice = popup
            .show(|ui| {
                ui.set_width(size::MENU_WIDTH);
                ui.spacing_mut().item_spacing.y = size::GAP_MENU;
                let reaction = if message.is_retracted || is_unreadable(message) {
                    None
                } else {
                    reactions_ui(ui, message, recent)
                };
                reaction.or(items_ui(ui, message, link, is_new))
            })
            .and_then(|response| response.inner);
        if !stays || choice.is_some() {
            self.open = None;
        }
        choice
    }
}

fn reactions_ui(ui: &mut Ui, message: &MessageView, recent: &RecentEmoji) -> Option<MenuChoice> {
    let palette = Palette::of(ui);
    let mut choice = None;
    let room = vec2(ui.available_width(), size::EMOJI_CELL);
    let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
    let side = rect.width() / (QUICK_REACTIONS + 1) as f32;
    let cell = |index: usize| {
        let min = rect.min + vec2(index as f32 * side, 0.0);
        Rect::from_min_size(min, vec2(side, rect.height()))
    };
    for (index, one) in recent.newest(QUICK_REACTIONS).enumerate() {
        let cell = cell(index);
        let response = ui.interact(
            cell,
            ui.scope_id().with(("quick reaction", index)),
            Sense::click(),
        );
        let is_ours = message
            .reactions
            .iter()
            .any(|reaction| reaction.ours && reaction.emoji == one);
        let name = emoji::name_of(one, Words::of(ui).language());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_ours, name.as_ref()));
        if is_ours || response.hovered() {
            let ground = if is_ours {
                palette.selected
            } else {
                palette.line
            };
            ui.painter()
                .rect_filled(cell.shrink(1.0), size::RADIUS_SMALL, ground);
        }
        focus_ring(ui, &response, size::RADIUS_SMALL);
        paint_emoji(ui, cell, one, size::EMOJI_FONT);
        if response.on_hover_text(name).clicked() {
            choice = Some(MenuChoice::React(one.to_owned()));
        }
    }
    let name = tr(ui, "message-more-reactions");
    let more = Rect::from_center_size(cell(QUICK_REACTIONS).center(), vec2(side, side));
    let button = |ui: &mut Ui| icon_button_ui(ui, Icon::Plus, &name).clicked();
    if placed_ui(ui, "more reactions", more, placed::down(), button) {
        choice = Some(MenuChoice::MoreReactions);
    }
    ui.add_space(size::GAP_TINY);
    choice
}

fn items_ui(
    ui: &mut Ui,
    message: &MessageView,
    link: Option<String>,
    is_new: bool,
) -> Option<MenuChoice> {
    let is_there = !message.is_retracted && !is_unreadable(message);
    let is_failed = is_failed(message);
    let mut items = vec![
        (is_failed, "message-resend", MenuChoice::Resend),
        (is_there && !is_failed, "message-reply", MenuChoice::Reply),
        (is_there, "message-copy", MenuChoice::Copy),
        (message.can_edit, "message-edit", MenuChoice::Edit),
        (
            !message.earlier_texts.is_empty() && is_there,
            "message-show-earlier",
            MenuChoice::ShowEarlier,
        ),
        (true, "message-select", MenuChoice::Select),
    ];
    if let Some(link) = link {
        items.insert(0, (true, "message-copy-link", MenuChoice::CopyLink(link)));
    }
    let palette = Palette::of(ui);
    let mut choice = None;
    let mut is_first = is_new;
    let harmless = items
        .into_iter()
        .map(|(shown, key, choice)| (shown, key, choice, palette.text));
    let harmful = [
        (
            message.can_retract,
            "message-retract",
            MenuChoice::Retract,
            palette.danger,
        ),
        (
            true,
            "message-delete-here",
            MenuChoice::DeleteHere,
            palette.danger,
        ),
    ];
    for (is_shown, key, what, color) in harmless.chain(harmful) {
        if !is_shown {
            continue;
        }
        let response = menu_item_ui(ui, &tr(ui, key), color);
        if std::mem::take(&mut is_first) {
            response.request_focus();
        }
        if response.clicked() {
            choice = Some(what);
        }
    }
    choice
}

/// What was pressed in the bar beside a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarChoice {
    /// Add a reaction.
    React,
    /// Answer.
    Reply,
    /// Open the menu.
    Menu,
}

/// The bar beside the message under the pointer. `bubble` is where the message is, and `column`
/// the room that it may use.
pub(crate) fn hover_bar_ui(
    ui: &mut Ui,
    bubble: Rect,
    column: Rect,
    message: &MessageView,
) -> Option<(BarChoice, Pos2)> {
    let palette = Palette::of(ui);
    let is_there = !message.is_retracted && !is_unreadable(message);
    let items = [
        (
            is_there,
            Icon::Talk(TalkIcon::Smile),
            "message-react",
            BarChoice::React,
        ),
        (
            is_there && !is_failed(message),
            Icon::Talk(TalkIcon::Reply),
            "message-reply",
            BarChoice::Reply,
        ),
        (true, Icon::Menu, "message-menu", BarChoice::Menu),
    ];
    let shown = items.iter().filter(|(is_shown, ..)| *is_shown).count();
    let bar = vec2(shown as f32 * size::ICON_BUTTON, size::ICON_BUTTON);
    let left = if row::is_ours(message) {
        (bubble.left() - bar.x - size::GAP_SMALL).max(column.left())
    } else {
        (bubble.right() + size::GAP_SMALL).min(column.right() - bar.x)
    };
    let top = bubble.top() + (bubble.height().min(36.0) - bar.y) / 2.0;
    let rect = Rect::from_min_size(egui::pos2(left, top), bar);
    let overlaps = rect.intersects(bubble);
    if overlaps {
        ui.painter().rect_filled(rect, size::RADIUS, palette.window);
        let stroke = egui::Stroke::new(size::LINE, palette.line);
        ui.painter()
            .rect_stroke(rect, size::RADIUS, stroke, egui::StrokeKind::Inside);
    }
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    placed_ui(ui, "message bar", rect, layout, |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let mut choice = None;
        for (_, icon, key, what) in items.into_iter().filter(|(is_shown, ..)| *is_shown) {
            let response = icon_button_ui(ui, icon, &tr(ui, key));
            if response.clicked() {
                choice = Some((what, response.rect.left_bottom()));
            }
        }
        choice
    })
}
