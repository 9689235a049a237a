//! What the engine knows of messages: what the store has, and over it what this input has changed.

use std::collections::BTreeMap;

use jid::BareJid;

use super::core::{Context, Core};
use crate::store::{Change, MessageRecord, Place, Position, RemoteId};

/// Messages that are changed and not yet committed.
#[derive(Default)]
pub(super) struct Touched {
    /// `None` for one that is gone.
    messages: BTreeMap<Position, Option<MessageRecord>>,
    ids: BTreeMap<(BareJid, RemoteId), Position>,
    /// Conversations of which the store's messages are gone, but for these.
    cleared: BTreeMap<BareJid, Vec<Position>>,
}

impl Touched {
    fn put(&mut self, message: &MessageRecord) {
        for id in message.remote_ids() {
            let key = (message.conversation.clone(), id);
            self.ids.insert(key, message.position);
        }
        self.messages
            .insert(message.position, Some(message.clone()));
    }

    /// Whether the message is gone although the store has it.
    fn is_gone(&self, conversation: &BareJid, position: Position) -> bool {
        match self.messages.get(&position) {
            Some(touched) => touched.is_none(),
            None => self
                .cleared
                .get(conversation)
                .is_some_and(|keep| !keep.contains(&position)),
        }
    }
}

impl Core {
    /// Adds a message or replaces it. `is_unread` says whether a new one waits for the user.
    pub(super) fn put(&mut self, message: &MessageRecord, is_unread: bool) {
        self.touched.put(message);
        self.conversation(&message.conversation)
            .put(message, is_unread);
        self.change(Change::PutMessage(Box::new(message.clone())));
    }

    /// Replaces a message that was there before.
    pub(super) fn replace(&mut self, message: &MessageRecord) {
        let known = self.memory.conversations.get(&message.conversation);
        if known.is_some_and(|known| known.previews(message.position)) {
            self.put(message, false);
            return;
        }
        self.touched.put(message);
        self.change(Change::PutMessage(Box::new(message.clone())));
    }

    /// Removes a message.
    pub(super) fn remove(
        &mut self,
        conversation: &BareJid,
        position: Position,
        cx: &mut Context<'_>,
    ) {
        self.touched.messages.insert(position, None);
        self.conversation(conversation).remove(position);
        self.change(Change::RemoveMessage {
            conversation: conversation.clone(),
            position,
        });
        // The list of conversations shall not lose the message that is the newest one now.
        let is_bare = self.memory.conversations.get(conversation);
        if is_bare.is_some_and(|known| known.last().is_none()) {
            for message in self.earlier(conversation, None, 1, cx) {
                self.conversation(conversation).put(&message, false);
            }
        }
    }

    /// Removes all messages of a conversation but these.
    pub(super) fn clear(&mut self, conversation: &BareJid, keep: Vec<Position>) {
        for (position, message) in &mut self.touched.messages {
            if !keep.contains(position)
                && message
                    .as_ref()
                    .is_some_and(|message| message.conversation == *conversation)
            {
                *message = None;
            }
        }
        match self.touched.cleared.get_mut(conversation) {
            Some(left) => left.retain(|position| keep.contains(position)),
            None => {
                let cleared = &mut self.touched.cleared;
                cleared.insert(conversation.clone(), keep.clone());
            }
        }
        self.conversation(conversation).clear(&keep);
        self.change(Change::ClearMessages {
            conversation: conversation.clone(),
            keep,
        });
    }

    /// Removes a conversation with everything in it.
    pub(super) fn remove_conversation(&mut self, conversation: &BareJid) {
        self.clear(conversation, Vec::new());
        self.dirty.remove(conversation);
        self.change(Change::RemoveConversation(conversation.clone()));
    }

    /// The position of the message that somebody names like this.
    pub(super) fn find(
        &self,
        conversation: &BareJid,
        id: RemoteId,
        cx: &mut Context<'_>,
    ) -> Option<Position> {
        let key = (conversation.clone(), id);
        let position = match self.touched.ids.get(&key) {
            Some(position) => *position,
            None => {
                let found = cx.lookup.find(conversation, &key.1);
                cx.note(found).flatten()?
            }
        };
        let has_name = match self.touched.messages.get(&position) {
            Some(Some(message)) => {
                message.conversation == *conversation && message.remote_ids().contains(&key.1)
            }
            _ => !self.touched.is_gone(conversation, position),
        };
        has_name.then_some(position)
    }

    /// A message.
    pub(super) fn message(
        &self,
        conversation: &BareJid,
        position: Position,
        cx: &mut Context<'_>,
    ) -> Option<MessageRecord> {
        if let Some(touched) = self.touched.messages.get(&position) {
            return touched
                .clone()
                .filter(|message| message.conversation == *conversation);
        }
        if self.touched.is_gone(conversation, position) {
            return None;
        }
        let found = cx.lookup.message(conversation, position);
        cx.note(found).flatten()
    }

    /// The message that somebody names like this.
    pub(super) fn named(
        &self,
        conversation: &BareJid,
        id: RemoteId,
        cx: &mut Context<'_>,
    ) -> Option<MessageRecord> {
        let position = self.find(conversation, id, cx)?;
        self.message(conversation, position, cx)
    }

    /// The newest messages of a conversation before a place, oldest first.
    pub(super) fn earlier(
        &self,
        conversation: &BareJid,
        before: Option<Place>,
        limit: usize,
        cx: &mut Context<'_>,
    ) -> Vec<MessageRecord> {
        let mut found = match self.touched.cleared.get(conversation) {
            Some(keep) => keep
                .iter()
                .filter_map(|position| self.message(conversation, *position, cx))
                .filter(|message| before.is_none_or(|before| message.place() < before))
                .collect(),
            None => {
                // As many more as may be gone.
                let wanted = limit.saturating_add(self.touched.messages.len());
                let stored = cx.lookup.earlier(conversation, before, wanted);
                cx.note(stored).unwrap_or_default()
            }
        };
        found.retain(|message| !self.touched.messages.contains_key(&message.position));
        let touched = self.touched.messages.values().flatten();
        found.extend(
            touched
                .filter(|message| message.conversation == *conversation)
                .filter(|message| before.is_none_or(|before| message.place() < before))
                .cloned(),
        );
        found.sort_by_key(MessageRecord::place);
        found.dedup_by_key(|message| message.position);
        found.split_off(found.len().saturating_sub(limit))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use onym_identity::Timestamp;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::engine::{Credentials, EngineConfig, Output};
    use crate::store::{Direction, MemoryStore, MessageId, Store};

    #[derive(Debug, Clone)]
    enum Step {
        Put { number: u64, placed: u64, id: u64 },
        Remove(u64),
        Clear(Vec<u64>),
        RemoveConversation,
        Commit,
    }

    fn bob() -> BareJid {
        BareJid::new("bob@b.example").unwrap()
    }

    fn core_of(store: &MemoryStore) -> Core {
        let config = EngineConfig {
            our_jid: BareJid::new("alice@a.example").unwrap(),
            credentials: Credentials::External,
            resource: None,
            identity: None,
            former: Vec::new(),
            certificate: None,
        };
        let Ok(memory) = store.load();
        Core::new(config, memory)
    }

    fn with<T>(store: &MemoryStore, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let mut rng = StdRng::seed_from_u64(1);
        act(&mut Context {
            now: Timestamp::from_unix_millis(9_000),
            rng: &mut rng,
            lookup: store,
            failure: None,
        })
    }

    fn commit(core: &mut Core, store: &MemoryStore) {
        let mut outputs = VecDeque::new();
        core.flush(&mut outputs);
        for output in outputs {
            if let Output::Commit { changes, .. } = output {
                let Ok(()) = store.commit(&changes);
            }
        }
    }

    /// Everything that can be asked.
    fn answers(core: &Core, store: &MemoryStore) -> String {
        with(store, |cx| {
            let found: Vec<_> = (0..6)
                .map(|id| core.find(&bob(), RemoteId::Theirs(format!("id-{id}")), cx))
                .collect();
            let messages: Vec<_> = (0..8)
                .map(|number| core.message(&bob(), Position(number), cx))
                .collect();
            let pages: Vec<Vec<u64>> = [None, Some(3)]
                .into_iter()
                .map(|before| {
                    let before = before.map(|placed| Place {
                        placed: Timestamp::from_unix_millis(placed),
                        position: Position(0),
                    });
                    let page = core.earlier(&bob(), before, 3, cx);
                    page.iter().map(|message| message.position.0).collect()
                })
                .collect();
            format!("{found:?} {messages:?} {pages:?}")
        })
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0_u64..8, 0_u64..6, 0_u64..6)
                .prop_map(|(number, placed, id)| Step::Put { number, placed, id }),
            2 => (0_u64..8).prop_map(Step::Remove),
            1 => prop::collection::vec(0_u64..8, 0..3).prop_map(Step::Clear),
            1 => Just(Step::RemoveConversation),
            3 => Just(Step::Commit),
        ]
    }

    proptest! {
        /// While an input is handled the engine sees what it will see afterwards.
        #[test]
        fn the_records_are_as_after_the_commit(steps in prop::collection::vec(step(), 0..20)) {
            let store = MemoryStore::new();
            let mut core = core_of(&store);
            // A message never changes its place.
            let mut places: BTreeMap<u64, u64> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Put { number, placed, id } => {
                        let placed = *places.entry(number).or_insert(placed);
                        let message = MessageRecord::new(
                            MessageId::new(format!("m{number}")),
                            Position(number),
                            bob(),
                            format!("Text {id}"),
                            Timestamp::from_unix_millis(placed),
                            Direction::incoming(Some(format!("id-{id}"))),
                        );
                        let known = with(&store, |cx| core.message(&bob(), Position(number), cx));
                        // The names of a message that is there do not change either.
                        match known {
                            Some(mut known) => {
                                known.text.push('!');
                                core.replace(&known);
                            }
                            None => core.put(&message, true),
                        }
                    }
                    Step::Remove(number) => {
                        with(&store, |cx| core.remove(&bob(), Position(number), cx));
                    }
                    Step::Clear(keep) => core.clear(&bob(), keep.into_iter().map(Position).collect()),
                    Step::RemoveConversation => core.remove_conversation(&bob()),
                    Step::Commit => commit(&mut core, &store),
                }
            }
            let before = answers(&core, &store);
            commit(&mut core, &store);
            prop_assert_eq!(&before, &answers(&core, &store));
            let again = core_of(&store);
            prop_assert_eq!(&before, &answers(&again, &store));
            prop_assert_eq!(core.memory, again.memory);
        }
    }
}
