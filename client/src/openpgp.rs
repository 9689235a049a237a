//! RFC 9580: OpenPGP, as much of it as says whose key a file has, and whether the key names an
//! identity.
//!
//! ```text
//!   armour       the text around a key
//!   packets      a key as its packets, bounded
//!   signature    what a key says of itself, verified
//! ```

mod armour;
mod packets;
mod signature;

use onym_identity::IdentityKey;
use onym_identity::statement::{ForeignKey, KeyProtocol};

use self::packets::{Packet, Tag};
use self::signature::{Checked, PrimaryKey, SelfSignature, Subject, signed_by_itself};

/// The notation by which a key names an identity, whose base32 text is the value. The domain is
/// nobody's; it keeps the name apart from those of others.
pub(crate) const NOTATION: &str = "identity@onym.example";

/// The longest file that is read: a key that thousands have signed.
pub(crate) const MAX_FILE_BYTES: usize = 1024 * 1024;

/// How many signatures are verified at most. A file of this length with more of them is refused, and not
/// read in part: one of those left out could be the revocation.
const MAX_VERIFIED: usize = 4_096;

/// A public key in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenPgpKey {
    /// Its fingerprint, in its version.
    pub(crate) key: ForeignKey,
    /// Whether it names the identity.
    pub(crate) word: KeysWord,
}

/// What a key says about an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeysWord {
    /// It names it, and has signed that.
    Confirmed,
    /// It has the notation, made in a way that is not known here.
    Unchecked,
    /// It says nothing about it.
    Nothing,
}

/// Why a file is of no use as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenPgpError {
    /// It is too long.
    #[error("it has more than {MAX_FILE_BYTES} bytes")]
    TooLong,
    /// It is neither armoured nor a row of packets, or is damaged.
    #[error("there is no OpenPGP key in it, or a damaged one")]
    NoKey,
    /// It is a secret key.
    #[error("it has a secret key: give the public one (`gpg --export`)")]
    Secret,
    /// It is of a version whose fingerprints no statement can have.
    #[error("it has a key of version {0}, where 4 and 6 are possible")]
    Version(u8),
    /// Its owner has revoked it.
    #[error("the key has revoked itself")]
    Revoked,
    /// More people have signed it than are looked at.
    #[error(
        "it has more than {MAX_VERIFIED} signatures: export it without those of others (`gpg --export-options export-minimal`)"
    )]
    TooManySignatures,
}

/// Reads the first key of a file, and what it says about an identity at the time `now`, in seconds
/// since 1970.
pub(crate) fn read(
    file: &[u8],
    identity: &IdentityKey,
    now: u64,
) -> Result<OpenPgpKey, OpenPgpError> {
    if file.len() > MAX_FILE_BYTES {
        return Err(OpenPgpError::TooLong);
    }
    let bytes = armour::open(file)?;
    let mut packets = packets::Packets::new(&bytes);
    let first = packets.next().ok_or(OpenPgpError::NoKey)??;
    match first.tag {
        Tag::PublicKey => {}
        Tag::SecretKey => return Err(OpenPgpError::Secret),
        _ => return Err(OpenPgpError::NoKey),
    }
    let primary = PrimaryKey::parse(first.body)?;
    let word = word_of(&primary, packets, identity, now)?;
    let protocol = match primary.version() {
        4 => KeyProtocol::OpenPgpV4,
        _ => KeyProtocol::OpenPgpV6,
    };
    let key = ForeignKey::new(protocol, &primary.fingerprint());
    Ok(OpenPgpKey { key, word })
}

/// What the key has signed about itself, the names before its subkeys and up to the next key.
fn word_of<'a>(
    primary: &PrimaryKey<'_>,
    packets: impl Iterator<Item = Result<Packet<'a>, OpenPgpError>>,
    identity: &IdentityKey,
    now: u64,
) -> Result<KeysWord, OpenPgpError> {
    let mut subject = Subject::Key;
    let mut latest: Option<SelfSignature> = None;
    let mut word = KeysWord::Nothing;
    let mut is_unchecked = false;
    let mut verified = 0_usize;
    let mut settle = |latest: Option<SelfSignature>| {
        if latest.is_some_and(|it| it.names(identity, now)) {
            word = KeysWord::Confirmed;
        }
    };
    for packet in packets {
        let packet = packet?;
        match packet.tag {
            Tag::UserId => {
                settle(latest.take());
                subject = Subject::UserId(packet.body.to_vec());
            }
            Tag::Signature => {
                verified = verified.saturating_add(1);
                if verified > MAX_VERIFIED {
                    return Err(OpenPgpError::TooManySignatures);
                }
                match signed_by_itself(primary, &subject, packet.body) {
                    Some(Checked::Revokes) if matches!(subject, Subject::Key) => {
                        return Err(OpenPgpError::Revoked);
                    }
                    Some(Checked::Revokes) => {
                        latest = None;
                        subject = Subject::Other;
                    }
                    Some(Checked::Good(signature))
                        if latest.as_ref().is_none_or(|it| it.is_before(&signature)) =>
                    {
                        latest = Some(signature);
                    }
                    Some(Checked::Unknown(signature)) => {
                        is_unchecked |= signature.names(identity, now);
                    }
                    Some(Checked::Good(_)) | None => {}
                }
            }
            Tag::UserAttribute => {
                settle(latest.take());
                subject = Subject::Other;
            }
            // What comes after it is about subkeys, or is another key.
            Tag::PublicKey | Tag::SecretKey | Tag::Subkey => break,
            Tag::Other => {}
        }
    }
    settle(latest.take());
    Ok(match word {
        KeysWord::Nothing if is_unchecked => KeysWord::Unchecked,
        word => word,
    })
}

#[cfg(test)]
mod tests;
