use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batch::Table;
use crate::error::RecordsError;

/// A record with a version, so that a later program can read it.
///
/// When the type of a record changes, its old form is kept under another name, `VERSION` is raised,
/// and `from_older` reads the old form and makes the new one from it:
///
/// ```
/// use onym_records::versioned::{Versioned, from_postcard};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Contact { name: String, muted: bool }
///
/// /// As it was until version 1.
/// #[derive(Serialize, Deserialize)]
/// struct Contact1 { name: String }
///
/// impl Versioned for Contact {
///     const VERSION: u8 = 2;
///     fn from_older(version: u8, bytes: &[u8]) -> Option<Self> {
///         match version {
///             1 => from_postcard(bytes).map(|Contact1 { name }| Self { name, muted: false }),
///             _ => None,
///         }
///     }
/// }
/// ```
pub trait Versioned: Serialize + DeserializeOwned {
    /// The version that is written.
    const VERSION: u8;

    /// Reads the form of an earlier version. None when there was none, or when it is damaged.
    #[must_use]
    fn from_older(version: u8, bytes: &[u8]) -> Option<Self> {
        let _: (u8, &[u8]) = (version, bytes);
        None
    }
}

/// A record as it is stored: its version, then postcard.
///
/// # Errors
/// When it cannot be written in this form, which no type of ours does.
pub fn encode<V: Versioned>(table: Table, record: &V) -> Result<Vec<u8>, RecordsError> {
    postcard::to_extend(record, vec![V::VERSION]).map_err(|_| RecordsError::damaged(table))
}

/// A record as it was stored, by this program or an earlier one.
///
/// # Errors
/// When it is damaged or of a later version.
pub fn decode<V: Versioned>(table: Table, stored: &[u8]) -> Result<V, RecordsError> {
    let damaged = RecordsError::damaged(table);
    match stored.split_first() {
        Some((&version, bytes)) if version == V::VERSION => from_postcard(bytes).ok_or(damaged),
        Some((&version, bytes)) if version < V::VERSION => {
            V::from_older(version, bytes).ok_or(damaged)
        }
        Some((&version, _)) => Err(RecordsError::Version {
            table: table.name(),
            version,
            known: V::VERSION,
        }),
        None => Err(damaged),
    }
}

/// Reads postcard to its last byte.
#[must_use]
pub fn from_postcard<V: DeserializeOwned>(bytes: &[u8]) -> Option<V> {
    match postcard::take_from_bytes(bytes) {
        Ok((record, [])) => Some(record),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    const TABLE: Table = Table::new("contacts");

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Old(u16);
    impl Versioned for Old {
        const VERSION: u8 = 1;
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct New(u16, bool);
    impl Versioned for New {
        const VERSION: u8 = 3;
        fn from_older(version: u8, bytes: &[u8]) -> Option<Self> {
            match version {
                1 => from_postcard(bytes).map(|Old(number)| Self(number, true)),
                _ => None,
            }
        }
    }

    #[test]
    fn a_record_comes_back() {
        let stored = encode(TABLE, &New(700, false)).unwrap();
        assert_eq!(stored.first(), Some(&3));
        assert_eq!(decode::<New>(TABLE, &stored).unwrap(), New(700, false));
    }

    #[test]
    fn an_older_record_is_migrated() {
        let stored = encode(TABLE, &Old(700)).unwrap();
        assert_eq!(decode::<New>(TABLE, &stored).unwrap(), New(700, true));
    }

    #[test]
    fn what_is_damaged_or_from_the_future_is_refused() {
        let damaged: [&[u8]; 6] = [&[], &[3], &[3, 1], &[3, 1, 0, 0], &[2, 1, 0], &[1, 1, 0]];
        for stored in damaged {
            let refused = decode::<New>(TABLE, stored);
            assert!(
                matches!(refused, Err(RecordsError::Damaged { table: "contacts" })),
                "{stored:?}: {refused:?}"
            );
        }
        assert!(matches!(
            decode::<New>(TABLE, &[4, 1, 0]),
            Err(RecordsError::Version {
                table: "contacts",
                version: 4,
                known: 3
            })
        ));
    }
}
