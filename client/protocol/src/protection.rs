//! Why messages of a conversation wait for their protection.

use onym_identity::Timestamp;

/// Why messages wait although there is a connection. Nothing is sent in the clear instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hold {
    /// Our own keys are being published.
    Preparing,
    /// Our server keeps no keys, so nobody could write back.
    OurServerKeepsNoKeys,
    /// The other side is asked which devices it has.
    LookingForDevices,
    /// Keys of the other side's devices are on their way.
    FetchingKeys,
    /// The other side's server does not answer.
    Unreachable {
        /// When it is asked again.
        until: Timestamp,
    },
    /// No program of the other side can encrypt as the conversation wants it.
    NoDevices {
        /// When it is asked again.
        until: Timestamp,
    },
    /// The other side has devices that the user has to decide about.
    TheirDevicesUndecided,
    /// We have devices that the user has to decide about.
    OurDevicesUndecided,
    /// The user refused every device of the other side, or none of them has keys that are right.
    NoUsableDevice,
    /// Our identity has revoked the keys of this device: it was signed out, and needs new ones.
    SignedOut,
    /// Another identity is behind the address now, and the user has to decide whether it is to be.
    IdentityChanged,
    /// The identity behind the address says that the address is not its own any more.
    AddressRevoked,
    /// The owner of the identity behind the address has revoked it.
    IdentityRevoked,
    /// The user has compared the identity behind the address, and it is not the person's.
    IdentityDiffers,
}
