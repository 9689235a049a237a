use std::collections::BTreeMap;
use std::ops::Range;

use onym_client_protocol::view_model::MessageView;
use onym_identity::Timestamp;

/// What is selected among the messages. It is kept by the names of messages and not by places on
/// the screen, so that it outlives scrolling.
#[derive(Debug, Default)]
pub(crate) enum Selection {
    /// Nothing.
    #[default]
    None,
    /// Some characters of one message.
    Chars {
        /// The message.
        position: u64,
        /// Where the selection began.
        anchor: usize,
        /// Where it ends now.
        head: usize,
    },
    /// Whole messages.
    Messages(SelectedMessages),
}

/// Whole messages, with what copying them gives: they may not be loaded any more then.
#[derive(Debug, Default)]
pub(crate) struct SelectedMessages {
    /// Where a range begins.
    pub(crate) anchor: u64,
    lines: BTreeMap<(Timestamp, u64), String>,
}

impl Selection {
    /// The selected characters of a message.
    pub(crate) fn chars_of(&self, of: u64) -> Option<Range<usize>> {
        match self {
            Self::Chars {
                position,
                anchor,
                head,
            } if *position == of && anchor != head => Some(*anchor.min(head)..*anchor.max(head)),
            _ => None,
        }
    }

    /// Whether whole messages are selected, and then whether this one is.
    pub(crate) fn checked(&self, position: u64) -> Option<bool> {
        match self {
            Self::Messages(messages) => Some(messages.contains(position)),
            _ => None,
        }
    }

    /// The whole messages that are selected.
    pub(crate) fn messages(&self) -> Option<&SelectedMessages> {
        match self {
            Self::Messages(messages) => Some(messages),
            _ => None,
        }
    }

    /// Whether nothing is selected.
    pub(crate) fn is_none(&self) -> bool {
        match self {
            Self::None => true,
            Self::Chars { anchor, head, .. } => anchor == head,
            Self::Messages(_) => false,
        }
    }

    /// The message from which Shift+click reaches.
    pub(crate) fn anchor(&self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Chars { position, .. } => Some(*position),
            Self::Messages(messages) => Some(messages.anchor),
        }
    }

    /// Selects one whole message, or no longer.
    pub(crate) fn toggle(&mut self, message: &MessageView, line: String) {
        if !matches!(self, Self::Messages(_)) {
            *self = Self::Messages(SelectedMessages::default());
        }
        let Self::Messages(messages) = self else {
            return;
        };
        messages.anchor = message.position;
        let key = (message.time, message.position);
        if messages.lines.remove(&key).is_none() {
            messages.lines.insert(key, line);
        }
    }

    /// Selects a range. `loaded` are its messages that are loaded; `is_inside` says whether one
    /// that was selected before and is not loaded any more lies in it.
    pub(crate) fn select_range(
        &mut self,
        anchor: u64,
        loaded: impl Iterator<Item = ((Timestamp, u64), String)>,
        is_inside: impl Fn(u64) -> bool,
    ) {
        let mut lines = match std::mem::take(self) {
            Self::Messages(messages) => messages.lines,
            _ => BTreeMap::new(),
        };
        lines.retain(|(_, position), _| is_inside(*position));
        lines.extend(loaded);
        *self = Self::Messages(SelectedMessages { anchor, lines });
    }
}

impl SelectedMessages {
    /// Whether a message is selected.
    pub(crate) fn contains(&self, position: u64) -> bool {
        self.lines.keys().any(|(_, selected)| *selected == position)
    }

    /// How many are selected.
    pub(crate) fn count(&self) -> usize {
        self.lines.len()
    }

    /// Their positions, oldest first.
    pub(crate) fn positions(&self) -> impl Iterator<Item = u64> {
        self.lines.keys().map(|(_, position)| *position)
    }

    /// What copying them gives: one line for each, oldest first.
    pub(crate) fn copied(&self) -> String {
        let lines: Vec<&str> = self.lines.values().map(String::as_str).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(position: u64) -> MessageView {
        MessageView {
            position,
            time: Timestamp::from_unix_millis(position * 1_000),
            ..MessageView::default()
        }
    }

    fn line(position: u64) -> ((Timestamp, u64), String) {
        let message = message(position);
        ((message.time, position), format!("line {position}"))
    }

    #[test]
    fn a_range_keeps_what_is_not_loaded_any_more() {
        let mut selection = Selection::default();
        selection.select_range(3, (3..=5).map(line), |at| (3..=5).contains(&at));
        // The rows 3 and 4 were unloaded while the range grew.
        selection.select_range(3, (5..=7).map(line), |at| (3..=7).contains(&at));
        let messages = selection.messages().unwrap();
        assert_eq!(messages.positions().collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert!(messages.copied().starts_with("line 3\nline 4\n"));
        // The range becomes shorter again.
        selection.select_range(3, (5..=5).map(line), |at| (3..=5).contains(&at));
        assert_eq!(selection.messages().unwrap().count(), 3);
    }

    #[test]
    fn toggling_twice_is_nothing() {
        let mut selection = Selection::default();
        selection.toggle(&message(2), "two".to_owned());
        selection.toggle(&message(1), "one".to_owned());
        assert_eq!(selection.messages().unwrap().copied(), "one\ntwo");
        assert_eq!(selection.checked(1), Some(true));
        selection.toggle(&message(1), String::new());
        assert_eq!(selection.checked(1), Some(false));
    }

    #[test]
    fn characters_are_a_range_in_either_direction() {
        let chars = |anchor, head| {
            Selection::Chars {
                position: 9,
                anchor,
                head,
            }
            .chars_of(9)
        };
        assert_eq!(chars(2, 5), Some(2..5));
        assert_eq!(chars(5, 2), Some(2..5));
        assert_eq!(chars(2, 2), None);
    }
}
