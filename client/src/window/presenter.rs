//! Turns what happens into models for the window, and what the user does into commands: first
//! start, locked store, messenger, one after the other.

mod bad_settings;
mod first_start;
mod keyring;
mod locked;
mod shell;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::WindowOptions;
use super::messenger::{self, End};
use super::screen::{HostEvent, Screen};
use crate::backup;
use crate::data_dir::DataDir;
use crate::node::NodeError;
use crate::requests::Closed;
use crate::settings::{Settings, SettingsError};
use crate::unlocking::{self, Opening, Unlocked};

pub(super) use locked::{new_lock, problem_of};
pub(super) use shell::{NAME, Shell, keep_off_the_runtime};

/// Runs until the window is closed.
pub(super) async fn run(
    folder: DataDir,
    options: WindowOptions,
    settings: Result<Settings, SettingsError>,
    host_events: UnboundedReceiver<HostEvent>,
    to_self: UnboundedSender<HostEvent>,
    screen: Screen,
) {
    let (settings, unreadable) = match settings {
        Ok(settings) => (settings, None),
        Err(error) => (Settings::default(), Some(error)),
    };
    let mut shell = Shell::new(folder, options, settings, host_events, to_self, screen);
    if !shell.has_folder() {
        let error = NodeError::InUse(shell.folder().path().to_owned());
        shell.show_cannot_start(&error.to_string(), error.advice());
        shell.wait_for_close().await;
        return;
    }
    shell.close_in_tray(Closed::Waiting);
    shell.start_desktop();
    let _closed = run_screens(&mut shell, unreadable).await;
    shell.stop_answering().await;
}

/// One screen after the other; ends when the window is closed.
async fn run_screens(shell: &mut Shell, unreadable: Option<SettingsError>) -> Option<()> {
    if let Some(error) = unreadable {
        bad_settings::run(shell, &error).await?;
    }
    let mut open_already = None;
    loop {
        let unlocked = match open_already.take() {
            Some(unlocked) => unlocked,
            None => open(shell).await?,
        };
        match messenger::run(shell, unlocked).await {
            End::Closed => return None,
            End::Wiped => shell.forget_everything(),
            End::Replaced => shell.read_settings_again(),
            End::Restarts(unlocked) => open_already = Some(*unlocked),
        }
    }
}

/// A backup that was read takes the place of what is there. In words why it does not.
fn take_over_backup(shell: &mut Shell) -> Result<(), String> {
    let folder = shell.folder().clone();
    if !backup::waits(&folder) {
        return Ok(());
    }
    let taken = keep_off_the_runtime(|| backup::take_over(&folder));
    if taken.map_err(|error| error.to_string())? {
        shell.read_settings_again();
    }
    Ok(())
}

/// The keys of the data folder; nothing if the window was closed first.
async fn open(shell: &mut Shell) -> Option<Unlocked> {
    loop {
        match try_open(shell).await {
            Ok(Opened::Unlocked(unlocked)) => return Some(*unlocked),
            // The duress passphrase has emptied the folder.
            Ok(Opened::Emptied) => shell.forget_everything(),
            Ok(Opened::Closed) => return None,
            Err((why, advice)) => {
                let _without = shell.answer_while(Closed::Waiting).await;
                shell.show_cannot_start(&why, advice);
                shell.wait_for_close().await;
                return None;
            }
        }
    }
}

/// How opening the data folder ended.
enum Opened {
    Unlocked(Box<Unlocked>),
    /// Everything in it was removed.
    Emptied,
    /// The window was closed first.
    Closed,
}

async fn try_open(shell: &mut Shell) -> Result<Opened, (String, Option<&'static str>)> {
    if let Err(error) = shell.hold_folder().await {
        return Err((error.to_string(), error.advice()));
    }
    take_over_backup(shell).map_err(|why| (why, None))?;
    let opening = keep_off_the_runtime(|| unlocking::open(shell.folder()));
    let opening = opening.map_err(|error| (error.to_string(), error.advice()))?;
    let closed = match &opening {
        // Whoever asks now waits for the messenger, which is there in a moment.
        Opening::Open(_) => None,
        Opening::Empty => Some(Closed::NoIdentity),
        Opening::Locked(_) => Some(Closed::Locked),
    };
    shell.stop_answering().await;
    if let Some(closed) = closed
        && let Err(error) = shell.answer_while(closed).await
    {
        return Err((error.to_string(), error.advice()));
    }
    let unlocked = match opening {
        Opening::Empty => first_start::run(shell).await,
        Opening::Open(unlocked) => Some(unlocked),
        Opening::Locked(locked) => match locked::run(shell, &locked).await {
            Some(None) => return Ok(Opened::Emptied),
            unlocked => unlocked.flatten(),
        },
    };
    shell.stop_answering().await;
    Ok(match unlocked {
        Some(unlocked) => Opened::Unlocked(Box::new(unlocked)),
        None => Opened::Closed,
    })
}
