//! Who gets a message: the devices of the other side and our other ones, each with its session; or
//! why the message has to wait.

use jid::BareJid;

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::SessionName;
use super::devices::{ASK_AGAIN_AFTER, FetchState, Wanted};
use crate::omemo::{self, DeviceId, Dialect};
use crate::protection::Hold;
use crate::store::{DeviceRecord, EncryptionPolicy, ProtectionRecord};
use crate::trust::TrustRule;

/// How often somebody's server is asked for the keys of one device, or for the devices that speak
/// one dialect, before the others get the message without them.
const TRIES: u32 = 3;

/// The devices that get a message.
#[derive(Default)]
pub(super) struct Audience {
    pub(super) members: Vec<Member>,
    /// How many devices of the other side get nothing.
    pub(super) left_out: u16,
    /// Why the least trusted one may read.
    pub(super) because: Option<TrustRule>,
}

/// A device that gets a message.
pub(super) struct Member {
    pub(super) name: SessionName,
    pub(super) session: omemo::Session,
}

impl Audience {
    /// The dialects in it.
    pub(super) fn speaks(&self, dialect: Dialect) -> bool {
        self.members
            .iter()
            .any(|member| member.name.dialect == dialect)
    }
}

/// Who gets a message of a conversation.
pub(super) enum Reach {
    /// These devices.
    Devices(Audience),
    /// Nobody can decrypt it, and the user allows it in the clear.
    Clear,
    /// It has to wait.
    Held(Hold),
}

/// What becomes of one device.
pub(super) enum Place {
    Ready(Box<Member>),
    Pending(Hold),
    LeftOut,
}

impl Session {
    /// The devices that get a message to somebody, after the user's choice and the table of trust.
    /// What is missing is asked for.
    pub(super) fn reach(&mut self, to: &BareJid, core: &mut Core, cx: &mut Context<'_>) -> Reach {
        if let Some(hold) = core.identity_hold(to) {
            return Reach::Held(hold);
        }
        let policy = core.policy(to);
        if policy == EncryptionPolicy::Clear {
            return Reach::Clear;
        }
        if self.abilities.are_known && !self.abilities.pep {
            return match policy {
                EncryptionPolicy::BestOrClear if core.never_had_devices(to) => Reach::Clear,
                _ => Reach::Held(Hold::OurServerKeepsNoKeys),
            };
        }
        if core.is_signed_out() {
            return Reach::Held(Hold::SignedOut);
        }
        if !self.omemo.ours.are_published() {
            return Reach::Held(Hold::Preparing);
        }
        let mut audience = Audience::default();
        if *to != core.config.our_jid
            && let Err(reach) = self.add_theirs(to, policy, &mut audience, core, cx)
        {
            return reach;
        }
        match self.add_ours(policy, &mut audience, core, cx) {
            Ok(()) => Reach::Devices(audience),
            Err(hold) => Reach::Held(hold),
        }
    }

    /// Fetches what the first message to a contact needs while they can be reached, so that it
    /// can be sealed and leave our device when they are away.
    pub(in crate::engine) fn fetch_ahead(
        &mut self,
        jid: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let policy = core.policy(jid);
        if self.know_lists(jid, policy, core, cx).is_err() {
            return;
        }
        let record = core.protection(jid);
        let is_blind = core.memory.protection_choices.is_blind;
        for (id, device) in &record.devices {
            let spoken = policy.dialects().iter().find(|it| device.speaks(**it));
            // Once its key is known, the identity may turn out to have signed it.
            let may_be_signed = device.key.is_none()
                && matches!(core.memory.identities.get(jid), Some(it) if it.names(*id));
            let may_read = record.decide(device, is_blind).allow || may_be_signed;
            let Some(dialect) = spoken.filter(|_| may_read) else {
                continue;
            };
            let name = SessionName::new(jid, *id, *dialect);
            let has_keys = self.omemo.fetches.bundle(&name).is_some();
            if !has_keys && core.session_with(&name, cx).is_none() {
                self.fetch(jid, name.keys(), core, cx);
            }
        }
    }

    /// Fetches the keys of our other devices that get copies and have not shown them yet.
    pub(in crate::engine) fn know_our_devices(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let record = core.protection(&core.config.our_jid);
        let is_blind = core.memory.protection_choices.is_blind;
        let ours = core.memory.identities.get(&record.jid).cloned();
        for (id, device) in &record.devices {
            // Once its key is known, another installation may turn out to have signed it.
            let may_be_signed = ours.as_ref().is_some_and(|ours| ours.names(*id));
            let may_read = record.decide(device, is_blind).allow || may_be_signed;
            if device.key.is_none()
                && may_read
                && let Some(dialect) = device.dialects().next()
            {
                self.fetch(&record.jid, Wanted::Bundle(dialect, *id), core, cx);
            }
        }
    }

    fn add_theirs(
        &mut self,
        to: &BareJid,
        policy: EncryptionPolicy,
        audience: &mut Audience,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), Reach> {
        self.know_lists(to, policy, core, cx).map_err(Reach::Held)?;
        let record = core.protection(to);
        let can_read =
            |device: &DeviceRecord| policy.dialects().iter().any(|it| device.speaks(*it));
        if !record.devices.values().any(can_read) {
            return Err(self.nobody_there(&record, policy, core, cx));
        }
        let is_blind = core.memory.protection_choices.is_blind;
        if self.ask_about_undecided(&record, is_blind, core, cx) {
            return Err(Reach::Held(Hold::TheirDevicesUndecided));
        }
        let mut pending = None;
        let mut is_anybody = false;
        for (id, device) in &record.devices {
            let decision = record.decide(device, is_blind);
            let is_stale = record.is_stale(device, false, is_blind, cx.now);
            if !(decision.allow && can_read(device)) || is_stale {
                let counts = device.is_listed();
                audience.left_out = audience.left_out.saturating_add(u16::from(counts));
                continue;
            }
            match self.place(&record, *id, device, policy, core, cx) {
                Place::Ready(member) => {
                    audience.members.push(*member);
                    let rules = audience.because.into_iter().chain([decision.because]);
                    audience.because = rules.max_by_key(|rule| rule.rank());
                    is_anybody = true;
                }
                Place::Pending(hold) => pending = pending.max(Some(hold)),
                Place::LeftOut => audience.left_out = audience.left_out.saturating_add(1),
            }
        }
        match pending {
            Some(hold) => Err(Reach::Held(hold)),
            None if is_anybody => Ok(()),
            None => Err(Reach::Held(Hold::NoUsableDevice)),
        }
    }

    /// No device of the other side can read what the policy allows.
    fn nobody_there(
        &mut self,
        record: &ProtectionRecord,
        policy: EncryptionPolicy,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Reach {
        let hidden = self
            .omemo
            .fetches
            .hidden_until(&record.jid, policy.dialects());
        // What is hidden may well be there.
        let is_clear = policy == EncryptionPolicy::BestOrClear && hidden.is_none();
        if is_clear && core.never_had_devices(&record.jid) {
            return Reach::Clear;
        }
        let lists = policy.dialects().iter();
        let read = lists.filter_map(|dialect| record.lists.of(*dialect)).min();
        let until = read
            .map(|read| read + ASK_AGAIN_AFTER)
            .into_iter()
            .chain(hidden);
        let until = until.min().unwrap_or(cx.now + ASK_AGAIN_AFTER);
        if until <= cx.now {
            for dialect in policy.dialects() {
                self.fetch(&record.jid, Wanted::List(*dialect), core, cx);
            }
            return Reach::Held(Hold::LookingForDevices);
        }
        self.omemo.fetches.ask_again(until);
        Reach::Held(Hold::NoDevices { until })
    }

    /// Makes sure that the lists of an account are known that the policy needs. A list that cannot
    /// be had does not keep a message from the devices of another one.
    fn know_lists(
        &mut self,
        jid: &BareJid,
        policy: EncryptionPolicy,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), Hold> {
        let record = core.protection(jid);
        let is_somebody = record.devices.values().any(DeviceRecord::is_listed);
        let mut missing = Ok(());
        for dialect in policy.dialects() {
            if record.lists.of(*dialect).is_some() {
                continue;
            }
            missing = match self.fetch(jid, Wanted::List(*dialect), core, cx) {
                // As if it had no devices, for now.
                FetchState::Hidden { .. } => continue,
                FetchState::Failed { times, .. } | FetchState::UnderWay { times }
                    if is_somebody && times >= TRIES =>
                {
                    missing
                }
                FetchState::Failed { until, .. } => Err(Hold::Unreachable { until }),
                FetchState::Useless { .. } if is_somebody => missing,
                FetchState::UnderWay { .. } | FetchState::Useless { .. } => {
                    Err(Hold::LookingForDevices)
                }
            };
        }
        missing
    }

    /// Whether the user has to decide about devices first. Their keys are fetched, so that there
    /// is something to compare.
    fn ask_about_undecided(
        &mut self,
        record: &ProtectionRecord,
        is_blind: bool,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> bool {
        let mut is_any = false;
        for (id, device) in record.undecided(is_blind) {
            is_any = true;
            if let (None, Some(dialect)) = (device.key, device.dialects().next()) {
                self.fetch(&record.jid, Wanted::Bundle(dialect, id), core, cx);
            }
        }
        is_any
    }

    pub(super) fn place(
        &mut self,
        record: &ProtectionRecord,
        id: DeviceId,
        device: &DeviceRecord,
        policy: EncryptionPolicy,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Place {
        let dialects = policy.dialects().iter();
        for dialect in dialects.filter(|dialect| device.speaks(**dialect)) {
            let name = SessionName::new(&record.jid, id, *dialect);
            let known = core.session_with(&name, cx);
            let is_theirs = |it: &omemo::Session| device.key.is_none_or(|key| key == it.identity());
            if let Some(session) = known.filter(is_theirs) {
                return Place::Ready(Box::new(Member { name, session }));
            }
            if let Some(session) = self.begin_session(&name, None, core, cx) {
                return Place::Ready(Box::new(Member { name, session }));
            }
            match self.fetch(&name.jid, name.keys(), core, cx) {
                FetchState::UnderWay { .. } => return Place::Pending(Hold::FetchingKeys),
                FetchState::Failed { times, until } if times < TRIES => {
                    return Place::Pending(Hold::Unreachable { until });
                }
                FetchState::Failed { .. }
                | FetchState::Hidden { .. }
                | FetchState::Useless { .. } => {}
            }
        }
        Place::LeftOut
    }

    /// Begins a session with keys that were fetched. It is kept once something was encrypted.
    pub(super) fn begin_session(
        &mut self,
        name: &SessionName,
        previous: Option<&omemo::Session>,
        core: &Core,
        cx: &mut Context<'_>,
    ) -> Option<omemo::Session> {
        let our = core.memory.our_device.as_ref()?;
        let bundle = self.omemo.fetches.bundle(name)?;
        let record = core.memory.protection.get(&name.jid)?;
        let known = record.devices.get(&name.device)?.key;
        if known.is_some_and(|known| known != bundle.identity()) {
            return None;
        }
        let begun = omemo::Session::initiate(our, bundle, previous, cx.rng);
        if begun.is_err() {
            self.omemo
                .fetches
                .is_useless(&name.jid, name.keys(), cx.now);
        }
        begun.ok()
    }

    /// Our other devices get a copy. One whose keys cannot be had does not keep the message back.
    fn add_ours(
        &mut self,
        policy: EncryptionPolicy,
        audience: &mut Audience,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), Hold> {
        let our_jid = core.config.our_jid.clone();
        let record = core.protection(&our_jid);
        let is_blind = core.memory.protection_choices.is_blind;
        if self.ask_about_undecided(&record, is_blind, core, cx) {
            return Err(Hold::OurDevicesUndecided);
        }
        for (id, device) in &record.devices {
            let is_stale = record.is_stale(device, true, is_blind, cx.now);
            if is_stale || !record.decide(device, is_blind).allow {
                continue;
            }
            match self.place(&record, *id, device, policy, core, cx) {
                Place::Ready(member) => audience.members.push(*member),
                Place::Pending(Hold::FetchingKeys) => return Err(Hold::FetchingKeys),
                Place::Pending(_) | Place::LeftOut => {}
            }
        }
        Ok(())
    }
}
