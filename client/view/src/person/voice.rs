use egui::text::LayoutJob;
use egui::{FontId, Frame, Role, Sense, Stroke, Ui, WidgetInfo};
use onym_client_protocol::command::IdentityVerdict;
use onym_client_protocol::view_model::{PersonView, UiCommand};
use onym_identity::{ComparisonPhrase, IdentityKey};

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::close_button_ui;
use crate::icon::Icon;
use crate::protection::device_list::state_of_ui;
use crate::text;
use crate::words::{Words, tr};

/// Words of a phrase on one line.
const WORDS_PER_LINE: usize = 3;

/// Two people hear each other and read a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VoiceCall {
    jid: String,
    name: String,
    identity: IdentityKey,
    phrase: ComparisonPhrase,
    /// Whether the user has heard something else.
    differs: bool,
}

impl VoiceCall {
    /// With somebody, of whom this identity is known.
    pub(crate) fn with(
        person: &PersonView,
        name: &str,
        identity: IdentityKey,
        phrase: ComparisonPhrase,
    ) -> Self {
        Self {
            jid: person.jid.clone(),
            name: name.to_owned(),
            identity,
            phrase,
            differs: false,
        }
    }

    /// Draws the phrase. Returns whether the user is done.
    pub(crate) fn voice_call_ui(&mut self, ui: &mut Ui, out: &mut Vec<ViewCommand>) -> bool {
        let palette = Palette::of(ui);
        let words = Words::of(ui);
        let name = [("name", self.name.as_str().into())];
        let title = words.with("call-title", &name);
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        if self.differs {
            let (icon, color) = (Icon::Warning, palette.danger);
            let said = words.get("call-differs");
            state_of_ui(ui, icon, &said, TextRole::Name, color);
            let said = words.with("call-differs-words", &name);
            text::label_ui(ui, said, TextRole::Body, palette.text);
            ui.add_space(size::GAP_SMALL);
            return self.differs_ui(ui, out);
        }
        let how = words.with("call-words", &name);
        text::label_ui(ui, how, TextRole::Body, palette.text_secondary);
        half_ui(ui, &words.get("call-you-read"), self.phrase.ours());
        let they_read = words.with("call-they-read", &name);
        half_ui(ui, &they_read, self.phrase.theirs());
        ui.add_space(size::GAP_TINY);
        let mut is_done = false;
        ui.horizontal_wrapped(|ui| {
            if button_ui(ui, &words.get("call-same"), Weight::Main).clicked() {
                out.push(self.verified(true));
                is_done = true;
            }
            if button_ui(ui, &words.get("call-different"), Weight::Danger).clicked() {
                out.push(differs(&self.jid, self.identity));
                self.differs = true;
            }
            is_done |= close_button_ui(ui, &tr(ui, "dialog-cancel"));
        });
        is_done
    }

    /// The ways out once the user has heard something else. Returns whether the user is done.
    fn differs_ui(&mut self, ui: &mut Ui, out: &mut Vec<ViewCommand>) -> bool {
        let mut is_done = false;
        ui.horizontal_wrapped(|ui| {
            if button_ui(ui, &tr(ui, "call-again"), Weight::Main).clicked() {
                self.differs = false;
            }
            if button_ui(ui, &tr(ui, "person-differs-withdraw"), Weight::Quiet).clicked() {
                out.push(self.verified(false));
                is_done = true;
            }
            is_done |= close_button_ui(ui, &tr(ui, "dialog-close"));
        });
        is_done
    }

    fn verified(&self, is_verified: bool) -> ViewCommand {
        UiCommand::VerifyIdentity {
            jid: self.jid.clone(),
            identity: self.identity,
            is_verified,
        }
        .into()
    }
}

/// What the user says of an identity that they have compared, and that is not the person's.
pub(super) fn differs(jid: &str, identity: IdentityKey) -> ViewCommand {
    UiCommand::DecideIdentity {
        jid: jid.to_owned(),
        identity,
        verdict: IdentityVerdict::Differs,
    }
    .into()
}

/// Words below each other; the longest of the list has eight letters.
fn in_columns(words: &[&str]) -> String {
    let columns: Vec<String> = words.iter().map(|word| format!("{word:<10}")).collect();
    columns.concat().trim_end().to_owned()
}

/// One half of the phrase, large enough to be read from a screen that stands beside a telephone.
fn half_ui(ui: &mut Ui, title: &str, half: &[&str]) {
    let palette = Palette::of(ui);
    text::label_ui(ui, title, TextRole::Name, palette.text);
    let frame = Frame::new()
        .fill(palette.window)
        .stroke(Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS_LARGE)
        .inner_margin(margin::CARD);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let lines: Vec<String> = half.chunks(WORDS_PER_LINE).map(in_columns).collect();
        let font = FontId::monospace(size::FINGERPRINT_FONT_LARGE);
        let room = ui.available_width();
        let job = LayoutJob::simple(lines.join("\n"), font, palette.text, room);
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
        let spoken = half.join(" ");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        ui.painter().galley(rect.min, galley, palette.text);
    });
}
