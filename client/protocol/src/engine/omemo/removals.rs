//! Devices of ours that are taken out of our lists.
//!
//! XEP-0384, section 5.3.1, lets a device that finds itself left out announce itself again, which may
//! happen before anybody looks. So the end of a removal is an event: our server has had each of our lists
//! without the device.

use std::collections::{BTreeMap, BTreeSet};

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::our_keys::Publication;
use crate::event::Event;
use crate::omemo::device_list::ListedDevice;
use crate::omemo::{DeviceId, Dialect};

/// Devices that are being taken out, each with the lists that our server has not had without it. Those
/// whose stream ended in between are here, too: the next stream reads the lists.
#[derive(Default)]
pub(in crate::engine) struct Removals(BTreeMap<DeviceId, BTreeSet<Dialect>>);

impl Removals {
    /// Our server has this list now. Which devices are in none any more by it.
    fn list_is(&mut self, dialect: Dialect, listed: &[DeviceId]) -> Vec<DeviceId> {
        for (_, waits) in self.0.iter_mut().filter(|(id, _)| !listed.contains(id)) {
            waits.remove(&dialect);
        }
        let done = self.0.extract_if(.., |_, waits| waits.is_empty());
        done.map(|(id, _)| id).collect()
    }
}

impl Core {
    /// Our server has this list of ours now.
    pub(super) fn our_list_is(&mut self, dialect: Dialect, listed: &[DeviceId]) {
        for device in self.removals.list_is(dialect, listed) {
            self.outbox.event(Event::OurDeviceRemoved { device });
        }
    }
}

impl Session {
    /// Takes a device of ours out of our lists, so that nobody writes to it any more.
    pub(in crate::engine) fn remove_our_device(
        &mut self,
        id: DeviceId,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        // A list that is on its way to our server without it is still awaited.
        let mut waits = core.removals.0.remove(&id).unwrap_or_default();
        for dialect in Dialect::ALL {
            match self.omemo.ours.known(dialect) {
                None => {
                    waits.insert(dialect);
                }
                Some(known) if known.iter().any(|device| device.id == id) => {
                    let left = known.iter().filter(|device| device.id != id);
                    let left: Vec<ListedDevice> = left.cloned().collect();
                    self.omemo.ours.list_becomes(dialect, left);
                    self.publish(Publication::List(dialect), true, core, cx);
                    waits.insert(dialect);
                }
                Some(_) => {}
            }
        }
        if waits.is_empty() {
            let device = id;
            return core.outbox.event(Event::OurDeviceRemoved { device });
        }
        core.removals.0.insert(id, waits);
    }

    /// Whether any of our lists has this device, as far as they are known.
    pub(in crate::engine) fn lists_our_device(&self, id: DeviceId) -> bool {
        self.omemo.ours.is_taken(id)
    }
}
