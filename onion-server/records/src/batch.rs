//! What is to be written together.

use std::fmt;
use std::ops::{Bound, RangeBounds};

use zeroize::Zeroizing;

/// The name of one kind of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(&'static str);

impl Table {
    /// A table of this name. It needs no creating: it is there when something is put into it.
    ///
    /// The name is part of what every value is sealed with, and stands on the disk in clear.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// Changes that are written together or not at all, in the order in which they were added.
#[derive(Default)]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
}

pub(crate) enum Change {
    Put(Table, Vec<u8>, Zeroizing<Vec<u8>>),
    Remove(Table, Vec<u8>),
    RemoveRange(Table, Bound<Vec<u8>>, Bound<Vec<u8>>),
    ClearTable(Table),
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            changes: Vec::new(),
        }
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Writes a value, in place of the one that is there. The key stands on the disk in clear.
    pub fn put(
        &mut self,
        table: Table,
        key: impl Into<Vec<u8>>,
        plaintext: impl Into<Vec<u8>>,
    ) -> &mut Self {
        let plaintext = Zeroizing::new(plaintext.into());
        self.add(Change::Put(table, key.into(), plaintext))
    }

    /// Removes a value, if it is there.
    pub fn remove(&mut self, table: Table, key: impl Into<Vec<u8>>) -> &mut Self {
        self.add(Change::Remove(table, key.into()))
    }

    /// Removes every value with a key in the range.
    pub fn remove_range(&mut self, table: Table, range: impl RangeBounds<Vec<u8>>) -> &mut Self {
        let (start, end) = (range.start_bound().cloned(), range.end_bound().cloned());
        self.add(Change::RemoveRange(table, start, end))
    }

    /// Removes every value of a table.
    pub fn clear_table(&mut self, table: Table) -> &mut Self {
        self.add(Change::ClearTable(table))
    }

    /// Adds the changes of another batch after its own.
    pub fn append(&mut self, mut later: Self) -> &mut Self {
        self.changes.append(&mut later.changes);
        self
    }

    fn add(&mut self, change: Change) -> &mut Self {
        self.changes.push(change);
        self
    }
}

impl Change {
    pub(crate) const fn table(&self) -> Table {
        match self {
            Self::Put(table, ..)
            | Self::Remove(table, ..)
            | Self::RemoveRange(table, ..)
            | Self::ClearTable(table) => *table,
        }
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes } = self;
        write!(f, "Batch({} changes)", changes.len())
    }
}

/// The range of all keys that begin with `prefix`.
#[must_use]
pub fn prefix_range(prefix: &[u8]) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let mut end = prefix.to_vec();
    // The first key behind them: the last byte that can be raised is raised, what follows is cut.
    while let Some(last) = end.pop() {
        if let Some(raised) = last.checked_add(1) {
            end.push(raised);
            return (Bound::Included(prefix.to_vec()), Bound::Excluded(end));
        }
    }
    (Bound::Included(prefix.to_vec()), Bound::Unbounded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_prefix_range_holds_exactly_what_begins_with_the_prefix(
            prefix in prop::collection::vec(prop_oneof![Just(0u8), Just(254), Just(255)], 0..4),
            key in prop::collection::vec(prop_oneof![Just(0u8), Just(254), Just(255)], 0..6),
        ) {
            let inside = prefix_range(&prefix).contains(&key);
            prop_assert_eq!(inside, key.starts_with(&prefix));
        }
    }

    #[test]
    fn debug_shows_neither_keys_nor_values() {
        let mut batch = Batch::new();
        batch.put(Table::new("t"), b"key".as_slice(), b"value".as_slice());
        assert_eq!(format!("{batch:?}"), "Batch(1 changes)");
    }
}
