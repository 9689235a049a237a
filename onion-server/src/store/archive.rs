//! The archives on disk. One tree holds the messages of all accounts, ordered by account and id,
//! and beside each message an entry that orders it by the other side; another tree holds how much
//! there is.

use jid::BareJid;
use onym_server_protocol::archive::{
    ArchiveAnswer, ArchiveId, ArchivePage, ArchiveQuery, ArchiveRecord, ArchiveTally, PageEnd,
    PageQuery,
};
use sled::Tree;
use sled::transaction::{ConflictableTransactionError, TransactionalTree};

use super::{Written, put};
use crate::records::{self, StoreError, pair_key};

/// The name of the tree, for errors.
const NAME: &str = "archive";

/// What kind of entry a key is of: behind the account, in front of the rest.
const MESSAGE: u8 = b'm';
const BY_CONTACT: u8 = b'w';

/// Bytes of an id.
const ID_BYTES: usize = 16;

/// The two trees of the archives, within a transaction.
pub(super) struct Archives<'a> {
    pub(super) messages: &'a TransactionalTree,
    pub(super) tallies: &'a TransactionalTree,
}

impl Archives<'_> {
    pub(super) fn put(
        &self,
        account: &BareJid,
        id: ArchiveId,
        record: &ArchiveRecord,
        tally: &ArchiveTally,
    ) -> Written {
        put(self.messages, message_key(account, id), record)?;
        let by_contact = contact_key(account, &record.with.to_bare(), id);
        self.messages.insert(by_contact, Vec::new())?;
        put(self.tallies, account.as_str().as_bytes().to_vec(), tally)
    }

    pub(super) fn remove(
        &self,
        account: &BareJid,
        ids: &[ArchiveId],
        tally: &ArchiveTally,
    ) -> Written {
        for &id in ids {
            if let Some(removed) = self.messages.remove(message_key(account, id))? {
                let removed: ArchiveRecord =
                    records::decode(NAME, &removed).map_err(ConflictableTransactionError::Abort)?;
                let by_contact = contact_key(account, &removed.with.to_bare(), id);
                self.messages.remove(by_contact)?;
            }
        }
        put(self.tallies, account.as_str().as_bytes().to_vec(), tally)
    }
}

/// Answers a query from the tree of the messages.
pub(super) fn read(
    tree: &Tree,
    account: &BareJid,
    query: &ArchiveQuery,
) -> Result<ArchiveAnswer, StoreError> {
    match query {
        ArchiveQuery::Page(query) => page(tree, account, query),
        ArchiveQuery::Ids(ids) => {
            let mut messages = Vec::new();
            for &id in ids {
                match message(tree, account, id)? {
                    Some(record) => messages.push((id, record)),
                    None => return Ok(ArchiveAnswer::UnknownId),
                }
            }
            Ok(ArchiveAnswer::of_ids(messages))
        }
        ArchiveQuery::Ends => {
            let all = prefix(account, MESSAGE);
            let first = tree.scan_prefix(&all).next();
            let last = tree.scan_prefix(&all).next_back();
            let messages = first.into_iter().chain(last).map(entry);
            Ok(ArchiveAnswer::Page(ArchivePage {
                messages: messages.collect::<Result<_, _>>()?,
                complete: true,
            }))
        }
    }
}

fn page(tree: &Tree, account: &BareJid, query: &PageQuery) -> Result<ArchiveAnswer, StoreError> {
    for &id in &query.known {
        if !tree.contains_key(message_key(account, id))? {
            return Ok(ArchiveAnswer::UnknownId);
        }
    }
    let Some((lowest, highest)) = query.bounds() else {
        return Ok(ArchiveAnswer::Page(query.nothing()));
    };
    let key = |id| match &query.with {
        Some(with) => contact_key(account, &with.to_bare(), id),
        None => message_key(account, id),
    };
    let found = |item: sled::Result<(sled::IVec, sled::IVec)>| match &query.with {
        None => entry(item),
        Some(_) => {
            let id = id_of(&item?.0)?;
            let damaged = StoreError::Damaged { tree: NAME };
            Ok((id, message(tree, account, id)?.ok_or(damaged)?))
        }
    };
    let range = tree.range(key(lowest)..=key(highest));
    let page = match query.from {
        PageEnd::Oldest => query.collect(range.map(found))?,
        PageEnd::Newest => query.collect(range.rev().map(found))?,
    };
    Ok(ArchiveAnswer::Page(page))
}

fn message(
    tree: &Tree,
    account: &BareJid,
    id: ArchiveId,
) -> Result<Option<ArchiveRecord>, StoreError> {
    let value = tree.get(message_key(account, id))?;
    value.map(|value| records::decode(NAME, &value)).transpose()
}

fn entry(
    item: sled::Result<(sled::IVec, sled::IVec)>,
) -> Result<(ArchiveId, ArchiveRecord), StoreError> {
    let (key, value) = item?;
    Ok((id_of(&key)?, records::decode(NAME, &value)?))
}

/// The id at the end of a key.
fn id_of(key: &[u8]) -> Result<ArchiveId, StoreError> {
    let id = key.last_chunk::<ID_BYTES>();
    id.map(|id| ArchiveId::from_bytes(*id))
        .ok_or(StoreError::Damaged { tree: NAME })
}

fn prefix(account: &BareJid, kind: u8) -> Vec<u8> {
    pair_key(account.as_str(), &[kind])
}

fn message_key(account: &BareJid, id: ArchiveId) -> Vec<u8> {
    let mut key = prefix(account, MESSAGE);
    key.extend(id.to_bytes());
    key
}

fn contact_key(account: &BareJid, with: &BareJid, id: ArchiveId) -> Vec<u8> {
    let mut key = prefix(account, BY_CONTACT);
    key.extend(pair_key(with.as_str(), &id.to_bytes()));
    key
}
