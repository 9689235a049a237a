//! What every store has to keep, as one suite that each implementation runs in its tests.

mod invites;
mod moving;
mod people;
mod protection;

use std::fmt::Debug;

use self::people::{People, applied, incoming, outgoing, put, written_at};
use super::{
    Change, Lookup, MessageRecord, Place, Position, ReactionSet, RemoteId, SearchPage, Snapshot,
    Store, Timeline,
};
use crate::delivery::Delivery;
use crate::search::SearchQuery;

/// A rule that a store broke.
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    /// The store answered with something else than the rule says.
    #[error("{rule}: expected {expected}, got {got}")]
    Wrong {
        /// The rule.
        rule: &'static str,
        /// What the rule says.
        expected: String,
        /// What the store answered.
        got: String,
    },
    /// The store did not answer.
    #[error("{rule}: the store failed: {error}")]
    StoreFailed {
        /// The rule.
        rule: &'static str,
        /// The store's error.
        error: String,
    },
    /// The suite itself is at fault.
    #[error("the suite uses an address that is none: {0}")]
    BadAddress(#[from] jid::Error),
}

/// Holds a store to its contract. `fresh` makes an empty store, `reopen` closes it and opens it
/// again with what it kept.
pub fn check<S: Store + Lookup>(
    mut fresh: impl FnMut() -> S,
    mut reopen: impl FnMut(S) -> S,
) -> Result<(), Violation> {
    let people = People::new()?;
    an_empty_store_is_an_empty_snapshot(&fresh(), &people)?;
    everything_survives(fresh(), &mut reopen, &people)?;
    repetition_changes_nothing(fresh(), &mut reopen, &people)?;
    a_replaced_message_is_the_new_one(fresh(), &mut reopen, &people)?;
    the_timeline_is_in_order(fresh(), &mut reopen, &people)?;
    messages_are_found_by_their_names(fresh(), &mut reopen, &people)?;
    removed_things_are_gone(fresh(), &mut reopen, &people)?;
    a_removed_conversation_leaves_nothing(fresh(), &mut reopen, &people)?;
    positions_are_never_given_again(fresh(), &mut reopen, &people)?;
    sessions_are_of_one_device_and_dialect(fresh(), &mut reopen, &people)?;
    moving::a_moved_message_is_there_once(fresh(), &mut reopen, &people)?;
    search_finds_what_matches(fresh(), &mut reopen, &people)
}

fn sessions_are_of_one_device_and_dialect<S: Store + Lookup>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "a session belongs to one device in one dialect";
    let sessions = protection::sessions(&people.bob);
    for (number, record) in sessions.iter().enumerate() {
        let put = Change::PutSession(Box::new(record.clone()));
        ask(RULE, store.commit(&[put]))?;
        for later in sessions.iter().skip(number + 1) {
            let (device, dialect) = (later.device, later.session.dialect());
            let found = ask(RULE, store.session(&people.bob, device, dialect))?;
            equal(RULE, &None, &found)?;
        }
    }
    let store = reopen(store);
    for record in &sessions {
        let (device, dialect) = (record.device, record.session.dialect());
        let found = ask(RULE, store.session(&people.bob, device, dialect))?;
        equal(RULE, &Some(record.session.clone()), &found)?;
        let strangers = ask(RULE, store.session(&people.carol, device, dialect))?;
        equal(RULE, &None, &strangers)?;
    }
    // What comes after it in one commit is kept.
    let again = sessions.first().cloned().map(Box::new);
    let kept = again.clone().map(|record| record.session);
    let put = again.map(Change::PutSession).into_iter();
    let changes: Vec<Change> = [Change::ForgetSessions].into_iter().chain(put).collect();
    ask(RULE, store.commit(&changes))?;
    let store = reopen(store);
    for (number, record) in sessions.iter().enumerate() {
        let (device, dialect) = (record.device, record.session.dialect());
        let found = ask(RULE, store.session(&people.bob, device, dialect))?;
        equal(RULE, &kept.clone().filter(|_| number == 0), &found)?;
    }
    Ok(())
}

fn an_empty_store_is_an_empty_snapshot<S: Store + Lookup>(
    store: &S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "an empty store knows nothing";
    equal(RULE, &Snapshot::default(), &ask(RULE, store.load())?)?;
    equal(
        RULE,
        &Timeline::default(),
        &ask(RULE, store.timeline(&people.bob))?,
    )?;
    let query = SearchQuery::parse("text", |_| None);
    equal(
        RULE,
        &SearchPage::default(),
        &ask(RULE, store.search(&query, 10, None))?,
    )?;
    equal(RULE, &None, &ask(RULE, store.avatar("00"))?)?;
    let id = RemoteId::Ours("id-0".to_owned());
    equal(RULE, &None, &ask(RULE, store.find(&people.bob, &id))?)
}

fn everything_survives<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "what is committed is loaded again";
    let changes = people.changes();
    ask(RULE, store.commit(&changes))?;
    let expected = applied(&changes);
    equal(RULE, &expected, &ask(RULE, store.load())?)?;
    let store = reopen(store);
    equal(RULE, &expected, &ask(RULE, store.load())?)?;
    let messages = [Position(4), Position(0), Position(1)];
    let expected = people.messages_with_bob();
    equal(
        RULE,
        &expected,
        &ask(RULE, store.messages(&people.bob, &messages))?,
    )?;
    equal(
        RULE,
        &Some(people.avatar()),
        &ask(RULE, store.avatar(&people.avatar().hash))?,
    )
}

fn repetition_changes_nothing<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "the same changes a second time change nothing";
    let changes = people.changes();
    ask(RULE, store.commit(&changes))?;
    let page = ask(RULE, store.page(&people.bob, None, 10))?;
    let store = reopen(store);
    ask(RULE, store.commit(&changes))?;
    equal(RULE, &applied(&changes), &ask(RULE, store.load())?)?;
    equal(RULE, &page, &ask(RULE, store.page(&people.bob, None, 10))?)?;
    let query = SearchQuery::parse("text", |_| None);
    let hits = ask(RULE, store.search(&query, 10, None))?.hits;
    equal(RULE, &5, &hits.len())
}

fn a_replaced_message_is_the_new_one<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "a message that is put again is the new one everywhere";
    let mut message = outgoing(0, &people.bob, Delivery::Queued);
    ask(RULE, store.commit(&[put(message.clone())]))?;
    equal(RULE, &1, &ask(RULE, store.load())?.unsettled.iter().count())?;
    message = outgoing(0, &people.bob, Delivery::Delivered);
    message.text = "Another word".to_owned();
    message.reactions.theirs = ReactionSet {
        emojis: vec!["👍".to_owned()],
        placed: Some(message.placed),
    };
    let changes = [put(incoming(1, &people.bob)), put(message.clone())];
    ask(RULE, store.commit(&changes))?;
    let store = reopen(store);
    equal(RULE, &0, &ask(RULE, store.load())?.unsettled.iter().count())?;
    let expected = vec![message, incoming(1, &people.bob)];
    equal(
        RULE,
        &expected,
        &ask(RULE, store.page(&people.bob, None, 10))?,
    )?;
    for (text, hits) in [("another", 1), ("text", 1)] {
        let query = SearchQuery::parse(text, |_| None);
        let page = ask(RULE, store.search(&query, 10, None))?;
        equal(RULE, &hits, &page.hits.len())?;
    }
    Ok(())
}

fn the_timeline_is_in_order<S: Store + Lookup>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "the timeline is ordered by place, and pages are cut from it";
    let mut messages: Vec<MessageRecord> = Vec::new();
    for number in 0..1_000_u64 {
        let with = if number % 3 == 0 {
            &people.carol
        } else {
            &people.bob
        };
        // Later numbers are older in the second half, as after a look into the archive.
        let placed = if number < 600 { number } else { 1_000 - number };
        messages.push(written_at(placed, incoming(number, with)));
    }
    let changes: Vec<Change> = messages.iter().cloned().map(put).collect();
    for part in changes.chunks(7) {
        ask(RULE, store.commit(part))?;
    }
    let store = reopen(store);
    messages.retain(|message| message.conversation == people.bob);
    messages.sort_by_key(MessageRecord::place);
    let places: Vec<Place> = messages.iter().map(MessageRecord::place).collect();
    let timeline = ask(RULE, store.timeline(&people.bob))?;
    equal(RULE, &places.as_slice(), &timeline.places())?;
    let mut found: Vec<MessageRecord> = Vec::new();
    let mut before = None;
    // One page more than there are, so that the end is seen too.
    for _ in 0..=messages.len().div_ceil(10) {
        let page = ask(RULE, store.page(&people.bob, before, 10))?;
        equal(
            RULE,
            &page,
            &ask(RULE, store.earlier(&people.bob, before, 10))?,
        )?;
        let Some(first) = page.first() else { break };
        before = Some(first.place());
        found.splice(0..0, page);
    }
    equal(RULE, &messages, &found)?;
    equal(
        RULE,
        &0,
        &ask(RULE, store.page(&people.bob, None, 0))?.len(),
    )
}

fn messages_are_found_by_their_names<S: Store + Lookup>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "a message is found by each name, and only in its conversation";
    let (bob, carol) = (&people.bob, &people.carol);
    let mut archived = incoming(1, bob);
    archived.archive_id = Some("archive-1".to_owned());
    if let super::Direction::Incoming { stanza_id, .. } = &mut archived.direction {
        *stanza_id = Some("stanza-1".to_owned());
    }
    archived.edit = people
        .messages_with_bob()
        .into_iter()
        .find_map(|it| it.edit);
    // The same name as an earlier message of the same side: the later one has it.
    let mut again = incoming(2, bob);
    again.direction = super::Direction::incoming(Some("their-3".to_owned()));
    let changes = [
        put(outgoing(0, bob, Delivery::Stored)),
        put(archived.clone()),
        put(incoming(3, bob)),
        put(again),
    ];
    ask(RULE, store.commit(&changes))?;
    let store = reopen(store);
    let theirs = |id: &str| RemoteId::Theirs(id.to_owned());
    for (with, id, position) in [
        (bob, RemoteId::Ours("id-0".to_owned()), Some(0)),
        (carol, RemoteId::Ours("id-0".to_owned()), None),
        (bob, theirs("id-0"), None),
        (bob, theirs("their-1"), Some(1)),
        (bob, theirs("stanza-1"), Some(1)),
        (bob, theirs("edit-1"), Some(1)),
        (bob, RemoteId::Archive("archive-1".to_owned()), Some(1)),
        (bob, theirs("archive-1"), None),
        (bob, theirs("their-3"), Some(2)),
        (bob, theirs("none"), None),
    ] {
        let expected = position.map(Position);
        equal(RULE, &expected, &ask(RULE, store.find(with, &id))?)?;
    }
    equal(
        RULE,
        &Some(archived),
        &ask(RULE, store.message(bob, Position(1)))?,
    )?;
    equal(RULE, &None, &ask(RULE, store.message(carol, Position(1)))?)?;
    let removal = Change::RemoveMessage {
        conversation: bob.clone(),
        position: Position(1),
    };
    ask(RULE, store.commit(&[removal]))?;
    let store = reopen(store);
    for id in [theirs("their-1"), theirs("stanza-1"), theirs("edit-1")] {
        equal(RULE, &None, &ask(RULE, store.find(bob, &id))?)?;
    }
    Ok(())
}

fn removed_things_are_gone<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "what is removed is gone, and only that";
    let mut changes = people.changes();
    ask(RULE, store.commit(&changes))?;
    let removals = people.removals();
    ask(RULE, store.commit(&removals))?;
    let store = reopen(store);
    changes.extend(removals);
    equal(RULE, &applied(&changes), &ask(RULE, store.load())?)?;
    let left = ask(RULE, store.page(&people.carol, None, 10))?;
    equal(RULE, &vec![incoming(3, &people.carol)], &left)?;
    equal(
        RULE,
        &None,
        &ask(RULE, store.avatar(&people.avatar().hash))?,
    )?;
    // All of a conversation but one message.
    let clear = Change::ClearMessages {
        conversation: people.bob.clone(),
        keep: vec![Position(1)],
    };
    ask(RULE, store.commit(&[clear]))?;
    let store = reopen(store);
    let left = ask(RULE, store.page(&people.bob, None, 10))?;
    equal(
        RULE,
        &vec![1],
        &left.iter().map(|it| it.position.0).collect(),
    )?;
    let snapshot = ask(RULE, store.load())?;
    equal(RULE, &0, &snapshot.unsettled.iter().count())?;
    equal(
        RULE,
        &true,
        &snapshot.conversations.contains_key(&people.bob),
    )
}

fn a_removed_conversation_leaves_nothing<S: Store + Lookup>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "of a removed conversation nothing is left, of others everything";
    let mut changes = people.changes();
    ask(RULE, store.commit(&changes))?;
    let removal = Change::RemoveConversation(people.bob.clone());
    ask(RULE, store.commit(std::slice::from_ref(&removal)))?;
    let store = reopen(store);
    changes.push(removal);
    let snapshot = ask(RULE, store.load())?;
    equal(RULE, &applied(&changes), &snapshot)?;
    equal(
        RULE,
        &false,
        &snapshot.conversations.contains_key(&people.bob),
    )?;
    equal(RULE, &true, &snapshot.expiring.is_empty())?;
    equal(
        RULE,
        &Timeline::default(),
        &ask(RULE, store.timeline(&people.bob))?,
    )?;
    let query = SearchQuery::parse("text", |_| None);
    let found = ask(RULE, store.search(&query, 10, None))?;
    let expected: Vec<u64> = vec![3, 2];
    equal(
        RULE,
        &expected,
        &found.hits.iter().map(|hit| hit.place.position.0).collect(),
    )?;
    let id = RemoteId::Theirs("their-1".to_owned());
    equal(RULE, &None, &ask(RULE, store.find(&people.bob, &id))?)
}

fn positions_are_never_given_again<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "the position of a message that is gone is not given again";
    let changes = [
        put(incoming(6, &people.bob)),
        put(incoming(7, &people.carol)),
        Change::RemoveMessage {
            conversation: people.carol.clone(),
            position: Position(7),
        },
        Change::RemoveConversation(people.bob.clone()),
    ];
    for change in changes {
        ask(RULE, store.commit(&[change]))?;
    }
    let store = reopen(store);
    equal(RULE, &Position(8), &ask(RULE, store.load())?.next_position)
}

fn search_finds_what_matches<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "search finds what matches, newest first, in pages";
    let texts = [
        "See you at the café",
        "You see? The cafe",
        "Seen",
        "日本語で書く",
        "see YOU, see you",
        "",
    ];
    let mut messages = Vec::new();
    for (number, text) in (0..60_u64).zip(texts.iter().cycle()) {
        let with = if number % 2 == 0 {
            &people.bob
        } else {
            &people.carol
        };
        let mut message = if number % 4 < 2 {
            incoming(number, with)
        } else {
            outgoing(number, with, Delivery::Stored)
        };
        message.text = (*text).to_owned();
        messages.push(written_at(number.wrapping_mul(7) % 61, message));
    }
    let changes: Vec<Change> = messages.iter().cloned().map(put).collect();
    ask(RULE, store.commit(&changes))?;
    let store = reopen(store);
    messages.sort_by_key(|message| std::cmp::Reverse(message.place()));
    for text in [
        "se",
        "see ",
        "see you",
        "\"see you\"",
        "\"cafe\"",
        "日本",
        "語",
        "from:me see",
        "in:bob caf",
        "in:bob from:them \"you see\"",
        "nothing",
        "",
    ] {
        let query = SearchQuery::parse(text, |name| (name == "bob").then(|| people.bob.clone()));
        let matching = messages.iter().filter(|message| query.matches(message));
        let expected: Vec<Place> = matching.map(MessageRecord::place).collect();
        let mut found: Vec<Place> = Vec::new();
        // More pages than there can be hits.
        for _ in 0..100 {
            let page = ask(RULE, store.search(&query, 4, found.last().copied()))?;
            found.extend(page.hits.iter().map(|hit| hit.place));
            equal(RULE, &(found.len() < expected.len()), &page.more)?;
            if !page.more {
                break;
            }
        }
        equal(RULE, &(text, expected), &(text, found))?;
    }
    Ok(())
}

fn ask<T, E: std::error::Error>(rule: &'static str, answer: Result<T, E>) -> Result<T, Violation> {
    answer.map_err(|error| Violation::StoreFailed {
        rule,
        error: error.to_string(),
    })
}

fn equal<T: PartialEq + Debug>(rule: &'static str, expected: &T, got: &T) -> Result<(), Violation> {
    if expected == got {
        return Ok(());
    }
    Err(Violation::Wrong {
        rule,
        expected: format!("{expected:?}"),
        got: format!("{got:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::people::{conversation, set_displayed};
    use super::*;
    use crate::store::MemoryStore;

    /// A store may write changes in a format that does not describe itself.
    #[test]
    fn every_record_survives_serialisation() {
        let people = People::new().unwrap();
        let mut changes = people.changes();
        changes.extend(people.removals());
        changes.push(set_displayed(conversation(&people.bob), 1));
        let bytes = postcard::to_allocvec(&changes).unwrap();
        let again: Vec<Change> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(again, changes);
    }

    /// Forgets the conversations each time it is opened.
    #[test]
    fn a_store_that_forgets_is_found_out() {
        let forgetful = |store: MemoryStore| {
            let jids = store.load().unwrap().conversations.into_keys();
            let changes: Vec<_> = jids.map(Change::RemoveConversation).collect();
            store.commit(&changes).unwrap();
            store
        };
        let violation = check(MemoryStore::new, forgetful).unwrap_err();
        assert!(matches!(violation, Violation::Wrong { .. }), "{violation}");
    }
}
