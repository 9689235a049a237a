//! The roster: asked for, changed, pushed, versioned.

use onym_stream::{Element, ns};

use crate::client::{Actor, condition};
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";

fn verona() -> World {
    let mut w = World::new(3);
    w.server("montague.example", &["romeo", "benvolio"]);
    w
}

fn get(w: &mut World, actor: Actor, version: Option<&str>) -> Option<Element> {
    let version = version.map_or_else(String::new, |v| format!(" ver='{v}'"));
    w.says(
        actor,
        &format!(
            "<iq type='get' id='get'><query xmlns='{}'{version}/></iq>",
            ns::ROSTER
        ),
    );
    let answer = w.hears(actor, "iq");
    assert_eq!(
        (answer.attr("type"), answer.attr("id")),
        (Some("result"), Some("get"))
    );
    answer.get_child("query", ns::ROSTER).cloned()
}

fn set(w: &mut World, actor: Actor, item: &str) {
    let query = format!("<query xmlns='{}'>{item}</query>", ns::ROSTER);
    w.says(actor, &format!("<iq type='set' id='set'>{query}</iq>"));
}

fn item(push: &Element) -> Element {
    assert_eq!(push.attr("type"), Some("set"), "{push:?}");
    let query = push.get_child("query", ns::ROSTER).unwrap();
    query.children().next().unwrap().clone()
}

#[test]
fn romeo_adds_renames_and_removes_a_contact() {
    let mut w = verona();
    let desk = w.owner(ROMEO, "desk");
    let phone = w.owner(ROMEO, "phone");
    let silent = w.owner(ROMEO, "silent");
    assert_eq!(get(&mut w, desk, None).unwrap().children().count(), 0);
    get(&mut w, phone, None);

    set(
        &mut w,
        desk,
        "<item jid='juliet@capulet.example' name='J &amp; &lt;3'><group>Love</group></item>",
    );
    let (push, answer) = (w.hears(desk, "iq"), w.hears(desk, "iq"));
    assert_eq!(
        (answer.attr("type"), answer.attr("id")),
        (Some("result"), Some("set"))
    );
    for push in [push, w.hears(phone, "iq")] {
        let item = item(&push);
        assert_eq!(item.attr("name"), Some("J & <3"));
        assert_eq!(item.attr("subscription"), Some("none"));
        assert_eq!(item.get_child("group", ns::ROSTER).unwrap().text(), "Love");
    }
    assert!(
        w.hears_all(silent, "iq").is_empty(),
        "it never asked for the roster"
    );

    w.kill("montague.example");
    w.start("montague.example");
    w.reconnect(desk);
    w.run();
    let roster = get(&mut w, desk, None).unwrap();
    assert_eq!(
        roster.children().next().unwrap().attr("jid"),
        Some("juliet@capulet.example")
    );

    set(
        &mut w,
        desk,
        "<item jid='juliet@capulet.example' subscription='remove'/>",
    );
    assert_eq!(
        item(&w.hears(desk, "iq")).attr("subscription"),
        Some("remove")
    );
    set(
        &mut w,
        desk,
        "<item jid='juliet@capulet.example' subscription='remove'/>",
    );
    w.hears(desk, "iq");
    assert_eq!(condition(&w.hears(desk, "iq")), "item-not-found");
    assert_eq!(get(&mut w, desk, None).unwrap().children().count(), 0);
}

#[test]
fn a_client_that_knows_the_roster_is_not_sent_it_again() {
    let mut w = verona();
    let romeo = w.owner(ROMEO, "desk");
    let first = get(&mut w, romeo, Some("")).unwrap();
    let version = first.attr("ver").unwrap().to_owned();
    assert_eq!(get(&mut w, romeo, Some(&version)), None);
    set(&mut w, romeo, "<item jid='juliet@capulet.example'/>");
    w.forget(romeo);
    let newer = get(&mut w, romeo, Some(&version)).unwrap();
    let newer = newer.attr("ver").unwrap().to_owned();
    assert_ne!(newer, version);
    w.kill("montague.example");
    w.start("montague.example");
    w.reconnect(romeo);
    w.run();
    assert_eq!(
        get(&mut w, romeo, Some(&newer)),
        None,
        "versions outlive a restart"
    );
}

#[test]
fn bad_requests_are_answered_and_change_nothing() {
    let mut w = verona();
    let romeo = w.owner(ROMEO, "desk");
    let too_long = format!("<item jid='a@b.example' name='{}'/>", "x".repeat(1_024));
    for (bad, expected) in [
        ("", "bad-request"),
        ("<item/>", "bad-request"),
        ("<item jid='@@'/>", "jid-malformed"),
        (
            "<item jid='a@b.example'/><item jid='c@b.example'/>",
            "bad-request",
        ),
        ("<item jid='a@b.example'><group/></item>", "not-acceptable"),
        (too_long.as_str(), "not-acceptable"),
        ("<item jid='romeo@montague.example'/>", "not-acceptable"),
    ] {
        set(&mut w, romeo, bad);
        assert_eq!(condition(&w.hears(romeo, "iq")), expected, "{bad}");
    }
    assert!(w.node("montague.example").journal.is_empty());
}

#[test]
fn nobody_else_sees_or_changes_a_roster() {
    let mut w = verona();
    let (romeo, benvolio) = (
        w.owner(ROMEO, "desk"),
        w.owner("benvolio@montague.example", "x"),
    );
    set(&mut w, romeo, "<item jid='juliet@capulet.example'/>");
    for kind in ["get", "set"] {
        let query = format!(
            "<query xmlns='{}'><item jid='x@y.example'/></query>",
            ns::ROSTER
        );
        w.says(
            benvolio,
            &format!("<iq type='{kind}' id='1' to='{ROMEO}'>{query}</iq>"),
        );
        assert_eq!(condition(&w.hears(benvolio, "iq")), "service-unavailable");
    }
}
