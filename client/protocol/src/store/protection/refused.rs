//! Keys that the user has refused. A device that was refused does not come back under another number,
//! nor under its own one after it has shown another key in between.

use onym_identity::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeviceRecord, ProtectionRecord};
use crate::omemo::{DeviceId, IdentityKey};
use crate::trust::Trust;

/// How many refused keys are remembered of one account. Each was refused by hand, or shown by a device
/// that was.
pub const MAX_REFUSED: usize = 256;

/// A key that the user has refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedKey {
    /// The key.
    pub key: IdentityKey,
    /// When the user said so.
    pub at: Timestamp,
}

impl ProtectionRecord {
    /// When the user has refused a key, if they have.
    #[must_use]
    pub fn refused_at(&self, key: IdentityKey) -> Option<Timestamp> {
        let refused = self.refused.iter().find(|it| it.key == key);
        refused.map(|it| it.at)
    }

    /// The user refuses a key, under whatever number. What they said about another number with the same
    /// key stays.
    pub(crate) fn refuse_key(&mut self, key: IdentityKey, at: Timestamp) {
        self.refused.retain(|it| it.key != key);
        self.refused.push(RefusedKey { key, at });
        if self.refused.len() > MAX_REFUSED {
            self.refused.remove(0);
        }
        for device in self.devices.values_mut() {
            if device.key == Some(key) && !device.trust.is_by_person() {
                device.trust = Trust::Refused { at };
            }
        }
    }

    /// The user takes a key that they have refused before.
    pub(crate) fn take_key(&mut self, key: IdentityKey) {
        self.refused.retain(|it| it.key != key);
    }

    /// A device has shown its key. Another one than before counts as a new device. Whether the key was
    /// not known of it before.
    pub(crate) fn learn_key(&mut self, id: DeviceId, key: IdentityKey, now: Timestamp) -> bool {
        let refused = self.refused_at(key);
        let Some(device) = self.devices.get_mut(&id) else {
            return false;
        };
        if device.key == Some(key) {
            return false;
        }
        if device.key.is_some() {
            (device.trust, device.label) = (Trust::Undecided, None);
            device.key_changed = Some(now);
        }
        device.key = Some(key);
        match (refused, device.trust) {
            (Some(at), _) => device.trust = Trust::Refused { at },
            // It was refused before it had shown a key.
            (None, Trust::Refused { at }) => self.refuse_key(key, at),
            _ => {}
        }
        true
    }

    /// The device that is forgotten for one that is new: it is gone, and nothing speaks for or against
    /// it. One that was there first, or that a person has said something about, is never forgotten, since
    /// whoever makes up devices could then make it a new one.
    pub(crate) fn least_missed(&self) -> Option<DeviceId> {
        let is_nobody =
            |device: &DeviceRecord| !device.is_listed() && device.trust == Trust::Undecided;
        let gone = self.devices.iter().filter(|(_, device)| is_nobody(device));
        let gone = gone.min_by_key(|(_, device)| device.last_heard);
        gone.map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use jid::BareJid;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(1_000 * seconds)
    }

    fn key(number: u16) -> IdentityKey {
        let mut bytes = [9; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        IdentityKey::from_bytes(bytes).unwrap()
    }

    fn id(number: u32) -> DeviceId {
        DeviceId::new(number).unwrap()
    }

    fn record(devices: &[(u32, Trust)]) -> ProtectionRecord {
        let mut record = ProtectionRecord::new(BareJid::new("bob@b.example").unwrap());
        for (number, trust) in devices {
            let device = DeviceRecord::new(*trust, at(0));
            record.devices.insert(id(*number), device);
        }
        record
    }

    fn trust(record: &ProtectionRecord, number: u32) -> Trust {
        record.devices[&id(number)].trust
    }

    #[test]
    fn a_refused_key_stays_refused_under_every_number() {
        let new = Trust::Undecided;
        let mut record = record(&[(1, new), (2, Trust::FirstUse), (3, new)]);
        assert!(record.learn_key(id(1), key(1), at(1)));
        assert!(!record.learn_key(id(1), key(1), at(1)), "it is known");
        record.refuse_key(key(1), at(2));
        let refused = Trust::Refused { at: at(2) };
        assert_eq!(trust(&record, 1), refused);
        // Another number with the key, and the same one after another key.
        record.learn_key(id(2), key(1), at(3));
        assert_eq!(trust(&record, 2), refused);
        record.learn_key(id(1), key(2), at(4));
        assert_eq!(trust(&record, 1), Trust::Undecided);
        record.learn_key(id(1), key(1), at(5));
        assert_eq!(trust(&record, 1), refused);
        // The user thinks better of it.
        record.take_key(key(1));
        record.learn_key(id(3), key(1), at(6));
        assert_eq!(trust(&record, 3), Trust::Undecided);
    }

    #[test]
    fn the_key_of_a_device_that_was_refused_before_it_had_one_is_refused() {
        let refused = Trust::Refused { at: at(2) };
        let mut record = record(&[(1, refused), (2, Trust::Undecided)]);
        record.learn_key(id(1), key(1), at(3));
        record.learn_key(id(2), key(1), at(4));
        assert_eq!(trust(&record, 2), refused);
        for number in 10..1_000 {
            record.refuse_key(key(number), at(5));
        }
        assert_eq!(record.refused.len(), MAX_REFUSED);
    }

    #[test]
    fn only_a_device_that_is_nobodys_is_forgotten() {
        let by_person = [
            (1, Trust::Refused { at: at(0) }),
            (2, Trust::Accepted { at: at(0) }),
            (3, Trust::Verified { at: at(0) }),
        ];
        let mut record = record(&by_person);
        let first = DeviceRecord::new(Trust::FirstUse, at(0));
        record.devices.insert(id(4), first);
        assert_eq!(record.least_missed(), None);
        let mut heard = DeviceRecord::new(Trust::Undecided, at(0));
        heard.last_heard = Some(at(1));
        record.devices.insert(id(5), heard.clone());
        assert_eq!(record.least_missed(), Some(id(5)));
        record
            .devices
            .insert(id(6), DeviceRecord::new(Trust::Undecided, at(9)));
        assert_eq!(record.least_missed(), Some(id(6)), "it has never written");
        heard.speaks_omemo = true;
        record.devices.insert(id(6), heard);
        assert_eq!(record.least_missed(), Some(id(5)), "the other is listed");
    }
}
