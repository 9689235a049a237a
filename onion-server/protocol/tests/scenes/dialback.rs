//! XEP-0220: whoever connects can only speak for a domain that it has proven.

use std::time::Duration;

use onym_server_protocol::{Domain, Note, dialback::DialbackSecret, limits};
use onym_stream::{Condition, ns};

use crate::client::Actor;
use crate::stranger::{CANNOT_ACKNOWLEDGE, Role, claim, open, verdict};
use crate::world::World;

const US: &str = "montague.example";
const ROMEO: &str = "romeo@montague.example";

fn verona() -> (World, Actor) {
    let mut w = World::new(6);
    w.server(US, &["romeo"]);
    let romeo = w.present_owner(ROMEO, "desk");
    (w, romeo)
}

fn hello(from: &str) -> String {
    format!("<message from='{from}' to='{ROMEO}' id='h'><body>hello from {from}</body></message>")
}

fn error_condition(result: &onym_stream::Element) -> String {
    assert_eq!(result.attr("type"), Some("error"), "{result:?}");
    let error = result.get_child("error", ns::SERVER);
    let error = error.expect("the error is in jabber:server on the wire");
    error.children().next().unwrap().name().to_owned()
}

#[test]
fn a_stream_begins_with_an_id_and_the_features() {
    let (mut w, _) = verona();
    let tybalt = w.stranger_as("tybalt.example", US);
    let raw = &w.role(tybalt).raw;
    assert!(raw.contains("xmlns:db='jabber:server:dialback'"), "{raw}");
    assert!(
        raw.contains("from='montague.example' to='tybalt.example'"),
        "{raw}"
    );
    assert_eq!(w.role(tybalt).stream_id.as_ref().unwrap().len(), 32);
    let features = w.sees(tybalt, "features");
    let dialback = features
        .get_child("dialback", ns::DIALBACK_FEATURE)
        .unwrap();
    assert!(dialback.has_child("errors", ns::DIALBACK_FEATURE));
    assert!(features.has_child("sm", ns::STREAM_MANAGEMENT));
}

#[test]
fn a_domain_that_proves_itself_may_speak() {
    let (mut w, romeo) = verona();
    let (tybalt, asked) = w.proven_stranger("tybalt.example", US);
    // What we asked had the id of the stream on which the claim was made.
    assert!(
        w.role(asked)
            .raw
            .contains(w.role(tybalt).stream_id.as_deref().unwrap())
    );
    w.shows(tybalt, &hello("tybalt@tybalt.example/x"));
    assert_eq!(w.bodies(romeo), ["hello from tybalt@tybalt.example/x"]);
    let proven = Note::DomainProven {
        domain: "tybalt.example".to_owned(),
    };
    assert!(w.node(US).notes.contains(&proven));
}

#[test]
fn a_domain_that_cannot_be_proven_is_refused_and_its_stanzas_too() {
    let (mut w, romeo) = verona();
    w.play("capulet.example");
    let tybalt = w.stranger_as("capulet.example", US);
    w.shows(tybalt, &claim("capulet.example", US, "forged"));
    let capulet = w.called("capulet.example").unwrap();
    w.shows(capulet, &open("capulet.example", US, Some("s1")));
    w.shows(capulet, "<stream:features/>");
    let verify = w.sees(capulet, "verify");
    assert_eq!(verify.text(), "forged");
    assert_eq!(
        (verify.attr("from"), verify.attr("to")),
        (Some(US), Some("capulet.example"))
    );
    let id = verify.attr("id").unwrap().to_owned();
    w.shows(capulet, &verdict("capulet.example", US, &id, "invalid"));
    let result = w.sees(tybalt, "result");
    assert_eq!(result.attr("type"), Some("invalid"));
    assert!(w.is_gone(tybalt), "§2.2.1: MUST close the XML stream");
    w.shows(tybalt, &hello("juliet@capulet.example/x"));
    assert!(w.bodies(romeo).is_empty());
    let refused =
        |n: &Note| matches!(n, Note::DomainRefused { domain, .. } if domain == "capulet.example");
    assert!(w.node(US).notes.iter().any(refused));
}

#[test]
fn stanzas_on_a_stream_that_has_proven_nothing_end_it() {
    let (mut w, romeo) = verona();
    w.play("capulet.example");
    for before in ["", &claim("capulet.example", US, "waiting")] {
        let tybalt = w.stranger_as("capulet.example", US);
        w.shows(tybalt, before);
        w.shows(tybalt, &hello("juliet@capulet.example/x"));
        assert_eq!(w.role(tybalt).stream_error, Some(Condition::NotAuthorized));
        assert!(w.is_gone(tybalt));
    }
    assert!(w.bodies(romeo).is_empty());
}

#[test]
fn a_proven_domain_speaks_for_no_other() {
    for (xml, condition) in [
        (hello("juliet@capulet.example/x"), Condition::InvalidFrom),
        (hello(ROMEO), Condition::InvalidFrom),
        (hello("x@sub.tybalt.example"), Condition::InvalidFrom),
        (
            format!("<message to='{ROMEO}'><body>x</body></message>"),
            Condition::ImproperAddressing,
        ),
        (
            "<message from='t@tybalt.example'><body>x</body></message>".into(),
            Condition::ImproperAddressing,
        ),
        (
            format!("<message from='@' to='{ROMEO}'><body>x</body></message>"),
            Condition::ImproperAddressing,
        ),
        (
            "<message from='t@tybalt.example' to='x@capulet.example'/>".into(),
            Condition::HostUnknown,
        ),
    ] {
        let (mut w, romeo) = verona();
        let (tybalt, _) = w.proven_stranger("tybalt.example", US);
        w.shows(tybalt, &xml);
        assert_eq!(w.role(tybalt).stream_error, Some(condition), "{xml}");
        assert!(w.is_gone(tybalt), "{xml}");
        assert!(w.bodies(romeo).is_empty(), "{xml}");
    }
}

#[test]
fn the_domain_is_asked_once_for_several_claims_and_later_on_the_same_stream() {
    let (mut w, _) = verona();
    let (_, asked) = w.proven_stranger("tybalt.example", US);
    let second = w.stranger_as("tybalt.example", US);
    w.shows(second, &claim("tybalt.example", US, "again"));
    assert_eq!(w.called("tybalt.example"), None);
    let verify = w.sees(asked, "verify");
    assert_eq!(verify.attr("id"), w.role(second).stream_id.as_deref());
    assert_eq!(w.node(US).dialed, ["tybalt.example"]);
}

#[test]
fn only_the_answer_that_was_asked_for_counts() {
    let (mut w, _) = verona();
    w.play("capulet.example");
    w.play("tybalt.example");
    let tybalt = w.stranger_as("tybalt.example", US);
    w.shows(tybalt, &claim("capulet.example", US, "forged"));
    let stream = w.role(tybalt).stream_id.clone().unwrap();
    // On the stream of the claim itself.
    w.shows(tybalt, &verdict("capulet.example", US, &stream, "valid"));
    assert!(!w.has_seen(tybalt, "result"));
    // On a stream that we have made to somebody else.
    w.shows(tybalt, &claim("tybalt.example", US, "own"));
    let own = w.called("tybalt.example").unwrap();
    w.shows(own, &open("tybalt.example", US, Some("t")));
    w.shows(own, "<stream:features/>");
    w.shows(own, &verdict("capulet.example", US, &stream, "valid"));
    assert!(!w.has_seen(tybalt, "result"));
    // From the right one, but about another stream, or before it was asked.
    let capulet = w.called("capulet.example").unwrap();
    w.shows(capulet, &open("capulet.example", US, Some("c")));
    w.shows(capulet, &verdict("capulet.example", US, &stream, "valid"));
    w.shows(capulet, "<stream:features/>");
    w.shows(capulet, &verdict("capulet.example", US, "other", "valid"));
    w.shows(
        capulet,
        &verdict("capulet.example", "verona.example", &stream, "valid"),
    );
    assert!(!w.has_seen(tybalt, "result"));
    w.shows(capulet, &verdict("capulet.example", US, &stream, "valid"));
    assert!(w.has_seen(tybalt, "result"));
}

#[test]
fn a_result_that_nobody_asked_for_proves_nothing() {
    let (mut w, romeo) = verona();
    let tybalt = w.stranger_as("tybalt.example", US);
    w.shows(
        tybalt,
        "<db:result from='tybalt.example' to='montague.example' type='valid'/>",
    );
    assert_eq!(
        w.role(tybalt).stream_error,
        Some(Condition::UnsupportedStanzaType)
    );

    // On a stream of ours: in another's name it does not count, and no stanzas come that way.
    w.play("capulet.example");
    w.says(
        romeo,
        "<message to='juliet@capulet.example' id='1'><body>secret</body></message>",
    );
    let capulet = w.called("capulet.example").unwrap();
    w.shows(capulet, &open("capulet.example", US, Some("c")));
    w.shows(capulet, "<stream:features/>");
    w.sees(capulet, "result");
    w.shows(
        capulet,
        "<db:result from='other.example' to='montague.example' type='valid'/>",
    );
    assert!(!w.has_seen(capulet, "message"));
    w.shows(
        capulet,
        &format!("<db:result from='capulet.example' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}"),
    );
    assert!(w.has_seen(capulet, "message"));
    w.shows(capulet, &hello("juliet@capulet.example/x"));
    assert_eq!(w.role(capulet).stream_error, Some(Condition::NotAuthorized));
    assert!(w.bodies(romeo).is_empty());
}

#[test]
fn claims_that_make_no_sense_are_answered() {
    let (mut w, _) = verona();
    w.play("tybalt.example");
    let tybalt = w.stranger_as("tybalt.example", US);
    w.shows(tybalt, &claim("tybalt.example", "capulet.example", "key"));
    assert_eq!(error_condition(&w.sees(tybalt, "result")), "item-not-found");
    assert!(
        !w.is_gone(tybalt),
        "§2.2.1: MUST NOT result in closing of the stream"
    );
    // An unreachable domain.
    w.shows(tybalt, &claim("nowhere.example", US, "key"));
    assert_eq!(
        error_condition(&w.sees(tybalt, "result")),
        "remote-server-not-found"
    );
    // Too many at once.
    for n in 0..limits::MAX_DOMAINS_PER_STREAM {
        w.play(&format!("d{n}.example"));
        w.shows(tybalt, &claim(&format!("d{n}.example"), US, "key"));
        assert!(!w.has_seen(tybalt, "result"));
    }
    w.shows(tybalt, &claim("tybalt.example", US, "key"));
    assert_eq!(
        error_condition(&w.sees(tybalt, "result")),
        "resource-constraint"
    );
    for (xml, condition) in [
        (claim(US, US, "key"), Condition::InvalidFrom),
        (
            "<db:result>key</db:result>".to_owned(),
            Condition::ImproperAddressing,
        ),
        (
            claim("x@y.example", US, "key"),
            Condition::ImproperAddressing,
        ),
        (
            claim("y.example", US, &"k".repeat(600)),
            Condition::PolicyViolation,
        ),
    ] {
        let other = w.stranger_as("tybalt.example", US);
        w.shows(other, &xml);
        assert_eq!(w.role(other).stream_error, Some(condition), "{xml}");
    }
}

#[test]
fn a_second_domain_on_a_good_stream_may_fail_alone() {
    let (mut w, romeo) = verona();
    let (tybalt, _) = w.proven_stranger("tybalt.example", US);
    w.play("capulet.example");
    w.shows(tybalt, &claim("capulet.example", US, "forged"));
    let capulet = w.called("capulet.example").unwrap();
    w.shows(capulet, &open("capulet.example", US, Some("c")));
    w.shows(capulet, "<stream:features/>");
    let id = w.sees(capulet, "verify").attr("id").unwrap().to_owned();
    w.shows(capulet, &verdict("capulet.example", US, &id, "invalid"));
    assert_eq!(error_condition(&w.sees(tybalt, "result")), "forbidden");
    w.shows(tybalt, &hello("tybalt@tybalt.example/x"));
    assert_eq!(w.bodies(romeo).len(), 1);
}

/// Makes us prove ourselves to a domain played by hand, and gives the key that we sent, the id of
/// the stream, and the stream.
fn our_key(w: &mut World, romeo: Actor, to: &str) -> (String, Role) {
    w.play(to);
    w.says(
        romeo,
        &format!("<message to='x@{to}' id='1'><body>x</body></message>"),
    );
    let role = w.called(to).unwrap();
    w.shows(role, &open(to, US, Some("their-stream")));
    w.shows(role, "<stream:features/>");
    (w.sees(role, "result").text(), role)
}

#[test]
fn our_own_keys_are_verified_for_whoever_asks_also_before_anything_is_proven() {
    let (mut w, romeo) = verona();
    let (key, ours) = our_key(&mut w, romeo, "capulet.example");
    let ask = |to: &str, from: &str, id: &str, key: &str| {
        format!("<db:verify from='{from}' to='{to}' id='{id}'>{key}</db:verify>")
    };
    let anybody = w.stranger_as("capulet.example", US);
    for (to, from, id, key, expected) in [
        (US, "capulet.example", "their-stream", key.as_str(), "valid"),
        (US, "capulet.example", "their-stream", "00ff", "invalid"),
        (
            US,
            "capulet.example",
            "another-stream",
            key.as_str(),
            "invalid",
        ),
        (US, "other.example", "their-stream", key.as_str(), "invalid"),
        (
            "x.example",
            "capulet.example",
            "their-stream",
            key.as_str(),
            "error",
        ),
    ] {
        // On their stream to us, on ours to them.
        for role in [anybody, ours] {
            w.shows(role, &ask(to, from, id, key));
            let answer = w.sees(role, "verify");
            assert_eq!(answer.attr("type"), Some(expected));
            assert_eq!(
                (answer.attr("from"), answer.attr("to")),
                (Some(to), Some(from))
            );
            assert_eq!(answer.attr("id"), Some(id));
        }
    }
    // Another process has another secret.
    let (again, role) = {
        w.kill(US);
        w.start(US);
        w.reconnect(romeo);
        w.run();
        our_key(&mut w, romeo, "capulet.example")
    };
    assert_ne!(again, key);
    w.shows(role, &ask(US, "capulet.example", "their-stream", &key));
    assert_eq!(w.sees(role, "verify").attr("type"), Some("invalid"));
}

#[test]
fn a_verification_is_answered_while_our_own_is_waiting() {
    let (mut w, romeo) = verona();
    let (key, ours) = our_key(&mut w, romeo, "capulet.example");
    // It claims its domain to us, and asks about ours on the very stream on which we are to answer.
    let theirs = w.stranger_as("capulet.example", US);
    w.shows(theirs, &claim("capulet.example", US, "their key"));
    w.shows(
        theirs,
        &format!("<db:verify from='capulet.example' to='{US}' id='their-stream'>{key}</db:verify>"),
    );
    assert_eq!(w.sees(theirs, "verify").attr("type"), Some("valid"));
    let id = w.sees(ours, "verify").attr("id").unwrap().to_owned();
    w.shows(
        ours,
        &format!("<db:result from='capulet.example' to='{US}' type='valid'/>{CANNOT_ACKNOWLEDGE}"),
    );
    w.shows(ours, &verdict("capulet.example", US, &id, "valid"));
    assert_eq!(w.sees(theirs, "result").attr("type"), Some("valid"));
    assert!(w.has_seen(ours, "message"));
}

#[test]
fn two_servers_that_dial_each_other_at_once_do_not_wait_for_each_other() {
    let mut w = World::new(7);
    w.server(US, &["romeo"]);
    w.server("capulet.example", &["juliet"]);
    w.latency = Duration::from_secs(2);
    w.dial_time = Duration::from_secs(5);
    let romeo = w.actor(crate::client::Habits::owner(ROMEO, "desk"));
    let juliet = w.actor(crate::client::Habits::owner(
        "juliet@capulet.example",
        "balcony",
    ));
    w.advance(Duration::from_secs(30));
    w.says(
        romeo,
        "<message to='juliet@capulet.example' id='1'><body>one</body></message>",
    );
    w.says(
        juliet,
        "<message to='romeo@montague.example' id='2'><body>two</body></message>",
    );
    w.advance(Duration::from_secs(40));
    w.utters(romeo, "<presence/>");
    w.utters(juliet, "<presence/>");
    w.advance(Duration::from_secs(10));
    assert_eq!(w.bodies(juliet), ["one"]);
    assert_eq!(w.bodies(romeo), ["two"]);
    assert_eq!(w.node(US).dialed.len(), 1);
    assert_eq!(w.node("capulet.example").dialed.len(), 1);
}

#[test]
fn a_claim_that_is_never_looked_into_is_answered_in_the_end() {
    let (mut w, _) = verona();
    let (tybalt, _) = w.proven_stranger("tybalt.example", US);
    w.play("silent.example");
    w.shows(tybalt, &claim("silent.example", US, "key"));
    w.advance(limits::PROOF_TIMEOUT + Duration::from_secs(1));
    assert_eq!(
        error_condition(&w.sees(tybalt, "result")),
        "remote-server-not-found"
    );
    let tries = w.node(US).dialed.len();
    w.advance(Duration::from_secs(3_600));
    assert_eq!(
        w.node(US).dialed.len(),
        tries,
        "and it is not dialed any more"
    );
}

#[test]
fn a_peer_that_restarted_is_believed_again_although_our_stream_to_the_old_process_looks_alive() {
    let (mut w, romeo) = verona();
    let (_, asked) = w.proven_stranger("capulet.example", US);
    w.strangers[asked.0].received.clear();
    let again = w.stranger_as("capulet.example", US);
    w.shows(again, &claim("capulet.example", US, "new"));
    // The old process does not answer; after a while we connect anew and ask the new one.
    w.advance(Duration::from_secs(60));
    let asked = w.called("capulet.example").expect("a new connection");
    w.shows(asked, &open("capulet.example", US, Some("new-id")));
    w.shows(asked, "<stream:features/>");
    let id = w.sees(asked, "verify").attr("id").unwrap().to_owned();
    w.shows(asked, &verdict("capulet.example", US, &id, "valid"));
    assert_eq!(w.sees(again, "result").attr("type"), Some("valid"));
    w.shows(again, &hello("juliet@capulet.example/x"));
    assert_eq!(w.bodies(romeo).len(), 1);
}

#[test]
fn the_key_does_not_depend_on_who_asks_for_it() {
    let secret = DialbackSecret::generate(&mut World::new(8).rng);
    let (a, b) = (
        Domain::parse("a.example").unwrap(),
        Domain::parse("b.example").unwrap(),
    );
    let key = secret.key(&a, &b, "id");
    assert_eq!(key, secret.key(&a, &b, "id"));
    assert_ne!(key, secret.key(&b, &a, "id"));
    assert_ne!(key, secret.key(&a, &b, "id "));
}
