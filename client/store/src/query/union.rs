//! Several lists walked as one.

use std::collections::BinaryHeap;

use onym_records::RecordsError;

use crate::draft::Read;
use crate::place::Posting;
use crate::postings::WordWalk;

/// The messages that have one of several words.
#[derive(Debug)]
pub(crate) struct Union {
    walks: Vec<WordWalk>,
    /// The newest message of each walk that was not passed yet, with the walk's index.
    heads: BinaryHeap<(Posting, usize)>,
    /// Walks that were not asked yet.
    unasked: std::ops::Range<usize>,
}

impl Union {
    pub(crate) fn new(walks: Vec<WordWalk>) -> Self {
        Self {
            heads: BinaryHeap::with_capacity(walks.len()),
            unasked: 0..walks.len(),
            walks,
        }
    }

    /// About how many messages there are.
    pub(crate) fn estimate(&self) -> usize {
        self.walks.iter().map(WordWalk::estimate).sum()
    }

    /// The newest message that stands at `at_most` or before it. A later call may not ask for a
    /// newer one.
    pub(crate) fn seek(
        &mut self,
        from: &impl Read,
        at_most: Posting,
    ) -> Result<Option<Posting>, RecordsError> {
        for index in std::mem::take(&mut self.unasked) {
            self.ask(from, index, at_most)?;
        }
        while let Some((posting, index)) = self.heads.peek().copied() {
            if posting <= at_most {
                return Ok(Some(posting));
            }
            self.heads.pop();
            self.ask(from, index, at_most)?;
        }
        Ok(None)
    }

    fn ask(
        &mut self,
        from: &impl Read,
        index: usize,
        at_most: Posting,
    ) -> Result<(), RecordsError> {
        if let Some(walk) = self.walks.get_mut(index)
            && let Some(posting) = walk.seek(from, at_most)?
        {
            self.heads.push((posting, index));
        }
        Ok(())
    }
}
