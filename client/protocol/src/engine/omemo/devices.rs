//! The devices of others, and their keys.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::{Asked, Whom};
use super::super::session::Session;
use super::SessionName;
use crate::nickname;
use crate::omemo::device_list::{self, ListedDevice, MAX_DEVICES, SignedLabel};
use crate::omemo::{Bundle, DeviceId, Dialect, IdentityKey, published_bundle};
use crate::pep::{self, Item};
use crate::stanza::StanzaError;
use crate::store::{DeviceRecord, ProtectionRecord};
use crate::trust::Trust;

/// The wait after something did not come from somebody's server; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait before somebody's server is asked again.
pub(in crate::engine) const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// How long after a list without devices it is asked for again, if messages wait.
pub(super) const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5 * 60);

/// How many devices are remembered of one account, the ones that are gone included.
const MAX_REMEMBERED: usize = 2 * MAX_DEVICES;

/// Something that is fetched from an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Wanted {
    /// Which devices it has.
    List(Dialect),
    /// The keys of a device.
    Bundle(Dialect, DeviceId),
}

/// How the fetching of something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FetchState {
    /// The answer will come.
    UnderWay {
        /// How often it was asked for in vain before.
        times: u32,
    },
    /// The other server did not answer.
    Failed {
        /// How often.
        times: u32,
        /// When it is asked again.
        until: Timestamp,
    },
    /// Their server shows it to others only, or nothing is there and it does not say so.
    Hidden {
        /// When it is asked for again.
        until: Timestamp,
    },
    /// It is not there, or makes no sense. No message waits for it, and it is looked for again: a
    /// device "first has to announce itself" in the list (XEP-0384, section 5.3.1), and its keys may
    /// be published afterwards.
    Useless {
        /// How often.
        times: u32,
        /// When it is asked for again.
        until: Timestamp,
    },
}

impl FetchState {
    /// How often it was asked for in vain.
    fn times(&self) -> u32 {
        match self {
            Self::UnderWay { times } | Self::Failed { times, .. } | Self::Useless { times, .. } => {
                *times
            }
            Self::Hidden { .. } => 0,
        }
    }

    /// When it is asked for again, unless it is on its way.
    fn until(&self) -> Option<Timestamp> {
        match self {
            Self::UnderWay { .. } => None,
            Self::Failed { until, .. } | Self::Hidden { until } | Self::Useless { until, .. } => {
                Some(*until)
            }
        }
    }
}

/// What is being fetched.
#[derive(Default)]
pub(super) struct Fetches {
    states: BTreeMap<(BareJid, Wanted), FetchState>,
    /// Keys that came and were not used yet.
    bundles: BTreeMap<SessionName, Bundle>,
    /// Labels whose device's key is not known yet.
    labels: BTreeMap<(BareJid, DeviceId), SignedLabel>,
    /// What is still wanted although it failed.
    wanted: BTreeSet<(BareJid, Wanted)>,
    /// When an account without devices is asked again.
    again: Option<Timestamp>,
}

impl Fetches {
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let until = |key: &(BareJid, Wanted)| self.states.get(key)?.until();
        self.wanted.iter().filter_map(until).chain(self.again).min()
    }

    /// An account has no devices, and messages wait for it to have some.
    pub(super) fn ask_again(&mut self, at: Timestamp) {
        self.again = Some(self.again.map_or(at, |known| known.min(at)));
    }

    /// What is due is done by whoever still wants it.
    pub(super) fn time_passed(&mut self, now: Timestamp) {
        self.again = self.again.filter(|again| *again > now);
        let states = &self.states;
        let until = |key: &(BareJid, Wanted)| states.get(key)?.until();
        self.wanted
            .retain(|key| until(key).is_none_or(|until| until > now));
    }

    pub(super) fn bound_deadlines(&mut self, now: Timestamp) {
        for state in self.states.values_mut() {
            if let FetchState::Failed { until, .. }
            | FetchState::Hidden { until }
            | FetchState::Useless { until, .. } = state
            {
                *until = (*until).min(now + LONGEST_WAIT);
            }
        }
        self.again = self.again.map(|again| again.min(now + LONGEST_WAIT));
    }

    /// When the first of the lists of an account that are hidden from us is asked for again.
    pub(super) fn hidden_until(&self, jid: &BareJid, dialects: &[Dialect]) -> Option<Timestamp> {
        let until =
            |dialect: &Dialect| match self.states.get(&(jid.clone(), Wanted::List(*dialect))) {
                Some(FetchState::Hidden { until }) => Some(*until),
                _ => None,
            };
        dialects.iter().filter_map(until).min()
    }

    /// Keys of a device that came and were not used yet.
    pub(super) fn bundle(&self, name: &SessionName) -> Option<&Bundle> {
        self.bundles.get(name)
    }

    /// The keys were used: the next session with this device needs others.
    pub(super) fn use_up(&mut self, name: &SessionName) {
        self.bundles.remove(name);
        self.states.remove(&(name.jid.clone(), name.keys()));
    }

    /// Somebody is there: what failed is tried again at once.
    fn forget_failures(&mut self, jid: &BareJid) {
        self.states.retain(|(other, _), state| {
            other != jid || matches!(state, FetchState::UnderWay { .. })
        });
    }
}

impl Session {
    /// Fetches something unless it is on its way, and says how it stands.
    pub(super) fn fetch(
        &mut self,
        jid: &BareJid,
        wanted: Wanted,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> FetchState {
        let key = (jid.clone(), wanted);
        self.omemo.fetches.wanted.insert(key.clone());
        let state = match self.omemo.fetches.states.get(&key) {
            Some(FetchState::Failed { times, until }) if *until <= cx.now => {
                FetchState::UnderWay { times: *times }
            }
            Some(FetchState::Hidden { until }) if *until <= cx.now => {
                FetchState::UnderWay { times: 0 }
            }
            // Nothing is held back a second time for what was not there.
            Some(FetchState::Useless { times, until }) if *until <= cx.now => FetchState::Useless {
                times: *times,
                until: wait_after(times.saturating_add(1), cx.now),
            },
            Some(known) => return *known,
            None => FetchState::UnderWay { times: 0 },
        };
        self.ask_for(jid, wanted, core, cx);
        self.omemo.fetches.states.insert(key, state);
        state
    }

    fn ask_for(&mut self, jid: &BareJid, wanted: Wanted, core: &mut Core, cx: &mut Context<'_>) {
        let query = match wanted {
            Wanted::List(dialect) => pep::get(device_list::node(dialect), None),
            Wanted::Bundle(dialect, id) => {
                let (node, item) = published_bundle::node(dialect, id);
                // The older one has a node for each device, whose item has many names.
                let item = (dialect == Dialect::Omemo2).then_some(item.as_str());
                pep::get(&node, item)
            }
        };
        let asked = Asked::Keys {
            jid: jid.clone(),
            wanted,
        };
        let whom = Whom::Account(jid.clone());
        self.ask_of(whom, "get", query, asked, Sent::Other, core, cx);
    }

    /// Something came, or with `None` will not come.
    pub(in crate::engine) fn keys_came(
        &mut self,
        jid: &BareJid,
        wanted: Wanted,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let is_error = answer.is_none_or(|answer| answer.attr("type") == Some("error"));
        let condition = answer
            .filter(|_| is_error)
            .map(|answer| StanzaError::of(answer).condition);
        let is_absent = condition.as_deref() == Some("item-not-found");
        // XEP-0060 §6.5.9 has these for nodes that are not for us. Prosody says it of nodes that are
        // not there, too, to whoever sees no presence of the account. That tells less than an empty
        // list: it is not remembered, and what comes later is seen for the first time.
        let is_hidden = matches!(condition.as_deref(), Some("forbidden" | "not-authorized"));
        if is_hidden && matches!(wanted, Wanted::List(_)) {
            return self.omemo.fetches.is_hidden(jid, wanted, cx.now);
        }
        if is_error && !is_absent {
            return self.omemo.fetches.failed(jid, wanted, cx.now);
        }
        match wanted {
            Wanted::List(dialect) => {
                let items = answer.map(|it| pep::items(it, device_list::node(dialect)));
                let items = items.unwrap_or_default();
                self.device_list_came(jid, dialect, &items, core, cx);
                self.list_answered(jid, dialect, core);
            }
            Wanted::Bundle(dialect, id) => {
                let bundle = answer.and_then(|answer| bundle_in(answer, dialect, id));
                self.bundle_came(jid, dialect, id, bundle, core, cx);
            }
        }
    }

    /// News of a device list. What makes no sense as one is asked for: nobody loses their devices
    /// by it.
    pub(in crate::engine) fn device_list_announced(
        &mut self,
        jid: &BareJid,
        dialect: Dialect,
        items: &[Item<'_>],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let newest = items.last();
        if newest.is_some_and(|item| device_list::read(item.payload, dialect).is_some()) {
            self.device_list_came(jid, dialect, items, core, cx);
        } else {
            self.fetch(jid, Wanted::List(dialect), core, cx);
        }
    }

    /// A device list of an account came. Without an item it has none.
    pub(in crate::engine) fn device_list_came(
        &mut self,
        jid: &BareJid,
        dialect: Dialect,
        items: &[Item<'_>],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let mut listed = items
            .iter()
            .map(|item| device_list::read(item.payload, dialect));
        let is_ours = *jid == core.config.our_jid;
        let wanted = Wanted::List(dialect);
        let devices = match listed.next_back() {
            Some(Some(devices)) => devices,
            // Something else lies where the list should be. Ours is put right.
            Some(None) if !is_ours => return self.omemo.fetches.is_useless(jid, wanted, cx.now),
            Some(None) | None => Vec::new(),
        };
        self.omemo.fetches.came(jid, wanted);
        let mut record = core.protection(jid);
        let our_id = core.memory.our_device.as_ref().map(|device| device.id());
        let others: Vec<ListedDevice> = devices
            .iter()
            .filter(|device| !is_ours || Some(device.id) != our_id)
            .cloned()
            .collect();
        take_list(&mut record, dialect, &others, cx.now);
        for device in others {
            if let Some(label) = device.label {
                self.take_label(&mut record, device.id, label);
            }
        }
        core.put_protection(record);
        if is_ours {
            self.our_list_came(dialect, devices, core, cx);
        } else if core.memory.contacts.contains_key(jid) {
            self.fetch_ahead(jid, core, cx);
        }
    }

    fn take_label(&mut self, record: &mut ProtectionRecord, id: DeviceId, label: SignedLabel) {
        let Some(device) = record.devices.get_mut(&id) else {
            return;
        };
        match device.key {
            Some(key) => check_label(device, key, &label),
            None => {
                let labels = &mut self.omemo.fetches.labels;
                if labels.len() < 1_000 {
                    labels.insert((record.jid.clone(), id), label);
                }
            }
        }
    }

    fn bundle_came(
        &mut self,
        jid: &BareJid,
        dialect: Dialect,
        id: DeviceId,
        bundle: Option<Bundle>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some(bundle) = bundle else {
            return self
                .omemo
                .fetches
                .is_useless(jid, Wanted::Bundle(dialect, id), cx.now);
        };
        self.learn_key(jid, id, bundle.identity(), core, cx);
        let name = SessionName::new(jid, id, dialect);
        let fetches = &mut self.omemo.fetches;
        fetches.came(jid, name.keys());
        fetches.bundles.insert(name, bundle);
    }

    /// A device has shown its long-term key. Another one than before counts as a new device.
    pub(super) fn learn_key(
        &mut self,
        jid: &BareJid,
        id: DeviceId,
        key: IdentityKey,
        core: &mut Core,
        cx: &Context<'_>,
    ) {
        let mut record = core.protection(jid);
        if !record.devices.contains_key(&id) {
            let trust = if record.known_since.is_none() {
                Trust::FirstUse
            } else {
                Trust::Undecided
            };
            remember(&mut record, id, DeviceRecord::new(trust, cx.now));
        }
        record.see(cx.now);
        let is_new = record.learn_key(id, key, cx.now);
        if let Some(device) = record.devices.get_mut(&id)
            && let Some(label) = self.omemo.fetches.labels.remove(&(jid.clone(), id))
        {
            check_label(device, key, &label);
        }
        if is_new {
            core.introduce_device(&mut record, id);
        }
        core.put_protection(record);
    }

    /// Somebody has come online: what could not be fetched can be now.
    pub(in crate::engine) fn is_there_for_keys(&mut self, jid: &BareJid) {
        self.omemo.fetches.forget_failures(jid);
    }
}

impl Fetches {
    fn failed(&mut self, jid: &BareJid, wanted: Wanted, now: Timestamp) {
        let key = (jid.clone(), wanted);
        let before = self.states.get(&key);
        let times = before.map_or(0, FetchState::times).saturating_add(1);
        let until = wait_after(times, now);
        let state = match before {
            Some(FetchState::Useless { .. }) => FetchState::Useless { times, until },
            _ => FetchState::Failed { times, until },
        };
        self.states.insert(key, state);
    }

    fn is_hidden(&mut self, jid: &BareJid, wanted: Wanted, now: Timestamp) {
        let key = (jid.clone(), wanted);
        self.wanted.remove(&key);
        let until = now + ASK_AGAIN_AFTER;
        self.states.insert(key, FetchState::Hidden { until });
    }

    pub(super) fn is_useless(&mut self, jid: &BareJid, wanted: Wanted, now: Timestamp) {
        let key = (jid.clone(), wanted);
        let before = self.states.get(&key);
        let times = before.map_or(0, FetchState::times).saturating_add(1);
        let until = wait_after(times, now);
        self.states
            .insert(key, FetchState::Useless { times, until });
    }

    fn came(&mut self, jid: &BareJid, wanted: Wanted) {
        let key = (jid.clone(), wanted);
        self.states.remove(&key);
        self.wanted.remove(&key);
    }
}

/// When to ask again what was asked for so often in vain.
pub(in crate::engine) fn wait_after(times: u32, now: Timestamp) -> Timestamp {
    let factor = 1_u32
        .checked_shl(times.saturating_sub(1))
        .unwrap_or(u32::MAX);
    now + FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT)
}

/// The devices of an account are these now.
fn take_list(
    record: &mut ProtectionRecord,
    dialect: Dialect,
    listed: &[ListedDevice],
    now: Timestamp,
) {
    let is_first_sight = record.lists.of(dialect).is_none() && record.is_first_sight(now);
    let trust = if is_first_sight {
        Trust::FirstUse
    } else {
        Trust::Undecided
    };
    record.lists.note(dialect, now);
    record.see(now);
    for device in record.devices.values_mut() {
        device.set_speaks(dialect, false);
    }
    for ListedDevice { id, .. } in listed {
        if !record.devices.contains_key(id) {
            remember(record, *id, DeviceRecord::new(trust, now));
        }
        if let Some(device) = record.devices.get_mut(id) {
            device.set_speaks(dialect, true);
        }
    }
}

/// Remembers a device. If there are too many, another one is forgotten, or this one is not remembered.
fn remember(record: &mut ProtectionRecord, id: DeviceId, device: DeviceRecord) {
    if record.devices.len() >= MAX_REMEMBERED {
        match record.least_missed() {
            Some(gone) => record.devices.remove(&gone),
            None => return,
        };
    }
    record.devices.insert(id, device);
}

fn check_label(device: &mut DeviceRecord, key: IdentityKey, label: &SignedLabel) {
    let signature = <&[u8; 64]>::try_from(label.signature.as_slice());
    let is_signed = signature.is_ok_and(|it| key.has_signed_label(&label.text, it));
    device.label = nickname::cleaned(&label.text).filter(|_| is_signed);
}

fn bundle_in(answer: &Element, dialect: Dialect, id: DeviceId) -> Option<Bundle> {
    let (node, name) = published_bundle::node(dialect, id);
    let items = pep::items(answer, &node);
    let of_device = |item: &&Item<'_>| dialect == Dialect::Omemo || item.id == Some(name.as_str());
    let item = items.iter().rev().find(of_device)?;
    let wire = published_bundle::read(item.payload, dialect)?;
    Bundle::from_wire(dialect, &wire).ok()
}
