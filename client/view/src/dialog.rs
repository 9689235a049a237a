//! Questions that stand over the window.

use egui::{Frame, Id, Layout, Modal, ScrollArea, Stroke, Ui};
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::view_model::UiCommand;

use crate::app_model::{MainModel, SettingsCommand, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::form;
use crate::person::changed::ChangedIdentity;
use crate::person::meeting::Meeting;
use crate::person::voice::VoiceCall;
use crate::protection::comparison::Comparison;
use crate::text;
use crate::words::{tr, tr_with};

/// A question that stands over the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dialog {
    /// Under which name to show a contact.
    Rename {
        /// The contact.
        jid: String,
        /// The name so far.
        name: String,
        /// Whether the field had the keyboard already.
        was_focused: bool,
    },
    /// Whether to remove a contact.
    Remove {
        /// The contact.
        jid: String,
        /// The name.
        name: String,
    },
    /// Whether to block somebody.
    Block {
        /// Whom.
        jid: String,
        /// The name.
        name: String,
    },
    /// Whether to delete a conversation with all its messages.
    DeleteConversation {
        /// Which one.
        jid: String,
        /// The name of the other side.
        name: String,
    },
    /// Whether another client of ours may no longer log in.
    Revoke {
        /// Which one.
        id: String,
        /// Its name.
        name: String,
    },
    /// Whether to delete everything on this computer.
    Wipe {
        /// What the user typed to confirm it.
        typed: String,
    },
    /// Whether to end our identity.
    EndIdentity {
        /// What the user typed to confirm it.
        typed: String,
    },
    /// Whether the fingerprint of a device is right.
    Compare(Box<Comparison>),
    /// Whether the code on somebody's screen is theirs.
    Meeting(Box<Meeting>),
    /// Whether somebody reads the same phrase.
    VoiceCall(Box<VoiceCall>),
    /// Which of two identities is behind an address.
    Changed(Box<ChangedIdentity>),
    /// Whether to take another device of ours out of our account.
    RemoveDevice {
        /// Which one.
        device: DeviceId,
        /// What it is called.
        name: String,
    },
    /// Which other address is ours.
    ClaimAddress {
        /// What the user typed.
        address: String,
        /// Whether the field had the keyboard already.
        was_focused: bool,
    },
    /// Whether an address is ours no more.
    RevokeAddress {
        /// Which one.
        jid: String,
        /// What it is called.
        name: String,
    },
    /// Whether to move to a new onion address.
    MoveAddress,
    /// Whether messages may go in the clear.
    InTheClear {
        /// The name of the other side; nothing for everybody.
        name: Option<String>,
        /// What allows it.
        command: UiCommand,
    },
    /// No question: opens the page of the contact whose conversation is open.
    Contact {
        /// The contact.
        jid: String,
    },
    /// No question: opens the page of our own devices.
    OurDevices,
}

#[cfg(any(test, feature = "sample"))]
impl Dialog {
    /// The question that the word names, about a contact.
    pub(crate) fn sample(
        name: &str,
        contact: &onym_client_protocol::view_model::ContactView,
    ) -> Option<Self> {
        use onym_client_protocol::store::EncryptionPolicy;
        let (jid, id) = (contact.jid.clone(), "1".to_owned());
        let (whom, was_focused) = (contact.name.clone(), false);
        let typed = String::new();
        Some(match name {
            "rename" => Self::Rename {
                jid,
                name: whom,
                was_focused,
            },
            "remove" => Self::Remove { jid, name: whom },
            "block" => Self::Block { jid, name: whom },
            "delete" => Self::DeleteConversation { jid, name: whom },
            "revoke" => Self::Revoke { id, name: whom },
            "wipe" => Self::Wipe { typed },
            "end" => Self::EndIdentity { typed },
            "claim" => Self::ClaimAddress {
                address: String::new(),
                was_focused,
            },
            "move" => Self::MoveAddress,
            "disown" => Self::RevokeAddress {
                jid,
                name: "ines@work.example".to_owned(),
            },
            "unlist" => Self::RemoveDevice {
                device: DeviceId::MAX,
                name: whom,
            },
            "clear" => {
                let policy = Some(EncryptionPolicy::Clear);
                let command = UiCommand::SetEncryption { jid, policy };
                let name = Some(whom);
                Self::InTheClear { name, command }
            }
            _ => return None,
        })
    }
}

#[cfg(any(test, feature = "sample"))]
impl Dialog {
    /// The question that the word names, about the person whose conversation is open.
    pub(crate) fn sample_of_person(
        name: &str,
        view: &onym_client_protocol::view_model::ViewModel,
    ) -> Option<Self> {
        use crate::person::meeting::Outcome;
        let open = view.conversation.as_ref()?;
        let person = view.person.as_ref()?;
        let called = &open.contact.name;
        let identity = open.person.identity?;
        let meeting = Meeting::with(person, called, &open.protection.devices);
        let missing = open.protection.devices.iter().take(1).cloned().collect();
        Some(match name {
            "meet" => Self::Meeting(Box::new(meeting)),
            "meet-same" => Self::Meeting(Box::new(meeting.having_read(Outcome::Same { missing }))),
            "meet-other" => {
                let outcome = Outcome::Other(crate::sample::person::stranger());
                Self::Meeting(Box::new(meeting.having_read(outcome)))
            }
            "call" => {
                let call = VoiceCall::with(person, called, identity, person.phrase?);
                Self::VoiceCall(Box::new(call))
            }
            "decide" => return Self::changed(Some(&person.jid), called, &open.person),
            _ => return None,
        })
    }
}

/// The ground of a dialog.
pub(crate) fn frame(ui: &Ui) -> Frame {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.sidebar)
        .stroke(Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS_LARGE)
        .inner_margin(margin::DIALOG)
}

/// Buttons at the lower right of a dialog; the first one drawn stands at the right.
pub(crate) fn buttons_ui<R>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> R) -> R {
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), size::BUTTON_HEIGHT),
        Layout::right_to_left(egui::Align::Center),
        buttons,
    )
    .inner
}

/// A quiet button that closes a dialog.
pub(crate) fn close_button_ui(ui: &mut Ui, words: &str) -> bool {
    button_ui(ui, words, Weight::Quiet).clicked()
}

/// The room of a dialog in this window: no wider than `width`.
pub(crate) fn width_of(ui: &Ui, width: f32) -> f32 {
    width.min(ui.ctx().content_rect().width() - 4.0 * size::GAP_LARGE)
}

/// Draws the open dialog; nothing is left of it when it was answered.
pub(crate) fn dialog_ui(
    ui: &Ui,
    model: &MainModel,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let Some(open) = dialog else { return };
    let palette = Palette::of(ui);
    let modal = Modal::new(Id::unique("dialog")).backdrop_color(palette.backdrop);
    let response = modal.frame(frame(ui)).show(ui.ctx(), |ui| {
        let width = match open {
            Dialog::Compare(_) | Dialog::Meeting(_) | Dialog::VoiceCall(_) | Dialog::Changed(_) => {
                size::SHEET_WIDTH
            }
            _ => size::DIALOG_WIDTH,
        };
        ui.set_width(width_of(ui, width));
        match open {
            Dialog::Rename {
                jid,
                name,
                was_focused,
            } => rename_ui(ui, jid, name, was_focused, out),
            Dialog::ClaimAddress {
                address,
                was_focused,
            } => claim_ui(ui, address, was_focused, out),
            Dialog::Wipe { typed } => typed_ui(ui, WIPE, typed, SettingsCommand::Wipe.into(), out),
            Dialog::EndIdentity { typed } => {
                typed_ui(ui, END, typed, ViewCommand::EndIdentity, out)
            }
            Dialog::Compare(comparison) => comparison.comparison_ui(ui, out),
            Dialog::Meeting(meeting) => low_window_ui(ui, |ui| meeting.meeting_ui(ui, model, out)),
            Dialog::VoiceCall(call) => low_window_ui(ui, |ui| call.voice_call_ui(ui, out)),
            Dialog::Changed(changed) => low_window_ui(ui, |ui| changed.changed_ui(ui, model, out)),
            Dialog::Contact { .. } | Dialog::OurDevices => true,
            question => question_ui(ui, question, out),
        }
    });
    if response.inner || response.should_close() {
        *dialog = None;
    }
}

/// A dialog with much in it scrolls where the window is low.
pub(crate) fn low_window_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> bool) -> bool {
    let height = ui.ctx().content_rect().height() - 4.0 * size::GAP_LARGE;
    let area = ScrollArea::vertical()
        .auto_shrink([false, true])
        .max_height(height.max(size::HEADER))
        .min_scrolled_height(height.max(size::HEADER));
    area.show(ui, contents).inner
}

fn rename_ui(
    ui: &mut Ui,
    jid: &str,
    name: &mut String,
    was_focused: &mut bool,
    out: &mut Vec<ViewCommand>,
) -> bool {
    let palette = Palette::of(ui);
    let title = tr(ui, "dialog-rename-title");
    text::label_ui(ui, title, TextRole::Heading, palette.text);
    form::note_ui(ui, &tr(ui, "dialog-rename-words"));
    let response = form::field_ui(ui, &tr(ui, "dialog-rename-field"), name, "");
    if !std::mem::replace(was_focused, true) {
        response.request_focus();
    }
    let is_enter = form::is_entered(ui, &response);
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        let label = tr(ui, "dialog-rename-do");
        let is_asked = button_ui(ui, &label, Weight::Main).clicked() || is_enter;
        if is_asked {
            let (jid, name) = (jid.to_owned(), name.trim().to_owned());
            out.push(UiCommand::RenameContact { jid, name }.into());
        }
        close_button_ui(ui, &tr(ui, "dialog-cancel")) || is_asked
    })
}

/// Asks for an account elsewhere that is ours, too.
fn claim_ui(
    ui: &mut Ui,
    address: &mut String,
    was_focused: &mut bool,
    out: &mut Vec<ViewCommand>,
) -> bool {
    let palette = Palette::of(ui);
    let title = tr(ui, "dialog-claim-title");
    text::label_ui(ui, title, TextRole::Heading, palette.text);
    form::note_ui(ui, &tr(ui, "dialog-claim-words"));
    let (name, hint) = (tr(ui, "dialog-claim-field"), tr(ui, "dialog-claim-hint"));
    let response = form::field_ui(ui, &name, address, &hint);
    if !std::mem::replace(was_focused, true) {
        response.request_focus();
    }
    let is_enter = form::is_entered(ui, &response);
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        let label = tr(ui, "dialog-claim-do");
        let is_asked = button_ui(ui, &label, Weight::Main).clicked() || is_enter;
        let is_given = is_asked && !address.trim().is_empty();
        if is_given {
            let jid = address.trim().to_owned();
            out.push(UiCommand::ClaimAddress { jid }.into());
        }
        close_button_ui(ui, &tr(ui, "dialog-cancel")) || is_given
    })
}

/// The words about a move: what is asked, what follows from it, and what the button says.
const MOVE: [&str; 3] = ["dialog-move-title", "dialog-move-words", "dialog-move-do"];

/// What a question asks, what follows from it, what the button says, and what it does.
fn question(dialog: &Dialog) -> Option<(&str, [&'static str; 3], Vec<ViewCommand>)> {
    let asked = match dialog {
        Dialog::Remove { jid, name } => {
            let command = UiCommand::RemoveContact { jid: jid.clone() };
            let keys = [
                "dialog-remove-title",
                "dialog-remove-words",
                "dialog-remove-do",
            ];
            (name.as_str(), keys, vec![command.into()])
        }
        Dialog::Block { jid, name } => {
            let (jid, blocked) = (jid.clone(), true);
            let command = UiCommand::SetBlocked { jid, blocked };
            let keys = [
                "dialog-block-title",
                "dialog-block-words",
                "dialog-block-do",
            ];
            (name.as_str(), keys, vec![command.into()])
        }
        Dialog::DeleteConversation { jid, name } => {
            let command = UiCommand::DeleteConversation { jid: jid.clone() };
            let keys = [
                "dialog-delete-title",
                "dialog-delete-words",
                "dialog-delete-do",
            ];
            (name.as_str(), keys, vec![command.into()])
        }
        Dialog::Revoke { id, name } => {
            let command = SettingsCommand::RevokeDevice { id: id.clone() };
            let keys = [
                "dialog-revoke-title",
                "dialog-revoke-words",
                "dialog-revoke-do",
            ];
            (name.as_str(), keys, vec![command.into()])
        }
        Dialog::RemoveDevice { device, name } => {
            let device = *device;
            let command = UiCommand::RemoveOurDevice { device };
            let keys = [
                "dialog-remove-device-title",
                "dialog-remove-device-words",
                "dialog-remove-device-do",
            ];
            (name.as_str(), keys, vec![command.into()])
        }
        Dialog::RevokeAddress { jid, name } => {
            let (jid, is_revoked) = (jid.clone(), true);
            let command = UiCommand::DropAddress { jid, is_revoked };
            let keys = [
                "dialog-revoke-address-title",
                "dialog-revoke-address-words",
                "dialog-revoke-address-do",
            ];
            (name.as_str(), keys, vec![command.into()])
        }
        Dialog::MoveAddress => ("", MOVE, vec![ViewCommand::MoveAddress]),
        Dialog::InTheClear { name, command } => {
            let title = match name {
                Some(_) => "dialog-clear-title",
                None => "dialog-clear-always-title",
            };
            let keys = [title, "dialog-clear-words", "dialog-clear-do"];
            let name = name.as_deref().unwrap_or_default();
            (name, keys, vec![command.clone().into()])
        }
        Dialog::Rename { .. }
        | Dialog::ClaimAddress { .. }
        | Dialog::Wipe { .. }
        | Dialog::EndIdentity { .. }
        | Dialog::Compare(_)
        | Dialog::Meeting(_)
        | Dialog::VoiceCall(_)
        | Dialog::Changed(_)
        | Dialog::Contact { .. }
        | Dialog::OurDevices => return None,
    };
    Some(asked)
}

fn question_ui(ui: &mut Ui, dialog: &Dialog, out: &mut Vec<ViewCommand>) -> bool {
    let Some((name, [title, words, label], commands)) = question(dialog) else {
        return true;
    };
    let palette = Palette::of(ui);
    let title = tr_with(ui, title, &[("name", name.into())]);
    text::label_ui(ui, title, TextRole::Heading, palette.text);
    text::label_ui(ui, tr(ui, words), TextRole::Body, palette.text_secondary);
    ui.add_space(size::GAP_SMALL);
    buttons_ui(ui, |ui| {
        let is_asked = button_ui(ui, &tr(ui, label), Weight::Danger).clicked();
        if is_asked {
            out.extend(commands);
        }
        close_button_ui(ui, &tr(ui, "dialog-cancel")) || is_asked
    })
}

/// The texts of a question that a word has to be typed for, so that no slip answers it.
#[derive(Clone, Copy)]
struct TypedQuestion {
    title: &'static str,
    words: &'static str,
    /// The word to type.
    confirmation: &'static str,
    label: &'static str,
}

const WIPE: TypedQuestion = TypedQuestion {
    title: "dialog-wipe-title",
    words: "dialog-wipe-words",
    confirmation: "dialog-wipe-confirmation",
    label: "dialog-wipe-do",
};

const END: TypedQuestion = TypedQuestion {
    title: "dialog-end-title",
    words: "dialog-end-words",
    confirmation: "dialog-end-confirmation",
    label: "dialog-end-do",
};

fn typed_ui(
    ui: &mut Ui,
    question: TypedQuestion,
    typed: &mut String,
    command: ViewCommand,
    out: &mut Vec<ViewCommand>,
) -> bool {
    let palette = Palette::of(ui);
    let title = tr(ui, question.title);
    text::label_ui(ui, title, TextRole::Heading, palette.text);
    let words = tr(ui, question.words);
    text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
    let wanted = tr(ui, question.confirmation);
    let name = tr_with(ui, "dialog-type-field", &[("word", wanted.as_str().into())]);
    let _field = form::named_field_ui(ui, &name, typed, "");
    ui.add_space(size::GAP_SMALL);
    let is_confirmed = typed.trim().to_lowercase() == wanted.to_lowercase();
    buttons_ui(ui, |ui| {
        let label = tr(ui, question.label);
        let button = |ui: &mut Ui| button_ui(ui, &label, Weight::Danger).clicked();
        let is_asked = ui.add_enabled_ui(is_confirmed, button).inner;
        if is_asked {
            out.push(command);
        }
        close_button_ui(ui, &tr(ui, "dialog-cancel")) || is_asked
    })
}
