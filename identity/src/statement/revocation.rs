//! What an identity takes back inside a statement.

use jid::BareJid;

use crate::statement::FormError;
use crate::statement::endpoint::read_jid;
use crate::statement::key_claim::{ForeignKey, KeyProtocol};
use crate::statement::wire::{Reader, Writer};
use crate::timestamp::Timestamp;

/// A key or an endpoint that is the identity's no more.
///
/// What a statement merely leaves out is not vouched for; what it revokes is to be refused, whatever
/// else speaks for it. A signer repeats its revocations in every later statement, since a reader may
/// have missed the one between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// What is taken back.
    pub what: Revoked,
    /// Since when.
    pub since: Timestamp,
}

/// What a revocation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// A key, wherever it is used.
    Key(ForeignKey),
    /// An address.
    Endpoint(BareJid),
}

const KEY: u8 = 1;
const ENDPOINT: u8 = 2;

impl Revocation {
    pub(super) fn encode(&self) -> Result<Vec<u8>, FormError> {
        let mut entry = self.what.encode()?;
        entry.u64(self.since.as_unix_millis());
        Ok(entry.0)
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, FormError> {
        let what = match reader.u8()? {
            KEY => {
                let protocol = KeyProtocol::from_code(reader.u8()?);
                let key = ForeignKey::new(protocol, reader.short()?);
                key.check()?;
                Revoked::Key(key)
            }
            ENDPOINT => Revoked::Endpoint(read_jid(reader)?),
            got => return Err(FormError::UnknownKind { got }),
        };
        let since = super::read_time(reader)?;
        Ok(Self { what, since })
    }
}

impl Revoked {
    /// What the order of the entries goes by: everything but the time.
    fn encode(&self) -> Result<Writer, FormError> {
        let mut subject = Writer::default();
        match self {
            Self::Key(key) => {
                subject.u8(KEY).u8(key.protocol.code());
                subject.short(key.fingerprint.as_bytes())?;
            }
            Self::Endpoint(jid) => {
                subject.u8(ENDPOINT).long(jid.as_str().as_bytes())?;
            }
        }
        Ok(subject)
    }
}
