use std::collections::HashMap;
use std::sync::LazyLock;

/// What the Unicode CLDR calls an emoji in German.
#[derive(Debug)]
pub(super) struct GermanEmoji {
    pub(super) name: &'static str,
    keywords: &'static str,
}

impl GermanEmoji {
    /// Other words that lead to it.
    pub(super) fn keywords(&self) -> impl Iterator<Item = &'static str> {
        self.keywords.split('|').filter(|word| !word.is_empty())
    }
}

/// One line for each: the emoji, its name, further words. See the README beside it.
const TABLE: &str = include_str!("../../assets/emoji-de.tsv");

static BY_EMOJI: LazyLock<HashMap<&str, GermanEmoji>> = LazyLock::new(|| {
    let read = |line: &'static str| {
        let mut columns = line.split('\t');
        let (emoji, name) = (columns.next()?, columns.next()?);
        let keywords = columns.next().unwrap_or_default();
        Some((emoji, GermanEmoji { name, keywords }))
    };
    TABLE.lines().filter_map(read).collect()
});

/// The words for an emoji in its usual skin tone.
pub(super) fn of(emoji: &str) -> Option<&'static GermanEmoji> {
    BY_EMOJI
        .get(emoji)
        .or_else(|| BY_EMOJI.get(plain(emoji).as_str()))
}

/// The name of an emoji, with that of its skin tone.
pub(super) fn name_of(emoji: &str) -> Option<String> {
    if let Some(known) = of(emoji) {
        return Some(known.name.to_owned());
    }
    let tone = emoji.chars().find(|letter| is_tone(*letter))?;
    let base: String = emoji.chars().filter(|letter| !is_tone(*letter)).collect();
    let tone = of(tone.encode_utf8(&mut [0; 4]))?.name;
    Some(format!("{}: {tone}", of(&base)?.name))
}

fn is_tone(letter: char) -> bool {
    matches!(letter, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Without the marks that ask for a picture, as the table has them.
fn plain(emoji: &str) -> String {
    emoji
        .chars()
        .filter(|letter| *letter != '\u{fe0f}')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_every_emoji_has_a_german_name() {
        let all = emojis::iter().count();
        let named = emojis::iter().filter(|emoji| name_of(emoji.as_str()).is_some());
        let named = named.count();
        assert!(named * 100 >= all * 99, "{named} of {all}");
        for (emoji, name) in [
            ("❤️", "rotes Herz"),
            ("🇩🇪", "Flagge: Deutschland"),
            ("👍", "Daumen hoch"),
            ("👍🏽", "Daumen hoch: mittlere Hautfarbe"),
            ("🏳️‍🌈", "Regenbogenflagge"),
        ] {
            assert_eq!(name_of(emoji).as_deref(), Some(name));
        }
        assert_eq!(name_of("x"), None);
    }
}
