//! One ratchet, two dialects: X3DH and the Double Ratchet as both versions of OMEMO in use speak
//! them, from published keys to the bytes of a `<key/>` element and the payload that it unlocks.
//!
//! ```text
//!   Bundle (theirs) --initiate--\
//!                                +--> Session --encrypt--> SealedKey
//!   key exchange ----decrypt----/        \-----decrypt---> Opened --> payload::open
//!        \-- OurDevice, whose Bundle they have used
//! ```
//!
//! What decrypts takes everything by shared reference and returns the session that takes the old
//! one's place, so a forged message changes nothing. The caller commits the session, the used
//! pre-key and the plaintext at once.

pub(crate) mod bundle;
mod cbc_hmac;
/// XEP-0384, section 5.3.1: the device list
pub mod device_list;
mod dialect;
mod double_ratchet;
/// XEP-0384, section 5.5: the element of a message
pub(crate) mod encrypted;
mod kdf;
mod keys;
mod our_device;
/// The content of a message, which its key unlocks.
pub mod payload;
mod plaintext;
/// XEP-0384, section 5.3.2: the bundle as it is published
pub(crate) mod published_bundle;
mod session;
mod skipped_keys;
mod wire;
mod x3dh;

pub use bundle::{Bundle, BundleError, WireBundle};
pub use dialect::Dialect;
pub use keys::{IdentityKey, IdentityKeyError, KeyError};
pub use our_device::{DeviceId, DeviceIdError, OurDevice};
pub use plaintext::Plaintext;
pub use session::{DecryptError, EncryptError, InitiateError, Opened, SealedKey, Session};
pub use wire::Malformed;
