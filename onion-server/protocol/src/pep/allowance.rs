//! How much others fetch from our accounts: nodes and vCards are public, the owner's circuits and
//! time are not.

use std::collections::BTreeMap;

use onym_identity::Timestamp;

use crate::domain::Domain;
use crate::limits;

/// What was sent to other domains within the present window of each.
#[derive(Debug, Default)]
pub(crate) struct Allowances {
    domains: BTreeMap<Domain, Spent>,
    strangers: Spent,
}

/// Bytes within a window that begins at a time.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    since: Option<Timestamp>,
    bytes: usize,
}

impl Spent {
    fn is_over(self, now: Timestamp) -> bool {
        // A window that lies ahead was begun before the clock was set back.
        self.since
            .is_none_or(|since| since > now || now.saturating_since(since) >= limits::PUBLIC_WINDOW)
    }

    fn at(self, now: Timestamp) -> Self {
        if self.is_over(now) {
            return Self {
                since: Some(now),
                bytes: 0,
            };
        }
        self
    }

    fn add(self, bytes: usize) -> Self {
        Self {
            bytes: self.bytes.saturating_add(bytes),
            ..self
        }
    }
}

impl Allowances {
    /// Whether anything may go to a domain now.
    pub(crate) fn has_room(&self, domain: &Domain, known: bool, now: Timestamp) -> bool {
        let spent = self.domains.get(domain).copied().unwrap_or_default();
        let most = if known {
            limits::MAX_PUBLIC_BYTES_PER_KNOWN_DOMAIN
        } else {
            limits::MAX_PUBLIC_BYTES_PER_STRANGER_DOMAIN
        };
        let strangers = self.strangers.at(now);
        spent.at(now).bytes < most
            && (known || strangers.bytes < limits::MAX_PUBLIC_BYTES_OF_STRANGERS)
    }

    /// Whether so many bytes may go to a domain now; they are counted if so. `known` says that a
    /// contact of ours is there. The last answer may go beyond the limit, since a limit below one
    /// answer would lock a domain out for good.
    pub(crate) fn admits(
        &mut self,
        domain: &Domain,
        known: bool,
        bytes: usize,
        now: Timestamp,
    ) -> bool {
        let bytes = bytes.max(limits::MIN_PUBLIC_ANSWER_BYTES);
        let spent = self.domains.get(domain).copied();
        if spent.is_none() && self.domains.len() >= limits::MAX_COUNTED_DOMAINS {
            self.domains.retain(|_, spent| !spent.is_over(now));
            if self.domains.len() >= limits::MAX_COUNTED_DOMAINS {
                return false;
            }
        }
        if !self.has_room(domain, known, now) {
            return false;
        }
        let spent = spent.unwrap_or_default().at(now);
        self.domains.insert(domain.clone(), spent.add(bytes));
        if !known {
            self.strangers = self.strangers.at(now).add(bytes);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(n: usize) -> Domain {
        Domain::parse(&format!("d{n}.example")).unwrap()
    }

    fn fetched(allowances: &mut Allowances, domain: &Domain, known: bool, now: Timestamp) -> usize {
        let step = 64 * 1024;
        let times = std::iter::repeat_with(|| allowances.admits(domain, known, step, now));
        times.take_while(|admitted| *admitted).count() * step
    }

    #[test]
    fn each_domain_has_its_share_and_gets_it_again() {
        let mut allowances = Allowances::default();
        let start = Timestamp::from_unix_millis(1_000_000);
        let friend = fetched(&mut allowances, &domain(0), true, start);
        assert_eq!(friend, limits::MAX_PUBLIC_BYTES_PER_KNOWN_DOMAIN);
        let mut strangers = 0;
        for n in 1.. {
            let fetched = fetched(&mut allowances, &domain(n), false, start);
            assert!(fetched <= limits::MAX_PUBLIC_BYTES_PER_STRANGER_DOMAIN);
            strangers += fetched;
            if fetched == 0 {
                break;
            }
        }
        assert_eq!(strangers, limits::MAX_PUBLIC_BYTES_OF_STRANGERS);
        assert!(!allowances.admits(&domain(0), true, 1, start));
        let later = start + limits::PUBLIC_WINDOW;
        assert!(allowances.admits(&domain(0), true, 1, later));
        assert!(allowances.admits(&domain(99), false, 1, later));
        // The clock was set back.
        assert!(allowances.admits(&domain(0), true, 1, start));
    }

    #[test]
    fn empty_answers_count_and_many_domains_take_no_more_room() {
        let mut allowances = Allowances::default();
        let start = Timestamp::from_unix_millis(1_000_000);
        let mut admitted = 0;
        while allowances.admits(&domain(0), false, 0, start) {
            admitted += 1;
        }
        assert_eq!(admitted, 1_024);
        let mut allowances = Allowances::default();
        for n in 0..limits::MAX_COUNTED_DOMAINS {
            assert!(allowances.admits(&domain(n), true, 0, start));
        }
        let one_more = domain(limits::MAX_COUNTED_DOMAINS);
        assert!(!allowances.admits(&one_more, true, 0, start));
        assert!(allowances.admits(&one_more, true, 0, start + limits::PUBLIC_WINDOW));
        assert_eq!(allowances.domains.len(), 1);
    }
}
