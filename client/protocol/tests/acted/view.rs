//! What the window shows of all this.

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::view_model::{
    ConnectionState, DeliveryState, DirectionView, EndpointState, EndpointView, OpenConversation,
    PresenceState, RequestView, Surroundings,
};

use crate::world::{ALICE, BOB, CAROL, World, jid};

#[test]
fn the_window_shows_contacts_requests_and_strangers() {
    let mut world = World::online_with_bob();
    world.server.say(&format!(
        "<presence from='{BOB}/phone'><status>Here</status></presence>"
    ));
    world
        .server
        .say(&format!("<presence type='subscribe' from='{CAROL}'/>"));
    world.receive("dave@d.example", "m1", "Hello\nthere");
    world.command(Command::AddContact {
        jid: jid("eve@e.example"),
        name: Some("Eve".into()),
        introduction: None,
    });
    world.drive();
    let view = world.engine.view(Surroundings::at(world.now, &0));
    assert_eq!(view.our_jid, ALICE);
    assert_eq!(view.connection.state, ConnectionState::Online);
    let names: Vec<&str> = view.contacts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["carol", "dave", "Bob", "Eve"]);
    assert_eq!(
        view.contacts[0].request,
        RequestView::Incoming { text: None }
    );
    let dave = &view.contacts[1];
    assert_eq!((dave.is_contact, dave.unread), (false, 1));
    let last = dave.last_message.as_ref().unwrap();
    assert_eq!(
        (last.preview.as_str(), last.time_words.as_str()),
        ("Hello there", "12:00")
    );
    let bob = &view.contacts[2];
    assert_eq!(bob.presence.state, PresenceState::Available);
    assert_eq!(bob.presence.words, "Online: Here");
    let eve = &view.contacts[3];
    assert_eq!(
        (eve.is_contact, &eve.request),
        (true, &RequestView::Outgoing)
    );
    assert_eq!(eve.presence.state, PresenceState::Unknown);
}

#[test]
fn a_decision_without_a_connection_shows_at_once() {
    let mut world = World::new();
    world.reachable = false;
    world.command(Command::AddContact {
        jid: jid(BOB),
        name: Some("Bob".into()),
        introduction: None,
    });
    world.drive();
    let view = world.engine.view(Surroundings::at(world.now, &0));
    assert_eq!(view.connection.state, ConnectionState::Offline);
    assert!(view.connection.can_retry);
    assert_eq!(view.contacts[0].name, "Bob");
    assert_eq!(view.contacts[0].request, RequestView::Outgoing);
    world.command(Command::RemoveContact { jid: jid(BOB) });
    let view = world.engine.view(Surroundings::at(world.now, &0));
    assert!(
        view.contacts.iter().all(|it| !it.is_contact),
        "{:?}",
        view.contacts
    );
}

#[test]
fn a_conversation_has_days_groups_and_a_new_line() {
    let mut world = World::online_with_bob();
    for (id, stamp) in [
        ("m1", "2026-11-22T12:00:00Z"),
        ("m2", "2026-11-22T12:04:00Z"),
        ("m3", "2026-11-22T12:10:00Z"),
        ("m4", "2026-11-23T11:59:00Z"),
    ] {
        world.server.deliver(&format!(
            "<message from='{BOB}/phone' type='chat' id='{id}'><body>{id}</body>\
             <delay xmlns='urn:xmpp:delay' from='a.example' stamp='{stamp}'/></message>"
        ));
    }
    world.drive();
    world.write(BOB, "Yes");
    world.drive();
    let messages = world.messages(BOB);
    let bob = jid(BOB);
    let open = OpenConversation {
        first_unread: Some(messages[3].place()),
        ..OpenConversation::of(&bob, &messages)
    };
    let view = world.engine.view(Surroundings {
        open: Some(open),
        ..Surroundings::at(world.now, &60)
    });
    let shown = view.conversation.unwrap();
    let days: Vec<Option<&str>> = shown.messages.iter().map(|it| it.day.as_deref()).collect();
    assert_eq!(days, [Some("Yesterday"), None, None, Some("Today"), None]);
    let groups: Vec<bool> = shown.messages.iter().map(|it| it.continues_group).collect();
    assert_eq!(groups, [false, true, false, false, false]);
    let new: Vec<bool> = shown.messages.iter().map(|it| it.first_unread).collect();
    assert_eq!(new, [false, false, false, true, false]);
    assert_eq!(shown.messages[0].clock, "13:00");
    let ours = &shown.messages[4];
    assert_eq!(ours.direction, DirectionView::Outgoing);
    assert_eq!(ours.delivery.as_ref().unwrap().state, DeliveryState::Stored);
}

#[test]
fn who_cannot_be_reached_is_not_shown_as_there() {
    let mut world = World::online_with_bob();
    world.server.say(&format!("<presence from='{BOB}/phone'/>"));
    world.drive();
    let shown = |state: EndpointState| {
        let endpoint = |_: &BareJid| {
            Some(EndpointView {
                state,
                ..EndpointView::default()
            })
        };
        let view = world.engine.view(Surroundings {
            endpoint: &endpoint,
            ..Surroundings::at(world.now, &0)
        });
        view.contacts[0].presence.state
    };
    assert_eq!(shown(EndpointState::Connected), PresenceState::Available);
    assert_eq!(shown(EndpointState::Idle), PresenceState::Available);
    assert_eq!(shown(EndpointState::Waiting), PresenceState::Offline);
}
