//! The left side: ourselves, the connection, requests, conversations and what a search found.

mod ourselves;
mod requests;
mod rows;
mod search;

use egui::{Frame, ScrollArea, Ui};
use onym_client_protocol::view_model::{ContactView, RequestView, UiCommand, ViewModel};

use crate::app_model::{MainModel, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::contact_row::row_id;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::text;
use crate::tor_panel;
use crate::words::{tr, tr_with};

use rows::{Row, rows};

/// What the left side wants another part of the window to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Shows the keys.
    Keys,
    /// Shows the settings.
    Settings,
    /// Shows our own page.
    Ourselves,
    /// Shows the page about the connection.
    Connection,
    /// Opens the form for a new contact.
    AddContact,
    /// Opens the dialog that makes an invite.
    Invite,
}

/// The left side.
#[derive(Debug, Default)]
pub(crate) struct Sidebar {
    filter: String,
    /// What the program was asked to search last.
    searched: String,
    shows_all_requests: bool,
    shows_archived: bool,
    wants_search: bool,
    scroll_to_open: bool,
    /// When our address was copied, in seconds of egui's clock.
    copied_at_seconds: Option<f64>,
    /// What another part of the window shall do.
    pub(crate) wish: Option<Wish>,
}

fn is_request(contact: &ContactView) -> bool {
    matches!(contact.request, RequestView::Incoming { .. })
}

impl Sidebar {
    /// To the field that searches.
    pub(crate) fn search(&mut self) {
        self.wants_search = true;
    }

    /// Opens the archive, or the search with a text in its field.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn open(&mut self, search: Option<&str>) {
        self.shows_archived = search.is_none();
        self.filter = search.unwrap_or_default().to_owned();
    }

    /// Leaves the search or the archive. Returns whether there was something to leave.
    pub(crate) fn leave(&mut self, ui: &Ui, out: &mut Vec<ViewCommand>) -> bool {
        let had_filter = !self.filter.is_empty();
        self.filter.clear();
        self.follow_filter(out);
        // Esc has taken the focus away already.
        let was_searching = ui.memory(|memory| memory.had_focus_last_frame(search::field_id()));
        had_filter || was_searching || std::mem::take(&mut self.shows_archived)
    }

    /// Opens the conversation so many rows below the open one, of those that are listed.
    pub(crate) fn switch(&mut self, model: &ViewModel, step: isize, out: &mut Vec<ViewCommand>) {
        let listed: Vec<&ContactView> = rows(model, &self.filter, self.shows_archived)
            .into_iter()
            .filter_map(|row| match row {
                Row::Contact(contact) => Some(contact),
                _ => None,
            })
            .collect();
        let open = model
            .conversation
            .as_ref()
            .map(|open| open.contact.jid.as_str());
        let at = listed
            .iter()
            .position(|contact| Some(contact.jid.as_str()) == open);
        let target = match at {
            Some(at) => at.checked_add_signed(step),
            None if step > 0 => Some(0),
            None => listed.len().checked_sub(1),
        };
        if let Some(contact) = target.and_then(|target| listed.get(target)) {
            let jid = contact.jid.clone();
            out.push(UiCommand::OpenConversation { jid }.into());
            self.scroll_to_open = true;
        }
    }

    /// Draws the left side.
    pub(crate) fn sidebar_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        self.ourselves_ui(ui, model, out);
        Frame::new()
            .inner_margin(margin::ABOVE_LIST)
            .show(ui, |ui| {
                if tor_panel::strip_ui(ui, &model.view, out) {
                    self.wish = Some(Wish::Connection);
                }
                phrase_reminder_ui(ui, model, out);
                self.search_ui(ui, &model.view, out);
            });
        self.list_ui(ui, &model.view, dialog, out);
    }

    fn list_ui(
        &mut self,
        ui: &mut Ui,
        model: &ViewModel,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let rows = rows(model, &self.filter, self.shows_archived);
        let requests: Vec<&ContactView> = model
            .contacts
            .iter()
            .filter(|contact| is_request(contact) && self.filter.trim().is_empty())
            .filter(|_| !self.shows_archived)
            .collect();
        ScrollArea::vertical()
            .id_salt("contacts")
            .auto_shrink(false)
            .show(ui, |ui| {
                Frame::new().inner_margin(margin::LIST).show(ui, |ui| {
                    self.requests_ui(ui, &requests, model, dialog, out);
                    self.rows_ui(ui, &rows, model, dialog, out);
                    let has_people = rows
                        .iter()
                        .any(|row| matches!(row, Row::Contact(_) | Row::Hit(_)));
                    if requests.is_empty() && !has_people {
                        self.nobody_ui(ui, model);
                    }
                });
            });
    }

    fn nobody_ui(&mut self, ui: &mut Ui, model: &ViewModel) {
        let palette = Palette::of(ui);
        ui.add_space(size::GAP_PAGE);
        ui.vertical_centered(|ui| {
            let filter = self.filter.trim();
            if !filter.is_empty() {
                let is_running = model
                    .search
                    .as_ref()
                    .is_some_and(|search| search.is_running);
                let words = match is_running {
                    true => tr(ui, "contacts-searching"),
                    false => {
                        let filter = text::plain(filter).into_owned();
                        tr_with(ui, "contacts-no-match", &[("filter", filter.into())])
                    }
                };
                text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
                return;
            }
            if self.shows_archived {
                let words = tr(ui, "contacts-archive-empty");
                text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
                return;
            }
            let title = tr(ui, "contacts-none-title");
            text::label_ui(ui, title, TextRole::Name, palette.text);
            let words = tr(ui, "contacts-none-words");
            text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
            ui.add_space(size::GAP_SMALL);
            if button_ui(ui, &tr(ui, "contacts-none-copy"), Weight::Quiet).clicked() {
                ui.ctx().copy_text(model.our_jid.clone());
                self.copied_at_seconds = Some(ui.input(|input| input.time));
            }
        });
    }

    /// Sends the keyboard to the first row.
    fn focus_first_row(&self, ui: &Ui, model: &ViewModel) {
        let rows = rows(model, &self.filter, self.shows_archived);
        let first = rows.iter().find_map(|row| match row {
            Row::Contact(contact) => Some(contact),
            _ => None,
        });
        if let Some(contact) = first {
            ui.memory_mut(|memory| memory.request_focus(row_id(&contact.jid)));
        }
    }
}

/// Stands there until the user has shown that they have the recovery words.
fn phrase_reminder_ui(ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
    if !model.phrase_unchecked {
        return;
    }
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.window)
        .stroke(egui::Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS)
        .inner_margin(margin::CARD)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = size::GAP_LINE;
            let words = tr(ui, "contacts-phrase-unchecked");
            text::label_ui(ui, words, TextRole::Small, palette.text);
            if button_ui(ui, &tr(ui, "contacts-phrase-check"), Weight::Quiet).clicked() {
                out.push(ViewCommand::StartPhraseCheck);
            }
        });
}
