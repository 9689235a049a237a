//! Subscriptions and presence between two servers.

use std::time::Duration;

use onym_server_protocol::limits;
use onym_stream::ns;

use crate::client::Actor;
use crate::world::World;

const ROMEO: &str = "romeo@montague.example";
const JULIET: &str = "juliet@capulet.example";

pub(crate) fn verona() -> (World, Actor, Actor) {
    let mut w = World::new(4);
    w.server("montague.example", &["romeo"]);
    w.server("capulet.example", &["juliet"]);
    let romeo = w.present_owner(ROMEO, "desk");
    let juliet = w.present_owner(JULIET, "balcony");
    (w, romeo, juliet)
}

fn subscription(w: &mut World, actor: Actor) -> Vec<(String, Option<String>)> {
    w.forget(actor);
    w.says(
        actor,
        &format!("<iq type='get' id='r'><query xmlns='{}'/></iq>", ns::ROSTER),
    );
    let answer = w.hears(actor, "iq");
    let query = answer.get_child("query", ns::ROSTER).unwrap();
    query
        .children()
        .map(|item| {
            let ask = item.attr("ask").map(str::to_owned);
            (item.attr("subscription").unwrap().to_owned(), ask)
        })
        .collect()
}

fn presence(w: &mut World, actor: Actor) -> (String, Option<String>) {
    let presence = w.hears(actor, "presence");
    let kind = presence.attr("type").map(str::to_owned);
    (presence.attr("from").unwrap().to_owned(), kind)
}

fn kind(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn romeo_and_juliet_subscribe_to_each_other() {
    let (mut w, romeo, juliet) = verona();
    w.says(
        romeo,
        &format!("<presence type='subscribe' to='{JULIET}'><status>It is I</status></presence>"),
    );
    let request = w.hears(juliet, "presence");
    assert_eq!(request.attr("type"), Some("subscribe"));
    assert_eq!(request.attr("from"), Some(ROMEO), "from the bare JID");
    assert_eq!(
        request.get_child("status", ns::CLIENT).unwrap().text(),
        "It is I"
    );
    assert_eq!(
        subscription(&mut w, romeo),
        [("none".to_owned(), kind("subscribe"))]
    );
    assert!(
        subscription(&mut w, juliet).is_empty(),
        "a mere request is not in the roster"
    );

    w.says(
        juliet,
        &format!("<presence type='subscribed' to='{ROMEO}'/>"),
    );
    assert_eq!(
        presence(&mut w, romeo),
        (JULIET.to_owned(), kind("subscribed"))
    );
    assert_eq!(presence(&mut w, romeo), (format!("{JULIET}/balcony"), None));
    assert_eq!(subscription(&mut w, romeo), [("to".to_owned(), None)]);
    assert_eq!(subscription(&mut w, juliet), [("from".to_owned(), None)]);

    w.says(
        juliet,
        &format!("<presence type='subscribe' to='{ROMEO}'/>"),
    );
    assert_eq!(
        presence(&mut w, romeo),
        (JULIET.to_owned(), kind("subscribe"))
    );
    w.says(
        romeo,
        &format!("<presence type='subscribed' to='{JULIET}'/>"),
    );
    assert_eq!(
        presence(&mut w, juliet),
        (ROMEO.to_owned(), kind("subscribed"))
    );
    assert_eq!(presence(&mut w, juliet), (format!("{ROMEO}/desk"), None));
    assert_eq!(subscription(&mut w, romeo), [("both".to_owned(), None)]);
    assert_eq!(subscription(&mut w, juliet), [("both".to_owned(), None)]);
}

#[test]
fn a_request_waits_for_an_owner_who_is_away_also_over_a_restart() {
    let mut w = World::new(5);
    w.server("montague.example", &["romeo"]);
    w.server("capulet.example", &["juliet"]);
    let romeo = w.present_owner(ROMEO, "desk");
    let large = "x".repeat(100_000);
    w.says(
        romeo,
        &format!("<presence type='subscribe' to='{JULIET}'><status>{large}</status></presence>"),
    );
    w.kill("capulet.example");
    w.start("capulet.example");
    for _ in 0..2 {
        let juliet = w.owner(JULIET, "balcony");
        w.says(juliet, "<presence/>");
        assert_eq!(
            presence(&mut w, juliet),
            (format!("{JULIET}/balcony"), None)
        );
        let request = w.hears(juliet, "presence");
        assert_eq!(request.attr("type"), Some("subscribe"));
        assert_eq!(
            request.children().count(),
            0,
            "only a short request is kept whole"
        );
        w.leaves(juliet);
    }
    let juliet = w.present_owner(JULIET, "balcony");
    w.says(
        juliet,
        &format!("<presence type='unsubscribed' to='{ROMEO}'/>"),
    );
    assert_eq!(
        presence(&mut w, romeo),
        (JULIET.to_owned(), kind("unsubscribed"))
    );
    assert_eq!(subscription(&mut w, romeo), [("none".to_owned(), None)]);
    w.leaves(juliet);
    let juliet = w.owner(JULIET, "balcony");
    w.says(juliet, "<presence/>");
    assert_eq!(w.hears_all(juliet, "presence").len(), 1, "only her own");
}

#[test]
fn presence_is_seen_both_ways_and_goes_when_a_client_goes() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.says(romeo, "<presence><show>away</show></presence>");
    let seen = w.hears(juliet, "presence");
    assert_eq!(seen.get_child("show", ns::CLIENT).unwrap().text(), "away");
    w.says(
        romeo,
        "<presence type='unavailable'><status>bye</status></presence>",
    );
    assert_eq!(
        presence(&mut w, juliet),
        (format!("{ROMEO}/desk"), kind("unavailable"))
    );
    w.says(romeo, "<presence/>");
    assert_eq!(presence(&mut w, juliet), (format!("{ROMEO}/desk"), None));
    // He comes back and hears at once that she is here, by his server's probe.
    w.loses_connection(romeo);
    assert_eq!(
        presence(&mut w, juliet),
        (format!("{ROMEO}/desk"), kind("unavailable"))
    );
    w.forget(romeo);
    w.reconnect(romeo);
    w.run();
    w.says(romeo, "<presence/>");
    assert_eq!(presence(&mut w, romeo), (format!("{ROMEO}/desk"), None));
    assert_eq!(presence(&mut w, romeo), (format!("{JULIET}/balcony"), None));
    assert_eq!(presence(&mut w, juliet), (format!("{ROMEO}/desk"), None));
}

#[test]
fn a_peer_that_loses_its_power_is_not_shown_as_present_for_long() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.vanish("capulet.example");
    w.advance(Duration::from_secs(55));
    assert!(w.hears_all(romeo, "presence").is_empty());
    w.advance(Duration::from_secs(60));
    assert_eq!(
        presence(&mut w, romeo),
        (format!("{JULIET}/balcony"), kind("unavailable"))
    );
    assert!(w.hears_all(romeo, "presence").is_empty());
}

#[test]
fn both_are_seen_again_once_a_peer_is_back() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    for silent in [false, true] {
        if silent {
            w.vanish("capulet.example");
        } else {
            w.kill("capulet.example");
        }
        w.advance(Duration::from_secs(30));
        w.start("capulet.example");
        w.reconnect(juliet);
        w.run();
        w.says(juliet, "<presence/>");
        w.advance(Duration::from_secs(180));
        let last = w.hears_all(romeo, "presence").pop().unwrap();
        assert_eq!(last.attr("type"), None, "silent: {silent}");
        let seen = w.hears_all(juliet, "presence");
        let romeo_jid = format!("{ROMEO}/desk");
        let last = seen
            .iter()
            .rfind(|p| p.attr("from") == Some(romeo_jid.as_str()));
        assert_eq!(last.unwrap().attr("type"), None, "silent: {silent}");
        w.advance(Duration::from_secs(3_600));
        assert!(
            w.hears_all(romeo, "presence").is_empty(),
            "nothing flickers"
        );
    }
}

#[test]
fn a_client_that_dies_silently_is_noticed() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.clients[juliet.0].habits.acknowledges = false;
    w.advance(Duration::from_secs(299));
    assert!(w.hears_all(romeo, "presence").is_empty());
    w.advance(Duration::from_secs(70));
    assert_eq!(
        presence(&mut w, romeo),
        (format!("{JULIET}/balcony"), kind("unavailable"))
    );
    assert!(w.client(juliet).stream_error.is_some());
    // Romeo's client answers and stays.
    assert!(w.client(romeo).plug.is_some());
}

#[test]
fn removing_a_contact_ends_everything_on_both_sides() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    let remove = format!(
        "<query xmlns='{}'><item jid='{JULIET}' subscription='remove'/></query>",
        ns::ROSTER
    );
    w.says(romeo, &format!("<iq type='set' id='x'>{remove}</iq>"));
    let kinds: Vec<_> = w
        .hears_all(juliet, "presence")
        .iter()
        .map(|p| p.attr("type").map(str::to_owned))
        .collect();
    assert_eq!(
        kinds,
        [
            kind("unsubscribe"),
            kind("unavailable"),
            kind("unsubscribed")
        ]
    );
    assert!(subscription(&mut w, romeo).is_empty());
    assert_eq!(subscription(&mut w, juliet), [("none".to_owned(), None)]);
    w.forget(romeo);
    w.says(juliet, "<presence/>");
    assert!(w.hears_all(romeo, "presence").is_empty());
}

#[test]
fn whoever_ends_a_subscription_is_not_shown_any_more() {
    let (mut w, romeo, juliet) = verona();
    w.befriend(romeo, juliet);
    w.says(
        juliet,
        &format!("<presence type='unsubscribed' to='{ROMEO}'/>"),
    );
    assert_eq!(
        presence(&mut w, romeo),
        (format!("{JULIET}/balcony"), kind("unavailable"))
    );
    assert_eq!(
        presence(&mut w, romeo),
        (JULIET.to_owned(), kind("unsubscribed"))
    );
    w.says(juliet, "<presence><show>dnd</show></presence>");
    assert!(w.hears_all(romeo, "presence").is_empty());
}

#[test]
fn a_contact_whose_server_only_ends_the_subscription_is_not_shown_either() {
    let (mut w, romeo, _) = verona();
    let (tybalt, _) = w.proven_stranger("tybalt.example", "montague.example");
    let from_tybalt = |kind: &str| format!("<presence from='t@tybalt.example{kind} to='{ROMEO}'/>");
    w.says(romeo, "<presence type='subscribe' to='t@tybalt.example'/>");
    w.shows(tybalt, &from_tybalt("' type='subscribed'"));
    w.shows(tybalt, &from_tybalt("/x'"));
    w.forget(romeo);
    w.shows(tybalt, &from_tybalt("' type='unsubscribed'"));
    assert_eq!(
        presence(&mut w, romeo),
        ("t@tybalt.example/x".to_owned(), kind("unavailable"))
    );
    assert_eq!(
        presence(&mut w, romeo),
        ("t@tybalt.example".to_owned(), kind("unsubscribed"))
    );
}

#[test]
fn a_contact_has_only_so_many_devices() {
    let (mut w, romeo, _) = verona();
    let (tybalt, _) = w.proven_stranger("tybalt.example", "montague.example");
    w.says(romeo, "<presence type='subscribe' to='t@tybalt.example'/>");
    w.shows(
        tybalt,
        &format!("<presence from='t@tybalt.example' to='{ROMEO}' type='subscribed'/>"),
    );
    w.forget(romeo);
    for n in 0..200 {
        w.shows(
            tybalt,
            &format!("<presence from='t@tybalt.example/{n}' to='{ROMEO}'/>"),
        );
    }
    let shown = w.hears_all(romeo, "presence").len();
    assert_eq!(shown, limits::MAX_PRESENT_RESOURCES_PER_CONTACT);
    // All that were shown are taken back when the connection is lost.
    w.strangers
        .iter_mut()
        .for_each(|stranger| stranger.received.clear());
    for plug in w
        .strangers
        .iter()
        .filter_map(|s| s.plug)
        .collect::<Vec<_>>()
    {
        w.hang_up(plug);
    }
    w.run();
    let gone = w.hears_all(romeo, "presence");
    assert_eq!(gone.len(), shown);
    assert!(gone.iter().all(|p| p.attr("type") == Some("unavailable")));
}

#[test]
fn approval_in_advance_answers_a_request_by_itself() {
    let (mut w, romeo, juliet) = verona();
    w.says(
        juliet,
        &format!("<presence type='subscribed' to='{ROMEO}'/>"),
    );
    w.forget(juliet);
    w.says(
        romeo,
        &format!("<presence type='subscribe' to='{JULIET}'/>"),
    );
    assert_eq!(
        presence(&mut w, romeo),
        (JULIET.to_owned(), kind("subscribed"))
    );
    assert_eq!(presence(&mut w, romeo), (format!("{JULIET}/balcony"), None));
    assert!(w.hears_all(juliet, "presence").is_empty());
}

#[test]
fn presence_can_be_shown_to_somebody_in_particular() {
    let (mut w, romeo, juliet) = verona();
    w.says(romeo, &format!("<presence to='{JULIET}/balcony'/>"));
    assert!(
        w.hears_all(juliet, "presence").is_empty(),
        "she did not ask for it"
    );
    w.says(juliet, &format!("<presence to='{ROMEO}/desk'/>"));
    assert_eq!(presence(&mut w, romeo), (format!("{JULIET}/balcony"), None));
    w.leaves(juliet);
    assert_eq!(
        presence(&mut w, romeo),
        (format!("{JULIET}/balcony"), kind("unavailable"))
    );
}

#[test]
fn an_account_sees_its_own_clients_and_itself() {
    let (mut w, desk, _) = verona();
    let phone = w.owner(ROMEO, "phone");
    w.says(phone, "<presence><priority>3</priority></presence>");
    assert_eq!(presence(&mut w, phone), (format!("{ROMEO}/phone"), None));
    assert_eq!(presence(&mut w, phone), (format!("{ROMEO}/desk"), None));
    assert_eq!(presence(&mut w, desk), (format!("{ROMEO}/phone"), None));
    w.loses_connection(phone);
    assert_eq!(
        presence(&mut w, desk),
        (format!("{ROMEO}/phone"), kind("unavailable"))
    );
}
