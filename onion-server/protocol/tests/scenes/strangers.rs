//! What somebody whom the owner does not know can do, and what they cannot.

use std::time::Duration;

use onym_server_protocol::{Change, limits};
use onym_stream::{Condition, ns};

use crate::client::{Actor, condition};
use crate::stranger::{CANNOT_ACKNOWLEDGE, claim, open};
use crate::world::World;

const US: &str = "montague.example";
const ROMEO: &str = "romeo@montague.example";

fn verona() -> (World, Actor) {
    let mut w = World::new(9);
    w.server(US, &["romeo"]);
    w.server("capulet.example", &["juliet"]);
    let romeo = w.present_owner(ROMEO, "desk");
    (w, romeo)
}

fn message(from: &str, n: usize, body: &str) -> String {
    format!(
        "<message from='{from}' to='{ROMEO}' id='{n}' type='chat'><body>{body}</body></message>"
    )
}

#[test]
fn hostile_input_of_a_server_ends_the_stream_with_the_right_error() {
    let deep = "<a>".repeat(3_000);
    let long = format!("<message id='{}'/>", "x".repeat(20_000));
    for (input, condition) in [
        (deep.as_str(), Condition::PolicyViolation),
        (long.as_str(), Condition::PolicyViolation),
        ("<message></iq>", Condition::NotWellFormed),
        ("<!DOCTYPE x>", Condition::RestrictedXml),
        (
            "<message xmlns='jabber:client'/>",
            Condition::InvalidNamespace,
        ),
        ("<unknown xmlns='urn:x'/>", Condition::UnsupportedStanzaType),
        ("<db:other/>", Condition::UnsupportedStanzaType),
        (
            "<b xmlns='urn:xmpp:sm:3'/>",
            Condition::UnsupportedStanzaType,
        ),
        ("words<presence/>", Condition::BadFormat),
        ("\u{0}", Condition::NotWellFormed),
    ] {
        let (mut w, _) = verona();
        let role = w.stranger_as("tybalt.example", US);
        w.shows(role, input);
        let shown = &input[..input.len().min(60)];
        assert_eq!(w.role(role).stream_error, Some(condition), "{shown}");
        assert!(w.is_gone(role), "{shown}");
    }
    let (mut w, _) = verona();
    for (header, condition) in [
        (
            open("t.example", "capulet.example", None),
            Condition::HostUnknown,
        ),
        (
            open("t.example", US, None).replace("'1.0'>", "'2.0'>"),
            Condition::UnsupportedVersion,
        ),
        (
            open("t.example", US, None).replace("jabber:server'", "jabber:client'"),
            Condition::InvalidNamespace,
        ),
        (
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            Condition::NotWellFormed,
        ),
    ] {
        let role = w.stranger(US);
        w.shows(role, &header);
        assert_eq!(w.role(role).stream_error, Some(condition), "{header}");
        assert!(w.is_gone(role), "{header}");
    }
}

#[test]
fn a_stranger_takes_only_a_share_of_the_inbox() {
    let (mut w, romeo) = verona();
    w.leaves(romeo);
    let (tybalt, asked) = w.proven_stranger("tybalt.example", US);
    for n in 0..limits::MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN + 10 {
        w.shows(tybalt, &message(&format!("t{n}@tybalt.example"), n, "x"));
    }
    let kept = |w: &World| {
        w.node(US)
            .journal
            .iter()
            .filter(|c| matches!(c, Change::PutInbox(..)))
            .count()
    };
    assert_eq!(kept(&w), limits::MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN);
    // It is told, though nothing about that is on our disk.
    w.sees(asked, "result");
    w.shows(
        asked,
        &format!("<db:result from='tybalt.example' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}"),
    );
    let error = w.sees(asked, "message");
    assert_eq!(condition(&error), "resource-constraint");
    let outbox = |c: &Change| matches!(c, Change::PutOutbox(..) | Change::PutPeer(..));
    assert!(!w.node(US).journal.iter().any(outbox));
    // Another one still has its share, but not of megabytes.
    let (other, _) = w.proven_stranger("paris.example", US);
    w.shows(other, &message("p@paris.example", 1, "x"));
    w.shows(
        other,
        &message(
            "p@paris.example",
            2,
            &"x".repeat(limits::MAX_INBOX_BYTES_PER_STRANGER_DOMAIN - 300),
        ),
    );
    w.shows(other, &message("p@paris.example", 3, &"x".repeat(300)));
    assert_eq!(kept(&w), limits::MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN + 2);
}

#[test]
fn requests_of_strangers_are_few() {
    let (mut w, romeo) = verona();
    let (tybalt, _) = w.proven_stranger("tybalt.example", US);
    for n in 0..20 {
        w.shows(
            tybalt,
            &format!("<presence from='t{n}@tybalt.example' to='{ROMEO}' type='subscribe'/>"),
        );
    }
    assert_eq!(
        w.hears_all(romeo, "presence").len(),
        limits::MAX_WAITING_REQUESTS_PER_DOMAIN
    );
}

#[test]
fn strangers_and_the_owners_who_are_not_here_look_alike() {
    let mut traces = Vec::new();
    for here in [true, false] {
        let mut w = World::new(10);
        w.server(US, &["romeo"]);
        if here {
            w.present_owner(ROMEO, "desk");
        }
        let (tybalt, asked) = w.proven_stranger("tybalt.example", US);
        let to = format!("from='t@tybalt.example' to='{ROMEO}");
        for stanza in [
            format!("<iq {to}/desk' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"),
            format!("<iq {to}/desk' id='2' type='set'><x xmlns='urn:x'/></iq>"),
            format!(
                "<iq {to}' id='3' type='get'><query xmlns='{}'/></iq>",
                ns::DISCO_INFO
            ),
            format!(
                "<iq {to}' id='4' type='get'><query xmlns='{}'/></iq>",
                ns::ROSTER
            ),
            format!("<message {to}/desk' id='5' type='normal'><body>x</body></message>"),
            format!("<message {to}/desk' id='6' type='groupchat'><body>x</body></message>"),
            format!("<message {to}/desk' id='7' type='headline'><body>x</body></message>"),
            format!("<presence {to}' type='probe'/>"),
            format!("<presence {to}/desk'/>"),
        ] {
            w.shows(tybalt, &stanza);
        }
        w.shows(
            asked,
            &format!(
                "<db:result from='tybalt.example' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}"
            ),
        );
        w.shows(tybalt, &format!("<presence {to}' type='probe'/>"));
        let answers: Vec<_> = w
            .role(asked)
            .received
            .iter()
            .filter(|e| e.has_ns(ns::CLIENT))
            .map(String::from)
            .collect();
        traces.push(answers);
    }
    assert_eq!(traces[0], traces[1]);
    assert_eq!(
        traces[0].len(),
        5,
        "four errors and a denial: {:#?}",
        traces[0]
    );
}

#[test]
fn a_probe_for_nobody_is_answered_like_one_for_somebody() {
    let (mut w, _) = verona();
    let (tybalt, asked) = w.proven_stranger("tybalt.example", US);
    w.shows(tybalt, &format!("<iq from='tybalt.example' to='{US}' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
    w.shows(
        asked,
        &format!("<db:result from='tybalt.example' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}"),
    );
    for to in [ROMEO, "nobody@montague.example"] {
        w.shows(
            tybalt,
            &format!("<presence from='t@tybalt.example' to='{to}' type='probe'/>"),
        );
        let denied = w.sees(asked, "presence");
        assert_eq!(denied.attr("type"), Some("unsubscribed"));
        assert_eq!(denied.attr("from"), Some(to));
    }
}

#[test]
fn silent_streams_go_and_do_not_lock_out_a_contact() {
    let (mut w, romeo) = verona();
    let juliet = w.present_owner("juliet@capulet.example", "balcony");
    w.befriend(romeo, juliet);
    w.kill("capulet.example");
    w.advance(Duration::from_secs(1));
    // She connects and has said whom she claims to be; then come the others.
    w.play("capulet.example");
    let hers = w.stranger_as("capulet.example", US);
    w.shows(hers, &claim("capulet.example", US, "key"));
    w.nodes.get_mut("capulet.example").unwrap().unreachable = true;
    let first = w.stranger(US);
    for _ in 0..limits::MAX_UNPROVEN_STREAMS {
        w.stranger(US);
    }
    assert!(w.is_gone(first));
    assert!(!w.is_gone(hers));
    w.advance(limits::PROOF_TIMEOUT);
    assert!(w.strangers.iter().skip(1).all(|s| s.plug.is_none()));
}

#[test]
fn one_domain_does_not_take_all_streams() {
    let (mut w, _) = verona();
    let (first, asked) = w.proven_stranger("tybalt.example", US);
    for n in 0..10 {
        let next = w.stranger_as("tybalt.example", US);
        w.shows(next, &claim("tybalt.example", US, "key"));
        let id = w.sees(asked, "verify").attr("id").unwrap().to_owned();
        w.shows(
            asked,
            &crate::stranger::verdict("tybalt.example", US, &id, "valid"),
        );
        assert_eq!(w.sees(next, "result").attr("type"), Some("valid"), "{n}");
    }
    assert_eq!(w.role(first).stream_error, Some(Condition::Conflict));
    let open = w.strangers.iter().filter(|s| s.plug.is_some()).count();
    assert_eq!(open, limits::MAX_PROVEN_STREAMS_PER_DOMAIN + 1, "and ours");
}

#[test]
fn claims_make_us_dial_only_so_much() {
    let (mut w, romeo) = verona();
    w.dial_time = Duration::from_secs(20);
    for n in 0..16 {
        let role = w.stranger_as("x.example", US);
        for m in 0..limits::MAX_DOMAINS_PER_STREAM {
            w.shows(role, &claim(&format!("d{n}-{m}.example"), US, "key"));
        }
    }
    let half = limits::MAX_CONCURRENT_DIALS / 2;
    assert_eq!(w.node(US).dialed.len(), half);
    assert!(
        w.node(US).peers.is_empty(),
        "the owner is not told about them"
    );
    // Somebody whom the owner writes to is dialed at once all the same.
    w.says(
        romeo,
        "<message to='juliet@capulet.example' id='1'><body>x</body></message>",
    );
    assert_eq!(
        w.node(US).dialed.last().map(String::as_str),
        Some("capulet.example")
    );
    w.advance(Duration::from_secs(600));
    assert_eq!(w.strangers.iter().filter(|s| s.plug.is_some()).count(), 0);
    // The same claim again and again does not make us dial again and again.
    w.dial_time = Duration::ZERO;
    let before = w.node(US).dialed.len();
    for _ in 0..50 {
        let role = w.stranger_as("x.example", US);
        w.shows(role, &claim("nowhere.example", US, "key"));
        w.advance(Duration::from_secs(1));
    }
    let tries = w.node(US).dialed.len() - before;
    assert!(tries <= 6, "{tries} tries in 50 seconds");
}

#[test]
fn a_stranger_who_makes_us_answer_leaves_no_trace() {
    let (mut w, _) = verona();
    let (tybalt, asked) = w.proven_stranger("tybalt.example", US);
    for n in 0..300 {
        w.shows(tybalt, &format!("<iq from='t@tybalt.example' to='{US}' id='{n}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
    }
    w.shows(
        asked,
        &format!("<db:result from='tybalt.example' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}"),
    );
    let answers = w
        .role(asked)
        .received
        .iter()
        .filter(|e| e.name() == "iq")
        .count();
    assert_eq!(answers, limits::MAX_TRANSIENTS_PER_DOMAIN);
    assert!(w.node(US).journal.is_empty());
    assert!(w.node(US).peers.is_empty());
}
