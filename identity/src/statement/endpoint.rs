//! The addresses of an identity.

use jid::BareJid;

use crate::identity_key::IdentityKey;
use crate::statement::FormError;
use crate::statement::wire::{Reader, Writer};

/// An address at which an identity is reached, or says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A bare JID, with a part before the `@`.
    pub jid: BareJid,
    /// Whose server answers there.
    pub kind: EndpointKind,
    /// The one with the highest number is tried first.
    pub priority: u8,
}

/// What an address proves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// The JID is this identity at an onion address: it carries the key that signs here. That the
    /// onion address is one is checked by who connects to it, since the check costs as much as a
    /// signature.
    Own,
    /// An account at somebody's server. It is a claim until the account publishes this statement,
    /// too.
    Account,
}

impl EndpointKind {
    const fn code(self) -> u8 {
        match self {
            Self::Own => 1,
            Self::Account => 2,
        }
    }

    const fn from_code(got: u8) -> Result<Self, FormError> {
        match got {
            1 => Ok(Self::Own),
            2 => Ok(Self::Account),
            _ => Err(FormError::UnknownKind { got }),
        }
    }
}

impl Endpoint {
    pub(super) fn encode(&self) -> Result<Vec<u8>, FormError> {
        let mut entry = Writer::default();
        let text = self.jid.as_str().as_bytes();
        entry.long(text)?.u8(self.kind.code()).u8(self.priority);
        Ok(entry.0)
    }

    pub(super) fn decode(reader: &mut Reader<'_>, identity_text: &str) -> Result<Self, FormError> {
        let jid = read_jid(reader)?;
        let kind = EndpointKind::from_code(reader.u8()?)?;
        let priority = reader.u8()?;
        if kind == EndpointKind::Own && !carries(&jid, identity_text) {
            return Err(FormError::ForeignEndpoint);
        }
        Ok(Self {
            jid,
            kind,
            priority,
        })
    }
}

/// A JID in its one normal form, so that nobody can list or revoke an address under a second
/// spelling.
pub(super) fn read_jid(reader: &mut Reader<'_>) -> Result<BareJid, FormError> {
    let text = std::str::from_utf8(reader.long()?).map_err(|_| FormError::Jid)?;
    let jid = BareJid::new(text).map_err(|_| FormError::Jid)?;
    // The library takes a dot at the end for what it is without it, and keeps it; and it takes an
    // IPv6 address in any of its spellings.
    let is_name = !text.ends_with(['.', ']']);
    if jid.as_str() != text || !is_name || jid.node().is_none() {
        return Err(FormError::Jid);
    }
    Ok(jid)
}

fn carries(jid: &BareJid, identity_text: &str) -> bool {
    let Some((local, domain)) = jid.as_str().split_once('@') else {
        return false;
    };
    let Some(address) = domain.strip_suffix(".onion") else {
        return false;
    };
    let is_base32 = address
        .bytes()
        .all(|it| matches!(it, b'a'..=b'z' | b'2'..=b'7'));
    local.len() == IdentityKey::TEXT_LEN
        && local == identity_text
        && address.len() == 56
        && is_base32
}
