//! Making the index anew when it is of another version.

use onym_records::{Batch, RecordsError, prefix_range};

use super::ClientStore;
use crate::dictionary::DICTIONARY;
use crate::draft::Draft;
use crate::index;
use crate::kept::{IndexVersion, Kept, THE_ONE};
use crate::list::{self, BLOCKS, Edits, LISTS, ListId};
use crate::place::Posting;
use crate::postings::PAGES;
use crate::state::State;

impl ClientStore {
    /// Makes the index anew if it is of another version: all messages go to the tail, and from
    /// there to the index. A crash in between loses nothing of it.
    pub(super) fn renew_index(&self) -> Result<(), RecordsError> {
        let records = &self.0.records;
        let version = IndexVersion::read(records, THE_ONE)?;
        if version.is_none_or(|IndexVersion(version)| version != index::VERSION) {
            let mut draft = Draft::new(records);
            let numbers = self.state().numbers();
            let mut all = Vec::new();
            for conversation in numbers {
                let places = list::read_all(records, ListId::Timeline(conversation))?;
                all.extend(places.into_iter().map(|place| Posting {
                    place,
                    conversation,
                }));
            }
            list::edit(&mut draft, ListId::Tail, &Edits::new(all, []))?;
            IndexVersion(index::VERSION).write(&mut draft, THE_ONE.to_vec())?;
            let mut batch = Batch::new();
            batch.clear_table(DICTIONARY).clear_table(PAGES);
            for table in [LISTS, BLOCKS] {
                batch.remove_range(table, prefix_range(&ListId::WORD_KEYS));
            }
            batch.append(draft.into_batch());
            records.commit(batch)?;
            *self.state_mut() = State::load(records)?;
        }
        // A tail this long would make every search read all of it.
        while self.state().tail_len > self.0.limits.merge {
            self.tidy()?;
        }
        Ok(())
    }
}
