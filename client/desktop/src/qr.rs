use crate::picture::{Picture, PictureError};

/// The longest text that a QR code is believed to hold, in bytes: the largest code holds 2,953.
const MAX_TEXT_BYTES: usize = 3_000;

/// The smallest side of a code, in its squares (ISO/IEC 18004, section 5.3.1): a picture has at least as
/// many pixels. The reader panics on one that has none.
const MIN_SIDE: usize = 21;

/// Why no text was found.
#[derive(Debug, thiserror::Error)]
pub enum QrError {
    /// The picture cannot be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// There is no QR code in it, or it is too blurred.
    #[error("there is no readable QR code in this picture")]
    NothingFound,
}

/// The text of the first readable QR code in a picture. Takes up to a second for a large picture.
///
/// # Errors
/// When there is none.
pub fn read_qr(picture: &Picture) -> Result<String, QrError> {
    let (width, height) = (picture.width(), picture.height());
    read_qr_in(width, height, |x, y| picture.luminance(x, y)).ok_or(QrError::NothingFound)
}

/// The text of the first readable QR code in any grid of brightness, 0 to 255.
pub fn read_qr_in(
    width: usize,
    height: usize,
    luminance: impl FnMut(usize, usize) -> u8,
) -> Option<String> {
    if width < MIN_SIDE || height < MIN_SIDE {
        return None;
    }
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, luminance);
    let grids = prepared.detect_grids();
    let (_, text) = grids.into_iter().find_map(|grid| grid.decode().ok())?;
    (text.len() <= MAX_TEXT_BYTES).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of a QR code, `scale` pixels a module, with a quiet zone.
    fn picture_of(text: &str, scale: usize) -> Picture {
        let code = qrcode::QrCode::new(text).unwrap();
        let modules = code.width();
        let side = (modules + 8) * scale;
        let mut rgba = vec![255; side * side * 4];
        for y in 0..modules {
            for x in 0..modules {
                if code[(x, y)] == qrcode::Color::Dark {
                    for row in 0..scale {
                        for column in 0..scale {
                            let pixel = ((y + 4) * scale + row) * side + (x + 4) * scale + column;
                            rgba[pixel * 4..pixel * 4 + 3].fill(0);
                        }
                    }
                }
            }
        }
        Picture::from_rgba(side, side, rgba).unwrap()
    }

    #[test]
    fn a_whole_address_is_read() {
        let link = format!(
            "xmpp:{}@{}.onion?roster;name=Bruna",
            "a".repeat(52),
            "b".repeat(56)
        );
        for scale in [3, 8] {
            assert_eq!(read_qr(&picture_of(&link, scale)).unwrap(), link);
        }
    }

    #[test]
    fn a_picture_that_is_too_small_for_a_code_has_none() {
        for (width, height) in [
            (0, 0),
            (0, 9),
            (9, 0),
            (1, 1),
            (20, 400),
            (400, 20),
            (21, 21),
        ] {
            assert_eq!(
                read_qr_in(width, height, |_, _| 0),
                None,
                "{width} {height}"
            );
        }
    }

    #[test]
    fn a_picture_without_a_code_is_said_so() {
        let blank = Picture::from_rgba(200, 200, vec![200; 200 * 200 * 4]).unwrap();
        assert!(matches!(read_qr(&blank), Err(QrError::NothingFound)));
    }
}
