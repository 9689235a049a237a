//! RFC 3986, section 2.1: percent-encoding.

/// The text behind percent signs; `None` if it is not well-formed.
pub(super) fn decode(text: &str) -> Option<String> {
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

/// Appends a text with percent signs for everything but what is plain in any part of a link.
pub(super) fn encode(text: &str, link: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@') {
            link.push(char::from(byte));
        } else {
            let hex = |digit: u8| char::from_digit(digit.into(), 16).unwrap_or('0');
            link.push('%');
            link.push(hex(byte >> 4).to_ascii_uppercase());
            link.push(hex(byte & 15).to_ascii_uppercase());
        }
    }
}
