//! Where Debian's programs are.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::Error;

/// Folders that an ordinary user's `PATH` may lack.
const ALSO_LOOK_IN: [&str; 3] = ["/usr/bin", "/usr/sbin", "/usr/local/sbin"];

/// The programs of the `tor` package.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) tor: PathBuf,
    pub(crate) tor_gencert: PathBuf,
}

impl Programs {
    pub(crate) fn find() -> Result<Self, Error> {
        Self::find_in(&env::var_os("PATH").unwrap_or_default(), &ALSO_LOOK_IN)
    }

    fn find_in(path: &OsStr, also: &[&str]) -> Result<Self, Error> {
        let find = |program: &'static str| {
            env::split_paths(path)
                .chain(also.iter().map(PathBuf::from))
                .map(|folder| folder.join(program))
                .find(|candidate| Path::is_file(candidate))
                .ok_or(Error::ProgramMissing { program })
        };
        Ok(Self {
            tor: find("tor")?,
            tor_gencert: find("tor-gencert")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_names_the_package() {
        let folder = tempfile::tempdir().unwrap();
        let error = Programs::find_in(folder.path().as_os_str(), &[]).unwrap_err();
        assert!(error.to_string().contains("apt-get install tor"), "{error}");

        std::fs::write(folder.path().join("tor"), "").unwrap();
        let error = Programs::find_in(folder.path().as_os_str(), &[]).unwrap_err();
        assert!(error.to_string().contains("`tor-gencert`"), "{error}");
    }
}
