//! Measures Signal's crate as `client/protocol/benches/omemo.rs` measures ours, and prints the same rows:
//! name, tab, operations per second. `libsignal_bench COUNT`
//!
//! The session is serialised at every operation and read again at the next. Signal's sessions carry a
//! post-quantum key exchange and ratchet, and seal a text in the session itself instead of a payload beside
//! it.

use std::time::{Duration, Instant, SystemTime};

use futures_util::FutureExt as _;
use libsignal_protocol_syft as signal;
use rand::rngs::OsRng;
use rand::{Rng as _, TryRngCore as _};
use signal::{
    CiphertextMessage, DeviceId, GenericSignedPreKey as _, IdentityKeyPair, IdentityKeyStore as _,
    InMemSignalProtocolStore, KeyPair, KyberPreKeyRecord, KyberPreKeyStore as _, PreKeyBundle,
    PreKeyRecord, PreKeyStore as _, ProtocolAddress, SessionRecord, SessionStore as _,
    SignedPreKeyRecord, SignedPreKeyStore as _, Timestamp, kem,
};

const DEVICES: usize = 100;
const ROUNDS: usize = 3;
const BATCH: usize = 10;
const SHORT: &[u8] = &[7; 100];
const LONG: &[u8] = &[7; 10_000];

/// What the stores in memory answer at once.
fn now<T>(future: impl Future<Output = Result<T, signal::SignalProtocolError>>) -> T {
    future.now_or_never().expect("it waits").expect("it fails")
}

/// A device with one session.
struct Party {
    store: InMemSignalProtocolStore,
    peer: ProtocolAddress,
    session: Vec<u8>,
}

impl Party {
    fn new(peer: &str) -> Self {
        let rng = &mut OsRng.unwrap_err();
        let identity = IdentityKeyPair::generate(rng);
        let registration = u32::from(rng.random::<u8>());
        let device = DeviceId::new(1).expect("a number of a device");
        Self {
            store: InMemSignalProtocolStore::new(identity, registration).expect("a store"),
            peer: ProtocolAddress::new(peer.to_owned(), device),
            session: Vec::new(),
        }
    }

    fn load(&mut self) {
        let record = SessionRecord::deserialize(&self.session).expect("a session");
        now(self.store.session_store.store_session(&self.peer, &record));
    }

    fn save(&mut self) {
        let record = now(self.store.session_store.load_session(&self.peer));
        self.session = record
            .expect("a session")
            .serialize()
            .expect("a session of bytes");
    }

    fn bundle(&mut self) -> PreKeyBundle {
        let rng = &mut OsRng.unwrap_err();
        let (pre_key, signed) = (KeyPair::generate(rng), KeyPair::generate(rng));
        let kyber = kem::KeyPair::generate(kem::KeyType::Kyber1024, rng);
        let identity = now(self.store.identity_store.get_identity_key_pair());
        let mut sign = |bytes: &[u8]| {
            let signature = identity.private_key().calculate_signature(bytes, rng);
            signature.expect("a signature")
        };
        let signature = sign(&signed.public_key.serialize());
        let kyber_signature = sign(&kyber.public_key.serialize());
        let time = Timestamp::from_epoch_millis(1);
        let store = &mut self.store;
        let record = PreKeyRecord::new(1.into(), &pre_key);
        now(store.pre_key_store.save_pre_key(1.into(), &record));
        let record = SignedPreKeyRecord::new(1.into(), time, &signed, &signature);
        now(store
            .signed_pre_key_store
            .save_signed_pre_key(1.into(), &record));
        let record = KyberPreKeyRecord::new(1.into(), time, &kyber, &kyber_signature);
        now(store
            .kyber_pre_key_store
            .save_kyber_pre_key(1.into(), &record));
        PreKeyBundle::new(
            now(store.identity_store.get_local_registration_id()),
            DeviceId::new(1).expect("a number of a device"),
            Some((1.into(), pre_key.public_key)),
            1.into(),
            signed.public_key,
            signature.to_vec(),
            1.into(),
            kyber.public_key,
            kyber_signature.to_vec(),
            *identity.identity_key(),
        )
        .expect("a bundle")
    }

    fn initiate(&mut self, bundle: &PreKeyBundle) {
        let store = &mut self.store;
        now(signal::process_prekey_bundle(
            &self.peer,
            &mut store.session_store,
            &mut store.identity_store,
            bundle,
            SystemTime::now(),
            &mut OsRng.unwrap_err(),
        ));
        self.save();
    }

    fn seal(&mut self, content: &[u8]) -> CiphertextMessage {
        self.load();
        let store = &mut self.store;
        let sealed = now(signal::message_encrypt(
            content,
            &self.peer,
            &mut store.session_store,
            &mut store.identity_store,
            SystemTime::now(),
            &mut OsRng.unwrap_err(),
        ));
        self.save();
        sealed
    }

    fn open(&mut self, sealed: &CiphertextMessage) {
        if !self.session.is_empty() {
            self.load();
        }
        let store = &mut self.store;
        now(signal::message_decrypt(
            sealed,
            &self.peer,
            &mut store.session_store,
            &mut store.identity_store,
            &mut store.pre_key_store,
            &store.signed_pre_key_store,
            &mut store.kyber_pre_key_store,
            &mut OsRng.unwrap_err(),
        ));
        self.save();
    }
}

struct Bench {
    alices: Vec<Party>,
    bobs: Vec<Party>,
}

impl Bench {
    fn set_up() -> Self {
        let mut bench = Self {
            alices: Vec::new(),
            bobs: Vec::new(),
        };
        let best = best(|| {
            bench.alices = (0..DEVICES).map(|_| Party::new("bob")).collect();
            bench.bobs = (0..DEVICES).map(|_| Party::new("alice")).collect();
            let bundles: Vec<_> = bench.bobs.iter_mut().map(Party::bundle).collect();
            timed(|| {
                for (at, bundle) in bundles.iter().enumerate() {
                    bench.alices[at].initiate(bundle);
                    bench.transfer(at, false);
                }
            })
        });
        row("set-up", DEVICES, best);
        for at in 0..DEVICES {
            bench.transfer(at, true);
            bench.transfer(at, false);
        }
        bench
    }

    fn transfer(&mut self, at: usize, is_answer: bool) {
        let (alice, bob) = (&mut self.alices[at], &mut self.bobs[at]);
        let (from, to) = if is_answer { (bob, alice) } else { (alice, bob) };
        to.open(&from.seal(&[7; 32]));
    }

    fn pairs(&mut self, name: &str, count: usize, alternating: bool) {
        let best = best(|| {
            timed(|| {
                for at in 0..count {
                    self.transfer(0, alternating && at % 2 == 1);
                }
            })
        });
        row(name, count, best);
    }

    fn messages(&mut self, content: &[u8], count: usize, names: [&str; 2]) {
        let mut bests = [Duration::MAX; 2];
        let batches = count / BATCH;
        for _ in 0..ROUNDS {
            let mut took = [Duration::ZERO; 2];
            for _ in 0..batches {
                let mut sealed = Vec::with_capacity(BATCH);
                took[0] += timed(|| {
                    sealed.extend((0..BATCH).map(|_| self.alices[0].seal(content)));
                });
                took[1] += timed(|| sealed.iter().for_each(|it| self.bobs[0].open(it)));
            }
            bests = [bests[0].min(took[0]), bests[1].min(took[1])];
        }
        for (name, best) in names.into_iter().zip(bests) {
            row(name, batches * BATCH, best);
        }
    }

    fn stanza(&mut self, count: usize) {
        let best = best(|| {
            timed(|| {
                for _ in 0..count {
                    for alice in &mut self.alices {
                        alice.seal(SHORT);
                    }
                }
            })
        });
        row("stanza for 100 devices", count, best);
    }
}

fn best(mut round: impl FnMut() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| round()).min().unwrap_or(Duration::MAX)
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn row(name: &str, count: usize, took: Duration) {
    println!("{name}\t{:.0}", count as f64 / took.as_secs_f64());
}

fn main() {
    let count = std::env::args().nth(1);
    let count: usize = count.map_or(3_000, |it| it.parse().expect("a number of operations"));
    let mut bench = Bench::set_up();
    bench.pairs("ping-pong pair", count, true);
    bench.pairs("one-way pair", count, false);
    bench.messages(SHORT, count, ["encrypt 100 B", "decrypt 100 B"]);
    bench.messages(LONG, count, ["encrypt 10 kB", "decrypt 10 kB"]);
    bench.stanza(count / DEVICES);
}
