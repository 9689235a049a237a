//! Remembers the latest stanzas of every domain, so that one that comes again after a lost
//! acknowledgement is not delivered twice.

use std::collections::{BTreeMap, BTreeSet};

use onym_stream::Element;
use sha2::{Digest, Sha256};

use crate::delay;
use crate::domain::Domain;
use crate::limits;
use crate::stanza;
use crate::store::{Change, Fingerprint};

/// The domain under which the stanzas of all strangers are remembered together: domains cost
/// nothing, so a ring for each would fill the disk. Nobody can prove this one (RFC 2606).
const STRANGERS: &str = "strangers.invalid";

/// What has been seen. A stanza is recognised by all of its bytes and is only looked up if it has
/// an id, so two messages that merely say the same both arrive.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    rings: BTreeMap<Domain, Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    slots: BTreeMap<u16, Fingerprint>,
    known: BTreeSet<Fingerprint>,
    next: u16,
}

/// A stanza that has not been seen before.
#[derive(Debug)]
pub(crate) struct Unseen {
    ring: Domain,
    fingerprint: Fingerprint,
}

impl Seen {
    pub(crate) fn load(&mut self, domain: &Domain, slot: u16, fingerprint: Fingerprint) {
        let ring = self.rings.entry(domain.clone()).or_default();
        ring.slots.insert(slot, fingerprint);
        ring.known.insert(fingerprint);
        // Which slot was written last is not stored; going on behind the highest one loses at most
        // one turn of the ring's memory.
        ring.next = ring.next.max(slot.saturating_add(1)) % limits::SEEN_STANZAS;
    }

    /// Looks a stanza up; none if it has been seen. `is_known` says whether anybody at the domain
    /// is in a roster here.
    pub(crate) fn look_up(
        &self,
        domain: &Domain,
        stanza: &Element,
        is_known: bool,
    ) -> Option<Unseen> {
        let fingerprint = fingerprint(domain, stanza);
        let strangers = Domain::parse(STRANGERS)?;
        // A stranger may have become a contact since, or the other way round.
        let seen = [domain, &strangers]
            .into_iter()
            .filter_map(|ring| self.rings.get(ring))
            .any(|ring| ring.known.contains(&fingerprint));
        let ring = if is_known { domain.clone() } else { strangers };
        (!seen).then_some(Unseen { ring, fingerprint })
    }

    /// Remembers a stanza that has been taken. One that was refused is not remembered: its sender
    /// knows, and may send it again.
    pub(crate) fn remember(&mut self, unseen: Unseen) -> Change {
        let Unseen {
            ring: domain,
            fingerprint,
        } = unseen;
        let ring = self.rings.entry(domain.clone()).or_default();
        let slot = ring.next;
        if let Some(old) = ring.slots.insert(slot, fingerprint) {
            ring.known.remove(&old);
        }
        ring.known.insert(fingerprint);
        ring.next = slot.saturating_add(1) % limits::SEEN_STANZAS;
        Change::PutSeen(domain, slot, fingerprint)
    }
}

/// What a stanza is recognised by. A server that sends it again may have added since when it has
/// been waiting.
fn fingerprint(domain: &Domain, stanza: &Element) -> Fingerprint {
    let mut stanza = stanza.clone();
    delay::unstamp(&mut stanza, domain);
    Sha256::digest(stanza::to_xml(&stanza)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: u32) -> Element {
        let xml = format!("<message xmlns='jabber:client' id='{n}'><body>x</body></message>");
        xml.parse().unwrap()
    }

    fn domain(text: &str) -> Domain {
        Domain::parse(text).unwrap()
    }

    #[test]
    fn a_stanza_is_recognised_with_and_without_a_stamp() {
        let (mut seen, b) = (Seen::default(), domain("b.example"));
        let unseen = seen.look_up(&b, &message(1), true).unwrap();
        seen.remember(unseen);
        let mut late = message(1);
        delay::stamp(&mut late, &b, onym_identity::Timestamp::UNIX_EPOCH);
        assert!(seen.look_up(&b, &late, true).is_none());
        assert!(seen.look_up(&b, &message(2), true).is_some());
        // A stamp of somebody else is part of what was said.
        let mut other = message(1);
        let c = domain("c.example");
        delay::stamp(&mut other, &c, onym_identity::Timestamp::UNIX_EPOCH);
        assert!(seen.look_up(&b, &other, true).is_some());
    }

    #[test]
    fn strangers_share_one_ring() {
        let mut seen = Seen::default();
        for n in 0..3_000 {
            let stranger = domain(&format!("s{n}.example"));
            let unseen = seen.look_up(&stranger, &message(n), false).unwrap();
            let change = seen.remember(unseen);
            assert!(matches!(change, Change::PutSeen(_, slot, _) if slot < limits::SEEN_STANZAS));
        }
        assert_eq!(seen.rings.len(), 1);
        let last = domain("s2999.example");
        assert!(seen.look_up(&last, &message(2_999), false).is_none());
        assert!(seen.look_up(&last, &message(2_999), true).is_none());
    }

    #[test]
    fn the_ring_forgets_the_oldest_first_also_after_a_restart() {
        let (mut seen, b) = (Seen::default(), domain("b.example"));
        let mut again = Seen::default();
        for n in 0..u32::from(limits::SEEN_STANZAS) + 1 {
            let unseen = seen.look_up(&b, &message(n), true).unwrap();
            let Change::PutSeen(of, slot, fingerprint) = seen.remember(unseen) else {
                panic!("a stanza is remembered as one");
            };
            again.load(&of, slot, fingerprint);
        }
        for seen in [&seen, &again] {
            assert!(seen.look_up(&b, &message(1), true).is_none());
            assert!(seen.look_up(&b, &message(256), true).is_none());
        }
        assert!(seen.look_up(&b, &message(0), true).is_some());
    }
}
