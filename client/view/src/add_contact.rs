//! The form that adds a contact.

use egui::{Id, Modal, ScrollArea, Ui};
use onym_client_protocol::introduction::Introduction;
use onym_client_protocol::view_model::{UiCommand, ViewModel};
use onym_identity::invite::{Arrival, Invite, InviteTrust};

use crate::app_model::camera::{CameraCommand, CameraModel};
use crate::app_model::{FoundLink, LinkProblem, LinkSource, MainModel, ViewCommand};
use crate::avatar;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog;
use crate::form;
use crate::person::stranger::{Asked, stranger_ui};
use crate::text;
use crate::words::{Clock, Words, tr};
use crate::xmpp_link::{self, Found, NotAnAddress};

/// The form that adds a contact: by address, by link, or from a QR code.
#[derive(Debug, Default)]
pub(crate) struct AddContactForm {
    address: String,
    /// How what is in the field came.
    arrival: Option<Arrival>,
    name: String,
    /// What the form says about the address, once the user has asked.
    shows_problem: bool,
    was_focused: bool,
    /// The last answer about a clipboard or a file that was taken.
    taken: u64,
    link_problem: Option<LinkProblem>,
    /// What the user wants to compare with what is known of a contact.
    brought: Option<Brought>,
}

/// A code or a link of somebody who is a contact already, and says who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brought {
    /// Whose.
    pub(crate) jid: String,
    /// Its text.
    pub(crate) text: String,
    /// How it came.
    pub(crate) arrival: Arrival,
}

impl AddContactForm {
    /// A form that waits for answers newer than those in the model.
    pub(crate) fn new(model: &MainModel) -> Self {
        Self {
            taken: model.found_link.as_ref().map_or(0, |found| found.serial),
            ..Self::default()
        }
    }

    /// A form with the address of a link that came from outside.
    pub(crate) fn opened(model: &MainModel, link: &str, arrival: Arrival) -> Self {
        Self {
            address: link.to_owned(),
            arrival: Some(arrival),
            shows_problem: true,
            ..Self::new(model)
        }
    }

    /// A form with this text in its field.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn with_address(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..Self::default()
        }
    }

    /// Draws the form. Returns true when it is done with.
    pub(crate) fn add_contact_ui(
        &mut self,
        ui: &Ui,
        model: &MainModel,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        self.take_found(model.found_link.as_ref());
        self.take_dropped(ui, out);
        let palette = Palette::of(ui);
        let modal = Modal::new(Id::unique("add contact")).backdrop_color(palette.backdrop);
        let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
            let room = ui.ctx().content_rect().width() - 4.0 * size::GAP_LARGE;
            ui.set_width(size::SHEET_WIDTH.min(room));
            text::label_ui(ui, tr(ui, "add-title"), TextRole::Heading, palette.text);
            // In a low window the buttons stay in reach.
            let height = ui.ctx().content_rect().height() - size::FORM_AROUND;
            let height = height.max(size::HEADER);
            let area = ScrollArea::vertical()
                .auto_shrink([false, true])
                .max_height(height)
                .min_scrolled_height(height);
            let (is_enter, found) = area
                .show(ui, |ui| {
                    form::note_ui(ui, &tr(ui, "add-words"));
                    let is_enter = self.fields_ui(ui, model, out);
                    let found =
                        xmpp_link::parse(&self.address, self.arrival.unwrap_or(Arrival::Pasted));
                    match &found {
                        Ok(found) => preview_ui(ui, found, &self.name, &model.view, out),
                        Err(problem) => self.problem_ui(ui, *problem),
                    }
                    (is_enter, found)
                })
                .inner;
            ui.add_space(size::GAP_SMALL);
            let known = found
                .as_ref()
                .ok()
                .and_then(|found| known(&model.view, &found.jid));
            self.buttons_ui(ui, &found, known, is_enter, out)
        });
        let is_done = response.inner || response.should_close();
        if is_done && model.view.stranger.is_some() {
            out.push(ViewCommand::LookAway);
        }
        is_done
    }

    /// What the user wants to compare, once the form is done with.
    pub(crate) fn take_brought(&mut self) -> Option<Brought> {
        self.brought.take()
    }

    /// What was found in the clipboard or in a file.
    fn take_found(&mut self, found: Option<&FoundLink>) {
        let Some(found) = found.filter(|found| found.serial != self.taken) else {
            return;
        };
        self.taken = found.serial;
        match &found.found {
            Ok(text) => {
                self.address.clone_from(text);
                self.arrival = Some(found.arrival);
                self.shows_problem = true;
                self.link_problem = None;
            }
            Err(problem) => self.link_problem = Some(*problem),
        }
    }

    /// A picture that is dropped on the window while the form is open.
    fn take_dropped(&mut self, ui: &Ui, out: &mut Vec<ViewCommand>) {
        if take_dropped(ui, out) {
            self.link_problem = None;
        }
    }

    /// Returns whether Enter was pressed in one of the fields.
    fn fields_ui(&mut self, ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) -> bool {
        let (name, hint) = (tr(ui, "add-address"), tr(ui, "add-address-hint"));
        let address = form::named_field_ui(ui, &name, &mut self.address, &hint);
        if !std::mem::replace(&mut self.was_focused, true) {
            address.request_focus();
        }
        if address.changed() {
            self.shows_problem = false;
            self.link_problem = None;
            // One letter more does not make a link better than the way it came, and a camera has not seen it.
            if self.address.trim().is_empty() {
                self.arrival = None;
            } else if self.arrival == Some(Arrival::Scanned) {
                self.arrival = Some(Arrival::Pasted);
            }
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.y = size::GAP_TINY;
            if sources_ui(ui, model, out) {
                self.link_problem = None;
            }
        });
        let (name, hint) = (tr(ui, "add-name"), tr(ui, "add-name-hint"));
        let given = form::named_field_ui(ui, &name, &mut self.name, &hint);
        form::is_entered(ui, &address) || form::is_entered(ui, &given)
    }

    fn problem_ui(&self, ui: &mut Ui, problem: NotAnAddress) {
        let key = match (self.link_problem, problem) {
            (Some(LinkProblem::Empty), _) => "add-problem-empty",
            (Some(LinkProblem::NoCode), _) => "add-problem-no-code",
            (Some(LinkProblem::Unreadable), _) => "add-problem-unreadable",
            (None, _) if !self.shows_problem => return,
            (None, NotAnAddress::Form) => "add-problem-form",
            (None, NotAnAddress::OnionAddress) => "add-problem-onion",
            (None, NotAnAddress::Key) => "add-problem-key",
            (None, NotAnAddress::OtherAction) => "add-problem-other",
            (None, NotAnAddress::Version) => "add-problem-version",
            (None, NotAnAddress::Damaged) => "add-problem-damaged",
        };
        form::problem_ui(ui, &tr(ui, key));
    }

    fn buttons_ui(
        &mut self,
        ui: &mut Ui,
        found: &Result<Found, NotAnAddress>,
        known: Option<Known>,
        is_enter: bool,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        dialog::buttons_ui(ui, |ui| {
            let mut is_enter = is_enter;
            let brought = found
                .as_ref()
                .ok()
                .filter(|it| known == Some(Known::Contact) && says_who(it));
            if let Some(found) = brought {
                let label = tr(ui, "add-compare");
                if button_ui(ui, &label, Weight::Main).clicked() || std::mem::take(&mut is_enter) {
                    self.brought = Some(Brought {
                        jid: found.jid.clone(),
                        text: self.address.clone(),
                        arrival: found.received.arrival,
                    });
                    let jid = found.jid.clone();
                    out.push(UiCommand::OpenConversation { jid }.into());
                    return true;
                }
            }
            let follows = found.as_ref().is_ok_and(|it| it.received.invite.is_move);
            let (label, weight) = match (known, brought) {
                (None, _) if follows => ("add-follow", Weight::Main),
                (None, _) => ("add-do", Weight::Main),
                (Some(_), None) => ("add-open", Weight::Main),
                (Some(_), Some(_)) => ("add-open", Weight::Quiet),
            };
            let is_asked = button_ui(ui, &tr(ui, label), weight).clicked() || is_enter;
            let is_left = dialog::close_button_ui(ui, &tr(ui, "dialog-cancel"));
            is_left || (is_asked && self.submit(found, known, out))
        })
    }

    fn submit(
        &mut self,
        found: &Result<Found, NotAnAddress>,
        known: Option<Known>,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let Ok(found) = found else {
            self.shows_problem = true;
            self.was_focused = false;
            return false;
        };
        let jid = found.jid.clone();
        let follows = known.is_none() && found.received.invite.is_move;
        if known.is_none() {
            let given = match self.name.trim() {
                "" => found.name.clone().unwrap_or_default(),
                name => name.to_owned(),
            };
            let add = UiCommand::AddContact {
                jid: jid.clone(),
                name: given,
                introduction: Introduction::of(&found.received).map(Box::new),
            };
            out.push(add.into());
        }
        // Whose address it is has to be proven first.
        if !follows {
            out.push(UiCommand::OpenConversation { jid }.into());
        }
        true
    }
}

/// Buttons for the places where a code can be. Returns whether the user wants to look in one.
pub(crate) fn sources_ui(ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) -> bool {
    if model.waits_for_screen {
        form::note_ui(ui, &tr(ui, "add-screen-waits"));
        if button_ui(ui, &tr(ui, "add-screen-cancel"), Weight::Quiet).clicked() {
            out.push(ViewCommand::CancelScreen);
        }
        return false;
    }
    let sources = [
        ("add-from-clipboard", LinkSource::Clipboard),
        ("add-from-file", LinkSource::File),
        ("add-from-screen", LinkSource::Screen),
    ];
    let offered = sources
        .into_iter()
        .filter(|(_, source)| *source != LinkSource::Screen || model.sees_screen);
    let mut is_asked = false;
    let camera = tr(ui, "add-from-camera");
    if model.camera != CameraModel::Absent && button_ui(ui, &camera, Weight::Quiet).clicked() {
        out.push(CameraCommand::Start.into());
        is_asked = true;
    }
    for (key, source) in offered {
        if button_ui(ui, &tr(ui, key), Weight::Quiet).clicked() {
            out.push(ViewCommand::ReadLink(source));
            is_asked = true;
        }
    }
    is_asked
}

/// Reads a picture that is dropped on the window. Returns whether there is one.
pub(crate) fn take_dropped(ui: &Ui, out: &mut Vec<ViewCommand>) -> bool {
    let dropped = ui.input(|input| input.raw.dropped_files.clone());
    let path = dropped.first().map(|file| file.path().to_owned());
    out.extend(path.clone().map(ViewCommand::ReadDropped));
    path.is_some()
}

/// Whether a code or link says more of somebody than their address, and is no click on any page.
fn says_who(found: &Found) -> bool {
    let invite = &found.received.invite;
    let says_more = !invite.keys.is_empty()
        || (invite.identity().is_some() && *invite != Invite::to(invite.jid.clone()));
    says_more && found.received.arrival != Arrival::Clicked
}

/// Why somebody need not be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// They are a contact.
    Contact,
    /// It is our own address.
    Ourselves,
}

fn known(model: &ViewModel, jid: &str) -> Option<Known> {
    if model.our_jid == jid {
        return Some(Known::Ourselves);
    }
    let is_contact = |contact: &onym_client_protocol::view_model::ContactView| {
        contact.jid == jid && contact.is_contact
    };
    model
        .contacts
        .iter()
        .any(is_contact)
        .then_some(Known::Contact)
}

/// Who it is, before anything is sent.
fn preview_ui(
    ui: &mut Ui,
    found: &Found,
    typed_name: &str,
    model: &ViewModel,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let name = match (typed_name.trim(), &found.name) {
        ("", Some(name)) => name.clone(),
        ("", None) => text::short_jid(&found.jid),
        (name, _) => text::plain(name).into_owned(),
    };
    form::card_ui(ui, "", |ui| {
        form::padded_ui(ui, |ui| {
            ui.horizontal(|ui| {
                let room = egui::Vec2::splat(size::AVATAR);
                let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
                avatar::paint(ui, rect.center(), size::AVATAR, &found.jid, &name);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = size::GAP_MENU;
                    if typed_name.trim().is_empty() && found.name.is_none() {
                        text::address_ui(ui, &found.jid, TextRole::Name, palette.text);
                    } else {
                        text::line_ui(ui, &name, TextRole::Name, palette.text);
                    }
                    let kind = match (known(model, &found.jid), found.is_onym) {
                        (Some(Known::Ourselves), _) => "add-preview-ourselves",
                        (Some(Known::Contact), _) => "add-preview-contact",
                        (None, true) => "add-preview-onym",
                        (None, false) => "add-preview-server",
                    };
                    form::note_ui(ui, &words.get(kind));
                });
            });
            let (local, domain) = found.jid.split_once('@').unwrap_or((&found.jid, ""));
            let address = match found.is_onym {
                true => format!("{local}@\n{domain}"),
                false => found.jid.clone(),
            };
            form::note_ui(ui, &address);
            match known(model, &found.jid) {
                Some(Known::Contact) if says_who(found) => {
                    form::note_ui(ui, &words.get("add-preview-brings"));
                }
                Some(Known::Contact | Known::Ourselves) => {}
                None => unknown_ui(ui, found, &name, model, out),
            }
        });
    });
}

/// What to know about somebody who is no contact yet, before they are asked.
fn unknown_ui(
    ui: &mut Ui,
    found: &Found,
    name: &str,
    model: &ViewModel,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    if found.received.has_to_be_confirmed() {
        form::note_ui(ui, &words.get("add-preview-clicked"));
    }
    if found.received.trust().0 == InviteTrust::Verified {
        form::note_ui(ui, &words.get("add-preview-scanned"));
    }
    if found.received.invite.is_move {
        form::note_ui(ui, &words.get("add-preview-move"));
        return;
    }
    form::note_ui(
        ui,
        &words.with("add-preview-what", &[("name", name.into())]),
    );
    let asked = Asked {
        jid: &found.jid,
        name,
        expected: found.received.invite.identity(),
        stranger: model.stranger.as_ref(),
        is_wide: true,
        clock: Clock::of(model),
    };
    stranger_ui(ui, asked, out);
}
