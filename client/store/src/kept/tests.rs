use onym_client_protocol::delivery::{Delivery, Failure, FailureReason};
use onym_client_protocol::store::{
    Direction, EarlierText, Edit, KnownBy, MessageId, MessageRecord, Position, Reply,
};
use onym_identity::Timestamp;
use onym_identity::statement::Followed;

use super::first_message::{
    FirstDelivery, FirstDirection, FirstFailure, FirstMessage, FirstReason,
};
use super::identity::FirstIdentity;
use super::protection::FirstProtection;
use super::*;

fn bob() -> BareJid {
    BareJid::new("bob@b.example").unwrap()
}

fn first(direction: FirstDirection) -> Vec<u8> {
    let message = FirstMessage {
        id: "abc".to_owned(),
        position: 300,
        conversation: "bob@b.example".to_owned(),
        text: "Grüße".to_owned(),
        time: 1_700_000_000_000,
        direction,
    };
    postcard::to_extend(&message, vec![1]).unwrap()
}

fn read(stored: &[u8]) -> MessageRecord {
    Message::decode(stored)
        .unwrap()
        .into_record(bob(), Position(300))
}

#[test]
fn a_message_of_version_1_is_read() {
    let time = Timestamp::from_unix_millis(1_700_000_000_000);
    let now = |direction| {
        let id = MessageId::new("abc");
        MessageRecord::new(
            id,
            Position(300),
            bob(),
            "Grüße".to_owned(),
            time,
            direction,
        )
    };
    let their_id = Some("xyz".to_owned());
    let incoming = first(FirstDirection::Incoming {
        their_id: their_id.clone(),
    });
    assert_eq!(read(&incoming), now(Direction::incoming(their_id)));

    let failed = |why, text| FirstDelivery::Failed(FirstFailure { why, text });
    let failure = |why, text| Delivery::Failed(Failure { why, text });
    let no = Some("no".to_owned());
    for (then, delivery) in [
        (FirstDelivery::Queued, Delivery::Queued),
        (FirstDelivery::Sent, Delivery::Sent),
        (FirstDelivery::Stored, Delivery::Stored),
        (FirstDelivery::Delivered, Delivery::Delivered),
        (
            failed(FirstReason::Refused, no.clone()),
            failure(FailureReason::Refused, no),
        ),
        (
            failed(FirstReason::Other, None),
            failure(FailureReason::Other, None),
        ),
    ] {
        let expected = Direction::Outgoing {
            delivery,
            reached: Default::default(),
        };
        let outgoing = first(FirstDirection::Outgoing { delivery: then });
        assert_eq!(read(&outgoing), now(expected));
    }
}

#[test]
fn an_identity_of_version_1_is_read() {
    let key = "us4s2sf4zoy2vgdreadnenbptildcusntqa5ev46cb7b5stmxmxq"
        .parse()
        .unwrap();
    let first = FirstIdentity {
        jid: bob(),
        followed: Followed::new(key),
        statement: vec![1, 2, 200],
        expires: Timestamp::from_unix_millis(1_700_000_000_000),
        signed: Vec::new(),
        revoked: Vec::new(),
    };
    let stored = postcard::to_extend(&first, vec![1]).unwrap();
    let Identity(read) = Identity::decode(&stored).unwrap();
    assert_eq!((read.jid, read.followed), (first.jid, first.followed));
    assert_eq!(
        (read.statement, read.expires),
        (first.statement, first.expires)
    );
    assert_eq!(read.known_by, KnownBy::FirstSeen);
    // The bytes that follow the address and the key, as the first program wrote them.
    let tail = [0, 0, 0, 3, 1, 2, 200];
    assert!(stored.windows(tail.len()).any(|bytes| bytes == tail));
}

#[test]
fn a_protection_of_version_1_is_read_and_known_since_its_first_device() {
    use onym_client_protocol::omemo::{DeviceId, IdentityKey};
    use onym_client_protocol::store::{DeviceRecord, ListsRead, MAX_REFUSED};
    use onym_client_protocol::trust::Trust;

    let at = Timestamp::from_unix_millis;
    let mut first = FirstProtection {
        jid: bob(),
        policy: None,
        lists: ListsRead {
            omemo: Some(at(9_000)),
            omemo_2: None,
        },
        was_verified: true,
        devices: Default::default(),
    };
    let device = DeviceRecord::new(Trust::FirstUse, at(7_000));
    first.devices.insert(DeviceId::MAX, device);
    // More than are remembered; those that were refused first are left out.
    let key = |number: u16| {
        let mut bytes = [9; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        IdentityKey::from_bytes(bytes).unwrap()
    };
    for number in 1..=300_u16 {
        let since = at(10_000 - u64::from(number));
        let mut device = DeviceRecord::new(Trust::Refused { at: since }, at(8_000));
        device.key = Some(key(number));
        let id = DeviceId::new(u32::from(number)).unwrap();
        first.devices.insert(id, device);
    }
    let stored = postcard::to_extend(&first, vec![1]).unwrap();
    let Protection(read) = Protection::decode(&stored).unwrap();
    assert_eq!(read.refused.len(), MAX_REFUSED);
    assert_eq!(read.refused_at(key(1)), Some(at(9_999)));
    assert_eq!(read.refused.last().map(|it| it.key), Some(key(1)));
    assert_eq!(read.refused_at(key(300)), None);
    assert_eq!((read.jid, read.lists), (first.jid, first.lists));
    assert_eq!((read.devices, read.was_verified), (first.devices, true));
    assert_eq!(read.known_since, Some(at(7_000)));
}

/// The bytes of version 1 as the first program wrote them: the frozen type may never change.
#[test]
fn version_1_has_the_bytes_that_it_had() {
    let stored = first(FirstDirection::Outgoing {
        delivery: FirstDelivery::Stored,
    });
    assert_eq!(
        stored,
        b"\x01\x03abc\xac\x02\x0dbob@b.example\x07Gr\xc3\xbc\xc3\x9fe\
          \x80\xd0\x95\xff\xbc\x31\x01\x02"
    );
}

/// A message with a value in every field.
fn message() -> MessageRecord {
    let time = |seconds: u64| Timestamp::from_unix_millis(seconds * 1_000);
    let direction = Direction::Incoming {
        their_id: Some("t".to_owned()),
        stanza_id: Some("s".to_owned()),
        markable: true,
    };
    let id = MessageId::new("m");
    let mut message = MessageRecord::new(
        id,
        Position(5),
        bob(),
        "Text".to_owned(),
        time(1),
        direction,
    );
    message.unstyled = true;
    message.placed = time(2);
    message.archive_id = Some("a".to_owned());
    message.reply = Some(Reply {
        to_id: "r".to_owned(),
        to: Some(Position(4)),
        quote: "Q".to_owned(),
        by_us: true,
    });
    message.edit = Some(Edit {
        time: time(3),
        placed: time(4),
        id: "e".to_owned(),
        earlier: vec![EarlierText {
            placed: time(2),
            id: None,
            text: "Old".to_owned(),
        }],
    });
    message.retracted = Some(time(5));
    message.reactions.ours.emojis = vec!["👍".to_owned()];
    message.reactions.theirs.placed = Some(time(6));
    message.expires = Some(time(7));
    message
}

/// The same, at a second address of its author.
fn message_via() -> MessageRecord {
    let mut message = message();
    message.via = Some(BareJid::new("b@c.example").unwrap());
    message.tried = vec![BareJid::new("c@d.example").unwrap()];
    message
}

/// What version 2 of [`message`] has after its version byte; nothing of it may ever change.
const SECOND: &[u8] = b"\x01m\x04Text\x01\xe8\x07\xd0\x0f\x00\x01\x01t\x01\x01s\x01\x01\x01a\x01\x01r\x01\x04\x01Q\
      \x01\x01\xb8\x17\xa0\x1f\x01e\x01\xd0\x0f\x00\x03Old\x01\x88'\x01\x04\xf0\x9f\x91\x8d\x00\x00\x01\xf0.\x01\xd86\x00";

/// Bytes that a store on somebody's disk has. When this fails, the form of a message has changed:
/// raise its version, keep the old form as a frozen type, and read it.
#[test]
fn a_message_has_the_bytes_that_it_had() {
    let stored = versioned::encode(Message::TABLE, &Message::new(message_via())).unwrap();
    let addresses: &[u8] = b"\x01\x0bb@c.example\x01\x0bc@d.example";
    assert_eq!(stored, [b"\x03", SECOND, addresses].concat());
    let back = Message::decode(&stored).unwrap();
    assert_eq!(back.into_record(bob(), Position(5)), message_via());
}

#[test]
fn a_message_of_version_2_is_read() {
    let stored = [b"\x02", SECOND].concat();
    let back = Message::decode(&stored).unwrap();
    assert_eq!(back.into_record(bob(), Position(5)), message());
}

#[test]
fn what_is_damaged_is_refused() {
    let stored = versioned::encode(Message::TABLE, &Message::new(message())).unwrap();
    for end in 0..stored.len() {
        assert!(Message::decode(&stored[..end]).is_err());
    }
    let longer = [stored.as_slice(), &[0]].concat();
    assert!(Message::decode(&longer).is_err());
    let from_the_future = [&[4], &stored[1..]].concat();
    assert!(matches!(
        Message::decode(&from_the_future),
        Err(RecordsError::Version { version: 4, .. })
    ));
}
