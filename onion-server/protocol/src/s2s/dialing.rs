//! Whom we connect to and when: a few at a time, those who matter first, and with growing pauses.

use std::cmp::Reverse;

use crate::connection::{Connection, Role};
use crate::context::Context;
use crate::domain::Domain;
use crate::input::{ConnectionId, DialFailure};
use crate::limits;
use crate::outbox::back_off;
use crate::output::AwayReason;
use crate::output::Effect;
use crate::s2s::link::{Link, Online, Opening, Waiting};
use crate::server::Server;
use crate::starttls::Tls;

/// Connections that may be made at once for strangers whose claims we are to verify: half, so that
/// they never keep us from reaching those whom the owner knows.
const MAX_CONCURRENT_DIALS_FOR_STRANGERS: usize = limits::MAX_CONCURRENT_DIALS / 2;

impl Server {
    /// Dials whom we want to reach, as many as may be dialed at once: first those for whom
    /// something waits or whom the owner knows, the most recently reached before the others.
    pub(crate) fn dial_due(&mut self, cx: &mut Context<'_>) {
        if self.is_leaving {
            return;
        }
        let interest = self.interest();
        for domain in &interest.wanted {
            if !self.peers.contains_key(domain) {
                self.peers.entry(domain.clone()).or_default();
            }
        }
        let mut dialing = 0_usize;
        let mut due = Vec::new();
        for (domain, peer) in &self.peers {
            let is_due = match &peer.link {
                Link::Idle | Link::Queued => true,
                Link::Waiting(waiting) => waiting.until <= cx.now,
                Link::Dialing => {
                    dialing = dialing.saturating_add(1);
                    false
                }
                _ => false,
            };
            let known = peer.has_stanzas() || interest.wanted.contains(domain);
            if is_due && (known || peer.has_work()) {
                // Among strangers whoever has waited longest, or a name would decide.
                let claimed = peer.verifications.front().map(|claim| claim.since);
                let turn = (Reverse((known, peer.last_reached)), claimed);
                due.push((turn, domain.clone()));
            }
        }
        due.sort();
        for ((Reverse((known, _)), _), domain) in due {
            let most = if known {
                limits::MAX_CONCURRENT_DIALS
            } else {
                MAX_CONCURRENT_DIALS_FOR_STRANGERS
            };
            let Some(peer) = self.peers.get_mut(&domain) else {
                continue;
            };
            if dialing >= most {
                // Its turn comes when one of the others is done, not at a time.
                peer.link = Link::Queued;
                continue;
            }
            dialing = dialing.saturating_add(1);
            peer.link = Link::Dialing;
            peer.last_try = Some(cx.now);
            cx.effect(Effect::Dial { domain });
        }
    }

    /// There is reason to believe that the peer can be reached now: the back-off ends.
    pub(crate) fn wake(&mut self, domain: &Domain) {
        if let Some(peer) = self.peers.get_mut(domain)
            && matches!(peer.link, Link::Waiting(_))
        {
            peer.link = Link::Idle;
        }
    }

    pub(crate) fn dialed(&mut self, id: ConnectionId, domain: &Domain, cx: &mut Context<'_>) {
        let ours = self.domain.clone();
        let Some(peer) = self
            .peers
            .get_mut(domain)
            .filter(|p| matches!(p.link, Link::Dialing))
        else {
            cx.effect(Effect::Close { connection: id });
            return;
        };
        let deadline = cx.now + limits::PROOF_TIMEOUT;
        peer.link = Link::Opening(Opening {
            connection: id,
            deadline,
            stream_id: None,
            tls: Tls::Possible,
        });
        let mut connection = Connection::new(Role::Outgoing(domain.clone()), cx.now);
        connection.open(id, &ours, Some(domain), None, cx);
        self.connections.insert(id, connection);
    }

    pub(crate) fn dial_failed(
        &mut self,
        domain: &Domain,
        failure: DialFailure,
        cx: &mut Context<'_>,
    ) {
        let dialing = self.peers.get(domain);
        if !dialing.is_some_and(|peer| matches!(peer.link, Link::Dialing)) {
            return;
        }
        self.cannot_verify(domain, &failure.why, cx);
        self.link_failed(domain, failure.reason, failure.why, cx);
    }

    /// The link is gone. What was not acknowledged goes back to its queue, and the next try waits.
    fn link_failed(
        &mut self,
        domain: &Domain,
        reason: AwayReason,
        why: String,
        cx: &mut Context<'_>,
    ) {
        let random = cx.rng.next_u32();
        let known = self.knows(domain);
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        // A peer that we lose again as soon as we have reached it is no better than one that we do
        // not reach.
        let held =
            |online: &Online| cx.now.saturating_since(online.since) >= limits::LIVENESS_INTERVAL;
        let was_reached = matches!(&peer.link, Link::Online(online) if held(online));
        if reason != AwayReason::OurSide {
            peer.failures = if was_reached {
                1
            } else {
                peer.failures.saturating_add(1)
            };
        }
        let mut pause = back_off(peer.failures.max(1), random);
        if !known && !peer.has_stanzas() {
            pause = pause.min(limits::LONGEST_BACK_OFF_FOR_STRANGERS);
        }
        let until = cx.now + pause;
        peer.link = Link::Waiting(Waiting { until, reason, why });
        peer.outbox.unsend();
        for verification in &mut peer.verifications {
            verification.asked = None;
        }
        if peer.incoming.is_empty() {
            self.peer_lost(domain, cx);
        }
    }

    /// Our stream to a peer has ended. Called once its connection is no longer known.
    pub(crate) fn outgoing_gone(&mut self, domain: &Domain, why: String, cx: &mut Context<'_>) {
        let wanted = self.interest().wanted.contains(domain);
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        // RFC 6120 §4.9.3.24: a server may end the stream for an element that it does not know.
        // Nothing has been sent yet, and the next stream goes without.
        let refused = matches!(&peer.link, Link::Enabling(open) if !open.manages);
        peer.refuses_management |= refused;
        let served = matches!(peer.link, Link::Open(_) | Link::Online(_));
        if !served || wanted || peer.has_work() {
            self.link_failed(domain, AwayReason::Ended, why, cx);
            if refused {
                self.wake(domain);
            }
            return;
        }
        peer.link = Link::Idle;
        peer.failures = 0;
        if peer.incoming.is_empty() {
            self.peer_lost(domain, cx);
        }
    }
}
