//! The settings cannot be read.

use onym_view::{BadSettingsModel, ScreenModel, ViewCommand};

use super::shell::{Shell, keep_off_the_runtime};
use crate::requests::Closed;
use crate::settings::{Settings, SettingsError};

/// Runs until the user goes on with the usual settings; nothing if the window was closed instead.
/// The file is kept beside its place.
pub(super) async fn run(shell: &mut Shell, error: &SettingsError) -> Option<()> {
    shell.settings_unread = true;
    let file = shell.folder().settings_file();
    // Without the socket a second start says that the folder is in use, which is no reason to stop.
    let _without = shell.answer_while(Closed::Waiting).await;
    let mut problem = None;
    loop {
        shell.show(ScreenModel::BadSettings(BadSettingsModel {
            file: file.display().to_string(),
            why: error.why(),
            problem: problem.take(),
        }));
        match shell.next_command().await? {
            ViewCommand::ReplaceSettings => {
                match keep_off_the_runtime(|| Settings::set_aside(&file)) {
                    Ok(_) => {
                        shell.settings_unread = false;
                        return Some(());
                    }
                    Err(error) => problem = Some(error.to_string()),
                }
            }
            ViewCommand::Quit => shell.screen.end(),
            _ => {}
        }
    }
}
