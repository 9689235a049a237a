//! `onym invite --without-token` and `--moved`

use onym_identity::invite::{Invite, is_host};

use super::{CommandError, unlock};
use crate::args::{Global, InviteOf};
use crate::data_dir::DataDir;
use crate::printer::Printer;
use crate::report::{InviteReport, Report};

pub(super) fn run(
    invite: InviteOf,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let InviteOf {
        name,
        host,
        qr,
        moved,
        ..
    } = invite;
    if !is_host(&host) {
        return Err(CommandError::Host(host));
    }
    let jid = unlock::unlocked(folder, global)?.jid().to_bare_jid();
    let mut invite = Invite::to(jid);
    invite.name = name;
    invite.is_move = moved;
    let report = InviteReport::new(&invite, &host, qr, None)?;
    printer.print(&Report::Invite(Box::new(report)));
    Ok(0)
}
