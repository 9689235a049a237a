//! A store that forgets: for tests, and as the model of what a store does.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jid::BareJid;

use super::{Change, Snapshot, Store};
use crate::archive::{
    ArchiveAnswer, ArchiveId, ArchivePage, ArchiveQuery, ArchiveRecord, PageEnd, PageQuery,
};

/// Keeps the records in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Records>);

#[derive(Debug, Default)]
struct Records {
    snapshot: Snapshot,
    archives: BTreeMap<BareJid, BTreeMap<ArchiveId, ArchiveRecord>>,
}

impl MemoryStore {
    /// A store that already holds records.
    #[must_use]
    pub fn with(snapshot: Snapshot) -> Self {
        Self(Mutex::new(Records {
            snapshot,
            ..Records::default()
        }))
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn load(&self) -> Result<Snapshot, Infallible> {
        Ok(self.records().snapshot.clone())
    }

    fn commit(&self, changes: &[Change]) -> Result<(), Infallible> {
        let mut records = self.records();
        for change in changes {
            records.snapshot.apply(change);
            match change {
                Change::PutArchive(account, id, record, _) => {
                    let archive = records.archives.entry(account.clone()).or_default();
                    archive.insert(*id, record.clone());
                }
                Change::RemoveArchive(account, ids, _) => {
                    let archive = records.archives.entry(account.clone()).or_default();
                    archive.retain(|id, _| !ids.contains(id));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_archive(
        &self,
        account: &BareJid,
        query: &ArchiveQuery,
    ) -> Result<ArchiveAnswer, Infallible> {
        let records = self.records();
        let empty = BTreeMap::new();
        let archive = records.archives.get(account).unwrap_or(&empty);
        Ok(match query {
            ArchiveQuery::Page(query) => page(archive, query)?,
            ArchiveQuery::Ids(ids) => {
                let found = ids.iter().map(|id| Some((*id, archive.get(id)?.clone())));
                match found.collect() {
                    Some(messages) => ArchiveAnswer::of_ids(messages),
                    None => ArchiveAnswer::UnknownId,
                }
            }
            ArchiveQuery::Ends => {
                let ends = [archive.first_key_value(), archive.last_key_value()];
                let ends = ends.into_iter().flatten();
                ArchiveAnswer::Page(ArchivePage {
                    messages: ends.map(|(id, record)| (*id, record.clone())).collect(),
                    complete: true,
                })
            }
        })
    }
}

fn page(
    archive: &BTreeMap<ArchiveId, ArchiveRecord>,
    query: &PageQuery,
) -> Result<ArchiveAnswer, Infallible> {
    if !query.known.iter().all(|id| archive.contains_key(id)) {
        return Ok(ArchiveAnswer::UnknownId);
    }
    let Some((lowest, highest)) = query.bounds() else {
        return Ok(ArchiveAnswer::Page(query.nothing()));
    };
    let range = archive.range(lowest..=highest);
    let range = range.map(|(id, record)| Ok::<_, Infallible>((*id, record.clone())));
    let page = match query.from {
        PageEnd::Oldest => query.collect(range)?,
        PageEnd::Newest => query.collect(range.rev())?,
    };
    Ok(ArchiveAnswer::Page(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_contract() {
        super::super::contract::check(MemoryStore::default, |store| store);
    }
}
