//! What invites say about somebody, kept with them and applied to what comes of them.

use jid::BareJid;
use onym_identity::invite::InviteTrust;
use onym_identity::{IdentityKey, OnymJid, Timestamp};

use super::core::Core;
use crate::command::CommandError;
use crate::event::Event;
use crate::introduction::{self, Introduction};
use crate::omemo::{DeviceId, IdentityKey as DeviceKey};
use crate::store::{
    CameWith, Change, ContactInvitesRecord, ContactRecord, DeviceRecord, ProtectionRecord,
    TakenInvite,
};
use crate::trust::Trust;

impl Core {
    /// The user has taken an invite of somebody. One that is worth more is not replaced by one that
    /// is worth less; the newest token is the one that is sent.
    ///
    /// # Errors
    /// If it names another identity than the one that is known behind the address.
    pub(super) fn introduce(
        &mut self,
        jid: &BareJid,
        introduction: Introduction,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        if let Some(identity) = introduction.identity {
            self.introduce_identity(jid.clone(), identity, introduction.trust, now)?;
        }
        self.deny_introduced(jid, introduction.trust, &introduction.denied, now);
        let mut record = self.contact_invites(jid);
        let mut taken: TakenInvite = introduction.taken(now);
        if let Some(known) = record.taken.take() {
            let token = taken.token.take().or(known.token.clone());
            taken = if known.trust > taken.trust {
                known
            } else {
                taken
            };
            taken.token = token;
        }
        record.taken = Some(taken);
        self.put_contact_invites(record);
        self.apply_introduction(jid);
        Ok(())
    }

    /// An invite says that keys are not the person's. One that they have shown is their word, which the
    /// user can overrule for each device; any other one makes the user decide about a device that was
    /// there first.
    fn deny_introduced(
        &mut self,
        jid: &BareJid,
        worth: InviteTrust,
        keys: &[DeviceKey],
        now: Timestamp,
    ) {
        match worth {
            _ if keys.is_empty() => {}
            InviteTrust::None => {}
            InviteTrust::Verified => self.owner_denies(jid, keys, now),
            InviteTrust::Introduced => {
                let mut record = self.protection(jid);
                for device in record.devices.values_mut() {
                    let is_denied = device.key.is_some_and(|key| keys.contains(&key));
                    if is_denied && device.trust == Trust::FirstUse {
                        device.trust = Trust::Undecided;
                    }
                }
                self.put_protection(record);
            }
        }
    }

    /// Somebody has used an invite of ours. Who was let in by it is whom the user gave it to, as far as
    /// nobody took it on its way: that introduces the identity that their address names.
    pub(super) fn came_with(&mut self, jid: &BareJid, came_with: CameWith) {
        let mut record = self.contact_invites(jid);
        if *jid == self.config.our_jid || record.came_with.is_some() {
            return;
        }
        record.came_with = Some(came_with);
        self.put_contact_invites(record);
        if let Ok(named) = OnymJid::try_from(jid) {
            let (worth, at) = (InviteTrust::Introduced, came_with.used);
            // An address that names its key has no other identity.
            let _other = self.introduce_identity(jid.clone(), named.identity, worth, at);
        }
    }

    /// The number that the statement of an identity has at least at an address, by the invite that the
    /// user has taken.
    pub(super) fn least_serial(&self, jid: &BareJid, whose: &IdentityKey) -> Option<u64> {
        let taken = self.memory.contact_invites.get(jid)?.taken.as_ref()?;
        taken.least_serial_of(whose)
    }

    /// The user has taken somebody else for the one behind an address than the invite may have meant.
    pub(super) fn withdraw_introduction(&mut self, jid: &BareJid, now: &IdentityKey) {
        self.change_taken(jid, |taken| {
            if taken.identity.as_ref() != Some(now) {
                taken.withdraw();
            }
        });
    }

    /// An invite does not speak for these keys any more.
    pub(super) fn withdraw_introduced(&mut self, jid: &BareJid, keys: &[DeviceKey]) {
        self.change_taken(jid, |taken| {
            taken.keys.retain(|it| !keys.contains(&it.key));
        });
    }

    fn change_taken(&mut self, jid: &BareJid, change: impl FnOnce(&mut TakenInvite)) {
        let mut record = self.contact_invites(jid);
        if let Some(taken) = &mut record.taken {
            change(taken);
            self.put_contact_invites(record);
        }
    }

    /// The roster says something about a contact. A token that has done its work is forgotten.
    pub(super) fn contact_is(&mut self, contact: &ContactRecord) {
        let Some(known) = self.memory.contact_invites.get(&contact.jid) else {
            return;
        };
        if known.token().is_none() || !contact.subscription.we_see_them() {
            return;
        }
        let mut record = known.clone();
        record.taken = record.taken.map(|taken| TakenInvite {
            token: None,
            ..taken
        });
        self.put_contact_invites(record);
    }

    /// Somebody is no contact any more: what introduced them went with them.
    pub(super) fn forget_contact_invites(&mut self, jid: &BareJid) {
        if self.memory.contact_invites.contains_key(jid) {
            self.change(Change::RemoveContactInvites(jid.clone()));
        }
    }

    /// What an invite says about a device whose key is known now.
    pub(super) fn introduce_device(&self, record: &mut ProtectionRecord, id: DeviceId) {
        let introduction = self.memory.contact_invites.get(&record.jid);
        let taken = introduction.and_then(|introduction| introduction.taken.as_ref());
        if let Some((taken, device)) = taken.zip(record.devices.get_mut(&id)) {
            record.was_verified |= apply(taken, id, device);
        }
    }

    fn apply_introduction(&mut self, jid: &BareJid) {
        let Some(mut record) = self.memory.protection.get(jid).cloned() else {
            return;
        };
        let ids: Vec<DeviceId> = record.devices.keys().copied().collect();
        for id in ids {
            self.introduce_device(&mut record, id);
        }
        self.put_protection(record);
    }

    fn contact_invites(&self, jid: &BareJid) -> ContactInvitesRecord {
        let known = self.memory.contact_invites.get(jid).cloned();
        known.unwrap_or_else(|| ContactInvitesRecord::new(jid.clone()))
    }

    fn put_contact_invites(&mut self, record: ContactInvitesRecord) {
        if self.memory.contact_invites.get(&record.jid) != Some(&record) {
            let jid = record.jid.clone();
            self.change(Change::PutContactInvites(Box::new(record)));
            self.outbox.event(Event::ContactChanged { jid });
        }
    }
}

/// Whether a device is verified by it that was not before.
fn apply(taken: &TakenInvite, id: DeviceId, device: &mut DeviceRecord) -> bool {
    let before = device.trust;
    device.trust = introduction::trust_after(taken, id, device);
    let is_verified = matches!(device.trust, Trust::Verified { .. });
    if is_verified && before != device.trust {
        device.key_changed = None;
        return true;
    }
    false
}
