//! A stream goes on with another connection (XEP-0198 §5), or it does not and says how far it came.

use std::time::Duration;

use jid::BareJid;
use onym_server_protocol::{Change, ConnectionId, DeviceChange, Input, limits};
use onym_stream::scram::Hash;
use onym_stream::{Condition, Element, ns};

use crate::client::{Actor, Habits, Login};
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

/// Romeo and Juliet are contacts; her client resumes.
fn verona() -> (World, Actor, Actor) {
    let mut w = World::new(5);
    w.server("montague.example", &["romeo"]);
    w.server("capulet.example", &["juliet"]);
    let romeo = w.present_owner(ROMEO, "desk");
    let juliet = resuming(&mut w, JULIET, "balcony");
    w.befriend(romeo, juliet);
    (w, romeo, juliet)
}

fn resuming(w: &mut World, account: &str, resource: &str) -> Actor {
    let actor = w.actor(Habits {
        resumes: true,
        ..Habits::owner(account, resource)
    });
    w.says(actor, "<presence/>");
    w.forget(actor);
    actor
}

fn chat(to: &str, id: &str) -> String {
    format!("<message to='{to}' id='{id}' type='chat'><body>{id}</body></message>")
}

/// The last element of this name that is no stanza.
fn other(w: &World, actor: Actor, name: &str) -> Option<Element> {
    let others = w.client(actor).others.iter().rev();
    others.into_iter().find(|e| e.name() == name).cloned()
}

fn types(presences: &[Element]) -> Vec<Option<&str>> {
    presences.iter().map(|p| p.attr("type")).collect()
}

#[test]
fn nobody_notices_that_a_connection_was_lost_and_nothing_is_repeated() {
    let (mut w, romeo, juliet) = verona();
    let enabled = other(&w, juliet, "enabled").unwrap();
    assert_eq!(enabled.attr("resume"), Some("true"));
    assert_eq!(enabled.attr("max"), Some("600"));
    w.says(romeo, &chat(JULIET, "before"));
    assert_eq!(w.bodies(juliet), ["before"]);
    w.loses_connection(juliet);
    let lost = w.now;
    w.says(romeo, &chat(JULIET, "while lost"));
    w.says(romeo, "<presence><show>away</show></presence>");
    w.says(romeo, &chat(&format!("{JULIET}/balcony"), "to her balcony"));
    w.advance(Duration::from_secs(500));
    assert!(
        w.hears_all(romeo, "presence")
            .iter()
            .all(|p| p.attr("type").is_none())
    );
    w.reconnect(juliet);
    w.run();
    assert!(other(&w, juliet, "resumed").is_some());
    let received: Vec<_> = w.clients[juliet.0].received.drain(..).collect();
    let told: Vec<_> = received.iter().map(|s| (s.name(), s.attr("id"))).collect();
    assert_eq!(
        told,
        [
            ("presence", None),
            ("message", Some("while lost")),
            ("message", Some("to her balcony"))
        ]
    );
    let delay = received[1].get_child("delay", ns::DELAY).unwrap();
    assert_eq!(
        delay.attr("stamp").unwrap().parse(),
        Ok(lost),
        "it says since when it waits"
    );
    assert!(w.is_empty("capulet.example"));
    // The stream is what it was: she is seen, and gets pushes of the roster that she asked for.
    w.says(romeo, &chat(JULIET, "after"));
    assert_eq!(w.bodies(juliet), ["after"]);
}

#[test]
fn what_was_on_its_way_when_the_connection_broke_comes_once() {
    let (mut w, romeo, juliet) = verona();
    w.latency = Duration::from_secs(1);
    for id in ["1", "2", "3"] {
        w.utters(romeo, &chat(JULIET, id));
        w.advance(Duration::from_secs(1));
    }
    // The first has arrived and its acknowledgement has not; the second is on its way.
    w.advance(Duration::from_secs(1));
    w.utters(juliet, &chat(ROMEO, "answer"));
    w.loses_connection(juliet);
    w.advance(Duration::from_secs(5));
    w.reconnect(juliet);
    w.advance(Duration::from_secs(30));
    assert_eq!(w.bodies(juliet), ["1", "2", "3"]);
    assert_eq!(w.bodies(romeo), ["answer"]);
    let acknowledged = &w.client(juliet).acknowledged;
    assert!(acknowledged.iter().any(|xml| xml.contains("answer")));
    assert!(w.is_empty("capulet.example") && w.is_empty("montague.example"));
}

#[test]
fn what_the_server_had_before_the_connection_broke_is_not_sent_again() {
    let (mut w, romeo, juliet) = verona();
    w.latency = Duration::from_secs(1);
    w.utters(juliet, &chat(ROMEO, "once"));
    // It arrives, and the acknowledgement is lost on its way back.
    w.advance(Duration::from_secs(1));
    w.loses_connection(juliet);
    w.reconnect(juliet);
    w.advance(Duration::from_secs(30));
    assert_eq!(w.bodies(romeo), ["once"]);
    let is_it = |change: &&Change| match change {
        Change::PutOutbox(_, _, stanza) => stanza.xml.contains("once"),
        _ => false,
    };
    let journal = &w.node("capulet.example").journal;
    assert_eq!(journal.iter().filter(is_it).count(), 1);
}

#[test]
fn a_stream_that_nobody_resumes_ends_and_its_client_is_told_what_had_come_of_it() {
    let (mut w, romeo, juliet) = verona();
    w.says(juliet, &chat(ROMEO, "handled"));
    w.forget(romeo);
    w.latency = Duration::from_secs(1);
    w.utters(juliet, &chat(ROMEO, "handled as well"));
    w.advance(Duration::from_secs(1));
    w.loses_connection(juliet);
    w.latency = Duration::ZERO;
    w.says(romeo, &chat(JULIET, "kept"));
    w.advance(limits::RESUMPTION_TIMEOUT - Duration::from_secs(5));
    assert!(w.hears_all(romeo, "presence").is_empty());
    w.advance(Duration::from_secs(10));
    let seen = w.hears_all(romeo, "presence");
    assert_eq!(types(&seen), [Some("unavailable")], "now she is gone");
    w.reconnect(juliet);
    w.run();
    let failed = other(&w, juliet, "failed").unwrap();
    assert!(failed.has_child("item-not-found", ns::STANZA_ERRORS));
    let handled = w.client(juliet).acknowledged.len();
    assert_eq!(failed.attr("h"), Some(&*handled.to_string()));
    let acknowledged = w.client(juliet).acknowledged.last().unwrap();
    assert!(acknowledged.contains("handled as well"));
    assert!(w.client(juliet).ready, "she has a new stream");
    w.says(juliet, "<presence/>");
    assert_eq!(w.bodies(juliet), ["kept"]);
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn a_server_that_was_restarted_knows_no_stream_and_loses_nothing() {
    let (mut w, romeo, juliet) = verona();
    w.clients[juliet.0].habits.acknowledges = false;
    w.says(romeo, &chat(JULIET, "1"));
    w.kill("capulet.example");
    w.run();
    w.start("capulet.example");
    w.forget(juliet);
    w.reconnect(juliet);
    w.run();
    assert_eq!(other(&w, juliet, "failed").unwrap().attr("h"), Some("0"));
    w.says(juliet, "<presence/>");
    assert_eq!(w.bodies(juliet), ["1"]);
}

#[test]
fn a_stream_that_is_still_there_is_taken_from_its_connection() {
    let (mut w, romeo, juliet) = verona();
    let again = w.actor(Habits {
        login: Login::ByHand(onym_server_protocol::Origin::OwnerPipe {
            account: BareJid::new(JULIET).unwrap(),
        }),
        ..Habits::owner(JULIET, "balcony")
    });
    log_in_by_hand(&mut w, again, "capulet.example");
    // Her old connection does not break: its network is gone, and nobody has noticed.
    let id = w.client(juliet).stream_id.clone().unwrap();
    let handled = w.client(juliet).handled;
    w.says(
        again,
        &format!("<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='{handled}'/>"),
    );
    assert_eq!(
        other(&w, again, "resumed").unwrap().attr("previd"),
        Some(&*id)
    );
    assert_eq!(w.client(juliet).stream_error, Some(Condition::Conflict));
    assert_eq!(w.client(juliet).plug, None);
    assert!(
        w.hears_all(romeo, "presence").is_empty(),
        "she was here all the time"
    );
    w.says(romeo, &chat(JULIET, "1"));
    assert_eq!(w.bodies(again), ["1"]);
    assert!(w.bodies(juliet).is_empty());
}

fn log_in_by_hand(w: &mut World, actor: Actor, domain: &str) {
    w.says(
        actor,
        &format!("<auth xmlns='{}' mechanism='EXTERNAL'>=</auth>", ns::SASL),
    );
    w.says(
        actor,
        &format!(
            "<stream:stream xmlns='jabber:client' to='{domain}' version='1.0' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        ),
    );
    let features = other(w, actor, "features").unwrap();
    for feature in [ns::STREAM_MANAGEMENT, ns::CLIENT_STATE] {
        assert!(features.children().any(|f| f.has_ns(feature)), "{feature}");
    }
}

#[test]
fn nobody_else_can_resume_a_stream() {
    let mut w = World::new(6);
    w.server("montague.example", &["romeo", "benvolio"]);
    for (account, device) in [("romeo", "desk"), ("romeo", "phone"), ("benvolio", "desk")] {
        w.add_device(
            &format!("{account}@montague.example"),
            device,
            &format!("{account} {device}"),
        );
    }
    let log_in = |w: &mut World, user: &str, device: &str| {
        let password = format!("{user} {device}");
        w.actor(Habits {
            login: Login::Scram(Hash::Sha256, user.to_owned(), password),
            resumes: true,
            ..Habits::owner(&format!("{user}@montague.example"), device)
        })
    };
    let romeo = log_in(&mut w, "romeo", "desk");
    let id = w.client(romeo).stream_id.clone();
    for (user, device) in [("romeo", "phone"), ("benvolio", "desk")] {
        let other_one = log_in(&mut w, user, device);
        w.loses_connection(other_one);
        w.clients[other_one.0].stream_id.clone_from(&id);
        w.reconnect(other_one);
        w.run();
        let failed = other(&w, other_one, "failed").unwrap();
        assert_eq!(failed.attr("h"), Some("0"), "{user} {device}");
        assert!(w.client(romeo).plug.is_some(), "his stream is his own");
    }
    w.loses_connection(romeo);
    w.reconnect(romeo);
    w.run();
    assert!(other(&w, romeo, "resumed").is_some());
}

#[test]
fn counts_that_cannot_be_end_the_stream_and_lose_nothing() {
    let (mut w, romeo, juliet) = verona();
    w.clients[juliet.0].habits.acknowledges = false;
    w.says(romeo, &chat(JULIET, "1"));
    w.loses_connection(juliet);
    w.forget(juliet);
    w.clients[juliet.0].handled += 1_000;
    w.clients[juliet.0].habits.resource = Some("garden".to_owned());
    w.forget(romeo);
    w.reconnect(juliet);
    w.run();
    assert!(other(&w, juliet, "failed").is_some());
    let seen = w.hears_all(romeo, "presence");
    assert_eq!(types(&seen), [Some("unavailable")], "the balcony is empty");
    w.says(juliet, "<presence/>");
    assert_eq!(w.bodies(juliet), ["1"]);
}

#[test]
fn what_still_comes_from_a_connection_that_was_given_up_is_not_taken_twice() {
    let (mut w, _, juliet) = verona();
    w.loses_connection(juliet);
    w.cut("montague.example", "capulet.example");
    w.run();
    let late = chat(ROMEO, "late");
    for connection in (0..100).map(ConnectionId) {
        let bytes = late.clone().into_bytes();
        w.tell("capulet.example", Input::Received { connection, bytes });
    }
    let is_it = |change: &Change| match change {
        Change::PutOutbox(_, _, stanza) => stanza.xml.contains("late"),
        _ => false,
    };
    assert!(!w.node("capulet.example").journal.iter().any(is_it));
}

#[test]
fn a_request_that_is_none_is_refused_with_a_count() {
    let (mut w, _, juliet) = verona();
    let id = w.client(juliet).stream_id.clone().unwrap();
    for resume in [
        "<resume xmlns='urn:xmpp:sm:3'/>".to_owned(),
        format!("<resume xmlns='urn:xmpp:sm:3' previd='{id}'/>"),
        format!("<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='-1'/>"),
        "<resume xmlns='urn:xmpp:sm:3' previd='' h='0'/>".to_owned(),
    ] {
        let account = BareJid::new(JULIET).unwrap();
        let again = w.actor(Habits {
            login: Login::ByHand(onym_server_protocol::Origin::OwnerPipe { account }),
            ..Habits::owner(JULIET, "other")
        });
        log_in_by_hand(&mut w, again, "capulet.example");
        w.says(again, &resume);
        let failed = other(&w, again, "failed").unwrap();
        assert_eq!(failed.attr("h"), Some("0"), "{resume}");
        assert!(w.client(again).plug.is_some());
    }
    assert!(w.client(juliet).plug.is_some());
}

#[test]
fn a_client_that_closes_its_stream_is_gone_at_once() {
    let (mut w, romeo, juliet) = verona();
    w.leaves(juliet);
    assert_eq!(
        types(&w.hears_all(romeo, "presence")),
        [Some("unavailable")]
    );
    w.reconnect(juliet);
    w.run();
    assert!(other(&w, juliet, "failed").is_some());
}

#[test]
fn another_client_with_the_same_resource_ends_a_lost_stream() {
    let (mut w, romeo, juliet) = verona();
    w.loses_connection(juliet);
    w.says(romeo, &chat(JULIET, "1"));
    let newer = w.present_owner(JULIET, "balcony");
    assert_eq!(
        w.bodies(newer),
        [""; 0],
        "present_owner looks at nothing that came"
    );
    assert!(w.is_empty("capulet.example"), "but it came");
    w.reconnect(juliet);
    w.run();
    assert!(other(&w, juliet, "failed").is_some());
}

#[test]
fn what_a_lost_stream_was_to_have_goes_to_others_when_it_ends() {
    let (mut w, romeo, juliet) = verona();
    let garden = w.present_owner(JULIET, "garden");
    w.loses_connection(juliet);
    w.says(
        romeo,
        &chat(&format!("{JULIET}/balcony"), "for her balcony"),
    );
    assert!(w.bodies(garden).is_empty());
    w.advance(limits::RESUMPTION_TIMEOUT + Duration::from_secs(1));
    assert_eq!(w.bodies(garden), ["for her balcony"]);
    assert!(w.is_empty("capulet.example"));
}

#[test]
fn a_client_that_dies_silently_may_come_back_after_it_was_noticed() {
    let (mut w, romeo, juliet) = verona();
    // It does not answer when it is asked whether it lives.
    w.clients[juliet.0].habits.acknowledges = false;
    w.acknowledges(juliet);
    w.forget(romeo);
    w.advance(limits::CLIENT_LIVENESS_INTERVAL + limits::CLIENT_LIVENESS_TIMEOUT);
    assert_eq!(
        w.client(juliet).stream_error,
        Some(Condition::ConnectionTimeout)
    );
    assert!(w.hears_all(romeo, "presence").is_empty());
    w.reconnect(juliet);
    w.run();
    assert!(other(&w, juliet, "resumed").is_some());
}

#[test]
fn a_revoked_device_cannot_resume() {
    let mut w = World::new(7);
    w.server("montague.example", &["romeo"]);
    w.add_device(ROMEO, "phone", "a password");
    let desk = w.present_owner(ROMEO, "desk");
    let phone = w.actor(Habits {
        login: Login::Scram(Hash::Sha256, "romeo".to_owned(), "a password".to_owned()),
        resumes: true,
        ..Habits::owner(ROMEO, "phone")
    });
    w.says(phone, "<presence/>");
    w.loses_connection(phone);
    w.forget(desk);
    let account = BareJid::new(ROMEO).unwrap();
    let name = "phone".to_owned();
    let change = DeviceChange::Revoke { name };
    w.tell("montague.example", Input::ChangeDevices { account, change });
    w.run();
    assert_eq!(types(&w.hears_all(desk, "presence")), [Some("unavailable")]);
}

#[test]
fn whoever_makes_streams_and_loses_them_has_only_so_many() {
    let (mut w, romeo, juliet) = verona();
    w.loses_connection(juliet);
    w.forget(romeo);
    for n in 0..limits::MAX_LOST_STREAMS_PER_ACCOUNT {
        w.advance(Duration::from_secs(1));
        let another = resuming(&mut w, JULIET, &format!("window{n}"));
        w.loses_connection(another);
    }
    let gone = w.hears_all(romeo, "presence");
    let gone: Vec<_> = gone.iter().filter(|p| p.attr("type").is_some()).collect();
    let from: Vec<_> = gone.iter().map(|p| p.attr("from").unwrap()).collect();
    assert_eq!(from, [format!("{JULIET}/balcony")], "the oldest has ended");
}

#[test]
fn a_stream_for_which_too_much_waits_ends() {
    let (mut w, romeo, juliet) = verona();
    w.loses_connection(juliet);
    w.forget(romeo);
    let ping = |n| {
        format!("<iq to='{JULIET}/balcony' type='get' id='{n}'><ping xmlns='urn:xmpp:ping'/></iq>")
    };
    for n in 0..=limits::MAX_KEPT_STANZAS {
        w.utters(romeo, &ping(n));
        if n % 20 == 0 {
            w.run();
        }
    }
    w.run();
    assert_eq!(
        types(&w.hears_all(romeo, "presence")),
        [Some("unavailable")]
    );
}
