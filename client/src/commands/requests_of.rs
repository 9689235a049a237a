//! From the command line to requests.

use std::path::{Path, PathBuf};

use onym_identity::invite::is_host;

use super::{CommandError, unlock};
use crate::args::{
    BehindCommand, ClaimKeyOf, Command, ContactCommand, ConversationCommand, DeviceCommand,
    DevicesCommand, DevicesOf, EncryptionOf, ExportCommand, Global, IdentityCommand, InviteCommand,
    InviteOf, ProfileCommand, TrustOf, VerifyOf,
};
use crate::data_dir::DataDir;
use crate::report::Secret;
use crate::request::{BehindRequest, ClaimChange, Keeping, Request};

/// The request of a command; nothing for one that needs no running node.
pub(super) fn request_of(
    command: Command,
    folder: &DataDir,
    global: &Global,
) -> Result<Option<Request>, CommandError> {
    Ok(Some(match command {
        Command::Identity(_)
        | Command::Passphrase(_)
        | Command::Serve { .. }
        | Command::Open { .. }
        | Command::Wipe { .. }
        | Command::Export(ExportCommand::Import { .. }) => return Ok(None),
        Command::Send {
            jid,
            text,
            reply_to,
            until,
        } => Request::Send {
            to: jid,
            text,
            reply_to,
            until,
        },
        Command::Listen => Request::Listen,
        Command::Invite(invite) => about_invites(invite)?,
        Command::Edit {
            message,
            text,
            until,
        } => Request::Edit {
            message,
            text,
            until: until.into(),
        },
        Command::Retract { message, until } => Request::Retract {
            message,
            until: until.into(),
        },
        Command::React {
            message,
            emojis,
            until,
        } => Request::React {
            message,
            emojis,
            until: until.into(),
        },
        Command::Resend { id, until } => Request::Resend { id, until },
        Command::Search { text, limit } => Request::Search { text, limit },
        Command::History { jid, limit, before } => Request::History { jid, limit, before },
        Command::Conversation(command) => about_conversation(command),
        Command::Profile(ProfileCommand::Show) => Request::Profile,
        Command::Profile(ProfileCommand::Name { name }) => Request::SetOurName { name },
        Command::Profile(ProfileCommand::Picture { file }) => Request::SetOurPicture {
            file: file.as_deref().map(absolute).transpose()?,
        },
        Command::Export(ExportCommand::Everything { file }) => Request::Export {
            file: absolute(&file)?,
            current: unlock::current_passphrase(folder, global)?
                .map(|current| Secret::new(&current)),
            passphrase: Secret::new(&unlock::export_passphrase(true)?),
        },
        Command::Export(ExportCommand::History { file, form, with }) => Request::ExportHistory {
            file: absolute(&file)?,
            form,
            with,
        },
        Command::Contact(command) => about_contact(command),
        Command::Device(DeviceCommand::List) => Request::Devices,
        Command::Device(DeviceCommand::Add { name }) => Request::AddDevice { name },
        Command::Device(DeviceCommand::Revoke { name }) => Request::RevokeDevice { name },
        Command::Devices(devices) => about_devices(devices),
        Command::Verify(verify) => return about_address(verify),
        Command::Trust(trust) => about_trust(trust),
        Command::Encryption(EncryptionOf { jid, how, all }) => Request::Encryption {
            jid,
            how: how.or(all.flatten()),
        },
        Command::Renew { jid } => Request::Renew { jid },
        Command::Retry { jid } => Request::Retry { jid },
        Command::Status => Request::Status,
    }))
}

/// What is asked about an address. What is none needs nobody.
fn about_address(verify: VerifyOf) -> Result<Option<Request>, CommandError> {
    let VerifyOf {
        what,
        identity,
        follow,
        timeout_seconds,
    } = verify;
    if follow {
        return Err(CommandError::FollowAddress);
    }
    let jid = what.parse().ok();
    Ok(jid.map(|jid| Request::CheckAddress {
        jid,
        identity,
        timeout_seconds,
    }))
}

fn about_trust(trust: TrustOf) -> Request {
    let TrustOf {
        jid,
        device,
        verdict,
        fingerprint,
    } = trust;
    Request::SetTrust {
        jid,
        device: device.into(),
        verdict,
        fingerprint,
    }
}

fn about_devices(
    DevicesOf {
        jid,
        refresh,
        command,
    }: DevicesOf,
) -> Request {
    match command {
        Some(DevicesCommand::Renew) => Request::RenewDevice,
        Some(DevicesCommand::Remove { device }) => Request::RemoveOmemoDevice {
            device: device.into(),
        },
        None => Request::OmemoDevices { jid, refresh },
    }
}

fn about_invites(invite: InviteOf) -> Result<Request, CommandError> {
    let InviteOf {
        command,
        name,
        host,
        qr,
        days,
        without_token: _,
        moved: _,
    } = invite;
    match command {
        Some(InviteCommand::List) => Ok(Request::Invites),
        Some(InviteCommand::Revoke { id }) => Ok(Request::RevokeInvite { id }),
        // Before there is an invite that nobody can be given.
        None if !is_host(&host) => Err(CommandError::Host(host)),
        None => Ok(Request::MakeInvite {
            name: name.map(|name| name.as_str().to_owned()),
            host,
            qr,
            days,
        }),
    }
}

/// What is asked about our statement; nothing for what this process does itself. The key of a file
/// comes with what it says of itself, and is asked for where it is read.
pub(super) fn about_identity(command: IdentityCommand) -> Option<Request> {
    let change = match command {
        IdentityCommand::Behind(command) => return Some(about_somebody(command)),
        IdentityCommand::ClaimAddress { jid, priority } => ClaimChange::Address { jid, priority },
        IdentityCommand::DropAddress { jid, revoke } => ClaimChange::NoAddress {
            jid,
            is_revoked: revoke,
        },
        IdentityCommand::ClaimKey(ClaimKeyOf {
            key,
            account,
            device,
        }) => ClaimChange::Key {
            account,
            key: key.otr.or(key.tls).or(key.omemo)?,
            device,
        },
        IdentityCommand::DropKey(key) => ClaimChange::NoKey {
            key: key.key()?,
            is_revoked: false,
        },
        IdentityCommand::RevokeKey(key) => ClaimChange::NoKey {
            key: key.key()?,
            is_revoked: true,
        },
        IdentityCommand::New { .. }
        | IdentityCommand::Show { .. }
        | IdentityCommand::Restore { .. }
        | IdentityCommand::Move { .. }
        | IdentityCommand::Moves
        | IdentityCommand::Export(_)
        | IdentityCommand::Revoke { .. }
        | IdentityCommand::Succeed(_) => return None,
    };
    Some(Request::Claim { change })
}

fn about_somebody(command: BehindCommand) -> Request {
    let (jid, what) = match command {
        BehindCommand::Who { jid } => (jid, BehindRequest::Who),
        BehindCommand::Verify { jid, key, withdraw } => {
            (jid, BehindRequest::Verify { key, withdraw })
        }
        BehindCommand::Differs { jid, key, withdraw } => {
            (jid, BehindRequest::Differs { key, withdraw })
        }
        BehindCommand::Decide { jid, verdict, key } => {
            let choice = verdict;
            (jid, BehindRequest::Decide { choice, key })
        }
    };
    Request::Behind { jid, what }
}

fn about_contact(command: ContactCommand) -> Request {
    match command {
        ContactCommand::List => Request::Contacts,
        ContactCommand::Add {
            whom,
            name,
            in_person,
        } => Request::AddContact {
            jid: whom.jid,
            name: name.or(whom.name),
            invite: Some(whom.text),
            in_person,
        },
        ContactCommand::Accept { jid } => Request::AcceptContact { jid },
        ContactCommand::Decline { jid } => Request::DeclineContact { jid },
        ContactCommand::Remove { jid } => Request::RemoveContact { jid },
        ContactCommand::Rename { jid, name } => Request::RenameContact { jid, name },
        ContactCommand::Block { jid } => Request::SetBlocked { jid, blocked: true },
        ContactCommand::Unblock { jid } => Request::SetBlocked {
            jid,
            blocked: false,
        },
        ContactCommand::Blocked => Request::Blocked,
    }
}

fn about_conversation(command: ConversationCommand) -> Request {
    let (jid, how) = match command {
        ConversationCommand::List => return Request::Conversations,
        ConversationCommand::Read { jid } => return Request::Read { jid },
        ConversationCommand::Delete { jid } => return Request::DeleteConversation { jid },
        ConversationCommand::FetchOlder { jid } => return Request::FetchOlder { jid },
        ConversationCommand::WriteTo { jid, address } => {
            return Request::WriteTo { jid, address };
        }
        ConversationCommand::Pin { jid } => (jid, Keeping::Pinned(true)),
        ConversationCommand::Unpin { jid } => (jid, Keeping::Pinned(false)),
        ConversationCommand::Mute { jid, minutes } => (jid, Keeping::Muted(minutes)),
        ConversationCommand::Unmute { jid } => (jid, Keeping::Unmuted),
        ConversationCommand::Archive { jid } => (jid, Keeping::Archived(true)),
        ConversationCommand::Unarchive { jid } => (jid, Keeping::Archived(false)),
        ConversationCommand::Disappear { jid, seconds } => {
            let seconds = Some(seconds).filter(|seconds| *seconds > 0);
            (jid, Keeping::Disappearing(seconds))
        }
    };
    Request::Configure { jid, how }
}

/// A file as the process that is asked finds it, which works in another folder.
fn absolute(file: &Path) -> Result<PathBuf, CommandError> {
    Ok(std::path::absolute(file)?)
}
