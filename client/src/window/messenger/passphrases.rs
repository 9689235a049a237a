//! The recovery words and the passphrases, while the messenger is open.

use onym_records::{KeyringSecret, VaultError};
use onym_view::{Failure, Happened, PassphraseOutcome, PhraseCheckModel, Secret};

use super::Messenger;
use crate::phrase_check::PhraseCheck;
use crate::unlocking::{Passphrase, UnlockError, put_in_keyring, take_out_of_keyring};
use crate::window::asking::Asking;
use crate::window::presenter::keep_off_the_runtime;

impl Messenger<'_> {
    pub(super) fn start_phrase_check(&mut self) {
        let check = PhraseCheck::new(&mut rand::rng());
        let model = PhraseCheckModel {
            asked: check.asked().to_vec(),
            wrong: Vec::new(),
        };
        self.phrase_check = Some((check, model));
    }

    pub(super) fn answer_phrase_check(&mut self, words: &[&str]) {
        let Some((check, model)) = &mut self.phrase_check else {
            return;
        };
        model.wrong = check.wrong(&self.unlocked.secret().recovery_phrase(), words);
        if !model.wrong.is_empty() {
            return;
        }
        self.phrase_check = None;
        self.shell.settings.phrase_checked = true;
        self.save_settings();
        self.notices.tell(Happened::PhraseChecked);
    }

    /// Shows the recovery words again, to somebody who has the passphrase if there is one.
    pub(super) fn show_phrase(&mut self, passphrase: Option<&Secret>) {
        if self.unlocked.has_passphrase() {
            let given = Passphrase::new(passphrase.map_or("", Secret::reveal));
            match keep_off_the_runtime(|| self.unlocked.check(&given)) {
                Ok(()) => self.passphrase_outcome = None,
                Err(UnlockError::Wiped(_)) => {
                    self.wiped = true;
                    return;
                }
                Err(error) => {
                    self.passphrase_outcome = Some(outcome_of(&error));
                    return;
                }
            }
        }
        self.shell.phrase_of = Some(self.unlocked.clone());
    }

    /// Sets, changes or removes the passphrase.
    pub(super) fn set_passphrase(&mut self, current: &Secret, new: Option<&Secret>) {
        let new = new.map(|new| Passphrase::new(new.reveal()));
        self.change_passphrase(current, |unlocked| match &new {
            Some(new) => unlocked.set_passphrase(new),
            None => unlocked.remove_passphrase(),
        });
    }

    /// Sets or removes the passphrase that deletes everything.
    pub(super) fn set_duress_passphrase(&mut self, current: &Secret, duress: Option<&Secret>) {
        let duress = duress.map(|duress| Passphrase::new(duress.reveal()));
        self.change_passphrase(current, |unlocked| match &duress {
            Some(duress) => unlocked.set_duress(duress),
            None => unlocked.remove_duress(),
        });
    }

    fn change_passphrase(
        &mut self,
        current: &Secret,
        change: impl FnOnce(&mut crate::unlocking::Unlocked) -> Result<(), UnlockError>,
    ) {
        let unlocked = &mut self.unlocked;
        let outcome = keep_off_the_runtime(|| {
            if unlocked.has_passphrase() {
                unlocked.check(&Passphrase::new(current.reveal()))?;
            }
            change(unlocked)
        });
        self.passphrase_outcome = Some(match outcome {
            Ok(()) => PassphraseOutcome::Done,
            Err(UnlockError::Wiped(_)) => {
                self.wiped = true;
                return;
            }
            Err(error) => {
                if !matches!(
                    error,
                    UnlockError::Vault(VaultError::WrongPassphrase | VaultError::PassphraseInUse)
                ) {
                    self.notices.failed(Failure::Passphrase, &error);
                }
                outcome_of(&error)
            }
        });
    }

    /// Lets the keyring open the store, too, or no longer.
    pub(super) fn set_keyring(&mut self, on: bool) {
        if self.keyring.is_some() {
            return;
        }
        let folder = self.unlocked.folder().clone();
        if on {
            self.keyring = Some(Asking::start(move || put_in_keyring(&folder).map(Some)));
            return;
        }
        match keep_off_the_runtime(|| self.unlocked.refuse_keyring()) {
            Ok(()) => {
                self.keyring = Some(Asking::start(move || {
                    take_out_of_keyring(&folder);
                    Ok(None)
                }));
            }
            Err(error) => self.notices.failed(Failure::Keyring, error),
        }
    }

    pub(super) fn keyring_answered(&mut self, answer: Option<KeyringAnswer>) {
        let outcome = match answer {
            Some(Ok(Some(secret))) => keep_off_the_runtime(|| self.unlocked.use_keyring(&secret)),
            Some(Err(error)) => Err(error),
            Some(Ok(None)) | None => Ok(()),
        };
        if let Err(error) = outcome {
            self.notices.failed(Failure::Keyring, error);
        }
    }
}

/// What the keyring answers: a secret that it has taken, or nothing if it gave one up.
pub(super) type KeyringAnswer = Result<Option<KeyringSecret>, UnlockError>;

fn outcome_of(error: &UnlockError) -> PassphraseOutcome {
    match error {
        UnlockError::Vault(VaultError::PassphraseInUse) => PassphraseOutcome::SameAsOther,
        _ => PassphraseOutcome::WrongPassphrase,
    }
}
