//! RFC 9580, section 6: the text around a key.

use std::borrow::Cow;

use data_encoding::BASE64;

use super::OpenPgpError;

const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const BEGIN_SECRET: &str = "-----BEGIN PGP PRIVATE KEY BLOCK-----";
const END: &str = "-----END PGP ";

/// The packets of a file: those in its first armour, or the file itself.
pub(super) fn open(file: &[u8]) -> Result<Cow<'_, [u8]>, OpenPgpError> {
    // Every packet begins with a byte that no text begins with.
    if file.first().is_some_and(|first| first & 0x80 != 0) && !file.starts_with(b"\xef\xbb\xbf") {
        return Ok(Cow::Borrowed(file));
    }
    let text = String::from_utf8_lossy(file);
    if text.contains(BEGIN_SECRET) && !text.contains(BEGIN) {
        return Err(OpenPgpError::Secret);
    }
    let mut lines = text.lines().map(str::trim);
    if !lines.by_ref().any(|line| line == BEGIN) {
        return Err(OpenPgpError::NoKey);
    }
    // Headers end with an empty line.
    let mut body = lines.skip_while(|line| line.contains(": "));
    let mut base64 = String::new();
    let is_ended = body.any(|line| {
        let is_end = line.starts_with(END);
        // The checksum says nothing that a fingerprint does not say.
        if !is_end && !line.starts_with('=') {
            base64.push_str(line);
        }
        is_end
    });
    let decoded = BASE64.decode(base64.as_bytes()).ok().filter(|_| is_ended);
    decoded.map(Cow::Owned).ok_or(OpenPgpError::NoKey)
}
