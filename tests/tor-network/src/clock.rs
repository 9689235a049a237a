//! The one file of this crate that reads the clocks.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the clock file of this crate"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often a condition is looked at again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Seconds since the Unix epoch; the authorities' voting slots are counted in these.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The moment at which waiting ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    started: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self {
            started: Instant::now(),
            limit,
        }
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Lets a moment pass before a condition is looked at again; false when the time is up.
    pub(crate) fn pause(&self) -> bool {
        std::thread::sleep(POLL_INTERVAL);
        self.elapsed() < self.limit
    }
}
