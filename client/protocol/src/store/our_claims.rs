//! What the user wants our statement to say.

use jid::BareJid;
use onym_identity::Timestamp;
use onym_identity::statement::{ForeignKey, KeyClaim, Revocation, Revoked, StatementBody};
use serde::{Deserialize, Serialize};

/// What the user wants our statement to say, besides what follows from our account and its devices.
///
/// What is published is the memory of it, which several installations of one identity share; so a
/// wish is kept only until it is seen there. What was revoked is kept for ever and repeated, also if
/// another installation, which did not know of it, has published a statement without it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OurClaims {
    /// What is not published yet; one wish for each address and key.
    pub wishes: Vec<Wish>,
    /// What was revoked here.
    #[serde(with = "kept_revocations")]
    pub revoked: Vec<Revocation>,
    /// Whether the user has chosen to have no name.
    pub is_nameless: bool,
}

/// Something that our statement shall say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// An account of ours elsewhere is listed.
    ListAddress(BareJid),
    /// An address is listed no more.
    LeaveAddress(BareJid),
    /// A key is listed.
    ListKey(#[serde(with = "kept_claim")] KeyClaim),
    /// A key is listed no more, wherever it is used.
    LeaveKey(ForeignKey),
    /// An address of ours is listed with this priority: the highest number is tried first.
    RankAddress(BareJid, u8),
}

impl Wish {
    /// What is to be revoked if that is wished, too.
    fn revoked(&self) -> Revoked {
        match self {
            Self::ListAddress(jid) | Self::LeaveAddress(jid) | Self::RankAddress(jid, _) => {
                Revoked::Endpoint(jid.clone())
            }
            Self::ListKey(claim) => Revoked::Key(claim.key.clone()),
            Self::LeaveKey(key) => Revoked::Key(key.clone()),
        }
    }

    /// Whether it is in vain once this is wished: a key has to be used at an address that is listed.
    fn needs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ListKey(claim), Self::LeaveAddress(jid)) => claim.jid == *jid,
            _ => false,
        }
    }

    /// Whether two wishes are about the same address, or the same key.
    pub(crate) fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ListKey(one), Self::ListKey(other)) => {
                one.key == other.key && one.jid == other.jid
            }
            _ => self.revoked() == other.revoked(),
        }
    }
}

impl OurClaims {
    /// Adds a wish in the place of earlier ones about the same. What is ranked is listed already.
    pub(crate) fn wish(&mut self, wish: Wish) {
        if let Wish::ListAddress(jid) = &wish
            && self
                .wishes
                .iter()
                .any(|it| matches!(it, Wish::RankAddress(ranked, _) if ranked == jid))
        {
            return;
        }
        self.wishes
            .retain(|it| !it.is_about_the_same(&wish) && !it.needs(&wish));
        self.wishes.push(wish);
    }

    /// Revokes what a wish is about, for ever.
    pub(crate) fn revoke(&mut self, wish: Wish, since: Timestamp) {
        let what = wish.revoked();
        if !self.has_revoked(&what) {
            self.revoked.push(Revocation { what, since });
        }
        self.wish(wish);
    }

    /// Whether something was revoked here.
    #[must_use]
    pub fn has_revoked(&self, what: &Revoked) -> bool {
        self.revoked.iter().any(|it| it.what == *what)
    }

    /// Whether a statement says what was wished.
    pub(crate) fn is_fulfilled(&self, wish: &Wish, body: &StatementBody) -> bool {
        is_fulfilled(wish, &self.revoked, body)
    }

    /// Forgets the wishes that a statement fulfils, and those that another installation has made
    /// vain by it.
    pub(crate) fn published(&mut self, body: &StatementBody) {
        let Self {
            wishes, revoked, ..
        } = self;
        let addresses = wishes.iter().filter_map(|wish| match wish {
            Wish::ListAddress(jid) | Wish::RankAddress(jid, _) => Some(jid.clone()),
            _ => None,
        });
        let mut addresses: Vec<BareJid> = addresses.collect();
        addresses.extend(body.endpoints.iter().map(|it| it.jid.clone()));
        wishes.retain(|wish| {
            let is_vain = match wish {
                Wish::ListKey(claim) => !addresses.contains(&claim.jid),
                _ => false,
            };
            !is_vain && !is_fulfilled(wish, revoked, body)
        });
    }
}

fn is_fulfilled(wish: &Wish, revoked: &[Revocation], body: &StatementBody) -> bool {
    let lists_address = |jid: &BareJid| body.endpoints.iter().any(|it| it.jid == *jid);
    let lists_key = |key: &ForeignKey| body.keys.iter().any(|it| it.key == *key);
    let what = wish.revoked();
    let says = |list: &[Revocation]| list.iter().any(|it| it.what == what);
    let is_revoked_as_wished = says(&body.revocations) || !says(revoked);
    match wish {
        // What another installation has revoked is not to be had any more.
        Wish::ListAddress(_) | Wish::RankAddress(..) | Wish::ListKey(_)
            if says(&body.revocations) =>
        {
            true
        }
        Wish::ListAddress(jid) => lists_address(jid),
        Wish::RankAddress(jid, priority) => {
            let mut endpoints = body.endpoints.iter();
            endpoints.any(|it| it.jid == *jid && it.priority == *priority)
        }
        Wish::ListKey(claim) => body.keys.contains(claim),
        Wish::LeaveAddress(jid) => is_revoked_as_wished && !lists_address(jid),
        Wish::LeaveKey(key) => is_revoked_as_wished && !lists_key(key),
    }
}

mod kept_claim {
    use jid::BareJid;
    use onym_identity::statement::{ForeignKey, KeyClaim};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Kept(BareJid, Option<u32>, ForeignKey);

    pub(super) fn serialize<S: Serializer>(claim: &KeyClaim, to: S) -> Result<S::Ok, S::Error> {
        let KeyClaim { jid, device, key } = claim.clone();
        Kept(jid, device, key).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<KeyClaim, D::Error> {
        let Kept(jid, device, key) = Kept::deserialize(from)?;
        Ok(KeyClaim { jid, device, key })
    }
}

mod kept_revocations {
    use jid::BareJid;
    use onym_identity::Timestamp;
    use onym_identity::statement::{ForeignKey, Revocation, Revoked};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    enum What {
        Key(ForeignKey),
        Address(BareJid),
    }

    pub(super) fn serialize<S: Serializer>(all: &[Revocation], to: S) -> Result<S::Ok, S::Error> {
        let kept = all.iter().map(|it| {
            let what = match &it.what {
                Revoked::Key(key) => What::Key(key.clone()),
                Revoked::Endpoint(jid) => What::Address(jid.clone()),
            };
            (what, it.since)
        });
        kept.collect::<Vec<(What, Timestamp)>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Revocation>, D::Error> {
        let kept = Vec::<(What, Timestamp)>::deserialize(from)?;
        let all = kept.into_iter().map(|(what, since)| Revocation {
            what: match what {
                What::Key(key) => Revoked::Key(key),
                What::Address(jid) => Revoked::Endpoint(jid),
            },
            since,
        });
        Ok(all.collect())
    }
}
