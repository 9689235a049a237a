//! What all tests share: the network, and how they are run.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use onym_tor_network::{Options, TorNetwork};

/// How a test ends; a panic counts as a failure too.
pub(crate) type Outcome = Result<(), Failed>;

/// The name and the code of a test.
pub(crate) type Test = (&'static str, fn(&World) -> Outcome);

/// Two descriptors, circuits and the self-test; some seconds on a machine that does nothing else.
pub(crate) const TOR_LIMIT: Duration = Duration::from_secs(120);
/// A way through twelve relays and back. A fraction of a second, unless a try failed before: then
/// the next one waits for the back-off.
pub(crate) const MESSAGE_LIMIT: Duration = Duration::from_secs(120);
/// Something that happens on this machine only.
pub(crate) const LOCAL_LIMIT: Duration = Duration::from_secs(30);

/// The private Tor network, started when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct World(OnceLock<Result<TorNetwork, String>>);

impl World {
    pub(crate) fn network(&self) -> Result<&TorNetwork, Failed> {
        let start = || TorNetwork::start(Options::default()).map_err(|error| error.to_string());
        self.0
            .get_or_init(start)
            .as_ref()
            .map_err(|why| format!("the private Tor network did not start: {why}").into())
    }
}

/// Runs the tests of all areas in one world, and takes it down after the last, so many at a time
/// unless the command line says otherwise.
pub(crate) fn run(at_a_time: usize, areas: &[(&str, &[Test])]) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(at_a_time);
    let world = Arc::new(World::default());
    let mut trials = Vec::new();
    for (area, tests) in areas {
        for &(name, test) in *tests {
            let world = Arc::clone(&world);
            let run = move || test(&world);
            trials.push(Trial::test(format!("{area}::{name}"), run));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(world);
    conclusion.exit_code()
}
