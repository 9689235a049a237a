//! Receiving chains as they are stored with every message: rows of equal length, and behind them what
//! only few chains have, keys.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{ReceivedChain, SkippedKey, SkippedKeys};

/// Bytes of a row: tag, count, flags.
const ROW: usize = 8 + 4 + 1;
/// The flag of a chain whose number of messages is known.
const HAS_ENDED: u8 = 1;
/// The flag of a chain whose last message may not exist.
const LAST_IS_DOUBTFUL: u8 = 2;

#[derive(Serialize, Deserialize)]
struct Stored<Keys> {
    #[serde(with = "serde_bytes")]
    rows: Vec<u8>,
    keys: Keys,
}

/// The keys of one chain.
#[derive(Serialize, Deserialize)]
struct KeysOf<Keys> {
    /// The place of the chain.
    chain: u8,
    erased_below: u32,
    keys: Keys,
}

impl Serialize for SkippedKeys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = Vec::with_capacity(self.chains.len() * ROW);
        let mut keys = Vec::new();
        // `MAX_CHAINS` is far below 256.
        for (place, chain) in (0_u8..).zip(&self.chains) {
            rows.extend_from_slice(&chain.to_row());
            if !chain.keys.is_empty() || chain.erased_below != 0 {
                let keys_of = KeysOf {
                    chain: place,
                    erased_below: chain.erased_below,
                    keys: &chain.keys,
                };
                keys.push(keys_of);
            }
        }
        Stored { rows, keys }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SkippedKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { rows, keys } =
            Stored::<Vec<KeysOf<Vec<SkippedKey>>>>::deserialize(deserializer)?;
        let (rows, rest) = rows.as_chunks::<ROW>();
        if !rest.is_empty() || rows.len() > Self::MAX_CHAINS {
            return Err(de::Error::custom("the chains of a session are damaged"));
        }
        let mut all = Self {
            chains: rows.iter().map(ReceivedChain::from_row).collect(),
        };
        for keys_of in keys {
            let chain = all.chains.get_mut(usize::from(keys_of.chain));
            let chain = chain.ok_or_else(|| de::Error::custom("a key without its chain"))?;
            chain.erased_below = keys_of.erased_below;
            chain.keys = keys_of.keys;
        }
        Ok(all)
    }
}

impl ReceivedChain {
    fn to_row(&self) -> [u8; ROW] {
        let [a, b, c, d, e, f, g, h] = self.tag;
        let [i, j, k, l] = self.count.unwrap_or(0).to_be_bytes();
        let ended = self.count.map_or(0, |_| HAS_ENDED);
        let doubtful = if self.last_is_doubtful {
            LAST_IS_DOUBTFUL
        } else {
            0
        };
        let flags = ended | doubtful;
        [a, b, c, d, e, f, g, h, i, j, k, l, flags]
    }

    fn from_row(row: &[u8; ROW]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, flags] = *row;
        Self {
            tag: [a, b, c, d, e, f, g, h],
            count: (flags & HAS_ENDED != 0).then_some(u32::from_be_bytes([i, j, k, l])),
            last_is_doubtful: flags & LAST_IS_DOUBTFUL != 0,
            erased_below: 0,
            keys: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{PublicKey, Secret};
    use super::*;

    /// Chains with and without keys, ended and not.
    fn some(chains: &[(Vec<u8>, Option<bool>)]) -> SkippedKeys {
        let mut all = SkippedKeys::default();
        for (place, (numbers, end)) in (9_u8..).zip(chains) {
            all.begin_chain(&PublicKey::from_bytes([place; 32]).unwrap());
            let keys = numbers.iter().map(|number| SkippedKey {
                number: u32::from(*number),
                key: Secret::copy_of(&[*number; 32]),
            });
            all.keep(&keys.collect::<Vec<_>>());
            if let Some(is_doubtful) = end {
                all.end_chain(300, *is_doubtful);
            }
        }
        all
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_again(
            chains in prop::collection::vec(
                (prop::collection::btree_set(any::<u8>(), 0..5), any::<Option<bool>>()),
                0..70,
            ),
        ) {
            let chains: Vec<_> = chains
                .into_iter()
                .map(|(numbers, end)| (numbers.into_iter().collect(), end))
                .collect();
            let all = some(&chains);
            let bytes = postcard::to_stdvec(&all).unwrap();
            prop_assert_eq!(postcard::from_bytes::<SkippedKeys>(&bytes), Ok(all));
        }

        #[test]
        fn damaged_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = postcard::from_bytes::<SkippedKeys>(&bytes);
        }
    }

    #[test]
    fn damage_is_noticed() {
        let stored = |rows: usize, chain: u8| {
            let rows = vec![0; rows];
            let keys = vec![KeysOf {
                chain,
                erased_below: 7,
                keys: Vec::<SkippedKey>::new(),
            }];
            let bytes = postcard::to_stdvec(&Stored { rows, keys }).unwrap();
            postcard::from_bytes::<SkippedKeys>(&bytes).is_ok()
        };
        assert!(stored(ROW, 0));
        assert!(!stored(ROW, 1), "a key without its chain");
        assert!(!stored(ROW + 1, 0), "half a row");
        assert!(!stored(ROW * 65, 0), "more chains than there can be");
    }
}
