//! Searching all conversations.

use std::ops::Range;

use jid::BareJid;
use onym_client_protocol::search::{SearchQuery, highlights};
use onym_client_protocol::store::{MessageRecord, Place, Position, Store as _};
use onym_client_protocol::view_model::{
    DirectionView, LocalTime, SearchHitView, SearchView, one_line,
};
use onym_client_store::{ClientStore, StoreError};
use onym_identity::Timestamp;
use onym_view::Failure;

use super::Messenger;
use crate::time_zone::SystemZone;
use crate::window::presenter::keep_off_the_runtime;

/// How many messages are shown at once.
const PAGE_HITS: usize = 50;

/// How much of a message is shown before the first match, and in all, in characters.
const BEFORE_CHARS: usize = 30;
const EXCERPT_CHARS: usize = 140;

impl Messenger<'_> {
    pub(super) async fn search(&mut self, text: String) {
        let query = self.query(&text).await;
        if query.is_empty() {
            self.search = None;
            return;
        }
        let found = keep_off_the_runtime(|| page(&query, None, self.node.engine.store()));
        match found {
            Ok((hits, has_more)) => {
                self.search = Some(SearchView {
                    query: text,
                    hits,
                    has_more,
                    is_running: false,
                });
            }
            Err(error) => self.notices.failed(Failure::Messages, error),
        }
        self.name_hits().await;
    }

    pub(super) async fn search_more(&mut self) {
        let Some(search) = &self.search else { return };
        let Some(last) = search.hits.last() else {
            return;
        };
        let (text, jid, position) = (search.query.clone(), last.jid.clone(), last.position);
        let query = self.query(&text).await;
        let store = self.node.engine.store();
        let found = keep_off_the_runtime(|| {
            let place = BareJid::new(&jid)
                .ok()
                .map(|jid| store.messages(&jid, &[Position(position)]))
                .transpose()?
                .and_then(|mut messages| messages.pop())
                .map(|message| message.place());
            page(&query, place, store)
        });
        match (found, &mut self.search) {
            (Ok((hits, has_more)), Some(search)) => {
                search.hits.extend(hits);
                search.has_more = has_more;
            }
            (Err(error), _) => self.notices.failed(Failure::Messages, error),
            (Ok(_), None) => {}
        }
        self.name_hits().await;
    }

    /// What the user typed, with `in:` and the name of a contact understood.
    async fn query(&self, text: &str) -> SearchQuery {
        let names = self.names().await;
        let mut query = SearchQuery::parse(text, |name| {
            let name = name.to_lowercase();
            let found = names
                .iter()
                .find(|(jid, known)| jid.to_string() == name || known.to_lowercase() == name);
            let by_beginning = || {
                names
                    .iter()
                    .find(|(_, known)| known.to_lowercase().starts_with(&name))
            };
            found.or_else(by_beginning).map(|(jid, _)| jid.clone())
        });
        if let Some(with) = query.conversation.clone() {
            let home = self
                .node
                .engine
                .look(move |engine| engine.memory().home_of(&with));
            query.conversation = home.await.ok().or(query.conversation);
        }
        query
    }

    async fn names(&self) -> Vec<(BareJid, String)> {
        let names = self.node.engine.look(|engine| {
            engine
                .memory()
                .conversations
                .keys()
                .map(|jid| (jid.clone(), engine.name_of(jid)))
                .collect::<Vec<_>>()
        });
        names.await.unwrap_or_default()
    }

    async fn name_hits(&mut self) {
        let names = self.names().await;
        let Some(search) = &mut self.search else {
            return;
        };
        for hit in search.hits.iter_mut().filter(|hit| hit.name.is_empty()) {
            let known = names.iter().find(|(jid, _)| jid.as_str() == hit.jid);
            hit.name = known.map_or_else(|| hit.jid.clone(), |(_, name)| name.clone());
        }
    }
}

fn page(
    query: &SearchQuery,
    before: Option<Place>,
    store: &ClientStore,
) -> Result<(Vec<SearchHitView>, bool), StoreError> {
    let page = store.search(query, PAGE_HITS, before)?;
    let mut hits = Vec::with_capacity(page.hits.len());
    for hit in page.hits {
        let found = store.messages(&hit.conversation, &[hit.place.position])?;
        hits.extend(found.iter().map(|message| hit_view(message, query)));
    }
    Ok((hits, page.more))
}

fn hit_view(message: &MessageRecord, query: &SearchQuery) -> SearchHitView {
    let (excerpt, highlights) = excerpt(&message.text, query);
    SearchHitView {
        jid: message.conversation.to_string(),
        name: String::new(),
        position: message.position.0,
        direction: if message.is_incoming() {
            DirectionView::Incoming
        } else {
            DirectionView::Outgoing
        },
        local: LocalTime::new(placed(message), &SystemZone),
        excerpt,
        highlights,
    }
}

fn placed(message: &MessageRecord) -> Timestamp {
    message.time
}

/// A piece of the text around the first match, on one line, with the matches in it.
fn excerpt(text: &str, query: &SearchQuery) -> (String, Vec<Range<usize>>) {
    let first = highlights(text, query)
        .first()
        .map_or(0, |range| range.start);
    let before = text.get(..first).unwrap_or_default();
    let begin = before
        .char_indices()
        .rev()
        .nth(BEFORE_CHARS)
        .map_or(0, |(index, _)| index);
    let rest = text.get(begin..).unwrap_or_default();
    let cut: String = rest.chars().take(EXCERPT_CHARS).collect();
    let mut line = one_line(&cut);
    if begin > 0 {
        line.insert(0, '…');
    }
    let found = highlights(&line, query);
    (line, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excerpt_shows_the_first_match() {
        let query = SearchQuery::parse("tea ", |_| None);
        let text = format!(
            "{}\nthe Tea is ready {}",
            "word ".repeat(100),
            "x ".repeat(500)
        );
        let (line, marks) = excerpt(&text, &query);
        assert!(
            line.starts_with('…') && line.chars().count() < 200,
            "{line}"
        );
        assert_eq!(marks.len(), 1);
        assert_eq!(&line[marks[0].clone()], "Tea");
        let (line, marks) = excerpt("Tea", &query);
        assert_eq!(line, "Tea");
        assert_eq!(marks.as_slice(), std::slice::from_ref(&(0..3)));
    }
}
