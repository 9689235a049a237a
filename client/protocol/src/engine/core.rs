//! What the engine has with and without a connection, and where its effects gather.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use jid::BareJid;
use onym_identity::Timestamp;
use rand_core::CryptoRng;

use super::actions::Refusable;
use super::identity::SoughtMove;
use super::omemo::{MovedTrust, Removals, TouchedSessions};
use super::people::People;
use super::records::Touched;
use super::resumption::Detached;
use super::{EngineConfig, Output, identity};
use crate::chat_states::{ChatState, ChatStates};
use crate::conversation::Conversation;
use crate::delivery::{Delivery, DeliveryEvent};
use crate::event::Event;
use crate::presence::Presences;
use crate::protection::Hold;
use crate::store::{
    Change, Direction, Lookup, LookupError, MessageId, MessageRecord, RequestRecord, Snapshot,
};

/// The time, the randomness and the records of one input.
pub(super) struct Context<'a> {
    pub(super) now: Timestamp,
    pub(super) rng: &'a mut dyn CryptoRng,
    pub(super) lookup: &'a dyn Lookup,
    /// Why a record could not be read. What was decided after it is thrown away with the engine.
    pub(super) failure: Option<LookupError>,
}

impl Context<'_> {
    /// A name that nobody else has: 128 random bits in small letters and digits.
    pub(super) fn new_id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    }

    pub(super) fn note<T>(&mut self, found: Result<T, LookupError>) -> Option<T> {
        found.map_err(|error| self.failure = Some(error)).ok()
    }
}

/// What the engine has with and without a connection.
pub(super) struct Core {
    pub(super) config: EngineConfig,
    pub(super) memory: Snapshot,
    pub(super) presences: Presences,
    pub(super) outbox: Outbox,
    pub(super) backoff: Backoff,
    /// The session whose connection was lost, while it may go on over a new one.
    pub(super) detached: Option<Detached>,
    /// Since when the user is away from the computer.
    pub(super) idle_since: Option<Timestamp>,
    /// Conversations that the user has seen on this device, for our other ones.
    pub(super) displayed_here: BTreeSet<BareJid>,
    /// Conversations whose messages wait for their protection, and why.
    pub(super) holds: BTreeMap<BareJid, Hold>,
    /// Whose statement is to be asked for once more.
    pub(super) statements_wanted: BTreeSet<BareJid>,
    /// Devices of ours that are being taken out of our lists.
    pub(super) removals: Removals,
    /// Whose devices may count for more or less than before, so that what they have said may, too.
    pub(super) trust_moved: MovedTrust,
    /// Requests that wait for a statement, and are put before the user if none comes.
    pub(super) held_requests: BTreeMap<BareJid, RequestRecord>,
    /// Links to new addresses of contacts that wait for a statement.
    pub(super) sought_moves: BTreeMap<BareJid, SoughtMove>,
    /// Whether something has changed by which somebody may be known at another address.
    pub(super) people_have_moved: bool,
    /// Whose card was asked for since the program began.
    pub(super) cards_asked: BTreeSet<BareJid>,
    /// What this input has changed in sessions; the store has the rest.
    pub(super) touched_sessions: TouchedSessions,
    /// What this input has changed in the messages; the store has the rest.
    pub(super) touched: Touched,
    /// Conversations that this input has changed.
    pub(super) dirty: BTreeSet<BareJid>,
    /// Who is writing.
    pub(super) chats: ChatStates,
    /// What the user does, for those who are told. It is said at once or never.
    pub(super) to_tell: Vec<(BareJid, ChatState)>,
    /// Reactions of ours that may still be refused.
    pub(super) refusable: Refusable,
    /// People with several addresses.
    pub(super) people: People,
    /// Messages that came back because we have moved, and were sent again.
    pub(super) sent_again: BTreeSet<MessageId>,
    /// Where what we said about messages was said again for the same reason.
    pub(super) said_again: BTreeSet<BareJid>,
    /// Whether contacts were asked after a move, since the program was started.
    pub(super) has_told_of_move: bool,
    /// Whether the first input was handled.
    has_begun: bool,
}

impl Core {
    pub(super) fn new(config: EngineConfig, memory: Snapshot) -> Self {
        Self {
            config: identity::with_own_key_only(config),
            trust_moved: MovedTrust::of(&memory),
            memory,
            presences: Presences::default(),
            outbox: Outbox::default(),
            backoff: Backoff::default(),
            detached: None,
            idle_since: None,
            displayed_here: BTreeSet::new(),
            holds: BTreeMap::new(),
            statements_wanted: BTreeSet::new(),
            removals: Removals::default(),
            held_requests: BTreeMap::new(),
            sought_moves: BTreeMap::new(),
            people_have_moved: true,
            cards_asked: BTreeSet::new(),
            touched_sessions: TouchedSessions::default(),
            touched: Touched::default(),
            dirty: BTreeSet::new(),
            chats: ChatStates::default(),
            to_tell: Vec::new(),
            refusable: Refusable::default(),
            people: People::default(),
            sent_again: BTreeSet::new(),
            said_again: BTreeSet::new(),
            has_told_of_move: false,
            has_begun: false,
        }
    }

    /// Does what is due, whether there is a connection or not.
    pub(super) fn time_passed(&mut self, cx: &mut Context<'_>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.take_our_records_over();
            self.forget_history();
        }
        self.remove_expired(cx);
        self.note_time(cx.now);
        self.settle_trust_words(cx.now);
        self.chats_time_passed(cx.now);
        self.settle_people(cx);
    }

    /// When [`time_passed`](Self::time_passed) has something to do.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let expiry = self.memory.expiring.next();
        let statement = self.next_statement_expiry();
        // A time that has passed means at once.
        let moving = self.people.has_work().then_some(Timestamp::UNIX_EPOCH);
        let dues = [expiry, statement, self.chats.deadline(), moving];
        dues.into_iter().flatten().min()
    }

    /// Where the newest message of a conversation stands.
    pub(super) fn newest(&self, conversation: &BareJid) -> Option<Timestamp> {
        let known = self.memory.conversations.get(conversation)?;
        known.last().map(|last| last.place.placed)
    }

    /// Changes our memory and, with the next commit, the store.
    pub(super) fn change(&mut self, change: Change) {
        let before = self.standings_before(&change);
        self.people.note(&change);
        self.people_have_moved |= matches!(
            change,
            Change::PutIdentity(_)
                | Change::RemoveIdentity(_)
                | Change::PutEnded(_)
                | Change::PutContact(_)
                | Change::ReplaceContacts(_)
                | Change::PutMessage(_)
        );
        self.memory.apply(&change);
        if let Some(before) = before {
            self.compare_standings(before);
        }
        self.outbox.changes.push(change);
    }

    /// A conversation, to change it. The next commit keeps it.
    pub(super) fn conversation(&mut self, jid: &BareJid) -> &mut Conversation {
        self.dirty.insert(jid.clone());
        self.memory
            .conversations
            .entry(jid.clone())
            .or_insert_with(|| Conversation::new(jid.clone()))
    }

    /// Hands everything out that this input has done.
    pub(super) fn flush(&mut self, outputs: &mut VecDeque<Output>) {
        self.touched = Touched::default();
        self.touched_sessions.clear();
        self.to_tell.clear();
        for jid in std::mem::take(&mut self.dirty) {
            if let Some(conversation) = self.memory.conversations.get(&jid).cloned() {
                self.change(Change::PutConversation(Box::new(conversation)));
            }
        }
        self.outbox.flush(outputs);
    }

    /// Moves an unsettled message forward. Whether it moved.
    pub(super) fn deliver_unsettled(
        &mut self,
        id: &MessageId,
        event: &DeliveryEvent,
        cx: &mut Context<'_>,
    ) -> bool {
        let message = self.memory.unsettled.get(id).cloned();
        message.is_some_and(|message| self.deliver(message, event, cx))
    }

    /// Moves a message of ours forward. Whether it moved.
    pub(super) fn deliver(
        &mut self,
        mut message: MessageRecord,
        event: &DeliveryEvent,
        cx: &mut Context<'_>,
    ) -> bool {
        let Direction::Outgoing { delivery, reached } = &mut message.direction else {
            return false;
        };
        let Some(next) = delivery.after(event).next else {
            return false;
        };
        reached.note(&next, cx.now);
        *delivery = next.clone();
        if *event == DeliveryEvent::ResendAsked {
            message.tried.clear();
        }
        let was_unsettled = self.memory.unsettled.get(&message.id).is_some();
        if was_unsettled && !next.is_unsettled() && !matches!(next, Delivery::Failed(_)) {
            message.expires = self.expiry(&message.conversation, cx.now);
        }
        self.replace(&message);
        self.outbox.event(Event::DeliveryChanged {
            conversation: message.conversation,
            id: message.id,
            position: message.position,
            delivery: next,
        });
        true
    }

    /// When a message disappears that begins to count now.
    pub(super) fn expiry(&self, conversation: &BareJid, now: Timestamp) -> Option<Timestamp> {
        let known = self.memory.conversations.get(conversation)?;
        Some(now + known.settings().disappear_after?)
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
