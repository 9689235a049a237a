//! XEP-0379: requests with the token of an invite.

use std::time::Duration;

use onym_identity::Timestamp;
use onym_identity::invite::InviteToken;
use onym_server_protocol::limits;
use onym_stream::{Element, ns};

use crate::client::Actor;
use crate::program::{options, publication};
use crate::subscriptions::verona;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";
const TOKEN: &str = "1tmfqydddkhfe2p7";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn id_of(token: &str) -> String {
    InviteToken::new(token).unwrap().id().to_string()
}

/// Romeo makes an invite as his client does.
fn makes(w: &mut World, romeo: Actor, token: &str, expires: Timestamp) {
    let made = w.now;
    let payload = format!(
        "<invite xmlns='{}' made='{made}' expires='{expires}'/>",
        ns::INVITES
    );
    let private = options(&[
        ("pubsub#access_model", "whitelist"),
        ("pubsub#persist_items", "true"),
        ("pubsub#max_items", "max"),
    ]);
    let publication = publication(ns::INVITES, &id_of(token), &payload, &private);
    w.gets(romeo, "set", None, &publication);
}

fn kept(w: &mut World, romeo: Actor, token: &str) -> Element {
    let id = id_of(token);
    let question = format!(
        "<pubsub xmlns='{}'><items node='{}'><item id='{id}'/></items></pubsub>",
        ns::PUBSUB,
        ns::INVITES
    );
    let answer = w.gets(romeo, "get", None, &question);
    let items = answer
        .get_child("pubsub", ns::PUBSUB)
        .and_then(|pubsub| pubsub.get_child("items", ns::PUBSUB))
        .unwrap();
    let item = items.children().next().unwrap();
    item.children().next().unwrap().clone()
}

fn asks_with(w: &mut World, actor: Actor, to: &str, token: &str) {
    w.says(
        actor,
        &format!(
            "<presence type='subscribe' to='{to}'><preauth xmlns='{}' token='{token}'/></presence>",
            ns::PREAUTH
        ),
    );
}

/// Who is in somebody's roster, and how.
fn roster(w: &mut World, actor: Actor) -> Vec<(String, String, Option<String>)> {
    let question = format!("<query xmlns='{}'/>", ns::ROSTER);
    let answer = w.gets(actor, "get", None, &question);
    let query = answer.get_child("query", ns::ROSTER).unwrap();
    let items = query.children().map(|item| {
        let attribute = |name: &str| item.attr(name).map(str::to_owned);
        let jid = attribute("jid").unwrap();
        (jid, attribute("subscription").unwrap(), attribute("ask"))
    });
    items.collect()
}

fn both(jid: &str) -> Vec<(String, String, Option<String>)> {
    vec![(jid.to_owned(), "both".to_owned(), None)]
}

/// The types of all subscription stanzas that have come.
fn subscriptions(w: &mut World, actor: Actor) -> Vec<String> {
    let heard = w.hears_all(actor, "presence");
    let kinds = heard.iter().filter_map(|presence| presence.attr("type"));
    let about = kinds.filter(|kind| *kind != "unavailable");
    about.map(str::to_owned).collect()
}

#[test]
fn a_token_lets_in_without_a_question_while_no_client_is_there() {
    let (mut w, romeo, juliet) = verona();
    let expires = w.now + DAY;
    makes(&mut w, romeo, TOKEN, expires);
    w.leaves(romeo);
    w.kill("montague.example");
    w.start("montague.example");
    // As XEP-0379, section 3.3 has it: she approves his request before it comes.
    w.says(
        juliet,
        &format!("<presence type='subscribed' to='{ROMEO}'/>"),
    );
    asks_with(&mut w, juliet, ROMEO, TOKEN);
    w.advance(Duration::from_secs(60));
    assert_eq!(subscriptions(&mut w, juliet), ["subscribed"]);
    assert_eq!(roster(&mut w, juliet), both(ROMEO));

    let romeo = w.present_owner(ROMEO, "desk");
    assert!(
        subscriptions(&mut w, romeo).is_empty(),
        "nobody is asked anything"
    );
    assert_eq!(roster(&mut w, romeo), both(JULIET));
    let invite = kept(&mut w, romeo, TOKEN);
    assert_eq!(invite.attr("used-by"), Some(JULIET));
    let used: Timestamp = invite.attr("used").unwrap().parse().unwrap();
    assert!(used < w.now);
    // Presence flows, too.
    let presences = w.hears_all(juliet, "presence");
    let from = presences.iter().filter_map(|it| it.attr("from"));
    assert!(from.clone().any(|from| from == format!("{ROMEO}/desk")));
}

#[test]
fn somebody_with_an_ordinary_client_is_asked_in_return() {
    let (mut w, romeo, juliet) = verona();
    let expires = w.now + DAY;
    makes(&mut w, romeo, TOKEN, expires);
    w.forget(romeo);
    asks_with(&mut w, juliet, ROMEO, TOKEN);
    w.advance(Duration::from_secs(60));
    assert_eq!(subscriptions(&mut w, juliet), ["subscribed", "subscribe"]);
    let waits = |ask: &str| Some(ask.to_owned());
    let romeos = roster(&mut w, romeo);
    assert_eq!(
        romeos,
        [(JULIET.to_owned(), "from".to_owned(), waits("subscribe"))]
    );
    w.says(
        juliet,
        &format!("<presence type='subscribed' to='{ROMEO}'/>"),
    );
    w.advance(Duration::from_secs(60));
    assert_eq!(roster(&mut w, romeo), both(JULIET));
    // The clients of the owner see the contact come, and no request.
    assert!(!subscriptions(&mut w, romeo).contains(&"subscribe".to_owned()));
}

#[test]
fn a_token_that_is_no_good_makes_an_ordinary_request() {
    let (mut w, romeo, juliet) = verona();
    let expires = w.now + DAY;
    makes(&mut w, romeo, TOKEN, expires);
    let oversize = "a".repeat(InviteToken::MAX_CHARS + 1);
    for token in ["1tmfqydddkhfe2p8", "", "a b", &oversize, &id_of(TOKEN)] {
        asks_with(&mut w, juliet, ROMEO, token);
        w.advance(Duration::from_secs(60));
        assert_eq!(subscriptions(&mut w, romeo), ["subscribe"], "{token}");
        // She cannot tell that it was wrong.
        assert!(subscriptions(&mut w, juliet).is_empty(), "{token}");
        w.says(
            romeo,
            &format!("<presence type='unsubscribed' to='{JULIET}'/>"),
        );
        w.advance(Duration::from_secs(60));
        assert_eq!(subscriptions(&mut w, juliet), ["unsubscribed"], "{token}");
    }
    assert_eq!(kept(&mut w, romeo, TOKEN).attr("used"), None);
    // What waits for an answer is granted by a token that comes later.
    asks_with(&mut w, juliet, ROMEO, "1tmfqydddkhfe2p8");
    w.advance(Duration::from_secs(60));
    assert_eq!(subscriptions(&mut w, romeo), ["subscribe"]);
    asks_with(&mut w, juliet, ROMEO, TOKEN);
    w.advance(Duration::from_secs(60));
    assert_eq!(subscriptions(&mut w, juliet), ["subscribed", "subscribe"]);
}

#[test]
fn a_token_is_good_once_and_for_a_time() {
    let (mut w, romeo, juliet) = verona();
    w.server("laurence.example", &["paris"]);
    let paris = w.present_owner("paris@laurence.example", "crypt");
    let expires = w.now + DAY;
    makes(&mut w, romeo, TOKEN, expires);
    makes(&mut w, romeo, "second", expires);
    asks_with(&mut w, juliet, ROMEO, TOKEN);
    asks_with(&mut w, paris, ROMEO, TOKEN);
    w.advance(Duration::from_secs(60));
    assert_eq!(kept(&mut w, romeo, TOKEN).attr("used-by"), Some(JULIET));
    assert!(subscriptions(&mut w, paris).is_empty());
    assert_eq!(subscriptions(&mut w, romeo), ["subscribe"]);
    // Who is let in already uses none up.
    asks_with(&mut w, juliet, ROMEO, "second");
    w.advance(Duration::from_secs(60));
    assert_eq!(kept(&mut w, romeo, "second").attr("used"), None);
    w.advance(DAY);
    asks_with(&mut w, paris, ROMEO, "second");
    w.advance(Duration::from_secs(60));
    assert!(subscriptions(&mut w, paris).is_empty(), "it has expired");
    assert_eq!(kept(&mut w, romeo, "second").attr("used"), None);
}

#[test]
fn what_a_client_keeps_wrongly_lets_nobody_in() {
    let (mut w, romeo, juliet) = verona();
    let invites = ns::INVITES;
    for payload in [
        format!("<invite xmlns='{invites}'/>"),
        format!("<invite xmlns='{invites}' expires='never'/>"),
        "<invite xmlns='x' expires='2999-01-01T00:00:00Z'/>".to_owned(),
        format!("<invite xmlns='{invites}' used='' expires='2999-01-01T00:00:00Z'/>"),
    ] {
        w.publishes(romeo, ns::INVITES, &id_of(TOKEN), &payload);
        asks_with(&mut w, juliet, ROMEO, TOKEN);
        w.advance(Duration::from_secs(60));
        assert!(subscriptions(&mut w, juliet).is_empty(), "{payload}");
    }
}

#[test]
fn an_invite_lets_in_where_strangers_would_wait_and_nobody_who_is_blocked() {
    let (mut w, romeo, juliet) = verona();
    let expires = w.now + DAY;
    makes(&mut w, romeo, TOKEN, expires);
    let block = format!(
        "<block xmlns='{}'><item jid='{JULIET}'/></block>",
        ns::BLOCKING
    );
    w.gets(romeo, "set", None, &block);
    asks_with(&mut w, juliet, ROMEO, TOKEN);
    w.advance(Duration::from_secs(60));
    assert!(subscriptions(&mut w, juliet).is_empty());
    assert_eq!(kept(&mut w, romeo, TOKEN).attr("used"), None);
    w.gets(
        romeo,
        "set",
        None,
        &block
            .replace("block xm", "unblock xm")
            .replace("/block", "/unblock"),
    );
    // Her domain has as many requests waiting as it may.
    let others: Vec<String> = (0..limits::MAX_WAITING_REQUESTS_PER_DOMAIN)
        .map(|n| format!("nurse{n}"))
        .collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    w.server("verona.example", &[&others[..], &["juliet"]].concat());
    for nurse in &others {
        let nurse = w.present_owner(&format!("{nurse}@verona.example"), "x");
        asks_with(&mut w, nurse, ROMEO, "none");
    }
    let juliet = w.present_owner("juliet@verona.example", "x");
    asks_with(&mut w, juliet, ROMEO, TOKEN);
    w.advance(Duration::from_secs(60));
    assert_eq!(subscriptions(&mut w, juliet), ["subscribed", "subscribe"]);
}

#[test]
fn nobody_else_learns_of_invites() {
    let (mut w, romeo, juliet) = verona();
    let expires = w.now + DAY;
    makes(&mut w, romeo, TOKEN, expires);
    w.befriend(romeo, juliet);
    let question = format!(
        "<pubsub xmlns='{}'><items node='{}'/></pubsub>",
        ns::PUBSUB,
        ns::INVITES
    );
    let answer = w.asks(juliet, "get", Some(ROMEO), &question);
    assert_eq!(answer.attr("type"), Some("error"));
}
