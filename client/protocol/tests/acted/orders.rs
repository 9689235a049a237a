//! Both sides change their minds at any time, over connections that break: what is kept, and what
//! the other side was told last, is what was said last.

use std::time::Duration;

use onym_client_protocol::command::Command;
use onym_client_protocol::store::{MessageRecord, Store};
use onym_stream::ns;
use proptest::prelude::*;

use crate::world::{ALICE, BOB, World, jid};

/// What happens.
#[derive(Debug, Clone)]
enum Act {
    BobCorrects(u8),
    BobTakesBack,
    BobReacts(u8),
    /// The server brings Bob's last stanza once more.
    Again,
    AliceCorrects(u8),
    AliceTakesBack,
    AliceReacts(u8),
    Cut,
    CutForLong,
    Crash,
    Wait,
}

/// What must be true of one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Expected {
    text: String,
    retracted: bool,
    ours: Vec<String>,
    theirs: Vec<String>,
}

impl Expected {
    fn of(message: &MessageRecord) -> Self {
        Self {
            text: message.text.clone(),
            retracted: message.retracted.is_some(),
            ours: message.reactions.ours.emojis.clone(),
            theirs: message.reactions.theirs.emojis.clone(),
        }
    }

    fn correct(&mut self, text: String) {
        if !self.retracted {
            self.text = text;
        }
    }

    fn take_back(&mut self) {
        *self = Self {
            retracted: true,
            ..Self::default()
        };
    }
}

fn emojis(choice: u8) -> Vec<String> {
    let all = ["👍", "🎉", "😀"];
    let chosen = all
        .iter()
        .enumerate()
        .filter(|(bit, _)| choice >> bit & 1 == 1);
    chosen.map(|(_, emoji)| (*emoji).to_owned()).collect()
}

/// Alice, with a message of Bob's and one of hers that he has.
struct Scene {
    world: World,
    theirs: Expected,
    ours: Expected,
    last: String,
    number: usize,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::online_with_bob();
        world.receive(BOB, "m0", "first");
        world.drive();
        world.write(BOB, "first");
        world.drive();
        let first = Expected {
            text: "first".to_owned(),
            ..Expected::default()
        };
        Self {
            world,
            theirs: first.clone(),
            ours: first,
            last: String::new(),
            number: 0,
        }
    }

    fn bob_says(&mut self, children: &str) {
        self.number += 1;
        self.last = format!(
            "<message from='{BOB}/phone' to='{ALICE}' type='chat' id='b{}'>{children}</message>",
            self.number
        );
        self.world.server.deliver(&self.last);
    }

    #[expect(clippy::too_many_lines, reason = "a table with one entry for each act")]
    fn act(&mut self, act: &Act) {
        let ours = self.world.messages(BOB)[1].clone();
        let theirs = self.world.messages(BOB)[0].clone();
        let (about_ours, about_theirs) = (ours.id.as_str(), "m0");
        match act {
            Act::BobCorrects(number) => {
                let text = format!("bob {number}");
                self.bob_says(&format!(
                    "<body>{text}</body>\
                     <replace xmlns='urn:xmpp:message-correct:0' id='{about_theirs}'/>"
                ));
                self.theirs.correct(text);
            }
            Act::BobTakesBack => {
                self.bob_says(&format!(
                    "<retract xmlns='urn:xmpp:message-retract:1' id='{about_theirs}'/>"
                ));
                self.theirs.take_back();
            }
            Act::BobReacts(choice) => {
                let emojis = emojis(*choice);
                let inner: String = emojis
                    .iter()
                    .map(|emoji| format!("<reaction>{emoji}</reaction>"))
                    .collect();
                let (id, expected) = if choice & 8 == 0 {
                    (about_ours, &mut self.ours)
                } else {
                    (about_theirs, &mut self.theirs)
                };
                let id = id.to_owned();
                if !expected.retracted {
                    expected.theirs = emojis;
                }
                self.bob_says(&format!(
                    "<reactions xmlns='urn:xmpp:reactions:0' id='{id}'>{inner}</reactions>"
                ));
            }
            Act::Again => {
                let last = self.last.clone();
                if !last.is_empty() {
                    self.world.server.deliver(&last);
                }
            }
            Act::AliceCorrects(number) => {
                let text = format!("alice {number}");
                self.world.command(Command::EditMessage {
                    conversation: jid(BOB),
                    position: ours.position,
                    text: text.clone(),
                });
                self.ours.correct(text);
            }
            Act::AliceTakesBack => {
                self.world.command(Command::Retract {
                    conversation: jid(BOB),
                    position: ours.position,
                });
                self.ours.take_back();
            }
            Act::AliceReacts(choice) => {
                let emojis = emojis(*choice);
                self.world.command(Command::React {
                    conversation: jid(BOB),
                    position: theirs.position,
                    emojis: emojis.clone(),
                });
                if !self.theirs.retracted {
                    self.theirs.ours = emojis;
                }
            }
            Act::Cut => self.world.cut(),
            Act::CutForLong => {
                self.world.reachable = false;
                self.world.cut();
            }
            Act::Crash => self.world.crash(),
            Act::Wait => {
                self.world.reachable = true;
                self.world.pass(Duration::from_secs(20));
            }
        }
    }

    /// What Bob's client has heard last of Alice about both messages.
    fn told(&self) -> (Option<String>, bool, Option<Vec<String>>) {
        let mut told = (None, false, None);
        for message in &self.world.server.received {
            if message.has_child("replace", ns::CORRECTION) {
                told.0 = message
                    .get_child("body", ns::CLIENT)
                    .map(|body| body.text());
            }
            told.1 |= message.has_child("retract", ns::RETRACTION);
            if let Some(reactions) = message.get_child("reactions", ns::REACTIONS) {
                told.2 = Some(reactions.children().map(|it| it.text()).collect());
            }
        }
        told
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => any::<u8>().prop_map(Act::BobCorrects),
        1 => Just(Act::BobTakesBack),
        4 => (0_u8..16).prop_map(Act::BobReacts),
        2 => Just(Act::Again),
        3 => any::<u8>().prop_map(Act::AliceCorrects),
        1 => Just(Act::AliceTakesBack),
        3 => (0_u8..8).prop_map(Act::AliceReacts),
        1 => Just(Act::Cut),
        1 => Just(Act::CutForLong),
        1 => Just(Act::Crash),
        3 => Just(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_last_word_counts(acts in prop::collection::vec(act(), 1..25)) {
        let mut scene = Scene::new();
        for act in &acts {
            scene.act(act);
            scene.world.drive();
        }
        scene.world.reachable = true;
        scene.world.pass(Duration::from_secs(600));
        let messages = scene.world.messages(BOB);
        prop_assert_eq!(messages.len(), 2);
        prop_assert_eq!(Expected::of(&messages[0]), scene.theirs.clone());
        prop_assert_eq!(Expected::of(&messages[1]), scene.ours.clone());
        let (correction, retraction, reactions) = scene.told();
        prop_assert_eq!(retraction, scene.ours.retracted);
        if let (Some(text), false) = (correction, retraction) {
            prop_assert_eq!(text, scene.ours.text.clone());
        }
        if !scene.theirs.retracted {
            prop_assert_eq!(reactions.unwrap_or_default(), scene.theirs.ours.clone());
        }
        prop_assert!(scene.world.store.load().unwrap().pending.is_empty());
        scene.world.assert_memory_is_stored();
    }
}
