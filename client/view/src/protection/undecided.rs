use egui::{Frame, ScrollArea, Stroke, Ui};
use onym_client_protocol::command::Verdict;
use onym_client_protocol::view_model::{ConversationView, DeviceView, OurDevicesView};

use super::comparison::{Comparison, verdict};
use super::device_list::state_ui;
use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::form;
use crate::icon::Icon;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words, short_key, tr};

/// Asks about the devices that the user has to decide about before anything is sent.
pub(crate) fn undecided_ui(
    ui: &mut Ui,
    conversation: &ConversationView,
    ours: &OurDevicesView,
    clock: Clock,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let undecided = &conversation.protection.undecided;
    if undecided.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    let is_loud = undecided.iter().any(|device| device.key_changed.is_some());
    let edge = if is_loud {
        palette.danger
    } else {
        palette.warning
    };
    let max_height = ui.ctx().content_rect().height() * size::UNDECIDED_MAX_FRACTION;
    let frame = Frame::new()
        .fill(palette.sidebar)
        .stroke(Stroke::new(size::LINE, edge))
        .corner_radius(size::RADIUS_LARGE)
        .inner_margin(margin::CARD);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = size::GAP_TINY;
        let title = tr(ui, "undecided-title");
        text::label_ui(ui, title, TextRole::Name, palette.text);
        form::note_ui(ui, &tr(ui, "undecided-words"));
        ScrollArea::vertical()
            .id_salt("undecided devices")
            .auto_shrink([false, true])
            .max_height(max_height)
            // Without it the area would stay as high as it was in the last frame.
            .min_scrolled_height(max_height)
            .show(ui, |ui| {
                for device in undecided {
                    ui.add_space(size::GAP_TINY);
                    let name = &conversation.contact.name;
                    device_ui(ui, device, name, ours, clock, dialog, out);
                }
            });
    });
    ui.add_space(size::GAP_SMALL);
}

fn device_ui(
    ui: &mut Ui,
    device: &DeviceView,
    name: &str,
    ours: &OurDevicesView,
    clock: Clock,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let label = words.device(device);
    let is_changed = device.key_changed.is_some();
    let (icon, color) = if is_changed {
        (Icon::Warning, palette.danger)
    } else {
        (Icon::Talk(TalkIcon::ShieldAsk), palette.text)
    };
    state_ui(ui, icon, &what_is_new(words, device, name), color);
    let named = |key: &str| words.with(key, &[("device", label.as_str().into())]);
    indented_ui(ui, |ui| form::note_ui(ui, &facts(words, device, clock)));
    let buttons = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = size::GAP_SMALL;
        let is_clicked = |ui: &mut Ui, key: &str, spoken: &str, weight| {
            let button = button_ui(ui, &words.get(key), weight);
            button.accessible_name(named(spoken)).clicked()
        };
        let (trust, compare) = if is_changed {
            (Weight::Quiet, Weight::Main)
        } else {
            (Weight::Main, Weight::Quiet)
        };
        // What is said about a key needs the key.
        let comparison = Comparison::new(device, name, ours);
        if comparison.is_some() && is_clicked(ui, "device-trust", "device-trust-named", trust) {
            out.push(verdict(device, Verdict::Accepted));
        }
        if is_clicked(ui, "device-refuse", "device-refuse-named", Weight::Quiet) {
            out.push(verdict(device, Verdict::Refused));
        }
        if let Some(comparison) = comparison
            && is_clicked(ui, "device-compare", "device-compare-named", compare)
        {
            *dialog = Some(Dialog::Compare(Box::new(comparison)));
        }
    };
    indented_ui(ui, |ui| {
        ui.horizontal_wrapped(buttons);
    });
}

/// Below words that a symbol stands before.
fn indented_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(size::ICON + size::GAP_SMALL);
        ui.vertical(contents);
    });
}

/// Who has which new device.
fn what_is_new(words: Words, device: &DeviceView, name: &str) -> String {
    let blanks = [
        ("name", name.into()),
        ("device", words.device(device).into()),
    ];
    let key = match (device.is_ours, device.key_changed.is_some()) {
        (true, false) => "undecided-ours",
        (true, true) => "undecided-our-key-changed",
        (false, false) => "undecided-theirs",
        (false, true) => "undecided-key-changed",
    };
    words.with(key, &blanks)
}

/// The beginning of its fingerprint, and since when it is known.
fn facts(words: Words, device: &DeviceView, clock: Clock) -> String {
    let Some(key) = device.key else {
        return words.get("undecided-no-key");
    };
    let since = device.key_changed.unwrap_or(device.first_seen);
    let since = words.day_and_clock(clock.local(since), clock.local_now);
    let blanks = [("key", short_key(key).into()), ("time", since.into())];
    words.with("undecided-since", &blanks)
}
