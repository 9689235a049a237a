//! Passwords for devices: made here, never chosen, so that nobody can guess one.

use data_encoding::BASE32_NOPAD;
use rand::RngExt;
use zeroize::Zeroizing;

/// 100 random bits, as five groups of four letters and digits that can be typed on a phone.
pub(crate) fn generate() -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; 15]> = Zeroizing::new(rand::rng().random());
    let text = Zeroizing::new(BASE32_NOPAD.encode(bytes.as_ref()).to_lowercase());
    let mut password = Zeroizing::new(String::with_capacity(24));
    for (n, character) in text.chars().take(20).enumerate() {
        if n > 0 && n % 4 == 0 {
            password.push('-');
        }
        password.push(character);
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_groups_of_four_and_never_the_same() {
        let (one, other) = (generate(), generate());
        assert_ne!(one, other);
        let groups: Vec<_> = one.split('-').collect();
        assert_eq!(groups.len(), 5);
        assert!(
            groups
                .iter()
                .all(|g| g.len() == 4 && g.chars().all(|c| c.is_ascii_alphanumeric()))
        );
    }
}
