//! Where the two versions of OMEMO differ by a constant.

use serde::{Deserialize, Serialize};

/// A version of OMEMO. Its sessions are its own, also where device and identity key are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Dialect {
    /// Version 0.3 of XEP-0384, which encrypts the text of a message as libsignal version 3 does.
    Omemo,
    /// Version 0.9 of XEP-0384, which encrypts an envelope.
    Omemo2,
}

impl Dialect {
    /// Both, the older one first.
    pub const ALL: [Self; 2] = [Self::Omemo, Self::Omemo2];

    /// The namespace of its elements.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Omemo => "eu.siacs.conversations.axolotl",
            Self::Omemo2 => "urn:xmpp:omemo:2",
        }
    }

    /// The HKDF info of the secret that X3DH agrees on.
    pub(super) const fn x3dh_info(self) -> &'static [u8] {
        match self {
            Self::Omemo => b"WhisperText",
            Self::Omemo2 => b"OMEMO X3DH",
        }
    }

    /// The HKDF info of the root chain.
    pub(super) const fn root_info(self) -> &'static [u8] {
        match self {
            Self::Omemo => b"WhisperRatchet",
            Self::Omemo2 => b"OMEMO Root Chain",
        }
    }

    /// The HKDF info of what a message key is stretched to.
    pub(super) const fn message_info(self) -> &'static [u8] {
        match self {
            Self::Omemo => b"WhisperMessageKeys",
            Self::Omemo2 => b"OMEMO Message Key Material",
        }
    }

    /// Bytes of HMAC-SHA-256 that a message carries.
    pub(super) const fn mac_bytes(self) -> usize {
        match self {
            Self::Omemo => 8,
            Self::Omemo2 => 16,
        }
    }
}
