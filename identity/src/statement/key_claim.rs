//! Keys of other protocols that an identity calls its own.

use std::fmt;

use data_encoding::HEXLOWER;
use jid::BareJid;
use serde::{Deserialize, Serialize};

use crate::statement::FormError;
use crate::statement::endpoint::Endpoint;
use crate::statement::wire::{Reader, Writer};

/// A key of another protocol, used at one of the statement's endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyClaim {
    /// Where it is used: one of the endpoints of the same statement.
    pub jid: BareJid,
    /// The number of the device, where the protocol has devices.
    pub device: Option<u32>,
    /// The key.
    pub key: ForeignKey,
}

/// A key of another protocol, by its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The protocol.
    pub protocol: KeyProtocol,
    /// As many bytes as the protocol's fingerprints have.
    pub fingerprint: Fingerprint,
}

/// The protocol that a key is for. It is stored as its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub enum KeyProtocol {
    /// OMEMO 0.3 (`eu.siacs.conversations.axolotl`): the Curve25519 form of the identity key.
    Omemo,
    /// OMEMO 2 (`urn:xmpp:omemo:2`): the Curve25519 form of the identity key.
    Omemo2,
    /// OTR: SHA-1 of the DSA key.
    Otr,
    /// OpenPGP, version 4: the fingerprint of the primary key.
    OpenPgpV4,
    /// OpenPGP, version 6: the fingerprint of the primary key.
    OpenPgpV6,
    /// TLS: SHA-256 of the certificate in DER.
    TlsCertificate,
    /// A protocol that came after this version. It is carried, and stands for nothing.
    Other(OtherProtocol),
}

/// The number of a protocol that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherProtocol(u8);

impl KeyProtocol {
    /// The number that stands for the protocol.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Omemo => 1,
            Self::Omemo2 => 2,
            Self::Otr => 3,
            Self::OpenPgpV4 => 4,
            Self::OpenPgpV6 => 5,
            Self::TlsCertificate => 6,
            Self::Other(OtherProtocol(code)) => code,
        }
    }

    /// The protocol that a number stands for.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Omemo,
            2 => Self::Omemo2,
            3 => Self::Otr,
            4 => Self::OpenPgpV4,
            5 => Self::OpenPgpV6,
            6 => Self::TlsCertificate,
            _ => Self::Other(OtherProtocol(code)),
        }
    }

    /// How long a fingerprint is, in bytes; `None` if this version does not know.
    #[must_use]
    pub const fn fingerprint_bytes(self) -> Option<usize> {
        match self {
            Self::Omemo | Self::Omemo2 | Self::OpenPgpV6 | Self::TlsCertificate => Some(32),
            Self::Otr | Self::OpenPgpV4 => Some(20),
            Self::Other(_) => None,
        }
    }

    /// Whether the protocol numbers its devices, and each of them has one key.
    #[must_use]
    pub const fn has_devices(self) -> bool {
        matches!(self, Self::Omemo | Self::Omemo2)
    }
}

impl From<u8> for KeyProtocol {
    fn from(code: u8) -> Self {
        Self::from_code(code)
    }
}

impl From<KeyProtocol> for u8 {
    fn from(protocol: KeyProtocol) -> Self {
        protocol.code()
    }
}

/// A fingerprint: what a protocol shows people of a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(Box<[u8]>);

impl Fingerprint {
    /// Longest fingerprint, in bytes: that of the longest hash in use.
    pub const MAX_BYTES: usize = 64;

    /// Takes the bytes as they are; a statement checks that they fit their protocol.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Lower-case hexadecimal, without separators.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl ForeignKey {
    /// The key with this fingerprint.
    #[must_use]
    pub fn new(protocol: KeyProtocol, fingerprint: &[u8]) -> Self {
        Self {
            protocol,
            fingerprint: Fingerprint::new(fingerprint),
        }
    }

    pub(super) fn check(&self) -> Result<(), FormError> {
        let got = self.fingerprint.0.len();
        let fits = match self.protocol.fingerprint_bytes() {
            Some(expected) => got == expected,
            None => (1..=Fingerprint::MAX_BYTES).contains(&got),
        };
        // Zero is no protocol, so that a forgotten field is none, either.
        if self.protocol.code() == 0 {
            return Err(FormError::UnknownKind { got: 0 });
        }
        fits.then_some(()).ok_or(FormError::FingerprintLength)
    }
}

impl KeyClaim {
    pub(super) fn encode(&self, endpoints: &[Endpoint]) -> Result<Vec<u8>, FormError> {
        let endpoint = endpoints
            .iter()
            .position(|it| it.jid == self.jid)
            .and_then(|index| u8::try_from(index).ok())
            .ok_or(FormError::UnlistedEndpoint)?;
        let mut entry = Writer::default();
        entry.u8(self.key.protocol.code()).u8(endpoint);
        entry.bytes(&self.device.unwrap_or(0).to_be_bytes());
        entry.short(self.key.fingerprint.as_bytes())?;
        Ok(entry.0)
    }

    pub(super) fn decode(
        reader: &mut Reader<'_>,
        endpoints: &[Endpoint],
    ) -> Result<Self, FormError> {
        let protocol = KeyProtocol::from_code(reader.u8()?);
        let endpoint = endpoints
            .get(usize::from(reader.u8()?))
            .ok_or(FormError::UnlistedEndpoint)?;
        let device = read_device(protocol, reader.u32()?)?;
        let key = ForeignKey::new(protocol, reader.short()?);
        key.check()?;
        let jid = endpoint.jid.clone();
        Ok(Self { jid, device, key })
    }
}

/// A device number is there where the protocol has devices, and is zero where it has none. OMEMO's
/// numbers go from 1 to 2^31 - 1.
fn read_device(protocol: KeyProtocol, number: u32) -> Result<Option<u32>, FormError> {
    let is_omemo = (1..=0x7fff_ffff).contains(&number);
    match protocol {
        KeyProtocol::Omemo | KeyProtocol::Omemo2 if is_omemo => Ok(Some(number)),
        KeyProtocol::Other(_) if number != 0 => Ok(Some(number)),
        KeyProtocol::Omemo | KeyProtocol::Omemo2 => Err(FormError::Device),
        _ if number == 0 => Ok(None),
        _ => Err(FormError::Device),
    }
}
