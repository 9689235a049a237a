//! Changes that are being put together: what was read is seen with what was already changed.

use std::collections::BTreeMap;
use std::ops::Bound;

use onym_records::{Batch, Records, RecordsError, Table};

/// Where records are read from.
pub(crate) trait Read {
    /// The value under a key.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError>;

    /// The last value at a key or before it.
    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyAndValue>, RecordsError>;
}

/// A record as it was read.
pub(crate) type KeyAndValue = (Vec<u8>, Vec<u8>);

impl Read for Records {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
        Self::get(self, table, key)
    }

    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyAndValue>, RecordsError> {
        self.scan(table, ..=key.to_vec())?.next_back().transpose()
    }
}

/// Changes on top of records, not written yet.
pub(crate) struct Draft<'a> {
    records: &'a Records,
    changed: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(records: &'a Records) -> Self {
        Self {
            records,
            changed: BTreeMap::new(),
        }
    }

    pub(crate) fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.changed.insert((table, key), Some(value));
    }

    pub(crate) fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.changed.insert((table, key), None);
    }

    /// All records of a small table.
    pub(crate) fn all(&self, table: Table) -> Result<Vec<KeyAndValue>, RecordsError> {
        let mut all = Vec::new();
        for entry in self.records.scan(table, ..)? {
            let (key, value) = entry?;
            if !self.changed.contains_key(&(table, key.clone())) {
                all.push((key, value));
            }
        }
        let ours = self.changed.range((table, Vec::new())..);
        for ((_, key), value) in ours.take_while(|((other, _), _)| *other == table) {
            all.extend(value.clone().map(|value| (key.clone(), value)));
        }
        Ok(all)
    }

    /// The changes as one batch.
    pub(crate) fn into_batch(self) -> Batch {
        let mut batch = Batch::new();
        for ((table, key), value) in self.changed {
            match value {
                Some(value) => batch.put(table, key, value),
                None => batch.remove(table, key),
            };
        }
        batch
    }
}

impl Read for Draft<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError> {
        match self.changed.get(&(table, key.to_vec())) {
            Some(value) => Ok(value.clone()),
            None => Read::get(self.records, table, key),
        }
    }

    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyAndValue>, RecordsError> {
        let bounds = (
            Bound::Included((table, Vec::new())),
            Bound::Included((table, key.to_vec())),
        );
        let ours = self
            .changed
            .range(bounds)
            .rev()
            .find_map(|((_, key), value)| Some((key.clone(), value.clone()?)));
        for entry in self.records.scan(table, ..=key.to_vec())?.rev() {
            let theirs = entry?;
            if ours.as_ref().is_some_and(|(key, _)| *key >= theirs.0) {
                return Ok(ours);
            }
            if !self.changed.contains_key(&(table, theirs.0.clone())) {
                return Ok(Some(theirs));
            }
        }
        Ok(ours)
    }
}

impl std::fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({} changes)", self.changed.len())
    }
}
