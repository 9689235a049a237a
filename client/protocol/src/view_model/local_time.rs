//! The user's calendar and clock, as numbers.

use onym_identity::Timestamp;

const MINUTE_MILLIS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;

/// How far the user's clock is ahead of UTC at a moment, in minutes. Summer time makes it differ
/// between two messages of one conversation.
pub trait TimeZone {
    /// The minutes at this moment; negative west of Greenwich.
    fn offset_minutes(&self, at: Timestamp) -> i32;
}

impl TimeZone for i32 {
    fn offset_minutes(&self, _at: Timestamp) -> i32 {
        *self
    }
}

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate {
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
}

impl Default for LocalDate {
    fn default() -> Self {
        Self {
            year: 1970,
            month: 1,
            day: 1,
        }
    }
}

impl LocalDate {
    /// The days since 1970-01-01.
    pub fn days_since_epoch(self) -> i64 {
        // Counts years from March, so that the day of the leap year comes last.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let year = if month <= 2 { year - 1 } else { year };
        let month_from_march = (month + 9).rem_euclid(12);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The day so many days after 1970-01-01.
    pub fn from_days_since_epoch(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2).rem_euclid(12) + 1;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }

    /// The day of the week, 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.days_since_epoch() + 3).rem_euclid(7)).unwrap_or(0)
    }
}

/// A day and a clock in the user's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LocalTime {
    /// The day.
    pub date: LocalDate,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
}

impl LocalTime {
    /// The moment `at` in a time zone.
    pub fn new(at: Timestamp, zone: &dyn TimeZone) -> Self {
        let millis = i64::try_from(at.as_unix_millis()).unwrap_or(i64::MAX);
        let minutes = millis
            .div_euclid(MINUTE_MILLIS)
            .saturating_add(i64::from(zone.offset_minutes(at)));
        let minute_of_day = minutes.rem_euclid(DAY_MINUTES);
        Self {
            date: LocalDate::from_days_since_epoch(minutes.div_euclid(DAY_MINUTES)),
            hour: u8::try_from(minute_of_day / 60).unwrap_or(0),
            minute: u8::try_from(minute_of_day % 60).unwrap_or(0),
        }
    }

    /// The clock, as `14:05`.
    pub fn clock(self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str, offset: i32) -> LocalTime {
        LocalTime::new(text.parse().unwrap(), &offset)
    }

    #[test]
    fn days_agree_with_the_calendar() {
        for (text, year, month, day, weekday) in [
            ("1970-01-01T00:00:00Z", 1970, 1, 1, 3),
            ("2000-02-29T12:00:00Z", 2000, 2, 29, 1),
            ("2024-12-31T23:59:59Z", 2024, 12, 31, 1),
            ("2026-11-23T00:00:00Z", 2026, 11, 23, 0),
            ("2100-03-01T00:00:00Z", 2100, 3, 1, 0),
        ] {
            let date = local(text, 0).date;
            assert_eq!((date.year, date.month, date.day), (year, month, day));
            assert_eq!(date.weekday(), weekday, "{text}");
            let again = LocalDate::from_days_since_epoch(date.days_since_epoch());
            assert_eq!(again, date);
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut before = LocalDate::from_days_since_epoch(-1);
        for days in 0..146_100 {
            let date = LocalDate::from_days_since_epoch(days);
            assert_eq!(date.days_since_epoch(), days);
            assert!(date > before, "{before:?} {date:?}");
            before = date;
        }
    }

    #[test]
    fn the_offset_moves_the_day_too() {
        let india = local("2026-03-01T20:00:00Z", 330);
        assert_eq!((india.clock().as_str(), india.date.day), ("01:30", 2));
        let new_york = local("2026-03-01T04:59:00Z", -300);
        assert_eq!(
            (new_york.clock().as_str(), new_york.date.day),
            ("23:59", 28)
        );
    }
}
