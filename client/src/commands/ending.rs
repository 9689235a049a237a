//! `onym identity revoke --publish`, `onym identity succeed publish`, and `onym verify --follow`: what ends
//! identities, given by hand.

use std::fs::File;
use std::io;
use std::path::Path;

use onym_identity::statement::{
    Document, IdentityRevocation, MAX_DOCUMENT_BYTES, TextForm, find_blocks,
};

use super::identity::signed::confirm;
use super::verify::{self, Outcome};
use super::{CommandError, carry_out, unlock};
use crate::args::Global;
use crate::data_dir::DataDir;
use crate::printer::Printer;
use crate::request::Request;

/// What somebody has to want who ends their identity.
const REVOKES: &str = "\
This ends your identity, for ever; nobody can take it back, not even you. Your endpoint shows the revocation in
the place of your statement. Who hears of it believes nothing of this identity any more, refuses all of its
devices, and sends nothing to this address. You need a new identity, and your contacts have to hear of that one
in another way.";

const SUCCEEDS: &str = "\
This ends your identity in favour of another one, for ever. Your endpoint shows the succession in the place of
your statement. Your contacts are asked whether they follow, send nothing before that, and believe no more
statements of this identity.";

/// `onym identity revoke --publish`
pub(super) async fn revoke(
    file: Option<&Path>,
    is_sure: bool,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let made = file.map(|file| {
        let is_one = |it: &Document| matches!(it, Document::Revocation(_));
        find(file, is_one, "revocation")
    });
    let made = made.transpose()?;
    let unlocked = unlock::unlocked(folder, global)?;
    let bytes = made.unwrap_or_else(|| IdentityRevocation::sign(&unlocked.secret().identity_key()));
    if !is_sure {
        confirm(printer, REVOKES)?;
    }
    let request = Request::EndIdentity {
        text: block(&bytes),
    };
    carry_out(request, Some(unlocked), folder, global, printer).await
}

/// `onym identity succeed publish`
pub(super) async fn succeed(
    file: &Path,
    is_sure: bool,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let is_one = |it: &Document| matches!(it, Document::Succession(_));
    let bytes = find(file, is_one, "succession")?;
    let unlocked = unlock::unlocked(folder, global)?;
    if !is_sure {
        confirm(printer, SUCCEEDS)?;
    }
    let request = Request::EndIdentity {
        text: block(&bytes),
    };
    carry_out(request, Some(unlocked), folder, global, printer).await
}

/// Takes what was verified. The exit code is the highest of all.
pub(super) async fn follow(
    outcome: Outcome,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let Outcome {
        mut code,
        documents,
    } = outcome;
    if documents.is_empty() && code == 0 {
        return Err(CommandError::NothingToFollow);
    }
    for text in documents {
        let request = Request::TakeDocument { text };
        code = code.max(carry_out(request, None, folder, global, printer).await?);
    }
    Ok(code)
}

/// The first document of a kind in a file: in a text, as its bytes, or as the text of a code.
fn find(
    file: &Path,
    is_one: impl Fn(&Document) -> bool,
    kind: &'static str,
) -> Result<Vec<u8>, CommandError> {
    let read = match file.as_os_str() == "-" {
        true => verify::bounded(io::stdin().lock()),
        false => File::open(file).and_then(verify::bounded),
    };
    let bytes = read.map_err(|source| CommandError::Document {
        path: file.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = (bytes.len() <= MAX_DOCUMENT_BYTES).then(|| Document::parse(&bytes).ok());
    let code = Document::from_qr(text.trim()).ok();
    let blocks = find_blocks(&text).unwrap_or_default();
    let mut documents = whole
        .flatten()
        .into_iter()
        .chain(code)
        .chain(blocks.into_iter().flatten());
    let found = documents.find(|it| is_one(it));
    let found = found.ok_or_else(|| CommandError::NoEnd(file.to_owned(), kind))?;
    Ok(found.to_bytes())
}

fn block(document: &[u8]) -> String {
    TextForm::of(document).map_or_else(String::new, TextForm::block)
}
