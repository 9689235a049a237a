//! Clients log in, or are refused.

use jid::BareJid;
use onym_server_protocol::{DeviceChange, Input, Origin};
use onym_stream::scram::Hash;
use onym_stream::{Condition, Element, ns, sasl};

use crate::client::{Actor, Habits, Login};
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";

fn verona() -> World {
    let mut w = World::new(1);
    w.server("montague.example", &["romeo"]);
    w.add_device(ROMEO, "phone", "the long password");
    w
}

fn scram(w: &mut World, hash: Hash, user: &str, password: &str) -> Actor {
    w.actor(Habits {
        account: BareJid::new(ROMEO).unwrap(),
        login: Login::Scram(hash, user.to_owned(), password.to_owned()),
        resource: Some("phone".to_owned()),
        manages: false,
        acknowledges: true,
        resumes: false,
        copies: false,
    })
}

fn failure(w: &World, actor: Actor) -> Option<&Element> {
    let others = &w.client(actor).others;
    others.iter().rev().find(|e| e.is("failure", ns::SASL))
}

#[test]
fn romeo_logs_in_through_his_own_pipe() {
    let mut w = verona();
    let romeo = w.owner(ROMEO, "desk");
    assert_eq!(
        w.client(romeo).full_jid.as_deref(),
        Some("romeo@montague.example/desk")
    );
}

#[test]
fn romeo_logs_in_with_his_password_under_both_hash_functions() {
    for hash in [Hash::Sha256, Hash::Sha1] {
        let mut w = verona();
        let romeo = scram(&mut w, hash, "romeo", "the long password");
        assert!(w.client(romeo).ready, "{hash:?}");
    }
}

#[test]
fn a_wrong_password_is_refused_and_an_unknown_user_looks_the_same() {
    let mut w = verona();
    let mut traces = Vec::new();
    for user in ["romeo", "nobody"] {
        let actor = scram(&mut w, Hash::Sha256, user, "a wrong password");
        assert!(!w.client(actor).ready);
        let kinds = |e: &Element| {
            let inner = e.children().next().map(|c| c.name().to_owned());
            let challenge = sasl::decode_payload(e).unwrap_or_default();
            (e.name().to_owned(), inner, challenge.map(|c| c.len()))
        };
        let trace: Vec<_> = w.client(actor).others.iter().map(kinds).collect();
        traces.push(trace);
        let failure = failure(&w, actor).unwrap();
        assert!(failure.has_child("not-authorized", ns::SASL));
    }
    assert_eq!(traces[0], traces[1]);
}

#[test]
fn the_salt_of_a_user_who_does_not_exist_stays_the_same() {
    let mut w = verona();
    let salt = |w: &World, actor: Actor| {
        let challenge = w
            .client(actor)
            .others
            .iter()
            .find(|e| e.name() == "challenge");
        let challenge = sasl::decode_payload(challenge.unwrap()).unwrap().unwrap();
        let challenge = String::from_utf8(challenge).unwrap();
        challenge
            .split(',')
            .find(|part| part.starts_with("s="))
            .unwrap()
            .to_owned()
    };
    let first = scram(&mut w, Hash::Sha256, "nobody", "x");
    let second = scram(&mut w, Hash::Sha256, "nobody", "x");
    assert_eq!(salt(&w, first), salt(&w, second));
}

fn by_hand(w: &mut World, origin: Origin) -> Actor {
    w.actor(Habits {
        account: BareJid::new(ROMEO).unwrap(),
        login: Login::ByHand(origin),
        resource: None,
        manages: false,
        acknowledges: false,
        resumes: false,
        copies: false,
    })
}

#[test]
fn after_three_failures_the_stream_is_closed() {
    let mut w = verona();
    let romeo = by_hand(&mut w, Origin::Loopback);
    for n in 1..=3 {
        assert!(w.client(romeo).plug.is_some(), "before failure {n}");
        w.says(
            romeo,
            &format!(
                "<auth xmlns='{}' mechanism='SCRAM-SHA-256'>biws</auth>",
                ns::SASL
            ),
        );
    }
    assert_eq!(
        w.client(romeo).stream_error,
        Some(Condition::PolicyViolation)
    );
    assert_eq!(w.client(romeo).plug, None);
}

#[test]
fn mechanisms_fit_the_origin() {
    let mut w = verona();
    let account = BareJid::new(ROMEO).unwrap();
    for (origin, offered, refused) in [
        (Origin::OwnerPipe { account }, "EXTERNAL", "SCRAM-SHA-256"),
        (Origin::Loopback, "SCRAM-SHA-256 SCRAM-SHA-1", "EXTERNAL"),
        (Origin::OnionClient, "SCRAM-SHA-256 SCRAM-SHA-1", "PLAIN"),
    ] {
        let romeo = by_hand(&mut w, origin);
        let mechanisms = w.client(romeo).others[0]
            .get_child("mechanisms", ns::SASL)
            .unwrap();
        let names: Vec<_> = mechanisms.children().map(Element::text).collect();
        assert_eq!(names.join(" "), offered);
        w.says(
            romeo,
            &format!(
                "<auth xmlns='{}' mechanism='{refused}'>biwsbj1h</auth>",
                ns::SASL
            ),
        );
        assert!(
            failure(&w, romeo)
                .unwrap()
                .has_child("invalid-mechanism", ns::SASL)
        );
    }
}

#[test]
fn the_pipe_speaks_for_its_own_account_only() {
    let mut w = World::new(2);
    w.server("montague.example", &["romeo", "mercutio"]);
    let account = BareJid::new(ROMEO).unwrap();
    let romeo = by_hand(&mut w, Origin::OwnerPipe { account });
    let wanted = BareJid::new("mercutio@montague.example").unwrap();
    let auth = sasl::auth("EXTERNAL", Some(&sasl::external_message(Some(&wanted))));
    w.says(romeo, &String::from(&auth));
    assert!(
        failure(&w, romeo)
            .unwrap()
            .has_child("invalid-authzid", ns::SASL)
    );
}

fn revoke(w: &mut World, name: &str) {
    let change = DeviceChange::Revoke {
        name: name.to_owned(),
    };
    let account = BareJid::new(ROMEO).unwrap();
    w.tell("montague.example", Input::ChangeDevices { account, change });
    w.run();
}

#[test]
fn a_revoked_device_is_thrown_out_and_stays_out_after_a_restart() {
    let mut w = verona();
    w.add_device(ROMEO, "tablet", "another password");
    let phone = scram(&mut w, Hash::Sha256, "romeo", "the long password");
    revoke(&mut w, "phone");
    assert_eq!(w.client(phone).stream_error, Some(Condition::NotAuthorized));
    assert_eq!(w.client(phone).plug, None);
    w.kill("montague.example");
    w.start("montague.example");
    w.reconnect(phone);
    w.run();
    assert!(!w.client(phone).ready);
    let tablet = scram(&mut w, Hash::Sha1, "romeo", "another password");
    assert!(w.client(tablet).ready);
}

#[test]
fn a_login_that_began_before_the_device_was_revoked_does_not_succeed() {
    let mut w = verona();
    w.latency = std::time::Duration::from_secs(1);
    let phone = scram(&mut w, Hash::Sha256, "romeo", "the long password");
    while !w
        .client(phone)
        .others
        .iter()
        .any(|e| e.name() == "challenge")
    {
        w.advance(std::time::Duration::from_secs(1));
    }
    revoke(&mut w, "phone");
    w.advance(std::time::Duration::from_secs(10));
    assert!(!w.client(phone).ready);
    assert!(failure(&w, phone).is_some());
}

#[test]
fn of_two_streams_with_one_resource_the_newer_stays() {
    let mut w = verona();
    let first = w.owner(ROMEO, "desk");
    let second = w.owner(ROMEO, "desk");
    assert_eq!(w.client(first).stream_error, Some(Condition::Conflict));
    assert_eq!(w.client(first).plug, None);
    w.says(second, "<presence/>");
    w.says(
        second,
        &format!("<message to='{ROMEO}' id='1'><body>to myself</body></message>"),
    );
    assert_eq!(w.bodies(second), ["to myself"]);
}

#[test]
fn the_server_chooses_a_resource_for_whoever_asks_for_none() {
    let mut w = verona();
    let mut names = Vec::new();
    for resource in [None, Some("\u{7}".to_owned())] {
        let actor = w.actor(Habits {
            account: BareJid::new(ROMEO).unwrap(),
            login: Login::External,
            resource: resource.filter(|r| r != "\u{7}"),
            manages: true,
            acknowledges: true,
            resumes: false,
            copies: false,
        });
        names.push(w.client(actor).full_jid.clone().unwrap());
    }
    assert_ne!(names[0], names[1]);
    assert!(names[0].len() > ROMEO.len() + 16, "{names:?}");
}

#[test]
fn nothing_but_logging_in_is_allowed_before_and_nothing_but_binding_after() {
    let mut w = verona();
    let romeo = by_hand(&mut w, Origin::Loopback);
    w.says(romeo, "<message to='x@y.example'><body>x</body></message>");
    assert_eq!(w.client(romeo).stream_error, Some(Condition::NotAuthorized));

    let account = BareJid::new(ROMEO).unwrap();
    let romeo = by_hand(&mut w, Origin::OwnerPipe { account });
    w.says(
        romeo,
        &format!("<auth xmlns='{}' mechanism='EXTERNAL'>=</auth>", ns::SASL),
    );
    let open = "<stream:stream xmlns='jabber:client' to='montague.example' version='1.0' \
                xmlns:stream='http://etherx.jabber.org/streams'>";
    w.says(romeo, open);
    // Too early for stream management: no harm done.
    w.says(romeo, "<resume xmlns='urn:xmpp:sm:3' previd='x' h='3'/>");
    let failed = w.client(romeo).others.last().unwrap().clone();
    assert_eq!((failed.name(), failed.attr("h")), ("failed", Some("0")));
    w.says(romeo, "<enable xmlns='urn:xmpp:sm:3'/>");
    assert_eq!(w.client(romeo).others.last().unwrap().name(), "failed");
    assert!(w.client(romeo).plug.is_some());
    w.says(romeo, "<message to='x@y.example'><body>x</body></message>");
    assert_eq!(w.client(romeo).stream_error, Some(Condition::NotAuthorized));
}

#[test]
fn whoever_does_not_log_in_in_time_goes() {
    let mut w = verona();
    let silent = by_hand(&mut w, Origin::OnionClient);
    w.advance(std::time::Duration::from_secs(59));
    assert!(w.client(silent).plug.is_some());
    w.advance(std::time::Duration::from_secs(2));
    assert_eq!(
        w.client(silent).stream_error,
        Some(Condition::ConnectionTimeout)
    );
}

#[test]
fn silent_connections_through_the_onion_service_lock_nobody_out() {
    let mut w = verona();
    let first = by_hand(&mut w, Origin::OnionClient);
    for _ in 0..40 {
        by_hand(&mut w, Origin::OnionClient);
    }
    assert_eq!(
        w.client(first).stream_error,
        Some(Condition::ResourceConstraint)
    );
    let here = scram(&mut w, Hash::Sha256, "romeo", "the long password");
    assert!(w.client(here).ready);
}

#[test]
fn a_stream_for_another_host_is_refused() {
    let mut w = verona();
    let actor = w.actor(Habits {
        account: BareJid::new("romeo@montague.example").unwrap(),
        login: Login::ByHand(Origin::Loopback),
        resource: None,
        manages: false,
        acknowledges: false,
        resumes: false,
        copies: false,
    });
    w.leaves(actor);
    let account = BareJid::new(ROMEO).unwrap();
    let actor = by_hand(&mut w, Origin::OwnerPipe { account });
    w.says(
        actor,
        &format!("<auth xmlns='{}' mechanism='EXTERNAL'>=</auth>", ns::SASL),
    );
    w.says(
        actor,
        "<stream:stream xmlns='jabber:client' to='capulet.example' version='1.0' \
         xmlns:stream='http://etherx.jabber.org/streams'>",
    );
    assert_eq!(w.client(actor).stream_error, Some(Condition::HostUnknown));
}

#[test]
fn hostile_input_ends_the_stream_with_the_right_error() {
    let deep = "<a>".repeat(10_000);
    let (xml, bad) = ("<message><body>x</body", "<message>\u{1}</message>");
    let long = format!("<message id='{}'/>", "x".repeat(300_000));
    for (input, condition) in [
        (deep.as_str(), Condition::PolicyViolation),
        (long.as_str(), Condition::PolicyViolation),
        (bad, Condition::NotWellFormed),
        ("<message></iq>", Condition::NotWellFormed),
        ("<!-- comment -->", Condition::RestrictedXml),
        ("<?pi x?>", Condition::RestrictedXml),
        (
            "<message xmlns='jabber:server'/>",
            Condition::InvalidNamespace,
        ),
        ("<unknown xmlns='urn:x'/>", Condition::UnsupportedStanzaType),
        ("words between stanzas<presence/>", Condition::BadFormat),
        (
            "<message from='juliet@capulet.example/x'/>",
            Condition::InvalidFrom,
        ),
        ("<a xmlns='urn:xmpp:sm:3' h='-1'/>", Condition::BadFormat),
        (
            "<a xmlns='urn:xmpp:sm:3' h='7'/>",
            Condition::UndefinedCondition,
        ),
        ("<b xmlns='urn:xmpp:sm:3'/>", Condition::BadFormat),
    ] {
        let mut w = verona();
        let romeo = w.owner(ROMEO, "desk");
        w.says(romeo, xml);
        w.reconnect(romeo);
        w.run();
        w.utters(
            romeo,
            &format!("<message to='{ROMEO}' id='before'><body>said before</body></message>"),
        );
        w.says(romeo, input);
        let shown = &input[..input.len().min(60)];
        assert_eq!(w.client(romeo).stream_error, Some(condition), "{shown}");
        assert_eq!(w.client(romeo).plug, None, "{shown}");
        // What was said before in the same breath is kept, and was acknowledged.
        let heir = w.owner(ROMEO, "heir");
        w.says(heir, "<presence/>");
        assert_eq!(w.bodies(heir), ["said before"], "{shown}");
    }
}
