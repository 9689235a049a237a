use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

/// The longest side of a frame that is read, in pixels: no camera has more.
const MAX_SIDE_PIXELS: usize = 4_096;

/// The longest side of a picture in which a code is looked for, in pixels. A code that needs more would be
/// too small for a person to hold it into the picture.
const MAX_LUMA_SIDE_PIXELS: usize = 1_920;

/// The longest compressed frame, in bytes; whole ones have as many as their size says.
const MAX_JPEG_BYTES: usize = 8 * 1024 * 1024;

/// How much memory decoding a frame may take, in bytes.
const MAX_DECODED_BYTES: u64 = 4_096 * 4_096 * 4;

/// How the pixels of a frame are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The brightness of all pixels first, a byte each; what colours follow are not looked at.
    Planes,
    /// Brightness and colour in turn, brightness first.
    Yuyv,
    /// Brightness and colour in turn, colour first.
    Uyvy,
    /// A JPEG file, perhaps without the tables that all cameras share.
    Jpeg,
}

impl Format {
    /// The format of this code of four letters, as Video4Linux has them.
    #[must_use]
    pub fn of_fourcc(code: [u8; 4]) -> Option<Self> {
        match &code {
            b"GREY" | b"NV12" | b"NV21" | b"YU12" | b"YV12" => Some(Self::Planes),
            b"YUYV" => Some(Self::Yuyv),
            b"UYVY" => Some(Self::Uyvy),
            b"MJPG" | b"JPEG" => Some(Self::Jpeg),
            _ => None,
        }
    }
}

/// A frame as a camera makes it; nothing that it says of itself is believed.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// How it is written.
    pub format: Format,
    /// The width, in pixels.
    pub width: u32,
    /// The height, in pixels.
    pub height: u32,
    /// From one row to the next, in bytes; 0 if nothing stands between them. A JPEG has none.
    pub stride: u32,
    /// What was taken.
    pub bytes: &'a [u8],
}

/// Why a frame is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It has no pixels, or too many.
    #[error("the frame has a size that no camera has")]
    Size,
    /// There are fewer bytes than its size says.
    #[error("the frame was cut off")]
    Short,
    /// It cannot be decoded.
    #[error("the frame is damaged")]
    Damaged,
}

/// A picture in grey.
#[derive(Clone, PartialEq, Eq)]
pub struct Luma {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Luma {
    /// The picture of a frame. Of a large one, only every second, third or fourth pixel is taken.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn of(frame: Frame<'_>) -> Result<Self, FrameError> {
        let side = |side: u32| {
            let side = usize::try_from(side).ok();
            side.filter(|side| (1..=MAX_SIDE_PIXELS).contains(side))
                .ok_or(FrameError::Size)
        };
        let (width, height) = (side(frame.width)?, side(frame.height)?);
        // Bytes from one pixel to the next, and to the brightness of a pixel.
        let (pixel, offset) = match frame.format {
            Format::Planes => (1, 0),
            Format::Yuyv => (2, 0),
            Format::Uyvy => (2, 1),
            Format::Jpeg => return of_jpeg(frame.bytes),
        };
        let row = width * pixel;
        let stride = match usize::try_from(frame.stride).unwrap_or(usize::MAX) {
            0 => row,
            stride => stride,
        };
        let needed = stride
            .checked_mul(height - 1)
            .and_then(|rows| rows.checked_add(row));
        if stride < row || needed.is_none_or(|needed| needed > frame.bytes.len()) {
            return Err(FrameError::Short);
        }
        let at = |x: usize, y: usize| frame.bytes.get(y * stride + x * pixel + offset).copied();
        Ok(Self::sampled(width, height, MAX_LUMA_SIDE_PIXELS, at))
    }

    /// Takes every pixel, or every second, third and so on, until no side is longer than `max_side`. One that
    /// is not there is black.
    fn sampled(
        width: usize,
        height: usize,
        max_side: usize,
        at: impl Fn(usize, usize) -> Option<u8>,
    ) -> Self {
        let step = width.max(height).div_ceil(max_side.max(1)).max(1);
        let (columns, rows) = (width.div_ceil(step), height.div_ceil(step));
        let mut bytes = Vec::with_capacity(columns * rows);
        for y in 0..rows {
            bytes.extend((0..columns).map(|x| at(x * step, y * step).unwrap_or_default()));
        }
        Self {
            width: columns,
            height: rows,
            bytes,
        }
    }

    /// The same picture with no side longer than this, in pixels.
    #[must_use]
    pub fn shrunk(&self, max_side: usize) -> Self {
        let at = |x: usize, y: usize| self.bytes.get(y * self.width + x).copied();
        Self::sampled(self.width, self.height, max_side, at)
    }

    /// Half as wide and half as high; each pixel is the middle of four, which leaves less of a soft or grainy
    /// picture's faults.
    fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let at = |x: usize, y: usize| self.bytes.get(y * self.width + x).copied();
        let middle = |x: usize, y: usize| {
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)]
                .map(|(dx, dy)| u16::from(at(2 * x + dx, 2 * y + dy).unwrap_or_default()));
            u8::try_from(four.iter().sum::<u16>() / 4).unwrap_or(u8::MAX)
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self {
            width,
            height,
            bytes: pixels.map(|(x, y)| middle(x, y)).collect(),
        }
    }

    /// The text of a code in it, if there is one that can be read. Takes about 30 ms for 1,280 × 720.
    #[must_use]
    pub(crate) fn code(&self) -> Option<String> {
        self.code_at_once().or_else(|| self.halved().code_at_once())
    }

    fn code_at_once(&self) -> Option<String> {
        onym_desktop::read_qr_in(self.width, self.height, |x, y| {
            let at = self.bytes.get(y * self.width + x);
            at.copied().unwrap_or_default()
        })
    }

    /// The width, in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The height, in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The brightness of each pixel, row by row from the top.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Only the size: it is a picture of a person's room.
impl std::fmt::Debug for Luma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Luma({} x {})", self.width, self.height)
    }
}

/// Only what it says of itself.
impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { width, height, .. } = self;
        write!(f, "Frame({:?}, {width} x {height})", self.format)
    }
}

/// Where a JPEG file begins.
const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];

/// A segment by which decoders know that Huffman tables may be left out (OpenDML AVI 1.02, section 4).
const MOTION_JPEG: [u8; 9] = [0xff, 0xe0, 0x00, 0x07, b'A', b'V', b'I', b'1', 0x00];

fn of_jpeg(bytes: &[u8]) -> Result<Luma, FrameError> {
    if bytes.len() > MAX_JPEG_BYTES {
        return Err(FrameError::Size);
    }
    let rest = bytes
        .strip_prefix(&START_OF_IMAGE)
        .ok_or(FrameError::Damaged)?;
    let file = [&START_OF_IMAGE[..], &MOTION_JPEG, rest].concat();
    let mut reader = ImageReader::with_format(Cursor::new(file), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    let max_side = u32::try_from(MAX_SIDE_PIXELS).ok();
    limits.max_image_width = max_side;
    limits.max_image_height = max_side;
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let picture = reader.decode().map_err(|_| FrameError::Damaged)?;
    let picture = picture.into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let bytes = picture.into_raw();
    let at = |x: usize, y: usize| bytes.get(y * width + x).copied();
    Ok(Luma::sampled(width, height, MAX_LUMA_SIDE_PIXELS, at))
}

#[cfg(test)]
mod tests;
