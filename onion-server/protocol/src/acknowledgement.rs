//! XEP-0198: stream management: what is on its way on one stream.
//!
//! A stanza that matters keeps its place in a queue until the other side has acknowledged it.
//! A peer without stream management is taken at the word of its transport: what was written
//! counts as received.

use onym_stream::stream_management::{Inbound, Outbound, TooHigh};
use onym_stream::{Element, ns};

use crate::limits;
use crate::stanza::Build;
use crate::store::Place;

/// How the other side of a stream acknowledges.
#[derive(Debug)]
pub(crate) enum Acknowledgement {
    /// It does not; the transport's word must do.
    ByTransport {
        /// Places handed to the transport and not written yet.
        unwritten: Vec<Place>,
    },
    /// It does.
    Managed {
        /// What we have handled of theirs.
        inbound: Inbound,
        /// What we have sent; stanzas with a place matter.
        outbound: Outbound<Option<Place>>,
        /// Whether we have asked and not been answered.
        asked: bool,
        /// Stanzas since we last asked.
        since_asked: usize,
        /// Places of before, which the transport has not written yet.
        unwritten: Vec<Place>,
    },
}

impl Acknowledgement {
    pub(crate) fn by_transport() -> Self {
        Self::ByTransport {
            unwritten: Vec::new(),
        }
    }

    pub(crate) fn managed() -> Self {
        Self::Managed {
            inbound: Inbound::default(),
            outbound: Outbound::default(),
            asked: false,
            since_asked: 0,
            unwritten: Vec::new(),
        }
    }

    /// From now on the other side acknowledges. What it was sent before is still its transport's
    /// to write.
    pub(crate) fn begin_managing(&mut self) {
        let before = std::mem::replace(self, Self::managed());
        if let (Self::Managed { unwritten, .. }, Self::ByTransport { unwritten: earlier }) =
            (self, before)
        {
            *unwritten = earlier;
        }
    }

    pub(crate) fn is_managed(&self) -> bool {
        matches!(self, Self::Managed { .. })
    }

    /// A stanza of theirs has been handled.
    pub(crate) fn handled(&mut self) {
        if let Self::Managed { inbound, .. } = self {
            inbound.handled();
        }
    }

    /// How many stanzas of theirs we have handled, modulo 2^32.
    pub(crate) fn h(&self) -> u32 {
        match self {
            Self::ByTransport { .. } => 0,
            Self::Managed { inbound, .. } => inbound.h(),
        }
    }

    /// Our answer to their `<r/>`.
    pub(crate) fn answer(&self) -> Option<Element> {
        let Self::Managed { inbound, .. } = self else {
            return None;
        };
        let mut answer = Element::bare("a", ns::STREAM_MANAGEMENT);
        answer.set("h", &inbound.h().to_string());
        Some(answer)
    }

    /// A stanza of ours is being sent.
    pub(crate) fn sent(&mut self, place: Option<Place>) {
        match self {
            Self::ByTransport { unwritten } => unwritten.extend(place),
            Self::Managed {
                outbound,
                since_asked,
                ..
            } => {
                outbound.sent(place);
                *since_asked = since_asked.saturating_add(1);
            }
        }
    }

    /// How many stanzas have been sent and not acknowledged.
    pub(crate) fn in_flight(&self) -> usize {
        match self {
            Self::ByTransport { unwritten } => unwritten.len(),
            Self::Managed { outbound, .. } => outbound.len(),
        }
    }

    /// How many more stanzas may be sent now.
    pub(crate) fn room(&self) -> usize {
        limits::WINDOW_STANZAS.saturating_sub(self.in_flight())
    }

    /// An `<r/>` to send now, if one is due: something has been sent since we last asked, and
    /// either that has been answered or it is much. An answer that leaves something open is no
    /// reason to ask again at once: the two sides would do nothing else.
    pub(crate) fn request(&mut self) -> Option<Element> {
        match self {
            Self::Managed {
                asked, since_asked, ..
            } if *since_asked > 0
                && (!*asked || *since_asked >= limits::ACKNOWLEDGE_EVERY_STANZAS) =>
            {
                self.probe()
            }
            _ => None,
        }
    }

    /// An `<r/>` to send now, if much has been sent since we last asked.
    pub(crate) fn request_for_many(&mut self) -> Option<Element> {
        match self {
            Self::Managed { since_asked, .. }
                if *since_asked >= limits::ACKNOWLEDGE_EVERY_STANZAS =>
            {
                self.probe()
            }
            _ => None,
        }
    }

    /// An `<r/>` to send in any case, to see whether the other side lives.
    pub(crate) fn probe(&mut self) -> Option<Element> {
        let Self::Managed {
            asked, since_asked, ..
        } = self
        else {
            return None;
        };
        *asked = true;
        *since_asked = 0;
        Some(Element::bare("r", ns::STREAM_MANAGEMENT))
    }

    /// Their `<a/>`: the places that they have now.
    pub(crate) fn acknowledged(&mut self, h: u32) -> Result<Vec<Place>, TooHigh> {
        match self {
            Self::ByTransport { .. } => Ok(Vec::new()),
            Self::Managed {
                outbound, asked, ..
            } => {
                *asked = false;
                Ok(outbound.acknowledged(h)?.into_iter().flatten().collect())
            }
        }
    }

    /// The transport has written everything: the places that count as received by that.
    pub(crate) fn flushed(&mut self) -> Vec<Place> {
        match self {
            Self::ByTransport { unwritten } | Self::Managed { unwritten, .. } => {
                std::mem::take(unwritten)
            }
        }
    }
}
