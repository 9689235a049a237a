use egui::{Frame, Stroke, Ui};
use onym_client_protocol::command::Verdict;
use onym_client_protocol::trust::TrustRule;
use onym_client_protocol::view_model::{DeviceView, PersonView, UiCommand};
use onym_identity::IdentityKey;
use onym_identity::invite::InvitedKey;

use super::identity_ui;
use super::voice::differs;
use crate::add_contact::{Brought, sources_ui, take_dropped};
use crate::app_model::camera::CameraModel;
use crate::app_model::{FoundLink, LinkProblem, MainModel, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::close_button_ui;
use crate::form;
use crate::icon::Icon;
use crate::protection::comparison::verdict;
use crate::protection::device_list::{state_of_ui, state_ui};
use crate::qr;
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Words, tr};
use crate::xmpp_link;

/// Two people are in one place and show each other their codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meeting {
    jid: String,
    name: String,
    /// Who is known here to be behind the address, if anybody is.
    identity: Option<IdentityKey>,
    /// The devices there, which codes of other programs name.
    devices: Vec<DeviceView>,
    our_code: String,
    /// The last answer about a clipboard or a file that was taken; nothing before the first picture.
    taken: Option<u64>,
    outcome: Option<Outcome>,
}

/// What the code that was read says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The identity that is known here.
    Same {
        /// Devices there that neither the code names nor the identity has signed.
        missing: Vec<DeviceView>,
    },
    /// Another one.
    Other(IdentityKey),
    /// Our own.
    Ours,
    /// The keys of devices as they are known here.
    SameDevices {
        /// Which ones.
        same: Vec<DeviceView>,
        /// Those there that the code does not name.
        missing: Vec<DeviceView>,
    },
    /// Another key of this device.
    OtherKey(Box<DeviceView>),
    /// Another address.
    OtherAddress,
    /// An address, and nothing that proves whose it is.
    NoIdentity,
    /// No code of a person.
    NotACode,
    /// Nothing could be read.
    Problem(LinkProblem),
}

impl Meeting {
    /// With somebody, of whom these devices are known.
    pub(crate) fn with(person: &PersonView, name: &str, devices: &[DeviceView]) -> Self {
        Self {
            jid: person.jid.clone(),
            name: name.to_owned(),
            identity: person.summary.identity,
            devices: devices.to_vec(),
            our_code: person.our_code.clone(),
            taken: None,
            outcome: None,
        }
    }

    /// With what a code says that was read elsewhere.
    pub(crate) fn compared_with(mut self, brought: &Brought, our_jid: &str) -> Self {
        let found = FoundLink {
            serial: 0,
            found: Ok(brought.text.clone()),
            arrival: brought.arrival,
        };
        self.outcome = Some(self.outcome_of(&found, our_jid));
        self
    }

    /// As if a code had been read already.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn having_read(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Draws our code, and what theirs says. Returns whether the user is done.
    pub(crate) fn meeting_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        self.take_found(model);
        take_dropped(ui, out);
        let palette = Palette::of(ui);
        let words = Words::of(ui);
        let name = [("name", self.name.as_str().into())];
        let title = words.with("meet-title", &name);
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        let mut is_done = false;
        match &self.outcome {
            None => self.our_code_ui(ui),
            Some(outcome) => is_done |= self.outcome_ui(ui, outcome, out),
        }
        let is_same = matches!(
            self.outcome,
            Some(Outcome::Same { .. } | Outcome::SameDevices { .. })
        );
        if !is_same {
            let how = match model.camera {
                CameraModel::Absent => words.with("meet-read", &name),
                CameraModel::Off | CameraModel::On(_) => words.with("meet-read-camera", &name),
            };
            text::label_ui(ui, how, TextRole::Body, palette.text_secondary);
        }
        ui.horizontal_wrapped(|ui| {
            if !is_same {
                sources_ui(ui, model, out);
            }
            let again = words.get("meet-show-code");
            if self.outcome.is_some() && button_ui(ui, &again, Weight::Quiet).clicked() {
                self.outcome = None;
            }
            is_done |= close_button_ui(ui, &tr(ui, "dialog-cancel"));
        });
        is_done
    }

    fn our_code_ui(&self, ui: &mut Ui) {
        let words = Words::of(ui);
        let palette = Palette::of(ui);
        let show = words.with("meet-show", &[("name", self.name.as_str().into())]);
        text::label_ui(ui, show, TextRole::Body, palette.text_secondary);
        ui.vertical_centered(|ui| {
            let room = ui.ctx().content_rect().height() - size::MEETING_AROUND;
            let side = size::QR_LARGE.min(ui.available_width()).min(room);
            let name = words.get("meet-our-code");
            qr::qr_ui(ui, &self.our_code, side.max(size::QR), &name);
        });
    }

    /// What was found in the clipboard or in a picture since the dialog was opened.
    fn take_found(&mut self, model: &MainModel) {
        let found = model.found_link.as_ref();
        let serial = found.map_or(0, |found| found.serial);
        let before = self.taken.replace(serial);
        if let Some(found) = found.filter(|_| before.is_some_and(|before| before != serial)) {
            self.outcome = Some(self.outcome_of(found, &model.view.our_jid));
        }
    }

    fn outcome_of(&self, found: &FoundLink, our_jid: &str) -> Outcome {
        let text = match &found.found {
            Ok(text) => text,
            Err(problem) => return Outcome::Problem(*problem),
        };
        let Ok(read) = xmpp_link::parse(text, found.arrival) else {
            return Outcome::NotACode;
        };
        let invite = &read.received.invite;
        match (invite.identity(), self.identity) {
            _ if read.jid == our_jid => Outcome::Ours,
            (Some(read), Some(known)) if read == known => Outcome::Same {
                missing: self.missing_in(&invite.keys),
            },
            (Some(read), Some(_)) => Outcome::Other(read),
            _ if read.jid != self.jid => Outcome::OtherAddress,
            _ => self.outcome_of_keys(&invite.keys),
        }
    }

    /// Programs without identities show codes with the keys of their devices.
    fn outcome_of_keys(&self, keys: &[InvitedKey]) -> Outcome {
        let mut same = Vec::new();
        for key in keys {
            let bytes = key.key.fingerprint.as_bytes();
            let is_same =
                |device: &&DeviceView| device.key.is_some_and(|it| it.as_bytes() == bytes);
            let has_number = |device: &&DeviceView| key.device == Some(device.id.get());
            if let Some(device) = self.devices.iter().find(is_same) {
                same.push(device.clone());
            } else if let Some(device) = self.devices.iter().find(has_number)
                && device.key.is_some()
            {
                return Outcome::OtherKey(Box::new(device.clone()));
            }
        }
        match same.is_empty() {
            true => Outcome::NoIdentity,
            false => Outcome::SameDevices {
                same,
                missing: self.missing_in(keys),
            },
        }
    }

    /// Devices that the code does not name, and about which nobody but us has said anything: whoever
    /// runs the server may have added them.
    fn missing_in(&self, keys: &[InvitedKey]) -> Vec<DeviceView> {
        use TrustRule as R;
        let is_open = |device: &&DeviceView| {
            let rules = [R::AcceptedByPerson, R::FirstUse, R::Blind, R::NeedsDecision];
            device.is_listed && rules.contains(&device.because)
        };
        let is_named = |device: &DeviceView| {
            let named = |key: &InvitedKey| {
                let bytes = key.key.fingerprint.as_bytes();
                device.key.is_some_and(|it| it.as_bytes() == bytes)
            };
            keys.iter().any(named)
        };
        let open = self.devices.iter().filter(is_open);
        open.filter(|device| !is_named(device)).cloned().collect()
    }

    /// Returns whether the user is done.
    fn outcome_ui(&self, ui: &mut Ui, outcome: &Outcome, out: &mut Vec<ViewCommand>) -> bool {
        let palette = Palette::of(ui);
        let words = Words::of(ui);
        let name = [("name", self.name.as_str().into())];
        let tick = Icon::Talk(TalkIcon::ShieldCheck);
        let (icon, color, key) = match outcome {
            Outcome::Same { .. } => (tick, palette.good_text, "meet-same"),
            Outcome::SameDevices { .. } => (tick, palette.good_text, "meet-same-devices"),
            Outcome::OtherKey(_) => (Icon::Warning, palette.danger, "meet-other-key"),
            Outcome::OtherAddress => (Icon::Warning, palette.danger, "meet-other-address"),
            Outcome::Other(_) => (Icon::Warning, palette.danger, "meet-other"),
            Outcome::Ours => (Icon::Info, palette.text, "meet-ours"),
            Outcome::NoIdentity => (Icon::Info, palette.text, "meet-no-identity"),
            Outcome::NotACode => (Icon::Info, palette.text, "meet-not-a-code"),
            Outcome::Problem(problem) => {
                let key = match problem {
                    LinkProblem::Empty => "add-problem-empty",
                    LinkProblem::NoCode => "add-problem-no-code",
                    LinkProblem::Unreadable => "add-problem-unreadable",
                };
                (Icon::Info, palette.text, key)
            }
        };
        let mut is_done = false;
        let frame = Frame::new()
            .fill(palette.window)
            .stroke(Stroke::new(size::LINE, color))
            .corner_radius(size::RADIUS_LARGE)
            .inner_margin(margin::CARD);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            state_of_ui(ui, icon, &words.with(key, &name), TextRole::Name, color);
            is_done = self.consequences_ui(ui, outcome, out);
        });
        ui.add_space(size::GAP_TINY);
        is_done
    }

    /// What follows from a code, once a person says that they saw it. Returns whether they have.
    fn consequences_ui(&self, ui: &mut Ui, outcome: &Outcome, out: &mut Vec<ViewCommand>) -> bool {
        let words = Words::of(ui);
        let name = [("name", self.name.as_str().into())];
        match outcome {
            Outcome::Same { missing } => {
                let said = words.with("meet-same-words", &name);
                text::label_ui(ui, said, TextRole::Body, Palette::of(ui).text);
                self.missing_ui(ui, missing);
                let proven = self.identity.map(|identity| UiCommand::VerifyIdentity {
                    jid: self.jid.clone(),
                    identity,
                    is_verified: true,
                });
                let commands = proven.into_iter().map(ViewCommand::from).collect();
                seen_ui(ui, "meet-same-do", Weight::Main, commands, out)
            }
            Outcome::SameDevices { same, missing } => {
                let said = self.about(words, "meet-same-devices-words", same);
                text::label_ui(ui, said, TextRole::Body, Palette::of(ui).text);
                self.missing_ui(ui, missing);
                let verified = same.iter().map(|it| verdict(it, Verdict::Verified));
                seen_ui(ui, "meet-same-do", Weight::Main, verified.collect(), out)
            }
            Outcome::OtherKey(device) => {
                let devices = std::slice::from_ref(&**device);
                let said = self.about(words, "meet-other-key-words", devices);
                text::label_ui(ui, said, TextRole::Body, Palette::of(ui).text);
                let refused = vec![verdict(device, Verdict::Refused)];
                seen_ui(ui, "meet-other-key-do", Weight::Danger, refused, out)
            }
            Outcome::Other(other) => {
                let said = words.with("meet-other-words", &name);
                text::label_ui(ui, said, TextRole::Body, Palette::of(ui).text);
                let read = ("meet-other-read", Some(*other));
                for (key, identity) in [("meet-other-known", self.identity), read] {
                    let Some(identity) = identity else { continue };
                    ui.add_space(size::GAP_TINY);
                    form::note_ui(ui, &words.with(key, &name));
                    identity_ui(ui, &identity, size::FINGERPRINT_FONT);
                }
                let known = self.identity.into_iter();
                let differs = known.map(|known| differs(&self.jid, known)).collect();
                ui.add_space(size::GAP_TINY);
                seen_ui(ui, "meet-other-do", Weight::Danger, differs, out)
            }
            _ => false,
        }
    }

    /// Which of their devices the code says nothing about.
    fn missing_ui(&self, ui: &mut Ui, missing: &[DeviceView]) {
        if missing.is_empty() {
            return;
        }
        let said = self.about(Words::of(ui), "meet-missing", missing);
        let icon = Icon::Talk(TalkIcon::ShieldAsk);
        state_ui(ui, icon, &said, Palette::of(ui).warning);
        ui.add_space(size::GAP_TINY);
    }

    /// A sentence about the other side and some of their devices.
    fn about(&self, words: Words, key: &str, devices: &[DeviceView]) -> String {
        let named: Vec<String> = devices.iter().map(|device| words.device(device)).collect();
        let blanks = [
            ("name", self.name.as_str().into()),
            ("devices", named.join(", ").into()),
            ("count", devices.len().into()),
        ];
        words.with(key, &blanks)
    }
}

/// Only a person knows whether the picture is of the other's screen. Returns whether they have said so.
fn seen_ui(
    ui: &mut Ui,
    label: &str,
    weight: Weight,
    commands: Vec<ViewCommand>,
    out: &mut Vec<ViewCommand>,
) -> bool {
    let label = tr(ui, label);
    let mut is_done = false;
    ui.horizontal_wrapped(|ui| is_done = button_ui(ui, &label, weight).clicked());
    if is_done {
        out.extend(commands);
    }
    is_done
}
