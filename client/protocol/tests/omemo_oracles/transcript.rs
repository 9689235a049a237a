//! What our side did in a conversation, so that it can be played again without the peer.

use data_encoding::HEXLOWER;
use onym_client_protocol::omemo::{
    Bundle, DeviceId, Dialect, OurDevice, SealedKey, Session, WireBundle,
};
use onym_identity::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transcript {
    dialect: Dialect,
    /// What our keys are drawn from: ChaCha12, seeded as `rand` does it.
    seed: u64,
    events: Vec<Event>,
}

/// All bytes are in hexadecimal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "we")]
enum Event {
    Initiate {
        identity_key: String,
        signed_pre_key_id: u32,
        signed_pre_key: String,
        signature: String,
        pre_key_id: u32,
        pre_key: String,
    },
    /// The bytes were opened by the peer.
    Encrypt {
        plaintext: String,
        bytes: String,
        is_key_exchange: bool,
    },
    /// The bytes were sealed by the peer.
    Decrypt {
        bytes: String,
        is_key_exchange: bool,
        plaintext: String,
    },
}

impl Transcript {
    pub(crate) const fn new(dialect: Dialect, seed: u64) -> Self {
        Self {
            dialect,
            seed,
            events: Vec::new(),
        }
    }

    pub(crate) fn rng(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }

    /// Our device, the first that is drawn.
    pub(crate) fn device(&self, rng: &mut StdRng) -> OurDevice {
        OurDevice::generate(DeviceId::new(2).unwrap(), Timestamp::UNIX_EPOCH, rng)
    }

    /// The bundle has one pre-key.
    pub(crate) fn initiate(&mut self, bundle: &WireBundle) {
        let (pre_key_id, pre_key) = &bundle.pre_keys[0];
        self.events.push(Event::Initiate {
            identity_key: HEXLOWER.encode(&bundle.identity_key),
            signed_pre_key_id: bundle.signed_pre_key_id,
            signed_pre_key: HEXLOWER.encode(&bundle.signed_pre_key),
            signature: HEXLOWER.encode(&bundle.signature),
            pre_key_id: *pre_key_id,
            pre_key: HEXLOWER.encode(pre_key),
        });
    }

    pub(crate) fn encrypt(&mut self, plaintext: &[u8], message: &SealedKey) {
        self.events.push(Event::Encrypt {
            plaintext: HEXLOWER.encode(plaintext),
            bytes: HEXLOWER.encode(&message.bytes),
            is_key_exchange: message.is_key_exchange,
        });
    }

    pub(crate) fn decrypt(&mut self, plaintext: &[u8], message: &SealedKey) {
        self.events.push(Event::Decrypt {
            bytes: HEXLOWER.encode(&message.bytes),
            is_key_exchange: message.is_key_exchange,
            plaintext: HEXLOWER.encode(plaintext),
        });
    }

    /// The signs of the identity keys that we began sessions with: they are in the key itself in
    /// [`Dialect::Omemo2`], and in the signature in [`Dialect::Omemo`].
    pub(crate) fn signs(&self) -> Vec<u8> {
        let signs = self.events.iter().filter_map(|event| match event {
            Event::Initiate {
                identity_key,
                signature,
                ..
            } => {
                let last = match self.dialect {
                    Dialect::Omemo => unhex(signature).last().copied(),
                    Dialect::Omemo2 => unhex(identity_key).last().copied(),
                };
                last.map(|last| last >> 7)
            }
            _ => None,
        });
        signs.collect()
    }

    /// Does all of it again: what we seal has the same bytes, and what they sealed opens.
    pub(crate) fn replay(&self) {
        let dialect = self.dialect;
        let mut rng = self.rng();
        let mut our = self.device(&mut rng);
        // Its signature is the first that draws from the generator.
        let _ = our.bundle(dialect, &mut rng);
        let mut session: Option<Session> = None;
        for event in &self.events {
            let previous = session.as_ref();
            match event {
                Event::Initiate {
                    identity_key,
                    signed_pre_key_id,
                    signed_pre_key,
                    signature,
                    pre_key_id,
                    pre_key,
                } => {
                    let wire = WireBundle {
                        identity_key: unhex(identity_key),
                        signed_pre_key_id: *signed_pre_key_id,
                        signed_pre_key: unhex(signed_pre_key),
                        signature: unhex(signature),
                        pre_keys: vec![(*pre_key_id, unhex(pre_key))],
                    };
                    let bundle = Bundle::from_wire(dialect, &wire).unwrap();
                    session = Some(Session::initiate(&our, &bundle, previous, &mut rng).unwrap());
                }
                Event::Encrypt {
                    plaintext,
                    bytes,
                    is_key_exchange,
                } => {
                    let sealed = session
                        .as_mut()
                        .unwrap()
                        .encrypt(&unhex(plaintext))
                        .unwrap();
                    assert_eq!(HEXLOWER.encode(&sealed.bytes), *bytes);
                    assert_eq!(sealed.is_key_exchange, *is_key_exchange);
                }
                Event::Decrypt {
                    bytes,
                    is_key_exchange,
                    plaintext,
                } => {
                    let bytes = unhex(bytes);
                    let kex = *is_key_exchange;
                    let opened = Session::decrypt(previous, &our, dialect, &bytes, kex, &mut rng);
                    let opened = opened.unwrap();
                    assert_eq!(HEXLOWER.encode(&opened.plaintext), *plaintext);
                    if let Some(id) = opened.used_pre_key {
                        our.use_up(id);
                    }
                    session = Some(opened.session);
                }
            }
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}
