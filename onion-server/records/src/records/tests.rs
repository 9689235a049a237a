use std::collections::BTreeMap;

use proptest::prelude::*;

use super::file::{FILE, HEADER, HEADER_KEY, VERSION};
use super::*;

mod damage;
mod power_cut;

const TABLE: Table = Table::new("messages");
const OTHER: Table = Table::new("contacts");

fn key(byte: u8) -> RecordsKey {
    RecordsKey::from_bytes(&[byte; 32])
}

fn put(records: &Records, table: Table, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(table, key, value);
    records.commit(batch).unwrap();
}

fn all(records: &Records, table: Table) -> Vec<(Vec<u8>, Vec<u8>)> {
    let scan = records.scan(table, ..).unwrap();
    scan.map(Result::unwrap).collect()
}

#[test]
fn what_was_committed_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &key(1)).unwrap();
    assert_eq!(records.get(TABLE, b"a").unwrap(), None);
    assert_eq!(all(&records, TABLE), []);
    let mut batch = Batch::new();
    batch.put(TABLE, b"a".as_slice(), b"1".as_slice());
    batch.put(OTHER, b"a".as_slice(), b"2".as_slice());
    batch.put(TABLE, b"b".as_slice(), b"".as_slice());
    records.commit(batch).unwrap();
    drop(records);
    let records = Records::open(folder.path(), &key(1)).unwrap();
    assert_eq!(records.get(TABLE, b"a").unwrap().unwrap(), b"1");
    assert_eq!(records.get(OTHER, b"a").unwrap().unwrap(), b"2");
    assert_eq!(records.get(TABLE, b"b").unwrap().unwrap(), b"");
}

#[test]
fn a_second_opener_and_a_wrong_key_are_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &key(1)).unwrap();
    let handle = records.clone();
    drop(records);
    let second = Records::open(folder.path(), &key(1));
    assert!(matches!(second, Err(RecordsError::InUse)), "{second:?}");
    drop(handle);
    let wrong = Records::open(folder.path(), &key(2));
    assert!(matches!(wrong, Err(RecordsError::WrongKey)), "{wrong:?}");
    Records::open(folder.path(), &key(1)).unwrap();
}

#[test]
fn a_later_layout_and_a_strange_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &key(1)).unwrap();
    let writing = records.0.database().unwrap().begin_write().unwrap();
    let mut table = writing.open_table(HEADER).unwrap();
    table.insert(HEADER_KEY, [VERSION + 1].as_slice()).unwrap();
    drop(table);
    writing.commit().unwrap();
    drop(records);
    let later = Records::open(folder.path(), &key(1));
    assert!(
        matches!(
            later,
            Err(RecordsError::Version {
                version: 2,
                known: 1,
                ..
            })
        ),
        "{later:?}"
    );

    std::fs::write(folder.path().join(FILE), b"no records at all").unwrap();
    let strange = Records::open(folder.path(), &key(1));
    assert!(
        matches!(strange, Err(RecordsError::Damaged { .. })),
        "{strange:?}"
    );
}

#[test]
fn a_value_that_was_moved_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &key(1)).unwrap();
    put(&records, TABLE, b"a", b"1");
    put(&records, TABLE, b"b", b"2");
    put(&records, OTHER, b"a", b"3");
    let sealed = |table, key: &[u8]| {
        let reading = records.0.database().unwrap().begin_read().unwrap();
        let table = reading.open_table(definition(table)).unwrap();
        table.get(key).unwrap().unwrap().value().to_vec()
    };
    let plant = |table, key: &[u8], sealed: &[u8]| {
        let writing = records.0.database().unwrap().begin_write().unwrap();
        let mut table = writing.open_table(definition(table)).unwrap();
        table.insert(key, sealed).unwrap();
        drop(table);
        writing.commit().unwrap();
    };
    let own = sealed(TABLE, b"a");
    for foreign in [
        sealed(TABLE, b"b"),
        sealed(OTHER, b"a"),
        Vec::new(),
        own[..23].to_vec(),
    ] {
        plant(TABLE, b"a", &foreign);
        let refused = records.get(TABLE, b"a");
        assert!(matches!(
            refused,
            Err(RecordsError::Damaged { table: "messages" })
        ));
        let mut scan = records.scan(TABLE, ..).unwrap();
        assert!(matches!(
            scan.next(),
            Some(Err(RecordsError::Damaged { .. }))
        ));
        assert_eq!(scan.next().unwrap().unwrap().1, b"2");
    }
    plant(TABLE, b"a", &own);
    assert_eq!(records.get(TABLE, b"a").unwrap().unwrap(), b"1");
}

#[test]
fn a_scan_shows_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &key(1)).unwrap();
    put(&records, TABLE, b"a", b"1");
    put(&records, TABLE, b"b", b"2");
    let scan = records.scan(TABLE, ..).unwrap();
    let mut batch = Batch::new();
    batch.clear_table(TABLE);
    batch.put(TABLE, b"c".as_slice(), b"3".as_slice());
    records.commit(batch).unwrap();
    let backwards: Vec<_> = scan.rev().map(|entry| entry.unwrap().1).collect();
    assert_eq!(backwards, [b"2", b"1"]);
    assert_eq!(all(&records, TABLE), [(b"c".to_vec(), b"3".to_vec())]);
}

#[test]
fn nothing_readable_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (jid, text) = (b"romeo@montague.example", b"wherefore art thou");
    let key = key(1);
    let records = Records::open(folder.path(), &key).unwrap();
    for number in 0..100u64 {
        let name = [key.name_of("jid", jid).as_slice(), &number.to_be_bytes()].concat();
        put(&records, TABLE, &name, &text.repeat(20));
    }
    let mut batch = Batch::new();
    batch.clear_table(TABLE);
    records.commit(batch).unwrap();
    drop(records);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let holds = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
        assert!(
            holds(b"messages"),
            "the search finds what is there in clear"
        );
        for planted in [&jid[..6], &jid[6..], &text[..9], &text[9..], &[1; 16]] {
            assert!(!holds(planted), "{path:?} holds {planted:?}");
        }
        names.push(path.file_name().unwrap().to_owned());
    }
    assert_eq!(names, [FILE]);
}

#[cfg(unix)]
#[test]
fn folder_and_file_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a").join("b");
    let _records = Records::open(&folder, &key(1)).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(FILE)), 0o600);
}

#[derive(Clone, Debug)]
enum Step {
    Put(bool, Vec<u8>, Vec<u8>),
    Remove(bool, Vec<u8>),
    RemoveRange(bool, Bound<Vec<u8>>, Bound<Vec<u8>>),
    Clear(bool),
    Commit,
}

fn short() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(0u8), Just(7), Just(255)], 0..3)
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![
        Just(Bound::Unbounded),
        short().prop_map(Bound::Included),
        short().prop_map(Bound::Excluded),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), short(), short()).prop_map(|(a, b, c)| Step::Put(a, b, c)),
        2 => (any::<bool>(), short()).prop_map(|(a, b)| Step::Remove(a, b)),
        2 => (any::<bool>(), bound(), bound()).prop_map(|(a, b, c)| Step::RemoveRange(a, b, c)),
        1 => any::<bool>().prop_map(Step::Clear),
        3 => Just(Step::Commit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A map in memory and the records agree after every batch, in every range, from both ends.
    #[test]
    fn records_are_an_ordered_map(
        steps in prop::collection::vec(step(), 0..40),
        start in bound(),
        end in bound(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path(), &key(1)).unwrap();
        let mut model = BTreeMap::new();
        let mut batch = Batch::new();
        let table = |first| if first { TABLE } else { OTHER };
        for step in steps.into_iter().chain([Step::Commit]) {
            match step {
                Step::Put(first, key, value) => {
                    batch.put(table(first), key.clone(), value.clone());
                    model.insert((first, key), value);
                }
                Step::Remove(first, key) => {
                    batch.remove(table(first), key.clone());
                    model.remove(&(first, key));
                }
                Step::RemoveRange(first, start, end) => {
                    batch.remove_range(table(first), (start.clone(), end.clone()));
                    let range = (start, end);
                    model.retain(|(of, key), _| *of != first || !range.contains(key));
                }
                Step::Clear(first) => {
                    batch.clear_table(table(first));
                    model.retain(|(of, _), _| *of != first);
                }
                Step::Commit => {
                    records.commit(std::mem::take(&mut batch)).unwrap();
                    for first in [false, true] {
                        let range = (start.clone(), end.clone());
                        let expected: Vec<_> = model
                            .iter()
                            .filter(|((of, key), _)| *of == first && range.contains(key))
                            .map(|((_, key), value)| (key.clone(), value.clone()))
                            .collect();
                        let scan = || records.scan(table(first), range.clone()).unwrap();
                        let forwards: Vec<_> = scan().map(Result::unwrap).collect();
                        let mut backwards: Vec<_> = scan().rev().map(Result::unwrap).collect();
                        backwards.reverse();
                        prop_assert_eq!(&forwards, &expected);
                        prop_assert_eq!(&backwards, &expected);
                        for (key, value) in expected {
                            prop_assert_eq!(records.get(table(first), &key).unwrap(), Some(value));
                        }
                    }
                }
            }
        }
    }
}
