//! The messages of RFC 5802, section 7: attributes with one-letter names, in a fixed order.

use std::borrow::Cow;

use data_encoding::BASE64;

/// Bytes of any message.
pub(super) const MAX_MESSAGE_BYTES: usize = crate::sasl::MAX_PAYLOAD_BYTES;
/// Bytes of a user name; the local part of an address has no more (RFC 7622, section 3.3).
const MAX_USERNAME_BYTES: usize = 1023;
/// Bytes of both nonces together.
const MAX_NONCE_BYTES: usize = 512;
/// Bytes of a salt.
const MAX_SALT_BYTES: usize = 1024;

/// The message violates RFC 5802.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// `client-first-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClientFirst<'a> {
    /// The header up to and including its second comma; `c=` repeats it.
    pub(super) gs2_header: &'a str,
    /// The message after that header; part of what both sides sign.
    pub(super) bare: &'a str,
    pub(super) authorization_id: Option<String>,
    pub(super) username: String,
    pub(super) nonce: &'a str,
}

/// `server-first-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServerFirst<'a> {
    pub(super) nonce: &'a str,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: u32,
}

/// `client-final-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClientFinal<'a> {
    pub(super) channel_binding: Vec<u8>,
    pub(super) nonce: &'a str,
    /// The message without `,p=…`; part of what both sides sign.
    pub(super) without_proof: &'a str,
    pub(super) proof: Vec<u8>,
}

/// `server-final-message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ServerFinal<'a> {
    Signature(Vec<u8>),
    Error(&'a str),
}

impl<'a> ClientFirst<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let text = text(message)?;
        let (flag, rest) = text.split_once(',').ok_or(Malformed)?;
        // RFC 5802, section 6: `p=` asks for a channel binding, which only the -PLUS mechanisms
        // have.
        if !matches!(flag, "n" | "y") {
            return Err(Malformed);
        }
        let (authorization_id, bare) = rest.split_once(',').ok_or(Malformed)?;
        let authorization_id = match authorization_id {
            "" => None,
            given => Some(unescape(value('a', Some(given))?)?),
        };
        let gs2_header = text.strip_suffix(bare).ok_or(Malformed)?;
        // A leading `m=` is a mandatory extension that we do not know (RFC 5802, section 5.1); it
        // is refused here because it is not `n=`.
        let mut attributes = bare.split(',');
        let username = unescape(value('n', attributes.next())?)?;
        let nonce = nonce(value('r', attributes.next())?)?;
        extensions(attributes)?;
        Ok(Self {
            gs2_header,
            bare,
            authorization_id,
            username,
            nonce,
        })
    }
}

impl<'a> ServerFirst<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut attributes = text(message)?.split(',');
        let nonce = nonce(value('r', attributes.next())?)?;
        let salt = base64(value('s', attributes.next())?)?;
        let iterations = value('i', attributes.next())?;
        extensions(attributes)?;
        if salt.is_empty() || salt.len() > MAX_SALT_BYTES {
            return Err(Malformed);
        }
        // posit-number = %x31-39 *DIGIT
        let is_number = iterations.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || iterations.starts_with('0') {
            return Err(Malformed);
        }
        Ok(Self {
            nonce,
            salt,
            // A number beyond 32 bits is too large in any case, and says so to the caller.
            iterations: iterations.parse().unwrap_or(u32::MAX),
        })
    }
}

impl<'a> ClientFinal<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let text = text(message)?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(Malformed)?;
        let mut attributes = without_proof.split(',');
        let channel_binding = base64(value('c', attributes.next())?)?;
        let nonce = nonce(value('r', attributes.next())?)?;
        extensions(attributes)?;
        Ok(Self {
            channel_binding,
            nonce,
            without_proof,
            proof: base64(proof)?,
        })
    }
}

impl<'a> ServerFinal<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut attributes = text(message)?.split(',');
        let first = attributes.next();
        let parsed = match value('v', first) {
            Ok(signature) => Self::Signature(base64(signature)?),
            Err(Malformed) => Self::Error(value('e', first)?),
        };
        extensions(attributes)?;
        Ok(parsed)
    }
}

fn text(message: &[u8]) -> Result<&str, Malformed> {
    if message.len() > MAX_MESSAGE_BYTES {
        return Err(Malformed);
    }
    let text = std::str::from_utf8(message).map_err(|_| Malformed)?;
    // The grammar excludes NUL everywhere.
    if text.contains('\0') {
        return Err(Malformed);
    }
    Ok(text)
}

/// The value of an attribute that must stand here.
fn value(name: char, attribute: Option<&str>) -> Result<&str, Malformed> {
    attribute
        .and_then(|attribute| attribute.strip_prefix(name))
        .and_then(|attribute| attribute.strip_prefix('='))
        .filter(|value| !value.is_empty())
        .ok_or(Malformed)
}

/// What follows the known attributes: well-formed extensions, which RFC 5802, section 5.1 lets us
/// ignore, except for `m=`, which it does not.
fn extensions<'a>(attributes: impl Iterator<Item = &'a str>) -> Result<(), Malformed> {
    for attribute in attributes {
        let (name, value) = attribute.split_once('=').ok_or(Malformed)?;
        let is_letter = name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_letter || value.is_empty() || name == "m" {
            return Err(Malformed);
        }
    }
    Ok(())
}

/// printable = %x21-2B / %x2D-7E
fn nonce(text: &str) -> Result<&str, Malformed> {
    let is_printable = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b',');
    if is_printable && text.len() <= MAX_NONCE_BYTES {
        Ok(text)
    } else {
        Err(Malformed)
    }
}

fn base64(text: &str) -> Result<Vec<u8>, Malformed> {
    BASE64.decode(text.as_bytes()).map_err(|_| Malformed)
}

/// `=2C` is a comma and `=3D` an equals sign; any other `=` is an error.
fn unescape(text: &str) -> Result<String, Malformed> {
    let mut pieces = text.split('=');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        if let Some(rest) = piece.strip_prefix("2C") {
            out.push(',');
            out.push_str(rest);
        } else if let Some(rest) = piece.strip_prefix("3D") {
            out.push('=');
            out.push_str(rest);
        } else {
            return Err(Malformed);
        }
    }
    if out.len() > MAX_USERNAME_BYTES {
        return Err(Malformed);
    }
    Ok(out)
}

/// The reverse of [`unescape`].
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if text.contains([',', '=']) {
        Cow::Owned(text.replace('=', "=3D").replace(',', "=2C"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_first_table() {
        let parsed = ClientFirst::parse(b"y,a=juliet,n=ju=2Cli=3Det,r=abc,x=1,Y=2=3").unwrap();
        assert_eq!(parsed.gs2_header, "y,a=juliet,");
        assert_eq!(parsed.bare, "n=ju=2Cli=3Det,r=abc,x=1,Y=2=3");
        assert_eq!(parsed.authorization_id.as_deref(), Some("juliet"));
        assert_eq!(parsed.username, "ju,li=et");
        assert_eq!(parsed.nonce, "abc");

        let long = |bytes: usize| "x".repeat(bytes);
        for (why, message) in [
            ("empty", String::new()),
            ("channel binding", "p=tls-exporter,,n=user,r=abc".into()),
            ("unknown flag", "x,,n=user,r=abc".into()),
            ("no flag", ",,n=user,r=abc".into()),
            ("no header", "n=user,r=abc".into()),
            ("one comma", "n,n=user,r=abc".into()),
            ("mandatory extension first", "n,,m=1,n=user,r=abc".into()),
            ("mandatory extension last", "n,,n=user,r=abc,m=1".into()),
            ("no user name", "n,,r=abc".into()),
            ("empty user name", "n,,n=,r=abc".into()),
            ("no nonce", "n,,n=user".into()),
            ("empty nonce", "n,,n=user,r=".into()),
            ("wrong order", "n,,r=abc,n=user".into()),
            ("bad escape", "n,,n=us=2cer,r=abc".into()),
            ("cut escape", "n,,n=user=,r=abc".into()),
            ("empty authorization id", "n,a=,n=user,r=abc".into()),
            ("wrong authorization id", "n,b=x,n=user,r=abc".into()),
            ("space in nonce", "n,,n=user,r=a c".into()),
            ("nonce beyond ASCII", "n,,n=user,r=ü".into()),
            ("bare word", "n,,n=user,r=abc,word".into()),
            ("two letters", "n,,n=user,r=abc,xy=1".into()),
            ("empty extension", "n,,n=user,r=abc,x=".into()),
            ("trailing comma", "n,,n=user,r=abc,".into()),
            ("NUL", "n,,n=us\0er,r=abc".into()),
            ("long user name", format!("n,,n={},r=abc", long(1024))),
            ("long nonce", format!("n,,n=user,r={}", long(513))),
            ("long message", format!("n,,n=user,r=abc,x={}", long(5000))),
        ] {
            assert_eq!(
                ClientFirst::parse(message.as_bytes()),
                Err(Malformed),
                "{why}"
            );
        }
        assert_eq!(ClientFirst::parse(b"n,,n=\xFF,r=abc"), Err(Malformed));
    }

    #[test]
    fn server_first_table() {
        let parsed = ServerFirst::parse(b"r=abc,s=AAEC,i=4096,x=y").unwrap();
        assert_eq!(
            parsed,
            ServerFirst {
                nonce: "abc",
                salt: vec![0, 1, 2],
                iterations: 4096
            }
        );
        let huge = ServerFirst::parse(b"r=abc,s=AAEC,i=99999999999999999999").unwrap();
        assert_eq!(huge.iterations, u32::MAX);
        for message in [
            "",
            "r=abc",
            "r=abc,s=AAEC",
            "r=abc,i=4096",
            "s=AAEC,r=abc,i=4096",
            "m=x,r=abc,s=AAEC,i=4096",
            "r=abc,s=,i=4096",
            "r=abc,s=A,i=4096",
            "r=abc,s=AAEC,i=",
            "r=abc,s=AAEC,i=0",
            "r=abc,s=AAEC,i=04096",
            "r=abc,s=AAEC,i=-1",
            "r=abc,s=AAEC,i=+1",
            "r=abc,s=AAEC,i=4096,m=1",
        ] {
            assert_eq!(
                ServerFirst::parse(message.as_bytes()),
                Err(Malformed),
                "{message}"
            );
        }
    }

    #[test]
    fn client_final_table() {
        let parsed = ClientFinal::parse(b"c=biws,r=abc,x=1,p=AAEC").unwrap();
        assert_eq!(
            parsed,
            ClientFinal {
                channel_binding: b"n,,".to_vec(),
                nonce: "abc",
                without_proof: "c=biws,r=abc,x=1",
                proof: vec![0, 1, 2],
            }
        );
        for message in [
            "",
            "p=AAEC",
            "c=biws,p=AAEC",
            "c=biws,r=abc",
            "r=abc,c=biws,p=AAEC",
            "c=biws,r=abc,p=A",
            "c=b,r=abc,p=AAEC",
            "c=biws,r=abc,m=1,p=AAEC",
            "c=biws,r=abc,p=AAEC,x=1",
            "c=biws,r=abc,p=",
        ] {
            // An empty proof is base64 of nothing; its length is wrong, which the server checks.
            let refused = match ClientFinal::parse(message.as_bytes()) {
                Err(Malformed) => true,
                Ok(parsed) => parsed.proof.is_empty(),
            };
            assert!(refused, "{message}");
        }
    }

    #[test]
    fn server_final_table() {
        assert_eq!(
            ServerFinal::parse(b"v=AAEC"),
            Ok(ServerFinal::Signature(vec![0, 1, 2]))
        );
        assert_eq!(
            ServerFinal::parse(b"e=other-error"),
            Ok(ServerFinal::Error("other-error"))
        );
        for message in ["", "v=", "v=A", "e=", "x=1", "v=AAEC,m=1", "v=AAEC,"] {
            assert_eq!(
                ServerFinal::parse(message.as_bytes()),
                Err(Malformed),
                "{message}"
            );
        }
    }

    #[test]
    fn escapes_are_reversible() {
        for name in ["user", "a,b", "a=b", "=2C", ",=,=", "=3D2C", "ü,"] {
            assert_eq!(unescape(&escape(name)), Ok(name.to_owned()));
        }
    }
}
