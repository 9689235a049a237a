//! RFC 6120, section 4.7: the attributes of a stream header.

use jid::Jid;

/// The stream header, the same in both directions.
///
/// An initiating side sends `to` and, if it knows it, `from`; a receiving side answers with
/// `from`, `id` and, if it knows it, `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHeader {
    /// Who opens the stream. Nothing is proven yet.
    pub from: Option<Jid>,
    /// Whom the stream is meant for.
    pub to: Option<Jid>,
    /// The receiving side's name for the stream: unpredictable, since XEP-0220 builds on it.
    pub id: Option<String>,
    /// The version of XMPP. A peer without one speaks a protocol older than RFC 3920.
    pub version: Option<String>,
    /// The language of texts for people (`xml:lang`).
    pub lang: Option<String>,
}

impl Default for StreamHeader {
    /// A header with our version and nothing else.
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            id: None,
            version: Some(VERSION.to_owned()),
            lang: None,
        }
    }
}

/// The version of XMPP that RFC 6120 describes.
const VERSION: &str = "1.0";

/// Whether we can speak the version of a header.
///
/// RFC 6120, section 4.7.5: major and minor are separate integers, leading zeros are ignored,
/// and a higher minor version is compatible.
pub(crate) fn is_supported_version(version: &str) -> bool {
    let number = |digits: &str| {
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.trim_start_matches('0').to_owned())
    };
    version
        .split_once('.')
        .and_then(|(major, minor)| number(major).zip(number(minor)))
        .is_some_and(|(major, _)| major == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_every_minor_version_of_one() {
        for version in ["1.0", "1.1", "01.00", "1.99999999999999999999"] {
            assert!(is_supported_version(version), "{version:?}");
        }
        for version in [
            "", "1", ".", "1.", ".0", "0.9", "2.0", "-1.0", "1.0.0", "1.x", " 1.0",
        ] {
            assert!(!is_supported_version(version), "{version:?}");
        }
    }
}
