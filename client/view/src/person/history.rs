use egui::{Id, Ui};
use onym_client_protocol::store::HistoryEntry;

use crate::design_tokens::Palette;
use crate::form;
use crate::words::{Clock, Words};

/// What happened to an identity, folded until somebody wants to know.
pub(crate) fn history_ui(ui: &mut Ui, jid: &str, history: &[HistoryEntry], clock: Clock) {
    if history.is_empty() {
        return;
    }
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("history-title"), |ui| {
        let id = Id::unique(("history of an identity", jid));
        let is_shown: bool = ui.data(|data| data.get_temp(id).unwrap_or_default());
        let title = if is_shown {
            words.get("history-hide")
        } else {
            words.with("history-show", &[("count", history.len().into())])
        };
        if form::action_ui(ui, &title, "", Palette::of(ui).text) {
            ui.data_mut(|data| data.insert_temp(id, !is_shown));
        }
        if !is_shown {
            return;
        }
        for entry in history {
            let time = words.day_and_clock(clock.local(entry.at), clock.local_now);
            form::fact_ui(ui, &time, &words.identity_event(&entry.what));
        }
    });
}
