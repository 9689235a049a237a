//! Conversations that are protected in different ways, and devices.

use onym_client_protocol::omemo::{DeviceId, Dialect, IdentityKey};
use onym_client_protocol::protection::Hold;
use onym_client_protocol::store::{EncryptionPolicy, OmemoMark, Undecryptable};
use onym_client_protocol::trust::{Trust, TrustRule};
use onym_client_protocol::view_model::{
    ConversationView, DeliveryState, DeviceView, EncryptionView, MessageView, OurDevicesView,
    ProtectionView, Shield,
};
use onym_identity::Timestamp;

use super::{DAY, MINUTE_MILLIS, NOW_MILLIS, ago, bruna, conversation, jid, message};

fn id(number: u32) -> DeviceId {
    DeviceId::new(number).unwrap_or(DeviceId::MAX)
}

/// A key that nobody has.
fn key(number: u8) -> Option<IdentityKey> {
    let mut bytes = [0; 32];
    let mut last = number;
    for byte in &mut bytes {
        last = last.wrapping_mul(181).wrapping_add(89);
        *byte = last ^ number;
    }
    bytes[31] &= 0x3f;
    IdentityKey::from_bytes(bytes).ok()
}

/// A device of Bruna, of whom it is known so much.
fn device(number: u8, label: &str, trust: Trust, because: TrustRule) -> DeviceView {
    let is_allowed = !matches!(
        because,
        TrustRule::NeedsDecision | TrustRule::RefusedByPerson | TrustRule::NotListed
    );
    DeviceView {
        jid: bruna().jid,
        is_ours: false,
        id: id(731_402_118 + u32::from(number)),
        label: Some(label.to_owned()).filter(|label| !label.is_empty()),
        key: key(number),
        dialects: vec![Dialect::Omemo2, Dialect::Omemo],
        trust,
        because,
        may_read: is_allowed,
        is_stale: false,
        is_listed: because != TrustRule::NotListed,
        first_seen: ago(40 * DAY),
        last_heard: is_allowed.then(|| ago(4)),
        key_changed: None,
    }
}

fn phone() -> DeviceView {
    device(1, "Phone", Trust::FirstUse, TrustRule::FirstUse)
}

fn laptop() -> DeviceView {
    let at = ago(12 * DAY);
    let trust = Trust::Verified { at };
    let mut laptop = device(2, "Onym on laptop", trust, TrustRule::VerifiedByPerson);
    laptop.last_heard = Some(ago(3 * DAY));
    laptop
}

fn old_tablet() -> DeviceView {
    device(3, "", Trust::FirstUse, TrustRule::NotListed)
}

fn refused() -> DeviceView {
    let at = ago(2 * DAY);
    let mut refused = device(4, "", Trust::Refused { at }, TrustRule::RefusedByPerson);
    refused.dialects = vec![Dialect::Omemo];
    refused
}

fn new_device() -> DeviceView {
    let mut device = device(5, "Tablet", Trust::Undecided, TrustRule::NeedsDecision);
    device.first_seen = ago(20);
    device
}

/// Our own devices.
pub fn our_devices() -> OurDevicesView {
    let ours = |device: DeviceView| DeviceView {
        jid: jid("ourselves"),
        is_ours: true,
        ..device
    };
    let mut desk = ours(device(7, "Desk", Trust::FirstUse, TrustRule::FirstUse));
    desk.last_heard = Some(ago(3 * 60));
    let mut silent = ours(device(8, "Netbook", Trust::FirstUse, TrustRule::FirstUse));
    silent.first_seen = ago(400 * DAY);
    silent.last_heard = Some(ago(200 * DAY));
    silent.is_stale = true;
    let mut old = ours(old_tablet());
    old.id = id(90_210);
    OurDevicesView {
        this: key(6).map(|key| (id(1_204_377), key)),
        others: vec![desk, silent, old],
        ..OurDevicesView::default()
    }
}

/// What protects a conversation with these devices.
fn protection(shield: Shield, devices: Vec<DeviceView>) -> ProtectionView {
    let is_undecided = |device: &&DeviceView| device.because == TrustRule::NeedsDecision;
    ProtectionView {
        shield,
        undecided: devices.iter().filter(is_undecided).cloned().collect(),
        devices,
        ..ProtectionView::default()
    }
}

fn mark(because: TrustRule, left_out: u16) -> EncryptionView {
    EncryptionView::Omemo(OmemoMark {
        dialect: Dialect::Omemo2,
        device: id(731_402_119),
        because,
        left_out,
    })
}

/// The usual conversation, with all of its messages encrypted.
fn with(protection: ProtectionView) -> ConversationView {
    let conversation = conversation();
    let encrypt = |message: &MessageView| MessageView {
        encryption: match &message.delivery {
            Some(delivery) if delivery.state == DeliveryState::Queued => EncryptionView::Pending,
            _ => mark(TrustRule::FirstUse, 0),
        },
        ..message.clone()
    };
    ConversationView {
        messages: conversation.messages.iter().map(encrypt).collect(),
        protection,
        ..conversation
    }
}

/// Encrypted, with devices of every kind.
pub fn encrypted() -> ConversationView {
    let devices = vec![phone(), laptop(), refused(), old_tablet()];
    with(protection(Shield::Encrypted, devices))
}

/// Encrypted for devices that were compared.
pub fn verified() -> ConversationView {
    with(protection(Shield::Verified, vec![laptop()]))
}

/// Their server does not answer.
pub fn unreachable() -> ConversationView {
    let until = Timestamp::from_unix_millis(NOW_MILLIS + 4 * MINUTE_MILLIS);
    let hold = Some(Hold::Unreachable { until });
    let shield = ProtectionView {
        hold,
        ..protection(Shield::Waiting, vec![phone()])
    };
    waiting(shield)
}

/// In the clear.
pub fn clear() -> ConversationView {
    ConversationView {
        protection: ProtectionView {
            policy: Some(EncryptionPolicy::Clear),
            ..protection(Shield::Clear, Vec::new())
        },
        ..conversation()
    }
}

/// A conversation whose last messages wait.
fn waiting(protection: ProtectionView) -> ConversationView {
    let mut messages: Vec<MessageView> = with(protection.clone()).messages.to_vec();
    let queued = Some(DeliveryState::Queued);
    for (position, text) in [(14, "You are welcome"), (15, "Shall we meet on Thursday?")] {
        let mut message = message(position, text, queued);
        message.encryption = EncryptionView::Pending;
        message.continues_group = position == 15;
        messages.push(message);
    }
    ConversationView {
        total_rows: messages.len() as u64,
        messages: messages.into(),
        protection,
        ..conversation()
    }
}

/// They have a new device.
pub fn undecided() -> ConversationView {
    waiting(ProtectionView {
        hold: Some(Hold::TheirDevicesUndecided),
        ..protection(Shield::Waiting, vec![new_device(), phone()])
    })
}

/// A key of theirs was replaced, and we have a new device whose key is not known yet.
pub fn changed_keys() -> ConversationView {
    let mut changed = phone();
    changed.trust = Trust::Undecided;
    changed.because = TrustRule::NeedsDecision;
    changed.key_changed = Some(ago(9));
    let mut ours = new_device();
    ours.is_ours = true;
    ours.jid = jid("ourselves");
    ours.key = None;
    ours.label = None;
    let mut protection = protection(Shield::Waiting, vec![changed, laptop()]);
    protection.hold = Some(Hold::TheirDevicesUndecided);
    protection.undecided.push(ours);
    waiting(protection)
}

/// Messages with every mark.
pub fn marks() -> ConversationView {
    use DeliveryState as D;
    use EncryptionView as E;
    use TrustRule as R;
    let lines: [(&str, Option<D>, EncryptionView); 12] = [
        ("This one is from before", None, E::None),
        ("And so was this answer", Some(D::Displayed), E::None),
        (
            "From a device that was compared",
            None,
            mark(R::VerifiedByPerson, 0),
        ),
        (
            "From one that was there at first",
            None,
            mark(R::FirstUse, 0),
        ),
        ("From my new tablet", None, mark(R::NeedsDecision, 0)),
        (
            "From a device that nobody lists",
            None,
            mark(R::NotListed, 0),
        ),
        (
            "From one that you do not want",
            None,
            mark(R::RefusedByPerson, 0),
        ),
        (
            "Not for the tablet",
            Some(D::Delivered),
            mark(R::VerifiedByPerson, 1),
        ),
        ("", None, E::Undecryptable(Undecryptable::NoSession)),
        ("", None, E::Undecryptable(Undecryptable::NotForThisDevice)),
        ("", None, E::Undecryptable(Undecryptable::Forged)),
        ("This one waits", Some(D::Queued), E::Pending),
    ];
    let messages: Vec<MessageView> = (0..)
        .zip(lines)
        .map(|(position, (text, state, encryption))| MessageView {
            encryption,
            ..message(position, text, state)
        })
        .collect();
    ConversationView {
        total_rows: messages.len() as u64,
        messages: messages.into(),
        first_unread_row: None,
        protection: ProtectionView {
            unreadable: 3,
            hold: Some(Hold::FetchingKeys),
            ..protection(Shield::Waiting, vec![phone(), laptop()])
        },
        ..conversation()
    }
}
