//! The store is closed until its passphrase, its keyring or the words of its identity open it.

use onym_records::VaultError;
use onym_view::{LockedModel, NewPassphrase, ScreenModel, Secret, UnlockProblem, ViewCommand};

use super::keyring::keep_key;
use super::shell::{Shell, keep_off_the_runtime};
use crate::unlocking::{Locked, NewLock, Passphrase, UnlockError, Unlocked};
use crate::window::asking::{Asking, answer};

/// The keyring's answer.
type Asked = Option<Asking<Result<Unlocked, UnlockError>>>;

/// Runs until the store is open. `Some(None)` says that the duress passphrase has emptied the
/// folder, `None` that the window was closed.
pub(super) async fn run(shell: &mut Shell, locked: &Locked) -> Option<Option<Unlocked>> {
    let mut asked = locked.has_keyring().then(|| ask_keyring(locked));
    let mut problem = None;
    loop {
        show(shell, locked, &asked, problem.take());
        let outcome = tokio::select! {
            answer = answer(&mut asked) => match answer {
                Some(outcome) => outcome,
                None => Err(UnlockError::NotInKeyring(locked.folder().path().to_owned())),
            },
            command = shell.next_command() => match command? {
                ViewCommand::Unlock(text) => {
                    show_busy(shell, locked);
                    let passphrase = Passphrase::new(text.reveal());
                    keep_off_the_runtime(|| locked.with_passphrase(&passphrase))
                }
                ViewCommand::RestoreIdentity(phrase) => {
                    show_busy(shell, locked);
                    match keep_off_the_runtime(|| locked.with_phrase(&phrase)) {
                        Ok(unlocked) => {
                            drop(asked.take());
                            return renew(shell, unlocked).await.map(Some);
                        }
                        Err(error) => Err(error),
                    }
                }
                ViewCommand::UnlockWithKeyring => {
                    asked = Some(ask_keyring(locked));
                    continue;
                }
                ViewCommand::CancelKeyring => {
                    asked = None;
                    continue;
                }
                _ => continue,
            },
        };
        match outcome {
            Ok(unlocked) => return Some(Some(unlocked)),
            Err(UnlockError::Wiped(_)) => return Some(None),
            Err(error) => problem = Some(problem_of(&error)),
        }
    }
}

fn ask_keyring(locked: &Locked) -> Asking<Result<Unlocked, UnlockError>> {
    let locked = locked.clone();
    Asking::start(move || locked.with_keyring())
}

/// The words have opened the store: asks for a new passphrase. Nothing if the window was closed;
/// then nothing has changed.
async fn renew(shell: &mut Shell, mut unlocked: Unlocked) -> Option<Unlocked> {
    let has_keyring = shell.has_keyring && !unlocked.has_keyring();
    let mut model = LockedModel {
        new_passphrase: Some(NewPassphrase { has_keyring }),
        ..LockedModel::default()
    };
    loop {
        shell.show(ScreenModel::Locked(model.clone()));
        let ViewCommand::ProtectStore {
            passphrase,
            keep_in_keyring,
        } = shell.next_command().await?
        else {
            continue;
        };
        let busy = LockedModel {
            is_busy: true,
            ..model.clone()
        };
        shell.show(ScreenModel::Locked(busy));
        let lock = new_lock(passphrase.as_ref());
        match keep_off_the_runtime(|| unlocked.relock(&lock)) {
            Ok(()) => {
                shell.has_shown_phrase();
                if keep_in_keyring {
                    keep_key(shell, &mut unlocked).await?;
                }
                return Some(unlocked);
            }
            Err(error) => model.problem = Some(problem_of(&error)),
        }
    }
}

/// How a store is to be locked with what was typed; nothing and an empty text leave it open.
pub(in crate::window) fn new_lock(passphrase: Option<&Secret>) -> NewLock {
    let typed = passphrase.map(|text| Passphrase::new(text.reveal()));
    match typed.filter(|passphrase| !passphrase.is_empty()) {
        Some(passphrase) => NewLock::Passphrase(passphrase),
        None => NewLock::Open,
    }
}

/// Why the store stays closed.
pub(in crate::window) fn problem_of(error: &UnlockError) -> UnlockProblem {
    match error {
        UnlockError::Vault(VaultError::WrongPassphrase) => UnlockProblem::WrongPassphrase,
        UnlockError::Vault(VaultError::WrongRecoveryKey) => UnlockProblem::WrongPhrase,
        UnlockError::Vault(VaultError::PassphraseInUse) => UnlockProblem::PassphraseInUse,
        UnlockError::Keyring(_)
        | UnlockError::NotInKeyring(_)
        | UnlockError::Vault(VaultError::WrongKeyringSecret) => UnlockProblem::KeyringRefused,
        other => UnlockProblem::Store(other.to_string()),
    }
}

fn show(shell: &Shell, locked: &Locked, asked: &Asked, problem: Option<UnlockProblem>) {
    shell.show(ScreenModel::Locked(LockedModel {
        asks_keyring: asked.is_some(),
        problem,
        ..model_of(locked)
    }));
}

fn show_busy(shell: &Shell, locked: &Locked) {
    shell.show(ScreenModel::Locked(LockedModel {
        is_busy: true,
        ..model_of(locked)
    }));
}

fn model_of(locked: &Locked) -> LockedModel {
    LockedModel {
        has_passphrase: locked.has_passphrase(),
        has_keyring: locked.has_keyring(),
        ..LockedModel::default()
    }
}
