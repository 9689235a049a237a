//! What waits while nobody looks at a client (XEP-0352).

use std::time::Duration;

use crate::client::{Actor, Habits};
use crate::subscriptions::verona;
use crate::world::World;

const JULIET: &str = "juliet@capulet.example";

fn typing(w: &mut World, actor: Actor, state: &str) {
    w.says(
        actor,
        &format!(
            "<message to='{JULIET}' type='chat'><{state} \
             xmlns='http://jabber.org/protocol/chatstates'/></message>"
        ),
    );
}

fn names(w: &mut World, actor: Actor) -> Vec<String> {
    let received = w.clients[actor.0].received.drain(..);
    received
        .map(|stanza| {
            let child = stanza.children().next();
            child.map_or("", |child| child.name()).to_owned()
        })
        .collect()
}

#[test]
fn states_wait_for_a_client_that_nobody_looks_at_and_are_never_late() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.says(juliet, "<inactive xmlns='urn:xmpp:csi:0'/>");
    for show in ["chat", "away", "dnd"] {
        w.says(romeo, &format!("<presence><show>{show}</show></presence>"));
        typing(&mut w, romeo, "composing");
    }
    assert!(names(&mut w, juliet).is_empty());
    // What a person says comes at once, and behind what came before it.
    w.says(
        romeo,
        &format!("<message to='{JULIET}' id='1' type='chat'><body>x</body></message>"),
    );
    assert_eq!(names(&mut w, juliet), ["show", "composing", "body"]);
    typing(&mut w, romeo, "paused");
    typing(&mut w, romeo, "active");
    assert!(names(&mut w, juliet).is_empty());
    w.says(juliet, "<active xmlns='urn:xmpp:csi:0'/>");
    assert_eq!(names(&mut w, juliet), ["active"]);
    typing(&mut w, romeo, "composing");
    assert_eq!(names(&mut w, juliet), ["composing"]);
    // A request is for a person to see.
    w.says(juliet, "<inactive xmlns='urn:xmpp:csi:0'/>");
    w.says(
        romeo,
        &format!("<presence to='{JULIET}' type='unsubscribe'/>"),
    );
    let presence = w.hears(juliet, "presence");
    assert_eq!(presence.attr("type"), Some("unsubscribe"));
}

#[test]
fn an_answer_comes_behind_what_waited() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.says(juliet, "<inactive xmlns='urn:xmpp:csi:0'/>");
    w.says(romeo, "<presence><show>away</show></presence>");
    w.utters(juliet, "<active xmlns='urn:xmpp:csi:0'/>");
    w.says(
        juliet,
        "<iq type='get' id='1' to='capulet.example'><ping xmlns='urn:xmpp:ping'/></iq>",
    );
    let names: Vec<_> = w.clients[juliet.0]
        .received
        .iter()
        .map(|s| s.name())
        .collect();
    assert_eq!(names, ["presence", "iq"]);
}

#[test]
fn a_resumed_stream_is_looked_at() {
    let (mut w, romeo, _) = verona();
    let garden = w.actor(Habits {
        resumes: true,
        ..Habits::owner(JULIET, "garden")
    });
    w.says(garden, "<presence/>");
    w.befriend(romeo, garden);
    w.says(garden, "<inactive xmlns='urn:xmpp:csi:0'/>");
    typing(&mut w, romeo, "composing");
    w.loses_connection(garden);
    typing(&mut w, romeo, "paused");
    w.advance(Duration::from_secs(1));
    w.forget(garden);
    w.reconnect(garden);
    w.run();
    assert_eq!(names(&mut w, garden), ["paused"], "the last state, once");
    typing(&mut w, romeo, "composing");
    assert_eq!(names(&mut w, garden), ["composing"]);
}

#[test]
fn an_unknown_state_is_refused() {
    let (mut w, romeo, _) = verona();
    w.says(romeo, "<asleep xmlns='urn:xmpp:csi:0'/>");
    assert!(w.client(romeo).stream_error.is_some());
}
