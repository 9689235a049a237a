//! Starts a private Tor network, writes the configuration for its clients, and keeps it running.
//!
//! `onym-tor-network CLIENT.toml [--socks]` prints one line when the network is ready and ends with
//! Ctrl-C or when its standard input closes.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line")]

use std::io::Read as _;
use std::process::ExitCode;
use std::{env, fs, io};

use onym_tor_network::{Options, TorNetwork};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(client_toml) = arguments.next() else {
        eprintln!("usage: onym-tor-network CLIENT.toml [--socks]");
        return ExitCode::from(2);
    };
    let socks = arguments
        .next()
        .is_some_and(|argument| argument == "--socks");
    match run(client_toml.as_ref(), socks) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let causes = std::iter::successors(error.source(), |cause| cause.source());
            causes.for_each(|cause| eprintln!("because: {cause}"));
            ExitCode::FAILURE
        }
    }
}

fn run(client_toml: &std::path::Path, socks: bool) -> Result<(), Box<dyn std::error::Error>> {
    let network = TorNetwork::start(Options {
        progress: Box::new(|progress| eprintln!("{progress}")),
        ..Options::default()
    })?;
    fs::write(client_toml, network.client_config_toml())?;
    let proxy = if socks {
        format!(" socks={}", network.socks_proxy()?)
    } else {
        String::new()
    };
    println!(
        "ready client={} folder={}{proxy}",
        client_toml.display(),
        network.folder().display()
    );
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
