//! XEP-0198 between servers, where the peer does not offer it: features come before dialback, and
//! Prosody offers it only to who has proven who they are.

use std::time::Duration;

use onym_server_protocol::limits;
use onym_stream::{Condition, Element, ns};

use crate::client::Actor;
use crate::stranger::{CANNOT_ACKNOWLEDGE, Role, open};
use crate::world::World;

const US: &str = "montague.example";
const ROMEO: &str = "romeo@montague.example";
const THEM: &str = "capulet.example";
/// A peer that is lost is tried again before that.
const LONGEST_PAUSE_SECONDS: usize = 60;

fn verona() -> (World, Actor) {
    let mut w = World::new(8);
    w.server(US, &["romeo"]);
    let romeo = w.present_owner(ROMEO, "desk");
    w.play(THEM);
    (w, romeo)
}

fn write(w: &mut World, romeo: Actor, id: &str) {
    let message = format!("<message to='juliet@{THEM}' id='{id}'><body>{id}</body></message>");
    w.says(romeo, &message);
}

/// They take our next connection and believe us, without having offered anything.
fn believed(w: &mut World) -> Role {
    let mut called = w.called(THEM);
    for _ in 0..LONGEST_PAUSE_SECONDS {
        if called.is_some() {
            break;
        }
        w.advance(Duration::from_secs(1));
        called = w.called(THEM);
    }
    let role = called.expect("a connection to them");
    w.shows(role, &open(THEM, US, Some("their-stream")));
    w.shows(role, "<stream:features/>");
    w.sees(role, "result");
    let valid = format!("<db:result from='{THEM}' to='{US}' type='valid'/>");
    w.shows(role, &valid);
    role
}

fn is_message(element: &Element, id: &str) -> bool {
    element.name() == "message" && element.attr("id") == Some(id)
}

fn loses(w: &mut World, role: Role) {
    let plug = w.role(role).plug.expect("a connection");
    w.break_connection(plug);
    w.run();
}

#[test]
fn a_peer_that_does_not_offer_to_acknowledge_is_asked_and_then_loses_nothing() {
    let (mut w, romeo) = verona();
    write(&mut w, romeo, "one");
    let first = believed(&mut w);
    let enable = w.sees(first, "enable");
    assert!(enable.has_ns(ns::STREAM_MANAGEMENT), "{enable:?}");
    assert!(!w.has_seen(first, "message"), "it waits for the answer");
    w.shows(first, "<enabled xmlns='urn:xmpp:sm:3'/>");
    let message = w.sees(first, "message");
    assert!(is_message(&message, "one"), "{message:?}");
    w.sees(first, "r");

    // Their process dies with the message, which it has not acknowledged.
    loses(&mut w, first);
    let second = believed(&mut w);
    w.sees(second, "enable");
    w.shows(second, "<enabled xmlns='urn:xmpp:sm:3'/>");
    let message = w.sees(second, "message");
    assert!(is_message(&message, "one"), "{message:?}");
    w.shows(second, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    loses(&mut w, second);
    write(&mut w, romeo, "two");
    let third = believed(&mut w);
    w.shows(third, "<enabled xmlns='urn:xmpp:sm:3'/>");
    let message = w.sees(third, "message");
    assert!(
        is_message(&message, "two"),
        "only what they lack: {message:?}"
    );
}

#[test]
fn a_peer_that_refuses_to_acknowledge_is_taken_at_the_word_of_its_transport() {
    let (mut w, romeo) = verona();
    write(&mut w, romeo, "one");
    let role = believed(&mut w);
    w.shows(role, CANNOT_ACKNOWLEDGE);
    let message = w.sees(role, "message");
    assert!(is_message(&message, "one"), "{message:?}");
}

#[test]
fn a_peer_that_ends_the_stream_for_it_is_asked_only_once() {
    let (mut w, romeo) = verona();
    write(&mut w, romeo, "one");
    let first = believed(&mut w);
    w.sees(first, "enable");
    // RFC 6120 §4.9.3.24.
    w.shows(
        first,
        "<stream:error><unsupported-stanza-type xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
         </stream:error></stream:stream>",
    );
    assert!(w.is_gone(first));
    // At once, since it can be reached, and nothing is lost.
    assert_eq!(w.played[THEM].len(), 1);
    let second = believed(&mut w);
    assert!(!w.has_seen(second, "enable"));
    let message = w.sees(second, "message");
    assert!(is_message(&message, "one"), "{message:?}");
    loses(&mut w, second);
    write(&mut w, romeo, "two");
    let third = believed(&mut w);
    assert!(!w.has_seen(third, "enable"));
    let message = w.sees(third, "message");
    assert!(is_message(&message, "two"), "{message:?}");
}

#[test]
fn a_peer_that_does_not_answer_is_left_and_not_asked_again() {
    let (mut w, romeo) = verona();
    write(&mut w, romeo, "one");
    let first = believed(&mut w);
    w.sees(first, "enable");
    w.advance(limits::PROOF_TIMEOUT + Duration::from_secs(1));
    assert_eq!(
        w.role(first).stream_error,
        Some(Condition::ConnectionTimeout)
    );
    let second = believed(&mut w);
    assert!(!w.has_seen(second, "enable"));
    let message = w.sees(second, "message");
    assert!(is_message(&message, "one"), "{message:?}");
}
