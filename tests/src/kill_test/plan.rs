//! What happens in one round, drawn from a seed.

use std::time::Duration;

use crate::deadline::Deadline;
use crate::random::Random;

/// Messages that each side writes in a round, at the most.
const MOST_MESSAGES: u64 = 3;

/// What happens in one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) alice: Part,
    pub(super) bob: Part,
    /// Whether Tor is awaited at the end, so that messages flow when the next round begins.
    pub(super) comes_online: bool,
}

/// What one side does in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) messages: u64,
    /// Whether messages are written to the end although the endpoint has died: each command then
    /// runs an endpoint of its own.
    pub(super) writes_without_endpoint: bool,
    pub(super) death: Option<Death>,
}

/// How one side dies, and how it comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Death {
    pub(super) moment: Moment,
    /// It is killed again so long after each next start.
    pub(super) again: Vec<Duration>,
    /// Whether a message is written while it starts.
    pub(super) writes_while_starting: bool,
    /// Whether somebody reads before the next round. If not, messages stay in the inbox.
    pub(super) reads: bool,
}

/// When a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    /// So long after the first message of the round was begun.
    After(Duration),
    /// So long after others can reach the endpoint: what has waited goes out and comes in then.
    AfterReachable(Duration),
}

impl Round {
    pub(super) fn draw(random: &mut Random) -> Self {
        let (alice_dies, bob_dies) = match random.below(10) {
            0..4 => (true, false),
            4..8 => (false, true),
            _ => (true, true),
        };
        let mut round = Self {
            alice: Part::draw(random, alice_dies),
            bob: Part::draw(random, bob_dies),
            comes_online: random.one_in(3),
        };
        // Both in the same moment, as when they share a socket of the wall.
        if let (Some(alice), Some(bob)) = (&round.alice.death, &mut round.bob.death)
            && random.one_in(2)
        {
            bob.moment = alice.moment;
        }
        round
    }

    /// Processes that are killed.
    pub(super) fn kills(&self) -> usize {
        let deaths = [&self.alice.death, &self.bob.death].into_iter().flatten();
        deaths.map(|death| 1 + death.again.len()).sum()
    }
}

impl Part {
    /// The moment of [`Moment::After`], counted from this one; at once, if there is none.
    pub(super) fn deadline(&self) -> Deadline {
        match &self.death {
            Some(Death {
                moment: Moment::After(pause),
                ..
            }) => Deadline::after(*pause),
            _ => Deadline::after(Duration::ZERO),
        }
    }

    fn draw(random: &mut Random, dies: bool) -> Self {
        Self {
            messages: 1 + random.below(MOST_MESSAGES),
            writes_without_endpoint: random.one_in(4),
            death: dies.then(|| Death::draw(random)),
        }
    }
}

impl Death {
    fn draw(random: &mut Random) -> Self {
        let again = match random.below(8) {
            0 => 2,
            1 | 2 => 1,
            _ => 0,
        };
        Self {
            moment: Moment::draw(random),
            again: (0..again).map(|_| while_starting(random)).collect(),
            writes_while_starting: random.one_in(3),
            reads: !random.one_in(4),
        }
    }
}

impl Moment {
    fn draw(random: &mut Random) -> Self {
        let within = |random: &mut Random, millis| random.time_below(Duration::from_millis(millis));
        match random.below(10) {
            0 => Self::After(Duration::ZERO),
            1..4 => Self::After(within(random, 300)),
            4..6 => Self::After(within(random, 2_000)),
            6 => Self::After(within(random, 6_000)),
            _ => Self::AfterReachable(within(random, 2_500)),
        }
    }
}

/// The records are open after about a tenth of a second, and Tor is up after about one.
fn while_starting(random: &mut Random) -> Duration {
    let limit = if random.one_in(2) { 150 } else { 1_500 };
    random.time_below(Duration::from_millis(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(seed: u64, count: usize) -> Vec<Round> {
        let mut random = Random::new(seed);
        (0..count).map(|_| Round::draw(&mut random)).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_rounds() {
        assert_eq!(rounds(7, 50), rounds(7, 50));
        assert_ne!(rounds(7, 50), rounds(8, 50));
    }

    #[test]
    fn somebody_writes_and_somebody_dies_in_every_round() {
        for round in rounds(1, 500) {
            assert!(round.alice.messages > 0 && round.bob.messages > 0);
            assert!(round.kills() > 0, "{round:?}");
        }
    }

    #[test]
    fn every_kind_of_death_comes_up() {
        let rounds = rounds(1, 200);
        let both = |round: &Round| round.alice.death.is_some() && round.bob.death.is_some();
        assert!(rounds.iter().any(both));
        let deaths: Vec<&Death> = rounds
            .iter()
            .flat_map(|round| [&round.alice.death, &round.bob.death])
            .flatten()
            .collect();
        for is_kind in [
            |death: &Death| death.moment == Moment::After(Duration::ZERO),
            |death: &Death| matches!(death.moment, Moment::AfterReachable(_)),
            |death: &Death| death.again.len() == 2,
            |death: &Death| death.writes_while_starting,
            |death: &Death| !death.reads,
        ] {
            assert!(deaths.iter().any(|death| is_kind(death)));
        }
    }
}
