//! One server, three devices, and the pipes between them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use jid::BareJid;
use onym_client_protocol::command::{Command, Verdict};
use onym_client_protocol::event::Event;
use onym_client_protocol::store::{Change, Encryption, MemoryStore, ProtectionRecord, Store};
use onym_client_protocol::{Credentials, Engine, EngineConfig, Input, Output};
use onym_identity::{IdentitySecretKey, Timestamp};
use onym_server_protocol::store::{MemoryStore as ServerStore, Store as _};
use onym_server_protocol::{
    AwayReason, ConnectionId, DialFailure, Domain, Effect, Input as ServerInput, Origin,
    Output as ServerOutput, Server,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

pub(crate) const ALICE: &str = "alice@a.example";
pub(crate) const BOB: &str = "bob@a.example";
/// Has an account and no program.
pub(crate) const CAROL: &str = "carol@a.example";

/// The hash of the certificate of everybody's endpoint.
pub(crate) const CERTIFICATE: [u8; 32] = [7; 32];

pub(crate) struct World {
    pub(crate) devices: Vec<Device>,
    /// How many connections there were.
    pub(crate) accepted: u64,
    /// The server says of nodes that are not there, and of this one, that they are forbidden.
    pub(crate) forbidden: Option<&'static str>,
    /// Everything that the devices have sent.
    wire: Vec<u8>,
    /// What somebody on the way puts in the place of every statement that is published.
    pub(crate) forgery: Option<Vec<u8>>,
    server: Server,
    server_store: ServerStore,
    now: Timestamp,
    rng: StdRng,
}

pub(crate) struct Device {
    pub(crate) engine: Engine,
    pub(crate) store: MemoryStore,
    /// What its screen was told.
    pub(crate) events: Vec<Event>,
    config: EngineConfig,
    /// Everything that was ever committed.
    changes: Vec<Change>,
    /// How many changes there were after each commit.
    commits: Vec<usize>,
    outputs: VecDeque<Output>,
    connection: Option<ConnectionId>,
}

impl Device {
    fn new(account: &str, resource: &str) -> Self {
        Self::with_identity(account, resource, None)
    }

    pub(crate) fn with_identity(
        account: &str,
        resource: &str,
        identity: Option<IdentitySecretKey>,
    ) -> Self {
        let config = EngineConfig {
            our_jid: jid(account),
            credentials: Credentials::External,
            resource: Some(resource.to_owned()),
            identity: identity.map(Arc::new),
            former: Vec::new(),
            certificate: Some(CERTIFICATE),
        };
        let store = MemoryStore::new();
        Self {
            engine: Engine::new(config.clone(), store.load().unwrap()),
            store,
            events: Vec::new(),
            config,
            changes: Vec::new(),
            commits: Vec::new(),
            outputs: VecDeque::new(),
            connection: None,
        }
    }

    /// The same device of an endpoint that has moved here from another address.
    pub(crate) fn having_left(mut self, former: &str) -> Self {
        self.config.former = vec![jid(former)];
        self.engine = Engine::new(self.config.clone(), self.store.load().unwrap());
        self
    }
}

impl World {
    /// Alice's desk and phone and Bob's only device, logged in.
    pub(crate) fn new() -> Self {
        let devices = vec![
            Device::new(ALICE, "desk"),
            Device::new(ALICE, "phone"),
            Device::new(BOB, "desk"),
        ];
        Self::of([ALICE, BOB, CAROL], devices)
    }

    /// These devices, logged in, on the server of these accounts.
    pub(crate) fn of<const N: usize>(accounts: [&str; N], devices: Vec<Device>) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let accounts = accounts.map(jid);
        let domain = Domain::of(&accounts[0]);
        let server = Server::new(domain, accounts, Default::default(), &mut rng);
        let mut world = Self {
            devices,
            accepted: 0,
            forbidden: None,
            wire: Vec::new(),
            forgery: None,
            server,
            server_store: ServerStore::default(),
            now: "2026-11-23T12:00:00Z".parse().unwrap(),
            rng,
        };
        for device in 0..world.devices.len() {
            world.input(device, Input::Tick);
        }
        world.drive();
        world
    }

    /// Whether anybody on the way could have read this.
    pub(crate) fn was_readable(&self, text: &str) -> bool {
        let mut seen = self.wire.windows(text.len());
        seen.any(|it| it == text.as_bytes())
    }

    /// A new device of an account, which is logged in.
    pub(crate) fn add_device(&mut self, account: &str, resource: &str) -> usize {
        self.add(Device::new(account, resource))
    }

    /// A new device, which is logged in.
    pub(crate) fn add(&mut self, device: Device) -> usize {
        self.devices.push(device);
        let device = self.devices.len() - 1;
        self.input(device, Input::Tick);
        self.drive();
        device
    }

    /// Another client of an account logs in, unseen by everybody, and says this.
    pub(crate) fn say_as(&mut self, account: &str, stanza: &str) {
        let account = jid(account);
        self.accepted += 1;
        let connection = ConnectionId(self.accepted);
        let header = format!(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             to='{}' version='1.0'>",
            account.domain()
        );
        let login = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
        let bind = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
        let origin = Origin::OwnerPipe { account };
        self.server_input(ServerInput::Accepted { connection, origin });
        for said in [&header, login, &header, bind, stanza] {
            let bytes = said.as_bytes().to_vec();
            self.server_input(ServerInput::Received { connection, bytes });
            self.drive();
        }
        self.server_input(ServerInput::Closed { connection });
    }

    /// A device hears this from its server, which somebody elsewhere has said.
    pub(crate) fn hear(&mut self, device: usize, stanza: &str) {
        self.input(device, Input::Bytes(stanza.as_bytes().to_vec()));
    }

    /// The name of the question for their statement that a device has asked of somebody and that has not
    /// left yet.
    pub(crate) fn asks(&self, device: usize, whom: &str) -> Option<String> {
        self.asks_for("urn:onym:identity:1", device, whom)
    }

    /// The name of the question for this that a device has asked of somebody and that has not left yet.
    pub(crate) fn asks_for(&self, what: &str, device: usize, whom: &str) -> Option<String> {
        let outputs = self.devices[device].outputs.iter();
        let sent = outputs.filter_map(|output| match output {
            Output::Send(bytes) => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        });
        let sent: String = sent.collect();
        let to = format!("to='{whom}'");
        let questions = sent.split("<iq ").filter_map(|it| it.split_once('>'));
        let about_it = questions.filter(|(_, query)| query.contains(what));
        let (head, _) = about_it.filter(|(head, _)| head.contains(&to)).last()?;
        let (_, id) = head.split_once("id='")?;
        Some(id.split_once('\'')?.0.to_owned())
    }

    /// How often the devices have sent something that begins so.
    pub(crate) fn sent_stanzas(&self, begin: &str) -> usize {
        String::from_utf8_lossy(&self.wire).matches(begin).count()
    }

    /// The last thing on the wire that begins and ends so.
    pub(crate) fn last_on_the_wire(&self, begin: &str, end: &str) -> Option<String> {
        let wire = String::from_utf8_lossy(&self.wire);
        let from = wire.rfind(begin)?;
        let length = wire[from..].find(end)? + end.len();
        Some(wire[from..from + length].to_owned())
    }

    /// How much the devices have sent, for [`sent_since`](Self::sent_since).
    pub(crate) fn sent(&self) -> usize {
        self.wire.len()
    }

    /// What the devices have sent since then.
    pub(crate) fn sent_since(&self, then: usize) -> String {
        String::from_utf8_lossy(&self.wire[then..]).into_owned()
    }

    /// How often this was sent by the devices.
    pub(crate) fn count_on_the_wire(&self, what: &str) -> usize {
        let mut rest = &self.wire[..];
        let mut count = 0;
        while let Some(at) = rest
            .windows(what.len())
            .position(|it| it == what.as_bytes())
        {
            count += 1;
            rest = &rest[at + what.len()..];
        }
        count
    }

    /// The program of a device starts anew with what is left of its store.
    pub(crate) fn restart_with(&mut self, device: usize, is_left: impl Fn(&Change) -> bool) {
        self.hang_up(device);
        let known = &mut self.devices[device];
        let store = MemoryStore::new();
        let left = known.changes.iter().filter(|change| is_left(change));
        store.commit(&left.cloned().collect::<Vec<_>>()).unwrap();
        known.outputs.clear();
        known.engine = Engine::new(known.config.clone(), store.load().unwrap());
        known.store = store;
        self.input(device, Input::Tick);
        self.drive();
    }

    /// The store of a device as it was after each commit.
    pub(crate) fn stores(&self, device: usize) -> impl Iterator<Item = MemoryStore> {
        let known = &self.devices[device];
        let store = MemoryStore::new();
        let mut done = 0;
        known.commits.iter().map(move |end| {
            store.commit(&known.changes[done..*end]).unwrap();
            done = *end;
            store.clone()
        })
    }

    /// What protected the messages of a conversation.
    pub(crate) fn encryptions(&self, device: usize, with: &str) -> Vec<Encryption> {
        let page = self.devices[device].store.page(&jid(with), None, 10_000);
        let page = page.unwrap().into_iter();
        page.map(|message| message.encryption).collect()
    }

    /// What a device knows of the devices of an account.
    pub(crate) fn protection(&self, device: usize, of: &str) -> ProtectionRecord {
        self.devices[device].engine.memory().protection[&jid(of)].clone()
    }

    /// Chance takes another course.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.rng = StdRng::seed_from_u64(seed);
    }

    /// Every device takes every other one that it has seen, as their users would.
    pub(crate) fn accept_devices(&mut self) {
        for device in 0..self.devices.len() {
            let memory = self.devices[device].engine.memory();
            let undecided: Vec<Command> = memory
                .protection
                .values()
                .flat_map(|record| {
                    let devices = record.undecided(false);
                    devices.map(|(id, device)| Command::SetTrust {
                        jid: record.jid.clone(),
                        device: id,
                        key: device.key,
                        verdict: Verdict::Accepted,
                    })
                })
                .collect();
            for command in undecided {
                self.command(device, command);
            }
        }
        self.drive();
    }

    pub(crate) fn command(&mut self, device: usize, command: Command) {
        self.input(device, Input::Command(command));
    }

    pub(crate) fn write(&mut self, device: usize, to: &str, text: &str) {
        let command = Command::SendMessage {
            to: jid(to),
            text: text.to_owned(),
            reply: None,
        };
        self.command(device, command);
        // No two messages of the same moment, so that each device can order them.
        self.now += Duration::from_millis(1);
    }

    pub(crate) fn texts(&self, device: usize, with: &str) -> Vec<String> {
        let store = &self.devices[device].store;
        let page = store.page(&jid(with), None, 10_000).unwrap();
        page.into_iter().map(|message| message.text).collect()
    }

    /// Whether a device knows the keys of every device of somebody.
    pub(crate) fn knows_keys(&self, device: usize, of: &str) -> bool {
        let memory = self.devices[device].engine.memory();
        let devices = &memory.protection[&jid(of)].devices;
        !devices.is_empty() && devices.values().all(|device| device.key.is_some())
    }

    pub(crate) fn unread(&self, device: usize, with: &str) -> u64 {
        self.devices[device].engine.memory().conversations[&jid(with)].unread()
    }

    /// The connection of a device breaks, and what is under way is lost.
    pub(crate) fn cut(&mut self, device: usize) {
        self.hang_up(device);
        self.input(device, Input::Disconnected);
    }

    /// A device's program dies and is started again.
    pub(crate) fn restart(&mut self, device: usize) {
        self.hang_up(device);
        let known = &mut self.devices[device];
        known.outputs.clear();
        known.engine = Engine::new(known.config.clone(), known.store.load().unwrap());
        self.input(device, Input::Tick);
    }

    /// A device's program is started again, and its account is at another address than before.
    pub(crate) fn restart_at(&mut self, device: usize, address: &str) {
        self.hang_up(device);
        let known = &mut self.devices[device];
        known.outputs.clear();
        let before = std::mem::replace(&mut known.config.our_jid, jid(address));
        known.config.former.push(before);
        known.engine = Engine::new(known.config.clone(), known.store.load().unwrap());
        self.input(device, Input::Tick);
    }

    /// A device's program is started again with what was on the disk at another time.
    pub(crate) fn restart_from(&mut self, device: usize, store: MemoryStore) {
        self.hang_up(device);
        let known = &mut self.devices[device];
        known.outputs.clear();
        known.engine = Engine::new(known.config.clone(), store.load().unwrap());
        known.store = store;
        self.input(device, Input::Tick);
    }

    /// Lets everything happen that needs no time.
    pub(crate) fn drive(&mut self) {
        for _ in 0..1_000_000 {
            let mut moved = false;
            for device in 0..self.devices.len() {
                moved |= self.carry_out_one(device);
            }
            moved |= self.carry_out_server();
            if !moved {
                return;
            }
        }
        panic!("the devices and the server never come to rest");
    }

    /// Carries out one thing. Whether there was one.
    pub(crate) fn step(&mut self) -> bool {
        let devices = 0..self.devices.len();
        devices.into_iter().any(|device| self.carry_out_one(device)) || self.carry_out_server()
    }

    /// Everybody's machine was asleep meanwhile.
    pub(crate) fn skip(&mut self, duration: Duration) {
        self.now += duration;
        for device in 0..self.devices.len() {
            self.input(device, Input::Tick);
        }
        self.pass(Duration::from_secs(300));
    }

    /// Moves the clock, with a tick for whoever asks for one.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        for _ in 0..100_000 {
            self.drive();
            let devices = self
                .devices
                .iter()
                .filter_map(|it| it.engine.next_timeout());
            let next = devices.chain(self.server.next_timeout()).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            for device in 0..self.devices.len() {
                self.input(device, Input::Tick);
            }
            self.server_input(ServerInput::Tick);
        }
        panic!("somebody asks for ticks without end");
    }

    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Every computer sleeps for so long.
    pub(crate) fn sleep(&mut self, duration: Duration) {
        self.now += duration;
        for device in 0..self.devices.len() {
            self.input(device, Input::Tick);
        }
        self.server_input(ServerInput::Tick);
        self.drive();
    }

    pub(crate) fn input(&mut self, device: usize, input: Input) {
        let Device {
            engine,
            store,
            changes: kept,
            commits,
            outputs,
            ..
        } = &mut self.devices[device];
        engine
            .handle(input, self.now, &mut self.rng, store)
            .unwrap();
        while let Some(output) = engine.poll() {
            // A commit is carried out before the next input, as the engine asks for it.
            if let Output::Commit { changes, then_send } = output {
                store.commit(&changes).unwrap();
                kept.extend(changes);
                commits.push(kept.len());
                outputs.push_back(Output::Send(then_send));
            } else {
                outputs.push_back(output);
            }
        }
    }

    fn carry_out_one(&mut self, device: usize) -> bool {
        let Some(output) = self.devices[device].outputs.pop_front() else {
            return false;
        };
        match output {
            Output::Connect => {
                self.accepted += 1;
                let connection = ConnectionId(self.accepted);
                let account = self.devices[device].config.our_jid.clone();
                let origin = Origin::OwnerPipe { account };
                self.devices[device].connection = Some(connection);
                self.server_input(ServerInput::Accepted { connection, origin });
                self.input(device, Input::Connected);
            }
            Output::Disconnect => self.hang_up(device),
            Output::Send(bytes) => {
                if let Some(connection) = self.devices[device].connection
                    && !bytes.is_empty()
                {
                    let bytes = self.forged(bytes);
                    self.wire.extend_from_slice(&bytes);
                    let bytes = match self.forbidden {
                        Some(node) => replace(&bytes, node, "urn:example:nothing"),
                        None => bytes,
                    };
                    self.server_input(ServerInput::Received { connection, bytes });
                }
            }
            Output::Event(event) => self.devices[device].events.push(event),
            Output::Commit { .. } => {}
        }
        true
    }

    fn forged(&self, bytes: Vec<u8>) -> Vec<u8> {
        let Some(forgery) = &self.forgery else {
            return bytes;
        };
        let text = String::from_utf8(bytes).unwrap();
        let Some((before, rest)) = text.split_once("<identity ") else {
            return text.into_bytes();
        };
        let (tag, rest) = rest.split_once('>').unwrap();
        let (_, after) = rest.split_once("</identity>").unwrap();
        let forgery = BASE64.encode(forgery);
        format!("{before}<identity {tag}>{forgery}</identity>{after}").into_bytes()
    }

    fn hang_up(&mut self, device: usize) {
        let known = &mut self.devices[device];
        known
            .outputs
            .retain(|output| !matches!(output, Output::Send(_)));
        if let Some(connection) = known.connection.take() {
            self.server_input(ServerInput::Closed { connection });
        }
    }

    fn server_input(&mut self, input: ServerInput) {
        self.server.handle(input, self.now, &mut self.rng);
    }

    fn carry_out_server(&mut self) -> bool {
        let Some(output) = self.server.poll() else {
            return false;
        };
        let effects = match output {
            ServerOutput::Commit { changes, then } => {
                self.server_store.commit(&changes).unwrap();
                then
            }
            ServerOutput::Do(effect) => vec![effect],
        };
        for effect in effects {
            self.carry_out(effect);
        }
        true
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send { connection, bytes } => {
                if let Some(device) = self.device_at(connection) {
                    let bytes = match self.forbidden {
                        Some(_) => replace(&bytes, "<item-not-found", "<forbidden"),
                        None => bytes,
                    };
                    self.input(device, Input::Bytes(bytes));
                    self.server_input(ServerInput::Flushed { connection });
                }
            }
            Effect::Close { connection } => {
                if let Some(device) = self.device_at(connection) {
                    self.cut(device);
                }
            }
            Effect::Dial { domain } => {
                let failure = DialFailure {
                    reason: AwayReason::NotFound,
                    why: "there is no other server".to_owned(),
                };
                self.server_input(ServerInput::DialFailed { domain, failure });
            }
            Effect::ReadArchive {
                account,
                ticket,
                query,
            } => {
                let answer = self.server_store.read_archive(&account, &query).unwrap();
                self.server_input(ServerInput::ArchiveRead { ticket, answer });
            }
            Effect::StartTls { .. } | Effect::Peer { .. } | Effect::Note(_) => {}
        }
    }

    fn device_at(&self, connection: ConnectionId) -> Option<usize> {
        let mut devices = self.devices.iter();
        devices.position(|device| device.connection == Some(connection))
    }
}

fn replace(bytes: &[u8], what: &str, by: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.replace(what, by).into_bytes()
}

pub(crate) fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}
