//! A text as a QR code.

use egui::{Color32, Rect, Role, Sense, Ui, Vec2, WidgetInfo, vec2};
use qrcode::{EcLevel, QrCode};

use crate::design_tokens::size;

/// Squares of quiet ground around the code (ISO/IEC 18004, section 5.3.8).
const QUIET: usize = 4;

/// The squares of a code: width, and which ones are dark, row by row from the top.
fn squares(text: &str) -> Option<(usize, Vec<bool>)> {
    // An address is long, so that the lowest level keeps the squares large; it is shown on a
    // screen and not printed on a box that wears off.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let dark = code.into_colors().into_iter();
    Some((
        width,
        dark.map(|color| color == qrcode::Color::Dark).collect(),
    ))
}

/// Draws the code on white ground in either theme, as readers expect it. `name` is read aloud.
pub(crate) fn qr_ui(ui: &mut Ui, text: &str, side: f32, name: &str) {
    let Some((width, dark)) = squares(text) else {
        return;
    };
    // Whole pixels, so that no line stands between squares.
    let pixels = ui.pixels_per_point();
    let all = (width + 2 * QUIET) as f32;
    let square = (side * pixels / all).floor().max(1.0) / pixels;
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(square * all), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    ui.painter().rect_filled(rect, size::RADIUS, Color32::WHITE);
    let on_pixel = |at: f32| (at * pixels).round() / pixels;
    let left = on_pixel(rect.left() + square * QUIET as f32);
    let top = on_pixel(rect.top() + square * QUIET as f32);
    for (y, row) in dark.chunks(width).enumerate() {
        let mut x = 0;
        while let Some(start) = row.iter().skip(x).position(|dark| *dark).map(|at| at + x) {
            let run = row.iter().skip(start).take_while(|dark| **dark).count();
            let at = egui::pos2(left + square * start as f32, top + square * y as f32);
            let bar = Rect::from_min_size(at, vec2(square * run as f32, square));
            ui.painter().rect_filled(bar, 0.0, Color32::BLACK);
            x = start + run;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_have_their_marks() {
        let (width, dark) = squares("xmpp:somebody@somewhere.example?subscribe").unwrap();
        assert_eq!(dark.len(), width * width);
        assert_eq!(width % 4, 1, "a size of the standard");
        // A finder pattern begins with seven dark squares in three of the corners.
        for (x, y) in [(0, 0), (width - 7, 0), (0, width - 7)] {
            let row = &dark[y * width + x..][..7];
            assert!(row.iter().all(|dark| *dark), "{x} {y}");
        }
        assert!(!dark[width * width - 7..].iter().all(|dark| *dark));
    }

    #[test]
    fn an_address_fits_and_a_novel_does_not() {
        let jid = format!("{}@{}.onion", "a".repeat(52), "b".repeat(56));
        assert!(squares(&jid).is_some());
        assert!(squares(&"x".repeat(10_000)).is_none());
    }
}
