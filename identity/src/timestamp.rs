//! Points in time, as stanzas and the store write them.

use std::fmt;
use std::ops::{Add, AddAssign};
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A point in time: milliseconds since the start of 1970 in UTC, without leap seconds.
///
/// The last one is the end of the year 9999, the last that the text form can write. Arithmetic
/// stops there instead of failing, so that no clock and no peer can make it panic.
///
/// `Display` and `FromStr` are the DateTime profile of XEP-0082.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(from = "u64", into = "u64")]
pub struct Timestamp(u64);

impl Timestamp {
    /// The start of 1970.
    pub const UNIX_EPOCH: Self = Self(0);

    /// The last millisecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Longest text that is parsed, in bytes. XEP-0082 sets no limit to the digits of a second's
    /// fraction; nobody writes more than nine.
    pub const MAX_TEXT_BYTES: usize = 64;

    /// The time so many milliseconds after the start of 1970, at most [`MAX`](Self::MAX).
    #[must_use]
    pub const fn from_unix_millis(millis: u64) -> Self {
        if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the start of 1970.
    #[must_use]
    pub const fn as_unix_millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it, as when a clock was set
    /// back.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<u64> for Timestamp {
    fn from(millis: u64) -> Self {
        Self::from_unix_millis(millis)
    }
}

impl From<Timestamp> for u64 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

/// Counts whole milliseconds and stops at [`Timestamp::MAX`].
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self::from_unix_millis(self.0.saturating_add(millis))
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// `CCYY-MM-DDThh:mm:ss.sssZ`: always in UTC, since an offset would tell where the user is.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        let utc = UNIX_EPOCH.saturating_add(SignedDuration::from_millis(millis));
        f.pad(&format!("{utc:.3}Z"))
    }
}

/// Reads `CCYY-MM-DDThh:mm:ss[.sss]TZD`. What is finer than a millisecond is cut off.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        if text.len() > Self::MAX_TEXT_BYTES {
            return Err(TimestampError::TooLong);
        }
        let fields = Fields::read(text.as_bytes()).ok_or(TimestampError::Form)?;
        let local = fields.date_time().ok_or(TimestampError::NoSuchTime)?;
        // XEP-0082: with "+07:00" the local time is seven hours ahead of UTC.
        let ahead = SignedDuration::from_mins(fields.offset_minutes);
        let millis = (local.duration_since(UNIX_EPOCH) - ahead).as_millis();
        match u64::try_from(millis) {
            Ok(millis) if millis <= Self::MAX.0 => Ok(Self(millis)),
            _ => Err(TimestampError::OutOfRange),
        }
    }
}

/// Why a text is not a point in time.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TimestampError {
    /// The text is longer than any time.
    #[error("the time is longer than {} bytes", Timestamp::MAX_TEXT_BYTES)]
    TooLong,
    /// The text does not have the form of XEP-0082.
    #[error("the time is not written as in 2026-11-23T18:30:00Z")]
    Form,
    /// The calendar has no such day, or the clock no such hour, minute, second or offset.
    #[error("there is no such day or time of day")]
    NoSuchTime,
    /// The time is before 1970 or after 9999.
    #[error("the time is outside the years 1970 to 9999")]
    OutOfRange,
}

/// The numbers of a text in the form of XEP-0082, not yet looked up in the calendar.
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    milli: i32,
    /// Minutes that the local time is ahead of UTC.
    offset_minutes: i64,
    /// Whether the offset was written within the bounds that XML Schema sets: 14 hours.
    offset_in_bounds: bool,
}

impl Fields {
    /// Reads the whole of `text`; `None` if it has any other form.
    fn read(text: &[u8]) -> Option<Self> {
        let mut rest = Cursor(text);
        let year = i16::from(rest.two_digits()?) * 100 + i16::from(rest.two_digits()?);
        rest.byte(b'-')?;
        let month = rest.two_digits()?;
        rest.byte(b'-')?;
        let day = rest.two_digits()?;
        rest.byte(b'T')?;
        let hour = rest.two_digits()?;
        rest.byte(b':')?;
        let minute = rest.two_digits()?;
        rest.byte(b':')?;
        let second = rest.two_digits()?;
        let milli = rest.fraction_millis()?;
        let (offset_minutes, offset_in_bounds) = rest.offset()?;
        rest.0.is_empty().then_some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
            milli,
            offset_minutes,
            offset_in_bounds,
        })
    }

    /// The local date and time; `None` if there is no such day, hour, minute, second or offset.
    fn date_time(&self) -> Option<DateTime> {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
            milli,
            offset_minutes: _,
            offset_in_bounds,
        } = *self;
        if !offset_in_bounds {
            return None;
        }
        DateTime::new(year, month, day, hour, minute, second, milli * 1_000_000).ok()
    }
}

/// The part of a text that is still to be read.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn byte(&mut self, expected: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        if *first != expected {
            return None;
        }
        self.0 = rest;
        Some(())
    }

    fn digit(&mut self) -> Option<i8> {
        let (first, rest) = self.0.split_first()?;
        let value = char::from(*first).to_digit(10)?;
        self.0 = rest;
        i8::try_from(value).ok()
    }

    fn two_digits(&mut self) -> Option<i8> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    /// An optional `.` and at least one digit, cut to milliseconds; zero if there is none.
    fn fraction_millis(&mut self) -> Option<i32> {
        if self.byte(b'.').is_none() {
            return Some(0);
        }
        let mut millis = i32::from(self.digit()?) * 100;
        for weight in [10, 1] {
            millis += i32::from(self.digit().unwrap_or(0)) * weight;
        }
        while self.digit().is_some() {}
        Some(millis)
    }

    /// `Z`, or a sign and `hh:mm`. Gives the minutes ahead of UTC, and whether they are in bounds.
    fn offset(&mut self) -> Option<(i64, bool)> {
        if self.byte(b'Z').is_some() {
            return Some((0, true));
        }
        let sign = if self.byte(b'+').is_some() {
            1
        } else {
            self.byte(b'-')?;
            -1
        };
        let hours = self.two_digits()?;
        self.byte(b':')?;
        let minutes = self.two_digits()?;
        let total = i64::from(hours) * 60 + i64::from(minutes);
        Some((sign * total, minutes < 60 && total <= 14 * 60))
    }
}

/// The start of 1970, by the calendar.
const UNIX_EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_times() {
        for (text, millis) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999),
            ("2001-09-09T01:46:40.000Z", 1_000_000_000_000),
            ("2026-11-23T03:04:05.678Z", 1_795_403_045_678),
            ("9999-12-31T23:59:59.999Z", Timestamp::MAX.as_unix_millis()),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(millis)), "{text}");
            assert_eq!(Timestamp(millis).to_string(), text);
        }
    }

    #[test]
    fn other_spellings_of_a_time() {
        let billion = Timestamp(1_000_000_000_000);
        for text in [
            "2001-09-09T01:46:40Z",
            "2001-09-09T01:46:40.0Z",
            "2001-09-09T01:46:40.000999999Z",
            "2001-09-09T08:46:40+07:00",
            "2001-09-08T18:46:40-07:00",
            "2001-09-09T01:46:40+00:00",
            "2001-09-09T01:46:40-00:00",
        ] {
            assert_eq!(text.parse(), Ok(billion), "{text}");
        }
        // The example of XEP-0082 with an offset, moved into the years that we have.
        assert_eq!(
            "1989-07-20T21:56:15-05:00".parse::<Timestamp>(),
            "1989-07-21T02:56:15Z".parse()
        );
    }

    #[test]
    fn the_reason_is_named() {
        for (text, reason) in [
            ("", TimestampError::Form),
            ("now", TimestampError::Form),
            ("2001-09-09", TimestampError::Form),
            ("2001-09-09T01:46:40", TimestampError::Form),
            ("2001-09-09t01:46:40Z", TimestampError::Form),
            ("2001-09-09T01:46:40z", TimestampError::Form),
            ("2001-09-09T01:46:40.Z", TimestampError::Form),
            ("2001-09-09T01:46:40Z ", TimestampError::Form),
            ("20010909T01:46:40", TimestampError::Form),
            ("-2001-09-09T01:46:40Z", TimestampError::Form),
            ("10000-01-01T00:00:00Z", TimestampError::Form),
            ("2001-09-09T01:46:40+0700", TimestampError::Form),
            ("2001-02-29T00:00:00Z", TimestampError::NoSuchTime),
            ("2001-00-01T00:00:00Z", TimestampError::NoSuchTime),
            ("2001-13-01T00:00:00Z", TimestampError::NoSuchTime),
            ("2001-09-09T24:00:00Z", TimestampError::NoSuchTime),
            ("2016-12-31T23:59:60Z", TimestampError::NoSuchTime),
            ("2001-09-09T01:46:40+14:01", TimestampError::NoSuchTime),
            ("2001-09-09T01:46:40+07:60", TimestampError::NoSuchTime),
            ("1969-07-21T02:56:15Z", TimestampError::OutOfRange),
            ("1970-01-01T00:00:00+00:01", TimestampError::OutOfRange),
            ("9999-12-31T23:59:59-00:01", TimestampError::OutOfRange),
            ("0000-01-01T00:00:00Z", TimestampError::OutOfRange),
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(reason), "{text}");
        }
        let long = format!("2001-09-09T01:46:40.{}Z", "0".repeat(44));
        assert_eq!(long.len(), Timestamp::MAX_TEXT_BYTES + 1);
        assert_eq!(long.parse::<Timestamp>(), Err(TimestampError::TooLong));
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let (early, late) = (Timestamp(1_000), Timestamp(4_500));
        assert_eq!(late.saturating_since(early), Duration::from_millis(3_500));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
        assert_eq!(early + Duration::from_micros(1_999), Timestamp(1_001));
        assert_eq!(early + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::MAX + Duration::from_millis(1), Timestamp::MAX);
        assert_eq!(Timestamp::from_unix_millis(u64::MAX), Timestamp::MAX);
        let mut moved = early;
        moved += Duration::from_secs(1);
        assert_eq!(moved, Timestamp(2_000));
    }

    #[test]
    fn serde_is_the_number_of_milliseconds() {
        assert_eq!(serde_json::to_string(&Timestamp(4_500)).unwrap(), "4500");
        assert_eq!(
            serde_json::from_str::<Timestamp>("4500").unwrap(),
            Timestamp(4_500)
        );
        let beyond = serde_json::from_str::<Timestamp>(&u64::MAX.to_string()).unwrap();
        assert_eq!(beyond, Timestamp::MAX);
    }

    proptest! {
        #[test]
        fn text_survives_the_round_trip(millis in 0..=Timestamp::MAX.0) {
            let timestamp = Timestamp::from_unix_millis(millis);
            prop_assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
        }

        #[test]
        fn text_sorts_as_the_times_do(one in 0..=Timestamp::MAX.0, other in 0..=Timestamp::MAX.0) {
            let texts = Timestamp(one).to_string().cmp(&Timestamp(other).to_string());
            prop_assert_eq!(texts, one.cmp(&other));
        }

        #[test]
        fn any_number_has_a_text(millis in any::<u64>(), plus in any::<Duration>()) {
            let timestamp = Timestamp::from_unix_millis(millis) + plus;
            prop_assert_eq!(timestamp.to_string().len(), 24);
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in any::<String>()) {
            prop_assert!(text.parse::<Timestamp>().is_err());
        }

        #[test]
        fn arbitrary_fields_do_not_panic(
            text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:[0-9]{2})",
        ) {
            if let Ok(timestamp) = text.parse::<Timestamp>() {
                prop_assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
            }
        }
    }
}
