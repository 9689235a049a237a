//! Copies of messages for an account's other clients (XEP-0280).

use onym_stream::{Element, ns};

use crate::client::{Actor, Habits, condition, original};
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

/// Romeo at his desk and with his telephone, which both want copies; Juliet on her balcony.
fn verona() -> (World, Actor, Actor, Actor) {
    let mut w = World::new(8);
    w.server("montague.example", &["romeo", "benvolio"]);
    w.server("capulet.example", &["juliet"]);
    let desk = copying(&mut w, ROMEO, "desk");
    let phone = copying(&mut w, ROMEO, "phone");
    let juliet = w.present_owner(JULIET, "balcony");
    w.forget(desk);
    (w, desk, phone, juliet)
}

fn copying(w: &mut World, account: &str, resource: &str) -> Actor {
    let actor = w.actor(Habits {
        copies: true,
        ..Habits::owner(account, resource)
    });
    w.says(actor, "<presence/>");
    w.forget(actor);
    actor
}

fn chat(to: &str, id: &str) -> String {
    format!("<message to='{to}' id='{id}' type='chat'><body>{id}</body></message>")
}

/// What has come: the name of the copy's wrapper, or nothing, and the id of the message.
fn heard(w: &mut World, actor: Actor) -> Vec<(String, String)> {
    let messages = w.hears_all(actor, "message");
    let wrapper = |message: &Element| {
        let wrapper = message
            .children()
            .find(|child| child.has_ns(ns::CARBONS) && child.has_child("forwarded", ns::FORWARD));
        wrapper.map_or("", |wrapper| wrapper.name()).to_owned()
    };
    let id = |message: &Element| original(message).attr("id").unwrap_or("").to_owned();
    messages.iter().map(|m| (wrapper(m), id(m))).collect()
}

fn pair(wrapper: &str, id: &str) -> (String, String) {
    (wrapper.to_owned(), id.to_owned())
}

#[test]
fn both_clients_see_both_sides_of_a_conversation() {
    let (mut w, desk, phone, juliet) = verona();
    w.says(desk, &chat(JULIET, "1"));
    let copy = w.hears(phone, "message");
    assert_eq!(copy.attr("from"), Some(ROMEO));
    assert_eq!(copy.attr("to"), Some(&*format!("{ROMEO}/phone")));
    assert_eq!(copy.attr("type"), Some("chat"));
    let sent = original(&copy);
    assert_eq!(sent.attr("from"), Some(&*format!("{ROMEO}/desk")));
    assert_eq!(sent.attr("to"), Some(JULIET));
    let id = sent.get_child("stanza-id", ns::STANZA_ID).unwrap();
    assert_eq!(id.attr("by"), Some(ROMEO));
    assert!(
        heard(&mut w, desk).is_empty(),
        "none for the one who sent it"
    );

    w.says(juliet, &chat(&format!("{ROMEO}/desk"), "2"));
    let copy = w.hears(phone, "message");
    assert_eq!(copy.attr("from"), Some(ROMEO), "the copy is ours");
    let received = original(&copy);
    assert_eq!(received.attr("from"), Some(&*format!("{JULIET}/balcony")));
    assert_eq!(received.attr("to"), Some(&*format!("{ROMEO}/desk")));
    assert_eq!(heard(&mut w, desk), [pair("", "2")]);
    assert!(w.is_empty("montague.example"));

    // To the account itself both get it as it is.
    w.says(juliet, &chat(ROMEO, "3"));
    assert_eq!(heard(&mut w, desk), [pair("", "3")]);
    assert_eq!(heard(&mut w, phone), [pair("", "3")]);
    // Juliet's client has not asked for copies, and gets none.
    let garden = w.present_owner(JULIET, "garden");
    w.says(juliet, &chat(ROMEO, "4"));
    w.says(desk, &chat(&format!("{JULIET}/balcony"), "5"));
    assert!(heard(&mut w, garden).is_empty());
}

#[test]
fn copies_can_be_turned_on_and_off_and_nothing_else() {
    let (mut w, desk, phone, _) = verona();
    let ask = |w: &mut World, to: &str, name: &str| {
        w.says(
            phone,
            &format!(
                "<iq type='set' id='c'{to}><{name} xmlns='{}'/></iq>",
                ns::CARBONS
            ),
        );
        w.hears(phone, "iq")
    };
    let own = format!(" to='{ROMEO}'");
    for (n, to, name, copies) in [
        (1, "", "disable", 0),
        (2, "", "disable", 0),
        (3, &*own, "enable", 1),
        (4, "", "enable", 1),
    ] {
        assert_eq!(ask(&mut w, to, name).attr("type"), Some("result"));
        w.says(desk, &chat(JULIET, &n.to_string()));
        assert_eq!(heard(&mut w, phone).len(), copies, "{name}");
    }
    assert_eq!(condition(&ask(&mut w, "", "explode")), "bad-request");
    // Those of others are none of its business.
    let others = " to='benvolio@montague.example'";
    assert_eq!(
        condition(&ask(&mut w, others, "enable")),
        "service-unavailable"
    );
}

#[test]
fn what_is_private_is_not_copied() {
    let (mut w, desk, phone, juliet) = verona();
    for hint in [
        "<private xmlns='urn:xmpp:carbons:2'/>",
        "<no-copy xmlns='urn:xmpp:hints'/>",
    ] {
        let private = |to: &str| {
            format!("<message to='{to}' id='1' type='chat'><body>x</body>{hint}</message>")
        };
        w.says(desk, &private(JULIET));
        w.says(juliet, &private(&format!("{ROMEO}/desk")));
        assert!(heard(&mut w, phone).is_empty(), "{hint}");
        assert_eq!(heard(&mut w, desk), [pair("", "1")]);
        assert_eq!(heard(&mut w, juliet), [pair("", "1")]);
    }
}

#[test]
fn a_message_to_oneself_comes_once_to_everybody() {
    let (mut w, desk, phone, _) = verona();
    w.says(desk, &chat(ROMEO, "1"));
    assert_eq!(heard(&mut w, desk), [pair("", "1")]);
    assert_eq!(heard(&mut w, phone), [pair("", "1")]);
    let tablet = copying(&mut w, ROMEO, "tablet");
    w.forget(desk);
    w.says(desk, &chat(&format!("{ROMEO}/phone"), "2"));
    assert!(heard(&mut w, desk).is_empty(), "whoever sends it has it");
    assert_eq!(heard(&mut w, phone), [pair("", "2")]);
    assert_eq!(heard(&mut w, tablet), [pair("received", "2")]);
}

#[test]
fn a_forged_copy_is_delivered_as_what_it_is_and_not_copied() {
    let (mut w, desk, phone, juliet) = verona();
    let forged = format!(
        "<message to='{ROMEO}/desk' id='1' type='chat'><sent xmlns='urn:xmpp:carbons:2'>\
         <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' \
         from='{ROMEO}/phone' to='{JULIET}'><body>x</body></message></forwarded></sent></message>"
    );
    w.says(juliet, &forged);
    let message = w.hears(desk, "message");
    assert_eq!(message.attr("from"), Some(&*format!("{JULIET}/balcony")));
    assert!(heard(&mut w, phone).is_empty());
}

#[test]
fn chat_states_and_errors_are_copied_and_kept_nowhere() {
    let (mut w, desk, phone, juliet) = verona();
    w.befriend(desk, juliet);
    w.forget(phone);
    let state = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
    w.says(
        juliet,
        &format!("<message to='{ROMEO}/desk' id='s' type='chat'>{state}</message>"),
    );
    assert_eq!(heard(&mut w, phone), [pair("received", "s")]);
    w.says(desk, &chat("nobody@capulet.example", "lost"));
    assert_eq!(w.hears(desk, "message").attr("id"), Some("s"));
    assert_eq!(condition(&w.hears(desk, "message")), "service-unavailable");
    let copies = heard(&mut w, phone);
    assert_eq!(
        copies,
        [pair("sent", "lost"), pair("received", "lost")],
        "and that it failed"
    );
}

#[test]
fn a_copy_stands_for_the_message_when_the_client_that_it_was_for_dies() {
    let (mut w, desk, phone, juliet) = verona();
    w.clients[desk.0].habits.acknowledges = false;
    w.says(juliet, &chat(&format!("{ROMEO}/desk"), "1"));
    assert_eq!(heard(&mut w, phone), [pair("received", "1")]);
    w.loses_connection(desk);
    assert!(heard(&mut w, phone).is_empty(), "it has it already");
    assert!(w.is_empty("montague.example"), "its copy is acknowledged");
}

#[test]
fn a_copy_that_was_not_acknowledged_is_no_message_lost() {
    let (mut w, desk, phone, juliet) = verona();
    w.says(desk, "<presence type='unavailable'/>");
    w.says(phone, "<presence type='unavailable'/>");
    for actor in [desk, phone] {
        w.clients[actor.0].habits.acknowledges = false;
    }
    w.says(juliet, &chat(&format!("{ROMEO}/desk"), "1"));
    for actor in [desk, phone] {
        w.loses_connection(actor);
        w.forget(actor);
    }
    w.reconnect(phone);
    w.run();
    w.says(phone, "<presence/>");
    assert_eq!(heard(&mut w, phone), [pair("", "1")]);
}
