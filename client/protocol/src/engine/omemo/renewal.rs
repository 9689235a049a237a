//! This device with new keys: after its identity has signed it out, or because its user wants it.

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::answers::Answers;
use crate::command::CommandError;
use crate::event::Event;
use crate::omemo::{DeviceId, OurDevice};
use crate::store::Change;

impl Core {
    /// Every session was one that others do not know any more.
    pub(in crate::engine) fn forget_sessions(&mut self) {
        self.change(Change::ForgetSessions);
        self.touched_sessions.forget_all();
    }
}

impl Session {
    /// Makes new keys under a new number, revokes those before, and publishes them. Every session
    /// was one of the old keys.
    pub(super) fn renew_our_device(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        let known = core.memory.our_device.as_ref();
        let known = known.map(|device| (device.id(), device.identity_key()));
        let Some((old, old_key)) = known.filter(|_| self.omemo.ours.lists_are_known()) else {
            let refusal = CommandError::NotConnected;
            return core.outbox.event(Event::CommandRefused(refusal));
        };
        let mut id = DeviceId::random(cx.rng);
        while id == old || self.omemo.ours.is_taken(id) {
            id = DeviceId::random(cx.rng);
        }
        let device = OurDevice::generate(id, cx.now, cx.rng);
        core.change(Change::PutOurDevice(Box::new(device)));
        core.forget_sessions();
        core.revoke_keys(&[old_key], cx.now);
        self.omemo.answers = Answers::default();
        self.publish_renewed(old, core, cx);
        let jid = core.config.our_jid.clone();
        core.outbox.event(Event::ProtectionChanged { jid });
    }
}
