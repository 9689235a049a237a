//! Messages between owners: at once, later, or not at all.

use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;
use onym_server_protocol::{Change, LinkStatus, limits};
use onym_stream::{Element, ns};

use crate::client::{Actor, Habits, Login, condition};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

fn chat(to: &str, id: &str, body: &str) -> String {
    format!("<message to='{to}' id='{id}' type='chat'><body>{body}</body></message>")
}

fn delay(message: &Element) -> Option<(String, Timestamp)> {
    let delay = message.get_child("delay", ns::DELAY)?;
    let stamp = delay.attr("stamp").unwrap().parse().unwrap();
    Some((delay.attr("from").unwrap().to_owned(), stamp))
}

/// A client without stream management, of which the transport's word is taken.
fn plain_client(w: &mut World, account: &str, resource: &str) -> Actor {
    w.actor(Habits {
        account: BareJid::new(account).unwrap(),
        login: Login::External,
        resource: Some(resource.to_owned()),
        manages: false,
        acknowledges: false,
        resumes: false,
        copies: false,
    })
}

#[test]
fn romeo_and_juliet_write_to_each_other() {
    let (mut w, romeo, juliet) = verona();
    w.says(romeo, &chat(JULIET, "1", "O, speak again!"));
    let message = w.hears(juliet, "message");
    assert_eq!(message.attr("from"), Some(&*format!("{ROMEO}/desk")));
    assert_eq!(message.attr("to"), Some(JULIET));
    assert_eq!(message.attr("id"), Some("1"));
    assert_eq!(delay(&message), None);
    w.says(juliet, &chat(&format!("{ROMEO}/desk"), "2", "O Romeo!"));
    assert_eq!(w.bodies(romeo), ["O Romeo!"]);
    assert_eq!(
        w.client(romeo).acknowledged.len(),
        2,
        "presence and message"
    );
    for domain in ["montague.example", "capulet.example"] {
        assert!(
            w.is_empty(domain),
            "{domain} keeps nothing once all is said"
        );
    }
}

#[test]
fn bytes_arrive_in_any_pieces() {
    let (mut w, romeo, juliet) = verona();
    w.chunk = 3;
    w.befriend(romeo, juliet);
    for n in 0..5 {
        w.says(romeo, &chat(JULIET, &n.to_string(), &format!("{n}")));
    }
    assert_eq!(w.bodies(juliet), ["0", "1", "2", "3", "4"]);
}

#[test]
fn what_a_client_acknowledged_is_never_sent_again_and_what_it_did_not_is() {
    let (mut w, romeo, juliet) = verona();
    w.clients[juliet.0].habits.acknowledges = false;
    w.says(romeo, &chat(JULIET, "1", "one"));
    w.says(romeo, &chat(JULIET, "2", "two"));
    assert_eq!(w.bodies(juliet), ["one", "two"]);
    w.loses_connection(juliet);
    w.advance(Duration::from_secs(60));
    w.reconnect(juliet);
    w.run();
    w.says(juliet, "<presence/>");
    let again = w.hears_all(juliet, "message");
    let ids: Vec<_> = again.iter().map(|m| m.attr("id").unwrap()).collect();
    assert_eq!(ids, ["1", "2"]);
    assert!(delay(&again[0]).is_some(), "they say since when they wait");
    w.acknowledges(juliet);
    w.reconnect(juliet);
    w.run();
    w.says(juliet, "<presence/>");
    assert!(w.bodies(juliet).is_empty());
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn offline_messages_wait_with_the_time_when_they_came() {
    let (mut w, romeo, juliet) = verona();
    w.leaves(juliet);
    let sent = w.now;
    w.says(romeo, &chat(JULIET, "1", "first"));
    w.advance(Duration::from_secs(10));
    w.says(romeo, &chat(JULIET, "2", "second"));
    w.kill("capulet.example");
    w.start("capulet.example");
    w.advance(Duration::from_secs(3_600));
    w.reconnect(juliet);
    w.run();
    assert!(
        w.bodies(juliet).is_empty(),
        "not before she says that she is here"
    );
    w.says(juliet, "<presence><priority>-1</priority></presence>");
    assert!(w.bodies(juliet).is_empty(), "and wants messages");
    w.says(juliet, "<presence/>");
    let messages = w.hears_all(juliet, "message");
    let stamps: Vec<_> = messages.iter().map(|m| delay(m).unwrap()).collect();
    assert_eq!(stamps[0], ("capulet.example".to_owned(), sent));
    assert_eq!(stamps[1].1, sent + Duration::from_secs(10));
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn a_client_without_stream_management_has_what_its_transport_has_written() {
    let (mut w, romeo, juliet) = verona();
    w.leaves(juliet);
    w.says(romeo, &chat(JULIET, "1", "one"));
    let plain = plain_client(&mut w, JULIET, "old");
    w.latency = Duration::from_secs(1);
    w.says(plain, "<presence/>");
    w.advance(Duration::from_secs(1));
    w.loses_connection(plain);
    assert!(
        !w.is_empty("capulet.example"),
        "it was on its way and was lost"
    );
    w.latency = Duration::ZERO;
    w.reconnect(plain);
    w.run();
    w.says(plain, "<presence/>");
    assert_eq!(w.bodies(plain), ["one"]);
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn enabling_stream_management_late_does_not_count_what_is_still_on_its_way() {
    let (mut w, romeo, juliet) = verona();
    w.leaves(juliet);
    w.says(romeo, &chat(JULIET, "1", "one"));
    let late = plain_client(&mut w, JULIET, "late");
    w.latency = Duration::from_secs(1);
    w.utters(late, "<presence/>");
    w.utters(late, "<enable xmlns='urn:xmpp:sm:3'/>");
    w.advance(Duration::from_secs(1));
    assert!(!w.is_empty("capulet.example"), "it is still on its way");
    w.advance(Duration::from_secs(1));
    assert_eq!(w.bodies(late), ["one"]);
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn becoming_unavailable_and_available_again_repeats_nothing() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.acknowledges(juliet);
    w.clients[juliet.0].habits.acknowledges = false;
    for n in 0..150 {
        w.utters(romeo, &chat(JULIET, &n.to_string(), &n.to_string()));
    }
    w.run();
    assert_eq!(
        w.bodies(juliet).len(),
        limits::WINDOW_STANZAS,
        "no more than the window"
    );
    w.says(juliet, "<presence type='unavailable'/>");
    w.says(juliet, "<presence/>");
    assert!(w.bodies(juliet).is_empty());
    w.clients[juliet.0].habits.acknowledges = true;
    w.acknowledges(juliet);
    let rest = w.bodies(juliet);
    assert_eq!(rest.first().map(String::as_str), Some("100"));
    assert_eq!(rest.len(), 50);
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn another_client_gets_at_once_what_the_first_did_not_acknowledge() {
    let (mut w, romeo, balcony) = verona();
    let garden = w.present_owner(JULIET, "garden");
    w.clients[balcony.0].habits.acknowledges = false;
    w.says(
        romeo,
        &chat(&format!("{JULIET}/balcony"), "1", "for the balcony"),
    );
    w.says(romeo, &chat(JULIET, "2", "for everybody"));
    assert_eq!(w.bodies(balcony), ["for the balcony", "for everybody"]);
    assert_eq!(w.bodies(garden), ["for everybody"]);
    w.loses_connection(balcony);
    assert_eq!(w.bodies(garden), ["for the balcony"]);
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn another_client_gets_what_the_first_has_no_room_for_when_it_leaves() {
    let (mut w, romeo, balcony) = verona();
    w.befriend(romeo, balcony);
    let garden = w.present_owner(JULIET, "garden");
    w.acknowledges(balcony);
    w.clients[balcony.0].habits.acknowledges = false;
    for n in 0..=limits::WINDOW_STANZAS {
        let to = format!("{JULIET}/balcony");
        w.says(romeo, &chat(&to, &n.to_string(), &n.to_string()));
    }
    assert!(w.bodies(garden).is_empty());
    w.says(balcony, "<presence type='unavailable'/>");
    assert_eq!(w.bodies(garden), [limits::WINDOW_STANZAS.to_string()]);
}

#[test]
fn a_peer_that_is_lost_as_soon_as_it_is_reached_is_tried_less_and_less() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.leaves(juliet);
    let before = w.node("montague.example").dialed.len();
    for _ in 0..600 {
        w.cut("montague.example", "capulet.example");
        w.advance(Duration::from_secs(1));
    }
    let tries = w.node("montague.example").dialed.len() - before;
    assert!(tries < 15, "{tries} tries in ten minutes");
}

#[test]
fn a_message_waits_for_a_peer_that_is_away_and_says_since_when() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.kill("capulet.example");
    w.run();
    let sent = w.now;
    for n in 0..3 {
        w.says(romeo, &chat(JULIET, &n.to_string(), &format!("wait {n}")));
    }
    let status = &w.node("montague.example").peers["capulet.example"];
    assert_eq!(status.queued, 3);
    assert!(
        matches!(status.link, LinkStatus::Waiting { .. }),
        "{status:?}"
    );
    w.advance(Duration::from_secs(1_800));
    // His server is restarted meanwhile.
    w.kill("montague.example");
    w.start("montague.example");
    w.advance(Duration::from_secs(60));
    w.start("capulet.example");
    w.reconnect(juliet);
    w.run();
    w.says(juliet, "<presence/>");
    // She connects to tell romeo that she is here, which wakes his server.
    w.advance(Duration::from_secs(1));
    let messages = w.hears_all(juliet, "message");
    let ids: Vec<_> = messages.iter().map(|m| m.attr("id").unwrap()).collect();
    assert_eq!(ids, ["0", "1", "2"]);
    assert_eq!(
        delay(&messages[0]).unwrap(),
        ("montague.example".to_owned(), sent)
    );
    assert!(w.is_empty("montague.example"));
    let status = &w.node("montague.example").peers["capulet.example"];
    assert_eq!((&status.link, status.queued), (&LinkStatus::Online, 0));
}

#[test]
fn a_link_that_broke_repeats_nothing_that_arrived() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.latency = Duration::from_secs(1);
    w.says(romeo, &chat(JULIET, "1", "once"));
    // It has reached her server, whose acknowledgement is still on its way.
    w.advance(Duration::from_secs(2));
    w.cut("montague.example", "capulet.example");
    w.advance(Duration::from_secs(120));
    assert_eq!(w.bodies(juliet), ["once"]);
    assert!(w.is_empty("montague.example"));
    let puts = |w: &World| {
        let journal = &w.node("capulet.example").journal;
        journal
            .iter()
            .filter(|c| matches!(c, Change::PutInbox(..)))
            .count()
    };
    assert_eq!(puts(&w), 1);
}

#[test]
fn a_message_without_an_id_is_given_one_and_so_arrives_once() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.latency = Duration::from_secs(1);
    for _ in 0..2 {
        w.says(
            romeo,
            &format!("<message to='{JULIET}'><body>the same</body></message>"),
        );
    }
    w.advance(Duration::from_secs(2));
    w.cut("montague.example", "capulet.example");
    w.advance(Duration::from_secs(120));
    let messages = w.hears_all(juliet, "message");
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|m| m.attr("id").is_some()));
}

#[test]
fn after_thirty_days_the_sender_is_told() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.kill("capulet.example");
    w.says(romeo, &chat(JULIET, "late", "anybody there?"));
    w.says(
        romeo,
        &format!("<iq to='{JULIET}/balcony' type='get' id='iq'><ping xmlns='urn:xmpp:ping'/></iq>"),
    );
    w.advance(Duration::from_secs(100));
    let answer = w.hears(romeo, "iq");
    assert_eq!(
        (condition(&answer).as_str(), answer.attr("id")),
        ("remote-server-timeout", Some("iq"))
    );
    w.advance(limits::OUTBOX_EXPIRY - Duration::from_secs(200));
    assert!(w.hears_all(romeo, "message").is_empty());
    w.advance(Duration::from_secs(200));
    let error = w.hears(romeo, "message");
    assert_eq!(
        (condition(&error).as_str(), error.attr("id")),
        ("remote-server-timeout", Some("late"))
    );
    assert_eq!(error.attr("from"), Some(JULIET));
    assert!(w.is_empty("montague.example"));
    let tries = w.node("montague.example").dialed.len();
    assert!(tries < 30 * 24 * 20, "{tries} tries in thirty days");
}

#[test]
fn a_full_queue_refuses_and_what_was_refused_may_be_sent_again() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.leaves(juliet);
    w.clients[romeo.0].habits.manages = false;
    w.reconnect(romeo);
    w.run();
    w.says(romeo, "<presence/>");
    for n in 0..limits::MAX_INBOX_MESSAGES_PER_SENDER {
        w.utters(romeo, &chat(JULIET, &n.to_string(), "x"));
        if n % 50 == 0 {
            w.run();
        }
    }
    w.run();
    assert!(w.hears_all(romeo, "message").is_empty());
    let over = chat(JULIET, "over", "one too many");
    w.says(romeo, &over);
    let error = w.hears(romeo, "message");
    assert_eq!(
        (condition(&error).as_str(), error.attr("id")),
        ("resource-constraint", Some("over"))
    );
    // She reads them, and he sends the very same stanza again.
    w.reconnect(juliet);
    w.run();
    w.says(juliet, "<presence/>");
    assert_eq!(
        w.bodies(juliet).len(),
        limits::MAX_INBOX_MESSAGES_PER_SENDER
    );
    w.says(romeo, &over);
    assert_eq!(w.bodies(juliet), ["one too many"]);
}

#[test]
fn messages_to_oneself_reach_every_client() {
    let (mut w, desk, _) = verona();
    let phone = w.present_owner(ROMEO, "phone");
    w.forget(desk);
    w.says(desk, &chat(ROMEO, "1", "note to self"));
    w.says(desk, &chat(&format!("{ROMEO}/phone"), "2", "to the phone"));
    w.says(
        desk,
        "<message id='3'><body>to nobody in particular</body></message>",
    );
    assert_eq!(w.bodies(desk), ["note to self", "to nobody in particular"]);
    assert_eq!(
        w.bodies(phone),
        ["note to self", "to the phone", "to nobody in particular"]
    );
    assert!(w.is_empty("montague.example"));
}

#[test]
fn passing_states_are_not_kept() {
    let (mut w, romeo, juliet) = verona();
    w.leaves(juliet);
    for xml in [
        "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
        "<body>x</body><no-store xmlns='urn:xmpp:hints'/>",
        "",
    ] {
        w.says(
            romeo,
            &format!("<message to='{JULIET}' id='x' type='chat'>{xml}</message>"),
        );
    }
    w.says(
        romeo,
        &format!("<message to='{JULIET}' id='x' type='headline'><body>x</body></message>"),
    );
    let kept = |c: &Change| matches!(c, Change::PutInbox(..) | Change::PutSeen(..));
    assert!(!w.node("capulet.example").journal.iter().any(kept));
}

#[test]
fn addresses_that_are_none_or_nobodys_are_answered() {
    let (mut w, romeo, _) = verona();
    for (to, expected) in [
        ("nobody@montague.example", "service-unavailable"),
        ("nobody@capulet.example", "service-unavailable"),
        ("montague.example", "service-unavailable"),
        ("@@@", "jid-malformed"),
    ] {
        w.says(romeo, &chat(to, "1", "x"));
        w.advance(Duration::from_secs(1));
        assert_eq!(condition(&w.hears(romeo, "message")), expected, "{to}");
    }
}

#[test]
fn a_forged_delay_of_ours_is_taken_out() {
    let (mut w, romeo, juliet) = verona();
    w.leaves(juliet);
    let forged =
        "<delay xmlns='urn:xmpp:delay' from='capulet.example' stamp='1999-01-01T00:00:00Z'/>";
    w.says(
        romeo,
        &format!("<message to='{JULIET}' id='1'><body>x</body>{forged}</message>"),
    );
    w.advance(Duration::from_secs(60));
    w.reconnect(juliet);
    w.run();
    w.says(juliet, "<presence/>");
    let message = w.hears(juliet, "message");
    let delays = message.children().filter(|c| c.is("delay", ns::DELAY));
    assert_eq!(delays.count(), 1);
    assert_ne!(
        delay(&message).unwrap().1,
        "1999-01-01T00:00:00Z".parse().unwrap()
    );
}
