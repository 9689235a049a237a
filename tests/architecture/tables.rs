//! `ARCHITECTURE.md` keeps up with the manifests and the sources.

use std::collections::BTreeSet;

use crate::repository::{Repository, Violation};
use crate::source;

const PAGE: &str = "ARCHITECTURE.md";

/// Every dependency of the workspace has a row `` | `name` | what for and why | ``.
pub(crate) fn dependency_violations(repository: &Repository) -> Vec<Violation> {
    let reasons = rows_with_a_reason(repository.text(PAGE).unwrap_or_default());
    let root = repository.table("Cargo.toml");
    let listed = root
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(toml::Value::as_table);
    let foreign = listed
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.get("path").is_none());
    let foreign: BTreeSet<&str> = foreign.map(|(name, _)| name.as_str()).collect();
    let mut found = Vec::new();
    for name in &foreign {
        if !reasons.contains(*name) {
            let reason = format!("`{name}` has no row with a reason in the dependency table");
            found.push(Violation {
                file: PAGE.to_owned(),
                rule: "dependency",
                reason,
            });
        }
    }
    found
}

/// Names in back quotes in the first cell of rows whose other cells say something.
fn rows_with_a_reason(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with('|')) {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let first = cells.next().unwrap_or_default();
        if cells.any(|cell| cell.contains(' ')) {
            // Between back quotes is every second piece.
            names.extend(first.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    names
}

/// Every package has a heading of its own with at least one invariant below it.
pub(crate) fn code_map_violations(repository: &Repository) -> Vec<Violation> {
    let page = repository.text(PAGE).unwrap_or_default();
    let mut found = Vec::new();
    for package in repository.packages() {
        let has_invariant = page
            .split("\n### ")
            .skip(1)
            .map(|part| part.split("\n## ").next().unwrap_or(part))
            .filter(|part| {
                part.lines()
                    .next()
                    .unwrap_or_default()
                    .contains(&format!("`{}/`", package.folder))
            })
            .any(|part| part.contains("\nInvariant: "));
        if !has_invariant {
            let reason = format!(
                "the code map needs a heading with `{}/` and a line \"Invariant: ..\" below it",
                package.folder
            );
            found.push(Violation {
                file: PAGE.to_owned(),
                rule: "code map",
                reason,
            });
        }
    }
    found
}

/// Every `XEP-nnnn` that stands above a module has a row in a table of the README or the docs.
pub(crate) fn specification_violations(repository: &Repository) -> Vec<Violation> {
    let is_page = |path: &str| {
        path == "README.md" || path == PAGE || (path.starts_with("docs/") && path.ends_with(".md"))
    };
    let listed: BTreeSet<String> = repository
        .files()
        .filter(|(path, _)| is_page(path))
        .flat_map(|(_, text)| text.lines())
        .filter(|line| line.starts_with('|'))
        .flat_map(specifications)
        .collect();
    let mut found = Vec::new();
    for (path, text) in repository.files().filter(|(path, _)| path.ends_with(".rs")) {
        if source::is_test_file(path) {
            continue;
        }
        for name in titled_specifications(text).difference(&listed) {
            let reason = format!("{name} stands above a module and in no table of a page");
            found.push(Violation {
                file: path.to_owned(),
                rule: "specification",
                reason,
            });
        }
    }
    found
}

/// The specifications named in a doc comment above a module, or in the first line of a file.
fn titled_specifications(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let first = source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("//!"));
    found.extend(first.into_iter().flat_map(titles));
    let mut above = Vec::new();
    for line in source.lines().map(str::trim_start) {
        if let Some(text) = line.strip_prefix("///") {
            above.extend(titles(text));
        } else if !line.starts_with("#[") {
            let is_module = line.split_whitespace().take(2).any(|word| word == "mod");
            found.extend(above.drain(..).filter(|_| is_module));
        }
    }
    found
}

/// The specifications in a line of a comment that begins with one.
fn titles(line: &str) -> Vec<String> {
    let line = line.trim_start();
    if line.starts_with("XEP-") {
        specifications(line)
    } else {
        Vec::new()
    }
}

/// Every `XEP-nnnn` in a text.
fn specifications(text: &str) -> Vec<String> {
    let numbers = text
        .match_indices("XEP-")
        .filter_map(|(at, _)| text.get(at..at + 8));
    let is_number = |name: &&str| name.chars().skip(4).all(|c| c.is_ascii_digit());
    numbers.filter(is_number).map(str::to_owned).collect()
}

mod tests {
    use super::*;

    const ROOT: &str = "[workspace]\nmembers = ['a']\n[workspace.dependencies]\n\
                        serde = '1'\nonym-a = { path = 'a' }\n";
    const USER: &str = "[package]\nname = 'onym-a'\n[dev-dependencies]\nserde.workspace = true";

    fn check(page: &str) -> usize {
        let files = [("Cargo.toml", ROOT), ("a/Cargo.toml", USER), (PAGE, page)];
        dependency_violations(&Repository::of(&files)).len()
    }

    #[test]
    fn a_dependency_without_a_reason_is_refused() {
        assert_eq!(check("| `serde` | reads what a peer wrote |"), 0);
        assert_eq!(check("| `other`, `serde` | reads what a peer wrote |"), 0);
        for page in [
            "",
            "`serde` is used",
            "| `serde` | |",
            "| other | `serde` and why |",
        ] {
            assert_eq!(check(page), 1, "{page}");
        }
    }

    #[test]
    fn a_package_that_is_not_on_the_map_is_refused() {
        let check = |page: &str| {
            let files = [("Cargo.toml", ROOT), ("a/Cargo.toml", USER), (PAGE, page)];
            code_map_violations(&Repository::of(&files)).len()
        };
        assert_eq!(check("## Map\n\n### `a/`\n\nInvariant: it holds.\n"), 0);
        assert_eq!(check("## Map\n\n### `a/`\n\nNothing holds.\n"), 1);
        assert_eq!(check("## Map\n\n### `b/`\n\nInvariant: it holds.\n"), 1);
        assert_eq!(
            check("## Map\n\n### `a/`\n\n## Rest\n\nInvariant: elsewhere.\n"),
            1
        );
    }

    #[test]
    fn a_specification_that_no_table_lists_is_refused() {
        let check = |readme: &str, source: &str| {
            let files = [("README.md", readme), ("a/src/lib.rs", source)];
            specification_violations(&Repository::of(&files)).len()
        };
        for source in [
            "/// XEP-0199: XMPP Ping\npub mod ping;",
            "/// XEP-0199: XMPP Ping\n#[cfg(unix)]\npub(crate) mod ping;",
            "//! XEP-0199: XMPP Ping\n",
        ] {
            assert_eq!(check("| XEP-0199 | Ping |", source), 0, "{source}");
            assert_eq!(
                check("| XEP-0030 | Service Discovery |", source),
                1,
                "{source}"
            );
            assert_eq!(check("XEP-0199 outside a table", source), 1, "{source}");
        }
        let two = "/// XEP-0030: Service Discovery and XEP-0199: XMPP Ping\nmod service;";
        assert_eq!(check("| XEP-0030 | Service Discovery |", two), 1);
        for source in [
            "/// XEP-0045: a namespace\npub const MUC: &str = \"\";",
            "/// Like XEP-0001.\nmod a;",
        ] {
            assert_eq!(check("", source), 0, "{source}");
        }
    }
}
