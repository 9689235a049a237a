use egui::Ui;
use onym_identity::invite::is_host;

use crate::app_model::{SettingsCommand, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::form;
use crate::words::tr;

/// The field for the page that invites lead to in a browser.
#[derive(Debug, Default)]
pub(super) struct InvitePageForm {
    typed: String,
    /// What was set when the field was filled.
    known: Option<String>,
    /// Whether what was typed last is no host.
    is_wrong: bool,
}

impl InvitePageForm {
    pub(super) fn page_ui(&mut self, ui: &mut Ui, host: &str, out: &mut Vec<ViewCommand>) {
        if self.known.as_deref() != Some(host) {
            host.clone_into(&mut self.typed);
            self.known = Some(host.to_owned());
        }
        form::card_ui(ui, &tr(ui, "settings-invites"), |ui| {
            form::padded_ui(ui, |ui| {
                form::note_ui(ui, &tr(ui, "settings-invite-page-words"));
                let (name, hint) = (
                    tr(ui, "settings-invite-page"),
                    tr(ui, "settings-invite-page-hint"),
                );
                let field = form::named_field_ui(ui, &name, &mut self.typed, &hint);
                self.is_wrong &= !field.changed();
                if self.is_wrong {
                    form::problem_ui(ui, &tr(ui, "settings-invite-page-wrong"));
                }
                if host_in(&self.typed).as_deref() == Some(host) {
                    return;
                }
                let label = tr(ui, "settings-invite-page-save");
                let is_asked = button_ui(ui, &label, Weight::Main).clicked();
                if is_asked || form::is_entered(ui, &field) {
                    match host_in(&self.typed) {
                        Some(host) => out.push(SettingsCommand::SetInvitePage(host).into()),
                        None => self.is_wrong = true,
                    }
                }
            });
        });
    }
}

/// The host in what people type for a page: the host, or a link to the page. Empty is no page; nothing
/// comes of what cannot stand in a link.
fn host_in(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").unwrap_or(text);
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let host = host.strip_suffix("/i").unwrap_or(host);
    (text.is_empty() || is_host(host)).then(|| host.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_typed_as_a_host_or_as_its_link() {
        for text in [
            "people.example",
            " People.example ",
            "https://people.example",
            "https://people.example/",
            "https://people.example/i/",
            "people.example/i",
        ] {
            assert_eq!(host_in(text).as_deref(), Some("people.example"), "{text}");
        }
        assert_eq!(host_in("  ").as_deref(), Some(""));
        assert_eq!(host_in("a.example:8443").as_deref(), Some("a.example:8443"));
        for text in [
            "http://people.example",
            "a b",
            "a.example/x/",
            "https://",
            "a@b",
        ] {
            assert_eq!(host_in(text), None, "{text}");
        }
    }
}
