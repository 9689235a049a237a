//! What time does to a peer: stanzas expire, links fall silent or are no longer wanted.

use crate::context::Context;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::limits;
use crate::output::Note;
use crate::s2s::link::{Link, Open, Opening};
use crate::server::Server;
use crate::stanza::{self, Condition};
use crate::store::Change;

impl Server {
    /// Looks after every peer whose time has come.
    pub(crate) fn tick_peers(&mut self, cx: &mut Context<'_>) {
        let interest = self.interest();
        let domains: Vec<_> = self.peers.keys().cloned().collect();
        for domain in domains {
            self.expire(&domain, cx);
            self.expire_verifications(&domain, cx);
            self.look_after_link(&domain, interest.wanted.contains(&domain), cx);
        }
        self.peers.retain(|_, peer| !peer.is_forgettable());
    }

    fn look_after_link(&mut self, domain: &Domain, wanted: bool, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let idle = !wanted && !peer.has_work();
        if idle && matches!(peer.link, Link::Queued) {
            peer.link = Link::Idle;
        }
        if peer.link.deadline().is_none_or(|due| due > cx.now) {
            return;
        }
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
            Link::Online(online) if online.probed.is_some() => {
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
                    let content = onym_stream::ContentNamespace::Server;
                    cx.send_element(id, &request, content);
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

    /// A claim that could not be looked into in time is answered with an error. A link on which a
    /// question is not answered is of no use: most likely the peer has restarted, and its new
    /// process waits for us to ask it.
    fn expire_verifications(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let now = cx.now;
        let (expired, kept) = std::mem::take(&mut peer.verifications)
            .into_iter()
            .partition(|verification| verification.expires() <= now);
        peer.verifications = kept;
        let unanswered = peer
            .verifications
            .iter()
            .any(|verification| verification.due() <= now);
        let link = peer.link.connection().filter(|_| unanswered);
        self.refuse_claims(domain, expired, "its server does not answer", cx);
        if let Some(id) = link {
            self.end_with(id, &Fault::timeout("the peer does not answer"), cx);
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
}
