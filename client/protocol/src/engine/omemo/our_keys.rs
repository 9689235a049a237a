//! Our own device where others find it: its number in our device lists, and its keys.
//!
//! Nothing is kept about what was published. At each login the keys are published anew, so that
//! whatever an account has lost is put right, and another client of ours that leaves this device
//! out of a list is corrected.

use std::time::Duration;

use minidom::Element;
use onym_identity::Timestamp;

use super::super::acknowledgement::Sent;
use super::super::core::{Context, Core};
use super::super::iqs::Asked;
use super::super::session::Session;
use super::devices::{LONGEST_WAIT, Wanted, wait_after};
use crate::event::Event;
use crate::omemo::device_list::{self, ITEM, ListedDevice, SignedLabel};
use crate::omemo::{DeviceId, Dialect, OurDevice, published_bundle};
use crate::pep::{self, NodeOptions};
use crate::store::Change;

/// What others see as the name of this device.
const LABEL: &str = "Onym";

/// How long a used pre-key is kept after everything that waited was read. Two devices that write
/// for the first time at the same moment may have taken the same one (XEP-0384, section 6).
const USED_FOR: Duration = Duration::from_secs(10 * 60);

/// How often a list is put right over one stream. Two programs that do not agree must not fill the
/// line for ever.
const MAX_CORRECTIONS: u32 = 20;

/// How often the label of this device is put back over one stream. Programs that know no labels leave
/// them out each time, and being listed must not suffer from it.
const MAX_LABELS: u32 = 3;

/// Something of ours that is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Publication {
    /// Which devices we have.
    List(Dialect),
    /// The keys of this one.
    Bundle(Dialect),
}

/// What was sent to our server.
pub(in crate::engine) struct SentKeys {
    what: Publication,
    /// Who was in it, if it was a list.
    listed: Vec<DeviceId>,
    /// Whether this is the first attempt.
    may_configure: bool,
}

/// Our keys, as far as this stream knows.
#[derive(Default)]
pub(super) struct OurKeys {
    omemo: OurList,
    omemo_2: OurList,
    /// Whether the keys were published over this stream.
    are_published: bool,
    /// Whether they have changed since.
    have_changed: bool,
    corrections: u32,
    /// How often only the label was missing.
    labels: u32,
    /// When the signed pre-key is due to be replaced.
    rotation: Option<Timestamp>,
    /// When used pre-keys are erased.
    erasure: Option<Timestamp>,
    /// What our server did not take.
    refused: Vec<Publication>,
    /// How often in a row, and when it is offered again.
    refusals: u32,
    offer: Option<Timestamp>,
}

/// One of our device lists.
#[derive(Default)]
enum OurList {
    #[default]
    Unknown,
    Known(Vec<ListedDevice>),
}

impl OurKeys {
    /// Whether others can find our keys, so that they can answer.
    pub(super) const fn are_published(&self) -> bool {
        self.are_published
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let dues = [self.rotation, self.erasure, self.offer];
        let due = dues.into_iter().flatten().min();
        due.filter(|_| self.are_published)
    }

    pub(super) fn bound_deadline(&mut self, now: Timestamp) {
        let latest = now + OurDevice::ROTATION;
        self.rotation = self.rotation.map(|rotation| rotation.min(latest));
        self.erasure = self.erasure.map(|at| at.min(now + USED_FOR));
        self.offer = self.offer.map(|at| at.min(now + LONGEST_WAIT));
    }

    /// Our server did not take something. Without it others cannot write to us, so it is offered
    /// again, later each time.
    fn was_refused(&mut self, what: Publication, now: Timestamp) {
        if !self.refused.contains(&what) {
            self.refused.push(what);
        }
        if self.offer.is_none() {
            self.refusals = self.refusals.saturating_add(1);
            self.offer = Some(wait_after(self.refusals, now));
        }
    }

    const fn list(&mut self, dialect: Dialect) -> &mut OurList {
        match dialect {
            Dialect::Omemo => &mut self.omemo,
            Dialect::Omemo2 => &mut self.omemo_2,
        }
    }

    pub(super) fn list_becomes(&mut self, dialect: Dialect, devices: Vec<ListedDevice>) {
        *self.list(dialect) = OurList::Known(devices);
    }

    pub(super) fn known(&self, dialect: Dialect) -> Option<&[ListedDevice]> {
        let list = match dialect {
            Dialect::Omemo => &self.omemo,
            Dialect::Omemo2 => &self.omemo_2,
        };
        match list {
            OurList::Unknown => None,
            OurList::Known(devices) => Some(devices),
        }
    }

    pub(super) fn lists_are_known(&self) -> bool {
        Dialect::ALL.into_iter().all(|it| self.known(it).is_some())
    }

    pub(super) fn is_taken(&self, id: DeviceId) -> bool {
        let lists = Dialect::ALL.into_iter().filter_map(|it| self.known(it));
        lists.flatten().any(|device| device.id == id)
    }
}

impl Session {
    /// Asks for our own device lists until they are known; what is right follows from them.
    pub(super) fn find_our_lists(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.abilities.are_known || !self.abilities.pep || self.omemo.ours.are_published {
            return;
        }
        let our_jid = core.config.our_jid.clone();
        for dialect in Dialect::ALL {
            if self.omemo.ours.known(dialect).is_none() {
                self.fetch(&our_jid, Wanted::List(dialect), core, cx);
            }
        }
    }

    /// One of our lists came, now or as news.
    pub(super) fn our_list_came(
        &mut self,
        dialect: Dialect,
        devices: Vec<ListedDevice>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        core.our_list_is(dialect, &ids(&devices));
        self.omemo.ours.list_becomes(dialect, devices);
        if !self.omemo.ours.lists_are_known() {
            return;
        }
        self.make_keys(core, cx);
        // XEP-0384 lets a device that was removed announce itself again. One that its identity has
        // signed out does not.
        if core.is_signed_out() {
            return self.leave_our_lists(core, cx);
        }
        if !self.omemo.ours.are_published {
            self.publish_bundles(core, cx);
            self.omemo.ours.are_published = true;
        }
        for dialect in Dialect::ALL {
            self.correct_list(dialect, core, cx);
        }
        self.keep_revoked_out(core, cx);
    }

    /// The first time, this device gets its number and its keys.
    fn make_keys(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if core.memory.our_device.is_some() {
            return;
        }
        // XEP-0384, section 6: "a device MUST check whether that device id already exists".
        let mut id = DeviceId::random(cx.rng);
        while self.omemo.ours.is_taken(id) {
            id = DeviceId::random(cx.rng);
        }
        let device = OurDevice::generate(id, cx.now, cx.rng);
        core.change(Change::PutOurDevice(Box::new(device)));
        let jid = core.config.our_jid.clone();
        core.outbox.event(Event::ProtectionChanged { jid });
    }

    /// Our keys have changed.
    pub(super) fn keys_changed(&mut self) {
        self.omemo.ours.have_changed = true;
    }

    /// Replaces keys that are used up or too old, and publishes them. While the archive is read,
    /// keys that were used are still needed.
    pub(super) fn renew_our_keys(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if !self.omemo.ours.are_published || !self.has_caught_up() {
            return;
        }
        let Some(known) = core.memory.our_device.as_ref() else {
            return;
        };
        let rotates = known.next_rotation(cx.now) <= cx.now || known.is_from_the_future(cx.now);
        let erases = self.erases_used(known, cx.now);
        let has_changed = std::mem::take(&mut self.omemo.ours.have_changed);
        self.omemo.ours.rotation = Some(known.next_rotation(cx.now).max(cx.now));
        if !(rotates || erases || has_changed) {
            return;
        }
        let mut device = known.clone();
        if erases {
            device.forget_used();
        }
        let is_rotated = rotates && device.rotate(cx.now, cx.rng);
        let is_refilled = device.refill(cx.rng);
        self.omemo.ours.rotation = Some(device.next_rotation(cx.now).max(cx.now));
        core.change(Change::PutOurDevice(device));
        if is_rotated || is_refilled || has_changed {
            self.publish_bundles(core, cx);
        }
    }

    /// Whether used pre-keys are to be erased now.
    fn erases_used(&mut self, device: &OurDevice, now: Timestamp) -> bool {
        let erasure = &mut self.omemo.ours.erasure;
        if !device.has_used() {
            *erasure = None;
            return false;
        }
        let due = *erasure.get_or_insert(now + USED_FOR) <= now;
        if due {
            *erasure = None;
        }
        due
    }

    /// Offers once more what our server did not take.
    pub(super) fn offer_keys_again(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if self.omemo.ours.offer.is_none_or(|offer| offer > cx.now) {
            return;
        }
        self.omemo.ours.offer = None;
        for what in std::mem::take(&mut self.omemo.ours.refused) {
            self.publish(what, true, core, cx);
        }
    }

    fn publish_bundles(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        self.omemo.ours.have_changed = false;
        for dialect in Dialect::ALL {
            self.publish(Publication::Bundle(dialect), true, core, cx);
        }
    }

    /// XEP-0384, section 5.3.1: devices "MUST check that their own device id is contained in the
    /// list", and "if they have been removed, they MUST reannounce themselves".
    fn correct_list(&mut self, dialect: Dialect, core: &mut Core, cx: &mut Context<'_>) {
        let Some(device) = core.memory.our_device.as_ref() else {
            return;
        };
        let ours = our_entry(device, dialect);
        let known = self.omemo.ours.known(dialect).unwrap_or_default();
        let listed = known.iter().find(|device| device.id == ours.id);
        let is_right = listed.is_some_and(|it| dialect == Dialect::Omemo || it.label == ours.label);
        let is_listed = listed.is_some();
        let mut devices: Vec<ListedDevice> = known.to_vec();
        let (times, most) = match is_listed {
            true => (&mut self.omemo.ours.labels, MAX_LABELS),
            false => (&mut self.omemo.ours.corrections, MAX_CORRECTIONS),
        };
        if is_right || *times >= most {
            return;
        }
        *times = times.saturating_add(1);
        devices.retain(|device| device.id != ours.id);
        devices.push(ours);
        self.omemo.ours.list_becomes(dialect, devices);
        self.publish(Publication::List(dialect), true, core, cx);
    }

    /// This device was signed out: it is in no list any more.
    pub(in crate::engine) fn leave_our_lists(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let device = core.memory.our_device.as_ref();
        let id = device.map(|device| device.id());
        if let Some(id) = id.filter(|id| self.omemo.ours.is_taken(*id))
            && self.omemo.ours.corrections < MAX_CORRECTIONS
        {
            self.omemo.ours.corrections = self.omemo.ours.corrections.saturating_add(1);
            self.remove_our_device(id, core, cx);
        }
    }

    /// Our device has new keys under a new number; `old` was the one before.
    pub(super) fn publish_renewed(&mut self, old: DeviceId, core: &mut Core, cx: &mut Context<'_>) {
        self.publish_bundles(core, cx);
        self.omemo.ours.are_published = true;
        (self.omemo.ours.corrections, self.omemo.ours.labels) = (0, 0);
        for dialect in Dialect::ALL {
            if let OurList::Known(devices) = self.omemo.ours.list(dialect) {
                devices.retain(|device| device.id != old);
            }
            self.correct_list(dialect, core, cx);
        }
    }

    pub(super) fn publish(
        &mut self,
        what: Publication,
        may_configure: bool,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Some((node, item, payload, options)) = self.publication(what, core, cx) else {
            return;
        };
        let query = pep::publish(&node, &item, payload, Some(options));
        let listed = match what {
            Publication::List(dialect) => self.omemo.ours.known(dialect).map(ids),
            Publication::Bundle(_) => None,
        };
        let asked = Asked::PublishKeys(SentKeys {
            what,
            listed: listed.unwrap_or_default(),
            may_configure,
        });
        self.ask("set", query, asked, Sent::Other, core, cx);
    }

    fn publication(
        &self,
        what: Publication,
        core: &Core,
        cx: &mut Context<'_>,
    ) -> Option<(String, String, Element, NodeOptions)> {
        let device = core.memory.our_device.as_ref()?;
        match what {
            Publication::List(dialect) => {
                let list = device_list::write(self.omemo.ours.known(dialect)?, dialect);
                let node = device_list::node(dialect).to_owned();
                Some((node, ITEM.to_owned(), list, NodeOptions::OpenItem))
            }
            Publication::Bundle(dialect) => {
                let (node, item) = published_bundle::node(dialect, device.id());
                let bundle = published_bundle::write(&device.bundle(dialect, cx.rng));
                Some((node, item, bundle, options(dialect)))
            }
        }
    }

    /// Our server took something, or refused it.
    pub(in crate::engine) fn keys_published(
        &mut self,
        sent: SentKeys,
        answer: Option<&Element>,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let SentKeys {
            what,
            listed,
            may_configure,
        } = sent;
        let is_refused = answer.is_none_or(|answer| answer.attr("type") == Some("error"));
        if !is_refused {
            if let Publication::List(dialect) = what {
                core.our_list_is(dialect, &listed);
            }
            if self.omemo.ours.offer.is_none() {
                self.omemo.ours.refusals = 0;
            }
            return;
        }
        if !(may_configure && answer.is_some_and(pep::is_kept_otherwise)) {
            return self.omemo.ours.was_refused(what, cx.now);
        }
        // An older client has made the node so that strangers cannot read it.
        if let Some((node, _, _, options)) = self.publication(what, core, cx) {
            let configuration = pep::configure(&node, options);
            self.ask("set", configuration, Asked::Ping, Sent::Other, core, cx);
            self.publish(what, false, core, cx);
        }
    }
}

fn ids(devices: &[ListedDevice]) -> Vec<DeviceId> {
    devices.iter().map(|device| device.id).collect()
}

fn options(dialect: Dialect) -> NodeOptions {
    match dialect {
        Dialect::Omemo => NodeOptions::OpenItem,
        // One node has the bundles of all devices.
        Dialect::Omemo2 => NodeOptions::OpenList,
    }
}

fn our_entry(device: &OurDevice, dialect: Dialect) -> ListedDevice {
    let label = (dialect == Dialect::Omemo2).then(|| SignedLabel {
        text: LABEL.to_owned(),
        signature: device.sign_label(LABEL).to_vec(),
    });
    ListedDevice {
        id: device.id(),
        label,
    }
}
