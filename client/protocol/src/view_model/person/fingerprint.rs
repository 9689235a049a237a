//! Fingerprints, as the programs that use them show them.

use std::fmt::Write as _;

use onym_identity::statement::{ForeignKey, KeyProtocol};

/// The fingerprint, so that it can be held beside what the other program shows.
pub(in crate::view_model) fn as_its_program_shows(key: &ForeignKey) -> String {
    let bytes = key.fingerprint.as_bytes();
    match key.protocol {
        KeyProtocol::Omemo | KeyProtocol::Omemo2 | KeyProtocol::Other(_) => {
            grouped(&lower(bytes), 8)
        }
        KeyProtocol::Otr => grouped(&upper(bytes), 8),
        KeyProtocol::OpenPgpV4 => openpgp(&upper(bytes)),
        KeyProtocol::OpenPgpV6 => grouped(&upper(bytes), 4),
        KeyProtocol::TlsCertificate => with_colons(bytes),
    }
}

fn lower(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

fn upper(bytes: &[u8]) -> String {
    lower(bytes).to_ascii_uppercase()
}

fn grouped(digits: &str, size: usize) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % size == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Ten groups of four, with a wider gap in the middle: as GnuPG writes it.
fn openpgp(digits: &str) -> String {
    match digits.split_at_checked(digits.len() / 2) {
        Some((first, second)) => format!("{}  {}", grouped(first, 4), grouped(second, 4)),
        None => grouped(digits, 4),
    }
}

/// As OpenSSL and browsers write it.
fn with_colons(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(protocol: KeyProtocol, length: u8) -> String {
        let bytes: Vec<u8> = (0xa0..).take(usize::from(length)).collect();
        as_its_program_shows(&ForeignKey::new(protocol, &bytes))
    }

    #[test]
    fn each_looks_as_in_its_program() {
        assert_eq!(
            shown(KeyProtocol::Otr, 20),
            "A0A1A2A3 A4A5A6A7 A8A9AAAB ACADAEAF B0B1B2B3"
        );
        assert_eq!(
            shown(KeyProtocol::OpenPgpV4, 20),
            "A0A1 A2A3 A4A5 A6A7 A8A9  AAAB ACAD AEAF B0B1 B2B3"
        );
        assert!(shown(KeyProtocol::TlsCertificate, 32).starts_with("A0:A1:A2:"));
        assert!(shown(KeyProtocol::Omemo, 32).starts_with("a0a1a2a3 a4a5a6a7 "));
    }
}
