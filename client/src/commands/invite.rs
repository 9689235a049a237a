//! `onym invite`

use onym_identity::invite::Invite;

use super::{CommandError, unlock};
use crate::args::{Global, InviteOf};
use crate::data_dir::DataDir;
use crate::identity_file;
use crate::printer::Printer;
use crate::qr_text::{self, Ink};
use crate::report::{InviteReport, Report};

pub(super) fn run(
    invite: InviteOf,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let InviteOf { name, host, qr } = invite;
    let jid = identity_file::jid_of(unlock::unlocked(folder, global)?.secret()).to_bare_jid();
    let mut invite = Invite::to(jid);
    invite.name = name;
    let xmpp = invite.to_xmpp()?;
    let report = InviteReport {
        jid: invite.jid.to_string(),
        link: invite
            .to_link(&host)
            .map_err(|_| CommandError::Host(host))?,
        qr: if qr {
            qr_text::draw(&xmpp, Ink::Light)
        } else {
            None
        },
        xmpp,
    };
    printer.print(&Report::Invite(Box::new(report)));
    Ok(0)
}
