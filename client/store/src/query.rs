//! Which messages of the index match a query, newest first.
//!
//! Each word of the query has a sorted list of messages. The lists are walked downwards in step:
//! every one is asked for the message that the others have reached or the newest one before it, so
//! that a rare word passes over most blocks of a common one, and the walk ends when the page is
//! full.
//!
//! An unfinished word stands for all words that begin like it, and their lists are walked as one.
//! When there are very many of them, most messages have one, and opening all lists costs more than
//! reading some messages; so the newest messages are read first, as long as that finds enough, and
//! the lists are opened when it does not.

mod union;

use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::Place;
use onym_records::RecordsError;

use crate::dictionary::{Dictionary, EVERY_MESSAGE, WordNumber};
use crate::draft::Read;
use crate::limits::Limits;
use crate::list::{ListId, Walk};
use crate::place::{self, Posting};
use crate::postings::{self, WordWalk};

use union::Union;

/// Every message that was found by reading lets more be read: the first reads times this many hits
/// make as many again. Where a page is nearly full, reading on is cheaper than opening the lists.
/// In all, reading takes at most about as long as opening them.
const HITS_TO_READ_AGAIN: usize = 16;

/// The messages of the index that may match a query, newest first.
#[derive(Debug)]
pub(crate) struct Candidates {
    lists: Vec<List>,
    /// Words that the lists do not look at yet.
    deferred: Vec<Vec<WordNumber>>,
    /// How many candidates may still be read before the deferred words are opened.
    reads_left: usize,
    /// How many more when one of them is found to match.
    reads_per_hit: usize,
    limits: Limits,
    /// The next candidate is this one or one before it; nothing at the end.
    at_most: Option<Posting>,
}

/// A list that every candidate is in.
#[derive(Debug)]
enum List {
    Word(WordWalk),
    Union(Union),
    Timeline(Walk<Place>, u32),
}

impl Candidates {
    /// `conversation` is the number of the one that the query names, if it names one.
    pub(crate) fn new(
        from: &impl Read,
        dictionary: Option<&Dictionary>,
        query: &SearchQuery,
        conversation: Option<u32>,
        at_most: Place,
        limits: Limits,
    ) -> Result<Self, RecordsError> {
        let mut candidates = Self {
            lists: Vec::new(),
            deferred: Vec::new(),
            reads_left: 0,
            reads_per_hit: 0,
            limits,
            at_most: Some(Posting::last_at(at_most)),
        };
        for term in &query.terms {
            let Some((last, others)) = term.words.split_last() else {
                continue;
            };
            for word in others {
                candidates.add_word(from, dictionary, word)?;
            }
            if term.last_is_prefix {
                candidates.add_prefix(from, dictionary, last)?;
            } else {
                candidates.add_word(from, dictionary, last)?;
            }
        }
        if let Some(number) = conversation {
            let walk = Walk::new(from, ListId::Timeline(number))?;
            candidates.lists.push(List::Timeline(walk, number));
        }
        // A timeline holds the messages of the tail too; this keeps to those of the index.
        let only_timeline = matches!(candidates.lists.as_slice(), [] | [List::Timeline(..)]);
        if only_timeline {
            candidates.add_words(from, vec![EVERY_MESSAGE])?;
        }
        candidates.lists.sort_by_key(List::estimate);
        Ok(candidates)
    }

    fn add_word(
        &mut self,
        from: &impl Read,
        dictionary: Option<&Dictionary>,
        word: &str,
    ) -> Result<(), RecordsError> {
        let number = dictionary.and_then(|dictionary| dictionary.get(word));
        self.add_words(from, number.into_iter().collect())
    }

    fn add_prefix(
        &mut self,
        from: &impl Read,
        dictionary: Option<&Dictionary>,
        prefix: &str,
    ) -> Result<(), RecordsError> {
        let words = dictionary.map(|dictionary| dictionary.with_prefix(prefix));
        let words = words.unwrap_or_default();
        if words.len() <= self.limits.open {
            return self.add_words(from, words);
        }
        let reads = words.len() / self.limits.words_per_read;
        self.reads_left = self.reads_left.saturating_add(reads);
        let per_hit = reads / HITS_TO_READ_AGAIN;
        self.reads_per_hit = self.reads_per_hit.saturating_add(per_hit);
        self.deferred.push(words);
        Ok(())
    }

    /// Every candidate has one of these words.
    fn add_words(&mut self, from: &impl Read, words: Vec<WordNumber>) -> Result<(), RecordsError> {
        let mut walks = postings::open(from, words)?;
        match (walks.pop(), walks.is_empty()) {
            (None, _) => self.at_most = None,
            (Some(only), true) => self.lists.push(List::Word(only)),
            (Some(last), false) => {
                walks.push(last);
                self.lists.push(List::Union(Union::new(walks)));
            }
        }
        Ok(())
    }

    /// Whether the candidates are those that have all words, each for itself. Otherwise their
    /// texts have to be looked at.
    pub(crate) fn is_exact(&self) -> bool {
        self.deferred.is_empty()
    }

    /// The next candidate.
    pub(crate) fn next(&mut self, from: &impl Read) -> Result<Option<Posting>, RecordsError> {
        if !self.deferred.is_empty() {
            match self.reads_left.checked_sub(1) {
                Some(left) => self.reads_left = left,
                None => self.open_deferred(from)?,
            }
        }
        let Some(at_most) = self.at_most else {
            return Ok(None);
        };
        let found = self.seek(from, at_most)?;
        self.at_most = found.and_then(Posting::before);
        Ok(found)
    }

    /// Notes that a candidate whose text had to be looked at matches.
    pub(crate) fn note_hit(&mut self) {
        self.reads_left = self.reads_left.saturating_add(self.reads_per_hit);
    }

    fn open_deferred(&mut self, from: &impl Read) -> Result<(), RecordsError> {
        for words in std::mem::take(&mut self.deferred) {
            self.add_words(from, words)?;
        }
        self.lists.sort_by_key(List::estimate);
        Ok(())
    }

    /// The newest message that all lists have, `at_most` or one before it.
    fn seek(
        &mut self,
        from: &impl Read,
        mut at_most: Posting,
    ) -> Result<Option<Posting>, RecordsError> {
        loop {
            let mut highest = None;
            for list in &mut self.lists {
                let Some(posting) = list.seek(from, at_most)? else {
                    return Ok(None);
                };
                at_most = posting;
                highest.get_or_insert(posting);
            }
            // The first list has the highest; if the last one stands there too, all do.
            if highest.is_none_or(|highest| highest == at_most) {
                return Ok(highest);
            }
        }
    }
}

impl List {
    fn seek(
        &mut self,
        from: &impl Read,
        at_most: Posting,
    ) -> Result<Option<Posting>, RecordsError> {
        match self {
            Self::Word(walk) => walk.seek(from, at_most),
            Self::Union(union) => union.seek(from, at_most),
            Self::Timeline(walk, conversation) => {
                let conversation = *conversation;
                let at_most = if conversation <= at_most.conversation {
                    Some(at_most.place)
                } else {
                    place::before(at_most.place)
                };
                let place = at_most.map(|it| walk.seek(from, it)).transpose()?;
                Ok(place.flatten().map(|place| Posting {
                    place,
                    conversation,
                }))
            }
        }
    }

    fn estimate(&self) -> usize {
        match self {
            Self::Word(walk) => walk.estimate(),
            Self::Union(union) => union.estimate(),
            Self::Timeline(walk, _) => walk.estimate(),
        }
    }
}
