//! Streams that are taken up again after a connection was lost.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::connection::{ConnectionStatus, Trouble};
use onym_stream::ns;

use crate::world::{BOB, World, jid};

fn resumable() -> World {
    let mut world = World::new();
    world.server.resumption = true;
    world
        .server
        .push_contact("subscription='both' name='Bob'", BOB);
    world.log_in();
    world
}

fn reconnect(world: &mut World) {
    world.command(Command::ConnectNow);
    world.drive();
}

/// How often the roster was asked for: once for each session.
fn sessions(world: &World) -> usize {
    let asks = world
        .server
        .received
        .iter()
        .filter(|it| it.attr("type") == Some("get") && it.has_child("query", ns::ROSTER));
    asks.count()
}

#[test]
fn a_lost_stream_goes_on_where_it_was() {
    let mut world = resumable();
    world.server.say(&format!("<presence from='{BOB}/phone'/>"));
    world.drive();
    world.write(BOB, "Before");
    // The message leaves, but nothing of it arrives.
    while world.carry_out_one() {}
    world.cut();
    assert!(world.engine.presences().best(&jid(BOB)).is_none());
    world.receive(BOB, "m1", "Meanwhile");
    world.write(BOB, "After");
    reconnect(&mut world);
    assert!(world.engine.connection().is_online());
    assert_eq!(world.server.resumptions, 1);
    assert_eq!(sessions(&world), 1);
    let texts: Vec<String> = world.server.texts().into_iter().map(|it| it.1).collect();
    assert_eq!(texts, ["Before", "After"]);
    assert_eq!(world.deliveries(BOB), ["On its way", "On its way"]);
    // What is known of the others does not have to be told again.
    assert!(world.engine.presences().best(&jid(BOB)).is_some());
    let incoming = world.messages(BOB);
    assert_eq!(incoming.iter().filter(|it| it.is_incoming()).count(), 1);
    assert!(world.server.is_settled());
}

#[test]
fn a_stanza_that_arrived_is_not_sent_again() {
    let mut world = resumable();
    world.write(BOB, "Once");
    while world.carry_out_one() {}
    world.move_to_server(usize::MAX);
    // The server has it, but its acknowledgement is lost.
    world.cut();
    reconnect(&mut world);
    assert_eq!(world.server.resumptions, 1);
    assert_eq!(world.server.texts().len(), 1);
    assert_eq!(world.deliveries(BOB), ["On its way"]);
}

#[test]
fn a_forgotten_stream_is_followed_by_a_new_one() {
    for failed_has_h in [true, false] {
        let mut world = resumable();
        world.server.failed_has_h = failed_has_h;
        world.server.say(&format!("<presence from='{BOB}/phone'/>"));
        world.drive();
        world.cut();
        world.server.forget_stream();
        let connects = world.connects;
        world.write(BOB, "Hello");
        reconnect(&mut world);
        assert!(world.engine.connection().is_online());
        assert_eq!(world.server.resumptions, 0);
        assert_eq!(world.connects, connects + 1, "one connection is enough");
        assert_eq!(sessions(&world), 2);
        assert_eq!(world.server.texts().len(), 1);
        assert!(world.engine.presences().best(&jid(BOB)).is_none());
    }
}

/// The server still knows how much it had when it refuses.
#[test]
fn what_a_forgotten_stream_brought_over_is_not_sent_again() {
    let mut world = resumable();
    world.write(BOB, "Once");
    while world.carry_out_one() {}
    world.move_to_server(usize::MAX);
    world.cut();
    world.server.refuses_resumption = true;
    reconnect(&mut world);
    assert_eq!(world.server.resumptions, 0);
    assert_eq!(world.server.texts().len(), 1);
    assert_eq!(world.deliveries(BOB), ["On its way"]);
}

#[test]
fn a_server_that_hangs_up_on_the_question_is_asked_three_times() {
    let mut world = resumable();
    world.server.ignores_resumption = true;
    for _ in 0..3 {
        world.cut();
        reconnect(&mut world);
        assert_eq!(world.engine.connection(), ConnectionStatus::LoggingIn);
    }
    world.cut();
    reconnect(&mut world);
    assert!(world.engine.connection().is_online());
    assert_eq!(sessions(&world), 2);
}

#[test]
fn nothing_goes_on_after_going_offline_or_after_long() {
    let mut world = resumable();
    world.command(Command::GoOffline);
    world.drive();
    reconnect(&mut world);
    assert_eq!(world.server.resumptions, 0);
    assert_eq!(sessions(&world), 2);
    world.cut();
    world.reachable = false;
    world.pass(Duration::from_secs(11 * 60));
    world.reachable = true;
    reconnect(&mut world);
    assert!(world.engine.connection().is_online());
    assert_eq!(world.server.resumptions, 0);
    assert_eq!(sessions(&world), 3);
}

#[test]
fn a_resumption_of_more_than_was_sent_is_refused_and_survived() {
    let mut world = resumable();
    world.cut();
    world.server.resumed_h = Some(4_000);
    reconnect(&mut world);
    let status = world.engine.connection();
    let is_protocol = matches!(
        status,
        ConnectionStatus::Waiting {
            because: Some(Trouble::Protocol(_)),
            ..
        }
    );
    assert!(is_protocol, "{status:?}");
    world.server.resumed_h = None;
    reconnect(&mut world);
    assert!(world.engine.connection().is_online());
    assert_eq!(sessions(&world), 2);
}
