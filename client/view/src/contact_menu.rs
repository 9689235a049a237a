//! What can be done with a contact, for the menu of its row.

use egui::Ui;
use onym_client_protocol::view_model::{ContactView, MuteFor, UiCommand};

use crate::app_model::ViewCommand;
use crate::button::menu_item_ui;
use crate::design_tokens::{Palette, size};
use crate::dialog::Dialog;
use crate::words::tr;

/// Seconds of an hour.
const HOUR: u64 = 3600;

/// How long notifications can be turned off.
pub(crate) const MUTES: [(&str, MuteFor); 3] = [
    ("menu-mute-hour", MuteFor::Seconds(HOUR)),
    ("menu-mute-day", MuteFor::Seconds(8 * HOUR)),
    ("menu-mute-ever", MuteFor::Ever),
];

/// Draws the menu.
pub(crate) fn contact_menu_ui(
    ui: &mut Ui,
    contact: &ContactView,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    ui.set_width(size::MENU_WIDTH);
    ui.spacing_mut().item_spacing.y = size::GAP_MENU;
    let (jid, name) = (contact.jid.clone(), contact.name.clone());
    let item = |ui: &mut Ui, key: &str| {
        let is_clicked = menu_item_ui(ui, &tr(ui, key), palette.text).clicked();
        if is_clicked {
            ui.close();
        }
        is_clicked
    };
    if contact.unread > 0 && item(ui, "menu-mark-read") {
        out.push(UiCommand::MarkRead { jid: jid.clone() }.into());
    }
    let pinned = !contact.is_pinned;
    if item(ui, if pinned { "menu-pin" } else { "menu-unpin" }) {
        let jid = jid.clone();
        out.push(UiCommand::SetPinned { jid, pinned }.into());
    }
    if contact.mute.is_muted() {
        if item(ui, "menu-unmute") {
            let (jid, mute) = (jid.clone(), None);
            out.push(UiCommand::SetMuted { jid, mute }.into());
        }
    } else {
        for (key, mute) in MUTES {
            if item(ui, key) {
                let (jid, mute) = (jid.clone(), Some(mute));
                out.push(UiCommand::SetMuted { jid, mute }.into());
            }
        }
    }
    let archived = !contact.is_archived;
    let key = if archived {
        "menu-archive"
    } else {
        "menu-unarchive"
    };
    if item(ui, key) {
        let jid = jid.clone();
        out.push(UiCommand::SetArchived { jid, archived }.into());
    }
    ui.separator();
    if item(ui, "menu-details") {
        out.push(UiCommand::OpenConversation { jid: jid.clone() }.into());
        *dialog = Some(Dialog::Contact { jid: jid.clone() });
    }
    if item(ui, "menu-copy-address") {
        ui.ctx().copy_text(contact.jid.clone());
    }
    ui.separator();
    let danger = |ui: &mut Ui, key: &str| {
        let is_clicked = menu_item_ui(ui, &tr(ui, key), palette.danger).clicked();
        if is_clicked {
            ui.close();
        }
        is_clicked
    };
    if contact.last_message.is_some() && danger(ui, "menu-delete-conversation") {
        *dialog = Some(Dialog::DeleteConversation { jid, name });
    } else if contact.is_ourselves {
        // Nobody blocks themselves.
    } else if contact.is_blocked {
        if item(ui, "menu-unblock") {
            let (jid, blocked) = (contact.jid.clone(), false);
            out.push(UiCommand::SetBlocked { jid, blocked }.into());
        }
    } else if danger(ui, "menu-block") {
        let (jid, name) = (contact.jid.clone(), contact.name.clone());
        *dialog = Some(Dialog::Block { jid, name });
    }
}
