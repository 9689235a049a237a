//! What the identity signs on the command line: a statement, its revocation, its succession.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use onym_client_protocol::store::IdentityRecord;
use onym_client_protocol::store::Store as _;
use onym_client_store::ClientStore;
use onym_identity::statement::{
    Endpoint, EndpointKind, Followed, ForeignKey, KeyClaim, KeyProtocol, ProposedSuccession,
    Standing, StatementBody, Succession, TextForm, next_serial,
};
use onym_identity::{IdentityKey, Timestamp, jid::BareJid};

use super::super::{CommandError, unlock, verify};
use crate::args::{ExportOf, Global, SucceedCommand};
use crate::data_dir::DataDir;
use crate::printer::Printer;
use crate::report::{Report, SignedReport};
use crate::revocation_sheet;
use crate::unlocking::Unlocked;

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Nobody but the owner needs a file that was written here, until they give it away.
const FILE_MODE: u32 = 0o600;

/// `onym identity export`
pub(super) fn export(
    export: &ExportOf,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let unlocked = unlock::unlocked(folder, global)?;
    let secret = unlocked.secret();
    let jid = unlocked.jid().to_bare_jid();
    let key = secret.identity_key();
    let (known, note) = match known(folder, &unlocked, &jid)? {
        Ok(known) => (known, None),
        Err(note) => (Known::default(), Some(note.to_owned())),
    };
    let is_ended = known
        .ended
        .is_some_and(|standing| standing != Standing::Good);
    let note = match is_ended {
        true => Some(
            "WARNING: this identity has ended. Who knows that believes no statement of it."
                .to_owned(),
        ),
        false => note,
    };
    let now = printer.now();
    let has_device = !known.device.is_empty();
    let body = known.statement(jid, export, now);
    let signed = body.sign(&key)?;
    let report = SignedReport {
        kind: "statement".to_owned(),
        identity: key.public().to_string(),
        serial: Some(body.serial),
        expires: Some(body.expires.to_string()),
        has_device: Some(has_device),
        note,
        ..SignedReport::default()
    };
    if let Some(file) = &export.binary {
        return written(file, signed.as_bytes(), report, printer);
    }
    hand_out(
        export.out.as_deref(),
        &block_of(signed.as_bytes()),
        report,
        printer,
    )
}

/// What this data folder knows of the identity.
#[derive(Default)]
struct Known {
    /// The last statement that was seen of it.
    last: Option<StatementBody>,
    /// The keys of this device.
    device: Vec<KeyClaim>,
    /// Whether the identity still counts.
    ended: Option<Standing>,
}

impl Known {
    /// What the last statement says, and this device.
    fn statement(self, jid: BareJid, export: &ExportOf, now: Timestamp) -> StatementBody {
        let Self { last, device, .. } = self;
        let serial = next_serial(last.as_ref().map(|last| last.serial), now);
        let own = Endpoint {
            jid,
            kind: EndpointKind::Own,
            priority: 0,
        };
        let mut body = StatementBody {
            // After the last number there is no other one; signing it again says the same.
            serial: serial.unwrap_or(u64::MAX),
            issued: now,
            expires: now,
            name: None,
            endpoints: vec![own],
            keys: Vec::new(),
            revocations: Vec::new(),
        };
        if let Some(last) = last {
            (body.name, body.endpoints) = (last.name, last.endpoints);
            (body.keys, body.revocations) = (last.keys, last.revocations);
        }
        let place = |claim: &KeyClaim| (claim.jid.clone(), claim.device, claim.key.protocol);
        body.keys
            .retain(|claim| device.iter().all(|ours| place(ours) != place(claim)));
        body.keys.extend(device);
        body.name = export.name.clone().or(body.name);
        // A clock that was set back since something was revoked.
        let revoked_last = body.revocations.iter().map(|it| it.since).max();
        body.issued = revoked_last.map_or(now, |last| last.max(now));
        body.expires = body.issued + DAY * u32::from(export.days);
        body
    }
}

/// What this data folder knows, or why nobody can look.
fn known(
    folder: &DataDir,
    unlocked: &Unlocked,
    jid: &BareJid,
) -> Result<Result<Known, &'static str>, CommandError> {
    let Some(_held) = folder.lock()? else {
        return Ok(Err(
            "Without the OMEMO keys: another Onym process uses the data folder.",
        ));
    };
    if !folder.client_store().exists() {
        return Ok(Err("Without an OMEMO key: this device has none yet."));
    }
    let store = ClientStore::open(&folder.client_store(), &unlocked.client_key())?;
    let memory = store.load()?;
    // Also one that has expired: its revocations are to be repeated.
    let record = memory.identities.get(jid);
    let last = record.and_then(IdentityRecord::body);
    let ended = memory.ended.get(&unlocked.secret().identity_key().public());
    let ended = ended.map(Followed::standing);
    let Some(device) = memory.our_device else {
        return Ok(Err("Without an OMEMO key: this device has none yet."));
    };
    let key = device.identity_key();
    let claim = |protocol| KeyClaim {
        jid: jid.clone(),
        device: Some(device.id().get()),
        key: ForeignKey::new(protocol, key.as_bytes()),
    };
    let device = [KeyProtocol::Omemo, KeyProtocol::Omemo2].map(claim).into();
    Ok(Ok(Known {
        last,
        device,
        ended,
    }))
}

/// `onym identity revoke`
pub(super) fn revoke(
    out: &Path,
    is_sure: bool,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let unlocked = unlock::unlocked(folder, global)?;
    let key = unlocked.secret().identity_key();
    if !is_sure {
        confirm(
            printer,
            "Whoever sees the revocation believes nothing of this identity any more, for ever. Nothing is sent now.",
        )?;
    }
    let identity = key.public().to_string();
    let text = revocation_sheet::of(&key);
    let report = SignedReport {
        kind: "revocation".to_owned(),
        identity,
        note: Some("Print it, keep it where nobody else comes, and delete the file.".to_owned()),
        ..SignedReport::default()
    };
    written(out, text.as_bytes(), report, printer)
}

/// `onym identity succeed`
pub(super) fn succeed(
    command: &SucceedCommand,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let now = printer.now();
    match command {
        SucceedCommand::Propose { to, out, yes } => {
            let unlocked = unlock::unlocked(folder, global)?;
            let key = unlocked.secret().identity_key();
            let proposal = Succession::propose(&key, *to, now)?;
            if !yes {
                confirm(
                    printer,
                    "Who follows the succession believes no more statements of this identity.",
                )?;
            }
            let note =
                "Give it to the new identity, which signs it with `onym identity succeed accept`.";
            let report = SignedReport {
                note: Some(note.to_owned()),
                ..succession_report("proposal", proposal.old(), proposal.new_identity())
            };
            written(out, proposal.block().as_bytes(), report, printer)
        }
        SucceedCommand::Accept {
            proposal: file,
            from,
            out,
        } => {
            let unreadable = |source| CommandError::Document {
                path: file.clone(),
                source,
            };
            let text = match file.as_os_str() == "-" {
                true => verify::bounded(io::stdin().lock()),
                false => File::open(file).and_then(verify::bounded),
            };
            let text = String::from_utf8_lossy(&text.map_err(unreadable)?).into_owned();
            let proposal = ProposedSuccession::find(&text, now)?;
            if proposal.old() != from {
                return Err(CommandError::OtherOldIdentity(*proposal.old()));
            }
            let unlocked = unlock::unlocked(folder, global)?;
            let report = succession_report("succession", proposal.old(), proposal.new_identity());
            let signed = proposal.accept(&unlocked.secret().identity_key());
            let signed = signed.ok_or(CommandError::OtherSuccessor)?;
            hand_out(out.as_deref(), &block_of(&signed), report, printer)
        }
        // It is a request.
        SucceedCommand::Publish { .. } => Ok(0),
    }
}

fn succession_report(kind: &str, old: &IdentityKey, new: &IdentityKey) -> SignedReport {
    SignedReport {
        kind: kind.to_owned(),
        identity: old.to_string(),
        successor: Some(new.to_string()),
        ..SignedReport::default()
    }
}

fn block_of(document: &[u8]) -> String {
    TextForm::of(document).map_or_else(String::new, TextForm::block)
}

/// Prints a text, or writes it into a new file.
fn hand_out(
    file: Option<&Path>,
    text: &str,
    report: SignedReport,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    if let Some(file) = file {
        return written(file, text.as_bytes(), report, printer);
    }
    let text = Some(text.to_owned());
    printer.print(&Report::Signed(Box::new(SignedReport { text, ..report })));
    Ok(0)
}

/// Writes a new file, and says so. What is there is not overwritten: it may be somebody's only copy.
fn written(
    path: &Path,
    bytes: &[u8],
    report: SignedReport,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| CommandError::Unwritten {
        path: path.to_owned(),
        source,
    })?;
    let file = Some(path.display().to_string());
    printer.print(&Report::Signed(Box::new(SignedReport { file, ..report })));
    Ok(0)
}

/// Asks a person; a script says `--yes`.
pub(in crate::commands) fn confirm(
    printer: &Printer,
    what: &'static str,
) -> Result<(), CommandError> {
    if !io::stdin().is_terminal() {
        return Err(CommandError::NotConfirmed(what));
    }
    printer.ask(&format!("{what}\nType yes to go on:"));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err(CommandError::NotConfirmed(what)),
    }
}
