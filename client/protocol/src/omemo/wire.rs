//! The bytes of a `<key/>` element: protocol buffers, with a version and a MAC around them in
//! [`Dialect::Omemo`].

use prost::Message as _;
use thiserror::Error;

use super::dialect::Dialect;
use super::keys::{IdentityKey, KeyError, PublicKey, WireIdentity};
use super::our_device::DeviceId;

/// Longest `<key/>` that is read, in bytes. What it carries is a key of 48 bytes or fewer.
pub(super) const MAX_BYTES: usize = 4096;

/// What stands in clear in a message of the ratchet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) ratchet_key: PublicKey,
    /// The number of the message in its chain, from 0.
    pub(super) number: u32,
    /// How many messages the sender's chain before this one had.
    pub(super) previous_count: u32,
}

/// A message of the ratchet that nobody has authenticated yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealedMessage {
    pub(super) header: Header,
    pub(super) ciphertext: Vec<u8>,
    /// The bytes that the MAC is over, as they came: writing them anew might give others.
    pub(super) authenticated: Vec<u8>,
    pub(super) mac: Vec<u8>,
}

impl SealedMessage {
    /// Reads a message that is no key exchange, or that a key exchange carries.
    pub(super) fn parse(dialect: Dialect, bytes: &[u8]) -> Result<Self, Malformed> {
        bounded(bytes)?;
        match dialect {
            Dialect::Omemo => Self::parse_omemo(bytes),
            Dialect::Omemo2 => Self::parse_omemo2(bytes),
        }
    }

    fn parse_omemo(bytes: &[u8]) -> Result<Self, Malformed> {
        let dialect = Dialect::Omemo;
        let end = bytes.len().checked_sub(dialect.mac_bytes());
        let parts = end.and_then(|end| bytes.split_at_checked(end));
        let (authenticated, mac) = parts.ok_or(Malformed::Missing("mac"))?;
        let parsed = SignalMessage::decode(without_version(authenticated)?)?;
        let ratchet_key = parsed.ratchet_key.ok_or(Malformed::Missing("ratchetKey"))?;
        let header = Header {
            ratchet_key: PublicKey::parse(dialect, &ratchet_key)?,
            number: parsed.counter.ok_or(Malformed::Missing("counter"))?,
            previous_count: parsed.previous_counter.unwrap_or_default(),
        };
        Ok(Self {
            header,
            ciphertext: parsed.ciphertext.ok_or(Malformed::Missing("ciphertext"))?,
            authenticated: authenticated.to_vec(),
            mac: mac.to_vec(),
        })
    }

    fn parse_omemo2(bytes: &[u8]) -> Result<Self, Malformed> {
        let dialect = Dialect::Omemo2;
        let outer = OmemoAuthenticatedMessage::decode(bytes)?;
        let mac = outer.mac.ok_or(Malformed::Missing("mac"))?;
        if mac.len() != dialect.mac_bytes() {
            return Err(Malformed::MacLength { got: mac.len() });
        }
        let authenticated = outer.message.ok_or(Malformed::Missing("message"))?;
        let parsed = OmemoMessage::decode(authenticated.as_slice())?;
        let ratchet_key = parsed.dh_pub.ok_or(Malformed::Missing("dh_pub"))?;
        let header = Header {
            ratchet_key: PublicKey::parse(dialect, &ratchet_key)?,
            number: parsed.n.ok_or(Malformed::Missing("n"))?,
            previous_count: parsed.pn.ok_or(Malformed::Missing("pn"))?,
        };
        Ok(Self {
            header,
            ciphertext: parsed.ciphertext.unwrap_or_default(),
            authenticated,
            mac,
        })
    }

    /// Writes what is to be authenticated. Numbers are written also where they are 0: libsignal
    /// refuses a message without them.
    pub(super) fn authenticated(dialect: Dialect, header: &Header, ciphertext: Vec<u8>) -> Vec<u8> {
        let ratchet_key = Some(header.ratchet_key.write(dialect));
        match dialect {
            Dialect::Omemo => with_version(&SignalMessage {
                ratchet_key,
                counter: Some(header.number),
                previous_counter: Some(header.previous_count),
                ciphertext: Some(ciphertext),
            }),
            Dialect::Omemo2 => OmemoMessage {
                n: Some(header.number),
                pn: Some(header.previous_count),
                dh_pub: ratchet_key,
                ciphertext: Some(ciphertext),
            }
            .encode_to_vec(),
        }
    }

    /// Joins what was authenticated with its MAC, which has the length of the dialect.
    pub(super) fn write(dialect: Dialect, authenticated: Vec<u8>, mac: &[u8]) -> Vec<u8> {
        match dialect {
            Dialect::Omemo => [authenticated.as_slice(), mac].concat(),
            Dialect::Omemo2 => OmemoAuthenticatedMessage {
                mac: Some(mac.to_vec()),
                message: Some(authenticated),
            }
            .encode_to_vec(),
        }
    }
}

/// The first message of a session, with what the other side needs to begin its own half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyExchange {
    /// Absent if the sender has used none.
    pub(super) pre_key_id: Option<u32>,
    pub(super) signed_pre_key_id: u32,
    pub(super) identity: WireIdentity,
    pub(super) base_key: PublicKey,
    /// A [`SealedMessage`].
    pub(super) message: Vec<u8>,
}

impl KeyExchange {
    /// Reads a key exchange, with the sender's identity key in the form that both dialects share.
    pub(super) fn parse(dialect: Dialect, bytes: &[u8]) -> Result<(Self, IdentityKey), Malformed> {
        bounded(bytes)?;
        let parsed = match dialect {
            Dialect::Omemo => PreKeySignalMessage::decode(without_version(bytes)?)?,
            Dialect::Omemo2 => OmemoKeyExchange::decode(bytes)?.into(),
        };
        let identity_key = parsed.identity_key.ok_or(Malformed::Missing("identity"))?;
        let (identity, identity_key) = WireIdentity::parse(dialect, &identity_key)?;
        let base_key = parsed.base_key.ok_or(Malformed::Missing("base key"))?;
        let signed_pre_key_id = parsed.signed_pre_key_id;
        let exchange = Self {
            pre_key_id: parsed.pre_key_id,
            signed_pre_key_id: signed_pre_key_id.ok_or(Malformed::Missing("signed pre-key"))?,
            identity,
            base_key: PublicKey::parse(dialect, &base_key)?,
            message: parsed.message.ok_or(Malformed::Missing("message"))?,
        };
        Ok((exchange, identity_key))
    }

    /// `device` is what libsignal calls the registration id; nobody reads it.
    pub(super) fn write(self, dialect: Dialect, device: DeviceId) -> Vec<u8> {
        let identity_key = Some(self.identity.write(dialect));
        let base_key = Some(self.base_key.write(dialect));
        match dialect {
            Dialect::Omemo => with_version(&PreKeySignalMessage {
                pre_key_id: self.pre_key_id,
                base_key,
                identity_key,
                message: Some(self.message),
                registration_id: Some(device.get()),
                signed_pre_key_id: Some(self.signed_pre_key_id),
            }),
            Dialect::Omemo2 => OmemoKeyExchange {
                pk_id: self.pre_key_id,
                spk_id: Some(self.signed_pre_key_id),
                ik: identity_key,
                ek: base_key,
                message: Some(self.message),
            }
            .encode_to_vec(),
        }
    }
}

/// What is wrong with the bytes that a peer has sent as a `<key/>`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Malformed {
    /// It is longer than any message.
    #[error("it has {got} bytes, and {MAX_BYTES} are read at most")]
    TooLong {
        /// Bytes that came.
        got: usize,
    },
    /// It is of another version of the protocol than 3.
    #[error("it is of the version {got}, and 3 was expected")]
    Version {
        /// The version.
        got: u8,
    },
    /// It is no protocol buffer of the kind that was expected.
    #[error("it is no protocol buffer")]
    ProtocolBuffer,
    /// A field is missing.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// The MAC is shorter or longer than 16 bytes.
    #[error("its MAC has {got} bytes, and 16 were expected")]
    MacLength {
        /// Bytes that came.
        got: usize,
    },
    /// A public key in it is none.
    #[error("a key in it is none: {0}")]
    Key(#[from] KeyError),
}

impl From<prost::DecodeError> for Malformed {
    fn from(_: prost::DecodeError) -> Self {
        Self::ProtocolBuffer
    }
}

fn bounded(bytes: &[u8]) -> Result<(), Malformed> {
    let got = bytes.len();
    if got > MAX_BYTES {
        return Err(Malformed::TooLong { got });
    }
    Ok(())
}

/// The version 3 twice: of the message, and the newest that the sender knows. It is written exactly
/// so; who reads it looks at the first half.
const VERSION: u8 = 0x33;

fn with_version(message: &impl prost::Message) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend(message.encode_to_vec());
    bytes
}

fn without_version(bytes: &[u8]) -> Result<&[u8], Malformed> {
    let (version, rest) = bytes.split_first().ok_or(Malformed::Missing("version"))?;
    match version >> 4 {
        3 => Ok(rest),
        got => Err(Malformed::Version { got }),
    }
}

/// libsignal's `SignalMessage`.
#[derive(Clone, PartialEq, prost::Message)]
struct SignalMessage {
    #[prost(bytes = "vec", optional, tag = "1")]
    ratchet_key: Option<Vec<u8>>,
    #[prost(uint32, optional, tag = "2")]
    counter: Option<u32>,
    #[prost(uint32, optional, tag = "3")]
    previous_counter: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "4")]
    ciphertext: Option<Vec<u8>>,
}

/// libsignal's `PreKeySignalMessage`.
#[derive(Clone, PartialEq, prost::Message)]
struct PreKeySignalMessage {
    #[prost(uint32, optional, tag = "1")]
    pre_key_id: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    base_key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    identity_key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    message: Option<Vec<u8>>,
    #[prost(uint32, optional, tag = "5")]
    registration_id: Option<u32>,
    #[prost(uint32, optional, tag = "6")]
    signed_pre_key_id: Option<u32>,
}

/// `OMEMOMessage` of XEP-0384, section 12.
#[derive(Clone, PartialEq, prost::Message)]
struct OmemoMessage {
    #[prost(uint32, optional, tag = "1")]
    n: Option<u32>,
    #[prost(uint32, optional, tag = "2")]
    pn: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "3")]
    dh_pub: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    ciphertext: Option<Vec<u8>>,
}

/// `OMEMOAuthenticatedMessage` of XEP-0384, section 12.
#[derive(Clone, PartialEq, prost::Message)]
struct OmemoAuthenticatedMessage {
    #[prost(bytes = "vec", optional, tag = "1")]
    mac: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    message: Option<Vec<u8>>,
}

/// `OMEMOKeyExchange` of XEP-0384, section 12. The message inside is kept as bytes, which the wire
/// does not tell from a message.
#[derive(Clone, PartialEq, prost::Message)]
struct OmemoKeyExchange {
    #[prost(uint32, optional, tag = "1")]
    pk_id: Option<u32>,
    #[prost(uint32, optional, tag = "2")]
    spk_id: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "3")]
    ik: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    ek: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    message: Option<Vec<u8>>,
}

impl From<OmemoKeyExchange> for PreKeySignalMessage {
    fn from(parsed: OmemoKeyExchange) -> Self {
        Self {
            pre_key_id: parsed.pk_id,
            base_key: parsed.ek,
            identity_key: parsed.ik,
            message: parsed.message,
            registration_id: None,
            signed_pre_key_id: parsed.spk_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> Header {
        Header {
            ratchet_key: PublicKey::from_bytes([9; 32]).unwrap(),
            number: 0,
            previous_count: 0,
        }
    }

    #[test]
    fn numbers_are_written_also_when_they_are_zero() {
        let bytes = SealedMessage::authenticated(Dialect::Omemo, &header(), vec![7; 16]);
        let key = [9; 32];
        let head = [0x33, 0x0a, 33, 5];
        let tail = [&[0x10, 0, 0x18, 0, 0x22, 16], [7; 16].as_slice()].concat();
        assert_eq!(bytes, [&head, key.as_slice(), &tail].concat());
        let bytes = SealedMessage::authenticated(Dialect::Omemo2, &header(), vec![7; 16]);
        let head = [0x08, 0, 0x10, 0, 0x1a, 32];
        let tail = [&[0x22, 16], [7; 16].as_slice()].concat();
        assert_eq!(bytes, [&head, key.as_slice(), &tail].concat());
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for dialect in Dialect::ALL {
            let authenticated = SealedMessage::authenticated(dialect, &header(), vec![7; 16]);
            let mac = vec![3; dialect.mac_bytes()];
            let bytes = SealedMessage::write(dialect, authenticated.clone(), &mac);
            let message = SealedMessage {
                header: header(),
                ciphertext: vec![7; 16],
                authenticated,
                mac,
            };
            assert_eq!(SealedMessage::parse(dialect, &bytes), Ok(message));
        }
    }

    #[test]
    fn what_is_authenticated_is_kept_as_it_came() {
        // A field that we do not know, and numbers in more bytes than they need.
        let key = [&[0x0a, 33, 5], [9; 32].as_slice()].concat();
        let inner = [
            &key,
            &[0x10, 0x81, 0x00, 0x18, 0x80, 0x00, 0x22, 1, 7, 0x78, 1][..],
        ]
        .concat();
        let bytes = [&[0x34], inner.as_slice(), &[3; 8]].concat();
        let message = SealedMessage::parse(Dialect::Omemo, &bytes).unwrap();
        assert_eq!(message.authenticated, bytes[..bytes.len() - 8]);
        assert_eq!(message.header.number, 1);
        let key = [&[0x1a, 32], [9; 32].as_slice()].concat();
        let inner = [
            &key,
            &[0x08, 0x81, 0x00, 0x10, 0x80, 0x00, 0x22, 1, 7, 0x78, 1][..],
        ]
        .concat();
        let bytes = SealedMessage::write(Dialect::Omemo2, inner.clone(), &[3; 16]);
        let message = SealedMessage::parse(Dialect::Omemo2, &bytes).unwrap();
        assert_eq!(message.authenticated, inner);
        assert_eq!(message.header.number, 1);
    }

    #[test]
    fn only_the_version_of_the_message_matters() {
        let authenticated = SealedMessage::authenticated(Dialect::Omemo, &header(), vec![7; 16]);
        let mut bytes = SealedMessage::write(Dialect::Omemo, authenticated, &[3; 8]);
        assert_eq!(bytes[0], 0x33);
        bytes[0] = 0x34;
        assert!(SealedMessage::parse(Dialect::Omemo, &bytes).is_ok());
        for (version, got) in [(0x23, 2), (0x43, 4), (0x03, 0)] {
            bytes[0] = version;
            let refused = Err(Malformed::Version { got });
            assert_eq!(SealedMessage::parse(Dialect::Omemo, &bytes), refused);
        }
    }

    #[test]
    fn the_reason_is_named() {
        let got = MAX_BYTES + 1;
        for dialect in Dialect::ALL {
            let long = vec![0x33; got];
            let refused = Malformed::TooLong { got };
            assert_eq!(SealedMessage::parse(dialect, &long), Err(refused));
            assert_eq!(KeyExchange::parse(dialect, &long), Err(refused));
        }
        let authenticated = SealedMessage::authenticated(Dialect::Omemo2, &header(), vec![7; 16]);
        let bytes = SealedMessage::write(Dialect::Omemo2, authenticated, &[3; 8]);
        let refused = Err(Malformed::MacLength { got: 8 });
        assert_eq!(SealedMessage::parse(Dialect::Omemo2, &bytes), refused);
        for (bytes, reason) in [
            (&[][..], Malformed::Missing("mac")),
            (&[0x33; 7], Malformed::Missing("mac")),
            (&[0x33; 8], Malformed::Missing("version")),
            (&[0x33; 9], Malformed::Missing("ratchetKey")),
            (&[0x33; 10], Malformed::ProtocolBuffer),
        ] {
            assert_eq!(SealedMessage::parse(Dialect::Omemo, bytes), Err(reason));
        }
        let key = [9; 31];
        let length = KeyError::Length {
            expected: 32,
            got: 31,
        };
        let inner = [&[0x08, 0, 0x10, 0, 0x1a, 31], key.as_slice()].concat();
        let bytes = SealedMessage::write(Dialect::Omemo2, inner, &[3; 16]);
        let refused = Err(Malformed::Key(length));
        assert_eq!(SealedMessage::parse(Dialect::Omemo2, &bytes), refused);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(
            version in 0x30..0x40_u8,
            mut bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            for dialect in Dialect::ALL {
                let _ = SealedMessage::parse(dialect, &bytes);
                let _ = KeyExchange::parse(dialect, &bytes);
            }
            bytes.insert(0, version);
            let _ = SealedMessage::parse(Dialect::Omemo, &bytes);
            let _ = KeyExchange::parse(Dialect::Omemo, &bytes);
        }
    }
}
