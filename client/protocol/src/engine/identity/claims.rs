//! What the user wants our statement to say, kept until it is published; and whether our identity
//! still knows this device.

use jid::BareJid;
use onym_identity::Timestamp;
use onym_identity::statement::{ForeignKey, KeyClaim, KeyProtocol, Revoked, StatementBody};

use super::super::core::Core;
use super::publishing::{omemo_claim, protocol};
use crate::command::{Command, CommandError};
use crate::event::Event;
use crate::omemo::{DeviceId, Dialect, IdentityKey};
use crate::our_statement::{ClaimError, fit, put_first};
use crate::store::{Change, OurClaims, Wish};

impl Core {
    /// What is about our own statement.
    pub(in crate::engine) fn try_about_our_statement(
        &mut self,
        command: Command,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let (wishes, is_revoked) = match command {
            Command::ClaimAddress {
                jid,
                priority: None,
            } if jid == self.config.our_jid => {
                return Err(CommandError::OwnAddress);
            }
            Command::DropAddress { jid, .. } if jid == self.config.our_jid => {
                return Err(CommandError::OwnAddress);
            }
            Command::ClaimAddress { jid, priority } => {
                let wish = match priority {
                    Some(priority) => Wish::RankAddress(jid, priority),
                    None => Wish::ListAddress(jid),
                };
                (vec![wish], false)
            }
            Command::PreferAddress { jid } => {
                let base = self.our_last_statement();
                let body = self.our_statement(base.as_ref(), &self.memory.our_claims, now);
                (put_first(&jid, &body.endpoints), false)
            }
            Command::DropAddress { jid, is_revoked } => (vec![Wish::LeaveAddress(jid)], is_revoked),
            Command::ClaimKey { claim } => {
                let keys = in_every_dialect(claim.key).into_iter();
                let (jid, device) = (claim.jid, claim.device);
                let claims = keys.map(|key| KeyClaim {
                    jid: jid.clone(),
                    device,
                    key,
                });
                (claims.map(Wish::ListKey).collect(), false)
            }
            Command::DropKey { key, is_revoked } => {
                let mut keys = in_every_dialect(key);
                if !is_revoked {
                    self.keep_listed(&mut keys, now);
                }
                (keys.into_iter().map(Wish::LeaveKey).collect(), is_revoked)
            }
            // The link takes the others.
            _ => return Ok(()),
        };
        Ok(self.claim(wishes, is_revoked, now)?)
    }

    /// Of the forms of one key those that are listed, or the first one if none is.
    fn keep_listed(&self, keys: &mut Vec<ForeignKey>, now: Timestamp) {
        let base = self.our_last_statement();
        let body = self.our_statement(base.as_ref(), &self.memory.our_claims, now);
        let is_listed = |key: &ForeignKey| body.keys.iter().any(|it| it.key == *key);
        if keys.iter().any(is_listed) {
            keys.retain(is_listed);
        } else {
            keys.truncate(1);
        }
    }

    /// Keeps wishes, if a statement can be signed that fulfils them.
    fn claim(
        &mut self,
        wishes: Vec<Wish>,
        is_revoked: bool,
        now: Timestamp,
    ) -> Result<(), ClaimError> {
        let key = self.config.identity.clone();
        let key = key.ok_or(ClaimError::NoIdentity)?;
        if self.has_ended() {
            return Err(ClaimError::Ended);
        }
        let base = self.our_last_statement();
        let before = self.our_statement(base.as_ref(), &self.memory.our_claims, now);
        let mut claims = self.memory.our_claims.clone();
        for wish in wishes {
            self.check_wish(&wish, is_revoked, &before)?;
            match is_revoked {
                true => claims.revoke(wish, now),
                false => claims.wish(wish),
            }
        }
        let after = self.our_statement(base.as_ref(), &claims, now);
        after.sign(&key)?;
        self.put_claims(claims);
        Ok(())
    }

    fn check_wish(
        &self,
        wish: &Wish,
        is_revoked: bool,
        body: &StatementBody,
    ) -> Result<(), ClaimError> {
        let lists_address = |jid: &BareJid| body.endpoints.iter().any(|it| it.jid == *jid);
        let revokes = |what| body.revocations.iter().any(|it| it.what == what);
        match wish {
            Wish::ListAddress(jid) | Wish::RankAddress(jid, _)
                if revokes(Revoked::Endpoint(jid.clone())) =>
            {
                Err(ClaimError::Revoked)
            }
            Wish::ListKey(claim) if self.is_automatic(claim) => Err(ClaimError::Automatic),
            Wish::ListKey(claim) if revokes(Revoked::Key(claim.key.clone())) => {
                Err(ClaimError::Revoked)
            }
            Wish::ListKey(claim) if !lists_address(&claim.jid) => Err(ClaimError::AddressNotListed),
            Wish::LeaveAddress(jid) if !is_revoked && !lists_address(jid) => {
                Err(ClaimError::NotListed)
            }
            Wish::LeaveKey(key) => {
                let mut listed = body.keys.iter().filter(|it| it.key == *key);
                let is_automatic = listed.clone().any(|claim| self.is_automatic(claim));
                // Another device of ours may be signed out by its key.
                if is_automatic && (!is_revoked || self.is_of_this_device(key)) {
                    return Err(ClaimError::Automatic);
                }
                let is_listed = listed.next().is_some();
                (is_revoked || is_listed)
                    .then_some(())
                    .ok_or(ClaimError::NotListed)
            }
            Wish::ListAddress(_)
            | Wish::RankAddress(..)
            | Wish::LeaveAddress(_)
            | Wish::ListKey(_) => Ok(()),
        }
    }

    /// Whether a key is listed by itself: that of a device of ours, or of our endpoint.
    fn is_automatic(&self, claim: &KeyClaim) -> bool {
        let protocol = claim.key.protocol;
        let is_certificate = protocol == KeyProtocol::TlsCertificate;
        claim.jid == self.config.our_jid && (protocol.has_devices() || is_certificate)
    }

    fn is_of_this_device(&self, key: &ForeignKey) -> bool {
        let fingerprint = key.fingerprint.as_bytes();
        let device = self.memory.our_device.as_ref();
        match key.protocol {
            KeyProtocol::TlsCertificate => true,
            KeyProtocol::Omemo | KeyProtocol::Omemo2 => {
                device.is_some_and(|device| device.identity_key().as_bytes() == fingerprint)
            }
            _ => false,
        }
    }

    /// Revokes the keys of a device of ours, in both dialects, as far as they are known. There is
    /// always room for them: the oldest revocations give way. Whether there is any key to revoke, and an
    /// identity that can.
    pub(super) fn revoke_device(&mut self, id: DeviceId, now: Timestamp) -> bool {
        let our_jid = &self.config.our_jid;
        let protection = self.memory.protection.get(our_jid);
        let seen = protection.and_then(|record| record.devices.get(&id)?.key);
        let last = self.our_last_statement();
        let listed = last.iter().flat_map(|body| &body.keys).filter_map(|claim| {
            let (_, device, key) = omemo_claim(claim).filter(|_| claim.jid == *our_jid)?;
            (device == id).then_some(key)
        });
        let mut keys: Vec<IdentityKey> = listed.chain(seen).collect();
        keys.dedup();
        self.revoke_keys(&keys, now);
        !keys.is_empty() && self.config.identity.is_some()
    }

    /// Revokes keys of devices of ours, in both dialects.
    pub(in crate::engine) fn revoke_keys(&mut self, keys: &[IdentityKey], now: Timestamp) {
        if self.config.identity.is_none() {
            return;
        }
        let mut claims = self.memory.our_claims.clone();
        for key in keys {
            for dialect in Dialect::ALL {
                let key = ForeignKey::new(protocol(dialect), key.as_bytes());
                claims.revoke(Wish::LeaveKey(key), now);
            }
        }
        let base = self.our_last_statement();
        let mut body = self.our_statement(base.as_ref(), &claims, now);
        fit(&mut body);
        claims
            .revoked
            .retain(|it| body.revocations.iter().any(|kept| kept.what == it.what));
        self.put_claims(claims);
    }

    /// Our identity has ended: what was wished is in vain.
    pub(super) fn drop_wishes(&mut self) {
        self.put_claims(self.memory.our_claims.clone());
    }

    fn put_claims(&mut self, mut claims: OurClaims) {
        if self.has_ended() {
            // There is no statement any more that could fulfil them.
            claims.wishes.clear();
        }
        if self.memory.our_claims != claims {
            self.change(Change::PutOurClaims(Box::new(claims)));
            self.outbox.event(Event::OurStatementChanged);
        }
    }

    /// Our server has a statement of ours. Which wishes it has fulfilled.
    pub(super) fn claims_published(&mut self, body: &StatementBody) -> Vec<Wish> {
        let mut claims = self.memory.our_claims.clone();
        let before = std::mem::take(&mut claims.wishes);
        let (fulfilled, left) = before
            .into_iter()
            .partition(|wish| claims.is_fulfilled(wish, body));
        claims.wishes = left;
        claims.published(body);
        self.put_claims(claims);
        fulfilled
    }

    /// A wish is published once more, unless the user has wished something else meanwhile.
    pub(super) fn wish_again(&mut self, wish: &Wish) {
        let mut claims = self.memory.our_claims.clone();
        if !claims.wishes.iter().any(|it| it.is_about_the_same(wish)) {
            claims.wish(wish.clone());
            self.put_claims(claims);
        }
    }

    /// The user has chosen a name, or none.
    pub(in crate::engine) fn name_our_statement(&mut self, name: Option<&str>) {
        let mut claims = self.memory.our_claims.clone();
        claims.is_nameless = name.is_none();
        self.put_claims(claims);
    }

    /// Whether our identity has revoked the keys of this device.
    pub(in crate::engine) fn is_signed_out(&self) -> bool {
        let record = self.memory.identities.get(&self.config.our_jid);
        let device = self.memory.our_device.as_ref();
        device.zip(record).is_some_and(|(device, record)| {
            let key = device.identity_key();
            record.revoked.contains(&key)
        })
    }
}

/// A device has the same key in both dialects.
fn in_every_dialect(key: ForeignKey) -> Vec<ForeignKey> {
    if !key.protocol.has_devices() {
        return vec![key];
    }
    let fingerprint = key.fingerprint.as_bytes();
    let keys = Dialect::ALL.map(|dialect| ForeignKey::new(protocol(dialect), fingerprint));
    keys.into()
}
