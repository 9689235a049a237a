//! RFC 5890: a domain as DNS, Tor's exit relays and certificates write it, in ASCII.

use onym_server_protocol::Domain;

/// A domain that has no such form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be written as a DNS name")]
pub(crate) struct NoDnsName(pub(crate) String);

/// The domain with A-labels in place of those that are not ASCII.
///
/// # Errors
/// If a label has no such form.
pub(crate) fn of(domain: &Domain) -> Result<String, NoDnsName> {
    idna::domain_to_ascii(domain.as_str()).map_err(|_| NoDnsName(domain.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_outside_ascii_are_written_as_a_labels_and_others_stay() {
        let of = |text: &str| of(&Domain::parse(text).unwrap()).unwrap();
        assert_eq!(of("b\u{fc}cher.example"), "xn--bcher-kva.example");
        assert_eq!(of("xn--bcher-kva.example"), "xn--bcher-kva.example");
        assert_eq!(of("montague.example"), "montague.example");
        let onion = format!("{}.onion", "a".repeat(56));
        assert_eq!(of(&onion), onion);
    }
}
