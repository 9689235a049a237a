//! The part of our own page about moves to another onion address: the way to the question, how to take
//! it back, and who has come along.

use egui::Ui;
use onym_client_protocol::view_model::{AnnouncedMove, MovedView, OurMoveView, PersonView};

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole};
use crate::dialog::Dialog;
use crate::form;
use crate::text;
use crate::words::{Clock, Words};

/// How many names stand in one list.
const NAMES: usize = 12;

/// How far a move is, or what one means and the way to the question.
pub(super) fn moving_ui(
    ui: &mut Ui,
    person: &PersonView,
    clock: Clock,
    dialog: &mut Option<Dialog>,
    out: &mut Vec<ViewCommand>,
) {
    let words = Words::of(ui);
    form::card_ui(ui, &words.get("ours-move-title"), |ui| {
        match &person.our_move {
            Some(OurMoveView::Announced(announced)) => return announced_ui(ui, announced, out),
            Some(OurMoveView::Arriving) => {
                return form::padded_ui(ui, |ui| {
                    form::note_ui(ui, &words.get("ours-move-arriving"));
                });
            }
            Some(OurMoveView::Moved(moved)) => moved_ui(ui, moved, clock),
            None => {}
        }
        form::padded_ui(ui, |ui| form::note_ui(ui, &words.get("ours-move-words")));
        if form::action_ui(ui, &words.get("ours-move"), "", Palette::of(ui).text) {
            *dialog = Some(Dialog::MoveAddress);
        }
    });
}

fn announced_ui(ui: &mut Ui, announced: &AnnouncedMove, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    let address = text::short_jid(&announced.to);
    form::fact_ui(ui, &words.get("ours-move-next"), &address);
    form::padded_ui(ui, |ui| {
        let is_known = announced.is_published;
        let said = match is_known {
            true => "ours-move-known",
            false => "ours-move-unknown",
        };
        form::note_ui(ui, &words.get(said));
        ui.horizontal_wrapped(|ui| {
            if is_known && button_ui(ui, &words.get("ours-move-now"), Weight::Main).clicked() {
                out.push(ViewCommand::MoveAddress);
            }
            if button_ui(ui, &words.get("ours-move-stay"), Weight::Quiet).clicked() {
                out.push(ViewCommand::CancelMove);
            }
        });
    });
}

fn moved_ui(ui: &mut Ui, moved: &MovedView, clock: Clock) {
    let words = Words::of(ui);
    let palette = Palette::of(ui);
    let time = words.day_and_clock(clock.local(moved.at), clock.local_now);
    let count = [("count", moved.followed.into())];
    form::fact_ui(
        ui,
        &words.with("ours-move-done", &[("time", time.into())]),
        &words.with("ours-move-followed", &count),
    );
    let lists = [
        (
            "ours-move-waiting",
            "ours-move-waiting-words",
            &moved.waiting,
        ),
        (
            "ours-move-not-asked",
            "ours-move-not-asked-words",
            &moved.not_asked,
        ),
    ];
    for (title, why, names) in lists.into_iter().filter(|(.., names)| !names.is_empty()) {
        form::fact_ui(ui, &words.get(title), &listed(words, names));
        form::padded_ui(ui, |ui| {
            text::label_ui(ui, words.get(why), TextRole::Small, palette.text_secondary);
        });
    }
}

/// Names in a row, as many as are read.
fn listed(words: Words, names: &[String]) -> String {
    let shown = names.iter().take(NAMES);
    let shown: Vec<String> = shown.map(|name| text::plain(name).into_owned()).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => words.with(
            "ours-move-names",
            &[("names", shown.into()), ("count", more.into())],
        ),
    }
}
