//! Numbers of variable length: seven bits to a byte, the lowest first (LEB128), in one form only.

/// The longest form of a `u64`, in bytes.
const MAX_BYTES: u32 = 10;

/// Appends a number.
pub(crate) fn put(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0x7f);
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Takes a number off the front; nothing when there is none or it has not its shortest form.
pub(crate) fn take(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for at in 0..MAX_BYTES {
        let (byte, rest) = input.split_first()?;
        *input = rest;
        let low = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit.
        if at == MAX_BYTES - 1 && low > 1 {
            return None;
        }
        number |= low << (7 * at);
        if byte & 0x80 == 0 {
            return (low != 0 || at == 0).then_some(number);
        }
    }
    None
}

/// Puts the sign into the lowest bit, so that a small difference either way is short.
pub(crate) fn zigzag(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

/// The difference that [`zigzag`] was given.
pub(crate) fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_comes_back(number: u64, difference: i64, tail: Vec<u8>) {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            bytes.extend(&tail);
            let mut input = bytes.as_slice();
            prop_assert_eq!(take(&mut input), Some(number));
            prop_assert_eq!(input, tail.as_slice());
            prop_assert_eq!(unzigzag(zigzag(difference)), difference);
        }

        #[test]
        fn a_number_has_one_form(bytes: Vec<u8>) {
            let mut input = bytes.as_slice();
            if let Some(number) = take(&mut input) {
                let mut again = Vec::new();
                put(&mut again, number);
                prop_assert_eq!(again.as_slice(), &bytes[..bytes.len() - input.len()]);
            }
        }
    }

    #[test]
    fn what_is_cut_or_too_long_is_refused() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0x80, 0x00],
            &[0xff; 10],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
        ] {
            assert_eq!(take(&mut &*bytes), None, "{bytes:?}");
        }
        let mut most = Vec::new();
        put(&mut most, u64::MAX);
        assert_eq!(take(&mut most.as_slice()), Some(u64::MAX));
    }
}
