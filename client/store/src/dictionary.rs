//! The words of all messages and their numbers.
//!
//! On the disk: records of [`WORDS_PER_RECORD`] words each, in the order of their numbers, with gaps
//! where a word is gone. In memory, from the first search on: one text with all words in their
//! order, so that the words that begin alike stand together, and beside it the few that came or
//! went since.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use onym_records::{Records, RecordsError, Table};

use crate::draft::{Draft, Read};
use crate::varint;

/// The records.
pub(crate) const DICTIONARY: Table = Table::new("dictionary");

/// How many words stand in one record. A new word rewrites one record: about 2 kB.
const WORDS_PER_RECORD: u32 = 256;

/// The longest word that is kept, in bytes: far more than the tokenizer makes.
const MAX_WORD_BYTES: usize = 4_096;

/// The form of a record.
const VERSION: u8 = 1;

/// The number of a word. Number 0 belongs to no word: its list holds every message.
pub(crate) type WordNumber = u32;

/// The pseudo-word that every message has.
pub(crate) const EVERY_MESSAGE: WordNumber = 0;

/// The words in memory.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    /// All words that were there when the table was made, one behind the other in their order.
    text: String,
    /// For each of them where it begins in the text, and its number.
    table: Vec<(u32, WordNumber)>,
    /// Words that came since (with their number), or went since (with none).
    later: BTreeMap<String, Option<WordNumber>>,
    /// Numbers that no word has, below `next`.
    free: BTreeSet<WordNumber>,
    /// The first number that was never given away.
    next: WordNumber,
}

/// How many words may stand beside the table before it is made anew.
const MAX_LATER: usize = 16_384;

impl Dictionary {
    /// Reads all words.
    pub(crate) fn load(records: &Records) -> Result<Self, RecordsError> {
        let mut unsorted = String::new();
        let mut found = Vec::new();
        let mut dictionary = Self {
            next: 1,
            ..Self::default()
        };
        for entry in records.scan(DICTIONARY, ..)? {
            let (key, value) = entry?;
            let first = record_number(&key).and_then(|it| it.checked_mul(WORDS_PER_RECORD));
            let first = first.ok_or(RecordsError::damaged(DICTIONARY))?;
            for_each_word(&value, |slot, word| {
                let number = first.saturating_add(slot);
                dictionary.reach(number);
                found.push(Unsorted {
                    head: head(word),
                    start: u32_of(unsorted.len()),
                    length: u32_of(word.len()),
                    number,
                });
                unsorted.push_str(word);
            })
            .ok_or(RecordsError::damaged(DICTIONARY))?;
        }
        dictionary.fill_table(&unsorted, found);
        Ok(dictionary)
    }

    /// Notes that a number has a word; those between it and the highest one so far have none.
    fn reach(&mut self, number: WordNumber) {
        self.free.extend(self.next..number);
        self.next = self.next.max(number.saturating_add(1));
        self.free.remove(&number);
    }

    fn fill_table(&mut self, unsorted: &str, mut found: Vec<Unsorted>) {
        found.sort_unstable_by(|one, other| {
            let by_head = one.head.cmp(&other.head);
            by_head.then_with(|| one.word(unsorted).cmp(other.word(unsorted)))
        });
        self.text = String::with_capacity(unsorted.len());
        self.table = Vec::with_capacity(found.len());
        for word in found {
            self.table.push((u32_of(self.text.len()), word.number));
            self.text.push_str(word.word(unsorted));
        }
    }

    /// The number of a word.
    pub(crate) fn get(&self, word: &str) -> Option<WordNumber> {
        if let Some(later) = self.later.get(word) {
            return *later;
        }
        let index = self.lower_bound(word);
        let (_, number) = self.table.get(index)?;
        (self.word_at(index) == word).then_some(*number)
    }

    /// The numbers of the words that begin with a prefix, in no order.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Vec<WordNumber> {
        let first = self.lower_bound(prefix);
        let rest = self.table.len().saturating_sub(first);
        let mut numbers = Vec::new();
        for index in (first..).take(rest) {
            let word = self.word_at(index);
            if !word.starts_with(prefix) {
                break;
            }
            if let Some((_, number)) = self.table.get(index)
                && !self.later.contains_key(word)
            {
                numbers.push(*number);
            }
        }
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let later = self.later.range::<str, _>(from);
        let later = later.take_while(|(word, _)| word.starts_with(prefix));
        numbers.extend(later.filter_map(|(_, number)| *number));
        numbers
    }

    /// Makes a change that was written with [`Changes::write`].
    pub(crate) fn apply(&mut self, changes: Changes) {
        for (word, change) in changes.words {
            match change {
                Change::Added(number) => {
                    self.reach(number);
                    self.later.insert(word, Some(number));
                }
                Change::Removed(number) => {
                    self.free.insert(number);
                    self.later.insert(word, None);
                }
            }
        }
        if self.later.len() > MAX_LATER {
            self.rebuild();
        }
    }

    #[cfg(test)]
    fn words(&self) -> BTreeMap<String, WordNumber> {
        let mut words: BTreeMap<String, WordNumber> = self
            .table
            .iter()
            .enumerate()
            .map(|(index, (_, number))| (self.word_at(index).to_owned(), *number))
            .collect();
        for (word, number) in &self.later {
            match number {
                Some(number) => words.insert(word.clone(), *number),
                None => words.remove(word),
            };
        }
        words
    }

    /// Puts what stands beside the table into it.
    fn rebuild(&mut self) {
        let mut text = String::with_capacity(self.text.len());
        let mut table = Vec::with_capacity(self.table.len());
        let later = std::mem::take(&mut self.later);
        let mut later = later.into_iter().peekable();
        let mut push = |word: &str, number: WordNumber| {
            table.push((u32_of(text.len()), number));
            text.push_str(word);
        };
        for (index, (_, number)) in self.table.iter().enumerate() {
            let word = self.word_at(index);
            while let Some((new, added)) = later.next_if(|(new, _)| new.as_str() < word) {
                if let Some(added) = added {
                    push(&new, added);
                }
            }
            match later.next_if(|(new, _)| new == word) {
                None => push(word, *number),
                Some((_, Some(added))) => push(word, added),
                Some((_, None)) => {}
            }
        }
        for (word, number) in later {
            if let Some(number) = number {
                push(&word, number);
            }
        }
        self.text = text;
        self.table = table;
    }

    /// The index of the first word of the table that is not before `word`.
    fn lower_bound(&self, word: &str) -> usize {
        let (mut low, mut high) = (0, self.table.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.word_at(middle) < word {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        low
    }

    fn word_at(&self, index: usize) -> &str {
        let start = self.table.get(index).map_or(0, |(start, _)| *start);
        let end = self.table.get(index.saturating_add(1));
        let end = end.map_or(u32_of(self.text.len()), |(end, _)| *end);
        slice(&self.text, start, end)
    }
}

/// A word while the table is made.
struct Unsorted {
    /// Its first eight bytes. Most words differ in them, and numbers compare faster than texts.
    head: u64,
    start: u32,
    length: u32,
    number: WordNumber,
}

impl Unsorted {
    fn word<'a>(&self, text: &'a str) -> &'a str {
        slice(text, self.start, self.start.saturating_add(self.length))
    }
}

/// Words that come and go in one commit.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    words: BTreeMap<String, Change>,
    /// The last number that a word was given here.
    last_given: Option<WordNumber>,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Added(WordNumber),
    Removed(WordNumber),
}

impl Changes {
    /// The number of a word, which gets one if it has none.
    pub(crate) fn number_of(&mut self, dictionary: &Dictionary, word: &str) -> WordNumber {
        if let Some(Change::Added(number)) = self.words.get(word) {
            return *number;
        }
        if let Some(number) = dictionary.get(word) {
            return number;
        }
        let number = self.unused(dictionary);
        self.last_given = Some(number);
        self.words.insert(word.to_owned(), Change::Added(number));
        number
    }

    /// Notes that no message has a word any more.
    pub(crate) fn remove(&mut self, word: &str, number: WordNumber) {
        self.words.insert(word.to_owned(), Change::Removed(number));
    }

    /// A number that no word has: one that a word had before, else a new one.
    fn unused(&self, dictionary: &Dictionary) -> WordNumber {
        let from = self.last_given.map_or(0, |last| last.saturating_add(1));
        let free = dictionary.free.range(from..).next().copied();
        free.unwrap_or(from.max(dictionary.next))
    }

    /// Rewrites the records that the words stand in.
    pub(crate) fn write(&self, draft: &mut Draft<'_>) -> Result<(), RecordsError> {
        let mut by_record: BTreeMap<u32, Vec<(WordNumber, &str)>> = BTreeMap::new();
        for (word, change) in &self.words {
            let (number, word) = match change {
                Change::Added(number) => (*number, word.as_str()),
                Change::Removed(number) => (*number, ""),
            };
            let record = number / WORDS_PER_RECORD;
            by_record.entry(record).or_default().push((number, word));
        }
        for (record, changed) in by_record {
            let key = record.to_be_bytes().to_vec();
            let mut words = match draft.get(DICTIONARY, &key)? {
                Some(bytes) => decode(&bytes).ok_or(RecordsError::damaged(DICTIONARY))?,
                None => Vec::new(),
            };
            for (number, word) in changed {
                let at = usize::try_from(number % WORDS_PER_RECORD).unwrap_or(0);
                if words.len() <= at {
                    words.resize(at.saturating_add(1), String::new());
                }
                if let Some(slot) = words.get_mut(at) {
                    word.clone_into(slot);
                }
            }
            if words.iter().all(String::is_empty) {
                draft.remove(DICTIONARY, key);
            } else {
                draft.put(DICTIONARY, key, encode(&words));
            }
        }
        Ok(())
    }
}

fn encode(words: &[String]) -> Vec<u8> {
    let mut out = vec![VERSION];
    for word in words {
        varint::put(&mut out, u64::try_from(word.len()).unwrap_or(u64::MAX));
        out.extend(word.as_bytes());
    }
    out
}

/// The words of a record; an empty one is a gap. Nothing when the bytes are damaged.
fn decode(bytes: &[u8]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for_each_word(bytes, |slot, word| {
        let slot = usize::try_from(slot).unwrap_or(0);
        words.resize(slot.saturating_add(1), String::new());
        if let Some(here) = words.get_mut(slot) {
            word.clone_into(here);
        }
    })?;
    Some(words)
}

/// Visits the words of a record with their places in it, without the gaps. Nothing when the bytes
/// are damaged.
fn for_each_word(bytes: &[u8], mut visit: impl FnMut(u32, &str)) -> Option<()> {
    let (version, mut input) = bytes.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut slot = 0;
    while !input.is_empty() {
        let length = usize::try_from(varint::take(&mut input)?).ok()?;
        if length > MAX_WORD_BYTES || slot >= WORDS_PER_RECORD {
            return None;
        }
        let (word, rest) = input.split_at_checked(length)?;
        if !word.is_empty() {
            visit(slot, std::str::from_utf8(word).ok()?);
        }
        input = rest;
        slot += 1;
    }
    Some(())
}

fn record_number(key: &[u8]) -> Option<u32> {
    key.try_into().ok().map(u32::from_be_bytes)
}

/// The first eight bytes as a number that sorts like the text.
fn head(word: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(word.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    let at = |it: u32| usize::try_from(it).unwrap_or(usize::MAX);
    text.get(at(start)..at(end)).unwrap_or_default()
}

/// Lengths here are far below four billion: a text of four gigabytes of words is none.
fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
