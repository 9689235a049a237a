//! Connecting, logging in, and coming back.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::connection::{ConnectionStatus, Trouble};
use onym_client_protocol::{Credentials, Engine, Input};
use onym_identity::Timestamp;
use onym_stream::ns;
use zeroize::Zeroizing;

use crate::world::{ALICE, BOB, World, jid};

fn with_password(server: &str, client: &str) -> World {
    let mut world = World::new();
    world.server.set_password(server);
    world.config.credentials = Credentials::Scram {
        username: "alice".to_owned(),
        password: Zeroizing::new(client.to_owned()),
    };
    world.engine = Engine::new(world.config.clone(), world.engine.memory().clone());
    world
}

#[test]
fn the_pipe_is_enough_to_log_in() {
    let mut world = World::new();
    world.log_in();
    assert!(world.server.sees_client());
    // The roster is asked for before the first presence (RFC 6121, section 2.2).
    let sent: Vec<&str> = world.server.received.iter().map(|it| it.name()).collect();
    assert_eq!(sent, ["iq", "iq", "iq", "iq", "presence"]);
    let bind = world.server.received[0]
        .get_child("bind", ns::BIND)
        .unwrap();
    assert_eq!(bind.get_child("resource", ns::BIND).unwrap().text(), "desk");
    assert_eq!(world.connects, 1);
}

#[test]
fn a_password_logs_in_by_either_hash() {
    for keep in [0..2, 0..1, 1..2] {
        let mut world = with_password("secret", "secret");
        world.server.scram = world.server.scram[keep].to_vec();
        world.log_in();
    }
}

#[test]
fn a_wrong_password_is_not_tried_again() {
    let mut world = with_password("secret", "guess");
    world.input(Input::Tick);
    world.pass(Duration::from_secs(24 * 60 * 60));
    let condition = "not-authorized".to_owned();
    let trouble = Trouble::LoginRefused {
        condition,
        temporary: false,
    };
    let stopped = ConnectionStatus::Stopped {
        because: Some(trouble),
    };
    assert_eq!(world.engine.connection(), stopped);
    assert_eq!((world.connects, world.engine.next_timeout()), (1, None));
    world.command(Command::ConnectNow);
    world.drive();
    assert_eq!(world.connects, 2);
}

#[test]
fn a_server_without_our_mechanism_is_told_apart() {
    let mut world = World::new();
    world.server.external = false;
    world.input(Input::Tick);
    world.drive();
    let stopped = ConnectionStatus::Stopped {
        because: Some(Trouble::NoMechanism),
    };
    assert_eq!(world.engine.connection(), stopped);
}

#[test]
fn a_server_that_skips_its_own_proof_is_refused() {
    let unproven = ConnectionStatus::Stopped {
        because: Some(Trouble::ServerNotProven),
    };
    let success = |payload| format!("<success xmlns='{}'>{payload}</success>", ns::SASL);
    // "v=AAAA": a signature, but not the right one.
    for (challenge, success) in [
        (false, success("")),
        (false, success("dj1BQUFB")),
        (true, success("")),
        (true, success("dj1BQUFB")),
    ] {
        let mut world = with_password("secret", "secret");
        world.input(Input::Tick);
        while world.carry_out_one() {}
        world.move_to_server(usize::MAX);
        world.move_to_client(usize::MAX);
        if challenge {
            while world.carry_out_one() {}
            world.move_to_server(usize::MAX);
            world.move_to_client(usize::MAX);
        }
        world.input(Input::Bytes(success.into_bytes()));
        let status = world.engine.connection();
        let is_unreadable = matches!(
            status,
            ConnectionStatus::Waiting {
                because: Some(Trouble::Protocol(_)),
                ..
            }
        );
        assert!(status == unproven || is_unreadable, "{status:?}");
        world.drive();
        assert!(!world.server.sees_client());
    }
}

#[test]
fn a_taken_resource_is_replaced_by_one_of_the_servers() {
    let mut world = World::new();
    world.server.resource_is_taken = true;
    world.log_in();
}

#[test]
fn another_account_is_refused() {
    let mut world = World::new();
    world.server.account = jid("mallory@a.example");
    world.input(Input::Tick);
    world.drive();
    let stopped = ConnectionStatus::Stopped {
        because: Some(Trouble::WrongAddress),
    };
    assert_eq!(world.engine.connection(), stopped);
}

#[test]
fn attempts_become_rarer_and_the_user_can_hurry_them() {
    let mut world = World::new();
    world.reachable = false;
    world.input(Input::Tick);
    world.pass(Duration::from_secs(60));
    let in_a_minute = world.connects;
    assert!((5..=9).contains(&in_a_minute), "{in_a_minute}");
    world.pass(Duration::from_secs(60 * 60));
    assert!((in_a_minute + 10..=in_a_minute + 24).contains(&world.connects));
    let before = world.connects;
    world.reachable = true;
    world.command(Command::ConnectNow);
    world.drive();
    assert_eq!(world.connects, before + 1);
    assert!(world.engine.connection().is_online());
}

#[test]
fn a_session_that_lasts_makes_the_next_attempt_quick() {
    let mut world = World::new();
    world.reachable = false;
    world.input(Input::Tick);
    world.pass(Duration::from_secs(60 * 60));
    world.reachable = true;
    world.command(Command::ConnectNow);
    world.pass(Duration::from_secs(120));
    world.cut();
    world.pass(Duration::from_secs(1));
    assert!(
        world.engine.connection().is_online(),
        "{:?}",
        world.engine.connection()
    );
}

#[test]
fn a_silent_server_is_noticed() {
    let mut world = World::online_with_bob();
    world.pass(Duration::from_secs(60 * 60));
    assert_eq!(world.connects, 1, "a server that answers pings is there");
    // From now on bytes leave, and nothing comes.
    let mut silent = 0;
    while world.engine.connection().is_online() {
        world.now = world.engine.next_timeout().unwrap();
        world.input(Input::Tick);
        silent += 1;
        assert!(silent < 10, "never noticed");
    }
    let status = world.engine.connection();
    let is_silent = matches!(
        status,
        ConnectionStatus::Waiting {
            because: Some(Trouble::Silent),
            ..
        }
    );
    assert!(is_silent, "{status:?}");
}

#[test]
fn a_login_that_stalls_is_given_up() {
    let mut world = World::new();
    world.input(Input::Tick);
    world.carry_out_one();
    assert_eq!(world.engine.connection(), ConnectionStatus::LoggingIn);
    world.now = world.engine.next_timeout().unwrap();
    world.input(Input::Tick);
    let status = world.engine.connection();
    let is_late = matches!(
        status,
        ConnectionStatus::Waiting {
            because: Some(Trouble::LoginTimeout),
            ..
        }
    );
    assert!(is_late, "{status:?}");
    world.pass(Duration::from_secs(10));
    assert!(world.engine.connection().is_online());
}

#[test]
fn a_clock_that_is_set_back_does_not_stop_us() {
    let day = 24 * 60 * 60 * 1_000;
    let set_back = |world: &mut World| {
        world.now = Timestamp::from_unix_millis(world.now.as_unix_millis() - day);
        world.input(Input::Tick);
        let wait = world
            .engine
            .next_timeout()
            .unwrap()
            .saturating_since(world.now);
        assert!(wait <= Duration::from_secs(5 * 60), "{wait:?}");
    };
    let mut world = World::new();
    world.reachable = false;
    world.input(Input::Tick);
    world.pass(Duration::from_secs(60));
    set_back(&mut world);
    world.reachable = true;
    world.pass(Duration::from_secs(5 * 60));
    assert!(world.engine.connection().is_online());
    set_back(&mut world);
    world.pass(Duration::from_secs(60 * 60));
    assert!(world.engine.connection().is_online());
}

#[test]
fn offline_means_offline() {
    let mut world = World::online_with_bob();
    world.command(Command::GoOffline);
    world.pass(Duration::from_secs(24 * 60 * 60));
    assert_eq!(
        world.engine.connection(),
        ConnectionStatus::Stopped { because: None }
    );
    assert_eq!(world.connects, 1);
    assert_eq!(world.engine.presences().best(&jid(BOB)), None);
    assert_eq!(world.engine.our_jid(), &jid(ALICE));
}

#[test]
fn the_password_is_not_in_the_debug_output() {
    let world = with_password("secret", "hunter2");
    let shown = format!("{:?} {:?}", world.config, world.engine);
    assert!(
        shown.contains("alice") && !shown.contains("hunter2"),
        "{shown}"
    );
}
