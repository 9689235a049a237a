//! `xmpp:<jid>?trust-message;encryption=<namespace>;trust=<key>;distrust=<key>`: which keys of somebody are
//! to be trusted, and which not. Programs with automatic trust (XEP-0450) show it as a code.

use curve25519_dalek::edwards::CompressedEdwardsY;

use crate::invite::xmpp_uri::hex;
use crate::invite::{Invite, InviteError, add_key, percent};
use crate::statement::{ForeignKey, KeyProtocol};

/// What is asked for by such a link.
pub(super) const ACTION: &str = "trust-message";

/// Reads the pairs that follow the action. The first one has to name the encryption whose keys they are.
pub(super) fn read_pairs<'a>(
    invite: &mut Invite,
    mut pairs: impl Iterator<Item = &'a str>,
) -> Result<(), InviteError> {
    let first = pairs
        .next()
        .and_then(|pair| pair.strip_prefix("encryption="));
    let namespace = percent::decode(first.ok_or(InviteError::Damaged)?);
    let protocol = match namespace.as_deref() {
        Some("eu.siacs.conversations.axolotl") => KeyProtocol::Omemo,
        Some("urn:xmpp:omemo:2") => KeyProtocol::Omemo2,
        _ => return Err(InviteError::OtherAction),
    };
    for pair in pairs {
        match pair.split_once('=') {
            Some(("trust", key)) => {
                add_key(&mut invite.keys, protocol, None, &read_key(protocol, key)?)?;
            }
            Some(("distrust", key)) => {
                let key = ForeignKey::new(protocol, &read_key(protocol, key)?);
                if !invite.distrusted.contains(&key) {
                    invite.distrusted.push(key);
                }
            }
            // Other pairs are for other programs, or for later.
            _ => {}
        }
    }
    // What is said both ways is not trusted.
    let Invite {
        keys, distrusted, ..
    } = invite;
    keys.retain(|it| !distrusted.contains(&it.key));
    Ok(())
}

/// A key in its Curve25519 form. OMEMO 2 names it by its point on Ed25519, as its bundles do.
fn read_key(protocol: KeyProtocol, text: &str) -> Result<[u8; 32], InviteError> {
    let bytes = <[u8; 32]>::try_from(hex(text)?).map_err(|_| InviteError::Damaged)?;
    if protocol == KeyProtocol::Omemo {
        return Ok(bytes);
    }
    let compressed = CompressedEdwardsY(bytes);
    let point = compressed.decompress();
    let point = point.filter(|it| it.compress() == compressed && !it.is_small_order());
    let point = point.ok_or(InviteError::Damaged)?;
    Ok(point.to_montgomery().to_bytes())
}
