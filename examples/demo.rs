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
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use story::DemoError;
use transcript::{Style, Transcript};

/// How long an interrupted demo may take to clean up. Whatever is left after it ends by itself,
/// because its parent is gone.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(10);

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
    let outcome = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(run(transcript.clone())),
        Err(error) => Err(DemoError::System(error)),
    };
    transcript.end(&outcome);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(DemoError::Interrupted) => ExitCode::from(130),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Tells the story in a thread of its own, and ends it early when the user wants to.
async fn run(transcript: Transcript) -> Result<(), DemoError> {
    let (tell, told) = oneshot::channel();
    // Every process that the story starts ends with this thread.
    thread::spawn(move || {
        let outcome = story::tell(&transcript);
        // Nobody listens when cleaning up took too long.
        let _ = tell.send(outcome);
    });
    tokio::pin!(told);
    tokio::select! {
        outcome = &mut told => outcome.unwrap_or(Err(DemoError::Panicked)),
        signal = asked_to_end() => {
            signal?;
            onym_tests::interrupt();
            // Its outcome is the interruption, or came too late to matter.
            let _ = tokio::time::timeout(CLEAN_UP_LIMIT, told).await;
            Err(DemoError::Interrupted)
        }
    }
}

/// Returns when the user presses Ctrl-C or the system asks the demo to end.
async fn asked_to_end() -> Result<(), DemoError> {
    let listen = |kind| signal(kind).map_err(DemoError::System);
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hangup = listen(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
