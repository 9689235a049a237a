//! `onym passphrase …`

use super::{CommandError, unlock};
use crate::args::{Global, PassphraseCommand};
use crate::data_dir::DataDir;
use crate::node::NodeError;
use crate::printer::Printer;
use crate::report::Report;
use crate::unlocking::NewLock;

pub(super) fn run(
    command: PassphraseCommand,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    // A running process holds the vault as it was and would write that back.
    let _held = match command {
        PassphraseCommand::Status => None,
        _ => Some(
            folder
                .lock()?
                .ok_or_else(|| NodeError::InUse(folder.path().to_owned()))?,
        ),
    };
    let mut unlocked = match command {
        PassphraseCommand::Set { phrase: true } | PassphraseCommand::Remove { phrase: true } => {
            unlock::by_phrase(folder, printer)?
        }
        _ => unlock::unlocked(folder, global)?,
    };
    match command {
        PassphraseCommand::Status => {}
        PassphraseCommand::Set { .. } => {
            unlocked.relock(&NewLock::Passphrase(unlock::new_from_terminal()?))?;
        }
        PassphraseCommand::Remove { .. } => unlocked.relock(&NewLock::Open)?,
        PassphraseCommand::SetDuress => unlocked.set_duress(&unlock::new_from_terminal()?)?,
        PassphraseCommand::RemoveDuress => unlocked.remove_duress()?,
        PassphraseCommand::KeyringOn => unlocked.add_keyring()?,
        PassphraseCommand::KeyringOff => unlocked.remove_keyring()?,
    }
    printer.print(&Report::Lock {
        passphrase: unlocked.has_passphrase(),
        keyring: unlocked.has_keyring(),
    });
    Ok(0)
}
