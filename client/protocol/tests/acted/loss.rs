//! Connections that break and programs that die, at every step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::delivery::Delivery;
use proptest::prelude::*;

use crate::world::{BOB, World, jid};

#[derive(Debug, Clone)]
enum Step {
    Write,
    Receive,
    Confirm(usize),
    CarryOut(usize),
    ToServer(usize),
    ToClient(usize),
    /// One whole exchange: without these a login would rarely come to its end.
    Exchange,
    /// Everything that needs no time.
    Drive,
    Cut,
    Crash,
    /// The server forgets the lost stream.
    ForgetStream,
    Pass(u64),
    AddContact(u8),
    RetryNow,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Write),
        4 => Just(Step::Receive),
        2 => any::<usize>().prop_map(Step::Confirm),
        5 => (1..4_usize).prop_map(Step::CarryOut),
        5 => (1..1_000_usize).prop_map(Step::ToServer),
        5 => (1..1_000_usize).prop_map(Step::ToClient),
        4 => Just(Step::Exchange),
        3 => Just(Step::Drive),
        2 => Just(Step::Cut),
        2 => Just(Step::Crash),
        1 => Just(Step::ForgetStream),
        2 => (0..5_u64).prop_map(Step::Pass),
        1 => (0..4_u8).prop_map(Step::AddContact),
        3 => Just(Step::RetryNow),
    ]
}

/// What the script has done so far, to compare with what became of it.
#[derive(Default)]
struct Script {
    written: usize,
    received: usize,
    added: BTreeSet<String>,
}

impl Script {
    fn act(&mut self, step: &Step, world: &mut World) {
        match *step {
            Step::Write => {
                world.write(BOB, &format!("Ours {}", self.written));
                self.written += 1;
            }
            Step::Receive => {
                let number = self.received;
                world.receive(BOB, &format!("their-{number}"), &format!("Theirs {number}"));
                self.received += 1;
            }
            Step::Confirm(which) => {
                let texts = world.server.texts();
                if !texts.is_empty() {
                    let id = &texts[which % texts.len()].0;
                    world.server.deliver(&format!(
                        "<message from='{BOB}/phone' type='chat'>\
                         <received xmlns='urn:xmpp:receipts' id='{id}'/></message>"
                    ));
                }
            }
            Step::CarryOut(count) => {
                for _ in 0..count {
                    world.carry_out_one();
                }
            }
            Step::ToServer(count) => {
                world.move_to_server(count);
            }
            Step::ToClient(count) => {
                world.move_to_client(count);
            }
            Step::Exchange => {
                while world.carry_out_one() {}
                world.move_to_server(usize::MAX);
                world.move_to_client(usize::MAX);
            }
            Step::Drive => world.drive(),
            Step::Cut => world.cut(),
            Step::Crash => world.crash(),
            Step::ForgetStream => world.server.forget_stream(),
            Step::Pass(seconds) => {
                // Unlike `pass`, this lets nothing else happen meanwhile.
                world.now += Duration::from_secs(seconds);
                world.input(onym_client_protocol::Input::Tick);
            }
            Step::AddContact(number) => {
                let contact = format!("friend-{number}@c.example");
                world.command(Command::AddContact {
                    jid: jid(&contact),
                    name: None,
                });
                self.added.insert(contact);
            }
            Step::RetryNow => world.command(Command::ConnectNow),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Management {
    None,
    Counted,
    Resumable { failed_has_h: bool },
}

fn run(steps: &[Step], management: Management) {
    let mut world = World::new();
    let managed = management != Management::None;
    world.server.managed = managed;
    if let Management::Resumable { failed_has_h } = management {
        world.server.resumption = true;
        world.server.failed_has_h = failed_has_h;
    }
    world.server.push_contact("subscription='both'", BOB);
    let mut script = Script::default();
    for step in steps {
        script.act(step, &mut world);
    }
    // The storm is over.
    world.pass(Duration::from_secs(20 * 60));
    assert!(
        world.engine.connection().is_online(),
        "{:?}",
        world.engine.connection()
    );
    world.assert_memory_is_stored();

    let records = world.messages(BOB);
    // Whatever the store has of ours, our server has too, under one id and whole; and our server
    // has nothing that the store has not.
    let ours: BTreeMap<String, String> = records
        .iter()
        .filter(|record| !record.is_incoming())
        .map(|record| (record.id.to_string(), record.text.clone()))
        .collect();
    let texts: BTreeSet<&String> = ours.values().collect();
    assert_eq!(texts.len(), ours.len(), "a message has two ids");
    let seen: BTreeMap<String, String> = world.server.texts().into_iter().collect();
    assert_eq!(seen, ours);
    for record in &records {
        let delivery = record.delivery();
        let is_there =
            delivery.is_none_or(|it| matches!(it, Delivery::Stored | Delivery::Delivered));
        assert!(is_there, "{record:?}");
    }
    // They arrived in the order in which they were written, not counting repetitions.
    let mut first_seen = BTreeSet::new();
    let order: Vec<String> = world
        .server
        .texts()
        .into_iter()
        .map(|(id, _)| id)
        .filter(|id| first_seen.insert(id.clone()))
        .collect();
    let expected: Vec<String> = records
        .iter()
        .filter(|record| !record.is_incoming())
        .map(|record| record.id.to_string())
        .collect();
    assert_eq!(order, expected);

    // Everything of theirs is here once, in order, and they know.
    if managed {
        assert!(world.server.is_settled());
        let theirs: Vec<&str> = records
            .iter()
            .filter(|record| record.is_incoming())
            .map(|record| record.text.as_str())
            .collect();
        let expected: Vec<String> = (0..script.received)
            .map(|number| format!("Theirs {number}"))
            .collect();
        assert_eq!(theirs, expected);
        let receipts: BTreeSet<String> = world.server.receipts().into_iter().collect();
        assert_eq!(receipts.len(), script.received);
    }
    // Every decision that was saved is carried out.
    assert!(world.engine.memory().intents.is_empty());
    for contact in world.server.roster.keys().filter(|contact| *contact != BOB) {
        assert!(script.added.contains(contact));
        assert!(world.engine.memory().contacts[&jid(contact)].asked);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(steps in prop::collection::vec(step(), 0..150)) {
        run(&steps, Management::Counted);
    }

    #[test]
    fn nor_without_stream_management(steps in prop::collection::vec(step(), 0..100)) {
        run(&steps, Management::None);
    }

    #[test]
    fn nor_when_streams_are_taken_up_again(
        steps in prop::collection::vec(step(), 0..150),
        failed_has_h in any::<bool>(),
    ) {
        run(&steps, Management::Resumable { failed_has_h });
    }
}
