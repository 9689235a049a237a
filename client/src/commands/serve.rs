//! `onym serve`: the endpoint without a window.

use std::collections::BTreeMap;

use onym_server::tor::TorStatus;
use onym_server::{Domain, EndpointStatus, Note, PeerStatus};

use super::CommandError;
use crate::args::Listen;
use crate::control::Control;
use crate::node::{self, Node, TorChoice};
use crate::printer::Printer;
use crate::report::{FAILED, Report};
use crate::requests::{Answerer, peer_report, tor_report};
use crate::signals::Signals;
use crate::unlocking::Unlocked;

pub(super) async fn run(
    unlocked: &Unlocked,
    tor: TorChoice,
    listen: Listen,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let mut signals = Signals::new()?;
    let folder = unlocked.folder();
    let lock = node::take_folder(folder).await?;
    let mut node = Node::start(unlocked, lock, Some(tor), listen.0).await?;
    let control = match Control::start(
        folder.control_socket(),
        Answerer::Open(Box::new(node.desk(true))),
    ) {
        Ok(control) => control,
        Err(error) => {
            node.stop().await;
            return Err(error.into());
        }
    };
    printer.print(&Report::Starting {
        jid: node.endpoint.owner().to_string(),
    });
    if let Some(address) = node.endpoint.loopback() {
        printer.print(&Report::Listening {
            address: address.to_string(),
        });
    }
    let mut status = node.endpoint.status();
    let mut notes = node.endpoint.notes();
    let mut shown = Shown::default();
    let code = loop {
        let now = status.borrow_and_update().clone();
        shown.update(&now, printer);
        tokio::select! {
            Ok(()) = status.changed() => {}
            Ok(note) = notes.recv() => {
                printer.print(&note_report(&note));
            }
            why = node.failed() => {
                printer.print(&Report::failure(&why, Some(node::DISK_ADVICE)));
                break FAILED;
            }
            () = signals.next() => break 0,
        }
    };
    control.stop().await;
    node.stop().await;
    printer.print(&Report::Stopped);
    Ok(code)
}

/// What was printed last, so that only changes are.
#[derive(Default)]
struct Shown {
    tor: Option<TorStatus>,
    peers: BTreeMap<Domain, PeerStatus>,
}

impl Shown {
    fn update(&mut self, now: &EndpointStatus, printer: &mut Printer) {
        if now.tor != self.tor {
            self.tor.clone_from(&now.tor);
            if let Some(tor) = &now.tor {
                printer.print(&tor_report(tor));
            }
        }
        for (domain, peer) in &now.peers {
            if self.peers.get(domain) != Some(peer) {
                printer.print(&peer_report(domain, peer));
            }
        }
        self.peers.clone_from(&now.peers);
    }
}

fn note_report(note: &Note) -> Report {
    let words = match note {
        Note::LoggedIn {
            resource,
            device: Some(device),
            ..
        } => {
            format!("Device '{device}' logged in as {resource}")
        }
        Note::LoggedIn { resource, .. } => format!("Our own client logged in as {resource}"),
        Note::LoginRefused { condition } => format!("A login was refused: {condition}"),
        Note::DomainProven { domain } => format!("{domain} has proven who it is"),
        Note::DomainRefused { domain, why } => format!("Somebody claims to be {domain}: {why}"),
        Note::StreamError { condition, text } => format!("A stream was ended: {condition}: {text}"),
        Note::TlsFailed {
            domain: Some(domain),
            why,
        } => format!("No TLS with {domain}: {why}"),
        Note::TlsFailed { domain: None, why } => {
            format!("Somebody asked for TLS and did not begin it: {why}")
        }
        Note::Expired { domain } => format!("A message to {domain} has waited too long"),
    };
    Report::Note {
        words,
        detail: serde_json::to_value(note).unwrap_or_default(),
    }
}
