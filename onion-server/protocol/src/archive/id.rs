//! What a message is called in an archive.

use std::fmt;
use std::str::FromStr;

use onym_identity::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

/// The archive's name for a message, which is also its stanza id (XEP-0359).
///
/// Ids sort in the order in which the messages came. The upper half says when the message was
/// filed, in units of 1/65,536 millisecond, and grows even while the clock is set back; the lower
/// half is random, so that nobody can guess an id (XEP-0313 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ArchiveId(u128);

/// Bits of the random half.
const RANDOM_BITS: u32 = 64;

/// Bits below a millisecond in the other half.
const FRACTION_BITS: u32 = 16;

impl ArchiveId {
    /// The lowest of all ids.
    pub const MIN: Self = Self(0);
    /// The highest of all ids.
    pub const MAX: Self = Self(u128::MAX);

    /// The id of the next message.
    pub(crate) fn next(last: Option<Self>, now: Timestamp, rng: &mut dyn CryptoRng) -> Self {
        let clock = Self::first_at(now).0 >> RANDOM_BITS;
        let after_last = last.map_or(0, |last| (last.0 >> RANDOM_BITS).saturating_add(1));
        let filed = clock.max(after_last);
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        Self((filed << RANDOM_BITS) | u128::from(u64::from_be_bytes(random)))
    }

    /// When the message was filed: when it came, or as soon after the message before it as may be
    /// if the clock had been set back.
    #[must_use]
    pub fn filed(self) -> Timestamp {
        let millis = self.0 >> (RANDOM_BITS + FRACTION_BITS);
        Timestamp::from_unix_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// The lowest id of a message filed at this time.
    pub(crate) fn first_at(time: Timestamp) -> Self {
        // 48 bits hold the milliseconds until the year 10889; a date is at most of the year 9999.
        let millis = u128::from(time.as_unix_millis()) & ((1 << 48) - 1);
        Self(millis << (RANDOM_BITS + FRACTION_BITS))
    }

    /// The highest id of a message filed at this time.
    pub(crate) fn last_at(time: Timestamp) -> Self {
        Self(Self::first_at(time).0 | ((1 << (RANDOM_BITS + FRACTION_BITS)) - 1))
    }

    /// The next higher id; none above the highest.
    pub(crate) fn successor(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// The next lower id; none below the lowest.
    pub(crate) fn predecessor(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// The id as bytes that sort like the ids.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The id that [`Self::to_bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for ArchiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ArchiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArchiveId({self})")
    }
}

/// The text is not an id that this archive gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id of this archive")]
pub struct NoArchiveId;

impl FromStr for ArchiveId {
    type Err = NoArchiveId;

    fn from_str(text: &str) -> Result<Self, NoArchiveId> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(digit) {
            return Err(NoArchiveId);
        }
        u128::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| NoArchiveId)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn ids_grow_whatever_the_clock_does_and_cannot_be_guessed() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut last = None;
        for millis in [5_000, 5_000, 5_001, 4_000, 0, 4_999, 6_000] {
            let now = Timestamp::from_unix_millis(millis);
            let id = ArchiveId::next(last, now, &mut rng);
            assert!(Some(id) > last, "{id} after {last:?}");
            assert!(id.filed() >= now);
            let again = ArchiveId::next(last, now, &mut rng);
            assert_ne!(id, again, "of the same time, and yet another");
            last = Some(id);
        }
        assert_eq!(
            last.map(ArchiveId::filed),
            Some(Timestamp::from_unix_millis(6_000)),
            "the clock is believed again as soon as it has caught up"
        );
    }

    #[test]
    fn the_ids_of_a_time_lie_between_its_bounds() {
        let mut rng = StdRng::seed_from_u64(2);
        let time = |millis| Timestamp::from_unix_millis(millis);
        let id = ArchiveId::next(None, time(7), &mut rng);
        assert!(ArchiveId::first_at(time(7)) <= id && id <= ArchiveId::last_at(time(7)));
        assert!(ArchiveId::last_at(time(6)) < id && id < ArchiveId::first_at(time(8)));
    }

    #[test]
    fn an_id_has_one_text() {
        let id = ArchiveId::next(
            None,
            Timestamp::from_unix_millis(1_800_000_000_000),
            &mut StdRng::seed_from_u64(3),
        );
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(ArchiveId::from_bytes(id.to_bytes()), id);
        let text = id.to_string();
        for wrong in [
            "",
            "0",
            &text[1..],
            &text.to_uppercase(),
            &format!("+{}", &text[1..]),
        ] {
            assert_eq!(wrong.parse::<ArchiveId>(), Err(NoArchiveId), "{wrong}");
        }
    }
}
