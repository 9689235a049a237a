//! Our own statement where others find it.
//!
//! What the server has is looked at first, since another installation of this identity may have
//! signed it: what it says of devices that are still ours, of other addresses and of revocations is
//! kept, and so is what the user claims here until it is published. Without the identity's key nothing
//! is published.

use std::collections::BTreeMap;
use std::time::Duration;

use minidom::Element;
use onym_identity::statement::{FollowError, ForeignKey, KeyClaim, KeyProtocol, StatementBody};
use onym_identity::{IdentitySecretKey, OnymJid, Timestamp};

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::Asked;
use super::super::omemo::wait_after;
use super::super::session::Session;
use crate::event::Event;
use crate::identities::{self, StatementRefusal};
use crate::omemo::{DeviceId, Dialect, IdentityKey};
use crate::our_statement::{Sources, fit, has_same_content};
use crate::pep::{self, NodeOptions};
use crate::published_statement::{self, ITEM, NODE};
use crate::stanza::StanzaError;
use crate::store::{Change, OurClaims, Wish};
use crate::trust::{DeviceWord, Trust};

/// How often it is published over one stream. Two installations that do not agree must not fill the
/// line for ever.
const MAX_PUBLICATIONS: u32 = 20;

/// How long another installation may have published its own change without having seen ours.
const OVERLAP: Duration = Duration::from_secs(2 * 60);

/// How often a wish is published once more because another installation did not know of it.
const MAX_AGAIN: u32 = 3;

/// A wish of the user that was published over this stream.
struct Settled {
    wish: Wish,
    at: Timestamp,
    times: u32,
}

/// Our statement, as far as this stream knows.
#[derive(Default)]
pub(super) struct OurStatement {
    sight: Sight,
    /// What the server has, if it is ours and the latest one.
    published: Option<StatementBody>,
    /// What is on its way there.
    under_way: Option<StatementBody>,
    publications: u32,
    /// What was published a moment ago.
    settled: Vec<Settled>,
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

    /// The number of what lies in our node, once it is known to be our latest statement.
    pub(super) fn published_serial(&self) -> Option<u64> {
        let published = self.published.as_ref().filter(|_| self.under_way.is_none());
        published.map(|body| body.serial)
    }

    /// What the server has, if it is ours and the latest one.
    pub(super) const fn published(&self) -> Option<&StatementBody> {
        self.published.as_ref()
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
    pub(in crate::engine) fn keep_our_statement(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let Some(key) = core.config.identity.clone() else {
            return;
        };
        let ours = &mut self.statements.ours;
        ours.again = ours.again.filter(|again| *again > cx.now);
        self.statements.end.time_passed(cx.now);
        if core.has_ended() {
            ours.renewal = None;
        }
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
            Sight::Known if core.has_ended() => {
                // No statement for a new address comes any more.
                core.leave_former_addresses();
                self.publish_our_end(core, cx);
            }
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
        core.take_our_ends(payload, cx.now);
        if core.has_ended() {
            // What it signed before says nothing any more.
            self.statements.ours.published = None;
            return self.our_end_seen(payload, core);
        }
        let bytes = published_statement::read(payload).ok_or(StatementRefusal::NotOne);
        let taken = bytes.and_then(|bytes| core.take_our_statement(&bytes, false, cx.now));
        self.statements.ours.published = match taken {
            Ok(body) => {
                self.keep_what_overlapped(&body, core, cx.now);
                self.claims_settled(&body, core, cx.now);
                Some(body)
            }
            // A server that was restored has an older one.
            Err(StatementRefusal::NotFollowed(FollowError::Older { .. })) => None,
            Err(why) => {
                let jid = core.config.our_jid.clone();
                core.outbox.event(Event::StatementRefused { jid, why });
                None
            }
        };
        if core.is_signed_out() {
            self.leave_our_lists(core, cx);
        }
        self.lists_follow_statement(core, cx);
    }

    /// A statement is at our server.
    fn claims_settled(&mut self, body: &StatementBody, core: &mut Core, now: Timestamp) {
        let settled = &mut self.statements.ours.settled;
        for wish in core.claims_published(body) {
            let before = settled.iter().position(|it| it.wish == wish);
            let times = before.map_or(0, |place| settled.swap_remove(place).times);
            // What was wished before about the same is not wanted any more.
            settled.retain(|it| !it.wish.is_about_the_same(&wish));
            let at = now;
            settled.push(Settled { wish, at, times });
        }
    }

    /// Another installation may have signed this one before it knew of ours: what it leaves out of
    /// what was wished here a moment ago is wished again.
    fn keep_what_overlapped(&mut self, body: &StatementBody, core: &mut Core, now: Timestamp) {
        let settled = &mut self.statements.ours.settled;
        settled.retain(|it| now.saturating_since(it.at) < OVERLAP);
        for it in settled.iter_mut().filter(|it| it.times < MAX_AGAIN) {
            if !core.memory.our_claims.is_fulfilled(&it.wish, body) {
                it.times = it.times.saturating_add(1);
                core.wish_again(&it.wish);
            }
        }
    }

    fn publish_if_changed(
        &mut self,
        key: &IdentitySecretKey,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let published = self.statements.ours.published.clone();
        let base = published.clone().or_else(|| core.our_last_statement());
        let claims = core.memory.our_claims.clone();
        let is_asked_for = !claims.wishes.is_empty();
        let mut body = core.our_statement(base.as_ref(), &claims, cx.now);
        fit(&mut body);
        if let Some(published) = &published
            && has_same_content(published, &body)
            && cx.now < published.renew_at()
        {
            self.statements.ours.renewal = Some(published.renew_at());
            // What is wished may be said already, and is not published twice.
            self.claims_settled(published, core, cx.now);
            if is_asked_for {
                self.lists_follow_statement(core, cx);
            }
            return self.ask_contacts_again(core);
        }
        self.statements.ours.renewal = None;
        // What the user asks for is published each time.
        if self.statements.ours.publications >= MAX_PUBLICATIONS && !is_asked_for {
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
        core.leave_former_addresses();
        let ours = &mut self.statements.ours;
        ours.publications = ours.publications.saturating_add(u32::from(!is_asked_for));
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
            ours.refusals = 0;
            if let Some(body) = taken.filter(|body| serial.is_none_or(|it| it < body.serial)) {
                self.claims_settled(&body, core, cx.now);
                self.statements.ours.published = Some(body);
            }
            return self.lists_follow_statement(core, cx);
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
            let was_signed_out = self.is_signed_out();
            self.change(Change::PutIdentity(Box::new(record)));
            self.outbox.event(Event::OurStatementChanged);
            if !was_signed_out && self.is_signed_out() {
                self.outbox.event(Event::SignedOut);
                self.outbox.event(Event::ProtectionChanged { jid });
            }
        }
        Ok(statement.body().clone())
    }

    /// Our latest statement, also one that has expired.
    pub(super) fn our_last_statement(&self) -> Option<StatementBody> {
        self.memory.identities.get(&self.config.our_jid)?.body()
    }

    /// What our statement should say, with these claims, and before it is cut to what readers take.
    pub(super) fn our_statement(
        &self,
        base: Option<&StatementBody>,
        claims: &OurClaims,
        now: Timestamp,
    ) -> StatementBody {
        let our_jid = &self.config.our_jid;
        let followed = self.memory.identities.get(our_jid).map(|it| &it.followed);
        let sources = Sources {
            our_jid,
            former: &self.config.former,
            base,
            claims,
            name: self.memory.account.profile.name.as_deref(),
            devices: self.device_keys(base),
            certificate: self.config.certificate,
            latest: followed.and_then(|it| it.latest()).map(|it| it.serial),
            now,
        };
        sources.compose()
    }

    /// The keys of this device and of our others that we encrypt to, and those of others that the last
    /// statement lists and that are still in our lists.
    fn device_keys(&self, base: Option<&StatementBody>) -> Vec<KeyClaim> {
        let jid = &self.config.our_jid;
        let protection = self.protection(jid);
        let mut ours: BTreeMap<(Dialect, DeviceId), IdentityKey> = BTreeMap::new();
        for claim in base.into_iter().flat_map(|base| &base.keys) {
            let Some((dialect, id, key)) = omemo_claim(claim).filter(|_| claim.jid == *jid) else {
                continue;
            };
            let is_still_ours = protection.devices.get(&id).is_some_and(|device| {
                device.speaks(dialect)
                    && !matches!(device.trust, Trust::Refused { .. })
                    && device.word != DeviceWord::Denied
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
        let claims = ours.into_iter().map(|((dialect, id), key)| KeyClaim {
            jid: jid.clone(),
            device: Some(id.get()),
            key: ForeignKey::new(protocol(dialect), key.as_bytes()),
        });
        claims.collect()
    }
}

pub(super) const fn protocol(dialect: Dialect) -> KeyProtocol {
    match dialect {
        Dialect::Omemo => KeyProtocol::Omemo,
        Dialect::Omemo2 => KeyProtocol::Omemo2,
    }
}

pub(super) fn omemo_claim(claim: &KeyClaim) -> Option<(Dialect, DeviceId, IdentityKey)> {
    let dialect = match claim.key.protocol {
        KeyProtocol::Omemo => Dialect::Omemo,
        KeyProtocol::Omemo2 => Dialect::Omemo2,
        _ => return None,
    };
    let bytes = <[u8; 32]>::try_from(claim.key.fingerprint.as_bytes()).ok()?;
    let key = IdentityKey::from_bytes(bytes).ok()?;
    Some((dialect, DeviceId::new(claim.device?)?, key))
}
