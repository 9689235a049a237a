//! What an invite says about somebody, and what follows from it for their devices.

mod given;

use onym_identity::IdentityKey as PersonKey;
use onym_identity::invite::{InviteToken, InviteTrust, InvitedKey, Received};
use onym_identity::statement::{ForeignKey, KeyProtocol};

use crate::omemo::{DeviceId, IdentityKey};
use crate::store::{DeviceRecord, IntroducedKey, TakenInvite};
use crate::trust::Trust;

/// How many keys of an invite are kept; a link has no room for more.
const MAX_KEYS: usize = 64;

/// What an invite brings besides an address and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// What the identity and the keys are worth, by the way the invite came.
    pub trust: InviteTrust,
    /// Whose address it is.
    pub identity: Option<PersonKey>,
    /// The serial number that the statement of the identity has at least.
    pub least_serial: Option<u64>,
    /// Keys of devices.
    pub keys: Vec<IntroducedKey>,
    /// Keys of devices that are said not to be the person's.
    pub denied: Vec<IdentityKey>,
    /// What lets our request in without a question.
    pub token: Option<InviteToken>,
    /// The address is said to be the new one of a contact. It is looked into before anybody is asked.
    pub is_move: bool,
}

impl Introduction {
    /// What follows from an invite that the user has taken; nothing if it has only an address.
    #[must_use]
    pub fn of(received: &Received) -> Option<Self> {
        let (trust, _) = received.trust();
        let invite = &received.invite;
        let introduction = Self {
            trust,
            identity: invite.identity(),
            least_serial: invite.least_serial,
            keys: invite.keys.iter().filter_map(omemo_key).collect(),
            denied: invite.distrusted.iter().filter_map(key_of).collect(),
            token: invite.token.clone(),
            is_move: invite.is_move,
        };
        let is_believed = trust > InviteTrust::None || invite.is_move;
        let says_nothing = introduction.token.is_none() && !is_believed;
        (!says_nothing).then_some(introduction)
    }

    /// What is kept of it. What counts for nothing is not kept.
    #[must_use]
    pub(crate) fn taken(self, at: onym_identity::Timestamp) -> TakenInvite {
        let counts = self.trust > InviteTrust::None;
        let mut keys = self.keys;
        keys.truncate(if counts { MAX_KEYS } else { 0 });
        TakenInvite {
            at,
            trust: self.trust,
            identity: self.identity.filter(|_| counts),
            least_serial: self.least_serial.filter(|_| counts),
            keys,
            token: self.token,
        }
    }
}

fn omemo_key(invited: &InvitedKey) -> Option<IntroducedKey> {
    let key = key_of(&invited.key)?;
    let device = match invited.device {
        // A number that no device can have names none.
        Some(number) => Some(DeviceId::new(number)?),
        None => None,
    };
    Some(IntroducedKey { device, key })
}

fn key_of(key: &ForeignKey) -> Option<IdentityKey> {
    let is_omemo = matches!(key.protocol, KeyProtocol::Omemo | KeyProtocol::Omemo2);
    let bytes = <[u8; 32]>::try_from(key.fingerprint.as_bytes()).ok();
    IdentityKey::from_bytes(bytes.filter(|_| is_omemo)?).ok()
}

/// What is known about a device with this key after an invite. What a person has said about it
/// stays.
pub(crate) fn trust_after(invite: &TakenInvite, id: DeviceId, device: &DeviceRecord) -> Trust {
    let known = device.trust;
    let (Some(key), false) = (device.key, known.is_by_person()) else {
        return known;
    };
    match invite.trust {
        InviteTrust::None => known,
        InviteTrust::Verified if invite.names(id, key) => Trust::Verified { at: invite.at },
        // As good as if it had been there from the beginning.
        InviteTrust::Introduced if invite.names(id, key) => Trust::FirstUse,
        // The invite is believed rather than what is seen first.
        InviteTrust::Verified | InviteTrust::Introduced
            if !invite.keys.is_empty()
                && known == Trust::FirstUse
                && device.first_seen >= invite.at =>
        {
            Trust::Undecided
        }
        InviteTrust::Verified | InviteTrust::Introduced => known,
    }
}

#[cfg(test)]
mod tests {
    use onym_identity::Timestamp;
    use onym_identity::invite::{Arrival, Invite};

    use super::*;

    const EARLY: Timestamp = Timestamp::UNIX_EPOCH;

    fn at() -> Timestamp {
        Timestamp::from_unix_millis(1_000)
    }

    fn key(number: u8) -> IdentityKey {
        // Any number that is not of low order is the coordinate of a key.
        IdentityKey::from_bytes([number; 32]).unwrap()
    }

    fn device(trust: Trust, has: Option<IdentityKey>, first_seen: Timestamp) -> DeviceRecord {
        let mut device = DeviceRecord::new(trust, first_seen);
        device.key = has;
        device
    }

    fn invite(trust: InviteTrust, keys: &[IdentityKey]) -> TakenInvite {
        let keys = keys.iter().map(|key| IntroducedKey {
            device: DeviceId::new(7),
            key: *key,
        });
        TakenInvite {
            at: at(),
            trust,
            identity: None,
            least_serial: None,
            keys: keys.collect(),
            token: None,
        }
    }

    #[test]
    fn the_whole_table() {
        use InviteTrust::{Introduced, None as Nothing, Verified};
        let (named, other) = (key(1), key(2));
        let verified = Trust::Verified { at: at() };
        let refused = Trust::Refused { at: EARLY };
        for (worth, has, first_seen, before, after) in [
            (Verified, Some(named), at(), Trust::FirstUse, verified),
            (Verified, Some(named), EARLY, Trust::Undecided, verified),
            (Verified, Some(named), at(), refused, refused),
            (
                Verified,
                Some(other),
                at(),
                Trust::FirstUse,
                Trust::Undecided,
            ),
            (
                Verified,
                Some(other),
                EARLY,
                Trust::FirstUse,
                Trust::FirstUse,
            ),
            (Verified, None, at(), Trust::FirstUse, Trust::FirstUse),
            (
                Introduced,
                Some(named),
                at(),
                Trust::Undecided,
                Trust::FirstUse,
            ),
            (
                Introduced,
                Some(other),
                at(),
                Trust::FirstUse,
                Trust::Undecided,
            ),
            (
                Introduced,
                Some(other),
                EARLY,
                Trust::FirstUse,
                Trust::FirstUse,
            ),
            (
                Nothing,
                Some(named),
                at(),
                Trust::Undecided,
                Trust::Undecided,
            ),
            (Nothing, Some(other), at(), Trust::FirstUse, Trust::FirstUse),
        ] {
            let id = DeviceId::new(7).unwrap();
            let known = device(before, has, first_seen);
            let found = trust_after(&invite(worth, &[named]), id, &known);
            assert_eq!(found, after, "{worth:?} {before:?}");
            // Without keys an invite says nothing about devices.
            assert_eq!(trust_after(&invite(worth, &[]), id, &known), before);
            // The key of one device is not the key of another.
            let elsewhere = trust_after(&invite(worth, &[named]), DeviceId::MAX, &known);
            assert!(!matches!(elsewhere, Trust::Verified { .. }));
        }
    }

    #[test]
    fn an_address_alone_or_a_click_brings_nothing_but_a_token() {
        let received = |text: &str, arrival| {
            Introduction::of(&Received {
                invite: Invite::read(text).unwrap(),
                arrival,
            })
        };
        assert_eq!(received("bob@b.example", Arrival::Pasted), None);
        let link = format!(
            "xmpp:bob@b.example?roster;preauth=abc;omemo-sid-7={}",
            data_encoding::HEXLOWER.encode(key(1).as_bytes())
        );
        let clicked = received(&link, Arrival::Clicked).unwrap().taken(at());
        assert!(clicked.keys.is_empty());
        assert_eq!(clicked.token.unwrap().reveal(), "abc");
        let pasted = received(&link, Arrival::Pasted).unwrap().taken(at());
        assert_eq!(pasted.trust, InviteTrust::Introduced);
        assert!(pasted.names(DeviceId::new(7).unwrap(), key(1)));
    }
}
