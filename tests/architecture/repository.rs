//! The repository as plain data: its files by path, and its parsed manifests.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

use toml::Table;

/// Text files by their path relative to the root, with `/` between the parts.
pub(crate) struct Repository {
    files: BTreeMap<String, String>,
}

/// One package of the workspace.
pub(crate) struct Package {
    /// Folder relative to the root, without a trailing slash.
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) manifest: Table,
}

/// What is wrong, where, and why that matters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) file: String,
    pub(crate) rule: &'static str,
    pub(crate) reason: String,
}

/// A section of a manifest that lists dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Normal,
    Build,
    Dev,
}

impl Repository {
    /// Reads the checkout that this test was built from.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the tests live in a folder of the workspace");
        let mut files = BTreeMap::new();
        for path in listed_by_git(root).unwrap_or_else(|| listed_by_walking(root)) {
            // A binary file has no rule to keep; a file that was just deleted is gone.
            if let Ok(text) = std::fs::read_to_string(root.join(&path)) {
                files.insert(path, text);
            }
        }
        assert!(
            files.contains_key("Cargo.toml"),
            "{} is no workspace",
            root.display()
        );
        Self { files }
    }

    /// A repository for the tests of a rule.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            files: files.iter().map(owned).collect(),
        }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The Rust sources inside a folder.
    pub(crate) fn sources_in(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        let inside = format!("{folder}/");
        self.files()
            .filter(move |(path, _)| path.starts_with(&inside) && path.ends_with(".rs"))
    }

    /// A parsed file; an absent one is an empty table, which then breaks the rules that need it.
    pub(crate) fn table(&self, path: &str) -> Table {
        self.text(path)
            .unwrap_or_default()
            .parse()
            .expect("a manifest that cargo accepts is TOML")
    }

    /// The members of the workspace.
    pub(crate) fn packages(&self) -> Vec<Package> {
        let root = self.table("Cargo.toml");
        let members = root
            .get("workspace")
            .and_then(|workspace| workspace.get("members"))
            .and_then(toml::Value::as_array)
            .cloned()
            .unwrap_or_default();
        members
            .iter()
            .filter_map(toml::Value::as_str)
            .map(|folder| self.package(folder))
            .collect()
    }

    fn package(&self, folder: &str) -> Package {
        let manifest = self.table(&format!("{folder}/Cargo.toml"));
        let name = manifest
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Package {
            folder: folder.to_owned(),
            name,
            manifest,
        }
    }
}

impl Package {
    pub(crate) fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Every dependency with its section, also those under `[target.'cfg(..)']`.
    pub(crate) fn dependencies(&self) -> Vec<(Section, String, toml::Value)> {
        let mut tables = vec![&self.manifest];
        if let Some(targets) = self.manifest.get("target").and_then(toml::Value::as_table) {
            tables.extend(targets.values().filter_map(toml::Value::as_table));
        }
        let mut found = Vec::new();
        for table in tables {
            for (section, key) in [
                (Section::Normal, "dependencies"),
                (Section::Build, "build-dependencies"),
                (Section::Dev, "dev-dependencies"),
            ] {
                let listed = table.get(key).and_then(toml::Value::as_table);
                for (name, value) in listed.into_iter().flatten() {
                    found.push((section, real_name(name, value), value.clone()));
                }
            }
        }
        found
    }
}

/// The name in the registry of a dependency, which `package = ".."` may hide behind another.
fn real_name(key: &str, value: &toml::Value) -> String {
    value
        .get("package")
        .and_then(toml::Value::as_str)
        .unwrap_or(key)
        .to_owned()
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}: {}", self.file, self.rule, self.reason)
    }
}

/// Tracked files, and new ones that are not ignored; `None` without a usable git.
fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let paths = String::from_utf8(output.stdout).ok()?;
    Some(
        paths
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

/// All files but those that git would ignore or keep for itself: for an unpacked archive.
fn listed_by_walking(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the checkout is readable") {
            let path = entry.expect("the checkout is readable").path();
            let relative = path
                .strip_prefix(root)
                .expect("it was found below the root");
            let name = relative.to_string_lossy().replace('\\', "/");
            if matches!(name.as_str(), "target" | "output" | ".git") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(name);
            }
        }
    }
    found
}

mod tests {
    use super::*;

    #[test]
    fn walking_finds_what_git_lists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let walked = listed_by_walking(root);
        for path in [
            "Cargo.toml",
            "tests/architecture.rs",
            "tests/architecture/repository.rs",
        ] {
            assert!(
                walked.iter().any(|found| found == path),
                "{path} was not found"
            );
        }
        assert!(!walked.iter().any(|found| found.starts_with("target/")));
    }

    #[test]
    fn dependencies_of_a_target_and_under_another_name_are_seen() {
        let repository = Repository::of(&[
            ("Cargo.toml", "[workspace]\nmembers = ['a']"),
            (
                "a/Cargo.toml",
                "[package]\nname = 'onym-a'\n\
                 [target.'cfg(unix)'.dependencies]\nhidden = { package = 'tokio', version = '1' }",
            ),
        ]);
        let package = repository.packages().remove(0);
        let (section, name, _) = package.dependencies().remove(0);
        assert_eq!((section, name.as_str()), (Section::Normal, "tokio"));
    }
}
