//! Which message has a name that others use for it.
//!
//! ```text
//! ids: first hash of the block -> block of (hash, position), in the order of the hashes
//! ```
//!
//! A record of its own for each name would be mostly wrapping: a hash and a position are about ten
//! bytes, sealing adds forty.

use onym_client_protocol::store::{Position, RemoteId};
use onym_records::{RecordsError, RecordsKey, Table};

use crate::block;
use crate::draft::{Draft, Read};
use crate::place::Entry;
use crate::varint::{put, take};

/// The blocks.
pub(crate) const IDS: Table = Table::new("ids");

/// The most names of a block. A message has two or three names, and each rewrites one block.
const MAX_NAMES: usize = 64;

/// A name as the table knows it: a keyed hash of conversation, kind and text. Of a few million
/// names two have the same hash with a chance of one in a million, and nobody can aim at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(u64);

impl Name {
    pub(crate) fn new(key: &RecordsKey, conversation: u32, id: &RemoteId) -> Self {
        let (kind, id) = match id {
            RemoteId::Ours(id) => (1, id),
            RemoteId::Theirs(id) => (2, id),
            RemoteId::Archive(id) => (3, id),
        };
        let mut text = conversation.to_be_bytes().to_vec();
        text.push(kind);
        text.extend(id.as_bytes());
        let name = key.name_of("message id", &text);
        Self(
            name.iter()
                .take(8)
                .fold(0, |hash, byte| (hash << 8) | u64::from(*byte)),
        )
    }

    fn key(self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    name: Name,
    position: Position,
}

impl Entry for Named {
    const START: Self = Self {
        name: Name(0),
        position: Position(0),
    };

    fn write(self, before: Self, out: &mut Vec<u8>) {
        put(out, self.name.0.wrapping_sub(before.name.0));
        put(out, self.position.0);
    }

    fn read(before: Self, input: &mut &[u8]) -> Option<Self> {
        let name = Name(before.name.0.checked_add(take(input)?)?);
        let position = Position(take(input)?);
        Some(Self { name, position })
    }
}

/// The names from one hash on.
struct Block {
    key: Vec<u8>,
    names: Vec<Named>,
}

impl Block {
    /// The block that a name belongs to.
    fn of(from: &impl Read, name: Name) -> Result<Self, RecordsError> {
        match from.floor(IDS, &name.key())? {
            // What is before the first block begins a new one.
            None => Ok(Self {
                key: Name(0).key(),
                names: Vec::new(),
            }),
            Some((key, value)) => {
                let names = block::decode(&value, MAX_NAMES);
                let names = names.ok_or(RecordsError::damaged(IDS))?;
                Ok(Self { key, names })
            }
        }
    }

    fn search(&self, name: Name) -> Result<usize, usize> {
        self.names.binary_search_by_key(&name, |named| named.name)
    }

    fn write(self, draft: &mut Draft<'_>) {
        if self.names.is_empty() {
            draft.remove(IDS, self.key);
        } else {
            draft.put(IDS, self.key, block::encode(&self.names));
        }
    }
}

/// The message with a name.
pub(crate) fn find(from: &impl Read, name: Name) -> Result<Option<Position>, RecordsError> {
    let block = Block::of(from, name)?;
    let found = block.search(name).ok().and_then(|at| block.names.get(at));
    Ok(found.map(|named| named.position))
}

/// Gives a name to a message. Another one that has it loses it.
pub(crate) fn give(
    draft: &mut Draft<'_>,
    name: Name,
    position: Position,
) -> Result<(), RecordsError> {
    let mut block = Block::of(draft, name)?;
    let named = Named { name, position };
    match block.search(name) {
        Ok(at) => match block.names.get_mut(at) {
            Some(old) if *old != named => *old = named,
            _ => return Ok(()),
        },
        Err(at) => block.names.insert(at, named),
    }
    if block.names.len() > MAX_NAMES {
        let upper = block.names.split_off(block.names.len() / 2);
        if let Some(first) = upper.first() {
            let (key, names) = (first.name.key(), upper);
            Block { key, names }.write(draft);
        }
    }
    block.write(draft);
    Ok(())
}

/// Takes a name from a message, if it has it.
pub(crate) fn take_away(
    draft: &mut Draft<'_>,
    name: Name,
    position: Position,
) -> Result<(), RecordsError> {
    let mut block = Block::of(draft, name)?;
    let before = block.names.len();
    block.names.retain(|it| *it != Named { name, position });
    if block.names.len() != before {
        block.write(draft);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use onym_records::Records;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_last_one_that_got_a_name_has_it(
            rounds in prop::collection::vec(
                prop::collection::vec((0..400_u64, 0..4_u64, prop::bool::weighted(0.7)), 1..200),
                1..6)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let key = RecordsKey::from_bytes(&[7; 32]);
            let records = Records::open(folder.path(), &key).unwrap();
            let mut expected = BTreeMap::new();
            // Hashes from all over the range, the first and the last one among them.
            let name = |it: u64| Name(it * (u64::MAX / 399));
            for round in rounds {
                let mut draft = Draft::new(&records);
                for (id, position, gives) in round {
                    if gives {
                        give(&mut draft, name(id), Position(position)).unwrap();
                        expected.insert(id, Position(position));
                    } else {
                        take_away(&mut draft, name(id), Position(position)).unwrap();
                        if expected.get(&id) == Some(&Position(position)) {
                            expected.remove(&id);
                        }
                    }
                    let found = find(&draft, name(id)).unwrap();
                    prop_assert_eq!(found, expected.get(&id).copied());
                }
                records.commit(draft.into_batch()).unwrap();
                for id in 0..400 {
                    let found = find(&records, name(id)).unwrap();
                    prop_assert_eq!(found, expected.get(&id).copied());
                }
            }
            let mut draft = Draft::new(&records);
            for (id, position) in expected {
                take_away(&mut draft, name(id), position).unwrap();
            }
            records.commit(draft.into_batch()).unwrap();
            prop_assert_eq!(records.scan(IDS, ..).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_name_is_of_one_kind_and_conversation() {
        let key = RecordsKey::from_bytes(&[7; 32]);
        let text = || "abc".to_owned();
        let ids = [
            RemoteId::Ours(text()),
            RemoteId::Theirs(text()),
            RemoteId::Archive(text()),
        ];
        let mut names: Vec<Name> = ids
            .iter()
            .flat_map(|id| [Name::new(&key, 1, id), Name::new(&key, 2, id)])
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 6);
    }
}
