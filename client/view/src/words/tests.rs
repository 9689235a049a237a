use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::{ENGLISH_FILES, GERMAN_FILES, Words};
use crate::app_model::Language;

/// The blanks of each text.
type Texts = BTreeMap<String, BTreeSet<String>>;

/// The texts in files, with the names of their blanks. Reads the form in which our files are
/// written: a text begins at the beginning of a line and goes on in indented ones.
fn texts(files: &[&str]) -> Texts {
    let mut texts = Texts::new();
    for file in files {
        let mut last = None;
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, _)) = line.split_once(" =")
                && !line.starts_with([' ', '}'])
            {
                let before = texts.insert(key.to_owned(), BTreeSet::new());
                assert_eq!(before, None, "{key} stands there twice");
                last = Some(key.to_owned());
            }
            let Some(blanks) = last.as_ref().and_then(|key| texts.get_mut(key)) else {
                continue;
            };
            for part in line.split('$').skip(1) {
                let is_name = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
                blanks.insert(part.chars().take_while(is_name).collect());
            }
        }
    }
    texts
}

fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The code of this package that draws, without tests and without made-up people.
fn drawing_code() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    files.retain(|path| {
        let path = path.strip_prefix(&root).unwrap();
        let is_left_out = |name: &str| path.iter().any(|part| part == name);
        !["tests", "tests.rs", "sample", "sample.rs"]
            .into_iter()
            .any(is_left_out)
    });
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        (path, code.to_owned())
    };
    files.into_iter().map(read).collect()
}

/// The string literals of a line of code, each with what stands before it. Comments have none.
fn literals(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        match (letter, start) {
            ('/', None) if line[at..].starts_with("//") => break,
            ('"', None) if !line[..at].ends_with('\'') => start = Some(at + 1),
            ('"', Some(from)) if !escaped => {
                found.push((&line[..from - 1], &line[from..at]));
                start = None;
            }
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    found
}

/// Names of files and tables in memory look like keys and are none.
fn is_key(literal: &str) -> bool {
    literal.contains('-')
        && literal.starts_with(|letter: char| letter.is_ascii_lowercase())
        && !literal.ends_with('-')
        && literal
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
}

#[test]
fn every_file_can_be_read() {
    for file in ENGLISH_FILES.iter().chain(GERMAN_FILES) {
        if let Err((_, mistakes)) = FluentResource::try_new((*file).to_owned()) {
            panic!("{mistakes:?} in\n{file}");
        }
    }
}

#[test]
fn every_language_has_every_text_with_the_same_blanks() {
    let (english, german) = (texts(ENGLISH_FILES), texts(GERMAN_FILES));
    for (key, blanks) in &english {
        assert_eq!(german.get(key), Some(blanks), "{key} in German");
    }
    for key in german.keys() {
        assert!(english.contains_key(key), "{key} is in German only");
    }
}

#[test]
fn every_text_can_be_filled() {
    for (language, files) in [
        (Language::English, ENGLISH_FILES),
        (Language::German, GERMAN_FILES),
    ] {
        for (key, blanks) in texts(files) {
            for count in [0_u32, 1, 2, 7] {
                let blanks: Vec<_> = blanks
                    .iter()
                    .map(|name| (name.as_str(), count.into()))
                    .collect();
                let text = Words::new(language).with(&key, &blanks);
                assert!(
                    !text.contains(['{', '}', '$']),
                    "{language:?} {key}: {text}"
                );
                assert_ne!(text, key, "{language:?}");
            }
        }
    }
}

#[test]
fn the_source_names_texts_that_exist_and_all_of_them() {
    let known = texts(ENGLISH_FILES);
    let mut unused: BTreeSet<&str> = known.keys().map(String::as_str).collect();
    for (path, code) in drawing_code() {
        for (number, line) in (1..).zip(code.lines()) {
            for (_, literal) in literals(line) {
                let is_known = known.contains_key(literal);
                unused.remove(literal);
                let place = format!("{}:{number}", path.display());
                assert!(is_known || !is_key(literal), "{place}: no text {literal:?}");
            }
        }
    }
    assert!(unused.is_empty(), "no code uses {unused:?}");
}

/// Names for memory and errors, which nobody sees.
const NOT_SHOWN: &[&str] = &[
    "Id::unique(",
    "id_salt(",
    "FIELD: &str = ",
    ".with((",
    "scope_id().with(",
    "GlyphRasterizer::new(",
    "const REGULAR: &str = ",
    "const HEAVIER: &str = ",
    "#[error(",
    "reason = ",
    "debug_struct(",
    ".field(",
    "include_bytes!(",
    "include_str!(",
    "concat!(",
    "placed_ui(",
    "Panel::",
    "column_ui(",
    "write_str(",
];

/// Whether a literal looks like a text for people: two words, or a word that begins large.
fn is_for_people(literal: &str) -> bool {
    let letters = |word: &&str| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
    let words = literal
        .split([' ', '\n'])
        .filter(|word| !word.contains(['{', '}', ':']))
        .filter(letters)
        .count();
    let mut start = literal.chars();
    let begins_large = start.next().is_some_and(char::is_uppercase)
        && start.next().is_some_and(char::is_lowercase);
    words > 1 || begins_large
}

#[test]
fn no_code_speaks_english_itself() {
    let mut found = Vec::new();
    for (path, code) in drawing_code() {
        for (number, line) in (1..).zip(code.lines()) {
            for (before, literal) in literals(line) {
                let is_hidden =
                    NOT_SHOWN.iter().any(|call| before.contains(call)) || literal == "Onym";
                if is_for_people(literal) && !is_hidden {
                    found.push(format!("{}:{number}: {literal:?}", path.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "texts belong into i18n: {found:#?}");
}

#[test]
fn a_missing_text_shows_its_key() {
    assert_eq!(
        Words::new(Language::German).get("nothing-here"),
        "nothing-here"
    );
}
