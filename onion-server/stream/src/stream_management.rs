//! The two counters of XEP-0198, which count stanzas modulo 2^32, and their elements.

use std::collections::VecDeque;

use minidom::Element;

use crate::{Attributes, ns};

/// How many stanzas of the peer we have handled: our `h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inbound {
    handled: u32,
}

impl Inbound {
    /// Counting begins when stream management is enabled.
    #[must_use]
    pub const fn new() -> Self {
        Self { handled: 0 }
    }

    /// A stanza is handled: we are responsible for it from here on.
    pub const fn handled(&mut self) {
        self.handled = self.handled.wrapping_add(1);
    }

    /// The `h` to answer with.
    #[must_use]
    pub const fn h(self) -> u32 {
        self.handled
    }
}

/// What we sent and the peer has not acknowledged yet, oldest first.
///
/// The driver bounds it by not sending more than it is willing to keep ([`len`](Self::len)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound<T> {
    acknowledged: u32,
    unacknowledged: VecDeque<T>,
}

/// The peer acknowledged stanzas that it never got (XEP-0198: `handled-count-too-high`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer acknowledges {h} stanzas, only {sent} were sent")]
pub struct TooHigh {
    /// What the peer says it handled.
    pub h: u32,
    /// What we sent, modulo 2^32.
    pub sent: u32,
}

impl TooHigh {
    /// The stream error that XEP-0198, section 4 prescribes, as an element.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut error =
            crate::StreamError::with_text(crate::Condition::UndefinedCondition, self.to_string())
                .to_element();
        error.append_child(
            Element::bare("handled-count-too-high", ns::STREAM_MANAGEMENT)
                .with_attribute("h", self.h)
                .with_attribute("send-count", self.sent),
        );
        error
    }
}

impl<T> Default for Outbound<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Outbound<T> {
    /// Counting begins when stream management is enabled.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            acknowledged: 0,
            unacknowledged: VecDeque::new(),
        }
    }

    /// A stanza goes out; `item` is whatever must happen when it is acknowledged.
    pub fn sent(&mut self, item: T) {
        self.unacknowledged.push_back(item);
    }

    /// The peer handled everything up to `h`. Gives back the items that are newly acknowledged,
    /// oldest first; none if `h` is what we know already.
    pub fn acknowledged(&mut self, h: u32) -> Result<Vec<T>, TooHigh> {
        // Both counts wrap at 2^32, so that only their distance has a meaning. A value below the
        // last one wraps to a very large distance and is refused with the rest.
        let newly = usize::try_from(h.wrapping_sub(self.acknowledged)).unwrap_or(usize::MAX);
        if newly > self.unacknowledged.len() {
            return Err(TooHigh {
                h,
                sent: self.sent_count(),
            });
        }
        self.acknowledged = h;
        Ok(self.unacknowledged.drain(..newly).collect())
    }

    /// What is still unacknowledged, oldest first.
    pub fn unacknowledged(&self) -> impl ExactSizeIterator<Item = &T> {
        self.unacknowledged.iter()
    }

    /// What is still unacknowledged when the stream is gone, oldest first.
    pub fn into_unacknowledged(self) -> impl ExactSizeIterator<Item = T> {
        self.unacknowledged.into_iter()
    }

    /// How many are unacknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.unacknowledged.len()
    }

    /// Whether everything is acknowledged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unacknowledged.is_empty()
    }

    fn sent_count(&self) -> u32 {
        // The remainder is what counts: both sides count modulo 2^32.
        #[expect(clippy::cast_possible_truncation, reason = "modulo 2^32 is meant")]
        let pending = self.unacknowledged.len() as u32;
        self.acknowledged.wrapping_add(pending)
    }
}

/// `<enable/>`: stream management without resumption.
#[must_use]
pub fn enable() -> Element {
    Element::bare("enable", ns::STREAM_MANAGEMENT)
}

/// `<enabled/>`: the answer to [`enable`].
#[must_use]
pub fn enabled() -> Element {
    Element::bare("enabled", ns::STREAM_MANAGEMENT)
}

/// `<r/>`: asks the peer for its `h`.
#[must_use]
pub fn request() -> Element {
    Element::bare("r", ns::STREAM_MANAGEMENT)
}

/// `<a h='…'/>`: tells the peer our `h`.
#[must_use]
pub fn answer(inbound: Inbound) -> Element {
    Element::bare("a", ns::STREAM_MANAGEMENT).with_attribute("h", inbound.h())
}

/// The `h` of `<a/>`; `None` if the element is not `<a/>` or its `h` is no number of 32 bits.
#[must_use]
pub fn parse_answer(element: &Element) -> Option<u32> {
    if !element.is("a", ns::STREAM_MANAGEMENT) {
        return None;
    }
    element.attr("h")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledges_oldest_first_and_once() {
        let mut out = Outbound::new();
        for item in ["a", "b", "c"] {
            out.sent(item);
        }
        assert_eq!(out.acknowledged(2), Ok(vec!["a", "b"]));
        assert_eq!(out.acknowledged(2), Ok(vec![]));
        assert_eq!(out.len(), 1);
        assert_eq!(out.acknowledged(3), Ok(vec!["c"]));
        assert!(out.is_empty());
    }

    #[test]
    fn refuses_counts_that_cannot_be() {
        // (sent, acknowledged before, h)
        for (sent, before, h) in [(0, 0, 1), (3, 0, 4), (3, 2, 1), (3, 3, 2), (3, 1, u32::MAX)] {
            let mut out = Outbound::new();
            for item in 0..sent {
                out.sent(item);
            }
            out.acknowledged(before).unwrap();
            let kept = out.clone();
            assert_eq!(out.acknowledged(h), Err(TooHigh { h, sent }));
            assert_eq!(out, kept, "a refused count changes nothing");
        }
    }

    #[test]
    fn counts_wrap_at_two_to_the_thirty_two() {
        let mut out = Outbound {
            acknowledged: u32::MAX - 1,
            unacknowledged: VecDeque::new(),
        };
        for item in 0..4 {
            out.sent(item);
        }
        assert_eq!(out.acknowledged(u32::MAX), Ok(vec![0]));
        assert_eq!(out.acknowledged(1), Ok(vec![1, 2]));
        assert_eq!(out.acknowledged(2), Ok(vec![3]));

        let mut inbound = Inbound { handled: u32::MAX };
        inbound.handled();
        assert_eq!(inbound.h(), 0);
    }

    #[test]
    fn answers_are_read_strictly() {
        let mut inbound = Inbound::new();
        inbound.handled();
        assert_eq!(parse_answer(&answer(inbound)), Some(1));
        let bare = || Element::bare("a", ns::STREAM_MANAGEMENT);
        assert_eq!(parse_answer(&bare()), None);
        for h in ["", "-1", "4294967296", "1 ", "0x1", "one"] {
            assert_eq!(parse_answer(&bare().with_attribute("h", h)), None, "{h:?}");
        }
        assert_eq!(parse_answer(&request()), None);
    }

    #[test]
    fn too_high_carries_both_counts() {
        let element = TooHigh { h: 10, sent: 8 }.to_element();
        let detail = element
            .get_child("handled-count-too-high", ns::STREAM_MANAGEMENT)
            .unwrap();
        assert_eq!(detail.attr("h"), Some("10"));
        assert_eq!(detail.attr("send-count"), Some("8"));
    }
}
