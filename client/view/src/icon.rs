use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use crate::design_tokens::{Palette, size};

/// A symbol. Lines instead of letters of a font: no system lacks them, and they are as heavy as
/// the text beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Icon {
    /// Back to the list.
    Back,
    /// Done.
    Check,
    /// Close.
    Cross,
    /// To the newest message.
    Down,
    /// Copy.
    Copy,
    /// More.
    Menu,
    /// Add.
    Plus,
    /// Search.
    Search,
    /// Send.
    Send,
}

impl Icon {
    /// Draws the symbol in the middle of `rect`.
    pub(crate) fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let side = size::ICON.min(rect.width()).min(rect.height());
        let square = Rect::from_center_size(rect.center(), Vec2::splat(side));
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        let stroke = Stroke::new(size::ICON_STROKE, color);
        let line = |points: &[(f32, f32)]| {
            let points = points.iter().map(|(x, y)| at(*x, *y)).collect();
            painter.add(Shape::line(points, stroke));
        };
        match self {
            Self::Back => line(&[(0.62, 0.18), (0.3, 0.5), (0.62, 0.82)]),
            Self::Check => line(&[(0.16, 0.54), (0.4, 0.78), (0.86, 0.26)]),
            Self::Cross => {
                line(&[(0.22, 0.22), (0.78, 0.78)]);
                line(&[(0.78, 0.22), (0.22, 0.78)]);
            }
            Self::Down => {
                line(&[(0.5, 0.14), (0.5, 0.84)]);
                line(&[(0.2, 0.54), (0.5, 0.84), (0.8, 0.54)]);
            }
            Self::Copy => {
                let front = Rect::from_min_max(at(0.32, 0.32), at(0.9, 0.9));
                let kind = egui::StrokeKind::Middle;
                painter.rect_stroke(front, side * 0.12, stroke, kind);
                line(&[
                    (0.2, 0.68),
                    (0.1, 0.62),
                    (0.1, 0.2),
                    (0.2, 0.1),
                    (0.62, 0.1),
                    (0.68, 0.2),
                ]);
            }
            Self::Menu => {
                for x in [0.18, 0.5, 0.82] {
                    painter.circle_filled(at(x, 0.5), side * 0.085, color);
                }
            }
            Self::Plus => {
                line(&[(0.5, 0.14), (0.5, 0.86)]);
                line(&[(0.14, 0.5), (0.86, 0.5)]);
            }
            Self::Search => {
                painter.circle_stroke(at(0.44, 0.44), side * 0.3, stroke);
                line(&[(0.66, 0.66), (0.9, 0.9)]);
            }
            Self::Send => paint_send(painter, at, stroke),
        }
    }
}

/// A paper plane that flies to the right.
fn paint_send(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke) {
    let outline = [(0.14, 0.12), (0.94, 0.5), (0.14, 0.88), (0.26, 0.5)];
    let points = outline.map(|(x, y)| at(x, y)).to_vec();
    painter.add(Shape::closed_line(points, stroke));
    painter.line_segment([at(0.26, 0.5), at(0.6, 0.5)], stroke);
}

/// Draws the emblem: the rings of an onion, which share their root.
pub(crate) fn emblem_ui(ui: &mut Ui) {
    let palette = Palette::of(ui);
    let room = Vec2::splat(size::EMBLEM);
    let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
    let root = rect.center_bottom();
    let whole = size::EMBLEM / 2.0;
    ui.painter()
        .circle_filled(root - vec2(0.0, whole), whole, palette.accent_fill);
    let stroke = Stroke::new(size::EMBLEM / 17.0, palette.text_on_fill);
    for part in [0.72, 0.46] {
        let radius = whole * part;
        ui.painter()
            .circle_stroke(root - vec2(0.0, radius + whole * 0.2), radius, stroke);
    }
    let core = root - vec2(0.0, whole * 0.56);
    ui.painter()
        .circle_filled(core, whole * 0.16, palette.text_on_fill);
}

/// The point on a circle after so many turns clockwise from its top.
pub(crate) fn on_circle(center: Pos2, radius: f32, turn: f32) -> Pos2 {
    let angle = turn * std::f32::consts::TAU;
    pos2(
        center.x + radius * angle.sin(),
        center.y - radius * angle.cos(),
    )
}
