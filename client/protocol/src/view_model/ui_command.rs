//! What the user does in the window, and what it means for the engine.

use jid::{BareJid, Jid};

use crate::command::Command;
use crate::store::{MessageId, Position};

/// What the user does in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UiCommand {
    /// Opens a conversation.
    OpenConversation {
        /// With whom.
        jid: String,
    },
    /// Closes the open conversation.
    CloseConversation,
    /// Shows older messages of the open conversation.
    LoadOlder {
        /// With whom.
        jid: String,
    },
    /// Sends a message.
    SendMessage {
        /// To whom.
        jid: String,
        /// The text.
        text: String,
    },
    /// Keeps what the user has begun to write.
    SaveDraft {
        /// To whom.
        jid: String,
        /// The text; empty for none.
        text: String,
    },
    /// The user has seen the messages up to this one.
    MarkDisplayed {
        /// With whom.
        jid: String,
        /// The newest message on the screen, [`MessageView::position`](super::MessageView::position).
        position: u64,
    },
    /// Sends a failed message again.
    Resend {
        /// Which one, [`MessageView::id`](super::MessageView::id).
        id: String,
    },
    /// Removes a failed message.
    DiscardFailed {
        /// Which one, [`MessageView::id`](super::MessageView::id).
        id: String,
    },
    /// Adds a contact.
    AddContact {
        /// The address, as typed or pasted.
        jid: String,
        /// The name to show; empty for none.
        name: String,
    },
    /// Accepts a request.
    AcceptContact {
        /// Whose.
        jid: String,
    },
    /// Declines a request.
    DeclineContact {
        /// Whose.
        jid: String,
    },
    /// Removes a contact. The messages stay.
    RemoveContact {
        /// Whom.
        jid: String,
    },
    /// Shows a contact under another name.
    RenameContact {
        /// Whom.
        jid: String,
        /// The name; empty to show the address.
        name: String,
    },
    /// Tries to connect at once.
    RetryNow,
}

impl UiCommand {
    /// The engine's command for it; nothing for what only the runtime can do.
    pub fn to_command(&self) -> Result<Option<Command>, UiCommandError> {
        let command = match self {
            Self::OpenConversation { .. } | Self::CloseConversation | Self::LoadOlder { .. } => {
                return Ok(None);
            }
            Self::SendMessage { jid, text } => Command::SendMessage {
                to: address(jid)?,
                text: text.clone(),
            },
            Self::SaveDraft { jid, text } => Command::SaveDraft {
                conversation: address(jid)?,
                text: text.clone(),
            },
            Self::MarkDisplayed { jid, position } => Command::MarkDisplayed {
                conversation: address(jid)?,
                up_to: Position(*position),
            },
            Self::Resend { id } => Command::Resend {
                id: MessageId::new(id.as_str()),
            },
            Self::DiscardFailed { id } => Command::DiscardFailed {
                id: MessageId::new(id.as_str()),
            },
            Self::AddContact { jid, name } => Command::AddContact {
                jid: address(jid)?,
                name: given(name),
            },
            Self::AcceptContact { jid } => Command::AcceptContact { jid: address(jid)? },
            Self::DeclineContact { jid } => Command::DeclineContact { jid: address(jid)? },
            Self::RemoveContact { jid } => Command::RemoveContact { jid: address(jid)? },
            Self::RenameContact { jid, name } => Command::RenameContact {
                jid: address(jid)?,
                name: given(name),
            },
            Self::RetryNow => Command::ConnectNow,
        };
        Ok(Some(command))
    }
}

/// Why what the user typed means nothing to the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UiCommandError {
    /// It is not an address.
    #[error("“{text}” is not an address. One looks like name@server.example.")]
    NotAnAddress {
        /// What was typed.
        text: String,
    },
}

/// The address in what a user typed or pasted: a resource, the `xmpp:` of a link and white space
/// around it do not matter.
fn address(text: &str) -> Result<BareJid, UiCommandError> {
    let not_an_address = || UiCommandError::NotAnAddress {
        text: text.trim().to_owned(),
    };
    let plain = text.trim();
    let plain = plain.strip_prefix("xmpp:").unwrap_or(plain);
    let plain = plain.split('?').next().unwrap_or(plain);
    Jid::new(plain)
        .map(Jid::into_bare)
        .map_err(|_| not_an_address())
}

fn given(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_paste_them() {
        let bob = BareJid::new("bob@b.example").unwrap();
        for text in [
            "bob@b.example",
            " Bob@B.example \n",
            "xmpp:bob@b.example?message",
            "bob@b.example/desk",
        ] {
            assert_eq!(address(text), Ok(bob.clone()), "{text:?}");
        }
        for text in ["", "@", "bob@", "@b.example", "bo b@b.example"] {
            assert!(address(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_empty_name_is_none() {
        let add = |name: &str| UiCommand::AddContact {
            jid: "bob@b.example".into(),
            name: name.into(),
        };
        let jid = BareJid::new("bob@b.example").unwrap();
        let expected = |name| {
            Ok(Some(Command::AddContact {
                jid: jid.clone(),
                name,
            }))
        };
        assert_eq!(add(" ").to_command(), expected(None));
        assert_eq!(add(" Bob ").to_command(), expected(Some("Bob".to_owned())));
    }
}
