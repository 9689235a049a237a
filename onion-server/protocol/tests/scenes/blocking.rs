//! XEP-0191: an owner who does not want to hear of somebody.

use std::time::Duration;

use onym_server_protocol::limits;
use onym_stream::{Element, ns};

use crate::client::{Actor, condition};
use crate::program::{Program, conditions};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

fn command(name: &str, jids: &[&str]) -> String {
    let items: String = jids
        .iter()
        .map(|jid| format!("<item jid='{jid}'/>"))
        .collect();
    format!("<{name} xmlns='{}'>{items}</{name}>", ns::BLOCKING)
}

fn jids(list: &Element) -> Vec<String> {
    list.children()
        .map(|item| item.attr("jid").unwrap().to_owned())
        .collect()
}

fn block_list(w: &mut World, actor: Actor) -> Vec<String> {
    let answer = w.gets(actor, "get", None, &command("blocklist", &[]));
    jids(answer.get_child("blocklist", ns::BLOCKING).unwrap())
}

/// The presences that have come, as sender and type.
fn presences(w: &mut World, actor: Actor) -> Vec<(String, String)> {
    w.advance(Duration::from_secs(1));
    let presences = w.hears_all(actor, "presence");
    presences
        .iter()
        .map(|presence| {
            let kind = presence.attr("type").unwrap_or("available");
            (presence.attr("from").unwrap().to_owned(), kind.to_owned())
        })
        .collect()
}

fn from(jid: &str, kind: &str) -> (String, String) {
    (jid.to_owned(), kind.to_owned())
}

#[test]
fn the_list_is_kept_and_pushed_to_clients_that_know_it() {
    let (mut w, desk, _) = verona();
    let phone = w.owner(ROMEO, "phone");
    let lazy = w.owner(ROMEO, "lazy");
    assert!(block_list(&mut w, desk).is_empty());
    assert!(block_list(&mut w, phone).is_empty());
    let both = ["a@x.example", "x.example/r"];
    w.gets(desk, "set", None, &command("block", &both));
    for actor in [desk, phone] {
        let push = w.hears(actor, "iq");
        assert_eq!(push.attr("type"), Some("set"));
        let block = push.get_child("block", ns::BLOCKING).unwrap();
        assert_eq!(jids(block), both);
        let id = push.attr("id").unwrap();
        w.says(actor, &format!("<iq type='result' id='{id}'/>"));
    }
    assert!(w.hears_all(lazy, "iq").is_empty());
    w.kill("montague.example");
    w.start("montague.example");
    let desk = w.present_owner(ROMEO, "desk");
    assert_eq!(block_list(&mut w, desk), both);
    w.gets(desk, "set", None, &command("unblock", &["a@x.example"]));
    assert_eq!(block_list(&mut w, desk), ["x.example/r"]);
    w.forget(desk);
    w.gets(desk, "set", None, &command("block", &["b@x.example"]));
    w.gets(desk, "set", None, &command("unblock", &[]));
    assert!(block_list(&mut w, desk).is_empty());
    let pushes = w.hears_all(desk, "iq");
    let last = pushes.last().unwrap();
    let unblock = last.get_child("unblock", ns::BLOCKING).unwrap();
    assert_eq!(unblock.children().count(), 0, "none means all");
    assert!(w.node("montague.example").snapshot().blocked.is_empty());
}

#[test]
fn whoever_is_blocked_sees_nobody_at_home() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.gets(romeo, "set", None, &command("block", &[JULIET]));
    let gone = from(&format!("{ROMEO}/desk"), "unavailable");
    assert_eq!(presences(&mut w, juliet), [gone]);
    let hidden = from(&format!("{JULIET}/balcony"), "unavailable");
    assert_eq!(presences(&mut w, romeo), [hidden]);

    // Nothing that she sends arrives, and she is told no more than of somebody who is away.
    let full = format!("{ROMEO}/desk");
    for to in [ROMEO, full.as_str()] {
        w.says(
            juliet,
            &format!("<message to='{to}' id='m' type='chat'><body>x</body></message>"),
        );
        w.advance(Duration::from_secs(1));
        let error = w.hears(juliet, "message");
        assert_eq!(condition(&error), "service-unavailable");
        let ping = "<ping xmlns='urn:xmpp:ping'/>";
        let refused = w.asks(juliet, "get", Some(to), ping);
        assert_eq!(condition(&refused), "service-unavailable");
    }
    let vcard = w.asks(juliet, "get", Some(ROMEO), "<vCard xmlns='vcard-temp'/>");
    assert_eq!(condition(&vcard), "service-unavailable");
    for kind in ["", "probe", "subscribe", "unavailable", "unsubscribe"] {
        w.says(juliet, &format!("<presence type='{kind}' to='{ROMEO}'/>"));
    }
    w.says(juliet, "<presence><show>away</show></presence>");
    w.forget(juliet);
    assert!(presences(&mut w, juliet).is_empty());
    w.advance(Duration::from_secs(1));
    assert!(w.client(romeo).received.is_empty());
    assert!(w.is_empty("montague.example"));

    // His own presence does not reach her either.
    w.says(romeo, "<presence><show>dnd</show></presence>");
    w.says(romeo, "<presence type='unavailable'/>");
    w.says(romeo, "<presence/>");
    assert!(presences(&mut w, juliet).is_empty());
}

#[test]
fn an_owner_cannot_write_to_whom_they_block() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.gets(romeo, "set", None, &command("block", &["capulet.example"]));
    w.forget(romeo);
    w.forget(juliet);
    w.says(
        romeo,
        &format!("<message to='{JULIET}/balcony' id='m' type='chat'><body>x</body></message>"),
    );
    let blocked = ("not-acceptable".to_owned(), Some("blocked".to_owned()));
    let error = w.hears(romeo, "message");
    assert_eq!(conditions(&error), blocked);
    assert_eq!(
        error.attr("from"),
        Some(format!("{JULIET}/balcony").as_str())
    );
    let refused = w.asks(romeo, "get", Some(JULIET), "<ping xmlns='urn:xmpp:ping'/>");
    assert_eq!(conditions(&refused), blocked);
    w.says(romeo, &format!("<presence to='{JULIET}'/>"));
    assert_eq!(conditions(&w.hears(romeo, "presence")), blocked);
    w.says(romeo, &format!("<presence to='{JULIET}' type='error'/>"));
    w.says(romeo, &format!("<iq to='{JULIET}' type='result' id='1'/>"));
    w.advance(Duration::from_secs(1));
    assert!(w.client(romeo).received.is_empty());
    assert!(w.client(juliet).received.is_empty());
}

#[test]
fn both_are_seen_again_after_unblocking() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    let program = Program::new("a", &["n"]);
    w.shows_up(juliet, &program);
    w.gets(romeo, "set", None, &command("block", &[JULIET]));
    w.publishes(romeo, "n", "1", "<x xmlns='urn:x'/>");
    assert!(w.hears_of_nodes(juliet).is_empty());
    w.forget(romeo);
    w.forget(juliet);
    w.gets(romeo, "set", None, &command("unblock", &[JULIET]));
    assert_eq!(
        presences(&mut w, romeo),
        [from(&format!("{JULIET}/balcony"), "available")]
    );
    let heard = w.hears_all(juliet, "presence");
    assert!(heard.iter().any(|presence| {
        presence.attr("from") == Some(&format!("{ROMEO}/desk")) && presence.attr("type").is_none()
    }));
    w.says(
        juliet,
        &format!("<message to='{ROMEO}' id='m' type='chat'><body>x</body></message>"),
    );
    w.advance(Duration::from_secs(1));
    assert_eq!(w.bodies(romeo), ["x"]);
    w.publishes(romeo, "n", "2", "<x xmlns='urn:x'/>");
    w.answers_questions(juliet, &program);
}

#[test]
fn requests_of_blocked_strangers_are_forgotten_and_not_taken() {
    let (mut w, romeo, juliet) = verona();
    w.says(
        juliet,
        &format!("<presence type='subscribe' to='{ROMEO}'/>"),
    );
    w.advance(Duration::from_secs(1));
    assert_eq!(w.hears(romeo, "presence").attr("type"), Some("subscribe"));
    w.gets(romeo, "set", None, &command("block", &[JULIET]));
    w.says(
        juliet,
        &format!("<presence type='subscribe' to='{ROMEO}'/>"),
    );
    w.advance(Duration::from_secs(1));
    let roster = w.node("montague.example").snapshot().rosters;
    assert!(roster.values().all(|roster| roster.items.is_empty()));
    w.leaves(romeo);
    let romeo = w.owner(ROMEO, "desk");
    w.says(romeo, "<presence/>");
    assert_eq!(
        presences(&mut w, romeo),
        [from(&format!("{ROMEO}/desk"), "available")]
    );
}

#[test]
fn what_cannot_be_blocked() {
    let (mut w, romeo, _) = verona();
    let long = format!("a@{}.example", "x".repeat(60));
    for (payload, expected) in [
        (command("block", &[]), "bad-request"),
        (
            format!("<block xmlns='{}'><item/></block>", ns::BLOCKING),
            "bad-request",
        ),
        (command("block", &["@"]), "jid-malformed"),
        (command("block", &[ROMEO]), "not-allowed"),
        (
            command("block", &["romeo@montague.example/desk"]),
            "not-allowed",
        ),
        (command("block", &["montague.example"]), "not-allowed"),
        (command("other", &[]), "bad-request"),
    ] {
        let refused = w.asks(romeo, "set", None, &payload);
        assert_eq!(condition(&refused), expected, "{payload}");
    }
    assert!(block_list(&mut w, romeo).is_empty());
    w.gets(romeo, "set", None, &command("block", &[&long]));
    assert_eq!(block_list(&mut w, romeo), [long]);
    // A list that would not fit into a stanza is not taken, and nothing of it.
    let most = limits::MAX_BLOCK_LIST_BYTES / 64;
    let many: Vec<_> = (0..most).map(|n| format!("{n:0>40}@x.example")).collect();
    let mut refusals = 0;
    for part in many.chunks_exact(500) {
        let part: Vec<_> = part.iter().map(String::as_str).collect();
        let answer = w.asks(romeo, "set", None, &command("block", &part));
        w.forget(romeo);
        if answer.attr("type") == Some("error") {
            assert_eq!(condition(&answer), "resource-constraint");
            refusals += 1;
        }
    }
    assert!(refusals > 0);
    let listed = block_list(&mut w, romeo).len();
    assert_eq!((listed - 1) % 500, 0, "all of a command or nothing");
    assert!(listed > 1_000, "{listed}");
}

#[test]
fn one_resource_or_a_whole_domain_can_be_blocked() {
    let (mut w, romeo, balcony) = verona();
    w.befriend(romeo, balcony);
    let garden = w.present_owner(JULIET, "garden");
    w.advance(Duration::from_secs(1));
    for actor in [romeo, balcony, garden] {
        w.forget(actor);
    }
    w.gets(
        romeo,
        "set",
        None,
        &command("block", &[&format!("{JULIET}/garden")]),
    );
    let message = format!("<message to='{ROMEO}' id='m' type='chat'><body>x</body></message>");
    w.says(garden, &message);
    w.says(balcony, &message.replace(">x<", ">y<"));
    w.advance(Duration::from_secs(1));
    assert_eq!(w.bodies(romeo), ["y"]);
    assert_eq!(
        condition(&w.hears(garden, "message")),
        "service-unavailable"
    );
    w.gets(romeo, "set", None, &command("block", &["capulet.example"]));
    w.says(balcony, &message);
    w.advance(Duration::from_secs(1));
    assert!(w.bodies(romeo).is_empty());
}

#[test]
fn whom_a_client_has_shown_itself_directly_sees_it_go_too() {
    let (mut w, romeo, juliet) = verona();
    w.says(romeo, &format!("<presence to='{JULIET}/balcony'/>"));
    w.says(juliet, &format!("<presence to='{ROMEO}/desk'/>"));
    w.advance(Duration::from_secs(1));
    w.forget(juliet);
    w.gets(romeo, "set", None, &command("block", &[JULIET]));
    let gone = from(&format!("{ROMEO}/desk"), "unavailable");
    assert_eq!(presences(&mut w, juliet), [gone]);
    // Once is enough, also when it goes altogether.
    w.leaves(romeo);
    assert!(presences(&mut w, juliet).is_empty());
}

#[test]
fn a_request_of_a_blocked_contact_is_not_shown_until_they_are_free() {
    let (mut w, romeo, juliet) = verona();
    // She is in his roster, and asks.
    let add = format!(
        "<query xmlns='{}'><item jid='{JULIET}'/></query>",
        ns::ROSTER
    );
    w.gets(romeo, "set", None, &add);
    w.says(
        juliet,
        &format!("<presence type='subscribe' to='{ROMEO}'/>"),
    );
    w.advance(Duration::from_secs(1));
    w.gets(romeo, "set", None, &command("block", &[JULIET]));
    for (shown, jids) in [(false, &[][..]), (true, &[JULIET])] {
        if shown {
            w.gets(romeo, "set", None, &command("unblock", jids));
        }
        w.says(romeo, "<presence type='unavailable'/>");
        w.forget(romeo);
        w.says(romeo, "<presence/>");
        let heard = presences(&mut w, romeo);
        assert_eq!(heard.contains(&from(JULIET, "subscribe")), shown);
    }
}
