//! The card of a person as older clients know it, and the hash of its photo in presence
//! (XEP-0153).

use data_encoding::BASE64;
use minidom::Element;
use onym_stream::ns;

use crate::avatar::{self, AvatarHash, ImageKind};
use crate::nickname;
use crate::store::AvatarChoice;

/// Asks for a card.
pub(crate) fn get() -> Element {
    Element::bare("vCard", ns::VCARD_TEMP)
}

/// What a card says, as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Card {
    pub(crate) name: Option<String>,
    pub(crate) photo: Option<Vec<u8>>,
}

/// Reads a card; the photo only if it is the one that `expected` names. A photo elsewhere on the
/// web is not fetched.
pub(crate) fn read(vcard: &Element, expected: Option<AvatarHash>) -> Option<Card> {
    if !vcard.is("vCard", ns::VCARD_TEMP) {
        return None;
    }
    let text = |name: &str| vcard.get_child(name, ns::VCARD_TEMP).map(Element::text);
    let name = ["NICKNAME", "FN"]
        .into_iter()
        .find_map(|field| nickname::cleaned(&text(field)?));
    let photo = expected.and_then(|expected| {
        let photo = vcard.get_child("PHOTO", ns::VCARD_TEMP)?;
        let bytes = photo.get_child("BINVAL", ns::VCARD_TEMP)?.text();
        avatar::decode(&bytes, expected)
    });
    Some(Card { name, photo })
}

/// A card with our name and photo, that otherwise says what `before` said: another client may
/// have put more into it.
pub(crate) fn with_profile(
    before: Option<&Element>,
    name: Option<&str>,
    avatar: &AvatarChoice,
) -> Element {
    let mut card = Element::bare("vCard", ns::VCARD_TEMP);
    let ours: &[&str] = match avatar {
        AvatarChoice::Keep => &["NICKNAME"],
        AvatarChoice::Remove | AvatarChoice::Set(_) => &["NICKNAME", "PHOTO"],
    };
    for child in before.into_iter().flat_map(Element::children) {
        if child.has_ns(ns::VCARD_TEMP) && !ours.contains(&child.name()) {
            card.append_child(child.clone());
        }
    }
    if let Some(name) = name {
        card.append_child(with_text("NICKNAME", name));
    }
    if let AvatarChoice::Set(bytes) = avatar
        && let Some(kind) = ImageKind::of(bytes)
    {
        let mut photo = Element::bare("PHOTO", ns::VCARD_TEMP);
        photo.append_child(with_text("TYPE", kind.media_type()));
        photo.append_child(with_text("BINVAL", &BASE64.encode(bytes)));
        card.append_child(photo);
    }
    card
}

fn with_text(name: &'static str, text: &str) -> Element {
    let mut element = Element::bare(name, ns::VCARD_TEMP);
    element.append_text_node(text);
    element
}

/// What a presence says about the photo in the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhotoHash {
    /// There is this one.
    Photo(AvatarHash),
    /// There is none.
    Nothing,
}

/// Reads the hash of the photo. XEP-0153, section 4.1: an empty `<x/>` says that the client does
/// not know yet, and no `<x/>` that it does not care; neither changes anything.
pub(crate) fn photo_hash(presence: &Element) -> Option<PhotoHash> {
    let photo = presence
        .get_child("x", ns::VCARD_UPDATE)?
        .get_child("photo", ns::VCARD_UPDATE)?
        .text();
    if photo.trim().is_empty() {
        return Some(PhotoHash::Nothing);
    }
    AvatarHash::from_hex(&photo).map(PhotoHash::Photo)
}

/// Says in our presence which photo our card has.
pub(crate) fn update(hash: Option<AvatarHash>) -> Element {
    let mut photo = Element::bare("photo", ns::VCARD_UPDATE);
    if let Some(hash) = hash {
        photo.append_text_node(hash.to_hex());
    }
    let mut update = Element::bare("x", ns::VCARD_UPDATE);
    update.append_child(photo);
    update
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    #[test]
    fn our_card_keeps_what_others_put_into_it() {
        let before: Element = "<vCard xmlns='vcard-temp'><FN>Alice A.</FN><NICKNAME>Old</NICKNAME>\
            <PHOTO><BINVAL>AAAA</BINVAL></PHOTO><URL>x</URL></vCard>"
            .parse()
            .unwrap();
        let card = with_profile(
            Some(&before),
            Some("Alice"),
            &AvatarChoice::Set(PNG.to_vec()),
        );
        let text = |name| card.get_child(name, ns::VCARD_TEMP).map(Element::text);
        assert_eq!(text("FN").as_deref(), Some("Alice A."));
        assert_eq!(text("URL").as_deref(), Some("x"));
        assert_eq!(
            card.children().filter(|it| it.name() == "NICKNAME").count(),
            1
        );
        let hash = AvatarHash::of(PNG);
        let read_again = read(&card, Some(hash)).unwrap();
        assert_eq!(read_again.name.as_deref(), Some("Alice"));
        assert_eq!(read_again.photo.as_deref(), Some(PNG));
        // A photo that nobody announced is not taken.
        assert_eq!(read(&card, None).unwrap().photo, None);
        assert_eq!(read(&card, Some(AvatarHash::of(b"x"))).unwrap().photo, None);
        let kept = with_profile(Some(&card), None, &AvatarChoice::Keep);
        assert_eq!(read(&kept, Some(hash)).unwrap().photo.as_deref(), Some(PNG));
        let bare = with_profile(Some(&card), None, &AvatarChoice::Remove);
        let names: Vec<&str> = bare.children().map(Element::name).collect();
        assert_eq!(names, ["FN", "URL"]);
    }

    #[test]
    fn the_full_name_stands_in_for_the_nickname() {
        let card: Element = "<vCard xmlns='vcard-temp'><NICKNAME> </NICKNAME><FN>Bob</FN></vCard>"
            .parse()
            .unwrap();
        assert_eq!(read(&card, None).unwrap().name.as_deref(), Some("Bob"));
        assert_eq!(read(&Element::bare("vCard", "odd"), None), None);
    }

    #[test]
    fn presence_tells_the_photo() {
        let of = |inner: &str| {
            let xml = format!("<presence xmlns='jabber:client'>{inner}</presence>");
            photo_hash(&xml.parse().unwrap())
        };
        let hash = AvatarHash::of(PNG);
        assert_eq!(of(""), None);
        assert_eq!(of("<x xmlns='vcard-temp:x:update'/>"), None);
        assert_eq!(
            of("<x xmlns='vcard-temp:x:update'><photo>odd</photo></x>"),
            None
        );
        assert_eq!(of(&String::from(&update(None))), Some(PhotoHash::Nothing));
        assert_eq!(
            of(&String::from(&update(Some(hash)))),
            Some(PhotoHash::Photo(hash))
        );
    }
}
