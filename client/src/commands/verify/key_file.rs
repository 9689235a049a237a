//! Whether an OpenPGP key names an identity (`docs/identity-statement.md`, section 8): the other half of what
//! the statement of that identity claims.

use std::path::PathBuf;

use crate::args::VerifyOf;
use crate::commands::CommandError;
use crate::openpgp::{self, KeysWord, OpenPgpError};
use crate::printer::Printer;
use crate::refusal::Refusal;
use crate::report::{OpenPgpReport, Report};

/// Whether it is a key of OpenPGP, armoured or not, rather than a text or a document.
pub(super) fn is_one(input: &[u8]) -> bool {
    let is_armoured = input.trim_ascii_start().starts_with(b"-----BEGIN PGP ");
    // RFC 9580, section 4.2: every packet begins with the highest bit.
    let is_packet = input.first().is_some_and(|it| it & 0x80 != 0);
    is_armoured || (is_packet && std::str::from_utf8(input).is_err())
}

/// Returns the exit code: 0 only if the key itself names the identity.
pub(super) fn run(
    input: &[u8],
    verify: &VerifyOf,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let identity = verify.identity.ok_or(CommandError::KeyOfWhom)?;
    let now = printer.now().as_unix_millis() / 1_000;
    let refusal = match openpgp::read(input, &identity, now) {
        Ok(read) => {
            let report = OpenPgpReport::new(&read.key, read.word);
            printer.print(&Report::OpenPgp(Box::new(report)));
            match read.word {
                KeysWord::Confirmed => return Ok(0),
                KeysWord::Unchecked | KeysWord::Nothing => Refusal::key_of_nobody(),
            }
        }
        Err(OpenPgpError::Revoked) => Refusal::revoked_key(),
        Err(source) => {
            let path = PathBuf::from(&verify.what);
            return Err(CommandError::OpenPgp { path, source });
        }
    };
    let code = refusal.code;
    printer.print(&Report::Error {
        why: refusal.why,
        advice: Some(refusal.fault.advice().to_owned()),
        code,
    });
    Ok(code)
}
