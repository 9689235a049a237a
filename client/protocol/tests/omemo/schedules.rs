//! Conversations at random: what is lost, late or there twice, and who begins anew when, follows
//! from a seed.

use onym_client_protocol::omemo::{DecryptError, Dialect, SealedKey, Session};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::device::Device;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 6 } else { 100 }))]

    #[test]
    fn whatever_arrives_is_read_once(seed in any::<u64>()) {
        for dialect in Dialect::ALL {
            let mut conversation = Conversation::new(dialect, seed);
            for _ in 0..60 {
                conversation.step();
            }
            conversation.finish();
        }
    }
}

/// A single course may lose nearly everything; so many together do not.
#[test]
fn most_courses_have_messages_that_are_read() {
    for dialect in Dialect::ALL {
        let opened = (0..20).map(|seed| {
            let mut conversation = Conversation::new(dialect, seed);
            for _ in 0..60 {
                conversation.step();
            }
            conversation.finish();
            conversation.opened
        });
        assert!(opened.sum::<usize>() > 20 * 10);
    }
}

struct Conversation {
    course: StdRng,
    devices: [Device; 2],
    /// What is on its way to each device.
    under_way: [Vec<UnderWay>; 2],
    sessions: usize,
    opened: usize,
}

#[derive(Clone)]
struct UnderWay {
    message: SealedKey,
    plaintext: Vec<u8>,
    was_opened: bool,
}

impl Conversation {
    fn new(dialect: Dialect, seed: u64) -> Self {
        let mut course = StdRng::seed_from_u64(seed);
        let devices = [0, 1].map(|_| Device::new(dialect, course.random_range(0..u64::MAX)));
        let mut conversation = Self {
            course,
            devices,
            under_way: [Vec::new(), Vec::new()],
            sessions: 0,
            opened: 0,
        };
        let first = conversation.course.random_range(0..3);
        // Number 2 stands for both at once.
        for who in [0, 1] {
            if first == who || first == 2 {
                conversation.initiate(who);
            }
        }
        conversation
    }

    fn step(&mut self) {
        let who = self.course.random_range(0..2);
        match self.course.random_range(0..20) {
            0..=7 => self.send(who),
            8..=15 => self.deliver(who),
            16 => self.lose(who),
            17 => self.repeat(who),
            18 => self.devices[who] = self.devices[who].restarted(),
            // No more than are kept besides the current one.
            _ if self.sessions < Session::MAX_ARCHIVED => self.initiate(who),
            _ => {}
        }
    }

    fn finish(&mut self) {
        for who in [0, 1] {
            while !self.under_way[who].is_empty() {
                self.deliver(who);
            }
        }
    }

    fn initiate(&mut self, who: usize) {
        self.sessions += 1;
        let bundle = self.devices[1 - who].bundle();
        self.devices[who].initiate(&bundle).unwrap();
        self.send(who);
    }

    fn send(&mut self, who: usize) {
        let length = self.course.random_range(0..60);
        let plaintext: Vec<u8> = (0..length)
            .map(|_| self.course.random_range(0..=255))
            .collect();
        if self.devices[who].session.is_some() {
            let message = self.devices[who].encrypt(&plaintext);
            self.under_way[1 - who].push(UnderWay {
                message,
                plaintext,
                was_opened: false,
            });
        }
    }

    fn deliver(&mut self, who: usize) {
        let waiting = &mut self.under_way[who];
        if waiting.is_empty() {
            return;
        }
        let message = waiting.remove(self.course.random_range(0..waiting.len()));
        let before = self.devices[who].clone();
        // Whether the device was stopped in between makes no difference.
        let peeked = before.restarted().peek(&message.message);
        let opened = self.devices[who].decrypt(&message.message);
        assert_eq!(
            peeked
                .as_ref()
                .map(|it| &it.session)
                .map_err(ToString::to_string),
            opened
                .as_ref()
                .map(|it| &it.session)
                .map_err(ToString::to_string),
        );
        if message.was_opened {
            assert_eq!(opened.unwrap_err(), DecryptError::Duplicate);
            assert!(self.devices[who].session == before.session);
            return;
        }
        assert_eq!(*opened.unwrap().plaintext, message.plaintext);
        self.opened += 1;
        if self.course.random_bool(0.1) {
            let was_opened = true;
            self.under_way[who].push(UnderWay {
                was_opened,
                ..message
            });
        }
    }

    fn lose(&mut self, who: usize) {
        let waiting = &mut self.under_way[who];
        if !waiting.is_empty() {
            waiting.remove(self.course.random_range(0..waiting.len()));
        }
    }

    /// Delivers a message and leaves it where it is.
    fn repeat(&mut self, who: usize) {
        if let Some(last) = self.under_way[who].last().cloned()
            && !last.was_opened
        {
            self.devices[who].decrypt(&last.message).unwrap();
            self.opened += 1;
            if let Some(last) = self.under_way[who].last_mut() {
                last.was_opened = true;
            }
        }
    }
}
