//! XEP-0163 between servers: what contacts and strangers get of nodes, and what they cannot do.

use std::time::Duration;

use onym_server_protocol::limits;
use onym_stream::ns;

use crate::client::condition;
use crate::program::{Program, conditions, heard, ids, items, options, publication};
use crate::stranger::{CANNOT_ACKNOWLEDGE, Role};
use crate::subscriptions::verona;
use crate::world::World;

const US: &str = "montague.example";
const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";
const TYBALT: &str = "tybalt.example";

const X: &str = "<x xmlns='urn:x'/>";

fn open() -> String {
    options(&[("pubsub#access_model", "open")])
}

/// A question of a stranger's server, played by hand, and the answer on the other stream.
fn fetch(w: &mut World, (theirs, ours): (Role, Role), id: &str, payload: &str) -> String {
    w.shows(
        theirs,
        &format!("<iq from='t@{TYBALT}/x' to='{ROMEO}' type='get' id='{id}'>{payload}</iq>"),
    );
    w.advance(Duration::from_secs(1));
    if w.has_seen(ours, "result") {
        // Our own proof, before the first answer.
        w.sees(ours, "result");
        w.believes(ours);
        w.shows(
            ours,
            &format!("<db:result from='{TYBALT}' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}"),
        );
    }
    let answer = w.sees(ours, "iq");
    assert_eq!(answer.attr("id"), Some(id));
    match answer.attr("type") {
        Some("result") => "result".to_owned(),
        _ => condition(&answer),
    }
}

#[test]
fn a_stranger_reads_open_nodes_and_no_others() {
    let (mut w, romeo, juliet) = verona();
    for (node, model) in [
        ("open", "open"),
        ("shared", "presence"),
        ("own", "whitelist"),
    ] {
        let options = options(&[("pubsub#access_model", model)]);
        w.gets(romeo, "set", None, &publication(node, "1", X, &options));
    }
    let latest = items("open", " max_items='1'");
    assert_eq!(ids(&w.gets(juliet, "get", Some(ROMEO), &latest)), ["1"]);
    for (node, expected) in [
        (
            "shared",
            ("not-authorized", Some("presence-subscription-required")),
        ),
        ("own", ("not-allowed", Some("closed-node"))),
        ("none", ("item-not-found", None)),
    ] {
        let refused = w.asks(juliet, "get", Some(ROMEO), &items(node, ""));
        let (condition, detail) = conditions(&refused);
        assert_eq!((condition.as_str(), detail.as_deref()), expected, "{node}");
    }
    w.befriend(romeo, juliet);
    let shared = w.gets(juliet, "get", Some(ROMEO), &items("shared", ""));
    assert_eq!(ids(&shared), ["1"]);
    let own = w.asks(juliet, "get", Some(ROMEO), &items("own", ""));
    assert_eq!(condition(&own), "not-allowed");
}

#[test]
fn nobody_but_the_owner_changes_anything() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.gets(romeo, "set", None, &publication("n", "1", X, &open()));
    let before = w.node(US).snapshot();
    for (namespace, inner) in [
        (
            ns::PUBSUB,
            "<publish node='n'><item id='2'><x xmlns='urn:x'/></item></publish>",
        ),
        (
            ns::PUBSUB,
            "<publish node='m'><item id='2'><x xmlns='urn:x'/></item></publish>",
        ),
        (
            ns::PUBSUB,
            "<retract node='n' notify='1'><item id='1'/></retract>",
        ),
        (ns::PUBSUB, "<create node='m'/>"),
        (ns::PUBSUB_OWNER, "<delete node='n'/>"),
        (ns::PUBSUB_OWNER, "<purge node='n'/>"),
        (
            ns::PUBSUB_OWNER,
            "<configure node='n'><x xmlns='jabber:x:data' type='submit'/></configure>",
        ),
    ] {
        let payload = format!("<pubsub xmlns='{namespace}'>{inner}</pubsub>");
        let refused = w.asks(juliet, "set", Some(ROMEO), &payload);
        assert_eq!(condition(&refused), "forbidden", "{inner}");
    }
    for (kind, inner) in [("get", "<configure node='n'/>"), ("get", "<default/>")] {
        let payload = format!("<pubsub xmlns='{}'>{inner}</pubsub>", ns::PUBSUB_OWNER);
        let refused = w.asks(juliet, kind, Some(ROMEO), &payload);
        assert_eq!(condition(&refused), "forbidden", "{inner}");
    }
    let subscribe = format!(
        "<pubsub xmlns='{}'><subscribe node='n' jid='{JULIET}'/></pubsub>",
        ns::PUBSUB
    );
    let refused = w.asks(juliet, "set", Some(ROMEO), &subscribe);
    assert_eq!(
        conditions(&refused),
        (
            "feature-not-implemented".to_owned(),
            Some("unsupported".to_owned())
        )
    );
    assert_eq!(w.node(US).snapshot(), before);
    // To another's account in one's own name, and to one's own in another's.
    w.says(
        juliet,
        &format!(
            "<iq type='set' id='1' from='{ROMEO}'>{}</iq>",
            publication("n", "1", X, "")
        ),
    );
    assert!(w.client(juliet).stream_error.is_some(), "a forged sender");
}

#[test]
fn a_stranger_cannot_fetch_without_end_and_locks_out_no_friend() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    let large = format!(
        "<x xmlns='urn:x'>{}</x>",
        "x".repeat(limits::MAX_ITEM_BYTES / 2)
    );
    w.gets(romeo, "set", None, &publication("n", "1", &large, &open()));
    let roles = w.proven_stranger(TYBALT, US);
    let mut fetched = 0;
    let refused = loop {
        let answer = fetch(&mut w, roles, &format!("f{fetched}"), &items("n", ""));
        if answer != "result" {
            break answer;
        }
        fetched += 1;
        assert!(fetched < 100, "it has an end");
    };
    assert_eq!(refused, "resource-constraint");
    let bytes = fetched * limits::MAX_ITEM_BYTES / 2;
    assert!(bytes <= limits::MAX_PUBLIC_BYTES_PER_STRANGER_DOMAIN + limits::MAX_ITEM_BYTES);
    assert!(bytes >= limits::MAX_PUBLIC_BYTES_PER_STRANGER_DOMAIN / 2);
    let friend = w.gets(juliet, "get", Some(ROMEO), &items("n", ""));
    assert_eq!(ids(&friend), ["1"]);
    w.advance(limits::PUBLIC_WINDOW);
    assert_eq!(fetch(&mut w, roles, "again", &items("n", "")), "result");
}

#[test]
fn a_friend_who_comes_and_goes_is_not_told_without_end() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    let large = format!(
        "<x xmlns='urn:x'>{}</x>",
        "x".repeat(limits::MAX_ITEM_BYTES / 2)
    );
    w.gets(romeo, "set", None, &publication("n", "1", &large, ""));
    let program = Program::new("a", &["n"]);
    w.shows_up(juliet, &program);
    let mut heard = w.hears_of_nodes(juliet).len();
    for _ in 0..200 {
        w.says(juliet, "<presence type='unavailable'/>");
        w.says(juliet, &program.presence());
        heard += w.hears_all(juliet, "message").len();
    }
    let bytes = heard * limits::MAX_ITEM_BYTES / 2;
    assert!(heard > 10, "{heard}");
    assert!(bytes <= limits::MAX_PUBLIC_BYTES_PER_KNOWN_DOMAIN + limits::MAX_ITEM_BYTES);
}

#[test]
fn a_lie_about_capabilities_harms_only_the_liar() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.publishes(romeo, "n", "1", X);
    let (real, lie) = (Program::new("a", &["n"]), Program::new("a", &[]));
    // Her client announces one thing and says another.
    w.says(juliet, &real.presence());
    w.advance(Duration::from_secs(1));
    let mut asked = 0;
    for question in w.hears_all(juliet, "iq") {
        let answer = lie.answer_as(&question, &real);
        w.says(juliet, &answer);
        asked += 1;
    }
    assert_eq!(asked, 2, "both servers ask");
    assert!(w.hears_of_nodes(juliet).is_empty());
    // His client announces the same, and is asked all the same.
    assert!(w.shows_up(romeo, &real) >= 1);
    assert_eq!(w.hears_of_nodes(romeo), [heard(ROMEO, "n", "item 1")]);
    // So is another client of hers; his server knows it from him by now.
    let garden = w.present_owner(JULIET, "garden");
    assert_eq!(w.shows_up(garden, &real), 1);
    assert_eq!(w.hears_of_nodes(garden), [heard(ROMEO, "n", "item 1")]);
    // An answer that nobody asked for changes nothing, whoever sends it.
    let forged = real.answer_to("nobody-asked", ROMEO);
    w.says(juliet, &forged);
    w.publishes(romeo, "n", "2", X);
    assert!(w.hears_of_nodes(juliet).is_empty());
    // Nor does one to another question, while she is being asked.
    w.says(juliet, &Program::new("b", &["n"]).presence());
    w.says(juliet, &forged);
    w.publishes(romeo, "n", "3", X);
    assert!(w.hears_of_nodes(juliet).is_empty());
}

#[test]
fn an_error_that_answers_a_notification_reaches_nobody() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.shows_up(juliet, &Program::new("a", &["n"]));
    w.publishes(romeo, "n", "1", X);
    let event = w.hears(juliet, "message");
    let id = event.attr("id").unwrap().to_owned();
    w.says(
        juliet,
        &format!(
            "<message to='{ROMEO}' id='{id}' type='error'><error type='cancel'>\
             <service-unavailable xmlns='{}'/></error></message>",
            ns::STANZA_ERRORS
        ),
    );
    assert!(w.hears_all(romeo, "message").is_empty());
    assert!(w.is_empty(US), "nothing waits for him either");
}

#[test]
fn a_friend_hears_while_the_owner_is_away() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.gets(romeo, "set", None, &publication("n", "1", X, ""));
    w.leaves(romeo);
    w.says(juliet, "<presence type='unavailable'/>");
    w.shows_up(juliet, &Program::new("a", &["n"]));
    assert_eq!(w.hears_of_nodes(juliet), [heard(ROMEO, "n", "item 1")]);
}
