//! `onym identity …`, as far as it is about what our statement says: asked of the process that has the
//! data folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use onym_client_protocol::store::{Snapshot, Store as _};
use onym_client_store::ClientStore;

use super::{Asked, CommandError, alone, ask, carry_out, ending, identity, requests_of, unlock};
use crate::args::{ClaimKeyOf, Global, IdentityCommand, SucceedCommand};
use crate::data_dir::DataDir;
use crate::openpgp::{self, MAX_FILE_BYTES};
use crate::printer::Printer;
use crate::report::{OpenPgpReport, OurStatementReport, Report};
use crate::request::{ClaimChange, Request};
use crate::requests;
use crate::unlocking::UnlockError;

pub(super) async fn run(
    command: IdentityCommand,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    match command {
        IdentityCommand::Show {
            phrase: false,
            check,
        } => show(check, folder, global, printer).await,
        IdentityCommand::ClaimKey(ClaimKeyOf { key, account, .. }) if key.openpgp.is_some() => {
            let file = key.openpgp.unwrap_or_default();
            let unlocked = unlock::unlocked(folder, global)?;
            let identity = unlocked.secret().identity_key().public();
            let now = printer.now().as_unix_millis() / 1_000;
            let read = openpgp::read(&bytes_of(&file)?, &identity, now);
            let read = read.map_err(|source| CommandError::OpenPgp { path: file, source })?;
            let report = OpenPgpReport::new(&read.key, read.word);
            printer.print(&Report::OpenPgp(Box::new(report)));
            let key = read.key;
            let change = ClaimChange::Key {
                account,
                key,
                device: None,
            };
            let request = Request::Claim { change };
            carry_out(request, Some(unlocked), folder, global, printer).await
        }
        IdentityCommand::Revoke {
            publish: Some(file),
            yes,
            ..
        } => ending::revoke(file.as_deref(), yes, folder, global, printer).await,
        IdentityCommand::Succeed(SucceedCommand::Publish { succession, yes }) => {
            ending::succeed(&succession, yes, folder, global, printer).await
        }
        IdentityCommand::Move { cancel: true, .. } => stay(folder, global, printer).await,
        IdentityCommand::Move { yes, .. } => {
            let unlocked = unlock::unlocked(folder, global)?;
            let to = unlocked.next_jid().ok_or(CommandError::NoNextAddress)?;
            printer.print(&Report::MovePlanned {
                from: unlocked.jid().to_string(),
                to: to.to_string(),
            });
            if !yes {
                return Err(CommandError::NotConfirmed(
                    "nothing was changed: after the move, the address before is revoked for ever",
                ));
            }
            carry_out(Request::Move, Some(unlocked), folder, global, printer).await
        }
        IdentityCommand::Moves => moves(folder, global, printer).await,
        IdentityCommand::Behind(_)
        | IdentityCommand::ClaimAddress { .. }
        | IdentityCommand::DropAddress { .. }
        | IdentityCommand::ClaimKey(_)
        | IdentityCommand::DropKey(_)
        | IdentityCommand::RevokeKey(_) => match requests_of::about_identity(command) {
            Some(request) => carry_out(request, None, folder, global, printer).await,
            None => Ok(0),
        },
        command => identity::run(&command, folder, global, printer),
    }
}

/// The identity, and what its statement says: as the process knows it that has the folder, or as it was
/// kept.
async fn show(
    check: bool,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let unlocked = unlock::unlocked(folder, global)?;
    identity::print(&unlocked, false, printer);
    let request = Request::OurStatement { check };
    if check {
        return carry_out(request, Some(unlocked), folder, global, printer).await;
    }
    let _held = match ask(folder, &request, printer).await? {
        Asked::Answered(code) => return Ok(code),
        Asked::Nobody(lock) => lock,
    };
    if folder.client_store().exists() {
        let store = ClientStore::open(&folder.client_store(), &unlocked.client_key())?;
        let memory = store.load()?;
        let our_jid = unlocked.jid().to_bare_jid();
        let record = memory.identities.get(&our_jid);
        let is_signed_out = memory.our_device.as_ref().is_some_and(|device| {
            let key = device.identity_key();
            record.is_some_and(|record| record.revoked.contains(&key))
        });
        let report = OurStatementReport::of(&memory, &our_jid, is_signed_out);
        printer.print(&Report::OurStatement(Box::new(report)));
    }
    Ok(0)
}

/// Takes an announced move back: first of all in the folder, since whatever starts would carry it out.
async fn stay(
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let unlocked = unlock::unlocked(folder, global)?;
    match ask(folder, &Request::Stay, printer).await? {
        Asked::Answered(code) => Ok(code),
        Asked::Nobody(lock) => {
            unlocked.stay().map_err(UnlockError::from)?;
            alone(&unlocked, lock, Request::Stay, None, printer).await
        }
    }
}

/// How far a move is. Without an endpoint that runs it is read from the disk: one that starts would carry
/// the move out.
async fn moves(
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let unlocked = unlock::unlocked(folder, global)?;
    let _held = match ask(folder, &Request::Moves, printer).await? {
        Asked::Answered(code) => return Ok(code),
        Asked::Nobody(lock) => lock,
    };
    let memory = match folder.client_store().exists() {
        true => ClientStore::open(&folder.client_store(), &unlocked.client_key())?.load()?,
        false => Snapshot::default(),
    };
    let next = unlocked.announced().map_err(UnlockError::from)?;
    let report = requests::moves(&unlocked, next, &memory, &|_| None);
    printer.print(&Report::Moves(Box::new(report)));
    Ok(0)
}

/// A file, one byte more than is read at most, so that what is too long is seen to be.
fn bytes_of(path: &Path) -> Result<Vec<u8>, CommandError> {
    let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    let bounded = |input: &mut dyn Read| {
        let mut bytes = Vec::new();
        input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let read = match path.as_os_str() == "-" {
        true => bounded(&mut io::stdin().lock()),
        false => File::open(path).and_then(|mut file| bounded(&mut file)),
    };
    read.map_err(|source| CommandError::Document {
        path: path.to_owned(),
        source,
    })
}
