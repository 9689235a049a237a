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

/// Two stand at each place.
fn posting(number: u64) -> Posting {
    Posting {
        place: Place {
            placed: Timestamp::from_unix_millis(number / 2 * 5),
            position: Position(number / 2),
        },
        conversation: u32::try_from(number % 2).unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn each_word_has_its_messages(
        rounds in prop::collection::vec(
            (prop::collection::vec((0..150_u32, 0..120_u64, 1..60_u64), 1..20),
             prop::bool::weighted(0.6)),
            1..8)
    ) {
        let (_folder, records) = records();
        let mut expected: BTreeMap<WordNumber, BTreeSet<Posting>> = BTreeMap::new();
        for (changes, adds) in rounds {
            let mut edits = BTreeMap::new();
            for (word, start, length) in changes {
                let postings: Vec<Posting> = (start..start + length).map(posting).collect();
                let known = expected.entry(word).or_default();
                // Two edits of one word in a round: the second one takes the place of the first.
                if edits.contains_key(&word) {
                    continue;
                }
                edits.insert(word, if adds {
                    known.extend(&postings);
                    Edits::new(postings, [])
                } else {
                    postings.iter().for_each(|it| { known.remove(it); });
                    Edits::new([], postings)
                });
            }
            let mut draft = Draft::new(&records);
            let emptied = edit(&mut draft, &edits).unwrap();
            records.commit(draft.into_batch()).unwrap();
            let empty = edits.keys().filter(|word| expected[word].is_empty());
            prop_assert!(empty.eq(&emptied));
            for (word, postings) in &expected {
                let walks = open(&records, vec![*word]).unwrap();
                let mut found = BTreeSet::new();
                for mut walk in walks {
                    prop_assert!(walk.estimate() > 0);
                    let mut at_most = Some(Posting::last_at(crate::place::LAST));
                    while let Some(posting) =
                        at_most.and_then(|it| walk.seek(&records, it).unwrap())
                    {
                        found.insert(posting);
                        at_most = posting.before();
                    }
                }
                prop_assert_eq!(&found, postings);
            }
        }
        if expected.values().all(BTreeSet::is_empty) {
            prop_assert_eq!(records.scan(PAGES, ..).unwrap().count(), 0);
        }
    }

    #[test]
    fn damaged_pages_are_refused(
        lists in prop::collection::vec(prop::collection::btree_set(0..99_u64, 0..6), 1..64),
        at: prop::sample::Index,
        flip in 1..=255_u8,
    ) {
        let slot = |numbers: BTreeSet<u64>| match numbers.len() {
            0 => Slot::Empty,
            5 => Slot::Many,
            _ => Slot::Few(numbers.into_iter().map(posting).collect()),
        };
        let page = Page(lists.into_iter().map(slot).collect());
        let mut bytes = page.encode();
        prop_assert_eq!(Page::decode(&bytes), Some(page));
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Some(page) = Page::decode(&bytes) {
            prop_assert!(page.0.len() <= 64);
        }
    }
}

#[test]
fn all_lists_of_some_words_are_opened_at_once() {
    let (_folder, records) = records();
    let edits = (1..=200).map(|word| {
        let postings = (0..u64::from(word)).map(posting);
        (word, Edits::new(postings, []))
    });
    let mut draft = Draft::new(&records);
    edit(&mut draft, &edits.collect()).unwrap();
    records.commit(draft.into_batch()).unwrap();
    let walks = open(&records, vec![200, 3, 65, 64, 500]).unwrap();
    let few = walks.iter().filter(|it| matches!(it, WordWalk::Few(_)));
    assert_eq!((walks.len(), few.count()), (4, 1));
}
