//! The move of our endpoint to another onion address, as our own page shows it.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;
use onym_identity::statement::{Revoked, StatementBody};

use super::build::{BuildInput, name_of};
use crate::store::{ContactRecord, Snapshot, Wish};

/// How long the outcome of a move is shown. Who has not answered by then is a contact that has not
/// answered, like any other one.
const SHOWN_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How far the move of our endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OurMoveView {
    /// The next start is at another address. Until then it can be taken back.
    Announced(AnnouncedMove),
    /// We are at the new address, and our statement for it is not signed yet.
    Arriving,
    /// Our statement has revoked the old address: there is no way back.
    Moved(MovedView),
}

/// A move that the next start carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedMove {
    /// Where to.
    pub to: String,
    /// Whether our statement lists that address where contacts can read it.
    pub is_published: bool,
}

/// Who has come along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedView {
    /// When the old address was revoked.
    pub at: Timestamp,
    /// How many contacts let us see them at the new address.
    pub followed: usize,
    /// The names of those who were asked and have not answered.
    pub waiting: Vec<String>,
    /// The names of those who see us and were not asked, since we did not see them.
    pub not_asked: Vec<String>,
}

/// How far a contact is. A person with several addresses is as far as the best of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Followed,
    Waiting,
    NotAsked,
}

impl Progress {
    fn of(contact: &ContactRecord) -> Option<Self> {
        let subscription = contact.subscription;
        match () {
            () if subscription.we_see_them() => Some(Self::Followed),
            () if contact.asked => Some(Self::Waiting),
            () if subscription.they_see_us() => Some(Self::NotAsked),
            // Whom we have nothing to do with has nothing to follow.
            () => None,
        }
    }
}

impl OurMoveView {
    pub(super) fn of(input: &BuildInput<'_>) -> Option<Self> {
        let memory = input.memory;
        let record = memory.identities.get(input.our_jid);
        if let Some(to) = input.around.next_address {
            return Some(Self::Announced(AnnouncedMove {
                to: to.to_string(),
                is_published: record.and_then(|it| it.body()).is_some_and(|body| {
                    lists(&body, to) && !memory.our_claims.wishes.iter().any(|it| is_about(it, to))
                }),
            }));
        }
        let left = input.former.last()?;
        let Some(at) = record
            .and_then(|it| it.body())
            .and_then(|it| left_at(&it, left))
        else {
            return Some(Self::Arriving);
        };
        if input.around.now.saturating_since(at) >= SHOWN_FOR {
            return None;
        }
        Some(Self::Moved(moved(input, at)))
    }
}

fn lists(body: &StatementBody, jid: &BareJid) -> bool {
    body.endpoints.iter().any(|it| it.jid == *jid)
}

fn is_about(wish: &Wish, address: &BareJid) -> bool {
    matches!(wish, Wish::ListAddress(jid) | Wish::LeaveAddress(jid) if jid == address)
}

fn left_at(body: &StatementBody, address: &BareJid) -> Option<Timestamp> {
    let mut revoked = body.revocations.iter();
    let what = Revoked::Endpoint(address.clone());
    revoked.find(|it| it.what == what).map(|it| it.since)
}

fn moved(input: &BuildInput<'_>, at: Timestamp) -> MovedView {
    let memory = input.memory;
    let mut people: BTreeMap<BareJid, Progress> = BTreeMap::new();
    for contact in memory.contacts.values() {
        let jid = &contact.jid;
        let is_ours = jid == input.our_jid || input.former.contains(jid);
        if is_ours || memory.account.blocked.contains(jid) {
            continue;
        }
        let Some(progress) = Progress::of(contact) else {
            continue;
        };
        let known = people.entry(memory.home_of(jid)).or_insert(progress);
        *known = progress.min(*known);
    }
    MovedView {
        at,
        followed: count(&people, Progress::Followed),
        waiting: names(memory, &people, Progress::Waiting),
        not_asked: names(memory, &people, Progress::NotAsked),
    }
}

fn count(people: &BTreeMap<BareJid, Progress>, wanted: Progress) -> usize {
    people.values().filter(|it| **it == wanted).count()
}

fn names(memory: &Snapshot, people: &BTreeMap<BareJid, Progress>, wanted: Progress) -> Vec<String> {
    let of_them = people.iter().filter(|(_, it)| **it == wanted);
    let mut names: Vec<String> = of_them.map(|(jid, _)| name_of(memory, jid)).collect();
    names.sort_by_cached_key(|name| name.to_lowercase());
    names
}
