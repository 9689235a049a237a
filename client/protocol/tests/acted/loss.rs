//! Connections that break and programs that die, at every step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::store::MessageRecord;
use proptest::prelude::*;

use crate::services::Services;
use crate::world::{ALICE, BOB, World, jid};

#[derive(Debug, Clone)]
enum Step {
    Write,
    Receive,
    /// Another device of ours sends or receives something.
    Elsewhere {
        is_sent: bool,
    },
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
        3 => any::<bool>().prop_map(|is_sent| Step::Elsewhere { is_sent }),
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
    elsewhere: Vec<bool>,
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
            Step::Elsewhere { is_sent } => {
                let number = self.elsewhere.len();
                let (from, to) = if is_sent { (ALICE, BOB) } else { (BOB, ALICE) };
                let message = format!(
                    "<message from='{from}/phone' to='{to}' type='chat' id='elsewhere-{number}'>\
                     <body>Elsewhere {number}</body></message>"
                );
                world.server.elsewhere(&message, is_sent);
                self.elsewhere.push(is_sent);
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
                    introduction: None,
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

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

/// `page` is how much the server's archive gives at a time, if it has one.
fn run(steps: &[Step], management: Management, page: Option<usize>) {
    let mut world = World::new();
    let managed = management != Management::None;
    world.server.managed = managed;
    if let Management::Resumable { failed_has_h } = management {
        world.server.resumption = true;
        world.server.failed_has_h = failed_has_h;
    }
    world.server.services = page.map(Services::all).unwrap_or_default();
    world.server.push_contact("subscription='both'", BOB);
    if page.is_some() {
        // A device that has never been there looks back on demand only.
        world.log_in();
    }
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
    check_ours(&world, &records);
    check_others(&world, &script, &records, managed, page.is_some());
    // Every decision that was saved is carried out.
    assert!(world.engine.memory().intents.is_empty());
    for contact in world.server.roster.keys().filter(|contact| *contact != BOB) {
        assert!(script.added.contains(contact));
        assert!(world.engine.memory().contacts[&jid(contact)].asked);
    }
}

/// What this device wrote is with the server, once and in order.
fn check_ours(world: &World, records: &[MessageRecord]) {
    // Whatever the store has of ours, our server has too, under one id and whole; and our server
    // has nothing that the store has not.
    let is_ours =
        |record: &&MessageRecord| !record.is_incoming() && record.text.starts_with("Ours");
    let ours: BTreeMap<String, String> = records
        .iter()
        .filter(is_ours)
        .map(|record| (record.id.to_string(), record.text.clone()))
        .collect();
    let texts: BTreeSet<&String> = ours.values().collect();
    assert_eq!(texts.len(), ours.len(), "a message has two ids");
    let seen: BTreeMap<String, String> = world.server.texts().into_iter().collect();
    assert_eq!(seen, ours);
    for record in records.iter().filter(is_ours) {
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
        .filter(is_ours)
        .map(|record| record.id.to_string())
        .collect();
    assert_eq!(order, expected);
}

/// What others wrote, and our other devices, is here once.
fn check_others(
    world: &World,
    script: &Script,
    records: &[MessageRecord],
    managed: bool,
    has_archive: bool,
) {
    // Everything of theirs is here once, in order, and they know.
    let theirs: Vec<&str> = records
        .iter()
        .filter(|record| record.is_incoming() && record.text.starts_with("Theirs"))
        .map(|record| record.text.as_str())
        .collect();
    let expected: Vec<String> = (0..script.received)
        .map(|number| format!("Theirs {number}"))
        .collect();
    if managed {
        assert!(world.server.is_settled());
        // To take up a stream is to acknowledge what came over it. Whoever loses it again before
        // the receipts of that are over loses them too, but no message.
        let receipts: BTreeSet<String> = world.server.receipts().into_iter().collect();
        if world.server.resumptions == 0 {
            assert_eq!(receipts.len(), script.received);
        }
    }
    match has_archive {
        // What was lost on the way comes from the archive, and then stands where it belongs.
        true => assert_eq!(
            sorted(theirs),
            sorted(expected.iter().map(String::as_str).collect())
        ),
        false if managed => assert_eq!(theirs, expected),
        false => {}
    }
    // So is what our other devices did, if the server can tell.
    let elsewhere: Vec<(String, bool)> = records
        .iter()
        .filter(|record| record.text.starts_with("Elsewhere"))
        .map(|record| (record.text.clone(), !record.is_incoming()))
        .collect();
    let expected: Vec<(String, bool)> = script
        .elsewhere
        .iter()
        .enumerate()
        .filter(|_| has_archive)
        .map(|(number, is_sent)| (format!("Elsewhere {number}"), *is_sent))
        .collect();
    assert_eq!(sorted(elsewhere), sorted(expected));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(steps in prop::collection::vec(step(), 0..150)) {
        run(&steps, Management::Counted, None);
    }

    #[test]
    fn nor_without_stream_management(steps in prop::collection::vec(step(), 0..100)) {
        run(&steps, Management::None, None);
    }

    #[test]
    fn nor_when_streams_are_taken_up_again(
        steps in prop::collection::vec(step(), 0..150),
        failed_has_h in any::<bool>(),
    ) {
        run(&steps, Management::Resumable { failed_has_h }, None);
    }

    #[test]
    fn nor_when_an_archive_is_read_meanwhile(
        steps in prop::collection::vec(step(), 0..150),
        management in prop::sample::select(vec![
            Management::None,
            Management::Counted,
            Management::Resumable { failed_has_h: true },
            Management::Resumable { failed_has_h: false },
        ]),
        page in 1..5_usize,
    ) {
        run(&steps, management, Some(page));
    }
}
