use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use crate::design_tokens::{Palette, size};
use crate::talk_icon::TalkIcon;

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
    /// Opens a page.
    Next,
    /// Shows a secret.
    Eye,
    /// Hides a secret.
    EyeOff,
    /// Stands above the others.
    Pin,
    /// Without notifications.
    Mute,
    /// Notifications.
    Bell,
    /// Put away; data.
    Archive,
    /// Locked; privacy.
    Lock,
    /// Another device.
    Device,
    /// About.
    Info,
    /// The network.
    Globe,
    /// How things look.
    Contrast,
    /// When the program runs.
    Power,
    /// Something to look at.
    Warning,
    /// One of the conversation's.
    Talk(TalkIcon),
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
            Self::Talk(icon) => icon.paint(painter, square, stroke),
            Self::Next => line(&[(0.4, 0.2), (0.7, 0.5), (0.4, 0.8)]),
            Self::Eye | Self::EyeOff => {
                line(&EYE_UPPER);
                line(&EYE_LOWER);
                painter.circle_stroke(at(0.5, 0.5), side * 0.13, stroke);
                if self == Self::EyeOff {
                    line(&[(0.16, 0.86), (0.84, 0.14)]);
                }
            }
            Self::Pin | Self::Bell | Self::Mute | Self::Archive => {
                self.paint_of_list(painter, square, stroke);
            }
            _ => self.paint_settings(painter, square, stroke),
        }
    }

    /// The symbols of the list of conversations.
    fn paint_of_list(self, painter: &Painter, square: Rect, stroke: Stroke) {
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        let line = |points: &[(f32, f32)]| {
            let points = points.iter().map(|(x, y)| at(*x, *y)).collect();
            painter.add(Shape::line(points, stroke));
        };
        match self {
            Self::Pin => {
                line(&[(0.36, 0.1), (0.64, 0.1)]);
                line(&[
                    (0.4, 0.1),
                    (0.4, 0.42),
                    (0.24, 0.6),
                    (0.76, 0.6),
                    (0.6, 0.42),
                    (0.6, 0.1),
                ]);
                line(&[(0.5, 0.6), (0.5, 0.94)]);
            }
            Self::Bell | Self::Mute => {
                line(&[
                    (0.14, 0.74),
                    (0.26, 0.58),
                    (0.26, 0.4),
                    (0.36, 0.2),
                    (0.5, 0.14),
                    (0.64, 0.2),
                    (0.74, 0.4),
                    (0.74, 0.58),
                    (0.86, 0.74),
                    (0.14, 0.74),
                ]);
                line(&[(0.42, 0.88), (0.58, 0.88)]);
                if self == Self::Mute {
                    line(&[(0.1, 0.94), (0.9, 0.06)]);
                }
            }
            Self::Archive => {
                line(&[
                    (0.1, 0.18),
                    (0.9, 0.18),
                    (0.9, 0.38),
                    (0.1, 0.38),
                    (0.1, 0.18),
                ]);
                line(&[(0.17, 0.38), (0.17, 0.86), (0.83, 0.86), (0.83, 0.38)]);
                line(&[(0.4, 0.56), (0.6, 0.56)]);
            }
            _ => {}
        }
    }

    /// The symbols of the settings' parts.
    fn paint_settings(self, painter: &Painter, square: Rect, stroke: Stroke) {
        let side = square.width();
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        let line = |points: &[(f32, f32)]| {
            let points = points.iter().map(|(x, y)| at(*x, *y)).collect();
            painter.add(Shape::line(points, stroke));
        };
        let rect = |x0: f32, y0: f32, x1: f32, y1: f32| {
            let rect = Rect::from_min_max(at(x0, y0), at(x1, y1));
            painter.rect_stroke(rect, side * 0.1, stroke, egui::StrokeKind::Middle);
        };
        match self {
            Self::Lock => {
                rect(0.2, 0.44, 0.8, 0.9);
                line(&[
                    (0.32, 0.44),
                    (0.32, 0.28),
                    (0.4, 0.14),
                    (0.6, 0.14),
                    (0.68, 0.28),
                    (0.68, 0.44),
                ]);
            }
            Self::Device => {
                rect(0.08, 0.16, 0.92, 0.7);
                line(&[(0.34, 0.88), (0.66, 0.88)]);
                line(&[(0.5, 0.7), (0.5, 0.88)]);
            }
            Self::Info => {
                painter.circle_stroke(square.center(), side * 0.42, stroke);
                line(&[(0.5, 0.46), (0.5, 0.72)]);
                painter.circle_filled(at(0.5, 0.3), side * 0.06, stroke.color);
            }
            Self::Globe => {
                painter.circle_stroke(square.center(), side * 0.42, stroke);
                line(&[(0.08, 0.5), (0.92, 0.5)]);
                line(&[
                    (0.5, 0.08),
                    (0.32, 0.28),
                    (0.28, 0.5),
                    (0.32, 0.72),
                    (0.5, 0.92),
                ]);
                line(&[
                    (0.5, 0.08),
                    (0.68, 0.28),
                    (0.72, 0.5),
                    (0.68, 0.72),
                    (0.5, 0.92),
                ]);
            }
            Self::Contrast => {
                painter.circle_stroke(square.center(), side * 0.42, stroke);
                let half = (0..=16_u8)
                    .map(|step| on_circle(square.center(), side * 0.42, f32::from(step) / 32.0));
                let half = half.collect();
                painter.add(Shape::convex_polygon(half, stroke.color, Stroke::NONE));
            }
            Self::Power => {
                let arc = (0..=24_u8).map(|step| {
                    on_circle(at(0.5, 0.54), side * 0.38, 0.1 + f32::from(step) / 30.0)
                });
                painter.add(Shape::line(arc.collect(), stroke));
                line(&[(0.5, 0.08), (0.5, 0.46)]);
            }
            Self::Warning => {
                line(&[(0.5, 0.1), (0.94, 0.86), (0.06, 0.86), (0.5, 0.1)]);
                line(&[(0.5, 0.38), (0.5, 0.6)]);
                painter.circle_filled(at(0.5, 0.73), side * 0.055, stroke.color);
            }
            _ => {}
        }
    }
}

const EYE_UPPER: [(f32, f32); 5] = [
    (0.04, 0.5),
    (0.26, 0.28),
    (0.5, 0.2),
    (0.74, 0.28),
    (0.96, 0.5),
];
const EYE_LOWER: [(f32, f32); 5] = [
    (0.04, 0.5),
    (0.26, 0.72),
    (0.5, 0.8),
    (0.74, 0.72),
    (0.96, 0.5),
];

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
