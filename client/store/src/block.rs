//! A block: some sorted entries as bytes, each written as its difference to the one before.
//!
//! ```text
//! block = version (1 byte) · number of entries · entries
//! ```

use crate::place::Entry;
use crate::varint;

/// The form of the bytes.
const VERSION: u8 = 1;

/// The entries as bytes; they are sorted and none is there twice.
pub(crate) fn encode<E: Entry>(entries: &[E]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len().saturating_mul(6).saturating_add(4));
    out.push(VERSION);
    put_entries(&mut out, entries);
    out
}

/// The entries of a block. Nothing when the bytes are damaged, which includes entries that are not
/// in order, more of them than `max_entries`, and bytes after the last one.
pub(crate) fn decode<E: Entry>(bytes: &[u8], max_entries: usize) -> Option<Vec<E>> {
    let (version, mut input) = bytes.split_first()?;
    if *version != VERSION {
        return None;
    }
    let entries = take_entries(&mut input, max_entries)?;
    input.is_empty().then_some(entries)
}

/// Appends entries with their number.
pub(crate) fn put_entries<E: Entry>(out: &mut Vec<u8>, entries: &[E]) {
    varint::put(out, u64::try_from(entries.len()).unwrap_or(u64::MAX));
    let mut before = E::START;
    for entry in entries {
        entry.write(before, out);
        before = *entry;
    }
}

/// Takes entries with their number off the front.
pub(crate) fn take_entries<E: Entry>(input: &mut &[u8], max_entries: usize) -> Option<Vec<E>> {
    let count = usize::try_from(varint::take(input)?).ok()?;
    // Each entry has a byte at least, so a wrong number cannot ask for much memory.
    if count > max_entries || count > input.len() {
        return None;
    }
    let mut entries: Vec<E> = Vec::with_capacity(count);
    let mut before = E::START;
    for _ in 0..count {
        let entry = E::read(before, input)?;
        if entries.last().is_some_and(|last| *last >= entry) {
            return None;
        }
        entries.push(entry);
        before = entry;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use onym_client_protocol::store::{Place, Position};
    use onym_identity::Timestamp;

    use proptest::prelude::*;

    use super::*;
    use crate::place::{LAST, Posting};

    fn posting() -> impl Strategy<Value = Posting> {
        // Few values, so that neighbours share a millisecond, and the ends of the range.
        let number = prop_oneof![0..40_u64, Just(u64::MAX), Just(1 << 40)];
        (number.clone(), number, any::<u32>()).prop_map(|(millis, position, conversation)| {
            Posting {
                place: Place {
                    placed: Timestamp::from_unix_millis(millis),
                    position: Position(position),
                },
                conversation,
            }
        })
    }

    proptest! {
        #[test]
        fn entries_come_back(postings in prop::collection::btree_set(posting(), 0..300)) {
            let postings: Vec<Posting> = postings.into_iter().collect();
            let bytes = encode(&postings);
            prop_assert_eq!(decode(&bytes, 300), Some(postings.clone()));
            let places: BTreeSet<Place> = postings.iter().map(|it| it.place).collect();
            let places: Vec<Place> = places.into_iter().collect();
            prop_assert_eq!(decode(&encode(&places), 300), Some(places));
        }

        #[test]
        fn damage_is_refused_or_harmless(
            postings in prop::collection::btree_set(posting(), 0..40),
            at: prop::sample::Index,
            flip in 1..=255_u8,
        ) {
            let postings: Vec<Posting> = postings.into_iter().collect();
            let mut bytes = encode(&postings);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            if let Some(read) = decode::<Posting>(&bytes, 40) {
                prop_assert!(read.len() <= 40);
                prop_assert!(read.is_sorted_by(|a, b| a < b));
            }
            prop_assert_eq!(decode::<Posting>(&bytes[..at], 40).filter(|_| at > 0), None);
        }

        #[test]
        fn any_bytes_are_bounded(bytes: Vec<u8>) {
            let read = decode::<Posting>(&bytes, 16);
            prop_assert!(read.is_none_or(|read| read.len() <= 16));
        }
    }

    #[test]
    fn a_wrong_number_of_entries_asks_for_no_memory() {
        let mut bytes = vec![VERSION];
        varint::put(&mut bytes, u64::MAX);
        assert_eq!(decode::<Place>(&bytes, usize::MAX), None);
        assert_eq!(decode::<Place>(&[], 10), None);
        assert_eq!(decode::<Place>(&[VERSION + 1, 0], 10), None);
        assert_eq!(decode::<Place>(&[VERSION, 0, 0], 10), None);
        let two = encode(&[Place::START, LAST]);
        assert_eq!(decode::<Place>(&two, 1), None);
    }
}
