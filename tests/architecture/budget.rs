//! How long a file and a function may be.

use crate::repository::{Repository, Violation};
use crate::source;

const RULE: &str = "budget";

/// Lines of a source file, comments included, its tests apart.
const MAX_FILE_LINES: usize = 600;
/// Lines of a `lib.rs`, which is a map and holds no rules.
const MAX_MAP_LINES: usize = 120;
/// Lines of a function, which clippy counts.
const MAX_FUNCTION_LINES: i64 = 80;

pub(crate) fn violations(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in repository.files().filter(|(path, _)| path.ends_with(".rs")) {
        let mut refuse = |reason: String| {
            found.push(Violation {
                file: path.to_owned(),
                rule: RULE,
                reason,
            });
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        if name == "mod.rs" {
            refuse("a module `foo` lives in `foo.rs`, its parts in `foo/`".to_owned());
        }
        let limit = match name {
            "lib.rs" => MAX_MAP_LINES,
            _ => MAX_FILE_LINES,
        };
        let lines = source::production_code(text).lines().count();
        if lines > limit && !source::is_test_file(path) {
            refuse(format!(
                "{lines} lines without its tests, and {limit} are allowed: split it"
            ));
        }
    }
    found
}

/// Clippy measures functions: its limit must be set and its lint switched on.
pub(crate) fn lint_violations(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    let clippy = repository.table("clippy.toml");
    let threshold = clippy
        .get("too-many-lines-threshold")
        .and_then(toml::Value::as_integer);
    if threshold.is_none_or(|lines| lines > MAX_FUNCTION_LINES) {
        let reason = format!("too-many-lines-threshold must be {MAX_FUNCTION_LINES} or less");
        found.push(Violation {
            file: "clippy.toml".to_owned(),
            rule: RULE,
            reason,
        });
    }
    let root = repository.table("Cargo.toml");
    let level = root
        .get("workspace")
        .and_then(|workspace| workspace.get("lints"))
        .and_then(|lints| lints.get("clippy"))
        .and_then(|clippy| clippy.get("too_many_lines"))
        .and_then(toml::Value::as_str);
    if !matches!(level, Some("warn" | "deny" | "forbid")) {
        let reason = "clippy's too_many_lines must be switched on for the workspace".to_owned();
        found.push(Violation {
            file: "Cargo.toml".to_owned(),
            rule: RULE,
            reason,
        });
    }
    found
}

mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> usize {
        violations(&Repository::of(&[(path, text)])).len()
    }

    #[test]
    fn a_long_file_is_refused() {
        assert_eq!(check("a/src/rule.rs", &"// line\n".repeat(600)), 0);
        assert_eq!(check("a/src/rule.rs", &"// line\n".repeat(601)), 1);
    }

    #[test]
    fn tests_are_not_counted() {
        let tests = format!(
            "#[cfg(test)]\nmod tests {{\n{}}}\n",
            "    // line\n".repeat(700)
        );
        assert_eq!(check("a/src/rule.rs", &tests), 0);
        assert_eq!(check("a/src/rule/tests.rs", &"// line\n".repeat(700)), 0);
        let behind_tests = format!("#[cfg(test)]\nmod tests;\n{}", "// line\n".repeat(601));
        assert_eq!(check("a/src/rule.rs", &behind_tests), 1);
    }

    #[test]
    fn a_lib_is_a_map() {
        assert_eq!(check("a/src/lib.rs", &"// line\n".repeat(120)), 0);
        assert_eq!(check("a/src/lib.rs", &"// line\n".repeat(121)), 1);
    }

    #[test]
    fn a_mod_rs_is_refused() {
        assert_eq!(check("a/src/rule/mod.rs", ""), 1);
    }

    #[test]
    fn a_linter_that_does_not_count_is_refused() {
        let lints = "[workspace.lints.clippy]\ntoo_many_lines = 'warn'";
        let check = |clippy, root| {
            lint_violations(&Repository::of(&[
                ("clippy.toml", clippy),
                ("Cargo.toml", root),
            ]))
            .len()
        };
        assert_eq!(check("too-many-lines-threshold = 80", lints), 0);
        assert_eq!(check("too-many-lines-threshold = 81", lints), 1);
        assert_eq!(check("", ""), 2);
    }
}
