//! XEP-0198 §5: another connection goes on with the stream of one that was lost.

use std::collections::VecDeque;
use std::time::Duration;

use jid::BareJid;
use onym_stream::{ContentNamespace, Element, ns, stream_management};

use crate::c2s::resource::Resource;
use crate::c2s::{ClientStream, LoggedIn, management_failed};
use crate::connection::Role;
use crate::context::Context;
use crate::fault::Fault;
use crate::inbox::InboxMessage;
use crate::input::ConnectionId;
use crate::limits;
use crate::server::Server;
use crate::stanza::Build;

/// What makes a stream resumable.
#[derive(Debug)]
pub(crate) struct Resumption {
    /// The name under which the client asks for it. Nobody can guess it.
    pub(crate) id: String,
    /// How long it is kept after its connection is lost.
    pub(crate) timeout: Duration,
    /// What the client has not acknowledged, oldest first; none once that was too much to be kept.
    kept: Option<VecDeque<Kept>>,
    bytes: usize,
}

/// A stanza that is sent again if the client has not acknowledged it.
#[derive(Debug)]
pub(crate) enum Kept {
    /// A message of the inbox, which says since when it waits.
    Message(InboxMessage),
    /// Another stanza, as it was written.
    Stanza(Vec<u8>),
}

impl Kept {
    fn bytes(&self) -> usize {
        match self {
            Self::Message(message) => message.xml.len(),
            Self::Stanza(bytes) => bytes.len(),
        }
    }
}

impl Resumption {
    pub(crate) fn new(id: String, timeout: Duration) -> Self {
        Self {
            id,
            timeout,
            kept: Some(VecDeque::new()),
            bytes: 0,
        }
    }

    pub(crate) fn is_possible(&self) -> bool {
        self.kept.is_some()
    }

    /// Keeps a stanza until it is acknowledged. If that is too much, nothing is kept any more: the
    /// messages stay in the inbox all the same.
    pub(crate) fn keep(&mut self, stanza: Kept) {
        self.bytes = self.bytes.saturating_add(stanza.bytes());
        let Some(kept) = &mut self.kept else { return };
        kept.push_back(stanza);
        if kept.len() > limits::MAX_KEPT_STANZAS || self.bytes > limits::MAX_KEPT_BYTES {
            self.kept = None;
        }
    }

    /// All but the latest stanzas have been acknowledged.
    pub(crate) fn keep_latest(&mut self, count: usize) {
        let Some(kept) = &mut self.kept else { return };
        while kept.len() > count
            && let Some(acknowledged) = kept.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(acknowledged.bytes());
        }
    }

    pub(crate) fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter().flatten()
    }
}

/// Streams that cannot be resumed any more, so that their clients can be told what had come of
/// them (§5: "the server MAY also include a 'h' attribute").
#[derive(Debug, Default)]
pub(crate) struct FormerStreams(VecDeque<FormerStream>);

#[derive(Debug)]
struct FormerStream {
    account: BareJid,
    id: String,
    h: u32,
}

impl FormerStreams {
    pub(crate) fn remember(&mut self, resource: &Resource) {
        let Some(resumption) = &resource.resumption else {
            return;
        };
        if self.0.len() >= limits::MAX_FORMER_STREAMS {
            self.0.pop_front();
        }
        self.0.push_back(FormerStream {
            account: resource.account.clone(),
            id: resumption.id.clone(),
            h: resource.acknowledgement.h(),
        });
    }

    /// How many of the client's stanzas had been handled. None of an unknown stream, as far as
    /// anybody knows.
    fn h(&self, account: &BareJid, id: &str) -> u32 {
        let found = self.0.iter().rev();
        let mut found = found.filter(|former| former.account == *account && former.id == id);
        found.next().map_or(0, |former| former.h)
    }
}

/// §5: a stream cannot be resumed. `h` is always there, since clients that miss it loop.
pub(crate) fn failed(h: u32) -> Element {
    let mut failed = management_failed("item-not-found");
    failed.set("h", &h.to_string());
    failed
}

impl Server {
    /// A client that has logged in asks for a stream that it had before.
    pub(crate) fn resume(
        &mut self,
        id: ConnectionId,
        element: &Element,
        client: &LoggedIn,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let previous = element.attr("previd").unwrap_or_default();
        let handled = element.attr("h").and_then(|h| h.parse::<u32>().ok());
        let Some((former, h)) = self.resumable(client, previous).zip(handled) else {
            return self.refuse_resumption(id, client, previous, cx);
        };
        let received = match self.resource(former).map(|r| r.resumed_from(h)) {
            Some(Ok(received)) => received,
            // Its count and ours have nothing to do with each other: what either has is unknown.
            _ => {
                self.end_with(former, &Fault::conflict(), cx);
                return self.refuse_resumption(id, client, previous, cx);
            }
        };
        let Some(mut resource) = self.take_over(former, cx) else {
            return Ok(());
        };
        if let Some(account) = self.accounts.get_mut(&resource.account) {
            account.resources.insert(resource.name.clone(), id);
        }
        let mut resumed = Element::bare("resumed", ns::STREAM_MANAGEMENT);
        resumed.set("previd", previous);
        resumed.set("h", &resource.acknowledgement.h().to_string());
        cx.send_element(id, &resumed, ContentNamespace::Client);
        resource.resume(id, &self.domain, cx);
        self.connection(id)?.role = Role::Client(ClientStream::Bound(resource));
        self.inbox_received(id, &received, cx);
        Ok(())
    }

    fn refuse_resumption(
        &mut self,
        id: ConnectionId,
        client: &LoggedIn,
        previous: &str,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let failed = failed(self.former.h(&client.account, previous));
        cx.send_element(id, &failed, ContentNamespace::Client);
        Ok(())
    }

    /// The connection whose stream the client may resume: its own, and by the same device.
    fn resumable(&self, client: &LoggedIn, previous: &str) -> Option<ConnectionId> {
        let account = self.accounts.get(&client.account)?;
        let mut streams = self.resources_of(account);
        let found = streams.find(|(_, resource)| {
            resource.device == client.device
                && resource
                    .resumption
                    .as_ref()
                    .is_some_and(|resumption| resumption.is_possible() && resumption.id == previous)
        });
        found.map(|(id, _)| id)
    }

    /// Takes a stream from its connection. If that is still there, it is closed (§5: "the server
    /// SHOULD send a 'conflict' stream error and close that stream").
    fn take_over(&mut self, former: ConnectionId, cx: &mut Context<'_>) -> Option<Box<Resource>> {
        let lost = self.resource(former)?.is_lost();
        let mut connection = self.connections.remove(&former)?;
        if !lost && let Some(conflict) = Fault::conflict().to_element() {
            cx.send_element(former, &conflict, ContentNamespace::Client);
            connection.close(former, cx);
        }
        match connection.role {
            Role::Client(ClientStream::Bound(resource)) => Some(resource),
            _ => None,
        }
    }

    /// A connection is gone. A stream that can be resumed waits for another one.
    pub(crate) fn lost(&mut self, id: ConnectionId, why: &str, cx: &mut Context<'_>) {
        let Some(resource) = self.resource(id).filter(|r| r.can_be_resumed()) else {
            self.gone(id, why, cx);
            return;
        };
        if resource.is_lost() {
            return;
        }
        resource.lose(cx.now);
        let account = resource.account.clone();
        self.end_oldest_lost(&account, cx);
    }

    /// Nobody has so many devices; whoever makes streams and loses them is not to fill our memory.
    fn end_oldest_lost(&mut self, bare: &BareJid, cx: &mut Context<'_>) {
        let Some(account) = self.accounts.get(bare) else {
            return;
        };
        let lost = self
            .resources_of(account)
            .filter_map(|(id, resource)| Some((resource.lost_since()?, id)));
        let lost: Vec<_> = lost.collect();
        if lost.len() > limits::MAX_LOST_STREAMS_PER_ACCOUNT
            && let Some((_, oldest)) = lost.iter().min()
        {
            self.gone(*oldest, "too many streams wait to be resumed", cx);
        }
    }

    /// Ends the streams of clients for which too much waits: other clients have taken messages out
    /// of the inbox that these have not.
    pub(crate) fn end_overfull(&mut self, cx: &mut Context<'_>) {
        let overfull = self.accounts.values().flat_map(|account| {
            let overfull = self.resources_of(account).filter(|(_, r)| r.is_overfull());
            overfull.map(|(id, _)| id)
        });
        let overfull: Vec<_> = overfull.collect();
        for id in overfull {
            self.end_with(id, &Fault::too_much_waits(), cx);
        }
    }

    /// §3: a client enables stream management, and may want to be able to resume.
    pub(crate) fn enable_management(
        &mut self,
        id: ConnectionId,
        element: &Element,
        cx: &mut Context<'_>,
    ) {
        let stream_id = cx.random_id();
        let Some(resource) = self.resource(id) else {
            return;
        };
        if resource.acknowledgement.is_managed() {
            let failed = management_failed("unexpected-request");
            cx.send_element(id, &failed, ContentNamespace::Client);
            return;
        }
        resource.acknowledgement.begin_managing();
        let mut enabled = stream_management::enabled();
        if matches!(element.attr("resume"), Some("true" | "1")) {
            let preferred = element.attr("max").and_then(|max| max.parse().ok());
            let timeout = preferred.map_or(limits::RESUMPTION_TIMEOUT, Duration::from_secs);
            let timeout = timeout.min(limits::RESUMPTION_TIMEOUT);
            enabled.set("id", &stream_id);
            enabled.set("resume", "true");
            enabled.set("max", &timeout.as_secs().to_string());
            resource.resumption = Some(Resumption::new(stream_id, timeout));
        }
        cx.send_element(id, &enabled, ContentNamespace::Client);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(bytes: usize) -> Kept {
        Kept::Stanza(vec![b'x'; bytes])
    }

    #[test]
    fn only_what_is_not_acknowledged_is_kept() {
        let mut resumption = Resumption::new("id".into(), Duration::ZERO);
        for bytes in [1, 2, 3] {
            resumption.keep(stanza(bytes));
        }
        resumption.keep_latest(2);
        let sizes: Vec<_> = resumption.kept().map(Kept::bytes).collect();
        assert_eq!((sizes, resumption.bytes), (vec![2, 3], 5));
        resumption.keep_latest(5);
        assert_eq!(resumption.kept().count(), 2);
    }

    #[test]
    fn a_client_that_never_acknowledges_gives_up_resumption_and_nothing_else() {
        let mut resumption = Resumption::new("id".into(), Duration::ZERO);
        for _ in 0..limits::MAX_KEPT_STANZAS {
            resumption.keep(stanza(1));
        }
        assert!(resumption.is_possible());
        resumption.keep(stanza(1));
        assert!(!resumption.is_possible());
        let mut resumption = Resumption::new("id".into(), Duration::ZERO);
        resumption.keep(stanza(limits::MAX_KEPT_BYTES));
        assert!(resumption.is_possible());
        resumption.keep(stanza(1));
        assert!(!resumption.is_possible());
        assert_eq!(resumption.kept().count(), 0);
    }
}
