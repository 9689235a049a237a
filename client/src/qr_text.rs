//! A QR code made of letters, two squares in each: for a terminal or for paper.

use qrcode::{EcLevel, QrCode};

/// Squares of quiet ground around the code (ISO/IEC 18004, section 5.3.8).
const QUIET: usize = 4;

/// Which squares are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// The dark ones, on white paper.
    Dark,
    /// The light ones, on a terminal with a dark ground.
    Light,
}

/// Draws a text; nothing if it is too long for a code.
pub(crate) fn draw(text: &str, ink: Ink) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let colors = code.into_colors();
    let side = width + 2 * QUIET;
    let is_filled = |x: usize, y: usize| {
        let at = |it: usize| it.checked_sub(QUIET).filter(|it| *it < width);
        let is_dark = match (at(x), at(y)) {
            (Some(x), Some(y)) => colors.get(y * width + x) == Some(&qrcode::Color::Dark),
            _ => false,
        };
        is_dark == (ink == Ink::Dark)
    };
    let mut drawn = String::new();
    for y in (0..side).step_by(2) {
        for x in 0..side {
            let below = y + 1 < side && is_filled(x, y + 1);
            drawn.push(match (is_filled(x, y), below) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawn.push('\n');
    }
    Some(drawn)
}

#[cfg(test)]
mod tests {
    use onym_desktop::{Picture, read_qr};

    use super::*;

    /// Square pixels of four by four, as a camera sees the letters.
    fn seen(drawn: &str, ink: Ink) -> Picture {
        let squares = |line: &str, half: usize| -> Vec<bool> {
            let halves = |it: char| match it {
                '█' => [true, true],
                '▀' => [true, false],
                '▄' => [false, true],
                _ => [false, false],
            };
            line.chars().map(|it| halves(it)[half]).collect()
        };
        let mut rgba = Vec::new();
        let (mut width, mut height) = (0, 0);
        for line in drawn.lines() {
            for row in [squares(line, 0), squares(line, 1)] {
                width = row.len() * 4;
                for _ in 0..4 {
                    height += 1;
                    for filled in &row {
                        let is_dark = *filled == (ink == Ink::Dark);
                        let grey = if is_dark { 0 } else { 255 };
                        rgba.extend([grey, grey, grey, 255].repeat(4));
                    }
                }
            }
        }
        Picture::from_rgba(width, height, rgba).unwrap()
    }

    #[test]
    fn what_is_drawn_can_be_read() {
        let text = "xmpp:somebody@somewhere.example?roster";
        for ink in [Ink::Dark, Ink::Light] {
            let drawn = draw(text, ink).unwrap();
            assert_eq!(read_qr(&seen(&drawn, ink)).unwrap(), text, "{ink:?}");
        }
        assert!(draw(&"x".repeat(10_000), Ink::Dark).is_none());
    }
}
