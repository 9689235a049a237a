//! The end of the time that a test waits for another process.

use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a process: short beside what is waited for, long beside what a look costs.
const INTERVAL: Duration = Duration::from_millis(50);

/// A point in real time, because other processes live in it.
pub(crate) struct Deadline(Instant);

impl Deadline {
    #[expect(
        clippy::disallowed_methods,
        reason = "other processes follow no virtual clock"
    )]
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// Waits a moment before the next look; false when the time is over.
    #[expect(
        clippy::disallowed_methods,
        reason = "other processes follow no virtual clock"
    )]
    pub(crate) fn pause(&self) -> bool {
        let left = self.0.saturating_duration_since(Instant::now());
        thread::sleep(INTERVAL.min(left));
        !left.is_zero()
    }
}
