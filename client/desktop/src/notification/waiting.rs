use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Notification;

/// Orders that wait at most. There is one for each conversation, and nobody reads more at once.
pub(super) const MAX_WAITING: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    Show(Notification),
    Withdraw(String),
}

impl Order {
    fn about(&self) -> &str {
        match self {
            Self::Show(notification) => &notification.about,
            Self::Withdraw(about) => about,
        }
    }
}

/// Orders that wait for a thread. A later one takes the place of an earlier one about the same.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    orders: VecDeque<Order>,
    is_closed: bool,
}

impl Waiting {
    /// Adds an order, and leaves the oldest out if there are too many.
    pub(super) fn push(&self, order: Order) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        state.orders.retain(|known| known.about() != order.about());
        if state.orders.len() >= MAX_WAITING {
            state.orders.pop_front();
        }
        state.orders.push_back(order);
        drop(state);
        self.changed.notify_one();
    }

    /// Waits for the next order; none once nobody gives any more.
    pub(super) fn next(&self) -> Option<Order> {
        let nothing_to_do = |state: &mut State| state.orders.is_empty() && !state.is_closed;
        let waited = self.changed.wait_while(self.state(), nothing_to_do);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.is_closed {
            return None;
        }
        state.orders.pop_front()
    }

    /// Takes no more orders, and forgets those that wait.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.orders.clear();
        drop(state);
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(about: &str, body: &str) -> Order {
        Order::Show(Notification {
            about: about.to_owned(),
            title: String::new(),
            body: body.to_owned(),
            silent: false,
        })
    }

    fn withdraw(about: &str) -> Order {
        Order::Withdraw(about.to_owned())
    }

    #[test]
    fn the_last_word_about_a_conversation_is_carried_out() {
        let waiting = Waiting::default();
        waiting.push(show("alice", "one"));
        waiting.push(show("bob", "one"));
        waiting.push(show("alice", "two"));
        waiting.push(withdraw("bob"));
        assert_eq!(waiting.next(), Some(show("alice", "two")));
        assert_eq!(waiting.next(), Some(withdraw("bob")));
    }

    #[test]
    fn what_waits_is_bounded() {
        let waiting = Waiting::default();
        for number in 0..MAX_WAITING + 3 {
            waiting.push(show(&number.to_string(), ""));
        }
        assert_eq!(waiting.state().orders.len(), MAX_WAITING);
        assert_eq!(waiting.next(), Some(show("3", "")));
    }

    #[test]
    fn nothing_comes_and_nothing_is_kept_after_the_end() {
        let waiting = Waiting::default();
        waiting.push(show("alice", ""));
        waiting.close();
        waiting.push(show("bob", ""));
        assert_eq!(waiting.next(), None);
        assert!(waiting.state().orders.is_empty());
    }
}
