//! The devices of an account, and what protects a conversation.

use std::cmp::Reverse;

use jid::BareJid;

use super::BuildInput;
use crate::store::{Encryption, EncryptionPolicy, MessageRecord, ProtectionRecord};
use crate::trust::{Trust, TrustRule};
use crate::view_model::{DeviceView, OurDevicesView, ProtectionView, Shield};

pub(super) fn protection(
    input: &BuildInput<'_>,
    jid: &BareJid,
    messages: &[MessageRecord],
) -> ProtectionView {
    let memory = input.memory;
    let default_policy = memory.protection_choices.policy;
    let record = memory.protection.get(jid);
    let policy = record.and_then(|record| record.policy);
    let way = (input.ways)(jid).map(|ways| ways.route.to);
    let written_to = way.as_ref().unwrap_or(jid);
    let record = memory.protection.get(written_to);
    let addresses = memory.addresses_with(jid);
    let mut devices = devices_of(input, written_to);
    for other in addresses.iter().filter(|it| *it != written_to) {
        devices.extend(devices_of(input, other));
    }
    let ours = devices_of(input, input.our_jid);
    let undecided = devices
        .iter()
        .filter(|device| jid != input.our_jid && device.jid == written_to.as_str())
        .chain(&ours)
        .filter(|device| device.because == TrustRule::NeedsDecision)
        .cloned()
        .collect();
    let is_unreadable =
        |message: &&MessageRecord| matches!(message.encryption, Encryption::Undecryptable(_));
    let unreadable = messages.iter().filter(is_unreadable).count();
    let hold = (input.hold)(jid);
    let effective = policy.unwrap_or(default_policy);
    let readers: Vec<&DeviceView> = devices
        .iter()
        .filter(|device| device.jid == written_to.as_str())
        .filter(|device| device.may_read && !device.is_stale)
        .collect();
    let shield = match (effective, hold) {
        (EncryptionPolicy::Clear, _) => Shield::Clear,
        (_, Some(_)) => Shield::Waiting,
        (EncryptionPolicy::BestOrClear, None)
            if readers.is_empty() && record.is_some_and(ProtectionRecord::is_without_devices) =>
        {
            Shield::Clear
        }
        (_, None) if readers.is_empty() => Shield::Unknown,
        (_, None) if readers.iter().all(|it| it.because.is_verified()) => Shield::Verified,
        (_, None) => Shield::Encrypted,
    };
    ProtectionView {
        shield,
        policy,
        default_policy,
        hold,
        devices,
        undecided,
        unreadable: u64::try_from(unreadable).unwrap_or(u64::MAX),
    }
}

pub(super) fn our_devices(input: &BuildInput<'_>) -> OurDevicesView {
    let choices = input.memory.protection_choices;
    let this = input.memory.our_device.as_ref();
    OurDevicesView {
        this: this.map(|device| (device.id(), device.identity_key())),
        others: devices_of(input, input.our_jid),
        policy: choices.policy,
        is_blind: choices.is_blind,
    }
}

fn devices_of(input: &BuildInput<'_>, jid: &BareJid) -> Vec<DeviceView> {
    let Some(record) = input.memory.protection.get(jid) else {
        return Vec::new();
    };
    let is_blind = input.memory.protection_choices.is_blind;
    let mut devices: Vec<DeviceView> = record
        .devices
        .iter()
        .map(|(id, device)| {
            let decision = record.decide(device, is_blind);
            let is_ours = jid == input.our_jid;
            let is_stale = record.is_stale(device, is_ours, is_blind, input.around.now);
            DeviceView {
                jid: jid.to_string(),
                is_ours,
                id: *id,
                label: device.label.clone(),
                key: device.key,
                dialects: device.dialects().collect(),
                trust: device.trust,
                because: decision.because,
                may_read: decision.allow,
                is_stale,
                is_listed: device.is_listed(),
                first_seen: device.first_seen,
                last_heard: device.last_heard,
                key_changed: device.key_changed,
            }
        })
        .collect();
    // What the user has to decide stands first, and what is gone last.
    devices.sort_by_key(|device| {
        (
            !device.is_listed,
            device.trust != Trust::Undecided,
            Reverse(device.last_heard),
            device.id,
        )
    });
    devices
}
