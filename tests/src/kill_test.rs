//! SIGKILL at random moments while both sides send and receive: the store opens, no message is
//! lost, and none is sent twice under another id.
//!
//! Each pair of people goes through its rounds by itself. In a round both write through the command
//! line, one endpoint or both are killed at a moment drawn from the seed, and started again. After a
//! batch of rounds everything is awaited, and both histories are compared with what was written
//! and what was read. The seed fixes the plan; which instruction a kill meets is up to the machine.

mod ledger;
mod pair;
mod plan;
mod side;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pair::Pair;

use crate::person::PersonError;
use crate::program::ProgramError;
use crate::random::Random;

/// Tor comes up, also on a machine that starts many endpoints at once.
const TOR_LIMIT: Duration = Duration::from_secs(240);
/// Something that happens on this machine only.
const LOCAL_LIMIT: Duration = Duration::from_secs(60);
/// Everything that waits arrives. Tries that failed are repeated after a back-off.
const SETTLE_LIMIT: Duration = Duration::from_secs(300);

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct KillTest {
    /// Rounds of all pairs together.
    pub rounds: usize,
    /// Pairs of people at a time, at least one.
    pub pairs: usize,
    /// Rounds of a pair between two checks, at least one.
    pub batch: usize,
    /// Where the plan comes from.
    pub seed: u64,
}

/// What was done, in all or until some moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rounds that were finished.
    pub rounds: usize,
    /// Processes that were killed.
    pub kills: usize,
    /// Messages that a command was asked to send.
    pub messages: usize,
    /// Those among them whose command was cut before it could say whether they are on disk.
    pub cut: usize,
    /// Times that everything was awaited and compared.
    pub checks: usize,
    /// The longest time until everything had arrived after a batch.
    pub longest_settling: Duration,
}

/// A pair has finished a batch, and everything was right.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Which pair, from 1.
    pub pair: usize,
    /// How long it took until everything had arrived.
    pub settling: Duration,
    /// All pairs together, until now.
    pub so_far: Summary,
}

/// A promise was broken, or the test could not go on.
#[derive(Debug, thiserror::Error)]
#[error(
    "{trouble}\n\
     pair {pair}, its round {round}; {test}\n\
     the round: {plan}\n\
     the folders: {folders:?}"
)]
pub struct KillTestError {
    test: KillTest,
    pair: usize,
    round: usize,
    plan: String,
    folders: Vec<PathBuf>,
    trouble: Box<Trouble>,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The program broke a promise.
    #[error("broken promise: {0}")]
    Violation(String),
    /// Not everything arrived in time.
    #[error("not everything arrived within {SETTLE_LIMIT:?}: {0}")]
    NotSettled(String),
    /// The program did not do what was waited for.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// Another pair has failed, and says why.
    #[error("another pair has failed")]
    OtherPair,
    /// A fault of the test itself.
    #[error("the test has a fault: an endpoint does not run")]
    NotRunning,
    /// A fault of the test itself.
    #[error("the test has a fault: a thread panicked")]
    Panicked,
}

impl KillTest {
    /// Runs all rounds on the network that `tor_config` (TOML) describes.
    ///
    /// # Errors
    ///
    /// The first broken promise, with what is needed to look for its cause; the folders of the
    /// people stay on the disk then.
    pub fn run(
        &self,
        tor_config: &str,
        tell: &(dyn Fn(&Progress) + Sync),
    ) -> Result<Summary, KillTestError> {
        let board = Board {
            summary: Mutex::default(),
            has_failed: AtomicBool::new(false),
            tell,
        };
        let outcomes: Vec<_> = thread::scope(|scope| {
            let pairs: Vec<_> = (0..self.pairs.max(1))
                .map(|number| {
                    let board = &board;
                    scope.spawn(move || self.run_pair(number, tor_config, board))
                })
                .collect();
            // Every process of a pair ends with its thread.
            pairs
                .into_iter()
                .enumerate()
                .map(|(number, pair)| {
                    pair.join()
                        .unwrap_or_else(|_| Err(self.error(number, 0, Trouble::Panicked)))
                })
                .collect()
        });
        let mut failures: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
        failures.sort_by_key(|failure| matches!(*failure.trouble, Trouble::OtherPair));
        match failures.into_iter().next() {
            Some(first) => Err(first),
            None => Ok(board.summary().clone()),
        }
    }

    fn run_pair(
        &self,
        number: usize,
        tor_config: &str,
        board: &Board<'_>,
    ) -> Result<(), KillTestError> {
        let outcome = self.try_pair(number, tor_config, board);
        if outcome.is_err() {
            board.has_failed.store(true, Ordering::SeqCst);
        }
        outcome
    }

    fn try_pair(
        &self,
        number: usize,
        tor_config: &str,
        board: &Board<'_>,
    ) -> Result<(), KillTestError> {
        let mut pair = Pair::new(tor_config).map_err(|why| self.error(number, 0, why))?;
        let outcome = self.rounds_of(number, &mut pair, board);
        outcome.map_err(|(round, trouble)| {
            let keeps = !matches!(trouble, Trouble::OtherPair) && !trouble.is_interruption();
            KillTestError {
                plan: pair.plan(),
                folders: if keeps {
                    pair.keep_folders()
                } else {
                    Vec::new()
                },
                ..self.error(number, round, trouble)
            }
        })
    }

    fn rounds_of(
        &self,
        number: usize,
        pair: &mut Pair,
        board: &Board<'_>,
    ) -> Result<(), (usize, Trouble)> {
        let pairs = self.pairs.max(1);
        let rounds = self.rounds / pairs + usize::from(number < self.rounds % pairs);
        let mut random = self.random_of(number);
        pair.meet().map_err(|trouble| (0, trouble))?;
        for round in 1..=rounds {
            if board.has_failed.load(Ordering::SeqCst) {
                return Err((round, Trouble::OtherPair));
            }
            let kills = pair
                .round(round, &mut random)
                .map_err(|trouble| (round, trouble))?;
            board.count_round(kills);
            if round % self.batch.max(1) == 0 || round == rounds {
                let settling = pair
                    .settle(round, SETTLE_LIMIT)
                    .map_err(|trouble| (round, trouble))?;
                board.count_check(number, settling, pair.count_written());
            }
        }
        pair.leave().map_err(|trouble| (rounds, trouble))
    }

    /// Each pair has choices of its own, whatever the others do.
    fn random_of(&self, pair: usize) -> Random {
        let mut seeds = Random::new(self.seed);
        for _ in 0..pair {
            seeds.number();
        }
        Random::new(seeds.number())
    }

    fn error(&self, number: usize, round: usize, trouble: Trouble) -> KillTestError {
        KillTestError {
            test: *self,
            pair: number + 1,
            round,
            plan: "none".to_owned(),
            folders: Vec::new(),
            trouble: Box::new(trouble),
        }
    }
}

impl KillTestError {
    /// Whether somebody called [`interrupt`](crate::interrupt).
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        self.trouble.is_interruption()
    }
}

impl Trouble {
    fn is_interruption(&self) -> bool {
        matches!(
            self,
            Self::Person(PersonError::Program {
                source: ProgramError::Interrupted,
                ..
            })
        )
    }
}

/// As the options of `scripts/kill-test`.
impl fmt::Display for KillTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rounds,
            pairs,
            batch,
            seed,
        } = self;
        write!(
            f,
            "--rounds {rounds} --pairs {pairs} --batch {batch} --seed {seed}"
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rounds, {} kills, {} messages ({} whose command was cut), {} checks, \
             longest time to settle {:.1} s",
            self.rounds,
            self.kills,
            self.messages,
            self.cut,
            self.checks,
            self.longest_settling.as_secs_f64()
        )
    }
}

/// Where the pairs note what they have done.
struct Board<'a> {
    summary: Mutex<Summary>,
    has_failed: AtomicBool,
    tell: &'a (dyn Fn(&Progress) + Sync),
}

impl Board<'_> {
    fn summary(&self) -> MutexGuard<'_, Summary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_round(&self, kills: usize) {
        let mut summary = self.summary();
        summary.rounds += 1;
        summary.kills += kills;
    }

    fn count_check(&self, number: usize, settling: Duration, (messages, cut): (usize, usize)) {
        let mut summary = self.summary();
        summary.messages += messages;
        summary.cut += cut;
        summary.checks += 1;
        summary.longest_settling = summary.longest_settling.max(settling);
        let progress = Progress {
            pair: number + 1,
            settling,
            so_far: summary.clone(),
        };
        drop(summary);
        (self.tell)(&progress);
    }
}
