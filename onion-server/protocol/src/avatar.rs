//! XEP-0084: User Avatar, kept in two nodes, and XEP-0398: the same avatar in the vCard and in
//! presence (XEP-0153), for clients that know nothing else.
//!
//! The image is stored once, in the nodes. It is put into the vCard whenever somebody asks for one
//! who may read the nodes (XEP-0398 §5.2), and taken out of a vCard that a
//! client stores.

mod conversion;

use data_encoding::{BASE64, HEXLOWER, Specification};
use onym_stream::{Element, ns};
use sha1::{Digest, Sha1};

use crate::limits;
use crate::pep::{AccessModel, Nodes};
use crate::stanza::{self, Build};

/// An account's present avatar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Avatar {
    /// SHA-1 over the image, in lower-case hexadecimal.
    pub(crate) hash: String,
    /// Its media type, as its publisher says.
    kind: String,
    /// Whether everybody may see it.
    pub(crate) public: bool,
    /// Whether whoever receives the account's presence may.
    pub(crate) shared: bool,
}

/// What a vCard says about a photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Photo {
    /// Nothing.
    Absent,
    /// An image.
    Image(Image),
    /// Something else: a link, or what is no image. It stays as it is.
    Other,
}

/// An image, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    bytes: Vec<u8>,
    kind: &'static str,
}

impl Avatar {
    /// XEP-0398 §3.1: the avatar that the metadata node names and the data node holds, with the
    /// right hash.
    pub(crate) fn of(nodes: &Nodes) -> Option<Self> {
        let (metadata, data) = (nodes.get(ns::AVATAR_METADATA)?, nodes.get(ns::AVATAR_DATA)?);
        let (_, item) = metadata.latest().next()?;
        let element = stanza::parse(&item.xml)?;
        // "MUST pick the info element that does not point to an external URL."
        let info = element
            .children()
            .filter(|child| child.is("info", ns::AVATAR_METADATA))
            .find(|info| info.attr("url").is_none())?;
        let hash = info.attr("id")?.to_ascii_lowercase();
        let image = image_of(nodes, info.attr("id")?)?;
        let models = [metadata.config.access_model, data.config.access_model];
        (hash_of(&image) == hash).then(|| Self {
            hash,
            kind: info.attr("type").unwrap_or("image/png").to_owned(),
            public: models.iter().all(|model| *model == AccessModel::Open),
            shared: models.iter().all(|model| *model != AccessModel::Whitelist),
        })
    }

    /// The `<PHOTO/>` of a vCard.
    pub(crate) fn to_photo(&self, nodes: &Nodes) -> Option<Element> {
        let image = image_of(nodes, &self.hash)?;
        let child = |name: &str, text: &str| {
            let mut element = Element::bare(name, ns::VCARD_TEMP);
            element.append_text(text);
            element
        };
        let mut photo = Element::bare("PHOTO", ns::VCARD_TEMP);
        photo.append_child(child("TYPE", &self.kind));
        photo.append_child(child("BINVAL", &BASE64.encode(&image)));
        Some(photo)
    }
}

/// The image that the data node holds under an id.
fn image_of(nodes: &Nodes, id: &str) -> Option<Vec<u8>> {
    let item = nodes.get(ns::AVATAR_DATA)?.item(id)?;
    let data = stanza::parse(&item.xml)?;
    decode(&data.text()).filter(|_| data.is("data", ns::AVATAR_DATA))
}

impl Photo {
    /// Reads the photo of a vCard.
    pub(crate) fn of(vcard: &Element) -> Self {
        let Some(photo) = vcard.get_child("PHOTO", ns::VCARD_TEMP) else {
            return Self::Absent;
        };
        let Some(value) = photo.get_child("BINVAL", ns::VCARD_TEMP) else {
            // XEP-0153 §4.3 knows an empty photo, and RFC 2426 a link to one.
            return match photo.get_child("EXTVAL", ns::VCARD_TEMP) {
                Some(_) => Self::Other,
                None => Self::Absent,
            };
        };
        let text = value.text();
        if text.trim().is_empty() {
            return Self::Absent;
        }
        decode(&text)
            .and_then(|bytes| {
                let kind = kind_of(&bytes)?;
                Some(Self::Image(Image { bytes, kind }))
            })
            .unwrap_or(Self::Other)
    }
}

impl Image {
    /// The id of its item: "the SHA-1 hash of the image".
    pub(crate) fn id(&self) -> String {
        hash_of(&self.bytes)
    }

    /// The payload of the data node.
    pub(crate) fn data(&self) -> Element {
        let mut data = Element::bare("data", ns::AVATAR_DATA);
        data.append_text(BASE64.encode(&self.bytes));
        data
    }

    /// The payload of the metadata node.
    pub(crate) fn metadata(&self) -> Element {
        let mut info = Element::bare("info", ns::AVATAR_METADATA);
        info.set("id", &self.id());
        info.set("bytes", &self.bytes.len().to_string());
        info.set("type", self.kind);
        let mut metadata = Element::bare("metadata", ns::AVATAR_METADATA);
        metadata.append_child(info);
        metadata
    }
}

fn hash_of(image: &[u8]) -> String {
    HEXLOWER.encode(&Sha1::digest(image))
}

/// XEP-0153 §4.6: base64, in which "any whitespace characters [...] MUST be ignored".
fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > limits::MAX_ITEM_BYTES {
        return None;
    }
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    specification.padding = Some('=');
    specification.ignore.push_str(" \t\r\n");
    // Some clients leave bits in the last digit.
    specification.check_trailing_bits = false;
    let image = specification
        .encoding()
        .ok()?
        .decode(text.as_bytes())
        .ok()?;
    (!image.is_empty()).then_some(image)
}

/// The media type of an image by its first bytes. XEP-0153 §5: what the vCard says of it is a
/// hint only.
fn kind_of(image: &[u8]) -> Option<&'static str> {
    match image {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        _ => None,
    }
}

/// XEP-0398 §4: puts the hash of the avatar, or that there is none any more, into a presence. What
/// a client says of having none is not to be given here, since it stays.
pub(crate) fn stamp(presence: &mut Element, hash: Option<&str>) {
    let update = presence.get_child("x", ns::VCARD_UPDATE);
    let photo = update.and_then(|x| x.get_child("photo", ns::VCARD_UPDATE));
    let claims = photo.is_some_and(|photo| !photo.text().is_empty());
    let text = match hash {
        Some(hash) => hash,
        // What it was is gone.
        None if claims => "",
        None => return,
    };
    let mut photo = Element::bare("photo", ns::VCARD_UPDATE);
    photo.append_text(text);
    let mut update = Element::bare("x", ns::VCARD_UPDATE);
    update.append_child(photo);
    while presence.remove_child("x", ns::VCARD_UPDATE).is_some() {}
    presence.append_child(update);
}

/// Whether a client says that it shows no photo.
pub(crate) fn says_none(presence: &Element) -> bool {
    let update = presence.get_child("x", ns::VCARD_UPDATE);
    let photo = update.and_then(|x| x.get_child("photo", ns::VCARD_UPDATE));
    photo.is_some_and(|photo| photo.text().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vcard(inner: &str) -> Element {
        format!("<vCard xmlns='vcard-temp'>{inner}</vCard>")
            .parse()
            .unwrap()
    }

    #[test]
    fn what_is_a_photo() {
        let png = BASE64.encode(b"\x89PNG\r\n\x1a\n and so on");
        let (first, rest) = png.split_at(8);
        let image = |text: &str| {
            Photo::of(&vcard(&format!(
                "<PHOTO><TYPE>image/x</TYPE><BINVAL>{text}</BINVAL></PHOTO>"
            )))
        };
        let Photo::Image(found) = image(&format!("\n {first}\r\n\t{rest} ")) else {
            panic!("an image with line breaks is one");
        };
        assert_eq!(found.kind, "image/png");
        assert_eq!(found.id(), hash_of(b"\x89PNG\r\n\x1a\n and so on"));
        for (inner, photo) in [
            ("", Photo::Absent),
            ("<PHOTO/>", Photo::Absent),
            ("<PHOTO><BINVAL/></PHOTO>", Photo::Absent),
            ("<PHOTO><BINVAL> </BINVAL></PHOTO>", Photo::Absent),
            (
                "<PHOTO><EXTVAL>http://x.example/</EXTVAL></PHOTO>",
                Photo::Other,
            ),
            ("<PHOTO><BINVAL>!</BINVAL></PHOTO>", Photo::Other),
            ("<PHOTO><BINVAL>eHh4eA==</BINVAL></PHOTO>", Photo::Other),
        ] {
            assert_eq!(Photo::of(&vcard(inner)), photo, "{inner}");
        }
        let huge = "A".repeat(limits::MAX_ITEM_BYTES + 1);
        assert_eq!(image(&huge), Photo::Other);
    }

    #[test]
    fn a_presence_says_which_photo() {
        for (before, hash, after) in [
            ("", Some("aa"), Some("aa")),
            ("<x xmlns='vcard-temp:x:update'/>", Some("aa"), Some("aa")),
            (
                "<x xmlns='vcard-temp:x:update'><photo>bb</photo></x>",
                Some("aa"),
                Some("aa"),
            ),
            (
                "<x xmlns='vcard-temp:x:update'><photo>bb</photo></x>",
                None,
                Some(""),
            ),
            ("<x xmlns='vcard-temp:x:update'/>", None, None),
            ("", None, None),
        ] {
            let xml = format!("<presence xmlns='jabber:client'>{before}</presence>");
            let mut presence: Element = xml.parse().unwrap();
            stamp(&mut presence, hash);
            let updates = presence.children().filter(|c| c.has_ns(ns::VCARD_UPDATE));
            assert!(updates.count() <= 1);
            let photo = presence
                .get_child("x", ns::VCARD_UPDATE)
                .and_then(|x| x.get_child("photo", ns::VCARD_UPDATE))
                .map(Element::text);
            assert_eq!(photo.as_deref(), after, "{before} with {hash:?}");
        }
    }
}
