//! No file tells where it was written, and none names the host of a package registry.

use crate::repository::{Repository, Violation};

/// Folders of a machine; each is put together here so that this file passes its own rule.
const FOLDERS: &[&[&str]] = &[
    &["/work", "/"],
    &["/root", "/"],
    &["/home", "/"],
    &["../shared", "/"],
];

/// Hosts that serve packages: the ordinary clients know them, so no file of ours needs to.
const HOSTS: &[&[&str]] = &[
    &["crates", ".io/"],
    &["static.crates", ".io"],
    &["index.crates", ".io"],
    &["crates.io", "-index"],
    &["static.rust-lang", ".org"],
    &["sh.rustup", ".rs"],
    &["pypi", ".org"],
    &["pythonhosted", ".org"],
    &["npmjs", ".org"],
    &["npmjs", ".com"],
    &["deb.debian", ".org"],
    &["security.debian", ".org"],
    &["archive.ubuntu", ".com"],
    &["proxy.golang", ".org"],
];

pub(crate) fn violations(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in repository.files().filter(|(path, _)| *path != "Cargo.lock") {
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(trace) = trace_in(line) {
                let reason =
                    format!("line {number} names {trace}, which is true on one machine only");
                found.push(Violation {
                    file: path.to_owned(),
                    rule: "traces",
                    reason,
                });
            }
        }
    }
    found
}

/// The first trace in a line.
fn trace_in(line: &str) -> Option<String> {
    let folders = FOLDERS.iter().map(|parts| parts.concat());
    let mut folders = folders.filter(|folder| names_folder(line, folder));
    let hosts = HOSTS.iter().map(|parts| parts.concat());
    folders
        .next()
        .or_else(|| hosts.into_iter().find(|host| line.contains(host.as_str())))
}

/// Whether a line names something inside a folder, and not `a/work/b` or `</root>`.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let inside = line.get(at + folder.len()..).unwrap_or_default();
        let is_start = !before.ends_with(|c: char| c.is_alphanumeric() || "_-.~}/".contains(c));
        is_start && inside.starts_with(|c: char| c.is_alphanumeric() || "_-.".contains(c))
    })
}

mod tests {
    use super::*;

    fn check(line: &str) -> usize {
        violations(&Repository::of(&[("docs/page.md", line)])).len()
    }

    #[test]
    fn a_path_of_one_machine_is_refused() {
        for folder in FOLDERS {
            let line = format!("see `{}main` for more", folder.concat());
            assert_eq!(check(&line), 1, "{line}");
        }
    }

    #[test]
    fn the_host_of_a_registry_is_refused() {
        for host in HOSTS {
            let line = format!("from https://{}x", host.concat());
            assert_eq!(check(&line), 1, "{line}");
        }
    }

    #[test]
    fn other_paths_are_accepted() {
        for line in [
            "src/work/a.rs",
            "a / b",
            "</root>",
            "$HOME/root/x",
            "~/home/x",
            "crates-io",
        ] {
            assert_eq!(check(line), 0, "{line}");
        }
    }

    #[test]
    fn the_lock_file_is_left_out() {
        let line = format!("source = \"https://{}\"", "index.crates.".to_owned() + "io");
        assert_eq!(violations(&Repository::of(&[("Cargo.lock", &line)])), []);
    }
}
