//! What stands behind the `#` of our own links: `docs/invites.md`.

use data_encoding::BASE64URL_NOPAD;

use crate::identity_key::IdentityKey;
use crate::invite::{Invite, InviteError, InviteToken, add_key, checked_jid, named_by};
use crate::onion_address::OnionAddress;
use crate::onion_service_key::OnionServiceKey;
use crate::onym_jid::OnymJid;
use crate::statement::{DisplayName, KeyProtocol};

/// Stands before the payload. Its dot is in no base64, so that it is none of ChatSecure's.
pub(super) const VERSION: &str = "1.";

const ONYM_JID: u8 = 1;
const NAME: u8 = 2;
const TOKEN: u8 = 4;
const IDENTITY: u8 = 8;
const SERIAL: u8 = 16;
const KEYS: u8 = 32;
const MOVE: u8 = 64;

pub(super) fn write(invite: &Invite) -> Result<String, InviteError> {
    let onym = OnymJid::try_from(&invite.jid).ok();
    let identity = match named_by(&invite.jid) {
        Some(_) => None,
        None => invite.claimed_identity,
    };
    let flag = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
    let flags = flag(onym.is_some(), ONYM_JID)
        | flag(invite.name.is_some(), NAME)
        | flag(invite.token.is_some(), TOKEN)
        | flag(identity.is_some(), IDENTITY)
        | flag(invite.least_serial.is_some(), SERIAL)
        | flag(!invite.keys.is_empty(), KEYS)
        | flag(invite.is_move, MOVE);
    let mut bytes = vec![flags];
    match &onym {
        // The onion address is its key, a checksum and a version, which follow from the key.
        Some(jid) => {
            bytes.extend_from_slice(jid.identity.as_bytes());
            bytes.extend_from_slice(jid.address.public_key().as_bytes());
        }
        None => field(&mut bytes, invite.jid.as_str().as_bytes())?,
    }
    if let Some(name) = &invite.name {
        field(&mut bytes, name.as_str().as_bytes())?;
    }
    if let Some(token) = &invite.token {
        field(&mut bytes, token.reveal().as_bytes())?;
    }
    if let Some(identity) = identity {
        bytes.extend_from_slice(identity.as_bytes());
    }
    if let Some(serial) = invite.least_serial {
        bytes.extend_from_slice(&serial.to_be_bytes());
    }
    if !invite.keys.is_empty() {
        bytes.push(u8::try_from(invite.keys.len()).map_err(|_| InviteError::Form)?);
        for key in &invite.keys {
            bytes.push(key.key.protocol.code());
            bytes.extend_from_slice(&key.device.unwrap_or(0).to_be_bytes());
            field(&mut bytes, key.key.fingerprint.as_bytes())?;
        }
    }
    Ok(format!("{VERSION}{}", BASE64URL_NOPAD.encode(&bytes)))
}

pub(super) fn read(payload: &str) -> Result<Invite, InviteError> {
    let bytes = BASE64URL_NOPAD.decode(payload.as_bytes());
    let bytes = bytes.map_err(|_| InviteError::Damaged)?;
    let mut rest = Rest(&bytes);
    let flags = rest.byte()?;
    if flags & !(ONYM_JID | NAME | TOKEN | IDENTITY | SERIAL | KEYS | MOVE) != 0 {
        return Err(InviteError::Version);
    }
    let has = |bit: u8| flags & bit != 0;
    let mut invite = if has(ONYM_JID) {
        let identity = IdentityKey::from_bytes(&rest.array()?);
        let service = OnionServiceKey::from_bytes(&rest.array()?);
        let (Ok(identity), Ok(service)) = (identity, service) else {
            return Err(InviteError::Damaged);
        };
        let address = OnionAddress::from(service);
        Invite::to(OnymJid { identity, address }.to_bare_jid())
    } else {
        let text = rest.text()?;
        let jid = checked_jid(text).map_err(|error| match error {
            // Inside a payload, what is no address is damage.
            InviteError::Form => InviteError::Damaged,
            other => other,
        })?;
        // What has a shorter form, or another spelling, was not written by this format.
        if jid.as_str() != text || OnymJid::try_from(&jid).is_ok() {
            return Err(InviteError::Damaged);
        }
        Invite::to(jid)
    };
    if has(NAME) {
        let name = DisplayName::new(rest.text()?);
        invite.name = Some(name.map_err(|_| InviteError::Damaged)?);
    }
    if has(TOKEN) {
        invite.token = Some(InviteToken::new(rest.text()?)?);
    }
    if has(IDENTITY) {
        let identity = IdentityKey::from_bytes(&rest.array()?);
        if named_by(&invite.jid).is_some() {
            return Err(InviteError::Damaged);
        }
        invite.claimed_identity = Some(identity.map_err(|_| InviteError::Damaged)?);
    }
    if has(SERIAL) {
        invite.least_serial = Some(u64::from_be_bytes(rest.array()?));
    }
    if has(KEYS) {
        read_keys(&mut rest, &mut invite)?;
    }
    invite.is_move = has(MOVE);
    rest.0
        .is_empty()
        .then_some(invite)
        .ok_or(InviteError::Damaged)
}

fn read_keys(rest: &mut Rest<'_>, invite: &mut Invite) -> Result<(), InviteError> {
    let count = rest.byte()?;
    for _ in 0..count {
        let protocol = KeyProtocol::from_code(rest.byte()?);
        let device = u32::from_be_bytes(rest.array()?);
        let device = (device != 0).then_some(device);
        let fingerprint = rest.field()?;
        add_key(&mut invite.keys, protocol, device, fingerprint)?;
    }
    // None, or one twice, has a shorter form.
    let is_shortest = count != 0 && invite.keys.len() == usize::from(count);
    is_shortest.then_some(()).ok_or(InviteError::Damaged)
}

fn field(bytes: &mut Vec<u8>, field: &[u8]) -> Result<(), InviteError> {
    let too_long = InviteError::TooLong {
        max: u8::MAX.into(),
        got: field.len(),
    };
    bytes.push(u8::try_from(field.len()).map_err(|_| too_long)?);
    bytes.extend_from_slice(field);
    Ok(())
}

/// What is left of a payload.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Result<u8, InviteError> {
        self.array().map(u8::from_be_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], InviteError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(InviteError::Damaged)?;
        self.0 = rest;
        Ok(*field)
    }

    fn field(&mut self) -> Result<&'a [u8], InviteError> {
        let length = usize::from(self.byte()?);
        let (field, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(InviteError::Damaged)?;
        self.0 = rest;
        Ok(field)
    }

    fn text(&mut self) -> Result<&'a str, InviteError> {
        std::str::from_utf8(self.field()?).map_err(|_| InviteError::Damaged)
    }
}
