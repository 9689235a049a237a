//! `onym identity …`

pub(super) mod signed;

use std::io::Read;

use onym_identity::{RecoveryPhrase, RootSecret};
use zeroize::Zeroizing;

use super::{CommandError, unlock};
use crate::args::{Global, IdentityCommand};
use crate::data_dir::DataDir;
use crate::identity_file::IdentityFileError;
use crate::node::NodeError;
use crate::printer::Printer;
use crate::report::{Report, Secret};
use crate::unlocking::{self, NewLock, UnlockError, Unlocked};

/// A phrase is far shorter; more is not read.
const MAX_PHRASE_BYTES: u64 = 4_096;

/// Room for all of it from the start, so that growing leaves no copies behind.
const PHRASE_CAPACITY: usize = 8_192;

pub(super) fn run(
    command: &IdentityCommand,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    // Two processes that make identities at once must not show one phrase and keep the other.
    let _held = match command {
        IdentityCommand::Show { .. }
        | IdentityCommand::Export(_)
        | IdentityCommand::Revoke { .. }
        | IdentityCommand::Succeed(_)
        | IdentityCommand::Move { .. }
        | IdentityCommand::Moves
        | IdentityCommand::Behind(_)
        | IdentityCommand::ClaimAddress { .. }
        | IdentityCommand::DropAddress { .. }
        | IdentityCommand::ClaimKey(_)
        | IdentityCommand::DropKey(_)
        | IdentityCommand::RevokeKey(_) => None,
        IdentityCommand::New { .. } | IdentityCommand::Restore { .. } => Some(
            folder
                .lock()?
                .ok_or_else(|| NodeError::InUse(folder.path().to_owned()))?,
        ),
    };
    let (unlocked, with_phrase) = match command {
        IdentityCommand::New { passphrase } => {
            must_be_new(folder)?;
            let lock = new_lock(*passphrase, global)?;
            let secret = RootSecret::generate(&mut rand::rng());
            (unlocking::make(folder, secret, &lock)?, true)
        }
        IdentityCommand::Show { phrase, .. } => (unlock::unlocked(folder, global)?, *phrase),
        IdentityCommand::Restore {
            passphrase,
            address_index,
        } => {
            must_be_new(folder)?;
            let lock = new_lock(*passphrase, global)?;
            let phrase = read_phrase(printer)?;
            let secret = phrase.root_secret();
            let made = unlocking::make_at(folder, secret, *address_index, &lock)?;
            (made, false)
        }
        IdentityCommand::Export(export) => return signed::export(export, folder, global, printer),
        IdentityCommand::Revoke {
            out: Some(out),
            yes,
            ..
        } => return signed::revoke(out, *yes, folder, global, printer),
        IdentityCommand::Succeed(command) => {
            return signed::succeed(command, folder, global, printer);
        }
        // They are requests.
        IdentityCommand::Revoke { .. }
        | IdentityCommand::Behind(_)
        | IdentityCommand::Move { .. }
        | IdentityCommand::Moves
        | IdentityCommand::ClaimAddress { .. }
        | IdentityCommand::DropAddress { .. }
        | IdentityCommand::ClaimKey(_)
        | IdentityCommand::DropKey(_)
        | IdentityCommand::RevokeKey(_) => return Ok(0),
    };
    print(&unlocked, with_phrase, printer);
    if matches!(command, IdentityCommand::Restore { .. }) {
        printer.print(&Report::Restored);
    }
    Ok(0)
}

/// Shows the identity, with its phrase if it was asked for.
pub(super) fn print(unlocked: &Unlocked, with_phrase: bool, printer: &mut Printer) {
    let secret = unlocked.secret();
    let jid = unlocked.jid();
    let phrase = with_phrase.then(|| Secret::new(&secret.recovery_phrase().reveal()));
    printer.print(&Report::Identity {
        jid: jid.to_string(),
        identity: jid.identity.to_string(),
        onion_address: jid.address.to_string(),
        phrase,
    });
}

/// Reads the recovery words from standard input.
pub(super) fn read_phrase(printer: &mut Printer) -> Result<RecoveryPhrase, CommandError> {
    printer.ask("Type the 24 words, then Enter and Ctrl-D:");
    let mut text = Zeroizing::new(String::with_capacity(PHRASE_CAPACITY));
    std::io::stdin()
        .take(MAX_PHRASE_BYTES)
        .read_to_string(&mut text)?;
    RecoveryPhrase::parse(&text).map_err(CommandError::Phrase)
}

/// Before anything is asked or made.
fn must_be_new(folder: &DataDir) -> Result<(), CommandError> {
    if folder.identity_file().exists() {
        let exists = IdentityFileError::Exists(folder.path().to_owned());
        return Err(UnlockError::from(exists).into());
    }
    Ok(())
}

fn new_lock(asks: bool, global: &Global) -> Result<NewLock, CommandError> {
    if asks || global.passphrase_file.is_some() {
        return Ok(NewLock::Passphrase(unlock::new_passphrase(global)?));
    }
    Ok(NewLock::Open)
}
