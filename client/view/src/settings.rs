//! The settings: parts to the left, one of them to the right; in a narrow window one of the two.

mod about;
mod appearance;
mod data;
mod devices;
mod encryption;
mod invites;
mod privacy;
mod program;

use egui::{
    CentralPanel, Context, Frame, Panel, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::app_model::{MainModel, ViewCommand};
use crate::button::{focus_ring, icon_button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::form;
use crate::icon::Icon;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::tor_panel::BridgesForm;
use crate::view::Look;
use crate::words::{Clock, tr};

pub(crate) use appearance::TEXT_SIZES;
use data::DataForms;
use devices::DeviceForm;
pub(crate) use encryption::this_device_ui;
use invites::InvitePageForm;
use privacy::PassphraseForms;

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Part {
    /// How the window looks.
    #[default]
    Appearance,
    /// What notifications show.
    Notifications,
    /// When the program runs.
    Start,
    /// What others learn, and what protects the store.
    Privacy,
    /// What protects messages, and our devices.
    Encryption,
    /// Bridges.
    Tor,
    /// Work on all data.
    Data,
    /// Other clients of the user.
    Devices,
    /// The program itself.
    About,
}

const PARTS: [(Part, Icon, &str); 9] = [
    (Part::Appearance, Icon::Contrast, "settings-appearance"),
    (Part::Notifications, Icon::Bell, "settings-notifications"),
    (Part::Start, Icon::Power, "settings-start"),
    (Part::Privacy, Icon::Lock, "settings-privacy"),
    (
        Part::Encryption,
        Icon::Talk(TalkIcon::Shield),
        "settings-encryption",
    ),
    (Part::Tor, Icon::Globe, "settings-tor"),
    (Part::Devices, Icon::Device, "settings-devices"),
    (Part::Data, Icon::Archive, "settings-data"),
    (Part::About, Icon::Info, "settings-about"),
];

/// The settings, and what the user has typed into their forms.
#[derive(Debug, Default)]
pub(crate) struct SettingsScreen {
    /// The open part; nothing shows their list in a narrow window.
    part: Option<Part>,
    passphrases: PassphraseForms,
    data: DataForms,
    device: DeviceForm,
    bridges: BridgesForm,
    invite_page: InvitePageForm,
}

impl SettingsScreen {
    /// With this part open.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn at(index: usize) -> Self {
        Self {
            part: PARTS.get(index).map(|(part, ..)| *part),
            ..Self::default()
        }
    }

    /// With our devices open.
    pub(crate) fn of_devices() -> Self {
        Self {
            part: Some(Part::Encryption),
            ..Self::default()
        }
    }

    /// Forgets secrets that were typed.
    pub(crate) fn forget(&mut self, ctx: &Context) {
        self.passphrases.forget(ctx);
        self.data.forget(ctx);
        self.device = DeviceForm::default();
        self.part = None;
    }

    /// Draws the screen. Returns whether the user leaves it.
    pub(crate) fn settings_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        look: Look,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let palette = Palette::of(ui);
        let is_narrow = ui.available_width() < size::ONE_PANE_BELOW;
        let mut is_left = false;
        let list = Frame::new().fill(palette.sidebar);
        let page = Frame::new().fill(palette.window);
        if is_narrow && self.part.is_none() {
            CentralPanel::default().frame(list).show(ui, |ui| {
                is_left = self.list_ui(ui, None);
            });
            return is_left;
        }
        let part = self.part.unwrap_or_default();
        if !is_narrow {
            Panel::left("settings parts")
                .frame(list)
                .exact_size(size::SETTINGS_LIST)
                .resizable(false)
                .show(ui, |ui| is_left = self.list_ui(ui, Some(part)));
        }
        CentralPanel::default().frame(page).show(ui, |ui| {
            let title = PARTS.iter().find(|(known, ..)| *known == part);
            let title = title.map_or_else(String::new, |(_, _, key)| tr(ui, key));
            if page_header_ui(ui, &title, is_narrow) {
                self.part = None;
            }
            let salt = title.as_str();
            form::column_ui(ui, salt, size::COLUMN_WIDTH, |ui| {
                self.part_ui(ui, part, model, look, dialog, out);
            });
        });
        is_left
    }

    fn part_ui(
        &mut self,
        ui: &mut Ui,
        part: Part,
        model: &MainModel,
        look: Look,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let settings = &model.settings;
        match part {
            Part::Appearance => appearance::appearance_ui(ui, settings.appearance, look, out),
            Part::Notifications => program::notifications_ui(ui, settings.notifications, out),
            Part::Start => program::start_ui(ui, settings.start, out),
            Part::Privacy => {
                let blocked = &model.view.blocked;
                self.passphrases
                    .privacy_ui(ui, &settings.privacy, blocked, out);
                self.invite_page.page_ui(ui, &settings.invite_page, out);
            }
            Part::Encryption => encryption::encryption_ui(ui, &model.view, dialog, out),
            Part::Tor => self.bridges.bridges_ui(ui, &settings.tor, out),
            Part::Data => self.data.data_ui(ui, settings.data, dialog, out),
            Part::Devices => {
                let clock = Clock::of(&model.view);
                self.device.devices_ui(ui, settings, clock, dialog, out);
            }
            Part::About => about::about_ui(ui, &settings.about),
        }
    }

    /// Draws the list of parts. Returns whether the user leaves the settings.
    fn list_ui(&mut self, ui: &mut Ui, open: Option<Part>) -> bool {
        let is_left = page_header_ui(ui, &tr(ui, "settings-title"), true);
        Frame::new().inner_margin(margin::LIST).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = size::GAP_MENU;
            for (part, icon, key) in PARTS {
                if part_row_ui(ui, icon, &tr(ui, key), open == Some(part)) {
                    self.part = Some(part);
                }
            }
        });
        is_left
    }
}

/// The title of a page, with a way back if `has_back`. Returns whether the user goes back.
pub(crate) fn page_header_ui(ui: &mut Ui, title: &str, has_back: bool) -> bool {
    let palette = Palette::of(ui);
    let room = vec2(ui.available_width(), size::HEADER);
    let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
    let line = egui::Stroke::new(size::LINE, palette.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - size::LINE / 2.0, line);
    let mut left = rect.left() + size::GAP_LARGE;
    let mut is_left = false;
    if has_back {
        let corner = pos2(
            rect.left() + size::GAP_SMALL,
            rect.center().y - size::ICON_BUTTON / 2.0,
        );
        let place = Rect::from_min_size(corner, Vec2::splat(size::ICON_BUTTON));
        let back = tr(ui, "settings-back");
        let button = |ui: &mut Ui| icon_button_ui(ui, Icon::Back, &back).clicked();
        let down = crate::placed::down();
        is_left = crate::placed::placed_ui(ui, ("back", title), place, down, button);
        left = place.right() + size::GAP_TINY;
    }
    let room = rect.right() - left - size::GAP;
    let galley = text::one_line(ui, title, TextRole::Heading, palette.text, room);
    let at = pos2(left, rect.center().y - galley.size().y / 2.0);
    let place = Rect::from_min_size(at, galley.size());
    ui.painter().galley(at, galley, palette.text);
    let response = ui.interact(place, ui.scope_id().with(("title", title)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    is_left
}

fn part_row_ui(ui: &mut Ui, icon: Icon, words: &str, is_open: bool) -> bool {
    let palette = Palette::of(ui);
    let room = vec2(ui.available_width(), size::ROW_MIN);
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, words));
    let ground = if is_open {
        palette.selected
    } else if response.hovered() {
        palette.hovered
    } else {
        palette.sidebar
    };
    ui.painter().rect_filled(rect, size::RADIUS, ground);
    let middle = pos2(rect.left() + size::GAP + size::ICON / 2.0, rect.center().y);
    let place = Rect::from_center_size(middle, Vec2::splat(size::ICON));
    let color = if is_open {
        palette.accent
    } else {
        palette.text_secondary
    };
    icon.paint(ui.painter(), place, color);
    let left = place.right() + size::GAP;
    let role = if is_open {
        TextRole::Name
    } else {
        TextRole::Body
    };
    let galley = text::one_line(
        ui,
        words,
        role,
        palette.text,
        rect.right() - left - size::GAP,
    );
    let at = pos2(left, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text);
    focus_ring(ui, &response, size::RADIUS);
    response.clicked()
}
