//! Endpoints that are killed at the worst moment. Nothing is lost, and nothing is shown twice.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use onym_tests::Random;
use serde_json::Value;

use crate::Test;
use crate::somebody::{Somebody, friends};
use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome, World};

pub(crate) const TESTS: &[Test] = &[
    (
        "the_sender_dies_before_a_message_could_leave",
        the_sender_dies_before_a_message_could_leave,
    ),
    (
        "the_sender_dies_while_a_message_leaves",
        the_sender_dies_while_a_message_leaves,
    ),
    (
        "the_recipient_dies_with_a_message_in_the_inbox",
        the_recipient_dies_with_a_message_in_the_inbox,
    ),
    (
        "both_sides_die_again_and_again_during_a_burst",
        both_sides_die_again_and_again_during_a_burst,
    ),
];

/// The sender has seen that the message is stored, and there is nobody who could have it already.
fn the_sender_dies_before_a_message_could_leave(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    bob.leave()?;
    alice.send(&bob, "kept")?;
    alice.crash()?;

    bob.come_back()?;
    alice.come_back()?;
    bob.read(&alice, "kept")?;
    nothing_comes_twice(&mut alice, &mut bob, &["kept"])
}

/// The sender's endpoint dies in the moment in which it says that it has the message, and the
/// other one is there to take it: it may or may not have gone out.
fn the_sender_dies_while_a_message_leaves(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    for text in ["one", "two", "three"] {
        alice.send(&bob, text)?;
        alice.crash()?;
        alice.come_back()?;
        bob.read(&alice, text)?;
    }
    nothing_comes_twice(&mut alice, &mut bob, &["one", "two", "three"])
}

/// The recipient's endpoint has acknowledged the message to the other endpoint, and dies before
/// anybody could read it.
fn the_recipient_dies_with_a_message_in_the_inbox(world: &World) -> Outcome {
    let (mut alice, mut bob) = friends(world)?;
    bob.stop_listening()?;
    alice.send(&bob, "unread")?;
    alice
        .person
        .wait_until_handed_over(&bob.person, MESSAGE_LIMIT)?;
    bob.crash()?;

    bob.start_endpoint()?;
    bob.listen()?;
    bob.read(&alice, "unread")?;
    nothing_comes_twice(&mut alice, &mut bob, &["unread"])
}

/// Everything that could still come would come before the message that is sent here.
fn nothing_comes_twice(alice: &mut Somebody, bob: &mut Somebody, texts: &[&str]) -> Outcome {
    alice.send_and_wait(bob, "the last one")?;
    bob.read(alice, "the last one")?;
    assert_eq!(bob.texts_read(), [texts, &["the last one"]].concat());
    // What was shown once is not shown to the next listener.
    bob.stop_listening()?;
    bob.listen()?;
    alice.send_and_wait(bob, "one more")?;
    bob.read(alice, "one more")?;
    assert_eq!(bob.listener().texts(), ["one more"]);
    Ok(())
}

/// Messages of the burst.
const BURST: usize = 50;
/// One of so many messages is followed by a kill of one side or the other.
const KILL_ONE_IN: u64 = 6;

fn both_sides_die_again_and_again_during_a_burst(world: &World) -> Outcome {
    let seed = std::env::var("ONYM_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(Random::any_seed);
    burst_with_kills(world, seed).map_err(|failed| {
        let why = failed.message().unwrap_or_default();
        Failed::from(format!("ONYM_TEST_SEED={seed}: {why}"))
    })
}

fn burst_with_kills(world: &World, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    let (mut alice, mut bob) = friends(world)?;
    let mut burst = Burst::default();
    for number in 0..BURST {
        match random.below(KILL_ONE_IN * 3) {
            0 => {
                burst.send_while_dying(number, &mut alice, &bob)?;
                alice.start_endpoint()?;
                alice.listen()?;
                burst.send_if_missing(number, &alice, &bob)?;
            }
            1 | 2 => {
                burst.send(number, &alice, &bob)?;
                alice.crash()?;
                alice.start_endpoint()?;
                alice.listen()?;
            }
            3..6 => {
                burst.send(number, &alice, &bob)?;
                bob.crash()?;
                bob.start_endpoint()?;
                bob.listen()?;
            }
            _ => burst.send(number, &alice, &bob)?,
        }
    }
    alice.send_and_wait(&bob, "the end")?;
    bob.read(&alice, "the end")?;
    burst.check(&bob, seed);
    Ok(())
}

/// The messages that were sent, by number and try.
#[derive(Debug, Default)]
struct Burst {
    /// The program has said that they are on disk.
    queued: Vec<(usize, usize)>,
    /// It died before it could say so; each may have been written or not.
    doubtful: Vec<(usize, usize)>,
}

impl Burst {
    fn send(&mut self, number: usize, from: &Somebody, to: &Somebody) -> Outcome {
        self.send_try(number, 1, from, to)
    }

    /// A user whose message did not get into the program would write it again.
    fn send_if_missing(&mut self, number: usize, from: &Somebody, to: &Somebody) -> Outcome {
        if self.queued.contains(&(number, 1)) {
            return Ok(());
        }
        self.send_try(number, 2, from, to)
    }

    fn send_try(&mut self, number: usize, try_: usize, from: &Somebody, to: &Somebody) -> Outcome {
        from.person
            .send(&to.person, &text(number, try_), "queued", LOCAL_LIMIT)?;
        self.queued.push((number, try_));
        Ok(())
    }

    /// The sender's endpoint is killed while it is being asked to send.
    fn send_while_dying(&mut self, number: usize, from: &mut Somebody, to: &Somebody) -> Outcome {
        let text = text(number, 1);
        let sending = from.person.start(["send", to.person.jid(), &text])?;
        from.crash()?;
        let finished = sending.finish(LOCAL_LIMIT)?;
        let is_queued = finished.lines.iter().any(|line| line["event"] == "sent");
        if is_queued {
            self.queued.push((number, 1));
        } else {
            self.doubtful.push((number, 1));
        }
        Ok(())
    }

    /// Every message arrived once and in order. One whose fate is unknown arrived at most once.
    fn check(&self, bob: &Somebody, seed: u64) {
        let everything = bob.everything_read();
        for one_listener in &everything {
            let ids: BTreeSet<&str> = one_listener.iter().map(id).collect();
            assert_eq!(
                ids.len(),
                one_listener.len(),
                "ONYM_TEST_SEED={seed}: {one_listener:?}"
            );
        }
        // A listener that is killed while it prints may print the same message, with the same id,
        // again; a second message would have another id.
        let mut ids = BTreeSet::new();
        let messages: Vec<&Value> = everything
            .iter()
            .flatten()
            .filter(|message| ids.insert(id(message)))
            .collect();
        let read: Vec<(usize, usize)> = messages
            .iter()
            .filter_map(|message| number_and_try(message["text"].as_str().unwrap()))
            .collect();
        assert!(
            read.is_sorted() && read.windows(2).all(|pair| pair[0] != pair[1]),
            "ONYM_TEST_SEED={seed}: out of order or twice: {read:?}"
        );
        let certain: Vec<_> = read
            .iter()
            .filter(|message| !self.doubtful.contains(message))
            .copied()
            .collect();
        assert_eq!(
            certain, self.queued,
            "ONYM_TEST_SEED={seed}: something is missing"
        );
    }
}

fn text(number: usize, try_: usize) -> String {
    format!("message {number} try {try_}")
}

fn number_and_try(text: &str) -> Option<(usize, usize)> {
    let (number, try_) = text.strip_prefix("message ")?.split_once(" try ")?;
    Some((number.parse().ok()?, try_.parse().ok()?))
}

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}
