//! The main screen: contacts to the left, a conversation or a page to the right; in a narrow
//! window one of the two.

mod brought;
mod camera_dialog;
mod invite_dialog;
mod our_end;
mod phrase_dialog;

use egui::{CentralPanel, Context, Frame, Panel, Ui, Vec2};
use onym_client_protocol::view_model::UiCommand;
use onym_identity::RecoveryPhrase;

pub(crate) use self::camera_dialog::follow as follow_camera;
use self::invite_dialog::InviteDialog;
use self::our_end::our_end_ui;
use crate::add_contact::{AddContactForm, Brought};
use crate::app_model::camera::{CameraCommand, CameraModel};
use crate::app_model::{MainModel, SettingsCommand, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::contact_page::ContactPage;
use crate::conversation::ConversationPane;
use crate::design_tokens::{Palette, size};
use crate::dialog::{self, Dialog};
use crate::empty_state::empty_state_ui;
use crate::our_page::OurPage;
use crate::settings::{SettingsScreen, page_header_ui};
use crate::shortcuts::{self, Action};
use crate::sidebar::{Sidebar, Wish};
use crate::switcher::Switcher;
use crate::tor_panel::{self, BridgesForm};
use crate::view::Look;
use crate::welcome::PhraseCheckForm;
use crate::words::tr;

/// The main screen.
#[derive(Debug, Default)]
pub(crate) struct MainScreen {
    sidebar: Sidebar,
    pub(crate) pane: ConversationPane,
    dialog: Option<Dialog>,
    page: Option<Page>,
    /// Whose identity was asked for last.
    person: Option<String>,
    /// The conversation that was open in the last frame.
    shown: Option<String>,
    pub(crate) settings: Option<SettingsScreen>,
    add_contact: Option<AddContactForm>,
    /// What a code of a contact says, until their page is there to compare it.
    brought: Option<Brought>,
    invite: Option<InviteDialog>,
    /// The last link from outside that was taken.
    taken_link: u64,
    switcher: Option<Switcher>,
    phrase_check: PhraseCheckForm,
    shows_keys: bool,
}

/// What stands in the place of the conversation.
#[derive(Debug)]
enum Page {
    Contact(ContactPage),
    Ourselves(OurPage),
    Connection(BridgesForm),
}

impl MainScreen {
    /// Forgets secrets that were typed.
    pub(crate) fn forget(&mut self, ctx: &Context) {
        if let Some(mut settings) = self.settings.take() {
            settings.forget(ctx);
        }
        self.phrase_check.forget();
    }

    /// Opens a place, to look at it.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn open(&mut self, place: &crate::view::Place, model: &MainModel) {
        use crate::protection::comparison::Comparison;
        use crate::view::Place;
        let open = model.view.conversation.as_ref().map(|open| &open.contact);
        // Else the conversation would be opened in the first frame, and take the page's place.
        self.shown = open.map(|contact| contact.jid.clone());
        match place {
            Place::Restore => {}
            Place::Archive => self.sidebar.open(None),
            Place::Search(text) => self.sidebar.open(Some(text)),
            Place::Connection => self.sidebar.wish = Some(Wish::Connection),
            Place::Ourselves => self.sidebar.wish = Some(Wish::Ourselves),
            Place::Keys => self.sidebar.wish = Some(Wish::Keys),
            Place::Switcher => self.switcher = Some(Switcher::default()),
            Place::AddContact(text) => {
                self.add_contact = Some(AddContactForm::with_address(text));
            }
            Place::Invite => self.invite = Some(InviteDialog::showing()),
            Place::Settings(part) => self.settings = Some(SettingsScreen::at(*part)),
            Place::Contact => {
                self.dialog = open.map(|contact| Dialog::Contact {
                    jid: contact.jid.clone(),
                });
            }
            Place::Question(name) => {
                self.dialog = open.and_then(|contact| Dialog::sample(name, contact));
                if self.dialog.is_none() {
                    self.dialog = Dialog::sample_of_person(name, &model.view);
                }
            }
            Place::Shield => self.pane.shield.open(),
            Place::Compare => {
                let open = model.view.conversation.as_ref();
                let device = open.and_then(|open| open.protection.devices.first());
                let name = open.map_or("", |open| open.contact.name.as_str());
                let comparison =
                    device.and_then(|it| Comparison::new(it, name, &model.view.our_devices));
                self.dialog = comparison.map(|it| Dialog::Compare(Box::new(it)));
            }
        }
    }

    /// Draws the screen.
    pub(crate) fn main_screen_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        phrase: Option<&RecoveryPhrase>,
        look: Look,
        out: &mut Vec<ViewCommand>,
    ) {
        let commands_before = out.len();
        self.pane
            .composer
            .follow(model.view.conversation.as_ref(), out);
        for action in shortcuts::pressed(ui) {
            self.act(ui, action, model, look, out);
        }
        self.take_link(model);
        ui.spacing_mut().item_spacing = Vec2::splat(size::GAP_SMALL);
        our_end_ui(ui, model.view.our_end.as_ref());
        if let Some(settings) = &mut self.settings {
            let notices = &mut self.pane.notices;
            notices.notices_ui(ui, &model.notices, size::NOTICE_WIDTH, out);
            if settings.settings_ui(ui, model, look, &mut self.dialog, out) {
                self.leave_settings(ui.ctx());
            }
        } else {
            self.panes_ui(ui, model, out);
        }
        self.over_window_ui(ui, model, phrase, out);
        self.take_wish(model);
        // A conversation that is opened takes the place of a page; one that was opened from
        // outside, by a notification or a link, that of the settings as well.
        let opens = out
            .iter()
            .skip(commands_before)
            .any(|command| matches!(command, ViewCommand::Ui(UiCommand::OpenConversation { .. })));
        let open = model.view.conversation.as_ref();
        let open = open.map(|open| open.contact.jid.as_str());
        if open != self.shown.as_deref() {
            self.shown = open.map(str::to_owned);
            if open.is_some() {
                self.page = None;
                if self.settings.is_some() {
                    self.leave_settings(ui.ctx());
                }
            }
        }
        if opens {
            self.page = None;
        }
        self.open_contact_page(model);
        self.compare_brought(model);
        self.ask_for_person(model, out);
    }

    /// What a page shows of an identity is made while the page is open.
    fn ask_for_person(&mut self, model: &MainModel, out: &mut Vec<ViewCommand>) {
        let wanted = match &self.page {
            Some(Page::Contact(page)) => Some(page.jid()),
            Some(Page::Ourselves(_)) => Some(model.view.our_jid.as_str()),
            Some(Page::Connection(_)) | None => None,
        };
        if wanted != self.person.as_deref() {
            self.person = wanted.map(str::to_owned);
            let jid = self.person.clone();
            out.push(UiCommand::ShowPerson { jid }.into());
        }
    }

    fn panes_ui(&mut self, ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        let palette = Palette::of(ui);
        let is_narrow = ui.available_width() < size::ONE_PANE_BELOW;
        let is_open = model.view.conversation.is_some() || self.page.is_some();
        let sidebar = Frame::new().fill(palette.sidebar);
        if is_narrow && !is_open {
            CentralPanel::default().frame(sidebar).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = size::GAP_SMALL;
                let notices = &mut self.pane.notices;
                notices.notices_ui(ui, &model.notices, size::NOTICE_WIDTH, out);
                self.sidebar.sidebar_ui(ui, model, &mut self.dialog, out);
            });
            return;
        }
        if !is_narrow {
            Panel::left("sidebar")
                .frame(sidebar)
                .default_size(size::SIDEBAR_DEFAULT)
                .size_range(size::SIDEBAR_MIN..=size::SIDEBAR_MAX)
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = size::GAP_SMALL;
                    self.sidebar.sidebar_ui(ui, model, &mut self.dialog, out);
                });
        }
        let window = Frame::new().fill(palette.window);
        CentralPanel::default().frame(window).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if self.page.is_some() || model.view.conversation.is_none() {
                let notices = &mut self.pane.notices;
                notices.notices_ui(ui, &model.notices, size::NOTICE_WIDTH, out);
            }
            if self.page.is_some() {
                self.page_ui(ui, model, out);
            } else {
                self.right_ui(ui, model, is_narrow, out);
            }
        });
    }

    /// Dialogs and notices.
    fn over_window_ui(
        &mut self,
        ui: &Ui,
        model: &MainModel,
        phrase: Option<&RecoveryPhrase>,
        out: &mut Vec<ViewCommand>,
    ) {
        // A page is no question.
        if !matches!(
            self.dialog,
            Some(Dialog::Contact { .. } | Dialog::OurDevices)
        ) {
            dialog::dialog_ui(ui, model, &mut self.dialog, out);
        }
        if let Some(form) = &mut self.add_contact
            && form.add_contact_ui(ui, model, out)
        {
            self.brought = form.take_brought();
            self.add_contact = None;
            if let Some(brought) = &self.brought {
                let jid = brought.jid.clone();
                self.dialog = Some(Dialog::Contact { jid });
            }
        }
        self.camera_ui(ui, model, out);
        if let Some(dialog) = &mut self.invite
            && dialog.invite_dialog_ui(ui, model, out)
        {
            self.invite = None;
        }
        if let Some(switcher) = &mut self.switcher
            && switcher.switcher_ui(ui, &model.view, out)
        {
            self.switcher = None;
        }
        match &model.phrase_check {
            Some(check) => {
                phrase_dialog::check_ui(ui, check, &mut self.phrase_check, out);
            }
            None => self.phrase_check.forget(),
        }
        if let Some(phrase) = phrase {
            phrase_dialog::phrase_ui(ui, phrase, out);
        }
        if self.shows_keys {
            self.shows_keys = shortcuts::sheet_ui(ui);
        }
        self.pane.notices.over_dialog_ui(ui, &model.notices, out);
    }

    /// What the camera sees stands over the dialog that wants a code. Without one nobody wants it.
    fn camera_ui(&self, ui: &Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        let CameraModel::On(camera) = &model.camera else {
            return;
        };
        let is_meeting = matches!(self.dialog, Some(Dialog::Meeting(_)));
        if self.add_contact.is_some() || is_meeting {
            camera_dialog::camera_dialog_ui(ui, camera, out);
        } else {
            out.push(CameraCommand::Stop.into());
        }
    }

    fn act(
        &mut self,
        ui: &Ui,
        action: Action,
        model: &MainModel,
        look: Look,
        out: &mut Vec<ViewCommand>,
    ) {
        match action {
            Action::Switch => self.switcher = Some(Switcher::default()),
            Action::Search => {
                self.leave_settings(ui.ctx());
                self.sidebar.search();
            }
            Action::AddContact => self.add_contact = Some(AddContactForm::new(model)),
            Action::Settings => self.settings = Some(SettingsScreen::default()),
            Action::Details => {
                if let Some(open) = &model.view.conversation {
                    let jid = open.contact.jid.clone();
                    self.dialog = Some(Dialog::Contact { jid });
                }
            }
            Action::Previous => self.sidebar.switch(&model.view, -1, out),
            Action::Next => self.sidebar.switch(&model.view, 1, out),
            Action::PageUp => self.pane.messages.turn_pages(-0.9),
            Action::PageDown => self.pane.messages.turn_pages(0.9),
            Action::ShowKeys => self.shows_keys = true,
            Action::Lock if model.settings.privacy.has_passphrase => out.push(ViewCommand::Lock),
            Action::Lock => {}
            Action::Larger => out.push(SettingsCommand::SetTextSize(look.step(1)).into()),
            Action::Smaller => out.push(SettingsCommand::SetTextSize(look.step(-1)).into()),
            Action::NormalSize => out.push(SettingsCommand::SetTextSize(100).into()),
            Action::Leave => self.leave(ui, model, out),
        }
    }

    fn leave(&mut self, ui: &Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        if self.settings.is_some() {
            self.leave_settings(ui.ctx());
        } else if self.page.take().is_some() || self.sidebar.leave(ui, out) {
            self.pane.composer.focus();
        } else if model.view.conversation.is_some() && self.pane.leave(out) {
            // Something in the conversation was closed.
        } else if model.view.conversation.is_some() {
            out.push(UiCommand::CloseConversation.into());
        }
    }

    fn leave_settings(&mut self, ctx: &Context) {
        if let Some(mut settings) = self.settings.take() {
            settings.forget(ctx);
        }
    }

    /// A link from outside opens the form for a new contact, whatever is open.
    fn take_link(&mut self, model: &MainModel) {
        let Some(link) = &model.opened_link else {
            self.taken_link = 0;
            return;
        };
        if std::mem::replace(&mut self.taken_link, link.serial) == link.serial {
            return;
        }
        if let Ok(address) = &link.found {
            self.add_contact = Some(AddContactForm::opened(model, address, link.arrival));
        }
    }

    fn take_wish(&mut self, model: &MainModel) {
        match self.sidebar.wish.take() {
            None => {}
            Some(Wish::Keys) => self.shows_keys = true,
            Some(Wish::Settings) => self.settings = Some(SettingsScreen::default()),
            Some(Wish::Ourselves) => self.page = Some(Page::Ourselves(OurPage::default())),
            Some(Wish::Connection) => self.page = Some(Page::Connection(BridgesForm::default())),
            Some(Wish::AddContact) => self.add_contact = Some(AddContactForm::new(model)),
            Some(Wish::Invite) => self.invite = Some(InviteDialog::new(model)),
        }
    }

    /// Opens the page of a contact once their conversation is open.
    fn open_contact_page(&mut self, model: &MainModel) {
        let open = model.view.conversation.as_ref().map(|open| &open.contact);
        if let Some(Dialog::Contact { jid }) = &self.dialog
            && let Some(contact) = open.filter(|contact| contact.jid == *jid)
        {
            self.page = Some(Page::Contact(ContactPage::of(contact)));
            self.dialog = None;
        }
        if self.dialog == Some(Dialog::OurDevices) {
            self.settings = Some(SettingsScreen::of_devices());
            self.dialog = None;
        }
        if let Some(Page::Contact(page)) = &self.page
            && open.is_none_or(|contact| contact.jid != page.jid())
        {
            self.page = None;
        }
    }

    fn page_ui(&mut self, ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        let title = match &self.page {
            Some(Page::Contact(_)) => "contact-title",
            Some(Page::Ourselves(_)) => "ours-title",
            _ => "tor-page-title",
        };
        let is_left = page_header_ui(ui, &tr(ui, title), true);
        let open = model.view.conversation.as_ref();
        match &mut self.page {
            Some(Page::Contact(page)) => {
                if let Some(open) = open {
                    let dialog = &mut self.dialog;
                    page.contact_page_ui(ui, model, &open.contact, dialog, out);
                }
            }
            Some(Page::Ourselves(page)) => page.our_page_ui(ui, model, &mut self.dialog, out),
            Some(Page::Connection(bridges)) => {
                tor_panel::connection_page_ui(ui, model, bridges, out);
            }
            None => {}
        }
        if is_left {
            self.page = None;
        }
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
            let (title, words) = (tr(ui, "main-nobody-title"), tr(ui, "main-nobody-words"));
            empty_state_ui(ui, &title, &words, |ui| {
                if button_ui(ui, &tr(ui, "contacts-add"), Weight::Main).clicked() {
                    self.sidebar.wish = Some(Wish::AddContact);
                }
                if button_ui(ui, &tr(ui, "main-nobody-address"), Weight::Quiet).clicked() {
                    self.sidebar.wish = Some(Wish::Ourselves);
                }
            });
        } else {
            let (title, words) = (tr(ui, "main-none-title"), tr(ui, "main-none-words"));
            empty_state_ui(ui, &title, &words, |_| {});
        }
    }
}
