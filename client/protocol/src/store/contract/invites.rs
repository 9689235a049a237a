//! Invites of every kind, for the suite.

use onym_identity::Timestamp;
use onym_identity::invite::{InviteToken, InviteTrust};

use super::people::People;
use super::protection;
use crate::store::{
    CameWith, Change, ContactInvitesRecord, IntroducedKey, InviteRecord, InviteState, TakenInvite,
};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn invite(number: u8, state: InviteState) -> InviteRecord {
    InviteRecord {
        id: token(number).id(),
        made: AT,
        expires: Timestamp::from_unix_millis(12),
        state,
    }
}

fn token(number: u8) -> InviteToken {
    InviteToken::from_random(&[number; InviteToken::RANDOM_BYTES])
}

/// One invite of ours in every state, and somebody who came by one of theirs and by one of ours.
pub(super) fn changes(people: &People) -> Vec<Change> {
    let used = InviteState::Used {
        by: people.bob.clone(),
        at: AT,
    };
    let states = [
        InviteState::ToPublish,
        InviteState::Open,
        InviteState::ToRevoke,
        used,
        InviteState::ToForget,
    ];
    let ours = (0..)
        .zip(states)
        .map(|(number, state)| invite(number, state));
    let mut changes: Vec<Change> = ours.map(Change::PutInvite).collect();
    let keys = protection::key(1)
        .into_iter()
        .map(|key| IntroducedKey { device: None, key });
    let taken = TakenInvite {
        at: AT,
        trust: InviteTrust::Introduced,
        identity: None,
        least_serial: Some(7),
        keys: keys.collect(),
        token: Some(token(9)),
    };
    let mut bob = ContactInvitesRecord::new(people.bob.clone());
    bob.taken = Some(taken);
    bob.came_with = Some(CameWith {
        made: AT,
        used: Timestamp::from_unix_millis(1),
    });
    let carol = ContactInvitesRecord::new(people.carol.clone());
    changes.extend([bob, carol].map(|record| Change::PutContactInvites(Box::new(record))));
    changes
}

/// One of them goes.
pub(super) fn removal() -> Option<Change> {
    Some(Change::RemoveInvite(token(2).id()))
}
