//! Signing out a device of ours: its keys are revoked first, and it is taken out of our lists once the
//! statement that says so is at our server. A device that is gone from the lists and was not told why
//! would announce itself again.

use onym_identity::statement::{ForeignKey, Revocation, Revoked};

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::publishing::protocol;
use crate::omemo::{DeviceId, Dialect, IdentityKey};
use crate::store::Wish;

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
        let Some(body) = self.statements.ours.published() else {
            return;
        };
        let record = core.protection(&core.config.our_jid);
        let keys = record.devices.iter();
        let keys = keys.filter_map(|(id, device)| Some((*id, device.key?)));
        let revoked = keys.filter(|(_, key)| revokes(&body.revocations, *key));
        let mut gone: Vec<DeviceId> = revoked.map(|(id, _)| id).collect();
        let mut wishes = core.memory.our_claims.wishes.iter();
        if !wishes.any(|wish| matches!(wish, Wish::LeaveKey(_))) {
            gone.extend(std::mem::take(&mut self.statements.leaving));
        }
        for device in gone {
            self.remove_our_device(device, core, cx);
        }
    }
}

fn revokes(revocations: &[Revocation], key: IdentityKey) -> bool {
    let names = Dialect::ALL.map(|dialect| ForeignKey::new(protocol(dialect), key.as_bytes()));
    let is_it = |it: &Revocation| matches!(&it.what, Revoked::Key(key) if names.contains(key));
    revocations.iter().any(is_it)
}
