//! Texts for the window: names, times and states, safe to draw on one line.

use jid::BareJid;
use onym_identity::{OnymJid, Timestamp};

use super::{ConnectionState, DeliveryState, DeliveryView, PresenceState, PresenceView};
use crate::delivery::Delivery;
use crate::presence::{Presence, Show};

/// The longest name or remark that is shown on one line, in characters.
const MAX_LINE_CHARS: usize = 120;

/// How many characters of an identity key stand for a contact without a name.
const SHORT_KEY_CHARS: usize = 8;

/// The name of a contact: the one that the user gave, else what can be read of the address.
pub(super) fn display_name(jid: &BareJid, name: Option<&str>) -> String {
    let given = name.map(one_line).filter(|name| !name.is_empty());
    given.unwrap_or_else(|| {
        let local = jid
            .node()
            .map_or_else(|| jid.domain().as_str(), |node| node.as_str());
        if OnymJid::try_from(jid).is_ok() {
            let short: String = local.chars().take(SHORT_KEY_CHARS).collect();
            return format!("{short}…");
        }
        one_line(local)
    })
}

/// The text on one line and without characters that change how the text around it is drawn.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|letter| !is_disruptive(*letter)));
        if line.chars().count() > MAX_LINE_CHARS {
            break;
        }
    }
    if line.chars().count() > MAX_LINE_CHARS {
        line = line.chars().take(MAX_LINE_CHARS).collect();
        line.push('…');
    }
    line
}

/// Control characters, and marks that turn the direction of text (Unicode UAX #9).
fn is_disruptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{061c}')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A local calendar and clock, from the offset that the runtime knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocalTime {
    /// Minutes that the local time is ahead of UTC.
    pub(super) utc_offset_minutes: i32,
}

impl LocalTime {
    /// The day, as `2026-11-23`.
    pub(super) fn day(self, time: Timestamp) -> String {
        self.text(time).chars().take(10).collect()
    }

    /// The clock, as `14:05`.
    pub(super) fn clock(self, time: Timestamp) -> String {
        self.text(time).chars().skip(11).take(5).collect()
    }

    /// `Today`, `Yesterday`, or the day.
    pub(super) fn day_words(self, time: Timestamp, now: Timestamp) -> String {
        const DAY_MILLIS: u64 = 24 * 60 * 60 * 1_000;
        let yesterday =
            Timestamp::from_unix_millis(now.as_unix_millis().saturating_sub(DAY_MILLIS));
        let day = self.day(time);
        if day == self.day(now) {
            "Today".to_owned()
        } else if day == self.day(yesterday) {
            "Yesterday".to_owned()
        } else {
            day
        }
    }

    /// The clock for today, else the day in words.
    pub(super) fn short(self, time: Timestamp, now: Timestamp) -> String {
        if self.day(time) == self.day(now) {
            self.clock(time)
        } else {
            self.day_words(time, now)
        }
    }

    /// `2026-11-23T14:05:00.000Z`, where the `Z` is a lie: it is local time.
    fn text(self, time: Timestamp) -> String {
        let offset_millis = i64::from(self.utc_offset_minutes).saturating_mul(60_000);
        let local = time.as_unix_millis().saturating_add_signed(offset_millis);
        Timestamp::from_unix_millis(local).to_string()
    }
}

pub(super) fn delivery(delivery: &Delivery) -> DeliveryView {
    let state = match delivery {
        Delivery::Queued => DeliveryState::Queued,
        Delivery::Sent => DeliveryState::Sent,
        Delivery::Stored => DeliveryState::Stored,
        Delivery::Delivered => DeliveryState::Delivered,
        Delivery::Failed(_) => DeliveryState::Failed,
    };
    let mut words = delivery.words();
    if let Delivery::Failed(failure) = delivery
        && let Some(text) = &failure.text
    {
        words.push_str(&format!(" Their server says: “{}”", one_line(text)));
    }
    DeliveryView { state, words }
}

/// `visible` says whether we are connected and may see the contact's presence.
pub(super) fn presence(presence: Option<&Presence>, visible: bool) -> PresenceView {
    let (state, words) = match presence.map(|presence| presence.show) {
        None if visible => (PresenceState::Offline, "Offline"),
        None => (PresenceState::Unknown, ""),
        Some(Show::FreeForChat) => (PresenceState::Available, "Free to talk"),
        Some(Show::Available) => (PresenceState::Available, "Online"),
        Some(Show::Away) => (PresenceState::Away, "Away"),
        Some(Show::ExtendedAway) => (PresenceState::ExtendedAway, "Away for long"),
        Some(Show::Busy) => (PresenceState::Busy, "Busy"),
    };
    let status = presence
        .and_then(|presence| presence.status.as_deref())
        .map(one_line);
    let words = match status.filter(|status| !status.is_empty()) {
        Some(status) => format!("{words}: {status}"),
        None => words.to_owned(),
    };
    PresenceView { state, words }
}

pub(super) fn can_retry(state: ConnectionState) -> bool {
    matches!(state, ConnectionState::Offline | ConnectionState::Stopped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn names_cannot_disturb_the_line() {
        let bob = BareJid::new("bob@b.example").unwrap();
        assert_eq!(display_name(&bob, None), "bob");
        assert_eq!(display_name(&bob, Some(" \u{202e} ")), "bob");
        assert_eq!(
            display_name(&bob, Some("Bob\n\u{202e}the  Great\u{7}")),
            "Bob the Great"
        );
        let long = display_name(&bob, Some(&"x".repeat(10_000)));
        assert_eq!(long.chars().count(), MAX_LINE_CHARS + 1);
        let server = BareJid::new("b.example").unwrap();
        assert_eq!(display_name(&server, None), "b.example");
    }

    #[test]
    fn days_and_clocks_are_local() {
        let utc = LocalTime {
            utc_offset_minutes: 0,
        };
        let india = LocalTime {
            utc_offset_minutes: 330,
        };
        let new_york = LocalTime {
            utc_offset_minutes: -300,
        };
        let now = at("2026-03-01T20:00:00Z");
        assert_eq!(utc.clock(now), "20:00");
        assert_eq!(india.clock(now), "01:30");
        assert_eq!(india.day(now), "2026-03-02");
        assert_eq!(
            new_york.day_words(at("2026-03-01T04:59:59Z"), now),
            "Yesterday"
        );
        assert_eq!(utc.day_words(at("2026-02-28T00:00:00Z"), now), "Yesterday");
        assert_eq!(utc.day_words(at("2026-02-27T23:59:59Z"), now), "2026-02-27");
        assert_eq!(utc.short(at("2026-03-01T00:07:00Z"), now), "00:07");
        assert_eq!(utc.short(at("2025-03-01T00:07:00Z"), now), "2025-03-01");
    }
}
