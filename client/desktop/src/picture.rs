use std::io::{Cursor, Read as _};

use image::{DynamicImage, ImageFormat, ImageReader, Limits, imageops::FilterType};

/// The largest file that is opened as a picture, in bytes.
const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// The longest side of a picture that is decoded, in pixels.
const MAX_SIDE_PIXELS: u32 = 8_192;

/// The same for a picture that somebody else chose.
const MAX_SMALL_SIDE_PIXELS: u32 = 1_024;

/// The side of our picture as others get it, in pixels. XEP-0084, section 4.1 asks for a square
/// one, and most clients show 64 to 192.
const AVATAR_SIDE_PIXELS: u32 = 192;

/// How much memory decoding may take, in bytes: a square picture of 4,096 pixels a side.
const MAX_DECODED_BYTES: u64 = 4_096 * 4_096 * 4;

/// A decoded picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

/// Why a picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It is a folder, a device or a pipe: reading one may wait or go on for ever.
    #[error("this is no file")]
    NotAFile,
    /// The file is too large.
    #[error("the picture has more than {} MiB", MAX_FILE_BYTES / 1024 / 1024)]
    TooLarge,
    /// It is not a PNG, JPEG, WebP or GIF, or it is damaged, or it has too many pixels.
    #[error("the picture cannot be read: {0}")]
    Unreadable(#[from] image::ImageError),
    /// The bytes do not fit the size.
    #[error("the picture has another size than it says")]
    WrongSize,
}

impl Picture {
    /// Reads and decodes a file. A longer one than any picture is not read, and nothing but a file is
    /// opened: opening a pipe waits for whoever writes into it.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn read(path: &std::path::Path) -> Result<Self, PictureError> {
        let found = std::fs::metadata(path).map_err(image::ImageError::IoError)?;
        if !found.is_file() {
            return Err(PictureError::NotAFile);
        }
        if found.len() > MAX_FILE_BYTES as u64 {
            return Err(PictureError::TooLarge);
        }
        let file = std::fs::File::open(path).map_err(image::ImageError::IoError)?;
        let mut bytes = Vec::new();
        let limit = MAX_FILE_BYTES as u64 + 1;
        std::io::Read::take(file, limit)
            .read_to_end(&mut bytes)
            .map_err(image::ImageError::IoError)?;
        Self::decode(&bytes)
    }

    /// Decodes a file, as far as limits of size and memory allow. Of an animation the first
    /// picture is taken.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        Self::decode_within(bytes, MAX_SIDE_PIXELS)
    }

    /// Decodes a picture that somebody else chose: none with a side longer than 1,024 pixels, since
    /// a small file can hold a huge one.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn decode_small(bytes: &[u8]) -> Result<Self, PictureError> {
        Self::decode_within(bytes, MAX_SMALL_SIDE_PIXELS)
    }

    fn decode_within(bytes: &[u8], max_side: u32) -> Result<Self, PictureError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(PictureError::TooLarge);
        }
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(image::ImageError::IoError)?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(max_side);
        limits.max_image_height = Some(max_side);
        limits.max_alloc = Some(MAX_DECODED_BYTES);
        reader.limits(limits);
        Ok(Self::of(&reader.decode()?))
    }

    /// A picture from the clipboard: four bytes for each pixel, row by row.
    ///
    /// # Errors
    /// When the bytes do not fit the size.
    pub fn from_rgba(width: usize, height: usize, rgba: Vec<u8>) -> Result<Self, PictureError> {
        let pixels = width
            .checked_mul(height)
            .and_then(|pixels| pixels.checked_mul(4));
        if pixels != Some(rgba.len()) || rgba.is_empty() {
            return Err(PictureError::WrongSize);
        }
        Ok(Self {
            width,
            height,
            rgba,
        })
    }

    fn of(image: &DynamicImage) -> Self {
        let rgba = image.to_rgba8();
        Self {
            width: rgba.width() as usize,
            height: rgba.height() as usize,
            rgba: rgba.into_raw(),
        }
    }

    /// The middle square of the picture, `side` pixels wide.
    #[must_use]
    pub fn square(&self, side: u32) -> Self {
        let shorter = self.width.min(self.height);
        let (x, y) = ((self.width - shorter) / 2, (self.height - shorter) / 2);
        let Some(image) = self.to_image() else {
            return self.clone();
        };
        let [x, y, shorter] = [x, y, shorter].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let square = image.crop_imm(x, y, shorter, shorter);
        Self::of(&square.resize_exact(side, side, FilterType::Lanczos3))
    }

    /// What others get when this is our picture: its middle square, small, as a PNG file.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn to_avatar(&self) -> Result<Vec<u8>, PictureError> {
        self.square(AVATAR_SIDE_PIXELS).to_png()
    }

    /// The picture as a PNG file, without anything that the original said beside its pixels.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let image = self.to_image().ok_or(PictureError::WrongSize)?;
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, ImageFormat::Png)?;
        Ok(file.into_inner())
    }

    fn to_image(&self) -> Option<DynamicImage> {
        let width = u32::try_from(self.width).ok()?;
        let height = u32::try_from(self.height).ok()?;
        let buffer = image::RgbaImage::from_raw(width, height, self.rgba.clone())?;
        Some(DynamicImage::ImageRgba8(buffer))
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

    /// Four bytes for each pixel, row by row.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// How bright a pixel is on white paper, 0 to 255; white outside the picture.
    pub(crate) fn luminance(&self, x: usize, y: usize) -> u8 {
        let at = (y * self.width + x) * 4;
        let Some(&[red, green, blue, alpha]) = self
            .rgba
            .get(at..at + 4)
            .and_then(|pixel| <&[u8; 4]>::try_from(pixel).ok())
        else {
            return u8::MAX;
        };
        // ITU-R BT.601, in parts of 256.
        let bright = (77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)) / 256;
        let alpha = u32::from(alpha);
        let on_white = (bright * alpha + 255 * (255 - alpha)) / 255;
        u8::try_from(on_white).unwrap_or(u8::MAX)
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(width: usize, height: usize) -> Picture {
        let rgba = (0..width * height)
            .flat_map(|at| [(at % width) as u8, (at / width) as u8, 9, 255])
            .collect();
        Picture::from_rgba(width, height, rgba).unwrap()
    }

    #[test]
    fn a_png_comes_back_pixel_by_pixel() {
        let picture = gradient(40, 30);
        assert_eq!(
            Picture::decode(&picture.to_png().unwrap()).unwrap(),
            picture
        );
    }

    #[test]
    fn nothing_but_a_file_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.png"), gradient(8, 8).to_png().unwrap()).unwrap();
        assert_eq!(Picture::read(&path("a.png")).unwrap(), gradient(8, 8));
        let made = std::process::Command::new("mkfifo")
            .arg(path("pipe.png"))
            .status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink("/dev/zero", path("zero.png")).unwrap();
        let (sender, outcomes) = std::sync::mpsc::channel();
        for odd in [path("pipe.png"), path("zero.png"), folder.path().to_owned()] {
            let sender = sender.clone();
            std::thread::spawn(move || sender.send(Picture::read(&odd)));
        }
        let deadline = std::time::Duration::from_secs(60);
        for _ in 0..3 {
            let outcome = outcomes.recv_timeout(deadline).expect("reading it waits");
            assert!(
                matches!(outcome, Err(PictureError::NotAFile)),
                "{outcome:?}"
            );
        }
        let long = std::fs::File::create(path("long.png")).unwrap();
        long.set_len(MAX_FILE_BYTES as u64 + 1).unwrap();
        let outcome = Picture::read(&path("long.png"));
        assert!(matches!(outcome, Err(PictureError::TooLarge)));
    }

    #[test]
    fn the_middle_square_is_taken() {
        let square = gradient(90, 30).square(30);
        assert_eq!((square.width(), square.height()), (30, 30));
        let first = square.rgba()[0];
        assert!((28..=32).contains(&first), "{first}");
    }

    #[test]
    fn an_avatar_is_small_and_square() {
        let png = gradient(400, 300).to_avatar().unwrap();
        let avatar = Picture::decode_small(&png).unwrap();
        assert_eq!((avatar.width(), avatar.height()), (192, 192));
    }

    #[test]
    fn damaged_and_huge_pictures_are_refused() {
        let png = gradient(64, 64).to_png().unwrap();
        for cut in [0, 1, 8, 20, png.len() / 2] {
            assert!(Picture::decode(&png[..cut]).is_err(), "{cut}");
        }
        // The width of a PNG stands in bytes 16 to 19.
        let mut wide = png;
        wide[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        assert!(Picture::decode(&wide).is_err());
        assert!(matches!(
            Picture::decode(&vec![0; MAX_FILE_BYTES + 1]),
            Err(PictureError::TooLarge)
        ));
        let large = gradient(1_025, 2).to_png().unwrap();
        assert!(Picture::decode(&large).is_ok() && Picture::decode_small(&large).is_err());
        assert!(Picture::from_rgba(usize::MAX, 2, vec![0; 8]).is_err());
        assert!(Picture::from_rgba(0, 0, Vec::new()).is_err());
    }
}
