//! The tail goes to the index.

use onym_records::RecordsError;

use super::Commit;
use crate::dictionary::Dictionary;
use crate::kept::Message;
use crate::list::{self, Edits, ListId};
use crate::place::Posting;

impl Commit<'_> {
    /// Gives the messages of the tail to the index once there are enough of them.
    pub(super) fn merge_tail(&mut self) -> Result<(), RecordsError> {
        if self.learned.tail_len < self.limits.merge_at {
            return Ok(());
        }
        let mut tail: Vec<Posting> = list::read_all(&self.draft, ListId::Tail)?;
        tail.truncate(self.limits.merge);
        for posting in &tail {
            let (conversation, position) = (posting.conversation, posting.place.position);
            let text = Message::read_text(&self.draft, conversation, position)?;
            self.index.add(*posting, &text.unwrap_or_default());
            self.learned.stale.push(posting.place);
        }
        self.learned.tail_len = self.learned.tail_len.saturating_sub(tail.len());
        list::edit(&mut self.draft, ListId::Tail, &Edits::new([], tail))?;
        self.write_next_position()
    }

    pub(super) fn write_index(&mut self) -> Result<(), RecordsError> {
        let index = std::mem::take(&mut self.index);
        if index.is_empty() {
            return Ok(());
        }
        let loaded;
        let dictionary = match &self.state.dictionary {
            Some(dictionary) => dictionary,
            None => {
                loaded = Dictionary::load(self.records)?;
                self.learned.dictionary.insert(loaded)
            }
        };
        self.learned.words = index.write(&mut self.draft, dictionary)?;
        Ok(())
    }
}
