//! The server's only loop: it owns the rules and the records, and does what the rules say.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;
use onym_server_protocol::archive::ArchiveAnswer;
use onym_server_protocol::{
    ConnectionId, DialFailure, Domain, Effect, Input, Note, Output, Server, Store,
};
use rand::rngs::StdRng;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::connection::{Connection, GivenUp};
use crate::status::EndpointStatus;
use crate::store::{RecordStore, StoreError};
use crate::tls::Tls;
use crate::transport::{Dialer, Incoming, Wire};

/// Events that wait for the loop. When it is full, readers wait: that is the back-pressure.
const MAX_WAITING_EVENTS: usize = 256;

/// After this long the clock is looked at again, whatever is due.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// How long other servers have to close their side when the program ends: some round trips through
/// Tor. Whoever is gone is not waited for any longer.
const LEAVING_LIMIT: Duration = Duration::from_secs(2);

/// What reaches the loop.
pub(crate) enum Event {
    /// For the rules as it is.
    Input(Input),
    /// A connection came in.
    Incoming(Incoming),
    /// A dial has ended.
    Dialed(Domain, Result<Box<dyn Wire>, DialFailure>),
    /// Somebody wants to know which devices may log in.
    Devices(BareJid, oneshot::Sender<Vec<String>>),
    /// Everything handed in so far has been handled, and is on disk.
    Barrier(oneshot::Sender<()>),
    /// The program ends.
    Shutdown,
}

/// The loop with everything it owns.
pub(crate) struct Driver {
    server: Server,
    store: RecordStore,
    clock: Clock,
    rng: StdRng,
    dialer: Arc<dyn Dialer>,
    tls: Tls,
    connections: HashMap<ConnectionId, Connection>,
    /// What has come of effects and the rules have not been told yet: connections whose other side
    /// does not read, and what the archive says.
    outcomes: VecDeque<Input>,
    next_connection: u64,
    events: mpsc::Sender<Event>,
    queue: mpsc::Receiver<Event>,
    status: watch::Sender<EndpointStatus>,
    notes: broadcast::Sender<Note>,
}

impl Driver {
    pub(crate) fn new(
        domain: Domain,
        owner: BareJid,
        store: RecordStore,
        (dialer, tls): (Arc<dyn Dialer>, Tls),
        status: watch::Sender<EndpointStatus>,
        notes: broadcast::Sender<Note>,
    ) -> Result<Self, StoreError> {
        let mut rng: StdRng = rand::make_rng();
        let snapshot = store.load()?;
        let server = Server::new(domain, [owner], snapshot, &mut rng);
        let (events, queue) = mpsc::channel(MAX_WAITING_EVENTS);
        Ok(Self {
            server,
            store,
            clock: Clock::new(),
            rng,
            dialer,
            tls,
            connections: HashMap::new(),
            outcomes: VecDeque::new(),
            next_connection: 0,
            events,
            queue,
            status,
            notes,
        })
    }

    /// Where events for the loop go.
    pub(crate) fn events(&self) -> mpsc::Sender<Event> {
        self.events.clone()
    }

    /// Runs until it is told to shut down, or the records cannot be written.
    pub(crate) async fn run(mut self) -> Result<(), StoreError> {
        self.handle(Input::Tick)?;
        loop {
            let due = self.server.next_timeout().map(|due| self.until(due));
            let event = tokio::select! {
                event = self.queue.recv() => event,
                () = sleep(due) => Some(Event::Input(Input::Tick)),
            };
            match event {
                None => return Ok(()),
                Some(Event::Shutdown) => return self.leave().await,
                Some(event) => self.take(event)?,
            }
        }
    }

    /// Says goodbye to other servers, and waits a moment for their answers.
    async fn leave(&mut self) -> Result<(), StoreError> {
        self.handle(Input::Leave)?;
        let limit = tokio::time::sleep(LEAVING_LIMIT);
        tokio::pin!(limit);
        while self.server.is_with_servers() {
            let event = tokio::select! {
                event = self.queue.recv() => event,
                () = &mut limit => None,
            };
            match event {
                Some(event) => self.take(event)?,
                None => break,
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Input(Input::Flushed { connection }) if !self.is_drained(connection) => {
                // Newer bytes were handed over meanwhile; the event after them will tell.
                Ok(())
            }
            Event::Input(input) => {
                if let Input::Closed { connection } = &input {
                    self.connections.remove(connection);
                }
                self.handle(input)
            }
            Event::Incoming(Incoming { origin, wire }) => {
                let connection = self.adopt(wire);
                self.handle(Input::Accepted { connection, origin })
            }
            Event::Dialed(domain, Ok(wire)) => {
                let connection = self.adopt(wire);
                self.handle(Input::Dialed { connection, domain })
            }
            Event::Dialed(domain, Err(failure)) => {
                self.handle(Input::DialFailed { domain, failure })
            }
            Event::Devices(account, answer) => {
                let _gone = answer.send(self.server.devices(&account));
                Ok(())
            }
            Event::Barrier(answer) => {
                let _gone = answer.send(());
                Ok(())
            }
            Event::Shutdown => Ok(()),
        }
    }

    fn adopt(&mut self, wire: Box<dyn Wire>) -> ConnectionId {
        let id = ConnectionId(self.next_connection);
        self.next_connection = self.next_connection.saturating_add(1);
        self.connections
            .insert(id, Connection::start(id, wire, self.events.clone()));
        id
    }

    /// Hands an input in and does what follows. What comes of that may be more inputs.
    fn handle(&mut self, input: Input) -> Result<(), StoreError> {
        let mut next = Some(input);
        while let Some(input) = next {
            self.server.handle(input, self.clock.now(), &mut self.rng);
            while let Some(output) = self.server.poll() {
                match output {
                    Output::Do(effect) => self.carry_out(effect),
                    Output::Commit { changes, then } => {
                        // Save before send: a flush takes milliseconds, and nothing may overtake
                        // it.
                        tokio::task::block_in_place(|| self.store.commit(&changes))?;
                        then.into_iter().for_each(|effect| self.carry_out(effect));
                    }
                }
            }
            next = self.outcomes.pop_front();
        }
        Ok(())
    }

    fn is_drained(&self, connection: ConnectionId) -> bool {
        self.connections
            .get(&connection)
            .is_some_and(Connection::is_drained)
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send { connection, bytes } => {
                let sent = self.connections.get(&connection).map(|c| c.send(bytes));
                if let Some(Err(GivenUp)) = sent {
                    self.connections.remove(&connection);
                    self.outcomes.push_back(Input::Closed { connection });
                }
            }
            Effect::StartTls { connection, side } => {
                if let Some(connection) = self.connections.get(&connection) {
                    connection.start_tls(side, self.tls.clone());
                }
            }
            Effect::Close { connection } => {
                if let Some(connection) = self.connections.remove(&connection) {
                    connection.close();
                }
            }
            Effect::Dial { domain } => {
                let dialing = self.dialer.dial(&domain);
                let events = self.events.clone();
                tokio::spawn(async move {
                    let outcome = dialing.await;
                    let _gone = events.send(Event::Dialed(domain, outcome)).await;
                });
            }
            Effect::ReadArchive {
                account,
                ticket,
                query,
            } => {
                // A damaged message is no reason to stop: others can still be read and written.
                let answer =
                    tokio::task::block_in_place(|| self.store.read_archive(&account, &query))
                        .unwrap_or_else(|error| {
                            tracing::error!(%error, "the archive cannot be read");
                            ArchiveAnswer::Unreadable
                        });
                self.outcomes
                    .push_back(Input::ArchiveRead { ticket, answer });
            }
            Effect::Peer { domain, status } => {
                tracing::debug!(peer = %domain, link = ?status.link, queued = status.queued);
                self.status.send_modify(|all| {
                    all.peers.insert(domain, status);
                });
            }
            Effect::Note(note) => {
                tracing::info!(?note);
                // Nobody need be listening.
                let _nobody = self.notes.send(note);
            }
        }
    }

    fn until(&mut self, due: Timestamp) -> Duration {
        due.saturating_since(self.clock.now())
    }
}

async fn sleep(due: Option<Duration>) {
    match due {
        // The runtime's timers stand still while the machine sleeps; the clock does not.
        Some(due) => tokio::time::sleep(due.min(LONGEST_SLEEP)).await,
        None => std::future::pending().await,
    }
}
