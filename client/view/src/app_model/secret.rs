use std::fmt;

/// A text that must not be seen: a passphrase, or a word of the recovery phrase.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. The caller keeps it as secret as this does.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, for a field that the user types into.
    pub(crate) fn edit(&mut self) -> &mut String {
        &mut self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("Secret(hidden)")
    }
}

impl Drop for Secret {
    /// Overwrites the text. egui has made copies of it while it was typed, so this keeps the time
    /// short in which it stands in memory; it is no promise.
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_in_debug() {
        let secret = Secret::new("abandon".to_owned());
        assert_eq!(
            format!("{secret:?} {secret:#?}").matches("abandon").count(),
            0
        );
        assert_eq!(secret.reveal(), "abandon");
    }
}
