//! Everything of a data folder in one sealed file, and back.
//!
//! `docs/backup.md` specifies the file. The records go in as they lie on the disk, sealed under
//! the master key of the vault; the key goes in beside them, and a passphrase of its own seals the
//! whole.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use onym_identity::{RootSecret, Timestamp};
use onym_records::{
    CopyError, MasterKey, Protection, Records, RecordsError, RecordsKey, SealedRow,
    SealedStreamError, SealedStreamReader, SealedStreamWriter, Vault, VaultError,
};
use onym_server::{Clock, Endpoint, EndpointError};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::data_dir::DataDir;
use crate::draft::Draft;
use crate::engine_task::EngineHandle;
use crate::identity_file::{self, IdentityFileError, MAX_ADDRESS_INDEX, Place};
use crate::progress::{Cancelled, Tell};
use crate::settings::Settings;
use crate::unlocking::{CLIENT_RECORDS, ENDPOINT_RECORDS, Unlocked};

/// The version of the file's contents. The first one knew nothing of the address.
const VERSION: u8 = 2;

/// Records in one item.
const ROWS_PER_ITEM: usize = 256;

/// The longest item that is read, in bytes: the records of one, each as large as a stanza.
const MAX_ITEM_BYTES: u32 = 256 * 1024 * 1024;

/// One thing in the file. The order is that of the variants, but that the last one comes first of the
/// records.
#[derive(Serialize, Deserialize)]
enum Item {
    /// What it is.
    Head {
        version: u8,
        created: Timestamp,
        /// How many records will come.
        rows: u64,
    },
    /// The master key of the vault.
    Master([u8; 32]),
    /// The root secret.
    Root([u8; 32]),
    /// The settings, as their file has them.
    Settings(Settings),
    /// Records of a folder.
    Rows(Folder, Vec<SealedRow>),
    /// Nothing is missing.
    End,
    /// Which onion service of the identity the endpoint is, if it is not the first one.
    AddressIndex(u32),
}

/// A folder of records.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Folder {
    Endpoint,
    Client,
}

/// Why a backup is not written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// The records cannot be read or written.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The file is no backup, is damaged, or has another passphrase.
    #[error(transparent)]
    Sealed(#[from] SealedStreamError),
    /// The vault cannot be made.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The identity cannot be written.
    #[error(transparent)]
    Identity(#[from] IdentityFileError),
    /// The settings cannot be written.
    #[error(transparent)]
    Settings(#[from] crate::settings::SettingsError),
    /// What is inside is not what a backup holds.
    #[error("the backup does not hold what it should; nothing was taken over")]
    Malformed,
    /// It was made by a later program.
    #[error("the backup has version {0}, which this program does not know")]
    Version(u8),
    /// There is an identity already.
    #[error("there is an identity in {0} already; choose another folder with --data-dir")]
    Exists(PathBuf),
    /// Nobody wants it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What goes into a backup.
#[derive(Clone)]
pub(crate) struct Parts {
    unlocked: Unlocked,
    settings: Settings,
    endpoint: Records,
    client: Records,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parts")
    }
}

impl Parts {
    /// Everything of a running node.
    ///
    /// # Errors
    /// When the endpoint has stopped.
    pub(crate) fn of(
        endpoint: &Endpoint,
        engine: &EngineHandle,
        unlocked: &Unlocked,
        settings: &Settings,
    ) -> Result<Self, EndpointError> {
        Ok(Self {
            unlocked: unlocked.clone(),
            settings: settings.clone(),
            endpoint: endpoint.records()?,
            client: engine.store().records().clone(),
        })
    }
}

/// Writes everything to a new file, sealed with a passphrase. `tell` hears how far it is, in
/// percent.
pub(crate) fn write(
    parts: &Parts,
    path: &Path,
    passphrase: &str,
    tell: &mut Tell<'_>,
) -> Result<(), BackupError> {
    let io_error = |source| BackupError::Io {
        path: path.to_owned(),
        source,
    };
    let draft = Draft::new(path).map_err(io_error)?;
    let file = draft.file().map_err(io_error)?;
    let passphrase = normal(passphrase);
    let mut rng = rand::rng();
    let mut out = SealedStreamWriter::new(BufWriter::new(file), passphrase.as_bytes(), &mut rng)?;
    write_items(parts, &mut out, tell).map_err(|error| match error {
        CopyError::Records(error) => BackupError::Records(error),
        CopyError::Taker(error) => match error.downcast::<Cancelled>() {
            Ok(cancelled) => BackupError::Cancelled(cancelled),
            Err(error) => io_error(error),
        },
    })?;
    let file = out
        .finish()?
        .into_inner()
        .map_err(|error| io_error(error.into_error()))?;
    file.sync_all().map_err(io_error)?;
    draft.publish().map_err(io_error)
}

fn write_items(parts: &Parts, out: &mut dyn Write, tell: &mut Tell<'_>) -> Result<(), CopyError> {
    // The client first: what it has handed to the endpoint before is in the endpoint's records
    // then, and what comes between the two is recognised as known.
    let folders = [
        (Folder::Client, &parts.client),
        (Folder::Endpoint, &parts.endpoint),
    ];
    let mut rows: u64 = 0;
    for (_, records) in folders {
        rows = rows.saturating_add(records.count()?);
    }
    // The key has just been derived, which takes a while.
    tell(0).map_err(io::Error::other)?;
    let index = parts.unlocked.address_index();
    let head = Item::Head {
        // Whoever has not moved can go back to an earlier program.
        version: if index == 0 { 1 } else { VERSION },
        created: Clock::new().now(),
        rows,
    };
    put(out, &head)?;
    put(out, &Item::Master(*parts.unlocked.master().as_bytes()))?;
    put(out, &Item::Root(*parts.unlocked.secret().as_bytes()))?;
    put(out, &Item::Settings(parts.settings.clone()))?;
    if index != 0 {
        put(out, &Item::AddressIndex(index))?;
    }
    let mut done: u64 = 0;
    for (folder, records) in folders {
        let mut waiting = Vec::new();
        records.copy_out(&mut |row| {
            waiting.push(row);
            done = done.saturating_add(1);
            if waiting.len() < ROWS_PER_ITEM {
                return Ok(());
            }
            tell(percent(done, rows)).map_err(io::Error::other)?;
            put(out, &Item::Rows(folder, std::mem::take(&mut waiting)))
        })?;
        put(out, &Item::Rows(folder, waiting))?;
    }
    put(out, &Item::End)?;
    tell(100).map_err(io::Error::other)?;
    Ok(())
}

fn percent(done: u64, all: u64) -> u8 {
    u8::try_from(done.saturating_mul(100) / all.max(1)).map_or(100, |percent| percent.min(100))
}

fn put(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    let bytes = Zeroizing::new(postcard::to_stdvec(item).map_err(io::Error::other)?);
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&bytes)
}

/// Reads a backup into the folder for what waits to be taken over. It is taken over by
/// [`take_over`], once nobody uses the data folder.
pub(crate) fn read_beside(
    path: &Path,
    passphrase: &str,
    folder: &DataDir,
    tell: &mut Tell<'_>,
) -> Result<(), BackupError> {
    let waiting = folder.import();
    let io_error = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    remove(&waiting).map_err(io_error(&waiting))?;
    let into = DataDir::open(Some(&waiting)).map_err(|error| BackupError::Io {
        path: waiting.clone(),
        source: io::Error::other(error),
    })?;
    let file = File::open(path).map_err(io_error(path))?;
    let passphrase = normal(passphrase);
    let mut from = SealedStreamReader::new(BufReader::new(file), passphrase.as_bytes())?;
    let outcome = read_items(&mut from, &into, tell);
    if outcome.is_err() {
        let _gone = remove(&waiting);
        return outcome;
    }
    // From here on the backup is whole: a crash on the way is followed by the rest.
    let mark = waiting.join(COMPLETE);
    let place = folder.free_place_for_replaced();
    fs::write(&mark, place.as_bytes())
        .and_then(|()| File::open(&mark)?.sync_all())
        .map_err(io_error(&waiting))
}

/// Says that a folder to be taken over is whole, and what the folder for what it replaces is called.
const COMPLETE: &str = "complete";

/// What is taken over.
///
/// The identity comes last: without it nothing else is looked at.
const TAKEN: [&str; 5] = ["settings.toml", "server", "client", "vault", "identity"];

fn read_items(from: &mut dyn Read, into: &DataDir, tell: &mut Tell<'_>) -> Result<(), BackupError> {
    tell(0)?;
    let Item::Head { version, rows, .. } = get(from)? else {
        return Err(BackupError::Malformed);
    };
    if !(1..=VERSION).contains(&version) {
        return Err(BackupError::Version(version));
    }
    let Item::Master(master) = get(from)? else {
        return Err(BackupError::Malformed);
    };
    let master = MasterKey::from_bytes(&Zeroizing::new(master));
    let Item::Root(root) = get(from)? else {
        return Err(BackupError::Malformed);
    };
    let secret = RootSecret::from_bytes(&Zeroizing::new(root));
    let Item::Settings(settings) = get(from)? else {
        return Err(BackupError::Malformed);
    };
    let recovery = secret.at_rest_recovery_key();
    Vault::restore(
        &into.vault_file(),
        &master,
        Protection::Open,
        Some(&recovery),
        &mut rand::rng(),
    )?;
    settings.save(&into.settings_file())?;
    let open = |path: PathBuf, key: RecordsKey| Records::open(&path, &key);
    let endpoint = open(into.endpoint_store(), master.records_key(ENDPOINT_RECORDS))?;
    let client = open(into.client_store(), master.records_key(CLIENT_RECORDS))?;
    let mut done: u64 = 0;
    let mut place = Place::default();
    loop {
        match get(from)? {
            Item::AddressIndex(index) if index <= MAX_ADDRESS_INDEX => place.index = index,
            Item::Rows(folder, taken) => {
                done = done.saturating_add(taken.len() as u64);
                match folder {
                    Folder::Endpoint => endpoint.copy_in(&taken)?,
                    Folder::Client => client.copy_in(&taken)?,
                }
                tell(percent(done, rows))?;
            }
            Item::End => break,
            _ => return Err(BackupError::Malformed),
        }
    }
    identity_file::save(&into.identity_file(), &secret, place, &master)?;
    Ok(())
}

fn get(from: &mut dyn Read) -> Result<Item, BackupError> {
    let read_error = |error: io::Error| match error.downcast::<SealedStreamError>() {
        Ok(sealed) => BackupError::Sealed(sealed),
        Err(_) => BackupError::Malformed,
    };
    let mut length = [0; 4];
    from.read_exact(&mut length).map_err(read_error)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_ITEM_BYTES {
        return Err(BackupError::Malformed);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let mut limited = from.take(u64::from(length));
    limited.read_to_end(&mut bytes).map_err(read_error)?;
    match postcard::take_from_bytes(&bytes) {
        Ok((item, [])) => Ok(item),
        _ => Err(BackupError::Malformed),
    }
}

/// Takes over a backup that was read whole, in place of what is there, which is kept in a folder
/// beside it. Does nothing if there is none. Whoever calls this holds the folder's lock.
pub(crate) fn take_over(folder: &DataDir) -> io::Result<bool> {
    let waiting = folder.import();
    let Ok(place) = fs::read_to_string(waiting.join(COMPLETE)) else {
        // One that was cut short holds a key in clear.
        remove(&waiting)?;
        return Ok(false);
    };
    let replaced = folder.path().join(place);
    for name in TAKEN {
        let (new, place) = (waiting.join(name), folder.path().join(name));
        if !new.exists() {
            continue;
        }
        if place.exists() {
            fs::create_dir_all(&replaced)?;
            fs::rename(&place, replaced.join(name))?;
        }
        fs::rename(&new, &place)?;
    }
    remove(&waiting)?;
    File::open(folder.path())?.sync_all()?;
    Ok(true)
}

/// Removes a backup that waits to be taken over and is no longer wanted.
pub(crate) fn refuse(folder: &DataDir) -> io::Result<()> {
    remove(&folder.import())
}

/// Whether a backup waits to be taken over.
pub(crate) fn waits(folder: &DataDir) -> bool {
    folder.import().exists()
}

fn remove(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        onym_records::wipe(folder)?;
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// One Unicode form, whatever the keyboard made.
fn normal(passphrase: &str) -> Zeroizing<String> {
    Zeroizing::new(passphrase.nfc().collect())
}

#[cfg(test)]
mod tests {
    use onym_records::{Batch, Table};

    use super::*;
    use crate::unlocking::{self, NewLock, Opening, Passphrase};

    const TABLE: Table = Table::new("things");

    fn parts(folder: &DataDir) -> Parts {
        let lock = NewLock::Passphrase(Passphrase::new("old"));
        let unlocked = unlocking::make(folder, RootSecret::from_bytes(&[7; 32]), &lock).unwrap();
        let endpoint = Records::open(&folder.endpoint_store(), &unlocked.endpoint_key()).unwrap();
        let client = Records::open(&folder.client_store(), &unlocked.client_key()).unwrap();
        for (records, word) in [(&endpoint, "endpoint"), (&client, "client")] {
            let mut batch = Batch::new();
            for number in 0..1_000_u32 {
                batch.put(TABLE, number.to_be_bytes(), format!("{word} {number}"));
            }
            records.commit(batch).unwrap();
        }
        Parts {
            unlocked,
            settings: Settings {
                text_size: 125,
                ..Settings::default()
            },
            endpoint,
            client,
        }
    }

    fn data_dir(parent: &Path, name: &str) -> DataDir {
        DataDir::open(Some(&parent.join(name))).unwrap()
    }

    #[test]
    fn everything_comes_back_elsewhere() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("all.onym");
        let parts = parts(&data_dir(parent.path(), "old"));
        let mut heard = Vec::new();
        write(&parts, &file, "export", &mut |percent| {
            heard.push(percent);
            Ok(())
        })
        .unwrap();
        assert!(heard.is_sorted() && !heard.is_empty());
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(8).any(|part| part == b"endpoint"));

        let folder = data_dir(parent.path(), "new");
        assert!(!take_over(&folder).unwrap());
        read_beside(&file, "export", &folder, &mut |_| Ok(())).unwrap();
        assert!(take_over(&folder).unwrap());
        assert!(!take_over(&folder).unwrap());
        let Opening::Open(unlocked) = unlocking::open(&folder).unwrap() else {
            panic!("the passphrase of the old folder is not that of the new one");
        };
        assert_eq!(unlocked.secret().as_bytes(), &[7; 32]);
        let client = Records::open(&folder.client_store(), &unlocked.client_key()).unwrap();
        let found = client.get(TABLE, &999_u32.to_be_bytes()).unwrap();
        assert_eq!(found.as_deref(), Some(b"client 999".as_slice()));
        let settings = Settings::load(&folder.settings_file()).unwrap();
        assert_eq!(settings.text_size, 125);
    }

    #[test]
    fn the_address_comes_back_too() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("all.onym");
        let mut parts = parts(&data_dir(parent.path(), "old"));
        let first = parts.unlocked.jid();
        for move_number in 1..=2_u32 {
            parts.unlocked.move_at_next_start().unwrap();
            parts.unlocked = parts.unlocked.moved().unwrap();
            assert_eq!(parts.unlocked.address_index(), move_number);
        }
        assert_eq!(parts.unlocked.former()[0], first);
        write(&parts, &file, "export", &mut |_| Ok(())).unwrap();
        let folder = data_dir(parent.path(), "new");
        read_beside(&file, "export", &folder, &mut |_| Ok(())).unwrap();
        assert!(take_over(&folder).unwrap());
        let Opening::Open(unlocked) = unlocking::open(&folder).unwrap() else {
            panic!("it is locked");
        };
        assert_eq!(unlocked.jid(), parts.unlocked.jid());
        assert_eq!(unlocked.former(), parts.unlocked.former());
    }

    #[test]
    fn what_was_there_before_is_kept() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("all.onym");
        write(
            &parts(&data_dir(parent.path(), "old")),
            &file,
            "export",
            &mut |_| Ok(()),
        )
        .unwrap();
        let folder = data_dir(parent.path(), "new");
        unlocking::make(&folder, RootSecret::from_bytes(&[8; 32]), &NewLock::Open).unwrap();
        read_beside(&file, "export", &folder, &mut |_| Ok(())).unwrap();
        assert!(take_over(&folder).unwrap());
        let kept = DataDir::open(Some(&folder.path().join("replaced-1"))).unwrap();
        let Opening::Open(before) = unlocking::open(&kept).unwrap() else {
            panic!("the identity before is gone");
        };
        assert_eq!(before.secret().as_bytes(), &[8; 32]);

        // And once more, with the folder of the first time still there.
        read_beside(&file, "export", &folder, &mut |_| Ok(())).unwrap();
        assert!(take_over(&folder).unwrap());
        assert!(folder.path().join("replaced-2").join("vault").exists());
    }

    #[test]
    fn a_wrong_passphrase_and_a_cut_file_change_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("all.onym");
        write(
            &parts(&data_dir(parent.path(), "old")),
            &file,
            "export",
            &mut |_| Ok(()),
        )
        .unwrap();
        let folder = data_dir(parent.path(), "new");
        assert!(read_beside(&file, "else", &folder, &mut |_| Ok(())).is_err());
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 10]).unwrap();
        assert!(read_beside(&file, "export", &folder, &mut |_| Ok(())).is_err());
        assert!(!take_over(&folder).unwrap());
        assert!(matches!(unlocking::open(&folder), Ok(Opening::Empty)));
    }

    #[test]
    fn work_that_is_stopped_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("all.onym");
        let parts = parts(&data_dir(parent.path(), "old"));
        let stopped = write(&parts, &file, "export", &mut |_| Err(Cancelled));
        assert!(
            matches!(stopped, Err(BackupError::Cancelled(_))),
            "{stopped:?}"
        );
        let left = fs::read_dir(parent.path()).unwrap();
        assert_eq!(left.count(), 1, "only the data folder");

        write(&parts, &file, "export", &mut |_| Ok(())).unwrap();
        let folder = data_dir(parent.path(), "new");
        let mut told = 0;
        let mut once = |_| {
            told += 1;
            if told == 2 { Err(Cancelled) } else { Ok(()) }
        };
        let stopped = read_beside(&file, "export", &folder, &mut once);
        assert!(
            matches!(stopped, Err(BackupError::Cancelled(_))),
            "{stopped:?}"
        );
        assert!(!waits(&folder));

        read_beside(&file, "export", &folder, &mut |_| Ok(())).unwrap();
        assert!(waits(&folder));
        refuse(&folder).unwrap();
        assert!(!waits(&folder), "whole, and not wanted any more");
        assert!(!folder.import().exists());
    }
}
