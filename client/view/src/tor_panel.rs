//! What the connection is doing: a strip above the list while it is not simply there, and a page
//! with every step and what to do about a fault.

mod bridges;
mod strip;

use egui::{Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use onym_client_protocol::view_model::{
    ConnectionState, ConnectionView, TorPhase, TorProblem, TorStep, TorView, UiCommand,
};

use crate::app_model::{MainModel, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::form;
use crate::icon::Icon;
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};

pub(crate) use bridges::BridgesForm;
pub(crate) use strip::strip_ui;

/// The steps of a start, in their order, with their words.
const STEPS: [(TorPhase, &str); 6] = [
    (TorPhase::Connecting, "tor-step-connecting"),
    (TorPhase::Directory, "tor-step-directory"),
    (TorPhase::Circuits, "tor-step-circuits"),
    (TorPhase::Publishing, "tor-step-publishing"),
    (TorPhase::Confirming, "tor-step-confirming"),
    (TorPhase::Reachable, "tor-step-reachable"),
];

/// How the line under our name shows the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// All is well.
    Well,
    /// It is being worked on.
    Busy,
    /// It waits.
    Away,
    /// It needs the user.
    Trouble,
}

/// The connection in a few words, for the line under our name.
pub(crate) fn summary(connection: &ConnectionView) -> (&'static str, Mood) {
    let tor = connection.tor.as_ref();
    if tor.is_some_and(|tor| tor.problem.is_some() || tor.phase == TorPhase::Failed) {
        return ("tor-summary-trouble", Mood::Trouble);
    }
    if tor.is_some_and(|tor| tor.percent.is_some()) {
        return ("tor-summary-starting", Mood::Busy);
    }
    match connection.state {
        ConnectionState::Online if tor.is_some_and(|tor| !tor.reachable) => {
            ("tor-summary-not-reachable", Mood::Busy)
        }
        ConnectionState::Online => ("tor-summary-online", Mood::Well),
        ConnectionState::Connecting => ("tor-summary-connecting", Mood::Busy),
        ConnectionState::Offline => ("tor-summary-offline", Mood::Away),
        ConnectionState::Stopped => ("tor-summary-offline", Mood::Trouble),
    }
}

/// What Tor is doing, in words.
pub(super) fn phase_words(phase: TorPhase) -> &'static str {
    match phase {
        TorPhase::Starting => "tor-phase-starting",
        TorPhase::Connecting => "tor-phase-connecting",
        TorPhase::Directory => "tor-phase-directory",
        TorPhase::Circuits => "tor-phase-circuits",
        TorPhase::Publishing => "tor-phase-publishing",
        TorPhase::Confirming => "tor-phase-confirming",
        TorPhase::Reachable => "tor-phase-reachable",
        TorPhase::Unreachable => "tor-phase-unreachable",
        TorPhase::Failed => "tor-phase-failed",
    }
}

/// What stands in the way: what it is, and what to do.
pub(super) fn problem_words(problem: &TorProblem) -> (&'static str, &'static str) {
    match problem {
        TorProblem::WrongClock => ("tor-problem-clock", "tor-help-clock"),
        TorProblem::NoNetwork => ("tor-problem-network", "tor-help-network"),
        TorProblem::Censored => ("tor-problem-censored", "tor-help-censored"),
        TorProblem::UpdateNeeded => ("tor-problem-update", "tor-help-update"),
        TorProblem::Failed => ("tor-problem-failed", "tor-help-failed"),
        TorProblem::Other => ("tor-problem-other", "tor-help-other"),
    }
}

/// Where we stand with our own server, when that is not well; empty otherwise.
pub(super) fn server_words(words: Words, connection: &ConnectionView, clock: Clock) -> String {
    match (connection.state, connection.next_try) {
        (ConnectionState::Online, _) => String::new(),
        (ConnectionState::Connecting, _) => words.get("tor-server-connecting"),
        (ConnectionState::Offline, Some(next)) => {
            let time = words.until(next, clock);
            words.with("tor-server-offline-next", &[("time", time.into())])
        }
        (ConnectionState::Offline, None) => words.get("tor-server-offline"),
        (ConnectionState::Stopped, _) => words.get("tor-server-stopped"),
    }
}

/// How long the start has taken, or the phase; counted on while nothing new is heard. Asks for a
/// frame once a second, and only while something runs.
pub(super) fn elapsed(ui: &Ui, since: onym_identity::Timestamp, clock: Clock) -> String {
    let id = egui::Id::unique("time of the model");
    let frame = ui.input(|input| input.time);
    let (now, at) = ui.data_mut(|data| {
        let seen = data.get_temp_mut_or(id, (clock.now, frame));
        if seen.0 != clock.now {
            *seen = (clock.now, frame);
        }
        *seen
    });
    ui.ctx().request_repaint_after_secs(1.0);
    let drawn_later = std::time::Duration::from_secs_f64((frame - at).clamp(0.0, 3600.0));
    Words::of(ui).running_for(now.saturating_since(since) + drawn_later)
}

/// How far the start of Tor has come. It moves when Tor moves and costs nothing in between.
pub(super) fn progress_ui(ui: &mut Ui, percent: u8) {
    let palette = Palette::of(ui);
    let bar = vec2(ui.available_width(), size::PROGRESS_BAR);
    let (rect, response) = ui.allocate_exact_size(bar, Sense::hover());
    // Not inside of the closure: egui holds its lock while it asks.
    let name = tr(ui, "tor-progress");
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, &name);
        info.value = Some(f64::from(percent));
        info
    });
    let radius = size::PROGRESS_BAR / 2.0;
    ui.painter().rect_filled(rect, radius, palette.line);
    let done = rect.width() * f32::from(percent.min(100)) / 100.0;
    let done = Rect::from_min_size(rect.min, vec2(done.max(size::PROGRESS_BAR), rect.height()));
    ui.painter().rect_filled(done, radius, palette.accent);
}

/// The page about the connection.
pub(crate) fn connection_page_ui(
    ui: &mut Ui,
    model: &MainModel,
    bridges: &mut BridgesForm,
    out: &mut Vec<ViewCommand>,
) {
    let connection = &model.view.connection;
    let clock = Clock::of(&model.view);
    let words = Words::of(ui);
    form::column_ui(ui, "connection", size::COLUMN_WIDTH, |ui| {
        let title = words.get("tor-page-tor");
        if let Some(tor) = &connection.tor {
            // What there is to do stands before what has come how far.
            if let Some(problem) = &tor.problem {
                problem_card_ui(ui, problem, tor);
            }
            form::card_ui(ui, &title, |ui| tor_ui(ui, tor, clock));
        }
        form::card_ui(ui, &words.get("tor-page-server"), |ui| {
            form::padded_ui(ui, |ui| {
                let state = server_words(words, connection, clock);
                let state = match state.is_empty() {
                    true => words.get("tor-server-online"),
                    false => state,
                };
                text::label_ui(ui, state, TextRole::Body, Palette::of(ui).text);
                if let Some(trouble) = &connection.trouble {
                    let (why, detail) = words.trouble(trouble);
                    form::note_ui(ui, &why);
                    if let Some(detail) = detail {
                        detail_ui(ui, "tor-server-says", &detail);
                    }
                }
                let label = words.get("tor-connect-now");
                if connection.can_retry && button_ui(ui, &label, Weight::Quiet).clicked() {
                    out.push(UiCommand::RetryNow.into());
                }
            });
        });
        bridges.bridges_ui(ui, &model.settings.tor, out);
    });
}

fn problem_card_ui(ui: &mut Ui, problem: &TorProblem, tor: &TorView) {
    let palette = Palette::of(ui);
    let (what, help) = problem_words(problem);
    form::card_ui(ui, "", |ui| {
        form::padded_ui(ui, |ui| {
            ui.horizontal(|ui| {
                let room = vec2(size::ICON, TextRole::Name.line_height_points());
                let (icon, _) = ui.allocate_exact_size(room, Sense::hover());
                Icon::Warning.paint(ui.painter(), icon, palette.warning);
                text::label_ui(ui, tr(ui, what), TextRole::Name, palette.text);
            });
            text::label_ui(ui, tr(ui, help), TextRole::Body, palette.text_secondary);
            detail_ui(ui, "tor-says", &tor.detail);
        });
    });
}

/// The steps, which of them are done, and how long the present one has taken.
fn tor_ui(ui: &mut Ui, tor: &TorView, clock: Clock) {
    let palette = Palette::of(ui);
    form::padded_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::GAP_TINY;
        ui.spacing_mut().interact_size.y = TextRole::Small.line_height_points();
        if let Some(percent) = tor.percent {
            let mut words = tr_with(ui, "tor-percent", &[("percent", percent.into())]);
            if let Some(started) = tor.started {
                let time = elapsed(ui, started, clock);
                words.push_str(&tr_with(ui, "tor-percent-since", &[("time", time.into())]));
            }
            text::label_ui(ui, words, TextRole::Name, palette.text);
            progress_ui(ui, percent);
            ui.add_space(size::GAP_TINY);
        }
        let has_failed = matches!(tor.phase, TorPhase::Failed | TorPhase::Unreachable);
        for (step, words) in STEPS {
            let is_done = !has_failed && (step < tor.phase || tor.phase == TorPhase::Reachable);
            let is_now = step == tor.phase && !is_done;
            step_ui(ui, tor, &tr(ui, words), is_done, is_now, clock);
        }
        if has_failed {
            let words = tr(ui, phase_words(tor.phase));
            text::label_ui(ui, words, TextRole::Body, palette.danger);
        }
        if tor.problem.is_none() {
            detail_ui(ui, "tor-says", &tor.detail);
        }
    });
}

/// What others say, in their words, below a sentence of ours.
fn detail_ui(ui: &mut Ui, key: &str, detail: &str) {
    let detail = text::plain(detail);
    if !detail.trim().is_empty() {
        let detail = [("words", detail.trim_end_matches('.').into())];
        form::note_ui(ui, &tr_with(ui, key, &detail));
    }
}

fn step_words(step: TorStep) -> &'static str {
    match step {
        TorStep::Relay => "tor-at-relay",
        TorStep::Consensus => "tor-at-consensus",
        TorStep::Certificates => "tor-at-certificates",
        TorStep::RelayKeys => "tor-at-relay-keys",
    }
}

fn step_ui(ui: &mut Ui, tor: &TorView, words: &str, is_done: bool, is_now: bool, clock: Clock) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let room = vec2(size::ICON, TextRole::Body.line_height_points());
        let (mark, response) = ui.allocate_exact_size(room, Sense::hover());
        let radius = size::STATE_DOT / 2.0;
        let mut spoken = words.to_owned();
        if is_done {
            Icon::Check.paint(ui.painter(), mark.shrink(2.0), palette.good);
            spoken = tr_with(ui, "tor-step-done", &[("step", words.into())]);
        } else if is_now {
            ui.painter()
                .circle_filled(mark.center(), radius, palette.accent);
        } else {
            let ring = Stroke::new(size::LINE, palette.text_secondary);
            ui.painter()
                .circle_stroke(mark.center(), radius - 1.0, ring);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        let color = match is_now || is_done {
            true => palette.text,
            false => palette.text_secondary,
        };
        let role = if is_now {
            TextRole::Name
        } else {
            TextRole::Body
        };
        text::label_ui(ui, words, role, color);
        if let Some(since) = tor.since.filter(|_| is_now) {
            let time = elapsed(ui, since, clock);
            text::label_ui(ui, time, TextRole::Small, palette.text_secondary);
        }
    });
    if let Some(step) = tor.step.filter(|_| is_now) {
        ui.horizontal(|ui| {
            ui.add_space(size::ICON + size::GAP_SMALL);
            let words = tr(ui, step_words(step));
            text::label_ui(ui, words, TextRole::Small, palette.text_secondary);
        });
    }
}

/// A dot in the colour of the connection; the words stand beside it.
pub(crate) fn mood_dot(ui: &Ui, rect: Rect, mood: Mood) {
    let palette = Palette::of(ui);
    let radius = size::STATE_DOT / 2.0;
    let center = pos2(rect.left() + radius, rect.center().y);
    let painter = ui.painter();
    match mood {
        Mood::Well => painter.circle_filled(center, radius, palette.good),
        Mood::Busy => painter.circle_filled(center, radius, palette.warning),
        Mood::Trouble => painter.circle_filled(center, radius, palette.danger),
        Mood::Away => {
            let stroke = Stroke::new(size::MARK_RING, palette.text_secondary);
            painter.circle_stroke(center, radius - 1.0, stroke)
        }
    };
}
