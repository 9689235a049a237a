//! One tor process and its folder.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::Error;
use crate::programs::Programs;
use crate::sentinel::Sentinel;

/// How many lines of a log go into an error.
const LOG_TAIL_LINES: usize = 15;

/// A running tor; dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// Its `DataDirectory`, which also holds its configuration and log.
    pub(crate) folder: PathBuf,
    process: Child,
}

impl Node {
    /// Writes the configuration and starts the process.
    pub(crate) fn start(
        programs: &Programs,
        sentinel: &Sentinel,
        name: &str,
        folder: &Path,
        empty_file: &Path,
        torrc: &str,
    ) -> Result<Self, Error> {
        create_private_folder(folder)?;
        let torrc_path = folder.join("torrc");
        fs::write(&torrc_path, torrc).map_err(Error::folder(&torrc_path))?;
        let log_path = folder.join("log");
        let log = File::create(&log_path).map_err(Error::folder(&log_path))?;
        let log_too = log.try_clone().map_err(Error::folder(&log_path))?;
        let process = Command::new(&programs.tor)
            .arg("-f")
            .arg(&torrc_path)
            .arg("--defaults-torrc")
            .arg(empty_file)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(log_too)
            .process_group(sentinel.process_group())
            .spawn()
            .map_err(|source| Error::Spawn {
                program: "tor".into(),
                source,
            })?;
        Ok(Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            process,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Replaces the configuration; [`reload`] makes the process read it.
    pub(crate) fn rewrite_torrc(&self, torrc: &str) -> Result<(), Error> {
        let path = self.folder.join("torrc");
        fs::write(&path, torrc).map_err(Error::folder(path))
    }

    /// Whether the process has ended, and how.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().ok().flatten()
    }

    pub(crate) fn log(&self) -> String {
        fs::read(self.folder.join("log"))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    pub(crate) fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines
            .get(lines.len().saturating_sub(LOG_TAIL_LINES)..)
            .unwrap_or_default()
            .join("\n")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _already_gone = self.process.kill();
        let _already_gone = self.process.wait();
    }
}

/// Asks processes to read their configuration again and to retry what failed.
pub(crate) fn reload<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Result<(), Error> {
    let pids = nodes.into_iter().map(|node| node.pid().to_string());
    Command::new("sh")
        .args(["-c", "kill -HUP \"$@\"", "reload"])
        .args(pids)
        .status()
        .map_err(|source| Error::Spawn {
            program: "sh".into(),
            source,
        })?;
    Ok(())
}

/// Creates a folder that only we may enter; tor insists on it. An existing one is fine.
pub(crate) fn create_private_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::folder(path))
}
