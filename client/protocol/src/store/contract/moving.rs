//! Messages that move from one conversation to another one, for the suite.

use onym_identity::Timestamp;

use super::people::{People, incoming, outgoing, put};
use super::{Violation, ask, equal};
use crate::delivery::Delivery;
use crate::search::SearchQuery;
use crate::store::{Change, Lookup, MessageRecord, Position, RemoteId, Store};

pub(super) fn a_moved_message_is_there_once<S: Store + Lookup>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "a message that moves to another conversation is there once, with all of it";
    let (bob, carol) = (&people.bob, &people.carol);
    let mut theirs = incoming(1, carol);
    theirs.archive_id = Some("archive-1".to_owned());
    theirs.expires = Some(theirs.placed);
    let waiting = outgoing(2, carol, Delivery::Queued);
    let before = [
        put(incoming(0, bob)),
        put(theirs.clone()),
        put(waiting.clone()),
        put(incoming(3, carol)),
    ];
    ask(RULE, store.commit(&before))?;
    let store = reopen(store);
    let moved: Vec<MessageRecord> = [theirs, waiting]
        .into_iter()
        .map(|mut message| {
            message.via = Some(message.conversation.clone());
            message.conversation = bob.clone();
            message
        })
        .collect();
    let changes: Vec<Change> = moved
        .iter()
        .flat_map(|message| {
            let removal = Change::RemoveMessage {
                conversation: carol.clone(),
                position: message.position,
            };
            [removal, put(message.clone())]
        })
        .collect();
    ask(RULE, store.commit(&changes))?;
    // As after a crash that nobody knows the moment of.
    ask(RULE, store.commit(&changes))?;
    let store = reopen(store);
    let positions = |jid| -> Result<Vec<u64>, Violation> {
        let timeline = ask(RULE, store.timeline(jid))?;
        Ok(timeline.places().iter().map(|it| it.position.0).collect())
    };
    equal(RULE, &vec![0, 1, 2], &positions(bob)?)?;
    equal(RULE, &vec![3], &positions(carol)?)?;
    for message in &moved {
        let found = ask(RULE, store.message(bob, message.position))?;
        equal(RULE, &Some(message.clone()), &found)?;
        let left = ask(RULE, store.message(carol, message.position))?;
        equal(RULE, &None, &left)?;
        for id in message.remote_ids() {
            let found = ask(RULE, store.find(bob, &id))?;
            equal(RULE, &Some(message.position), &found)?;
            equal(RULE, &None, &ask(RULE, store.find(carol, &id))?)?;
        }
    }
    let stays = RemoteId::Theirs("their-3".to_owned());
    equal(
        RULE,
        &Some(Position(3)),
        &ask(RULE, store.find(carol, &stays))?,
    )?;
    let snapshot = ask(RULE, store.load())?;
    let unsettled: Vec<MessageRecord> = snapshot.unsettled.iter().cloned().collect();
    equal(
        RULE,
        &moved.get(1..).unwrap_or_default().to_vec(),
        &unsettled,
    )?;
    let due = snapshot.expiring.due(Timestamp::from_unix_millis(9_000), 9);
    equal(RULE, &vec![(bob.clone(), Position(1))], &due)?;
    let found = ask(
        RULE,
        store.search(&SearchQuery::parse("text", |_| None), 9, None),
    )?;
    let mut hits: Vec<_> = found
        .hits
        .into_iter()
        .map(|hit| (hit.place.position.0, hit.conversation))
        .collect();
    hits.sort();
    let with = [bob, bob, bob, carol].map(Clone::clone);
    equal(RULE, &(0..).zip(with).collect(), &hits)
}
