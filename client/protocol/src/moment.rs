//! Which of two words about the same thing is the later one.

use std::time::Duration;

use onym_identity::Timestamp;

/// When something was said, and what it is certainly later than.
///
/// What comes over the stream comes in order, so it is later than everything that is here already,
/// whatever the clocks of servers say. What comes from the archive is compared by its stamp: it
/// may be older than what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// When our server or this device had it.
    pub(crate) placed: Timestamp,
    /// It is later than what this device had before that.
    pub(crate) after: Timestamp,
}

impl Moment {
    /// Something that comes in order.
    pub(crate) fn in_order(placed: Timestamp) -> Self {
        Self {
            placed,
            after: Timestamp::from_unix_millis(u64::MAX),
        }
    }

    /// Something of which only the stamp says when it was.
    pub(crate) fn stamped(placed: Timestamp) -> Self {
        Self {
            placed,
            after: Timestamp::UNIX_EPOCH,
        }
    }

    /// Whether it is later than what was said at `other`, and if so, when it counts as said, so
    /// that it stays later. Nothing if it is earlier or cannot be told apart by time.
    pub(crate) fn later_than(self, other: Timestamp) -> Option<Timestamp> {
        if self.placed > other {
            Some(self.placed)
        } else if other < self.after {
            Some(other + Duration::from_millis(1))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_beats_clocks_and_stamps_are_compared() {
        let at = Timestamp::from_unix_millis;
        for (moment, other, expected) in [
            (Moment::in_order(at(5)), at(3), Some(at(5))),
            (Moment::in_order(at(5)), at(5), Some(at(6))),
            (Moment::in_order(at(5)), at(9), Some(at(10))),
            (Moment::stamped(at(5)), at(3), Some(at(5))),
            (Moment::stamped(at(5)), at(5), None),
            (Moment::stamped(at(5)), at(9), None),
        ] {
            assert_eq!(moment.later_than(other), expected, "{moment:?} {other:?}");
        }
        // Found in the archive after the start of this session at 8: what was here before is older.
        let caught_up = Moment {
            placed: at(5),
            after: at(8),
        };
        assert_eq!(caught_up.later_than(at(7)), Some(at(8)));
        assert_eq!(caught_up.later_than(at(8)), None);
    }
}
