//! The image of a person, over PEP: what there is, and the bytes.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use minidom::Element;
use onym_stream::{Attributes, ns};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

/// The largest image that is kept or published, in bytes. In base64 it still fits into a stanza
/// of 256 KiB, and a picture of the size that a window shows needs a tenth of it.
pub const MAX_AVATAR_BYTES: usize = 128 * 1024;

/// How many kinds of one image are looked at.
const MAX_KINDS: usize = 16;

/// Names an image by the SHA-1 of its bytes. It is a name and no proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AvatarHash([u8; 20]);

impl AvatarHash {
    /// The name of an image.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha1::digest(bytes).into())
    }

    /// Reads 40 hexadecimal digits of either case.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.trim().to_ascii_lowercase().as_bytes());
        bytes.ok()?.try_into().ok().map(Self)
    }

    /// Forty hexadecimal digits in small letters.
    pub fn to_hex(self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// The bytes of the name.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Debug for AvatarHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AvatarHash({})", self.to_hex())
    }
}

/// What kind of image some bytes are, by how they begin. Nothing else is kept; whether the rest is
/// an image is for whoever decodes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// PNG, the one that XEP-0084 asks for.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    WebP,
    /// GIF.
    Gif,
}

impl ImageKind {
    /// Recognises an image of an allowed size.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_AVATAR_BYTES {
            return None;
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else {
            None
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    fn is_allowed(media_type: &str) -> bool {
        [Self::Png, Self::Jpeg, Self::WebP, Self::Gif]
            .iter()
            .any(|kind| kind.media_type().eq_ignore_ascii_case(media_type.trim()))
    }
}

/// The bytes of an image as they are published.
pub(crate) fn data(bytes: &[u8]) -> Element {
    let mut data = Element::bare("data", ns::AVATAR_DATA);
    data.append_text_node(BASE64.encode(bytes));
    data
}

/// What is published about an image, or that there is none.
pub(crate) fn metadata(bytes: Option<&[u8]>) -> Element {
    let mut metadata = Element::bare("metadata", ns::AVATAR_METADATA);
    if let Some(bytes) = bytes
        && let Some(kind) = ImageKind::of(bytes)
    {
        metadata.append_child(
            Element::bare("info", ns::AVATAR_METADATA)
                .with_attribute("id", AvatarHash::of(bytes).to_hex())
                .with_attribute("bytes", bytes.len().to_string())
                .with_attribute("type", kind.media_type()),
        );
    }
    metadata
}

/// What somebody says about their image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announcement {
    /// They have one that we can take.
    Image(AvatarHash),
    /// They have none.
    Nothing,
    /// They have one that we do not take: too large, of another kind, or elsewhere on the web.
    Unsuitable,
}

/// Reads what is published about an image. One that is elsewhere on the web is never fetched:
/// nobody but us decides what we connect to.
pub(crate) fn announcement(metadata: &Element) -> Option<Announcement> {
    if !metadata.is("metadata", ns::AVATAR_METADATA) {
        return None;
    }
    let mut infos = metadata
        .children()
        .filter(|child| child.is("info", ns::AVATAR_METADATA))
        .take(MAX_KINDS)
        .peekable();
    if infos.peek().is_none() {
        return Some(Announcement::Nothing);
    }
    let suitable = infos
        .filter(|info| info.attr("url").is_none())
        .filter(|info| info.attr("type").is_none_or(ImageKind::is_allowed))
        .filter(|info| {
            let bytes: Option<usize> = info.attr("bytes").and_then(|it| it.parse().ok());
            bytes.is_none_or(|bytes| bytes <= MAX_AVATAR_BYTES)
        })
        .find_map(|info| AvatarHash::from_hex(info.attr("id")?));
    Some(suitable.map_or(Announcement::Unsuitable, Announcement::Image))
}

/// The bytes of an image, if they are the ones that `expected` names.
pub(crate) fn image(data: &Element, expected: AvatarHash) -> Option<Vec<u8>> {
    if !data.is("data", ns::AVATAR_DATA) {
        return None;
    }
    decode(&data.text(), expected)
}

/// Decodes base64 with any white space, within the limits, and compares the name.
pub(crate) fn decode(text: &str, expected: AvatarHash) -> Option<Vec<u8>> {
    let text: String = text.split_ascii_whitespace().collect();
    if text.len() > MAX_AVATAR_BYTES.div_ceil(3).saturating_mul(4) {
        return None;
    }
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    let is_right = ImageKind::of(&bytes).is_some() && AvatarHash::of(&bytes) == expected;
    is_right.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    #[test]
    fn what_we_publish_is_what_we_read() {
        let hash = AvatarHash::of(PNG);
        assert_eq!(
            announcement(&metadata(Some(PNG))),
            Some(Announcement::Image(hash))
        );
        assert_eq!(announcement(&metadata(None)), Some(Announcement::Nothing));
        assert_eq!(image(&data(PNG), hash).as_deref(), Some(PNG));
        assert_eq!(
            AvatarHash::from_hex(&hash.to_hex().to_uppercase()),
            Some(hash)
        );
    }

    #[test]
    fn bytes_under_another_name_are_refused() {
        let other = AvatarHash::of(b"other");
        assert_eq!(image(&data(PNG), other), None);
        let text = b"<html>";
        assert_eq!(image(&data(text), AvatarHash::of(text)), None);
        let mut large = PNG.to_vec();
        large.resize(MAX_AVATAR_BYTES + 1, 0);
        assert_eq!(image(&data(&large), AvatarHash::of(&large)), None);
        large.pop();
        let hash = AvatarHash::of(&large);
        assert_eq!(
            image(&data(&large), hash).map(|it| it.len()),
            Some(MAX_AVATAR_BYTES)
        );
    }

    #[test]
    fn lines_and_blanks_in_base64_do_not_matter() {
        let mut text = BASE64.encode(PNG);
        text.insert_str(4, "\n  ");
        assert!(decode(&text, AvatarHash::of(PNG)).is_some());
        assert!(decode("!", AvatarHash::of(PNG)).is_none());
    }

    #[test]
    fn only_images_that_we_can_take_count() {
        let hash = AvatarHash::of(PNG);
        let hex = hash.to_hex();
        let read = |infos: &str| {
            let xml = format!("<metadata xmlns='urn:xmpp:avatar:metadata'>{infos}</metadata>");
            announcement(&xml.parse().unwrap())
        };
        let info = |attributes: &str| format!("<info id='{hex}' {attributes}/>");
        let image = Some(Announcement::Image(hash));
        let unsuitable = Some(Announcement::Unsuitable);
        assert_eq!(read(&info("type='image/png' bytes='9'")), image);
        assert_eq!(read(&info("")), image);
        assert_eq!(read(&info("type='image/svg+xml'")), unsuitable);
        assert_eq!(read(&info("bytes='9999999'")), unsuitable);
        assert_eq!(read(&info("url='https://evil.example/'")), unsuitable);
        assert_eq!(read("<info id='xyz'/>"), unsuitable);
        assert_eq!(read("<stop/>"), Some(Announcement::Nothing));
        assert_eq!(announcement(&Element::bare("metadata", "odd")), None);
    }

    #[test]
    fn kinds_are_told_by_how_they_begin() {
        for (bytes, kind) in [
            (PNG, Some(ImageKind::Png)),
            (b"\xff\xd8\xff\xe0", Some(ImageKind::Jpeg)),
            (b"RIFF\0\0\0\0WEBPVP8", Some(ImageKind::WebP)),
            (b"GIF89a", Some(ImageKind::Gif)),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"<svg", None),
            (b"", None),
        ] {
            assert_eq!(ImageKind::of(bytes), kind, "{bytes:?}");
        }
    }
}
