//! C Tor as the judge of onion service keys and addresses.
//!
//! The tests start the `tor` on the PATH without a network and compare what it writes with what
//! this crate computes. Without one they say so and pass, but in CI (the variable `CI` is set)
//! they fail.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "helpers of a test fail by panicking, speak on standard error and have a deadline"
)]

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use onym_identity::{OnionServiceSecretKey, RootSecret};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;

#[test]
fn tor_gives_derived_keys_the_addresses_that_we_compute() {
    // Other roots than those in the published vectors, but the same ones in every run.
    let mut rng = StdRng::seed_from_u64(1);
    let keys: Vec<_> = (0..8)
        .map(|index| RootSecret::generate(&mut rng).onion_service_key(index))
        .collect();
    let Some(tor) = Tor::start(keys.len(), |number, folder| {
        let file = [SECRET_KEY_HEADER, keys[number].expanded().as_slice()].concat();
        fs::write(folder.join("hs_ed25519_secret_key"), file).unwrap();
    }) else {
        return;
    };
    for (key, folder) in keys.iter().zip(&tor.services) {
        assert_eq!(tor_address(folder), key.onion_address().to_string());
        assert_eq!(tor_public_key(folder), key.public().as_bytes());
    }
}

#[test]
fn we_read_the_keys_that_tor_generates() {
    let Some(tor) = Tor::start(8, |_, _| {}) else {
        return;
    };
    for folder in &tor.services {
        let file = fs::read(folder.join("hs_ed25519_secret_key")).unwrap();
        let expanded = file.strip_prefix(SECRET_KEY_HEADER).unwrap();
        let key = OnionServiceSecretKey::from_expanded(expanded.try_into().unwrap()).unwrap();
        assert_eq!(tor_public_key(folder), key.public().as_bytes());
        assert_eq!(tor_address(folder), key.onion_address().to_string());
        assert_eq!(tor_address(folder).parse(), Ok(key.onion_address()));
    }
}

const SECRET_KEY_HEADER: &[u8] = b"== ed25519v1-secret: type0 ==\0\0\0";
const PUBLIC_KEY_HEADER: &[u8] = b"== ed25519v1-public: type0 ==\0\0\0";

/// tor needs well under a second; this is for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running tor that has written the address of each of its services; it ends when dropped.
struct Tor {
    child: Child,
    services: Vec<PathBuf>,
    folder: TempDir,
}

impl Tor {
    /// Starts tor with `count` services whose folders `prepare` may have put keys into. `None`
    /// if there is no tor and that is tolerable.
    fn start(count: usize, prepare: impl Fn(usize, &Path)) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let services: Vec<_> = (0..count)
            .map(|number| folder.path().join(format!("service-{number}")))
            .collect();
        let mut torrc = format!(
            "DataDirectory {}\nDisableNetwork 1\nSocksPort 0\n",
            folder.path().join("data").display()
        );
        for (number, service) in services.iter().enumerate() {
            // tor refuses a folder that others may read.
            DirBuilder::new().mode(0o700).create(service).unwrap();
            prepare(number, service);
            torrc += &format!("HiddenServiceDir {}\n", service.display());
            torrc += "HiddenServicePort 5269 127.0.0.1:9\n";
        }
        fs::write(folder.path().join("torrc"), torrc).unwrap();
        fs::write(folder.path().join("defaults"), "").unwrap();
        let child = spawn(folder.path())?;
        let mut tor = Self {
            child,
            services,
            folder,
        };
        tor.wait_for_addresses();
        Some(tor)
    }

    fn wait_for_addresses(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let is_complete = |service: &PathBuf| {
            fs::read_to_string(service.join("hostname")).is_ok_and(|text| text.ends_with('\n'))
        };
        while !self.services.iter().all(is_complete) {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("tor ended with {status}: {}", self.log());
            }
            assert!(Instant::now() < deadline, "tor is silent: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Tor {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path) -> Option<Child> {
    let log = fs::File::create(folder.join("log")).unwrap();
    let spawned = Command::new("tor")
        .arg("-f")
        .arg(folder.join("torrc"))
        .arg("--defaults-torrc")
        .arg(folder.join("defaults"))
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(Stdio::null())
        .spawn();
    match spawned {
        Ok(child) => Some(child),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            assert!(
                env::var_os("CI").is_none(),
                "there is no `tor` on the PATH, and CI has to have one"
            );
            eprintln!("skipped: there is no `tor` on the PATH");
            None
        }
        Err(error) => panic!("cannot start tor: {error}"),
    }
}

fn tor_address(service: &Path) -> String {
    let text = fs::read_to_string(service.join("hostname")).unwrap();
    text.trim_end().to_owned()
}

fn tor_public_key(service: &Path) -> Vec<u8> {
    let file = fs::read(service.join("hs_ed25519_public_key")).unwrap();
    file.strip_prefix(PUBLIC_KEY_HEADER).unwrap().to_vec()
}
