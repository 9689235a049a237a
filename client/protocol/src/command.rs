//! What the user, or a program in their place, asks of the engine.

use jid::BareJid;

use crate::delivery::FailureReason;
use crate::store::{MessageId, Position};

/// The longest text that can be sent, in bytes. XML may make six bytes of one (`&quot;`), and a
/// stanza has to stay below the 256 KiB that servers commonly allow.
pub const MAX_TEXT_BYTES: usize = 40 * 1024;

/// The longest name of a contact, in bytes.
pub const MAX_NAME_BYTES: usize = 1_000;

/// Something that the engine shall do.
///
/// Every command works without a connection: what it decides is kept and carried out as soon as
/// there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Sends a text. The first event after it is
    /// [`Event::MessageAdded`](crate::event::Event::MessageAdded) with the message's id.
    SendMessage {
        /// To whom.
        to: BareJid,
        /// The text.
        text: String,
    },
    /// Sends a failed message again, under the same id.
    Resend {
        /// Which one.
        id: MessageId,
    },
    /// Removes a failed message.
    DiscardFailed {
        /// Which one.
        id: MessageId,
    },
    /// The user has seen the conversation up to this message.
    MarkDisplayed {
        /// The conversation.
        conversation: BareJid,
        /// The newest message that was displayed.
        up_to: Position,
    },
    /// Keeps what the user has begun to write; an empty text removes it.
    SaveDraft {
        /// The conversation.
        conversation: BareJid,
        /// The text.
        text: String,
    },
    /// Adds a contact and asks to see their presence. Their request in return is accepted.
    AddContact {
        /// Whom.
        jid: BareJid,
        /// The name to show.
        name: Option<String>,
    },
    /// Accepts a request and asks back.
    AcceptContact {
        /// Whose.
        jid: BareJid,
    },
    /// Declines a request.
    DeclineContact {
        /// Whose.
        jid: BareJid,
    },
    /// Removes a contact. The conversation stays.
    RemoveContact {
        /// Whom.
        jid: BareJid,
    },
    /// Shows a contact under another name.
    RenameContact {
        /// Whom.
        jid: BareJid,
        /// The name, or nothing to show the address.
        name: Option<String>,
    },
    /// Connects at once instead of waiting for the next attempt, also after a failed login.
    ConnectNow,
    /// Ends the stream in good order and does not connect again before `ConnectNow`.
    GoOffline,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is nothing to send.
    #[error("The message is empty.")]
    EmptyText,
    /// The text is too long for a server.
    #[error("The message is too long: {bytes} bytes, where {MAX_TEXT_BYTES} are possible.")]
    TextTooLong {
        /// Its length.
        bytes: usize,
    },
    /// The name is too long.
    #[error("The name is too long.")]
    NameTooLong,
    /// There is no failed message with this id.
    #[error("This message does not wait to be sent again.")]
    NotFailed {
        /// The id.
        id: MessageId,
    },
    /// There is no such contact.
    #[error("{jid} is not a contact.")]
    NoSuchContact {
        /// The address.
        jid: BareJid,
    },
    /// Nobody with this address asked to become a contact.
    #[error("{jid} has not asked to be a contact.")]
    NoRequest {
        /// The address.
        jid: BareJid,
    },
    /// It is one's own address.
    #[error("This is your own address.")]
    OwnAddress,
    /// A request came back.
    #[error("The request to {jid} came back. {}", why.words())]
    RequestReturned {
        /// Whom we asked.
        jid: BareJid,
        /// Why.
        why: FailureReason,
    },
    /// Our server refused it.
    #[error("Your server refused the change for {jid}: {condition}")]
    RefusedByServer {
        /// Whom the change is about.
        jid: BareJid,
        /// The error condition.
        condition: String,
    },
}
