//! The revocation of an identity as a sheet to be printed: what it does, the lines to publish, and the same as a
//! code.

use onym_identity::IdentitySecretKey;
use onym_identity::statement::{IdentityRevocation, TextForm};

use crate::qr_text::{self, Ink};

const WORDS: &str = "\
This is the revocation of an Onym identity. Whoever sees it believes nothing of the identity any more,
for ever; it cannot be taken back. Print it and keep it where nobody else comes. If the identity is
stolen or lost, publish the lines below, from BEGIN to END, or show the code.
";

/// The sheet of the identity with this key, always the same text.
pub(crate) fn of(key: &IdentitySecretKey) -> String {
    let signed = IdentityRevocation::sign(key);
    let identity = key.public();
    let block = TextForm::of(&signed).map_or_else(String::new, TextForm::block);
    let qr = TextForm::of(&signed).and_then(TextForm::qr);
    let qr = qr.and_then(|text| qr_text::draw(&text, Ink::Dark));
    let qr = qr.unwrap_or_default();
    format!("{WORDS}\nThe identity:\n{identity}\n\n{block}\n{qr}")
}
