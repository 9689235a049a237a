//! Messages as people might have written them over ten years: words as frequent as Zipf says, most
//! messages short, a few conversations long and many small.

use jid::BareJid;
use onym_client_protocol::conversation::Conversation;
use onym_client_protocol::delivery::Delivery;
use onym_client_protocol::store::{Change, Direction, MessageId, MessageRecord, Position, Reached};
use onym_identity::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// How many words there are: what a few hundred people use in ten years, with names, typing
/// mistakes and other languages.
const WORDS: usize = 250_000;
const CONVERSATIONS: usize = 200;
/// What part of all messages the longest conversation has.
const LONGEST_PART: f64 = 0.1;
const START_MILLIS: u64 = 1_450_000_000_000;
/// Between two messages, on average: a million of them take ten years.
const GAP_MILLIS: u64 = 315_000;

pub(crate) struct Corpus {
    rng: StdRng,
    vocabulary: Vec<String>,
    /// For each rank how probable this or a more frequent word is.
    probability: Vec<f64>,
    next: u64,
    count: u64,
    millis: u64,
}

impl Corpus {
    pub(crate) fn new(count: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let mut probability = Vec::with_capacity(WORDS);
        let mut sum = 0.0;
        for rank in 0..WORDS {
            // Zipf and Mandelbrot, with the figures of spoken English.
            sum += (rank as f64 + 2.7).powf(-1.07);
            probability.push(sum);
        }
        probability.iter_mut().for_each(|it| *it /= sum);
        let vocabulary = (0..WORDS).map(|rank| make_word(&mut rng, rank)).collect();
        Self {
            rng: StdRng::seed_from_u64(2),
            vocabulary,
            probability,
            next: 0,
            count,
            millis: START_MILLIS,
        }
    }

    /// The word of a rank; 0 is the most frequent one.
    pub(crate) fn word(&self, rank: usize) -> &str {
        &self.vocabulary[rank]
    }

    pub(crate) fn words(&self) -> usize {
        self.vocabulary.len()
    }

    /// Words in a row of some message: the first three of one, or of the most frequent words.
    pub(crate) fn phrase(&self, common: bool) -> String {
        if common {
            return format!("\"{} {}\"", self.word(2), self.word(31));
        }
        let mut other = Self::new(self.count);
        let text = std::iter::from_fn(|| other.next())
            .skip(1_000)
            .find_map(|message| {
                let words: Vec<&str> = message.text.split(' ').collect();
                (words.len() > 5).then(|| words[1..4].join(" "))
            });
        format!("\"{}\"", text.unwrap())
    }

    pub(crate) fn longest_conversation(&self) -> BareJid {
        conversation(0)
    }

    pub(crate) fn conversation_named(&self, name: &str) -> Option<BareJid> {
        name.strip_prefix("person")?.parse().ok().map(conversation)
    }

    /// What is kept of each conversation.
    pub(crate) fn summaries(&self) -> impl Iterator<Item = Change> + use<> {
        (0..CONVERSATIONS).map(|number| {
            let mut value = serde_json::to_value(Conversation::new(conversation(number))).unwrap();
            value["draft"] = "What I wanted to say".into();
            Change::PutConversation(serde_json::from_value(value).unwrap())
        })
    }

    pub(crate) fn skip_to(&mut self, position: u64) {
        self.millis += GAP_MILLIS * (position - self.next);
        self.next = position;
    }

    fn text(&mut self) -> String {
        // Half of all messages have up to seven words, a few have hundreds.
        let spread: f64 = (0..6).map(|_| self.rng.random_range(-0.7..0.7)).sum();
        let words = (7.0 * spread.exp()).ceil().clamp(1.0, 400.0) as usize;
        let words: Vec<&str> = (0..words)
            .map(|_| {
                let drawn: f64 = self.rng.random_range(0.0..1.0);
                let rank = self.probability.partition_point(|it| *it < drawn);
                self.vocabulary[rank.min(WORDS - 1)].as_str()
            })
            .collect();
        words.join(" ")
    }

    fn id(&mut self) -> String {
        format!("{:032x}", self.rng.random_range(0..u128::MAX))
    }
}

impl Iterator for Corpus {
    type Item = MessageRecord;

    fn next(&mut self) -> Option<MessageRecord> {
        if self.next == self.count {
            return None;
        }
        self.millis += self.rng.random_range(0..2 * GAP_MILLIS);
        let number = if self.rng.random_range(0.0..1.0) < LONGEST_PART {
            0
        } else {
            // The others from long to short.
            let drawn: f64 = self.rng.random_range(0.0..1.0);
            1 + (drawn * drawn * drawn * (CONVERSATIONS - 1) as f64) as usize
        };
        let direction = if self.rng.random_range(0..2) == 0 {
            Direction::incoming(Some(self.id()))
        } else {
            Direction::Outgoing {
                delivery: Delivery::Displayed,
                reached: Reached {
                    sent: Some(Timestamp::from_unix_millis(self.millis + 20)),
                    stored: Some(Timestamp::from_unix_millis(self.millis + 90)),
                    delivered: Some(Timestamp::from_unix_millis(self.millis + 2_000)),
                    displayed: Some(Timestamp::from_unix_millis(self.millis + 60_000)),
                    failed: None,
                },
            }
        };
        let mut message = MessageRecord::new(
            MessageId::new(self.id()),
            Position(self.next),
            conversation(number),
            self.text(),
            Timestamp::from_unix_millis(self.millis),
            direction,
        );
        message.archive_id = Some(self.id());
        self.next += 1;
        Some(message)
    }
}

fn conversation(number: usize) -> BareJid {
    // As long as an address of Onym.
    let local = format!("{number:a>52}");
    BareJid::new(&format!("{local}@{number:b>56}.onion")).unwrap()
}

/// Frequent words are short; words begin alike as those of a language do.
fn make_word(rng: &mut StdRng, rank: usize) -> String {
    const STARTS: &[&str] = &[
        "a", "be", "co", "de", "e", "fo", "ge", "ha", "in", "ka", "li", "ma", "ne", "o", "pro",
        "re", "se", "st", "the", "un", "ver", "wo", "za",
    ];
    const MIDDLES: &[&str] = &[
        "ba", "ch", "da", "el", "en", "er", "fi", "ga", "il", "ing", "is", "ko", "la", "lo", "men",
        "mi", "na", "ni", "on", "or", "ra", "ri", "sa", "sh", "ta", "te", "ti", "tion", "ur", "va",
    ];
    let syllables = match rank {
        0..100 => 1,
        100..3_000 => 2,
        3_000..40_000 => 3,
        _ => 4,
    };
    let mut word = STARTS[rng.random_range(0..STARTS.len())].to_owned();
    for _ in 0..syllables {
        word.push_str(MIDDLES[rng.random_range(0..MIDDLES.len())]);
    }
    word
}
