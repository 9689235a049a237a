//! The first start: an identity is made or brought back, its words are checked, the store gets a
//! passphrase or none.

use onym_identity::{RecoveryPhrase, RootSecret};
use onym_view::{PhraseCheckModel, ViewCommand, WelcomeProblem, WelcomeStep, Work};

use super::keyring::keep_key;
use super::locked::new_lock;
use super::shell::{Shell, keep_off_the_runtime};
use crate::phrase_check::PhraseCheck;
use crate::unlocking::{self, NewLock, Unlocked};

/// Where the first start stands.
enum Step {
    Choose,
    Phrase(RootSecret),
    Check(RootSecret, PhraseCheck, Vec<usize>),
    Protect { secret: RootSecret, checked: bool },
}

/// Runs until there is an identity, sealed; nothing if the window was closed before. Nothing is
/// on the disk until then.
pub(super) async fn run(shell: &mut Shell) -> Option<Unlocked> {
    let mut step = Step::Choose;
    let mut problem = None;
    loop {
        show(shell, &step, problem.take());
        let command = shell.next_command().await?;
        step = match (step, command) {
            (_, ViewCommand::MakeIdentity) => {
                shell.show_working(Work::MakingKeys);
                Step::Phrase(RootSecret::generate(&mut rand::rng()))
            }
            (_, ViewCommand::RestoreIdentity(phrase)) => Step::Protect {
                secret: phrase.root_secret(),
                checked: true,
            },
            (Step::Phrase(secret), ViewCommand::PhraseWrittenDown) => {
                Step::Check(secret, PhraseCheck::new(&mut rand::rng()), Vec::new())
            }
            (Step::Check(secret, ..), ViewCommand::ShowPhraseAgain) => Step::Phrase(secret),
            (Step::Check(secret, check, _), ViewCommand::AnswerPhraseCheck(words)) => {
                let words: Vec<&str> = words.iter().map(onym_view::Secret::reveal).collect();
                let wrong = check.wrong(&secret.recovery_phrase(), &words);
                if wrong.is_empty() {
                    Step::Protect {
                        secret,
                        checked: true,
                    }
                } else {
                    Step::Check(secret, check, wrong)
                }
            }
            (Step::Check(secret, ..) | Step::Phrase(secret), ViewCommand::SkipPhraseCheck) => {
                Step::Protect {
                    secret,
                    checked: false,
                }
            }
            (
                Step::Protect { secret, checked },
                ViewCommand::ProtectStore {
                    passphrase,
                    keep_in_keyring,
                },
            ) => {
                shell.show_working(Work::Sealing);
                match protect(shell, &secret, &new_lock(passphrase.as_ref())) {
                    Ok(mut unlocked) => {
                        if checked {
                            shell.has_shown_phrase();
                        }
                        if keep_in_keyring {
                            keep_key(shell, &mut unlocked).await?;
                        }
                        return Some(unlocked);
                    }
                    Err(words) => {
                        problem = Some(WelcomeProblem::NotSaved(words));
                        Step::Protect { secret, checked }
                    }
                }
            }
            (step, _) => step,
        };
    }
}

fn show(shell: &Shell, step: &Step, problem: Option<WelcomeProblem>) {
    let step = match step {
        Step::Choose => WelcomeStep::Choose,
        Step::Phrase(secret) => WelcomeStep::Phrase(secret.recovery_phrase()),
        Step::Check(_, check, wrong) => WelcomeStep::CheckPhrase(PhraseCheckModel {
            asked: check.asked().to_vec(),
            wrong: wrong.clone(),
        }),
        Step::Protect { .. } => WelcomeStep::Passphrase {
            has_keyring: shell.has_keyring,
        },
    };
    shell.show_welcome(step, problem);
}

/// Writes the identity. The shell holds the folder: two processes that make identities at once must
/// not show one phrase and keep the other.
fn protect(shell: &Shell, secret: &RootSecret, lock: &NewLock) -> Result<Unlocked, String> {
    let copy = copy_of(secret);
    let made = keep_off_the_runtime(|| unlocking::make(shell.folder(), copy, lock));
    made.map_err(|error| error.to_string())
}

fn copy_of(secret: &RootSecret) -> RootSecret {
    let phrase: RecoveryPhrase = secret.recovery_phrase();
    phrase.root_secret()
}
