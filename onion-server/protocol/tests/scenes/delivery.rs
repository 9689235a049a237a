//! The promise: what a server has acknowledged is delivered, once and in order, whatever dies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::BareJid;
use onym_server_protocol::archive::{ArchiveAnswer, ArchiveQuery, PageQuery};
use onym_server_protocol::{Change, Store};
use onym_stream::{Element, ns};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::client::{Actor, Habits, original};
use crate::world::World;

/// Who does something: montague with romeo, or capulet with juliet.
const DOMAINS: [&str; 2] = ["montague.example", "capulet.example"];
const OWNERS: [&str; 2] = ["romeo@montague.example", "juliet@capulet.example"];

#[derive(Clone, Debug)]
enum Act {
    /// A client writes to the other owner, or to one of their clients.
    Say(usize, Option<usize>),
    /// What has been said takes its course.
    Run,
    Wait(u64),
    /// All connections between the servers break.
    Cut,
    /// The server dies after so many steps.
    Fuse(usize, usize),
    Kill(usize),
    Vanish(usize),
    Start(usize),
    /// The client loses its connection.
    Lose(usize),
    /// The client connects anew and sends again what was not acknowledged.
    Reconnect(usize),
    /// Whether the client answers by itself when it is asked what it has.
    Answer(usize, bool),
    /// The client says what it has.
    Acknowledge(usize),
    /// The client is there, or is not.
    Presence(usize, bool),
}

fn act() -> impl Strategy<Value = Act> {
    let side = 0..2_usize;
    let client = 0..4_usize;
    let to = prop_oneof![3 => Just(None), 1 => (0..3_usize).prop_map(Some)];
    prop_oneof![
        8 => (client.clone(), to).prop_map(|(client, to)| Act::Say(client, to)),
        6 => Just(Act::Run),
        4 => (0..150_u64).prop_map(Act::Wait),
        3 => (0..4_u64).prop_map(Act::Wait),
        2 => Just(Act::Cut),
        3 => (side.clone(), 0..30_usize).prop_map(|(side, steps)| Act::Fuse(side, steps)),
        1 => side.clone().prop_map(Act::Kill),
        1 => side.clone().prop_map(Act::Vanish),
        3 => side.prop_map(Act::Start),
        1 => client.clone().prop_map(Act::Lose),
        4 => client.clone().prop_map(Act::Reconnect),
        2 => (client.clone(), any::<bool>()).prop_map(|(client, answers)| Act::Answer(client, answers)),
        2 => client.clone().prop_map(Act::Acknowledge),
        3 => (client, any::<bool>()).prop_map(|(client, here)| Act::Presence(client, here)),
    ]
}

/// What the network is like, and how many clients an owner has.
#[derive(Clone, Debug)]
struct Weather {
    seed: u64,
    friends: bool,
    /// Whether clients go on with a stream that they have lost.
    resumes: bool,
    /// Whether they want copies of what their owner's other clients send and receive.
    copies: bool,
    clients: usize,
    latency_ms: u64,
    dial_ms: u64,
    chunk: usize,
}

fn weather() -> impl Strategy<Value = Weather> {
    let latency = prop_oneof![Just(0), 1..3_000_u64];
    let dial = prop_oneof![Just(0), 1..20_000_u64];
    let chunk = prop_oneof![Just(usize::MAX), 1..200_usize];
    (
        any::<u64>(),
        any::<[bool; 3]>(),
        1..=2_usize,
        latency,
        dial,
        chunk,
    )
        .prop_map(
            |(seed, [friends, resumes, copies], clients, latency_ms, dial_ms, chunk)| Weather {
                seed,
                friends,
                resumes,
                copies,
                clients,
                latency_ms,
                dial_ms,
                chunk,
            },
        )
}

struct Play {
    w: World,
    /// The clients of each owner.
    clients: [Vec<Actor>; 2],
    /// What each client has said to each address. A message to a client that is not available
    /// overtakes one to its owner (RFC 6121 §8.5.3.1), so order is kept for one address only.
    said: BTreeMap<(usize, String), Vec<String>>,
    next_id: usize,
}

impl Play {
    fn new(weather: &Weather) -> Self {
        let mut w = World::new(weather.seed);
        w.server(DOMAINS[0], &["romeo"]);
        w.server(DOMAINS[1], &["juliet"]);
        let clients = OWNERS.map(|owner| {
            let names = (0..weather.clients).map(|n| format!("client{n}"));
            let clients: Vec<_> = names
                .map(|name| {
                    w.actor(Habits {
                        resumes: weather.resumes,
                        copies: weather.copies,
                        ..Habits::owner(owner, &name)
                    })
                })
                .collect();
            for &client in &clients {
                w.clients[client.0].persists = true;
                w.says(client, "<presence/>");
            }
            clients
        });
        if weather.friends {
            w.befriend(clients[0][0], clients[1][0]);
        }
        w.latency = Duration::from_millis(weather.latency_ms);
        w.dial_time = Duration::from_millis(weather.dial_ms);
        w.chunk = weather.chunk;
        let (said, next_id) = (BTreeMap::new(), 0);
        Self {
            w,
            clients,
            said,
            next_id,
        }
    }

    /// A client by a number below four, whether its owner has one client or two.
    fn client(&self, number: usize) -> Actor {
        let clients = &self.clients[number % 2];
        clients[number / 2 % clients.len()]
    }

    fn perform(&mut self, act: &Act) {
        match *act {
            Act::Say(client, to) => self.say(client, to),
            Act::Run => self.w.run(),
            Act::Wait(seconds) => self.w.advance(Duration::from_secs(seconds)),
            Act::Cut => self.w.cut(DOMAINS[0], DOMAINS[1]),
            Act::Fuse(side, steps) if self.w.is_running(DOMAINS[side]) => {
                self.w.nodes.get_mut(DOMAINS[side]).unwrap().fuse = Some(steps);
            }
            Act::Kill(side) if self.w.is_running(DOMAINS[side]) => self.w.kill(DOMAINS[side]),
            Act::Vanish(side) if self.w.is_running(DOMAINS[side]) => self.w.vanish(DOMAINS[side]),
            Act::Start(side) if !self.w.is_running(DOMAINS[side]) => self.w.start(DOMAINS[side]),
            Act::Fuse(..) | Act::Kill(_) | Act::Vanish(_) | Act::Start(_) => {}
            Act::Lose(client) => self.w.loses_connection(self.client(client)),
            Act::Reconnect(client) => self.w.reconnect(self.client(client)),
            Act::Answer(client, answers) => {
                let client = self.client(client).0;
                self.w.clients[client].habits.acknowledges = answers;
            }
            Act::Acknowledge(client) => self.w.acknowledges(self.client(client)),
            Act::Presence(client, here) => {
                let kind = if here { "" } else { " type='unavailable'" };
                self.w
                    .utters(self.client(client), &format!("<presence{kind}/>"));
            }
        }
    }

    fn say(&mut self, number: usize, to: Option<usize>) {
        let client = self.client(number);
        let resource = to.map_or_else(String::new, |n| format!("/client{n}"));
        let to = format!("{}{resource}", OWNERS[1 - number % 2]);
        let id = format!("m{}", self.next_id);
        self.next_id += 1;
        let said = self.said.entry((client.0, to.clone())).or_default();
        said.push(id.clone());
        let xml = format!("<message to='{to}' id='{id}' type='chat'><body>{id}</body></message>");
        self.w.utters(client, &xml);
    }

    /// Everything is mended, and time passes.
    fn end(&mut self) {
        for (side, domain) in DOMAINS.into_iter().enumerate() {
            if !self.w.is_running(domain) {
                self.w.start(domain);
            }
            let node = self.w.nodes.get_mut(domain).unwrap();
            (node.fuse, node.unreachable) = (None, false);
            for &client in &self.clients[side] {
                self.w.clients[client.0].habits.acknowledges = true;
                self.w.reconnect(client);
                // A stream that goes on goes on as it was.
                self.w.utters(client, "<presence/>");
            }
        }
        self.w.advance(Duration::from_secs(1_200));
    }

    fn check(&mut self) {
        for (side, domain) in DOMAINS.into_iter().enumerate() {
            let mut heard = BTreeMap::new();
            for client in self.clients[side].clone() {
                let left = &self.w.client(client).left;
                assert!(left.is_empty(), "all is acknowledged in the end: {left:?}");
                heard.insert(client.0, self.heard(client));
            }
            let theirs = |((_, to), _): &(&(usize, String), _)| to.starts_with(OWNERS[side]);
            for ((sender, to), said) in self.said.iter().filter(theirs) {
                let among_said = |id: &&String| said.contains(*id);
                let all: BTreeSet<_> = heard.values().flatten().filter(among_said).collect();
                assert_eq!(
                    all,
                    said.iter().collect(),
                    "nothing from {sender} to {to} is lost"
                );
                if let [only] = &*self.clients[side] {
                    let heard: Vec<_> = heard[&only.0].iter().filter(among_said).collect();
                    assert!(heard.into_iter().eq(said), "from {sender} to {to} in order");
                }
            }
            for (id, times) in kept(&self.w.node(domain).journal) {
                assert_eq!(times, 1, "{id} is kept once");
            }
            self.check_archive(side);
            assert!(
                self.w.is_empty(domain),
                "no queue of {domain} holds anything"
            );
        }
    }

    /// Every message that was said or heard is in the archive, once, and those of one client to one
    /// address are in their order.
    fn check_archive(&self, side: usize) {
        let archived = archive(&self.w, OWNERS[side]);
        let all: BTreeSet<_> = self.said.values().flatten().collect();
        assert_eq!(archived.iter().collect::<BTreeSet<_>>(), all);
        assert_eq!(
            archived.len(),
            all.len(),
            "each is there once: {archived:?}"
        );
        for ((sender, to), said) in &self.said {
            let ours = !to.starts_with(OWNERS[side]);
            let in_order = archived.iter().filter(|id| said.contains(id));
            if ours || self.clients[side].len() == 1 {
                assert!(in_order.eq(said), "from {sender} to {to} in order");
            }
        }
    }

    /// What a client has heard, without what it has heard before.
    fn heard(&mut self, client: Actor) -> Vec<String> {
        let mut heard = Vec::new();
        for message in self.w.hears_all(client, "message") {
            let id = original(&message).attr("id").unwrap().to_owned();
            if !heard.contains(&id) {
                heard.push(id);
            }
        }
        heard
    }
}

/// The ids of the messages in an account's archive, oldest first.
fn archive(w: &World, account: &str) -> Vec<String> {
    let store = &w.node(account.split_once('@').unwrap().1).store;
    let account = BareJid::new(account).unwrap();
    let mut query = PageQuery::oldest(100);
    let mut ids = Vec::new();
    loop {
        let asked = ArchiveQuery::Page(query.clone());
        let ArchiveAnswer::Page(page) = store.read_archive(&account, &asked).unwrap() else {
            panic!("{query:?} names nothing unknown");
        };
        for (id, record) in page.messages {
            query.after = Some(id);
            let message: Element = record.xml.parse().unwrap();
            ids.push(message.attr("id").unwrap().to_owned());
        }
        if page.complete {
            return ids;
        }
    }
}

/// How often each message was put into an inbox.
fn kept(journal: &[Change]) -> BTreeMap<String, usize> {
    let mut kept = BTreeMap::new();
    for change in journal {
        if let Change::PutInbox(_, _, stanza) = change {
            let message: Element = stanza.xml.parse().unwrap();
            assert!(
                message.has_child("body", ns::CLIENT),
                "no error: {}",
                stanza.xml
            );
            *kept
                .entry(message.attr("id").unwrap().to_owned())
                .or_default() += 1;
        }
    }
    kept
}

proptest! {
    // PROPTEST_CASES asks for more.
    #![proptest_config(Config { failure_persistence: None, max_shrink_iters: 2_000, ..Config::with_cases(cases()) })]

    #[test]
    fn nothing_is_lost_or_repeated_whatever_dies(
        weather in weather(),
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let mut play = Play::new(&weather);
        for act in &acts {
            play.perform(act);
        }
        play.end();
        play.check();
    }
}

/// How many random cases are played.
pub(crate) fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(64)
}
