//! The program's clock: the one place that reads the time.

use std::time::{Duration, Instant, SystemTime};

use onym_identity::Timestamp;

/// Wall-clock time that never goes back. The machine's timers and its stamps both come from it.
#[derive(Debug)]
pub struct Clock {
    wall: SystemTime,
    steady: Instant,
}

/// A wall clock this far ahead of the steady one was set, or the machine slept.
const JUMP: Duration = Duration::from_secs(2);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the program's clock")]
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            wall: SystemTime::now(),
            steady: Instant::now(),
        }
    }

    /// The time. Follows the wall clock forward, as after a sleep, and holds against it when it is
    /// set back: a message must not seem to be from before the one it answers.
    #[expect(clippy::disallowed_methods, reason = "this is the program's clock")]
    pub fn now(&mut self) -> Timestamp {
        let steady = self.wall + self.steady.elapsed();
        let wall = SystemTime::now();
        if wall > steady + JUMP {
            *self = Self {
                wall,
                steady: Instant::now(),
            };
            return timestamp(wall);
        }
        timestamp(steady)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
