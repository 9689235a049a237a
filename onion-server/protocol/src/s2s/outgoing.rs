//! Our own streams to other servers: dialing, proving who we are, sending, and noticing that a
//! peer is gone.

use onym_stream::{ContentNamespace, Element, StreamError, StreamHeader, ns, stream_management};

use crate::acknowledgement::Acknowledgement;
use crate::context::Context;
use crate::delay;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::inbox;
use crate::input::ConnectionId;
use crate::limits;
use crate::s2s::link::{Link, Online, Open, Opening};
use crate::server::Server;
use crate::stanza::{self, Build, Condition, StanzaKind};
use crate::starttls::Tls;
use crate::store::{Change, PeerRecord, Place, QueuedStanza};
use crate::subscription::Kind;

impl Server {
    /// A stanza for another endpoint. One that matters is on disk before anything else happens.
    pub(crate) fn send_to_peer(&mut self, domain: &Domain, stanza: Element, cx: &mut Context<'_>) {
        // What a stranger did wrong is not worth our disk.
        let error = stanza.attr("type") == Some("error");
        if matters(&stanza) && (!error || self.knows(domain)) {
            self.queue_for_peer(domain, stanza, cx);
        } else {
            self.send_to_peer_briefly(domain, &stanza, cx);
        }
    }

    /// A stanza that means something now, or soon, or not at all.
    pub(crate) fn send_to_peer_briefly(
        &mut self,
        domain: &Domain,
        stanza: &Element,
        cx: &mut Context<'_>,
    ) {
        let peer = self.peers.entry(domain.clone()).or_default();
        if !peer.keep_briefly(stanza.clone(), cx.now) {
            self.bounce(stanza, Condition::ResourceConstraint, None, cx);
        }
        self.advance(domain, cx);
    }

    fn queue_for_peer(&mut self, domain: &Domain, mut stanza: Element, cx: &mut Context<'_>) {
        if stanza.attr("id").is_none() {
            // By its id the other side recognises a stanza that it has to be sent again.
            stanza.set("id", &cx.random_id());
        }
        let peer = self.peers.entry(domain.clone()).or_default();
        if peer.outbox.is_full() {
            let text = Some("too many messages wait for this contact's endpoint");
            self.bounce(&stanza, Condition::ResourceConstraint, text, cx);
        } else {
            let queued = QueuedStanza {
                since: cx.now,
                xml: stanza::to_xml(&stanza),
            };
            let place = peer.outbox.push(queued.clone());
            cx.commit(Change::PutOutbox(domain.clone(), place, queued));
        }
        self.advance(domain, cx);
    }

    /// Does what the state of the link allows next.
    fn advance(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let wanted = self.interest().wanted.contains(domain);
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
        let ours = self.domain.clone();
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
                Some((place, queued)) => {
                    let mut stanza = stanza::parse(&queued.xml);
                    if let Some(stanza) = &mut stanza
                        && StanzaKind::of(stanza) == Some(StanzaKind::Message)
                        && cx.now > queued.since
                    {
                        delay::stamp(stanza, &ours, queued.since);
                    }
                    (Some(place), stanza)
                }
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
        } else if element.has_ns(ns::TLS) {
            return self.tls_answered(id, domain, element, cx);
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
        if self.ask_for_tls(domain, features, cx) {
            return;
        }
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let (connection, deadline, stream_id) = match std::mem::take(&mut peer.link) {
            Link::Opening(Opening {
                connection,
                deadline,
                stream_id: Some(stream_id),
                tls: Tls::Possible | Tls::Settled,
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

    /// XEP-0220 §2.1.1: gives the peer our key, so that it can ask our own server about it.
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
        // §2.1.1: "The Initiating Server MUST ensure that the 'from' and 'to' attributes in this
        // response correlate to a request that was sent over the same XML stream".
        let addressed = |name| element.attr(name).and_then(Domain::parse);
        if addressed("from").as_ref() != Some(domain)
            || addressed("to").as_ref() != Some(&self.domain)
        {
            return Ok(());
        }
        let Some(peer) = self.peers.get_mut(domain) else {
            return Ok(());
        };
        if element.attr("type") != Some("valid") {
            // §2.1.1 would return what waits to its senders. Most often the peer could just not
            // reach us for a moment, so it stays in the queue, whose expiry is told.
            let reason = element.children().flat_map(Element::children).next();
            let reason = reason.map_or("no reason given", Element::name);
            return Err(Fault::Theirs(format!(
                "the peer could not verify who we are: {reason}"
            )));
        }
        // XEP-0198 has the feature offered to whom it is open. Features come before dialback, which
        // begins no new stream, so a server that offers it to those alone who have proven who they
        // are (Prosody) never does: it is asked all the same.
        match std::mem::take(&mut peer.link) {
            Link::Proving(open) if open.manages || !peer.refuses_management => {
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
        let known = self.knows(domain);
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        peer.link = Link::Online(Online {
            connection: open.connection,
            acknowledgement,
            since: cx.now,
            heard: cx.now,
            probed: None,
            active: cx.now,
        });
        // A stranger who makes us answer leaves no trace on our disk.
        if known || !peer.outbox.is_empty() {
            let last_reached = Some(cx.now);
            peer.last_reached = last_reached;
            cx.commit(Change::PutPeer(domain.clone(), PeerRecord { last_reached }));
        }
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

    /// Whether stanzas flow to a domain at this moment.
    pub(crate) fn is_online(&self, domain: &Domain) -> bool {
        self.peers
            .get(domain)
            .is_some_and(|peer| matches!(peer.link, Link::Online(_)))
    }
}

/// Whether a stanza must not be lost: messages, and what manages subscriptions.
pub(crate) fn matters(stanza: &Element) -> bool {
    match StanzaKind::of(stanza) {
        Some(StanzaKind::Message) => inbox::worth_keeping(stanza).0,
        Some(StanzaKind::Presence) => stanza.attr("type").and_then(Kind::parse).is_some(),
        _ => false,
    }
}
