//! One engine, its store and its server, a clock that only moves when told, and two pipes that
//! can be cut anywhere.

use std::collections::VecDeque;
use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{
    Change, EncryptionPolicy, MemoryStore, MessageRecord, ProtectionChoices, Store,
};
use onym_client_protocol::{Credentials, Engine, EngineConfig, Input, Output};
use onym_identity::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::server::Server;

pub(crate) const ALICE: &str = "alice@a.example";
pub(crate) const BOB: &str = "bob@b.example";
pub(crate) const CAROL: &str = "carol@c.example";

pub(crate) struct World {
    pub(crate) config: EngineConfig,
    pub(crate) engine: Engine,
    pub(crate) store: MemoryStore,
    pub(crate) server: Server,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<Event>,
    /// How often the engine asked for a connection.
    pub(crate) connects: usize,
    /// Whether connections can be made.
    pub(crate) reachable: bool,
    pub(crate) rng: StdRng,
    outputs: VecDeque<Output>,
    to_server: VecDeque<u8>,
    to_client: VecDeque<u8>,
    connected: bool,
}

impl World {
    /// Alice, whose server knows her by the pipe. Nothing has happened yet. She writes in the
    /// clear, since this server is read.
    pub(crate) fn new() -> Self {
        let config = EngineConfig {
            our_jid: jid(ALICE),
            credentials: Credentials::External,
            resource: Some("desk".to_owned()),
            identity: None,
            former: Vec::new(),
            certificate: None,
        };
        let store = MemoryStore::new();
        let choices = ProtectionChoices {
            policy: EncryptionPolicy::Clear,
            ..ProtectionChoices::default()
        };
        store
            .commit(&[Change::PutProtectionChoices(choices)])
            .unwrap();
        Self {
            engine: Engine::new(config.clone(), store.load().unwrap()),
            config,
            store,
            server: Server::new(ALICE),
            now: "2026-11-23T12:00:00Z".parse().unwrap(),
            events: Vec::new(),
            connects: 0,
            reachable: true,
            rng: StdRng::seed_from_u64(1),
            outputs: VecDeque::new(),
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            connected: false,
        }
    }

    /// Alice, logged in, with Bob as a contact.
    pub(crate) fn online_with_bob() -> Self {
        let mut world = Self::new();
        world
            .server
            .push_contact("subscription='both' name='Bob'", BOB);
        world.log_in();
        world
    }

    pub(crate) fn log_in(&mut self) {
        self.input(Input::Tick);
        self.drive();
        assert!(
            self.engine.connection().is_online(),
            "{:?}",
            self.engine.connection()
        );
    }

    pub(crate) fn input(&mut self, input: Input) {
        if let Some(archive) = &mut self.server.services.archive {
            archive.now = self.now;
        }
        let store = self.store.clone();
        self.engine
            .handle(input, self.now, &mut self.rng, &store)
            .unwrap();
        while let Some(output) = self.engine.poll() {
            self.outputs.push_back(output);
        }
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub(crate) fn write(&mut self, to: &str, text: &str) {
        self.command(Command::SendMessage {
            to: jid(to),
            text: text.to_owned(),
            reply: None,
        });
    }

    /// A message from somebody, kept by our server until we have it.
    pub(crate) fn receive(&mut self, from: &str, id: &str, text: &str) {
        self.server.deliver(&format!(
            "<message from='{from}/phone' to='{ALICE}' type='chat' id='{id}'><body>{text}</body>\
             <request xmlns='urn:xmpp:receipts'/></message>"
        ));
    }

    /// Lets everything happen that needs no time.
    pub(crate) fn drive(&mut self) {
        for _ in 0..100_000 {
            let moved = self.carry_out_one()
                | self.move_to_server(usize::MAX)
                | self.move_to_client(usize::MAX);
            if !moved {
                return;
            }
        }
        panic!("the engine and the server never come to rest");
    }

    /// Carries out one output of the engine.
    pub(crate) fn carry_out_one(&mut self) -> bool {
        let Some(output) = self.outputs.pop_front() else {
            return false;
        };
        match output {
            Output::Connect => {
                self.connects += 1;
                assert!(!self.connected, "a second connection");
                if self.reachable {
                    self.connected = true;
                    self.server.connect();
                    self.input(Input::Connected);
                } else {
                    self.input(Input::Disconnected);
                }
            }
            Output::Disconnect => self.hang_up(),
            Output::Send(bytes) => self.to_server.extend(bytes),
            Output::Commit { changes, then_send } => {
                self.store.commit(&changes).unwrap();
                self.to_server.extend(then_send);
            }
            Output::Event(event) => self.events.push(event),
        }
        true
    }

    pub(crate) fn move_to_server(&mut self, at_most: usize) -> bool {
        let count = self.to_server.len().min(at_most);
        let bytes: Vec<u8> = self.to_server.drain(..count).collect();
        self.server.handle(&bytes);
        count > 0
    }

    pub(crate) fn move_to_client(&mut self, at_most: usize) -> bool {
        let output = self.server.take_output();
        self.to_client.extend(output);
        let count = self.to_client.len().min(at_most);
        if count > 0 && self.connected {
            let bytes = self.to_client.drain(..count).collect();
            self.input(Input::Bytes(bytes));
        }
        count > 0
    }

    /// The connection breaks; what is in the pipes is lost.
    pub(crate) fn cut(&mut self) {
        if self.connected {
            self.hang_up();
            self.input(Input::Disconnected);
        }
    }

    /// The program dies with everything that it has not carried out, and is started again.
    pub(crate) fn crash(&mut self) {
        self.hang_up();
        self.outputs.clear();
        self.engine = Engine::new(self.config.clone(), self.store.load().unwrap());
        self.input(Input::Tick);
    }

    fn hang_up(&mut self) {
        self.connected = false;
        self.server.disconnect();
        self.to_server.clear();
        self.to_client.clear();
        // The driver drops what was meant for the connection, but never what is to be saved.
        self.outputs
            .retain(|output| !matches!(output, Output::Send(_)));
        for output in &mut self.outputs {
            if let Output::Commit { then_send, .. } = output {
                then_send.clear();
            }
        }
    }

    /// Moves the clock, ticking whenever the engine asks for it.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        for _ in 0..10_000 {
            self.drive();
            let Some(next) = self.engine.next_timeout().filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            assert!(
                next > self.now || next == Timestamp::UNIX_EPOCH,
                "a timeout in the past"
            );
            self.now = self.now.max(next);
            self.input(Input::Tick);
        }
        panic!("the engine asks for ticks without end");
    }

    pub(crate) fn messages(&self, with: &str) -> Vec<MessageRecord> {
        self.store.page(&jid(with), None, 10_000).unwrap()
    }

    /// The states of the messages to somebody, in short.
    pub(crate) fn deliveries(&self, with: &str) -> Vec<String> {
        let messages = self.messages(with);
        let outgoing = messages.iter().filter_map(MessageRecord::delivery);
        outgoing.map(|it| it.words()).collect()
    }

    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// What the engine remembers is what it would remember if it were started now.
    pub(crate) fn assert_memory_is_stored(&self) {
        assert!(self.outputs.is_empty(), "not everything is carried out");
        let (memory, stored) = (self.engine.memory(), self.store.load().unwrap());
        assert_eq!(*memory, stored);
    }
}

pub(crate) fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}
