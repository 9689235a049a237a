//! What protects a conversation, and the devices of an account.

use onym_identity::Timestamp;

use crate::omemo::{DeviceId, Dialect, IdentityKey};
use crate::protection::Hold;
use crate::store::EncryptionPolicy;
use crate::trust::{Trust, TrustRule};

/// What protects the open conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProtectionView {
    /// The state, for the shield beside the composer.
    pub shield: Shield,
    /// What the user chose here; nothing follows the choice for all conversations.
    pub policy: Option<EncryptionPolicy>,
    /// What is chosen for all conversations.
    pub default_policy: EncryptionPolicy,
    /// Why messages wait.
    pub hold: Option<Hold>,
    /// The devices of the other side, those that are gone last.
    pub devices: Vec<DeviceView>,
    /// Devices that the user has to decide about before anything is sent: theirs, then ours.
    pub undecided: Vec<DeviceView>,
    /// How many of the last messages could not be read.
    pub unreadable: u64,
}

/// What protects the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Shield {
    /// Nothing is known of the other side's devices yet; nothing goes in the clear.
    #[default]
    Unknown,
    /// It is encrypted, and the user has compared the keys of everybody who can read it, or of the
    /// identity that signed them.
    Verified,
    /// It is encrypted.
    Encrypted,
    /// It waits for the user's decision, or for keys.
    Waiting,
    /// It goes in the clear.
    Clear,
}

/// A device of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Whose.
    pub jid: String,
    /// Whether it is one of ours.
    pub is_ours: bool,
    /// Its number.
    pub id: DeviceId,
    /// What its owner calls it. Not trusted.
    pub label: Option<String>,
    /// Its key; `Display` puts a space after every eighth digit.
    pub key: Option<IdentityKey>,
    /// Which versions it speaks, the better one first.
    pub dialects: Vec<Dialect>,
    /// What is known about whether it is its owner's.
    pub trust: Trust,
    /// The rule that decides whether it may read what we write.
    pub because: TrustRule,
    /// Whether it may.
    pub may_read: bool,
    /// Whether it gets nothing all the same, since nothing was heard of it for months.
    pub is_stale: bool,
    /// Whether its account still lists it.
    pub is_listed: bool,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When a message of it was last read.
    pub last_heard: Option<Timestamp>,
    /// Whether its key was replaced by another one since the user last decided.
    pub key_changed: Option<Timestamp>,
}

/// Our own devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OurDevicesView {
    /// This one: its number and its key, once it has them.
    pub this: Option<(DeviceId, IdentityKey)>,
    /// The others of our account.
    pub others: Vec<DeviceView>,
    /// How messages are protected where nothing else was chosen.
    pub policy: EncryptionPolicy,
    /// Whether new devices are taken without asking while none of their account was verified.
    pub is_blind: bool,
}
