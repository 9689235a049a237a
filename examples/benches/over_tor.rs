//! How long Onym takes over Tor, beside what bare arti takes for the same on the same network.
//!
//! Run it with `scripts/bench`. The figures depend on the machine and on what else it does; the
//! ratios compare two measurements of one run.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints what it has measured"
)]

#[path = "over_tor/bare.rs"]
mod bare;
#[path = "over_tor/program.rs"]
mod program;

use std::error::Error;
use std::time::Duration;

use onym_tor_network::{Options, TorNetwork};

/// Times that each short step is repeated; the median is printed.
const REPEATS: usize = 31;
/// Times that each step of seconds is repeated.
const FEW_REPEATS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds --bench, and `cargo test --benches` would measure nothing of worth.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let network = TorNetwork::start(Options::default())?;
    let toml = network.client_config_toml();
    let bare = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(bare::measure(&toml))?;
    let ours = program::measure(&toml)?;

    println!(
        "On a private network of {} tor processes.",
        network.process_ids().len()
    );
    println!("\nBare arti");
    line("bootstrap of a fresh client", &bare.bootstrap);
    line(
        "launch of a service to a stranger's first connection",
        &bare.launch,
    );
    line("connection on new circuits", &bare.connect);
    line("round trip of 5 bytes on an open stream", &bare.round_trip);

    println!("\nOnym, and the ratio to what arti needs for the same");
    let first_start = bare.bootstrap.median() + bare.launch.median();
    compare(
        "serve to reachable, first start",
        &ours.first_start,
        first_start,
    );
    compare(
        "serve to reachable, next start",
        &ours.next_start,
        first_start,
    );
    // A link to a new peer: our connection to it, and its own to us that proves who we are.
    let two_connections = bare.connect.median() * 2;
    compare(
        "contact add to request, new link",
        &ours.request,
        two_connections,
    );
    // There and back, each on a circuit of its own.
    compare(
        "send to receipt, open links",
        &ours.receipt,
        bare.round_trip.median(),
    );
    Ok(())
}

/// Some measurements of the same thing.
#[derive(Debug, Default)]
struct Samples(Vec<Duration>);

impl Samples {
    fn add(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    fn range(&self) -> (Duration, Duration) {
        let least = self.0.iter().min().copied().unwrap_or_default();
        let most = self.0.iter().max().copied().unwrap_or_default();
        (least, most)
    }
}

fn line(what: &str, samples: &Samples) {
    println!("  {what:<54} {}", figures(samples));
}

fn compare(what: &str, samples: &Samples, bare: Duration) {
    let ratio = samples.median().as_secs_f64() / bare.as_secs_f64();
    println!("  {what:<54} {}  {ratio:>5.1} x", figures(samples));
}

fn figures(samples: &Samples) -> String {
    let (least, most) = samples.range();
    format!(
        "{:>8.3} s  ({:.3} to {:.3}, n = {})",
        samples.median().as_secs_f64(),
        least.as_secs_f64(),
        most.as_secs_f64(),
        samples.0.len()
    )
}
