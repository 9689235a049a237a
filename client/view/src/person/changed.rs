use egui::Ui;
use onym_client_protocol::command::IdentityVerdict;
use onym_client_protocol::view_model::{PersonSummary, UiCommand};
use onym_identity::{IdentityKey, Timestamp};

use super::identity_ui;
use crate::app_model::{MainModel, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::{Dialog, close_button_ui};
use crate::icon::Icon;
use crate::protection::device_list::state_ui;
use crate::text;
use crate::words::{Clock, Words, tr};

/// Two identities at one address, of which the user has to choose one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedIdentity {
    jid: String,
    name: String,
    old: IdentityKey,
    new: IdentityKey,
    since: Timestamp,
}

impl Dialog {
    /// The question which of two identities is behind an address; nothing where there is one.
    pub(crate) fn changed(jid: Option<&str>, name: &str, summary: &PersonSummary) -> Option<Self> {
        let challenge = summary.challenge?;
        Some(Self::Changed(Box::new(ChangedIdentity {
            jid: jid?.to_owned(),
            name: name.to_owned(),
            old: summary.identity?,
            new: challenge.identity,
            since: challenge.since,
        })))
    }
}

impl ChangedIdentity {
    /// Draws both, and what each choice means. Returns whether the user is done.
    pub(crate) fn changed_ui(
        &self,
        ui: &mut Ui,
        model: &MainModel,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let palette = Palette::of(ui);
        let words = Words::of(ui);
        let clock = Clock::of(&model.view);
        let name = [("name", self.name.as_str().into())];
        let title = words.with("changed-title", &name);
        text::label_ui(ui, title, TextRole::Heading, palette.text);
        let since = words.day_and_clock(clock.local(self.since), clock.local_now);
        let blanks = [("name", self.name.as_str().into()), ("time", since.into())];
        let warning = words.with("changed-words", &blanks);
        state_ui(ui, Icon::Warning, &warning, palette.danger);
        for (key, identity) in [("changed-old", &self.old), ("changed-new", &self.new)] {
            ui.add_space(size::GAP_TINY);
            text::label_ui(ui, words.get(key), TextRole::Name, palette.text);
            identity_ui(ui, identity, size::FINGERPRINT_FONT);
        }
        ui.add_space(size::GAP_TINY);
        let advice = words.with("changed-advice", &name);
        text::label_ui(ui, advice, TextRole::Body, palette.text_secondary);
        ui.add_space(size::GAP_TINY);
        let mut is_done = false;
        ui.horizontal_wrapped(|ui| {
            let choices = [
                ("changed-keep", Weight::Main, IdentityVerdict::KeepOld),
                ("changed-take", Weight::Danger, IdentityVerdict::TakeNew),
            ];
            for (key, weight, verdict) in choices {
                if button_ui(ui, &words.get(key), weight).clicked() {
                    let (jid, identity) = (self.jid.clone(), self.new);
                    out.push(
                        UiCommand::DecideIdentity {
                            jid,
                            identity,
                            verdict,
                        }
                        .into(),
                    );
                    is_done = true;
                }
            }
            is_done |= close_button_ui(ui, &tr(ui, "changed-later"));
        });
        is_done
    }
}
