//! The store as the engine's driver sees it.

mod load;
mod renew;
mod search;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jid::BareJid;
use onym_client_protocol::omemo::{self, DeviceId, Dialect};
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{
    AvatarRecord, Change, Lookup, LookupError, MessageRecord, Place, Position, RemoteId,
    SearchPage, Snapshot, Store, Timeline,
};
use onym_records::{Records, RecordsError, RecordsKey};

use crate::commit::{Commit, name_of_avatar, name_of_session};
use crate::ids::{self, Name};
use crate::kept::{Avatar, Kept, Message, Session, message_key};
use crate::limits::Limits;
use crate::list::{self, ListId, Walk};
use crate::place;
use crate::state::State;
use crate::tail::TailWords;

/// Why the store cannot be opened, read or written.
pub type StoreError = RecordsError;

/// The client's records, sealed, on disk. A clone is another handle to the same records; any
/// thread may use it.
#[derive(Clone)]
pub struct ClientStore(Arc<Inner>);

struct Inner {
    records: Records,
    key: RecordsKey,
    limits: Limits,
    /// Whoever changes something holds this from the first look to the end, so that what it has
    /// seen stays true.
    changing: Mutex<()>,
    /// Readers see the records and this as they are together: it is locked for writing while a
    /// commit goes to the disk.
    state: RwLock<State>,
    tail_words: Mutex<TailWords>,
}

impl ClientStore {
    /// Opens the records in a folder, or makes both. No message is read.
    ///
    /// # Errors
    /// When another process has them open, they are sealed under another key, they are damaged, or
    /// the file system refuses.
    pub fn open(folder: &Path, key: &RecordsKey) -> Result<Self, StoreError> {
        Self::open_with(folder, key, Limits::default())
    }

    fn open_with(folder: &Path, key: &RecordsKey, limits: Limits) -> Result<Self, StoreError> {
        let records = Records::open(folder, key)?;
        let store = Self(Arc::new(Inner {
            state: RwLock::new(State::load(&records)?),
            records,
            key: key.clone(),
            limits,
            changing: Mutex::new(()),
            tail_words: Mutex::default(),
        }));
        store.renew_index()?;
        Ok(store)
    }

    /// The sealed records themselves, for a copy.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.0.records
    }

    /// Does a part of what commits have put off: it sweeps away messages of conversations that were
    /// removed and gives new messages to the index once there are many. Returns whether there is
    /// more to do. A call takes about a tenth of a second; a driver makes it when nothing else is
    /// to be done, and until nothing is left after a conversation was removed. Nothing goes wrong
    /// without it: each commit does a part too.
    ///
    /// # Errors
    /// When the records cannot be read or written; then nothing has changed.
    pub fn tidy(&self) -> Result<bool, StoreError> {
        let _changing = self.changing();
        let merge_at = self.0.limits.merge_at;
        let has_work = |state: &State| !state.leaving.is_empty() || state.tail_len >= merge_at;
        if !has_work(&self.state()) {
            return Ok(false);
        }
        self.write(&[])?;
        Ok(has_work(&self.state()))
    }

    /// Makes changes; the caller holds `changing`.
    fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        let inner = &*self.0;
        let (batch, learned) = {
            let state = self.state();
            let mut commit = Commit::new(
                &inner.records,
                &inner.key,
                limits_for(changes, inner.limits),
                &state,
            );
            for change in changes {
                commit.apply(change)?;
            }
            commit.finish()?
        };
        let mut state = self.state_mut();
        inner.records.commit(batch)?;
        self.tail_words().forget(&learned.stale);
        state.learn(learned);
        Ok(())
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.0
            .changing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The state is changed in one go, so a panic elsewhere does not leave it half changed.
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.0.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn tail_words(&self) -> MutexGuard<'_, TailWords> {
        self.0
            .tail_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read_message(
        &self,
        conversation: &BareJid,
        number: u32,
        position: Position,
    ) -> Result<Option<MessageRecord>, StoreError> {
        let message = Message::read(&self.0.records, &message_key(number, position))?;
        Ok(message.map(|message| message.into_record(conversation.clone(), position)))
    }
}

/// A commit that removes nothing itself sweeps little, so that messages do not wait for it.
fn limits_for(changes: &[Change], limits: Limits) -> Limits {
    let removes = |change: &Change| {
        matches!(
            change,
            Change::RemoveConversation(_) | Change::ClearMessages { .. }
        )
    };
    if changes.is_empty() || changes.iter().any(removes) {
        return limits;
    }
    let sweep = limits.sweep / 20;
    Limits { sweep, ..limits }
}

impl Store for ClientStore {
    type Error = StoreError;

    fn load(&self) -> Result<Snapshot, StoreError> {
        load::load(&self.0.records, &self.state())
    }

    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        let _changing = self.changing();
        self.write(changes)
    }

    fn timeline(&self, conversation: &BareJid) -> Result<Timeline, StoreError> {
        let state = self.state();
        let Some(number) = state.number_of(conversation) else {
            return Ok(Timeline::default());
        };
        list::read_all(&self.0.records, ListId::Timeline(number)).map(Timeline::new)
    }

    fn messages(
        &self,
        conversation: &BareJid,
        positions: &[Position],
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let state = self.state();
        let Some(number) = state.number_of(conversation) else {
            return Ok(Vec::new());
        };
        let mut messages = Vec::with_capacity(positions.len());
        for position in positions {
            messages.extend(self.read_message(conversation, number, *position)?);
        }
        Ok(messages)
    }

    fn page(
        &self,
        conversation: &BareJid,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let state = self.state();
        let Some(number) = state.number_of(conversation) else {
            return Ok(Vec::new());
        };
        let records = &self.0.records;
        let mut walk = Walk::<Place>::new(records, ListId::Timeline(number))?;
        let mut at_most = before.map_or(Some(place::LAST), place::before);
        let mut page = Vec::new();
        while page.len() < limit
            && let Some(place) = at_most
                .map(|it| walk.seek(records, it))
                .transpose()?
                .flatten()
        {
            page.extend(self.read_message(conversation, number, place.position)?);
            at_most = place::before(place);
        }
        page.reverse();
        Ok(page)
    }

    fn search(
        &self,
        query: &SearchQuery,
        limit: usize,
        before: Option<Place>,
    ) -> Result<SearchPage, StoreError> {
        self.find_matches(query, limit, before)
    }

    fn avatar(&self, hash: &str) -> Result<Option<AvatarRecord>, StoreError> {
        let inner = &*self.0;
        let avatar = Avatar::read(&inner.records, &name_of_avatar(&inner.key, hash))?;
        Ok(avatar.map(|Avatar(avatar)| avatar))
    }
}

impl Lookup for ClientStore {
    fn find(&self, conversation: &BareJid, id: &RemoteId) -> Result<Option<Position>, LookupError> {
        let state = self.state();
        let Some(number) = state.number_of(conversation) else {
            return Ok(None);
        };
        let name = Name::new(&self.0.key, number, id);
        ids::find(&self.0.records, name).map_err(lookup_error)
    }

    fn message(
        &self,
        conversation: &BareJid,
        position: Position,
    ) -> Result<Option<MessageRecord>, LookupError> {
        let state = self.state();
        let Some(number) = state.number_of(conversation) else {
            return Ok(None);
        };
        self.read_message(conversation, number, position)
            .map_err(lookup_error)
    }

    fn earlier(
        &self,
        conversation: &BareJid,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, LookupError> {
        self.page(conversation, before, limit).map_err(lookup_error)
    }

    fn session(
        &self,
        jid: &BareJid,
        device: DeviceId,
        dialect: Dialect,
    ) -> Result<Option<omemo::Session>, LookupError> {
        let name = name_of_session(&self.0.key, jid, device, dialect);
        let kept = Session::read(&self.0.records, &name).map_err(lookup_error)?;
        Ok(kept.map(|Session(record)| record.session))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn lookup_error(error: StoreError) -> LookupError {
    LookupError(error.to_string())
}

impl std::fmt::Debug for ClientStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
