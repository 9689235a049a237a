//! What an identity signs: statements, its own revocation, and its succession.
//!
//! A [`Statement`] says under which addresses an identity is reached and which keys of other
//! protocols are its own. It has a serial number and an end, and [`Followed`] keeps the order of
//! those that a reader has seen. An [`IdentityRevocation`] ends an identity, and a [`Succession`]
//! names the one that comes after it.
//!
//! Each is a byte string that begins with a domain tag and ends with its signatures, and each
//! content has exactly one. `docs/identity-statement.md` specifies them. Parsing gives
//! [`Unverified`], of which nothing can be used but by verifying it.

mod display_name;
mod document;
mod endpoint;
mod errors;
mod followed;
mod homograph;
mod identity_revocation;
mod key_claim;
mod revocation;
mod succession;
mod text_block;
mod unverified;
mod wire;

use std::fmt;
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::identity_key::{IdentityKey, IdentitySecretKey};
use crate::timestamp::Timestamp;
use wire::{Reader, Writer};

pub use display_name::{DisplayName, DisplayNameError};
pub use document::{Document, DocumentError};
pub use endpoint::{Endpoint, EndpointKind};
pub use errors::{FormError, ProposalError, VerifyError};
pub use followed::{FollowError, Followed, Latest, News, Standing};
pub use homograph::{is_mixed_script, resembles};
pub use identity_revocation::IdentityRevocation;
pub use key_claim::{Fingerprint, ForeignKey, KeyClaim, KeyProtocol, OtherProtocol};
pub use revocation::{Revocation, Revoked};
pub use succession::{ProposedSuccession, Succession};
pub use text_block::{BlockError, MAX_BLOCKS, MAX_QR_BYTES, MAX_TEXT_BYTES, TextForm, find_blocks};
pub use unverified::Unverified;

/// Longest signed document, in bytes: a statement with every list near its end, and little enough
/// to be fetched from a stranger.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024;

/// Most endpoints of a statement: someone with an account on every server they have ever met. Each
/// has to be asked for the statement, too, so that more would make readers work for a stranger.
pub const MAX_ENDPOINTS: usize = 16;

/// Most keys of a statement: eight of each of the sixteen endpoints.
pub const MAX_KEYS: usize = 128;

/// Most revocations of a statement: a device lost in every month of five years.
pub const MAX_REVOCATIONS: usize = 64;

/// Longest time between issue and expiry: a thief of nothing but an old statement can show it for
/// no longer than this, and a person who is away for a year keeps what they had.
pub const MAX_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How far ahead the clock of a signer may be. Tor itself works with a clock that is some hours
/// wrong; a statement from further ahead could outlive what its serial number says.
pub const FUTURE_ALLOWANCE: Duration = Duration::from_secs(60 * 60);

/// What a statement says. Its identity is the key that signs it.
///
/// The lists may be in any order here; a signed statement has them in the one order of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementBody {
    /// Grows with each statement of the identity; [`next_serial`] chooses it. A gap means nothing.
    pub serial: u64,
    /// When it was made.
    pub issued: Timestamp,
    /// When it stops to be true.
    pub expires: Timestamp,
    /// The name to show.
    pub name: Option<DisplayName>,
    /// Where the identity is reached. Several with one priority are equally good.
    pub endpoints: Vec<Endpoint>,
    /// Keys of other protocols, each at one of the endpoints.
    pub keys: Vec<KeyClaim>,
    /// What is the identity's no more.
    pub revocations: Vec<Revocation>,
}

impl StatementBody {
    /// Signs the content.
    ///
    /// # Errors
    ///
    /// [`FormError`] if no reader would accept the statement.
    pub fn sign(&self, key: &IdentitySecretKey) -> Result<SignedStatement, FormError> {
        let mut bytes = self.encode(&key.public())?;
        let signature = key.sign(&bytes);
        bytes.extend_from_slice(&signature);
        // One set of rules for both sides: what is signed here has been read by them.
        Unverified::<Statement>::parse(&bytes)?;
        Ok(SignedStatement { bytes })
    }

    /// When its owner should sign the next one: when a third of its life is left, so that many
    /// days without a connection are no gap.
    #[must_use]
    pub fn renew_at(&self) -> Timestamp {
        let life = self.expires.saturating_since(self.issued);
        self.issued + life.saturating_sub(life / 3)
    }

    fn encode(&self, identity: &IdentityKey) -> Result<Vec<u8>, FormError> {
        let mut body = Writer::default();
        body.bytes(Statement::TAG.as_bytes());
        body.bytes(identity.as_bytes());
        body.u64(self.serial);
        body.u64(self.issued.as_unix_millis());
        body.u64(self.expires.as_unix_millis());
        let name = self.name.as_ref().map_or("", DisplayName::as_str);
        body.short(name.as_bytes())?;

        // Keys name their endpoint by its place, which is known when the endpoints are in order.
        let mut entries = Vec::with_capacity(self.endpoints.len());
        for endpoint in &self.endpoints {
            entries.push((endpoint.encode()?, endpoint.clone()));
        }
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        let (entries, endpoints): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        body.list(entries)?;
        let keys = self.keys.iter().map(|key| key.encode(&endpoints));
        body.list(keys.collect::<Result<_, _>>()?)?;
        let revocations = self.revocations.iter().map(Revocation::encode);
        body.list(revocations.collect::<Result<_, _>>()?)?;
        Ok(body.0)
    }

    /// Reads what follows the identity.
    fn decode(reader: &mut Reader<'_>, identity_text: &str) -> Result<Self, FormError> {
        let serial = reader.u64()?;
        if serial == 0 {
            return Err(FormError::SerialZero);
        }
        let issued = read_time(reader)?;
        let expires = read_time(reader)?;
        let life = expires.saturating_since(issued);
        if life.is_zero() || life > MAX_LIFETIME {
            return Err(FormError::Lifetime);
        }
        let name = read_name(reader.short()?)?;
        let endpoints = read_list(
            reader,
            List::Endpoints,
            |reader| Endpoint::decode(reader, identity_text),
            |entry| without_last(entry, 2),
        )?;
        let keys = read_list(
            reader,
            List::Keys,
            |reader| KeyClaim::decode(reader, &endpoints),
            key_of_entry,
        )?;
        let revocations = read_list(reader, List::Revocations, Revocation::decode, |entry| {
            without_last(entry, 8)
        })?;
        let body = Self {
            serial,
            issued,
            expires,
            name,
            endpoints,
            keys,
            revocations,
        };
        body.check_revocations()?;
        Ok(body)
    }

    fn check_revocations(&self) -> Result<(), FormError> {
        for revocation in &self.revocations {
            if revocation.since > self.issued {
                return Err(FormError::RevokedLater);
            }
            let is_listed = match &revocation.what {
                Revoked::Key(key) => self.keys.iter().any(|it| it.key == *key),
                Revoked::Endpoint(jid) => self.endpoints.iter().any(|it| it.jid == *jid),
            };
            if is_listed {
                return Err(FormError::RevokedButListed);
            }
        }
        Ok(())
    }
}

/// The number of the next statement, after one with the number `last`; `None` if there is none left.
///
/// It is the time, if that is more: an identity that was restored from its words does not know its last
/// number, and is ahead of it all the same.
#[must_use]
pub fn next_serial(last: Option<u64>, now: Timestamp) -> Option<u64> {
    let after_last = last.unwrap_or(0).checked_add(1)?;
    Some(after_last.max(now.as_unix_millis()))
}

/// A list in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum List {
    /// Where the identity is reached.
    Endpoints,
    /// The keys of other protocols.
    Keys,
    /// What is the identity's no more.
    Revocations,
}

impl List {
    const fn max(self) -> usize {
        match self {
            Self::Endpoints => MAX_ENDPOINTS,
            Self::Keys => MAX_KEYS,
            Self::Revocations => MAX_REVOCATIONS,
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Endpoints => "endpoints",
            Self::Keys => "keys",
            Self::Revocations => "revocations",
        })
    }
}

/// A statement that the identity has signed, and that was current when it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    identity: IdentityKey,
    body: StatementBody,
    hash: StatementHash,
}

impl Statement {
    /// What a statement begins with, and what keeps its signature from being one of anything else:
    /// its length, then text.
    pub const TAG: &'static str = "\u{10}onym/1 statement";

    /// Whose statement it is.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        &self.identity
    }

    /// What it says.
    #[must_use]
    pub const fn body(&self) -> &StatementBody {
        &self.body
    }

    /// What tells it from every other statement.
    #[must_use]
    pub const fn hash(&self) -> &StatementHash {
        &self.hash
    }

    /// Whether it can still be believed.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        now < self.body.expires
    }
}

/// The bytes of a statement that was signed here.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedStatement {
    bytes: Vec<u8>,
}

impl SignedStatement {
    /// The bytes to publish.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What tells it from every other statement.
    #[must_use]
    pub fn hash(&self) -> StatementHash {
        StatementHash::of_signed(&self.bytes)
    }
}

impl fmt::Debug for SignedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedStatement({} bytes)", self.bytes.len())
    }
}

/// SHA-256 of what a statement's signature covers. The signature is left out: whoever has the key can
/// make several of one content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementHash([u8; 32]);

impl StatementHash {
    /// Takes a hash that was read from somewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of(signed: &[u8]) -> Self {
        Self(Sha256::digest(signed).into())
    }

    fn of_signed(bytes: &[u8]) -> Self {
        Self::of(without_last(bytes, unverified::SIGNATURE_BYTES))
    }
}

impl fmt::Debug for StatementHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatementHash({})", HEXLOWER.encode(&self.0))
    }
}

fn read_time(reader: &mut Reader<'_>) -> Result<Timestamp, FormError> {
    let millis = reader.u64()?;
    let time = Timestamp::from_unix_millis(millis);
    if time.as_unix_millis() == millis {
        Ok(time)
    } else {
        Err(FormError::Time)
    }
}

fn read_name(bytes: &[u8]) -> Result<Option<DisplayName>, FormError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| FormError::Name(DisplayNameError::NotUtf8))?;
    DisplayName::new(text).map(Some).map_err(FormError::Name)
}

/// Reads a list whose entries stand in ascending order of the bytes that `subject` takes from them.
fn read_list<'a, T>(
    reader: &mut Reader<'a>,
    list: List,
    mut decode: impl FnMut(&mut Reader<'a>) -> Result<T, FormError>,
    subject: impl Fn(&'a [u8]) -> &'a [u8],
) -> Result<Vec<T>, FormError> {
    let got = usize::from(reader.u8()?);
    let max = list.max();
    if got > max {
        return Err(FormError::TooMany { list, max, got });
    }
    let mut entries = Vec::with_capacity(got);
    let mut previous: Option<&'a [u8]> = None;
    for _ in 0..got {
        let before = reader.0;
        entries.push(decode(reader)?);
        let this = subject(without_last(before, reader.0.len()));
        if previous.is_some_and(|previous| previous >= this) {
            return Err(FormError::Order { list });
        }
        previous = Some(this);
    }
    Ok(entries)
}

/// What two entries of keys may not have in common: a device of OMEMO has one key.
fn key_of_entry(entry: &[u8]) -> &[u8] {
    let has_devices = entry
        .first()
        .is_some_and(|code| KeyProtocol::from_code(*code).has_devices());
    match entry.split_at_checked(6) {
        Some((device, _)) if has_devices => device,
        _ => entry,
    }
}

fn without_last(bytes: &[u8], count: usize) -> &[u8] {
    let kept = bytes.len().saturating_sub(count);
    bytes.get(..kept).unwrap_or_default()
}
