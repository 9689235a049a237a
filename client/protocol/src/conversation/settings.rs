//! How a conversation is kept and shown.

use std::time::Duration;

use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest time after which messages may disappear: a year.
pub const MAX_DISAPPEAR_AFTER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How a conversation is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationSettings {
    /// Whether it stands above the others.
    pub is_pinned: bool,
    /// Whether it makes no sound and shows no notification, and how long.
    pub muted: Muted,
    /// Whether it is put away; a new message does not bring it back.
    pub is_archived: bool,
    /// After how long this device deletes the messages of both sides: ours once our server has
    /// them, theirs once they were displayed.
    pub disappear_after: Option<Duration>,
    /// How much of a message a notification shows.
    pub notification: NotificationPrivacy,
    /// Whether messages stay on this device after the program has ended.
    pub keeps_history: bool,
    /// Whether the other side is told what the user does; nothing follows the account's setting.
    pub tells_activity: Option<bool>,
}

impl Default for ConversationSettings {
    fn default() -> Self {
        Self {
            is_pinned: false,
            muted: Muted::No,
            is_archived: false,
            disappear_after: None,
            notification: NotificationPrivacy::Default,
            keeps_history: true,
            tells_activity: None,
        }
    }
}

impl ConversationSettings {
    /// Whether a new message makes no sound at this moment.
    pub fn is_muted(&self, now: Timestamp) -> bool {
        match self.muted {
            Muted::No => false,
            Muted::Until(until) => now < until,
            Muted::Always => true,
        }
    }

    /// Takes from the settings of another conversation of the same person what leaves fewer traces.
    pub(crate) fn join(&mut self, other: &Self) {
        let ends = [self.disappear_after, other.disappear_after];
        self.disappear_after = ends.into_iter().flatten().min();
        self.keeps_history &= other.keeps_history;
        if other.notification.discretion() > self.notification.discretion() {
            self.notification = other.notification;
        }
        // Where one follows the account, it tells no more than the account allows.
        let told = |it: &Self| {
            it.tells_activity
                .map_or(1_u8, |tells| if tells { 2 } else { 0 })
        };
        if told(other) < told(self) {
            self.tells_activity = other.tells_activity;
        }
    }

    pub(crate) fn apply(&mut self, setting: Setting) {
        match setting {
            Setting::Pinned(value) => self.is_pinned = value,
            Setting::Muted(value) => self.muted = value,
            Setting::Archived(value) => self.is_archived = value,
            Setting::DisappearAfter(value) => {
                self.disappear_after = value
                    .filter(|after| !after.is_zero())
                    .map(|after| after.min(MAX_DISAPPEAR_AFTER));
            }
            Setting::Notification(value) => self.notification = value,
            Setting::KeepsHistory(value) => self.keeps_history = value,
            Setting::TellsActivity(value) => self.tells_activity = value,
        }
    }
}

/// Whether a conversation is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Muted {
    /// It is not.
    #[default]
    No,
    /// Until then.
    Until(Timestamp),
    /// Until the user says otherwise.
    Always,
}

/// How much of a message a notification shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum NotificationPrivacy {
    /// What is set for all conversations.
    #[default]
    Default,
    /// The name and the text.
    NameAndText,
    /// The name only.
    NameOnly,
    /// That there is a message, and nothing else.
    Nothing,
}

impl NotificationPrivacy {
    /// How little it shows. What is set for all conversations shows the text at the most.
    const fn discretion(self) -> u8 {
        match self {
            Self::NameAndText => 0,
            Self::Default => 1,
            Self::NameOnly => 2,
            Self::Nothing => 3,
        }
    }
}

/// One setting of a conversation, with its new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Whether it stands above the others.
    Pinned(bool),
    /// Whether it is silent.
    Muted(Muted),
    /// Whether it is put away.
    Archived(bool),
    /// After how long messages are deleted here; nothing for never. A change is for messages
    /// from now on.
    DisappearAfter(Option<Duration>),
    /// How much of a message a notification shows.
    Notification(NotificationPrivacy),
    /// Whether messages stay on this device after the program has ended.
    KeepsHistory(bool),
    /// Whether the other side is told what the user does; nothing follows the account's setting.
    TellsActivity(Option<bool>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_disappear_is_bounded_and_none_is_never() {
        let mut settings = ConversationSettings::default();
        for (wanted, kept) in [
            (Some(Duration::from_secs(60)), Some(Duration::from_secs(60))),
            (Some(Duration::ZERO), None),
            (Some(Duration::MAX), Some(MAX_DISAPPEAR_AFTER)),
            (None, None),
        ] {
            settings.apply(Setting::DisappearAfter(wanted));
            assert_eq!(settings.disappear_after, kept, "{wanted:?}");
        }
        assert_eq!(settings, ConversationSettings::default());
    }

    #[test]
    fn of_two_conversations_what_leaves_fewer_traces_is_taken() {
        use NotificationPrivacy as N;
        let secs = |secs| Some(Duration::from_secs(secs));
        let settings =
            |disappear_after, notification, keeps_history, tells_activity| ConversationSettings {
                disappear_after,
                notification,
                keeps_history,
                tells_activity,
                ..ConversationSettings::default()
            };
        let table = [
            (
                (None, N::Default, true, None),
                (None, N::Default, true, None),
                (None, N::Default, true, None),
            ),
            (
                (None, N::Default, true, None),
                (secs(9), N::Nothing, false, Some(false)),
                (secs(9), N::Nothing, false, Some(false)),
            ),
            (
                (secs(9), N::NameOnly, false, Some(false)),
                (None, N::NameAndText, true, Some(true)),
                (secs(9), N::NameOnly, false, Some(false)),
            ),
            (
                (secs(9), N::NameAndText, true, Some(true)),
                (secs(5), N::Default, true, None),
                (secs(5), N::Default, true, None),
            ),
        ];
        for (home, other, joined) in table {
            let of = |(after, shows, keeps, tells)| settings(after, shows, keeps, tells);
            let mut found = ConversationSettings {
                is_pinned: true,
                ..of(home)
            };
            found.join(&ConversationSettings {
                is_archived: true,
                ..of(other)
            });
            let expected = ConversationSettings {
                is_pinned: true,
                ..of(joined)
            };
            assert_eq!(found, expected, "{home:?} with {other:?}");
        }
    }

    #[test]
    fn silence_ends_at_its_time() {
        let at = Timestamp::from_unix_millis;
        for (muted, now, is_muted) in [
            (Muted::No, at(0), false),
            (Muted::Until(at(10)), at(9), true),
            (Muted::Until(at(10)), at(10), false),
            (Muted::Always, at(u64::MAX), true),
        ] {
            let mut settings = ConversationSettings::default();
            settings.apply(Setting::Muted(muted));
            assert_eq!(settings.is_muted(now), is_muted, "{muted:?}");
        }
    }
}
