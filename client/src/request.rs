//! What a command asks of the process that has the data folder.

use jid::BareJid;
use serde::{Deserialize, Serialize};

use crate::args::Wait;

/// A request, as it travels over the control socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Send a message.
    Send {
        to: BareJid,
        text: String,
        wait: Option<Wait>,
        timeout_seconds: u64,
    },
    /// Tell of messages and contacts until the asker goes.
    Listen,
    /// Bring the window to the front, with a link to open.
    Raise { link: Option<String> },
    /// Tell of every contact and request.
    Contacts,
    /// Add a contact.
    AddContact { jid: BareJid, name: Option<String> },
    /// Accept a request.
    AcceptContact { jid: BareJid },
    /// Decline a request.
    DeclineContact { jid: BareJid },
    /// Remove a contact.
    RemoveContact { jid: BareJid },
    /// Tell of every device.
    Devices,
    /// Let a device log in.
    AddDevice { name: String },
    /// Stop a device from logging in.
    RevokeDevice { name: String },
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
            | Self::Retry { .. } => true,
            Self::Raise { .. }
            | Self::Contacts
            | Self::Devices
            | Self::AddDevice { .. }
            | Self::RevokeDevice { .. }
            | Self::Status => false,
        }
    }
}
