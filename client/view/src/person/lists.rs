use egui::Ui;
use onym_client_protocol::view_model::{
    AddressProof, AddressView, KeyView, PersonStanding, PersonSummary, StatementView,
};

use crate::button::{Weight, button_ui};
use crate::contact_page::address_ui;
use crate::design_tokens::{Palette, TextRole, size};
use crate::form;
use crate::icon::Icon;
use crate::protection::comparison::grouped_ui;
use crate::protection::device_list::state_ui;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words};

/// What proves the address that a page is about, below it.
pub(crate) fn this_address_ui(
    ui: &mut Ui,
    statement: &StatementView,
    summary: &PersonSummary,
    clock: Clock,
) {
    let this = statement.addresses.iter().find(|it| it.is_this);
    if let Some(address) = this {
        proof_ui(ui, address, counts(statement, summary), clock);
    }
}

/// Whether what the identity signed is worth anything.
fn counts(statement: &StatementView, summary: &PersonSummary) -> bool {
    !statement.is_expired && !summary.standing.is_alarming()
}

/// The other addresses of an identity, as rows of a card, with what more can be done about each.
pub(crate) fn other_addresses_ui(
    ui: &mut Ui,
    statement: &StatementView,
    summary: &PersonSummary,
    clock: Clock,
    mut more: impl FnMut(&mut Ui, &AddressView),
) {
    for address in statement.addresses.iter().filter(|it| !it.is_this) {
        form::padded_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = size::GAP_TINY;
            address_ui(ui, &address.jid);
            proof_ui(ui, address, counts(statement, summary), clock);
            let words = Words::of(ui);
            if matches!(address.proof, AddressProof::Revoked { .. }) {
                return;
            }
            ui.horizontal_wrapped(|ui| {
                let blanks = [("jid", text::short_jid(&address.jid).into())];
                let spoken = words.with("contact-copy-named", &blanks);
                let button = button_ui(ui, &words.get("contact-copy"), Weight::Quiet);
                if button.accessible_name(spoken).clicked() {
                    ui.ctx().copy_text(address.jid.clone());
                }
                more(ui, address);
            });
        });
    }
}

fn proof_ui(ui: &mut Ui, address: &AddressView, counts: bool, clock: Clock) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let (icon, color) = match address.proof {
        AddressProof::Confirmed | AddressProof::CarriesKey if !counts => {
            (Icon::Talk(TalkIcon::Shield), palette.text_secondary)
        }
        AddressProof::Confirmed | AddressProof::CarriesKey => {
            (Icon::Talk(TalkIcon::ShieldCheck), palette.good_text)
        }
        AddressProof::Claimed => (Icon::Talk(TalkIcon::ShieldAsk), palette.text_secondary),
        AddressProof::Revoked { .. } => (Icon::Talk(TalkIcon::ShieldOff), palette.danger),
    };
    state_ui(ui, icon, &words.address_proof(address.proof, clock), color);
}

/// Keys of other programs that an identity calls its own.
pub(crate) fn keys_ui(
    ui: &mut Ui,
    statement: &StatementView,
    summary: &PersonSummary,
    clock: Clock,
) {
    if statement.keys.is_empty() {
        return;
    }
    let title = Words::of(ui).get("person-keys");
    form::card_ui(ui, &title, |ui| {
        let words = Words::of(ui).get("person-keys-words");
        form::padded_ui(ui, |ui| form::note_ui(ui, &words));
        for key in &statement.keys {
            key_ui(ui, key, statement, summary, clock);
        }
    });
}

fn key_ui(
    ui: &mut Ui,
    key: &KeyView,
    statement: &StatementView,
    summary: &PersonSummary,
    clock: Clock,
) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    form::padded_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::GAP_TINY;
        let name = words.key_name(key);
        text::label_ui(ui, &name, TextRole::Name, palette.text);
        let counts = counts(statement, summary);
        let is_verified = matches!(summary.standing, PersonStanding::Verified { .. });
        let (icon, color) = match key.revoked {
            Some(_) => (Icon::Talk(TalkIcon::ShieldOff), palette.danger),
            None if !counts => (Icon::Talk(TalkIcon::ShieldAsk), palette.text_secondary),
            None if summary.standing == PersonStanding::Late => {
                (Icon::Talk(TalkIcon::ShieldAsk), palette.text_secondary)
            }
            None if is_verified => (Icon::Talk(TalkIcon::ShieldCheck), palette.good_text),
            None => (Icon::Talk(TalkIcon::Shield), palette.text),
        };
        let why = words.key_trust(key, counts, summary.standing, clock);
        state_ui(ui, icon, &why, color);
        ui.add_space(size::GAP_TINY);
        fingerprint_ui(ui, &key.fingerprint);
        if let Some(jid) = &key.jid {
            let place = words.with("person-key-at", &[("jid", text::short_jid(jid).into())]);
            form::note_ui(ui, &place);
        }
        ui.horizontal_wrapped(|ui| {
            let spoken = words.with("device-copy-named", &[("device", name.as_str().into())]);
            let button = button_ui(ui, &words.get("device-copy"), Weight::Quiet);
            if button.accessible_name(spoken).clicked() {
                ui.ctx().copy_text(key.fingerprint.clone());
            }
        });
    });
}

/// A fingerprint in the groups of its program.
fn fingerprint_ui(ui: &mut Ui, fingerprint: &str) {
    let spoken = Words::of(ui).with("device-fingerprint", &[("key", fingerprint.into())]);
    let separator = if fingerprint.contains(':') { ':' } else { ' ' };
    let groups: Vec<String> = match separator {
        // A certificate's colons stay, so that it can be found in what the other program shows.
        ':' => {
            let pairs: Vec<&str> = fingerprint.split(':').collect();
            pairs.chunks(8).map(|line| line.join(":")).collect()
        }
        _ => fingerprint.split_whitespace().map(str::to_owned).collect(),
    };
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let per_line: &[usize] = match separator {
        ':' => &[2],
        _ if groups.len() > 8 => &[10, 8, 5, 4, 2],
        _ => &[5, 4, 2],
    };
    grouped_ui(ui, &groups, per_line, size::FINGERPRINT_FONT, &spoken);
}
