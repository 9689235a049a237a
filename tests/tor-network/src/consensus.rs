//! What the nodes know of each other, and whether it is enough.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// The flags without which clients or onion services would not use a relay: guards, vanguards
/// (fast and stable), introduction points, directories.
const NEEDED_FLAGS: [&str; 7] = [
    "Fast", "Guard", "HSDir", "Running", "Stable", "V2Dir", "Valid",
];

/// An answer on loopback takes milliseconds; this only ends a connection that hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// The directory documents of a small network are far below this many bytes.
const BYTES_LIMIT: u64 = 16 << 20;

/// Asks a directory authority for a document; `None` if it has none or does not answer.
pub(crate) fn fetch(dir_port: u16, path: &str) -> Option<String> {
    let get = || -> io::Result<Vec<u8>> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, dir_port));
        let mut connection = TcpStream::connect_timeout(&address, ANSWER_LIMIT)?;
        connection.set_read_timeout(Some(ANSWER_LIMIT))?;
        write!(connection, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut answer = Vec::new();
        connection.take(BYTES_LIMIT).read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = String::from_utf8_lossy(&get().ok()?).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.0 200 ").then(|| body.to_owned())
}

/// How many relays have published themselves to the authority at `dir_port`.
pub(crate) fn published(dir_port: u16) -> usize {
    fetch(dir_port, "/tor/server/all")
        .map(|all| {
            all.lines()
                .filter(|line| line.starts_with("router "))
                .count()
        })
        .unwrap_or_default()
}

/// The relays of a consensus that have all the needed flags, and for the others what they lack.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) usable: usize,
    pub(crate) lacking: BTreeMap<String, Vec<&'static str>>,
}

impl Census {
    pub(crate) fn of(consensus: &str) -> Self {
        let mut census = Self::default();
        let mut relay = "";
        for line in consensus.lines() {
            if let Some(rest) = line.strip_prefix("r ") {
                relay = rest.split(' ').next().unwrap_or_default();
            } else if let Some(flags) = line.strip_prefix("s ") {
                let has = |flag: &str| flags.split(' ').any(|given| given == flag);
                let lacks: Vec<_> = NEEDED_FLAGS.into_iter().filter(|flag| !has(flag)).collect();
                if lacks.is_empty() {
                    census.usable += 1;
                } else {
                    census.lacking.insert(relay.to_owned(), lacks);
                }
            }
        }
        census
    }
}

/// What a node still lacks before it can serve clients; `None` when it has everything.
pub(crate) fn node_lacks(folder: &Path, nodes: usize) -> Option<String> {
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
    let census = Census::of(&read("cached-microdesc-consensus"));
    if census.usable < nodes {
        return Some(match census.lacking.iter().next() {
            None => format!("a consensus with {nodes} relays (has {})", census.usable),
            Some((relay, flags)) => format!("a consensus in which {relay} is {}", flags.join(", ")),
        });
    }
    let microdescriptors = ["cached-microdescs", "cached-microdescs.new"]
        .map(|file| {
            read(file)
                .lines()
                .filter(|line| *line == "onion-key")
                .count()
        })
        .iter()
        .sum::<usize>();
    (microdescriptors < nodes).then(|| format!("{nodes} microdescriptors (has {microdescriptors})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_counts_only_with_every_flag() {
        let consensus = "network-status-version 3 microdesc\n\
            r relay1 AAAA 2026-11-23 03:00:00 127.0.0.1 5001 0\n\
            m abc\n\
            s Exit Fast Guard HSDir Running Stable V2Dir Valid\n\
            r relay2 AAAA 2026-11-23 03:00:00 127.0.0.1 5002 0\n\
            s Fast Guard Running V2Dir Valid\n";
        let census = Census::of(consensus);
        assert_eq!(census.usable, 1);
        assert_eq!(census.lacking.get("relay2"), Some(&vec!["HSDir", "Stable"]));
    }

    #[test]
    fn a_node_says_what_it_lacks() {
        let folder = tempfile::tempdir().unwrap();
        let lacks = node_lacks(folder.path(), 2).unwrap();
        assert_eq!(lacks, "a consensus with 2 relays (has 0)");
    }
}
