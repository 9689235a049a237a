//! What every store does, as one suite that each implementation runs in its tests.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test suite, in the library so that other crates' tests can run it"
)]

mod archive;

use jid::{BareJid, Jid};
use onym_identity::Timestamp;

use super::{AccountRecord, Change, PeerRecord, QueuedStanza, Snapshot, Store};
use crate::domain::Domain;
use crate::pep::{AccessModel, ItemRecord, MaxItems, NodeConfig, SendLast};
use crate::roster::RosterItem;
use crate::subscription::Subscription;

/// Runs the suite. `open` gives an empty store each time; `reopen` closes a store and opens it
/// again as after a restart.
pub fn check<S: Store>(open: impl Fn() -> S, reopen: impl Fn(S) -> S) {
    let store = open();
    assert_eq!(
        store.load().unwrap(),
        Snapshot::default(),
        "a new store is empty"
    );

    let mut expected = Snapshot::default();
    let mut store = store;
    for change in one_of_each() {
        expected.apply(&change);
        store.commit(std::slice::from_ref(&change)).unwrap();
        assert_eq!(store.load().unwrap(), expected, "after {change:?}");
        store.commit(std::slice::from_ref(&change)).unwrap();
        assert_eq!(store.load().unwrap(), expected, "twice {change:?}");
        store = reopen(store);
        assert_eq!(
            store.load().unwrap(),
            expected,
            "after {change:?} and a restart"
        );
    }

    let store = open();
    store.commit(&one_of_each()).unwrap();
    assert_eq!(
        store.load().unwrap(),
        expected,
        "all in one commit, in their order"
    );
    order_of_places(&open());
    archive::check(open, reopen);
}

/// Places sort as numbers, not as text: 9 before 10 before 256.
fn order_of_places<S: Store>(store: &S) {
    let domain = Domain::parse("away.example").unwrap();
    let places = [9, 10, 255, 256, 70_000, u64::from(u32::MAX) + 1];
    let changes: Vec<_> = places
        .iter()
        .rev()
        .map(|&p| Change::PutOutbox(domain.clone(), p, stanza(p)))
        .collect();
    store.commit(&changes).unwrap();
    let loaded: Vec<u64> = store
        .load()
        .unwrap()
        .outbox
        .keys()
        .map(|(_, place)| *place)
        .collect();
    assert_eq!(loaded, places);
}

fn stanza(n: u64) -> QueuedStanza {
    QueuedStanza {
        since: Timestamp::from_unix_millis(n),
        xml: format!("<message id='{n}'/>"),
    }
}

fn one_of_each() -> Vec<Change> {
    let (romeo, juliet) = (
        BareJid::new("romeo@a.example").unwrap(),
        BareJid::new("juliet@b.example").unwrap(),
    );
    let away = Domain::parse("b.example").unwrap();
    let owner = romeo.clone();
    let item = RosterItem {
        jid: juliet.clone(),
        name: Some("J & <C>".into()),
        groups: ["Lovers".into()].into(),
        subscription: Subscription {
            to: true,
            pending_in: true,
            ..Subscription::default()
        },
        listed: true,
        request: Some("<presence type='subscribe'/>".into()),
    };
    let mut changes = vec![
        Change::PutAccount(romeo.clone(), AccountRecord::default()),
        Change::PutRosterItem(romeo.clone(), item.clone(), 1),
        Change::PutRosterItem(
            romeo.clone(),
            RosterItem {
                jid: BareJid::new("paris@b.example").unwrap(),
                ..item
            },
            2,
        ),
        Change::RemoveRosterItem(romeo.clone(), juliet, 3),
        Change::PutInbox(romeo.clone(), 7, stanza(7)),
        Change::PutInbox(romeo.clone(), 300, stanza(300)),
        Change::RemoveInbox(romeo, 7),
        Change::PutOutbox(away.clone(), 1, stanza(1)),
        Change::PutOutbox(away.clone(), 2, stanza(2)),
        Change::RemoveOutbox(away.clone(), 1),
        Change::PutPeer(
            away.clone(),
            PeerRecord {
                last_reached: Some(Timestamp::from_unix_millis(5)),
            },
        ),
        Change::PutSeen(away.clone(), 0, [1; 32]),
        Change::PutSeen(away, 0, [2; 32]),
    ];
    changes.extend(of_an_account(&owner));
    changes
}

/// What an account publishes, and whom it blocks. Names are prefixes of one another.
fn of_an_account(owner: &BareJid) -> Vec<Change> {
    let config = NodeConfig {
        access_model: AccessModel::Whitelist,
        max_items: MaxItems::Max,
        send_last: SendLast::Never,
        title: "R & <M>".to_owned(),
        ..NodeConfig::default()
    };
    let item = |place, xml: &str| ItemRecord {
        place,
        xml: xml.to_owned(),
    };
    let put = |node: &str, id: &str, item| {
        Change::PutItem(owner.clone(), node.to_owned(), id.to_owned(), item)
    };
    let jid = |text| Jid::new(text).unwrap();
    vec![
        Change::PutNode(owner.clone(), "urn:a".to_owned(), config.clone()),
        Change::PutNode(owner.clone(), "urn:a:b".to_owned(), NodeConfig::default()),
        put("urn:a", "", item(1, "<x xmlns='urn:a'/>")),
        put("urn:a", "b", item(300, "<y xmlns='urn:a'/>")),
        put("urn:a:b", "c", item(0, "<z/>")),
        put("urn:a", "b", item(301, "<y xmlns='urn:a'>ä</y>")),
        Change::RemoveItem(owner.clone(), "urn:a".to_owned(), String::new()),
        Change::PutNode(
            owner.clone(),
            "urn:a".to_owned(),
            NodeConfig {
                max_items: MaxItems::Number(7),
                ..config
            },
        ),
        Change::RemoveItem(owner.clone(), "urn:a:b".to_owned(), "c".to_owned()),
        Change::RemoveNode(owner.clone(), "urn:a:b".to_owned()),
        Change::PutVcard(owner.clone(), "<vCard xmlns='vcard-temp'/>".to_owned()),
        Change::PutBlocked(owner.clone(), jid("bad@c.example")),
        Change::PutBlocked(owner.clone(), jid("bad@c.example/x y")),
        Change::PutBlocked(owner.clone(), jid("c.example")),
        Change::RemoveBlocked(owner.clone(), jid("bad@c.example")),
    ]
}
