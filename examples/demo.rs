//! The demo: two endpoints find each other over Tor onion services and talk.
//!
//! It starts a private Tor network on this machine and then uses the program as two people would,
//! through its command line. What happens is in `demo/story.rs`.

#[path = "demo/clock.rs"]
mod clock;
#[path = "demo/story.rs"]
mod story;
#[path = "demo/transcript.rs"]
mod transcript;

use std::io::Write as _;
use std::process::ExitCode;

use onym_examples::ending::{self, Ending};
use story::DemoError;
use transcript::{Style, Transcript};

const USAGE: &str = "\
Shows two Onym endpoints that find each other over Tor and talk.

Usage: demo [--json]

  --json    print one JSON object per step on standard output

The program `onym` is looked for in $ONYM_BIN, and beside and above the demo.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let style = match arguments.as_slice() {
        [] => Style::Text,
        ["--json"] => Style::Json,
        ["-h" | "--help"] => {
            // Whoever does not read the help has closed the output.
            let _ = std::io::stdout().write_all(USAGE.as_bytes());
            return ExitCode::SUCCESS;
        }
        _ => {
            let _ = std::io::stderr().write_all(USAGE.as_bytes());
            return ExitCode::from(2);
        }
    };
    let transcript = Transcript::begin(style);
    let outcome = match ending::run({
        let transcript = transcript.clone();
        move || story::tell(&transcript)
    }) {
        Ending::Finished(outcome) => outcome,
        Ending::Interrupted => Err(DemoError::Interrupted),
        Ending::Refused(error) => Err(DemoError::System(error)),
        Ending::Panicked => Err(DemoError::Panicked),
    };
    transcript.end(&outcome);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(DemoError::Interrupted) => ExitCode::from(130),
        Err(_) => ExitCode::FAILURE,
    }
}
