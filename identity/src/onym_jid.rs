//! The JID of an identity at an onion service of its own.

use std::fmt;
use std::str::FromStr;

use jid::BareJid;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identity_key::{IdentityKey, IdentityKeyError};
use crate::onion_address::{OnionAddress, OnionAddressError};

/// A bare JID that names its owner's key: `<identity key>@<onion address>`, 115 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OnymJid {
    /// Who it is.
    pub identity: IdentityKey,
    /// Where the owner's endpoint is.
    pub address: OnionAddress,
}

impl OnymJid {
    /// Length of the text form, in characters.
    pub const TEXT_LEN: usize = IdentityKey::TEXT_LEN + 1 + OnionAddress::TEXT_LEN;

    /// The same JID in the form that XMPP libraries take.
    #[must_use]
    pub fn to_bare_jid(&self) -> BareJid {
        #[expect(
            clippy::expect_used,
            reason = "every OnymJid is a JID; a test holds it"
        )]
        BareJid::new(&self.to_string())
            .expect("lower-case base32 and \".onion\" pass RFC 7622 unchanged")
    }
}

impl fmt::Display for OnymJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.identity, self.address))
    }
}

impl fmt::Debug for OnymJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnymJid({self})")
    }
}

impl FromStr for OnymJid {
    type Err = OnymJidError;

    fn from_str(text: &str) -> Result<Self, OnymJidError> {
        let (local, domain) = text.split_once('@').ok_or(OnymJidError::NoLocalPart)?;
        if domain.contains('/') {
            return Err(OnymJidError::Resource);
        }
        Ok(Self {
            identity: local.parse().map_err(OnymJidError::Identity)?,
            address: domain.parse().map_err(OnymJidError::Address)?,
        })
    }
}

impl TryFrom<&BareJid> for OnymJid {
    type Error = OnymJidError;

    fn try_from(jid: &BareJid) -> Result<Self, OnymJidError> {
        jid.as_str().parse()
    }
}

impl From<&OnymJid> for BareJid {
    fn from(jid: &OnymJid) -> Self {
        jid.to_bare_jid()
    }
}

impl TryFrom<String> for OnymJid {
    type Error = OnymJidError;

    fn try_from(text: String) -> Result<Self, OnymJidError> {
        text.parse()
    }
}

impl From<OnymJid> for String {
    fn from(jid: OnymJid) -> Self {
        jid.to_string()
    }
}

/// Why a text or a JID is not the JID of an identity at its onion service.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum OnymJidError {
    /// There is no `@`.
    #[error("an Onym address has an identity key, then \"@\", then an onion address")]
    NoLocalPart,
    /// The JID names one connected client.
    #[error("this is the address of one connected client; remove the \"/\" and what follows")]
    Resource,
    /// What stands before the `@` is not an identity key.
    #[error("before the \"@\": {0}")]
    Identity(#[source] IdentityKeyError),
    /// What stands after the `@` is not an onion address.
    #[error("after the \"@\": {0}")]
    Address(#[source] OnionAddressError),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base32::Base32Error;
    use crate::root_secret::RootSecret;

    fn onym_jid(root: [u8; 32], index: u32) -> OnymJid {
        let root = RootSecret::from_bytes(&root);
        OnymJid {
            identity: root.identity_key().public(),
            address: root.onion_service_key(index).onion_address(),
        }
    }

    #[test]
    fn the_reason_is_named() {
        let good = onym_jid([7; 32], 0).to_string();
        let (local, domain) = good.split_once('@').unwrap();
        let refusal = |text: &str| text.parse::<OnymJid>().unwrap_err();
        assert_eq!(refusal(domain), OnymJidError::NoLocalPart);
        assert_eq!(refusal(""), OnymJidError::NoLocalPart);
        assert_eq!(refusal(&format!("{good}/desktop")), OnymJidError::Resource);
        assert_eq!(
            refusal(&format!("alice@{domain}")),
            OnymJidError::Identity(IdentityKeyError::Text(Base32Error::Length {
                expected: 52,
                got: 5
            }))
        );
        assert_eq!(
            refusal(&format!("{local}@jabber.example")),
            OnymJidError::Address(OnionAddressError::NoSuffix)
        );
        assert_eq!(
            refusal(&format!("{local}@{local}@{domain}")),
            OnymJidError::Address(OnionAddressError::Text(Base32Error::Length {
                expected: 56,
                got: 109
            }))
        );
    }

    #[test]
    fn serde_uses_the_text_and_checks_it() {
        let jid = onym_jid([7; 32], 0);
        let json = serde_json::to_string(&jid).unwrap();
        assert_eq!(json, format!("\"{jid}\""));
        assert_eq!(serde_json::from_str::<OnymJid>(&json).unwrap(), jid);
        let error = serde_json::from_str::<OnymJid>("\"alice@jabber.example\"").unwrap_err();
        assert!(
            error.to_string().contains("identity key has 5 characters"),
            "{error}"
        );
    }

    proptest! {
        // Each case checks eight points, which is slow without optimisation.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn text_and_bare_jid_survive_the_round_trip(root in any::<[u8; 32]>(), index in any::<u32>()) {
            let jid = onym_jid(root, index);
            let text = jid.to_string();
            prop_assert_eq!(text.len(), OnymJid::TEXT_LEN);
            prop_assert_eq!(text.parse(), Ok(jid));
            prop_assert_eq!(text.to_uppercase().parse(), Ok(jid));

            let bare = jid.to_bare_jid();
            prop_assert_eq!(bare.as_str(), &text);
            prop_assert_eq!(OnymJid::try_from(&bare), Ok(jid));
            // A legacy client may write it in capitals; the library's normal form is ours.
            let shouted = BareJid::new(&text.to_uppercase()).unwrap();
            prop_assert_eq!(OnymJid::try_from(&shouted), Ok(jid));
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in any::<String>(), domain in any::<String>()) {
            prop_assert!(text.parse::<OnymJid>().is_err());
            let jid = format!("{text}@{domain}.onion");
            prop_assert!(jid.parse::<OnymJid>().is_err());
        }
    }
}
