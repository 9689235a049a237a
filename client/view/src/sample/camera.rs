//! What a camera could see.

use qrcode::{Color, QrCode};

use crate::app_model::camera::{
    CameraChoice, CameraPicture, CameraProblem, CameraState, CameraView,
};

/// The size of the picture, in pixels.
const SIZE: (usize, usize) = (640, 360);

/// How large a square of the code is, in pixels.
const SQUARE: usize = 4;

/// Two cameras, as far as the screen of this name says.
pub fn camera_view(name: &str) -> CameraView {
    let camera = |number: u8, name: &str| CameraChoice {
        id: format!("/dev/video{number}"),
        name: name.to_owned(),
    };
    CameraView {
        cameras: vec![
            camera(0, "Integrated Camera"),
            camera(2, "Camera on a stick"),
        ],
        chosen: 0,
        state: match name {
            "camera-opening" => CameraState::Opening,
            "camera-busy" => CameraState::Failed(CameraProblem::Busy),
            _ => CameraState::Watching,
        },
    }
}

/// A telephone with the code of this text on it, in front of a wall.
pub fn camera_picture(text: &str) -> CameraPicture {
    let (width, height) = SIZE;
    let code = QrCode::new(text);
    let modules = code.as_ref().map_or(0, QrCode::width);
    let colors = code.map(QrCode::into_colors).unwrap_or_default();
    let side = modules * SQUARE;
    let (left, top) = (
        width.saturating_sub(side) / 2,
        height.saturating_sub(side) / 2,
    );
    let margin = 4 * SQUARE;
    let shade = |x: usize, y: usize| {
        let near = |at: usize, from: usize| at + margin >= from && at < from + side + margin;
        if !near(x, left) || !near(y, top) {
            // A wall with light from one side.
            return u8::try_from(60 + x / 8 + y / 16).unwrap_or(u8::MAX);
        }
        let square = |at: usize, from: usize| Some(at.checked_sub(from)? / SQUARE);
        let at = square(x, left).zip(square(y, top));
        let at = at.filter(|(x, y)| *x < modules && *y < modules);
        let color = at.and_then(|(x, y)| colors.get(y * modules + x));
        if color == Some(&Color::Dark) { 30 } else { 235 }
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let luma: Vec<u8> = pixels.map(|(x, y)| shade(x, y)).collect();
    CameraPicture {
        serial: 1,
        width,
        height,
        luma: luma.into(),
    }
}
