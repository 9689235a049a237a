//! Our own statement where others find it.
//!
//! What the server has is looked at first, since another installation of this identity may have
//! signed it: what it says of devices that are still ours, of other addresses and of revocations is
//! kept. Without the identity's key nothing is published.

use std::collections::BTreeMap;
use std::time::Duration;

use minidom::Element;
use onym_identity::statement::{
    Endpoint, EndpointKind, FollowError, ForeignKey, KeyClaim, KeyProtocol, MAX_KEYS, Revoked,
    StatementBody, next_serial,
};
use onym_identity::{IdentitySecretKey, OnymJid, Timestamp};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::Asked;
use super::super::omemo::wait_after;
use super::super::session::Session;
use crate::event::Event;
use crate::identities::{self, StatementRefusal};
use crate::omemo::{DeviceId, Dialect, IdentityKey};
use crate::pep::{self, NodeOptions};
use crate::published_statement::{self, ITEM, NODE};
use crate::stanza::StanzaError;
use crate::store::{Change, IdentityRecord};
use crate::trust::Trust;

/// How long a statement is true: somebody who is away for months keeps what they had.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How often it is published over one stream. Two installations that do not agree must not fill the
/// line for ever.
const MAX_PUBLICATIONS: u32 = 20;

/// Our statement, as far as this stream knows.
#[derive(Default)]
pub(super) struct OurStatement {
    sight: Sight,
    /// What the server has, if it is ours and the latest one.
    published: Option<StatementBody>,
    /// What is on its way there.
    under_way: Option<StatementBody>,
    publications: u32,
    refusals: u32,
    /// When our server is asked or offered something again.
    again: Option<Timestamp>,
    renewal: Option<Timestamp>,
}

/// Whether it is known what our server has.
#[derive(Default, PartialEq, Eq)]
enum Sight {
    #[default]
    Unknown,
    Asked,
    Known,
}

impl OurStatement {
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let renewal = self.renewal.filter(|_| self.again.is_none());
        self.again.or(renewal)
    }

    pub(super) fn bound_deadlines(&mut self, again: Timestamp, renewal: Timestamp) {
        self.again = self.again.map(|at| at.min(again));
        self.renewal = self.renewal.map(|at| at.min(renewal));
    }

    fn failed(&mut self, now: Timestamp) {
        self.refusals = self.refusals.saturating_add(1);
        self.again = Some(wait_after(self.refusals, now));
    }
}

impl Session {
    /// Looks at what our server has, and publishes what it should have.
    pub(super) fn keep_our_statement(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let Some(key) = core.config.identity.clone() else {
            return;
        };
        let ours = &mut self.statements.ours;
        ours.again = ours.again.filter(|again| *again > cx.now);
        let is_busy = ours.again.is_some() || ours.under_way.is_some();
        if is_busy || !self.abilities.are_known || !self.abilities.pep {
            return;
        }
        match ours.sight {
            Sight::Unknown => {
                ours.sight = Sight::Asked;
                let jid = core.config.our_jid.clone();
                self.ask_for_statement(jid, core, cx);
            }
            Sight::Asked => {}
            Sight::Known if self.omemo.keys_are_published() => {
                self.know_our_devices(core, cx);
                self.publish_if_changed(&key, core, cx);
            }
            Sight::Known => {}
        }
    }

    /// What our server has, or with `None` an answer that will not come.
    pub(super) fn our_statement_came(
        &mut self,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let ours = &mut self.statements.ours;
        let is_error = answer.is_none_or(|answer| answer.attr("type") == Some("error"));
        let is_absent = answer.is_some_and(|answer| {
            is_error && StanzaError::of(answer).condition == "item-not-found"
        });
        if is_error && !is_absent {
            ours.sight = Sight::Unknown;
            return ours.failed(cx.now);
        }
        ours.sight = Sight::Known;
        let items = answer.map(|answer| pep::items(answer, NODE));
        if let Some(newest) = items.unwrap_or_default().last() {
            self.our_statement_published(newest.payload, core, cx);
        }
    }

    /// What lies in our node now. What is not our latest statement is replaced.
    pub(super) fn our_statement_published(
        &mut self,
        payload: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        if core.config.identity.is_none() {
            return;
        }
        let bytes = published_statement::read(payload).ok_or(StatementRefusal::NotOne);
        let taken = bytes.and_then(|bytes| core.take_our_statement(&bytes, false, cx.now));
        self.statements.ours.published = match taken {
            Ok(body) => Some(body),
            // A server that was restored has an older one.
            Err(StatementRefusal::NotFollowed(FollowError::Older { .. })) => None,
            Err(why) => {
                let jid = core.config.our_jid.clone();
                core.outbox.event(Event::StatementRefused { jid, why });
                None
            }
        };
    }

    fn publish_if_changed(
        &mut self,
        key: &IdentitySecretKey,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let published = self.statements.ours.published.clone();
        let base = published.clone().or_else(|| core.our_last_statement());
        let body = core.our_statement(base.as_ref(), cx.now);
        if let Some(published) = &published
            && has_same_content(published, &body)
            && cx.now < published.renew_at()
        {
            self.statements.ours.renewal = Some(published.renew_at());
            return;
        }
        self.statements.ours.renewal = None;
        if self.statements.ours.publications >= MAX_PUBLICATIONS {
            return;
        }
        let signed = body.sign(key).ok();
        let taken = signed.and_then(|signed| {
            let bytes = signed.as_bytes().to_vec();
            let body = core.take_our_statement(&bytes, true, cx.now).ok()?;
            Some((bytes, body))
        });
        let Some((bytes, body)) = taken else {
            return self.statements.ours.failed(cx.now);
        };
        let ours = &mut self.statements.ours;
        ours.publications = ours.publications.saturating_add(1);
        ours.under_way = Some(body);
        self.send_our_statement(&bytes, true, core, cx);
    }

    fn send_our_statement(
        &mut self,
        bytes: &[u8],
        may_configure: bool,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let payload = published_statement::write(bytes);
        let query = pep::publish(NODE, ITEM, payload, Some(NodeOptions::OpenItem));
        let asked = Asked::PublishStatement { may_configure };
        self.ask("set", query, asked, Sent::Other, core, cx);
    }

    /// Our server took it, or refused it.
    pub(in crate::engine) fn our_statement_answered(
        &mut self,
        may_configure: bool,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let ours = &mut self.statements.ours;
        let is_refused = answer.is_none_or(|answer| answer.attr("type") == Some("error"));
        if !is_refused {
            // Another installation may have published a later one meanwhile.
            let serial = ours.published.as_ref().map(|body| body.serial);
            let taken = ours.under_way.take();
            if let Some(body) = taken.filter(|body| serial.is_none_or(|it| it < body.serial)) {
                ours.published = Some(body);
            }
            ours.refusals = 0;
            return;
        }
        let our_jid = &core.config.our_jid;
        let bytes = core.memory.identities.get(our_jid);
        let bytes = bytes.map(|record| record.statement.clone());
        match bytes {
            // The node was made so that strangers cannot read it.
            Some(bytes) if may_configure && answer.is_some_and(pep::is_kept_otherwise) => {
                let configuration = pep::configure(NODE, NodeOptions::OpenItem);
                self.ask("set", configuration, Asked::Ping, Sent::Other, core, cx);
                self.send_our_statement(&bytes, false, core, cx);
            }
            _ => {
                ours.under_way = None;
                ours.failed(cx.now);
            }
        }
    }
}

impl Core {
    /// Takes a statement of our identity, signed by this device (`is_ours`) or by another
    /// installation.
    fn take_our_statement(
        &mut self,
        bytes: &[u8],
        is_ours: bool,
        now: Timestamp,
    ) -> Result<StatementBody, StatementRefusal> {
        let jid = self.config.our_jid.clone();
        let owner = OnymJid::try_from(&jid).map_err(|_| StatementRefusal::OtherAddress)?;
        let known = self.memory.identities.get(&jid);
        let (mut record, statement) = identities::follow(&jid, &owner, known, bytes, now)?;
        if is_ours {
            // This device signs others because it trusts them, and not the other way round: it
            // takes those that another installation has signed, as long as they are listed.
            let before = known.map_or(&[][..], |known| &known.signed);
            record.signed.retain(|it| before.contains(it));
        }
        if known != Some(&record) {
            self.change(Change::PutIdentity(Box::new(record)));
        }
        Ok(statement.body().clone())
    }

    /// Our latest statement, also one that has expired: its revocations are to be repeated.
    fn our_last_statement(&self) -> Option<StatementBody> {
        let jid = &self.config.our_jid;
        let record: &IdentityRecord = self.memory.identities.get(jid)?;
        let owner = OnymJid::try_from(jid).ok()?;
        let last = record.expires.as_unix_millis().checked_sub(1)?;
        let last = Timestamp::from_unix_millis(last);
        let statement = identities::verify(jid, &owner, &record.statement, last).ok()?;
        Some(statement.body().clone())
    }

    /// What our statement should say.
    fn our_statement(&self, base: Option<&StatementBody>, now: Timestamp) -> StatementBody {
        let jid = &self.config.our_jid;
        let followed = self.memory.identities.get(jid).map(|it| &it.followed);
        let latest = followed.and_then(|it| it.latest()).map(|it| it.serial);
        let revocations = base.map_or_else(Vec::new, |base| base.revocations.clone());
        let mut endpoints = base.map_or_else(Vec::new, |base| base.endpoints.clone());
        if !endpoints.iter().any(|it| it.jid == *jid) {
            endpoints.push(Endpoint {
                jid: jid.clone(),
                kind: EndpointKind::Own,
                priority: 0,
            });
        }
        let mut keys = self.keys_to_sign(base);
        keys.retain(|claim| {
            let revoked = Revoked::Key(claim.key.clone());
            !revocations.iter().any(|it| it.what == revoked)
        });
        keys.truncate(MAX_KEYS);
        // A clock that was set back since something was revoked.
        let revoked_last = revocations.iter().map(|it| it.since).max();
        let issued = revoked_last.map_or(now, |last| last.max(now));
        StatementBody {
            // After the last number there is no other one; signing it again is refused.
            serial: next_serial(latest, now).unwrap_or(u64::MAX),
            issued,
            expires: issued + LIFETIME,
            name: base.and_then(|base| base.name.clone()),
            endpoints,
            keys,
            revocations,
        }
    }

    /// The keys of this device and of our others that we encrypt to, and what the last statement
    /// says of others that are still in our lists, and of other addresses and protocols.
    fn keys_to_sign(&self, base: Option<&StatementBody>) -> Vec<KeyClaim> {
        let jid = &self.config.our_jid;
        let protection = self.protection(jid);
        let mut ours: BTreeMap<(Dialect, DeviceId), IdentityKey> = BTreeMap::new();
        let mut others = Vec::new();
        for claim in base.into_iter().flat_map(|base| &base.keys) {
            let Some((dialect, id, key)) = omemo_claim(claim).filter(|_| claim.jid == *jid) else {
                others.push(claim.clone());
                continue;
            };
            let is_still_ours = protection.devices.get(&id).is_some_and(|device| {
                device.speaks(dialect)
                    && !matches!(device.trust, Trust::Refused { .. })
                    && device.key.is_none_or(|known| known == key)
            });
            if is_still_ours {
                ours.insert((dialect, id), key);
            }
        }
        for (id, device) in &protection.devices {
            let Some(key) = device.key else {
                continue;
            };
            // Blind trust is for ourselves: others rely on what is signed.
            if protection.decide(device, false).allow {
                ours.extend(device.dialects().map(|dialect| ((dialect, *id), key)));
            }
        }
        if let Some(device) = self.memory.our_device.as_ref() {
            let (id, key) = (device.id(), device.identity_key());
            ours.extend(Dialect::ALL.map(|dialect| ((dialect, id), key)));
        }
        let ours = ours.into_iter().map(|((dialect, id), key)| KeyClaim {
            jid: jid.clone(),
            device: Some(id.get()),
            key: ForeignKey::new(protocol(dialect), key.as_bytes()),
        });
        ours.chain(others).collect()
    }
}

const fn protocol(dialect: Dialect) -> KeyProtocol {
    match dialect {
        Dialect::Omemo => KeyProtocol::Omemo,
        Dialect::Omemo2 => KeyProtocol::Omemo2,
    }
}

fn omemo_claim(claim: &KeyClaim) -> Option<(Dialect, DeviceId, IdentityKey)> {
    let dialect = match claim.key.protocol {
        KeyProtocol::Omemo => Dialect::Omemo,
        KeyProtocol::Omemo2 => Dialect::Omemo2,
        _ => return None,
    };
    let bytes = <[u8; 32]>::try_from(claim.key.fingerprint.as_bytes()).ok()?;
    let key = IdentityKey::from_bytes(bytes).ok()?;
    Some((dialect, DeviceId::new(claim.device?)?, key))
}

/// Whether two statements say the same, but for their numbers and times.
fn has_same_content(one: &StatementBody, other: &StatementBody) -> bool {
    fn is_same<T: PartialEq>(one: &[T], other: &[T]) -> bool {
        one.len() == other.len() && one.iter().all(|it| other.contains(it))
    }
    one.name == other.name
        && is_same(&one.endpoints, &other.endpoints)
        && is_same(&one.keys, &other.keys)
        && is_same(&one.revocations, &other.revocations)
}
