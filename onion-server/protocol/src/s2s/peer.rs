//! Another endpoint: what waits for it, and how it is reached.

use std::collections::{BTreeSet, VecDeque};

use onym_identity::Timestamp;
use onym_stream::Element;

use crate::input::ConnectionId;
use crate::limits;
use crate::outbox::Outbox;
use crate::output::PeerStatus;
use crate::s2s::link::{Link, Online};

/// Another endpoint.
#[derive(Debug, Default)]
pub(crate) struct Peer {
    pub(crate) link: Link,
    /// Tries that failed since the last that did not.
    pub(crate) failures: u32,
    pub(crate) last_reached: Option<Timestamp>,
    /// When a connection was last tried; not kept across restarts.
    pub(crate) last_try: Option<Timestamp>,
    /// Stanzas that must not be lost.
    pub(crate) outbox: Outbox,
    /// Stanzas that mean something for a short while only: IQs, directed presence.
    transients: VecDeque<Transient>,
    /// XEP-0220: keys that this peer is to verify for us.
    pub(crate) verifications: VecDeque<Verification>,
    /// XEP-0198: it has ended a stream on which it was asked to acknowledge without having offered
    /// that; it is not asked again.
    pub(crate) refuses_management: bool,
    /// The peer's own streams to us, as far as proven.
    pub(crate) incoming: BTreeSet<ConnectionId>,
    /// What the owner was last told.
    pub(crate) reported: Option<PeerStatus>,
}

#[derive(Debug)]
struct Transient {
    expires: Timestamp,
    stanza: Element,
}

/// A dialback key that somebody gave us in a peer's name.
#[derive(Debug)]
pub(crate) struct Verification {
    /// The stream on which it was given.
    pub(crate) asked_on: ConnectionId,
    /// That stream's id.
    pub(crate) stream_id: String,
    pub(crate) key: String,
    pub(crate) since: Timestamp,
    /// When the peer was asked on its present link.
    pub(crate) asked: Option<Timestamp>,
}

impl Verification {
    /// When whoever gave the key is told that nothing came of it.
    pub(crate) fn expires(&self) -> Timestamp {
        self.since + limits::PROOF_TIMEOUT
    }

    /// When to look at it again if nothing happens.
    pub(crate) fn due(&self) -> Timestamp {
        let unanswered = self.asked.map(|asked| asked + limits::LIVENESS_TIMEOUT);
        self.expires().min(unanswered.unwrap_or(Timestamp::MAX))
    }
}

impl Peer {
    /// Keeps a stanza for a link that is being made. Whether there was room.
    pub(crate) fn keep_briefly(&mut self, stanza: Element, now: Timestamp) -> bool {
        let room = self.transients.len() < limits::MAX_TRANSIENTS_PER_DOMAIN;
        if room {
            let expires = now + limits::TRANSIENT_EXPIRY;
            self.transients.push_back(Transient { expires, stanza });
        }
        room
    }

    pub(crate) fn next_transient(&mut self) -> Option<Element> {
        self.transients
            .pop_front()
            .map(|transient| transient.stanza)
    }

    /// Takes out the stanzas that mean nothing any more.
    pub(crate) fn expire_transients(&mut self, now: Timestamp) -> Vec<Element> {
        let mut expired = Vec::new();
        while self
            .transients
            .front()
            .is_some_and(|transient| transient.expires <= now)
        {
            expired.extend(self.next_transient());
        }
        expired
    }

    /// Whether anything waits for a link to this peer.
    pub(crate) fn has_work(&self) -> bool {
        self.has_stanzas() || !self.verifications.is_empty()
    }

    /// Whether stanzas wait, for which we must have proven who we are.
    pub(crate) fn has_stanzas(&self) -> bool {
        !self.outbox.is_empty() || !self.transients.is_empty()
    }

    /// Whether this entry holds nothing that is worth keeping.
    pub(crate) fn is_forgettable(&self) -> bool {
        matches!(self.link, Link::Idle)
            && !self.has_work()
            && self.incoming.is_empty()
            && self.last_reached.is_none()
            && self.failures == 0
    }

    pub(crate) fn online(&mut self) -> Option<&mut Online> {
        match &mut self.link {
            Link::Online(online) => Some(online),
            _ => None,
        }
    }

    pub(crate) fn status(&self) -> PeerStatus {
        PeerStatus {
            link: self.link.status(),
            queued: self.outbox.len(),
            last_reached: self.last_reached,
            last_try: self.last_try,
        }
    }

    /// When to look at the peer again if nothing happens.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        let link = self.link.deadline();
        let verification = self.verifications.iter().map(Verification::due).min();
        let transient = self.transients.front().map(|transient| transient.expires);
        [link, transient, verification, self.outbox.next_expiry()]
            .into_iter()
            .flatten()
            .min()
    }
}
