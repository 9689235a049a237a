//! The full-text index: which messages have which words.
//!
//! A new message is only noted, in the *tail*; what a commit costs does not depend on how many
//! words it has. When the tail is [`merge_at`](crate::limits::Limits) long, its words go to the lists in one commit, so
//! that a list to which many of the messages belong is written once for all of them. A search reads
//! the messages of the tail themselves.

use std::collections::BTreeMap;

use onym_client_protocol::search;
use onym_records::RecordsError;

use crate::dictionary::{Changes, Dictionary, EVERY_MESSAGE, WordNumber};
use crate::draft::Draft;
use crate::list::Edits;
use crate::place::Posting;
use crate::postings;

/// The version of what the index holds: the tokenizer's words, the tables. When it is raised, the
/// index is made anew at the next start.
pub(crate) const VERSION: u8 = 1;

/// Words that messages of the index get or lose in one commit.
#[derive(Debug, Default)]
pub(crate) struct IndexEdits {
    words: BTreeMap<String, BTreeMap<Posting, bool>>,
    messages: BTreeMap<Posting, bool>,
}

impl IndexEdits {
    /// The index gets a message.
    pub(crate) fn add(&mut self, posting: Posting, text: &str) {
        self.messages.insert(posting, true);
        self.note(posting, search::words(text), true);
    }

    /// The index loses a message.
    pub(crate) fn remove(&mut self, posting: Posting, text: &str) {
        self.messages.insert(posting, false);
        self.note(posting, search::words(text), false);
    }

    /// A message of the index has another text.
    pub(crate) fn change(&mut self, posting: Posting, old: &str, new: &str) {
        self.note(posting, search::words(old), false);
        self.note(posting, search::words(new), true);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.messages.is_empty()
    }

    fn note(&mut self, posting: Posting, words: Vec<String>, has: bool) {
        for word in words {
            self.words.entry(word).or_default().insert(posting, has);
        }
    }

    /// Writes the lists and the words. The dictionary learns what is returned once it is on disk.
    pub(crate) fn write(
        self,
        draft: &mut Draft<'_>,
        dictionary: &Dictionary,
    ) -> Result<Changes, RecordsError> {
        let mut changes = Changes::default();
        let mut texts: BTreeMap<WordNumber, String> = BTreeMap::new();
        let mut edits: BTreeMap<WordNumber, Edits<Posting>> = BTreeMap::new();
        for (word, postings) in self.words {
            let is_new = postings.values().any(|has| *has);
            let number = if is_new {
                Some(changes.number_of(dictionary, &word))
            } else {
                dictionary.get(&word)
            };
            if let Some(number) = number {
                edits.insert(number, postings.into());
                texts.insert(number, word);
            }
        }
        edits.insert(EVERY_MESSAGE, self.messages.into());
        for emptied in postings::edit(draft, &edits)? {
            if let Some(word) = texts.get(&emptied) {
                changes.remove(word, emptied);
            }
        }
        changes.write(draft)?;
        Ok(changes)
    }
}
