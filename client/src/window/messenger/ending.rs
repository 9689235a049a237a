//! The end of our own identity: prepared on paper, or published.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use onym_client_protocol::command::Command;
use onym_identity::statement::IdentityRevocation;
use onym_view::{Failure, Happened};

use super::Messenger;
use crate::revocation_sheet;
use crate::window::presenter::keep_off_the_runtime;

/// Whoever has the sheet can end the identity.
const FILE_MODE: u32 = 0o600;

impl Messenger<'_> {
    /// Writes the sheet, signed only now that its place is known. A file that is there already was confirmed
    /// in the dialog.
    pub(super) fn save_revocation(&mut self, path: &Path) {
        let sheet = revocation_sheet::of(&self.unlocked.secret().identity_key());
        match keep_off_the_runtime(|| write(path, &sheet)) {
            Ok(()) => {
                let path = path.display().to_string();
                self.notices.tell(Happened::Saved(path));
            }
            Err(error) => self.notices.failed(Failure::Revocation, error),
        }
    }

    /// Ends our identity, for ever: our endpoint shows the revocation in the place of our statement.
    pub(super) async fn end_identity(&mut self) {
        let bytes = IdentityRevocation::sign(&self.unlocked.secret().identity_key());
        self.carry_out(Command::EndOurIdentity { bytes }).await;
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
