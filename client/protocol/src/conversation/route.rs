//! Which address of a person a message goes to, if the person has several: one table, which gives its
//! reason.
//!
//! An address that is not the person's beyond doubt is no candidate, whatever else speaks for it.

use std::cmp::Reverse;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;

/// How long an endpoint has to be away before messages go elsewhere. An onion service that was
/// started anew is found again after one to three minutes, and the first tries of our server come
/// within one; a conversation shall not move for that.
pub const DEAD_AFTER: Duration = Duration::from_secs(5 * 60);

/// How long an address at which a message could not be delivered counts as unreachable, unless
/// something is heard from there before. Afterwards the next message tries it again.
pub const RETURNED_FOR: Duration = Duration::from_secs(30 * 60);

/// An address that a message to a person may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The address.
    pub jid: BareJid,
    /// Whether the conversation is kept under it.
    pub is_home: bool,
    /// How the person's statement ranks it: the highest number is tried first.
    pub priority: u8,
    /// Whether a client of the person is there, as far as we may see.
    pub is_there: bool,
    /// Since when our server does not reach its endpoint.
    pub away_since: Option<Timestamp>,
    /// When a message came back from there last because nobody could be reached.
    pub returned: Option<Timestamp>,
    /// Whether what is sent there can be protected as the user wants it.
    pub sealing: Sealing,
}

impl Candidate {
    /// Since when it is known that nothing arrives there.
    #[must_use]
    pub fn unreachable_since(&self, now: Timestamp) -> Option<Timestamp> {
        let away = self
            .away_since
            .filter(|since| now.saturating_since(*since) >= DEAD_AFTER);
        let returned = self
            .returned
            .filter(|at| now.saturating_since(*at) < RETURNED_FOR);
        away.into_iter().chain(returned).min()
    }
}

/// Whether what is sent to an address can be protected as the user wants it, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sealing {
    /// A device there may read it, or nothing is encrypted in this conversation.
    Possible,
    /// It is not known which devices are there.
    Unknown,
    /// No device there may read it.
    Impossible,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The address.
    pub to: BareJid,
    /// Why.
    pub because: RouteReason,
}

/// Why a message goes to one address and not to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RouteReason {
    /// There is no other one.
    OnlyAddress,
    /// The user has chosen it.
    Chosen,
    /// The person wants to be reached there first.
    HighestPriority,
    /// The person ranks several alike, and is there.
    IsThere,
    /// The person ranks several alike, and the conversation is kept under this one.
    Home,
    /// One that is ranked higher is not reached, or messages came back from there.
    OthersUnreachable {
        /// Since when.
        since: Timestamp,
    },
    /// At one that is ranked higher no device may read what we write.
    OthersCannotRead,
    /// None is reached. This one is ranked highest.
    NoneReachable,
}

/// Where a message of a conversation goes.
///
/// What the user has chosen comes first, as long as it is the person's, reachable or not. Of the others
/// those come first where what we send can be protected as the user wants it, then those that are
/// not known to be unreachable, then what the person ranks highest, then one where they are, then the
/// home. Protection comes before reachability: what cannot be protected does not leave at all, and what
/// cannot be delivered waits at our server.
#[must_use]
pub fn route(
    home: &BareJid,
    candidates: &[Candidate],
    chosen: Option<&BareJid>,
    now: Timestamp,
) -> Route {
    let to = |candidate: &Candidate, because| Route {
        to: candidate.jid.clone(),
        because,
    };
    if let [only] = candidates {
        return to(only, RouteReason::OnlyAddress);
    }
    let wanted = candidates.iter().find(|it| Some(&it.jid) == chosen);
    if let Some(wanted) = wanted {
        return to(wanted, RouteReason::Chosen);
    }
    let liking = |it: &Candidate| (Reverse(it.priority), !it.is_there, !it.is_home);
    let is_away = |it: &Candidate| it.unreachable_since(now).is_some();
    let best = candidates
        .iter()
        .min_by_key(|it| (it.sealing, is_away(it), liking(it), &it.jid));
    let first = candidates.iter().min_by_key(|it| (liking(it), &it.jid));
    let (Some(best), Some(first)) = (best, first) else {
        return Route {
            to: home.clone(),
            because: RouteReason::OnlyAddress,
        };
    };
    to(best, reason(best, first, candidates, now))
}

/// Why `best` is taken, where `first` would be if all could be reached and could read.
fn reason(
    best: &Candidate,
    first: &Candidate,
    candidates: &[Candidate],
    now: Timestamp,
) -> RouteReason {
    if best.jid != first.jid && best.sealing < first.sealing {
        return RouteReason::OthersCannotRead;
    }
    if best.unreachable_since(now).is_some() {
        return RouteReason::NoneReachable;
    }
    if best.jid != first.jid {
        return match first.unreachable_since(now) {
            Some(since) => RouteReason::OthersUnreachable { since },
            None => RouteReason::OthersCannotRead,
        };
    }
    let mut alike = candidates
        .iter()
        .filter(|it| it.jid != best.jid && it.priority == best.priority)
        .peekable();
    if alike.peek().is_none() {
        RouteReason::HighestPriority
    } else if best.is_there && alike.all(|it| !it.is_there) {
        RouteReason::IsThere
    } else {
        RouteReason::Home
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_millis(10_000_000);

    fn jid(name: &str) -> BareJid {
        BareJid::new(&format!("{name}@x.example")).unwrap()
    }

    fn at(name: &str, priority: u8) -> Candidate {
        Candidate {
            jid: jid(name),
            is_home: name == "home",
            priority,
            is_there: false,
            away_since: None,
            returned: None,
            sealing: Sealing::Possible,
        }
    }

    fn ago(duration: Duration) -> Option<Timestamp> {
        let ago = u64::try_from(duration.as_millis()).unwrap();
        Some(Timestamp::from_unix_millis(NOW.as_unix_millis() - ago))
    }

    fn away(name: &str, priority: u8) -> Candidate {
        Candidate {
            away_since: ago(DEAD_AFTER),
            ..at(name, priority)
        }
    }

    fn there(name: &str, priority: u8) -> Candidate {
        Candidate {
            is_there: true,
            ..at(name, priority)
        }
    }

    fn sealing(name: &str, priority: u8, sealing: Sealing) -> Candidate {
        Candidate {
            sealing,
            ..at(name, priority)
        }
    }

    #[test]
    fn the_whole_table() {
        use RouteReason as R;
        use Sealing::{Impossible, Unknown};
        let since = ago(DEAD_AFTER).unwrap();
        let flapping = Candidate {
            away_since: ago(DEAD_AFTER - Duration::from_millis(1)),
            ..at("a", 9)
        };
        let returned = Candidate {
            returned: ago(Duration::ZERO),
            ..there("a", 9)
        };
        let long_ago = Candidate {
            returned: ago(RETURNED_FOR),
            ..at("a", 9)
        };
        let table = [
            (vec![], "home", R::OnlyAddress),
            (vec![at("a", 0)], "a", R::OnlyAddress),
            (vec![away("home", 0)], "home", R::OnlyAddress),
            (vec![at("a", 9), at("home", 5)], "a", R::HighestPriority),
            (vec![at("a", 9), there("home", 5)], "a", R::HighestPriority),
            (vec![at("a", 5), at("home", 5)], "home", R::Home),
            (vec![there("a", 5), at("home", 5)], "a", R::IsThere),
            (vec![there("a", 5), there("home", 5)], "home", R::Home),
            (
                vec![away("a", 9), at("home", 5)],
                "home",
                R::OthersUnreachable { since },
            ),
            (vec![flapping, at("home", 5)], "a", R::HighestPriority),
            (
                vec![returned, at("home", 5)],
                "home",
                R::OthersUnreachable { since: NOW },
            ),
            (vec![long_ago, at("home", 5)], "a", R::HighestPriority),
            (vec![away("a", 9), away("home", 5)], "a", R::NoneReachable),
            (
                vec![sealing("a", 9, Impossible), at("home", 5)],
                "home",
                R::OthersCannotRead,
            ),
            (
                vec![sealing("a", 9, Unknown), at("home", 5)],
                "home",
                R::OthersCannotRead,
            ),
            // It waits for an endpoint rather than for a device.
            (
                vec![sealing("a", 9, Impossible), away("home", 5)],
                "home",
                R::OthersCannotRead,
            ),
            (
                vec![sealing("a", 9, Unknown), sealing("home", 5, Impossible)],
                "a",
                R::HighestPriority,
            ),
        ];
        for (candidates, to, because) in table {
            let found = route(&jid("home"), &candidates, None, NOW);
            let expected = Route {
                to: jid(to),
                because,
            };
            assert_eq!(found, expected, "{candidates:?}");
            let turned: Vec<_> = candidates.iter().rev().cloned().collect();
            assert_eq!(route(&jid("home"), &turned, None, NOW), expected);
        }
    }

    #[test]
    fn a_choice_counts_as_long_as_it_is_the_persons() {
        let candidates = [at("a", 9), away("home", 5)];
        let chosen = route(&jid("home"), &candidates, Some(&jid("home")), NOW);
        assert_eq!(
            (chosen.to, chosen.because),
            (jid("home"), RouteReason::Chosen)
        );
        let revoked = route(&jid("home"), &candidates, Some(&jid("gone")), NOW);
        assert_eq!(
            (revoked.to, revoked.because),
            (jid("a"), RouteReason::HighestPriority)
        );
    }
}
