//! What the links say that the user gives away: of themselves, and of others.

use jid::BareJid;
use onym_identity::OnymJid;
use onym_identity::invite::{Invite, InvitedKey};
use onym_identity::statement::{DisplayName, ForeignKey, KeyProtocol};

use crate::omemo::{DeviceId, Dialect, IdentityKey};
use crate::store::{DeviceRecord, ProtectionRecord, Snapshot};

/// How many devices a link names: more would make a code that a camera hardly reads.
const MAX_DEVICES: usize = 4;

impl Snapshot {
    /// What a link to our own address says: our name, our identity with the number of its latest statement,
    /// and the keys of our devices for those who know no identities; this device first.
    #[must_use]
    pub fn invite_to_us(&self, our_jid: &BareJid) -> Invite {
        let mut invite = self.invite_by_identity(our_jid);
        let name = self.account.profile.name.as_deref();
        invite.name = name.and_then(|name| DisplayName::new(name).ok());
        let ours = self.our_device.as_ref();
        let ours = ours.map(|device| invited(device.id(), device.identity_key()));
        // Blind trust is for ourselves: others rely on what is named.
        let is_ours = |protection: &ProtectionRecord, device: &DeviceRecord| {
            protection.decide(device, false).allow
        };
        let others = self.keys_at(our_jid, is_ours);
        invite.keys = ours.into_iter().chain(others).take(MAX_DEVICES).collect();
        invite
    }

    /// What a link to the address of somebody else says: their identity, unless something speaks against it,
    /// and the keys of devices that a person has verified. What the user calls them is nobody's business.
    #[must_use]
    pub fn invite_to(&self, jid: &BareJid) -> Invite {
        let standing = self.standing_at(jid);
        let mut invite = match standing.is_beyond_doubt() {
            true => self.invite_by_identity(jid),
            false => Invite::to(jid.clone()),
        };
        if !standing.is_alarming() {
            let is_verified = |protection: &ProtectionRecord, device: &DeviceRecord| {
                protection.decide(device, false).because.is_verified()
            };
            invite.keys = self.keys_at(jid, is_verified).take(MAX_DEVICES).collect();
        }
        invite
    }

    fn invite_by_identity(&self, jid: &BareJid) -> Invite {
        let mut invite = Invite::to(jid.clone());
        let Some(record) = self.identities.get(jid) else {
            return invite;
        };
        // An address that names its key says it itself.
        let is_named = OnymJid::try_from(jid).is_ok();
        invite.claimed_identity = (!is_named).then_some(*record.followed.identity());
        // Who takes the link believes no statement from before it.
        invite.least_serial = record.followed.latest().map(|latest| latest.serial);
        invite
    }

    /// Keys of devices that speak the version of OMEMO which links name.
    fn keys_at(
        &self,
        jid: &BareJid,
        is_wanted: impl Fn(&ProtectionRecord, &DeviceRecord) -> bool,
    ) -> impl Iterator<Item = InvitedKey> {
        let protection = self.protection.get(jid);
        let devices = protection.into_iter().flat_map(move |protection| {
            protection
                .devices
                .iter()
                .map(move |device| (protection, device))
        });
        devices.filter_map(move |(protection, (id, device))| {
            let is_named = device.speaks(Dialect::Omemo) && is_wanted(protection, device);
            let key = device.key.filter(|_| is_named)?;
            Some(invited(*id, key))
        })
    }
}

fn invited(device: DeviceId, key: IdentityKey) -> InvitedKey {
    InvitedKey {
        device: Some(device.get()),
        key: ForeignKey::new(KeyProtocol::Omemo, key.as_bytes()),
    }
}
