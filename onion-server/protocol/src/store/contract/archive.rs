//! What every store does with the archives.

use jid::{BareJid, Jid};
use onym_identity::Timestamp;

use super::super::{Change, Store};
use crate::archive::{
    ArchiveAnswer, ArchiveId, ArchivePage, ArchiveQuery, ArchiveRecord, ArchiveTally, PageEnd,
    PageQuery,
};

/// Messages in the archive that the queries are about.
const MESSAGES: u64 = 40;

pub(super) fn check<S: Store>(open: impl Fn() -> S, reopen: impl Fn(S) -> S) {
    let (romeo, juliet) = (account("romeo@a.example"), account("juliet@a.example"));
    let store = open();
    for query in [
        ArchiveQuery::Ends,
        ArchiveQuery::Ids(Vec::new()),
        ArchiveQuery::Page(PageQuery::oldest(10)),
    ] {
        assert_eq!(
            read(&store, &romeo, &query),
            [],
            "an archive is empty at first"
        );
    }
    let changes: Vec<_> = (1..=MESSAGES).map(|n| put(&romeo, n)).collect();
    let (one, others) = changes.split_first().unwrap();
    // Applying a change twice does no more than once.
    store.commit(std::slice::from_ref(one)).unwrap();
    store.commit(std::slice::from_ref(one)).unwrap();
    store.commit(others).unwrap();
    store.commit(&[put(&juliet, 7)]).unwrap();
    pages(&store, &romeo);
    let store = reopen(store);
    pages(&store, &romeo);
    contacts(&store, &romeo);
    ids(&store, &romeo);
    let of_juliet = ArchiveQuery::Page(PageQuery::oldest(100));
    assert_eq!(
        read(&store, &juliet, &of_juliet),
        [7],
        "each account has its own"
    );
    removal(store, &romeo, &reopen);
    changes_together(open(), &romeo, reopen);
}

fn pages<S: Store>(store: &S, account: &BareJid) {
    let reader = Reader { store, account };
    let oldest = PageQuery::oldest;
    let newest = |max| PageQuery {
        from: PageEnd::Newest,
        ..oldest(max)
    };
    reader.finds(&oldest(100), &(1..=40).collect::<Vec<_>>(), true);
    reader.finds(&oldest(3), &[1, 2, 3], false);
    reader.finds(&oldest(0), &[], false);
    reader.finds(&newest(3), &[38, 39, 40], false);
    reader.finds(&newest(40), &(1..=40).collect::<Vec<_>>(), true);
    for (after, before, query, expected, complete) in [
        (38, 0, oldest(100), &[39, 40][..], true),
        (40, 0, oldest(100), &[], true),
        (0, 3, newest(100), &[1, 2], true),
        (0, 30, newest(2), &[28, 29], false),
        (0, 1, newest(2), &[], true),
        (5, 9, oldest(100), &[6, 7, 8], true),
        (5, 9, newest(1), &[8], false),
        (9, 5, oldest(100), &[], true),
    ] {
        let place = |n| (n > 0).then(|| id(n));
        let query = PageQuery {
            after: place(after),
            before: place(before),
            ..query
        };
        reader.finds(&query, expected, complete);
    }
    for (start, end, query, expected, complete) in [
        (38, 100, oldest(100), &[38, 39, 40][..], true),
        (0, 2, oldest(100), &[1, 2], true),
        (9, 10, newest(9), &[9, 10], true),
        (9, 10, newest(1), &[10], false),
        (99, 100, oldest(1), &[], true),
        (3, 2, oldest(1), &[], true),
    ] {
        let query = PageQuery {
            start: Some(time(start)),
            end: Some(time(end)),
            ..query
        };
        reader.finds(&query, expected, complete);
    }
}

/// Every fourth message is with tybalt, who has two resources; one is with somebody whose JID
/// begins like his.
fn contacts<S: Store>(store: &S, account: &BareJid) {
    let reader = Reader { store, account };
    let oldest = PageQuery::oldest;
    let newest = PageQuery {
        from: PageEnd::Newest,
        ..oldest(2)
    };
    let between = PageQuery {
        after: Some(id(4)),
        before: Some(id(12)),
        ..oldest(100)
    };
    let late = PageQuery {
        start: Some(time(30)),
        ..oldest(100)
    };
    for (with, query, expected, complete) in [
        ("t@b.example", oldest(2), &[4, 8][..], false),
        ("t@b.example", newest, &[36, 40], false),
        ("t@b.example", between, &[8], true),
        ("t@b.example", late, &[32, 36, 40], true),
        ("t@b.example/1", oldest(100), &[4, 12, 20, 28, 36], true),
        ("t@b.example.org", oldest(100), &[2], true),
        ("nobody@b.example", oldest(100), &[], true),
        ("b.example", oldest(100), &[], true),
    ] {
        let query = PageQuery {
            with: Some(Jid::new(with).unwrap()),
            ..query
        };
        reader.finds(&query, expected, complete);
    }
}

struct Reader<'a, S> {
    store: &'a S,
    account: &'a BareJid,
}

impl<S: Store> Reader<'_, S> {
    fn finds(&self, query: &PageQuery, expected: &[u64], complete: bool) {
        let asked = ArchiveQuery::Page(query.clone());
        let answer = self.store.read_archive(self.account, &asked).unwrap();
        let ids = expected.iter().map(|&n| (id(n), record(n))).collect();
        let page = ArchivePage {
            messages: ids,
            complete,
        };
        assert_eq!(answer, ArchiveAnswer::Page(page), "{query:?}");
    }
}

fn ids<S: Store>(store: &S, account: &BareJid) {
    let ends = ArchiveQuery::Ends;
    assert_eq!(read(store, account, &ends), [1, MESSAGES]);
    let some = ArchiveQuery::Ids(vec![id(9), id(3), id(9)]);
    assert_eq!(
        read(store, account, &some),
        [3, 9],
        "in their order, each once"
    );
    let unknown = id(MESSAGES + 1);
    for query in [
        ArchiveQuery::Ids(vec![id(1), unknown]),
        ArchiveQuery::Page(PageQuery {
            known: vec![unknown],
            ..PageQuery::oldest(1)
        }),
    ] {
        let answer = store.read_archive(account, &query).unwrap();
        assert_eq!(answer, ArchiveAnswer::UnknownId, "{query:?}");
    }
}

fn removal<S: Store>(store: S, account: &BareJid, reopen: impl Fn(S) -> S) {
    let tally = ArchiveTally {
        messages: MESSAGES - 4,
        bytes: 1,
        stranger_bytes: 1,
        last: Some(id(MESSAGES)),
    };
    let ids = vec![id(1), id(2), id(3), id(4)];
    let removal = [Change::RemoveArchive(account.clone(), ids, tally)];
    store.commit(&removal).unwrap();
    store.commit(&removal).unwrap();
    let store = reopen(store);
    assert_eq!(read(&store, account, &ArchiveQuery::Ends), [5, MESSAGES]);
    let with_tybalt = PageQuery {
        with: Some(Jid::new("t@b.example").unwrap()),
        ..PageQuery::oldest(1)
    };
    assert_eq!(read(&store, account, &ArchiveQuery::Page(with_tybalt)), [8]);
    let gone = ArchiveQuery::Ids(vec![id(4)]);
    let answer = store.read_archive(account, &gone).unwrap();
    assert_eq!(answer, ArchiveAnswer::UnknownId);
    assert_eq!(store.load().unwrap().archives.get(account), Some(&tally));
}

/// Messages that come and go in one commit: the last change counts.
fn changes_together<S: Store>(store: S, account: &BareJid, reopen: impl Fn(S) -> S) {
    let removal = |n| Change::RemoveArchive(account.clone(), vec![id(n)], ArchiveTally::default());
    let all = (1..=8).map(|n| put(account, n));
    let changes: Vec<_> = all
        .chain([removal(4), removal(6), put(account, 6), removal(8)])
        .collect();
    store.commit(&changes).unwrap();
    store.commit(&[put(account, 7), removal(7)]).unwrap();
    let store = reopen(store);
    let all = PageQuery::oldest(100);
    let with_tybalt = PageQuery {
        with: Some(Jid::new("t@b.example").unwrap()),
        ..all.clone()
    };
    assert_eq!(
        read(&store, account, &ArchiveQuery::Page(all)),
        [1, 2, 3, 5, 6]
    );
    assert_eq!(read(&store, account, &ArchiveQuery::Page(with_tybalt)), []);
    for n in [4, 7, 8] {
        let gone = ArchiveQuery::Ids(vec![id(n)]);
        let answer = store.read_archive(account, &gone).unwrap();
        assert_eq!(answer, ArchiveAnswer::UnknownId, "{n}");
    }
}

/// The numbers of the messages that a query finds.
fn read<S: Store>(store: &S, account: &BareJid, query: &ArchiveQuery) -> Vec<u64> {
    let ArchiveAnswer::Page(ArchivePage { messages, .. }) =
        store.read_archive(account, query).unwrap()
    else {
        return Vec::new();
    };
    for (found, record) in &messages {
        assert_eq!(*found, id(number(record)), "each has its own id");
    }
    messages.iter().map(|(_, record)| number(record)).collect()
}

fn put(account: &BareJid, n: u64) -> Change {
    let tally = ArchiveTally {
        messages: n,
        bytes: n,
        stranger_bytes: n / 2,
        last: Some(id(n)),
    };
    Change::PutArchive(account.clone(), id(n), record(n), tally)
}

fn record(n: u64) -> ArchiveRecord {
    let with = match n {
        2 => "t@b.example.org/1".to_owned(),
        n if n % 4 == 0 => format!("t@b.example/{}", n / 4 % 2),
        _ => "other@c.example".to_owned(),
    };
    ArchiveRecord {
        with: Jid::new(&with).unwrap(),
        stamp: time(n),
        stranger: n % 2 == 1,
        xml: format!("<message id='{n}'/>"),
    }
}

fn number(record: &ArchiveRecord) -> u64 {
    record.stamp.as_unix_millis()
}

fn time(n: u64) -> Timestamp {
    Timestamp::from_unix_millis(n)
}

/// An id that was given at that time, with a lower half that does not sort like it.
fn id(n: u64) -> ArchiveId {
    let filed = (u128::from(n) << 16) << 64;
    let random = u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    ArchiveId::from_bytes((filed | random).to_be_bytes())
}

fn account(jid: &str) -> BareJid {
    BareJid::new(jid).unwrap()
}
