//! Texts for the window: names, times and states, safe to draw on one line.

use jid::BareJid;
use onym_identity::OnymJid;

use super::local_time::{LocalDate, LocalTime};
use super::{ConnectionState, DeliveryState, DeliveryView, PresenceState, PresenceView};
use crate::delivery::Delivery;
use crate::presence::{Presence, Show};
use crate::store::Reached;

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
pub fn one_line(text: &str) -> String {
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

/// The day in English words: `Today`, `Yesterday`, or `2026-11-23`.
pub(super) fn day(date: LocalDate, today: LocalDate) -> String {
    match today.days_since_epoch() - date.days_since_epoch() {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        _ => format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
    }
}

/// The clock for today, else the day in words.
pub(super) fn short_time(time: LocalTime, now: LocalTime) -> String {
    if time.date == now.date {
        time.clock()
    } else {
        day(time.date, now.date)
    }
}

/// `reached` says when, where it is kept.
pub(super) fn delivery(delivery: &Delivery, reached: Option<&Reached>) -> DeliveryView {
    let state = match delivery {
        Delivery::Queued => DeliveryState::Queued,
        Delivery::Sent => DeliveryState::Sent,
        Delivery::Stored => DeliveryState::Stored,
        Delivery::Delivered => DeliveryState::Delivered,
        Delivery::Displayed => DeliveryState::Displayed,
        Delivery::Failed(_) => DeliveryState::Failed,
    };
    let mut words = delivery.words();
    let mut view = DeliveryView {
        state,
        at: reached.and_then(|reached| reached.at(delivery)),
        why: None,
        their_words: None,
        words: String::new(),
    };
    if let Delivery::Failed(failure) = delivery {
        view.why = Some(failure.why);
        view.their_words = failure.text.as_deref().map(one_line);
        if let Some(text) = &view.their_words {
            words.push_str(&format!(" Their server says: “{text}”"));
        }
    }
    DeliveryView { words, ..view }
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
    let status = status.filter(|status| !status.is_empty());
    let words = match &status {
        Some(status) => format!("{words}: {status}"),
        None => words.to_owned(),
    };
    PresenceView {
        state,
        words,
        status,
        since: None,
        last_seen: None,
    }
}

pub(super) fn can_retry(state: ConnectionState) -> bool {
    matches!(state, ConnectionState::Offline | ConnectionState::Stopped)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_time_says_the_day_unless_it_is_today() {
        let at = |text: &str| LocalTime::new(text.parse().unwrap(), &0);
        let now = at("2026-03-01T20:00:00Z");
        assert_eq!(short_time(at("2026-03-01T00:07:00Z"), now), "00:07");
        assert_eq!(short_time(at("2026-02-28T00:07:00Z"), now), "Yesterday");
        assert_eq!(short_time(at("2026-02-27T23:59:00Z"), now), "2026-02-27");
    }
}
