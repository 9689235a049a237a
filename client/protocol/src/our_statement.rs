//! What our own statement says: what follows from our account and its devices, what the last one
//! said, and what the user claims besides.

use std::time::Duration;

use jid::BareJid;
use onym_identity::statement::{
    DisplayName, Endpoint, EndpointKind, ForeignKey, FormError, KeyClaim, KeyProtocol, List,
    MAX_KEYS, MAX_REVOCATIONS, Revocation, Revoked, StatementBody, next_serial,
};
use onym_identity::{OnymJid, Timestamp};
use thiserror::Error;

use crate::store::{OurClaims, Wish};

/// How long a statement is true: somebody who is away for months keeps what they had.
pub const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The highest priority that the user can choose. The next address of a move takes one above all others.
pub const MAX_PRIORITY: u8 = 200;

/// The wishes that make an address the one that is tried first. The others keep their order.
pub(crate) fn put_first(jid: &BareJid, endpoints: &[Endpoint]) -> Vec<Wish> {
    let others = endpoints.iter().filter(|it| it.jid != *jid);
    let mut ranks: Vec<u8> = others.clone().map(|it| it.priority).collect();
    let Some(highest) = ranks.iter().copied().max() else {
        return Vec::new();
    };
    let ours = endpoints.iter().find(|it| it.jid == *jid);
    if ours.is_some_and(|it| it.priority > highest) {
        return Vec::new();
    }
    if highest < MAX_PRIORITY {
        let above = highest.saturating_add(1);
        return vec![Wish::RankAddress(jid.clone(), above)];
    }
    // No room above them: all are ranked anew. A statement has 16 addresses at most.
    ranks.sort_unstable();
    ranks.dedup();
    let place = |rank: u8| ranks.iter().zip(0..).find(|(it, _)| **it == rank);
    let anew = others.filter_map(|it| {
        let (_, rank) = place(it.priority)?;
        Some(Wish::RankAddress(it.jid.clone(), rank))
    });
    let first = u8::try_from(ranks.len()).unwrap_or(MAX_PRIORITY);
    let ours = Wish::RankAddress(jid.clone(), first);
    anew.chain([ours]).collect()
}

/// Why our statement cannot say what the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClaimError {
    /// Our address names no identity, or its key is not here.
    #[error("This account has no identity that could sign a statement.")]
    NoIdentity,
    /// The identity has ended, or has a successor.
    #[error("Your identity has ended: it signs no statement any more.")]
    Ended,
    /// It is revoked.
    #[error("It is revoked, and what was revoked is never listed again.")]
    Revoked,
    /// The statement does not list it.
    #[error("Your statement does not list it.")]
    NotListed,
    /// The statement does not list the address at which a key is used.
    #[error("Your statement does not list the address of this key: claim the address first.")]
    AddressNotListed,
    /// It follows from our account.
    #[error(
        "The keys of your own devices and the certificate of your endpoint are listed by themselves."
    )]
    Automatic,
    /// A list of the statement is full.
    #[error("Your statement has {max} {list} already, and no reader takes more.")]
    Full {
        /// Which one.
        list: List,
        /// How many entries it can have.
        max: usize,
    },
    /// No reader would take it.
    #[error("No reader would take your statement: it {0}.")]
    Unsignable(FormError),
}

impl From<FormError> for ClaimError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::TooMany { list, max, .. } => Self::Full { list, max },
            error => Self::Unsignable(error),
        }
    }
}

/// What our statement is made of.
pub(crate) struct Sources<'a> {
    pub(crate) our_jid: &'a BareJid,
    /// Addresses of our own endpoint that it has left.
    pub(crate) former: &'a [BareJid],
    /// The statement before it.
    pub(crate) base: Option<&'a StatementBody>,
    pub(crate) claims: &'a OurClaims,
    /// The name that our profile tells.
    pub(crate) name: Option<&'a str>,
    /// The OMEMO keys of our devices at our address: all that are to be listed.
    pub(crate) devices: Vec<KeyClaim>,
    /// SHA-256 of the certificate of our endpoint.
    pub(crate) certificate: Option<[u8; 32]>,
    /// The highest number that was seen.
    pub(crate) latest: Option<u64>,
    pub(crate) now: Timestamp,
}

impl Sources<'_> {
    /// The statement. Its lists may be longer than readers take: see [`fit`].
    pub(crate) fn compose(self) -> StatementBody {
        let revocations = self.revocations();
        let is_revoked = |what: &Revoked| revocations.iter().any(|it| it.what == *what);
        let mut endpoints = self.endpoints();
        endpoints.retain(|it| !is_revoked(&Revoked::Endpoint(it.jid.clone())));
        let name = self.name();
        // A clock that was set back since something was revoked.
        let revoked_last = revocations.iter().map(|it| it.since).max();
        let issued = revoked_last.map_or(self.now, |last| last.max(self.now));
        let serial = next_serial(self.latest, self.now);
        let mut keys = self.keys();
        keys.retain(|claim| {
            !is_revoked(&Revoked::Key(claim.key.clone()))
                && endpoints.iter().any(|it| it.jid == claim.jid)
        });
        StatementBody {
            // After the last number there is no other one; signing it again is refused.
            serial: serial.unwrap_or(u64::MAX),
            issued,
            expires: issued + LIFETIME,
            name,
            endpoints,
            keys,
            revocations,
        }
    }

    /// The name of our profile. Where it is not known, it is that of the last statement, unless the
    /// user has taken it away.
    fn name(&self) -> Option<DisplayName> {
        match self.name {
            Some(name) => DisplayName::new(name).ok(),
            None if self.claims.is_nameless => None,
            None => self.base.and_then(|base| base.name.clone()),
        }
    }

    fn revocations(&self) -> Vec<Revocation> {
        let said = self.base.into_iter().flat_map(|base| &base.revocations);
        let mut all: Vec<Revocation> = Vec::new();
        for revocation in said.chain(&self.claims.revoked) {
            if !all.iter().any(|it| it.what == revocation.what) {
                all.push(revocation.clone());
            }
        }
        for jid in self.former {
            let what = Revoked::Endpoint(jid.clone());
            if !all.iter().any(|it| it.what == what) {
                let since = self.now;
                all.push(Revocation { what, since });
            }
        }
        all
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let base = self.base;
        let mut endpoints = base.map_or_else(Vec::new, |base| base.endpoints.clone());
        for wish in &self.claims.wishes {
            match wish {
                Wish::ListAddress(jid) => self.list(jid, &mut endpoints),
                Wish::RankAddress(jid, priority) => {
                    self.list(jid, &mut endpoints);
                    let ranked = endpoints.iter_mut().filter(|it| it.jid == *jid);
                    ranked.for_each(|it| it.priority = *priority);
                }
                Wish::LeaveAddress(jid) => endpoints.retain(|it| it.jid != *jid),
                Wish::ListKey(_) | Wish::LeaveKey(_) => {}
            }
        }
        self.list(self.our_jid, &mut endpoints);
        endpoints
    }

    /// Lists an address, if it is not. Where we shall be soon is to be tried first; where we are is
    /// ranked as the address that we have left for it.
    fn list(&self, jid: &BareJid, endpoints: &mut Vec<Endpoint>) {
        if endpoints.iter().any(|it| it.jid == *jid) {
            return;
        }
        let kind = kind_of(jid, self.our_jid);
        let highest = |of: &dyn Fn(&Endpoint) -> bool| {
            let ranked = endpoints.iter().filter(|it| of(it));
            ranked.map(|it| it.priority).max()
        };
        let priority = match kind {
            EndpointKind::Own if jid == self.our_jid => {
                highest(&|it| self.former.contains(&it.jid))
            }
            EndpointKind::Own => highest(&|_| true).map(|it| it.saturating_add(1)),
            EndpointKind::Account => None,
        };
        endpoints.push(Endpoint {
            jid: jid.clone(),
            kind,
            priority: priority.unwrap_or_default(),
        });
    }

    /// The keys of our devices, the certificate, and what the last statement and the user say of
    /// other addresses and protocols.
    fn keys(self) -> Vec<KeyClaim> {
        let Self {
            our_jid,
            base,
            claims,
            certificate,
            devices: mut keys,
            ..
        } = self;
        if let Some(hash) = certificate {
            keys.push(KeyClaim {
                jid: our_jid.clone(),
                device: None,
                key: ForeignKey::new(KeyProtocol::TlsCertificate, &hash),
            });
        }
        let is_automatic = |it: &KeyClaim| {
            let is_certificate = it.key.protocol == KeyProtocol::TlsCertificate;
            it.jid == *our_jid
                && (it.key.protocol.has_devices() || (is_certificate && certificate.is_some()))
        };
        let said = base.into_iter().flat_map(|base| &base.keys);
        keys.extend(said.filter(|it| !is_automatic(it)).cloned());
        for wish in &claims.wishes {
            match wish {
                Wish::ListKey(claim) => {
                    keys.retain(|it| !has_one_place(it, claim));
                    keys.push(claim.clone());
                }
                Wish::LeaveKey(key) => keys.retain(|it| it.key != *key),
                Wish::ListAddress(_) | Wish::LeaveAddress(_) | Wish::RankAddress(..) => {}
            }
        }
        keys
    }
}

/// Whether a statement can have only one of two claims: a device has one key, and nothing is there
/// twice.
fn has_one_place(one: &KeyClaim, other: &KeyClaim) -> bool {
    let is_same_device =
        one.key.protocol.has_devices() && one.device == other.device && one.jid == other.jid;
    one == other || (is_same_device && one.key.protocol == other.key.protocol)
}

/// What an address proves by itself: whether it carries the key that signs for our own one.
fn kind_of(jid: &BareJid, our_jid: &BareJid) -> EndpointKind {
    let identity = |jid| OnymJid::try_from(jid).ok().map(|it| it.identity);
    match identity(jid) {
        Some(it) if Some(it) == identity(our_jid) => EndpointKind::Own,
        _ => EndpointKind::Account,
    }
}

/// Leaves out what a statement has no room for: the last keys, which are claims of others, and the
/// oldest revocations. What the user asks for is refused before it comes to that.
pub(crate) fn fit(body: &mut StatementBody) {
    body.keys.truncate(MAX_KEYS);
    body.revocations
        .sort_by_key(|it| std::cmp::Reverse(it.since));
    body.revocations.truncate(MAX_REVOCATIONS);
}

/// Whether two statements say the same, but for their numbers and times.
pub(crate) fn has_same_content(one: &StatementBody, other: &StatementBody) -> bool {
    fn is_same<T: PartialEq>(one: &[T], other: &[T]) -> bool {
        one.len() == other.len() && one.iter().all(|it| other.contains(it))
    }
    one.name == other.name
        && is_same(&one.endpoints, &other.endpoints)
        && is_same(&one.keys, &other.keys)
        && is_same(&one.revocations, &other.revocations)
}
