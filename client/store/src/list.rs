//! Sorted lists of any length: a directory with the first entry of each block, and the blocks.
//!
//! ```text
//! lists:  (list)          -> directory: the next block's number; for each block its first entry
//! blocks: (list, number)  -> block
//! ```
//!
//! An entry that goes to the end rewrites the last block only; the directory changes when a block
//! comes or goes. Times stand in values and never in keys, so none is in clear on the disk.

use std::collections::BTreeMap;

use onym_records::{RecordsError, Table};

use crate::block;
use crate::draft::{Draft, Read};
use crate::place::Entry;
use crate::varint;

mod walk;

pub(crate) use walk::Walk;

/// The directories.
pub(crate) const LISTS: Table = Table::new("lists");
/// The blocks.
pub(crate) const BLOCKS: Table = Table::new("blocks");

/// The most entries of a block. What one more message costs grows with it, what a long walk costs
/// falls: 256 entries are about 1.5 kB.
pub(crate) const MAX_BLOCK_ENTRIES: usize = 256;

/// The most blocks of a list. It bounds what damaged bytes may ask for: 16 million entries.
const MAX_BLOCKS: usize = 1 << 16;

/// The form of a directory.
const DIRECTORY_VERSION: u8 = 1;

/// What a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListId {
    /// The messages of a conversation.
    Timeline(u32),
    /// The messages with a word.
    Word(u32),
    /// The messages that the index does not hold yet.
    Tail,
    /// The messages that go away by themselves, by the time at which they do.
    Expiry,
}

impl ListId {
    /// What the keys of all lists of words begin with.
    pub(crate) const WORD_KEYS: [u8; 1] = [2];

    fn key(self) -> Vec<u8> {
        let (kind, number) = match self {
            Self::Timeline(number) => (1, number),
            Self::Word(number) => (2, number),
            Self::Tail => (3, 0),
            Self::Expiry => (4, 0),
        };
        let mut key = vec![kind];
        key.extend(number.to_be_bytes());
        key
    }

    fn block_key(self, block: u32) -> Vec<u8> {
        let mut key = self.key();
        key.extend(block.to_be_bytes());
        key
    }
}

/// Which block begins with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory<E> {
    next_block: u32,
    /// Ascending. No entry of a block is before the one it is listed with, and an entry belongs to
    /// the last block that is not listed behind it.
    blocks: Vec<(E, u32)>,
}

impl<E: Entry> Directory<E> {
    pub(crate) fn read(from: &impl Read, id: ListId) -> Result<Self, RecordsError> {
        match from.get(LISTS, &id.key())? {
            None => Ok(Self {
                next_block: 0,
                blocks: Vec::new(),
            }),
            Some(bytes) => Self::decode(&bytes).ok_or(RecordsError::damaged(LISTS)),
        }
    }

    fn write(&self, draft: &mut Draft<'_>, id: ListId) {
        if self.blocks.is_empty() {
            draft.remove(LISTS, id.key());
        } else {
            draft.put(LISTS, id.key(), self.encode());
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![DIRECTORY_VERSION];
        varint::put(&mut out, u64::from(self.next_block));
        let firsts: Vec<E> = self.blocks.iter().map(|(first, _)| *first).collect();
        block::put_entries(&mut out, &firsts);
        for (_, number) in &self.blocks {
            varint::put(&mut out, u64::from(*number));
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, mut input) = bytes.split_first()?;
        if *version != DIRECTORY_VERSION {
            return None;
        }
        let next_block = u32::try_from(varint::take(&mut input)?).ok()?;
        let firsts: Vec<E> = block::take_entries(&mut input, MAX_BLOCKS)?;
        let mut blocks = Vec::with_capacity(firsts.len());
        for first in firsts {
            let number = u32::try_from(varint::take(&mut input)?).ok()?;
            if number >= next_block {
                return None;
            }
            blocks.push((first, number));
        }
        input.is_empty().then_some(Self { next_block, blocks })
    }

    /// The index of the block that an entry belongs to.
    fn index_of(&self, entry: E) -> usize {
        self.blocks
            .partition_point(|(first, _)| *first <= entry)
            .saturating_sub(1)
    }

    /// About how many entries the list has.
    pub(crate) fn estimate(&self) -> usize {
        self.blocks.len().saturating_mul(MAX_BLOCK_ENTRIES)
    }

    fn new_block(&mut self) -> u32 {
        let number = self.next_block;
        self.next_block = self.next_block.saturating_add(1);
        number
    }
}

fn read_block<E: Entry>(from: &impl Read, id: ListId, number: u32) -> Result<Vec<E>, RecordsError> {
    let bytes = from.get(BLOCKS, &id.block_key(number))?;
    bytes
        .and_then(|bytes| block::decode(&bytes, MAX_BLOCK_ENTRIES))
        .ok_or(RecordsError::damaged(BLOCKS))
}

/// All entries, ascending.
pub(crate) fn read_all<E: Entry>(from: &impl Read, id: ListId) -> Result<Vec<E>, RecordsError> {
    let directory = Directory::<E>::read(from, id)?;
    let mut all = Vec::with_capacity(directory.estimate());
    for (_, number) in &directory.blocks {
        all.extend(read_block::<E>(from, id, *number)?);
    }
    Ok(all)
}

/// Whether a list has an entry.
pub(crate) fn contains<E: Entry>(
    from: &impl Read,
    id: ListId,
    entry: E,
) -> Result<bool, RecordsError> {
    let directory = Directory::<E>::read(from, id)?;
    match directory.blocks.get(directory.index_of(entry)) {
        None => Ok(false),
        Some((_, number)) => Ok(read_block::<E>(from, id, *number)?
            .binary_search(&entry)
            .is_ok()),
    }
}

/// Adds and removes entries. What is there already is not added again, what is not there is not
/// removed. Returns whether the list is empty afterwards.
pub(crate) fn edit<E: Entry>(
    draft: &mut Draft<'_>,
    id: ListId,
    edits: &Edits<E>,
) -> Result<bool, RecordsError> {
    let mut directory = Directory::<E>::read(draft, id)?;
    let before = directory.clone();
    let mut rest = edits.0.as_slice();
    while let Some((first, _)) = rest.first() {
        let index = directory.index_of(*first);
        let end = directory
            .blocks
            .get(index.saturating_add(1))
            .map_or(rest.len(), |(next, _)| {
                rest.partition_point(|(entry, _)| entry < next)
            });
        let (here, later) = rest.split_at(end);
        edit_block(draft, id, &mut directory, index, here)?;
        rest = later;
    }
    if directory != before {
        directory.write(draft, id);
    }
    Ok(directory.blocks.is_empty())
}

/// What is to be added to a list and removed from it, in the order of the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edits<E>(Vec<(E, bool)>);

impl<E: Entry> Edits<E> {
    pub(crate) fn new(
        added: impl IntoIterator<Item = E>,
        removed: impl IntoIterator<Item = E>,
    ) -> Self {
        let added = added.into_iter().map(|entry| (entry, true));
        let removed = removed.into_iter().map(|entry| (entry, false));
        let mut edits: Vec<(E, bool)> = removed.chain(added).collect();
        edits.sort_unstable();
        // Of both for one entry the addition counts; it sorts last.
        edits.reverse();
        edits.dedup_by_key(|(entry, _)| *entry);
        edits.reverse();
        Self(edits)
    }

    /// Applies the edits to the entries of a short list.
    pub(crate) fn apply(&self, entries: &[E]) -> Vec<E> {
        apply(entries, &self.0)
    }
}

impl<E: Entry> From<BTreeMap<E, bool>> for Edits<E> {
    /// Adds the entries that map to true and removes the others.
    fn from(edits: BTreeMap<E, bool>) -> Self {
        Self(edits.into_iter().collect())
    }
}

fn edit_block<E: Entry>(
    draft: &mut Draft<'_>,
    id: ListId,
    directory: &mut Directory<E>,
    index: usize,
    edits: &[(E, bool)],
) -> Result<(), RecordsError> {
    let old = match directory.blocks.get(index) {
        Some((_, number)) => read_block(draft, id, *number)?,
        None => Vec::new(),
    };
    let is_last = index.saturating_add(1) >= directory.blocks.len();
    let appends = is_last && old.last() < edits.first().map(|(entry, _)| entry);
    let mut new = apply(&old, edits);
    if new == old {
        return Ok(());
    }
    if !appends {
        join_neighbour(draft, id, directory, index, &mut new)?;
    }
    let pieces = if appends {
        // A list that grows at its end has full blocks.
        MAX_BLOCK_ENTRIES
    } else {
        even_piece(new.len())
    };
    let mut chunks = new.chunks(pieces);
    match (chunks.next(), directory.blocks.get_mut(index)) {
        (None, Some((_, number))) => {
            draft.remove(BLOCKS, id.block_key(*number));
            directory.blocks.remove(index);
        }
        (None, None) => {}
        (Some(piece), Some((first, number))) => {
            *first = piece.first().map_or(*first, |entry| (*first).min(*entry));
            put_block(draft, id, *number, piece);
        }
        (Some(piece), None) => insert_block(draft, id, directory, index, piece),
    }
    for (at, piece) in chunks.enumerate() {
        let index = index.saturating_add(at).saturating_add(1);
        insert_block(draft, id, directory, index, piece);
    }
    Ok(())
}

/// Takes the entries of the next block along when both together are small, so that a list from
/// which much was removed does not keep many blocks.
fn join_neighbour<E: Entry>(
    draft: &mut Draft<'_>,
    id: ListId,
    directory: &mut Directory<E>,
    index: usize,
    entries: &mut Vec<E>,
) -> Result<(), RecordsError> {
    let next = index.saturating_add(1);
    if entries.len() > MAX_BLOCK_ENTRIES / 4 {
        return Ok(());
    }
    let Some((_, number)) = directory.blocks.get(next).copied() else {
        return Ok(());
    };
    let theirs = read_block::<E>(draft, id, number)?;
    if entries.len().saturating_add(theirs.len()) > MAX_BLOCK_ENTRIES / 2 {
        return Ok(());
    }
    entries.extend(theirs);
    directory.blocks.remove(next);
    draft.remove(BLOCKS, id.block_key(number));
    Ok(())
}

fn insert_block<E: Entry>(
    draft: &mut Draft<'_>,
    id: ListId,
    directory: &mut Directory<E>,
    index: usize,
    entries: &[E],
) {
    let Some(first) = entries.first() else { return };
    let number = directory.new_block();
    directory
        .blocks
        .insert(index.min(directory.blocks.len()), (*first, number));
    put_block(draft, id, number, entries);
}

fn put_block<E: Entry>(draft: &mut Draft<'_>, id: ListId, number: u32, entries: &[E]) {
    draft.put(BLOCKS, id.block_key(number), block::encode(entries));
}

/// The length of each piece when entries are cut into as few even pieces as a block allows.
fn even_piece(entries: usize) -> usize {
    let pieces = entries.div_ceil(MAX_BLOCK_ENTRIES).max(1);
    entries.div_ceil(pieces).max(1)
}

/// Both are sorted; so is the result.
fn apply<E: Entry>(old: &[E], edits: &[(E, bool)]) -> Vec<E> {
    let mut new = Vec::with_capacity(old.len().saturating_add(edits.len()));
    let mut old = old.iter().copied().peekable();
    for (entry, is_added) in edits {
        while let Some(before) = old.next_if(|it| it < entry) {
            new.push(before);
        }
        old.next_if_eq(entry);
        if *is_added {
            new.push(*entry);
        }
    }
    new.extend(old);
    new
}

#[cfg(test)]
mod tests;
