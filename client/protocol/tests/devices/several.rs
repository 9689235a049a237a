//! One person with several addresses: one conversation, and one address that is written to.

use std::time::Duration;

use onym_client_protocol::command::{Command, CommandError, IdentityVerdict};
use onym_client_protocol::conversation::route::RouteReason;
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::event::Event;
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{
    EncryptionPolicy, MemoryStore, MessageRecord, PersonRecord, Store,
};
use onym_client_protocol::view_model::{OpenConversation, Surroundings, ViewModel};
use onym_identity::statement::{Revocation, Revoked, StatementBody, Succession};

use crate::signed::*;
use crate::world::{Device, World, jid};

/// What goes wrong between several addresses, and what somebody makes of one of them.
#[path = "several/accidents.rs"]
mod accidents;

/// A statement of key 1 that lists Alice's account, and Carol's with this priority.
fn listing(world: &World, serial: u64, priority: u8) -> StatementBody {
    let mut body = body(world, serial, &[ALICE, CAROL], &[ALICES]);
    for endpoint in &mut body.endpoints {
        if endpoint.jid == jid(CAROL) {
            endpoint.priority = priority;
        }
    }
    body
}

/// The same person at both addresses, who wants to be written to at Carol's if `priority` is not 0.
fn publish_at_both(world: &mut World, serial: u64, priority: u8) {
    let statement = sign(&listing(world, serial, priority), &key(1));
    publish(world, ALICE, &statement);
    publish(world, CAROL, &statement);
    assert!(known(world, CAROL).unwrap().is_confirmed());
}

fn at_both(priority: u8) -> World {
    let mut world = friends();
    publish_at_both(&mut world, 5, priority);
    world
}

/// Statement 6 revokes one of the two addresses.
fn revocation(world: &World, revoked: &str, left: &str) -> Vec<u8> {
    let mut later = body(world, 6, &[left], &[]);
    later.revocations = vec![Revocation {
        what: Revoked::Endpoint(jid(revoked)),
        since: later.issued,
    }];
    sign(&later, &key(1))
}

/// The other address publishes it.
fn revoke(world: &mut World, revoked: &str, left: &str) {
    let later = revocation(world, revoked, left);
    publish(world, left, &later);
}

fn person(world: &World) -> Option<PersonRecord> {
    let memory = world.devices[BOBS].engine.memory();
    memory.people.values().next().cloned()
}

fn messages(store: &MemoryStore, with: &str) -> Vec<MessageRecord> {
    store.page(&jid(with), None, 10_000).unwrap()
}

fn bobs(world: &World, with: &str) -> Vec<MessageRecord> {
    messages(&world.devices[BOBS].store, with)
}

/// The texts of Bob's conversation, each with the address that it came from or went to.
fn ways(world: &World, with: &str) -> Vec<(String, Option<String>)> {
    let all = bobs(world, with).into_iter();
    all.map(|it| (it.text, it.via.map(|via| via.to_string())))
        .collect()
}

fn came(text: &str, via: Option<&str>) -> (String, Option<String>) {
    (text.to_owned(), via.map(str::to_owned))
}

fn say(world: &mut World, device: usize, text: &str) {
    world.write(device, BOB, text);
    world.pass(Duration::from_secs(60));
}

fn say_raw(world: &mut World, account: &str, inside: &str) {
    let stanza = format!("<message to='{BOB}' type='chat' {inside}</message>");
    world.say_as(account, &stanza);
    world.pass(Duration::from_secs(5));
}

fn view(world: &World) -> ViewModel {
    let page = bobs(world, ALICE);
    let open = jid(ALICE);
    world.devices[BOBS].engine.view(Surroundings {
        open: Some(OpenConversation::of(&open, &page)),
        person: Some(&open),
        ..Surroundings::at(world.now(), &0)
    })
}

#[test]
fn all_addresses_of_a_person_are_one_conversation() {
    let mut world = at_both(0);
    assert_eq!(person(&world).unwrap().home, jid(ALICE));
    bob_writes(&mut world, CAROL, "To you");
    say(&mut world, ALICES, "From home");
    say(&mut world, CAROLS, "From work");
    let expected = [
        came("To you", None),
        came("From home", None),
        came("From work", Some(CAROL)),
    ];
    assert_eq!(ways(&world, ALICE), expected);
    assert_eq!(world.unread(BOBS, ALICE), 2);
    assert!(world.texts(BOBS, CAROL).is_empty());
    assert_eq!(world.texts(ALICES, BOB), ["To you", "From home"]);
    // Each address has its answers.
    let delivery = |device: usize| {
        let page = messages(&world.devices[device].store, BOB);
        page.last().unwrap().delivery().cloned()
    };
    assert_eq!(delivery(ALICES), Some(Delivery::Delivered));
    assert_eq!(delivery(CAROLS), Some(Delivery::Delivered));
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(ways(&world, ALICE), expected);
    let view = view(&world);
    let rows: Vec<&str> = view.contacts.iter().map(|row| row.jid.as_str()).collect();
    assert_eq!(rows, [ALICE]);
    let shown = view.conversation.unwrap();
    assert_eq!(shown.messages[2].via.as_deref(), Some(CAROL));
    let ways = shown.ways.unwrap();
    assert_eq!(
        (ways.written_to.as_str(), ways.because),
        (ALICE, RouteReason::Home)
    );
    assert_eq!(ways.addresses.len(), 2);
    assert!(
        ways.addresses
            .iter()
            .all(|it| it.is_theirs && it.is_contact)
    );
    assert_eq!(view.person.unwrap().ways, Some(ways));
}

#[test]
fn what_was_there_before_moves_and_nothing_is_lost_or_doubled_at_any_moment() {
    let mut world = friends();
    for number in 0..230 {
        let (from, with) = if number % 4 == 0 {
            (ALICES, ALICE)
        } else {
            (CAROLS, CAROL)
        };
        if number % 5 == 0 {
            world.write(BOBS, with, &format!("Bob {number}"));
        } else {
            world.write(from, BOB, &format!("They {number}"));
        }
        world.drive();
    }
    for (with, draft) in [(ALICE, "Dear"), (CAROL, "Hello")] {
        let command = Command::SaveDraft {
            conversation: jid(with),
            text: draft.to_owned(),
        };
        world.command(BOBS, command);
    }
    let command = Command::SetEncryption {
        conversation: jid(CAROL),
        policy: Some(EncryptionPolicy::Omemo2),
    };
    world.command(BOBS, command);
    let unread = world.unread(BOBS, ALICE) + world.unread(BOBS, CAROL);
    let mut before: Vec<_> = [ALICE, CAROL]
        .iter()
        .flat_map(|with| bobs(&world, with))
        .map(|it| (it.place(), it.text))
        .collect();
    before.sort();
    let commits = world.stores(BOBS).count();
    publish_at_both(&mut world, 5, 0);
    let after: Vec<_> = bobs(&world, ALICE)
        .into_iter()
        .map(|it| (it.place(), it.text))
        .collect();
    assert_eq!(after, before);
    assert!(bobs(&world, CAROL).is_empty());
    let memory = world.devices[BOBS].engine.memory();
    assert_eq!(
        memory.conversations[&jid(ALICE)].draft(),
        Some("Dear\nHello")
    );
    assert_eq!(memory.conversations[&jid(ALICE)].unread(), unread);
    let policy = memory.protection[&jid(ALICE)].policy;
    assert_eq!(policy, Some(EncryptionPolicy::Omemo2));
    let mut steps = 0;
    for store in world.stores(BOBS).skip(commits) {
        let [home, other] = [ALICE, CAROL].map(|with| messages(&store, with));
        let mut all: Vec<_> = home.iter().chain(&other).map(|it| it.position).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), before.len());
        assert_eq!(home.len() + other.len(), before.len());
        let both = store.load().unwrap().conversations;
        let both = [ALICE, CAROL].map(|it| both.get(&jid(it)).map_or(0, |it| it.unread()));
        assert_eq!(both.iter().sum::<u64>(), unread);
        steps += usize::from(!home.is_empty() && !other.is_empty());
    }
    assert!(steps > 1, "it moves in steps");
    // Everything that came is seen at once.
    let command = Command::MarkDisplayed {
        conversation: jid(CAROL),
        up_to: memory.conversations[&jid(ALICE)]
            .last()
            .unwrap()
            .place
            .position,
    };
    world.command(BOBS, command);
    assert_eq!(world.unread(BOBS, ALICE), 0);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(bobs(&world, ALICE).len(), before.len());
}

/// Whoever runs a server can put anything there in the name of its accounts.
#[test]
fn an_identity_that_came_late_diverts_nothing_and_says_nothing() {
    let mut world = friends();
    let hers = sign(&body(&world, 4, &[ALICE], &[ALICES]), &key(1));
    publish(&mut world, ALICE, &hers);
    bob_writes(&mut world, CAROL, "Known for long");
    world.sleep(DAY);
    publish_at_both(&mut world, 5, 9);
    assert_eq!(person(&world), None);
    bob_writes(&mut world, ALICE, "To Alice");
    say(&mut world, CAROLS, "From the server");
    assert_eq!(world.texts(BOBS, ALICE), ["To Alice"]);
    assert_eq!(world.texts(ALICES, BOB), ["To Alice"]);
    assert_eq!(
        world.texts(BOBS, CAROL),
        ["Known for long", "From the server"]
    );
}

#[test]
fn a_revoked_address_speaks_for_itself_again() {
    let mut world = at_both(9);
    say(&mut world, CAROLS, "Mine");
    revoke(&mut world, CAROL, ALICE);
    say(&mut world, CAROLS, "Not mine");
    assert_eq!(ways(&world, ALICE), [came("Mine", Some(CAROL))]);
    assert_eq!(ways(&world, CAROL), [came("Not mine", None)]);
    bob_writes(&mut world, ALICE, "Where are you?");
    assert_eq!(world.texts(ALICES, BOB), ["Where are you?"]);
}

#[test]
fn a_home_that_was_revoked_is_not_the_person_any_more() {
    let mut world = at_both(0);
    say(&mut world, ALICES, "Before");
    revoke(&mut world, ALICE, CAROL);
    assert_eq!(person(&world).unwrap().home, jid(ALICE));
    say(&mut world, ALICES, "Stolen");
    // Whoever has the account now changes nothing of what was said when it was hers.
    let first = messages(&world.devices[ALICES].store, BOB)[0].position;
    let command = Command::EditMessage {
        conversation: jid(BOB),
        position: first,
        text: "Forged".to_owned(),
    };
    world.command(ALICES, command);
    world.pass(Duration::from_secs(60));
    bob_writes(&mut world, ALICE, "To the person");
    say(&mut world, CAROLS, "From the person");
    let expected = [
        came("Before", None),
        came("Stolen", Some(ALICE)),
        came("Forged", Some(ALICE)),
        came("To the person", Some(CAROL)),
        came("From the person", Some(CAROL)),
    ];
    assert_eq!(ways(&world, ALICE), expected);
    assert_eq!(
        world.texts(CAROLS, BOB),
        ["To the person", "From the person"]
    );
    let shown = view(&world).conversation.unwrap();
    let former: Vec<bool> = shown
        .messages
        .iter()
        .map(|it| it.is_from_former_address)
        .collect();
    assert_eq!(former, [false, true, true, false, false]);
    let ways = shown.ways.unwrap();
    assert!(!ways.is_home && ways.written_to == CAROL);
    let theirs: Vec<(&str, bool)> = ways
        .addresses
        .iter()
        .map(|it| (it.jid.as_str(), it.is_theirs))
        .collect();
    assert_eq!(theirs, [(CAROL, true), (ALICE, false)]);
}

#[test]
fn a_disputed_address_is_apart_until_the_user_has_decided() {
    let mut world = at_both(9);
    let other = sign(&body(&world, 1, &[CAROL], &[]), &key(2));
    publish(&mut world, CAROL, &other);
    assert!(known(&world, CAROL).unwrap().challenge.is_some());
    say(&mut world, CAROLS, "Who am I?");
    bob_writes(&mut world, ALICE, "To Alice alone");
    assert_eq!(ways(&world, ALICE), [came("To Alice alone", None)]);
    assert_eq!(world.texts(ALICES, BOB), ["To Alice alone"]);
    assert_eq!(world.texts(BOBS, CAROL), ["Who am I?"]);
    let command = Command::DecideIdentity {
        jid: jid(CAROL),
        identity: key(2).public(),
        verdict: IdentityVerdict::KeepOld,
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(5));
    let expected = [came("Who am I?", Some(CAROL)), came("To Alice alone", None)];
    assert_eq!(ways(&world, ALICE), expected);
}

#[test]
fn nobody_is_joined_by_what_one_side_claims() {
    let mut world = friends();
    let one = sign(&body(&world, 1, &[ALICE, CAROL, BOB], &[]), &key(1));
    let other = sign(&body(&world, 1, &[CAROL, ALICE, BOB], &[]), &key(2));
    publish(&mut world, ALICE, &one);
    publish(&mut world, CAROL, &other);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(person(&world), None);
    let memory = world.devices[BOBS].engine.memory();
    for account in [ALICE, BOB, CAROL] {
        assert_eq!(memory.home_of(&jid(account)), jid(account));
    }
    bob_writes(&mut world, BOB, "Note to self");
    assert_eq!(world.texts(BOBS, BOB), ["Note to self"]);
}

/// Two addresses are one person's and two servers'. Neither speaks in the name of the other.
#[test]
fn a_server_says_nothing_about_what_came_by_another_one() {
    let mut world = at_both(0);
    let command = Command::SetEncryption {
        conversation: jid(ALICE),
        policy: Some(EncryptionPolicy::Clear),
    };
    world.command(BOBS, command);
    bob_writes(&mut world, ALICE, "Asked");
    say_raw(
        &mut world,
        ALICE,
        "id='a-long-name-of-a-message'><body>Yes</body>",
    );
    let asked = bobs(&world, ALICE)[0].id.to_string();
    let before = bobs(&world, ALICE);
    let retract = "<retract id='a-long-name-of-a-message' xmlns='urn:xmpp:message-retract:1'/>";
    let react = format!(
        "<reactions id='{asked}' xmlns='urn:xmpp:reactions:0'><reaction>👍</reaction></reactions>"
    );
    let displayed = format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='{asked}'/>");
    for said in [retract, &react, &displayed] {
        say_raw(&mut world, CAROL, &format!("id='x1'>{said}"));
    }
    assert_eq!(bobs(&world, ALICE), before);
    // A correction is shown as the message that it is.
    let replace = "<body>No</body><replace id='a-long-name-of-a-message' \
                   xmlns='urn:xmpp:message-correct:0'/>";
    say_raw(&mut world, CAROL, &format!("id='x2'>{replace}"));
    // So is one that has the same name.
    say_raw(
        &mut world,
        CAROL,
        "id='a-long-name-of-a-message'><body>Yes</body>",
    );
    let mut expected: Vec<_> = before.iter().map(|it| came(&it.text, None)).collect();
    expected.extend([came("No", Some(CAROL)), came("Yes", Some(CAROL))]);
    assert_eq!(ways(&world, ALICE), expected);
    // The same address may say all of that.
    for said in [&react, &displayed] {
        say_raw(&mut world, ALICE, &format!("id='y1'>{said}"));
    }
    let asked = bobs(&world, ALICE)[0].clone();
    assert_eq!(asked.delivery(), Some(&Delivery::Displayed));
    assert_eq!(asked.reactions.theirs.emojis, ["👍"]);
}

fn come_back(world: &mut World, account: &str, id: &str) {
    let error = "<error type='wait'><remote-server-timeout \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let stanza = format!("<message to='{BOB}' type='error' id='{id}'>{error}</message>");
    world.say_as(account, &stanza);
    world.pass(Duration::from_secs(60));
}

#[test]
fn a_message_that_comes_back_goes_on_to_the_next_address_once() {
    let mut world = at_both(9);
    // Nobody answers for her there.
    world.cut(CAROLS);
    world.command(CAROLS, Command::GoOffline);
    bob_writes(&mut world, ALICE, "Hello");
    let sent = bobs(&world, ALICE).remove(0);
    assert_eq!(sent.address(), &jid(CAROL));
    assert!(world.texts(ALICES, BOB).is_empty());
    let id = sent.id.to_string();
    come_back(&mut world, CAROL, &id);
    assert_eq!(world.texts(ALICES, BOB), ["Hello"]);
    let moved = bobs(&world, ALICE).remove(0);
    assert_eq!((moved.address(), &moved.id), (&jid(ALICE), &sent.id));
    assert_eq!(moved.delivery(), Some(&Delivery::Delivered));
    let ways = view(&world).conversation.unwrap().ways.unwrap();
    assert!(matches!(
        ways.because,
        RouteReason::OthersUnreachable { .. }
    ));
    // The next one does not try it first.
    bob_writes(&mut world, ALICE, "Again");
    assert_eq!(world.texts(ALICES, BOB), ["Hello", "Again"]);
    assert!(bobs(&world, ALICE)[1].tried.is_empty());
}

#[test]
fn what_no_address_takes_has_failed() {
    let mut world = at_both(9);
    for device in [ALICES, CAROLS] {
        world.cut(device);
        world.command(device, Command::GoOffline);
    }
    bob_writes(&mut world, ALICE, "Hello");
    let id = bobs(&world, ALICE)[0].id.to_string();
    come_back(&mut world, CAROL, &id);
    // Also after a restart it is known who had it.
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(bobs(&world, ALICE)[0].address(), &jid(ALICE));
    come_back(&mut world, ALICE, &id);
    let failed = bobs(&world, ALICE).remove(0);
    assert!(
        matches!(failed.delivery(), Some(Delivery::Failed(_))),
        "{failed:?}"
    );
    assert_eq!(failed.tried.len(), 2);
    world.command(BOBS, Command::Resend { id: failed.id });
    world.pass(Duration::from_secs(60));
    assert!(bobs(&world, ALICE)[0].tried.is_empty());
    assert_eq!(bobs(&world, ALICE)[0].delivery(), Some(&Delivery::Stored));
}

fn write_to(world: &mut World, address: Option<&str>) {
    let command = Command::WriteTo {
        conversation: jid(ALICE),
        address: address.map(jid),
    };
    world.command(BOBS, command);
    world.pass(Duration::from_secs(1));
}

#[test]
fn the_users_choice_counts_as_long_as_it_is_the_persons() {
    let mut world = at_both(0);
    told(&mut world);
    // Nobody answers for her there.
    world.cut(CAROLS);
    world.command(CAROLS, Command::GoOffline);
    write_to(&mut world, Some(BOB));
    let refused = Event::CommandRefused(CommandError::NotTheirAddress { address: jid(BOB) });
    assert!(told(&mut world).contains(&refused));
    write_to(&mut world, Some(CAROL));
    bob_writes(&mut world, ALICE, "Chosen");
    let id = bobs(&world, ALICE)[0].id.to_string();
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    bob_writes(&mut world, ALICE, "Still");
    for message in bobs(&world, ALICE) {
        assert_eq!(message.address(), &jid(CAROL));
        assert_eq!(message.delivery(), Some(&Delivery::Stored));
    }
    // What comes back from there was not to go elsewhere.
    come_back(&mut world, CAROL, &id);
    let chosen = bobs(&world, ALICE).remove(0);
    let failed = matches!(chosen.delivery(), Some(Delivery::Failed(_)));
    assert!(failed, "{chosen:?}");
    assert!(world.texts(ALICES, BOB).is_empty());
    revoke(&mut world, CAROL, ALICE);
    bob_writes(&mut world, ALICE, "Automatic");
    assert_eq!(world.texts(ALICES, BOB), ["Automatic"]);
}

#[test]
fn what_is_done_to_a_contact_is_done_at_all_addresses() {
    let mut world = at_both(0);
    let name = Some("Ally".to_owned());
    let rename = Command::RenameContact {
        jid: jid(CAROL),
        name,
    };
    world.command(BOBS, rename);
    world.pass(Duration::from_secs(5));
    let memory = world.devices[BOBS].engine.memory();
    let names = memory.contacts.values().map(|it| it.name.as_deref());
    assert!(names.eq([Some("Ally"); 2]));
    world.command(BOBS, Command::Block { jid: jid(ALICE) });
    world.pass(Duration::from_secs(5));
    say(&mut world, CAROLS, "Let me in");
    assert!(bobs(&world, ALICE).is_empty() && bobs(&world, CAROL).is_empty());
    world.command(BOBS, Command::Unblock { jid: jid(ALICE) });
    world.command(BOBS, Command::RemoveContact { jid: jid(ALICE) });
    world.pass(Duration::from_secs(5));
    let memory = world.devices[BOBS].engine.memory();
    assert!(memory.account.blocked.is_empty());
    assert!(memory.contacts.is_empty());
}

#[test]
fn nothing_goes_in_the_clear_because_another_address_cannot_read() {
    let devices = [ALICE, BOB].map(|account| Device::with_identity(account, "desk", None));
    let mut world = World::of([ALICE, BOB, CAROL], devices.into());
    for contact in [ALICE, CAROL] {
        let command = Command::AddContact {
            jid: jid(contact),
            name: None,
            introduction: None,
        };
        world.command(BOBS, command);
    }
    let command = Command::AddContact {
        jid: jid(BOB),
        name: None,
        introduction: None,
    };
    world.command(ALICES, command);
    world.pass(Duration::from_secs(10));
    world.say_as(CAROL, &format!("<presence type='subscribed' to='{BOB}'/>"));
    world.pass(Duration::from_secs(10));
    let command = Command::SetEncryption {
        conversation: jid(ALICE),
        policy: Some(EncryptionPolicy::BestOrClear),
    };
    world.command(BOBS, command);
    let statement = sign(&listing(&world, 5, 9), &key(1));
    publish(&mut world, CAROL, &statement);
    publish(&mut world, ALICE, &statement);
    world.restart(BOBS);
    world.pass(Duration::from_secs(60));
    assert_eq!(person(&world).unwrap().home, jid(ALICE));
    // She would rather be written to where she has no program that can read it.
    bob_writes(&mut world, ALICE, "Sealed");
    assert_eq!(world.texts(ALICES, BOB), ["Sealed"]);
    let ways = view(&world).conversation.unwrap().ways.unwrap();
    assert_eq!(ways.because, RouteReason::OthersCannotRead);
    let bytes = revocation(&world, ALICE, CAROL);
    world.command(BOBS, Command::TakeIdentityDocument { bytes });
    world.pass(Duration::from_secs(5));
    bob_writes(&mut world, ALICE, "Not for servers");
    assert_eq!(bobs(&world, ALICE)[1].delivery(), Some(&Delivery::Queued));
    let hold = world.devices[BOBS].engine.hold(&jid(ALICE));
    assert!(matches!(hold, Some(Hold::NoDevices { .. })), "{hold:?}");
    assert!(!world.was_readable("Not for servers"));
}

#[test]
fn a_successor_whom_the_user_takes_goes_on_in_the_same_conversation() {
    let mut world = at_both(0);
    say(&mut world, ALICES, "Before");
    let proposed = Succession::propose(&key(1), key(2).public(), world.now()).unwrap();
    let bytes = proposed.accept(&key(2)).unwrap();
    world.command(BOBS, Command::TakeIdentityDocument { bytes });
    world.pass(Duration::from_secs(5));
    // Whether it is the same person is the user's to say.
    say(&mut world, CAROLS, "Undecided");
    assert_eq!(world.texts(BOBS, CAROL), ["Undecided"]);
    let statement = sign(&body(&world, 1, &[ALICE, CAROL], &[]), &key(2));
    for account in [ALICE, CAROL] {
        publish(&mut world, account, &statement);
        let command = Command::DecideIdentity {
            jid: jid(account),
            identity: key(2).public(),
            verdict: IdentityVerdict::TakeNew,
        };
        world.command(BOBS, command);
        world.pass(Duration::from_secs(60));
    }
    let memory = world.devices[BOBS].engine.memory();
    let person = memory.person_of(&jid(ALICE)).unwrap();
    assert_eq!(person.identity, key(2).public());
    assert!(!memory.is_former_home(&jid(ALICE)));
    let expected = [came("Before", None), came("Undecided", Some(CAROL))];
    assert_eq!(ways(&world, ALICE), expected);
}
