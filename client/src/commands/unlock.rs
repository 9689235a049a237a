//! Opens the data folder for a command: by itself, with the keyring, or with a passphrase.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;

use onym_records::VaultError;
use zeroize::Zeroizing;

use super::CommandError;
use crate::args::Global;
use crate::data_dir::DataDir;
use crate::identity_file::IdentityFileError;
use crate::printer::Printer;
use crate::unlocking::{self, Opening, Passphrase, UnlockError, Unlocked};

/// The longest passphrase that is read, in bytes.
const MAX_PASSPHRASE_BYTES: u64 = 4_096;

/// The variable that names a file whose first line is the passphrase of a backup.
const EXPORT_PASSPHRASE_FILE: &str = "ONYM_EXPORT_PASSPHRASE_FILE";

/// How often a terminal is asked.
const TRIES: u32 = 3;

/// Opens the data folder.
pub(super) fn unlocked(folder: &DataDir, global: &Global) -> Result<Unlocked, CommandError> {
    let locked = match unlocking::open(folder)? {
        Opening::Empty => {
            return Err(
                UnlockError::from(IdentityFileError::Missing(folder.path().to_owned())).into(),
            );
        }
        Opening::Open(unlocked) => return Ok(unlocked),
        Opening::Locked(locked) => locked,
    };
    if let Some(file) = &global.passphrase_file {
        return Ok(locked.with_passphrase(&from_file(file)?)?);
    }
    if locked.has_keyring() {
        match locked.with_keyring() {
            Ok(unlocked) => return Ok(unlocked),
            Err(error) if !locked.has_passphrase() => return Err(error.into()),
            Err(error) => tracing::info!("{error}"),
        }
    }
    if !io::stdin().is_terminal() {
        return Err(CommandError::PassphraseNeeded);
    }
    let mut words = "Passphrase: ";
    for _ in 1..TRIES {
        match locked.with_passphrase(&ask(words)?) {
            Err(UnlockError::Vault(VaultError::WrongPassphrase)) => {
                words = "This is not it. Passphrase: ";
            }
            outcome => return Ok(outcome?),
        }
    }
    Ok(locked.with_passphrase(&ask(words)?)?)
}

/// Opens the data folder with the words of its identity, read from standard input.
pub(super) fn by_phrase(folder: &DataDir, printer: &mut Printer) -> Result<Unlocked, CommandError> {
    match unlocking::open(folder)? {
        Opening::Empty => {
            let missing = IdentityFileError::Missing(folder.path().to_owned());
            Err(UnlockError::from(missing).into())
        }
        Opening::Open(unlocked) => Ok(unlocked),
        Opening::Locked(locked) => Ok(locked.with_phrase(&super::identity::read_phrase(printer)?)?),
    }
}

/// The passphrase that protects what is asked for, if the folder has one.
pub(super) fn current_passphrase(
    folder: &DataDir,
    global: &Global,
) -> Result<Option<Zeroizing<String>>, CommandError> {
    match unlocking::open(folder)? {
        Opening::Locked(locked) if locked.has_passphrase() => {}
        _ => return Ok(None),
    }
    let passphrase = match &global.passphrase_file {
        Some(file) => from_file(file)?,
        None if io::stdin().is_terminal() => ask("Passphrase: ")?,
        None => return Err(CommandError::PassphraseNeeded),
    };
    Ok(Some(passphrase.into_text()))
}

/// The passphrase that a new or changed folder shall have.
pub(super) fn new_passphrase(global: &Global) -> Result<Passphrase, CommandError> {
    if let Some(file) = &global.passphrase_file {
        return from_file(file);
    }
    if !io::stdin().is_terminal() {
        return Err(CommandError::PassphraseNeeded);
    }
    new_from_terminal()
}

/// The passphrase of a backup: from the environment variable that scripts set, or from a terminal.
/// `is_new` asks twice.
pub(super) fn export_passphrase(is_new: bool) -> Result<Zeroizing<String>, CommandError> {
    if let Some(file) = std::env::var_os(EXPORT_PASSPHRASE_FILE) {
        return Ok(from_file(Path::new(&file))?.into_text());
    }
    if !io::stdin().is_terminal() {
        return Err(CommandError::ExportPassphraseNeeded);
    }
    let passphrase = if is_new {
        new_from_terminal()?
    } else {
        ask("Passphrase of the backup: ")?
    };
    Ok(passphrase.into_text())
}

/// Asks a terminal twice for a new passphrase.
pub(super) fn new_from_terminal() -> Result<Passphrase, CommandError> {
    let first = ask("New passphrase: ")?;
    if first.is_empty() {
        return Err(UnlockError::from(VaultError::EmptyPassphrase).into());
    }
    let second = ask("The same again: ")?;
    if first != second {
        return Err(CommandError::PassphrasesDiffer);
    }
    Ok(first)
}

fn ask(words: &str) -> Result<Passphrase, CommandError> {
    let text = Zeroizing::new(rpassword::prompt_password(words)?);
    Ok(Passphrase::new(&text))
}

/// The first line of a file.
pub(super) fn from_file(file: &Path) -> Result<Passphrase, CommandError> {
    let unreadable = |source| CommandError::PassphraseFile {
        path: file.to_owned(),
        source,
    };
    let mut line = Zeroizing::new(String::with_capacity(MAX_PASSPHRASE_BYTES as usize));
    if file == Path::new("-") {
        let stdin = io::stdin();
        let mut limited = stdin.lock().take(MAX_PASSPHRASE_BYTES);
        limited.read_line(&mut line).map_err(unreadable)?;
    } else {
        let file = File::open(file).map_err(unreadable)?;
        let mut limited = BufReader::new(file).take(MAX_PASSPHRASE_BYTES);
        limited.read_line(&mut line).map_err(unreadable)?;
    }
    Ok(Passphrase::new(line.trim_end_matches(['\r', '\n'])))
}
