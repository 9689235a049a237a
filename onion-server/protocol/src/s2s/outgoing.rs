//! Our own streams to other servers: dialing, proving who we are, sending, and noticing that a
//! peer is gone.

use onym_stream::{ContentNamespace, Element, StreamError, StreamHeader, ns, stream_management};

use crate::acknowledgement::Acknowledgement;
use crate::connection::{Connection, Role};
use crate::context::Context;
use crate::domain::Domain;
use crate::inbox;
use crate::input::{ConnectionId, DialFailure};
use crate::limits;
use crate::outbox::back_off;
use crate::output::{Effect, Note};
use crate::s2s::link::{Link, Online, Open, Opening, Waiting};
use crate::server::{Fault, Server};
use crate::stanza::{self, Build, Condition, StanzaKind};
use crate::store::{Change, PeerRecord, Place, QueuedStanza};
use crate::subscription::Kind;

impl Server {
    /// A stanza for another endpoint. One that matters is on disk before anything else happens.
    pub(crate) fn send_to_peer(&mut self, domain: &Domain, stanza: &Element, cx: &mut Context<'_>) {
        let peer = self.peers.entry(domain.clone()).or_default();
        if !matters(stanza) {
            if !peer.keep_briefly(stanza.clone(), cx.now) {
                self.bounce(stanza, Condition::ResourceConstraint, None, cx);
            }
        } else if peer.outbox.is_full() {
            let text = Some("too many messages wait for this contact's endpoint");
            self.bounce(stanza, Condition::ResourceConstraint, text, cx);
        } else {
            let queued = QueuedStanza {
                since: cx.now,
                xml: stanza::to_xml(stanza),
            };
            let place = peer.outbox.push(queued.clone());
            cx.commit(Change::PutOutbox(domain.clone(), place, queued));
        }
        self.advance(domain, cx);
    }

    /// Does what the state of the link allows next.
    fn advance(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let wanted = self.interest().contains(domain);
        let Some(peer) = self.peers.get(domain) else {
            return;
        };
        match &peer.link {
            Link::Open(_) if wanted || peer.has_stanzas() => self.prove(domain, cx),
            Link::Online(_) => self.pump(domain, cx),
            _ => {}
        }
    }

    /// Sends as much as the peer may have in flight.
    fn pump(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        loop {
            let Link::Online(online) = &peer.link else {
                return;
            };
            if online.acknowledgement.room() == 0 {
                break;
            }
            let (place, stanza) = match peer.outbox.next_unsent() {
                Some((place, queued)) => (Some(place), stanza::parse(&queued.xml)),
                None => match peer.next_transient() {
                    Some(stanza) => (None, Some(stanza)),
                    None => break,
                },
            };
            let (Some(stanza), Link::Online(online)) = (stanza, &mut peer.link) else {
                continue;
            };
            online.acknowledgement.sent(place);
            online.active = cx.now;
            cx.send_element(online.connection, &stanza, ContentNamespace::Server);
        }
        if let Some(online) = peer.online()
            && let Some(request) = online.acknowledgement.request()
        {
            cx.send_element(online.connection, &request, ContentNamespace::Server);
        }
    }

    /// The peer has these stanzas now.
    fn outbox_received(&mut self, domain: &Domain, places: &[Place], cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        for &place in places {
            if peer.outbox.remove(place) {
                cx.commit(Change::RemoveOutbox(domain.clone(), place));
            }
        }
        self.pump(domain, cx);
    }

    pub(crate) fn outgoing_flushed(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let Some(online) = self.peers.get_mut(domain).and_then(|peer| peer.online()) else {
            return;
        };
        let received = online.acknowledgement.flushed();
        if !received.is_empty() {
            self.outbox_received(domain, &received, cx);
        }
    }

    /// Dials whom we want to reach, as many as may be dialed at once: first those for whom
    /// something waits or whom the owner knows, the most recently reached before the others.
    pub(crate) fn dial_due(&mut self, cx: &mut Context<'_>) {
        let interest = self.interest().clone();
        for domain in &interest {
            self.peers.entry(domain.clone()).or_default();
        }
        let dialing = self
            .peers
            .values()
            .filter(|peer| matches!(peer.link, Link::Dialing))
            .count();
        let mut room = limits::MAX_CONCURRENT_DIALS.saturating_sub(dialing);
        let mut due: Vec<_> = self
            .peers
            .iter()
            .filter(|(domain, peer)| {
                let due = match &peer.link {
                    Link::Idle => true,
                    Link::Waiting(waiting) => waiting.until <= cx.now,
                    _ => false,
                };
                due && (peer.has_work() || interest.contains(*domain))
            })
            .map(|(domain, peer)| {
                let known = peer.has_stanzas() || interest.contains(domain);
                (
                    std::cmp::Reverse((known, peer.last_reached)),
                    domain.clone(),
                )
            })
            .collect();
        due.sort();
        for (std::cmp::Reverse((known, _)), domain) in due {
            // Half of the room is never taken by strangers whose claims we are to verify.
            let room_for_this = if known {
                room
            } else {
                room.saturating_sub(limits::MAX_CONCURRENT_DIALS / 2)
            };
            if room_for_this == 0 {
                continue;
            }
            room -= 1;
            if let Some(peer) = self.peers.get_mut(&domain) {
                peer.link = Link::Dialing;
                cx.effect(Effect::Dial { domain });
            }
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
        self.cannot_verify(domain, &failure.why, cx);
        self.link_failed(domain, failure.ours, failure.why, cx);
    }

    /// The link is gone. What was not acknowledged goes back to its queue, and the next try waits.
    fn link_failed(&mut self, domain: &Domain, ours: bool, why: String, cx: &mut Context<'_>) {
        let random = cx.rng.next_u32();
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let was_online = matches!(peer.link, Link::Online(_));
        if !ours {
            peer.failures = if was_online {
                1
            } else {
                peer.failures.saturating_add(1)
            };
        }
        let until = cx.now + back_off(peer.failures.max(1), random);
        peer.link = Link::Waiting(Waiting { until, why });
        peer.outbox.unsend();
        for verification in &mut peer.verifications {
            verification.sent = false;
        }
        if peer.incoming.is_empty() {
            self.peer_lost(domain, cx);
        }
    }

    /// Our stream to a peer has ended. Called once its connection is no longer known.
    pub(crate) fn outgoing_gone(&mut self, domain: &Domain, why: String, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let idle = matches!(peer.link, Link::Open(_)) && !peer.has_work();
        if idle
            || matches!(&peer.link, Link::Online(_))
                && !peer.has_work()
                && !self.interest().contains(domain)
        {
            if let Some(peer) = self.peers.get_mut(domain) {
                peer.link = Link::Idle;
                if peer.incoming.is_empty() {
                    self.peer_lost(domain, cx);
                }
            }
            return;
        }
        self.link_failed(domain, false, why, cx);
    }

    pub(crate) fn outgoing_opened(
        &mut self,
        domain: &Domain,
        header: &StreamHeader,
    ) -> Result<(), Fault> {
        if let Some(Link::Opening(opening)) = self.peers.get_mut(domain).map(|peer| &mut peer.link)
        {
            // RFC 6120 §4.7.3: the receiving entity gives the stream its id; dialback needs it.
            if header.id.is_none() {
                return Err(Fault::bad_format("the stream has no id"));
            }
            opening.stream_id.clone_from(&header.id);
        }
        Ok(())
    }

    pub(crate) fn outgoing_element(
        &mut self,
        id: ConnectionId,
        domain: &Domain,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        if let Some(online) = self.peers.get_mut(domain).and_then(|peer| peer.online()) {
            online.heard = cx.now;
            online.probed = None;
        }
        if element.is("features", ns::STREAM) {
            self.outgoing_features(domain, element, cx);
        } else if element.is("result", ns::DIALBACK) && element.attr("type").is_some() {
            return self.proof_answered(domain, element, cx);
        } else if element.is("verify", ns::DIALBACK) {
            if element.attr("type").is_some() {
                self.verified(domain, element, cx);
            } else {
                self.answer_verify(id, element, cx);
            }
        } else if element.has_ns(ns::STREAM_MANAGEMENT) {
            return self.outgoing_management(id, domain, element, cx);
        } else if element.is("error", ns::STREAM) {
            let error = StreamError::from_element(element);
            let why = error.map_or_else(String::new, |error| error.to_string());
            return Err(Fault::Theirs(why));
        } else {
            // The stream carries stanzas one way only: nothing here has been proven to us.
            return Err(Fault::not_authorized(
                "this stream carries stanzas from us to you only",
            ));
        }
        Ok(())
    }

    fn outgoing_features(&mut self, domain: &Domain, features: &Element, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let (connection, deadline, stream_id) = match std::mem::take(&mut peer.link) {
            Link::Opening(Opening {
                connection,
                deadline,
                stream_id: Some(stream_id),
            }) => (connection, deadline, stream_id),
            other => {
                peer.link = other;
                return;
            }
        };
        let manages = features.has_child("sm", ns::STREAM_MANAGEMENT);
        peer.link = Link::Open(Open {
            connection,
            deadline,
            stream_id,
            manages,
        });
        if let Some(connection) = self.connections.get_mut(&connection) {
            // We chose whom to dial, and the network has proven that it answers.
            connection.reader.authenticated();
        }
        self.ask(domain, cx);
        self.advance(domain, cx);
    }

    /// XEP-0220 §2.1: gives the peer our key, so that it can ask our own server about it.
    fn prove(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        match std::mem::take(&mut peer.link) {
            Link::Open(open) => {
                let mut result = Element::bare("result", ns::DIALBACK);
                result.set("from", self.domain.as_str());
                result.set("to", domain.as_str());
                result.append_text(self.secret.key(domain, &self.domain, &open.stream_id));
                cx.send_element(open.connection, &result, ContentNamespace::Server);
                let deadline = cx.now + limits::PROOF_TIMEOUT;
                peer.link = Link::Proving(Open { deadline, ..open });
            }
            other => peer.link = other,
        }
    }

    fn proof_answered(
        &mut self,
        domain: &Domain,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let Some(peer) = self.peers.get_mut(domain) else {
            return Ok(());
        };
        if element.attr("type") != Some("valid") {
            let reason = element.children().flat_map(Element::children).next();
            let reason = reason.map_or("no reason given", Element::name);
            return Err(Fault::Theirs(format!(
                "the peer could not verify who we are: {reason}"
            )));
        }
        match std::mem::take(&mut peer.link) {
            Link::Proving(open) if open.manages => {
                cx.send_element(
                    open.connection,
                    &stream_management::enable(),
                    ContentNamespace::Server,
                );
                peer.link = Link::Enabling(open);
            }
            Link::Proving(open) => {
                self.come_online(domain, &open, Acknowledgement::by_transport(), cx)
            }
            other => peer.link = other,
        }
        Ok(())
    }

    fn come_online(
        &mut self,
        domain: &Domain,
        open: &Open,
        acknowledgement: Acknowledgement,
        cx: &mut Context<'_>,
    ) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        peer.link = Link::Online(Online {
            connection: open.connection,
            acknowledgement,
            heard: cx.now,
            probed: None,
            active: cx.now,
        });
        peer.failures = 0;
        peer.last_reached = Some(cx.now);
        cx.commit(Change::PutPeer(
            domain.clone(),
            PeerRecord {
                last_reached: Some(cx.now),
            },
        ));
        self.introduce_to_peer(domain, cx);
        self.pump(domain, cx);
    }

    fn outgoing_management(
        &mut self,
        id: ConnectionId,
        domain: &Domain,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let Some(peer) = self.peers.get_mut(domain) else {
            return Ok(());
        };
        let settled = match element.name() {
            "enabled" => Some(Acknowledgement::managed()),
            "failed" => Some(Acknowledgement::by_transport()),
            _ => None,
        };
        if let Some(acknowledgement) = settled {
            match std::mem::take(&mut peer.link) {
                Link::Enabling(open) => self.come_online(domain, &open, acknowledgement, cx),
                other => peer.link = other,
            }
            return Ok(());
        }
        let Some(online) = peer.online() else {
            return Ok(());
        };
        match element.name() {
            "r" => {
                if let Some(answer) = online.acknowledgement.answer() {
                    cx.send_element(id, &answer, ContentNamespace::Server);
                }
            }
            "a" => {
                let Some(h) = stream_management::parse_answer(element) else {
                    return Err(Fault::bad_format("an acknowledgement needs a number"));
                };
                let received = online
                    .acknowledgement
                    .acknowledged(h)
                    .map_err(Fault::TooHigh)?;
                self.outbox_received(domain, &received, cx);
            }
            _ => return Err(Fault::unsupported()),
        }
        Ok(())
    }

    /// Looks after every peer whose time has come.
    pub(crate) fn tick_peers(&mut self, cx: &mut Context<'_>) {
        let interest = self.interest().clone();
        let domains: Vec<_> = self.peers.keys().cloned().collect();
        for domain in domains {
            self.expire(&domain, cx);
            self.look_after_link(&domain, interest.contains(&domain), cx);
        }
        self.peers.retain(|_, peer| !peer.is_forgettable());
    }

    fn look_after_link(&mut self, domain: &Domain, wanted: bool, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let Some(due) = peer.link.deadline().filter(|due| *due <= cx.now) else {
            return;
        };
        let idle = !wanted && !peer.has_work();
        match &mut peer.link {
            Link::Waiting(_) if idle => {
                peer.link = Link::Idle;
                peer.failures = 0;
            }
            Link::Open(open) => {
                let id = open.connection;
                self.end(id, cx);
            }
            Link::Opening(Opening { connection: id, .. })
            | Link::Proving(Open { connection: id, .. })
            | Link::Enabling(Open { connection: id, .. }) => {
                let id = *id;
                self.end_with(id, &Fault::timeout("the peer does not answer"), cx);
            }
            Link::Online(online) if online.probed.is_some() && due <= cx.now => {
                let id = online.connection;
                // Whatever the peer's own streams look like, its process does not answer: they go
                // too, and its contacts are not shown as present.
                let theirs: Vec<_> = peer.incoming.iter().copied().collect();
                self.end_with(id, &Fault::timeout("the peer does not answer"), cx);
                theirs
                    .into_iter()
                    .for_each(|id| self.end_with(id, &Fault::timeout("no answer"), cx));
            }
            Link::Online(online) => {
                let id = online.connection;
                if idle && cx.now.saturating_since(online.active) >= limits::IDLE_LINK {
                    self.end(id, cx);
                } else if let Some(request) = online.acknowledgement.probe() {
                    online.probed = Some(cx.now);
                    cx.send_element(id, &request, ContentNamespace::Server);
                } else {
                    // A peer that cannot acknowledge gets white space (RFC 6120 §4.6.1): if the
                    // connection is dead, the transport will notice.
                    online.heard = cx.now;
                    cx.send(id, b" ".to_vec());
                }
            }
            _ => {}
        }
    }

    /// Tells senders of what has waited too long.
    fn expire(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let late = peer.expire_transients(cx.now);
        let expired = peer.outbox.expire(cx.now);
        for stanza in late {
            self.bounce(&stanza, Condition::RemoteServerTimeout, None, cx);
        }
        for (place, queued) in expired {
            cx.commit(Change::RemoveOutbox(domain.clone(), place));
            cx.note(Note::Expired {
                domain: domain.to_string(),
            });
            if let Some(stanza) = stanza::parse(&queued.xml) {
                let text = Some("the contact's endpoint could not be reached for 30 days");
                self.bounce(&stanza, Condition::RemoteServerTimeout, text, cx);
            }
        }
    }

    /// Whether stanzas flow to a domain at this moment.
    pub(crate) fn is_online(&self, domain: &Domain) -> bool {
        self.peers
            .get(domain)
            .is_some_and(|peer| matches!(peer.link, Link::Online(_)))
    }
}

/// Whether a stanza must not be lost: messages, and what manages subscriptions.
fn matters(stanza: &Element) -> bool {
    match StanzaKind::of(stanza) {
        Some(StanzaKind::Message) => inbox::worth_keeping(stanza).0,
        Some(StanzaKind::Presence) => stanza.attr("type").and_then(Kind::parse).is_some(),
        _ => false,
    }
}
