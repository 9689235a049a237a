//! Things to know once, above the lower edge of what is open.

use egui::{Align2, Area, Frame, Id, Order, Panel, Role, Stroke, Ui, Vec2, WidgetInfo};

use crate::app_model::{Failure, Happened, NoticeView, ViewCommand};
use crate::button::{Weight, button_ui, icon_button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::form;
use crate::icon::Icon;
use crate::text;
use crate::welcome::sentence;
use crate::words::{Words, tr};

/// How long a notice stays that tells of something that went well, in seconds. Long enough to read
/// it and to reach the button that takes it back.
const STAYS_SECONDS: f64 = 8.0;

/// How many notices are shown at once, the newest ones.
const SHOWN: usize = 3;

/// Since when which notices are shown, in seconds of egui's clock.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    seen: Vec<(u64, f64)>,
}

impl Notices {
    /// Draws the notices at the lower edge of `ui`, where nothing is below them. While a dialog is
    /// open they wait for [`over_dialog_ui`](Self::over_dialog_ui).
    pub(crate) fn notices_ui(
        &mut self,
        ui: &mut Ui,
        notices: &[NoticeView],
        max_width: f32,
        out: &mut Vec<ViewCommand>,
    ) {
        if notices.is_empty() || has_dialog(ui) {
            return;
        }
        let panel = Panel::bottom("notices")
            .frame(Frame::new().inner_margin(margin::AROUND_NOTICES))
            .resizable(false)
            .show_separator_line(false);
        panel.show(ui, |ui| {
            let width = ui.available_width().min(max_width);
            let indent = (ui.available_width() - width) / 2.0;
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.add_space(indent);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    self.newest_ui(ui, notices, out);
                });
            });
        });
    }

    /// Draws the notices over an open dialog, behind which nothing is read.
    pub(crate) fn over_dialog_ui(
        &mut self,
        ui: &Ui,
        notices: &[NoticeView],
        out: &mut Vec<ViewCommand>,
    ) {
        self.seen
            .retain(|(id, _)| notices.iter().any(|notice| notice.id == *id));
        if notices.is_empty() || !has_dialog(ui) {
            return;
        }
        let room = ui.ctx().content_rect().width() - 2.0 * size::GAP_LARGE;
        Area::new(Id::unique("notices over a dialog"))
            .anchor(Align2::CENTER_BOTTOM, Vec2::new(0.0, -size::GAP_LARGE))
            .order(Order::Tooltip)
            .show(ui.ctx(), |ui| {
                ui.set_max_width(size::NOTICE_WIDTH.min(room));
                self.newest_ui(ui, notices, out);
            });
    }

    fn newest_ui(&mut self, ui: &mut Ui, notices: &[NoticeView], out: &mut Vec<ViewCommand>) {
        ui.spacing_mut().item_spacing = Vec2::splat(size::GAP_SMALL);
        let now = ui.input(|input| input.time);
        let first = notices.len().saturating_sub(SHOWN);
        for notice in notices.iter().skip(first) {
            self.follow(ui, notice, now, out);
            notice_ui(ui, notice, out);
        }
    }

    /// Puts a notice away whose time is over.
    fn follow(&mut self, ui: &Ui, notice: &NoticeView, now: f64, out: &mut Vec<ViewCommand>) {
        if notice.what.is_failure() {
            return;
        }
        let known = self.seen.iter().find(|(id, _)| *id == notice.id);
        let since = match known {
            Some((_, since)) => *since,
            None => {
                self.seen.push((notice.id, now));
                now
            }
        };
        let left = since + STAYS_SECONDS - now;
        if left > 0.0 {
            ui.ctx().request_repaint_after_secs(left as f32);
        } else {
            out.push(ViewCommand::DismissNotice { id: notice.id });
        }
    }
}

fn has_dialog(ui: &Ui) -> bool {
    ui.memory(|memory| memory.top_modal_layer().is_some())
}

fn notice_ui(ui: &mut Ui, notice: &NoticeView, out: &mut Vec<ViewCommand>) {
    let palette = Palette::of(ui);
    let (words, detail) = words_of(Words::of(ui), &notice.what);
    let line = match notice.what.is_failure() {
        true => palette.danger,
        false => palette.line,
    };
    let frame = Frame::new()
        .fill(palette.field)
        .stroke(Stroke::new(size::LINE, line))
        .corner_radius(size::RADIUS)
        .inner_margin(margin::NOTICE);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), 0.0), layout, |ui| {
            if icon_button_ui(ui, Icon::Cross, &tr(ui, "notice-dismiss")).clicked() {
                out.push(ViewCommand::DismissNotice { id: notice.id });
            }
            let undo = tr(ui, "notice-undo");
            if notice.can_undo && button_ui(ui, &undo, Weight::Plain).clicked() {
                out.push(ViewCommand::UndoNotice { id: notice.id });
            }
            let width = ui.available_width();
            let lines = egui::Layout::top_down(egui::Align::Min);
            // As high as what stands in it, so that it stands in the middle beside the buttons.
            let height_of = |text: &str, role| match text.is_empty() {
                true => 0.0,
                false => text::wrapped(ui, text, role, palette.text, width).size().y,
            };
            let height = height_of(&words, TextRole::Body) + height_of(&detail, TextRole::Small);
            ui.allocate_ui_with_layout(Vec2::new(width, height), lines, |ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 0.0;
                let label = text::label_ui(ui, &words, TextRole::Body, palette.text);
                label.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &words));
                if !detail.is_empty() {
                    form::note_ui(ui, &detail);
                }
            });
        });
    });
}

/// What is told, and below it what others say about it.
fn words_of(words: Words, what: &Happened) -> (String, String) {
    if let Happened::Failed { what, detail } = what {
        let detail = match detail.is_empty() {
            true => String::new(),
            false => sentence(&text::plain(detail)),
        };
        return (words.get(failure_key(*what)), detail);
    }
    (sentence_of(words, what), String::new())
}

fn failure_key(what: Failure) -> &'static str {
    match what {
        Failure::Messages => "notice-failed-messages",
        Failure::Settings => "notice-failed-settings",
        Failure::Export => "notice-failed-export",
        Failure::Import => "notice-failed-import",
        Failure::Statement => "notice-failed-statement",
        Failure::History => "notice-failed-history",
        Failure::FileDialog => "notice-failed-file-dialog",
        Failure::Picture => "notice-failed-picture",
        Failure::AtWork => "notice-failed-at-work",
        Failure::Passphrase => "notice-failed-passphrase",
        Failure::Keyring => "notice-failed-keyring",
        Failure::Revocation => "notice-failed-revocation",
        Failure::StartAtLogin => "notice-failed-start-at-login",
        Failure::Devices => "notice-failed-devices",
        Failure::Stopped => "notice-failed-stopped",
    }
}

pub(crate) fn sentence_of(words: Words, what: &Happened) -> String {
    let with = |key: &str, name: &str, value: &str| {
        let value = text::plain(value).into_owned();
        words.with(key, &[(name, value.into())])
    };
    match what {
        Happened::Failed { what, .. } => words.get(failure_key(*what)),
        Happened::Refused(why) => words.refusal(why),
        Happened::NotAnAddress(text) => with("notice-not-an-address", "text", text),
        Happened::ContactAdded(name) => with("notice-contact-added", "name", name),
        Happened::ContactRemoved(name) => with("notice-contact-removed", "name", name),
        Happened::Blocked(name) => with("notice-blocked", "name", name),
        Happened::Archived(name) => with("notice-archived", "name", name),
        Happened::SessionsRenewed(name) => with("notice-sessions-renewed", "name", name),
        Happened::ConversationDeleted(name) => with("notice-conversation-deleted", "name", name),
        Happened::IdentityVerified(name) => with("notice-identity-verified", "name", name),
        Happened::MoveAnnounced(jid) => with("notice-move-announced", "jid", jid),
        Happened::Moved(jid) => with("notice-moved", "jid", jid),
        Happened::MoveCancelled => words.get("notice-move-cancelled"),
        Happened::AddressClaimed(jid) => with("notice-address-claimed", "jid", jid),
        Happened::IdentityChanged(name) => with("alarm-changed", "name", name),
        Happened::IdentityRevoked(name) => with("alarm-revoked", "name", name),
        Happened::IdentityContradicted(name) => with("alarm-contradicted", "name", name),
        Happened::ContactMoved(name) => with("notice-contact-moved", "name", name),
        Happened::OurIdentityContradicted => words.get("ours-standing-contradicted-why"),
        Happened::RequestDeclined(name) => with("notice-request-declined", "name", name),
        Happened::Saved(path) => with("notice-saved", "path", path),
        Happened::Imported => words.get("notice-imported"),
        Happened::PhraseChecked => words.get("notice-phrase-checked"),
    }
}
