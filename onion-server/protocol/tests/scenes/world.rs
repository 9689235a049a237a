//! The world that scenes play in: servers with their stores, the connections between them, and
//! a clock that only moves when it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jid::BareJid;
use onym_identity::Timestamp;
use onym_server_protocol::{
    AwayReason, Change, ConnectionId, DialFailure, Domain, Effect, Input, MemoryStore, Note,
    Origin, Output, PeerStatus, Server, Snapshot, Store, TlsSide,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::client::Client;
use crate::stranger::Stranger;

/// Everything that takes part in a scene.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) rng: StdRng,
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) clients: Vec<Client>,
    pub(crate) strangers: Vec<Stranger>,
    /// Domains that are played by hand, with the connections that were made to them.
    pub(crate) played: BTreeMap<String, VecDeque<usize>>,
    pipes: BTreeMap<u64, Pipe>,
    dials: Vec<Dial>,
    next_id: u64,
    /// How long bytes travel.
    pub(crate) latency: Duration,
    /// How long it takes to connect, or to find that this cannot be done.
    pub(crate) dial_time: Duration,
    /// Why TLS does not come about, if it does not.
    pub(crate) tls_failure: Option<String>,
    /// The most bytes that arrive at once.
    pub(crate) chunk: usize,
}

/// A machine that runs a server.
pub(crate) struct Node {
    pub(crate) accounts: Vec<BareJid>,
    pub(crate) store: MemoryStore,
    pub(crate) server: Option<Server>,
    /// Every change that was written, in order.
    pub(crate) journal: Vec<Change>,
    pub(crate) notes: Vec<Note>,
    pub(crate) peers: BTreeMap<String, PeerStatus>,
    /// Domains that were dialed, in order.
    pub(crate) dialed: Vec<String>,
    /// What its store has answered and it has not been told yet.
    pub(crate) answers: VecDeque<Input>,
    /// Whether nobody can connect to it.
    pub(crate) unreachable: bool,
    /// After so many steps the process dies. A commit is one step, each effect another.
    pub(crate) fuse: Option<usize>,
}

impl Node {
    /// What is on its disk.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.store.load().unwrap()
    }
}

struct Dial {
    due: Timestamp,
    from: String,
    to: Domain,
}

/// A connection.
struct Pipe {
    ends: [End; 2],
    /// Whether everything on it vanishes, and nobody is told.
    dead: bool,
}

struct End {
    holder: Holder,
    /// What travels towards this end.
    arriving: VecDeque<(Timestamp, Parcel)>,
    closed: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Holder {
    Server(String, ConnectionId),
    Client(usize),
    Stranger(usize),
}

enum Parcel {
    Bytes(Vec<u8>),
    Hangup,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plug {
    pipe: u64,
    side: usize,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now: Timestamp::from_unix_millis(1_800_000_000_000),
            rng: StdRng::seed_from_u64(seed),
            nodes: BTreeMap::new(),
            clients: Vec::new(),
            strangers: Vec::new(),
            played: BTreeMap::new(),
            pipes: BTreeMap::new(),
            dials: Vec::new(),
            next_id: 1,
            latency: Duration::ZERO,
            dial_time: Duration::ZERO,
            tls_failure: None,
            chunk: usize::MAX,
        }
    }

    /// A server with accounts, given by their local parts, running and reachable.
    pub(crate) fn server(&mut self, domain: &str, accounts: &[&str]) {
        let accounts = accounts
            .iter()
            .map(|local| BareJid::new(&format!("{local}@{domain}")).unwrap())
            .collect();
        let node = Node {
            accounts,
            store: MemoryStore::default(),
            server: None,
            journal: Vec::new(),
            notes: Vec::new(),
            peers: BTreeMap::new(),
            dialed: Vec::new(),
            answers: VecDeque::new(),
            unreachable: false,
            fuse: None,
        };
        self.nodes.insert(domain.to_owned(), node);
        self.start(domain);
    }

    /// Starts a server's process, with whatever its store holds.
    pub(crate) fn start(&mut self, domain: &str) {
        let node = self.nodes.get_mut(domain).unwrap();
        let snapshot = node.store.load().unwrap();
        let server = Server::new(
            Domain::parse(domain).unwrap(),
            node.accounts.clone(),
            snapshot,
            &mut self.rng,
        );
        node.server = Some(server);
        node.fuse = None;
        node.unreachable = false;
    }

    /// The process dies: what it had not committed is gone, and its connections break.
    pub(crate) fn kill(&mut self, domain: &str) {
        self.nodes.get_mut(domain).unwrap().server = None;
        for plug in self.plugs_of(domain) {
            self.hang_up(plug);
        }
    }

    /// The machine loses its power: nobody is told.
    pub(crate) fn vanish(&mut self, domain: &str) {
        let node = self.nodes.get_mut(domain).unwrap();
        node.server = None;
        node.unreachable = true;
        for plug in self.plugs_of(domain) {
            self.pipes.get_mut(&plug.pipe).unwrap().dead = true;
        }
    }

    /// Breaks every connection between two servers.
    pub(crate) fn cut(&mut self, one: &str, other: &str) {
        let between = |pipe: &Pipe| {
            let holds = |end: &End, domain: &str| matches!(&end.holder, Holder::Server(d, _) if d == domain);
            let [a, b] = &pipe.ends;
            (holds(a, one) && holds(b, other)) || (holds(a, other) && holds(b, one))
        };
        let pipes: Vec<_> = self.pipes.iter().filter(|(_, p)| between(p)).collect();
        let pipes: Vec<_> = pipes.into_iter().map(|(id, _)| *id).collect();
        for pipe in pipes {
            self.break_pipe(pipe);
        }
    }

    /// Breaks one connection: what was on its way is lost.
    pub(crate) fn break_connection(&mut self, plug: Plug) {
        self.break_pipe(plug.pipe);
    }

    fn break_pipe(&mut self, pipe: u64) {
        let now = self.now;
        if let Some(pipe) = self.pipes.get_mut(&pipe) {
            for end in &mut pipe.ends {
                end.arriving.clear();
                end.arriving.push_back((now, Parcel::Hangup));
            }
        }
    }

    fn plugs_of(&self, domain: &str) -> Vec<Plug> {
        let mut plugs = Vec::new();
        for (&pipe, contents) in &self.pipes {
            for (side, end) in contents.ends.iter().enumerate() {
                if matches!(&end.holder, Holder::Server(d, _) if d == domain) && !end.closed {
                    plugs.push(Plug { pipe, side });
                }
            }
        }
        plugs
    }

    pub(crate) fn node(&self, domain: &str) -> &Node {
        &self.nodes[domain]
    }

    /// Whether nothing waits in a server's queues.
    pub(crate) fn is_empty(&self, domain: &str) -> bool {
        let snapshot = self.nodes[domain].store.load().unwrap();
        snapshot.inbox.is_empty() && snapshot.outbox.is_empty()
    }

    pub(crate) fn is_running(&self, domain: &str) -> bool {
        self.nodes[domain].server.is_some()
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn connect(&mut self, one: Holder, other: Holder) -> [Plug; 2] {
        let pipe = self.id();
        let end = |holder| End {
            holder,
            arriving: VecDeque::new(),
            closed: false,
        };
        let ends = [end(one), end(other)];
        self.pipes.insert(pipe, Pipe { ends, dead: false });
        [Plug { pipe, side: 0 }, Plug { pipe, side: 1 }]
    }

    /// A client or a stranger connects to a server; none if nobody is there.
    fn call(&mut self, domain: &str, caller: Holder, origin: Origin) -> Option<Plug> {
        if !self.is_running(domain) || self.nodes[domain].unreachable {
            return None;
        }
        let connection = ConnectionId(self.id());
        let [plug, _] = self.connect(caller, Holder::Server(domain.to_owned(), connection));
        self.tell(domain, Input::Accepted { connection, origin });
        Some(plug)
    }

    pub(crate) fn call_as_client(
        &mut self,
        client: usize,
        domain: &str,
        origin: Origin,
    ) -> Option<Plug> {
        self.call(domain, Holder::Client(client), origin)
    }

    pub(crate) fn call_as_stranger(&mut self, stranger: usize, domain: &str) -> Option<Plug> {
        self.call(domain, Holder::Stranger(stranger), Origin::OnionServer)
    }

    /// Sends bytes to the other end.
    pub(crate) fn post(&mut self, plug: Plug, bytes: &[u8]) {
        let due = self.now + self.latency;
        let Some(pipe) = self.pipes.get_mut(&plug.pipe) else {
            return;
        };
        if pipe.ends[plug.side].closed || pipe.dead {
            return;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = if self.chunk == usize::MAX {
                rest.len()
            } else {
                self.rng.random_range(1..=self.chunk).min(rest.len())
            };
            let (chunk, behind) = rest.split_at(length);
            rest = behind;
            let parcel = Parcel::Bytes(chunk.to_vec());
            pipe.ends[1 - plug.side].arriving.push_back((due, parcel));
        }
    }

    /// Closes one end; the other one learns of it behind the bytes that are on their way.
    pub(crate) fn hang_up(&mut self, plug: Plug) {
        let due = self.now + self.latency;
        let Some(pipe) = self.pipes.get_mut(&plug.pipe) else {
            return;
        };
        if std::mem::replace(&mut pipe.ends[plug.side].closed, true) {
            return;
        }
        pipe.ends[plug.side].arriving.clear();
        if !pipe.dead {
            pipe.ends[1 - plug.side]
                .arriving
                .push_back((due, Parcel::Hangup));
        }
    }

    /// Hands an input to a server and carries out what it wants done.
    pub(crate) fn tell(&mut self, domain: &str, input: Input) {
        let node = self.nodes.get_mut(domain).unwrap();
        if let Some(server) = &mut node.server {
            server.handle(input, self.now, &mut self.rng);
        }
        self.carry_out(domain);
        while let Some(answer) = self.nodes.get_mut(domain).unwrap().answers.pop_front() {
            let node = self.nodes.get_mut(domain).unwrap();
            if let Some(server) = &mut node.server {
                server.handle(answer, self.now, &mut self.rng);
            }
            self.carry_out(domain);
        }
    }

    fn carry_out(&mut self, domain: &str) {
        loop {
            let node = self.nodes.get_mut(domain).unwrap();
            let Some(output) = node.server.as_mut().and_then(Server::poll) else {
                return;
            };
            let effects = match output {
                Output::Do(effect) => vec![effect],
                Output::Commit { changes, then } => {
                    if self.dies(domain) {
                        return;
                    }
                    let node = self.nodes.get_mut(domain).unwrap();
                    node.store.commit(&changes).unwrap();
                    node.journal.extend(changes);
                    then
                }
            };
            for effect in effects {
                if self.dies(domain) {
                    return;
                }
                self.carry_out_one(domain, effect);
            }
        }
    }

    /// Burns the fuse by one step.
    fn dies(&mut self, domain: &str) -> bool {
        let node = self.nodes.get_mut(domain).unwrap();
        match &mut node.fuse {
            None => false,
            Some(0) => {
                node.fuse = None;
                self.kill(domain);
                true
            }
            Some(steps) => {
                *steps -= 1;
                false
            }
        }
    }

    fn carry_out_one(&mut self, domain: &str, effect: Effect) {
        let due = self.now + self.dial_time;
        let node = self.nodes.get_mut(domain).unwrap();
        match effect {
            Effect::Send { connection, bytes } => {
                if let Some(plug) = self.plug(domain, connection) {
                    self.post(plug, &bytes);
                }
            }
            // Nobody here speaks TLS: it is taken to stand at once, or to fail.
            Effect::StartTls { connection, side } => {
                node.answers.push_back(match self.tls_failure.clone() {
                    Some(why) => Input::TlsFailed { connection, why },
                    None => Input::Secured { connection },
                });
                if let TlsSide::Accepting { proceed } = side
                    && let Some(plug) = self.plug(domain, connection)
                {
                    self.post(plug, &proceed);
                }
            }
            Effect::Close { connection } => {
                if let Some(plug) = self.plug(domain, connection) {
                    self.hang_up(plug);
                }
            }
            Effect::Dial { domain: to } => {
                node.dialed.push(to.to_string());
                self.dials.push(Dial {
                    due,
                    from: domain.to_owned(),
                    to,
                });
            }
            Effect::Peer { domain: of, status } => {
                node.peers.insert(of.to_string(), status);
            }
            Effect::Note(note) => node.notes.push(note),
            Effect::ReadArchive {
                account,
                ticket,
                query,
            } => {
                let answer = node.store.read_archive(&account, &query).unwrap();
                node.answers
                    .push_back(Input::ArchiveRead { ticket, answer });
            }
        }
    }

    fn plug(&self, domain: &str, connection: ConnectionId) -> Option<Plug> {
        let holder = Holder::Server(domain.to_owned(), connection);
        self.pipes.iter().find_map(|(&pipe, contents)| {
            let side = contents.ends.iter().position(|end| end.holder == holder)?;
            Some(Plug { pipe, side })
        })
    }

    /// Lets everything happen that is due now.
    pub(crate) fn run(&mut self) {
        for _ in 0..100_000 {
            if !self.dial_one() && !self.deliver_one() && !self.tick_one() {
                self.pipes
                    .retain(|_, pipe| !pipe.ends.iter().all(|end| end.closed));
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.run();
            match self.next_event() {
                Some(next) if next <= end => self.now = self.now.max(next),
                _ => break,
            }
        }
        self.now = end;
        self.run();
    }

    fn next_event(&self) -> Option<Timestamp> {
        let arrivals = self
            .pipes
            .values()
            .filter(|pipe| !pipe.dead)
            .flat_map(|pipe| &pipe.ends)
            .filter_map(|end| Some(end.arriving.front()?.0));
        let dials = self.dials.iter().map(|dial| dial.due);
        let servers = self.nodes.values().filter_map(|node| node.server.as_ref());
        let timeouts = servers.filter_map(Server::next_timeout);
        arrivals.chain(dials).chain(timeouts).min()
    }

    fn dial_one(&mut self) -> bool {
        let Some(position) = self.dials.iter().position(|dial| dial.due <= self.now) else {
            return false;
        };
        let Dial { from, to, .. } = self.dials.remove(position);
        if !self.is_running(&from) {
            return true;
        }
        let to_name = to.to_string();
        let there = self
            .nodes
            .get(&to_name)
            .is_some_and(|node| node.server.is_some() && !node.unreachable);
        let connection = ConnectionId(self.id());
        let ours = Holder::Server(from.clone(), connection);
        if there {
            let theirs = ConnectionId(self.id());
            self.connect(ours, Holder::Server(to_name.clone(), theirs));
            let input = Input::Accepted {
                connection: theirs,
                origin: Origin::OnionServer,
            };
            self.tell(&to_name, input);
        } else if self.played.contains_key(&to_name) {
            let stranger = self.strangers.len();
            let [_, plug] = self.connect(ours, Holder::Stranger(stranger));
            self.strangers.push(Stranger::new(Some(plug)));
            self.played.get_mut(&to_name).unwrap().push_back(stranger);
        } else {
            let failure = DialFailure {
                reason: AwayReason::NotFound,
                why: "the onion service is not there".to_owned(),
            };
            let domain = to;
            self.tell(&from, Input::DialFailed { domain, failure });
            return true;
        }
        let domain = to;
        self.tell(&from, Input::Dialed { connection, domain });
        true
    }

    fn deliver_one(&mut self) -> bool {
        let now = self.now;
        let due = |end: &End| end.arriving.front().is_some_and(|(due, _)| *due <= now);
        let found =
            self.pipes
                .iter()
                .filter(|(_, pipe)| !pipe.dead)
                .find_map(|(&pipe, contents)| {
                    let side = contents.ends.iter().position(due)?;
                    Some(Plug { pipe, side })
                });
        let Some(plug) = found else { return false };
        let pipe = self.pipes.get_mut(&plug.pipe).unwrap();
        let sender = pipe.ends[1 - plug.side].holder.clone();
        let end = &mut pipe.ends[plug.side];
        let holder = end.holder.clone();
        let (_, parcel) = end.arriving.pop_front().unwrap();
        let flushed = end.arriving.is_empty();
        if end.closed {
            return true;
        }
        match parcel {
            Parcel::Bytes(bytes) => {
                self.arrive(&holder, plug, bytes);
                if flushed && let Holder::Server(domain, connection) = sender {
                    self.tell(&domain, Input::Flushed { connection });
                }
            }
            Parcel::Hangup => {
                end.closed = true;
                self.hung_up(&holder);
            }
        }
        true
    }

    fn arrive(&mut self, holder: &Holder, plug: Plug, bytes: Vec<u8>) {
        match holder {
            Holder::Server(domain, connection) => {
                let connection = *connection;
                self.tell(domain, Input::Received { connection, bytes });
            }
            Holder::Client(client) => {
                let answer = self.clients[*client].receive(&bytes, &mut self.rng);
                self.post(plug, &answer);
                if self.clients[*client].has_closed() {
                    self.hang_up(plug);
                    self.clients[*client].lost();
                }
            }
            Holder::Stranger(stranger) => self.strangers[*stranger].receive(&bytes),
        }
    }

    fn hung_up(&mut self, holder: &Holder) {
        match holder {
            Holder::Server(domain, connection) => {
                let connection = *connection;
                self.tell(domain, Input::Closed { connection });
            }
            Holder::Client(client) => self.clients[*client].lost(),
            Holder::Stranger(stranger) => self.strangers[*stranger].plug = None,
        }
    }

    /// Wakes a server whose time has come. It must then have something else to wait for, or the
    /// driver would turn in circles.
    fn tick_one(&mut self) -> bool {
        let now = self.now;
        let due = |node: &Node| {
            let timeout = node.server.as_ref().and_then(Server::next_timeout);
            timeout.is_some_and(|timeout| timeout <= now)
        };
        let Some(domain) = self.nodes.iter().find(|(_, node)| due(node)) else {
            return false;
        };
        let domain = domain.0.clone();
        self.tell(&domain, Input::Tick);
        assert!(
            !due(&self.nodes[&domain]),
            "{domain} wants to be woken at once, for ever"
        );
        true
    }
}
