//! The end of the time that a test waits for another process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a process: short beside what is waited for, long beside what a look costs.
const INTERVAL: Duration = Duration::from_millis(50);

/// Set once, by [`interrupt`].
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes every wait of this process fail at once, now and later.
///
/// For a program that was asked to end while one of its threads waits: that thread gets an error,
/// and what it owns is cleaned up as after any other error.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether [`interrupt`] was called.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// A point in real time, because other processes live in it.
#[derive(Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    #[expect(
        clippy::disallowed_methods,
        reason = "other processes follow no virtual clock"
    )]
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// The time that is left, which is zero when it is over.
    #[expect(
        clippy::disallowed_methods,
        reason = "other processes follow no virtual clock"
    )]
    pub(crate) fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The next bit of the time that is left: nothing waits longer without a look around.
    pub(crate) fn slice(&self) -> Duration {
        self.left().min(INTERVAL)
    }

    /// Whether to give up.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_zero() || is_interrupted()
    }

    /// Waits until it is over, for who does something at a moment and not when something is there.
    pub(crate) fn run_out(&self) {
        while self.pause() {}
    }

    /// Waits a moment before the next look; false when it is time to give up.
    pub(crate) fn pause(&self) -> bool {
        let left = !self.is_over();
        thread::sleep(self.slice());
        left
    }
}
