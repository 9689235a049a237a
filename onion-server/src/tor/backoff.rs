//! Pauses between tries.

use std::time::Duration;

use rand::{Rng, RngExt as _};

/// A pause is shortened or lengthened by up to this part, so that many programs that failed at the
/// same moment do not return at the same moment.
const JITTER: f64 = 0.25;

/// Pauses that double from the first to a limit.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    first: Duration,
    limit: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(first: Duration, limit: Duration) -> Self {
        Self {
            first,
            limit,
            next: first,
        }
    }

    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The pause to make now.
    pub(super) fn next(&mut self, rng: &mut impl Rng) -> Duration {
        let pause = self.next;
        self.next = self.limit.min(pause * 2);
        with_jitter(pause, rng)
    }
}

/// A duration near `pause`.
pub(super) fn with_jitter(pause: Duration, rng: &mut impl Rng) -> Duration {
    pause.mul_f64(rng.random_range(1.0 - JITTER..=1.0 + JITTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit_and_start_again() {
        let mut rng = rand::rng();
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(5));
        for expected in [1, 2, 4, 5, 5] {
            let pause = backoff.next(&mut rng);
            let expected = seconds(expected);
            assert!(
                pause >= expected.mul_f64(1.0 - JITTER),
                "{pause:?} for {expected:?}"
            );
            assert!(
                pause <= expected.mul_f64(1.0 + JITTER),
                "{pause:?} for {expected:?}"
            );
        }
        backoff.reset();
        assert!(backoff.next(&mut rng) < seconds(2));
    }
}
