//! What the engine tells the screen. An event comes after the commit of what it speaks about.

use jid::BareJid;
use onym_identity::Timestamp;
use onym_identity::invite::{Invite, InviteId};

use crate::address_check::{AddressAnswer, StatementPlace};
use crate::command::CommandError;
use crate::delivery::Delivery;
use crate::identities::StatementRefusal;
use crate::omemo::DeviceId;
use crate::store::{MessageId, MessageRecord, Position};

/// Something that the screen may want to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The connection to our server changed; ask
    /// [`Engine::connection`](crate::engine::Engine::connection).
    ConnectionChanged,
    /// There is a new message, of ours or of somebody else's.
    MessageAdded(MessageRecord),
    /// A message was corrected, taken back, reacted to, or is told more about.
    MessageChanged(MessageRecord),
    /// Older messages came from the archive, or there are none that could come now.
    HistoryFetched {
        /// The conversation.
        conversation: BareJid,
        /// Whether there may be still older ones.
        has_more: bool,
    },
    /// An outgoing message came farther, or came back.
    DeliveryChanged {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        id: MessageId,
        /// Its place.
        position: Position,
        /// How far it is now.
        delivery: Delivery,
    },
    /// A message was discarded, or has disappeared.
    MessageRemoved {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        id: MessageId,
        /// Its place.
        position: Position,
    },
    /// The unread messages, the draft or the settings of a conversation changed.
    ConversationChanged {
        /// The conversation.
        conversation: BareJid,
    },
    /// Messages of another address of a person came into the conversation at their home.
    ConversationJoined {
        /// Where they were.
        from: BareJid,
        /// Where they are now.
        home: BareJid,
    },
    /// All messages of a conversation were removed from this device.
    ConversationCleared {
        /// The conversation.
        conversation: BareJid,
    },
    /// Somebody writes, or has stopped; ask [`Engine::chat_state`](crate::Engine::chat_state).
    ChatStateChanged {
        /// Who.
        jid: BareJid,
    },
    /// Somebody asks to become a contact, or no longer does.
    RequestChanged {
        /// Who.
        jid: BareJid,
    },
    /// A contact was added, changed or removed.
    ContactChanged {
        /// Who.
        jid: BareJid,
    },
    /// All contacts may have changed.
    ContactsReplaced,
    /// Somebody accepted our request.
    ContactAccepted {
        /// Who.
        jid: BareJid,
    },
    /// Somebody declined our request, or took back what they had accepted.
    ContactDeclined {
        /// Who.
        jid: BareJid,
    },
    /// A contact came, went, or changed what they say about it.
    PresenceChanged {
        /// Who.
        jid: BareJid,
    },
    /// Somebody says something else about themselves, or it is known when they were last there;
    /// for our own address, what we say.
    ProfileChanged {
        /// Who.
        jid: BareJid,
    },
    /// Somebody is kept away, or no longer.
    BlockedChanged {
        /// Who.
        jid: BareJid,
    },
    /// The devices of somebody, the trust in them or what is chosen for them changed, or their
    /// messages begin or cease to wait for it. For our own address, our devices.
    ProtectionChanged {
        /// Who.
        jid: BareJid,
    },
    /// Both device lists of somebody were read, as
    /// [`RefreshDevices`](crate::command::Command::RefreshDevices) or
    /// [`RenewSessions`](crate::command::Command::RenewSessions) had asked.
    DevicesRead {
        /// Whose.
        jid: BareJid,
    },
    /// Our server has had each of our device lists without a device that was taken out of them. It may have
    /// announced itself again since.
    OurDeviceRemoved {
        /// Which one.
        device: DeviceId,
    },
    /// What somebody publishes as the statement of their identity is not believed, and changes
    /// nothing; for our own address, what lies there instead of ours.
    StatementRefused {
        /// Whose account publishes it.
        jid: BareJid,
        /// Why.
        why: StatementRefusal,
    },
    /// An account was asked for the statement of an identity.
    AddressChecked {
        /// The account.
        jid: BareJid,
        /// What it says.
        answer: AddressAnswer,
        /// Where it says that.
        place: StatementPlace,
    },
    /// What our statement says has changed, or what the user wants it to say.
    OurStatementChanged,
    /// Our identity has revoked the keys of this device: it was signed out.
    SignedOut,
    /// Our own identity has ended, or has a successor: its owner has published that, here or elsewhere.
    OurIdentityEnded,
    /// Another identity is behind the address of a contact now. Nothing is sent there before the user
    /// has decided.
    IdentityChanged {
        /// Whose address.
        jid: BareJid,
    },
    /// The owner of the identity behind an address has ended it. Nothing is sent there any more.
    IdentityRevoked {
        /// Which address.
        jid: BareJid,
    },
    /// An invite was made. It is told this once: its token is kept nowhere.
    InviteMade {
        /// That of the command.
        ticket: u64,
        /// The name of its token.
        id: InviteId,
        /// What the link says.
        invite: Box<Invite>,
        /// From when on its token lets nobody in.
        expires: Timestamp,
    },
    /// An invite of ours was added, used or taken back.
    InvitesChanged,
    /// A contact is at another address now, and was followed there.
    ContactMoved {
        /// Where they are a contact.
        from: BareJid,
        /// Where they are now.
        to: BareJid,
    },
    /// A command was not carried out.
    CommandRefused(CommandError),
}
