//! Corrections, retractions, reactions and replies, from both sides.

use minidom::Element;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{MessageRecord, Position, Store};
use onym_stream::ns;

use crate::world::{ALICE, BOB, CAROL, World, jid};

/// A message that Bob's client sends.
fn from_bob(world: &mut World, id: &str, children: &str) {
    from(world, BOB, id, children);
}

fn from(world: &mut World, who: &str, id: &str, children: &str) {
    world.server.deliver(&format!(
        "<message from='{who}/phone' to='{ALICE}' type='chat' id='{id}'>{children}</message>"
    ));
    world.drive();
}

/// The messages that the server got, without those that ask for nothing.
fn sent(world: &World) -> Vec<Element> {
    let received = world.server.received.iter();
    received
        .filter(|it| it.name() == "message")
        .cloned()
        .collect()
}

fn edit(position: Position, text: &str) -> Command {
    Command::EditMessage {
        conversation: jid(BOB),
        position,
        text: text.to_owned(),
    }
}

fn retract(position: Position) -> Command {
    Command::Retract {
        conversation: jid(BOB),
        position,
    }
}

fn react(position: Position, emojis: &[&str]) -> Command {
    Command::React {
        conversation: jid(BOB),
        position,
        emojis: emojis.iter().map(|emoji| (*emoji).to_owned()).collect(),
    }
}

fn only(world: &World) -> MessageRecord {
    let [message] = &world.messages(BOB)[..] else {
        panic!("not one message: {:?}", world.messages(BOB))
    };
    message.clone()
}

fn refusal(world: &mut World, command: Command) -> CommandError {
    world.take_events();
    world.command(command);
    world.drive();
    match &world.take_events()[..] {
        [Event::CommandRefused(error)] => error.clone(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn bob_corrects_what_he_wrote() {
    let mut world = World::online_with_bob();
    from_bob(&mut world, "m1", "<body>Helo</body>");
    world.take_events();
    let replace = |id: &str| format!("<replace xmlns='urn:xmpp:message-correct:0' id='{id}'/>");
    from_bob(
        &mut world,
        "c1",
        &format!("<body>Hello</body>{}", replace("m1")),
    );
    let message = only(&world);
    assert_eq!(message.text, "Hello");
    assert_eq!(world.take_events(), [Event::MessageChanged(message)]);
    // A correction that names the correction is one of the message, and a repetition is none.
    from_bob(
        &mut world,
        "c2",
        &format!("<body>Hello!</body>{}", replace("c1")),
    );
    from_bob(
        &mut world,
        "c1",
        &format!("<body>Hello</body>{}", replace("m1")),
    );
    let message = only(&world);
    let edit = message.edit.unwrap();
    let earlier: Vec<&str> = edit.earlier.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(
        (message.text.as_str(), earlier),
        ("Hello!", vec!["Helo", "Hello"])
    );
    assert_eq!(world.engine.memory().conversations[&jid(BOB)].unread(), 1);
    let preview = world.engine.memory().conversations[&jid(BOB)]
        .last()
        .unwrap();
    assert_eq!(preview.text, "Hello!");
    // Nobody else corrects it; what they say is theirs.
    from(
        &mut world,
        CAROL,
        "c3",
        &format!("<body>Evil</body>{}", replace("m1")),
    );
    assert_eq!(only(&world).text, "Hello!");
    assert_eq!(world.messages(CAROL).len(), 1);
    world.assert_memory_is_stored();
}

#[test]
fn bob_cannot_touch_what_alice_wrote() {
    let mut world = World::online_with_bob();
    world.write(BOB, "Mine");
    world.drive();
    let ours = only(&world);
    let id = ours.id.as_str();
    let correction =
        format!("<body>Yours</body><replace xmlns='urn:xmpp:message-correct:0' id='{id}'/>");
    from_bob(&mut world, "c1", &correction);
    // His text is shown as what it is: a message of his.
    let theirs = world.messages(BOB)[1].clone();
    assert_eq!(
        (theirs.text.as_str(), theirs.is_incoming()),
        ("Yours", true)
    );
    let retraction = format!("<retract xmlns='urn:xmpp:message-retract:1' id='{id}'/>");
    from_bob(&mut world, "r1", &retraction);
    assert_eq!(world.messages(BOB)[0], ours);
    world.assert_memory_is_stored();
}

#[test]
fn a_correction_without_its_message_is_shown_and_meets_it_later() {
    let mut world = World::online_with_bob();
    let correction = "<body>Hello</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>";
    from_bob(&mut world, "c1", correction);
    assert_eq!(only(&world).text, "Hello");
    from_bob(&mut world, "m1", "<body>Helo</body>");
    let message = only(&world);
    assert_eq!(message.text, "Hello");
    assert_eq!(message.edit.unwrap().earlier[0].text, "Helo");
}

#[test]
fn bob_takes_a_message_back() {
    let mut world = World::online_with_bob();
    from_bob(&mut world, "m1", "<body>Secret</body>");
    world.take_events();
    let retraction = "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>\
        <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>\
        <body>/me retracted a previous message</body>";
    from(&mut world, CAROL, "r0", retraction);
    assert_eq!(only(&world).text, "Secret");
    assert!(world.messages(CAROL).is_empty());
    from_bob(&mut world, "r1", retraction);
    let message = only(&world);
    assert_eq!(
        (message.text.as_str(), message.retracted),
        ("", Some(world.now))
    );
    assert_eq!(world.take_events(), [Event::MessageChanged(message)]);
    assert!(
        world.engine.memory().conversations[&jid(BOB)]
            .last()
            .unwrap()
            .is_retracted
    );
    from_bob(&mut world, "m1", "<body>Secret</body>");
    assert_eq!(only(&world).text, "", "a repetition does not bring it back");
    world.assert_memory_is_stored();
    assert!(!format!("{:?}", world.store.load().unwrap()).contains("Secret"));
}

#[test]
fn bob_reacts_and_thinks_again() {
    let mut world = World::online_with_bob();
    world.write(BOB, "Cake?");
    world.drive();
    let id = only(&world).id.as_str().to_owned();
    let reactions = |id: &str, inner: &str| {
        format!("<reactions xmlns='urn:xmpp:reactions:0' id='{id}'>{inner}</reactions>")
    };
    let yes = "<reaction>👍</reaction><reaction>🎂</reaction>";
    from(&mut world, CAROL, "x0", &reactions(&id, yes));
    assert!(only(&world).reactions.theirs.emojis.is_empty());
    from_bob(&mut world, "x1", &reactions(&id, yes));
    assert_eq!(only(&world).reactions.theirs.emojis, ["👍", "🎂"]);
    from_bob(&mut world, "x2", &reactions(&id, "<reaction>👎</reaction>"));
    assert_eq!(only(&world).reactions.theirs.emojis, ["👎"]);
    from_bob(&mut world, "x3", &reactions(&id, ""));
    assert!(only(&world).reactions.theirs.emojis.is_empty());
    assert!(only(&world).reactions.ours.emojis.is_empty());
    // Some clients send the emoji as a text for those that know no reactions.
    let fallback =
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'/><body>👍</body>";
    from_bob(
        &mut world,
        "x4",
        &(reactions(&id, "<reaction>👍</reaction>") + fallback),
    );
    assert_eq!(only(&world).reactions.theirs.emojis, ["👍"]);
    assert!(world.server.receipts().is_empty());
    world.assert_memory_is_stored();
}

#[test]
fn alice_corrects_takes_back_and_reacts() {
    let mut world = World::online_with_bob();
    from_bob(
        &mut world,
        "m1",
        "<body>Hello</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/>",
    );
    world.write(BOB, "Helo");
    world.drive();
    let (theirs, ours) = (
        world.messages(BOB)[0].clone(),
        world.messages(BOB)[1].clone(),
    );
    world.take_events();
    world.command(edit(ours.position, "Hello"));
    world.command(react(theirs.position, &["👋"]));
    world.drive();
    let [_, correction, reaction] = &sent(&world)[..] else {
        panic!("{:?}", sent(&world))
    };
    let replace = correction.get_child("replace", ns::CORRECTION).unwrap();
    assert_eq!(replace.attr("id"), Some(ours.id.as_str()));
    assert_ne!(correction.attr("id"), Some(ours.id.as_str()));
    assert_eq!(
        correction.get_child("body", ns::CLIENT).unwrap().text(),
        "Hello"
    );
    let reactions = reaction.get_child("reactions", ns::REACTIONS).unwrap();
    assert_eq!(reactions.attr("id"), Some("o1"));
    assert!(reaction.has_child("store", ns::HINTS));
    assert!(world.engine.memory().pending.is_empty());
    let events = world.take_events();
    assert_eq!(events.len(), 2, "{events:?}");
    world.command(retract(ours.position));
    world.drive();
    let retraction = sent(&world).pop().unwrap();
    let retract_element = retraction.get_child("retract", ns::RETRACTION).unwrap();
    assert_eq!(retract_element.attr("id"), Some(ours.id.as_str()));
    assert_eq!(world.messages(BOB)[1].text, "");
    assert_eq!(
        refusal(&mut world, edit(ours.position, "x")),
        CommandError::AlreadyRetracted
    );
    assert_eq!(
        refusal(&mut world, edit(theirs.position, "x")),
        CommandError::NotOurs
    );
    assert_eq!(
        refusal(&mut world, retract(theirs.position)),
        CommandError::NotOurs
    );
    assert_eq!(
        refusal(&mut world, retract(Position(99))),
        CommandError::NoSuchMessage
    );
    assert_eq!(
        refusal(&mut world, react(theirs.position, &["no"])),
        CommandError::NotAnEmoji
    );
    world.assert_memory_is_stored();
}

#[test]
fn what_is_said_without_a_connection_is_kept_and_said_once() {
    let mut world = World::online_with_bob();
    from_bob(&mut world, "m1", "<body>Hello</body>");
    world.write(BOB, "Helo");
    world.drive();
    let (theirs, ours) = (
        world.messages(BOB)[0].clone(),
        world.messages(BOB)[1].clone(),
    );
    let before = sent(&world).len();
    world.reachable = false;
    world.cut();
    for command in [
        edit(ours.position, "Hell"),
        edit(ours.position, "Hello"),
        react(theirs.position, &["👋"]),
        react(theirs.position, &["👋", "🎉"]),
    ] {
        world.command(command);
        world.drive();
    }
    world.crash();
    world.pass(std::time::Duration::from_secs(60));
    assert_eq!(world.messages(BOB)[1].text, "Hello");
    world.reachable = true;
    world.pass(std::time::Duration::from_secs(600));
    let said = &sent(&world)[before..];
    let [correction, reaction] = said else {
        panic!("{said:?}")
    };
    assert_eq!(
        correction.get_child("body", ns::CLIENT).unwrap().text(),
        "Hello"
    );
    let reactions = reaction.get_child("reactions", ns::REACTIONS).unwrap();
    assert_eq!(reactions.children().count(), 2);
    assert!(
        correction.has_child("delay", ns::DELAY),
        "it says when it was written"
    );
    assert!(world.store.load().unwrap().pending.is_empty());
    world.assert_memory_is_stored();
}

#[test]
fn what_has_not_left_is_changed_before_it_leaves() {
    let mut world = World::online_with_bob();
    world.reachable = false;
    world.cut();
    world.write(BOB, "Helo");
    world.write(BOB, "Never mind");
    world.drive();
    let messages = world.messages(BOB);
    world.command(edit(messages[0].position, "Hello"));
    world.drive();
    world.command(retract(messages[1].position));
    world.drive();
    assert_eq!(only(&world).edit, None);
    world.reachable = true;
    world.pass(std::time::Duration::from_secs(600));
    let texts: Vec<String> = world.server.texts().into_iter().map(|it| it.1).collect();
    assert_eq!(texts, ["Hello"]);
    world.assert_memory_is_stored();
}

#[test]
fn a_refused_reaction_is_taken_back() {
    let mut world = World::online_with_bob();
    from_bob(&mut world, "m1", "<body>Only hearts</body>");
    let position = only(&world).position;
    for emoji in ["❤️", "👍"] {
        world.command(react(position, &[emoji]));
        world.drive();
    }
    let id = sent(&world).pop().unwrap().attr("id").unwrap().to_owned();
    let error = "<error type='modify'><not-acceptable \
        xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    for from in [CAROL, BOB] {
        world.server.deliver(&format!(
            "<message type='error' from='{from}' id='{id}'>{error}</message>"
        ));
        world.drive();
        let expected = if from == BOB { "❤️" } else { "👍" };
        assert_eq!(only(&world).reactions.ours.emojis, [expected]);
    }
}

#[test]
fn an_answer_shows_what_it_answers() {
    let mut world = World::online_with_bob();
    from_bob(&mut world, "m1", "<body>Shall we\nbake a cake?</body>");
    let position = only(&world).position;
    world.command(Command::SendMessage {
        to: jid(BOB),
        text: "Great idea!".to_owned(),
        reply: Some(position),
    });
    world.drive();
    let answer = sent(&world).pop().unwrap();
    let body = answer.get_child("body", ns::CLIENT).unwrap().text();
    assert_eq!(body, "> Shall we\n> bake a cake?\nGreat idea!");
    let reply = answer.get_child("reply", ns::REPLY).unwrap();
    assert_eq!(
        (reply.attr("id"), reply.attr("to")),
        (Some("m1"), Some(BOB))
    );
    let ours = world.messages(BOB)[1].clone();
    assert_eq!(ours.text, "Great idea!");
    // Bob answers that, and marks what older clients shall see.
    let id = ours.id.as_str();
    from_bob(
        &mut world,
        "m2",
        &format!(
            "<body>&gt; Great idea!\nTomorrow</body><reply xmlns='urn:xmpp:reply:0' id='{id}' to='{ALICE}'/>\
             <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='14'/></fallback>"
        ),
    );
    let theirs = world.messages(BOB)[2].clone();
    assert_eq!(theirs.text, "Tomorrow");
    let reply = theirs.reply.unwrap();
    assert_eq!(
        (reply.to, reply.by_us, reply.quote.as_str()),
        (Some(ours.position), true, "Great idea!")
    );
    // A correction of our answer still says what it answers.
    world.command(edit(ours.position, "Great!"));
    world.drive();
    let correction = sent(&world).pop().unwrap();
    assert!(correction.has_child("reply", ns::REPLY));
    assert!(
        correction
            .get_child("body", ns::CLIENT)
            .unwrap()
            .text()
            .ends_with("\nGreat!")
    );
}

#[test]
fn a_sender_may_ask_for_plain_text() {
    let mut world = World::online_with_bob();
    from_bob(
        &mut world,
        "m1",
        "<body>&gt; _ &lt;</body><unstyled xmlns='urn:xmpp:styling:0'/>",
    );
    assert!(only(&world).unstyled);
}

#[test]
fn our_other_device_speaks_for_us() {
    let mut world = World::online_with_bob();
    from_bob(&mut world, "m1", "<body>Hello</body>");
    let carbon = |inner: &str| {
        format!(
            "<message from='{ALICE}' to='{ALICE}/desk'><sent xmlns='urn:xmpp:carbons:2'>\
             <forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></sent></message>"
        )
    };
    let ours = |id: &str, children: &str| {
        carbon(&format!(
            "<message xmlns='jabber:client' from='{ALICE}/phone' to='{BOB}' type='chat' id='{id}'>{children}</message>"
        ))
    };
    world.take_events();
    world.server.say(&ours("p1", "<body>Helo</body>"));
    world.drive();
    let message = world.messages(BOB)[1].clone();
    assert!(!message.is_incoming());
    assert_eq!(message.id.as_str(), "p1");
    assert_eq!(
        world.engine.memory().conversations[&jid(BOB)].unread(),
        0,
        "it was answered"
    );
    world.server.say(&ours(
        "p2",
        "<body>Hello</body><replace xmlns='urn:xmpp:message-correct:0' id='p1'/>",
    ));
    world.server.say(&ours(
        "p3",
        "<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👋</reaction></reactions>",
    ));
    world.drive();
    let messages = world.messages(BOB);
    assert_eq!(messages[1].text, "Hello");
    assert_eq!(messages[0].reactions.ours.emojis, ["👋"]);
    // Bob's receipt for it comes here as well.
    from_bob(
        &mut world,
        "r1",
        "<received xmlns='urn:xmpp:receipts' id='p1'/>",
    );
    assert_eq!(world.deliveries(BOB), ["Delivered"]);
    assert!(
        world.server.receipts().is_empty(),
        "nothing that was forwarded is answered"
    );
    // Only our own account forwards: Bob cannot put words into our mouth.
    let forged = ours("p9", "<body>I owe you</body>").replace(
        &format!("from='{ALICE}' to='{ALICE}/desk'"),
        &format!("from='{BOB}/phone' to='{ALICE}/desk'"),
    );
    world.server.say(&forged);
    world.drive();
    assert_eq!(world.messages(BOB).len(), 2);
    world.assert_memory_is_stored();
}
