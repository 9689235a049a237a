//! Cleans up when this process dies without unwinding.
//!
//! A destructor does not run when the process is killed, aborts, or ends while a network sits in
//! a `static`. A small shell therefore waits on a pipe whose other end only this process holds.
//! When the pipe closes, the shell ends every tor (they share its process group) and removes the
//! folder. Having a group of its own also keeps a Ctrl-C in the terminal away from both.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Error;

/// Ends the group and removes the folder given as `$1`. The folder is removed more than once
/// because a tor that is just ending may still write into it.
const SCRIPT: &str = "\
cat > /dev/null
trap '' TERM
kill -TERM 0
for try in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf -- \"$1\" 2> /dev/null
    sleep 0.2
    [ -e \"$1\" ] || break
done
kill -KILL 0";

#[derive(Debug)]
pub(crate) struct Sentinel {
    shell: Child,
}

impl Sentinel {
    pub(crate) fn watch_over(folder: &Path) -> Result<Self, Error> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "onym-tor-network"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|source| Error::Spawn {
                program: "sh".into(),
                source,
            })?;
        Ok(Self { shell })
    }

    /// The process group that every tor joins.
    pub(crate) fn process_group(&self) -> i32 {
        i32::try_from(self.shell.id()).unwrap_or_default()
    }
}

impl Drop for Sentinel {
    /// The owner has cleaned up by itself; the shell is not needed any more.
    fn drop(&mut self) {
        let _already_gone = self.shell.kill();
        let _already_gone = self.shell.wait();
    }
}
