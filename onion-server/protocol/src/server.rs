//! The server: one machine that is handed what happens and is polled for what is to be done.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jid::{BareJid, Jid};
use onym_identity::Timestamp;
use onym_stream::{Element, StreamEvent};
use rand_core::CryptoRng;

use crate::account::Account;
use crate::archive::reading::Readings;
use crate::c2s::ClientStream;
use crate::c2s::login::DecoySecret;
use crate::c2s::resumption::FormerStreams;
use crate::caps::KnownCapabilities;
use crate::connection::{Connection, Role};
use crate::context::Context;
use crate::dialback::DialbackSecret;
use crate::domain::Domain;
use crate::fault::Fault;
use crate::inbox::Inbox;
use crate::input::{ConnectionId, DeviceChange, Input, Origin};
use crate::interest::Interest;
use crate::limits;
use crate::output::{Effect, Note, Output};
use crate::pep::Allowances;
use crate::s2s::incoming::IncomingStream;
use crate::s2s::peer::Peer;
use crate::s2s::seen::Seen;
use crate::store::{Change, Snapshot};

/// The rules of one server: its accounts, its streams, its peers.
///
/// Hand every input to [`handle`](Self::handle), then [`poll`](Self::poll) until it has nothing
/// more, carrying out each output before the next. Hand it a [`Input::Tick`] at
/// [`next_timeout`](Self::next_timeout).
#[derive(Debug)]
pub struct Server {
    pub(crate) domain: Domain,
    pub(crate) accounts: BTreeMap<BareJid, Account>,
    pub(crate) connections: BTreeMap<ConnectionId, Connection>,
    pub(crate) peers: BTreeMap<Domain, Peer>,
    pub(crate) seen: Seen,
    /// Streams that cannot be resumed any more.
    pub(crate) former: FormerStreams,
    /// What has been asked of the archives.
    pub(crate) readings: Readings,
    pub(crate) secret: DialbackSecret,
    /// Makes the salts of accounts that do not exist, so that nobody can tell which do.
    pub(crate) decoy_secret: DecoySecret,
    /// What verification strings of clients mean (XEP-0115).
    pub(crate) capabilities: KnownCapabilities,
    /// How much others have fetched from the accounts.
    pub(crate) allowances: Allowances,
    /// Whom the server has business with; none when it must be worked out anew.
    pub(crate) interest: Option<Arc<Interest>>,
    /// Whether the program ends soon.
    pub(crate) is_leaving: bool,
    outputs: VecDeque<Output>,
}

impl Server {
    /// A server for `domain` with `accounts`, which keeps what `snapshot` holds.
    #[must_use]
    pub fn new(
        domain: Domain,
        accounts: impl IntoIterator<Item = BareJid>,
        snapshot: Snapshot,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let mut server = Self {
            domain,
            accounts: BTreeMap::new(),
            connections: BTreeMap::new(),
            peers: BTreeMap::new(),
            seen: Seen::default(),
            former: FormerStreams::default(),
            readings: Readings::default(),
            secret: DialbackSecret::generate(rng),
            decoy_secret: DecoySecret::generate(rng),
            capabilities: KnownCapabilities::default(),
            allowances: Allowances::default(),
            interest: None,
            is_leaving: false,
            outputs: VecDeque::new(),
        };
        server.load(accounts, snapshot);
        server
    }

    fn load(&mut self, accounts: impl IntoIterator<Item = BareJid>, mut snapshot: Snapshot) {
        for jid in accounts {
            let mut account = Account {
                record: snapshot.accounts.remove(&jid).unwrap_or_default(),
                roster: snapshot.rosters.remove(&jid).unwrap_or_default(),
                archive: snapshot.archives.remove(&jid).unwrap_or_default(),
                ..Account::default()
            };
            let waiting = snapshot
                .inbox
                .iter()
                .filter(|((owner, _), _)| *owner == jid);
            let waiting = waiting.map(|((_, place), stanza)| (*place, stanza.clone()));
            let ours = self.domain.clone();
            account.inbox = Inbox::load(waiting, |from| {
                Domain::of(from) != ours && account.is_stranger(from)
            });
            self.accounts.insert(jid, account);
        }
        self.load_profiles(&mut snapshot);
        for ((domain, place), stanza) in snapshot.outbox {
            self.peers
                .entry(domain)
                .or_default()
                .outbox
                .load(place, stanza);
        }
        for (domain, record) in snapshot.peers {
            self.peers.entry(domain).or_default().last_reached = record.last_reached;
        }
        for ((domain, slot), fingerprint) in snapshot.seen {
            self.seen.load(&domain, slot, fingerprint);
        }
    }

    /// Takes in what has happened.
    pub fn handle(&mut self, input: Input, now: Timestamp, rng: &mut dyn CryptoRng) {
        let mut cx = Context::new(now, rng, self.closed_streams());
        match input {
            Input::Accepted { connection, origin } => self.accepted(connection, origin, &mut cx),
            Input::Dialed { connection, domain } => self.dialed(connection, &domain, &mut cx),
            Input::DialFailed { domain, failure } => self.dial_failed(&domain, failure, &mut cx),
            Input::Received { connection, bytes } => self.received(connection, &bytes, &mut cx),
            Input::Secured { connection } => self.secured(connection, &mut cx),
            Input::TlsFailed { connection, why } => self.tls_failed(connection, &why, &mut cx),
            Input::Flushed { connection } => self.flushed(connection, &mut cx),
            Input::Closed { connection } => {
                self.lost(connection, "the connection was lost", &mut cx);
            }
            Input::Tick => self.tick(&mut cx),
            Input::Leave => self.leave(&mut cx),
            Input::RetryNow { domain } => self.wake(&domain),
            Input::ChangeDevices { account, change } => {
                self.change_devices(&account, &change, &mut cx);
            }
            Input::ArchiveRead { ticket, answer } => {
                self.archive_was_read(ticket, answer, &mut cx);
            }
        }
        self.end_overfull(&mut cx);
        self.dial_due(&mut cx);
        self.report(&mut cx);
        self.outputs.extend(cx.into_outputs());
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Tick`] is due.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Timestamp> {
        let peers = self.peers.values().filter_map(Peer::deadline);
        let streams = self.connections.values().filter_map(deadline);
        peers.chain(streams).min()
    }

    /// The devices that may log in to an account.
    #[must_use]
    pub fn devices(&self, account: &BareJid) -> Vec<String> {
        let record = self.accounts.get(account).map(|account| &account.record);
        record
            .into_iter()
            .flat_map(|record| record.devices())
            .map(str::to_owned)
            .collect()
    }

    /// Where the other side has not closed the stream yet after us: on our way out only.
    fn closed_streams(&self) -> BTreeSet<ConnectionId> {
        let closed = self.connections.iter().filter(|(_, c)| c.is_closed());
        closed.map(|(id, _)| *id).collect()
    }

    fn accepted(&mut self, id: ConnectionId, origin: Origin, cx: &mut Context<'_>) {
        let admitted = match &origin {
            Origin::OnionServer => !self.is_leaving && self.admit_incoming(cx),
            Origin::OwnerPipe { .. } => true,
            Origin::Loopback | Origin::OnionClient => {
                self.make_room_for_client(&origin, cx);
                true
            }
        };
        if !admitted {
            cx.effect(Effect::Close { connection: id });
            return;
        }
        let role = match origin {
            Origin::OnionServer => Role::Incoming(IncomingStream::new()),
            origin => Role::Client(ClientStream::new(origin)),
        };
        self.connections.insert(id, Connection::new(role, cx.now));
    }

    /// The oldest client that has not logged in goes if there are too many of the same origin, so
    /// that silent connections through the onion service lock nobody out.
    fn make_room_for_client(&mut self, from: &Origin, cx: &mut Context<'_>) {
        let same = |connection: &Connection| match &connection.role {
            Role::Client(ClientStream::LoggingIn(logging_in)) => logging_in.origin == *from,
            _ => false,
        };
        let waiting = self.connections.iter().filter(|(_, c)| same(c));
        let mut waiting: Vec<_> = waiting.map(|(id, c)| (c.since, *id)).collect();
        if waiting.len() >= limits::MAX_UNAUTHENTICATED_CLIENTS {
            waiting.sort();
            if let Some((_, oldest)) = waiting.first() {
                self.end_with(*oldest, &Fault::resource_constraint(), cx);
            }
        }
    }

    fn received(&mut self, id: ConnectionId, bytes: &[u8], cx: &mut Context<'_>) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if let Role::Client(ClientStream::Bound(resource)) = &mut connection.role {
            if resource.is_lost() {
                // What comes from a connection that has been given up comes again on the next one.
                return;
            }
            resource.heard = cx.now;
            resource.probed = None;
        }
        if connection.is_starting_tls() {
            // RFC 6120 §5.4.3.3: nothing that was learned in the clear counts afterwards.
            let fault = Fault::policy("bytes in the clear while TLS begins");
            return self.end_with(id, &fault, cx);
        }
        connection.reader.handle(bytes);
        // Handling one event can end this stream or restart it, so it is looked up each time.
        while let Some(connection) = self.connections.get_mut(&id) {
            let outcome = match connection.reader.poll() {
                Ok(None) => return,
                Ok(Some(StreamEvent::Opened(header))) => self.opened(id, &header, cx),
                Ok(Some(StreamEvent::Element(element))) => self.element(id, element, cx),
                Ok(Some(StreamEvent::Closed)) => {
                    self.end(id, cx);
                    return;
                }
                Err(error) => Err(Fault::Read(error)),
            };
            if let Err(fault) = outcome {
                self.end_with(id, &fault, cx);
                return;
            }
        }
    }

    fn opened(
        &mut self,
        id: ConnectionId,
        header: &onym_stream::StreamHeader,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        match &self.connection(id)?.role {
            Role::Client(_) => self.client_opened(id, header, cx),
            Role::Incoming(_) => self.incoming_opened(id, header, cx),
            Role::Outgoing(domain) => {
                let domain = domain.clone();
                self.outgoing_opened(&domain, header)
            }
        }
    }

    fn element(
        &mut self,
        id: ConnectionId,
        element: Element,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        match &self.connection(id)?.role {
            Role::Client(_) => self.client_element(id, element, cx),
            Role::Incoming(_) => self.incoming_element(id, element, cx),
            Role::Outgoing(domain) => {
                let domain = domain.clone();
                self.outgoing_element(id, &domain, &element, cx)
            }
        }
    }

    fn flushed(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        match self.connections.get(&id).map(|connection| &connection.role) {
            Some(Role::Outgoing(domain)) => {
                let domain = domain.clone();
                self.outgoing_flushed(&domain, cx);
            }
            Some(Role::Client(ClientStream::Bound(_))) => {
                let received = self
                    .resource(id)
                    .map(|r| r.acknowledgement.flushed())
                    .unwrap_or_default();
                if !received.is_empty() {
                    self.inbox_received(id, &received, cx);
                }
            }
            _ => {}
        }
    }

    fn tick(&mut self, cx: &mut Context<'_>) {
        let late: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, c)| deadline(c).is_some_and(|deadline| deadline <= cx.now))
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            if self.resource(id).is_some() {
                self.look_after_client(id, cx);
            } else {
                self.end_with(id, &Fault::timeout("nobody has proven who this is"), cx);
            }
        }
        self.tick_peers(cx);
    }

    fn change_devices(&mut self, account: &BareJid, change: &DeviceChange, cx: &mut Context<'_>) {
        let Some(known) = self.accounts.get_mut(account) else {
            return;
        };
        let (record, revoked) = match change {
            DeviceChange::Add { name, password } => {
                (known.record.with_device(name, password, cx.rng), name)
            }
            DeviceChange::Revoke { name } => (known.record.without_device(name), name),
        };
        known.record = record.clone();
        cx.commit(Change::PutAccount(account.clone(), record));
        // A login that has begun was begun with the keys as they were.
        for connection in self.connections.values_mut() {
            if let Role::Client(ClientStream::LoggingIn(logging_in)) = &mut connection.role
                && logging_in
                    .exchange
                    .as_ref()
                    .is_some_and(|(of, _)| of == account)
            {
                logging_in.exchange = None;
            }
        }
        let streams: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, connection)| match &connection.role {
                Role::Client(stream) => {
                    stream.account() == Some(account) && stream.device() == Some(revoked.as_str())
                }
                _ => false,
            })
            .map(|(id, _)| *id)
            .collect();
        for id in streams {
            self.end_with(
                id,
                &Fault::not_authorized("this device may not log in any more"),
                cx,
            );
        }
    }

    pub(crate) fn connection(&mut self, id: ConnectionId) -> Result<&mut Connection, Fault> {
        self.connections.get_mut(&id).ok_or(Fault::Gone)
    }

    /// Ends a stream in order.
    pub(crate) fn end(&mut self, id: ConnectionId, cx: &mut Context<'_>) {
        if let Some(connection) = self.connections.get_mut(&id).filter(|c| !c.is_lost()) {
            connection.answer_last(id, cx);
            connection.close(id, cx);
        }
        self.gone(id, "the stream was closed", cx);
    }

    /// Ends a stream with an error (RFC 6120 §4.9).
    pub(crate) fn end_with(&mut self, id: ConnectionId, fault: &Fault, cx: &mut Context<'_>) {
        self.say_fault(id, fault, cx);
        self.gone(id, &fault.to_string(), cx);
    }

    /// Ends a connection with an error. A stream that can be resumed may go on with another one.
    pub(crate) fn drop_connection(
        &mut self,
        id: ConnectionId,
        fault: &Fault,
        cx: &mut Context<'_>,
    ) {
        self.say_fault(id, fault, cx);
        self.lost(id, &fault.to_string(), cx);
    }

    fn say_fault(&mut self, id: ConnectionId, fault: &Fault, cx: &mut Context<'_>) {
        let ours = self.domain.clone();
        let connection = self.connections.get_mut(&id);
        let Some(connection) = connection.filter(|connection| !connection.is_lost()) else {
            return;
        };
        connection.answer_last(id, cx);
        if let Some(error) = fault.to_element().filter(|_| connection.can_speak()) {
            // §4.9.1.2: an error during setup comes after a header all the same.
            if connection.is_fresh() {
                let stream_id = cx.random_id();
                connection.open(id, &ours, None, Some(stream_id), cx);
            }
            cx.send_element(id, &error, connection.role.content());
        }
        connection.close(id, cx);
        cx.note(Note::StreamError {
            condition: fault.condition().to_owned(),
            text: fault.to_string(),
        });
    }

    /// Forgets a connection and everything that depended on it.
    pub(crate) fn gone(&mut self, id: ConnectionId, why: &str, cx: &mut Context<'_>) {
        if self.resource(id).is_some() {
            self.become_unavailable(id, None, cx);
        }
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        match connection.role {
            Role::Client(ClientStream::Bound(resource)) => {
                if let Some(account) = self.accounts.get_mut(&resource.account)
                    && account.resources.get(&resource.name) == Some(&id)
                {
                    account.resources.remove(&resource.name);
                }
                self.former.remember(&resource);
                self.forget_interest();
                self.hand_over(&resource.account, resource.held(), cx);
            }
            Role::Client(_) => {}
            Role::Incoming(stream) => {
                for domain in stream.proving.union(&stream.proven) {
                    let Some(peer) = self.peers.get_mut(domain) else {
                        continue;
                    };
                    peer.verifications
                        .retain(|verification| verification.asked_on != id);
                    peer.incoming.remove(&id);
                    if peer.is_forgettable() {
                        self.peers.remove(domain);
                    } else if peer.incoming.is_empty() && peer.online().is_none() {
                        self.peer_lost(domain, cx);
                    }
                }
            }
            Role::Outgoing(domain) => {
                let ours = self
                    .peers
                    .get(&domain)
                    .and_then(|peer| peer.link.connection());
                if ours == Some(id) {
                    self.outgoing_gone(&domain, why.to_owned(), cx);
                }
            }
        }
    }

    /// Tells the owner of every peer whose state has changed: of those that the owner has written
    /// to or knows, not of whatever domain a stranger claims.
    fn report(&mut self, cx: &mut Context<'_>) {
        let interest = self.interest();
        for (domain, peer) in &mut self.peers {
            let concerns_owner = peer.reported.is_some()
                || !peer.outbox.is_empty()
                || interest.known.contains(domain);
            let status = peer.status();
            if concerns_owner && peer.reported.as_ref() != Some(&status) {
                peer.reported = Some(status.clone());
                cx.effect(Effect::Peer {
                    domain: domain.clone(),
                    status,
                });
            }
        }
    }
}

/// When to look at a stream again if nothing happens: a client may be gone, and whoever has not
/// proven who they are may not stay. Links are looked after with their peers.
fn deadline(connection: &Connection) -> Option<Timestamp> {
    match &connection.role {
        Role::Client(ClientStream::Bound(resource)) => Some(resource.deadline()),
        Role::Client(_) => Some(connection.since + limits::LOGIN_TIMEOUT),
        Role::Incoming(stream) if stream.proven.is_empty() => {
            Some(connection.since + limits::PROOF_TIMEOUT)
        }
        Role::Incoming(_) | Role::Outgoing(_) => None,
    }
}

/// The domain of a bare JID.
#[must_use]
pub fn domain_of(jid: &BareJid) -> Domain {
    Domain::of(&Jid::from(jid.clone()))
}
