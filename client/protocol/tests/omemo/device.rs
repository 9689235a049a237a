//! A device with its session to one other, as a client would hold it.

use onym_client_protocol::omemo::{
    Bundle, DecryptError, DeviceId, Dialect, InitiateError, Opened, OurDevice, SealedKey, Session,
};
use onym_identity::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) our: OurDevice,
    pub(crate) dialect: Dialect,
    pub(crate) session: Option<Session>,
    /// What its keys are drawn from next.
    pub(crate) seed: u64,
}

impl Device {
    pub(crate) fn new(dialect: Dialect, seed: u64) -> Self {
        let rng = &mut StdRng::seed_from_u64(seed);
        let id = DeviceId::random(rng);
        let our = OurDevice::generate(id, Timestamp::UNIX_EPOCH, rng);
        Self {
            our,
            dialect,
            session: None,
            seed: next(seed),
        }
    }

    /// A generator that gives the same until something was kept of what was drawn.
    pub(crate) fn rng(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }

    pub(crate) fn draw(&mut self) -> StdRng {
        let rng = self.rng();
        self.seed = next(self.seed);
        rng
    }

    pub(crate) fn bundle(&mut self) -> Bundle {
        let rng = &mut self.draw();
        let wire = self.our.bundle(self.dialect, rng).to_wire();
        Bundle::from_wire(self.dialect, &wire).unwrap()
    }

    pub(crate) fn initiate(&mut self, bundle: &Bundle) -> Result<(), InitiateError> {
        let rng = &mut self.draw();
        let session = Session::initiate(&self.our, bundle, self.session.as_ref(), rng)?;
        self.session = Some(session);
        Ok(())
    }

    pub(crate) fn encrypt(&mut self, plaintext: &[u8]) -> SealedKey {
        self.session.as_mut().unwrap().encrypt(plaintext).unwrap()
    }

    /// Opens a message and changes nothing.
    pub(crate) fn peek(&self, message: &SealedKey) -> Result<Opened, DecryptError> {
        let previous = self.session.as_ref();
        let SealedKey {
            bytes,
            is_key_exchange,
        } = message;
        let rng = &mut self.rng();
        Session::decrypt(
            previous,
            &self.our,
            self.dialect,
            bytes,
            *is_key_exchange,
            rng,
        )
    }

    /// Opens a message, and keeps what follows from it.
    pub(crate) fn decrypt(&mut self, message: &SealedKey) -> Result<Opened, DecryptError> {
        let opened = self.peek(message)?;
        self.draw();
        if let Some(id) = opened.used_pre_key {
            self.our.use_up(id);
        }
        self.session = Some(opened.session.clone());
        Ok(opened)
    }

    /// Everything that is stored, written and read.
    pub(crate) fn restarted(&self) -> Self {
        let our = postcard::to_stdvec(&self.our).unwrap();
        let session = postcard::to_stdvec(&self.session).unwrap();
        let restarted = Self {
            our: postcard::from_bytes(&our).unwrap(),
            dialect: self.dialect,
            session: postcard::from_bytes(&session).unwrap(),
            seed: self.seed,
        };
        assert!(restarted.our == self.our);
        assert!(restarted.session == self.session);
        restarted
    }
}

/// Two devices that have exchanged a message in each direction.
pub(crate) fn acquainted(dialect: Dialect) -> (Device, Device) {
    let (mut alice, mut bob) = (Device::new(dialect, 1), Device::new(dialect, 2));
    alice.initiate(&bob.bundle()).unwrap();
    let hello = alice.encrypt(b"hello");
    assert_eq!(*bob.decrypt(&hello).unwrap().plaintext, *b"hello");
    let answer = bob.encrypt(b"answer");
    assert_eq!(*alice.decrypt(&answer).unwrap().plaintext, *b"answer");
    (alice, bob)
}

/// Knuth's MMIX: two devices do not soon come to the same seed.
const fn next(seed: u64) -> u64 {
    let seed = seed.wrapping_mul(6_364_136_223_846_793_005);
    seed.wrapping_add(1_442_695_040_888_963_407)
}
