//! Nothing that was said, to whom and when can be read in the files.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use jid::BareJid;
use onym_client_protocol::conversation::Conversation;
use onym_client_protocol::search::SearchQuery;
use onym_client_protocol::store::{
    AvatarRecord, Change, ContactRecord, Direction, MessageId, MessageRecord, Position,
    ProfileRecord, RequestRecord, Store, Subscription,
};
use onym_client_store::ClientStore;
use onym_identity::Timestamp;
use onym_records::RecordsKey;

/// A time with eight bytes of its own, whichever end they are written from.
const TIME: Timestamp = Timestamp::from_unix_millis(0x018f_3b5c_7d91);
const WORDS: [&str; 4] = ["Xylophonkonzert", "xylophonkonzert", "vuvuzela", "日本語話"];
const IDS: [&str; 3] = ["planted-own-id", "planted-their-id", "planted-archive-id"];
const NAMES: [&str; 4] = [
    "quetzalcoatl",
    "planted.example",
    "Planted Name",
    "planted-version",
];

fn jid() -> BareJid {
    BareJid::new("quetzalcoatl@planted.example").unwrap()
}

fn message(number: u64) -> Change {
    let direction = if number.is_multiple_of(2) {
        Direction::incoming(Some(format!("planted-their-id-{number}")))
    } else {
        Direction::queued()
    };
    let mut message = MessageRecord::new(
        MessageId::new(format!("planted-own-id-{number}")),
        Position(number),
        jid(),
        "Xylophonkonzert mit Vuvuzela 日本語話".to_owned(),
        TIME,
        direction,
    );
    message.archive_id = Some(format!("planted-archive-id-{number}"));
    message.expires = number.is_multiple_of(3).then_some(TIME);
    Change::PutMessage(Box::new(message))
}

fn everything() -> Vec<Change> {
    let mut conversation = serde_json::to_value(Conversation::new(jid())).unwrap();
    conversation["draft"] = "Xylophonkonzert".into();
    vec![
        Change::PutContact(ContactRecord {
            jid: jid(),
            name: Some("Planted Name".to_owned()),
            subscription: Subscription::Both,
            asked: false,
            approved: false,
            groups: vec!["Planted Name".to_owned()],
        }),
        Change::SetRosterVersion(Some("planted-version".to_owned())),
        Change::PutRequest(RequestRecord {
            jid: jid(),
            time: TIME,
            text: Some("vuvuzela".to_owned()),
        }),
        Change::PutProfile(ProfileRecord {
            jid: jid(),
            name: Some("Planted Name".to_owned()),
            avatar: None,
            fetched: TIME,
            last_seen: Some(TIME),
        }),
        Change::PutAvatar(AvatarRecord {
            hash: "planted-version".to_owned(),
            media_type: "planted.example".to_owned(),
            bytes: b"planted.example".to_vec(),
        }),
        Change::PutConversation(serde_json::from_value(conversation).unwrap()),
    ]
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn no_word_address_name_or_time_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let key = RecordsKey::from_bytes(&[7; 32]);
    let store = ClientStore::open(folder.path(), &key).unwrap();
    store.commit(&everything()).unwrap();
    // So many that they are merged into the index, and some that are not.
    for start in [0, 1_100] {
        let messages: Vec<Change> = (start..start + 1_100).map(message).collect();
        store.commit(&messages).unwrap();
    }
    let query = SearchQuery::parse("xylophonkonzert ", |_| None);
    assert!(store.search(&query, 10, None).unwrap().more);
    drop(store);

    let mut files = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        files.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert!(files.len() > 100_000);
    let texts = WORDS.iter().chain(&IDS).chain(&NAMES);
    for text in texts {
        assert!(!contains(&files, text.as_bytes()), "{text} is on the disk");
    }
    let time = TIME.as_unix_millis().to_be_bytes();
    let mut reversed = time;
    reversed.reverse();
    // The first and last bytes of a time are zeros or common; the middle ones are its own.
    assert!(!contains(&files, &time[3..]), "a time is on the disk");
    assert!(!contains(&files, &reversed[..5]), "a time is on the disk");
    let varint = postcard::to_allocvec(&TIME).unwrap();
    assert!(!contains(&files, &varint), "a time is on the disk");
}
