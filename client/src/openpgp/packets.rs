//! RFC 9580, section 4: packets.

use super::OpenPgpError;

/// What is in a packet, as far as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Signature,
    SecretKey,
    PublicKey,
    UserId,
    Subkey,
    UserAttribute,
    Other,
}

impl Tag {
    const fn of(number: u8) -> Self {
        match number {
            2 => Self::Signature,
            5 => Self::SecretKey,
            6 => Self::PublicKey,
            7 | 14 => Self::Subkey,
            13 => Self::UserId,
            17 => Self::UserAttribute,
            _ => Self::Other,
        }
    }
}

/// A packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    pub(super) tag: Tag,
    pub(super) body: &'a [u8],
}

/// The packets of a key, one after the other. After a damaged one there are none.
pub(super) struct Packets<'a>(Reader<'a>);

impl<'a> Packets<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(Reader(bytes))
    }

    fn read(&mut self) -> Option<Packet<'a>> {
        let first = self.0.u8()?;
        let (tag, length) = if first & 0x40 != 0 {
            (first & 0x3f, self.0.length(224)?)
        } else {
            let length = match first & 3 {
                0 => usize::from(self.0.u8()?),
                1 => usize::from(self.0.u16()?),
                2 => self.0.size()?,
                // A length that nobody knows is for streams of data.
                _ => return None,
            };
            ((first >> 2) & 0xf, length)
        };
        let body = self.0.take(length)?;
        let is_packet = first & 0x80 != 0;
        is_packet.then_some(Packet {
            tag: Tag::of(tag),
            body,
        })
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, OpenPgpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.0.is_empty() {
            return None;
        }
        let packet = self.read();
        if packet.is_none() {
            self.0 = Reader(&[]);
        }
        Some(packet.ok_or(OpenPgpError::NoKey))
    }
}

/// Bytes that are read from their beginning.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }

    /// A length of one, two or five bytes; first bytes from `two_below` to 254 are none of them.
    pub(super) fn length(&mut self, two_below: u8) -> Option<usize> {
        let first = self.u8()?;
        match first {
            0..=191 => Some(usize::from(first)),
            255 => self.size(),
            _ if first < two_below => {
                let high = usize::from(first.saturating_sub(192)).saturating_mul(256);
                Some(
                    high.saturating_add(usize::from(self.u8()?))
                        .saturating_add(192),
                )
            }
            _ => None,
        }
    }

    /// A number of any length, without zeros before it.
    pub(super) fn number(&mut self) -> Option<&'a [u8]> {
        let bits = usize::from(self.u16()?);
        self.take(bits.div_ceil(8))
    }
}
