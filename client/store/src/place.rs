//! What sorted lists hold: the place of a message in time, with or without its conversation.

use onym_client_protocol::store::{Place, Position};
use onym_identity::Timestamp;

use crate::varint::{put, take, unzigzag, zigzag};

/// An entry of a sorted list, written as the difference to the entry before it.
pub(crate) trait Entry: Copy + Ord + std::fmt::Debug {
    /// What stands before the first entry of a block.
    const START: Self;

    /// Appends the entry; `before` is not greater than it.
    fn write(self, before: Self, out: &mut Vec<u8>);

    /// Takes an entry off the front. Nothing when the bytes are cut or say what cannot be.
    fn read(before: Self, input: &mut &[u8]) -> Option<Self>;
}

/// The last place before another one.
pub(crate) fn before(place: Place) -> Option<Place> {
    let (millis, position) = (place.placed.as_unix_millis(), place.position.0);
    match (position.checked_sub(1), millis.checked_sub(1)) {
        (Some(position), _) => Some(make(millis, position)),
        (None, Some(millis)) => Some(make(millis, u64::MAX)),
        (None, None) => None,
    }
}

/// The place behind all others.
pub(crate) const LAST: Place = Place {
    placed: Timestamp::MAX,
    position: Position(u64::MAX),
};

const FIRST: Place = Place {
    placed: Timestamp::UNIX_EPOCH,
    position: Position(0),
};

fn make(millis: u64, position: u64) -> Place {
    Place {
        placed: Timestamp::from_unix_millis(millis),
        position: Position(position),
    }
}

impl Entry for Place {
    const START: Self = FIRST;

    fn write(self, before: Self, out: &mut Vec<u8>) {
        let since = self.placed.saturating_since(before.placed).as_millis();
        put(out, u64::try_from(since).unwrap_or(u64::MAX));
        let difference = self.position.0.wrapping_sub(before.position.0);
        put(out, zigzag(difference.cast_signed()));
    }

    fn read(before: Self, input: &mut &[u8]) -> Option<Self> {
        let millis = before.placed.as_unix_millis().checked_add(take(input)?)?;
        let difference = unzigzag(take(input)?).cast_unsigned();
        let position = before.position.0.wrapping_add(difference);
        let is_possible = millis <= Timestamp::MAX.as_unix_millis();
        is_possible.then(|| make(millis, position))
    }
}

/// A message that the index knows: where it stands, and in which conversation. Two of them may
/// stand at one place: while a removed conversation is swept away, one that came again may have a
/// message there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Posting {
    pub(crate) place: Place,
    /// The number of the conversation.
    pub(crate) conversation: u32,
}

impl Posting {
    /// The last one that may stand at a place.
    pub(crate) const fn last_at(place: Place) -> Self {
        Self {
            place,
            conversation: u32::MAX,
        }
    }

    /// The last one before this one.
    pub(crate) fn before(self) -> Option<Self> {
        match self.conversation.checked_sub(1) {
            Some(conversation) => Some(Self {
                conversation,
                ..self
            }),
            None => before(self.place).map(Self::last_at),
        }
    }
}

impl Entry for Posting {
    const START: Self = Self {
        place: FIRST,
        conversation: 0,
    };

    fn write(self, before: Self, out: &mut Vec<u8>) {
        self.place.write(before.place, out);
        put(out, u64::from(self.conversation));
    }

    fn read(before: Self, input: &mut &[u8]) -> Option<Self> {
        let place = Place::read(before.place, input)?;
        let conversation = u32::try_from(take(input)?).ok()?;
        Some(Self {
            place,
            conversation,
        })
    }
}
