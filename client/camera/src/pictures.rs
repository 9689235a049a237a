//! What a camera could see: codes on paper that is held askew, in bad light, out of focus.

use qrcode::{Color, EcLevel, QrCode};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::frame::{Format, Frame};

/// A picture in grey.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) bytes: Vec<u8>,
}

/// A link as the window shows it: with everything that an invite can say in short.
pub(crate) fn link() -> String {
    let (key, service) = ("a".repeat(52), "b".repeat(56));
    format!("xmpp:{key}@{service}.onion?roster;preauth=mzxw6ytboi2dcnrr;name=Bruna")
}

impl Picture {
    /// A wall, as light as this.
    pub(crate) fn wall(width: usize, height: usize, light: u8) -> Self {
        Self {
            width,
            height,
            bytes: vec![light; width * height],
        }
    }

    /// A frame of 1,280 × 720 with white paper in its middle, on which the code is so many pixels wide and
    /// turned by so many degrees.
    pub(crate) fn of_code(text: &str, side: f64, degrees: f64) -> Self {
        Self::wall(1_280, 720, 90).with_code(text, side, degrees)
    }

    pub(crate) fn with_code(mut self, text: &str, side: f64, degrees: f64) -> Self {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let modules = code.width() as f64;
        let quiet = 4.0;
        let (sin, cos) = degrees.to_radians().sin_cos();
        for y in 0..self.height {
            for x in 0..self.width {
                let from_middle = |at: usize, of: usize| at as f64 - of as f64 / 2.0;
                let (dx, dy) = (from_middle(x, self.width), from_middle(y, self.height));
                let square = side / modules;
                let column = (dx * cos + dy * sin) / square + modules / 2.0;
                let row = (dy * cos - dx * sin) / square + modules / 2.0;
                let on_paper = |at: f64| at >= -quiet && at < modules + quiet;
                if !on_paper(column) || !on_paper(row) {
                    continue;
                }
                let in_code = |at: f64| (0.0..modules).contains(&at);
                let is_dark = in_code(column)
                    && in_code(row)
                    && code[(column as usize, row as usize)] == Color::Dark;
                self.bytes[y * self.width + x] = if is_dark { 25 } else { 235 };
            }
        }
        self
    }

    /// Out of focus: each pixel is the middle of those around it.
    pub(crate) fn blurred(&self, radius: usize) -> Self {
        let mut blurred = self.clone();
        for y in 0..self.height {
            for x in 0..self.width {
                let (mut sum, mut count) = (0, 0);
                for row in y.saturating_sub(radius)..=(y + radius).min(self.height - 1) {
                    for column in x.saturating_sub(radius)..=(x + radius).min(self.width - 1) {
                        sum += u32::from(self.bytes[row * self.width + column]);
                        count += 1;
                    }
                }
                blurred.bytes[y * self.width + x] = (sum / count) as u8;
            }
        }
        blurred
    }

    /// In bad light: every pixel is off by up to so much.
    pub(crate) fn noisy(mut self, strength: i32) -> Self {
        let mut rng = StdRng::seed_from_u64(7);
        for byte in &mut self.bytes {
            let off = rng.random_range(-strength..=strength);
            *byte = (i32::from(*byte) + off).clamp(0, 255) as u8;
        }
        self
    }

    /// With a lamp on one side: the other one is half as light.
    pub(crate) fn lit_from_left(mut self) -> Self {
        for (at, byte) in self.bytes.iter_mut().enumerate() {
            let share = 1.0 - 0.5 * (at % self.width) as f64 / self.width as f64;
            *byte = (f64::from(*byte) * share) as u8;
        }
        self
    }

    /// As a camera writes it in this format.
    pub(crate) fn written(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Planes => {
                let mut planes = self.bytes.clone();
                planes.extend(vec![128; self.bytes.len() / 2]);
                planes
            }
            Format::Yuyv => self.bytes.iter().flat_map(|light| [*light, 128]).collect(),
            Format::Uyvy => self.bytes.iter().flat_map(|light| [128, *light]).collect(),
            Format::Jpeg => self.jpeg(),
        }
    }

    fn jpeg(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let [width, height] = [self.width, self.height].map(|side| u32::try_from(side).unwrap());
        let colours: Vec<u8> = self.bytes.iter().flat_map(|light| [*light; 3]).collect();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 70)
            .encode(&colours, width, height, image::ExtendedColorType::Rgb8)
            .unwrap();
        file
    }

    /// A frame of these bytes, without anything between the rows.
    pub(crate) fn frame<'a>(&self, format: Format, bytes: &'a [u8]) -> Frame<'a> {
        Frame {
            format,
            width: u32::try_from(self.width).unwrap(),
            height: u32::try_from(self.height).unwrap(),
            stride: 0,
            bytes,
        }
    }
}
