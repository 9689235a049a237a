//! XEP-0220: server dialback: claims, keys and what becomes of them.

use onym_stream::{ContentNamespace, Element, ns};

use crate::connection::Role;
use crate::context::Context;
use crate::domain::Domain;
use crate::input::ConnectionId;
use crate::limits;
use crate::output::Note;
use crate::s2s::peer::Verification;
use crate::server::{Fault, Server};
use crate::stanza::Build;

impl Server {
    /// §2.1.1, as the receiving server: somebody claims a domain and gives a key for it. The
    /// domain itself is asked, over a connection that we make to it.
    pub(crate) fn claim(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let domain = |name| element.attr(name).and_then(Domain::parse);
        let (Some(theirs), Some(ours)) = (domain("from"), domain("to")) else {
            return Err(Fault::improper_addressing());
        };
        if ours != self.domain {
            // §2.5: "the target domain is not served here".
            self.result(id, &theirs, "error", Some("item-not-found"), cx);
            return Ok(());
        }
        if theirs == self.domain {
            return Err(Fault::invalid_from());
        }
        let Some(stream) = self.incoming(id) else {
            return Ok(());
        };
        if stream.proven.contains(&theirs) {
            self.result(id, &theirs, "valid", None, cx);
            return Ok(());
        }
        if stream.proven.len() + stream.proving.len() >= limits::MAX_DOMAINS_PER_STREAM {
            self.result(id, &theirs, "error", Some("resource-constraint"), cx);
            return Ok(());
        }
        if !stream.proving.insert(theirs.clone()) {
            return Ok(());
        }
        let verification = Verification {
            asked_on: id,
            stream_id: stream.stream_id.clone(),
            key: element.text(),
            sent: false,
        };
        self.peers
            .entry(theirs.clone())
            .or_default()
            .verifications
            .push_back(verification);
        // Whoever stands behind the claim, the domain seems to be up: what waits for it need not
        // wait for the back-off to end.
        self.wake(&theirs);
        self.ask(&theirs, cx);
        Ok(())
    }

    /// §2.2.1: sends the peer every key that it has not been asked about, once its stream is open.
    pub(crate) fn ask(&mut self, domain: &Domain, cx: &mut Context<'_>) {
        use crate::s2s::link::Link;
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let connection = match &peer.link {
            Link::Open(open) | Link::Proving(open) | Link::Enabling(open) => open.connection,
            Link::Online(online) => online.connection,
            _ => return,
        };
        for verification in peer.verifications.iter_mut().filter(|v| !v.sent) {
            verification.sent = true;
            let mut verify = Element::bare("verify", ns::DIALBACK);
            verify.set("from", self.domain.as_str());
            verify.set("to", domain.as_str());
            verify.set("id", &verification.stream_id);
            verify.append_text(verification.key.as_str());
            cx.send_element(connection, &verify, ContentNamespace::Server);
        }
    }

    /// §2.2.2: the peer says whether a key is its own.
    pub(crate) fn verified(&mut self, domain: &Domain, element: &Element, cx: &mut Context<'_>) {
        // The answer counts only if it comes from the domain that was asked, for ours.
        let addressed = |name| element.attr(name).and_then(Domain::parse);
        if addressed("from").as_ref() != Some(domain)
            || addressed("to") != Some(self.domain.clone())
        {
            return;
        }
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        let asked = |v: &Verification| v.sent && Some(v.stream_id.as_str()) == element.attr("id");
        let Some(position) = peer.verifications.iter().position(asked) else {
            return;
        };
        let Some(verification) = peer.verifications.remove(position) else {
            return;
        };
        let id = verification.asked_on;
        let valid = element.attr("type") == Some("valid");
        let Some(stream) = self.incoming(id) else {
            return;
        };
        if !stream.proving.remove(domain) {
            return;
        }
        if !valid {
            let why = "its server does not know the key".to_owned();
            cx.note(Note::DomainRefused {
                domain: domain.to_string(),
                why,
            });
            self.result(id, domain, "invalid", None, cx);
            // §2.1.2: "the receiving server SHOULD terminate the stream".
            self.end(id, cx);
            return;
        }
        stream.proven.insert(domain.clone());
        if let Ok(connection) = self.connection(id) {
            connection.reader.authenticated();
        }
        if let Some(peer) = self.peers.get_mut(domain) {
            peer.incoming.insert(id);
        }
        cx.note(Note::DomainProven {
            domain: domain.to_string(),
        });
        self.result(id, domain, "valid", None, cx);
    }

    /// The peer could not be asked: whoever claimed the domain is told, and has proven nothing.
    pub(crate) fn cannot_verify(&mut self, domain: &Domain, why: &str, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(domain) else {
            return;
        };
        for verification in std::mem::take(&mut peer.verifications) {
            let id = verification.asked_on;
            let Some(stream) = self.incoming(id) else {
                continue;
            };
            stream.proving.remove(domain);
            cx.note(Note::DomainRefused {
                domain: domain.to_string(),
                why: why.to_owned(),
            });
            self.result(id, domain, "error", Some("remote-server-not-found"), cx);
        }
    }

    /// §2.3, as the authoritative server: somebody asks whether a key is ours.
    pub(crate) fn answer_verify(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) {
        if element.attr("type").is_some() {
            return;
        }
        let domain = |name| element.attr(name).and_then(Domain::parse);
        let (Some(theirs), Some(ours), Some(stream_id)) =
            (domain("from"), domain("to"), element.attr("id"))
        else {
            return;
        };
        let valid = ours == self.domain
            && self
                .secret
                .verify(&element.text(), &theirs, &ours, stream_id);
        let mut answer = Element::bare("verify", ns::DIALBACK);
        answer.set("from", ours.as_str());
        answer.set("to", theirs.as_str());
        answer.set("id", stream_id);
        answer.set("type", if valid { "valid" } else { "invalid" });
        cx.send_element(id, &answer, ContentNamespace::Server);
    }

    /// §2.1.2: what became of a claim.
    fn result(
        &mut self,
        id: ConnectionId,
        domain: &Domain,
        kind: &'static str,
        error: Option<&'static str>,
        cx: &mut Context<'_>,
    ) {
        if !self
            .connections
            .get(&id)
            .is_some_and(|c| matches!(c.role, Role::Incoming(_)))
        {
            return;
        }
        let mut result = Element::bare("result", ns::DIALBACK);
        result.set("from", self.domain.as_str());
        result.set("to", domain.as_str());
        result.set("type", kind);
        if let Some(condition) = error {
            let mut error = Element::bare("error", ns::CLIENT);
            error.set("type", "cancel");
            error.append_child(Element::bare(condition, ns::STANZA_ERRORS));
            result.append_child(error);
        }
        cx.send_element(id, &result, ContentNamespace::Server);
    }
}
