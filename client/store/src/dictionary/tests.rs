use onym_records::RecordsKey;
use proptest::prelude::*;

use super::*;

fn records() -> (tempfile::TempDir, Records) {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path(), &RecordsKey::from_bytes(&[7; 32])).unwrap();
    (folder, records)
}

fn commit(records: &Records, dictionary: &mut Dictionary, changes: Changes) {
    let mut draft = Draft::new(records);
    changes.write(&mut draft).unwrap();
    records.commit(draft.into_batch()).unwrap();
    dictionary.apply(changes);
}

fn add(records: &Records, dictionary: &mut Dictionary, words: &[String]) {
    let mut changes = Changes::default();
    for word in words {
        changes.number_of(dictionary, word);
    }
    commit(records, dictionary, changes);
}

fn remove(records: &Records, dictionary: &mut Dictionary, words: &[String]) {
    let mut changes = Changes::default();
    for word in words {
        if let Some(number) = dictionary.get(word) {
            changes.remove(word, number);
        }
    }
    commit(records, dictionary, changes);
}

/// Looks at a dictionary in every way.
fn check(dictionary: &Dictionary, expected: &BTreeSet<String>) {
    let words = dictionary.words();
    assert!(words.keys().eq(expected));
    let numbers: BTreeSet<WordNumber> = words.values().copied().collect();
    assert_eq!(numbers.len(), expected.len(), "a number has two words");
    assert!(!numbers.contains(&EVERY_MESSAGE));
    for (word, number) in &words {
        assert_eq!(dictionary.get(word), Some(*number));
        for (end, _) in word.char_indices() {
            let prefix = &word[..end];
            let found: BTreeSet<WordNumber> = dictionary.with_prefix(prefix).into_iter().collect();
            let with = words.iter().filter(|(word, _)| word.starts_with(prefix));
            assert_eq!(found, with.map(|(_, number)| *number).collect());
        }
    }
    assert_eq!(dictionary.get("nothing like it"), None);
    assert!(dictionary.with_prefix("nothing").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn words_come_and_go(
        rounds in prop::collection::vec(
            (prop::collection::vec("[ab日é]{1,4}", 1..60), prop::bool::weighted(0.7), any::<bool>()),
            1..8)
    ) {
        let (_folder, records) = records();
        let mut dictionary = Dictionary::load(&records).unwrap();
        let mut expected = BTreeSet::new();
        for (words, adds, reloads) in rounds {
            if adds {
                add(&records, &mut dictionary, &words);
                expected.extend(words);
            } else {
                remove(&records, &mut dictionary, &words);
                words.iter().for_each(|word| { expected.remove(word); });
            }
            check(&dictionary, &expected);
            let loaded = Dictionary::load(&records).unwrap();
            prop_assert_eq!(loaded.words(), dictionary.words());
            if reloads {
                dictionary = loaded;
            } else {
                dictionary.rebuild();
                prop_assert!(dictionary.later.is_empty());
            }
            check(&dictionary, &expected);
        }
    }

    #[test]
    fn damaged_records_are_refused_or_harmless(bytes: Vec<u8>) {
        let words = decode(&bytes);
        prop_assert!(words.is_none_or(|words| words.len() <= 256));
    }
}

#[test]
fn the_number_of_a_word_that_is_gone_is_used_again() {
    let (_folder, records) = records();
    let mut dictionary = Dictionary::load(&records).unwrap();
    let words: Vec<String> = (0..600).map(|number| format!("word{number}")).collect();
    add(&records, &mut dictionary, &words);
    remove(&records, &mut dictionary, &words[100..400]);
    for mut dictionary in [Dictionary::load(&records).unwrap(), dictionary] {
        let new: Vec<String> = (0..400).map(|number| format!("new{number}")).collect();
        let mut changes = Changes::default();
        let mut numbers: Vec<WordNumber> = new
            .iter()
            .map(|word| changes.number_of(&dictionary, word))
            .collect();
        let mut expected: Vec<WordNumber> = (101..401).chain(601..701).collect();
        numbers.sort_unstable();
        expected.sort_unstable();
        assert_eq!(numbers, expected);
        dictionary.apply(changes);
        assert_eq!(dictionary.get("new7"), Some(108));
        assert_eq!(dictionary.get("word100"), None);
    }
}

#[test]
fn a_dictionary_without_words_leaves_no_record() {
    let (_folder, records) = records();
    let mut dictionary = Dictionary::load(&records).unwrap();
    let words: Vec<String> = (0..600).map(|number| format!("word{number}")).collect();
    add(&records, &mut dictionary, &words);
    remove(&records, &mut dictionary, &words);
    assert_eq!(records.scan(DICTIONARY, ..).unwrap().count(), 0);
}
