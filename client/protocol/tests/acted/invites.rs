//! Invites on a server that somebody else wrote: those of others are taken, ours lead to a request.

use std::time::Duration;

use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;
use onym_client_protocol::introduction::Introduction;
use onym_identity::invite::{Arrival, Received};
use onym_stream::ns;

use crate::world::{BOB, CAROL, World, jid};

fn add(link: &str) -> Command {
    let received = Received::read(link, Arrival::Pasted).unwrap();
    Command::AddContact {
        jid: received.invite.jid.clone(),
        name: None,
        introduction: Introduction::of(&received).map(Box::new),
    }
}

/// The tokens of our requests, with whom they went to.
fn tokens(world: &World) -> Vec<(String, Option<String>)> {
    let requests = world.server.received.iter();
    let requests = requests.filter(|it| it.attr("type") == Some("subscribe"));
    let told = requests.map(|it| {
        let preauth = it.get_child("preauth", ns::PREAUTH);
        let token = preauth.and_then(|preauth| preauth.attr("token"));
        (it.attr("to").unwrap().to_owned(), token.map(str::to_owned))
    });
    told.collect()
}

fn with(whom: &str, token: Option<&str>) -> (String, Option<String>) {
    (whom.to_owned(), token.map(str::to_owned))
}

#[test]
fn a_request_carries_the_token_until_it_is_accepted() {
    let mut world = World::new();
    world.command(add(&format!("xmpp:{BOB}?roster;preauth=abc")));
    // It is on the disk, and nothing has left.
    assert!(world.carry_out_one());
    world.crash();
    world.log_in();
    world.command(add(CAROL));
    world.drive();
    let sent = [with(BOB, Some("abc")), with(CAROL, None)];
    assert_eq!(tokens(&world), sent);
    // It came back: the user asks again, with nothing but the address.
    world.command(add(BOB));
    world.drive();
    assert_eq!(tokens(&world).last(), Some(&with(BOB, Some("abc"))));
    world.server.push_contact("subscription='to'", BOB);
    world.drive();
    let memory = world.engine.memory();
    assert_eq!(memory.contact_invites[&jid(BOB)].token(), None);
    world.server.push_contact("subscription='none'", BOB);
    world.drive();
    world.command(add(BOB));
    world.drive();
    assert_eq!(tokens(&world).last(), Some(&with(BOB, None)));
    world.assert_memory_is_stored();
    // Who is no contact any more has come by no invite.
    world.server.push_contact("subscription='remove'", BOB);
    world.drive();
    let memory = world.engine.memory();
    assert!(!memory.contact_invites.contains_key(&jid(BOB)));
    world.assert_memory_is_stored();
}

#[test]
fn a_server_that_knows_no_invites_keeps_none() {
    let mut world = World::new();
    world.log_in();
    world.take_events();
    world.command(Command::MakeInvite {
        ticket: 1,
        name: None,
        lifetime: Duration::from_secs(60),
    });
    world.drive();
    let refused = Event::CommandRefused(CommandError::InviteNotKept);
    assert!(world.take_events().contains(&refused));
    assert!(world.engine.memory().invites.is_empty());
    world.assert_memory_is_stored();
}
