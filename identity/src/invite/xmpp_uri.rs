//! RFC 5122, XEP-0147 and XEP-0379: `xmpp:` links.

use std::fmt::Write as _;

use data_encoding::HEXLOWER_PERMISSIVE;
use jid::BareJid;

use crate::invite::{
    Invite, InviteError, InviteToken, add_key, checked_jid, named_by, percent, trust_message,
};
use crate::statement::{DisplayName, KeyProtocol};

/// Conversations writes fingerprints of OMEMO as `omemo-sid-<device>=<hexadecimal>`.
const OMEMO: &str = "omemo-sid-";
const OTR: &str = "otr-fingerprint";
const PREAUTH: &str = "preauth";
const NAME: &str = "name";
const IDENTITY: &str = "onym-identity";
const SERIAL: &str = "onym-serial";

/// Reads what follows `xmpp:`.
pub(super) fn read(rest: &str) -> Result<Invite, InviteError> {
    // `//` begins an authority: the account to use (RFC 5122, section 2.2), which is ours to choose.
    let rest = match rest.strip_prefix("//") {
        Some(rest) => rest.split_once('/').ok_or(InviteError::Form)?.1,
        None => rest,
    };
    let rest = rest.split('#').next().unwrap_or(rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut invite = Invite::to(read_jid(&percent::decode(path).ok_or(InviteError::Form)?)?);
    read_query(&mut invite, query, ';')?;
    Ok(invite)
}

/// Reads an address without anything around it.
pub(super) fn read_jid(text: &str) -> Result<BareJid, InviteError> {
    if text.contains('?') {
        return Err(InviteError::Form);
    }
    checked_jid(text)
}

/// Reads what follows `https://` in a link that Conversations made:
/// `conversations.im/i/<jid>?omemo-sid-1=..&..`, the address also as `<local>/<domain>`.
pub(super) fn read_conversations_page(rest: &str) -> Result<Invite, InviteError> {
    let (_, rest) = rest.split_once("/i/").ok_or(InviteError::Form)?;
    let rest = rest.split('#').next().unwrap_or(rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = percent::decode(path).ok_or(InviteError::Form)?;
    let jid = if path.contains('@') {
        path
    } else {
        path.replacen('/', "@", 1)
    };
    let mut invite = Invite::to(read_jid(&jid)?);
    read_query(&mut invite, query, '&')?;
    Ok(invite)
}

fn read_query(invite: &mut Invite, query: &str, separator: char) -> Result<(), InviteError> {
    let pairs = query.split(separator).filter(|pair| !pair.is_empty());
    if pairs.clone().next() == Some(trust_message::ACTION) {
        return trust_message::read_pairs(invite, pairs.skip(1));
    }
    for pair in pairs {
        match pair.split_once('=') {
            Some((key, value)) => read_pair(invite, key, value)?,
            // XEP-0147: what is asked for. Invites of Conversations ask for nothing.
            None if matches!(pair, "roster" | "subscribe" | "message") => {}
            None => return Err(InviteError::OtherAction),
        }
    }
    // What names its key itself cannot be said to be another's.
    if named_by(&invite.jid).is_some() {
        invite.claimed_identity = None;
    }
    Ok(())
}

fn read_pair(invite: &mut Invite, key: &str, value: &str) -> Result<(), InviteError> {
    let decoded = || percent::decode(value).ok_or(InviteError::Damaged);
    if key == PREAUTH {
        invite.token = Some(InviteToken::new(&decoded()?)?);
    } else if key == NAME {
        // XEP-0379 writes spaces as `+`, and as `%20`.
        let name = percent::decode(&value.replace('+', " "));
        invite.name = name.as_deref().and_then(read_name);
    } else if key == IDENTITY {
        let identity = decoded()?.parse().map_err(InviteError::Key)?;
        invite.claimed_identity = Some(identity);
    } else if key == SERIAL {
        let serial = value.parse().map_err(|_| InviteError::Damaged)?;
        invite.least_serial = Some(serial);
    } else if key == OTR {
        add_key(&mut invite.keys, KeyProtocol::Otr, None, &hex(value)?)?;
    } else if let Some(device) = key.strip_prefix(OMEMO) {
        let device = device.parse().ok().filter(|it| (1..1 << 31).contains(it));
        let device = Some(device.ok_or(InviteError::Damaged)?);
        let bytes = hex(value)?;
        // Some write the byte that says what kind of key it is, too.
        let bytes = match bytes.split_first() {
            Some((5, key)) if key.len() == 32 => key,
            _ => &bytes,
        };
        add_key(&mut invite.keys, KeyProtocol::Omemo, device, bytes)?;
    }
    // Other keys are for other programs, or for later.
    Ok(())
}

/// A name that cannot be shown is none; it is no reason to refuse the invite.
pub(super) fn read_name(text: &str) -> Option<DisplayName> {
    let words: Vec<&str> = text.split_whitespace().collect();
    DisplayName::new(&words.join(" ")).ok()
}

/// A fingerprint as people copy it: any letter case, spaces between groups.
pub(super) fn hex(value: &str) -> Result<Vec<u8>, InviteError> {
    let text = percent::decode(value).ok_or(InviteError::Damaged)?;
    let dense: String = text.chars().filter(|it| *it != ' ').collect();
    let bytes = HEXLOWER_PERMISSIVE.decode(dense.as_bytes());
    bytes.map_err(|_| InviteError::Damaged)
}

/// The link that asks to become a contact, with a token and fingerprints.
pub(super) fn write(invite: &Invite) -> String {
    let mut link = "xmpp:".to_owned();
    percent::encode(invite.jid.as_str(), &mut link);
    link.push_str("?roster");
    if let Some(token) = &invite.token {
        let _ = write!(link, ";{PREAUTH}={}", token.reveal());
    }
    if let Some(name) = &invite.name {
        let _ = write!(link, ";{NAME}=");
        percent::encode(name.as_str(), &mut link);
    }
    if let (Some(identity), None) = (invite.claimed_identity, named_by(&invite.jid)) {
        let _ = write!(link, ";{IDENTITY}={identity}");
    }
    if let Some(serial) = invite.least_serial {
        let _ = write!(link, ";{SERIAL}={serial}");
    }
    for key in &invite.keys {
        let fingerprint = &key.key.fingerprint;
        match (key.key.protocol, key.device) {
            (KeyProtocol::Omemo, Some(device)) => {
                let _ = write!(link, ";{OMEMO}{device}={fingerprint}");
            }
            (KeyProtocol::Otr, _) => {
                let _ = write!(link, ";{OTR}={fingerprint}");
            }
            // No link of others has a place for it.
            _ => {}
        }
    }
    link
}
