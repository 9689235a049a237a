use egui::{Color32, Painter, Rect, Shape, Stroke, vec2};

use crate::icon::on_circle;

/// Symbols of the conversation, drawn as lines like the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TalkIcon {
    /// Emoji.
    Smile,
    /// Answer.
    Reply,
    /// Correct.
    Pencil,
    /// Disappears after a time.
    Timer,
    /// A day.
    Calendar,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
    /// The next month.
    Forward,
    /// Attach a file.
    Clip,
    /// Encrypted.
    Shield,
    /// Encrypted, and its keys were compared.
    ShieldCheck,
    /// Waits for its protection.
    ShieldWait,
    /// Not encrypted.
    ShieldOff,
    /// Nothing is known about the protection.
    ShieldAsk,
    /// A message that is encrypted.
    Lock,
    /// A message that is not encrypted.
    LockOpen,
}

/// The outline of a shield.
const SHIELD: [(f32, f32); 9] = [
    (0.5, 0.06),
    (0.88, 0.19),
    (0.86, 0.54),
    (0.72, 0.78),
    (0.5, 0.94),
    (0.28, 0.78),
    (0.14, 0.54),
    (0.12, 0.19),
    (0.5, 0.06),
];

impl TalkIcon {
    /// Draws the symbol into a square.
    pub(crate) fn paint(self, painter: &Painter, square: Rect, stroke: Stroke) {
        let side = square.width();
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        let line = |points: &[(f32, f32)]| {
            let points = points.iter().map(|(x, y)| at(*x, *y)).collect();
            painter.add(Shape::line(points, stroke));
        };
        match self {
            Self::Smile => {
                painter.circle_stroke(square.center(), side * 0.42, stroke);
                painter.circle_filled(at(0.36, 0.4), side * 0.06, stroke.color);
                painter.circle_filled(at(0.64, 0.4), side * 0.06, stroke.color);
                let mouth = (0..=10_u8).map(|step| {
                    on_circle(at(0.5, 0.48), side * 0.23, 0.32 + 0.036 * f32::from(step))
                });
                painter.add(Shape::line(mouth.collect(), stroke));
            }
            Self::Reply => {
                line(&[(0.38, 0.18), (0.1, 0.44), (0.38, 0.7)]);
                line(&[
                    (0.1, 0.44),
                    (0.58, 0.44),
                    (0.78, 0.52),
                    (0.88, 0.68),
                    (0.9, 0.84),
                ]);
            }
            Self::Pencil => {
                line(&[
                    (0.14, 0.86),
                    (0.2, 0.64),
                    (0.7, 0.12),
                    (0.88, 0.3),
                    (0.36, 0.8),
                    (0.14, 0.86),
                ]);
                line(&[(0.58, 0.24), (0.76, 0.42)]);
            }
            Self::Timer => {
                painter.circle_stroke(at(0.5, 0.54), side * 0.38, stroke);
                line(&[(0.5, 0.54), (0.5, 0.32)]);
                line(&[(0.38, 0.06), (0.62, 0.06)]);
            }
            Self::Calendar => {
                let body = Rect::from_min_max(at(0.12, 0.18), at(0.88, 0.88));
                painter.rect_stroke(body, side * 0.1, stroke, egui::StrokeKind::Middle);
                line(&[(0.12, 0.4), (0.88, 0.4)]);
                line(&[(0.32, 0.08), (0.32, 0.26)]);
                line(&[(0.68, 0.08), (0.68, 0.26)]);
            }
            Self::Down => line(&[(0.2, 0.38), (0.5, 0.68), (0.8, 0.38)]),
            Self::Forward => line(&[(0.38, 0.18), (0.7, 0.5), (0.38, 0.82)]),
            Self::Up => line(&[(0.2, 0.62), (0.5, 0.32), (0.8, 0.62)]),
            Self::Clip => line(&[
                (0.76, 0.4),
                (0.44, 0.74),
                (0.3, 0.76),
                (0.26, 0.6),
                (0.6, 0.24),
                (0.8, 0.2),
                (0.86, 0.4),
                (0.5, 0.8),
                (0.3, 0.92),
                (0.12, 0.8),
                (0.12, 0.58),
                (0.46, 0.2),
            ]),
            Self::Shield
            | Self::ShieldCheck
            | Self::ShieldWait
            | Self::ShieldOff
            | Self::ShieldAsk
            | Self::Lock
            | Self::LockOpen => self.paint_protection(painter, square, stroke),
        }
    }

    fn paint_protection(self, painter: &Painter, square: Rect, stroke: Stroke) {
        let side = square.width();
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        let line = |points: &[(f32, f32)]| {
            let points = points.iter().map(|(x, y)| at(*x, *y)).collect();
            painter.add(Shape::line(points, stroke));
        };
        if !matches!(self, Self::Lock | Self::LockOpen) {
            line(&SHIELD);
        }
        match self {
            Self::Shield => {
                painter.circle_filled(at(0.5, 0.42), side * 0.1, stroke.color);
                line(&[(0.5, 0.42), (0.5, 0.66)]);
            }
            Self::ShieldCheck => line(&[(0.32, 0.5), (0.45, 0.63), (0.69, 0.36)]),
            Self::ShieldWait => line(&[(0.5, 0.28), (0.5, 0.52), (0.66, 0.62)]),
            Self::ShieldOff => line(&[(0.06, 0.94), (0.94, 0.06)]),
            Self::ShieldAsk => {
                line(&[
                    (0.37, 0.37),
                    (0.42, 0.28),
                    (0.5, 0.25),
                    (0.6, 0.29),
                    (0.62, 0.38),
                    (0.51, 0.48),
                    (0.5, 0.57),
                ]);
                painter.circle_filled(at(0.5, 0.71), side * 0.055, stroke.color);
            }
            Self::Lock | Self::LockOpen => {
                let body = Rect::from_min_max(at(0.14, 0.46), at(0.86, 0.96));
                painter.rect_filled(body, side * 0.1, stroke.color);
                line(&[
                    (0.28, 0.46),
                    (0.28, 0.24),
                    (0.38, 0.1),
                    (0.62, 0.1),
                    (0.72, 0.24),
                ]);
                if self == Self::Lock {
                    line(&[(0.72, 0.24), (0.72, 0.46)]);
                }
            }
            _ => {}
        }
    }

    /// Draws the symbol small, in the middle of a rectangle.
    pub(crate) fn paint_small(self, painter: &Painter, rect: Rect, color: Color32) {
        let side = rect.width().min(rect.height());
        let square = Rect::from_center_size(rect.center(), vec2(side, side));
        self.paint(painter, square, Stroke::new(1.3, color));
    }
}
