//! Who may depend on whom.

use crate::repository::{Repository, Section, Violation};

const RULE: &str = "arrow";

/// A package, the packages that it may name, and those that only its tests may name.
///
/// The order is from the bottom to the top: nobody names a package that stands below it here.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("onym-identity", &[], &[]),
    ("onym-stream", &["onym-identity"], &[]),
    (
        "onym-server-protocol",
        &["onym-identity", "onym-stream"],
        &[],
    ),
    // The two rule sets never meet in the program; a test may let them talk under one clock.
    (
        "onym-client-protocol",
        &["onym-identity", "onym-stream"],
        &["onym-server-protocol"],
    ),
    ("onym-view", &["onym-identity", "onym-client-protocol"], &[]),
    ("onym-records", &["onym-identity"], &[]),
    (
        "onym-client-store",
        &["onym-identity", "onym-records", "onym-client-protocol"],
        &[],
    ),
    (
        "onym-server",
        &[
            "onym-identity",
            "onym-records",
            "onym-stream",
            "onym-server-protocol",
        ],
        &["onym-tor-network"],
    ),
    ("onym-desktop", &[], &[]),
    ("onym-camera", &["onym-desktop"], &[]),
    (
        "onym",
        &[
            "onym-identity",
            "onym-records",
            "onym-stream",
            "onym-server",
            "onym-desktop",
            "onym-camera",
            "onym-client-protocol",
            "onym-client-store",
            "onym-view",
        ],
        &["onym-tor-network"],
    ),
    ("onym-tor-network", &[], &[]),
    ("onym-tests", EVERYTHING, &[]),
    // The demo drives the program with the helpers of the end-to-end tests.
    (
        "onym-examples",
        &[
            "onym",
            "onym-server",
            "onym-identity",
            "onym-tests",
            "onym-tor-network",
        ],
        &[],
    ),
];

/// What the end-to-end tests may name.
const EVERYTHING: &[&str] = &[
    "onym",
    "onym-client-protocol",
    "onym-client-store",
    "onym-identity",
    "onym-records",
    "onym-server",
    "onym-server-protocol",
    "onym-stream",
    "onym-tor-network",
    "onym-view",
];

pub(crate) fn violations(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in repository.packages() {
        let file = package.manifest_path();
        let Some((_, allowed, in_tests)) = ARROWS.iter().find(|(name, ..)| *name == package.name)
        else {
            let reason = format!("{:?} has no line in the table of arrows", package.name);
            found.push(Violation {
                file,
                rule: RULE,
                reason,
            });
            continue;
        };
        for (section, name, _) in package.dependencies() {
            if !is_ours(&name) || allowed.contains(&name.as_str()) {
                continue;
            }
            if section == Section::Dev && in_tests.contains(&name.as_str()) {
                continue;
            }
            let reason = format!(
                "{} may not depend on {name}, only on {allowed:?}",
                package.name
            );
            found.push(Violation {
                file: file.clone(),
                rule: RULE,
                reason,
            });
        }
    }
    found
}

fn is_ours(name: &str) -> bool {
    name == "onym" || name.starts_with("onym-")
}

mod tests {
    use super::*;

    fn check(folder: &str, manifest: &str) -> Vec<Violation> {
        let root = format!("[workspace]\nmembers = ['{folder}']");
        let path = format!("{folder}/Cargo.toml");
        violations(&Repository::of(&[("Cargo.toml", &root), (&path, manifest)]))
    }

    #[test]
    fn an_arrow_upwards_is_refused() {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let found = check(
                "identity",
                &format!(
                    "[package]\nname = 'onym-identity'\n[{section}]\nonym-stream.workspace = true"
                ),
            );
            assert_eq!(found.len(), 1, "{section}: {found:?}");
        }
    }

    #[test]
    fn the_two_rule_sets_meet_only_in_tests() {
        let manifest = |section| {
            format!(
                "[package]\nname = 'onym-client-protocol'\n[{section}]\n\
                 onym-server-protocol.workspace = true"
            )
        };
        assert_eq!(check("client/protocol", &manifest("dependencies")).len(), 1);
        assert_eq!(check("client/protocol", &manifest("dev-dependencies")), []);
    }

    #[test]
    fn a_package_without_a_place_is_refused() {
        assert_eq!(check("extra", "[package]\nname = 'onym-extra'").len(), 1);
    }

    #[test]
    fn the_table_has_no_way_back_up() {
        for (at, (name, allowed, in_tests)) in ARROWS.iter().enumerate() {
            for below in allowed.iter().chain(*in_tests) {
                let place = ARROWS.iter().position(|(other, ..)| other == below);
                let is_test_tool = *below == "onym-tor-network";
                assert!(
                    place.is_some_and(|place| place < at || is_test_tool),
                    "{name} -> {below}"
                );
            }
        }
    }
}
