//! The archives on disk. Each account's messages are numbered in the order in which they came,
//! which is the order of their ids; the number is the key on the disk, since an id tells a time.
//! A second table has the numbers of the messages with each other side, a third one the number of
//! each id.

use std::collections::BTreeMap;

use jid::BareJid;
use onym_records::versioned::{self, Versioned};
use onym_records::{Batch, Records, RecordsKey, Table};
use onym_server_protocol::Change;
use onym_server_protocol::archive::{
    ArchiveAnswer, ArchiveId, ArchivePage, ArchiveQuery, ArchiveRecord, PageEnd, PageQuery,
};
use serde::{Deserialize, Serialize};

use super::StoreError;

const MESSAGES: Table = Table::new("archive");
const BY_CONTACT: Table = Table::new("archive-by-contact");
const NUMBERS: Table = Table::new("archive-numbers");

/// A message's number within its account's archive.
type Number = u64;

/// A message with its id.
#[derive(Serialize, Deserialize)]
struct Archived {
    id: ArchiveId,
    record: ArchiveRecord,
}

impl Versioned for Archived {
    const VERSION: u8 = 1;
}

/// The archives of all accounts.
pub(super) struct Archives {
    records: Records,
    key: RecordsKey,
}

impl Archives {
    pub(super) fn new(records: Records, key: RecordsKey) -> Self {
        Self { records, key }
    }

    /// Adds to a batch what the changes do to the archives.
    pub(super) fn write(&self, batch: &mut Batch, changes: &[Change]) -> Result<(), StoreError> {
        // What is in the batch is not in the tables yet.
        let mut fresh: BTreeMap<(&BareJid, ArchiveId), (Number, &ArchiveRecord)> = BTreeMap::new();
        let mut next: BTreeMap<&BareJid, Number> = BTreeMap::new();
        for change in changes {
            match change {
                Change::PutArchive(account, id, record, _) => {
                    let known = match fresh.get(&(account, *id)) {
                        Some((number, _)) => Some(*number),
                        None => self.number_of(account, *id)?,
                    };
                    let number = match known {
                        Some(number) => number,
                        None => {
                            let free = match next.get(account) {
                                Some(number) => *number,
                                None => self.ends(account)?.map_or(0, |(_, last)| last + 1),
                            };
                            next.insert(account, free + 1);
                            free
                        }
                    };
                    fresh.insert((account, *id), (number, record));
                    self.put(batch, account, number, *id, record)?;
                }
                Change::RemoveArchive(account, ids, _) => {
                    for id in ids {
                        if let Some((number, record)) = fresh.get(&(account, *id)) {
                            self.remove(batch, account, *number, *id, Some(record))?;
                        } else if let Some(number) = self.number_of(account, *id)? {
                            self.remove(batch, account, number, *id, None)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn put(
        &self,
        batch: &mut Batch,
        account: &BareJid,
        number: Number,
        id: ArchiveId,
        record: &ArchiveRecord,
    ) -> Result<(), StoreError> {
        let with = record.with.to_bare();
        let archived = Archived {
            id,
            record: record.clone(),
        };
        let bytes = versioned::encode(MESSAGES, &archived)?;
        batch.put(MESSAGES, self.message_key(account, number), bytes);
        batch.put(
            BY_CONTACT,
            self.contact_key(account, &with, number),
            Vec::new(),
        );
        let bytes = number.to_be_bytes().to_vec();
        batch.put(NUMBERS, self.id_key(account, id), bytes);
        Ok(())
    }

    /// Removes a message from the tables and from what the batch has put into them (`fresh`).
    fn remove(
        &self,
        batch: &mut Batch,
        account: &BareJid,
        number: Number,
        id: ArchiveId,
        fresh: Option<&ArchiveRecord>,
    ) -> Result<(), StoreError> {
        let archived = self.message(account, number)?;
        for record in archived.iter().map(|it| &it.record).chain(fresh) {
            let with = record.with.to_bare();
            batch.remove(BY_CONTACT, self.contact_key(account, &with, number));
        }
        batch.remove(MESSAGES, self.message_key(account, number));
        batch.remove(NUMBERS, self.id_key(account, id));
        Ok(())
    }

    /// Answers a query.
    pub(super) fn read(
        &self,
        account: &BareJid,
        query: &ArchiveQuery,
    ) -> Result<ArchiveAnswer, StoreError> {
        match query {
            ArchiveQuery::Page(query) => self.page(account, query),
            ArchiveQuery::Ids(ids) => {
                let mut messages = Vec::new();
                for id in ids {
                    let number = self.number_of(account, *id)?;
                    let found = number.map(|number| self.message(account, number));
                    match found.transpose()?.flatten() {
                        Some(archived) => messages.push((archived.id, archived.record)),
                        None => return Ok(ArchiveAnswer::UnknownId),
                    }
                }
                Ok(ArchiveAnswer::of_ids(messages))
            }
            ArchiveQuery::Ends => {
                let mut messages = Vec::new();
                if let Some((first, last)) = self.ends(account)? {
                    for number in [first, last] {
                        let found = self.message(account, number)?;
                        messages.extend(found.map(|archived| (archived.id, archived.record)));
                    }
                }
                Ok(ArchiveAnswer::Page(ArchivePage {
                    messages,
                    complete: true,
                }))
            }
        }
    }

    fn page(&self, account: &BareJid, query: &PageQuery) -> Result<ArchiveAnswer, StoreError> {
        for id in &query.known {
            if self.number_of(account, *id)?.is_none() {
                return Ok(ArchiveAnswer::UnknownId);
            }
        }
        let nothing = || Ok(ArchiveAnswer::Page(query.nothing()));
        let Some((lowest, highest)) = query.bounds() else {
            return nothing();
        };
        let first = self.first_from(account, lowest)?;
        let end = match highest.to_bytes() == ArchiveId::MAX.to_bytes() {
            true => self.ends(account)?.map_or(0, |(_, last)| last + 1),
            false => self.first_after(account, highest)?,
        };
        if first >= end {
            return nothing();
        }
        let (table, from, to) = match &query.with {
            None => (
                MESSAGES,
                self.message_key(account, first),
                self.message_key(account, end),
            ),
            Some(with) => {
                let key = |number| self.contact_key(account, &with.to_bare(), number);
                (BY_CONTACT, key(first), key(end))
            }
        };
        let numbers = self
            .records
            .scan(table, from..to)?
            .map(|entry| number_in(table, &entry?.0));
        let message = |number: Result<Number, StoreError>| {
            let archived = self.message(account, number?)?.ok_or(damaged(MESSAGES))?;
            Ok::<_, StoreError>((archived.id, archived.record))
        };
        let page = match query.from {
            PageEnd::Oldest => query.collect(numbers.map(message))?,
            PageEnd::Newest => query.collect(numbers.rev().map(message))?,
        };
        Ok(ArchiveAnswer::Page(page))
    }

    /// The lowest number whose message has this id or a higher one.
    fn first_from(&self, account: &BareJid, id: ArchiveId) -> Result<Number, StoreError> {
        self.partition_point(account, |other| other < id)
    }

    /// The lowest number whose message has a higher id.
    fn first_after(&self, account: &BareJid, id: ArchiveId) -> Result<Number, StoreError> {
        self.partition_point(account, |other| other <= id)
    }

    /// The lowest number whose message is not `before`; one above the last if all are. Reads some
    /// twenty messages of a million.
    fn partition_point(
        &self,
        account: &BareJid,
        before: impl Fn(ArchiveId) -> bool,
    ) -> Result<Number, StoreError> {
        let Some((first, last)) = self.ends(account)? else {
            return Ok(0);
        };
        let (mut low, mut high) = (first, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            // A number whose message was removed stands for the next one that is there.
            let range = self.message_key(account, middle)..self.message_key(account, high);
            let Some(entry) = self.records.scan(MESSAGES, range)?.next() else {
                high = middle;
                continue;
            };
            let (key, value) = entry?;
            let archived: Archived = versioned::decode(MESSAGES, &value)?;
            if before(archived.id) {
                low = number_in(MESSAGES, &key)? + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The first and the last number of an account.
    fn ends(&self, account: &BareJid) -> Result<Option<(Number, Number)>, StoreError> {
        let all = || {
            let range = self.message_key(account, 0)..=self.message_key(account, Number::MAX);
            self.records.scan(MESSAGES, range)
        };
        let (Some(first), Some(last)) = (all()?.next(), all()?.next_back()) else {
            return Ok(None);
        };
        Ok(Some((
            number_in(MESSAGES, &first?.0)?,
            number_in(MESSAGES, &last?.0)?,
        )))
    }

    fn number_of(&self, account: &BareJid, id: ArchiveId) -> Result<Option<Number>, StoreError> {
        let number = self.records.get(NUMBERS, &self.id_key(account, id))?;
        number.map(|bytes| number_in(NUMBERS, &bytes)).transpose()
    }

    fn message(&self, account: &BareJid, number: Number) -> Result<Option<Archived>, StoreError> {
        let value = self
            .records
            .get(MESSAGES, &self.message_key(account, number))?;
        value
            .map(|value| versioned::decode(MESSAGES, &value))
            .transpose()
    }

    fn message_key(&self, account: &BareJid, number: Number) -> Vec<u8> {
        let name = self.key.name_of("archive", account.as_str().as_bytes());
        [name.as_slice(), &number.to_be_bytes()].concat()
    }

    fn contact_key(&self, account: &BareJid, with: &BareJid, number: Number) -> Vec<u8> {
        let both = [account.as_str(), "\0", with.as_str()].concat();
        let name = self.key.name_of("archive-by-contact", both.as_bytes());
        [name.as_slice(), &number.to_be_bytes()].concat()
    }

    fn id_key(&self, account: &BareJid, id: ArchiveId) -> Vec<u8> {
        let both = [account.as_str().as_bytes(), &[0], &id.to_bytes()].concat();
        self.key.name_of("archive-numbers", &both).to_vec()
    }
}

/// The number at the end of a key or a value.
fn number_in(table: Table, bytes: &[u8]) -> Result<Number, StoreError> {
    bytes
        .last_chunk::<8>()
        .map(|number| Number::from_be_bytes(*number))
        .ok_or(damaged(table))
}

fn damaged(table: Table) -> StoreError {
    StoreError::Damaged {
        table: table.name(),
    }
}
