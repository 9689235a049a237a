//! The records as they lie on the disk: each with a version of its own.
//!
//! When the form of a record changes, its old form is kept under its old version, as
//! [`first_message`] and [`second_message`] are, the version here is raised, and the old form is read into the new one.
//! The tests hold bytes of each form of a message, so that none changes unnoticed.

mod first_message;
mod identity;
mod message;
mod protection;
mod second_message;

use jid::BareJid;
use onym_client_protocol::conversation::Conversation;
use onym_client_protocol::omemo::OurDevice;
use onym_client_protocol::store::{
    AccountRecord, AvatarRecord, ContactInvitesRecord, ContactRecord, EndingRecord, IntentRecord,
    IntroductionRecord, InviteRecord, OurClaims, OurEndRecord, PendingRecord, PersonRecord,
    ProfileRecord, ProtectionChoices, RequestRecord, SessionRecord, TrustWordsRecord,
};
use onym_identity::statement::Followed;
use onym_records::versioned::Versioned;
use onym_records::{RecordsError, Table, versioned};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, Read};

pub(crate) use identity::Identity;
pub(crate) use message::{Message, message_key};
pub(crate) use protection::Protection;

/// A record with the table that it lies in.
pub(crate) trait Kept: Versioned {
    /// The table.
    const TABLE: Table;

    /// The record under a key.
    fn read(from: &impl Read, key: &[u8]) -> Result<Option<Self>, RecordsError> {
        let stored = from.get(Self::TABLE, key)?;
        stored.map(|stored| Self::decode(&stored)).transpose()
    }

    /// A record as it was read.
    fn decode(stored: &[u8]) -> Result<Self, RecordsError> {
        versioned::decode(Self::TABLE, stored)
    }

    /// Puts the record under a key.
    fn write(&self, draft: &mut Draft<'_>, key: Vec<u8>) -> Result<(), RecordsError> {
        draft.put(Self::TABLE, key, versioned::encode(Self::TABLE, self)?);
        Ok(())
    }
}

/// A record of the protocol in a table of its own.
macro_rules! kept {
    ($(#[$doc:meta])* $name:ident($record:ty), $table:literal, version $version:literal) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) $record);

        impl Versioned for $name {
            const VERSION: u8 = $version;
        }

        impl Kept for $name {
            const TABLE: Table = Table::new($table);
        }
    };
}

kept! {
    /// What is kept of a conversation besides its messages. By its number.
    Summary(Conversation), "summaries", version 1
}
kept! {
    /// The conversation of an outgoing message to which something may still happen. By position.
    Unsettled(u32), "unsettled", version 1
}
kept! {
    /// By number.
    Pending(PendingRecord), "pending", version 1
}
kept! {
    /// By the name of its address.
    Contact(ContactRecord), "contacts", version 1
}
kept! {
    /// By the name of its address.
    Request(RequestRecord), "requests", version 1
}
kept! {
    /// By number.
    Intent(IntentRecord), "intents", version 1
}
kept! {
    /// By the name of its address.
    Profile(ProfileRecord), "profiles", version 1
}
kept! {
    /// By the name of its hash.
    Avatar(AvatarRecord), "avatars", version 1
}
kept! {
    /// By the name of its identity.
    Ended(Followed), "ended-identities", version 1
}
kept! {
    /// By the name of its identity.
    Ending(EndingRecord), "endings", version 1
}
kept! {
    /// By the name of its address.
    Introduction(IntroductionRecord), "introductions", version 1
}
kept! {
    /// By the name of its address.
    TrustWords(TrustWordsRecord), "trust-words", version 1
}
kept! {
    /// By its own name.
    Invite(InviteRecord), "invites", version 1
}
kept! {
    /// By the name of its address.
    ContactInvites(ContactInvitesRecord), "contact-invites", version 1
}
kept! {
    /// By the name of its identity.
    Person(PersonRecord), "people", version 1
}
kept! {
    /// By the name of its address, its device and its dialect.
    Session(SessionRecord), "sessions", version 1
}
kept! {
    /// There is one.
    Device(OurDevice), "our-device", version 1
}
kept! {
    /// There is one.
    Claims(OurClaims), "our-claims", version 1
}
kept! {
    /// There is one.
    OurEnd(OurEndRecord), "our-end", version 1
}
kept! {
    /// There is one.
    Choices(ProtectionChoices), "protection-choices", version 1
}
kept! {
    /// There is one.
    Account(AccountRecord), "account", version 1
}
kept! {
    /// There is one.
    RosterVersion(String), "roster-version", version 1
}
kept! {
    /// There is one: the position that the next message has at least.
    NextPosition(u64), "next-position", version 1
}
kept! {
    /// There is one: the version of the index that is on the disk.
    IndexVersion(u8), "index-version", version 1
}

/// Whose conversation has a number. By number.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The other side.
    pub(crate) jid: BareJid,
    /// Whether the conversation was removed and its messages are still being swept away.
    pub(crate) is_leaving: bool,
}

impl Versioned for Owner {
    const VERSION: u8 = 1;
}

impl Kept for Owner {
    const TABLE: Table = Table::new("conversations");
}

/// The key of a record of which there is one.
pub(crate) const THE_ONE: &[u8] = &[0];

#[cfg(test)]
mod tests;
