//! The pure packages: no input or output, no clock, no randomness of the operating system.

use crate::repository::{Package, Repository, Section, Violation};
use crate::source;

/// Packages whose effects are data.
const PURE: &[&str] = &[
    "onym-identity",
    "onym-stream",
    "onym-server-protocol",
    "onym-client-protocol",
];

/// Draws plain data: as pure as the others, but for egui.
const VIEW: &str = "onym-view";
const VIEW_DEPENDENCIES: &[&str] = &[
    "egui",
    "emojis",
    "fluent-bundle",
    "onym-client-protocol",
    "onym-identity",
    "png",
    "qrcode",
    "twemoji-assets",
    "unicode-bidi",
    "unicode-segmentation",
];

/// Dependencies that bring the outside world along, with what they bring.
const IMPURE: &[(&str, &str)] = &[
    ("tokio", "it waits for sockets and clocks"),
    ("tokio-*", "it waits for sockets and clocks"),
    ("async-std", "it waits for sockets and clocks"),
    ("mio", "it waits for sockets"),
    ("socket2", "it opens sockets"),
    ("rustls", "it belongs to a connection"),
    ("arti-*", "it opens connections"),
    ("tor-*", "it opens connections"),
    ("sled", "it writes files"),
    ("redb", "it writes files"),
    ("tempfile", "it writes files"),
    ("directories", "it reads the environment"),
    ("egui", "it draws"),
    ("eframe", "it opens a window"),
    ("winit", "it opens a window"),
    (
        "rand",
        "it takes randomness from the operating system; rand_core is an argument",
    ),
    (
        "getrandom",
        "it takes randomness from the operating system; rand_core is an argument",
    ),
    ("chrono", "it reads the clock"),
    ("time", "it reads the clock"),
];

/// What tests of a pure package may use all the same: they make their own randomness and files.
const ALLOWED_IN_TESTS: &[&str] = &["rand", "tempfile"];

/// What stands beside a pure package in its own benchmark: the program it is measured against.
const ALLOWED_IN_BENCHES: &[(&str, &str)] =
    &[("onym-stream", "tokio"), ("onym-stream", "tokio-xmpp")];

/// Code that reaches outside, with what it does there.
const IMPURE_CODE: &[(&str, &str)] = &[
    ("std::net", "sockets belong to the driver"),
    ("std::fs", "files belong to the driver"),
    ("std::env", "the environment belongs to the driver"),
    ("std::process", "processes belong to the driver"),
    ("std::thread", "threads belong to the driver"),
    ("std::io::stdin", "terminals belong to the driver"),
    ("SystemTime::now", "`now` is an argument"),
    ("Instant::now", "`now` is an argument"),
    ("OsRng", "`rng` is an argument"),
    ("SysRng", "`rng` is an argument"),
    ("thread_rng", "`rng` is an argument"),
];

pub(crate) fn manifest_violations(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in repository.packages() {
        for (section, name, _) in package.dependencies() {
            if let Some(why) = refused_dependency(&package.name, section, &name) {
                let reason = format!("{} may not name {name}: {why}", package.name);
                found.push(Violation {
                    file: package.manifest_path(),
                    rule: "purity",
                    reason,
                });
            }
        }
    }
    found
}

fn refused_dependency(package: &str, section: Section, name: &str) -> Option<&'static str> {
    if package == VIEW && section != Section::Dev {
        return (!VIEW_DEPENDENCIES.contains(&name))
            .then_some("it draws plain data with egui alone");
    }
    let allowed = section == Section::Dev
        && (ALLOWED_IN_TESTS.contains(&name) || ALLOWED_IN_BENCHES.contains(&(package, name)));
    if allowed || !PURE.contains(&package) {
        return None;
    }
    IMPURE
        .iter()
        .find(|(pattern, _)| matches_name(pattern, name))
        .map(|(_, why)| *why)
}

fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

pub(crate) fn source_violations(repository: &Repository) -> Vec<Violation> {
    let is_pure = |package: &Package| PURE.contains(&package.name.as_str()) || package.name == VIEW;
    let mut found = Vec::new();
    for package in repository.packages().into_iter().filter(is_pure) {
        for (path, text) in repository.sources_in(&package.folder) {
            // An example is a program of its own around the package.
            let is_example = path.contains("/examples/");
            if is_example || source::is_test_file(path) {
                continue;
            }
            let code = source::production_code(text);
            for (name, why) in IMPURE_CODE
                .iter()
                .filter(|(name, _)| source::names_path(&code, name))
            {
                let reason = format!("{name} in the pure package {}: {why}", package.name);
                found.push(Violation {
                    file: path.to_owned(),
                    rule: "purity",
                    reason,
                });
            }
        }
    }
    found
}

mod tests {
    use super::*;

    const ROOT: (&str, &str) = ("Cargo.toml", "[workspace]\nmembers = ['pure', 'view']");

    fn repository(dependencies: &str, code: &str) -> Repository {
        let manifest = format!("[package]\nname = 'onym-stream'\n{dependencies}");
        Repository::of(&[
            ROOT,
            ("pure/Cargo.toml", &manifest),
            ("pure/src/lib.rs", code),
        ])
    }

    #[test]
    fn an_impure_dependency_is_refused() {
        for name in [
            "tokio",
            "arti-client",
            "tor-hsservice",
            "sled",
            "egui",
            "rand",
            "rustls",
        ] {
            let manifest = format!("[dependencies]\n{name} = '1'");
            let found = manifest_violations(&repository(&manifest, ""));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
        }
        let found = manifest_violations(&repository("[dev-dependencies]\nsled = '1'", ""));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_pure_dependency_is_accepted() {
        let manifest = "[dependencies]\nrand_core = '0.10'\n[dev-dependencies]\nrand = '0.10'";
        assert_eq!(manifest_violations(&repository(manifest, "")), []);
    }

    #[test]
    fn the_view_draws_and_nothing_else() {
        let refused =
            "[package]\nname = 'onym-view'\n[dependencies]\negui = '1'\nonym-stream = '1'";
        let found = manifest_violations(&Repository::of(&[ROOT, ("view/Cargo.toml", refused)]));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn code_that_reaches_outside_is_refused() {
        for (name, _) in IMPURE_CODE {
            let code = format!("fn f() {{\n    let x = {name}();\n}}\n");
            let found = source_violations(&repository("", &code));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
        }
    }

    #[test]
    fn tests_and_comments_may_name_the_outside() {
        let code =
            "//! No `std::net` here.\nfn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(source_violations(&repository("", code)), []);
    }
}
