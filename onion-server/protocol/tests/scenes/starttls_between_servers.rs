//! RFC 6120 §5: TLS between servers, wherever it is offered but where an onion address is proof and
//! cover enough.

use std::time::Duration;

use onym_server_protocol::{LinkStatus, Note, limits};
use onym_stream::{Condition, ns};

use crate::client::Actor;
use crate::stranger::{CANNOT_ACKNOWLEDGE, Role, claim, open, verdict};
use crate::world::World;

const US: &str = "montague.example";
const ROMEO: &str = "romeo@montague.example";
const THEM: &str = "capulet.example";
/// An onion address, as far as the rules look at it.
const ONION: &str = "capulet.onion";
const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const OFFERED: &str = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\
                       </stream:features>";
const REQUIRED: &str = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>\
                        <required/></starttls></stream:features>";

fn verona() -> (World, Actor) {
    let mut w = World::new(9);
    w.server(US, &["romeo"]);
    let romeo = w.present_owner(ROMEO, "desk");
    w.play(THEM);
    (w, romeo)
}

/// Romeo writes, and the connection that is made for it has come as far as their stream header.
fn dialed(w: &mut World, romeo: Actor) -> Role {
    dialed_at(w, romeo, THEM)
}

fn dialed_at(w: &mut World, romeo: Actor, domain: &str) -> Role {
    let message = format!("<message to='juliet@{domain}' id='1'><body>secret</body></message>");
    w.says(romeo, &message);
    let role = w.called(domain).expect("a connection to them");
    w.shows(role, &open(domain, US, Some("in-the-clear")));
    role
}

#[test]
fn a_peer_may_ask_for_tls_and_then_proves_itself_on_the_new_stream() {
    let (mut w, romeo) = verona();
    let them = w.stranger_as(THEM, US);
    let features = w.sees(them, "features");
    let offer = features.get_child("starttls", ns::TLS).expect("an offer");
    assert!(!offer.has_child("required", ns::TLS));
    let before = w.role(them).stream_id.clone();
    w.shows(them, STARTTLS);
    w.sees(them, "proceed");
    w.begins_anew(them);
    w.shows(them, &open(THEM, US, None));
    let features = w.sees(them, "features");
    assert!(!features.has_child("starttls", ns::TLS));
    assert!(features.has_child("dialback", ns::DIALBACK_FEATURE));
    assert_ne!(w.role(them).stream_id, before);

    w.shows(them, &claim(THEM, US, "key"));
    let asked = w.called(THEM).unwrap();
    w.shows(asked, &open(THEM, US, Some("their-id")));
    w.shows(asked, "<stream:features/>");
    let id = w.sees(asked, "verify").attr("id").unwrap().to_owned();
    assert_eq!(Some(&id), w.role(them).stream_id.as_ref());
    w.shows(asked, &verdict(THEM, US, &id, "valid"));
    let hello =
        format!("<message from='juliet@{THEM}/x' to='{ROMEO}' id='h'><body>hello</body></message>");
    w.shows(them, &hello);
    assert_eq!(w.bodies(romeo), ["hello"]);
}

#[test]
fn every_offer_is_taken_but_at_an_onion_address_only_what_is_required() {
    const NONE: &str = "<stream:features/>";
    for (domain, features, is_asked) in [
        (THEM, NONE, false),
        (THEM, OFFERED, true),
        (THEM, REQUIRED, true),
        (ONION, NONE, false),
        (ONION, OFFERED, false),
        (ONION, REQUIRED, true),
        ("onion.example", OFFERED, true),
    ] {
        let (mut w, romeo) = verona();
        w.play(domain);
        let them = dialed_at(&mut w, romeo, domain);
        w.shows(them, features);
        assert_eq!(
            w.has_seen(them, "starttls"),
            is_asked,
            "{domain} {features}"
        );
        // Nothing is proven, nor said, in the clear while TLS is awaited.
        assert_eq!(w.has_seen(them, "result"), !is_asked, "{domain} {features}");
        assert!(!w.role(them).raw.contains("secret"));
    }
}

#[test]
fn who_has_agreed_to_tls_proves_itself_anew() {
    let (mut w, romeo) = verona();
    let them = dialed(&mut w, romeo);
    w.shows(them, REQUIRED);
    let ask = w.sees(them, "starttls");
    assert!(ask.has_ns(ns::TLS), "{ask:?}");
    assert!(
        !w.has_seen(them, "result"),
        "nothing is proven in the clear"
    );
    w.begins_anew(them);
    w.shows(them, PROCEED);
    w.shows(them, &open(THEM, US, Some("in-secret")));
    // Whoever goes on requiring what stands already is not asked again.
    w.shows(them, REQUIRED);
    assert!(!w.has_seen(them, "starttls"));
    let key = w.sees(them, "result").text();
    // The key is that of the new stream.
    let verify =
        |id: &str| format!("<db:verify from='{THEM}' to='{US}' id='{id}'>{key}</db:verify>");
    for (id, expected) in [("in-the-clear", "invalid"), ("in-secret", "valid")] {
        w.shows(them, &verify(id));
        assert_eq!(w.sees(them, "verify").attr("type"), Some(expected), "{id}");
    }
    let valid = format!("<db:result from='{THEM}' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}");
    w.shows(them, &valid);
    assert_eq!(w.sees(them, "message").attr("id"), Some("1"));
}

#[test]
fn what_comes_in_the_clear_after_the_agreement_ends_the_stream() {
    // Behind it in one piece, in both directions.
    let (mut w, romeo) = verona();
    let them = dialed(&mut w, romeo);
    w.shows(them, REQUIRED);
    w.shows(them, &format!("{PROCEED}{OFFERED}"));
    assert_eq!(w.role(them).stream_error, Some(Condition::PolicyViolation));
    assert!(w.is_gone(them));

    let (mut w, _) = verona();
    let them = w.stranger_as(THEM, US);
    w.shows(them, &format!("{STARTTLS}{}", claim(THEM, US, "key")));
    assert_eq!(w.role(them).stream_error, Some(Condition::PolicyViolation));
    assert!(!w.has_seen(them, "proceed"));
}

#[test]
fn an_agreement_that_nobody_asked_for_is_refused() {
    for answer in [PROCEED, STARTTLS] {
        let (mut w, romeo) = verona();
        let them = dialed(&mut w, romeo);
        w.shows(them, answer);
        let condition = w.role(them).stream_error;
        assert_eq!(
            condition,
            Some(Condition::UnsupportedStanzaType),
            "{answer}"
        );
    }
}

#[test]
fn tls_does_not_begin_on_a_stream_with_a_claim() {
    for is_proven in [false, true] {
        let (mut w, _) = verona();
        let them = if is_proven {
            w.proven_stranger(THEM, US).0
        } else {
            let them = w.stranger_as(THEM, US);
            w.shows(them, &claim(THEM, US, "waiting"));
            them
        };
        w.shows(them, STARTTLS);
        assert!(!w.has_seen(them, "proceed"));
        let condition = w.role(them).stream_error;
        assert_eq!(condition, Some(Condition::UnsupportedStanzaType));
    }
}

#[test]
fn why_tls_did_not_come_about_is_told_and_nothing_goes_in_the_clear() {
    let (mut w, romeo) = verona();
    let them = dialed(&mut w, romeo);
    w.tls_failure = Some("received fatal alert: HandshakeFailure".to_owned());
    w.shows(them, OFFERED);
    let before = w.role(them).raw.len();
    w.shows(them, PROCEED);
    assert!(w.is_gone(them));
    assert_eq!(&w.role(them).raw[before..], "", "no XML within a handshake");
    let LinkStatus::Waiting { why, .. } = &w.node(US).peers[THEM].link else {
        panic!("{:?}", w.node(US).peers[THEM]);
    };
    assert!(why.contains("HandshakeFailure"), "{why}");
    assert!(w.node(US).notes.contains(&Note::TlsFailed {
        domain: Some(THEM.to_owned()),
        why: "received fatal alert: HandshakeFailure".to_owned(),
    }));
    // The next try takes the offer again, and what was to be said is still there.
    w.tls_failure = None;
    let them = (0..limits::LONGEST_BACK_OFF.as_secs()).find_map(|_| {
        w.advance(Duration::from_secs(1));
        w.called(THEM)
    });
    let them = them.expect("another try");
    w.shows(them, &open(THEM, US, Some("again")));
    w.shows(them, OFFERED);
    w.sees(them, "starttls");
    w.begins_anew(them);
    w.shows(them, PROCEED);
    w.shows(them, &open(THEM, US, Some("in-secret")));
    w.shows(them, "<stream:features/>");
    w.sees(them, "result");

    // Who has connected to us and fails is let go.
    let (mut w, _) = verona();
    let them = w.stranger_as(THEM, US);
    w.tls_failure = Some("no answer within 60 s".to_owned());
    w.shows(them, STARTTLS);
    assert!(w.is_gone(them));
    let told = |note: &Note| matches!(note, Note::TlsFailed { domain: None, .. });
    assert!(w.node(US).notes.iter().any(told));
}

#[test]
fn a_peer_that_requires_tls_and_cannot_begin_it_is_tried_again_later() {
    let (mut w, romeo) = verona();
    let them = dialed(&mut w, romeo);
    w.shows(them, REQUIRED);
    w.shows(them, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    assert!(w.is_gone(them));
    assert_eq!(w.called(THEM), None);
    // One that agrees and then says nothing is left, too.
    w.advance(limits::LONGEST_BACK_OFF);
    let them = w.called(THEM).expect("another try");
    w.shows(them, &open(THEM, US, Some("again")));
    w.shows(them, REQUIRED);
    w.begins_anew(them);
    w.shows(them, PROCEED);
    w.advance(limits::PROOF_TIMEOUT + Duration::from_secs(1));
    assert!(w.is_gone(them));
}
