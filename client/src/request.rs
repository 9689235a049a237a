//! What a command asks of the process that has the data folder.

use std::path::PathBuf;

use jid::BareJid;
use onym_identity::IdentityKey;
use onym_identity::statement::ForeignKey;
use serde::{Deserialize, Serialize};

use crate::args::{Choice, ChosenAddress, HistoryForm, IdentityChoice, MessageName, Said, Until};
use crate::report::Secret;

/// A request, as it travels over the control socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Send a message.
    Send {
        to: BareJid,
        text: String,
        #[serde(default)]
        reply_to: Option<u64>,
        until: Until,
    },
    /// Tell of messages and contacts until the asker goes.
    Listen,
    /// Bring the window to the front, with a link to open.
    Raise { link: Option<String> },
    /// Tell of every contact and request.
    Contacts,
    /// Add a contact.
    AddContact {
        jid: BareJid,
        name: Option<String>,
        /// The invite that the user has taken, or the address alone.
        #[serde(default)]
        invite: Option<Secret>,
        /// It was read from the person's own screen or paper.
        #[serde(default)]
        in_person: bool,
    },
    /// Make an invite.
    MakeInvite {
        name: Option<String>,
        host: String,
        qr: bool,
        days: u16,
    },
    /// Tell of every invite that was made.
    Invites,
    /// Take an invite back.
    RevokeInvite { id: String },
    /// Accept a request.
    AcceptContact { jid: BareJid },
    /// Decline a request.
    DeclineContact { jid: BareJid },
    /// Remove a contact.
    RemoveContact { jid: BareJid },
    /// Show a contact under another name.
    RenameContact { jid: BareJid, name: Option<String> },
    /// Keep somebody away, or let them through again.
    SetBlocked { jid: BareJid, blocked: bool },
    /// Tell whom we keep away.
    Blocked,
    /// Correct a message.
    Edit {
        message: MessageName,
        text: String,
        until: Until,
    },
    /// Take a message back.
    Retract { message: MessageName, until: Until },
    /// Put emojis under a message.
    React {
        message: MessageName,
        emojis: Vec<String>,
        until: Until,
    },
    /// Send a failed message again.
    Resend { id: String, until: Until },
    /// Search all messages.
    Search { text: String, limit: usize },
    /// Tell the messages of a conversation.
    History {
        jid: BareJid,
        limit: usize,
        before: Option<u64>,
    },
    /// Tell of every conversation.
    Conversations,
    /// Change how a conversation is kept.
    Configure { jid: BareJid, how: Keeping },
    /// Mark all messages of a conversation as seen.
    Read { jid: BareJid },
    /// Delete a conversation here.
    DeleteConversation { jid: BareJid },
    /// Fetch older messages from the archive.
    FetchOlder { jid: BareJid },
    /// Tell what we say about ourselves.
    Profile,
    /// Set our name.
    SetOurName { name: Option<String> },
    /// Set our picture from a file.
    SetOurPicture { file: Option<PathBuf> },
    /// Write everything into a sealed file.
    Export {
        file: PathBuf,
        passphrase: Secret,
        /// The passphrase of the folder, if it has one.
        current: Option<Secret>,
    },
    /// Write the history in clear.
    ExportHistory {
        file: PathBuf,
        form: HistoryForm,
        with: Option<BareJid>,
    },
    /// Tell of every device.
    Devices,
    /// Let a device log in.
    AddDevice { name: String },
    /// Stop a device from logging in.
    RevokeDevice { name: String },
    /// Tell of every device that messages are encrypted for: ours, or somebody's.
    OmemoDevices { jid: Option<BareJid>, refresh: bool },
    /// Take another device of ours out of our lists.
    RemoveOmemoDevice { device: u32 },
    /// Make new keys for this device.
    RenewDevice,
    /// Tell what our statement says, and if asked for, whether each address confirms it.
    OurStatement { check: bool },
    /// Change what our statement claims, and tell what it says.
    Claim { change: ClaimChange },
    /// Announce the next address of our endpoint, and move there at the next start.
    Move,
    /// Take an announced move back.
    Stay,
    /// Tell how far the move is, and who has followed.
    Moves,
    /// Tell who is behind an address, after what the user says about it.
    Behind { jid: BareJid, what: BehindRequest },
    /// Ask an account for the statement of an identity.
    CheckAddress {
        jid: BareJid,
        identity: Option<IdentityKey>,
        timeout_seconds: u64,
    },
    /// Take a signed document, as its text.
    TakeDocument { text: String },
    /// End our own identity by a signed document, as its text.
    EndIdentity { text: String },
    /// Say about a device whether it may read what we write.
    SetTrust {
        jid: BareJid,
        device: u32,
        verdict: Said,
        fingerprint: Option<String>,
    },
    /// Tell how a conversation, or without one all of them, is encrypted, after choosing it.
    Encryption {
        jid: Option<BareJid>,
        how: Option<Choice>,
    },
    /// Tell the addresses of somebody, after choosing the one that is written to.
    WriteTo {
        jid: BareJid,
        /// None inside it leaves the choice to the program.
        address: Option<ChosenAddress>,
    },
    /// Begin the encryption with somebody anew.
    Renew { jid: BareJid },
    /// Try a contact's endpoint at once.
    Retry { jid: BareJid },
    /// Tell how the endpoint is doing.
    Status,
}

impl Request {
    /// Whether Tor must be up for the request to make sense.
    pub(crate) fn needs_network(&self) -> bool {
        match self {
            Self::Send { .. }
            | Self::Listen
            | Self::AddContact { .. }
            | Self::AcceptContact { .. }
            | Self::DeclineContact { .. }
            | Self::RemoveContact { .. }
            | Self::Edit { .. }
            | Self::Retract { .. }
            | Self::React { .. }
            | Self::Resend { .. }
            | Self::Read { .. }
            | Self::OmemoDevices { refresh: true, .. }
            | Self::Renew { .. }
            | Self::OurStatement { check: true }
            | Self::CheckAddress { .. }
            | Self::Retry { .. } => true,
            Self::Raise { .. }
            | Self::Blocked
            | Self::Search { .. }
            | Self::History { .. }
            | Self::Conversations
            | Self::Configure { .. }
            | Self::WriteTo { .. }
            | Self::MakeInvite { .. }
            | Self::Invites
            | Self::RevokeInvite { .. }
            | Self::DeleteConversation { .. }
            | Self::FetchOlder { .. }
            | Self::Profile
            | Self::Export { .. }
            | Self::ExportHistory { .. }
            | Self::SetOurName { .. }
            | Self::SetOurPicture { .. }
            | Self::SetBlocked { .. }
            | Self::RenameContact { .. }
            | Self::Contacts
            | Self::Devices
            | Self::AddDevice { .. }
            | Self::RevokeDevice { .. }
            | Self::OmemoDevices { refresh: false, .. }
            | Self::RemoveOmemoDevice { .. }
            | Self::RenewDevice
            | Self::OurStatement { check: false }
            | Self::Claim { .. }
            | Self::Move
            | Self::Stay
            | Self::Moves
            | Self::Behind { .. }
            | Self::TakeDocument { .. }
            | Self::EndIdentity { .. }
            | Self::SetTrust { .. }
            | Self::Encryption { .. }
            | Self::Status => false,
        }
    }
}

/// What is said about the identity behind an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BehindRequest {
    /// Nothing.
    Who,
    /// Its key was compared, or was not after all.
    Verify {
        key: Option<IdentityKey>,
        withdraw: bool,
    },
    /// Its key was compared and is not the person's, or that was not so after all.
    Differs {
        key: Option<IdentityKey>,
        withdraw: bool,
    },
    /// Another one takes its place, or does not.
    Decide {
        choice: IdentityChoice,
        key: IdentityKey,
    },
}

/// A change of what our statement claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClaimChange {
    /// An address is listed, or one that is listed is ranked.
    Address { jid: BareJid, priority: Option<u8> },
    /// An address is listed no more.
    NoAddress { jid: BareJid, is_revoked: bool },
    /// A key is listed, at our own address if no other one is named.
    Key {
        account: Option<BareJid>,
        key: ForeignKey,
        /// Of a device, if it is its key.
        #[serde(default)]
        device: Option<u32>,
    },
    /// A key is listed no more.
    NoKey { key: ForeignKey, is_revoked: bool },
}

/// How a conversation is kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Keeping {
    /// Above the others, or not.
    Pinned(bool),
    /// Without notifications: for so many minutes, or for ever.
    Muted(Option<u64>),
    /// With notifications.
    Unmuted,
    /// Put away, or not.
    Archived(bool),
    /// Messages are deleted after so many seconds; none keeps them.
    Disappearing(Option<u64>),
}
