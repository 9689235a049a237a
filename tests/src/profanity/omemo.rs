//! XEP-0384 as Profanity has it: commands, and files with its keys.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{Profanity, ProfanityError};
use crate::deadline::Deadline;

/// Between two questions for what Profanity does not show by itself.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What stands before the fingerprint.
const OWN_FINGERPRINT: &str = "Your OMEMO fingerprint:";

impl Profanity {
    /// Makes keys for OMEMO, once it is logged in, and has the devices of everybody taken without
    /// asking.
    pub fn make_keys(&self, limit: Duration) -> Result<(), ProfanityError> {
        self.type_line("/omemo trustmode blind")?;
        self.type_line("/omemo gen")?;
        // As Profanity writes it.
        self.wait_for("OMEMO crytographic materials generated", limit)?;
        Ok(())
    }

    /// Encrypts what is typed into the window of a conversation that is open.
    pub fn encrypt(&self, limit: Duration) -> Result<(), ProfanityError> {
        self.type_line("/omemo start")?;
        // In the title.
        self.wait_for("[OMEMO]", limit)?;
        Ok(())
    }

    /// Waits, in the window of a conversation, until the keys of the other side have come: Profanity
    /// asks for them once it is to encrypt, and refuses to send before.
    pub fn wait_for_keys(&self, of: &str, limit: Duration) -> Result<(), ProfanityError> {
        let deadline = Deadline::after(limit);
        loop {
            self.type_line(&format!("/omemo fingerprint {of}"))?;
            match self.wait_for("'s OMEMO fingerprint:", ASK_AGAIN) {
                Err(error) if deadline.is_over() => return Err(error),
                Err(ProfanityError::NotShown { .. }) => {}
                other => return other.map(|_| ()),
            }
        }
    }

    /// The number and the fingerprint of its device: the number from its files, for it does not show
    /// it.
    pub fn device(&self, limit: Duration) -> Result<(u64, String), ProfanityError> {
        self.type_line("/win 1")?;
        self.type_line("/omemo fingerprint")?;
        let shown = self.wait_for(OWN_FINGERPRINT, limit)?;
        let fingerprint = shown.lines().rev().find_map(|line| {
            let (_, behind) = line.split_once(OWN_FINGERPRINT)?;
            let hex: String = behind.chars().filter(char::is_ascii_hexdigit).collect();
            (!hex.is_empty()).then_some(hex)
        });
        let number = self.kept_number().map_err(ProfanityError::Folder)?;
        let device = number.zip(fingerprint);
        device.ok_or(ProfanityError::NoKeys { screen: shown })
    }

    /// Loses its keys while it does not run.
    pub fn forget_keys(&self) -> Result<(), ProfanityError> {
        fs::remove_dir_all(self.omemo_folder()).map_err(ProfanityError::Folder)
    }

    fn kept_number(&self) -> io::Result<Option<u64>> {
        // A folder for each account.
        for entry in fs::read_dir(self.omemo_folder())? {
            let identity = fs::read_to_string(entry?.path().join("identity.txt"))?;
            let mut lines = identity.lines();
            let number = lines.find_map(|line| line.strip_prefix("device_id="));
            if let Some(number) = number {
                return Ok(number.trim().parse().ok());
            }
        }
        Ok(None)
    }

    fn omemo_folder(&self) -> PathBuf {
        self.folder.path().join("data/profanity/omemo")
    }
}
