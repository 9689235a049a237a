//! How an invite arrived, and what that is worth.

use serde::{Deserialize, Serialize};

use crate::invite::{Invite, InviteError};

/// How an invite came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// Read by a camera from the screen or the paper of the person, who is here. A picture of a code
    /// that was sent is [`Pasted`](Self::Pasted).
    Scanned,
    /// Put in by the user, who knows where they have it from.
    Pasted,
    /// Opened by another program: a click on any page or in any message.
    Clicked,
}

/// An invite, and how it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What it says.
    pub invite: Invite,
    /// How it came.
    pub arrival: Arrival,
}

/// What the identity and the keys of an invite are to be taken for. Less comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InviteTrust {
    /// As if the invite had only the address: first use decides.
    None,
    /// Preferred to first use, and told as such: the invite introduced them.
    Introduced,
    /// As if a person had compared them.
    Verified,
}

/// Why an invite is worth what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrustReason {
    /// The code was shown by the person.
    ShownInPerson,
    /// The user chose it, but it came over something that could change it.
    ChosenByUser,
    /// Anyone can put such a link where somebody clicks on it.
    AnyoneCanMakeIt,
    /// It names no identity and no key.
    NothingToTrust,
}

impl Received {
    /// Reads an invite that arrived in this way.
    ///
    /// # Errors
    ///
    /// [`InviteError`] says what is wrong with it.
    pub fn read(text: &str, arrival: Arrival) -> Result<Self, InviteError> {
        let invite = Invite::read(text)?;
        Ok(Self { invite, arrival })
    }

    /// What the identity and the keys in it are worth, and why.
    ///
    /// This is about what the invite *adds*. An address that names its key itself proves its identity
    /// in any case; what an invite cannot prove is that this is the person one means.
    #[must_use]
    pub fn trust(&self) -> (InviteTrust, TrustReason) {
        let Invite {
            keys, distrusted, ..
        } = &self.invite;
        if self.invite.identity().is_none() && keys.is_empty() && distrusted.is_empty() {
            return (InviteTrust::None, TrustReason::NothingToTrust);
        }
        match self.arrival {
            Arrival::Scanned => (InviteTrust::Verified, TrustReason::ShownInPerson),
            Arrival::Pasted => (InviteTrust::Introduced, TrustReason::ChosenByUser),
            Arrival::Clicked => (InviteTrust::None, TrustReason::AnyoneCanMakeIt),
        }
    }

    /// Whether the user has to be asked before anything of it is sent, the token included: sending it
    /// tells whoever made the link that it was opened, and by whom.
    #[must_use]
    pub const fn has_to_be_confirmed(&self) -> bool {
        match self.arrival {
            Arrival::Scanned | Arrival::Pasted => false,
            Arrival::Clicked => true,
        }
    }
}
