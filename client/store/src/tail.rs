//! The words of the messages that the index does not hold yet, kept for the next search.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use onym_client_protocol::search::{self, SearchQuery, Term};
use onym_client_protocol::store::Place;
use onym_records::{Records, RecordsError};

use crate::kept::Message;
use crate::list::{self, ListId};
use crate::place::Posting;

/// The words of the tail, as far as a search has needed them.
#[derive(Debug, Default)]
pub(crate) struct TailWords {
    messages: BTreeMap<Posting, Vec<String>>,
}

impl TailWords {
    /// Forgets messages that have changed.
    pub(crate) fn forget(&mut self, stale: &[Place]) {
        if !self.messages.is_empty() && !stale.is_empty() {
            self.messages.retain(|it, _| !stale.contains(&it.place));
        }
    }

    /// The messages of the tail that have all words of a query, newest first. Whether the words
    /// stand in a row is not looked at.
    pub(crate) fn matching(
        &mut self,
        records: &Records,
        query: &SearchQuery,
        conversation: Option<u32>,
        at_most: Place,
    ) -> Result<Vec<Posting>, RecordsError> {
        let mut found = Vec::new();
        for posting in list::read_all::<Posting>(records, ListId::Tail)?
            .into_iter()
            .rev()
        {
            let is_asked = conversation.is_none_or(|number| number == posting.conversation);
            if !is_asked || posting.place > at_most {
                continue;
            }
            let words = self.words_of(records, posting)?;
            if query.terms.iter().all(|term| has_words(words, term)) {
                found.push(posting);
            }
        }
        Ok(found)
    }

    fn words_of(&mut self, records: &Records, posting: Posting) -> Result<&[String], RecordsError> {
        match self.messages.entry(posting) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let (conversation, position) = (posting.conversation, posting.place.position);
                let text = Message::read_text(records, conversation, position)?;
                Ok(unknown.insert(search::words(&text.unwrap_or_default())))
            }
        }
    }
}

/// Whether a message with these words, which are sorted, has all words of a term.
fn has_words(words: &[String], term: &Term) -> bool {
    let at = |word: &String| words.get(words.partition_point(|other| other < word));
    let Some((last, others)) = term.words.split_last() else {
        return true;
    };
    let has_last = if term.last_is_prefix {
        at(last).is_some_and(|word| word.starts_with(last.as_str()))
    } else {
        at(last) == Some(last)
    };
    has_last && others.iter().all(|word| at(word) == Some(word))
}
