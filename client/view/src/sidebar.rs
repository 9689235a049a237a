use egui::{
    Align, Frame, Id, Key, Layout, Margin, Popup, Rect, ScrollArea, Stroke, TextEdit, Ui, pos2,
    vec2,
};
use onym_client_protocol::view_model::{
    ConnectionState, ContactView, RequestView, UiCommand, ViewModel,
};

use crate::add_contact::AddContactForm;
use crate::app_model::{ThemeChoice, ViewCommand};
use crate::avatar;
use crate::button::{Weight, button_ui, icon_button_ui, menu_choice_ui, menu_item_ui};
use crate::connection_strip::{connection_strip_ui, summary};
use crate::contact_row::contact_row_ui;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::text;

/// How many requests are shown before the user asks for the others: strangers may send many.
const SHOWN_REQUESTS: usize = 2;

/// How long the button shows that it has copied, in seconds.
const COPIED_FOR_SECONDS: f64 = 1.5;

/// The left side: ourselves, the connection, requests and contacts.
#[derive(Debug, Default)]
pub(crate) struct Sidebar {
    filter: String,
    form: Option<AddContactForm>,
    shows_all_requests: bool,
    wants_search: bool,
    scroll_to_open: bool,
    /// When our address was copied, in seconds of egui's clock.
    copied_at_seconds: Option<f64>,
    /// Whether the menu asked for the sheet with the keys.
    pub(crate) wants_keys: bool,
}

/// The contacts that a filter lets through: those whose name or address contains it.
fn filtered<'a>(model: &'a ViewModel, filter: &str) -> Vec<&'a ContactView> {
    let wanted = filter.trim().to_lowercase();
    let is_wanted = |contact: &&ContactView| {
        wanted.is_empty()
            || contact.name.to_lowercase().contains(&wanted)
            || contact.jid.contains(&wanted)
    };
    model.contacts.iter().filter(is_wanted).collect()
}

fn search_id() -> Id {
    Id::unique("search contacts")
}

fn is_request(contact: &ContactView) -> bool {
    matches!(contact.request, RequestView::Incoming { .. })
}

impl Sidebar {
    /// To the field that filters contacts.
    pub(crate) fn search(&mut self) {
        self.wants_search = true;
    }

    /// Opens the form for a new contact.
    pub(crate) fn add_contact(&mut self) {
        self.form = Some(AddContactForm::default());
    }

    /// Leaves the form or the filter. Returns whether there was something to leave.
    pub(crate) fn leave(&mut self, ui: &Ui) -> bool {
        if self.form.take().is_some() {
            return true;
        }
        let had_filter = !self.filter.is_empty();
        self.filter.clear();
        // Esc has taken the focus away already.
        let was_searching = ui.memory(|memory| memory.had_focus_last_frame(search_id()));
        had_filter || was_searching
    }

    /// Opens the conversation so many rows below the open one, of those that are listed.
    pub(crate) fn switch(&mut self, model: &ViewModel, step: isize, out: &mut Vec<ViewCommand>) {
        let mut rows = filtered(model, &self.filter);
        rows.retain(|contact| !is_request(contact));
        let open = model
            .conversation
            .as_ref()
            .map(|open| open.contact.jid.as_str());
        let at = rows
            .iter()
            .position(|contact| Some(contact.jid.as_str()) == open);
        let target = match at {
            Some(at) => at.checked_add_signed(step),
            None if step > 0 => Some(0),
            None => rows.len().checked_sub(1),
        };
        if let Some(contact) = target.and_then(|target| rows.get(target)) {
            let jid = contact.jid.clone();
            out.push(UiCommand::OpenConversation { jid }.into());
            self.scroll_to_open = true;
        }
    }

    /// Draws the left side.
    pub(crate) fn sidebar_ui(
        &mut self,
        ui: &mut Ui,
        model: &ViewModel,
        theme: ThemeChoice,
        out: &mut Vec<ViewCommand>,
    ) {
        self.ourselves_ui(ui, model, theme, out);
        Frame::new()
            .inner_margin(margin::ABOVE_LIST)
            .show(ui, |ui| {
                connection_strip_ui(ui, &model.connection, out);
                self.search_ui(ui, model, out);
                if let Some(form) = &mut self.form
                    && form.add_contact_ui(ui, out)
                {
                    self.form = None;
                }
            });
        self.list_ui(ui, model, out);
    }

    fn ourselves_ui(
        &mut self,
        ui: &mut Ui,
        model: &ViewModel,
        theme: ThemeChoice,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        let header = vec2(ui.available_width(), size::HEADER);
        let (rect, _) = ui.allocate_exact_size(header, egui::Sense::hover());
        let inner = rect.shrink2(vec2(size::OURSELVES_INSET, 0.0));
        let center = pos2(inner.left() + size::AVATAR_SMALL / 2.0, inner.center().y);
        avatar::paint(
            ui,
            center,
            size::AVATAR_SMALL,
            &model.our_jid,
            &model.our_jid,
        );
        let mut words = inner;
        words.min.x += size::AVATAR_SMALL + size::GAP;
        words.max.x -= 2.0 * size::ICON_BUTTON + size::GAP_TINY;
        let words = Rect::from_center_size(words.center(), vec2(words.width(), size::TWO_LINES));
        placed_ui(ui, "ourselves", words, placed::down(), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = text::short_jid(&model.our_jid);
            text::line_ui(ui, &name, TextRole::Name, palette.text)
                .on_hover_ui(|ui| text::whole_jid_ui(ui, "Your address", &model.our_jid));
            let (state, kind) = summary(&model.connection);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = size::GAP_LINE;
                ui.spacing_mut().interact_size.y = TextRole::Small.line_height_points();
                state_dot(ui, kind);
                text::line_ui(ui, state, TextRole::Small, palette.text_secondary);
            });
        });
        let mut buttons = inner;
        buttons.min.x = words.max.x;
        buttons.max.x += size::GAP_SMALL;
        placed_ui(ui, "buttons", buttons, placed::from_right(), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let menu = icon_button_ui(ui, Icon::Menu, "Menu");
            Popup::menu(&menu).show(|ui| self.menu_ui(ui, theme, out));
            self.copy_button_ui(ui, &model.our_jid);
        });
    }

    fn copy_button_ui(&mut self, ui: &mut Ui, our_jid: &str) {
        let now = ui.input(|input| input.time);
        let left = self
            .copied_at_seconds
            .map_or(0.0, |at| at + COPIED_FOR_SECONDS - now);
        let (icon, name) = if left > 0.0 {
            ui.ctx().request_repaint_after_secs(left as f32);
            (Icon::Check, "Copied")
        } else {
            (Icon::Copy, "Copy your address")
        };
        if icon_button_ui(ui, icon, name).clicked() {
            ui.ctx().copy_text(our_jid.to_owned());
            self.copied_at_seconds = Some(now);
        }
    }

    fn menu_ui(&mut self, ui: &mut Ui, theme: ThemeChoice, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        ui.set_width(size::MENU_WIDTH);
        ui.spacing_mut().item_spacing.y = size::GAP_MENU;
        if menu_item_ui(ui, "Add contact", palette.text).clicked() {
            self.add_contact();
        }
        if menu_item_ui(ui, "Keyboard shortcuts", palette.text).clicked() {
            self.wants_keys = true;
        }
        ui.separator();
        let choices = [
            (ThemeChoice::System, "As the system"),
            (ThemeChoice::Light, "Light"),
            (ThemeChoice::Dark, "Dark"),
        ];
        for (choice, words) in choices {
            if menu_choice_ui(ui, words, choice == theme).clicked() {
                out.push(ViewCommand::SetTheme(choice));
            }
        }
    }

    fn search_ui(&mut self, ui: &mut Ui, model: &ViewModel, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        let id = search_id();
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let ring = if has_focus {
            palette.accent
        } else {
            palette.field
        };
        let row = vec2(ui.available_width(), size::SEARCH_ROW);
        let layout = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(row, layout, |ui| {
            ui.spacing_mut().item_spacing.x = size::GAP_TINY;
            if icon_button_ui(ui, Icon::Plus, "Add contact").clicked() {
                self.add_contact();
            }
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
                        let room = vec2(size::ICON, TextRole::Body.line_height_points());
                        let (icon, _) = ui.allocate_exact_size(room, egui::Sense::hover());
                        Icon::Search.paint(ui.painter(), icon.shrink(1.0), palette.text_secondary);
                        self.search_field_ui(ui, id, model, out);
                    });
                });
        });
    }

    fn search_field_ui(
        &mut self,
        ui: &mut Ui,
        id: Id,
        model: &ViewModel,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        let hint = text::rich("Search", TextRole::Body, palette.text_secondary);
        let field = TextEdit::singleline(&mut self.filter)
            .id(id)
            .hint_text(hint)
            .text_color(palette.text)
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name("Search contacts");
        if std::mem::take(&mut self.wants_search) {
            response.request_focus();
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            let rows = filtered(model, &self.filter);
            if let Some(contact) = rows.into_iter().find(|contact| !is_request(contact)) {
                let jid = contact.jid.clone();
                self.filter.clear();
                self.scroll_to_open = true;
                out.push(UiCommand::OpenConversation { jid }.into());
            }
        }
    }

    fn list_ui(&mut self, ui: &mut Ui, model: &ViewModel, out: &mut Vec<ViewCommand>) {
        let listed = filtered(model, &self.filter);
        let (requests, rows): (Vec<_>, Vec<_>) =
            listed.into_iter().partition(|contact| is_request(contact));
        ScrollArea::vertical()
            .id_salt("contacts")
            .auto_shrink(false)
            .show(ui, |ui| {
                Frame::new().inner_margin(margin::LIST).show(ui, |ui| {
                    self.requests_ui(ui, &requests, out);
                    self.rows_ui(ui, &rows, model, out);
                    if requests.is_empty() && rows.is_empty() {
                        self.nobody_ui(ui, model);
                    }
                });
            });
    }

    fn requests_ui(&mut self, ui: &mut Ui, requests: &[&ContactView], out: &mut Vec<ViewCommand>) {
        let shown = if self.shows_all_requests {
            requests.len()
        } else {
            SHOWN_REQUESTS
        };
        for contact in requests.iter().take(shown) {
            request_ui(ui, contact, out);
        }
        if requests.len() > shown {
            let words = format!("Show all {} requests", requests.len());
            if button_ui(ui, &words, Weight::Quiet).clicked() {
                self.shows_all_requests = true;
            }
        }
        if !requests.is_empty() {
            ui.add_space(size::GAP_TINY);
        }
    }

    /// All rows are equally high, and only those that can be seen are drawn.
    fn rows_ui(
        &mut self,
        ui: &mut Ui,
        rows: &[&ContactView],
        model: &ViewModel,
        out: &mut Vec<ViewCommand>,
    ) {
        let open = model
            .conversation
            .as_ref()
            .map(|open| open.contact.jid.as_str());
        let all = vec2(ui.available_width(), size::CONTACT_ROW * rows.len() as f32);
        let (area, _) = ui.allocate_exact_size(all, egui::Sense::hover());
        let clip = ui.clip_rect();
        let mut rect = Rect::from_min_size(area.min, vec2(area.width(), size::CONTACT_ROW));
        for contact in rows {
            let is_open = open == Some(contact.jid.as_str());
            if is_open && std::mem::take(&mut self.scroll_to_open) {
                ui.scroll_to_rect(rect, None);
            }
            if rect.intersects(clip) && contact_row_ui(ui, rect, contact, is_open).clicked() {
                let jid = contact.jid.clone();
                out.push(UiCommand::OpenConversation { jid }.into());
            }
            rect = rect.translate(vec2(0.0, size::CONTACT_ROW));
        }
    }

    fn nobody_ui(&mut self, ui: &mut Ui, model: &ViewModel) {
        let palette = Palette::of(ui);
        ui.add_space(size::GAP_PAGE);
        ui.vertical_centered(|ui| {
            if !self.filter.trim().is_empty() {
                let words = format!("Nobody matches “{}”.", self.filter.trim());
                text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
                return;
            }
            text::label_ui(ui, "No contacts yet", TextRole::Name, palette.text);
            let words = "Give somebody your address, or add theirs.";
            text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
            ui.add_space(size::GAP_SMALL);
            if button_ui(ui, "Copy my address", Weight::Quiet).clicked() {
                ui.ctx().copy_text(model.our_jid.clone());
                self.copied_at_seconds = Some(ui.input(|input| input.time));
            }
        });
    }
}

/// A dot in the colour of the connection; the words stand beside it.
fn state_dot(ui: &mut Ui, state: ConnectionState) {
    let palette = Palette::of(ui);
    let room = vec2(size::STATE_DOT, TextRole::Small.line_height_points());
    let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
    let radius = size::STATE_DOT / 2.0;
    let painter = ui.painter();
    match state {
        ConnectionState::Online => {
            painter.circle_filled(rect.center(), radius, palette.good);
        }
        ConnectionState::Connecting => {
            painter.circle_filled(rect.center(), radius, palette.warning);
        }
        ConnectionState::Offline | ConnectionState::Stopped => {
            let stroke = Stroke::new(size::MARK_RING, palette.text_secondary);
            painter.circle_stroke(rect.center(), radius - 1.0, stroke);
        }
    }
}

/// Somebody who wants to become a contact.
fn request_ui(ui: &mut Ui, contact: &ContactView, out: &mut Vec<ViewCommand>) {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.window)
        .stroke(Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS)
        .inner_margin(margin::CARD)
        .outer_margin(margin::AROUND_REQUEST)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = size::GAP_TINY;
            text::line_ui(ui, &contact.name, TextRole::Name, palette.text)
                .on_hover_ui(|ui| text::whole_jid_ui(ui, &contact.name, &contact.jid));
            let words = "wants to be your contact";
            text::label_ui(ui, words, TextRole::Small, palette.text_secondary);
            if let RequestView::Incoming { text: Some(note) } = &contact.request {
                text::label_ui(ui, format!("“{note}”"), TextRole::Body, palette.text);
            }
            ui.add_space(size::GAP_TINY);
            ui.horizontal(|ui| {
                let accept = button_ui(ui, "Accept", Weight::Main)
                    .accessible_name(format!("Accept {}", contact.name));
                let decline = button_ui(ui, "Decline", Weight::Quiet)
                    .accessible_name(format!("Decline {}", contact.name));
                let jid = || contact.jid.clone();
                if accept.clicked() {
                    out.push(UiCommand::AcceptContact { jid: jid() }.into());
                }
                if decline.clicked() {
                    out.push(UiCommand::DeclineContact { jid: jid() }.into());
                }
            });
        });
}
