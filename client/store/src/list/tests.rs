use std::collections::BTreeSet;

use onym_client_protocol::store::{Place, Position};
use onym_identity::Timestamp;
use onym_records::{Records, RecordsKey};
use proptest::prelude::*;

use super::*;

fn records() -> (tempfile::TempDir, Records) {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &RecordsKey::from_bytes(&[7; 32])).unwrap();
    (folder, records)
}

fn place(number: u64) -> Place {
    Place {
        placed: Timestamp::from_unix_millis(number / 3),
        position: Position(number),
    }
}

fn commit(records: &Records, edits: &Edits<Place>) -> bool {
    let mut draft = Draft::new(records);
    let is_empty = edit(&mut draft, ListId::Tail, edits).unwrap();
    records.commit(draft.into_batch()).unwrap();
    is_empty
}

/// Every block is in the directory, holds what belongs there, and is neither empty nor too long.
fn check_blocks(records: &Records) {
    let directory = Directory::<Place>::read(records, ListId::Tail).unwrap();
    let blocks = records.scan(BLOCKS, ..).unwrap().count();
    assert_eq!(blocks, directory.blocks.len());
    assert!(directory.blocks.is_sorted_by(|a, b| a.0 < b.0));
    for (index, (first, number)) in directory.blocks.iter().enumerate() {
        let entries = read_block::<Place>(records, ListId::Tail, *number).unwrap();
        assert!(!entries.is_empty());
        assert!(entries.iter().all(|it| it >= first));
        if let Some((next, _)) = directory.blocks.get(index + 1) {
            assert!(entries.iter().all(|it| it < next));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_list_is_the_set_of_what_was_added_and_not_removed(
        rounds in prop::collection::vec(
            (0..2_000_u64, 1..900_u64, 0..3_u64, prop::bool::weighted(0.6)), 1..12)
    ) {
        let (_folder, records) = records();
        let mut expected = BTreeSet::new();
        for (start, length, gap, adds) in rounds {
            let places: Vec<Place> =
                (start..start + length).map(|it| place(it * (gap + 1))).collect();
            let is_empty = if adds {
                expected.extend(&places);
                commit(&records, &Edits::new(places.clone(), []))
            } else {
                places.iter().for_each(|it| { expected.remove(it); });
                commit(&records, &Edits::new([], places.clone()))
            };
            prop_assert_eq!(is_empty, expected.is_empty());
            check_blocks(&records);
            let all: Vec<Place> = read_all(&records, ListId::Tail).unwrap();
            prop_assert!(all.iter().eq(&expected));
            let probe = place(start);
            let found = contains(&records, ListId::Tail, probe).unwrap();
            prop_assert_eq!(found, expected.contains(&probe));
        }
        let mut walk = Walk::<Place>::new(&records, ListId::Tail).unwrap();
        for number in (0..7_000).rev().step_by(37) {
            let at_most = place(number);
            let newest = expected.range(..=at_most).next_back().copied();
            prop_assert_eq!(walk.seek(&records, at_most).unwrap(), newest);
        }
    }

    #[test]
    fn damaged_directories_are_refused(
        numbers in prop::collection::btree_set(0..5_000_u64, 1..20),
        at: prop::sample::Index,
        flip in 1..=255_u8,
    ) {
        let blocks = numbers.into_iter().zip(0..).map(|(it, number)| (place(it), number));
        let directory = Directory { next_block: 20, blocks: blocks.collect() };
        let mut bytes = directory.encode();
        prop_assert_eq!(Directory::decode(&bytes), Some(directory));
        let at = at.index(bytes.len());
        prop_assert_eq!(Directory::<Place>::decode(&bytes[..at]), None);
        bytes[at] ^= flip;
        if let Some(read) = Directory::<Place>::decode(&bytes) {
            prop_assert!(read.blocks.is_sorted_by(|a, b| a.0 < b.0));
        }
    }
}

#[test]
fn of_an_addition_and_a_removal_the_addition_counts() {
    let (_folder, records) = records();
    assert!(!commit(
        &records,
        &Edits::new([place(3)], [place(3), place(4)])
    ));
    let all: Vec<Place> = read_all(&records, ListId::Tail).unwrap();
    assert_eq!(all, [place(3)]);
    assert!(commit(&records, &Edits::new([], [place(3)])));
    assert_eq!(records.scan(LISTS, ..).unwrap().count(), 0);
}

#[test]
fn a_list_that_grows_at_its_end_has_full_blocks() {
    let (_folder, records) = records();
    for number in 0..600 {
        commit(&records, &Edits::new([place(number)], []));
    }
    let directory = Directory::<Place>::read(&records, ListId::Tail).unwrap();
    assert_eq!(directory.blocks.len(), 3);
}
