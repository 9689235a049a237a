//! A conversation at random between a device of ours and one of a peer: who writes, what is lost,
//! what comes late or twice, and when somebody begins anew. All of it follows from the seed.

use onym_client_protocol::omemo::{
    Bundle, DecryptError, Dialect, OurDevice, SealedKey, Session, WireBundle,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::peer::{Answer, Library, Peer};
use crate::transcript::Transcript;

/// How many messages may overtake one on its way to the peer. libomemo-c forgets a chain when five
/// others have come, python-omemo never.
const MAX_OVERTAKEN: usize = 3;
/// How many sessions are begun at most: fewer than we keep.
const MAX_SESSIONS: usize = 4;
/// How many pre-keys the peer has, one for each session.
const PRE_KEYS: u32 = 4;

pub(crate) struct Conversation<'a> {
    peer: &'a mut Peer,
    library: Library,
    dialect: Dialect,
    /// What decides about the course.
    course: StdRng,
    /// What our keys are drawn from.
    rng: StdRng,
    our: OurDevice,
    our_bundle: WireBundle,
    their_bundle: WireBundle,
    session: Option<Session>,
    they_have_session: bool,
    sessions: usize,
    to_us: Vec<UnderWay>,
    to_them: Vec<UnderWay>,
    pub(crate) opened: usize,
    pub(crate) transcript: Transcript,
}

struct UnderWay {
    message: SealedKey,
    plaintext: Vec<u8>,
    was_opened: bool,
    overtaken: usize,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(peer: &'a mut Peer, library: Library, dialect: Dialect, seed: u64) -> Self {
        let their_bundle = peer.renew(dialect, PRE_KEYS);
        let transcript = Transcript::new(dialect, seed);
        let mut rng = transcript.rng();
        let our = transcript.device(&mut rng);
        let our_bundle = our.bundle(dialect, &mut rng).to_wire();
        Self {
            peer,
            library,
            dialect,
            course: StdRng::seed_from_u64(!seed),
            rng,
            our,
            our_bundle,
            their_bundle,
            session: None,
            they_have_session: false,
            sessions: 0,
            to_us: Vec::new(),
            to_them: Vec::new(),
            opened: 0,
            transcript,
        }
    }

    pub(crate) fn run(&mut self, steps: usize) {
        let can_cross = self.library == Library::LibomemoC;
        if self.course.random_bool(0.5) {
            self.we_initiate();
            if can_cross && self.course.random_bool(0.3) {
                self.they_initiate();
            }
        } else {
            self.they_initiate();
            if can_cross && self.course.random_bool(0.3) {
                self.we_initiate();
            }
        }
        for _ in 0..steps {
            match self.course.random_range(0..20) {
                0..=4 => self.we_send(),
                5..=9 => self.they_send(),
                10..=13 => self.deliver_to_us(),
                14..=17 => self.deliver_to_them(),
                18 => self.lose(),
                _ if can_cross && self.sessions < MAX_SESSIONS => {
                    if self.course.random_bool(0.5) {
                        self.we_initiate();
                    } else {
                        self.they_initiate();
                    }
                }
                _ => {}
            }
        }
        while !self.to_us.is_empty() {
            self.deliver_to_us();
        }
        while !self.to_them.is_empty() {
            self.deliver_to_them();
        }
    }

    /// Has nearly all of a long row of messages come late, in both directions.
    pub(crate) fn bridge_gaps(&mut self, missing: usize) {
        self.we_initiate();
        self.deliver_to_them();
        self.they_send();
        self.deliver_to_us();
        for _ in 0..=missing {
            self.they_send();
            self.we_send();
        }
        for waiting in [&mut self.to_us, &mut self.to_them] {
            // The last first, and then a few of those that it has overtaken.
            let last = waiting.pop().unwrap();
            let mut kept: Vec<UnderWay> = waiting.drain(..).step_by(97).collect();
            kept.insert(0, last);
            *waiting = kept;
        }
        for _ in 0..self.to_us.len() {
            self.open_ours(0);
        }
        for _ in 0..self.to_them.len() {
            self.have_them_open(0);
        }
    }

    fn we_initiate(&mut self) {
        let mut wire = self.their_bundle.clone();
        wire.pre_keys = vec![wire.pre_keys[self.sessions].clone()];
        self.sessions += 1;
        let bundle = Bundle::from_wire(self.dialect, &wire).unwrap();
        let previous = self.session.as_ref();
        let session = Session::initiate(&self.our, &bundle, previous, &mut self.rng).unwrap();
        self.session = Some(stored(&session));
        self.transcript.initiate(&wire);
        self.we_send();
    }

    fn they_initiate(&mut self) {
        let pre_key = self.our_bundle.pre_keys[self.sessions].clone();
        self.sessions += 1;
        self.peer.initiate(&self.our_bundle, &pre_key);
        self.they_have_session = true;
        self.they_send();
    }

    fn we_send(&mut self) {
        let plaintext = self.plaintext();
        if let Some(session) = &mut self.session {
            let message = session.encrypt(&plaintext).unwrap();
            *session = stored(session);
            self.transcript.encrypt(&plaintext, &message);
            self.to_them.push(UnderWay::new(message, plaintext));
        }
    }

    fn they_send(&mut self) {
        let plaintext = self.plaintext();
        if self.they_have_session {
            let message = self.peer.encrypt(&plaintext);
            self.to_us.push(UnderWay::new(message, plaintext));
        }
    }

    fn deliver_to_us(&mut self) {
        if self.to_us.is_empty() {
            return;
        }
        let at = self.course.random_range(0..self.to_us.len());
        self.open_ours(at);
    }

    fn open_ours(&mut self, at: usize) {
        let mut message = self.to_us.remove(at);
        let UnderWay {
            message:
                SealedKey {
                    bytes,
                    is_key_exchange,
                },
            plaintext,
            ..
        } = &message;
        let previous = self.session.as_ref();
        let opened = Session::decrypt(
            previous,
            &self.our,
            self.dialect,
            bytes,
            *is_key_exchange,
            &mut self.rng,
        );
        if message.was_opened {
            assert_eq!(opened.unwrap_err(), DecryptError::Duplicate);
            return;
        }
        let opened = opened.unwrap();
        assert_eq!(*opened.plaintext, *plaintext);
        if let Some(id) = opened.used_pre_key {
            self.our.use_up(id);
        }
        self.session = Some(stored(&opened.session));
        self.opened += 1;
        self.transcript.decrypt(plaintext, &message.message);
        if self.course.random_bool(0.1) {
            message.was_opened = true;
            self.to_us.push(message);
        }
    }

    fn deliver_to_them(&mut self) {
        if self.to_them.is_empty() {
            return;
        }
        let late = self
            .to_them
            .iter()
            .position(|it| it.overtaken >= MAX_OVERTAKEN);
        let at = late.unwrap_or_else(|| self.course.random_range(0..self.to_them.len()));
        self.have_them_open(at);
    }

    fn have_them_open(&mut self, at: usize) {
        let mut message = self.to_them.remove(at);
        for earlier in &mut self.to_them[..at] {
            earlier.overtaken += 1;
        }
        let answer = self.peer.decrypt(&message.message);
        if message.was_opened {
            // The older the message, the less a peer knows that it is one.
            assert!(!matches!(answer, Answer::Plaintext(_)), "{answer:?}");
            return;
        }
        assert_eq!(answer, Answer::Plaintext(message.plaintext.clone()));
        self.they_have_session = true;
        self.opened += 1;
        if self.course.random_bool(0.1) {
            message.was_opened = true;
            self.to_them.push(message);
        }
    }

    fn lose(&mut self) {
        let lost = if self.course.random_bool(0.5) {
            &mut self.to_us
        } else {
            &mut self.to_them
        };
        if !lost.is_empty() {
            lost.remove(self.course.random_range(0..lost.len()));
        }
    }

    /// As long as the key of a payload: python-omemo takes nothing else.
    fn plaintext(&mut self) -> Vec<u8> {
        let length = match self.dialect {
            Dialect::Omemo => 32,
            Dialect::Omemo2 => 48,
        };
        (0..length)
            .map(|_| self.course.random_range(0..=255))
            .collect()
    }
}

impl UnderWay {
    fn new(message: SealedKey, plaintext: Vec<u8>) -> Self {
        Self {
            message,
            plaintext,
            was_opened: false,
            overtaken: 0,
        }
    }
}

/// The session after it was written and read.
fn stored(session: &Session) -> Session {
    let bytes = postcard::to_stdvec(session).unwrap();
    let read = postcard::from_bytes(&bytes).unwrap();
    assert!(read == *session);
    read
}
