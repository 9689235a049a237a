//! What every manifest takes from the root, so that it is said once.

use toml::Table;

use crate::repository::{Package, Repository, Violation};

const RULE: &str = "manifest";

/// Keys of `[package]` that the root decides.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];
const LICENCE: &str = "GPL-3.0-or-later";

pub(crate) fn violations(repository: &Repository) -> Vec<Violation> {
    let mut found = root_violations(&repository.table("Cargo.toml"));
    let packages = repository.packages();
    for package in &packages {
        found.extend(package_violations(package));
    }
    for (path, _) in repository
        .files()
        .filter(|(path, _)| path.ends_with("/Cargo.toml"))
    {
        if !packages
            .iter()
            .any(|package| package.manifest_path() == path)
        {
            let reason = "it belongs to no member of the workspace".to_owned();
            found.push(Violation {
                file: path.to_owned(),
                rule: RULE,
                reason,
            });
        }
    }
    found
}

fn root_violations(root: &Table) -> Vec<Violation> {
    let workspace = root.get("workspace");
    let value = |path: &[&str]| {
        path.iter()
            .try_fold(workspace?, |at, key| at.get(key))
            .and_then(toml::Value::as_str)
    };
    let mut found = Vec::new();
    let mut refuse = |reason: &str| {
        let reason = reason.to_owned();
        found.push(Violation {
            file: "Cargo.toml".to_owned(),
            rule: RULE,
            reason,
        });
    };
    if value(&["lints", "rust", "unsafe_code"]) != Some("forbid") {
        refuse("unsafe_code must be \"forbid\": no rule of ours needs it");
    }
    if value(&["package", "license"]) != Some(LICENCE) {
        refuse("the licence of the workspace is GPL-3.0-or-later");
    }
    found
}

fn package_violations(package: &Package) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut refuse = |reason: String| {
        found.push(Violation {
            file: package.manifest_path(),
            rule: RULE,
            reason,
        });
    };
    let inherits = |table: &str, key: Option<&str>| {
        let table = package.manifest.get(table);
        let value = key.map_or(table, |key| table?.get(key));
        value
            .and_then(|value| value.get("workspace"))
            .and_then(toml::Value::as_bool)
            == Some(true)
    };
    for key in INHERITED {
        if !inherits("package", Some(key)) {
            refuse(format!("[package] must say {key}.workspace = true"));
        }
    }
    if !inherits("lints", None) {
        refuse("[lints] must say workspace = true: the rules are the same everywhere".to_owned());
    }
    for (_, name, value) in package.dependencies() {
        if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
            refuse(format!(
                "{name} must say workspace = true: the root decides versions"
            ));
        }
    }
    found
}

mod tests {
    use super::*;

    const ROOT: &str = "[workspace]\nmembers = ['a']\n\
                        [workspace.package]\nlicense = 'GPL-3.0-or-later'\n\
                        [workspace.lints.rust]\nunsafe_code = 'forbid'\n";
    const GOOD: &str = "[package]\nname = 'onym-a'\nversion.workspace = true\n\
                        edition.workspace = true\nrust-version.workspace = true\n\
                        license.workspace = true\npublish.workspace = true\n\
                        [lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n";

    fn check(root: &str, manifest: &str) -> Vec<Violation> {
        violations(&Repository::of(&[
            ("Cargo.toml", root),
            ("a/Cargo.toml", manifest),
        ]))
    }

    #[test]
    fn a_good_manifest_is_accepted() {
        assert_eq!(check(ROOT, GOOD), []);
    }

    #[test]
    fn each_missing_line_is_refused() {
        for line in [
            "version.workspace = true\n",
            "edition.workspace = true\n",
            "license.workspace = true\n",
            "[lints]\nworkspace = true\n",
        ] {
            let found = check(ROOT, &GOOD.replacen(line, "", 1));
            assert!(!found.is_empty(), "{line:?} may be left out");
        }
        let own_version = GOOD.replace("serde.workspace = true", "serde = '1'");
        assert_eq!(check(ROOT, &own_version).len(), 1);
    }

    #[test]
    fn a_root_that_allows_unsafe_code_or_another_licence_is_refused() {
        assert_eq!(check(&ROOT.replace("forbid", "deny"), GOOD).len(), 1);
        assert_eq!(
            check(&ROOT.replace("GPL-3.0-or-later", "MIT"), GOOD).len(),
            1
        );
    }

    #[test]
    fn a_stray_manifest_is_refused() {
        let repository = Repository::of(&[
            ("Cargo.toml", ROOT),
            ("a/Cargo.toml", GOOD),
            ("b/Cargo.toml", GOOD),
        ]);
        assert_eq!(violations(&repository).len(), 1);
    }
}
