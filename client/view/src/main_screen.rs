use egui::{CentralPanel, Frame, Panel, Ui, Vec2};
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::{MainModel, NoticeView, ThemeChoice, ViewCommand};
use crate::button::{Weight, button_ui, icon_button_ui};
use crate::conversation::ConversationPane;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::{self, Dialog};
use crate::empty_state::empty_state_ui;
use crate::icon::Icon;
use crate::shortcuts::{self, Action};
use crate::sidebar::Sidebar;
use crate::text;

/// The main screen: contacts to the left, a conversation to the right; in a narrow window one of
/// the two.
#[derive(Debug, Default)]
pub(crate) struct MainScreen {
    sidebar: Sidebar,
    pub(crate) pane: ConversationPane,
    dialog: Option<Dialog>,
    shows_keys: bool,
}

impl MainScreen {
    /// Draws the screen.
    pub(crate) fn main_screen_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        theme: ThemeChoice,
        out: &mut Vec<ViewCommand>,
    ) {
        let palette = Palette::of(ui);
        self.pane
            .composer
            .follow(model.view.conversation.as_ref(), out);
        for action in shortcuts::pressed(ui) {
            self.act(ui, action, model, out);
        }
        ui.spacing_mut().item_spacing = Vec2::splat(size::GAP_SMALL);
        let is_narrow = ui.available_width() < size::ONE_PANE_BELOW;
        let is_open = model.view.conversation.is_some();
        let sidebar = Frame::new().fill(palette.sidebar);
        if is_narrow && !is_open {
            CentralPanel::default().frame(sidebar).show(ui, |ui| {
                self.left_ui(ui, model, theme, out);
            });
        } else {
            if !is_narrow {
                Panel::left("sidebar")
                    .frame(sidebar)
                    .default_size(size::SIDEBAR_DEFAULT)
                    .size_range(size::SIDEBAR_MIN..=size::SIDEBAR_MAX)
                    .show(ui, |ui| self.left_ui(ui, model, theme, out));
            }
            let window = Frame::new().fill(palette.window);
            CentralPanel::default().frame(window).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                self.right_ui(ui, model, is_narrow, out);
            });
        }
        dialog::dialog_ui(ui, &mut self.dialog, out);
        self.shows_keys |= std::mem::take(&mut self.sidebar.wants_keys);
        if self.shows_keys {
            self.shows_keys = shortcuts::sheet_ui(ui);
        }
    }

    fn act(&mut self, ui: &Ui, action: Action, model: &MainModel, out: &mut Vec<ViewCommand>) {
        match action {
            Action::Search => self.sidebar.search(),
            Action::AddContact => self.sidebar.add_contact(),
            Action::Previous => self.sidebar.switch(&model.view, -1, out),
            Action::Next => self.sidebar.switch(&model.view, 1, out),
            Action::PageUp => self.pane.messages.turn_pages(-0.9),
            Action::PageDown => self.pane.messages.turn_pages(0.9),
            Action::ShowKeys => self.shows_keys = true,
            Action::Leave if self.sidebar.leave(ui) => self.pane.composer.focus(),
            Action::Leave if model.view.conversation.is_some() => {
                out.push(UiCommand::CloseConversation.into());
            }
            Action::Leave => {}
        }
    }

    fn left_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        theme: ThemeChoice,
        out: &mut Vec<ViewCommand>,
    ) {
        ui.spacing_mut().item_spacing.y = size::GAP_SMALL;
        if let Some(notice) = &model.notice {
            notice_ui(ui, notice, out);
        }
        self.sidebar.sidebar_ui(ui, &model.view, theme, out);
    }

    fn right_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        is_narrow: bool,
        out: &mut Vec<ViewCommand>,
    ) {
        if let Some(conversation) = &model.view.conversation {
            let dialog = &mut self.dialog;
            self.pane
                .conversation_ui(ui, model, conversation, is_narrow, dialog, out);
        } else if model.view.contacts.is_empty() {
            let words = "People reach you at your own address, which is a key and an onion \
                         service in one. Give it to somebody, or add their address here.";
            let is_asked = empty_state_ui(ui, "Nobody here yet", words, |ui| {
                button_ui(ui, "Add contact", Weight::Main).clicked()
            });
            if is_asked {
                self.sidebar.add_contact();
            }
        } else {
            let words = "Choose one from the list, or press Ctrl+K and type a name.";
            empty_state_ui(ui, "No conversation is open", words, |_| {});
        }
    }
}

/// Something to know once, with a button that puts it away.
fn notice_ui(ui: &mut Ui, notice: &NoticeView, out: &mut Vec<ViewCommand>) {
    let palette = Palette::of(ui);
    Panel::bottom("notice")
        .frame(
            Frame::new()
                .fill(palette.field)
                .inner_margin(margin::NOTICE),
        )
        .show_separator_line(false)
        .show(ui, |ui| {
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(layout, |ui| {
                if icon_button_ui(ui, Icon::Cross, "Dismiss").clicked() {
                    out.push(ViewCommand::DismissNotice { id: notice.id });
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    text::label_ui(ui, &notice.words, TextRole::Small, palette.text);
                });
            });
        });
}
