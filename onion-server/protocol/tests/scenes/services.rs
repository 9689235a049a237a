//! What the server answers by itself, and IQs between owners.

use std::time::Duration;

use onym_stream::{Element, ns};

use crate::client::{Actor, condition};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

fn ask(w: &mut World, actor: Actor, to: Option<&str>, payload: &str) -> Element {
    let to = to.map_or_else(String::new, |to| format!(" to='{to}'"));
    w.says(actor, &format!("<iq{to} type='get' id='q'>{payload}</iq>"));
    w.advance(Duration::from_secs(1));
    let answer = w.hears(actor, "iq");
    assert_eq!(answer.attr("id"), Some("q"));
    answer
}

fn query(namespace: &str) -> String {
    format!("<query xmlns='{namespace}'/>")
}

fn features(answer: &Element) -> Vec<String> {
    let query = answer.get_child("query", ns::DISCO_INFO).unwrap();
    let features = query.children().filter(|c| c.name() == "feature");
    features
        .map(|f| f.attr("var").unwrap().to_owned())
        .collect()
}

#[test]
fn ping_version_and_discovery_of_the_own_server() {
    let (mut w, romeo, _) = verona();
    for to in [None, Some("montague.example")] {
        let pong = ask(&mut w, romeo, to, "<ping xmlns='urn:xmpp:ping'/>");
        assert_eq!(
            (pong.attr("type"), pong.children().count()),
            (Some("result"), 0)
        );
        let version = ask(&mut w, romeo, to, &query(ns::VERSION));
        let version = version.get_child("query", ns::VERSION).unwrap();
        assert_eq!(
            version.get_child("name", ns::VERSION).unwrap().text(),
            "Onym"
        );
        let info = ask(&mut w, romeo, to, &query(ns::DISCO_INFO));
        let features = features(&info);
        for feature in [ns::DISCO_INFO, ns::PING, "msgoffline"] {
            assert!(features.iter().any(|f| f == feature), "{feature}");
        }
        let items = ask(&mut w, romeo, to, &query(ns::DISCO_ITEMS));
        assert_eq!(items.attr("type"), Some("result"));
    }
    let node = format!("<query xmlns='{}' node='x'/>", ns::DISCO_INFO);
    assert_eq!(
        condition(&ask(&mut w, romeo, None, &node)),
        "item-not-found"
    );
    assert_eq!(
        condition(&ask(&mut w, romeo, None, &query("urn:x"))),
        "service-unavailable"
    );
    let own = ask(&mut w, romeo, Some(ROMEO), &query(ns::DISCO_INFO));
    let identity = own.get_child("query", ns::DISCO_INFO).unwrap();
    let identity = identity.get_child("identity", ns::DISCO_INFO).unwrap();
    assert_eq!(identity.attr("category"), Some("account"));
}

#[test]
fn the_capabilities_of_the_server_are_what_it_answers() {
    let (mut w, romeo, _) = verona();
    let others = w.client(romeo).others.clone();
    let caps = others.iter().filter_map(|f| f.get_child("c", ns::CAPS));
    let caps: Vec<_> = caps.collect();
    let [caps] = caps[..] else {
        panic!("once, when it is logged in: {caps:?}");
    };
    let node = format!(
        "{}#{}",
        caps.attr("node").unwrap(),
        caps.attr("ver").unwrap()
    );
    let question = format!("<query xmlns='{}' node='{node}'/>", ns::DISCO_INFO);
    let info = ask(&mut w, romeo, Some("montague.example"), &question);
    let query = info.get_child("query", ns::DISCO_INFO).unwrap();
    assert_eq!(query.attr("node"), Some(node.as_str()));
    assert!(features(&info).contains(&ns::CAPS.to_owned()));
    let own = ask(&mut w, romeo, Some(ROMEO), &question);
    assert_eq!(condition(&own), "item-not-found");
}

#[test]
fn another_server_answers_everybody_but_says_its_version_to_friends() {
    let (mut w, romeo, juliet) = verona();
    let server = Some("capulet.example");
    assert_eq!(
        ask(&mut w, romeo, server, "<ping xmlns='urn:xmpp:ping'/>").attr("type"),
        Some("result")
    );
    assert_eq!(
        ask(&mut w, romeo, server, &query(ns::DISCO_INFO)).attr("type"),
        Some("result")
    );
    assert_eq!(
        condition(&ask(&mut w, romeo, server, &query(ns::VERSION))),
        "service-unavailable"
    );
    w.befriend(romeo, juliet);
    assert_eq!(
        ask(&mut w, romeo, server, &query(ns::VERSION)).attr("type"),
        Some("result")
    );
}

#[test]
fn an_iq_reaches_a_client_of_somebody_who_shares_presence() {
    let (mut w, romeo, juliet) = verona();
    let full = format!("{JULIET}/balcony");
    let ping = "<ping xmlns='urn:xmpp:ping'/>";
    assert_eq!(
        condition(&ask(&mut w, romeo, Some(&full), ping)),
        "service-unavailable"
    );
    assert_eq!(
        condition(&ask(&mut w, romeo, Some(JULIET), &query(ns::DISCO_INFO))),
        "service-unavailable"
    );
    w.befriend(romeo, juliet);
    w.says(
        romeo,
        &format!("<iq to='{full}' type='get' id='p'>{ping}</iq>"),
    );
    let question = w.hears(juliet, "iq");
    let from = question.attr("from").unwrap().to_owned();
    assert_eq!(from, format!("{ROMEO}/desk"));
    w.says(juliet, &format!("<iq to='{from}' type='result' id='p'/>"));
    assert_eq!(w.hears(romeo, "iq").attr("type"), Some("result"));
    let info = ask(&mut w, romeo, Some(JULIET), &query(ns::DISCO_INFO));
    assert_eq!(info.attr("type"), Some("result"));
    assert_eq!(
        condition(&ask(&mut w, romeo, Some(&format!("{JULIET}/gone")), ping)),
        "service-unavailable"
    );
    assert_eq!(
        condition(&ask(&mut w, romeo, Some(JULIET), &query(ns::ROSTER))),
        "service-unavailable"
    );
}

#[test]
fn directed_presence_lets_a_stranger_ask_a_client() {
    let (mut w, romeo, juliet) = verona();
    w.says(juliet, &format!("<presence to='{ROMEO}/desk'/>"));
    w.says(
        romeo,
        &format!("<iq to='{JULIET}/balcony' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"),
    );
    assert_eq!(w.hears(juliet, "iq").attr("id"), Some("p"));
    w.says(
        juliet,
        &format!("<presence to='{ROMEO}/desk' type='unavailable'/>"),
    );
    w.says(
        romeo,
        &format!("<iq to='{JULIET}/balcony' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"),
    );
    assert_eq!(condition(&w.hears(romeo, "iq")), "service-unavailable");
}

#[test]
fn an_iq_that_is_none_is_answered() {
    let (mut w, romeo, _) = verona();
    for iq in [
        "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='get' id='1'/>",
        "<iq type='set' id='1'><a xmlns='urn:a'/><b xmlns='urn:b'/></iq>",
    ] {
        w.says(romeo, iq);
        assert_eq!(condition(&w.hears(romeo, "iq")), "bad-request", "{iq}");
    }
    // Answers that nobody waits for are not answered.
    for iq in [
        "<iq type='result' id='1'/>",
        "<iq type='error' id='1'/>",
        "<iq type='nonsense' id='1'/>",
        "<iq type='result' id='1' to='montague.example'/>",
    ] {
        w.says(romeo, iq);
        assert!(w.hears_all(romeo, "iq").is_empty(), "{iq}");
    }
}
