//! What can go wrong while a network starts.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why the network, or a client on it, did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Debian's package is not there.
    #[error("the program `{program}` is not installed; run: apt-get install tor")]
    ProgramMissing {
        /// `tor` or `tor-gencert`.
        program: &'static str,
    },
    /// A program was there but could not be started.
    #[error("cannot start `{program}`")]
    Spawn {
        /// What was to be started.
        program: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The network's folder could not be written or read.
    #[error("cannot use {path}")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// `tor` or `tor-gencert` did not make the keys of an authority.
    #[error("cannot make the keys of {authority}: {why}\n{output}")]
    Keys {
        /// The authority's nickname.
        authority: String,
        /// What is missing.
        why: &'static str,
        /// What the program wrote.
        output: String,
    },
    /// No set of ports stayed free long enough.
    #[error("found no free ports for the authorities, tried {tries} times")]
    Ports {
        /// How many sets of ports were tried.
        tries: u32,
    },
    /// One of the tor processes ended.
    #[error("{node} ended ({status}); its log ends:\n{log}")]
    NodeEnded {
        /// The node's nickname.
        node: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// Something did not happen in time.
    #[error("after {} s still waiting for {waiting_for}; the log of {node} ends:\n{log}",
        limit.as_secs())]
    TimedOut {
        /// How long was waited in all.
        limit: Duration,
        /// What was being waited for.
        waiting_for: String,
        /// The node that is behind.
        node: String,
        /// The last lines of its log.
        log: String,
    },
}

impl Error {
    pub(crate) fn folder(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Folder { path, source }
    }
}
