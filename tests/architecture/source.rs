//! Just enough of Rust's lexical rules to tell code from comments, literals and tests.

/// The code of a file: comments and the contents of literals are blanked, lines are kept.
pub(crate) fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            blank(&mut code, rest, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            blank(&mut code, rest, block_comment_length(rest))
        } else if let Some(length) = literal_length(rest) {
            blank(&mut code, rest, length)
        } else if first.is_alphanumeric() || first == '_' {
            // A whole word at once, so that the `r` of `for"` starts no raw string.
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            code.push_str(rest.get(..end).unwrap_or_default());
            end
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    code
}

/// The code of a file without the items under `#[cfg(test)]`.
///
/// Relies on rustfmt: a test item starts at the beginning of a line, and ends with the first
/// following line that starts with `}` or that ends with `;` before any block was opened.
pub(crate) fn production_code(source: &str) -> String {
    let code = code_of(source);
    let mut kept = String::with_capacity(code.len());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(test)]") {
            skip_item(line, &mut lines);
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// True for files that hold nothing but tests and benchmarks.
pub(crate) fn is_test_file(path: &str) -> bool {
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    if name == "tests.rs" {
        return true;
    }
    // The folder `tests/` at the top is a package of its own, whose helpers live in `src`.
    if path.starts_with("tests/") {
        return !folders.contains(&"src");
    }
    folders
        .iter()
        .any(|folder| matches!(*folder, "tests" | "benches" | "fuzz"))
}

/// Whether the code names a path, also as a member of `use a::{b, c}`.
pub(crate) fn names_path(code: &str, wanted: &str) -> bool {
    let dense = dense(code);
    if contains_path(&dense, wanted) {
        return true;
    }
    let Some((parent, member)) = wanted.rsplit_once("::") else {
        return false;
    };
    let group = format!("{parent}::{{");
    let mut rest = dense.as_str();
    while let Some((before, inside)) = rest.split_once(&group) {
        if !before.ends_with(is_path_character) && group_names(inside, member) {
            return true;
        }
        rest = inside;
    }
    false
}

/// Whether the members of an opened `{..}` at its own level contain a name.
fn group_names(inside: &str, member: &str) -> bool {
    let mut depth = 0_usize;
    let mut word = String::new();
    let mut words = Vec::new();
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => words.push(std::mem::take(&mut word)),
            _ if depth == 0 => word.push(c),
            _ => {}
        }
    }
    words.push(word);
    // `net`, `net::SocketAddr`, `net::{..}` and `net as n` all name `net`.
    words.iter().any(|word| {
        let head = word.split("::").next().unwrap_or_default();
        head.split(' ').next() == Some(member)
    })
}

/// Code without the white space that is not needed to tell words apart.
fn dense(code: &str) -> String {
    let mut dense = String::with_capacity(code.len());
    for word in code.split_whitespace() {
        let touching = dense.ends_with(is_path_character) && word.starts_with(is_path_character);
        if touching && !dense.ends_with(':') && !word.starts_with(':') {
            dense.push(' ');
        }
        dense.push_str(word);
    }
    dense
}

/// Whether a path occurs as whole words.
fn contains_path(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        let after = code.get(at + path.len()..).unwrap_or_default();
        let leads = before
            .strip_suffix("use::")
            .or(before.strip_suffix("::"))
            .unwrap_or(before);
        let is_whole = !leads.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_tail = !path.contains("::") && before.ends_with("::");
        (is_whole || is_tail) && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

fn is_path_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == ':'
}

/// Passes over the item that a `#[cfg(test)]` line introduces.
fn skip_item<'a>(first: &'a str, lines: &mut impl Iterator<Item = &'a str>) {
    let mut line = first.trim_start_matches("#[cfg(test)]");
    let mut opened = false;
    loop {
        opened |= line.contains('{');
        let on_one_line = !line.starts_with(' ') && line.ends_with('}') && balanced(line);
        if line.starts_with('}') || on_one_line || (!opened && line.ends_with(';')) {
            return;
        }
        let Some(next) = lines.next() else { return };
        line = next.trim_end();
    }
}

/// Whether a line closes as many blocks as it opens.
fn balanced(line: &str) -> bool {
    line.matches('{').count() == line.matches('}').count()
}

/// Blanks the first `length` bytes of `rest`; line ends stay.
fn blank(code: &mut String, rest: &str, length: usize) -> usize {
    for c in rest.get(..length).unwrap_or_default().chars() {
        code.push(if c == '\n' { '\n' } else { ' ' });
    }
    length
}

/// Bytes of a block comment, which may contain others.
fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Bytes of the string or character literal at the beginning of `rest`, if there is one.
fn literal_length(rest: &str) -> Option<usize> {
    if let Some(length) = raw_string_length(rest) {
        return Some(length);
    }
    for prefix in ["", "b", "c"] {
        let Some(inside) = rest.strip_prefix(prefix) else {
            continue;
        };
        if let Some(inside) = inside.strip_prefix('"') {
            return Some(prefix.len() + 1 + quoted_length(inside, '"'));
        }
    }
    character_length(rest)
}

/// Bytes up to and including the closing quote; a backslash protects what follows it.
fn quoted_length(inside: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    inside.len()
}

fn raw_string_length(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r"]
        .into_iter()
        .find(|prefix| rest.starts_with(prefix))?;
    let inside = rest.strip_prefix(prefix)?;
    let hashes = inside.len() - inside.trim_start_matches('#').len();
    let inside = inside.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = prefix.len() + hashes + 1;
    Some(
        inside
            .find(&end)
            .map_or(rest.len(), |at| start + at + end.len()),
    )
}

/// A character literal, and not a lifetime or a label.
fn character_length(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        return Some(1 + quoted_length(inside, '\''));
    }
    let after = inside.get(first.len_utf8()..)?;
    after.starts_with('\'').then(|| first.len_utf8() + 2)
}

mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = "let a = \"std::net\"; // std::fs\n/* std::env /* x */ y */ let b = r#\"\"q\"#;\n\
                      let c: &'static str = b\"\\\"std::fs\"; let d = '\"'; std::thread";
        let code = code_of(source);
        for hidden in ["std::net", "std::fs", "std::env"] {
            assert!(!names_path(&code, hidden), "{hidden} in {code}");
        }
        assert!(names_path(&code, "std::thread"));
        assert!(code.contains("&'static str"));
        assert_eq!(code.lines().count(), source.lines().count());
    }

    #[test]
    fn a_path_is_found_in_every_form() {
        for code in [
            "use std::net::SocketAddr;",
            "use ::std::net;",
            "use std::{fmt, net};",
            "use std::{\n    fmt::{self, Debug},\n    net::{IpAddr},\n};",
            "let x = std :: net::lookup();",
            "use std::{net as n};",
        ] {
            assert!(names_path(&code_of(code), "std::net"), "{code}");
        }
        for code in [
            "use std::netto;",
            "use my_std::net;",
            "use std::{fmt::{net}};",
            "mod net;",
        ] {
            assert!(!names_path(&code_of(code), "std::net"), "{code}");
        }
        assert!(names_path("use rand_core::OsRng;", "OsRng"));
        assert!(!names_path("struct MyOsRng;", "OsRng"));
    }

    #[test]
    fn only_test_items_are_cut() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}\n#[cfg(test)]\nmod more {\n    \
                      fn c() {}\n}\nfn d() {}\n#[cfg(test)]\nfn e() {}\nfn f() {}\n";
        let code = production_code(source);
        assert_eq!(code, "fn a() {}\nfn b() {}\nfn d() {}\nfn f() {}\n");
    }

    #[test]
    fn test_files_are_told_by_their_place() {
        for path in [
            "identity/tests/vectors.rs",
            "client/protocol/src/engine/tests.rs",
            "onion-server/stream/benches/parse.rs",
            "tests/architecture.rs",
            "tests/tor-network/tests/up.rs",
        ] {
            assert!(is_test_file(path), "{path}");
        }
        for path in [
            "identity/src/lib.rs",
            "tests/src/lib.rs",
            "tests/tor-network/src/lib.rs",
        ] {
            assert!(!is_test_file(path), "{path}");
        }
    }
}
