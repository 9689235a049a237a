//! RFC 5280 and RFC 8410: a certificate for one name, signed by its own Ed25519 key, in DER.

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const INTEGER: u8 = 0x02;
const OBJECT: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// RFC 8410, section 3: id-Ed25519.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// id-at-commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// RFC 5280, section 4.2.1.6: id-ce-subjectAltName.
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// The name of issuer and subject; what counts is the alternative name, which has room for an onion
/// address.
const NAME: &[u8] = b"onym";

/// Good for as long as its key: nobody could revoke it.
const NOT_BEFORE: &[u8] = b"200101000000Z";
const NOT_AFTER: &[u8] = b"20991231235959Z";

/// The certificate of a key for a name.
pub(super) fn make(key: &SigningKey, name: &str) -> Vec<u8> {
    let algorithm = field(SEQUENCE, &[&field(OBJECT, &[ED25519])]);
    let common_name = [field(OBJECT, &[COMMON_NAME]), field(UTF8_STRING, &[NAME])].concat();
    let who = field(
        SEQUENCE,
        &[&field(SET, &[&field(SEQUENCE, &[&common_name])])],
    );
    let validity = [
        field(UTC_TIME, &[NOT_BEFORE]),
        field(GENERALIZED_TIME, &[NOT_AFTER]),
    ];
    let public = key.verifying_key();
    let public = field(BIT_STRING, &[&[0], public.as_bytes()]);
    // GeneralName, [2] dNSName.
    let names = field(SEQUENCE, &[&field(0x82, &[name.as_bytes()])]);
    let extension = [
        field(OBJECT, &[ALTERNATIVE_NAME]),
        field(OCTET_STRING, &[&names]),
    ];
    let extensions = field(SEQUENCE, &[&field(SEQUENCE, &[&extension.concat()])]);
    let body = field(
        SEQUENCE,
        &[
            // [0] version, 2 for version 3.
            &field(0xa0, &[&field(INTEGER, &[&[2]])]),
            // The serial number.
            &field(INTEGER, &[&[1]]),
            &algorithm,
            &who,
            &field(SEQUENCE, &[&validity.concat()]),
            &who,
            &field(SEQUENCE, &[&algorithm, &public]),
            // [3] extensions.
            &field(0xa3, &[&extensions]),
        ],
    );
    let signature = key.sign(&body).to_bytes();
    let signature = field(BIT_STRING, &[&[0], &signature]);
    field(SEQUENCE, &[&body, &algorithm, &signature])
}

/// RFC 8410, section 7, before the 32 bytes of the key: version 0, id-Ed25519, and the two strings
/// around the key.
const PKCS8_HEADER: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The key as rustls takes it, with nothing left behind elsewhere.
pub(super) fn pkcs8(key: &SigningKey) -> Zeroizing<[u8; 48]> {
    let mut written = Zeroizing::new([0; 48]);
    let parts = PKCS8_HEADER.iter().chain(key.as_bytes());
    for (to, from) in written.iter_mut().zip(parts) {
        *to = *from;
    }
    written
}

/// A tag, the length and the parts of a value, which has fewer than 65,536 bytes.
fn field(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let [.., high, low] = value.len().to_be_bytes();
    let mut field = vec![tag];
    match (high, low) {
        (0, 0..=0x7f) => field.push(low),
        (0, _) => field.extend([0x81, low]),
        _ => field.extend([0x82, high, low]),
    }
    field.extend(value);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        assert_eq!(field(4, &[&[1, 2]]), [4, 2, 1, 2]);
        assert_eq!(field(4, &[&[0; 127]]).get(..3), Some(&[4, 127, 0][..]));
        assert_eq!(
            field(4, &[&[0; 128]]).get(..4),
            Some(&[4, 0x81, 128, 0][..])
        );
        assert_eq!(
            field(4, &[&[0; 256]]).get(..5),
            Some(&[4, 0x82, 1, 0, 0][..])
        );
    }

    /// RFC 8410, section 10.3 writes this key so.
    #[test]
    fn the_key_is_written_as_in_the_specification() {
        let expected = data_encoding::BASE64
            .decode(b"MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC")
            .unwrap();
        let mut seed = [0; 32];
        seed.copy_from_slice(&expected[16..]);
        let written = pkcs8(&SigningKey::from_bytes(&seed));
        assert_eq!(written.as_slice(), expected);
    }
}
