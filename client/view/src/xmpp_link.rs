//! XEP-0147 and RFC 5122: the address in an `xmpp:` link, or as people paste it.

use onym_identity::{OnionAddress, OnymJid};

/// An address that somebody can be asked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The address, without a resource.
    pub(crate) jid: String,
    /// The name that the link proposes (`?roster;name=…`). Not trusted.
    pub(crate) name: Option<String>,
    /// Whether it is an Onym address: a key and an onion address, checked.
    pub(crate) is_onym: bool,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAnAddress {
    /// It does not look like `name@server`.
    Form,
    /// It has an onion address with a mistake in it: a letter is wrong or missing.
    OnionAddress,
    /// The onion address is right and the part before the `@` is not a key.
    Key,
}

/// The longest part of an address, in bytes (RFC 7622, section 3.1).
const MAX_PART_BYTES: usize = 1023;

/// Reads an address or an `xmpp:` link. White space around it, letter case and a resource do not
/// matter.
pub(crate) fn parse(text: &str) -> Result<Found, NotAnAddress> {
    let text = text.trim();
    let scheme = text
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("xmpp:"));
    let (jid, name) = match scheme.and_then(|scheme| text.get(scheme.len()..)) {
        Some(rest) => in_link(rest).ok_or(NotAnAddress::Form)?,
        None => (text.to_owned(), None),
    };
    // `/` separates the resource (RFC 7622, section 3.2); it can be in no other part.
    let bare = jid.split('/').next().unwrap_or(&jid);
    let (local, domain) = bare.split_once('@').ok_or(NotAnAddress::Form)?;
    let domain = domain.to_lowercase();
    let jid = format!("{}@{domain}", local.to_lowercase());
    if local.is_empty() || local.len() > MAX_PART_BYTES || local.contains(is_refused) {
        return Err(NotAnAddress::Form);
    }
    if let Some(before) = domain.strip_suffix(".onion") {
        return check_onion(&jid, &domain, before, name);
    }
    let is_domain = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    let is_short = domain.len() <= MAX_PART_BYTES;
    let is_host = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.');
    if !is_domain || !is_short || domain.contains("..") || !domain.chars().all(is_host) {
        return Err(NotAnAddress::Form);
    }
    let is_onym = false;
    Ok(Found { jid, name, is_onym })
}

fn check_onion(
    jid: &str,
    domain: &str,
    before: &str,
    name: Option<String>,
) -> Result<Found, NotAnAddress> {
    // Other XMPP servers may be at a name below an onion address, and call people as they like.
    let address = before.rsplit('.').next().unwrap_or(before);
    if format!("{address}.onion").parse::<OnionAddress>().is_err() {
        return Err(NotAnAddress::OnionAddress);
    }
    let is_onym = jid.parse::<OnymJid>().is_ok();
    let local_chars = jid.len().saturating_sub(domain.len() + 1);
    // A key with a letter too many or too few would be another person's address, or nobody's.
    let looks_like_key = local_chars.abs_diff(onym_identity::IdentityKey::TEXT_LEN) <= 2;
    if !is_onym && looks_like_key {
        return Err(NotAnAddress::Key);
    }
    let jid = jid.to_owned();
    Ok(Found { jid, name, is_onym })
}

/// The address and the proposed name of a link, after its scheme:
/// `alice@a.example?roster;name=Alice%20A.`
fn in_link(rest: &str) -> Option<(String, Option<String>)> {
    // `//` begins an authority: the account to use (RFC 5122, section 2.2). We have one account.
    let rest = match rest.strip_prefix("//") {
        Some(rest) => rest.split_once('/')?.1,
        None => rest,
    };
    let rest = rest.split('#').next().unwrap_or(rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let name = query
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == "name")
        .and_then(|(_, value)| decoded(value))
        .map(|name| one_line(&name))
        .filter(|name| !name.is_empty());
    Some((decoded(path)?, name))
}

/// The text behind percent signs (RFC 3986, section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The longest name that a link can propose, in characters.
const MAX_NAME_CHARS: usize = 60;

fn one_line(name: &str) -> String {
    let plain = crate::text::plain(name);
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(MAX_NAME_CHARS).collect()
}

/// Characters that no address has (RFC 7622, section 3.3.1).
fn is_refused(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '"' | '&' | '\'' | ':' | '<' | '>' | '@')
}

/// Our address as a link that asks to become a contact (XEP-0147, section 8.6). The characters
/// that a link cannot hold are written with percent signs.
pub(crate) fn link_to(jid: &str) -> String {
    let mut link = "xmpp:".to_owned();
    for byte in jid.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@') {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link.push_str("?subscribe");
    link
}

#[cfg(test)]
mod tests {
    use onym_identity::RootSecret;

    use super::*;

    fn found(text: &str) -> (String, Option<String>) {
        let found = parse(text).unwrap();
        (found.jid, found.name)
    }

    #[test]
    fn addresses_as_people_paste_them() {
        let bob = ("bob@b.example".to_owned(), None);
        for text in [
            "bob@b.example",
            " Bob@B.example \n",
            "bob@b.example/desk",
            "xmpp:bob@b.example",
            "XMPP:bob@b.example?message;body=hi",
            "xmpp:bob@b.example?subscribe",
            "xmpp:bob@b.example/desk?roster",
            "xmpp://carol@c.example/bob@b.example?roster",
            "xmpp:b%6Fb@b.example#top",
        ] {
            assert_eq!(found(text), bob, "{text:?}");
        }
        assert_eq!(
            found("xmpp:bob@b.example?roster;name=Bob%20B%C3%BCrger%0A;group=Friends").1,
            Some("Bob Bürger".to_owned())
        );
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "bob",
            "@",
            "bob@",
            "@b.example",
            "bo b@b.example",
            "bob@b example",
            "bob@localhost",
            "bob@.example",
            "bob@b..example",
            "xmpp:%zz@b.example",
            "xmpp:bob%40",
            "xmpp:bob@b.example%FF",
            "https://b.example",
            "bob@b.example@c.example",
            "bob@b.example?subscribe",
        ] {
            assert_eq!(parse(text), Err(NotAnAddress::Form), "{text:?}");
        }
    }

    #[test]
    fn a_slip_in_an_onion_address_is_noticed() {
        let root = RootSecret::from_bytes(&[3; 32]);
        let key = root.identity_key().public();
        let onion = root.onion_service_key(0).onion_address();
        let jid = format!("{key}@{onion}");
        assert!(parse(&jid).unwrap().is_onym);
        assert!(parse(&jid.to_uppercase()).unwrap().is_onym);
        let swapped = jid.replace(".onion", "x.onion");
        assert_eq!(parse(&swapped), Err(NotAnAddress::OnionAddress));
        let shorter: String = jid.chars().skip(1).collect();
        assert_eq!(parse(&shorter), Err(NotAnAddress::Key));
        // Another kind of XMPP server at an onion address.
        let named = parse(&format!("bob@{onion}")).unwrap();
        assert!(!named.is_onym);
    }

    #[test]
    fn our_link_is_read_back() {
        for jid in ["bob@b.example", "b%ob=c@b.example", "bü@b.example"] {
            assert_eq!(found(&link_to(jid)).0, jid);
        }
        assert_eq!(link_to("a@b.example"), "xmpp:a@b.example?subscribe");
    }
}
