//! Runs the client engine: its records, its stream to the endpoint, its clock.
//!
//! One task owns the engine. Others hold an [`EngineHandle`]: they hand in commands, ask for
//! records, and hear what happens. The engine is logged in while somebody is attached, and as long
//! as a message has not reached the endpoint.

mod away;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::connection::ConnectionStatus;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{LookupError, MessageId, MessageRecord, Snapshot, Store};
use onym_client_protocol::{Credentials, Engine, EngineConfig, Input, Output};
use onym_client_store::{ClientStore, StoreError};
use onym_identity::{IdentitySecretKey, Timestamp};
use onym_server::{Clock, Endpoint};
use rand::rngs::StdRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use self::away::Away;
pub(crate) use self::watch::Watch;
use self::watch::{Look, Watches};

/// The resource of this client. It stays the same, so that an answer to an earlier stream finds
/// the next one.
const RESOURCE: &str = "onym";

/// Events that a slow listener may fall behind before it has to look at the records again.
const EVENTS: usize = 1_024;

/// Messages for the engine that wait.
const MESSAGES: usize = 64;

/// After this long the clock is looked at again, whatever is due.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Without work for so long, the store does what commits have put off.
const IDLE_BEFORE_TIDYING: Duration = Duration::from_secs(2);

/// Bytes read from the endpoint at once.
const READ_BYTES: usize = 16 * 1024;

/// Looks at the engine, and at what time it is there.
type LookOnce = Box<dyn FnOnce(&Engine, Timestamp) + Send>;

/// What the task is asked.
enum Message {
    Command(
        Command,
        oneshot::Sender<Result<Option<MessageId>, CommandError>>,
    ),
    Attached,
    Detached,
    Look(LookOnce),
    Watch(Look),
    Connected(u64, Result<DuplexStream, ()>),
    Bytes(u64, Vec<u8>),
    Closed(u64),
}

/// A hold on the engine.
#[derive(Clone, Debug)]
pub(crate) struct EngineHandle {
    messages: mpsc::Sender<Message>,
    events: broadcast::Sender<Event>,
    store: ClientStore,
    attached: Arc<AtomicUsize>,
}

/// The engine has stopped, since its records could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the client has stopped: its records could not be written")]
pub(crate) struct Stopped;

/// Why the engine has stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The records could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The records could not be read.
    #[error(transparent)]
    Lookup(#[from] LookupError),
}

/// Keeps the engine logged in until it is dropped.
#[derive(Debug)]
pub(crate) struct Attachment {
    engine: EngineHandle,
}

impl EngineHandle {
    /// Starts the engine. It logs in when somebody attaches.
    pub(crate) fn start(
        store: ClientStore,
        endpoint: Arc<Endpoint>,
        identity: IdentitySecretKey,
        former: Vec<BareJid>,
    ) -> Result<(Self, JoinHandle<Result<(), EngineError>>), StoreError> {
        let snapshot = store.load()?;
        let config = EngineConfig {
            our_jid: endpoint.owner().clone(),
            credentials: Credentials::External,
            resource: Some(RESOURCE.to_owned()),
            identity: Some(Arc::new(identity)),
            former,
            certificate: Some(endpoint.certificate_hash()),
        };
        let (messages, queue) = mpsc::channel(MESSAGES);
        let (events, _) = broadcast::channel(EVENTS);
        let attached = Arc::new(AtomicUsize::new(0));
        let handle = Self {
            messages: messages.clone(),
            events: events.clone(),
            store: store.clone(),
            attached: Arc::clone(&attached),
        };
        let task = Task {
            engine: Engine::new(config, snapshot),
            store,
            endpoint,
            clock: Clock::new(),
            rng: rand::make_rng(),
            messages,
            events,
            attached,
            online: false,
            stream: None,
            awaited: None,
            watches: Watches::default(),
            next_stream: 0,
        };
        Ok((handle, tokio::spawn(task.run(queue))))
    }

    /// Logs the engine in until the attachment is dropped.
    pub(crate) async fn attach(&self) -> Result<Attachment, Stopped> {
        self.attached.fetch_add(1, Ordering::SeqCst);
        let attachment = Attachment {
            engine: self.clone(),
        };
        self.messages
            .send(Message::Attached)
            .await
            .map_err(|_| Stopped)?;
        Ok(attachment)
    }

    /// What happens from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Carries out a command. A message that is sent has an id from now on.
    pub(crate) async fn command(
        &self,
        command: Command,
    ) -> Result<Result<Option<MessageId>, CommandError>, Stopped> {
        let (answer, outcome) = oneshot::channel();
        self.messages
            .send(Message::Command(command, answer))
            .await
            .map_err(|_| Stopped)?;
        outcome.await.map_err(|_| Stopped)
    }

    /// Looks at the engine's state.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        self.look_now(|engine, _| look(engine)).await
    }

    /// The same, with the time by the engine's clock. Another clock may be before or after it by as much
    /// as the machine's was set meanwhile.
    pub(crate) async fn look_now<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (answer, seen) = oneshot::channel();
        let look = Box::new(move |engine: &Engine, now| {
            let _gone = answer.send(look(engine, now));
        });
        self.messages
            .send(Message::Look(look))
            .await
            .map_err(|_| Stopped)?;
        seen.await.map_err(|_| Stopped)
    }

    /// Waits for something from now on: whatever happens after this returns is seen. The first thing that
    /// `find` finds ends it; it is shown every event, and the engine as it is now and after every input.
    pub(crate) async fn watch<T: Send + 'static>(
        &self,
        find: impl FnMut(&Engine, Option<&Event>) -> Option<T> + Send + 'static,
    ) -> Result<Watch<T>, Stopped> {
        let (watch, look) = Watch::new(find);
        self.messages
            .send(Message::Watch(look))
            .await
            .map_err(|_| Stopped)?;
        Ok(watch)
    }

    /// Waits until something is so, by the engine as it is after some input.
    pub(crate) async fn until(
        &self,
        is_so: impl Fn(&Engine) -> bool + Send + 'static,
    ) -> Result<(), Stopped> {
        let watch = self.watch(move |engine, _| is_so(engine).then_some(()));
        watch.await?.found().await
    }

    /// The records, to read from. Reading waits for the disk.
    pub(crate) fn store(&self) -> &ClientStore {
        &self.store
    }

    /// Incoming messages that nobody has been shown, oldest first.
    pub(crate) fn undisplayed(&self) -> Result<Vec<MessageRecord>, StoreError> {
        let mut messages = Vec::new();
        for (jid, conversation) in self.store.load()?.conversations {
            let places = conversation.unread_places().iter();
            let positions: Vec<_> = places.map(|place| place.position).collect();
            messages.extend(self.store.messages(&jid, &positions)?);
        }
        messages.sort_by_key(|message| message.position);
        Ok(messages)
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.engine.attached.fetch_sub(1, Ordering::SeqCst);
        // If the queue is full, the task is busy and looks at the count afterwards anyway.
        let _full = self.engine.messages.try_send(Message::Detached);
    }
}

/// The task with everything it owns.
struct Task {
    engine: Engine,
    store: ClientStore,
    endpoint: Arc<Endpoint>,
    clock: Clock,
    rng: StdRng,
    messages: mpsc::Sender<Message>,
    events: broadcast::Sender<Event>,
    attached: Arc<AtomicUsize>,
    /// Whether the engine was last told to be online.
    online: bool,
    stream: Option<Stream>,
    /// The number of the connection that is being made and still wanted.
    awaited: Option<u64>,
    /// Whoever waits for something.
    watches: Watches,
    next_stream: u64,
}

/// The stream to the endpoint.
struct Stream {
    number: u64,
    write: WriteHalf<DuplexStream>,
    reader: JoinHandle<()>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Message>) -> Result<(), EngineError> {
        self.handle(Input::Command(Command::GoOffline), None)
            .await?;
        let mut is_tidy = false;
        let mut status = self.endpoint.status();
        let mut away = Away::default();
        loop {
            self.follow_attachments().await?;
            let due = self
                .engine
                .next_timeout()
                .map(|due| due.saturating_since(self.clock.now()));
            let message = tokio::select! {
                message = queue.recv() => message,
                Ok(()) = status.changed() => {
                    let now = self.clock.now();
                    let news = away.note(&status.borrow_and_update(), now);
                    if let Some(news) = news {
                        self.handle(Input::EndpointsAway(news), None).await?;
                    }
                    continue;
                }
                () = sleep(due) => {
                    self.handle(Input::Tick, None).await?;
                    continue;
                }
                () = tokio::time::sleep(IDLE_BEFORE_TIDYING), if !is_tidy => {
                    is_tidy = !tokio::task::block_in_place(|| self.store.tidy())?;
                    continue;
                }
            };
            is_tidy = false;
            match message {
                None => return Ok(()),
                Some(message) => self.take(message).await?,
            }
        }
    }

    async fn take(&mut self, message: Message) -> Result<(), EngineError> {
        match message {
            Message::Command(command, answer) => {
                self.handle(Input::Command(command), Some(answer)).await
            }
            Message::Attached | Message::Detached => Ok(()),
            Message::Look(look) => {
                look(&self.engine, self.clock.now());
                Ok(())
            }
            Message::Watch(look) => {
                self.watches.add(look, &self.engine);
                Ok(())
            }
            // The engine has given up on that connection meanwhile, or wants another one.
            Message::Connected(number, _) if self.awaited != Some(number) => Ok(()),
            Message::Connected(number, Ok(pipe)) => {
                self.adopt(number, pipe);
                self.handle(Input::Connected, None).await
            }
            Message::Connected(_, Err(())) => {
                self.awaited = None;
                self.handle(Input::Disconnected, None).await
            }
            Message::Bytes(number, bytes) if self.is_current(number) => {
                self.handle(Input::Bytes(bytes), None).await
            }
            Message::Closed(number) if self.is_current(number) => {
                self.stream = None;
                self.handle(Input::Disconnected, None).await
            }
            // Of a stream that the engine has already given up.
            Message::Bytes(..) | Message::Closed(_) => Ok(()),
        }
    }

    /// Logs in for those who are attached and for what is still to be sent, and out afterwards.
    async fn follow_attachments(&mut self) -> Result<(), EngineError> {
        let unsent = self.engine.memory().unsettled.unsent().next().is_some()
            || !self.engine.memory().intents.is_empty()
            || !self.engine.memory().our_claims.wishes.is_empty()
            || self.engine.memory().our_end.waits()
            || self.engine.is_moving();
        let wanted = self.attached.load(Ordering::SeqCst) > 0 || unsent;
        if wanted != self.online {
            self.online = wanted;
            let command = if wanted {
                Command::ConnectNow
            } else {
                Command::GoOffline
            };
            self.handle(Input::Command(command), None).await?;
        }
        Ok(())
    }

    fn is_current(&self, number: u64) -> bool {
        self.stream
            .as_ref()
            .is_some_and(|stream| stream.number == number)
    }

    /// Hands one input in and does everything that follows from it. `answer` hears what became of
    /// a command.
    async fn handle(
        &mut self,
        input: Input,
        answer: Option<oneshot::Sender<Result<Option<MessageId>, CommandError>>>,
    ) -> Result<(), EngineError> {
        let now = self.clock.now();
        self.engine
            .handle(input, now, &mut self.rng, &self.store)
            .map_err(EngineError::from)?;
        let mut outcome: Result<Option<MessageId>, CommandError> = Ok(None);
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Connect => self.connect(),
                Output::Disconnect => self.disconnect().await,
                Output::Send(bytes) => self.send(&bytes).await,
                Output::Commit { changes, then_send } => {
                    tokio::task::block_in_place(|| self.store.commit(&changes))?;
                    self.send(&then_send).await;
                }
                Output::Event(event) => {
                    match &event {
                        Event::MessageAdded(message) if !message.is_incoming() => {
                            if let Ok(id @ None) = &mut outcome {
                                *id = Some(message.id.clone());
                            }
                        }
                        // Whoever gave the command is told, and nobody else need be.
                        Event::CommandRefused(error) if answer.is_some() => {
                            outcome = Err(error.clone());
                            continue;
                        }
                        _ => {}
                    }
                    self.watches.show(&self.engine, Some(&event));
                    // Nobody need be listening.
                    let _nobody = self.events.send(event);
                }
            }
        }
        self.watches.show(&self.engine, None);
        if let Some(answer) = answer {
            let _gone = answer.send(outcome);
        }
        Ok(())
    }

    fn connect(&mut self) {
        let number = self.next_stream;
        self.next_stream = self.next_stream.saturating_add(1);
        self.awaited = Some(number);
        let (endpoint, messages) = (Arc::clone(&self.endpoint), self.messages.clone());
        tokio::spawn(async move {
            let pipe = endpoint.open_client_pipe().await.map_err(|_| ());
            let _gone = messages.send(Message::Connected(number, pipe)).await;
        });
    }

    fn adopt(&mut self, number: u64, pipe: DuplexStream) {
        self.awaited = None;
        let (read, write) = tokio::io::split(pipe);
        let reader = tokio::spawn(read_all(number, read, self.messages.clone()));
        self.stream = Some(Stream {
            number,
            write,
            reader,
        });
    }

    async fn disconnect(&mut self) {
        self.awaited = None;
        if let Some(mut stream) = self.stream.take() {
            let _closed = stream.write.shutdown().await;
            stream.reader.abort();
        }
    }

    /// A stream that cannot be written to is about to end, and its reader says so.
    async fn send(&mut self, bytes: &[u8]) {
        if let Some(stream) = &mut self.stream
            && !bytes.is_empty()
        {
            let _ending = stream.write.write_all(bytes).await;
        }
    }
}

async fn read_all(number: u64, mut pipe: ReadHalf<DuplexStream>, messages: mpsc::Sender<Message>) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match pipe.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                if messages.send(Message::Bytes(number, bytes)).await.is_err() {
                    return;
                }
            }
        }
    }
    let _gone = messages.send(Message::Closed(number)).await;
}

async fn sleep(due: Option<Duration>) {
    match due {
        // The runtime's timers stand still while the machine sleeps; the clock does not.
        Some(due) => tokio::time::sleep(due.min(LONGEST_SLEEP)).await,
        None => std::future::pending().await,
    }
}

/// What a request shows of the engine: its contacts and who of them is here.
#[derive(Debug)]
pub(crate) struct Contacts {
    pub(crate) memory: Snapshot,
    pub(crate) present: BTreeMap<BareJid, String>,
}

impl Contacts {
    pub(crate) fn of(engine: &Engine) -> Self {
        let memory = engine.memory().clone();
        let present = memory
            .contacts
            .keys()
            .filter_map(|jid| {
                let presence = engine.presences().best(jid)?;
                Some((jid.clone(), format!("{:?}", presence.show).to_lowercase()))
            })
            .collect();
        Self { memory, present }
    }
}

/// The state of the stream, for a report.
pub(crate) fn connection_report(
    status: &ConnectionStatus,
    now: Timestamp,
) -> crate::report::Report {
    crate::report::Report::Connection {
        state: format!("{:?}", status.state()).to_lowercase(),
        words: status.words(now),
    }
}
