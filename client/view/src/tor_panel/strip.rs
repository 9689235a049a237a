use egui::{Frame, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use onym_client_protocol::view_model::{ConnectionState, UiCommand, ViewModel};

use super::{elapsed, phase_words, problem_words, progress_ui, server_words};
use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui, focus_ring};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};

/// Says what the connection is doing while it is not simply there; draws nothing otherwise.
/// Returns whether the user wants to see more about it.
pub(crate) fn strip_ui(ui: &mut Ui, model: &ViewModel, out: &mut Vec<ViewCommand>) -> bool {
    let connection = &model.connection;
    let tor = connection
        .tor
        .as_ref()
        .filter(|tor| tor.percent.is_some() || tor.problem.is_some());
    if tor.is_none() && connection.state == ConnectionState::Online {
        return false;
    }
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let clock = Clock::of(model);
    let has_problem = tor.is_some_and(|tor| tor.problem.is_some());
    let line = if has_problem {
        palette.warning
    } else {
        palette.line
    };
    let mut is_asked = false;
    Frame::new()
        .fill(palette.window)
        .stroke(Stroke::new(size::LINE, line))
        .corner_radius(size::RADIUS)
        .inner_margin(margin::CARD)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = size::GAP_LINE;
            if let Some(tor) = tor {
                let title = match &tor.problem {
                    Some(problem) => tr(ui, problem_words(problem).0),
                    None => tr(ui, phase_words(tor.phase)),
                };
                text::label_ui(ui, title, TextRole::Name, palette.text);
                if let Some(percent) = tor.percent {
                    progress_ui(ui, percent);
                    let mut far = tr_with(ui, "tor-percent", &[("percent", percent.into())]);
                    if let Some(started) = tor.started {
                        let time = elapsed(ui, started, clock);
                        let since = [("time", time.into())];
                        far.push_str(&tr_with(ui, "tor-percent-since", &since));
                    }
                    text::label_ui(ui, far, TextRole::Small, palette.text_secondary);
                }
            } else {
                let state = server_words(words, connection, clock);
                let color = match connection.state {
                    ConnectionState::Stopped => palette.danger,
                    _ => palette.text_secondary,
                };
                text::label_ui(ui, state, TextRole::Small, color);
            }
            ui.horizontal(|ui| {
                let label = words.get(if has_problem { "tor-help" } else { "tor-more" });
                is_asked = link_ui(ui, &label);
                let label = words.get("tor-connect-now");
                if connection.can_retry
                    && tor.is_none()
                    && button_ui(ui, &label, Weight::Quiet).clicked()
                {
                    out.push(UiCommand::RetryNow.into());
                }
            });
        });
    is_asked
}

/// A text that can be clicked.
fn link_ui(ui: &mut Ui, words: &str) -> bool {
    let palette = Palette::of(ui);
    let galley = text::one_line(
        ui,
        words,
        TextRole::Small,
        palette.accent,
        ui.available_width(),
    );
    let room = galley.size() + vec2(0.0, 2.0 * size::GAP_TINY);
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
    let at = rect.left_center() - vec2(0.0, galley.size().y / 2.0);
    let below = at + vec2(0.0, galley.size().y);
    ui.painter().galley(at, galley, palette.accent);
    if response.hovered() {
        let line = Stroke::new(size::LINE, palette.accent);
        ui.painter().hline(rect.x_range(), below.y, line);
    }
    focus_ring(ui, &response, size::RADIUS_SMALL);
    response.clicked()
}
