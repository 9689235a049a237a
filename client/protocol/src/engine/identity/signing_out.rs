//! Signing out a device of ours: its keys are revoked first, and it is taken out of our lists once the
//! statement that says so is at our server. A device that is gone from the lists and was not told why
//! would announce itself again.

use onym_identity::statement::{ForeignKey, Revocation, Revoked};

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::publishing::protocol;
use crate::omemo::{DeviceId, Dialect, IdentityKey};
use crate::store::Wish;

/// How often devices that announce themselves again are taken out of our lists over one stream. They
/// may do so for ever, and what nobody encrypts to does no harm there.
const MAX_REMOVED_AGAIN: u32 = 5;

impl Session {
    /// The user wants a device of ours to be one no longer.
    pub(in crate::engine) fn sign_out(
        &mut self,
        device: DeviceId,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        if !core.revoke_device(device, cx.now) {
            // Nothing can be said about it but that it is not listed.
            return self.remove_our_device(device, core, cx);
        }
        self.statements.leaving.insert(device);
        self.keep_our_statement(core, cx);
        self.lists_follow_statement(core, cx);
    }

    /// A statement of ours is at our server: whom it signs out is taken out of our lists.
    pub(super) fn lists_follow_statement(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if self.statements.ours.published().is_none() {
            return;
        }
        let mut gone = self.listed_though_revoked(core);
        let mut wishes = core.memory.our_claims.wishes.iter();
        if !wishes.any(|wish| matches!(wish, Wish::LeaveKey(_))) {
            let leaving = std::mem::take(&mut self.statements.leaving);
            gone.extend(
                leaving
                    .into_iter()
                    .filter(|id| !gone.contains(id))
                    .collect::<Vec<_>>(),
            );
        }
        for device in gone {
            self.remove_our_device(device, core, cx);
        }
    }

    /// One of our lists came. Programs that know no statements announce a device again that finds itself
    /// left out (XEP-0384, section 5.3.1).
    pub(in crate::engine) fn keep_revoked_out(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let listed = self.listed_though_revoked(core);
        if listed.is_empty() || self.statements.removed_again >= MAX_REMOVED_AGAIN {
            return;
        }
        self.statements.removed_again = self.statements.removed_again.saturating_add(1);
        for device in listed {
            self.remove_our_device(device, core, cx);
        }
    }

    /// Devices in our lists whose keys the statement at our server revokes.
    fn listed_though_revoked(&self, core: &Core) -> Vec<DeviceId> {
        let Some(body) = self.statements.ours.published() else {
            return Vec::new();
        };
        let record = core.protection(&core.config.our_jid);
        let keys = record.devices.iter();
        let keys = keys.filter_map(|(id, device)| Some((*id, device.key?)));
        let revoked = keys.filter(|(_, key)| revokes(&body.revocations, *key));
        let revoked = revoked.map(|(id, _)| id);
        revoked.filter(|id| self.lists_our_device(*id)).collect()
    }
}

fn revokes(revocations: &[Revocation], key: IdentityKey) -> bool {
    let names = Dialect::ALL.map(|dialect| ForeignKey::new(protocol(dialect), key.as_bytes()));
    let is_it = |it: &Revocation| matches!(&it.what, Revoked::Key(key) if names.contains(key));
    revocations.iter().any(is_it)
}
