//! The directory authorities: their keys, their ports, and how the others name them.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;
use crate::programs::Programs;

/// A passphrase for the authority's long-term key, which is not needed again.
const PASSPHRASE: &[u8] = b"onym\n";

/// One directory authority.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) ports: Ports,
    /// The v3 identity: the fingerprint of the key that certifies the signing key. 40 hex digits.
    pub(crate) v3ident: String,
    /// The relay's RSA identity, 40 hex digits.
    pub(crate) rsa_identity: String,
    /// The relay's Ed25519 identity, unpadded base64.
    pub(crate) ed_identity: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) or: u16,
    pub(crate) dir: u16,
}

impl Authority {
    /// Makes the keys of all `names`, side by side: each takes about a second of one core.
    pub(crate) fn create_all(
        programs: &Programs,
        network_folder: &Path,
        empty_file: &Path,
        names: &[String],
    ) -> Result<Vec<Self>, Error> {
        let ports = free_ports(names.len())?;
        std::thread::scope(|scope| {
            let threads: Vec<_> = names
                .iter()
                .zip(ports)
                .map(|(name, ports)| {
                    let folder = network_folder.join(name);
                    scope.spawn(move || create(programs, name, folder, empty_file, ports))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        })
    }

    /// Where it reads how fast the relays are; see [`crate::bandwidth`].
    pub(crate) fn bandwidths_file(&self) -> PathBuf {
        self.folder.join("bandwidths")
    }

    /// The line by which every process on the network knows this authority.
    pub(crate) fn dir_authority_line(&self) -> String {
        format!(
            "DirAuthority {} orport={} no-v2 v3ident={} 127.0.0.1:{} {}",
            self.name, self.ports.or, self.v3ident, self.ports.dir, self.rsa_identity
        )
    }
}

fn create(
    programs: &Programs,
    name: &str,
    folder: PathBuf,
    empty_file: &Path,
    ports: Ports,
) -> Result<Authority, Error> {
    let keys = folder.join("keys");
    for private in [&folder, &keys] {
        crate::node::create_private_folder(private)?;
    }
    let missing = |why, output: &str| Error::Keys {
        authority: name.to_owned(),
        why,
        output: output.to_owned(),
    };

    let output = run(
        Command::new(&programs.tor)
            .arg("-f")
            .arg(empty_file)
            .arg("--defaults-torrc")
            .arg(empty_file)
            .arg("--GeoIPFile")
            .arg(empty_file)
            .arg("--GeoIPv6File")
            .arg(empty_file)
            .arg("--DataDirectory")
            .arg(&folder)
            .args([
                "--Nickname",
                name,
                "--ORPort",
                "127.0.0.1:1",
                "--ExitRelay",
                "0",
            ])
            .arg("--list-fingerprint"),
        b"",
    )
    .map_err(|source| Error::Spawn {
        program: "tor".into(),
        source,
    })?;
    // Each of these files holds the nickname and the fingerprint.
    let second_word = |file: &str| {
        let text = fs::read_to_string(folder.join(file)).ok()?;
        text.split_whitespace().nth(1).map(str::to_owned)
    };
    let rsa_identity =
        second_word("fingerprint").ok_or_else(|| missing("no fingerprint", &output))?;
    let ed_identity = second_word("fingerprint-ed25519")
        .ok_or_else(|| missing("no Ed25519 fingerprint", &output))?;

    let certificate = keys.join("authority_certificate");
    let output = run(
        Command::new(&programs.tor_gencert)
            .args(["--create-identity-key", "-m", "12", "--passphrase-fd", "0"])
            .arg("-i")
            .arg(keys.join("authority_identity_key"))
            .arg("-s")
            .arg(keys.join("authority_signing_key"))
            .arg("-c")
            .arg(&certificate),
        PASSPHRASE,
    )
    .map_err(|source| Error::Spawn {
        program: "tor-gencert".into(),
        source,
    })?;
    let v3ident = fs::read_to_string(&certificate)
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("fingerprint ").map(str::to_owned))
        .ok_or_else(|| missing("no authority certificate", &output))?;

    Ok(Authority {
        name: name.to_owned(),
        folder,
        ports,
        v3ident,
        rsa_identity,
        ed_identity,
    })
}

/// Runs a program to its end with `input` and returns all that it wrote.
fn run(command: &mut Command, input: &[u8]) -> io::Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends early closes the pipe; what it wrote says more than that.
        let _reported_by_output = stdin.write_all(input);
    }
    let output = child.wait_with_output()?;
    Ok(format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// Ports that are free now. Somebody else may take one before tor does; the caller retries.
pub(crate) fn free_ports(pairs: usize) -> Result<Vec<Ports>, Error> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
    // All are held until the last is known, so that no port is given out twice.
    let listeners: io::Result<Vec<_>> = (0..pairs).map(|_| Ok((bind()?, bind()?))).collect();
    listeners
        .and_then(|listeners| {
            listeners
                .iter()
                .map(|(or, dir)| {
                    Ok(Ports {
                        or: port(or)?,
                        dir: port(dir)?,
                    })
                })
                .collect()
        })
        .map_err(Error::folder("127.0.0.1"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ports_are_given_out_once() {
        let ports = free_ports(20).unwrap();
        let distinct: BTreeSet<u16> = ports.iter().flat_map(|pair| [pair.or, pair.dir]).collect();
        assert_eq!(distinct.len(), 40);
    }
}
