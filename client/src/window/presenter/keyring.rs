//! The keyring may keep the key of a store that was just opened.

use onym_view::{ViewCommand, Work};

use super::shell::{Shell, keep_off_the_runtime};
use crate::unlocking::{Unlocked, put_in_keyring};
use crate::window::asking::{Asking, answer};

/// Lets the keyring keep the key, unless the user goes on without it; nothing if the window was
/// closed. A keyring that refuses is no fault: the passphrase opens the store all the same, and the
/// settings show that the keyring does not.
pub(super) async fn keep_key(shell: &mut Shell, unlocked: &mut Unlocked) -> Option<()> {
    let folder = shell.folder().clone();
    let mut asked = Some(Asking::start(move || put_in_keyring(&folder)));
    shell.show_working(Work::AskingKeyring);
    loop {
        tokio::select! {
            answer = answer(&mut asked) => {
                let kept = match answer {
                    Some(Ok(secret)) => keep_off_the_runtime(|| unlocked.use_keyring(&secret)),
                    Some(Err(error)) => Err(error),
                    None => Ok(()),
                };
                if let Err(error) = kept {
                    tracing::warn!("the keyring does not keep the key: {error}");
                }
                return Some(());
            }
            command = shell.next_command() => {
                if matches!(command?, ViewCommand::CancelKeyring) {
                    return Some(());
                }
            }
        }
    }
}
