//! What the engine has with and without a connection, and where its effects gather.

use std::collections::VecDeque;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use onym_identity::Timestamp;
use rand_core::CryptoRng;

use super::{EngineConfig, Output};
use crate::delivery::DeliveryEvent;
use crate::event::Event;
use crate::presence::Presences;
use crate::store::{Change, MessageId, Snapshot};

/// The time and the randomness of one input.
pub(super) struct Context<'a> {
    pub(super) now: Timestamp,
    pub(super) rng: &'a mut dyn CryptoRng,
}

impl Context<'_> {
    /// A name that nobody else has: 128 random bits in small letters and digits.
    pub(super) fn new_id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    }
}

/// What the engine has with and without a connection.
pub(super) struct Core {
    pub(super) config: EngineConfig,
    pub(super) memory: Snapshot,
    pub(super) presences: Presences,
    pub(super) outbox: Outbox,
    pub(super) backoff: Backoff,
}

impl Core {
    pub(super) fn new(config: EngineConfig, memory: Snapshot) -> Self {
        Self {
            config,
            memory,
            presences: Presences::default(),
            outbox: Outbox::default(),
            backoff: Backoff::default(),
        }
    }

    /// Changes our memory and, with the next commit, the store.
    pub(super) fn change(&mut self, change: Change) {
        self.memory.apply(&change);
        self.outbox.changes.push(change);
    }

    /// Moves an unsettled message forward. Whether it moved.
    pub(super) fn deliver(&mut self, id: &MessageId, event: &DeliveryEvent) -> bool {
        let Some(message) = self.memory.unsettled.get(id) else {
            return false;
        };
        let (conversation, position) = (message.conversation.clone(), message.position);
        let next = message
            .delivery()
            .and_then(|delivery| delivery.after(event).next);
        let Some(delivery) = next else { return false };
        self.change(Change::SetDelivery {
            conversation: conversation.clone(),
            position,
            delivery: delivery.clone(),
        });
        let id = id.clone();
        self.outbox.event(Event::DeliveryChanged {
            conversation,
            id,
            position,
            delivery,
        });
        true
    }
}

/// The effects of one input, before they are put in order: first what is saved together with
/// what is sent after it, then the connection, then the events.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    changes: Vec<Change>,
    bytes: Vec<u8>,
    connection: Option<ConnectionEffect>,
    events: Vec<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectionEffect {
    Connect,
    Disconnect,
}

impl Outbox {
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn connect(&mut self) {
        self.connection = Some(ConnectionEffect::Connect);
    }

    pub(super) fn disconnect(&mut self) {
        self.connection = Some(ConnectionEffect::Disconnect);
    }

    pub(super) fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Whether something is waiting to be saved.
    pub(super) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    pub(super) fn flush(&mut self, outputs: &mut VecDeque<Output>) {
        let changes = std::mem::take(&mut self.changes);
        let bytes = std::mem::take(&mut self.bytes);
        if !changes.is_empty() {
            outputs.push_back(Output::Commit {
                changes,
                then_send: bytes,
            });
        } else if !bytes.is_empty() {
            outputs.push_back(Output::Send(bytes));
        }
        match self.connection.take() {
            Some(ConnectionEffect::Connect) => outputs.push_back(Output::Connect),
            Some(ConnectionEffect::Disconnect) => outputs.push_back(Output::Disconnect),
            None => {}
        }
        outputs.extend(self.events.drain(..).map(Output::Event));
    }
}

/// How long to wait before the next attempt to connect.
///
/// The wait doubles from one second to five minutes, and a random quarter is taken off, so that
/// many clients of one server do not come back at the same moment.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

/// The wait after the first failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

impl Backoff {
    /// A connection has worked for a while.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure.
    pub(super) fn next(&mut self, rng: &mut dyn CryptoRng) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1).min(16);
        let wait = FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT);
        // Between three and four quarters of the wait, in 256 steps.
        let random = rng.next_u32() & 0xff;
        wait.saturating_mul(768 + random) / 1_024
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_begin_anew() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::default();
        for failure in 0..40_u32 {
            let wait = backoff.next(&mut rng);
            let full = Duration::from_secs(1_u64 << failure.min(16)).min(LONGEST_WAIT);
            assert!(wait >= full * 3 / 4 && wait < full, "{failure}: {wait:?}");
        }
        backoff.reset();
        assert!(backoff.next(&mut rng) < Duration::from_secs(1));
    }
}
