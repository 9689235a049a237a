//! The key of one folder of records.

use std::fmt;

use chacha20poly1305::XChaCha20Poly1305;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::ZeroizeOnDrop;

use crate::batch::Table;
use crate::seal::{self, Key};

/// The secret of one folder of records: it seals values and makes opaque names.
///
/// The vault's master key derives one for each purpose.
pub struct RecordsKey {
    seal: Key,
    names: Key,
}

impl RecordsKey {
    /// Takes a secret that is used for nothing else. The caller wipes its own copy.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self {
            seal: seal::derive(secret, "onym/1 records seal"),
            names: seal::derive(secret, "onym/1 records names"),
        }
    }

    /// A name that stands for a text in keys: the same for the same text, and without this key
    /// nobody can tell which text it is, or whether two folders hold the same one.
    ///
    /// `context` says what kind of text it is, so that a word and a JID of the same letters have
    /// different names. HMAC-SHA-256 of the context's length (8 bytes), the context and the text,
    /// cut to 16 bytes: with a million names, two are the same by chance once in 10^26 folders.
    #[must_use]
    pub fn name_of(&self, context: &str, text: &[u8]) -> [u8; 16] {
        let mut name = [0; 16];
        let whole = self.hash(context, text);
        for (to, from) in name.iter_mut().zip(whole) {
            *to = from;
        }
        name
    }

    fn hash(&self, context: &str, text: &[u8]) -> [u8; 32] {
        #[expect(
            clippy::expect_used,
            reason = "carrying on would name everything alike"
        )]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.names.as_slice())
            .expect("HMAC takes keys of every length");
        mac.update(&(context.len() as u64).to_be_bytes());
        mac.update(context.as_bytes());
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// What a folder keeps in order to tell a wrong key from a damaged value.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        self.hash("onym records key", b"")
    }

    pub(crate) fn sealer(&self) -> Sealer {
        Sealer(seal::cipher(&self.seal))
    }
}

impl Clone for RecordsKey {
    fn clone(&self) -> Self {
        Self {
            seal: seal::key_from(&self.seal),
            names: seal::key_from(&self.names),
        }
    }
}

impl fmt::Debug for RecordsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seal: _, names: _ } = self;
        f.write_str("RecordsKey(hidden)")
    }
}

impl ZeroizeOnDrop for RecordsKey {}

/// Seals the values of one folder. The cipher wipes its key when it is dropped.
pub(crate) struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// Seals a value for its place: opened anywhere else it is refused.
    pub(crate) fn seal(&self, table: Table, key: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        seal::seal(&self.0, &mut rand::rng(), &place(table, key), plaintext)
    }

    pub(crate) fn open(&self, table: Table, key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut plaintext = seal::open(&self.0, &place(table, key), sealed)?;
        Some(std::mem::take(&mut *plaintext))
    }
}

/// The place of a value, as associated data: the length of the table's name keeps the two apart.
fn place(table: Table, key: &[u8]) -> Vec<u8> {
    let name = table.name().as_bytes();
    [&(name.len() as u64).to_be_bytes(), name, key].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn names_depend_on_key_context_and_text() {
        let key = |byte| RecordsKey::from_bytes(&[byte; 32]);
        assert_eq!(
            key(1).name_of("word", b"tea"),
            key(1).name_of("word", b"tea")
        );
        let names = [
            key(1).name_of("word", b"tea"),
            key(2).name_of("word", b"tea"),
            key(1).name_of("jid", b"tea"),
            key(1).name_of("word", b"teb"),
            key(1).name_of("wor", b"dtea"),
            key(1).name_of("wordt", b"ea"),
        ];
        assert_eq!(BTreeSet::from(names).len(), 6);
    }

    #[test]
    fn a_value_opens_only_in_its_own_place() {
        let sealer = RecordsKey::from_bytes(&[1; 32]).sealer();
        let table = Table::new("ab");
        let sealed = sealer.seal(table, b"cd", b"text").unwrap();
        assert_eq!(sealer.open(table, b"cd", &sealed).unwrap(), b"text");
        for (name, key) in [("ab", "ce"), ("ax", "cd"), ("abc", "d"), ("a", "bcd")] {
            assert_eq!(sealer.open(Table::new(name), key.as_bytes(), &sealed), None);
        }
        let other = RecordsKey::from_bytes(&[2; 32]).sealer();
        assert_eq!(other.open(table, b"cd", &sealed), None);
    }

    /// `docs/at-rest.md`: a value that another program has sealed.
    #[test]
    fn the_value_of_the_vectors_is_opened() {
        let all = include_str!("../tests/vectors/at_rest.json");
        let all: serde_json::Value = serde_json::from_str(all).unwrap();
        let text = |name: &str| all["records"][name].as_str().unwrap();
        let bytes = |name| HEXLOWER.decode(text(name).as_bytes()).unwrap();
        let master: [u8; 32] = bytes("master_key").try_into().unwrap();
        let secret = seal::derive(&master, &format!("onym/1 records/{}", text("purpose")));
        let sealer = RecordsKey::from_bytes(&secret).sealer();
        assert_eq!(text("table"), "messages");
        let opened = sealer.open(Table::new("messages"), &bytes("key"), &bytes("sealed"));
        assert_eq!(opened.unwrap(), text("plaintext").as_bytes());
    }

    #[test]
    fn the_same_value_is_never_sealed_alike() {
        let sealer = RecordsKey::from_bytes(&[1; 32]).sealer();
        let seal = || sealer.seal(Table::new("t"), b"k", b"v").unwrap();
        assert_ne!(seal(), seal());
        assert_eq!(seal().len(), 24 + 1 + 16);
    }

    #[test]
    fn secrets_are_hidden_and_wiped() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<XChaCha20Poly1305>();
        let shown = |byte| format!("{:?}", RecordsKey::from_bytes(&[byte; 32]));
        assert_eq!(shown(7), "RecordsKey(hidden)");
        assert_eq!(shown(7), shown(200));
    }
}
