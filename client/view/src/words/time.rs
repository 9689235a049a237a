//! Times, days and clocks in words.

use std::time::Duration;

use onym_client_protocol::view_model::{LocalDate, LocalTime, ViewModel};
use onym_identity::Timestamp;

use super::Words;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

const WEEKDAYS: [&str; 7] = [
    "weekday-1",
    "weekday-2",
    "weekday-3",
    "weekday-4",
    "weekday-5",
    "weekday-6",
    "weekday-7",
];

const SHORT_WEEKDAYS: [&str; 7] = [
    "weekday-short-1",
    "weekday-short-2",
    "weekday-short-3",
    "weekday-short-4",
    "weekday-short-5",
    "weekday-short-6",
    "weekday-short-7",
];

const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8",
    "month-9", "month-10", "month-11", "month-12",
];

const SHORT_MONTHS: [&str; 12] = [
    "month-short-1",
    "month-short-2",
    "month-short-3",
    "month-short-4",
    "month-short-5",
    "month-short-6",
    "month-short-7",
    "month-short-8",
    "month-short-9",
    "month-short-10",
    "month-short-11",
    "month-short-12",
];

/// The time of a model, from which "5 minutes ago" counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The moment.
    pub(crate) now: Timestamp,
    /// The same in the user's local time.
    pub(crate) local_now: LocalTime,
}

impl Clock {
    /// The time of a model.
    pub(crate) fn of(model: &ViewModel) -> Self {
        Self {
            now: model.now,
            local_now: model.local_now,
        }
    }

    /// Another moment in local time. The difference to UTC is that of now; a moment on the other
    /// side of a change to or from summer time is an hour off.
    pub(crate) fn local(self, at: Timestamp) -> LocalTime {
        let in_utc = minutes(LocalTime::new(self.now, &0));
        let offset = minutes(self.local_now).saturating_sub(in_utc);
        LocalTime::new(at, &i32::try_from(offset).unwrap_or(0))
    }
}

/// Minutes since 1970 on the clock that is shown.
fn minutes(local: LocalTime) -> i64 {
    let day = local.date.days_since_epoch().saturating_mul(24 * 60);
    day.saturating_add(i64::from(local.hour) * 60 + i64::from(local.minute))
}

impl Words {
    /// How long ago a moment was: `5 minutes ago`; after a week its date.
    pub(crate) fn ago(self, then: Timestamp, clock: Clock) -> String {
        let seconds = clock.now.saturating_since(then).as_secs();
        let (key, count) = match seconds {
            0..MINUTE => return self.get("ago-now"),
            MINUTE..HOUR => ("ago-minutes", seconds / MINUTE),
            HOUR..DAY => ("ago-hours", seconds / HOUR),
            DAY..WEEK => ("ago-days", seconds / DAY),
            _ => return self.short_date(clock.local(then).date),
        };
        self.with(key, &[("count", count.into())])
    }

    /// How far away a moment is: `in 5 minutes`.
    pub(crate) fn until(self, then: Timestamp, clock: Clock) -> String {
        let seconds = then.saturating_since(clock.now).as_secs();
        let (key, count) = match seconds {
            0 => return self.get("until-now"),
            1..90 => ("until-seconds", seconds),
            90..HOUR => ("until-minutes", seconds.div_ceil(MINUTE)),
            HOUR..DAY => ("until-hours", seconds.div_ceil(HOUR)),
            _ => ("until-days", seconds.div_ceil(DAY)),
        };
        self.with(key, &[("count", count.into())])
    }

    /// How long something that still runs has taken: `1 min 5 s`.
    pub(crate) fn running_for(self, span: Duration) -> String {
        let (minutes, seconds) = (span.as_secs() / MINUTE, span.as_secs() % MINUTE);
        match minutes {
            0 => self.with("span-running-seconds", &[("seconds", seconds.into())]),
            _ => self.with(
                "span-running-minutes",
                &[("minutes", minutes.into()), ("seconds", seconds.into())],
            ),
        }
    }

    /// A span in the largest unit that divides it: `8 hours`, `1 week`.
    pub(crate) fn span(self, seconds: u64) -> String {
        let units = [
            (WEEK, "span-weeks"),
            (DAY, "span-days"),
            (HOUR, "span-hours"),
            (MINUTE, "span-minutes"),
        ];
        let unit = units
            .into_iter()
            .find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
        let (unit, key) = unit.unwrap_or((1, "span-seconds"));
        self.with(key, &[("count", (seconds / unit).into())])
    }

    /// The clock: `14:05`.
    pub(crate) fn clock(self, time: LocalTime) -> String {
        time.clock()
    }

    /// A day as people name it: `Today`, `Yesterday`, `Monday`, `Monday, 23 November`, or with the
    /// year when it is another one.
    pub(crate) fn day(self, date: LocalDate, today: LocalDate) -> String {
        match today.days_since_epoch() - date.days_since_epoch() {
            0 => self.get("day-today"),
            1 => self.get("day-yesterday"),
            2..=6 => self.get(weekday(date)),
            _ if date.year == today.year => self.with(
                "date-this-year",
                &[
                    ("weekday", self.get(weekday(date)).into()),
                    ("day", date.day.into()),
                    ("month", self.get(month(date)).into()),
                ],
            ),
            _ => self.date(date),
        }
    }

    /// A whole date: `23 November 2026`.
    pub(crate) fn date(self, date: LocalDate) -> String {
        self.date_of("date-full", month(date), date)
    }

    /// A whole date, short: `23 Nov 2026`.
    pub(crate) fn short_date(self, date: LocalDate) -> String {
        self.date_of("date-short", short_month(date), date)
    }

    fn date_of(self, key: &str, month: &str, date: LocalDate) -> String {
        // As a text: a number would be shown in groups of three digits in some languages.
        let blanks = [
            ("day", date.day.into()),
            ("month", self.get(month).into()),
            ("year", date.year.to_string().into()),
        ];
        self.with(key, &blanks)
    }

    /// A month: `November 2026`.
    pub(crate) fn month(self, date: LocalDate) -> String {
        let blanks = [
            ("month", self.get(month(date)).into()),
            ("year", date.year.to_string().into()),
        ];
        self.with("date-month", &blanks)
    }

    /// A day of the week above a column, 0 for Monday: `Mo`.
    pub(crate) fn short_weekday(self, weekday: u8) -> String {
        let key = SHORT_WEEKDAYS.get(usize::from(weekday));
        self.get(key.copied().unwrap_or_default())
    }

    /// For a list: the clock for today, else the day, else the date.
    pub(crate) fn short_time(self, time: LocalTime, now: LocalTime) -> String {
        match now.date.days_since_epoch() - time.date.days_since_epoch() {
            0 => self.clock(time),
            1..=6 => self.day(time.date, now.date),
            _ => self.short_date(time.date),
        }
    }

    /// The date and the clock: `23 November 2026, 14:05`.
    pub(crate) fn date_and_clock(self, time: LocalTime) -> String {
        let blanks = [
            ("date", self.date(time.date).into()),
            ("clock", self.clock(time).into()),
        ];
        self.with("date-and-clock", &blanks)
    }

    /// The clock for today, else the day and the clock: `Yesterday, 14:05`.
    pub(crate) fn day_and_clock(self, time: LocalTime, now: LocalTime) -> String {
        if time.date == now.date {
            return self.clock(time);
        }
        let blanks = [
            ("day", self.day(time.date, now.date).into()),
            ("clock", self.clock(time).into()),
        ];
        self.with("day-and-clock", &blanks)
    }
}

fn weekday(date: LocalDate) -> &'static str {
    WEEKDAYS
        .get(usize::from(date.weekday()))
        .copied()
        .unwrap_or_default()
}

fn month(date: LocalDate) -> &'static str {
    let index = usize::from(date.month.saturating_sub(1));
    MONTHS.get(index).copied().unwrap_or_default()
}

fn short_month(date: LocalDate) -> &'static str {
    let index = usize::from(date.month.saturating_sub(1));
    SHORT_MONTHS.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app_model::Language;

    const EN: Words = Words {
        language: Language::English,
    };
    const DE: Words = Words {
        language: Language::German,
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// 14:00 in UTC, 15:00 where the user is.
    fn clock() -> Clock {
        let now = at("2026-11-23T14:00:00Z");
        Clock {
            now,
            local_now: LocalTime::new(now, &60),
        }
    }

    #[test]
    fn a_moment_before_now() {
        for (then, english, german) in [
            ("2026-11-23T13:59:30Z", "just now", "gerade eben"),
            ("2026-11-23T13:59:00Z", "1 minute ago", "vor 1 Minute"),
            ("2026-11-23T13:55:00Z", "5 minutes ago", "vor 5 Minuten"),
            ("2026-11-23T12:00:00Z", "2 hours ago", "vor 2 Stunden"),
            ("2026-11-20T12:00:00Z", "3 days ago", "vor 3 Tagen"),
            ("2026-10-01T23:30:00Z", "2 Oct 2026", "2. Okt. 2026"),
            // A clock that was put back.
            ("2026-11-23T15:00:00Z", "just now", "gerade eben"),
        ] {
            assert_eq!(EN.ago(at(then), clock()), english, "{then}");
            assert_eq!(DE.ago(at(then), clock()), german, "{then}");
        }
    }

    #[test]
    fn a_moment_after_now() {
        for (then, english, german) in [
            ("2026-11-23T13:00:00Z", "in a moment", "gleich"),
            ("2026-11-23T14:00:40Z", "in 40 s", "in 40 s"),
            ("2026-11-23T14:03:10Z", "in 4 minutes", "in 4 Minuten"),
            ("2026-11-23T15:00:00Z", "in 1 hour", "in 1 Stunde"),
            ("2026-11-25T14:00:00Z", "in 2 days", "in 2 Tagen"),
        ] {
            assert_eq!(EN.until(at(then), clock()), english, "{then}");
            assert_eq!(DE.until(at(then), clock()), german, "{then}");
        }
    }

    #[test]
    fn spans() {
        for (seconds, english, german) in [
            (1, "1 second", "1 Sekunde"),
            (90, "90 seconds", "90 Sekunden"),
            (300, "5 minutes", "5 Minuten"),
            (8 * HOUR, "8 hours", "8 Stunden"),
            (DAY, "1 day", "1 Tag"),
            (WEEK, "1 week", "1 Woche"),
            (30 * DAY, "30 days", "30 Tage"),
        ] {
            assert_eq!(EN.span(seconds), english);
            assert_eq!(DE.span(seconds), german);
        }
        assert_eq!(EN.running_for(Duration::from_secs(42)), "42 s");
        assert_eq!(DE.running_for(Duration::from_secs(65)), "1 min 5 s");
    }

    #[test]
    fn days() {
        let day = |text: &str| LocalTime::new(at(text), &0);
        let now = day("2026-11-23T14:00:00Z");
        for (then, english, german, short) in [
            ("2026-11-23T01:02:00Z", "Today", "Heute", "01:02"),
            ("2026-11-22T01:02:00Z", "Yesterday", "Gestern", "Yesterday"),
            ("2026-11-20T01:02:00Z", "Friday", "Freitag", "Friday"),
            (
                "2026-11-16T01:02:00Z",
                "Monday, 16 November",
                "Montag, 16. November",
                "16 Nov 2026",
            ),
            (
                "2024-02-29T01:02:00Z",
                "29 February 2024",
                "29. Februar 2024",
                "29 Feb 2024",
            ),
            // From the future, by a wrong clock.
            (
                "2027-01-01T01:02:00Z",
                "1 January 2027",
                "1. Januar 2027",
                "1 Jan 2027",
            ),
        ] {
            assert_eq!(EN.day(day(then).date, now.date), english);
            assert_eq!(DE.day(day(then).date, now.date), german);
            assert_eq!(EN.short_time(day(then), now), short);
        }
        let then = day("2026-11-22T01:02:00Z");
        assert_eq!(EN.day_and_clock(then, now), "Yesterday, 01:02");
        assert_eq!(DE.day_and_clock(now, now), "14:00");
        assert_eq!(DE.date_and_clock(then), "22. November 2026, 01:02");
    }
}
