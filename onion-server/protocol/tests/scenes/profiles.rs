//! vCards and avatars: XEP-0054, XEP-0084, XEP-0153 and XEP-0398.

use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use onym_server_protocol::limits;
use onym_stream::{Element, ns};
use sha1::Digest;

use crate::client::{Actor, condition};
use crate::program::{Program, heard, ids, items, options, publication};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

const GET: &str = "<vCard xmlns='vcard-temp'/>";

fn image(n: usize) -> Vec<u8> {
    [b"\x89PNG\r\n".as_slice(), n.to_string().as_bytes()].concat()
}

fn hash(image: &[u8]) -> String {
    HEXLOWER.encode(&sha1::Sha1::digest(image))
}

fn vcard(inner: &str) -> String {
    format!("<vCard xmlns='vcard-temp'><FN>R &amp; M</FN>{inner}</vCard>")
}

fn photo(image: &[u8]) -> String {
    // Some clients break the lines, and are wrong about the type.
    let text = BASE64.encode(image);
    let (first, rest) = text.split_at(4);
    format!("<PHOTO><TYPE>image/bmp</TYPE><BINVAL>{first}\n {rest}</BINVAL></PHOTO>")
}

/// The photo of a vCard in an answer: its type and its hash.
fn photo_in(answer: &Element) -> Option<(String, String)> {
    let vcard = answer.get_child("vCard", ns::VCARD_TEMP).unwrap();
    let photo = vcard.get_child("PHOTO", ns::VCARD_TEMP)?;
    let text = |name: &str| photo.get_child(name, ns::VCARD_TEMP).unwrap().text();
    let image = BASE64.decode(text("BINVAL").as_bytes()).unwrap();
    Some((text("TYPE"), hash(&image)))
}

/// The hash in the last presence of somebody that has come.
fn shown(w: &mut World, actor: Actor, from: &str) -> Option<String> {
    w.advance(Duration::from_secs(1));
    let presences = w.hears_all(actor, "presence");
    let last = presences
        .iter()
        .rfind(|presence| presence.attr("from") == Some(from))
        .expect("a presence has come");
    let update = last.get_child("x", ns::VCARD_UPDATE)?;
    Some(update.get_child("photo", ns::VCARD_UPDATE)?.text())
}

/// Publishes an avatar as XEP-0084 says.
fn publishes_avatar(w: &mut World, actor: Actor, image: &[u8], model: &str) {
    let id = hash(image);
    let options = options(&[("pubsub#access_model", model)]);
    let data = format!(
        "<data xmlns='{}'>{}</data>",
        ns::AVATAR_DATA,
        BASE64.encode(image)
    );
    w.gets(
        actor,
        "set",
        None,
        &publication(ns::AVATAR_DATA, &id, &data, &options),
    );
    let metadata = metadata(&id, image.len());
    w.gets(
        actor,
        "set",
        None,
        &publication(ns::AVATAR_METADATA, &id, &metadata, &options),
    );
}

fn metadata(id: &str, bytes: usize) -> String {
    format!(
        "<metadata xmlns='{}'>\
         <info id='ffff' bytes='1' type='image/gif' url='http://x.example/'/>\
         <info id='{id}' bytes='{bytes}' type='image/png'/></metadata>",
        ns::AVATAR_METADATA
    )
}

#[test]
fn a_vcard_is_kept_and_read_by_everybody() {
    let (mut w, romeo, juliet) = verona();
    let empty = w.gets(romeo, "get", None, GET);
    let vcard_element = empty.get_child("vCard", ns::VCARD_TEMP).unwrap();
    assert_eq!(vcard_element.children().count(), 0);
    w.gets(romeo, "set", None, &vcard("<NICKNAME>x</NICKNAME>"));
    w.kill("montague.example");
    w.start("montague.example");
    let romeo = w.present_owner(ROMEO, "desk");
    for (actor, to) in [(romeo, None), (romeo, Some(ROMEO)), (juliet, Some(ROMEO))] {
        let answer = w.gets(actor, "get", to, GET);
        let vcard = answer.get_child("vCard", ns::VCARD_TEMP).unwrap();
        let name = vcard.get_child("FN", ns::VCARD_TEMP).unwrap().text();
        assert_eq!(name, "R & M");
    }
    let refused = w.asks(juliet, "set", Some(ROMEO), &vcard(""));
    assert_eq!(condition(&refused), "forbidden");
    let huge = "x".repeat(limits::MAX_VCARD_BYTES);
    for inner in [huge, "<A/>".repeat(limits::MAX_ITEM_TAGS)] {
        let refused = w.asks(romeo, "set", None, &vcard(&inner));
        assert_eq!(condition(&refused), "not-acceptable");
    }
    let nobody = w.asks(juliet, "get", Some("nobody@montague.example"), GET);
    assert_eq!(condition(&nobody), "service-unavailable");
}

#[test]
fn a_published_avatar_is_in_the_vcard_and_in_presence() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    publishes_avatar(&mut w, romeo, &image(1), "open");
    let first = Some(hash(&image(1)));
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), first);
    let expected = Some(("image/png".to_owned(), hash(&image(1))));
    w.gets(romeo, "set", None, &vcard(&photo(&image(1))));
    for actor in [romeo, juliet] {
        let answer = w.gets(actor, "get", Some(ROMEO), GET);
        assert_eq!(photo_in(&answer), expected);
        let vcard = answer.get_child("vCard", ns::VCARD_TEMP).unwrap();
        assert!(vcard.has_child("FN", ns::VCARD_TEMP));
    }
    // Also in what is sent later, and elsewhere.
    w.says(romeo, "<presence><show>away</show></presence>");
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), first);
    w.says(romeo, &format!("<presence to='{JULIET}/balcony'/>"));
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), first);
    // A client that says that it shows none is left alone, also when there is another one.
    let none = "<presence><x xmlns='vcard-temp:x:update'><photo/></x></presence>";
    let directed = none.replacen('>', &format!(" to='{JULIET}/balcony'>"), 1);
    w.says(romeo, &directed);
    let kept = shown(&mut w, juliet, &format!("{ROMEO}/desk"));
    assert_eq!(kept, Some(String::new()));
    w.says(romeo, none);
    let nothing = Some(String::new());
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), nothing);
    publishes_avatar(&mut w, romeo, &image(2), "open");
    w.advance(Duration::from_secs(1));
    assert!(w.hears_all(juliet, "presence").is_empty());
    w.says(
        romeo,
        "<presence><x xmlns='vcard-temp:x:update'/></presence>",
    );
    let second = Some(hash(&image(2)));
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), second);
    // It is there after a restart, and goes when it is disabled.
    w.kill("montague.example");
    w.start("montague.example");
    let romeo = w.present_owner(ROMEO, "desk");
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), second);
    let disabled = format!("<metadata xmlns='{}'/>", ns::AVATAR_METADATA);
    w.publishes(romeo, ns::AVATAR_METADATA, "x", &disabled);
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), nothing);
    let answer = w.gets(juliet, "get", Some(ROMEO), GET);
    assert_eq!(photo_in(&answer), None);
    publishes_avatar(&mut w, romeo, &image(1), "open");
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), first);
}

#[test]
fn a_photo_in_a_vcard_is_published_once() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    let wants = Program::new("a", &[ns::AVATAR_METADATA]);
    w.shows_up(juliet, &wants);
    w.forget(juliet);
    w.gets(romeo, "set", None, &vcard(&photo(&image(1))));
    let id = hash(&image(1));
    let told = heard(ROMEO, ns::AVATAR_METADATA, &format!("item {id}"));
    assert_eq!(w.hears_of_nodes(juliet), [told]);
    let data = w.gets(juliet, "get", Some(ROMEO), &items(ns::AVATAR_DATA, ""));
    assert_eq!(ids(&data), [id.as_str()]);
    let metadata = w.gets(juliet, "get", Some(ROMEO), &items(ns::AVATAR_METADATA, ""));
    let xml = String::from(&metadata);
    assert!(xml.contains("image/png"), "by what it is: {xml}");
    assert!(
        xml.contains(&format!("bytes=\"{}\"", image(1).len()))
            || xml.contains(&format!("bytes='{}'", image(1).len())),
        "{xml}"
    );
    // The image is stored once.
    let stored = w.node("montague.example").snapshot().vcards;
    assert!(
        stored.values().all(|xml| !xml.contains("PHOTO")),
        "{stored:?}"
    );
    // The same vCard again changes nothing.
    w.forget(juliet);
    w.gets(romeo, "set", None, &vcard(&photo(&image(1))));
    assert!(w.hears_of_nodes(juliet).is_empty());
    assert!(w.hears_all(juliet, "presence").is_empty());
    // Without a photo there is none any more.
    w.gets(romeo, "set", None, &vcard(""));
    let nothing = Some(String::new());
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), nothing);
    let answer = w.gets(romeo, "get", None, GET);
    assert_eq!(photo_in(&answer), None);
    // What is no image stays in the vCard and becomes no avatar.
    let link = "<PHOTO><EXTVAL>http://x.example/</EXTVAL></PHOTO>";
    w.gets(romeo, "set", None, &vcard(link));
    let answer = w.gets(romeo, "get", None, GET);
    assert!(String::from(&answer).contains("EXTVAL"));
    let noise = BASE64.encode(&vec![7; limits::MAX_ITEM_BYTES]);
    let huge = format!("<PHOTO><BINVAL>{noise}</BINVAL></PHOTO>");
    let refused = w.asks(romeo, "set", None, &vcard(&huge));
    assert_eq!(condition(&refused), "not-acceptable");
}

#[test]
fn an_avatar_with_the_wrong_hash_is_none() {
    let (mut w, romeo, juliet) = verona();
    let open = options(&[("pubsub#access_model", "open")]);
    for (id, data) in [
        (hash(&image(1)), BASE64.encode(&image(2))),
        (hash(&image(1)), "!".to_owned()),
        (hash(b""), String::new()),
        ("x".to_owned(), BASE64.encode(&image(1))),
    ] {
        let data = format!("<data xmlns='{}'>{data}</data>", ns::AVATAR_DATA);
        let publish = publication(ns::AVATAR_DATA, &id, &data, &open);
        w.gets(romeo, "set", None, &publish);
        let publish = publication(ns::AVATAR_METADATA, &id, &metadata(&id, 1), &open);
        w.gets(romeo, "set", None, &publish);
        let answer = w.gets(juliet, "get", Some(ROMEO), GET);
        assert_eq!(photo_in(&answer), None, "{id}");
    }
    w.says(romeo, "<presence/>");
    assert_eq!(shown(&mut w, romeo, &format!("{ROMEO}/desk")), None);
}

#[test]
fn an_avatar_for_friends_is_not_shown_to_strangers() {
    let (mut w, romeo, juliet) = verona();
    publishes_avatar(&mut w, romeo, &image(1), "presence");
    let answer = w.gets(juliet, "get", Some(ROMEO), GET);
    assert_eq!(photo_in(&answer), None);
    w.says(juliet, &format!("<presence to='{ROMEO}/desk'/>"));
    w.says(romeo, &format!("<presence to='{JULIET}/balcony'/>"));
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), None);
    w.befriend(romeo, juliet);
    w.says(romeo, "<presence/>");
    let first = Some(hash(&image(1)));
    assert_eq!(shown(&mut w, juliet, &format!("{ROMEO}/desk")), first);
    let answer = w.gets(juliet, "get", Some(ROMEO), GET);
    assert!(photo_in(&answer).is_some());
}
