//! When the authorities vote.
//!
//! A vote that comes before all relays have published yields a consensus that lacks some, and the
//! next one is a voting interval away. So the first vote is put out of reach while relays publish
//! and then moved to a few seconds ahead. The consensus that follows is complete, and the interval
//! after it is a day: the consensus stays the same for the whole test run, and with it the period
//! that onion service descriptors belong to.
//!
//! The interval is long for another reason too. A tor without `TestingTorNetwork` refuses a
//! consensus that is fresh for less than 300 s, and a tor with it derives another length of
//! descriptor period from the interval than arti does, so that the two could not find each other's
//! onion services.

/// Seconds in which votes, then signatures, are exchanged. Two is the least that tor accepts.
const VOTE_DELAY: u64 = 2;
const DIST_DELAY: u64 = 2;

/// Seconds from moving the vote to its beginning: time for tor to read its configuration again.
const NOTICE: u64 = 2;

/// Seconds between voting slots for as long as there is no consensus. Longer than the way to the
/// first slot, since a slot that tor finds itself in the middle of confuses the next one.
const RETRY_INTERVAL: u64 = 10;

/// The authorities' voting options, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Seconds between voting slots until there is a consensus; tor wants a divisor of 1800.
    initial_interval: u64,
    /// The slots are counted from midnight UTC plus this; tor wants less than the interval.
    offset: u64,
}

impl Schedule {
    /// The first vote lies 15 minutes ahead.
    pub(crate) fn far_ahead(now: u64) -> Self {
        const INITIAL: u64 = 30 * 60;
        Self {
            initial_interval: INITIAL,
            offset: (now + INITIAL / 2) % INITIAL,
        }
    }

    /// The first vote begins in two seconds.
    pub(crate) fn soon(now: u64) -> Self {
        let valid_after = now + NOTICE + VOTE_DELAY + DIST_DELAY;
        Self {
            initial_interval: RETRY_INTERVAL,
            offset: valid_after % RETRY_INTERVAL,
        }
    }

    /// The lines for an authority's torrc.
    pub(crate) fn torrc(&self) -> String {
        let Self {
            initial_interval,
            offset,
        } = self;
        format!(
            "TestingV3AuthInitialVotingInterval {initial_interval}\n\
             TestingV3AuthInitialVoteDelay {VOTE_DELAY}\n\
             TestingV3AuthInitialDistDelay {DIST_DELAY}\n\
             TestingV3AuthVotingStartOffset {offset}\n\
             V3AuthVotingInterval 1 day\n\
             V3AuthVoteDelay {VOTE_DELAY}\n\
             V3AuthDistDelay {DIST_DELAY}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 60 * 60;
    /// Midnight UTC, 2026-11-23.
    const MIDNIGHT: u64 = 1_795_392_000;

    /// Seconds from `now` to the next slot.
    fn next_slot(schedule: Schedule, now: u64) -> u64 {
        schedule.initial_interval - (now - schedule.offset) % schedule.initial_interval
    }

    #[test]
    fn the_far_vote_is_far_at_any_time() {
        for now in MIDNIGHT..MIDNIGHT + HOUR {
            assert_eq!(
                next_slot(Schedule::far_ahead(now), now),
                15 * 60,
                "at {now}"
            );
        }
    }

    #[test]
    fn the_near_vote_leaves_time_to_read_the_configuration() {
        for now in MIDNIGHT..MIDNIGHT + HOUR {
            let schedule = Schedule::soon(now);
            assert_eq!(
                next_slot(schedule, now),
                NOTICE + VOTE_DELAY + DIST_DELAY,
                "at {now}"
            );
            assert!(
                schedule.offset < schedule.initial_interval,
                "tor refuses more"
            );
        }
    }
}
