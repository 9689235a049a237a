//! What every store has to keep, as one suite that each implementation runs in its tests.

use std::collections::BTreeMap;
use std::fmt::Debug;

use jid::BareJid;
use onym_identity::Timestamp;

use super::{
    Change, ContactRecord, Direction, Intent, IntentRecord, MessageId, MessageRecord, Position,
    RequestRecord, Snapshot, Store, Subscription,
};
use crate::delivery::{Delivery, Failure, FailureReason};

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
pub fn check<S: Store>(
    mut fresh: impl FnMut() -> S,
    mut reopen: impl FnMut(S) -> S,
) -> Result<(), Violation> {
    let people = People::new()?;
    an_empty_store_is_an_empty_snapshot(&fresh())?;
    everything_survives(fresh(), &mut reopen, &people)?;
    repetition_changes_nothing(fresh(), &mut reopen, &people)?;
    delivery_changes_only_what_it_names(fresh(), &mut reopen, &people)?;
    pages_come_in_order(&fresh(), &people)?;
    undisplayed_messages_are_counted(fresh(), &mut reopen, &people)?;
    removed_things_are_gone(fresh(), &mut reopen, &people)
}

struct People {
    bob: BareJid,
    carol: BareJid,
}

impl People {
    fn new() -> Result<Self, jid::Error> {
        Ok(Self {
            bob: BareJid::new("bob@b.example")?,
            carol: BareJid::new("carol@c.example")?,
        })
    }

    /// One change of every kind that adds something, in an order that an engine could write.
    fn changes(&self) -> Vec<Change> {
        let failure = Failure {
            why: FailureReason::Refused,
            text: Some("no".to_owned()),
        };
        vec![
            Change::ReplaceContacts(vec![
                contact(&self.bob, Some("Bob")),
                contact(&self.carol, None),
            ]),
            Change::SetRosterVersion(Some("v1".to_owned())),
            Change::PutContact(contact(&self.bob, Some("Bobby"))),
            Change::SetRosterVersion(Some("v2".to_owned())),
            Change::PutMessage(outgoing(0, &self.bob, Delivery::Queued)),
            Change::PutMessage(incoming(1, &self.bob)),
            Change::PutMessage(outgoing(2, &self.carol, Delivery::Failed(failure))),
            Change::PutMessage(incoming(3, &self.carol)),
            Change::PutMessage(outgoing(4, &self.bob, Delivery::Delivered)),
            set_delivery(0, &self.bob, Delivery::Stored),
            Change::SetDisplayed {
                conversation: self.bob.clone(),
                up_to: Position(1),
            },
            Change::SetDraft {
                conversation: self.carol.clone(),
                text: "Dear".to_owned(),
            },
            Change::PutRequest(RequestRecord {
                jid: self.carol.clone(),
                time: Timestamp::from_unix_millis(7),
                text: Some("It is me".to_owned()),
            }),
            Change::PutIntent(IntentRecord {
                number: 3,
                jid: self.carol.clone(),
                intent: Intent::Add {
                    name: Some("Carol".to_owned()),
                },
            }),
        ]
    }
}

fn an_empty_store_is_an_empty_snapshot<S: Store>(store: &S) -> Result<(), Violation> {
    const RULE: &str = "an empty store loads as an empty snapshot";
    equal(RULE, &Snapshot::default(), &ask(RULE, store.load())?)?;
    equal(RULE, &BTreeMap::new(), &ask(RULE, store.undisplayed())?)
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
    equal(RULE, &Position(5), &ask(RULE, store.load())?.next_position)
}

fn repetition_changes_nothing<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "the same changes a second time change nothing";
    let changes = people.changes();
    ask(RULE, store.commit(&changes))?;
    let page = ask(RULE, store.messages(&people.bob, None, 10))?;
    let store = reopen(store);
    ask(RULE, store.commit(&changes))?;
    equal(RULE, &applied(&changes), &ask(RULE, store.load())?)?;
    equal(
        RULE,
        &page,
        &ask(RULE, store.messages(&people.bob, None, 10))?,
    )
}

fn delivery_changes_only_what_it_names<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "a delivery state goes to an outgoing message that is there, only";
    let before = [
        Change::PutMessage(outgoing(0, &people.bob, Delivery::Queued)),
        Change::PutMessage(incoming(1, &people.bob)),
    ];
    ask(RULE, store.commit(&before))?;
    let changes = [
        set_delivery(0, &people.bob, Delivery::Delivered),
        set_delivery(1, &people.bob, Delivery::Delivered),
        set_delivery(2, &people.bob, Delivery::Delivered),
    ];
    ask(RULE, store.commit(&changes))?;
    let store = reopen(store);
    let expected = vec![
        outgoing(0, &people.bob, Delivery::Delivered),
        incoming(1, &people.bob),
    ];
    equal(
        RULE,
        &expected,
        &ask(RULE, store.messages(&people.bob, None, 10))?,
    )?;
    equal(RULE, &0, &ask(RULE, store.load())?.unsettled.iter().count())
}

fn pages_come_in_order<S: Store>(store: &S, people: &People) -> Result<(), Violation> {
    const RULE: &str = "a page holds the newest messages below its bound, oldest first";
    let mut changes = Vec::new();
    for number in 0..300 {
        let with = if number % 3 == 0 {
            &people.carol
        } else {
            &people.bob
        };
        changes.push(Change::PutMessage(incoming(number, with)));
    }
    ask(RULE, store.commit(&changes))?;
    let expected: Vec<u64> = (0..300).filter(|number| number % 3 != 0).collect();
    let mut found: Vec<u64> = Vec::new();
    let mut before = None;
    // One page more than there are, so that the end is seen too.
    for _ in 0..21 {
        let page = ask(RULE, store.messages(&people.bob, before, 10))?;
        let Some(first) = page.first() else { break };
        before = Some(first.position);
        let positions = page.iter().map(|message| message.position.0);
        found.splice(0..0, positions);
    }
    equal(RULE, &expected, &found)?;
    equal(
        RULE,
        &0,
        &ask(RULE, store.messages(&people.bob, None, 0))?.len(),
    )
}

fn undisplayed_messages_are_counted<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "undisplayed counts incoming messages above the highest mark";
    let bob = &people.bob;
    let mut changes: Vec<_> = (0..4)
        .map(|number| Change::PutMessage(incoming(number, bob)))
        .collect();
    changes.push(Change::PutMessage(outgoing(4, bob, Delivery::Sent)));
    changes.push(Change::PutMessage(incoming(5, &people.carol)));
    ask(RULE, store.commit(&changes))?;
    let displayed = |up_to| Change::SetDisplayed {
        conversation: bob.clone(),
        up_to,
    };
    ask(RULE, store.commit(&[displayed(Position(2))]))?;
    ask(RULE, store.commit(&[displayed(Position(1))]))?;
    let store = reopen(store);
    let expected = BTreeMap::from([(bob.clone(), 1), (people.carol.clone(), 1)]);
    equal(RULE, &expected, &ask(RULE, store.undisplayed())?)?;
    ask(RULE, store.commit(&[displayed(Position(4))]))?;
    let expected = BTreeMap::from([(people.carol.clone(), 1)]);
    equal(RULE, &expected, &ask(RULE, store.undisplayed())?)
}

fn removed_things_are_gone<S: Store>(
    store: S,
    reopen: &mut impl FnMut(S) -> S,
    people: &People,
) -> Result<(), Violation> {
    const RULE: &str = "what is removed is gone, and only that";
    let mut changes = people.changes();
    ask(RULE, store.commit(&changes))?;
    let removals = vec![
        Change::RemoveMessage {
            conversation: people.carol.clone(),
            position: Position(2),
        },
        Change::RemoveContact(people.carol.clone()),
        Change::SetRosterVersion(None),
        Change::SetDraft {
            conversation: people.carol.clone(),
            text: String::new(),
        },
        Change::RemoveRequest(people.carol.clone()),
        Change::RemoveIntent(3),
    ];
    ask(RULE, store.commit(&removals))?;
    let store = reopen(store);
    changes.extend(removals);
    equal(RULE, &applied(&changes), &ask(RULE, store.load())?)?;
    let left = ask(RULE, store.messages(&people.carol, None, 10))?;
    equal(RULE, &vec![incoming(3, &people.carol)], &left)
}

fn applied(changes: &[Change]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    changes.iter().for_each(|change| snapshot.apply(change));
    snapshot
}

fn contact(jid: &BareJid, name: Option<&str>) -> ContactRecord {
    ContactRecord {
        jid: jid.clone(),
        name: name.map(str::to_owned),
        subscription: Subscription::Both,
        asked: false,
        approved: true,
        groups: vec!["Friends".to_owned()],
    }
}

fn outgoing(number: u64, with: &BareJid, delivery: Delivery) -> MessageRecord {
    message(number, with, Direction::Outgoing { delivery })
}

fn incoming(number: u64, with: &BareJid) -> MessageRecord {
    let their_id = Some(format!("their-{number}"));
    message(number, with, Direction::Incoming { their_id })
}

fn message(number: u64, with: &BareJid, direction: Direction) -> MessageRecord {
    MessageRecord {
        id: MessageId::new(format!("id-{number}")),
        position: Position(number),
        conversation: with.clone(),
        text: format!("Text {number} ✓"),
        time: Timestamp::from_unix_millis(number.saturating_mul(1_000)),
        direction,
    }
}

fn set_delivery(number: u64, with: &BareJid, delivery: Delivery) -> Change {
    Change::SetDelivery {
        conversation: with.clone(),
        position: Position(number),
        delivery,
    }
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
    use super::*;
    use crate::store::MemoryStore;

    /// A store may write changes in a format that does not describe itself.
    #[test]
    fn every_record_survives_serialisation() {
        let mut changes = People::new().unwrap().changes();
        changes.push(Change::RemoveIntent(u64::MAX));
        let bytes = postcard::to_allocvec(&changes).unwrap();
        let again: Vec<Change> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(again, changes);
    }

    /// Forgets the drafts each time it is opened.
    #[test]
    fn a_store_that_forgets_is_found_out() {
        let forgetful = |store: MemoryStore| {
            let changes: Vec<_> = store
                .load()
                .unwrap()
                .conversations
                .into_keys()
                .map(|conversation| Change::SetDraft {
                    conversation,
                    text: String::new(),
                })
                .collect();
            store.commit(&changes).unwrap();
            store
        };
        let violation = check(MemoryStore::new, forgetful).unwrap_err();
        assert!(matches!(violation, Violation::Wrong { .. }), "{violation}");
    }
}
