//! The store beside the one in memory, with limits so low that few messages reach every path.

mod random;

use std::collections::BTreeSet;

use onym_client_protocol::store::MemoryStore;
use onym_records::Batch;
use proptest::prelude::*;
use tempfile::TempDir;

use self::random::{Step, jid, people, place_of, positions, put, query, steps};
use super::*;
use crate::kept::{IndexVersion, Owner, THE_ONE};

const LOW: Limits = Limits {
    merge_at: 12,
    merge: 20,
    sweep: 7,
    open: 2,
    words_per_read: 1,
};

fn key() -> RecordsKey {
    RecordsKey::from_bytes(&[7; 32])
}

fn open(folder: &TempDir) -> ClientStore {
    ClientStore::open_with(folder.path(), &key(), LOW).unwrap()
}

/// A few cases by default; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(16)
}

/// Asks both stores everything that there is to ask.
fn compare(store: &ClientStore, model: &MemoryStore) {
    assert_eq!(store.load().unwrap(), model.load().unwrap());
    for jid in people() {
        let timeline = model.timeline(&jid).unwrap();
        assert_eq!(store.timeline(&jid).unwrap(), timeline);
        let all: Vec<Position> = positions().collect();
        let messages = model.messages(&jid, &all).unwrap();
        assert_eq!(store.messages(&jid, &all).unwrap(), messages);
        for before in [None, Some(place_of(Position(20)))] {
            let page = model.page(&jid, before, 7).unwrap();
            assert_eq!(store.page(&jid, before, 7).unwrap(), page);
            assert_eq!(store.earlier(&jid, before, 7).unwrap(), page);
        }
        for id in random::remote_ids() {
            let found = model.find(&jid, &id).unwrap();
            assert_eq!(store.find(&jid, &id).unwrap(), found, "{jid} {id:?}");
        }
    }
    for hash in ["00", "01"] {
        assert_eq!(store.avatar(hash).unwrap(), model.avatar(hash).unwrap());
    }
}

/// Searches page by page until nothing is left.
fn compare_search(store: &ClientStore, model: &MemoryStore, query: &SearchQuery, limit: usize) {
    let mut before = None;
    for _ in 0..200 {
        let expected = model.search(query, limit, before).unwrap();
        let found = store.search(query, limit, before).unwrap();
        assert_eq!(found, expected, "{query:?} before {before:?}");
        before = found.hits.last().map(|hit| hit.place);
        if !found.more || before.is_none() {
            return;
        }
    }
    panic!("the search for {query:?} does not end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn it_is_the_store_in_memory(
        steps in prop::collection::vec(steps(), 1..30),
        queries in prop::collection::vec((query(), 1..6_usize), 4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, model) = (open(&folder), MemoryStore::new());
        for step in steps {
            match step {
                Step::Commit(changes) => {
                    store.commit(&changes).unwrap();
                    model.commit(&changes).unwrap();
                }
                Step::Reopen => {
                    drop(store);
                    store = open(&folder);
                }
                Step::Tidy => {
                    store.tidy().unwrap();
                }
                Step::Search(query, limit) => compare_search(&store, &model, &query, limit),
            }
        }
        compare(&store, &model);
        for (query, limit) in &queries {
            compare_search(&store, &model, query, *limit);
        }
        drop(store);
        let store = open(&folder);
        compare(&store, &model);
        for (query, limit) in &queries {
            compare_search(&store, &model, query, *limit);
        }
    }
}

/// Every table with the number of its records, but for what says which versions there are.
fn tables_in_use(store: &ClientStore) -> BTreeSet<&'static str> {
    let tables = [
        "messages",
        "conversations",
        "summaries",
        "lists",
        "blocks",
        "postings",
        "dictionary",
        "ids",
        "unsettled",
        "pending",
    ];
    let used = |table: &&'static str| {
        let table = onym_records::Table::new(table);
        store.0.records.scan(table, ..).unwrap().next().is_some()
    };
    tables.into_iter().filter(used).collect()
}

fn tidy_all(store: &ClientStore) {
    for _ in 0..1_000 {
        if !store.tidy().unwrap() {
            return;
        }
    }
    panic!("there is always something left to do");
}

#[test]
fn a_removed_conversation_leaves_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let changes: Vec<Change> = (0..100)
        .map(|it| put(Position(it), "one secret word", 2))
        .collect();
    store.commit(&changes).unwrap();
    let mut all = random::everything_else();
    all.retain(|it| matches!(it, Change::PutConversation(_) | Change::PutPending(_)));
    store.commit(&all).unwrap();
    assert!(tables_in_use(&store).len() > 6);
    let removals: Vec<Change> = people().map(Change::RemoveConversation).collect();
    store.commit(&removals).unwrap();
    assert!(tables_in_use(&store).contains("messages"));
    // Half of it is swept away before the store is opened again.
    store.tidy().unwrap();
    drop(store);
    let store = open(&folder);
    assert_eq!(store.load().unwrap().conversations.len(), 0);
    let secret = SearchQuery::parse("secret ", |_| None);
    assert_eq!(
        store.search(&secret, 10, None).unwrap(),
        SearchPage::default()
    );
    tidy_all(&store);
    assert_eq!(tables_in_use(&store), BTreeSet::new());
    assert_eq!(store.load().unwrap().next_position, Position(100));
}

#[test]
fn a_conversation_that_comes_again_is_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (store, model) = (open(&folder), MemoryStore::new());
    let many: Vec<Change> = (0..60)
        .map(|it| put(Position(it), "first time", 1))
        .collect();
    let again: Vec<Change> = (60..90)
        .map(|it| put(Position(it), "second time", 1))
        .collect();
    let removals: Vec<Change> = people().map(Change::RemoveConversation).collect();
    for changes in [&many, &removals, &again] {
        store.commit(changes).unwrap();
        model.commit(changes).unwrap();
        compare(&store, &model);
        for text in ["time", "first", "\"second time\""] {
            compare_search(&store, &model, &SearchQuery::parse(text, |_| None), 5);
        }
    }
    tidy_all(&store);
    compare(&store, &model);
    assert_eq!(
        store.0.records.scan(Owner::TABLE, ..).unwrap().count(),
        people().count()
    );
}

/// A message of a removed conversation waits in the index to be swept away, and one that came since
/// stands at the same place.
#[test]
fn words_of_a_removed_conversation_are_none_of_one_that_came_again() {
    let parse = |text| SearchQuery::parse(text, |_| Some(jid(2)));
    for (text, others) in [("old", 0), ("new", 0), ("old", 12), ("new", 12)] {
        let folder = tempfile::tempdir().unwrap();
        let (store, model) = (open(&folder), MemoryStore::new());
        let first: Vec<Change> = (0..12)
            .map(|it| put(Position(it * 3 + 2), "old", 1))
            .collect();
        // With others beside it the new message goes to the index too, and waits there with them.
        let mut again = vec![put(Position(2), text, 1)];
        again.extend((0..others).map(|it| put(Position(it * 3), "other", 1)));
        for changes in [first, vec![Change::RemoveConversation(jid(2))], again] {
            store.commit(&changes).unwrap();
            model.commit(&changes).unwrap();
        }
        assert_eq!(store.state().leaving.len(), 1);
        assert_eq!(store.state().tail_len, usize::from(others == 0));
        for query in ["in:2 old", "in:2 new", "in:2", "old", "old new", "ol ne"] {
            compare_search(&store, &model, &parse(query), 1);
        }
    }
}

#[test]
fn an_index_of_another_version_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (store, model) = (open(&folder), MemoryStore::new());
    let changes: Vec<Change> = (0..100)
        .map(|it| put(Position(it), "to be found", 1))
        .collect();
    store.commit(&changes).unwrap();
    model.commit(&changes).unwrap();
    tidy_all(&store);
    let mut batch = Batch::new();
    batch.put(IndexVersion::TABLE, THE_ONE, [1, 0]);
    // Of the old index nothing may be used.
    batch.put(crate::dictionary::DICTIONARY, [0; 4], [9; 9]);
    batch.put(crate::postings::PAGES, [0; 4], [9; 9]);
    store.0.records.commit(batch).unwrap();
    drop(store);
    let store = open(&folder);
    assert!(store.state().tail_len <= LOW.merge);
    compare(&store, &model);
    for text in ["foun", "\"be found\"", "to"] {
        compare_search(&store, &model, &SearchQuery::parse(text, |_| None), 7);
    }
}

#[test]
fn readers_see_whole_commits() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let bob = jid(0);
    // Each commit adds two messages to one conversation, so their number is always even.
    let commit = |number: u64| {
        let first = number * 6;
        let changes = [
            put(Position(first), "never half", 1),
            put(Position(first + 3), "never half", 1),
        ];
        store.commit(&changes).unwrap();
    };
    let query = SearchQuery::parse("\"never half\"", |_| None);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while seen < 120 {
                let timeline = store.timeline(&bob).unwrap();
                assert_eq!(timeline.len() % 2, 0);
                let found = store.search(&query, 1_000, None).unwrap();
                assert_eq!(found.hits.len() % 2, 0);
                assert!(found.hits.len() >= timeline.len());
                seen = found.hits.len();
            }
        });
        for number in 0..60 {
            commit(number);
        }
        reader.join().unwrap();
    });
}
