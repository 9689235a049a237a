//! RFC 9106: Argon2id, which makes a key from a passphrase, slowly.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand_core::CryptoRng;
use zeroize::Zeroize as _;

use crate::seal::{self, Key};

/// What one guess of a passphrase costs. Every value of this type is within bounds, so that a file
/// from somebody else can spend neither much memory nor much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Cost {
    memory_kib: u32,
    passes: u8,
    lanes: u8,
}

pub(crate) const COST_BYTES: usize = 6;
pub(crate) const SALT_BYTES: usize = 32;

/// Less memory than 8 MiB does not hold up a graphics card; more than 512 MiB is not on every
/// computer, and a file that asks for it is not one of ours.
const MEMORY_KIB: std::ops::RangeInclusive<u32> = 8 * 1024..=512 * 1024;
const PASSES: std::ops::RangeInclusive<u8> = 1..=16;
const LANES: std::ops::RangeInclusive<u8> = 1..=4;

impl Argon2Cost {
    /// 64 MiB, three passes, one lane: RFC 9106's second recommendation with the one thread that
    /// every computer has. About a fifth of a second.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// The least that is accepted: for tests, which have nothing to protect.
    pub const LEAST: Self = Self {
        memory_kib: 8 * 1024,
        passes: 1,
        lanes: 1,
    };

    /// Memory in KiB (8 MiB to 512 MiB), passes (1 to 16), lanes (1 to 4). None outside of these.
    #[must_use]
    pub fn new(memory_kib: u32, passes: u8, lanes: u8) -> Option<Self> {
        let within =
            MEMORY_KIB.contains(&memory_kib) && PASSES.contains(&passes) && LANES.contains(&lanes);
        within.then_some(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    pub(crate) fn to_bytes(self) -> [u8; COST_BYTES] {
        let [a, b, c, d] = self.memory_kib.to_be_bytes();
        [a, b, c, d, self.passes, self.lanes]
    }

    pub(crate) fn from_bytes([a, b, c, d, passes, lanes]: [u8; COST_BYTES]) -> Option<Self> {
        Self::new(u32::from_be_bytes([a, b, c, d]), passes, lanes)
    }

    /// The key that a passphrase gives for one use. None when the memory is not to be had.
    pub(crate) fn key(self, passphrase: &[u8], salt: &[u8; SALT_BYTES], info: &str) -> Option<Key> {
        let params = Params::new(
            self.memory_kib,
            self.passes.into(),
            self.lanes.into(),
            Some(seal::KEY_BYTES),
        )
        .ok()?;
        let mut memory: Vec<Block> = Vec::new();
        memory.try_reserve_exact(params.block_count()).ok()?;
        memory.resize(params.block_count(), Block::default());
        let mut hash = seal::key_from(&[0; seal::KEY_BYTES]);
        let hashed = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(passphrase, salt, hash.as_mut_slice(), &mut memory);
        for block in &mut memory {
            block.zeroize();
        }
        hashed.ok()?;
        Some(seal::derive(&hash, info))
    }
}

pub(crate) fn new_salt(rng: &mut impl CryptoRng) -> [u8; SALT_BYTES] {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    salt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_outside_of_the_bounds_is_refused() {
        for cost in [Argon2Cost::DEFAULT, Argon2Cost::LEAST] {
            assert_eq!(Argon2Cost::from_bytes(cost.to_bytes()), Some(cost));
        }
        for (memory_kib, passes, lanes) in [
            (8 * 1024 - 1, 1, 1),
            (512 * 1024 + 1, 1, 1),
            (u32::MAX, 1, 1),
            (8 * 1024, 0, 1),
            (8 * 1024, 17, 1),
            (8 * 1024, 1, 0),
            (8 * 1024, 1, 5),
        ] {
            assert_eq!(Argon2Cost::new(memory_kib, passes, lanes), None);
        }
    }

    #[test]
    fn a_key_depends_on_everything() {
        let cost = Argon2Cost::LEAST;
        let key = |cost: Argon2Cost, word: &str, salt, info| {
            **cost.key(word.as_bytes(), &[salt; 32], info).unwrap()
        };
        let first = key(cost, "tea", 1, "a");
        assert_eq!(key(cost, "tea", 1, "a"), first);
        assert_ne!(key(cost, "teb", 1, "a"), first);
        assert_ne!(key(cost, "tea", 2, "a"), first);
        assert_ne!(key(cost, "tea", 1, "b"), first);
        let twice = Argon2Cost::new(8 * 1024, 2, 1).unwrap();
        assert_ne!(key(twice, "tea", 1, "a"), first);
    }
}
