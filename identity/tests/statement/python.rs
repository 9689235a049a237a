//! The second implementation, in Python.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A script beside the vectors, or `None` if there is no Python and that may be.
#[expect(clippy::print_stderr, reason = "says why a test was not run")]
pub(crate) fn script(name: &str) -> Option<Command> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    for python in pythons() {
        let probe = Command::new(&python).args(["-c", "import json"]).output();
        if probe.is_ok_and(|it| it.status.success()) {
            let mut command = Command::new(python);
            // Writes no compiled copies beside the sources.
            command.arg("-B").arg(vectors.join(name));
            return Some(command);
        }
    }
    assert!(
        env::var_os("CI").is_none(),
        "no Python to check the vectors with, and this is CI: run scripts/setup"
    );
    eprintln!("not run: there is no Python; scripts/setup installs one");
    None
}

/// That which `scripts/setup` has made knows `cryptography`; the scripts do without.
fn pythons() -> Vec<OsString> {
    if let Some(chosen) = env::var_os("ONYM_ORACLE_PYTHON") {
        return vec![chosen];
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let made: Option<PathBuf> = target.map(|it| it.join("python-omemo/bin/python"));
    made.map(OsString::from)
        .into_iter()
        .chain([OsString::from("python3")])
        .collect()
}
