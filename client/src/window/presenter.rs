//! Turns what happens into models for the window, and what the user does into commands: first
//! start, locked store, messenger, one after the other.

mod first_start;
mod locked;
mod shell;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::WindowOptions;
use super::messenger::{self, End};
use super::screen::{HostEvent, Screen};
use crate::backup;
use crate::data_dir::DataDir;
use crate::node;
use crate::node::NodeError;
use crate::settings::Settings;
use crate::unlocking::{self, Opening, Unlocked};

pub(super) use locked::problem_of;
pub(super) use shell::{Shell, keep_off_the_runtime};

/// Runs until the window is closed.
pub(super) async fn run(
    folder: DataDir,
    options: WindowOptions,
    settings: Settings,
    host_events: UnboundedReceiver<HostEvent>,
    to_self: UnboundedSender<HostEvent>,
    screen: Screen,
) {
    let in_use = options.in_use;
    let mut shell = Shell::new(folder, options, settings, host_events, to_self, screen);
    if in_use {
        let error = NodeError::InUse(shell.folder().path().to_owned());
        shell.show_cannot_start(&error.to_string(), error.advice());
        shell.wait_for_close().await;
        return;
    }
    shell.start_desktop();
    let mut open_already = None;
    loop {
        let unlocked = match open_already.take() {
            Some(unlocked) => unlocked,
            None => match open(&mut shell).await {
                Some(unlocked) => unlocked,
                None => return,
            },
        };
        match messenger::run(&mut shell, unlocked).await {
            End::Closed => return,
            End::Wiped => shell.forget_everything(),
            End::Replaced => shell.read_settings_again(),
            End::Restarts(unlocked) => open_already = Some(*unlocked),
        }
    }
}

/// A backup that was read takes the place of what is there. In words why it does not.
async fn take_over_backup(shell: &mut Shell) -> Result<(), String> {
    let folder = shell.folder().clone();
    if !backup::waits(&folder) {
        return Ok(());
    }
    let held = node::take_folder(&folder).await;
    let held = held.map_err(|error| error.to_string())?;
    let taken = keep_off_the_runtime(|| backup::take_over(&folder));
    drop(held);
    if taken.map_err(|error| error.to_string())? {
        shell.read_settings_again();
    }
    Ok(())
}

/// The keys of the data folder; nothing if the window was closed first.
async fn open(shell: &mut Shell) -> Option<Unlocked> {
    loop {
        if let Err(why) = take_over_backup(shell).await {
            shell.show_cannot_start(&why, None);
            shell.wait_for_close().await;
            return None;
        }
        let opening = keep_off_the_runtime(|| unlocking::open(shell.folder()));
        let unlocked = match opening {
            Ok(Opening::Empty) => first_start::run(shell).await?,
            Ok(Opening::Open(unlocked)) => unlocked,
            Ok(Opening::Locked(locked)) => match locked::run(shell, &locked).await? {
                Some(unlocked) => unlocked,
                // The duress passphrase has emptied the folder.
                None => continue,
            },
            Err(error) => {
                shell.show_cannot_start(&error.to_string(), error.advice());
                shell.wait_for_close().await;
                return None;
            }
        };
        return Some(unlocked);
    }
}
