//! What whoever made an invite keeps of it: the name of its token, and not the token.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::invite::InviteToken;

/// Names a token to whoever has seen it: SHA-256 over its characters. A token has 80 random bits, so
/// its name does not tell it, and where only names are kept nothing can be stolen that lets anybody
/// in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InviteId([u8; 32]);

/// The text is none that an [`InviteId`] has.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the name of an invite has 64 digits of 0 to 9 and a to f")]
pub struct InviteIdError;

impl InviteToken {
    /// The name of the token.
    #[must_use]
    pub fn id(&self) -> InviteId {
        InviteId(Sha256::digest(self.reveal().as_bytes()).into())
    }
}

impl fmt::Display for InviteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for InviteId {
    type Err = InviteIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(InviteIdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_in_no_other_way() {
        let id = InviteToken::new("abc").unwrap().id();
        // FIPS 180-2, appendix B.1.
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id));
        let wrong = [
            text.to_uppercase(),
            text[..62].to_owned(),
            format!("{text}00"),
            String::new(),
        ];
        for wrong in wrong {
            assert_eq!(wrong.parse::<InviteId>(), Err(InviteIdError), "{wrong}");
        }
    }
}
