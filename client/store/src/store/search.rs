//! Searching.

use jid::BareJid;
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{Hit, Place, SearchPage};
use onym_records::RecordsError;

use super::ClientStore;
use crate::dictionary::Dictionary;
use crate::kept::Message;
use crate::place::{self, Posting};
use crate::query::Candidates;
use crate::state::State;

impl ClientStore {
    pub(super) fn find_matches(
        &self,
        query: &SearchQuery,
        limit: usize,
        before: Option<Place>,
    ) -> Result<SearchPage, RecordsError> {
        if query.is_empty() {
            return Ok(SearchPage::default());
        }
        if !query.terms.is_empty() {
            self.load_dictionary()?;
        }
        let state = self.state();
        let Some(at_most) = before.map_or(Some(place::LAST), place::before) else {
            return Ok(SearchPage::default());
        };
        let conversation = match &query.conversation {
            None => None,
            Some(jid) => match state.number_of(jid) {
                None => return Ok(SearchPage::default()),
                number => number,
            },
        };
        let mut search = Search {
            store: self,
            state: &state,
            query,
            page: SearchPage::default(),
            limit,
        };
        search.run(conversation, at_most)?;
        Ok(search.page)
    }

    /// The first search reads all words.
    fn load_dictionary(&self) -> Result<(), RecordsError> {
        if self.state().dictionary.is_some() {
            return Ok(());
        }
        // No commit may come between reading the words and keeping them.
        let _changing = self.changing();
        let dictionary = Dictionary::load(&self.0.records)?;
        self.state_mut().dictionary.get_or_insert(dictionary);
        Ok(())
    }
}

struct Search<'a> {
    store: &'a ClientStore,
    state: &'a State,
    query: &'a SearchQuery,
    page: SearchPage,
    limit: usize,
}

impl Search<'_> {
    /// Takes the newest of what the tail and the index have until the page is full.
    fn run(&mut self, conversation: Option<u32>, at_most: Place) -> Result<(), RecordsError> {
        let records = &self.store.0.records;
        let tail = {
            let mut words = self.store.tail_words();
            words.matching(records, self.query, conversation, at_most)?
        };
        let mut tail = tail.into_iter().peekable();
        let (dictionary, limits) = (self.state.dictionary.as_ref(), self.store.0.limits);
        let mut candidates = Candidates::new(
            records,
            dictionary,
            self.query,
            conversation,
            at_most,
            limits,
        )?;
        while !self.page.more {
            let is_exact = candidates.is_exact();
            let Some(posting) = candidates.next(records)? else {
                break;
            };
            while let Some(newer) = tail.next_if(|newer| *newer > posting) {
                self.consider(newer, true)?;
            }
            if self.consider(posting, is_exact)? {
                candidates.note_hit();
            }
        }
        for posting in tail {
            self.consider(posting, true)?;
        }
        Ok(())
    }

    /// Adds a message if it matches. `has_words` says whether it is known to have all words.
    /// Returns whether it does.
    fn consider(&mut self, posting: Posting, has_words: bool) -> Result<bool, RecordsError> {
        // Messages of a conversation that was removed are still being swept away.
        let Some(jid) = self.state.owner_of(posting.conversation) else {
            return Ok(false);
        };
        if self.page.more {
            return Ok(false);
        }
        if !self.matches(jid, posting, has_words)? {
            return Ok(false);
        }
        if self.page.hits.len() < self.limit {
            self.page.hits.push(Hit {
                conversation: jid.clone(),
                place: posting.place,
            });
        } else {
            self.page.more = true;
        }
        Ok(true)
    }

    /// Looks at the message itself, as far as its lists have not said all.
    fn matches(
        &self,
        jid: &BareJid,
        posting: Posting,
        has_words: bool,
    ) -> Result<bool, RecordsError> {
        let (conversation, position) = (posting.conversation, posting.place.position);
        if self.query.from_us.is_some() {
            let message = self.store.read_message(jid, conversation, position)?;
            return Ok(message.is_some_and(|message| self.query.matches(&message)));
        }
        let in_rows = self.query.terms.iter().any(|term| term.words.len() > 1);
        if has_words && !in_rows {
            return Ok(true);
        }
        let text = Message::read_text(&self.store.0.records, conversation, position)?;
        Ok(text.is_some_and(|text| self.query.matches_text(&text)))
    }
}
