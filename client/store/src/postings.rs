//! Which messages have a word: a sorted list for each word number.
//!
//! Half of all words occur once or twice, so a list of its own for each would be mostly wrapping.
//! The lists of [`WORDS_PER_PAGE`] neighbouring numbers stand together in one page; a list that
//! outgrows [`MAX_FEW`] entries moves out and gets blocks.
//!
//! ```text
//! page = version (1 byte) · for each word: 0 (no list) | 1 (own blocks) | 2 + entries
//! ```

use std::collections::BTreeMap;

use onym_records::{RecordsError, Table};

use crate::block;
use crate::dictionary::WordNumber;
use crate::draft::{Draft, Read};
use crate::list::{self, Edits, ListId, Walk};
use crate::place::Posting;

/// The pages, by the number of their first word divided by [`WORDS_PER_PAGE`].
pub(crate) const PAGES: Table = Table::new("postings");

/// How many words share a page. A rare word that comes up again rewrites about 1 kB.
const WORDS_PER_PAGE: u32 = 64;

/// The most entries of a list inside a page.
const MAX_FEW: usize = 24;

/// The form of a page.
const VERSION: u8 = 1;

const NONE: u8 = 0;
const MANY: u8 = 1;
const FEW: u8 = 2;

/// Where the list of a word is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Slot {
    /// No message has the word.
    #[default]
    Empty,
    /// Here.
    Few(Vec<Posting>),
    /// In blocks of its own.
    Many,
}

/// The lists of neighbouring words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Page(Vec<Slot>);

impl Page {
    fn read(from: &impl Read, page: u32) -> Result<Self, RecordsError> {
        match from.get(PAGES, &page.to_be_bytes())? {
            None => Ok(Self::default()),
            Some(bytes) => Self::decode(&bytes).ok_or(RecordsError::damaged(PAGES)),
        }
    }

    fn write(&self, draft: &mut Draft<'_>, page: u32) {
        let key = page.to_be_bytes().to_vec();
        if self.0.iter().all(|slot| *slot == Slot::Empty) {
            draft.remove(PAGES, key);
        } else {
            draft.put(PAGES, key, self.encode());
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        for slot in &self.0 {
            match slot {
                Slot::Empty => out.push(NONE),
                Slot::Many => out.push(MANY),
                Slot::Few(entries) => {
                    out.push(FEW);
                    block::put_entries(&mut out, entries);
                }
            }
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, mut input) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let mut slots = Vec::new();
        while let Some((kind, rest)) = input.split_first() {
            input = rest;
            slots.push(match *kind {
                NONE => Slot::Empty,
                MANY => Slot::Many,
                FEW => Slot::Few(block::take_entries(&mut input, MAX_FEW)?),
                _ => return None,
            });
            if slots.len() > slots_per_page() {
                return None;
            }
        }
        Some(Self(slots))
    }

    fn take(&mut self, word: WordNumber) -> Slot {
        let at = slot_of(word);
        self.0.get_mut(at).map(std::mem::take).unwrap_or_default()
    }

    fn set(&mut self, word: WordNumber, slot: Slot) {
        let at = slot_of(word);
        if self.0.len() <= at {
            self.0.resize(at.saturating_add(1), Slot::Empty);
        }
        if let Some(here) = self.0.get_mut(at) {
            *here = slot;
        }
    }
}

fn slots_per_page() -> usize {
    usize::try_from(WORDS_PER_PAGE).unwrap_or(usize::MAX)
}

fn slot_of(word: WordNumber) -> usize {
    usize::try_from(word % WORDS_PER_PAGE).unwrap_or(0)
}

/// Edits the lists of words. Returns the words whose list is empty afterwards.
pub(crate) fn edit(
    draft: &mut Draft<'_>,
    edits: &BTreeMap<WordNumber, Edits<Posting>>,
) -> Result<Vec<WordNumber>, RecordsError> {
    let mut emptied = Vec::new();
    let mut edits = edits.iter().peekable();
    while let Some((first, _)) = edits.peek() {
        let number = **first / WORDS_PER_PAGE;
        let mut page = Page::read(draft, number)?;
        let before = page.clone();
        while let Some((word, edits)) = edits.next_if(|(word, _)| **word / WORDS_PER_PAGE == number)
        {
            let slot = page.take(*word);
            let slot = edit_slot(draft, *word, slot, edits)?;
            if slot == Slot::Empty {
                emptied.push(*word);
            }
            page.set(*word, slot);
        }
        if page != before {
            page.write(draft, number);
        }
    }
    Ok(emptied)
}

fn edit_slot(
    draft: &mut Draft<'_>,
    word: WordNumber,
    slot: Slot,
    edits: &Edits<Posting>,
) -> Result<Slot, RecordsError> {
    let id = ListId::Word(word);
    let few = match slot {
        Slot::Many => {
            let is_empty = list::edit(draft, id, edits)?;
            return Ok(if is_empty { Slot::Empty } else { Slot::Many });
        }
        Slot::Few(few) => few,
        Slot::Empty => Vec::new(),
    };
    let entries = edits.apply(&few);
    Ok(match entries.len() {
        0 => Slot::Empty,
        1..=MAX_FEW => Slot::Few(entries),
        _ => {
            list::edit(draft, id, &Edits::new(entries, []))?;
            Slot::Many
        }
    })
}

/// Opens the lists of some words, in no order; a word without messages has none.
pub(crate) fn open(
    from: &impl Read,
    mut words: Vec<WordNumber>,
) -> Result<Vec<WordWalk>, RecordsError> {
    words.sort_unstable();
    let mut walks = Vec::with_capacity(words.len());
    for words in words.chunk_by(|a, b| a / WORDS_PER_PAGE == b / WORDS_PER_PAGE) {
        let Some(first) = words.first() else { continue };
        let mut page = Page::read(from, first / WORDS_PER_PAGE)?;
        for word in words {
            match page.take(*word) {
                Slot::Empty => {}
                Slot::Few(few) => walks.push(WordWalk::Few(few)),
                Slot::Many => walks.push(WordWalk::Many(Walk::new(from, ListId::Word(*word))?)),
            }
        }
    }
    Ok(walks)
}

/// A walk through the messages with one word, newest first.
#[derive(Debug)]
pub(crate) enum WordWalk {
    /// The rest of a short list, oldest first.
    Few(Vec<Posting>),
    /// A list in blocks.
    Many(Walk<Posting>),
}

impl WordWalk {
    /// About how many messages there are.
    pub(crate) fn estimate(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(walk) => walk.estimate(),
        }
    }

    /// The newest message that stands at `at_most` or before it. A later call may not ask for a
    /// newer one.
    pub(crate) fn seek(
        &mut self,
        from: &impl Read,
        at_most: Posting,
    ) -> Result<Option<Posting>, RecordsError> {
        match self {
            Self::Few(few) => {
                few.truncate(few.partition_point(|it| *it <= at_most));
                Ok(few.last().copied())
            }
            Self::Many(walk) => walk.seek(from, at_most),
        }
    }
}

#[cfg(test)]
mod tests;
