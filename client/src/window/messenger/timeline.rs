//! The part of the open conversation that is in memory: all places, and a run of messages.

use jid::BareJid;
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{MessageRecord, Place, Position, Snapshot, Store as _};
use onym_client_protocol::view_model::{
    FindView, JumpTarget, JumpView, LocalTime, OpenConversation,
};
use onym_client_store::{ClientStore, StoreError};

use crate::time_zone::SystemZone;

/// How many rows are loaded beyond those on the screen, on each side.
const MARGIN_ROWS: usize = 150;

/// When fewer rows than this are left on a side, more are loaded.
const NEAR_ROWS: usize = 50;

/// The open conversation.
#[derive(Clone, Debug)]
pub(super) struct OpenTimeline {
    pub(super) jid: BareJid,
    places: Vec<Place>,
    messages: Vec<MessageRecord>,
    before: Option<MessageRecord>,
    first_row: usize,
    /// The rows on the screen, as the view said last.
    shown: std::ops::Range<usize>,
    first_unread: Option<Place>,
    jump: Option<JumpView>,
    next_serial: u64,
    find: Option<Find>,
    pub(super) is_fetching_older: bool,
}

/// What is searched in the conversation.
#[derive(Clone, Debug)]
struct Find {
    text: String,
    /// The places of all matches found so far, newest first.
    hits: Vec<Place>,
    current: Option<usize>,
}

/// How many matches in one conversation are stepped through.
const MAX_MATCHES: usize = 1_000;

impl OpenTimeline {
    /// Opens a conversation at the first message that was not displayed, else at its end.
    pub(super) fn open(
        jid: BareJid,
        first_unread: Option<Place>,
        serial: u64,
        store: &ClientStore,
    ) -> Result<Self, StoreError> {
        let places = store.timeline(&jid)?.places().to_vec();
        let mut open = Self {
            jid,
            messages: Vec::new(),
            before: None,
            first_row: 0,
            shown: places.len()..places.len(),
            places,
            first_unread,
            jump: None,
            next_serial: serial,
            find: None,
            is_fetching_older: false,
        };
        let row = first_unread.map_or(open.places.len(), |place| open.row(place));
        open.shown = row..row;
        open.load(store)?;
        Ok(open)
    }

    /// For the view model.
    pub(super) fn as_open<'a>(&'a self, memory: &Snapshot) -> OpenConversation<'a> {
        let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        let archive = memory
            .conversations
            .get(&self.jid)
            .is_some_and(|known| !known.archive().is_complete && known.archive().oldest.is_some());
        OpenConversation {
            jid: &self.jid,
            messages: &self.messages,
            first_row: count(self.first_row),
            total_rows: count(self.places.len()),
            before: self.before.as_ref(),
            has_older: archive,
            is_fetching_older: self.is_fetching_older,
            first_unread: self.first_unread,
            first_unread_row: self.first_unread.map(|place| count(self.row(place))),
            jump: self.jump,
            highlight: self.find.as_ref().map_or("", |find| find.text.as_str()),
            find: self.find.as_ref().map(|find| FindView {
                total: count(find.hits.len()),
                current: find.current.map(|current| count(current + 1)),
                is_running: false,
            }),
        }
    }

    /// The serial number of the next jump; a conversation that is opened next goes on with it.
    pub(super) fn next_serial(&self) -> u64 {
        self.next_serial
    }

    fn row(&self, place: Place) -> usize {
        self.places.partition_point(|other| *other < place)
    }

    /// The place of a message, if it is in this conversation.
    fn place_of(&self, position: Position) -> Option<Place> {
        let known = self
            .messages
            .iter()
            .find(|message| message.position == position)
            .map(MessageRecord::place);
        known.or_else(|| {
            self.places
                .iter()
                .find(|place| place.position == position)
                .copied()
        })
    }

    /// The view shows these rows now.
    pub(super) fn show_rows(
        &mut self,
        rows: std::ops::Range<usize>,
        store: &ClientStore,
    ) -> Result<(), StoreError> {
        self.shown = rows.start.min(self.places.len())..rows.end.min(self.places.len());
        let end = self.first_row.saturating_add(self.messages.len());
        let near_start = self.first_row > 0 && self.shown.start < self.first_row + NEAR_ROWS;
        let near_end = end < self.places.len() && self.shown.end + NEAR_ROWS > end;
        if near_start || near_end {
            self.load(store)?;
        }
        Ok(())
    }

    /// Loads what is on the screen and around it.
    fn load(&mut self, store: &ClientStore) -> Result<(), StoreError> {
        // Rows may have gone since the view said which ones it shows.
        let rows = self.places.len();
        self.shown = self.shown.start.min(rows)..self.shown.end.min(rows);
        let first = self.shown.start.saturating_sub(MARGIN_ROWS);
        let end = self
            .shown
            .end
            .saturating_add(MARGIN_ROWS)
            .min(self.places.len());
        // One more, whose day and side the first one is compared with.
        let from = first.saturating_sub(1);
        let positions: Vec<Position> = self
            .places
            .get(from..end)
            .unwrap_or_default()
            .iter()
            .map(|place| place.position)
            .collect();
        let mut messages = store.messages(&self.jid, &positions)?;
        self.before = None;
        if from < first && !messages.is_empty() {
            self.before = Some(messages.remove(0));
        }
        self.messages = messages;
        self.first_row = first;
        Ok(())
    }

    /// Reads everything anew: something came that is not one message more.
    pub(super) fn reload(&mut self, store: &ClientStore) -> Result<(), StoreError> {
        let anchor = self.places.get(self.shown.start).copied();
        let height = self.shown.len();
        self.places = store.timeline(&self.jid)?.places().to_vec();
        if let Some(anchor) = anchor {
            let row = self.row(anchor);
            self.shown = row..row.saturating_add(height);
        }
        self.load(store)
    }

    /// A message was added.
    pub(super) fn added(
        &mut self,
        message: &MessageRecord,
        store: &ClientStore,
    ) -> Result<(), StoreError> {
        let place = message.place();
        let row = self.row(place);
        if self.places.get(row) == Some(&place) {
            return self.changed(message.position, store);
        }
        let was_at_end = self.first_row + self.messages.len() == self.places.len();
        self.places.insert(row, place);
        if row + 1 == self.places.len() && was_at_end {
            self.messages.push(message.clone());
            return Ok(());
        }
        self.load(store)
    }

    /// A message is another one than it was, or is gone.
    pub(super) fn changed(
        &mut self,
        position: Position,
        store: &ClientStore,
    ) -> Result<(), StoreError> {
        let Some(message) = self
            .messages
            .iter_mut()
            .find(|message| message.position == position)
        else {
            return Ok(());
        };
        match store.messages(&self.jid, &[position])?.pop() {
            Some(record) => *message = record,
            None => return self.reload(store),
        }
        Ok(())
    }

    /// A message is gone.
    pub(super) fn removed(
        &mut self,
        position: Position,
        store: &ClientStore,
    ) -> Result<(), StoreError> {
        let Some(place) = self.place_of(position) else {
            return Ok(());
        };
        let row = self.row(place);
        if self.places.get(row) == Some(&place) {
            self.places.remove(row);
        }
        self.load(store)
    }

    /// Goes to a place; nothing happens if there is none like it.
    pub(super) fn jump(
        &mut self,
        target: JumpTarget,
        store: &ClientStore,
    ) -> Result<(), StoreError> {
        let Some(row) = self.row_of(target) else {
            return Ok(());
        };
        self.shown = row..row.saturating_add(1);
        self.load(store)?;
        self.jump = Some(JumpView {
            serial: self.next_serial,
            row: u64::try_from(row).unwrap_or(u64::MAX),
            flash: !matches!(target, JumpTarget::Latest | JumpTarget::Date(_)),
        });
        self.next_serial = self.next_serial.saturating_add(1);
        Ok(())
    }

    fn row_of(&mut self, target: JumpTarget) -> Option<usize> {
        match target {
            JumpTarget::Message(position) => {
                let place = self.place_of(Position(position))?;
                Some(self.row(place))
            }
            JumpTarget::Latest => self.places.len().checked_sub(1),
            JumpTarget::Date(date) => {
                let row = self
                    .places
                    .partition_point(|place| LocalTime::new(place.placed, &SystemZone).date < date);
                (row < self.places.len()).then_some(row)
            }
            JumpTarget::PreviousMatch => self.step(1),
            JumpTarget::NextMatch => self.step(-1),
        }
    }

    /// The row of the next match; matches are newest first.
    fn step(&mut self, by: isize) -> Option<usize> {
        let find = self.find.as_mut()?;
        let count = isize::try_from(find.hits.len()).ok()?;
        if count == 0 {
            return None;
        }
        let current = find
            .current
            .and_then(|current| isize::try_from(current).ok());
        let next = match current {
            Some(current) => (current + by).rem_euclid(count),
            None => 0,
        };
        find.current = usize::try_from(next).ok();
        let place = find.hits.get(find.current?).copied()?;
        Some(self.row(place))
    }

    /// Searches in the conversation; an empty text ends it.
    pub(super) fn find(&mut self, text: &str, store: &ClientStore) -> Result<(), StoreError> {
        let query = SearchQuery {
            conversation: Some(self.jid.clone()),
            ..SearchQuery::parse(text, |_| None)
        };
        if query.terms.is_empty() {
            self.find = None;
            return Ok(());
        }
        let page = store.search(&query, MAX_MATCHES, None)?;
        self.find = Some(Find {
            text: text.to_owned(),
            hits: page.hits.into_iter().map(|hit| hit.place).collect(),
            current: None,
        });
        self.jump(JumpTarget::PreviousMatch, store)
    }
}
