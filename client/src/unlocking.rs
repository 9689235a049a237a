//! From a data folder to its keys: the vault, the identity sealed by it, and every way to open
//! them.

mod address;

use std::path::{Path, PathBuf};

use onym_desktop::{Keyring, KeyringError};
use onym_identity::{RecoveryPhrase, RootSecret};
use onym_records::{
    KeyringSecret, MasterKey, Protection, RecordsKey, Unlocked as Passed, Vault, VaultError,
};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::data_dir::DataDir;
use crate::identity_file::{self, IdentityFileError, Place};

/// What the keys of the two folders of records are derived for.
pub(crate) const ENDPOINT_RECORDS: &str = "endpoint";
pub(crate) const CLIENT_RECORDS: &str = "client";

/// A passphrase as a person typed it. RFC 8265, section 4.2.2: one Unicode form (NFC), whatever
/// the keyboard made.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Passphrase(Zeroizing<String>);

/// What a data folder is.
pub(crate) enum Opening {
    /// There is no identity in it.
    Empty,
    /// A passphrase or the keyring is needed.
    Locked(Locked),
    /// It is open.
    Open(Unlocked),
}

/// A data folder whose keys are not known yet.
#[derive(Clone)]
pub(crate) struct Locked {
    folder: DataDir,
    vault: Vault,
}

/// A data folder with its keys.
#[derive(Clone)]
pub(crate) struct Unlocked {
    folder: DataDir,
    vault: Vault,
    master: MasterKey,
    secret: Root,
    place: Place,
}

/// The root secret, which does not copy itself.
type Root = std::sync::Arc<RootSecret>;

/// How a new data folder is locked.
#[derive(Clone)]
pub(crate) enum NewLock {
    /// Not at all.
    Open,
    /// By a passphrase.
    Passphrase(Passphrase),
}

/// Why a data folder is not opened, made or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnlockError {
    /// The vault refuses.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The identity cannot be read or written.
    #[error(transparent)]
    Identity(#[from] IdentityFileError),
    /// The keyring does not help.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The keyring does not know this folder.
    #[error("the keyring of this system has no key for {0}")]
    NotInKeyring(PathBuf),
    /// There are records of another identity, or of a vault that is lost.
    #[error("there are records in {0} that this identity does not open")]
    OthersRecords(PathBuf),
    /// The duress passphrase was given, and everything in the folder is gone.
    #[error("there is no identity in {0} yet")]
    Wiped(PathBuf),
}

impl UnlockError {
    /// What the user can do.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Identity(IdentityFileError::Missing(_)) | Self::Wiped(_) => Some(
                "Make one with `onym identity new`, or restore one with `onym identity restore`.",
            ),
            Self::Vault(VaultError::WrongPassphrase) => Some(
                "Try again. Whoever has the 24 words sets a new one with `onym passphrase set --phrase`.",
            ),
            Self::Vault(VaultError::WrongRecoveryKey) => Some(
                "Nothing was changed. The 24 words have to be those of the identity in this folder.",
            ),
            Self::OthersRecords(_) => {
                Some("Choose another folder with --data-dir; the one here is kept as it is.")
            }
            _ => None,
        }
    }
}

impl Passphrase {
    pub(crate) fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.nfc().collect()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text.
    pub(crate) fn into_text(self) -> Zeroizing<String> {
        self.0
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Looks at a data folder, and opens it if it is not locked.
pub(crate) fn open(folder: &DataDir) -> Result<Opening, UnlockError> {
    if !folder.identity_file().exists() {
        return Ok(Opening::Empty);
    }
    let vault = Vault::read(&folder.vault_file())?;
    let locked = Locked {
        folder: folder.clone(),
        vault,
    };
    if locked.vault.slots().open {
        let master = locked.vault.unlock_open()?;
        return Ok(Opening::Open(locked.with_master(master)?));
    }
    Ok(Opening::Locked(locked))
}

/// Makes the vault of an identity and writes the identity, sealed. Whoever calls this holds the
/// folder's lock.
pub(crate) fn make(
    folder: &DataDir,
    secret: RootSecret,
    lock: &NewLock,
) -> Result<Unlocked, UnlockError> {
    make_at(folder, secret, 0, lock)
}

/// As [`make`], for an endpoint that is at another onion service of the identity than the first.
pub(crate) fn make_at(
    folder: &DataDir,
    secret: RootSecret,
    index: u32,
    lock: &NewLock,
) -> Result<Unlocked, UnlockError> {
    let place = Place { index, next: None };
    let file = folder.identity_file();
    if file.exists() {
        return Err(IdentityFileError::Exists(folder.path().to_owned()).into());
    }
    if let Some(unlocked) = reuse_vault(folder, &secret, place)? {
        return Ok(unlocked);
    }
    let protection = match lock {
        NewLock::Open => Protection::Open,
        NewLock::Passphrase(passphrase) => Protection::Passphrase(passphrase.bytes()),
    };
    let recovery = secret.at_rest_recovery_key();
    let mut rng = rand::rng();
    let path = folder.vault_file();
    let (vault, master) = Vault::create(&path, protection, Some(&recovery), &mut rng)?;
    identity_file::save(&file, &secret, place, &master)?;
    Ok(Unlocked {
        folder: folder.clone(),
        vault,
        master,
        secret: Root::new(secret),
        place,
    })
}

/// A vault without an identity may be left from a start that was cut short, and then holds
/// nothing; or the identity was lost, and its records are still sealed under this vault. The words
/// of the identity open it then.
fn reuse_vault(
    folder: &DataDir,
    secret: &RootSecret,
    place: Place,
) -> Result<Option<Unlocked>, UnlockError> {
    let path = folder.vault_file();
    let has_records = folder.endpoint_store().exists() || folder.client_store().exists();
    let opened = Vault::read(&path).and_then(|vault| {
        let master = vault.unlock_with_recovery(&secret.at_rest_recovery_key())?;
        Ok((vault, master))
    });
    match opened {
        Ok((vault, master)) if has_records => {
            identity_file::save(&folder.identity_file(), secret, place, &master)?;
            let phrase = secret.recovery_phrase();
            Ok(Some(Unlocked {
                folder: folder.clone(),
                vault,
                master,
                secret: Root::new(phrase.root_secret()),
                place,
            }))
        }
        Err(_) if has_records => Err(UnlockError::OthersRecords(folder.path().to_owned())),
        Ok(_) | Err(_) => remove_leftover(&path).map(|()| None),
    }
}

fn remove_leftover(path: &Path) -> Result<(), UnlockError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(UnlockError::Identity(IdentityFileError::Io {
                path: path.to_owned(),
                source,
            }))
        }
        _ => Ok(()),
    }
}

impl Locked {
    /// Whether a passphrase opens it.
    pub(crate) fn has_passphrase(&self) -> bool {
        self.vault.slots().passphrase
    }

    /// Whether the system's keyring may open it.
    pub(crate) fn has_keyring(&self) -> bool {
        self.vault.slots().keyring
    }

    pub(crate) fn folder(&self) -> &DataDir {
        &self.folder
    }

    /// Opens it with a passphrase. The duress passphrase removes everything in the folder. Takes
    /// the time of a guess.
    pub(crate) fn with_passphrase(&self, passphrase: &Passphrase) -> Result<Unlocked, UnlockError> {
        match self.vault.unlock_with_passphrase(passphrase.bytes())? {
            Passed::Opened(master) => self.with_master(master),
            Passed::Duress => {
                let path = self.folder.path();
                if let Err(error) = onym_records::wipe(path) {
                    tracing::warn!("something could not be removed: {error}");
                }
                Err(UnlockError::Wiped(path.to_owned()))
            }
        }
    }

    /// Opens it with the secret in the system's keyring. Waits for the keyring, which may ask the
    /// user, who may never answer.
    pub(crate) fn with_keyring(&self) -> Result<Unlocked, UnlockError> {
        let secret = keyring_of(&self.folder)
            .get()?
            .map(Zeroizing::new)
            .and_then(|bytes| {
                <&[u8; 32]>::try_from(bytes.as_slice())
                    .ok()
                    .map(KeyringSecret::from_bytes)
            })
            .ok_or_else(|| UnlockError::NotInKeyring(self.folder.path().to_owned()))?;
        self.with_master(self.vault.unlock_with_keyring_secret(&secret)?)
    }

    /// Opens it with the words of its identity. Nothing changes: whoever has forgotten the
    /// passphrase calls [`Unlocked::relock`] next.
    pub(crate) fn with_phrase(&self, phrase: &RecoveryPhrase) -> Result<Unlocked, UnlockError> {
        let key = phrase.root_secret().at_rest_recovery_key();
        self.with_master(self.vault.unlock_with_recovery(&key)?)
    }

    fn with_master(&self, master: MasterKey) -> Result<Unlocked, UnlockError> {
        let (secret, place) = identity_file::load(&self.folder.identity_file(), &master)?;
        Ok(Unlocked {
            folder: self.folder.clone(),
            vault: self.vault.clone(),
            master,
            secret: Root::new(secret),
            place,
        })
    }
}

impl Unlocked {
    pub(crate) fn folder(&self) -> &DataDir {
        &self.folder
    }

    pub(crate) fn secret(&self) -> &RootSecret {
        &self.secret
    }

    /// The key that all others are derived from, for a backup.
    pub(crate) fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The key of the endpoint's records.
    pub(crate) fn endpoint_key(&self) -> RecordsKey {
        self.master.records_key(ENDPOINT_RECORDS)
    }

    /// The key of the client's records.
    pub(crate) fn client_key(&self) -> RecordsKey {
        self.master.records_key(CLIENT_RECORDS)
    }

    /// Whether a passphrase is asked for at each start.
    pub(crate) fn has_passphrase(&self) -> bool {
        self.vault.slots().passphrase
    }

    /// Whether the system's keyring opens it.
    pub(crate) fn has_keyring(&self) -> bool {
        self.vault.slots().keyring
    }

    /// Whether there is a duress passphrase.
    pub(crate) fn has_duress(&self) -> bool {
        self.vault
            .has_duress_passphrase(&self.master)
            .unwrap_or(false)
    }

    /// Locks it from now on with a new passphrase, or no longer asks for one.
    pub(crate) fn relock(&mut self, lock: &NewLock) -> Result<(), UnlockError> {
        match lock {
            NewLock::Open => self.remove_passphrase(),
            NewLock::Passphrase(passphrase) => self.set_passphrase(passphrase),
        }
    }

    /// Sets the passphrase or changes it.
    pub(crate) fn set_passphrase(&mut self, passphrase: &Passphrase) -> Result<(), UnlockError> {
        Ok(self
            .vault
            .set_passphrase(&self.master, passphrase.bytes(), &mut rand::rng())?)
    }

    /// No longer asks for a passphrase.
    pub(crate) fn remove_passphrase(&mut self) -> Result<(), UnlockError> {
        Ok(self
            .vault
            .remove_passphrase(&self.master, &mut rand::rng())?)
    }

    /// Sets the passphrase that removes everything.
    pub(crate) fn set_duress(&mut self, passphrase: &Passphrase) -> Result<(), UnlockError> {
        Ok(self
            .vault
            .set_duress_passphrase(&self.master, passphrase.bytes(), &mut rand::rng())?)
    }

    /// Removes it.
    pub(crate) fn remove_duress(&mut self) -> Result<(), UnlockError> {
        Ok(self
            .vault
            .remove_duress_passphrase(&self.master, &mut rand::rng())?)
    }

    /// Lets the system's keyring open it too. Waits for the keyring.
    pub(crate) fn add_keyring(&mut self) -> Result<(), UnlockError> {
        // The keyring first: a slot that nothing opens would only mislead.
        let secret = put_in_keyring(&self.folder)?;
        self.use_keyring(&secret)
    }

    /// Lets a secret open it that [`put_in_keyring`] has put into the keyring.
    pub(crate) fn use_keyring(&mut self, secret: &KeyringSecret) -> Result<(), UnlockError> {
        self.vault
            .set_keyring_secret(&self.master, secret, &mut rand::rng())?;
        // Beside a key that lies there in clear, the keyring would protect nothing.
        if self.vault.slots().open {
            self.vault.remove_open_slot(&self.master)?;
        }
        Ok(())
    }

    /// No longer lets it. Waits for the keyring.
    pub(crate) fn remove_keyring(&mut self) -> Result<(), UnlockError> {
        self.refuse_keyring()?;
        take_out_of_keyring(&self.folder);
        Ok(())
    }

    /// No longer lets the secret in the keyring open it, wherever that stays.
    pub(crate) fn refuse_keyring(&mut self) -> Result<(), UnlockError> {
        Ok(self.vault.remove_keyring_secret(&self.master)?)
    }

    /// Whether this is the passphrase, for those who ask for something that it protects. Without a
    /// passphrase everybody may. The duress passphrase is a wrong one here.
    pub(crate) fn verify(&self, passphrase: Option<&Passphrase>) -> Result<(), UnlockError> {
        if !self.vault_now()?.slots().passphrase {
            return Ok(());
        }
        let given = passphrase.map_or(&[][..], Passphrase::bytes);
        if self.vault_now()?.verify_passphrase(given)? {
            Ok(())
        } else {
            Err(VaultError::WrongPassphrase.into())
        }
    }

    /// Checks a passphrase again, as a locked window does. The duress passphrase removes
    /// everything.
    pub(crate) fn check(&self, passphrase: &Passphrase) -> Result<(), UnlockError> {
        self.as_locked().with_passphrase(passphrase).map(drop)
    }

    /// Checks the words of the identity, as a locked window does.
    pub(crate) fn check_phrase(&self, phrase: &RecoveryPhrase) -> Result<(), UnlockError> {
        self.as_locked().with_phrase(phrase).map(drop)
    }

    fn as_locked(&self) -> Locked {
        Locked {
            folder: self.folder.clone(),
            vault: self.vault.clone(),
        }
    }

    /// The vault as it lies on the disk: another copy of this may have changed the passphrase.
    fn vault_now(&self) -> Result<Vault, UnlockError> {
        Ok(Vault::read(&self.folder.vault_file())?)
    }

    /// Removes everything in the folder. A secret in the keyring, which opens nothing then, stays
    /// for [`take_out_of_keyring`].
    pub(crate) fn wipe(self) -> std::io::Result<()> {
        onym_records::wipe(self.folder.path())
    }
}

/// Puts a new secret for a data folder into the system's keyring, and gives it back. It opens
/// nothing before [`Unlocked::use_keyring`]. Waits for the keyring, which may ask the user, who may
/// never answer.
pub(crate) fn put_in_keyring(folder: &DataDir) -> Result<KeyringSecret, UnlockError> {
    let secret = KeyringSecret::generate(&mut rand::rng());
    keyring_of(folder).put(secret.as_bytes())?;
    Ok(secret)
}

/// Takes the secret of a data folder, which opens nothing any more, out of the keyring. Waits for
/// the keyring, which may ask the user, who may never answer.
pub(crate) fn take_out_of_keyring(folder: &DataDir) {
    if let Err(error) = keyring_of(folder).remove() {
        tracing::warn!("the useless secret stays in the keyring: {error}");
    }
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unlocked({})", self.folder.path().display())
    }
}

fn keyring_of(folder: &DataDir) -> Keyring {
    Keyring::new(&folder.path().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> RootSecret {
        RootSecret::from_bytes(&[7; 32])
    }

    fn folder() -> (tempfile::TempDir, DataDir) {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataDir::open(Some(&parent.path().join("data"))).unwrap();
        (parent, folder)
    }

    fn locked(folder: &DataDir) -> Locked {
        match open(folder).unwrap() {
            Opening::Locked(locked) => locked,
            _ => panic!("it is not locked"),
        }
    }

    #[test]
    fn without_a_passphrase_it_opens_by_itself() {
        let (_parent, folder) = folder();
        assert!(matches!(open(&folder), Ok(Opening::Empty)));
        make(&folder, secret(), &NewLock::Open).unwrap();
        let Ok(Opening::Open(unlocked)) = open(&folder) else {
            panic!("it is not open");
        };
        assert_eq!(unlocked.secret().as_bytes(), &[7; 32]);
        let again = make(&folder, secret(), &NewLock::Open);
        assert!(matches!(
            again,
            Err(UnlockError::Identity(IdentityFileError::Exists(_)))
        ));
    }

    #[test]
    fn each_way_in_gives_the_same_keys() {
        let (_parent, folder) = folder();
        let composed = Passphrase::new("Gr\u{fc}n 7");
        let decomposed = Passphrase::new("Gru\u{308}n 7");
        let made = make(&folder, secret(), &NewLock::Passphrase(composed)).unwrap();
        let name = |unlocked: &Unlocked| unlocked.client_key().name_of("x", b"y");
        let door = locked(&folder);
        let by_passphrase = door.with_passphrase(&decomposed).unwrap();
        let by_phrase = door.with_phrase(&secret().recovery_phrase()).unwrap();
        assert_eq!(name(&by_passphrase), name(&made));
        assert_eq!(name(&by_phrase), name(&made));
        let wrong = door.with_passphrase(&Passphrase::new("green 7"));
        assert!(matches!(
            wrong,
            Err(UnlockError::Vault(VaultError::WrongPassphrase))
        ));
    }

    #[test]
    fn the_duress_passphrase_leaves_an_empty_folder() {
        let (_parent, folder) = folder();
        let lock = NewLock::Passphrase(Passphrase::new("real"));
        let mut made = make(&folder, secret(), &lock).unwrap();
        assert!(!made.has_duress());
        made.set_duress(&Passphrase::new("forced")).unwrap();
        assert!(made.has_duress());
        let outcome = locked(&folder).with_passphrase(&Passphrase::new("forced"));
        assert!(matches!(outcome, Err(UnlockError::Wiped(_))));
        assert!(matches!(open(&folder), Ok(Opening::Empty)));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        // What a start that was cut short left behind is in nobody's way.
        std::fs::write(folder.vault_file(), b"half").unwrap();
        make(&folder, secret(), &NewLock::Open).unwrap();
    }

    #[test]
    fn a_lost_identity_comes_back_with_its_records() {
        let (_parent, folder) = folder();
        let made = make(&folder, secret(), &NewLock::Open).unwrap();
        let name = |unlocked: &Unlocked| unlocked.client_key().name_of("x", b"y");
        std::fs::create_dir(folder.client_store()).unwrap();
        std::fs::remove_file(folder.identity_file()).unwrap();
        let other = make(&folder, RootSecret::from_bytes(&[8; 32]), &NewLock::Open);
        assert!(matches!(other, Err(UnlockError::OthersRecords(_))));
        let again = make(&folder, secret(), &NewLock::Open).unwrap();
        assert_eq!(name(&again), name(&made));
    }

    #[test]
    fn the_words_set_a_new_passphrase_or_none() {
        let (_parent, folder) = folder();
        let lock = NewLock::Passphrase(Passphrase::new("forgotten"));
        make(&folder, secret(), &lock).unwrap();
        let phrase = secret().recovery_phrase();
        let new = NewLock::Passphrase(Passphrase::new("new"));
        let mut opened = locked(&folder).with_phrase(&phrase).unwrap();
        // Until then the old one counts.
        assert!(opened.verify(Some(&Passphrase::new("forgotten"))).is_ok());
        opened.relock(&new).unwrap();
        assert!(opened.verify(Some(&Passphrase::new("new"))).is_ok());
        assert!(opened.verify(Some(&Passphrase::new("forgotten"))).is_err());
        assert!(opened.verify(None).is_err());
        locked(&folder)
            .with_passphrase(&Passphrase::new("new"))
            .unwrap();
        let mut again = locked(&folder).with_phrase(&phrase).unwrap();
        again.relock(&NewLock::Open).unwrap();
        assert!(matches!(open(&folder), Ok(Opening::Open(_))));
    }

    #[test]
    fn the_words_of_somebody_else_change_nothing() {
        let (_parent, folder) = folder();
        let lock = NewLock::Passphrase(Passphrase::new("kept"));
        let made = make(&folder, secret(), &lock).unwrap();
        let before = std::fs::read(folder.vault_file()).unwrap();
        let others = RootSecret::from_bytes(&[8; 32]).recovery_phrase();
        let wrong = |outcome| {
            matches!(
                outcome,
                Err(UnlockError::Vault(VaultError::WrongRecoveryKey))
            )
        };
        assert!(wrong(locked(&folder).with_phrase(&others).map(drop)));
        assert!(wrong(made.check_phrase(&others)));
        assert!(made.check_phrase(&secret().recovery_phrase()).is_ok());
        assert_eq!(std::fs::read(folder.vault_file()).unwrap(), before);
    }

    #[test]
    fn a_copy_knows_the_passphrase_that_was_set_since() {
        let (_parent, folder) = folder();
        let mut made = make(&folder, secret(), &NewLock::Open).unwrap();
        let copy = made.clone();
        assert!(copy.verify(None).is_ok());
        made.set_passphrase(&Passphrase::new("since")).unwrap();
        assert!(copy.verify(None).is_err());
        assert!(copy.verify(Some(&Passphrase::new("since"))).is_ok());
    }
}
