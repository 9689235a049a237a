//! Walking through a list from its newest entry to its oldest, passing over what is not asked for.

use onym_records::RecordsError;

use super::{Directory, ListId, read_block};
use crate::draft::Read;
use crate::place::Entry;

/// A place in a list, from the newest entry downwards. Blocks are read when they are reached.
#[derive(Debug)]
pub(crate) struct Walk<E> {
    id: ListId,
    directory: Directory<E>,
    /// Blocks of the directory that were not reached yet: those below this index.
    unread: usize,
    /// Entries of the block that was reached, oldest first, without those that were passed.
    here: Vec<E>,
}

impl<E: Entry> Walk<E> {
    pub(crate) fn new(from: &impl Read, id: ListId) -> Result<Self, RecordsError> {
        let directory = Directory::read(from, id)?;
        Ok(Self {
            id,
            unread: directory.blocks.len(),
            directory,
            here: Vec::new(),
        })
    }

    /// About how many entries the list has.
    pub(crate) fn estimate(&self) -> usize {
        self.directory.estimate()
    }

    /// The newest entry that stands at `at_most` or before it. A later call may not ask for a
    /// newer one.
    pub(crate) fn seek(&mut self, from: &impl Read, at_most: E) -> Result<Option<E>, RecordsError> {
        loop {
            let keep = self.here.partition_point(|entry| *entry <= at_most);
            self.here.truncate(keep);
            if let Some(entry) = self.here.last() {
                return Ok(Some(*entry));
            }
            // The last of the blocks that do not begin behind it.
            let blocks = self.directory.blocks.get(..self.unread);
            let blocks = blocks.unwrap_or_default();
            let reached = blocks.partition_point(|(first, _)| *first <= at_most);
            self.unread = reached.saturating_sub(1);
            let Some((_, number)) = reached.checked_sub(1).and_then(|at| blocks.get(at)) else {
                self.unread = 0;
                return Ok(None);
            };
            self.here = read_block(from, self.id, *number)?;
        }
    }
}
