//! What is kept of invites: of ours, until they are used or over; of those of others, with the
//! contact whom they are about.

use std::time::Duration;

use jid::BareJid;
use onym_identity::invite::{InviteId, InviteToken, InviteTrust};
use onym_identity::{IdentityKey as PersonKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::omemo::{DeviceId, IdentityKey};

/// An invite of ours. The token itself is kept by nobody but those who have the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRecord {
    /// The name of its token.
    pub id: InviteId,
    /// When it was made.
    pub made: Timestamp,
    /// From when on its token lets nobody in.
    pub expires: Timestamp,
    /// What has become of it.
    pub state: InviteState,
}

/// What has become of an invite of ours. It is stored by its number, so that a new one stands last here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InviteState {
    /// Our server does not know of it.
    ToPublish,
    /// Our server lets in who has its token.
    Open,
    /// It was taken back, and our server does not know.
    ToRevoke,
    /// Somebody was let in.
    Used {
        /// Who.
        by: BareJid,
        /// When.
        at: Timestamp,
    },
    /// Somebody was let in, the user has taken it out of the list, and our server does not know.
    ToForget,
}

impl InviteState {
    /// Whether it is out of the list here, and our server is still to be told.
    #[must_use]
    pub const fn is_leaving(&self) -> bool {
        matches!(self, Self::ToRevoke | Self::ToForget)
    }

    /// What becomes of it when it is taken out of the list.
    pub(crate) const fn leaving(&self) -> Self {
        match self {
            Self::ToPublish | Self::Open | Self::ToRevoke => Self::ToRevoke,
            Self::Used { .. } | Self::ToForget => Self::ToForget,
        }
    }
}

impl InviteRecord {
    /// Whether somebody could still be let in by it, as far as is known here.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        let is_waiting = matches!(self.state, InviteState::ToPublish | InviteState::Open);
        is_waiting && self.expires > now
    }
}

/// How somebody came to us by an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactInvitesRecord {
    /// Who.
    pub jid: BareJid,
    /// The invite of theirs that the user took.
    pub taken: Option<TakenInvite>,
    /// The invite of ours that they used.
    pub came_with: Option<CameWith>,
}

/// An invite of somebody else that the user took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenInvite {
    /// When.
    pub at: Timestamp,
    /// What its identity and keys are to be taken for, by the way it came.
    pub trust: InviteTrust,
    /// Whose address it is said to be.
    pub identity: Option<PersonKey>,
    /// The serial number that the statement of the identity has at least.
    pub least_serial: Option<u64>,
    /// Keys of devices.
    pub keys: Vec<IntroducedKey>,
    /// What lets our request in. It is forgotten once the request is accepted.
    #[serde(with = "token")]
    pub token: Option<InviteToken>,
}

/// The key of a device that an invite names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntroducedKey {
    /// The number of the device, if the invite tells it.
    pub device: Option<DeviceId>,
    /// The key.
    pub key: IdentityKey,
}

/// An invite of ours that somebody used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameWith {
    /// When the user made it.
    pub made: Timestamp,
    /// When they used it.
    pub used: Timestamp,
}

impl ContactInvitesRecord {
    /// Of somebody of whom no invite is known.
    #[must_use]
    pub const fn new(jid: BareJid) -> Self {
        Self {
            jid,
            taken: None,
            came_with: None,
        }
    }

    /// The token for our request.
    #[must_use]
    pub fn token(&self) -> Option<&InviteToken> {
        self.taken.as_ref()?.token.as_ref()
    }
}

/// How far ahead of the time at which an invite is taken the number of a statement can be. Numbers are
/// milliseconds, but for an identity whose clock was ahead; a lie would keep all statements away.
const FUTURE: Duration = Duration::from_secs(60 * 60);

impl TakenInvite {
    /// The number that the statements of an identity have at least, if the invite says so of it.
    #[must_use]
    pub fn least_serial_of(&self, whose: &PersonKey) -> Option<u64> {
        let latest = (self.at + FUTURE).as_unix_millis();
        let least = self.least_serial.filter(|least| *least <= latest);
        least.filter(|_| self.identity == Some(*whose))
    }

    /// Somebody else is behind the address: it names nobody any more, and only lets our request in.
    pub(crate) fn withdraw(&mut self) {
        self.trust = InviteTrust::None;
        (self.identity, self.least_serial) = (None, None);
        self.keys.clear();
    }

    /// Whether it names the key of a device.
    #[must_use]
    pub fn names(&self, device: DeviceId, key: IdentityKey) -> bool {
        let is_it = |it: &IntroducedKey| it.key == key && it.device.is_none_or(|it| it == device);
        self.keys.iter().any(is_it)
    }
}

/// A token in a record, which lies sealed on the disk.
mod token {
    use onym_identity::invite::InviteToken;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(
        token: &Option<InviteToken>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        token.as_ref().map(InviteToken::reveal).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<InviteToken>, D::Error> {
        let text = Option::<String>::deserialize(from)?.map(Zeroizing::new);
        let token = text.map(|text| InviteToken::new(&text));
        token.transpose().map_err(de::Error::custom)
    }
}
