//! Links that ChatSecure for iOS made: `https://chatsecure.org/i/#<base64>`.
//!
//! Inside is `jid?otr=<hexadecimal>&m=1`, or the address alone. Also `axolotl` and `gpg` were meant to
//! be there, `m=1` says that a contact has a new address, and a slip of the program is `jid?(null)`.

use data_encoding::BASE64URL_NOPAD;

use crate::invite::{Invite, InviteError, add_key, checked_jid, xmpp_uri};
use crate::statement::KeyProtocol;

/// Reads what follows `/i/#`.
pub(super) fn read(fragment: &str) -> Result<Invite, InviteError> {
    // Both alphabets, with padding and without.
    let text = fragment.trim_end_matches('=');
    let text = text.replace('+', "-").replace('/', "_");
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
    let bytes = bytes.map_err(|_| InviteError::Damaged)?;
    let text = String::from_utf8(bytes).map_err(|_| InviteError::Damaged)?;
    let (jid, query) = text.split_once('?').unwrap_or((&text, ""));
    let mut invite = Invite::to(checked_jid(jid)?);
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let protocol = match key {
            "otr" => KeyProtocol::Otr,
            "axolotl" => KeyProtocol::Omemo,
            "gpg" => KeyProtocol::OpenPgpV4,
            "m" => {
                invite.is_move = value == "1";
                continue;
            }
            _ => continue,
        };
        add_key(&mut invite.keys, protocol, None, &xmpp_uri::hex(value)?)?;
    }
    Ok(invite)
}
