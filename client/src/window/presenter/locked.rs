//! The store is closed until its passphrase is given.

use onym_records::VaultError;
use onym_view::{LockedModel, ScreenModel, UnlockProblem, ViewCommand};

use super::shell::{Shell, keep_off_the_runtime};
use crate::unlocking::{Locked, Passphrase, UnlockError, Unlocked};

/// Runs until the store is open. `Some(None)` says that the duress passphrase has emptied the
/// folder, `None` that the window was closed.
pub(super) async fn run(shell: &mut Shell, locked: &Locked) -> Option<Option<Unlocked>> {
    if locked.has_keyring() {
        show(shell, locked, true, None);
        if let Ok(unlocked) = keep_off_the_runtime(|| locked.with_keyring()) {
            return Some(Some(unlocked));
        }
    }
    let mut problem = None;
    loop {
        show(shell, locked, false, problem.take());
        let outcome = match shell.next_command().await? {
            ViewCommand::Unlock(text) => {
                show(shell, locked, true, None);
                let passphrase = Passphrase::new(text.reveal());
                keep_off_the_runtime(|| locked.with_passphrase(&passphrase))
            }
            ViewCommand::UnlockWithKeyring => {
                show(shell, locked, true, None);
                keep_off_the_runtime(|| locked.with_keyring())
            }
            ViewCommand::RestoreIdentity(phrase) => {
                show(shell, locked, true, None);
                keep_off_the_runtime(|| locked.with_phrase(&phrase))
            }
            _ => continue,
        };
        match outcome {
            Ok(unlocked) => return Some(Some(unlocked)),
            Err(UnlockError::Wiped(_)) => return Some(None),
            Err(error) => problem = Some(problem_of(&error)),
        }
    }
}

/// Why the store stays closed.
pub(in crate::window) fn problem_of(error: &UnlockError) -> UnlockProblem {
    match error {
        UnlockError::Vault(VaultError::WrongPassphrase) => UnlockProblem::WrongPassphrase,
        UnlockError::Keyring(_)
        | UnlockError::NotInKeyring(_)
        | UnlockError::Vault(VaultError::WrongKeyringSecret) => UnlockProblem::KeyringRefused,
        other => UnlockProblem::Store(other.to_string()),
    }
}

fn show(shell: &Shell, locked: &Locked, is_busy: bool, problem: Option<UnlockProblem>) {
    shell.show(ScreenModel::Locked(LockedModel {
        has_keyring: locked.has_keyring(),
        is_busy,
        problem,
    }));
}
