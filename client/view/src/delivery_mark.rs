use egui::{Color32, Painter, Rect, Shape, Stroke, vec2};
use onym_client_protocol::view_model::DeliveryState;

use crate::icon::on_circle;

/// Width of the lines, in points.
const STROKE_POINTS: f32 = 1.5;

/// Draws how far a message has come: a clock, an arrow to the server, one tick, two ticks, an eye, or
/// an exclamation mark. The words for it stand in the tooltip and in the message's accessible name.
pub(crate) fn paint(painter: &Painter, rect: Rect, state: DeliveryState, color: Color32) {
    let side = rect.width().min(rect.height());
    let square = Rect::from_center_size(rect.center(), vec2(side, side));
    let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
    let stroke = Stroke::new(STROKE_POINTS, color);
    let line = |points: &[(f32, f32)]| {
        let points = points.iter().map(|(x, y)| at(*x, *y)).collect();
        painter.add(Shape::line(points, stroke));
    };
    match state {
        DeliveryState::Queued => {
            painter.circle_stroke(square.center(), side * 0.38, stroke);
            let noon = on_circle(square.center(), side * 0.22, 0.0);
            let four = on_circle(square.center(), side * 0.18, 0.3);
            let hands = vec![noon, square.center(), four];
            painter.add(Shape::line(hands, stroke));
        }
        DeliveryState::Sent => {
            line(&[(0.5, 0.86), (0.5, 0.16)]);
            line(&[(0.24, 0.42), (0.5, 0.16), (0.76, 0.42)]);
        }
        DeliveryState::Stored => line(&[(0.14, 0.54), (0.4, 0.8), (0.88, 0.24)]),
        DeliveryState::Displayed => {
            let eye = |bend: f32| {
                let corners = [at(0.0, 0.52), at(0.5, bend), at(1.0, 0.52)];
                painter.add(egui::epaint::QuadraticBezierShape::from_points_stroke(
                    corners,
                    false,
                    Color32::TRANSPARENT,
                    stroke,
                ));
            };
            eye(-0.1);
            eye(1.14);
            painter.circle_filled(at(0.5, 0.52), side * 0.16, color);
        }
        DeliveryState::Delivered => {
            line(&[(0.0, 0.56), (0.24, 0.8), (0.66, 0.24)]);
            line(&[(0.4, 0.74), (0.46, 0.8), (1.0, 0.24)]);
        }
        DeliveryState::Failed => {
            painter.circle_stroke(square.center(), side * 0.42, stroke);
            line(&[(0.5, 0.28), (0.5, 0.56)]);
            painter.circle_filled(at(0.5, 0.71), STROKE_POINTS * 0.6, color);
        }
    }
}
