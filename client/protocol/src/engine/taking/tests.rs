//! The same words about a message, in any order and any number of times.

use std::collections::VecDeque;

use jid::BareJid;
use onym_identity::Timestamp;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::engine::arrival::Provenance;
use crate::engine::{Credentials, EngineConfig, Output};
use crate::omemo::{DeviceId, Dialect};
use crate::store::{
    Change, ContactRecord, MemoryStore, OmemoMark, Store, Subscription, Undecryptable,
};
use crate::trust::TrustRule;

const ORIGINAL: &str = "m1";

/// What is said about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Original,
    Correction(u64),
    Retraction,
    Reaction {
        by_us: bool,
        emojis: Vec<String>,
    },
    /// Somebody else's words, which are about nothing of this conversation.
    Strangers(u64),
    /// The other side's attempt on a message of ours, and ours on theirs.
    WrongSide(u64),
}

/// A device that is started anew after each word.
struct Device {
    store: MemoryStore,
    rng: StdRng,
}

impl Device {
    fn new() -> Self {
        let store = MemoryStore::new();
        let bob = ContactRecord {
            jid: jid("bob@b.example"),
            name: None,
            subscription: Subscription::Both,
            asked: false,
            approved: false,
            groups: Vec::new(),
        };
        let Ok(()) = store.commit(&[Change::PutContact(bob)]);
        Self {
            store,
            rng: StdRng::seed_from_u64(7),
        }
    }

    fn hear(&mut self, by_us: bool, word: &Word, seconds: u64) {
        self.with_core(|core, cx| say(core, by_us, word, seconds, cx));
    }

    fn with_core(&mut self, act: impl FnOnce(&mut Core, &mut Context<'_>)) {
        let config = EngineConfig {
            our_jid: jid("alice@a.example"),
            credentials: Credentials::External,
            resource: None,
            identity: None,
            former: Vec::new(),
            certificate: None,
        };
        let Ok(memory) = self.store.load();
        let mut core = Core::new(config, memory);
        let store = self.store.clone();
        let mut cx = Context {
            now: at(1_000),
            rng: &mut self.rng,
            lookup: &store,
            failure: None,
        };
        act(&mut core, &mut cx);
        assert_eq!(cx.failure, None);
        let mut outputs = VecDeque::new();
        core.flush(&mut outputs);
        for output in outputs {
            if let Output::Commit { changes, .. } = output {
                let Ok(()) = store.commit(&changes);
            }
        }
        let Ok(stored) = store.load();
        assert_eq!(core.memory, stored);
    }

    /// The conversation with Bob, without what depends on the way it came.
    fn messages(&self) -> Vec<MessageRecord> {
        let Ok(mut messages) = self.store.page(&jid("bob@b.example"), None, 100);
        for message in &mut messages {
            message.id = MessageId::new("");
            message.position = crate::store::Position(0);
            message.placed = at(0);
            if let Direction::Outgoing { reached, .. } = &mut message.direction {
                *reached = Reached::default();
            }
            for earlier in message.edit.iter_mut().flat_map(|edit| &mut edit.earlier) {
                if earlier.id.is_none() {
                    earlier.placed = at(0);
                }
            }
        }
        messages
    }
}

/// One word reaches the core, as the archive has it.
fn say(core: &mut Core, by_us: bool, word: &Word, seconds: u64, cx: &mut Context<'_>) {
    let said = |peer: &str, by_us: bool, id: String| Said {
        peer: jid(peer),
        conversation: jid(peer),
        is_former: false,
        by_us,
        archive_id: Some(format!("archive-{id}")),
        ids: vec![id],
        time: at(seconds),
        moment: Moment::stamped(at(seconds)),
        provenance: Provenance::Archive { is_history: true },
        encryption: Encryption::None,
        is_signed: false,
    };
    let bob = "bob@b.example";
    let id = format!("w{seconds}");
    match word {
        Word::Original => {
            let said = said(bob, by_us, ORIGINAL.to_owned());
            core.add(&said, content("first"), cx);
        }
        Word::Correction(number) => {
            let content = content(&format!("text {number}"));
            core.corrected(&said(bob, by_us, id), ORIGINAL, content, cx);
        }
        Word::Retraction => core.retracted(&said(bob, by_us, id), ORIGINAL, cx),
        Word::Reaction { by_us, emojis } => {
            core.reacted(&said(bob, *by_us, id), ORIGINAL, emojis, cx);
        }
        Word::Strangers(number) => {
            let said = said("carol@c.example", by_us, id);
            match number % 3 {
                0 => core.corrected(&said, ORIGINAL, content("evil"), cx),
                1 => core.retracted(&said, ORIGINAL, cx),
                _ => core.reacted(&said, ORIGINAL, &["😈".to_owned()], cx),
            }
        }
        Word::WrongSide(_) => core.retracted(&said(bob, !by_us, id), ORIGINAL, cx),
    }
}

/// A message of Bob's that comes now.
fn live(id: &str, archive: Option<&str>, encryption: Encryption) -> Said {
    Said {
        peer: jid("bob@b.example"),
        conversation: jid("bob@b.example"),
        is_former: false,
        by_us: false,
        ids: vec![id.to_owned()],
        archive_id: archive.map(str::to_owned),
        time: at(9),
        moment: Moment::in_order(at(9)),
        provenance: Provenance::Live,
        encryption,
        is_signed: false,
    }
}

fn content(text: &str) -> Content {
    Content {
        text: text.to_owned(),
        ..Content::default()
    }
}

fn encrypted() -> Encryption {
    Encryption::Omemo(OmemoMark {
        dialect: Dialect::Omemo2,
        device: DeviceId::new(7).unwrap(),
        because: TrustRule::FirstUse,
        left_out: 0,
    })
}

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(seconds * 1_000)
}

fn word() -> impl Strategy<Value = Word> {
    let emojis = prop::sample::subsequence(vec!["👍".to_owned(), "🎉".to_owned()], 0..=2);
    prop_oneof![
        4 => any::<u64>().prop_map(Word::Correction),
        1 => Just(Word::Retraction),
        3 => (any::<bool>(), emojis).prop_map(|(by_us, emojis)| Word::Reaction { by_us, emojis }),
        2 => any::<u64>().prop_map(Word::Strangers),
        1 => any::<u64>().prop_map(Word::WrongSide),
    ]
}

proptest! {
    #[test]
    fn any_order_with_repetitions_gives_the_same(
        by_us in any::<bool>(),
        words in prop::collection::vec(word(), 0..8),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..16),
        backward in any::<bool>(),
    ) {
        let mut all: Vec<(Word, u64)> = vec![(Word::Original, 1)];
        all.extend(words.into_iter().zip(2..));
        let mut straight = Device::new();
        for (word, seconds) in &all {
            straight.hear(by_us, word, *seconds);
        }
        let mut mixed = Device::new();
        for (word, seconds) in order.iter().map(|index| index.get(&all)) {
            mixed.hear(by_us, word, *seconds);
        }
        let mut rest = all.clone();
        if backward {
            rest.reverse();
        }
        for (word, seconds) in &rest {
            mixed.hear(by_us, word, *seconds);
        }
        prop_assert_eq!(straight.messages(), mixed.messages());
        prop_assert_eq!(straight.messages().len(), 1);
    }

    #[test]
    fn what_others_say_changes_nothing(
        by_us in any::<bool>(),
        words in prop::collection::vec(word(), 0..8),
    ) {
        let (mut among_others, mut alone) = (Device::new(), Device::new());
        for (word, seconds) in std::iter::once(Word::Original).chain(words).zip(1..) {
            among_others.hear(by_us, &word, seconds);
            if !matches!(word, Word::Strangers(_) | Word::WrongSide(_)) {
                alone.hear(by_us, &word, seconds);
            }
        }
        prop_assert_eq!(among_others.messages(), alone.messages());
    }
}

#[test]
fn names_that_are_used_again_are_other_messages() {
    let mut device = Device::new();
    let mut hear = |text: &str, archive: Option<&str>| {
        let said = live("1", archive, Encryption::None);
        device.with_core(|core, cx| core.add(&said, content(text), cx));
        let Ok(messages) = device.store.page(&jid("bob@b.example"), None, 100);
        messages
    };
    assert_eq!(hear("Hello", None).len(), 1);
    assert_eq!(hear("Hello", None).len(), 1, "a repetition");
    // The copy in the archive tells the message's name there.
    assert_eq!(
        hear("Hello", Some("a1"))[0].archive_id.as_deref(),
        Some("a1")
    );
    assert_eq!(hear("Hello", Some("a1")).len(), 1);
    assert_eq!(
        hear("Hello", Some("a2")).len(),
        2,
        "said twice, and archived twice"
    );
    assert_eq!(
        hear("Something else", None).len(),
        3,
        "the sender counts anew"
    );
    assert_eq!(hear("Rewritten by the archive", Some("a1")).len(), 3);
}

#[test]
fn a_server_cannot_correct_what_it_cannot_read() {
    let mut device = Device::new();
    let mut hear = |id: &str, correct: bool, text: &str, encryption: Encryption| {
        let said = live(id, None, encryption);
        device.with_core(|core, cx| match correct {
            true => core.corrected(&said, ORIGINAL, content(text), cx),
            false => core.add(&said, content(text), cx),
        });
    };
    hear(ORIGINAL, false, "Meet me at nine", encrypted());
    hear("forged", true, "Meet me at ten", Encryption::None);
    hear("honest", true, "Meet me at eight", encrypted());
    let messages = device.messages();
    let texts: Vec<&str> = messages.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["Meet me at eight", "Meet me at ten"]);
    assert_eq!(messages[1].encryption, Encryption::None);
}

#[test]
fn what_could_not_be_read_can_be_when_it_comes_once_more() {
    let mut device = Device::new();
    let lost = Encryption::Undecryptable(Undecryptable::NoSession);
    for archive in [None, Some("a1")] {
        let said = live(ORIGINAL, archive, lost);
        device.with_core(|core, cx| core.add_unreadable(&said, cx));
    }
    assert_eq!(device.messages().len(), 1);
    let said = live(ORIGINAL, None, encrypted());
    device.with_core(|core, cx| core.add(&said, content("Here it is"), cx));
    let messages = device.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(
        (messages[0].text.as_str(), messages[0].encryption),
        ("Here it is", encrypted())
    );
    let said = live(ORIGINAL, None, lost);
    device.with_core(|core, cx| core.add_unreadable(&said, cx));
    assert_eq!(device.messages(), messages, "nothing is taken back");
}

#[test]
fn a_server_can_neither_take_back_nor_adorn_what_it_cannot_read() {
    let mut device = Device::new();
    let original = live(ORIGINAL, None, encrypted());
    device.with_core(|core, cx| core.add(&original, content("Meet me at nine"), cx));
    let before = device.messages();
    let forged = live("forged", None, Encryption::None);
    device.with_core(|core, cx| {
        core.retracted(&forged, ORIGINAL, cx);
        core.reacted(&forged, ORIGINAL, &["👍".to_owned()], cx);
    });
    assert_eq!(device.messages(), before);
    let honest = live("honest", None, encrypted());
    device.with_core(|core, cx| core.retracted(&honest, ORIGINAL, cx));
    assert!(device.messages()[0].retracted.is_some());
}

#[test]
fn a_device_that_was_made_up_corrects_nothing() {
    let mut device = Device::new();
    let original = live(ORIGINAL, None, encrypted());
    device.with_core(|core, cx| core.add(&original, content("Meet me at nine"), cx));
    for because in [
        TrustRule::NotListed,
        TrustRule::NeedsDecision,
        TrustRule::RefusedByPerson,
        TrustRule::RevokedByIdentity,
    ] {
        let Encryption::Omemo(mark) = encrypted() else {
            panic!("it is encrypted");
        };
        let made_up = Encryption::Omemo(OmemoMark { because, ..mark });
        let said = live(&format!("{because:?}"), None, made_up);
        device.with_core(|core, cx| core.corrected(&said, ORIGINAL, content("At ten"), cx));
    }
    let texts: Vec<String> = device.messages().into_iter().map(|it| it.text).collect();
    assert_eq!(
        texts,
        ["Meet me at nine", "At ten", "At ten", "At ten", "At ten"]
    );
}
