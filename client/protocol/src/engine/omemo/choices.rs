//! What the user says about devices and conversations.

use jid::BareJid;
use onym_identity::Timestamp;

use super::super::core::{Context, Core};
use super::super::session::Session;
use crate::command::{Command, CommandError, Verdict};
use crate::event::Event;
use crate::omemo::{DeviceId, IdentityKey};
use crate::store::{
    Change, DeviceRecord, Encryption, EncryptionPolicy, MessageRecord, ProtectionChoices,
    Undecryptable,
};
use crate::trust::{DeviceWord, Trust};
use crate::trust_messages::TrustWord;

/// How far back messages are looked for that could not be read, to ask for them once more.
const LOOK_BACK: usize = 100;

impl Core {
    /// How messages of a conversation are protected from now on.
    pub(in crate::engine) fn set_encryption(
        &mut self,
        conversation: &BareJid,
        policy: Option<EncryptionPolicy>,
    ) {
        for jid in self.addresses_with(conversation) {
            let mut record = self.protection(&jid);
            record.policy = policy;
            self.put_protection(record);
        }
    }

    /// How messages are protected where nothing else was chosen.
    pub(in crate::engine) fn set_protection_choices(&mut self, choices: ProtectionChoices) {
        if self.memory.protection_choices != choices {
            self.change(Change::PutProtectionChoices(choices));
            let jid = self.config.our_jid.clone();
            self.outbox.event(Event::ProtectionChanged { jid });
        }
    }

    /// The user decides about a device, as they saw it.
    pub(in crate::engine) fn set_trust(
        &mut self,
        jid: BareJid,
        device: DeviceId,
        key: Option<IdentityKey>,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<(), CommandError> {
        let mut record = self.protection(&jid);
        let Some(known) = record.devices.get_mut(&device) else {
            return Err(CommandError::NoSuchDevice { jid });
        };
        if known.key != key {
            return Err(CommandError::OtherKey { jid });
        }
        if known.key.is_none() && verdict == Verdict::Verified {
            return Err(CommandError::OtherKey { jid });
        }
        let tells = tells_others(known, verdict);
        known.trust = match verdict {
            Verdict::Verified => Trust::Verified { at: now },
            Verdict::Accepted => Trust::Accepted { at: now },
            Verdict::Refused => Trust::Refused { at: now },
        };
        known.key_changed = None;
        record.was_verified |= verdict == Verdict::Verified;
        match (key, verdict) {
            (Some(key), Verdict::Refused) => record.refuse_key(key, now),
            (Some(key), Verdict::Verified | Verdict::Accepted) => record.take_key(key),
            (None, _) => {}
        }
        if let (Some(key), Some(is_trusted)) = (key, tells) {
            let owner = jid;
            let decided = TrustWord {
                owner,
                key,
                is_trusted,
            };
            self.tell_decision(&decided, now);
        }
        self.put_protection(record);
        Ok(())
    }

    /// The names of the newest messages of somebody that could not be read.
    fn unreadable_of(&self, jid: &BareJid, cx: &mut Context<'_>) -> Vec<String> {
        let is_lost = |message: &MessageRecord| {
            let lost = Encryption::Undecryptable(Undecryptable::NotForThisDevice);
            message.is_incoming()
                && matches!(message.encryption, Encryption::Undecryptable(_))
                && message.encryption != lost
        };
        let page = self.earlier(&self.home_of(jid), None, LOOK_BACK, cx);
        let from_there = page.iter().rev().filter(|message| message.address() == jid);
        let lost = from_there.filter(|message| is_lost(message));
        lost.filter_map(super::super::actions::name_for_others)
            .collect()
    }
}

/// Whether other devices hear that the user decides so about a device, and what: when it is the first
/// time (XEP-0450, section 4.1: "an endpoint that initially authenticates the key").
fn tells_others(device: &DeviceRecord, verdict: Verdict) -> Option<bool> {
    let is_known = |is_trusted: bool| match device.trust {
        Trust::Verified { .. } => is_trusted && device.word != DeviceWord::Denied,
        Trust::Refused { .. } => !is_trusted,
        _ => is_trusted && device.word == DeviceWord::Vouched,
    };
    let says = match verdict {
        Verdict::Verified => true,
        Verdict::Refused => false,
        Verdict::Accepted => return None,
    };
    (!is_known(says)).then_some(says)
}

impl Session {
    /// What needs a connection.
    pub(in crate::engine) fn about_devices(
        &mut self,
        command: Command,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        match command {
            Command::RefreshDevices { jid } => {
                for jid in core.addresses_with(&jid) {
                    self.refresh_devices(&jid, core, cx);
                    // What signs the devices may have changed with them.
                    core.want_statement(jid);
                }
            }
            Command::RenewSessions { jid } => {
                for jid in core.addresses_with(&jid) {
                    let lost = core.unreadable_of(&jid, cx);
                    self.renew_sessions(&jid, &lost, core, cx);
                }
            }
            Command::RemoveOurDevice { device } => self.sign_out(device, core, cx),
            Command::RenewOurDevice => self.renew_our_device(core, cx),
            Command::CheckAddress { jid } => self.check_address(jid, core, cx),
            _ => {}
        }
    }
}
