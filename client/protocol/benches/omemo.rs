//! OMEMO beside libomemo-c and Signal's crate: `cargo bench -p onym-client-protocol --bench omemo`.
//!
//! All serialise the session at every operation and read it again at the next, as a client does
//! that loses nothing in a crash; the disk is left out. Each figure is the best of three rounds, in
//! operations per second. `tests/oracles/libomemo_bench.c` measures the same things, in this run;
//! without libomemo-c only our figures are shown. `ONYM_BENCH_COUNT` sets another number of
//! operations in a round. With `ONYM_BENCH_LIBSIGNAL=1`, `tests/oracles/build_libsignal`
//! compiles a program that measures Signal's crate, too; it needs Debian's `protobuf-compiler`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program for people that stops at what it did not expect"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use onym_client_protocol::omemo::{
    Bundle, DeviceId, Dialect, OurDevice, SealedKey, Session, payload,
};
use onym_identity::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

const DEVICES: usize = 100;
const ROUNDS: usize = 3;
/// Messages that are sealed before they are opened. With many in memory at once, the rows would
/// measure how fast the system hands out pages.
const BATCH: usize = 10;
const SHORT: &[u8] = &[7; 100];
const LONG: &[u8] = &[7; 10_000];

fn main() {
    println!(
        "{:<34} {:>10} {:>12} {:>7} {:>12} {:>7}",
        "", "onym /s", "libomemo-c", "ratio", "libsignal", "ratio"
    );
    let signal = libsignal();
    for dialect in Dialect::ALL {
        let theirs = libomemo_c(dialect);
        let mut bench = Bench::new(dialect);
        for (name, per_second) in bench.run() {
            let beside = |figures: &BTreeMap<String, f64>| {
                let figure = figures.get(name);
                figure.map_or_else(
                    || format!("{:>12} {:>7}", "-", "-"),
                    |it| format!("{it:>12.0} {:>7.1}", per_second / it),
                )
            };
            let row = format!("{dialect:?}: {name}");
            let (theirs, signal) = (beside(&theirs), beside(&signal));
            println!("{row:<34} {per_second:>10.0} {theirs} {signal}");
        }
        let bytes = postcard::to_stdvec(&bench.alices[0].session).unwrap().len();
        println!("{dialect:?}: a session has {bytes} bytes");
    }
}

fn count() -> usize {
    let chosen = std::env::var("ONYM_BENCH_COUNT").ok();
    chosen.map_or(3_000, |it| it.parse().expect("a number of operations"))
}

/// A device with one session.
struct Party {
    device: OurDevice,
    session: Option<Vec<u8>>,
}

impl Party {
    fn new(rng: &mut StdRng) -> Self {
        let id = DeviceId::random(rng);
        Self {
            device: OurDevice::generate(id, Timestamp::UNIX_EPOCH, rng),
            session: None,
        }
    }

    fn load(&self) -> Option<Session> {
        let bytes = self.session.as_ref();
        bytes.map(|bytes| postcard::from_bytes(bytes).unwrap())
    }

    fn save(&mut self, session: &Session) {
        self.session = Some(postcard::to_stdvec(session).unwrap());
    }

    fn seal(&mut self, key: &[u8]) -> SealedKey {
        let mut session = self.load().unwrap();
        let sealed = session.encrypt(key).unwrap();
        self.save(&session);
        sealed
    }

    fn open(&mut self, dialect: Dialect, sealed: &SealedKey, rng: &mut StdRng) -> Vec<u8> {
        let SealedKey {
            bytes,
            is_key_exchange,
        } = sealed;
        let previous = self.load();
        let device = &self.device;
        let kex = *is_key_exchange;
        let opened = Session::decrypt(previous.as_ref(), device, dialect, bytes, kex, rng);
        let opened = opened.unwrap();
        self.save(&opened.session);
        opened.plaintext.to_vec()
    }
}

struct Bench {
    dialect: Dialect,
    rng: StdRng,
    alices: Vec<Party>,
    bobs: Vec<Party>,
}

impl Bench {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            rng: StdRng::seed_from_u64(1),
            alices: Vec::new(),
            bobs: Vec::new(),
        }
    }

    fn run(&mut self) -> Vec<(&'static str, f64)> {
        let count = count();
        let mut rows = vec![("set-up", self.set_up())];
        rows.push(("ping-pong pair", self.pairs(count, true)));
        rows.push(("one-way pair", self.pairs(count, false)));
        let (sealed, opened) = self.messages(SHORT, count);
        rows.extend([("encrypt 100 B", sealed), ("decrypt 100 B", opened)]);
        let (sealed, opened) = self.messages(LONG, count);
        rows.extend([("encrypt 10 kB", sealed), ("decrypt 10 kB", opened)]);
        rows.push(("stanza for 100 devices", self.stanza(count / DEVICES)));
        rows
    }

    /// Verify a bundle, begin a session, and have the first message opened.
    fn set_up(&mut self) -> f64 {
        let best = best(|| {
            let rng = &mut self.rng;
            self.alices = (0..DEVICES).map(|_| Party::new(rng)).collect();
            self.bobs = (0..DEVICES).map(|_| Party::new(rng)).collect();
            let bundles = self.bobs.iter().map(|bob| {
                let mut wire = bob.device.bundle(self.dialect, rng).to_wire();
                wire.pre_keys.truncate(1);
                wire
            });
            let bundles: Vec<_> = bundles.collect();
            timed(|| {
                for (at, wire) in bundles.iter().enumerate() {
                    let bundle = Bundle::from_wire(self.dialect, wire);
                    let bundle = bundle.unwrap();
                    let alice = &mut self.alices[at];
                    let session = Session::initiate(&alice.device, &bundle, None, &mut self.rng);
                    alice.save(&session.unwrap());
                    self.transfer(at, false);
                }
            })
        });
        for at in 0..DEVICES {
            self.transfer(at, true);
            self.transfer(at, false);
        }
        per_second(DEVICES, best)
    }

    /// One message without its payload, from sealing to opening.
    fn transfer(&mut self, at: usize, is_answer: bool) {
        let (alice, bob) = (&mut self.alices[at], &mut self.bobs[at]);
        let (from, to) = if is_answer {
            (bob, alice)
        } else {
            (alice, bob)
        };
        let key = match self.dialect {
            Dialect::Omemo => &[7; 32][..],
            Dialect::Omemo2 => &[7; 48],
        };
        let sealed = from.seal(key);
        to.open(self.dialect, &sealed, &mut self.rng);
    }

    fn pairs(&mut self, count: usize, alternating: bool) -> f64 {
        let best = best(|| {
            timed(|| {
                for at in 0..count {
                    self.transfer(0, alternating && at % 2 == 1);
                }
            })
        });
        per_second(count, best)
    }

    /// Messages with their payloads: sealed, and then opened.
    fn messages(&mut self, content: &[u8], count: usize) -> (f64, f64) {
        let (mut best_seal, mut best_open) = (Duration::MAX, Duration::MAX);
        let batches = count / BATCH;
        for _ in 0..ROUNDS {
            let (mut sealing, mut opening) = (Duration::ZERO, Duration::ZERO);
            for _ in 0..batches {
                let mut messages = Vec::with_capacity(BATCH);
                sealing += timed(|| {
                    for _ in 0..BATCH {
                        let payload = payload::seal(self.dialect, content, &mut self.rng);
                        let sealed = self.alices[0].seal(&payload.key);
                        messages.push((sealed, payload));
                    }
                });
                opening += timed(|| {
                    for (sealed, payload) in &messages {
                        let key = self.bobs[0].open(self.dialect, sealed, &mut self.rng);
                        let iv = payload.iv.as_ref().map(<[u8; 12]>::as_slice);
                        payload::open(self.dialect, &key, iv, &payload.ciphertext).unwrap();
                    }
                });
            }
            best_seal = best_seal.min(sealing);
            best_open = best_open.min(opening);
        }
        let count = batches * BATCH;
        (per_second(count, best_seal), per_second(count, best_open))
    }

    /// One payload, and its key for each device.
    fn stanza(&mut self, count: usize) -> f64 {
        let best = best(|| {
            timed(|| {
                for _ in 0..count {
                    let payload = payload::seal(self.dialect, SHORT, &mut self.rng);
                    for alice in &mut self.alices {
                        alice.seal(&payload.key);
                    }
                }
            })
        });
        per_second(count, best)
    }
}

/// What libomemo-c does in a second, by the name of the row; nothing if it is not installed.
fn libomemo_c(dialect: Dialect) -> BTreeMap<String, f64> {
    let oracles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracles");
    let built = Command::new(oracles.join("build")).arg(&folder).status();
    if !built.is_ok_and(|status| status.success()) {
        println!("libomemo-c is not installed: scripts/setup does that");
        return BTreeMap::new();
    }
    let version = match dialect {
        Dialect::Omemo => "0.3",
        Dialect::Omemo2 => "2",
    };
    let mut command = Command::new(folder.join("libomemo_bench"));
    rows_of(command.arg(version).arg(count().to_string()))
}

/// What Signal's crate does in a second, if it is to be measured.
fn libsignal() -> BTreeMap<String, f64> {
    if std::env::var_os("ONYM_BENCH_LIBSIGNAL").is_none() {
        return BTreeMap::new();
    }
    let oracles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libsignal");
    let mut build = Command::new(oracles.join("build_libsignal"));
    assert!(build.arg(&folder).status().unwrap().success());
    let mut command = Command::new(folder.join("target/release/libsignal_bench"));
    rows_of(command.arg(count().to_string()))
}

/// The lines of a program that measures: name, tab, figure.
fn rows_of(command: &mut Command) -> BTreeMap<String, f64> {
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let rows = text.lines().map(|line| line.split_once('\t').unwrap());
    rows.map(|(name, figure)| (name.to_owned(), figure.parse().unwrap()))
        .collect()
}

fn best(mut round: impl FnMut() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| round()).min().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
