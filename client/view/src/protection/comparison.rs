use egui::text::LayoutJob;
use egui::{FontId, Role, Sense, Ui, WidgetInfo};
use onym_client_protocol::command::Verdict;
use onym_client_protocol::omemo::IdentityKey;
use onym_client_protocol::view_model::{DeviceView, OurDevicesView, UiCommand};

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::close_button_ui;
use crate::form;
use crate::text;
use crate::words::{Words, tr};

/// A fingerprint that two people compare, beside ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comparison {
    device: DeviceView,
    key: IdentityKey,
    /// Whose device it is.
    name: String,
    our_key: Option<IdentityKey>,
}

impl Comparison {
    /// Of a device of somebody; nothing as long as its key is not known.
    pub(crate) fn new(device: &DeviceView, name: &str, ours: &OurDevicesView) -> Option<Self> {
        Some(Self {
            device: device.clone(),
            key: device.key?,
            name: name.to_owned(),
            our_key: ours.this.map(|(_, key)| key),
        })
    }

    /// Draws both fingerprints. Returns whether the user is done.
    pub(crate) fn comparison_ui(&self, ui: &mut Ui, out: &mut Vec<ViewCommand>) -> bool {
        let palette = Palette::of(ui);
        let words = Words::of(ui);
        let name = [("name", self.name.as_str().into())];
        let (title, how) = if self.device.is_ours {
            (
                words.get("compare-our-title"),
                words.get("compare-our-words"),
            )
        } else {
            (
                words.get("compare-title"),
                words.with("compare-words", &name),
            )
        };
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        text::label_ui(ui, how, TextRole::Body, palette.text_secondary);
        ui.add_space(size::GAP_SMALL);
        let device = words.device(&self.device);
        let theirs = if self.device.is_ours {
            words.with("compare-our-device", &[("device", device.into())])
        } else {
            let blanks = [
                ("name", self.name.as_str().into()),
                ("device", device.into()),
            ];
            words.with("compare-device", &blanks)
        };
        text::label_ui(ui, theirs, TextRole::Name, palette.text);
        fingerprint_ui(ui, self.key, size::FINGERPRINT_FONT_LARGE);
        if let Some(our_key) = self.our_key {
            ui.add_space(size::GAP_SMALL);
            let ours = words.get("compare-this");
            text::label_ui(ui, ours, TextRole::Name, palette.text);
            fingerprint_ui(ui, our_key, size::FINGERPRINT_FONT_LARGE);
        }
        ui.add_space(size::GAP);
        let mut is_done = false;
        ui.horizontal_wrapped(|ui| {
            if button_ui(ui, &tr(ui, "compare-match"), Weight::Main).clicked() {
                out.push(verdict(&self.device, Verdict::Verified));
                is_done = true;
            }
            if button_ui(ui, &tr(ui, "compare-differ"), Weight::Danger).clicked() {
                out.push(verdict(&self.device, Verdict::Refused));
                is_done = true;
            }
            is_done |= close_button_ui(ui, &tr(ui, "dialog-cancel"));
        });
        is_done
    }
}

/// What the user says about a device as they saw it.
pub(crate) fn verdict(device: &DeviceView, verdict: Verdict) -> ViewCommand {
    UiCommand::SetTrust {
        jid: device.jid.clone(),
        device: device.id,
        key: device.key,
        verdict,
    }
    .into()
}

/// A fingerprint in groups of eight digits, so that two people can read it to each other.
pub(crate) fn fingerprint_ui(ui: &mut Ui, key: IdentityKey, font_points: f32) {
    let whole = key.to_string();
    let groups: Vec<&str> = whole.split(' ').collect();
    let spoken = Words::of(ui).with("device-fingerprint", &[("key", whole.as_str().into())]);
    grouped_ui(ui, &groups, &[4, 2], font_points, &spoken);
}

/// Groups of letters, all of one width but the last, in lines of the first of these numbers of groups
/// that fits, else in lines of one.
pub(crate) fn grouped_ui(
    ui: &mut Ui,
    groups: &[&str],
    per_line: &[usize],
    font_points: f32,
    spoken: &str,
) {
    let color = Palette::of(ui).text;
    let font = FontId::monospace(font_points);
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let letters = groups.first().map_or(1, |group| group.chars().count());
    let width_of = |groups: usize| letter * (groups * (letters + 1) - 1) as f32;
    let room = ui.available_width();
    let per_line = per_line.iter().find(|groups| width_of(**groups) < room);
    let lines: Vec<String> = groups
        .chunks(per_line.copied().unwrap_or(1))
        .map(|line| line.join(" "))
        .collect();
    let job = LayoutJob::simple(lines.join("\n"), font, color, f32::INFINITY);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken));
    ui.painter().galley(rect.min, galley, color);
}

/// A fingerprint, or that there is none yet.
pub(crate) fn key_ui(ui: &mut Ui, key: Option<IdentityKey>) {
    match key {
        Some(key) => fingerprint_ui(ui, key, size::FINGERPRINT_FONT),
        None => form::note_ui(ui, &tr(ui, "device-no-key")),
    }
}
