//! Stanzas that wait for another endpoint: on disk before they are sent, until they are
//! acknowledged or expire.

use std::collections::BTreeMap;
use std::time::Duration;

use onym_identity::Timestamp;

use crate::limits;
use crate::store::{Place, QueuedStanza};

/// The queue for one domain. Stanzas leave in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: BTreeMap<Place, QueuedStanza>,
    next: Place,
    bytes: usize,
    /// The first place that has not been sent on the present link.
    unsent_from: Place,
}

impl Outbox {
    pub(crate) fn load(&mut self, place: Place, stanza: QueuedStanza) {
        self.bytes = self.bytes.saturating_add(stanza.xml.len());
        self.waiting.insert(place, stanza);
        self.next = self.next.max(place.saturating_add(1));
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= limits::MAX_OUTBOX_STANZAS_PER_DOMAIN
            || self.bytes >= limits::MAX_OUTBOX_BYTES_PER_DOMAIN
    }

    pub(crate) fn push(&mut self, stanza: QueuedStanza) -> Place {
        let place = self.next;
        self.load(place, stanza);
        place
    }

    /// The next stanza to send on the present link.
    pub(crate) fn next_unsent(&mut self) -> Option<(Place, QueuedStanza)> {
        let (&place, stanza) = self.waiting.range(self.unsent_from..).next()?;
        self.unsent_from = place.saturating_add(1);
        Some((place, stanza.clone()))
    }

    /// The link is gone: what was not acknowledged is sent again on the next one.
    pub(crate) fn unsend(&mut self) {
        self.unsent_from = 0;
    }

    /// The other endpoint has it. Whether it was still here.
    pub(crate) fn remove(&mut self, place: Place) -> bool {
        let removed = self.waiting.remove(&place);
        if let Some(stanza) = &removed {
            self.bytes = self.bytes.saturating_sub(stanza.xml.len());
        }
        removed.is_some()
    }

    /// Takes out what has waited too long. The oldest comes first, so only the front is looked at.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<(Place, QueuedStanza)> {
        let mut expired = Vec::new();
        while let Some((&place, stanza)) = self.waiting.first_key_value()
            && now.saturating_since(stanza.since) >= limits::OUTBOX_EXPIRY
        {
            let stanza = stanza.clone();
            self.remove(place);
            expired.push((place, stanza));
        }
        expired
    }

    /// When the oldest stanza expires. (After the clock was set back, a newer one may look older;
    /// it then goes with the oldest.)
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        let (_, oldest) = self.waiting.first_key_value()?;
        Some(oldest.since + limits::OUTBOX_EXPIRY)
    }
}

/// How long to wait after `failures` failed tries: doubling, capped, with a quarter of jitter
/// either way, so that peers that lost the same network do not all come back at once. `random` is
/// any random number.
#[must_use]
pub fn back_off(failures: u32, random: u32) -> Duration {
    let doubled = limits::FIRST_BACK_OFF.saturating_mul(1 << failures.saturating_sub(1).min(16));
    let capped = doubled.min(limits::LONGEST_BACK_OFF);
    let quarter = capped / 4;
    let jitter = quarter
        .saturating_mul(2)
        .mul_f64(f64::from(random) / f64::from(u32::MAX));
    capped.saturating_sub(quarter).saturating_add(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(at: u64) -> QueuedStanza {
        QueuedStanza {
            since: Timestamp::from_unix_millis(at),
            xml: format!("<message id='{at}'/>"),
        }
    }

    #[test]
    fn what_was_not_acknowledged_is_sent_again_in_order() {
        let mut outbox = Outbox::default();
        let places: Vec<_> = (0..3).map(|n| outbox.push(stanza(n))).collect();
        let sent: Vec<_> = std::iter::from_fn(|| outbox.next_unsent())
            .map(|(p, _)| p)
            .collect();
        assert_eq!(sent, places);
        assert!(outbox.remove(places[0]));
        assert_eq!(outbox.next_unsent(), None);
        outbox.unsend();
        let again: Vec<_> = std::iter::from_fn(|| outbox.next_unsent())
            .map(|(p, _)| p)
            .collect();
        assert_eq!(again, places[1..]);
    }

    #[test]
    fn only_what_is_too_old_expires() {
        let mut outbox = Outbox::default();
        outbox.push(stanza(0));
        outbox.push(stanza(1));
        let expired = outbox.expire(Timestamp::from_unix_millis(0) + limits::OUTBOX_EXPIRY);
        assert_eq!(expired.len(), 1);
        assert_eq!(outbox.len(), 1);
    }

    #[test]
    fn the_queue_is_full_by_bytes_too_until_they_leave() {
        let mut outbox = Outbox::default();
        let large = QueuedStanza {
            since: Timestamp::UNIX_EPOCH,
            xml: "x".repeat(limits::MAX_OUTBOX_BYTES_PER_DOMAIN / 2),
        };
        let first = outbox.push(large.clone());
        assert!(!outbox.is_full());
        outbox.push(large);
        assert!(outbox.is_full());
        assert!(outbox.remove(first));
        assert!(!outbox.is_full());
    }

    #[test]
    fn back_off_doubles_up_to_a_cap() {
        let (low, high) = (back_off(1, 0), back_off(1, u32::MAX));
        assert_eq!((low.as_millis(), high.as_millis()), (3_750, 6_250));
        let (low, high) = (back_off(2, 0), back_off(2, u32::MAX));
        assert_eq!((low.as_millis(), high.as_millis()), (7_500, 12_500));
        assert!(back_off(u32::MAX, u32::MAX) <= limits::LONGEST_BACK_OFF * 5 / 4);
    }
}
