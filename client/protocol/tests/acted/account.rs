//! What an account is besides messages: blocked people, profiles, presence.

use std::time::Duration;

use data_encoding::BASE64;
use minidom::Element;
use onym_client_protocol::avatar::AvatarHash;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{AvatarChoice, Store};
use onym_client_protocol::view_model::Surroundings;
use onym_stream::ns;

use crate::services::{Services, news};
use crate::world::{ALICE, BOB, CAROL, World, jid};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nAlice in short";

fn with_services() -> World {
    with(Services::all(50))
}

fn with(services: Services) -> World {
    let mut world = World::new();
    world.server.services = services;
    world
        .server
        .push_contact("subscription='both' name='Bob'", BOB);
    world.log_in();
    world
}

fn block(jid_text: &str) -> Command {
    Command::Block { jid: jid(jid_text) }
}

fn blocked(world: &World) -> Vec<String> {
    let blocked = &world.store.load().unwrap().account.blocked;
    blocked.iter().map(ToString::to_string).collect()
}

#[test]
fn a_blocked_person_is_not_heard_and_the_server_knows() {
    let mut world = with_services();
    world.command(block(CAROL));
    world.drive();
    assert_eq!(blocked(&world), [CAROL]);
    assert!(world.server.services.blocked.contains(CAROL));
    assert!(world.engine.memory().intents.is_empty());
    // A server that lets something through does not change that.
    world.receive(CAROL, "m1", "Hello");
    world
        .server
        .deliver(&format!("<presence type='subscribe' from='{CAROL}'/>"));
    world.drive();
    assert!(world.messages(CAROL).is_empty());
    assert!(world.engine.memory().requests.is_empty());
    assert!(world.server.receipts().is_empty());
    assert!(world.server.is_settled());
    world.command(Command::Unblock { jid: jid(CAROL) });
    world.receive(CAROL, "m2", "Again");
    world.drive();
    assert!(world.server.services.blocked.is_empty());
    assert_eq!(world.messages(CAROL).len(), 1);
    world.assert_memory_is_stored();
}

#[test]
fn blocking_works_without_a_connection_and_without_the_server() {
    let mut world = with_services();
    world.cut();
    world.command(block(BOB));
    world.command(block(CAROL));
    world.command(Command::Unblock { jid: jid(CAROL) });
    world.pass(Duration::from_secs(600));
    assert_eq!(blocked(&world), [BOB]);
    let on_server: Vec<&String> = world.server.services.blocked.iter().collect();
    assert_eq!(on_server, [BOB]);
    // A legacy server has no list; this device has one all the same.
    let mut legacy = World::online_with_bob();
    legacy.command(block(BOB));
    legacy.receive(BOB, "m1", "Hello");
    legacy.drive();
    assert!(legacy.messages(BOB).is_empty());
    assert!(legacy.engine.memory().intents.is_empty());
    assert!(legacy.server.is_settled());
    legacy.command(block(ALICE));
    let refused = Event::CommandRefused(CommandError::OwnAddress);
    assert_eq!(legacy.engine.memory().account.blocked.len(), 1);
    legacy.drive();
    assert!(legacy.take_events().contains(&refused));
}

#[test]
fn another_client_of_ours_may_change_the_list_and_nobody_else() {
    let mut world = with_services();
    let push = |from: &str, inner: &str| format!("<iq type='set' id='p' {from}>{inner}</iq>");
    let block = format!("<block xmlns='urn:xmpp:blocking'><item jid='{CAROL}'/></block>");
    let all = "<unblock xmlns='urn:xmpp:blocking'/>";
    for from in [BOB, "bob@b.example/phone", "alice@a.example/phone"] {
        world.server.say(&push(&format!("from='{from}'"), &block));
    }
    world.drive();
    assert!(blocked(&world).is_empty());
    world.server.say(&push("", &block));
    world.drive();
    assert_eq!(blocked(&world), [CAROL]);
    world.server.say(&push(&format!("from='{BOB}'"), all));
    world.drive();
    assert_eq!(blocked(&world), [CAROL]);
    world.server.say(&push(&format!("from='{ALICE}'"), all));
    world.drive();
    assert!(blocked(&world).is_empty());
}

#[test]
fn the_list_of_the_server_is_taken_over_at_login() {
    let mut services = Services::all(50);
    services.blocked.insert(CAROL.to_owned());
    let mut world = with(services);
    assert_eq!(blocked(&world), [CAROL]);
    world.cut();
    world.server.services.blocked.clear();
    world.command(block(BOB));
    world.pass(Duration::from_secs(600));
    assert_eq!(blocked(&world), [BOB]);
}

fn set_profile(name: &str, avatar: AvatarChoice) -> Command {
    Command::SetOurProfile {
        name: Some(name.to_owned()),
        avatar,
    }
}

#[test]
fn our_profile_is_published_where_the_server_can() {
    let hex = AvatarHash::of(PNG).to_hex();
    for (has_pep, has_cards, converts) in [
        (true, true, true),
        (true, true, false),
        (true, false, false),
        (false, true, false),
    ] {
        let mut services = Services::all(50);
        services.has_pep = has_pep;
        services.has_cards = has_cards;
        services.converts_avatars = converts;
        let mut world = with(services);
        world.command(set_profile("Alice", AvatarChoice::Set(PNG.to_vec())));
        world.drive();
        assert!(
            world.engine.memory().intents.is_empty(),
            "{has_pep} {has_cards}"
        );
        let services = &world.server.services;
        if has_pep {
            let nick = &services.node(ALICE, ns::NICKNAME)["current"];
            assert_eq!(nick.text(), "Alice");
            let data = &services.node(ALICE, ns::AVATAR_DATA)[&hex];
            assert_eq!(data.text(), BASE64.encode(PNG));
            assert!(services.node(ALICE, ns::AVATAR_METADATA).contains_key(&hex));
        }
        let card = services.cards.get(ALICE);
        assert_eq!(card.is_some(), has_cards && !converts);
        if let Some(card) = card {
            assert!(card.has_child("PHOTO", ns::VCARD_TEMP));
            let last = world
                .server
                .received
                .iter()
                .rev()
                .find(|it| it.name() == "presence");
            let photo = last.unwrap().get_child("x", ns::VCARD_UPDATE).unwrap();
            assert_eq!(photo.text(), "");
            let photo = photo.get_child("photo", ns::VCARD_UPDATE).unwrap();
            assert_eq!(photo.text(), hex);
        }
        let account = world.store.load().unwrap().account;
        assert_eq!(account.profile.name.as_deref(), Some("Alice"));
        assert_eq!(account.profile.avatar, Some(hex.clone()));
        let kept = world.store.avatar(&hex).unwrap().unwrap();
        assert_eq!(
            (kept.bytes, kept.media_type.as_str()),
            (PNG.to_vec(), "image/png")
        );
        // A new name leaves the picture; no picture removes it from this device too.
        world.command(set_profile("Al", AvatarChoice::Keep));
        world.drive();
        assert!(world.store.avatar(&hex).unwrap().is_some());
        world.command(set_profile("Al", AvatarChoice::Remove));
        world.drive();
        assert!(world.store.avatar(&hex).unwrap().is_none());
        world.assert_memory_is_stored();
    }
}

#[test]
fn a_profile_that_cannot_be_kept_is_refused_in_words() {
    let mut world = World::online_with_bob();
    world.command(set_profile("Alice", AvatarChoice::Keep));
    let image = AvatarChoice::Set(b"<svg/>".to_vec());
    world.command(set_profile("Alice", image));
    world.command(set_profile("Alice", AvatarChoice::Set(vec![0; 200_000])));
    world.command(set_profile(&"A".repeat(101), AvatarChoice::Keep));
    world.drive();
    let refusals: Vec<CommandError> = world
        .take_events()
        .into_iter()
        .filter_map(|event| match event {
            Event::CommandRefused(error) => Some(error),
            _ => None,
        })
        .collect();
    assert_eq!(
        refusals,
        [
            CommandError::ProfileNotKept,
            CommandError::NotAnImage,
            CommandError::AvatarTooLarge { bytes: 200_000 },
            CommandError::NameTooLong,
        ]
    );
    assert!(world.engine.memory().intents.is_empty());
}

fn metadata(bytes: &[u8]) -> Element {
    let id = AvatarHash::of(bytes).to_hex();
    let length = bytes.len();
    format!(
        "<metadata xmlns='urn:xmpp:avatar:metadata'>\
         <info id='{id}' bytes='{length}' type='image/png'/></metadata>"
    )
    .parse()
    .unwrap()
}

fn data(bytes: &[u8]) -> Element {
    let text = BASE64.encode(bytes);
    format!("<data xmlns='urn:xmpp:avatar:data'>{text}</data>")
        .parse()
        .unwrap()
}

fn nick(name: &str) -> Element {
    format!("<nick xmlns='http://jabber.org/protocol/nick'>{name}</nick>")
        .parse()
        .unwrap()
}

/// How often pictures were asked for.
fn fetches(world: &World) -> usize {
    let begun = world.server.received.iter();
    // At each login a contact is asked for a statement, and once for the card that may hold one.
    let asks = begun.filter(|it| it.attr("type") == Some("get"));
    let about_identities = asks.clone().filter(|it| {
        let asked = it.get_child("pubsub", ns::PUBSUB);
        let items = asked.and_then(|it| it.get_child("items", ns::PUBSUB));
        items.is_some_and(|it| it.attr("node") == Some("urn:onym:identity:1"))
    });
    let statements = about_identities
        .filter(|it| it.attr("to").is_some_and(|to| to != ALICE))
        .count();
    let all = asks.filter(|it| {
        it.attr("to").is_some_and(|to| to != ALICE)
            && (it.has_child("pubsub", ns::PUBSUB) || it.has_child("vCard", ns::VCARD_TEMP))
    });
    all.count() - statements - usize::from(statements > 0)
}

#[test]
fn the_picture_and_the_name_of_a_contact_are_fetched_once() {
    let mut world = with_services();
    let hex = AvatarHash::of(PNG).to_hex();
    world
        .server
        .services
        .publish(BOB, ns::AVATAR_DATA, &hex, &data(PNG));
    let announce = news(BOB, ns::AVATAR_METADATA, &hex, &metadata(PNG));
    world.server.say(&announce);
    world.server.say(&announce);
    world
        .server
        .say(&news(BOB, ns::NICKNAME, "current", &nick("  Bobby\n")));
    world.drive();
    assert_eq!(fetches(&world), 1);
    let profile = world.store.load().unwrap().profiles[&jid(BOB)].clone();
    assert_eq!(profile.avatar.as_ref(), Some(&hex));
    assert_eq!(profile.name.as_deref(), Some("Bobby"));
    assert_eq!(world.store.avatar(&hex).unwrap().unwrap().bytes, PNG);
    assert!(
        world
            .take_events()
            .contains(&Event::ProfileChanged { jid: jid(BOB) })
    );
    // The next login announces it again, and nothing is fetched.
    world.cut();
    world.pass(Duration::from_secs(600));
    world.server.say(&announce);
    world.drive();
    assert_eq!(fetches(&world), 1);
    // No picture any more.
    let none: Element = "<metadata xmlns='urn:xmpp:avatar:metadata'/>"
        .parse()
        .unwrap();
    world
        .server
        .say(&news(BOB, ns::AVATAR_METADATA, "current", &none));
    world.drive();
    assert_eq!(world.engine.memory().profiles[&jid(BOB)].avatar, None);
    assert!(world.store.avatar(&hex).unwrap().is_none());
    world.assert_memory_is_stored();
}

#[test]
fn the_photo_of_a_card_is_taken_where_nothing_better_is_announced() {
    let mut world = with_services();
    let hex = AvatarHash::of(PNG).to_hex();
    let card = format!(
        "<vCard xmlns='vcard-temp'><FN>Robert</FN><PHOTO><TYPE>image/png</TYPE>\
         <BINVAL>{}</BINVAL></PHOTO></vCard>",
        BASE64.encode(PNG)
    );
    world
        .server
        .services
        .cards
        .insert(BOB.to_owned(), card.parse().unwrap());
    world.server.say(&format!(
        "<presence from='{BOB}/phone'><x xmlns='vcard-temp:x:update'><photo>{hex}</photo></x>\
         </presence>"
    ));
    world.drive();
    let profile = world.engine.memory().profiles[&jid(BOB)].clone();
    assert_eq!(profile.avatar, Some(hex));
    assert_eq!(profile.name.as_deref(), Some("Robert"));
}

#[test]
fn nothing_of_a_stranger_is_fetched_or_kept() {
    let mut world = with_services();
    let hex = AvatarHash::of(PNG).to_hex();
    let bob = format!("{BOB}/phone");
    for from in [CAROL, "carol@c.example/x", bob.as_str(), "a.example"] {
        world
            .server
            .say(&news(from, ns::AVATAR_METADATA, &hex, &metadata(PNG)));
        world
            .server
            .say(&news(from, ns::NICKNAME, "current", &nick("Alice's bank")));
    }
    world.server.say(&format!(
        "<presence from='{CAROL}/x'><x xmlns='vcard-temp:x:update'><photo>{hex}</photo></x>\
         </presence>"
    ));
    world.command(Command::RequestProfile { jid: jid(CAROL) });
    world.drive();
    assert_eq!(fetches(&world), 0);
    assert!(world.engine.memory().profiles.is_empty());
}

/// Who knows the name of a question still cannot answer it for somebody else.
#[test]
fn only_who_was_asked_answers() {
    let mut world = with_services();
    world.server.services.has_pep = false;
    let hex = AvatarHash::of(PNG).to_hex();
    world
        .server
        .say(&news(BOB, ns::AVATAR_METADATA, &hex, &metadata(PNG)));
    world.drive();
    let asked = world.server.received.last().unwrap();
    assert_eq!(asked.attr("to"), Some(BOB));
    let id = asked.attr("id").unwrap().to_owned();
    let data = String::from(&data(PNG));
    let answer = |from: &str| {
        format!(
            "<iq type='result' id='{id}' {from}><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <items node='urn:xmpp:avatar:data'><item id='{hex}'>{data}</item></items></pubsub></iq>"
        )
    };
    let known = |world: &World| world.store.avatar(&hex).unwrap().is_some();
    for from in ["", "from='carol@c.example'", "from='bob@b.example/phone'"] {
        world.server.say(&answer(from));
        world.drive();
        assert!(!known(&world), "{from}");
    }
    world.server.say(&answer("from='bob@b.example'"));
    world.drive();
    assert!(known(&world));
}

/// Whoever answers, and with whatever: only the bytes that were announced are kept.
#[test]
fn other_bytes_than_announced_are_not_kept() {
    let mut world = with_services();
    let hex = AvatarHash::of(PNG).to_hex();
    world
        .server
        .services
        .publish(BOB, ns::AVATAR_DATA, &hex, &data(b"\x89PNG\r\n\x1a\nother"));
    world
        .server
        .say(&news(BOB, ns::AVATAR_METADATA, &hex, &metadata(PNG)));
    world.drive();
    assert_eq!(fetches(&world), 1);
    assert!(world.store.avatar(&hex).unwrap().is_none());
    // It is not asked for a second time in this session.
    world
        .server
        .say(&news(BOB, ns::AVATAR_METADATA, &hex, &metadata(PNG)));
    world.drive();
    assert_eq!(fetches(&world), 1);
}

#[test]
fn a_contact_cannot_make_us_fetch_without_end() {
    let mut world = with_services();
    for number in 0..100_u8 {
        let bytes = [PNG, &[number]].concat();
        let hex = AvatarHash::of(&bytes).to_hex();
        world
            .server
            .say(&news(BOB, ns::AVATAR_METADATA, &hex, &metadata(&bytes)));
    }
    world.drive();
    assert_eq!(fetches(&world), 20);
}

/// A server may allow less than others; the same stanza again would end each stream.
#[test]
fn what_is_too_large_for_the_server_is_not_sent_for_ever() {
    let mut world = with_services();
    world.server.max_stanza_bytes = Some(10_000);
    let large = [PNG, &[0; 20_000]].concat();
    world.command(set_profile("Alice", AvatarChoice::Set(large)));
    world.write(BOB, &"x".repeat(30_000));
    world.write(BOB, "Small");
    world.pass(Duration::from_secs(3_600));
    assert!(world.engine.connection().is_online());
    assert!(world.engine.memory().intents.is_empty());
    let texts: Vec<String> = world.server.texts().into_iter().map(|it| it.1).collect();
    assert_eq!(texts, ["Small"]);
    let deliveries = world.deliveries(BOB);
    assert_eq!(deliveries.len(), 2);
    assert_eq!(deliveries[1], "On its way");
    assert_ne!(deliveries[0], "On its way");
    let refused = world.take_events().into_iter().any(|event| {
        matches!(
            event,
            Event::CommandRefused(CommandError::ProfileRefused { .. })
        )
    });
    assert!(refused);
    assert!(world.connects <= 4, "{}", world.connects);
}

#[test]
fn it_is_known_when_a_contact_was_last_there() {
    let mut world = World::online_with_bob();
    let seen = |world: &World| {
        let profile = world.store.load().unwrap().profiles.get(&jid(BOB)).cloned();
        profile.and_then(|profile| profile.last_seen)
    };
    assert_eq!(seen(&world), None);
    world.server.say(&format!("<presence from='{BOB}/phone'/>"));
    world.drive();
    let came = world.now;
    assert_eq!(
        world.engine.presences().available_since(&jid(BOB)),
        Some(came)
    );
    world.now += Duration::from_secs(70);
    world.server.say(&format!(
        "<presence type='unavailable' from='{BOB}/phone'/>"
    ));
    world.drive();
    assert_eq!(seen(&world), Some(world.now));
    assert_eq!(world.engine.presences().available_since(&jid(BOB)), None);
    // A stamp in the past does not move it back, one in the future does not move it on.
    let left = world.now;
    for stamp in ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"] {
        world.server.say(&format!(
            "<presence type='unavailable' from='{BOB}'>\
             <delay xmlns='urn:xmpp:delay' stamp='{stamp}' from='{BOB}'/></presence>"
        ));
    }
    world.drive();
    assert_eq!(seen(&world), Some(left));
    // Whoever is there when the connection is lost was there until then.
    world.server.say(&format!("<presence from='{BOB}/phone'/>"));
    world.drive();
    world.now += Duration::from_secs(90);
    world.cut();
    world.drive();
    assert_eq!(seen(&world), Some(left + Duration::from_secs(90)));
    let view = world.engine.view(Surroundings::at(world.now, &0));
    assert_eq!(view.contacts[0].presence.last_seen, Some(world.now));
    world.assert_memory_is_stored();
}

#[test]
fn a_user_who_is_away_is_shown_as_away() {
    let mut world = World::online_with_bob();
    let since = world.now;
    world.command(Command::SetIdle { since: Some(since) });
    world.drive();
    let shown = |world: &World| {
        let last = world
            .server
            .received
            .iter()
            .rev()
            .find(|it| it.name() == "presence");
        let last = last.unwrap().clone();
        let show = last.get_child("show", ns::CLIENT).map(Element::text);
        (
            show,
            last.has_child("idle", ns::IDLE),
            last.has_child("c", ns::CAPS),
        )
    };
    assert_eq!(shown(&world), (Some("away".to_owned()), true, true));
    // Also after a reconnection.
    world.cut();
    world.pass(Duration::from_secs(600));
    assert_eq!(shown(&world), (Some("away".to_owned()), true, true));
    world.command(Command::SetIdle { since: None });
    world.drive();
    assert_eq!(shown(&world), (None, false, true));
}

/// The server need not wake a device for what can wait.
#[test]
fn the_server_knows_when_the_user_is_away() {
    let mut world = World::new();
    world.server.client_state = true;
    world.server.resumption = true;
    world.log_in();
    assert!(world.server.client_states.is_empty());
    let since = Some(world.now);
    world.command(Command::SetIdle { since });
    world.drive();
    assert_eq!(world.server.client_states, ["inactive"]);
    // A stream that is taken up again counts as active before it is told.
    world.cut();
    world.command(Command::ConnectNow);
    world.drive();
    assert_eq!(world.server.resumptions, 1);
    assert_eq!(world.server.client_states, ["inactive", "inactive"]);
    world.command(Command::SetIdle { since: None });
    world.drive();
    assert_eq!(world.server.client_states.last().unwrap(), "active");
}

/// The hash in our presence is the one of the answer that it leads to.
#[test]
fn our_abilities_can_be_looked_up_under_their_hash() {
    let mut world = World::online_with_bob();
    let presence = world
        .server
        .received
        .iter()
        .rev()
        .find(|it| it.name() == "presence");
    let caps = presence.unwrap().get_child("c", ns::CAPS).unwrap();
    let node = format!(
        "{}#{}",
        caps.attr("node").unwrap(),
        caps.attr("ver").unwrap()
    );
    world.server.say(&format!(
        "<iq type='get' id='q' from='{ALICE}'>\
         <query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/></iq>"
    ));
    world.drive();
    let answer = world
        .server
        .received
        .iter()
        .find(|it| it.attr("id") == Some("q"))
        .unwrap();
    assert_eq!(answer.attr("type"), Some("result"));
    let query = answer.get_child("query", ns::DISCO_INFO).unwrap();
    assert_eq!(query.attr("node"), Some(node.as_str()));
    let notify = query
        .children()
        .filter(|it| it.attr("var").is_some_and(|var| var.ends_with("+notify")));
    assert_eq!(notify.count(), 7);
}
