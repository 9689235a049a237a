use egui::Ui;
use onym_client_protocol::view_model::{UiCommand, WayView, WaysView};

use crate::app_model::ViewCommand;
use crate::contact_page::address_ui;
use crate::form;
use crate::words::{Clock, Words};

/// The addresses of a person who has several, which of them is written to and why, and the user's choice.
pub(crate) fn ways_ui(
    ui: &mut Ui,
    conversation: &str,
    ways: &WaysView,
    clock: Clock,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    let mut write_to = |address: Option<&str>| {
        let jid = conversation.to_owned();
        let address = address.map(str::to_owned);
        out.push(UiCommand::WriteTo { jid, address }.into());
    };
    let of_theirs = |it: &&WayView| it.is_theirs;
    form::card_ui(ui, &words.get("ways-title"), |ui| {
        form::padded_ui(ui, |ui| form::note_ui(ui, &words.way_now(ways)));
        let is_chosen = ways.chosen.is_none();
        if form::choice_ui(ui, &words.get("ways-automatic"), "", is_chosen) {
            write_to(None);
        }
        for way in ways.addresses.iter().filter(of_theirs) {
            let is_chosen = ways.chosen.as_ref() == Some(&way.jid);
            let facts = words.way_facts(way, ways, clock);
            let name = crate::text::short_jid(&way.jid);
            if form::choice_ui(ui, &name, &facts, is_chosen) {
                write_to(Some(&way.jid));
            }
        }
        for way in ways.addresses.iter().filter(|it| !it.is_theirs) {
            form::padded_ui(ui, |ui| {
                address_ui(ui, &way.jid);
                form::note_ui(ui, &words.get("ways-former"));
            });
        }
    });
}
