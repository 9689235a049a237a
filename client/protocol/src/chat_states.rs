//! What somebody is doing in a conversation. It is told and forgotten, never kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::ns;

/// After this long without a key the user has paused. XEP-0085, section 2 suggests 30 seconds;
/// people look at the screen for less.
const PAUSED_AFTER: Duration = Duration::from_secs(15);

/// How long the other side is believed to write. Who writes for long says it only once (section
/// 5.3), and who lost the connection never says that they have stopped.
const BELIEVED_FOR: Duration = Duration::from_secs(3 * 60);

/// What somebody is doing in a conversation (XEP-0085, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatState {
    /// Looks at it.
    Active,
    /// Writes.
    Composing,
    /// Has begun to write and stopped.
    Paused,
    /// Looks elsewhere.
    Inactive,
    /// Has left it.
    Gone,
}

impl ChatState {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Active, "active"),
        (Self::Composing, "composing"),
        (Self::Paused, "paused"),
        (Self::Inactive, "inactive"),
        (Self::Gone, "gone"),
    ];

    /// The state that a message tells.
    pub(crate) fn of(message: &Element) -> Option<Self> {
        let told = message
            .children()
            .find(|child| child.has_ns(ns::CHAT_STATES))?;
        let state = Self::ALL.iter().find(|(_, name)| *name == told.name())?;
        Some(state.0)
    }

    /// The element that tells it.
    pub(crate) fn to_element(self) -> Element {
        let name = Self::ALL.iter().find(|(state, _)| *state == self);
        Element::bare(name.map_or("active", |(_, name)| *name), ns::CHAT_STATES)
    }
}

/// What both sides are doing, in all conversations.
#[derive(Debug, Default)]
pub(crate) struct ChatStates {
    theirs: BTreeMap<BareJid, Theirs>,
    ours: BTreeMap<BareJid, Ours>,
    /// Who has told a state, so that their client knows what one is.
    heard: BTreeSet<BareJid>,
}

#[derive(Debug)]
struct Theirs {
    state: ChatState,
    until: Timestamp,
}

#[derive(Debug)]
struct Ours {
    /// What they were told last.
    told: ChatState,
    /// When the user will have paused.
    pause: Option<Timestamp>,
}

impl ChatStates {
    /// What the other side is doing, if it writes or has stopped in the middle.
    pub(crate) fn theirs(&self, jid: &BareJid) -> Option<ChatState> {
        self.theirs.get(jid).map(|theirs| theirs.state)
    }

    /// Whether their client has told a state before.
    pub(crate) fn has_told(&self, jid: &BareJid) -> bool {
        self.heard.contains(jid)
    }

    /// Who writes, to be told to the screen once that is over.
    pub(crate) fn writing(&self) -> Vec<BareJid> {
        self.theirs.keys().cloned().collect()
    }

    /// The other side does something. Whether the screen shows something else then.
    pub(crate) fn they(&mut self, jid: &BareJid, state: ChatState, now: Timestamp) -> bool {
        self.heard.insert(jid.clone());
        let before = self.theirs(jid);
        if matches!(state, ChatState::Composing | ChatState::Paused) {
            let until = now + BELIEVED_FOR;
            self.theirs.insert(jid.clone(), Theirs { state, until });
        } else {
            self.theirs.remove(jid);
        }
        before != self.theirs(jid)
    }

    /// The other side has gone offline.
    pub(crate) fn they_left(&mut self, jid: &BareJid) -> bool {
        self.theirs.remove(jid).is_some()
    }

    /// The user does something. What to tell, if it is news: "a client MUST NOT send a second
    /// instance of any given standalone notification" (section 5.3).
    pub(crate) fn we(
        &mut self,
        jid: &BareJid,
        state: ChatState,
        now: Timestamp,
    ) -> Option<ChatState> {
        let pause = (state == ChatState::Composing).then(|| now + PAUSED_AFTER);
        match self.ours.get_mut(jid) {
            Some(ours) => {
                ours.pause = pause;
                let is_news = ours.told != state;
                ours.told = state;
                is_news.then_some(state)
            }
            None if pause.is_some() => {
                self.ours.insert(jid.clone(), Ours { told: state, pause });
                Some(state)
            }
            // Whoever was told nothing need not hear that there is nothing.
            None => None,
        }
    }

    /// A message of ours goes out and tells that we are here.
    pub(crate) fn we_wrote(&mut self, jid: &BareJid) {
        let ours = Ours {
            told: ChatState::Active,
            pause: None,
        };
        self.ours.insert(jid.clone(), ours);
    }

    /// When [`time_passed`](Self::time_passed) has something to do.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        let pauses = self.ours.values().filter_map(|ours| ours.pause);
        let ends = self.theirs.values().map(|theirs| theirs.until);
        pauses.chain(ends).min()
    }

    /// A clock that was set back must not let a state last for the time that it had shown.
    pub(crate) fn bound_deadlines(&mut self, now: Timestamp) {
        for theirs in self.theirs.values_mut() {
            theirs.until = theirs.until.min(now + BELIEVED_FOR);
        }
        for ours in self.ours.values_mut() {
            ours.pause = ours.pause.map(|pause| pause.min(now + PAUSED_AFTER));
        }
    }

    /// Whom to tell that we have paused, and who is no longer believed to write.
    pub(crate) fn time_passed(&mut self, now: Timestamp) -> (Vec<BareJid>, Vec<BareJid>) {
        let mut paused = Vec::new();
        for (jid, ours) in &mut self.ours {
            if ours.pause.is_some_and(|pause| pause <= now) {
                ours.pause = None;
                ours.told = ChatState::Paused;
                paused.push(jid.clone());
            }
        }
        let is_over = |theirs: &Theirs| theirs.until <= now;
        let ended = self.theirs.iter().filter(|(_, theirs)| is_over(theirs));
        let ended: Vec<BareJid> = ended.map(|(jid, _)| jid.clone()).collect();
        self.theirs.retain(|_, theirs| !is_over(theirs));
        (paused, ended)
    }

    /// The connection is gone: nobody hears us and we hear nobody.
    pub(crate) fn clear(&mut self) {
        self.theirs.clear();
        self.ours.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_as_it_is_written() {
        for (state, _) in ChatState::ALL {
            let mut message = Element::bare("message", ns::CLIENT);
            message.append_child(state.to_element());
            assert_eq!(ChatState::of(&message), Some(state));
        }
        let odd = "<message xmlns='jabber:client'><dancing xmlns='http://jabber.org/protocol/chatstates'/></message>";
        assert_eq!(ChatState::of(&odd.parse().unwrap()), None);
    }

    #[test]
    fn a_state_is_told_once_and_pauses_by_itself() {
        use ChatState::{Active, Composing, Inactive, Paused};
        let bob = BareJid::new("bob@b.example").unwrap();
        let at = |seconds: u64| Timestamp::from_unix_millis(seconds * 1_000);
        let mut chats = ChatStates::default();
        assert_eq!(chats.we(&bob, Paused, at(0)), None);
        assert_eq!(chats.we(&bob, Inactive, at(0)), None);
        assert_eq!(chats.we(&bob, Composing, at(1)), Some(Composing));
        assert_eq!(chats.we(&bob, Composing, at(10)), None);
        assert_eq!(chats.deadline(), Some(at(25)));
        assert_eq!(chats.time_passed(at(24)), (vec![], vec![]));
        assert_eq!(chats.time_passed(at(25)), (vec![bob.clone()], vec![]));
        assert_eq!(chats.we(&bob, Paused, at(26)), None);
        assert_eq!(chats.we(&bob, Composing, at(27)), Some(Composing));
        chats.we_wrote(&bob);
        assert_eq!(chats.deadline(), None);
        assert_eq!(chats.we(&bob, Active, at(28)), None);
        assert_eq!(chats.we(&bob, Inactive, at(29)), Some(Inactive));
    }

    #[test]
    fn who_vanishes_does_not_write_for_ever() {
        use ChatState::{Active, Composing, Gone, Paused};
        let bob = BareJid::new("bob@b.example").unwrap();
        let at = |seconds: u64| Timestamp::from_unix_millis(seconds * 1_000);
        let mut chats = ChatStates::default();
        assert!(!chats.they(&bob, Active, at(0)));
        assert!(chats.has_told(&bob));
        assert!(chats.they(&bob, Composing, at(0)));
        assert!(!chats.they(&bob, Composing, at(1)));
        assert!(chats.they(&bob, Paused, at(2)));
        assert_eq!(chats.theirs(&bob), Some(Paused));
        assert_eq!(chats.time_passed(at(182)), (vec![], vec![bob.clone()]));
        assert_eq!(chats.theirs(&bob), None);
        chats.they(&bob, Composing, at(200));
        assert!(chats.they(&bob, Gone, at(201)));
        // The clock is set back.
        chats.they(&bob, Composing, at(9_000));
        chats.bound_deadlines(at(100));
        assert_eq!(chats.deadline(), Some(at(280)));
    }
}
