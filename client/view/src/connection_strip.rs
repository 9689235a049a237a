use egui::{Frame, Rect, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use onym_client_protocol::view_model::{ConnectionState, ConnectionView, UiCommand};

use crate::app_model::ViewCommand;
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::text;

/// The connection in a few words, for the line under our name, with whether all is well.
pub(crate) fn summary(connection: &ConnectionView) -> (&'static str, ConnectionState) {
    let is_starting = connection
        .tor
        .as_ref()
        .is_some_and(|tor| tor.percent.is_some());
    let is_unreachable = connection.tor.as_ref().is_some_and(|tor| !tor.reachable);
    match connection.state {
        _ if is_starting => ("Connecting to Tor", ConnectionState::Connecting),
        ConnectionState::Online if is_unreachable => {
            ("Online, not reachable yet", ConnectionState::Connecting)
        }
        ConnectionState::Online => ("Online", ConnectionState::Online),
        ConnectionState::Connecting => ("Connecting", ConnectionState::Connecting),
        ConnectionState::Offline => ("Offline", ConnectionState::Offline),
        ConnectionState::Stopped => ("Offline", ConnectionState::Stopped),
    }
}

/// Says what the connection is doing while it is not simply there; draws nothing otherwise.
pub(crate) fn connection_strip_ui(
    ui: &mut Ui,
    connection: &ConnectionView,
    out: &mut Vec<ViewCommand>,
) {
    let tor = connection
        .tor
        .as_ref()
        .filter(|tor| tor.percent.is_some() || !tor.reachable || tor.advice.is_some());
    let is_fine = connection.state == ConnectionState::Online && tor.is_none();
    if is_fine {
        return;
    }
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.window)
        .stroke(Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS)
        .inner_margin(margin::CARD)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = size::GAP_LINE;
            if let Some(tor) = tor {
                let words = match tor.percent {
                    Some(percent) => format!("{}, {}\u{a0}%", tor.words, percent.min(100)),
                    None => tor.words.clone(),
                };
                text::label_ui(ui, words, TextRole::Small, palette.text);
                if let Some(percent) = tor.percent {
                    progress_ui(ui, percent.min(100));
                }
                if let Some(advice) = &tor.advice {
                    text::label_ui(ui, advice, TextRole::Small, palette.warning);
                }
            }
            let is_waiting_for_tor = tor.is_some_and(|tor| tor.percent.is_some());
            let says_more = connection.state != ConnectionState::Online
                && !(is_waiting_for_tor && connection.state == ConnectionState::Connecting);
            if says_more && !connection.words.is_empty() {
                let color = match connection.state {
                    ConnectionState::Stopped => palette.danger,
                    _ => palette.text_secondary,
                };
                text::label_ui(ui, &connection.words, TextRole::Small, color);
            }
            if connection.can_retry && button_ui(ui, "Connect now", Weight::Quiet).clicked() {
                out.push(UiCommand::RetryNow.into());
            }
        });
}

/// How far the start of Tor has come. It moves when Tor moves and costs nothing in between.
fn progress_ui(ui: &mut Ui, percent: u8) {
    let palette = Palette::of(ui);
    let bar = vec2(ui.available_width(), size::PROGRESS_BAR);
    let (rect, response) = ui.allocate_exact_size(bar, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, "Start of Tor");
        info.value = Some(f64::from(percent));
        info
    });
    let radius = size::PROGRESS_BAR / 2.0;
    ui.painter().rect_filled(rect, radius, palette.line);
    let done = rect.width() * f32::from(percent) / 100.0;
    let done = Rect::from_min_size(rect.min, vec2(done.max(size::PROGRESS_BAR), rect.height()));
    ui.painter().rect_filled(done, radius, palette.accent);
}
