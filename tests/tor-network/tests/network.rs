//! The network as its users see it. Each test starts one, so there are few.

#![expect(
    clippy::unwrap_used,
    reason = "helper functions of tests are not covered by clippy.toml"
)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use onym_tor_network::{Options, Progress, TorNetwork};

/// Looks again until `condition` holds; the test would hang, and be ended, if it never does.
fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process still runs (a zombie does not).
fn runs(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .starts_with(" Z")
    })
}

/// Opens a port of this machine through a SOCKS 5 proxy.
fn connect_by_socks(proxy: SocketAddr, port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(proxy).unwrap();
    stream.write_all(&[5, 1, 0]).unwrap();
    let mut method = [0; 2];
    stream.read_exact(&mut method).unwrap();
    assert_eq!(method, [5, 0]);
    let mut request = vec![5, 1, 0, 1];
    request.extend(Ipv4Addr::LOCALHOST.octets());
    request.extend(port.to_be_bytes());
    stream.write_all(&request).unwrap();
    let mut answer = [0; 10];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[..2], [5, 0], "the proxy refuses to connect");
    stream
}

#[test]
fn carries_bytes_and_leaves_nothing_behind_when_its_owner_panics() {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&steps);
    let mut left: (Vec<u32>, PathBuf) = Default::default();

    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let network = TorNetwork::start(Options {
            progress: Box::new(move |step| heard.lock().unwrap().push(step.clone())),
            ..Options::default()
        })
        .unwrap();
        left = (network.process_ids(), network.folder().to_owned());

        let consensus = network.folder().join("relay1/cached-microdesc-consensus");
        let consensus = std::fs::read_to_string(consensus).unwrap();
        let bandwidths = consensus.lines().filter(|line| line.starts_with("w "));
        let bandwidths: Vec<&str> = bandwidths.collect();
        assert_eq!(bandwidths.len(), 15, "{bandwidths:?}");
        // Tor does not count what is measured of an authority.
        let measured = bandwidths
            .iter()
            .filter(|line| **line == "w Bandwidth=10000");
        assert_eq!(measured.count(), 12, "{bandwidths:?}");

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"over three relays").unwrap();
        });
        let proxy = network.socks_proxy().unwrap();
        assert_eq!(
            network.socks_proxy().unwrap(),
            proxy,
            "the proxy is started once"
        );
        let mut received = String::new();
        connect_by_socks(proxy, port)
            .read_to_string(&mut received)
            .unwrap();
        server.join().unwrap();
        assert_eq!(received, "over three relays");

        let toml = network.client_config_toml();
        assert_eq!(toml.matches("[[tor_network.fallback_caches]]").count(), 3);
        std::panic::panic_any("the owner panics");
    }));

    assert_eq!(
        outcome.unwrap_err().downcast_ref(),
        Some(&"the owner panics")
    );
    let (processes, folder) = left;
    assert_eq!(processes.iter().collect::<BTreeSet<_>>().len(), 15);
    assert_eq!(processes.into_iter().filter(|pid| runs(*pid)).count(), 0);
    assert!(!folder.exists());
    let steps = steps.lock().unwrap();
    assert_eq!(steps.first(), Some(&Progress::MakingKeys));
    assert_eq!(steps.last(), Some(&Progress::Ready));
}

#[test]
fn a_killed_owner_leaves_nothing_behind() {
    let own_folder = tempfile::tempdir().unwrap();
    let client_toml = own_folder.path().join("client.toml");
    let mut owner = Command::new(env!("CARGO_BIN_EXE_onym-tor-network"))
        .arg(&client_toml)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let folder = line.trim().rsplit("folder=").next().unwrap().to_owned();
    assert!(line.starts_with("ready "), "{line}");
    assert!(client_toml.exists());
    let processes = processes_that_name(&folder);
    assert!(processes.len() >= 15, "{processes:?}");

    owner.kill().unwrap();
    owner.wait().unwrap();

    wait_until(|| !processes.iter().any(|pid| runs(*pid)) && !Path::new(&folder).exists());
}

/// The processes with `text` in their command line.
fn processes_that_name(text: &str) -> Vec<u32> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| {
            std::fs::read(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(text))
        })
        .collect()
}
