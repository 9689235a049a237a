//! Invites: a JID to be contacted at, with what it takes to be let in and to know who it is.
//!
//! An [`Invite`] is written as a link to a web page that has everything in its fragment, which no
//! browser sends to a server, or as an `xmpp:` link. Links of others are read, too: XEP-0147,
//! XEP-0379 and XEP-0434, fingerprints as Conversations writes them, and ChatSecure's. `docs/invites.md` specifies
//! our own.
//!
//! What an invite says is worth what its way was: [`Received`] keeps how it arrived.

mod arrival;
mod chatsecure;
mod issued;
mod payload;
mod percent;
mod trust_message;

/// XEP-0147: XMPP URI Scheme Query Components
///
/// XEP-0379: Pre-Authenticated Roster Subscription
mod xmpp_uri;

use std::fmt;

use jid::BareJid;
use thiserror::Error;
use zeroize::Zeroize as _;

use crate::identity_key::{IdentityKey, IdentityKeyError};
use crate::onion_address::{OnionAddress, OnionAddressError};
use crate::onym_jid::OnymJid;
use crate::statement::{DisplayName, ForeignKey};
use crate::{base32, statement};

pub use arrival::{Arrival, InviteTrust, Received, TrustReason};
pub use issued::{InviteId, InviteIdError};

/// Longest link that is read, in bytes: what a text is searched for, and less than a QR code holds.
pub const MAX_LINK_BYTES: usize = 2_048;

/// Where a person is to be asked, and what is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The address, normalised, with a part before the `@`.
    pub jid: BareJid,
    /// The name that the invite proposes. It identifies nobody.
    pub name: Option<DisplayName>,
    /// What lets the request in without a question.
    pub token: Option<InviteToken>,
    /// Whose address it is, for an address that does not name its key itself.
    pub claimed_identity: Option<IdentityKey>,
    /// The serial number of the identity's statement when the invite was made. An older one is
    /// refused by who accepts the invite. (Its hash would be worth nothing after the next renewal.)
    pub least_serial: Option<u64>,
    /// Keys of the person, for one without an identity.
    pub keys: Vec<InvitedKey>,
    /// Keys that are said not to be the person's, in links of others.
    pub distrusted: Vec<ForeignKey>,
    /// It is said to be the new address of a contact who had another.
    pub is_move: bool,
}

/// A key in an invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitedKey {
    /// The number of the device, if the invite tells it.
    pub device: Option<u32>,
    /// The key. Links name fingerprints of OMEMO without a version: they are those of 0.3, and those
    /// of a device that has one key for both.
    pub key: ForeignKey,
}

impl Invite {
    /// An invite to an address, and nothing else.
    #[must_use]
    pub const fn to(jid: BareJid) -> Self {
        Self {
            jid,
            name: None,
            token: None,
            claimed_identity: None,
            least_serial: None,
            keys: Vec::new(),
            distrusted: Vec::new(),
            is_move: false,
        }
    }

    /// Reads a link of any form, or an address as people paste it.
    ///
    /// # Errors
    ///
    /// [`InviteError`] says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, InviteError> {
        let got = text.len();
        if got > MAX_LINK_BYTES {
            let max = MAX_LINK_BYTES;
            return Err(InviteError::TooLong { max, got });
        }
        let text = text.trim();
        if let Some(rest) = without_scheme(text, "xmpp:") {
            return xmpp_uri::read(rest);
        }
        let on_the_web =
            without_scheme(text, "https://").or_else(|| without_scheme(text, "http://"));
        if let Some(rest) = on_the_web {
            return read_page(rest);
        }
        xmpp_uri::read_jid(text).map(Self::to)
    }

    /// Whose address it is: whom it names itself, or whom the invite says.
    #[must_use]
    pub fn identity(&self) -> Option<IdentityKey> {
        named_by(&self.jid).or(self.claimed_identity)
    }

    /// The link to a page at `host` that tells a browser without Onym what to do. Everything about
    /// the invite is behind the `#`.
    ///
    /// # Errors
    ///
    /// [`InviteError`] if the host is none, or if the invite is too long for a link.
    pub fn to_link(&self, host: &str) -> Result<String, InviteError> {
        if !is_host(host) {
            return Err(InviteError::Form);
        }
        bounded(format!("https://{host}{PAGE}{}", payload::write(self)?))
    }

    /// The `xmpp:` link, which other clients read, too.
    ///
    /// # Errors
    ///
    /// [`InviteError::TooLong`] if it is.
    pub fn to_xmpp(&self) -> Result<String, InviteError> {
        bounded(xmpp_uri::write(self))
    }
}

/// Whether a text can stand in a link as the host of a page.
#[must_use]
pub fn is_host(host: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | ':');
    !host.is_empty() && host.chars().all(is_plain)
}

/// What every page of invites has before the payload.
const PAGE: &str = "/i/#";

/// Reads what follows `https://`.
fn read_page(rest: &str) -> Result<Invite, InviteError> {
    let Some((_, fragment)) = rest.split_once(PAGE) else {
        return xmpp_uri::read_conversations_page(rest);
    };
    if let Some(payload) = fragment.strip_prefix(payload::VERSION) {
        return payload::read(payload);
    }
    // XEP-0379, section 3.3: a landing page with the link itself, without its scheme.
    if fragment.contains('@') || fragment.contains("%40") {
        return xmpp_uri::read(fragment);
    }
    chatsecure::read(fragment)
}

fn without_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn bounded(link: String) -> Result<String, InviteError> {
    let (max, got) = (MAX_LINK_BYTES, link.len());
    if got <= max {
        Ok(link)
    } else {
        Err(InviteError::TooLong { max, got })
    }
}

/// The identity that an address names in its local part, here or on anybody's server.
fn named_by(jid: &BareJid) -> Option<IdentityKey> {
    jid.node()?.as_str().parse().ok()
}

/// Normalises an address, and notices a slip in one that carries keys.
fn checked_jid(text: &str) -> Result<BareJid, InviteError> {
    // `/` separates the resource (RFC 7622, section 3.2); it can be in no other part.
    let bare = text.split('/').next().unwrap_or(text);
    let jid = BareJid::new(bare).map_err(|_| InviteError::Form)?;
    let (local, domain) = jid.as_str().split_once('@').ok_or(InviteError::Form)?;
    if domain.ends_with(['.', ']']) || !domain.contains('.') {
        return Err(InviteError::Form);
    }
    let Some(before) = domain.strip_suffix(".onion") else {
        return Ok(jid);
    };
    // Other XMPP servers may be at a name below an onion address, and call people as they like.
    let address = before.rsplit('.').next().unwrap_or(before);
    let address = format!("{address}.onion").parse::<OnionAddress>();
    address.map_err(InviteError::OnionAddress)?;
    // A key with a letter too many or too few would be another person's address, or nobody's.
    let looks_like_key = local.len().abs_diff(IdentityKey::TEXT_LEN) <= 2;
    if looks_like_key && OnymJid::try_from(&jid).is_err() {
        let error = local.parse::<IdentityKey>().err();
        return Err(error.map_or(InviteError::Form, InviteError::Key));
    }
    Ok(jid)
}

/// A secret that lets a request in (XEP-0379, `preauth`). Whoever has it is let in once.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteToken(String);

impl InviteToken {
    /// Longest token that is read, in characters. Servers of others make them of some dozens.
    pub const MAX_CHARS: usize = 64;

    /// How many random bytes one of ours is made of: it is guessed online or not at all.
    pub const RANDOM_BYTES: usize = 10;

    /// A token of random bytes: 16 letters and digits.
    #[must_use]
    pub fn from_random(bytes: &[u8; Self::RANDOM_BYTES]) -> Self {
        Self(base32::encode(bytes))
    }

    /// Takes a token that somebody else made, if it can stand in a link as it is.
    ///
    /// # Errors
    ///
    /// [`InviteError::Token`].
    pub fn new(text: &str) -> Result<Self, InviteError> {
        let is_plain =
            |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'~');
        let is_short = (1..=Self::MAX_CHARS).contains(&text.len());
        if is_short && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InviteError::Token)
        }
    }

    /// The token, to be sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for InviteToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for InviteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("InviteToken(hidden)")
    }
}

/// Why a text is no invite.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InviteError {
    /// It is longer than any link.
    #[error("the link has {got} bytes where at most {max} are read")]
    TooLong {
        /// The limit, in bytes.
        max: usize,
        /// How many there are.
        got: usize,
    },
    /// It does not look like a link of any known form, or like `name@server`.
    #[error("this is no address and no invite that is known here")]
    Form,
    /// A link that asks for something else: a room, a new account, to be forgotten.
    #[error("this link is no invite of a person, but asks for something else")]
    OtherAction,
    /// An invite of a later version.
    #[error("this invite was made by a later version")]
    Version,
    /// A letter of the payload is wrong, missing or too many.
    #[error("the link is damaged: a part of it is missing or was changed")]
    Damaged,
    /// The onion address has a mistake in it.
    #[error("the address has a mistake: {0}")]
    OnionAddress(#[source] OnionAddressError),
    /// The onion address is right, and what stands before the `@` is nearly a key.
    #[error("the address has a mistake: {0}")]
    Key(#[source] IdentityKeyError),
    /// A token that cannot be one.
    #[error("the link has a token that cannot be one")]
    Token,
    /// Two different keys of one device.
    #[error("the link has two different keys for one device")]
    TwoKeys,
}

/// Adds a key, if its length is that of its protocol.
fn add_key(
    keys: &mut Vec<InvitedKey>,
    protocol: statement::KeyProtocol,
    device: Option<u32>,
    fingerprint: &[u8],
) -> Result<(), InviteError> {
    if protocol.fingerprint_bytes() != Some(fingerprint.len()) {
        return Err(InviteError::Damaged);
    }
    let key = ForeignKey::new(protocol, fingerprint);
    let key = InvitedKey { device, key };
    if keys.contains(&key) {
        return Ok(());
    }
    let is_taken =
        |it: &InvitedKey| device.is_some() && it.device == device && it.key.protocol == protocol;
    if keys.iter().any(is_taken) {
        return Err(InviteError::TwoKeys);
    }
    keys.push(key);
    Ok(())
}
