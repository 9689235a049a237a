//! Records from one folder to another under the same key: sealed as they are, with nothing opened
//! on the way.

use std::io;

use redb::{
    ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, TableDefinition,
    TableHandle as _,
};

use serde::{Deserialize, Serialize};

use crate::error::{RecordsError, guarded};
use crate::records::{HEADER_TABLE, Records};

/// A sealed record with its place. It can be opened only there, under the key that sealed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRow {
    /// The table's name.
    pub table: String,
    /// The key.
    pub key: Vec<u8>,
    /// The value, sealed.
    pub sealed: Vec<u8>,
}

/// Why a copy was not made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The records cannot be read.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Whoever takes the copy cannot.
    #[error(transparent)]
    Taker(#[from] io::Error),
}

impl Records {
    /// How many records there are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn count(&self) -> Result<u64, RecordsError> {
        guarded(|| {
            let reading = self.database()?.begin_read()?;
            let mut count: u64 = 0;
            for handle in reading.list_tables()? {
                let name = handle.name().to_owned();
                if name == HEADER_TABLE {
                    continue;
                }
                let table = reading.open_table(of_name(&name))?;
                count = count.saturating_add(table.len()?);
            }
            Ok(count)
        })
    }

    /// Gives out every record as it is at this moment, whatever is written meanwhile.
    ///
    /// # Errors
    /// When the records cannot be read, or the first error of `take`.
    pub fn copy_out(
        &self,
        take: &mut dyn FnMut(SealedRow) -> io::Result<()>,
    ) -> Result<(), CopyError> {
        let mut refused = None;
        guarded(|| {
            let reading = self.database()?.begin_read()?;
            for handle in reading.list_tables()? {
                let name = handle.name().to_owned();
                if name == HEADER_TABLE {
                    continue;
                }
                let table = reading.open_table(of_name(&name))?;
                for entry in table.iter()? {
                    let (key, sealed) = entry?;
                    let row = SealedRow {
                        table: name.clone(),
                        key: key.value().to_vec(),
                        sealed: sealed.value().to_vec(),
                    };
                    if let Err(error) = take(row) {
                        refused = Some(error);
                        return Ok(());
                    }
                }
            }
            Ok(())
        })?;
        refused.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Takes records in, all of them or none. Nothing looks into them; one that was sealed under
    /// another key is refused when it is read.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn copy_in(&self, rows: &[SealedRow]) -> Result<(), RecordsError> {
        guarded(|| {
            let mut writing = self.database()?.begin_write()?;
            writing.set_quick_repair(true);
            for row in rows {
                // The header is the folder's own: with another one it would be refused.
                if row.table == HEADER_TABLE {
                    continue;
                }
                let mut table = writing.open_table(of_name(&row.table))?;
                table.insert(row.key.as_slice(), row.sealed.as_slice())?;
            }
            writing.commit()?;
            Ok(())
        })
    }
}

fn of_name(name: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, RecordsKey, Table};

    const ONE: Table = Table::new("one");
    const OTHER: Table = Table::new("other");

    #[test]
    fn a_copy_opens_under_the_same_key() {
        let key = RecordsKey::from_bytes(&[7; 32]);
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path(), &key).unwrap();
        let mut batch = Batch::new();
        for number in 0..100_u8 {
            batch.put(ONE, vec![number], vec![number; 50]);
            batch.put(OTHER, vec![number], vec![number]);
        }
        records.commit(batch).unwrap();
        let mut rows = Vec::new();
        records
            .copy_out(&mut |row| {
                rows.push(row);
                Ok(())
            })
            .unwrap();
        assert_eq!(records.count().unwrap(), rows.len() as u64);

        let elsewhere = tempfile::tempdir().unwrap();
        let copy = Records::open(elsewhere.path(), &key).unwrap();
        copy.copy_in(&rows).unwrap();
        assert_eq!(copy.get(ONE, &[9]).unwrap(), Some(vec![9; 50]));
        assert_eq!(copy.get(OTHER, &[99]).unwrap(), Some(vec![99]));

        let foreign = tempfile::tempdir().unwrap();
        let other_key = RecordsKey::from_bytes(&[8; 32]);
        let copy = Records::open(foreign.path(), &other_key).unwrap();
        rows.retain(|row| row.table == "one");
        rows.push(SealedRow {
            table: HEADER_TABLE.to_owned(),
            key: b"header".to_vec(),
            sealed: vec![9; 33],
        });
        copy.copy_in(&rows).unwrap();
        drop(copy);
        let copy = Records::open(foreign.path(), &other_key).unwrap();
        assert!(copy.get(ONE, &[9]).is_err());
    }

    #[test]
    fn a_taker_that_refuses_ends_the_copy() {
        let key = RecordsKey::from_bytes(&[7; 32]);
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path(), &key).unwrap();
        let mut batch = Batch::new();
        batch.put(ONE, vec![1], vec![2]);
        records.commit(batch).unwrap();
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let outcome = records.copy_out(&mut |_| Err(full()));
        assert!(matches!(outcome, Err(CopyError::Taker(_))));
    }
}
