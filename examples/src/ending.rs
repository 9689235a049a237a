//! Work that may be ended early by Ctrl-C, and cleans up behind itself also then.

use std::io;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// How long interrupted work may take to clean up. Whatever is left after it ends by itself,
/// because its parent is gone.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(10);

/// How work has ended.
#[derive(Debug)]
pub enum Ending<T> {
    /// By itself, with this.
    Finished(T),
    /// The user or the system wanted it to end.
    Interrupted,
    /// Signals could not be awaited.
    Refused(io::Error),
    /// It has a fault, which it has printed.
    Panicked,
}

/// Works in a thread of its own, and ends it early when the user wants to.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Ending<T> {
    match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(until_signal(work)),
        Err(error) => Ending::Refused(error),
    }
}

async fn until_signal<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Ending<T> {
    let (tell, told) = oneshot::channel();
    // Every process that the work starts ends with this thread.
    thread::spawn(move || {
        let outcome = work();
        // Nobody listens when cleaning up took too long.
        let _ = tell.send(outcome);
    });
    tokio::pin!(told);
    tokio::select! {
        outcome = &mut told => outcome.map_or(Ending::Panicked, Ending::Finished),
        signal = asked_to_end() => {
            if let Err(error) = signal {
                return Ending::Refused(error);
            }
            onym_tests::interrupt();
            // Its outcome is the interruption, or came too late to matter.
            let _ = tokio::time::timeout(CLEAN_UP_LIMIT, told).await;
            Ending::Interrupted
        }
    }
}

/// Returns when the user presses Ctrl-C or the system asks the process to end.
async fn asked_to_end() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
