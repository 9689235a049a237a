//! A server that sends anything.

use onym_client_protocol::Input;
use onym_client_protocol::connection::{ConnectionStatus, Trouble};
use onym_client_protocol::view_model::Surroundings;
use onym_stream::ns;
use proptest::prelude::*;

use crate::services::Services;
use crate::world::{ALICE, BOB, CAROL, World};

fn query(kind: &str, from: &str, query: &str) -> String {
    format!("<iq type='{kind}' id='q' from='{from}'>{query}</iq>")
}

fn answer_to(query: &str) -> String {
    let mut world = World::online_with_bob();
    world.server.say(query);
    world.drive();
    let answer = world
        .server
        .received
        .iter()
        .find(|it| it.attr("id") == Some("q"));
    let Some(answer) = answer else {
        return "nothing".to_owned();
    };
    match answer.attr("type").unwrap() {
        "error" => {
            let error = answer.get_child("error", ns::CLIENT).unwrap();
            error.children().next().unwrap().name().to_owned()
        }
        other => other.to_owned(),
    }
}

#[test]
fn every_query_is_answered_and_strangers_learn_nothing() {
    let phone = format!("{BOB}/phone");
    let stranger = format!("{CAROL}/phone");
    let unavailable = "service-unavailable";
    for (kind, body, contact, other) in [
        (
            "get",
            "<ping xmlns='urn:xmpp:ping'/>",
            "result",
            unavailable,
        ),
        (
            "get",
            "<query xmlns='jabber:iq:version'/>",
            "result",
            unavailable,
        ),
        (
            "get",
            "<query xmlns='http://jabber.org/protocol/disco#info'/>",
            "result",
            unavailable,
        ),
        (
            "get",
            "<query xmlns='http://jabber.org/protocol/disco#info' node='odd'/>",
            unavailable,
            unavailable,
        ),
        (
            "set",
            "<ping xmlns='urn:xmpp:ping'/>",
            unavailable,
            unavailable,
        ),
        ("get", "<odd xmlns='odd'/>", unavailable, unavailable),
        ("get", "", unavailable, unavailable),
        (
            "get",
            "<query xmlns='jabber:iq:roster'/>",
            unavailable,
            unavailable,
        ),
        (
            "set",
            "<query xmlns='jabber:iq:roster'/>",
            "nothing",
            "nothing",
        ),
        (
            "result",
            "<ping xmlns='urn:xmpp:ping'/>",
            "nothing",
            "nothing",
        ),
        ("error", "", "nothing", "nothing"),
        ("odd", "", "nothing", "nothing"),
    ] {
        assert_eq!(
            answer_to(&query(kind, &phone, body)),
            contact,
            "{kind} {body}"
        );
        assert_eq!(
            answer_to(&query(kind, &stranger, body)),
            other,
            "{kind} {body}"
        );
    }
    let ping = "<ping xmlns='urn:xmpp:ping'/>";
    assert_eq!(answer_to(&query("get", "a.example", ping)), "result");
    assert_eq!(answer_to(&query("get", ALICE, ping)), "result");
    let push = "<query xmlns='jabber:iq:roster'/>";
    assert_eq!(answer_to(&query("set", ALICE, push)), "bad-request");
}

#[test]
fn a_wrong_count_ends_the_stream() {
    let mut world = World::online_with_bob();
    world.server.say_raw(b"<a xmlns='urn:xmpp:sm:3' h='4000'/>");
    world.drive();
    let status = world.engine.connection();
    let is_protocol = matches!(
        status,
        ConnectionStatus::Waiting {
            because: Some(Trouble::Protocol(_)),
            ..
        }
    );
    assert!(is_protocol, "{status:?}");
}

#[test]
fn every_stanza_counts_and_nothing_else_does() {
    let mut world = World::online_with_bob();
    for stanza in [
        format!("<presence from='{BOB}/phone'/>"),
        format!("<presence type='odd' from='{CAROL}'/>"),
        format!("<message from='{BOB}/phone' id='a'><body>Hello</body></message>"),
        format!("<message type='groupchat' from='{BOB}/phone'><body>Hello</body></message>"),
        "<message from='@'><body>Hello</body></message>".to_owned(),
        "<iq/>".to_owned(),
        "<iq type='result' id='nobody-asked'/>".to_owned(),
    ] {
        world.server.say(&stanza);
        world
            .server
            .say_raw(b"<odd xmlns='jabber:client'/> <odd xmlns='odd'/>");
    }
    // What we ask Bob's account is answered meanwhile, and counts, too.
    world.drive();
    world.server.request_acknowledgement();
    world.drive();
    assert_eq!(world.server.unacknowledged(), 0);
    assert!(world.engine.connection().is_online());
}

#[test]
fn a_stream_error_is_told_and_survived() {
    let mut world = World::online_with_bob();
    world.server.say_raw(
        b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    );
    world.drive();
    let words = world.engine.connection().words(world.now);
    assert!(words.contains("conflict"), "{words}");
}

/// What may be inside such a stanza.
const CHILDREN: &[&str] = &[
    "",
    "<body/>",
    "<body>Hello</body>",
    "<body xml:lang='de'>Hallo</body>",
    "<request xmlns='urn:xmpp:receipts'/>",
    "<received xmlns='urn:xmpp:receipts'/>",
    "<received xmlns='urn:xmpp:receipts' id='a'/>",
    "<origin-id xmlns='urn:xmpp:sid:0' id='b'/>",
    "<delay xmlns='urn:xmpp:delay' stamp='2026-11-23T12:00:00Z'/>",
    "<delay xmlns='urn:xmpp:delay' stamp='9999-99-99T99:99:99Z'/>",
    "<error><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
    "<query xmlns='jabber:iq:roster'/>",
    "<query xmlns='jabber:iq:roster' ver='9'><item jid='bob@b.example'/></query>",
    "<query xmlns='jabber:iq:roster'><item jid='bob@b.example' subscription='remove'/></query>",
    "<query xmlns='jabber:iq:roster'><item jid='@'/><item/></query>",
    "<ping xmlns='urn:xmpp:ping'/>",
    "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
         <message xmlns='jabber:client' from='alice@a.example/x' to='bob@b.example' id='c'>\
         <body>Copy</body></message></forwarded></sent>",
    "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received>",
    "<result xmlns='urn:xmpp:mam:2' queryid='a' id='b'><forwarded xmlns='urn:xmpp:forward:0'>\
         <message xmlns='jabber:client'><body>Old</body></message></forwarded></result>",
    "<fin xmlns='urn:xmpp:mam:2'/>",
    "<event xmlns='http://jabber.org/protocol/pubsub#event'/>",
    "<event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='urn:xmpp:avatar:metadata'><item id='x'>\
         <metadata xmlns='urn:xmpp:avatar:metadata'>\
         <info id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f'/></metadata></item></items></event>",
    "<event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='urn:xmpp:mds:displayed:0'><item id='bob@b.example'>\
         <displayed xmlns='urn:xmpp:mds:displayed:0'/></item></items></event>",
    "<block xmlns='urn:xmpp:blocking'><item jid='bob@b.example'/></block>",
    "<unblock xmlns='urn:xmpp:blocking'/>",
    "<x xmlns='vcard-temp:x:update'><photo>odd</photo></x>",
    "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@a.example' id='z'/>",
    "<show>dnd</show>",
    "<priority>-200</priority>",
    "<status>\u{202e}odd</status>",
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>@</jid></bind>",
];

/// Pieces of stanzas that are nearly right.
fn piece() -> impl Strategy<Value = String> {
    let address = prop::sample::select(vec![
        "",
        "from=''",
        "from='@'",
        "from='a.example'",
        "from='alice@a.example'",
        "from='alice@a.example/desk'",
        "from='bob@b.example'",
        "from='bob@b.example/phone'",
        "from='carol@c.example/phone'",
    ]);
    let kind = prop::sample::select(vec![
        "",
        "type=''",
        "type='chat'",
        "type='groupchat'",
        "type='headline'",
        "type='error'",
        "type='get'",
        "type='set'",
        "type='result'",
        "type='subscribe'",
        "type='subscribed'",
        "type='unsubscribe'",
        "type='unsubscribed'",
        "type='unavailable'",
        "type='probe'",
    ]);
    let id = prop::sample::select(vec!["", "id=''", "id='a'", "id='b'"]);
    let name = prop::sample::select(vec!["message", "presence", "iq", "odd"]);
    let child = prop::sample::select(CHILDREN);
    let children = prop::collection::vec(child, 0..4).prop_map(|children| children.concat());
    let stanza = (name, address, kind, id, children).prop_map(|(name, address, kind, id, body)| {
        format!("<{name} {address} {kind} {id}>{body}</{name}>")
    });
    let nonza = prop::sample::select(vec![
        "<r xmlns='urn:xmpp:sm:3'/>",
        "<a xmlns='urn:xmpp:sm:3' h='0'/>",
        "<a xmlns='urn:xmpp:sm:3' h='3'/>",
        "<enabled xmlns='urn:xmpp:sm:3'/>",
        "<failed xmlns='urn:xmpp:sm:3'/>",
        "<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='0'/>",
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AAAA</challenge>",
        "<stream:features/>",
        "<odd xmlns='odd'/>",
        " ",
    ]);
    prop_oneof![12 => stanza, 3 => nonza.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_stanzas_break_the_engine(pieces in prop::collection::vec(piece(), 1..40), at in 0..12_usize) {
        let mut world = World::new();
        world.server.services = Services::all(2);
        world.server.push_contact("subscription='both' name='Bob'", BOB);
        world.write(BOB, "Hello");
        // The odd pieces come at any point of the login or after it.
        for _ in 0..at {
            world.carry_out_one();
            world.move_to_server(usize::MAX);
            world.move_to_client(usize::MAX);
        }
        let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(5);
        for piece in pieces {
            let bytes = Input::Bytes(piece.into_bytes());
            world.engine.handle(bytes, world.now, &mut rng, &world.store).unwrap();
            let _ = world.engine.next_timeout();
            let _ = world.engine.view(Surroundings::at(world.now, &0));
        }
        // What it would save is what it remembers.
        let mut changed = onym_client_protocol::store::Snapshot::default();
        let store = world.store.clone();
        let mut commits = Vec::new();
        while let Some(output) = world.engine.poll() {
            if let onym_client_protocol::Output::Commit { changes, .. } = output {
                commits.extend(changes);
            }
        }
        commits.iter().for_each(|change| changed.apply(change));
        onym_client_protocol::store::Store::commit(&store, &commits).unwrap();
    }

    #[test]
    fn no_bytes_break_the_engine(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0..12_usize) {
        let mut world = World::new();
        for _ in 0..at {
            world.input(Input::Tick);
            world.carry_out_one();
            world.move_to_server(usize::MAX);
            world.move_to_client(usize::MAX);
        }
        world.input(Input::Bytes(bytes));
        let _ = world.engine.view(Surroundings::at(world.now, &0));
    }
}
