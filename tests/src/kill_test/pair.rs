//! Two people who write to each other, and what they go through in a round.

use std::path::PathBuf;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use super::plan::{Part, Round};
use super::side::{Order, Side, write_and_wait, write_one};
use super::{LOCAL_LIMIT, TOR_LIMIT, Trouble};
use crate::deadline::Deadline;
use crate::listener::make_contacts;
use crate::random::Random;

/// Two people, who are each other's contacts.
#[derive(Debug)]
pub(super) struct Pair {
    alice: Side,
    bob: Side,
    /// The last round.
    plan: Option<Round>,
    /// Messages, and those among them whose command was cut, that were counted already.
    counted: (usize, usize),
}

impl Pair {
    pub(super) fn new(tor_config: &str) -> Result<Self, Trouble> {
        Ok(Self {
            alice: Side::new("alice", tor_config)?,
            bob: Side::new("bob", tor_config)?,
            plan: None,
            counted: (0, 0),
        })
    }

    /// Starts both, and makes them contacts.
    pub(super) fn meet(&mut self) -> Result<(), Trouble> {
        let Self { alice, bob, .. } = self;
        for side in [&mut *alice, &mut *bob] {
            side.launch()?;
        }
        for side in [&mut *alice, &mut *bob] {
            side.wait_until_open()?;
            side.running.wait_until_reachable(TOR_LIMIT)?;
            side.listen()?;
        }
        make_contacts(
            (&alice.person, alice.running.listener()?),
            (&bob.person, bob.running.listener()?),
            TOR_LIMIT,
        )?;
        Ok(())
    }

    /// Both write, and somebody dies and comes back. Returns how many processes were killed.
    pub(super) fn round(&mut self, number: usize, random: &mut Random) -> Result<usize, Trouble> {
        let plan = Round::draw(random);
        self.plan = Some(plan.clone());
        self.write_and_kill(number, &plan)?;
        self.come_back(number, &plan)?;
        if plan.comes_online {
            for side in [&mut self.alice, &mut self.bob] {
                side.running.wait_until_reachable(TOR_LIMIT)?;
            }
        }
        Ok(plan.kills())
    }

    /// Each writes in a thread of their own, while this one kills.
    fn write_and_kill(&mut self, number: usize, plan: &Round) -> Result<(), Trouble> {
        let Self { alice, bob, .. } = self;
        alice.begin();
        bob.begin();
        let (to_alice, to_bob) = (alice.person.jid().to_owned(), bob.person.jid().to_owned());
        let alice_order = order(number, "alice", &plan.alice);
        let bob_order = order(number, "bob", &plan.bob);
        let (alice_written, bob_written) = thread::scope(|scope| {
            let deadlines = [&plan.alice, &plan.bob].map(Part::deadline);
            let alice_writes =
                scope.spawn(|| alice.pen.write(&alice.person, &to_bob, &alice_order));
            let bob_writes = scope.spawn(|| bob.pen.write(&bob.person, &to_alice, &bob_order));
            let [for_alice, for_bob] = &deadlines;
            let mut victims = [
                plan.alice
                    .death
                    .as_ref()
                    .map(|death| (death.moment, for_alice, &mut alice.running, &alice.pen)),
                plan.bob
                    .death
                    .as_ref()
                    .map(|death| (death.moment, for_bob, &mut bob.running, &bob.pen)),
            ];
            victims.sort_by_key(|victim| victim.as_ref().map(|(moment, ..)| *moment));
            let mut last = None;
            for (moment, deadline, running, pen) in victims.into_iter().flatten() {
                if last != Some(moment) {
                    running.wait_for(moment, deadline)?;
                }
                running.kill(pen)?;
                last = Some(moment);
            }
            Ok::<_, Trouble>((joined(alice_writes)?, joined(bob_writes)?))
        })?;
        alice.note(alice_written);
        bob.note(bob_written);
        Ok(())
    }

    /// Whoever died starts again; some write before they are up.
    fn come_back(&mut self, number: usize, plan: &Round) -> Result<(), Trouble> {
        let (to_alice, to_bob) = (
            self.alice.person.jid().to_owned(),
            self.bob.person.jid().to_owned(),
        );
        let mut returning = Vec::new();
        for (side, part, to) in [
            (&mut self.alice, &plan.alice, to_bob),
            (&mut self.bob, &plan.bob, to_alice),
        ] {
            if let Some(death) = &part.death {
                side.come_back(death)?;
                returning.push((side, death, to));
            }
        }
        for (side, death, to) in returning {
            if death.writes_while_starting {
                let text = format!("{} starts in round {number}", side.person.name());
                let attempt = write_one(&side.person, &to, &text)?;
                side.note([attempt.written]);
            }
            side.wait_until_open()?;
            if death.reads {
                side.listen()?;
            }
        }
        Ok(())
    }

    /// Waits until everything has arrived, and compares. Returns how long it took.
    pub(super) fn settle(&mut self, round: usize, limit: Duration) -> Result<Duration, Trouble> {
        let deadline = Deadline::after(limit);
        let Self { alice, bob, .. } = self;
        alice.listen()?;
        bob.listen()?;
        // What was written before comes before these.
        let (alice_wrote, bob_wrote) = thread::scope(|scope| {
            let last = |from: &Side| format!("{} ends batch at {round}", from.person.name());
            let (alice, bob, deadline) = (&*alice, &*bob, &deadline);
            let of_alice = scope.spawn(move || {
                write_and_wait(&alice.person, bob.person.jid(), &last(alice), deadline)
            });
            let of_bob = scope.spawn(move || {
                write_and_wait(&bob.person, alice.person.jid(), &last(bob), deadline)
            });
            Ok::<_, Trouble>((joined(of_alice)?, joined(of_bob)?))
        })?;
        alice.note([alice_wrote]);
        bob.note([bob_wrote]);
        // Receipts of earlier messages, and the last lines of listeners, may still be on their way.
        let patience = Deadline::after(LOCAL_LIMIT);
        loop {
            match self.compare() {
                Ok(()) => return Ok(limit.saturating_sub(deadline.left())),
                Err(wrong @ Trouble::Violation(_)) if !patience.pause() => return Err(wrong),
                Err(Trouble::Violation(_)) => {}
                Err(other) => return Err(other),
            }
        }
    }

    fn compare(&self) -> Result<(), Trouble> {
        let Self { alice, bob, .. } = self;
        let (alice_sent, alice_received) = alice.history(bob.person.jid())?;
        let (bob_sent, bob_received) = bob.history(alice.person.jid())?;
        alice.check_to(bob, &alice_sent, &bob_received)?;
        bob.check_to(alice, &bob_sent, &alice_received)
    }

    /// Messages that were written since this was asked last, and how many of their commands were
    /// cut.
    pub(super) fn count_written(&mut self) -> (usize, usize) {
        let (alice, bob) = (self.alice.written(), self.bob.written());
        let all = (alice.0 + bob.0, alice.1 + bob.1);
        let counted = std::mem::replace(&mut self.counted, all);
        (all.0 - counted.0, all.1 - counted.1)
    }

    /// Ends everything in good order.
    pub(super) fn leave(&mut self) -> Result<(), Trouble> {
        self.alice.leave()?;
        self.bob.leave()
    }

    /// What the last round was to be.
    pub(super) fn plan(&self) -> String {
        self.plan
            .as_ref()
            .map_or_else(|| "none yet".to_owned(), |plan| format!("{plan:?}"))
    }

    /// Leaves both folders on the disk for whoever looks for the fault.
    pub(super) fn keep_folders(&mut self) -> Vec<PathBuf> {
        vec![self.alice.keep_folder(), self.bob.keep_folder()]
    }
}

/// The messages of one side in a round.
fn order(round: usize, name: &str, part: &Part) -> Order {
    let text = |number| format!("{name} writes {number} in round {round}");
    Order {
        texts: (1..=part.messages).map(text).collect(),
        without_endpoint: part.writes_without_endpoint,
    }
}

fn joined<T>(writer: ScopedJoinHandle<'_, Result<T, Trouble>>) -> Result<T, Trouble> {
    writer.join().unwrap_or(Err(Trouble::Panicked))
}
