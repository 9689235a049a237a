//! SIGKILL at random moments while people write to each other over a private Tor network; what is
//! checked is in `onym_tests::KillTest`.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

use onym_examples::ending::{self, Ending};
use onym_tests::{KillTest, KillTestError, Progress, Random, Summary};
use onym_tor_network::{Options, TorNetwork};

const USAGE: &str = "\
Kills endpoints at random moments, and checks that no message is lost or sent twice.

Usage: kill_test [--rounds N] [--pairs N] [--batch N] [--seed N]

The program `onym` is looked for in $ONYM_BIN, and beside and above this one.
";

/// Why the test ended early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The private network did not start.
    #[error("the private Tor network: {0}")]
    Network(#[from] onym_tor_network::Error),
    /// What the test found.
    #[error(transparent)]
    Found(#[from] KillTestError),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [one] = arguments.as_slice()
        && matches!(one.as_str(), "-h" | "--help")
    {
        // Whoever does not read the help has closed the output.
        let _ = std::io::stdout().write_all(USAGE.as_bytes());
        return ExitCode::SUCCESS;
    }
    let Some(test) = asked_for(&arguments) else {
        let _ = std::io::stderr().write_all(USAGE.as_bytes());
        return ExitCode::from(2);
    };
    say(&format_args!("kill-test {test}"));
    match ending::run(move || run(&test)) {
        Ending::Finished(Ok(summary)) => {
            say(&format_args!("nothing lost, nothing twice: {summary}"));
            ExitCode::SUCCESS
        }
        Ending::Finished(Err(Failure::Found(error))) if error.is_interruption() => {
            ExitCode::from(130)
        }
        Ending::Finished(Err(failure)) => {
            say(&failure);
            say(&format_args!("again: scripts/kill-test {test}"));
            ExitCode::FAILURE
        }
        Ending::Interrupted => ExitCode::from(130),
        Ending::Refused(error) => {
            say(&format_args!("the system refused: {error}"));
            ExitCode::FAILURE
        }
        Ending::Panicked => ExitCode::FAILURE,
    }
}

/// What the arguments ask for; none if they make no sense.
fn asked_for(arguments: &[String]) -> Option<KillTest> {
    let mut test = KillTest {
        rounds: 1_000,
        pairs: 4,
        batch: 25,
        seed: Random::any_seed(),
    };
    let mut arguments = arguments.iter();
    while let Some(option) = arguments.next() {
        let value = arguments.next()?;
        match option.as_str() {
            "--rounds" => test.rounds = value.parse().ok()?,
            "--pairs" => test.pairs = value.parse().ok().filter(|pairs| *pairs > 0)?,
            "--batch" => test.batch = value.parse().ok().filter(|batch| *batch > 0)?,
            "--seed" => test.seed = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(test)
}

fn run(test: &KillTest) -> Result<Summary, Failure> {
    let network = TorNetwork::start(Options::default())?;
    say(&"the private Tor network is ready");
    Ok(test.run(&network.client_config_toml(), &tell)?)
}

fn tell(progress: &Progress) {
    let Progress {
        pair,
        settling,
        so_far,
    } = progress;
    let settling = settling.as_secs_f64();
    say(&format_args!(
        "pair {pair} is right again after {settling:.1} s; so far {so_far}"
    ));
}

fn say(words: &dyn Display) {
    // Nobody may be reading; the exit code says how it ended.
    let _ = writeln!(std::io::stdout(), "{words}");
}
