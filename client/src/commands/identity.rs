//! `onym identity …`

use std::io::Read;

use onym_identity::{RecoveryPhrase, RootSecret};
use zeroize::Zeroizing;

use super::CommandError;
use crate::args::IdentityCommand;
use crate::data_dir::DataDir;
use crate::identity_file;
use crate::node::NodeError;
use crate::printer::Printer;
use crate::report::{Report, Secret};

/// A phrase is far shorter; more is not read.
const MAX_PHRASE_BYTES: u64 = 4_096;

/// Room for all of it from the start, so that growing leaves no copies behind.
const PHRASE_CAPACITY: usize = 8_192;

pub(super) fn run(
    command: &IdentityCommand,
    folder: &DataDir,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let file = folder.identity_file();
    // Two processes that make identities at once must not show one phrase and keep the other.
    let _held = match command {
        IdentityCommand::Show { .. } => None,
        IdentityCommand::New | IdentityCommand::Restore => Some(
            folder
                .lock()?
                .ok_or_else(|| NodeError::InUse(folder.path().to_owned()))?,
        ),
    };
    let (secret, with_phrase) = match command {
        IdentityCommand::New => {
            let secret = RootSecret::generate(&mut rand::rng());
            identity_file::save(&file, &secret)?;
            (secret, true)
        }
        IdentityCommand::Show { phrase } => (identity_file::load(&file)?, *phrase),
        IdentityCommand::Restore => {
            printer.ask("Type the 24 words, then Enter and Ctrl-D:");
            let mut text = Zeroizing::new(String::with_capacity(PHRASE_CAPACITY));
            std::io::stdin()
                .take(MAX_PHRASE_BYTES)
                .read_to_string(&mut text)?;
            let phrase = RecoveryPhrase::parse(&text).map_err(CommandError::Phrase)?;
            let secret = phrase.root_secret();
            identity_file::save(&file, &secret)?;
            (secret, false)
        }
    };
    let jid = identity_file::jid_of(&secret);
    let phrase = with_phrase.then(|| Secret::new(&secret.recovery_phrase().reveal()));
    printer.print(&Report::Identity {
        jid: jid.to_string(),
        identity: jid.identity.to_string(),
        onion_address: jid.address.to_string(),
        phrase,
    });
    Ok(0)
}
