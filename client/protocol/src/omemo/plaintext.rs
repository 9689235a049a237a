//! What was decrypted, until it is read.

use std::fmt;
use std::ops::Deref;

use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// Content that was decrypted. It is wiped when it is dropped.
///
/// `Zeroizing<Vec<u8>>` wipes byte by byte; a long message is wiped here as one piece of memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Plaintext(Vec<u8>);

impl Plaintext {
    pub(super) const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Deref for Plaintext {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plaintext({} bytes)", self.0.len())
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        self.0.spare_capacity_mut().zeroize();
        self.0.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for Plaintext {}
