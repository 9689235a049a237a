use egui::{Color32, Id, Rect, Sense, Ui, pos2, vec2};
use onym_client_protocol::command::Verdict;
use onym_client_protocol::trust::TrustRule;
use onym_client_protocol::view_model::{DeviceView, OurDevicesView};

use super::comparison::{Comparison, key_ui, verdict};
use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::form;
use crate::icon::Icon;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Clock, Words};

/// Devices of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeviceList<'a> {
    /// Those that are gone stand last.
    pub(crate) devices: &'a [DeviceView],
    /// Whose they are.
    pub(crate) name: &'a str,
    /// Ours, to compare with.
    pub(crate) ours: &'a OurDevicesView,
    pub(crate) clock: Clock,
}

/// Draws the devices as rows of a card; those that are gone are folded.
pub(crate) fn device_list_ui(
    ui: &mut Ui,
    list: DeviceList<'_>,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let (here, gone): (Vec<&DeviceView>, Vec<&DeviceView>) =
        list.devices.iter().partition(|device| device.is_listed);
    for device in here {
        device_ui(ui, device, list, dialog, out);
    }
    if gone.is_empty() {
        return;
    }
    let words = Words::of(ui);
    let id = Id::unique(("devices that are gone", list.name));
    let is_shown: bool = ui.data(|data| data.get_temp(id).unwrap_or_default());
    let title = if is_shown {
        words.get("devices-gone-hide")
    } else {
        words.with("devices-gone", &[("count", gone.len().into())])
    };
    if form::action_ui(ui, &title, "", Palette::of(ui).text_secondary) {
        ui.data_mut(|data| data.insert_temp(id, !is_shown));
    }
    if is_shown {
        for device in gone {
            device_ui(ui, device, list, dialog, out);
        }
    }
}

fn device_ui(
    ui: &mut Ui,
    device: &DeviceView,
    list: DeviceList<'_>,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    form::padded_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::GAP_TINY;
        text::label_ui(ui, words.device(device), TextRole::Name, palette.text);
        let (icon, color) = look(device.because, palette);
        state_ui(ui, icon, &words.trust(device, list.clock), color);
        if let Some(at) = device.key_changed {
            let time = words.short_date(list.clock.local(at).date);
            let changed = words.with("device-key-changed", &[("time", time.into())]);
            state_ui(ui, Icon::Warning, &changed, palette.danger);
        }
        if device.is_stale {
            let stale = words.get("device-stale");
            state_ui(ui, Icon::Archive, &stale, palette.text_secondary);
        }
        ui.add_space(size::GAP_TINY);
        key_ui(ui, device.key);
        form::note_ui(ui, &words.device_facts(device, list.clock));
        actions_ui(ui, device, list, dialog, out);
    });
}

/// The symbol and the colour of what is known about a device.
pub(crate) fn look(rule: TrustRule, palette: &Palette) -> (Icon, Color32) {
    match rule {
        TrustRule::VerifiedByPerson | TrustRule::SignedByVerified | TrustRule::VouchedByDevice => {
            (Icon::Talk(TalkIcon::ShieldCheck), palette.good_text)
        }
        TrustRule::SignedByIdentity | TrustRule::SignedByIntroduced => {
            (Icon::Talk(TalkIcon::Shield), palette.good_text)
        }
        TrustRule::AcceptedByPerson
        | TrustRule::FirstUse
        | TrustRule::SignedByFirstSeen
        | TrustRule::Blind => (Icon::Talk(TalkIcon::Shield), palette.text_secondary),
        TrustRule::NeedsDecision => (Icon::Talk(TalkIcon::ShieldAsk), palette.warning),
        TrustRule::RefusedByPerson | TrustRule::RevokedByIdentity | TrustRule::DeniedByDevice => {
            (Icon::Talk(TalkIcon::ShieldOff), palette.danger)
        }
        TrustRule::NotListed => (Icon::Archive, palette.text_secondary),
    }
}

/// A symbol with words behind it, in as many lines as they take.
pub(crate) fn state_ui(ui: &mut Ui, icon: Icon, words: &str, color: Color32) {
    state_of_ui(ui, icon, words, TextRole::Body, color);
}

/// The same, with words of this role.
pub(crate) fn state_of_ui(ui: &mut Ui, icon: Icon, words: &str, role: TextRole, color: Color32) {
    let indent = size::ICON + size::GAP_SMALL;
    let room = ui.available_width() - indent;
    let galley = text::wrapped(ui, words, role, color, room);
    let whole = vec2(indent + galley.size().x, galley.size().y);
    let (rect, response) = ui.allocate_exact_size(whole, Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words));
    let line = role.line_height_points();
    let middle = pos2(rect.left() + size::ICON / 2.0, rect.top() + line / 2.0);
    let side = size::ICON - 2.0;
    icon.paint(
        ui.painter(),
        Rect::from_center_size(middle, vec2(side, side)),
        color,
    );
    let at = rect.min + vec2(indent, 0.0);
    ui.painter().galley(at, galley, color);
}

fn actions_ui(
    ui: &mut Ui,
    device: &DeviceView,
    list: DeviceList<'_>,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    use TrustRule as R;
    let rule = device.because;
    if matches!(rule, R::NotListed | R::RevokedByIdentity) {
        return;
    }
    let is_new = rule == R::NeedsDecision;
    let words = Words::of(ui);
    let name = words.device(device);
    let named = |key: &str| words.with(key, &[("device", name.as_str().into())]);
    ui.add_space(size::GAP_TINY);
    may_read_ui(ui, device, out);
    if rule == R::VerifiedByPerson && !device.is_ours {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let is_clicked = |ui: &mut Ui, key: &str, spoken: &str, weight| {
            let button = button_ui(ui, &words.get(key), weight);
            button.accessible_name(named(spoken)).clicked()
        };
        let comparison = Comparison::new(device, list.name, list.ours);
        if rule != R::VerifiedByPerson
            && let Some(comparison) = comparison
        {
            let weight = if is_new { Weight::Main } else { Weight::Quiet };
            if is_clicked(ui, "device-compare", "device-compare-named", weight) {
                *dialog = Some(Dialog::Compare(Box::new(comparison)));
            }
        }
        if is_new
            && device.key.is_some()
            && is_clicked(ui, "device-trust", "device-trust-named", Weight::Quiet)
        {
            out.push(verdict(device, Verdict::Accepted));
        }
        if is_new && is_clicked(ui, "device-refuse", "device-refuse-named", Weight::Quiet) {
            out.push(verdict(device, Verdict::Refused));
        }
        if device.is_ours && is_clicked(ui, "device-remove", "device-remove-named", Weight::Plain) {
            let (device, name) = (device.id, name.clone());
            *dialog = Some(Dialog::RemoveDevice { device, name });
        }
    });
}

/// Whether the device may read what the user writes, to be changed with one click. One that is new is
/// asked about with words, since leaving the switch alone would decide nothing.
fn may_read_ui(ui: &mut Ui, device: &DeviceView, out: &mut Vec<ViewCommand>) {
    if device.key.is_none() || device.because == TrustRule::NeedsDecision {
        return;
    }
    let words = Words::of(ui);
    let blanks = [("device", words.device(device).into())];
    let spoken = words.with("device-may-read-named", &blanks);
    let title = words.get("device-may-read");
    match form::toggle_ui(ui, &title, &spoken, device.may_read) {
        Some(true) => out.push(verdict(device, Verdict::Accepted)),
        Some(false) => out.push(verdict(device, Verdict::Refused)),
        None => {}
    }
}
