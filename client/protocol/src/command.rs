//! What the user, or a program in their place, asks of the engine.

use std::time::Duration;

use jid::BareJid;
use onym_identity::invite::{InviteId, InviteTrust};
use onym_identity::statement::{DisplayName, ForeignKey, KeyClaim};
use onym_identity::{IdentityKey, Timestamp};

use crate::avatar::MAX_AVATAR_BYTES;
use crate::chat_states::ChatState;
use crate::conversation::settings::Setting;
use crate::delivery::FailureReason;
use crate::identities::{MoveRefusal, StatementRefusal};
use crate::introduction::Introduction;
use crate::omemo::{self, DeviceId};
use crate::our_statement::ClaimError;
use crate::store::{
    AvatarChoice, EncryptionPolicy, MessageId, Position, Privacy, ProtectionChoices,
};

/// The longest text that can be sent, in bytes. XML may make six bytes of one (`&quot;`), and a
/// stanza has to stay below the 256 KiB that servers commonly allow.
pub const MAX_TEXT_BYTES: usize = 40 * 1024;

/// The longest name of a contact, in bytes.
pub const MAX_NAME_BYTES: usize = 1_000;

/// How many groups a contact may be in.
pub const MAX_GROUPS: usize = 32;

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
        /// The message that it answers.
        reply: Option<Position>,
    },
    /// Corrects a message of ours. Nothing happens if the text is the same.
    EditMessage {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        position: Position,
        /// What it shall say.
        text: String,
    },
    /// Takes a message of ours back, on this device and wherever the other side's client follows.
    Retract {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        position: Position,
    },
    /// Removes a message from this device only. One of ours that has not left is not sent.
    DeleteMessage {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        position: Position,
    },
    /// Puts these emojis under a message, in place of ours that were there.
    React {
        /// The conversation.
        conversation: BareJid,
        /// The message.
        position: Position,
        /// All of ours; none takes them away.
        emojis: Vec<String>,
    },
    /// The user does something in a conversation. It is said to the other side if the settings
    /// allow, as long as there is a connection; `Composing` is repeated with each key.
    SetChatState {
        /// The conversation.
        conversation: BareJid,
        /// What the user does.
        state: ChatState,
    },
    /// Changes how a conversation is kept and shown.
    Configure {
        /// The conversation.
        conversation: BareJid,
        /// The setting with its new value.
        setting: Setting,
    },
    /// Changes what others learn of what the user does.
    SetPrivacy(Privacy),
    /// Deletes a conversation with all of its messages from this device.
    DeleteConversation {
        /// The conversation.
        conversation: BareJid,
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
        /// What the invite says that the user has taken.
        introduction: Option<Box<Introduction>>,
    },
    /// Makes an invite, whose token lets one person in without a question. The link is in an
    /// [`Event::InviteMade`](crate::event::Event::InviteMade).
    MakeInvite {
        /// Names the answer among those to others.
        ticket: u64,
        /// The name that it proposes for us.
        name: Option<DisplayName>,
        /// For how long it is good.
        lifetime: Duration,
    },
    /// Takes an invite back; one that was used or is over goes out of the list.
    RevokeInvite {
        /// Which one.
        id: InviteId,
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
    /// Puts a contact into groups, and out of all others.
    SetGroups {
        /// Whom.
        jid: BareJid,
        /// The groups; empty names and repetitions do not count.
        groups: Vec<String>,
    },
    /// Keeps somebody away: no message or request of theirs reaches us.
    Block {
        /// Whom.
        jid: BareJid,
    },
    /// Lets somebody through again.
    Unblock {
        /// Whom.
        jid: BareJid,
    },
    /// Publishes what we say about ourselves.
    SetOurProfile {
        /// Our name; nothing to have none.
        name: Option<String>,
        /// Our picture.
        avatar: AvatarChoice,
    },
    /// Asks a contact's account what they say about themselves, as news may have been missed.
    RequestProfile {
        /// Whose.
        jid: BareJid,
    },
    /// Chooses how messages of a conversation are protected.
    SetEncryption {
        /// The conversation.
        conversation: BareJid,
        /// How; nothing follows the choice for all conversations.
        policy: Option<EncryptionPolicy>,
    },
    /// Chooses which of several addresses of a person is written to.
    WriteTo {
        /// The conversation.
        conversation: BareJid,
        /// The address; nothing leaves it to the route.
        address: Option<BareJid>,
    },
    /// Chooses how messages are protected where nothing else was chosen.
    SetProtectionChoices(ProtectionChoices),
    /// Says about a device whether it may read what we write.
    SetTrust {
        /// Whose device.
        jid: BareJid,
        /// The device.
        device: DeviceId,
        /// The key that the user saw while deciding; nothing if there was none to see.
        key: Option<omemo::IdentityKey>,
        /// What the user says.
        verdict: Verdict,
    },
    /// Asks which devices somebody has, as news may have been missed.
    RefreshDevices {
        /// Whose.
        jid: BareJid,
    },
    /// Begins all sessions with somebody anew, since their messages cannot be read, and asks for
    /// these once more where their program understands that.
    RenewSessions {
        /// With whom.
        jid: BareJid,
    },
    /// Takes another device of ours out of our lists and revokes its keys, so that nobody writes to it
    /// any more.
    RemoveOurDevice {
        /// Which one.
        device: DeviceId,
    },
    /// Makes new keys under a new number for this device, and revokes those that it had.
    RenewOurDevice,
    /// Lists another account of ours in our statement, or says how an address in it is ranked, our own
    /// as well. Another account is a claim until it publishes the statement, too.
    ClaimAddress {
        /// Its address.
        jid: BareJid,
        /// How it is ranked: the highest number is tried first. Nothing leaves it as it is.
        priority: Option<u8>,
    },
    /// Ranks an address in our statement above all others, our own or another one.
    PreferAddress {
        /// Which one.
        jid: BareJid,
    },
    /// Lists an address no more, nor the keys there.
    DropAddress {
        /// Which one.
        jid: BareJid,
        /// Whether it is ours no more, and others shall refuse it for ever.
        is_revoked: bool,
    },
    /// Lists a key of another protocol in our statement.
    ClaimKey {
        /// The key, and where it is used.
        claim: KeyClaim,
    },
    /// Lists a key no more, wherever it is used.
    DropKey {
        /// Which one.
        key: ForeignKey,
        /// Whether others shall refuse it for ever.
        is_revoked: bool,
    },
    /// Asks an account, also a stranger's, for the statement of an identity. The answer is an
    /// [`Event::AddressChecked`](crate::event::Event::AddressChecked), and nothing of it is kept.
    CheckAddress {
        /// The account.
        jid: BareJid,
    },
    /// Says that the user has compared or scanned the key of the identity behind an address, or takes
    /// that back. It counts for every address of the identity.
    VerifyIdentity {
        /// The address.
        jid: BareJid,
        /// The identity, as the user saw it. Before anything of it was published, it is expected.
        identity: IdentityKey,
        /// Whether it is verified from now on.
        is_verified: bool,
    },
    /// An invite named the identity behind an address.
    IntroduceIdentity {
        /// The address.
        jid: BareJid,
        /// The identity.
        identity: IdentityKey,
        /// What the invite is worth by the way it came.
        worth: InviteTrust,
    },
    /// Decides whether another identity is to be the one behind an address; or takes the one that is,
    /// although it appeared when the account had been known for some time.
    DecideIdentity {
        /// The address.
        jid: BareJid,
        /// The other identity, as the user saw it.
        identity: IdentityKey,
        /// What is decided.
        verdict: IdentityVerdict,
    },
    /// Takes a signed document that the user has from somewhere: the end of an identity, its successor,
    /// or a later statement of one that is known.
    TakeIdentityDocument {
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Publishes the end of our own identity, or who comes after it, for ever and in the place of its
    /// statement.
    EndOurIdentity {
        /// The revocation, or the succession.
        bytes: Vec<u8>,
    },
    /// Asks the archive for older messages. The answer is an
    /// [`Event::HistoryFetched`](crate::event::Event::HistoryFetched).
    FetchOlder {
        /// The conversation.
        conversation: BareJid,
    },
    /// The user has left the computer, or is back.
    SetIdle {
        /// Since when the user is away; nothing if they are there.
        since: Option<Timestamp>,
    },
    /// Connects at once instead of waiting for the next attempt, also after a failed login.
    ConnectNow,
    /// Ends the stream in good order and does not connect again before `ConnectNow`.
    GoOffline,
}

/// What the user says about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Its fingerprint was compared.
    Verified,
    /// It is taken without comparing.
    Accepted,
    /// It is not to read anything.
    Refused,
}

/// What the user decides about another identity behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityVerdict {
    /// It is the person: it takes the place of the old one.
    TakeNew,
    /// It is not: the old one stays, and this one is not asked about again.
    KeepOld,
    /// The identity that is known there was compared, and it is not the person's: nothing is sent.
    Differs,
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
    /// There are too many groups.
    #[error("A contact can be in {MAX_GROUPS} groups at the most.")]
    TooManyGroups,
    /// There is no failed message with this id.
    #[error("This message does not wait to be sent again.")]
    NotFailed {
        /// The id.
        id: MessageId,
    },
    /// There is no such message here.
    #[error("This message is no longer here.")]
    NoSuchMessage,
    /// Only the author of a message corrects it or takes it back.
    #[error("This message is not yours.")]
    NotOurs,
    /// The message was taken back.
    #[error("This message was taken back.")]
    AlreadyRetracted,
    /// The message has no name by which the other side knows it.
    #[error("Their program gave this message no name to speak of it.")]
    Nameless,
    /// What was to be put under a message is not an emoji, or too much.
    #[error("Only emojis can be put under a message.")]
    NotAnEmoji,
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
    /// The address is not one of several of this person, beyond doubt.
    #[error("{address} is not an address of this person.")]
    NotTheirAddress {
        /// The address.
        address: BareJid,
    },
    /// A link to the new address of a contact is not followed.
    #[error(
        "The link to {jid} is not followed: {why}. To ask whoever is there as a new contact, add the address alone."
    )]
    MoveRefused {
        /// The address.
        jid: BareJid,
        /// Why.
        why: MoveRefusal,
    },
    /// There is no such device.
    #[error("{jid} has no such device.")]
    NoSuchDevice {
        /// The address.
        jid: BareJid,
    },
    /// The device has shown another key since the user looked.
    #[error("The device of {jid} has another key now. Look at it again.")]
    OtherKey {
        /// The address.
        jid: BareJid,
    },
    /// Our statement cannot say it.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// Another identity is behind the address than the user saw.
    #[error("The identity behind {jid} is another one now. Look at it again.")]
    OtherIdentity {
        /// The address.
        jid: BareJid,
    },
    /// There is no other identity to decide about.
    #[error("There is nothing to decide about who is behind {jid}.")]
    NoOtherIdentity {
        /// The address.
        jid: BareJid,
    },
    /// A signed document is not believed.
    #[error("The document changes nothing: {why}.")]
    DocumentRefused {
        /// Why.
        why: StatementRefusal,
    },
    /// A document that was to end our identity says nothing of an end.
    #[error("This document ends no identity, and names no successor.")]
    NoEnd,
    /// It needs a connection.
    #[error("There is no connection to your server.")]
    NotConnected,
    /// The picture is too large.
    #[error("The picture is too large: {bytes} bytes, where {MAX_AVATAR_BYTES} are possible.")]
    AvatarTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The bytes are not a picture that others could show.
    #[error("The picture has to be a PNG, JPEG, WebP or GIF.")]
    NotAnImage,
    /// There are as many invites as there may be.
    #[error("There are too many invites. Take one back first.")]
    TooManyInvites,
    /// There is no such invite.
    #[error("There is no such invite.")]
    NoSuchInvite,
    /// The server does not know what to do with invites.
    #[error("Your server lets nobody in by an invite. Its link leads to an ordinary request.")]
    InviteNotKept,
    /// The server has no place for what we say about ourselves.
    #[error("Your server does not keep profiles.")]
    ProfileNotKept,
    /// Our server refused to publish our profile.
    #[error("Your server refused to publish your profile: {condition}")]
    ProfileRefused {
        /// The error condition.
        condition: String,
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
