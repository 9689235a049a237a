//! RFC 9580, section 5.2: what a key has signed about itself.
//!
//! Signatures of Ed25519 and RSA are verified, over SHA-256 and longer hashes: what keys in use are
//! made with. Others are said to be unknown.

use ed25519_dalek::{Signature, VerifyingKey};
use onym_identity::IdentityKey;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::packets::Reader;
use super::{NOTATION, OpenPgpError};

const MAX_RSA_BITS: usize = 8_192;

/// The curve Ed25519 among those of the older algorithm.
const ED25519_OID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01];

/// Subpackets that may be marked critical: those that do not change what a notation means.
const UNDERSTOOD: [u8; 20] = [
    2, 3, 4, 7, 9, 11, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 33, 34, 39,
];

/// A primary key.
pub(super) struct PrimaryKey<'a> {
    version: u8,
    body: &'a [u8],
    public: Public,
}

enum Public {
    Ed25519(VerifyingKey),
    Rsa(Box<RsaPublicKey>),
    Unknown,
}

impl<'a> PrimaryKey<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, OpenPgpError> {
        let mut reader = Reader(body);
        let version = reader.u8().ok_or(OpenPgpError::NoKey)?;
        if !matches!(version, 4 | 6) {
            return Err(OpenPgpError::Version(version));
        }
        let public = read_public(version, &mut reader).ok_or(OpenPgpError::NoKey)?;
        Ok(Self {
            version,
            body,
            public,
        })
    }

    pub(super) const fn version(&self) -> u8 {
        self.version
    }

    /// Section 5.5.4.
    pub(super) fn fingerprint(&self) -> Vec<u8> {
        let framed = self.framed();
        match self.version {
            4 => Sha1::digest(&framed).to_vec(),
            _ => Sha256::digest(&framed).to_vec(),
        }
    }

    /// As it is hashed.
    fn framed(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
        let [_, _, high, low] = length.to_be_bytes();
        let mut framed = match self.version {
            4 => vec![0x99, high, low],
            _ => [&[0x9b], &length.to_be_bytes()[..]].concat(),
        };
        framed.extend_from_slice(self.body);
        framed
    }

    fn has_signed(&self, algorithm: u8, hash: &Hash, material: &[u8]) -> Option<bool> {
        let mut reader = Reader(material);
        match (&self.public, algorithm) {
            (Public::Ed25519(key), 22 | 27) => {
                let signature = match algorithm {
                    27 => reader.array::<64>()?,
                    _ => older_ed25519(&mut reader)?,
                };
                let signature = Signature::from_bytes(&signature);
                Some(key.verify_strict(&hash.digest, &signature).is_ok())
            }
            (Public::Rsa(key), 1 | 3) => {
                let number = reader.number()?;
                let mut signature = vec![0; rsa::traits::PublicKeyParts::size(&**key)];
                let place = signature.len().checked_sub(number.len())?;
                signature.get_mut(place..)?.copy_from_slice(number);
                let scheme = Pkcs1v15Sign {
                    hash_len: Some(hash.digest.len()),
                    prefix: hash.prefix.into(),
                };
                Some(key.verify(scheme, &hash.digest, &signature).is_ok())
            }
            _ => None,
        }
    }
}

fn read_public(version: u8, reader: &mut Reader<'_>) -> Option<Public> {
    let _created = reader.u32()?;
    let algorithm = reader.u8()?;
    if version == 6 {
        let _length = reader.u32()?;
    }
    Some(match algorithm {
        1 | 3 => {
            let modulus = BigUint::from_bytes_be(reader.number()?);
            let exponent = BigUint::from_bytes_be(reader.number()?);
            let key = RsaPublicKey::new_with_max_size(modulus, exponent, MAX_RSA_BITS);
            key.map_or(Public::Unknown, |key| Public::Rsa(Box::new(key)))
        }
        22 => {
            let length = usize::from(reader.u8()?);
            let curve = reader.take(length)?;
            let point = reader.number()?;
            let point = point.strip_prefix(&[0x40]).filter(|_| curve == ED25519_OID);
            point.map_or(Public::Unknown, ed25519)
        }
        27 => ed25519(reader.take(32)?),
        _ => Public::Unknown,
    })
}

fn ed25519(point: &[u8]) -> Public {
    let key = <[u8; 32]>::try_from(point).ok();
    let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok());
    key.map_or(Public::Unknown, Public::Ed25519)
}

/// Two numbers that have lost the zeros before them.
fn older_ed25519(reader: &mut Reader<'_>) -> Option<[u8; 64]> {
    let mut signature = [0; 64];
    for half in signature.chunks_mut(32) {
        let number = reader.number()?;
        let place = half.len().checked_sub(number.len())?;
        half.get_mut(place..)?.copy_from_slice(number);
    }
    Some(signature)
}

/// What a signature is about.
pub(super) enum Subject {
    Key,
    UserId(Vec<u8>),
    Other,
}

/// What a key has said about itself.
#[derive(Debug)]
pub(super) struct SelfSignature {
    created: u32,
    /// How long it counts, in seconds; without end if there is none.
    lifetime: Option<u32>,
    identities: Vec<String>,
}

impl SelfSignature {
    /// Whether it names an identity at a time, in seconds since 1970.
    pub(super) fn names(&self, identity: &IdentityKey, now: u64) -> bool {
        let end = self.lifetime.filter(|it| *it != 0);
        let end = end.map(|it| u64::from(self.created).saturating_add(it.into()));
        let text = identity.to_string();
        end.is_none_or(|end| now < end) && self.identities.contains(&text)
    }

    /// Whether another one takes its place.
    pub(super) const fn is_before(&self, other: &Self) -> bool {
        self.created <= other.created
    }
}

/// A signature that claims to be the key's own.
#[derive(Debug)]
pub(super) enum Checked {
    /// It is.
    Good(SelfSignature),
    /// It is, and takes back what it is about.
    Revokes,
    /// It is made in a way that is not known here.
    Unknown(SelfSignature),
}

struct Hash {
    digest: Vec<u8>,
    /// What RSA signs before it (RFC 8017, section 9.2).
    prefix: &'static [u8],
}

/// The signature of a key about itself; nothing if it is another's, or of another kind.
pub(super) fn signed_by_itself(
    key: &PrimaryKey<'_>,
    subject: &Subject,
    packet: &[u8],
) -> Option<Checked> {
    let mut reader = Reader(packet);
    let version = reader.u8().filter(|it| *it == key.version)?;
    let kind = reader.u8()?;
    let (algorithm, hash_algorithm) = (reader.u8()?, reader.u8()?);
    let read_area = |reader: &mut Reader<'_>| match version {
        4 => reader.u16().map(usize::from),
        _ => reader.size(),
    };
    let length = read_area(&mut reader)?;
    let hashed = reader.take(length)?;
    let head = packet.get(..packet.len().checked_sub(reader.0.len())?)?;
    let length = read_area(&mut reader)?;
    let _unhashed = reader.take(length)?;
    let _quick_check = reader.u16()?;
    let salt = match version {
        4 => &[][..],
        _ => {
            let length = usize::from(reader.u8()?);
            reader.take(length)?
        }
    };
    let revokes = match (subject, kind) {
        (Subject::Key, 0x1f) | (Subject::UserId(_), 0x10..=0x13) => false,
        (Subject::Key, 0x20) | (Subject::UserId(_), 0x30) => true,
        _ => return None,
    };
    let said = read_subpackets(hashed)?;
    let mut message = salt.to_vec();
    message.extend(key.framed());
    if let Subject::UserId(name) = subject {
        message.push(0xb4);
        message.extend(u32::try_from(name.len()).ok()?.to_be_bytes());
        message.extend(name);
    }
    message.extend(head);
    message.extend([version, 0xff]);
    message.extend(u32::try_from(head.len()).ok()?.to_be_bytes());
    let verified = hash_of(hash_algorithm, &message)
        .and_then(|hash| key.has_signed(algorithm, &hash, reader.0));
    match verified {
        Some(true) if revokes => Some(Checked::Revokes),
        Some(true) => Some(Checked::Good(said)),
        Some(false) => None,
        None => (!revokes).then_some(Checked::Unknown(said)),
    }
}

fn hash_of(algorithm: u8, message: &[u8]) -> Option<Hash> {
    let (digest, prefix): (Vec<u8>, &'static [u8]) = match algorithm {
        8 => (Sha256::digest(message).to_vec(), &SHA256_PREFIX),
        9 => (Sha384::digest(message).to_vec(), &SHA384_PREFIX),
        10 => (Sha512::digest(message).to_vec(), &SHA512_PREFIX),
        _ => return None,
    };
    Some(Hash { digest, prefix })
}

const SHA256_PREFIX: [u8; 19] = digest_info(0x31, 0x01, 0x20);
const SHA384_PREFIX: [u8; 19] = digest_info(0x41, 0x02, 0x30);
const SHA512_PREFIX: [u8; 19] = digest_info(0x51, 0x03, 0x40);

/// RFC 8017, section 9.2, note 1.
const fn digest_info(length: u8, hash: u8, digest: u8) -> [u8; 19] {
    [
        0x30, length, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash,
        0x05, 0x00, 0x04, digest,
    ]
}

/// Section 5.2.3.7. Nothing, if something in it is critical and not understood.
fn read_subpackets(area: &[u8]) -> Option<SelfSignature> {
    let mut said = SelfSignature {
        created: 0,
        lifetime: None,
        identities: Vec::new(),
    };
    let mut reader = Reader(area);
    while !reader.0.is_empty() {
        let length = reader.length(255)?;
        let mut body = Reader(reader.take(length)?);
        let kind = body.u8()?;
        let (is_critical, kind) = (kind & 0x80 != 0, kind & 0x7f);
        match kind {
            2 => said.created = body.u32()?,
            3 => said.lifetime = Some(body.u32()?),
            20 => {
                let _flags = body.u32()?;
                let (name, value) = (usize::from(body.u16()?), usize::from(body.u16()?));
                let (name, value) = (body.take(name)?, body.take(value)?);
                let value = std::str::from_utf8(value);
                let value = value.ok().filter(|_| name == NOTATION.as_bytes());
                said.identities.extend(value.map(str::to_ascii_lowercase));
            }
            _ if is_critical && !UNDERSTOOD.contains(&kind) => return None,
            _ => {}
        }
    }
    Some(said)
}
