//! A store that forgets: for tests, and as the model of what a store does.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use super::{Change, Snapshot, Store};

/// Keeps the records in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Snapshot>);

impl MemoryStore {
    /// A store that already holds records.
    #[must_use]
    pub fn with(snapshot: Snapshot) -> Self {
        Self(Mutex::new(snapshot))
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn load(&self) -> Result<Snapshot, Infallible> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    fn commit(&self, changes: &[Change]) -> Result<(), Infallible> {
        let mut snapshot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.iter().for_each(|change| snapshot.apply(change));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_contract() {
        super::super::contract::check(MemoryStore::default, |store| store);
    }
}
