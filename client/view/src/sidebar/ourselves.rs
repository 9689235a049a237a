use egui::{Popup, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{Sidebar, Wish};
use crate::app_model::{MainModel, ViewCommand};
use crate::avatar;
use crate::button::{focus_ring, icon_button_ui, menu_item_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::text;
use crate::tor_panel;
use crate::words::{Words, tr};

/// How long the button shows that it has copied, in seconds.
const COPIED_FOR_SECONDS: f64 = 1.5;

impl Sidebar {
    /// Our picture, our name and the connection; a click opens our page.
    pub(super) fn ourselves_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        let view = &model.view;
        let header = vec2(ui.available_width(), size::HEADER);
        let (rect, _) = ui.allocate_exact_size(header, Sense::hover());
        let inner = rect.shrink2(vec2(size::OURSELVES_INSET, 0.0));
        let mut us = inner
            .shrink2(vec2(0.0, size::GAP_TINY))
            .expand2(vec2(size::GAP_SMALL, 0.0));
        us.max.x -= 3.0 * size::ICON_BUTTON;
        let response = ui.interact(us, ui.scope_id().with("ourselves"), Sense::click());
        let words = Words::of(ui);
        let name = match &view.our_name {
            Some(name) => name.clone(),
            None => text::short_jid(&view.our_jid),
        };
        let (state, mood) = tor_panel::summary(&view.connection);
        let state = words.get(state);
        response.widget_info(|| {
            let blanks = [
                ("name", name.as_str().into()),
                ("state", state.as_str().into()),
            ];
            WidgetInfo::labeled(Role::Button, true, words.with("contacts-our-page", &blanks))
        });
        if response.hovered() {
            ui.painter().rect_filled(us, size::RADIUS, palette.hovered);
        }
        focus_ring(ui, &response, size::RADIUS);
        let center = pos2(inner.left() + size::AVATAR_SMALL / 2.0, inner.center().y);
        let picture = view.our_avatar.as_deref();
        avatar::paint_picture(
            ui,
            center,
            size::AVATAR_SMALL,
            &view.our_jid,
            &name,
            picture,
        );
        let left = inner.left() + size::AVATAR_SMALL + size::GAP;
        let lines = Rect::from_min_max(
            pos2(left, rect.center().y - size::TWO_LINES / 2.0),
            pos2(us.right(), rect.center().y + size::TWO_LINES / 2.0),
        );
        let room = lines.width();
        let (role, color) = (TextRole::Name, palette.text);
        let galley = match &view.our_name {
            Some(name) => text::one_line(ui, name, role, color, room),
            None => text::address_line(ui, &view.our_jid, role, color, room),
        };
        ui.painter().galley(lines.min, galley, color);
        let state_left = lines.left() + size::STATE_DOT + size::GAP_LINE;
        let color = match mood {
            tor_panel::Mood::Trouble => palette.danger,
            _ => palette.text_secondary,
        };
        let room = lines.right() - state_left;
        let galley = text::one_line(ui, &state, TextRole::Small, color, room);
        let top = lines.bottom() - galley.size().y;
        let dot = Rect::from_min_max(pos2(lines.left(), top), lines.max);
        tor_panel::mood_dot(ui, dot, mood);
        ui.painter().galley(pos2(state_left, top), galley, color);
        if response.clicked() {
            self.wish = Some(Wish::Ourselves);
        }
        let _hover = response.on_hover_ui(|ui| {
            text::whole_jid_ui(ui, &words.get("contacts-our-address"), &view.our_jid);
        });
        let mut buttons = inner;
        buttons.min.x = us.right();
        buttons.max.x += size::GAP_SMALL;
        placed_ui(ui, "buttons", buttons, placed::from_right(), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let menu = icon_button_ui(ui, Icon::Menu, &tr(ui, "contacts-menu"));
            Popup::menu(&menu).show(|ui| self.menu_ui(ui, model, out));
            if icon_button_ui(ui, Icon::Plus, &tr(ui, "contacts-add")).clicked() {
                self.wish = Some(Wish::AddContact);
            }
            self.copy_button_ui(ui, &view.our_jid);
        });
    }

    fn copy_button_ui(&mut self, ui: &mut Ui, our_jid: &str) {
        let now = ui.input(|input| input.time);
        let left = self
            .copied_at_seconds
            .map_or(0.0, |at| at + COPIED_FOR_SECONDS - now);
        let (icon, name) = if left > 0.0 {
            ui.ctx().request_repaint_after_secs(left as f32);
            (Icon::Check, "contacts-copied")
        } else {
            (Icon::Copy, "contacts-copy-ours")
        };
        if icon_button_ui(ui, icon, &tr(ui, name)).clicked() {
            ui.ctx().copy_text(our_jid.to_owned());
            self.copied_at_seconds = Some(now);
        }
    }

    fn menu_ui(&mut self, ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        ui.set_width(size::MENU_WIDTH);
        ui.spacing_mut().item_spacing.y = size::GAP_MENU;
        let items = [
            ("contacts-menu-ourselves", Wish::Ourselves),
            ("contacts-add", Wish::AddContact),
            ("contacts-menu-invite", Wish::Invite),
            ("contacts-menu-connection", Wish::Connection),
            ("contacts-menu-settings", Wish::Settings),
            ("contacts-menu-keys", Wish::Keys),
        ];
        for (key, wish) in items {
            if menu_item_ui(ui, &tr(ui, key), palette.text).clicked() {
                self.wish = Some(wish);
                ui.close();
            }
        }
        if model.settings.privacy.has_passphrase {
            ui.separator();
            if menu_item_ui(ui, &tr(ui, "contacts-menu-lock"), palette.text).clicked() {
                out.push(ViewCommand::Lock);
                ui.close();
            }
        }
    }
}
