//! An account that has another address now: everything that is kept under the old one goes over.
//!
//! It is done before the server runs, in steps that may be cut short anywhere and then begin anew:
//!
//! ```text
//!   messages of the archive ─► the rest, all at once ─► the archive of the old address is emptied
//! ```
//!
//! What the owner says of themselves, whom they know and how they log in stays as it is. Contacts know
//! nothing of the new address yet: what they let the owner see is asked for again.

use jid::BareJid;
use onym_stream::Element;

use crate::archive::{
    ArchiveAnswer, ArchiveId, ArchivePage, ArchiveQuery, ArchiveRecord, ArchiveTally, PageEnd,
    PageQuery, worth_archiving,
};
use crate::limits;
use crate::roster::RosterItem;
use crate::stanza::{self, Condition, StanzaKind};
use crate::store::{AccountRecord, Change, QueuedStanza, Snapshot, Store};
use crate::subscription::Subscription;

/// Takes everything of the account `old` over to `new`, if there is anything. Whether there was.
///
/// # Errors
/// When the records cannot be read or written. Nothing is lost then, and the next call goes on.
pub fn move_account<S: Store>(store: &S, old: &BareJid, new: &BareJid) -> Result<bool, S::Error> {
    let snapshot = store.load()?;
    let tally = snapshot.archives.get(old).copied().unwrap_or_default();
    let records = changes(&snapshot, old, new);
    if records.is_empty() && tally.messages == 0 {
        return Ok(false);
    }
    each_page(store, old, |page| {
        let messages = page.into_iter().map(|(id, record)| {
            let xml = readdressed(&record.xml, old, new);
            Change::PutArchive(new.clone(), id, ArchiveRecord { xml, ..record }, tally)
        });
        messages.collect()
    })?;
    store.commit(&records)?;
    // That it is empty is said last, so that one that is cut short goes on.
    each_page(store, old, |page| {
        let ids = page.into_iter().map(|(id, _)| id).collect();
        vec![Change::RemoveArchive(old.clone(), ids, tally)]
    })?;
    let emptied = Change::RemoveArchive(old.clone(), Vec::new(), ArchiveTally::default());
    store.commit(&[emptied])?;
    Ok(true)
}

/// Goes through an archive, oldest message first, and commits what is to be done for each page.
fn each_page<S: Store>(
    store: &S,
    account: &BareJid,
    mut changes: impl FnMut(Vec<(ArchiveId, ArchiveRecord)>) -> Vec<Change>,
) -> Result<(), S::Error> {
    let mut after = None;
    loop {
        let query = PageQuery {
            with: None,
            start: None,
            end: None,
            after,
            before: None,
            known: Vec::new(),
            from: PageEnd::Oldest,
            max: limits::MAX_ARCHIVE_PAGE_MESSAGES,
        };
        let answer = store.read_archive(account, &ArchiveQuery::Page(query))?;
        let ArchiveAnswer::Page(ArchivePage { messages, complete }) = answer else {
            return Ok(());
        };
        let Some((last, _)) = messages.last() else {
            return Ok(());
        };
        after = Some(*last);
        store.commit(&changes(messages))?;
        if complete {
            return Ok(());
        }
    }
}

/// What becomes of everything but the archive. Nothing, if nothing is there.
fn changes(snapshot: &Snapshot, old: &BareJid, new: &BareJid) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(record) = snapshot.accounts.get(old)
        && *record != AccountRecord::default()
    {
        changes.push(Change::PutAccount(new.clone(), record.clone()));
        changes.push(Change::PutAccount(old.clone(), AccountRecord::default()));
    }
    if let Some(roster) = snapshot.rosters.get(old) {
        let version = roster.version.saturating_add(1);
        for item in roster.items.values() {
            let contact = item.jid.clone();
            let item = asked_again(item, old, new);
            changes.push(Change::PutRosterItem(new.clone(), item, version));
            changes.push(Change::RemoveRosterItem(old.clone(), contact, version));
        }
    }
    published(snapshot, old, new, &mut changes);
    waiting(snapshot, old, new, &mut changes);
    changes
}

/// A contact whom we saw has to let us see them again. That they see us stays granted.
fn asked_again(item: &RosterItem, old: &BareJid, new: &BareJid) -> RosterItem {
    let before = item.subscription;
    RosterItem {
        subscription: Subscription {
            to: false,
            pending_out: before.to || before.pending_out,
            ..before
        },
        request: item
            .request
            .as_deref()
            .map(|xml| readdressed(xml, old, new)),
        ..item.clone()
    }
}

/// What the account publishes, and whom it blocks.
fn published(snapshot: &Snapshot, old: &BareJid, new: &BareJid, changes: &mut Vec<Change>) {
    for ((_, node), config) in of(&snapshot.nodes, |(account, _)| account == old) {
        changes.push(Change::PutNode(new.clone(), node.clone(), config.clone()));
    }
    for ((_, node, id), item) in of(&snapshot.items, |(account, ..)| account == old) {
        let (node, id) = (node.clone(), id.clone());
        changes.push(Change::PutItem(
            new.clone(),
            node.clone(),
            id.clone(),
            item.clone(),
        ));
        changes.push(Change::RemoveItem(old.clone(), node, id));
    }
    for ((_, node), _) in of(&snapshot.nodes, |(account, _)| account == old) {
        changes.push(Change::RemoveNode(old.clone(), node.clone()));
    }
    if let Some(vcard) = snapshot.vcards.get(old).filter(|xml| !xml.is_empty()) {
        changes.push(Change::PutVcard(new.clone(), vcard.clone()));
        changes.push(Change::PutVcard(old.clone(), String::new()));
    }
    for (_, jid) in snapshot.blocked.iter().filter(|(it, _)| it == old) {
        changes.push(Change::PutBlocked(new.clone(), jid.clone()));
        changes.push(Change::RemoveBlocked(old.clone(), jid.clone()));
    }
}

/// What waits for the owner, and what waits for others.
///
/// A message that waits for another endpoint is sealed by sessions that its reader keeps under the old
/// address. It goes back to the client, which seals it anew.
fn waiting(snapshot: &Snapshot, old: &BareJid, new: &BareJid, changes: &mut Vec<Change>) {
    let mut next = 0;
    for ((_, place), stanza) in of(&snapshot.inbox, |(account, _)| account == old) {
        let stanza = QueuedStanza {
            xml: readdressed(&stanza.xml, old, new),
            ..stanza.clone()
        };
        changes.push(Change::PutInbox(new.clone(), *place, stanza));
        changes.push(Change::RemoveInbox(old.clone(), *place));
        next = place.saturating_add(1).max(next);
    }
    for ((domain, place), queued) in &snapshot.outbox {
        let Some(stanza) = stanza::parse(&queued.xml).filter(|it| is_of(it, "from", old)) else {
            continue;
        };
        let since = queued.since;
        if StanzaKind::of(&stanza) == Some(StanzaKind::Presence) {
            let xml = readdressed(&queued.xml, old, new);
            let stanza = QueuedStanza { since, xml };
            changes.push(Change::PutOutbox(domain.clone(), *place, stanza));
            continue;
        }
        changes.push(Change::RemoveOutbox(domain.clone(), *place));
        let is_message = StanzaKind::of(&stanza) == Some(StanzaKind::Message);
        let returned = (is_message && worth_archiving(&stanza).0)
            .then(|| stanza::error_reply(&stanza, Condition::Redirect, None))
            .flatten();
        if let Some(mut returned) = returned {
            set_bare(&mut returned, "to", new);
            let xml = stanza::to_xml(&returned);
            let stanza = QueuedStanza { since, xml };
            changes.push(Change::PutInbox(new.clone(), next, stanza));
            next = next.saturating_add(1);
        }
    }
}

fn of<'a, K, V>(
    map: &'a std::collections::BTreeMap<K, V>,
    is_ours: impl Fn(&K) -> bool + 'a,
) -> impl Iterator<Item = (&'a K, &'a V)> {
    map.iter().filter(move |(key, _)| is_ours(key))
}

/// A stanza in which the new address stands for the old one. What is no stanza stays as it is.
fn readdressed(xml: &str, old: &BareJid, new: &BareJid) -> String {
    let Some(mut stanza) = stanza::parse(xml) else {
        return xml.to_owned();
    };
    for name in ["from", "to"] {
        if is_of(&stanza, name, old) {
            set_bare(&mut stanza, name, new);
        }
    }
    stanza::to_xml(&stanza)
}

fn is_of(stanza: &Element, name: &str, account: &BareJid) -> bool {
    let jid = stanza.attr(name).and_then(|it| jid::Jid::new(it).ok());
    jid.is_some_and(|jid| jid.to_bare() == *account)
}

/// Another bare address with the resource that is there.
fn set_bare(stanza: &mut Element, name: &'static str, new: &BareJid) {
    use crate::stanza::Build as _;
    let resource = stanza.attr(name).and_then(|it| it.split_once('/'));
    let text = match resource {
        Some((_, resource)) => format!("{new}/{resource}"),
        None => new.to_string(),
    };
    stanza.set(name, &text);
}

#[cfg(test)]
mod tests {
    use jid::Jid;
    use onym_identity::Timestamp;

    use super::*;
    use crate::domain::Domain;
    use crate::pep::{ItemRecord, NodeConfig};
    use crate::roster::Roster;
    use crate::store::MemoryStore;

    const OLD: &str = "alice@old.example";
    const NEW: &str = "alice@new.example";
    const BOB: &str = "bob@b.example";

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn stanza(xml: &str) -> QueuedStanza {
        QueuedStanza {
            since: Timestamp::from_unix_millis(1),
            xml: xml.to_owned(),
        }
    }

    /// Fails once, at its `left`th commit.
    struct Breaking(MemoryStore, std::cell::Cell<u32>);

    #[derive(Debug, thiserror::Error)]
    #[error("the disk is full")]
    struct Full;

    impl Store for Breaking {
        type Error = Full;
        fn load(&self) -> Result<Snapshot, Full> {
            self.0.load().map_err(|_| Full)
        }
        fn commit(&self, changes: &[Change]) -> Result<(), Full> {
            let left = self.1.get();
            if left == 0 {
                return Err(Full);
            }
            self.1.set(left - 1);
            self.0.commit(changes).map_err(|_| Full)
        }
        fn read_archive(&self, of: &BareJid, query: &ArchiveQuery) -> Result<ArchiveAnswer, Full> {
            self.0.read_archive(of, query).map_err(|_| Full)
        }
    }

    /// An account with something of everything.
    fn lived_in() -> MemoryStore {
        let mut all = Snapshot::default();
        let (old, bob) = (jid(OLD), jid(BOB));
        let account = AccountRecord::default().with_device("laptop", "secret", &mut rand::rng());
        all.accounts.insert(old.clone(), account);
        let mut roster = Roster {
            version: 7,
            ..Roster::default()
        };
        let friend = RosterItem {
            name: Some("Bob".to_owned()),
            listed: true,
            subscription: Subscription {
                to: true,
                from: true,
                ..Subscription::default()
            },
            ..RosterItem::new(bob.clone())
        };
        roster.items.insert(bob, friend);
        all.rosters.insert(old.clone(), roster);
        let waits = format!("<message xmlns='jabber:client' from='{BOB}/x' to='{OLD}' id='1'/>");
        all.inbox.insert((old.clone(), 4), stanza(&waits));
        let domain = Domain::parse("b.example").unwrap();
        for (place, xml) in [
            format!("<message xmlns='jabber:client' from='{OLD}/x' to='{BOB}' id='2'><body>?</body></message>"),
            format!("<presence xmlns='jabber:client' from='{OLD}' to='{BOB}' type='subscribe'/>"),
            format!("<iq xmlns='jabber:client' from='{OLD}/x' to='{BOB}' type='get' id='3'/>"),
        ]
        .iter()
        .enumerate()
        {
            let place = u64::try_from(place).unwrap();
            all.outbox.insert((domain.clone(), place), stanza(xml));
        }
        let node = "urn:onym:identity:1".to_owned();
        all.nodes
            .insert((old.clone(), node.clone()), NodeConfig::default());
        let item = ItemRecord {
            place: 0,
            xml: "<identity/>".to_owned(),
        };
        all.items
            .insert((old.clone(), node, "current".to_owned()), item);
        all.vcards.insert(old.clone(), "<vCard/>".to_owned());
        let blocked = Jid::new("eve@e.example").unwrap();
        all.blocked.insert((old.clone(), blocked));
        let store = MemoryStore::with(all);
        let mut tally = ArchiveTally::default();
        for number in 0..250_u64 {
            let record = ArchiveRecord {
                with: Jid::new(BOB).unwrap(),
                stamp: Timestamp::from_unix_millis(number),
                stranger: false,
                xml: format!(
                    "<message xmlns='jabber:client' from='{BOB}' to='{OLD}' id='{number}'/>"
                ),
            };
            let id = ArchiveId::next(
                tally.last,
                Timestamp::from_unix_millis(number),
                &mut rand::rng(),
            );
            tally.admit(id, &record);
            let change = Change::PutArchive(old.clone(), id, record, tally);
            store.commit(&[change]).unwrap();
        }
        store
    }

    /// All messages of an archive.
    fn archive(store: &MemoryStore, account: &str) -> Vec<(ArchiveId, ArchiveRecord)> {
        let mut all = Vec::new();
        each_page(store, &jid(account), |page| {
            all.extend(page);
            Vec::new()
        })
        .unwrap();
        all
    }

    #[test]
    fn everything_goes_over_and_nothing_stays() {
        let store = lived_in();
        let before = archive(&store, OLD);
        assert!(move_account(&store, &jid(OLD), &jid(NEW)).unwrap());
        let all = store.load().unwrap();
        let (old, new) = (jid(OLD), jid(NEW));
        assert_eq!(all.accounts[&new].devices().collect::<Vec<_>>(), ["laptop"]);
        assert_eq!(all.accounts[&old], AccountRecord::default());
        let item = &all.rosters[&new].items[&jid(BOB)];
        assert_eq!(item.name.as_deref(), Some("Bob"));
        assert_eq!(item.subscription.attribute(), "from");
        assert!(item.subscription.pending_out, "Bob is asked again");
        assert!(all.rosters[&old].items.is_empty());
        assert!(all.nodes.keys().all(|(account, _)| *account == new));
        assert_eq!(all.items.len(), 1);
        assert!(all.items.keys().all(|(account, ..)| *account == new));
        assert_eq!(all.vcards[&new], "<vCard/>");
        assert!(all.blocked.iter().all(|(account, _)| *account == new));
        assert!(all.inbox.keys().all(|(account, _)| *account == new));
        // What came for her is still for her; what had not left comes back, to be sent again.
        let waiting: Vec<&str> = all.inbox.values().map(|it| it.xml.as_str()).collect();
        assert_eq!(waiting.len(), 2);
        assert!(
            waiting
                .iter()
                .all(|xml| xml.contains(NEW) && !xml.contains(OLD))
        );
        assert!(waiting[1].contains("redirect") && waiting[1].contains(BOB));
        let left: Vec<&str> = all.outbox.values().map(|it| it.xml.as_str()).collect();
        assert_eq!(left.len(), 1);
        assert!(left[0].contains("subscribe") && left[0].contains(NEW));
        let after = archive(&store, NEW);
        assert_eq!(after.len(), 250);
        for ((id, record), (id_before, _)) in after.iter().zip(&before) {
            assert_eq!(id, id_before, "a client goes on reading where it was");
            assert!(record.xml.contains(NEW) && !record.xml.contains(OLD));
        }
        assert!(archive(&store, OLD).is_empty());
        assert!(!move_account(&store, &jid(OLD), &jid(NEW)).unwrap());
    }

    #[test]
    fn it_may_be_cut_short_anywhere() {
        let whole = lived_in();
        move_account(&whole, &jid(OLD), &jid(NEW)).unwrap();
        let mut cuts = 0;
        loop {
            let store = Breaking(lived_in(), std::cell::Cell::new(cuts));
            if move_account(&store, &jid(OLD), &jid(NEW)).is_ok() {
                break;
            }
            cuts += 1;
            store.1.set(u32::MAX);
            move_account(&store, &jid(OLD), &jid(NEW)).unwrap();
            let (mut all, mut expected) = (store.load().unwrap(), whole.load().unwrap());
            // Salts and names are drawn anew for each of them.
            for it in [&mut all, &mut expected] {
                assert!(it.accounts.remove(&jid(NEW)).is_some());
                assert_eq!(it.archives.remove(&jid(NEW)).unwrap().messages, 250);
            }
            assert_eq!(all, expected, "cut at commit {cuts}");
            assert_eq!(archive(&store.0, NEW).len(), 250);
            assert!(archive(&store.0, OLD).is_empty());
        }
        assert!(cuts >= 5, "{cuts}");
    }
}
