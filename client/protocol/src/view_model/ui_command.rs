//! What the user does in the window, and what it means for the engine.

use std::time::Duration;

use jid::{BareJid, Jid};
use onym_identity::{IdentityKey as PersonKey, Timestamp};

use super::local_time::LocalDate;
use crate::chat_states::ChatState;
use crate::command::{Command, IdentityVerdict, Verdict};
use crate::conversation::settings::{Muted, Setting};
use crate::introduction::Introduction;
use crate::omemo::{DeviceId, IdentityKey};
use crate::store::{EncryptionPolicy, MessageId, Position, ProtectionChoices};

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
    /// Loads these rows of the open conversation, and some around them.
    ShowRows {
        /// With whom.
        jid: String,
        /// The first row that is on the screen.
        from_row: u64,
        /// The row after the last one that is on the screen.
        to_row: u64,
    },
    /// Goes to a place in the open conversation; the model answers with a
    /// [`JumpView`](super::JumpView).
    JumpTo {
        /// With whom.
        jid: String,
        /// Where to.
        target: JumpTarget,
    },
    /// Fetches messages older than row 0 from the archive of our server.
    LoadOlder {
        /// With whom.
        jid: String,
    },
    /// Searches all conversations, or clears the search with an empty text.
    Search {
        /// What the user typed.
        text: String,
    },
    /// Shows more of what was found.
    SearchMore,
    /// Searches the open conversation and highlights what is found; an empty text ends it.
    Find {
        /// With whom.
        jid: String,
        /// What the user typed.
        text: String,
    },
    /// Sends a message.
    SendMessage {
        /// To whom.
        jid: String,
        /// The text.
        text: String,
        /// The message that it answers, [`MessageView::position`](super::MessageView::position).
        reply_to: Option<u64>,
    },
    /// Corrects a message of ours.
    EditMessage {
        /// With whom.
        jid: String,
        /// Which one.
        position: u64,
        /// The new text.
        text: String,
    },
    /// Takes a message of ours back, here and there.
    Retract {
        /// With whom.
        jid: String,
        /// Which one.
        position: u64,
    },
    /// Deletes a message on this device only.
    DeleteHere {
        /// With whom.
        jid: String,
        /// Which one.
        position: u64,
    },
    /// Sets our reactions to a message; none removes them.
    React {
        /// With whom.
        jid: String,
        /// Which one.
        position: u64,
        /// The emoji.
        emojis: Vec<String>,
    },
    /// The user is writing, or has stopped.
    SetTyping {
        /// To whom.
        jid: String,
        /// Whether the user is writing at this moment.
        is_typing: bool,
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
    /// The user wants all messages of a conversation to count as seen.
    MarkRead {
        /// Which one.
        jid: String,
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
        /// What the invite says that the address came with.
        introduction: Option<Box<Introduction>>,
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
    /// Puts a contact into groups.
    SetGroups {
        /// Whom.
        jid: String,
        /// All groups of the contact.
        groups: Vec<String>,
    },
    /// Chooses how messages of a conversation are protected.
    SetEncryption {
        /// With whom.
        jid: String,
        /// How; nothing follows the choice for all conversations.
        policy: Option<EncryptionPolicy>,
    },
    /// Chooses which of several addresses of a person is written to.
    WriteTo {
        /// The conversation.
        jid: String,
        /// The address; nothing leaves it to the program.
        address: Option<String>,
    },
    /// Chooses how messages are protected where nothing else was chosen.
    SetProtectionChoices(ProtectionChoices),
    /// Says about a device whether it may read what we write.
    SetTrust {
        /// Whose device.
        jid: String,
        /// The device.
        device: DeviceId,
        /// The key that was shown.
        key: Option<IdentityKey>,
        /// What the user says.
        verdict: Verdict,
    },
    /// Asks which devices somebody has.
    RefreshDevices {
        /// Whose.
        jid: String,
    },
    /// Begins all sessions with somebody anew.
    RenewSessions {
        /// With whom.
        jid: String,
    },
    /// Takes another device of ours out of our lists.
    RemoveOurDevice {
        /// Which one.
        device: DeviceId,
    },
    /// Makes new keys for this device, which was signed out.
    RenewOurDevice,
    /// Lists another address of ours in our statement.
    ClaimAddress {
        /// The address, as typed or pasted.
        jid: String,
    },
    /// Ranks an address of ours above the others.
    PreferAddress {
        /// Which one.
        jid: String,
    },
    /// Lists an address of ours no more.
    DropAddress {
        /// Which one.
        jid: String,
        /// Whether others shall refuse it for ever.
        is_revoked: bool,
    },
    /// Blocks an address, or no longer blocks it.
    SetBlocked {
        /// Whom.
        jid: String,
        /// Whether they are blocked.
        blocked: bool,
    },
    /// Keeps a conversation above the others.
    SetPinned {
        /// Which one.
        jid: String,
        /// Whether it stands above.
        pinned: bool,
    },
    /// Puts a conversation away, or brings it back.
    SetArchived {
        /// Which one.
        jid: String,
        /// Whether it is put away.
        archived: bool,
    },
    /// Turns notifications of a conversation off or on.
    SetMuted {
        /// Which one.
        jid: String,
        /// How long they are off; nothing turns them on.
        mute: Option<MuteFor>,
    },
    /// Deletes messages of a conversation here after some time.
    SetDisappearing {
        /// Which one.
        jid: String,
        /// After how many seconds; nothing keeps them.
        after_secs: Option<u64>,
    },
    /// Deletes a conversation with all its messages on this device.
    DeleteConversation {
        /// Which one.
        jid: String,
    },
    /// Opens the page of a person, or with nobody closes it.
    ShowPerson {
        /// Whose.
        jid: Option<String>,
    },
    /// Says whether an identity is the person's, whom the user has seen or heard.
    VerifyIdentity {
        /// At which address.
        jid: String,
        /// The identity that was shown.
        identity: PersonKey,
        /// Whether it is; else an earlier word is taken back.
        is_verified: bool,
    },
    /// Decides which of two identities is behind an address.
    DecideIdentity {
        /// The address.
        jid: String,
        /// The new identity that was shown.
        identity: PersonKey,
        /// Which one it is.
        verdict: IdentityVerdict,
    },
    /// Changes how contacts see us.
    SetOurName {
        /// The name; empty for none.
        name: String,
    },
    /// Tries to connect at once.
    RetryNow,
}

/// A place in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JumpTarget {
    /// A message, [`MessageView::position`](super::MessageView::position).
    Message(u64),
    /// The first message of a day, or the next one after it.
    Date(LocalDate),
    /// The newest message.
    Latest,
    /// The next message that the current search finds, upwards.
    PreviousMatch,
    /// The next message that the current search finds, downwards.
    NextMatch,
}

/// For how long notifications are off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MuteFor {
    /// So many seconds.
    Seconds(u64),
    /// Until the user turns them on.
    Ever,
}

impl UiCommand {
    /// The engine's command for it at the time `now`; nothing for what only the runtime can do.
    #[expect(
        clippy::too_many_lines,
        reason = "a table with one entry for each command"
    )]
    pub fn to_command(&self, now: Timestamp) -> Result<Option<Command>, UiCommandError> {
        let command = match self {
            Self::OpenConversation { .. }
            | Self::CloseConversation
            | Self::ShowRows { .. }
            | Self::JumpTo { .. }
            | Self::LoadOlder { .. }
            | Self::Search { .. }
            | Self::SearchMore
            | Self::MarkRead { .. }
            | Self::Find { .. }
            | Self::SetOurName { .. }
            | Self::ShowPerson { .. } => return Ok(None),
            Self::SendMessage {
                jid,
                text,
                reply_to,
            } => Command::SendMessage {
                to: address(jid)?,
                text: text.clone(),
                reply: reply_to.map(Position),
            },
            Self::EditMessage {
                jid,
                position,
                text,
            } => Command::EditMessage {
                conversation: address(jid)?,
                position: Position(*position),
                text: text.clone(),
            },
            Self::Retract { jid, position } => Command::Retract {
                conversation: address(jid)?,
                position: Position(*position),
            },
            Self::React {
                jid,
                position,
                emojis,
            } => Command::React {
                conversation: address(jid)?,
                position: Position(*position),
                emojis: emojis.clone(),
            },
            Self::DeleteHere { jid, position } => Command::DeleteMessage {
                conversation: address(jid)?,
                position: Position(*position),
            },
            Self::SetTyping { jid, is_typing } => Command::SetChatState {
                conversation: address(jid)?,
                state: if *is_typing {
                    ChatState::Composing
                } else {
                    ChatState::Paused
                },
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
            Self::AddContact {
                jid,
                name,
                introduction,
            } => Command::AddContact {
                jid: address(jid)?,
                name: given(name),
                introduction: introduction.clone(),
            },
            Self::AcceptContact { jid } => Command::AcceptContact { jid: address(jid)? },
            Self::DeclineContact { jid } => Command::DeclineContact { jid: address(jid)? },
            Self::RemoveContact { jid } => Command::RemoveContact { jid: address(jid)? },
            Self::RenameContact { jid, name } => Command::RenameContact {
                jid: address(jid)?,
                name: given(name),
            },
            Self::SetGroups { jid, groups } => Command::SetGroups {
                jid: address(jid)?,
                groups: groups.clone(),
            },
            Self::SetEncryption { jid, policy } => Command::SetEncryption {
                conversation: address(jid)?,
                policy: *policy,
            },
            Self::WriteTo {
                jid,
                address: chosen,
            } => Command::WriteTo {
                conversation: address(jid)?,
                address: chosen.as_deref().map(address).transpose()?,
            },
            Self::SetProtectionChoices(choices) => Command::SetProtectionChoices(*choices),
            Self::SetTrust {
                jid,
                device,
                key,
                verdict,
            } => Command::SetTrust {
                jid: address(jid)?,
                device: *device,
                key: *key,
                verdict: *verdict,
            },
            Self::RefreshDevices { jid } => Command::RefreshDevices { jid: address(jid)? },
            Self::RenewSessions { jid } => Command::RenewSessions { jid: address(jid)? },
            Self::RemoveOurDevice { device } => Command::RemoveOurDevice { device: *device },
            Self::RenewOurDevice => Command::RenewOurDevice,
            Self::ClaimAddress { jid } => Command::ClaimAddress {
                jid: address(jid)?,
                priority: None,
            },
            Self::PreferAddress { jid } => Command::PreferAddress { jid: address(jid)? },
            Self::DropAddress { jid, is_revoked } => Command::DropAddress {
                jid: address(jid)?,
                is_revoked: *is_revoked,
            },
            Self::VerifyIdentity {
                jid,
                identity,
                is_verified,
            } => Command::VerifyIdentity {
                jid: address(jid)?,
                identity: *identity,
                is_verified: *is_verified,
            },
            Self::DecideIdentity {
                jid,
                identity,
                verdict,
            } => Command::DecideIdentity {
                jid: address(jid)?,
                identity: *identity,
                verdict: *verdict,
            },
            Self::SetBlocked { jid, blocked: true } => Command::Block { jid: address(jid)? },
            Self::SetBlocked {
                jid,
                blocked: false,
            } => Command::Unblock { jid: address(jid)? },
            Self::SetPinned { jid, pinned } => configure(jid, Setting::Pinned(*pinned))?,
            Self::SetArchived { jid, archived } => configure(jid, Setting::Archived(*archived))?,
            Self::SetMuted { jid, mute } => configure(jid, Setting::Muted(muted(*mute, now)))?,
            Self::SetDisappearing { jid, after_secs } => configure(
                jid,
                Setting::DisappearAfter(after_secs.map(Duration::from_secs)),
            )?,
            Self::DeleteConversation { jid } => Command::DeleteConversation {
                conversation: address(jid)?,
            },
            Self::RetryNow => Command::ConnectNow,
        };
        Ok(Some(command))
    }
}

fn configure(jid: &str, setting: Setting) -> Result<Command, UiCommandError> {
    Ok(Command::Configure {
        conversation: address(jid)?,
        setting,
    })
}

fn muted(mute: Option<MuteFor>, now: Timestamp) -> Muted {
    match mute {
        None => Muted::No,
        Some(MuteFor::Seconds(seconds)) => Muted::Until(now + Duration::from_secs(seconds)),
        Some(MuteFor::Ever) => Muted::Always,
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
            introduction: None,
        };
        let jid = BareJid::new("bob@b.example").unwrap();
        let expected = |name| {
            Ok(Some(Command::AddContact {
                jid: jid.clone(),
                name,
                introduction: None,
            }))
        };
        assert_eq!(add(" ").to_command(Timestamp::default()), expected(None));
        assert_eq!(
            add(" Bob ").to_command(Timestamp::default()),
            expected(Some("Bob".to_owned()))
        );
    }
}
