//! Asks for some of the recovery words, to see that the user has them.

use onym_identity::RecoveryPhrase;
use rand::Rng;
use rand::seq::index;

/// How many words are asked for.
const ASKED: usize = 3;

/// How many words there are.
const WORDS: usize = 24;

/// Which words are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhraseCheck {
    /// Counted from 1, in rising order.
    asked: Vec<usize>,
}

impl PhraseCheck {
    /// Some words, chosen at random.
    pub(crate) fn new(rng: &mut impl Rng) -> Self {
        let mut asked: Vec<usize> = index::sample(rng, WORDS, ASKED)
            .into_iter()
            .map(|word| word + 1)
            .collect();
        asked.sort_unstable();
        Self { asked }
    }

    /// Which words, counted from 1, in rising order.
    pub(crate) fn asked(&self) -> &[usize] {
        &self.asked
    }

    /// Which of the asked words the answers do not give.
    pub(crate) fn wrong(&self, phrase: &RecoveryPhrase, answers: &[&str]) -> Vec<usize> {
        let text = phrase.reveal();
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_right = |place: usize, number: usize| {
            let answer = answers
                .get(place)
                .map(|answer| answer.trim().to_lowercase());
            number
                .checked_sub(1)
                .and_then(|index| words.get(index))
                .is_some_and(|word| answer.as_deref() == Some(*word))
        };
        self.asked
            .iter()
            .enumerate()
            .filter(|(place, number)| !is_right(*place, **number))
            .map(|(_, number)| *number)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use onym_identity::RootSecret;

    use super::*;

    #[test]
    fn the_right_words_and_no_others_pass() {
        let phrase = RootSecret::from_bytes(&[7; 32]).recovery_phrase();
        let text = phrase.reveal();
        let words: Vec<&str> = text.split_whitespace().collect();
        for _ in 0..50 {
            let check = PhraseCheck::new(&mut rand::rng());
            let asked = check.asked();
            assert!(asked.is_sorted_by(|a, b| a < b) && asked.len() == ASKED);
            let right: Vec<String> = asked
                .iter()
                .map(|number| format!(" {} ", words[number - 1].to_uppercase()))
                .collect();
            let mut answers: Vec<&str> = right.iter().map(String::as_str).collect();
            assert_eq!(check.wrong(&phrase, &answers), Vec::<usize>::new());
            answers[1] = "abandonment";
            assert_eq!(check.wrong(&phrase, &answers), vec![asked[1]]);
            assert_eq!(check.wrong(&phrase, &[]), asked);
        }
    }
}
