//! Starting the network, step by step, and what a running one offers.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

use crate::authority::{Authority, free_ports};
use crate::clock::{Deadline, unix_seconds};
use crate::node::{self, Node};
use crate::onion_service::{self, OnionService};
use crate::programs::Programs;
use crate::proxy::{self, Proxy};
use crate::schedule::Schedule;
use crate::sentinel::Sentinel;
use crate::{Error, Progress, bandwidth, consensus, torrc};

/// Two of three must agree on a consensus.
const AUTHORITIES: usize = 3;

/// How often other ports are tried for the authorities.
const PORT_TRIES: u32 = 5;

/// The time that the SOCKS proxy gets; it needs one or two seconds.
const PROXY_LIMIT: Duration = Duration::from_secs(60);

/// The time that an onion service gets; it needs some seconds.
const SERVICE_LIMIT: Duration = Duration::from_secs(120);

/// How to start a network.
pub struct Options {
    /// Relays besides the three authorities. With fewer than about twelve, arti runs out of
    /// guards for an onion service's introduction points.
    pub relays: usize,
    /// How long the whole start may take.
    pub timeout: Duration,
    /// Called at each step.
    pub progress: Box<dyn FnMut(&Progress) + Send>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            relays: 12,
            timeout: Duration::from_secs(180),
            progress: Box::new(|_| ()),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            relays,
            timeout,
            progress: _,
        } = self;
        f.debug_struct("Options")
            .field("relays", relays)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

/// A running network; dropping it ends every process and removes every file.
// The order matters: processes end first, the folder goes last.
#[derive(Debug)]
pub struct TorNetwork {
    proxy: Mutex<Option<Proxy>>,
    /// How many onion services were started, for their names.
    services: AtomicUsize,
    nodes: Vec<Node>,
    sentinel: Sentinel,
    authorities: Vec<Authority>,
    programs: Programs,
    empty_file: PathBuf,
    folder: TempDir,
}

impl TorNetwork {
    /// Starts a network and returns when clients and onion services can use it.
    ///
    /// # Errors
    ///
    /// When Debian's `tor` package is missing, when a process ends, or when time runs out; the
    /// error then says what was being waited for and shows the log of the node that is behind.
    pub fn start(options: Options) -> Result<Self, Error> {
        let Options {
            relays,
            timeout,
            mut progress,
        } = options;
        let deadline = Deadline::after(timeout);
        progress(&Progress::MakingKeys);
        let mut network = Self::prepare()?;
        let nodes = AUTHORITIES + relays;
        progress(&Progress::StartingNodes { nodes });
        network.start_authorities(&deadline)?;
        network.start_relays(relays)?;
        network.wait_until_published(&deadline, nodes, &mut *progress)?;
        bandwidth::measure(&network.authorities, &network.nodes)?;
        progress(&Progress::Voting);
        network.vote_soon()?;
        network.wait_until_usable(&deadline, nodes, &mut *progress)?;
        progress(&Progress::Ready);
        Ok(network)
    }

    /// Everything but the processes: the folder, its guard, and the authorities' keys.
    fn prepare() -> Result<Self, Error> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new()
            .prefix("onym-tor-network-")
            .tempdir()
            .map_err(Error::folder(std::env::temp_dir()))?;
        let sentinel = Sentinel::watch_over(folder.path())?;
        let empty_file = folder.path().join("empty");
        fs::write(&empty_file, "").map_err(Error::folder(&empty_file))?;
        let names: Vec<_> = (1..=AUTHORITIES)
            .map(|number| format!("authority{number}"))
            .collect();
        let authorities = Authority::create_all(&programs, folder.path(), &empty_file, &names)?;
        let proxy = Mutex::new(None);
        let nodes = Vec::new();
        Ok(Self {
            proxy,
            services: AtomicUsize::new(0),
            nodes,
            sentinel,
            authorities,
            programs,
            empty_file,
            folder,
        })
    }

    /// The configuration of an arti client on this network, for `TorClientConfigBuilder`.
    ///
    /// It says nothing about `[storage]`: each client has folders of its own.
    #[must_use]
    pub fn client_config_toml(&self) -> String {
        let quoted = |text: &str| format!("\"{text}\"");
        let v3idents: Vec<_> = self
            .authorities
            .iter()
            .map(|a| quoted(&a.v3ident))
            .collect();
        let caches: String = self
            .authorities
            .iter()
            .map(|authority| {
                format!(
                    "\n[[tor_network.fallback_caches]]\n\
                     rsa_identity = \"{}\"\n\
                     ed_identity = \"{}\"\n\
                     orports = [\"127.0.0.1:{}\"]\n",
                    authority.rsa_identity, authority.ed_identity, authority.ports.or
                )
            })
            .collect();
        format!(
            "# A private Tor network on loopback.\n\
             [address_filter]\n\
             allow_local_addrs = true\n\n\
             # Every relay has the same address; none may count as a neighbour of another.\n\
             [path_rules]\n\
             ipv4_subnet_family_prefix = 33\n\
             ipv6_subnet_family_prefix = 129\n\n\
             # Clients learn how long a circuit takes, and give up on slower ones. What they learn\n\
             # on an idle loopback is far too short for a machine that is busy a moment later.\n\
             [override_net_params]\n\
             cbtmintimeout = 10000\n\n\
             [tor_network.authorities]\n\
             v3idents = [{}]\n{caches}",
            v3idents.join(", ")
        )
    }

    /// The SOCKS 5 address of an ordinary C tor client on this network, started on first use.
    ///
    /// # Errors
    ///
    /// When the client ends or does not bootstrap within a minute.
    pub fn socks_proxy(&self) -> Result<SocketAddr, Error> {
        let mut running = self.proxy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proxy) = &*running {
            return Ok(proxy.address);
        }
        let folder = self.folder.path().join("proxy");
        let torrc = torrc::socks_proxy("proxy", &folder, &self.authorities, &self.empty_file);
        let mut node = self.start_node("proxy", &folder, &torrc)?;
        let deadline = Deadline::after(PROXY_LIMIT);
        let address = loop {
            match proxy::address_when_ready(&node) {
                Ok(address) => break address,
                Err(waiting_for) => go_on(&deadline, &mut node, waiting_for)?,
            }
        };
        *running = Some(Proxy {
            _node: node,
            address,
        });
        Ok(address)
    }

    /// Publishes an onion service whose ports lead to ports of this machine, given as pairs, and
    /// returns when its descriptor is there to be found.
    ///
    /// It is an ordinary C tor of its own, for a server of others that stands beside its tor.
    ///
    /// # Errors
    ///
    /// When the tor ends or the service is not published within two minutes.
    pub fn onion_service(&self, ports: &[(u16, u16)]) -> Result<OnionService, Error> {
        let number = self.services.fetch_add(1, Ordering::Relaxed);
        let name = format!("service{number}");
        let folder = self.folder.path().join(&name);
        let torrc =
            torrc::onion_service(&name, &folder, &self.authorities, &self.empty_file, ports);
        let mut node = self.start_node(&name, &folder, &torrc)?;
        let deadline = Deadline::after(SERVICE_LIMIT);
        loop {
            match onion_service::when_published(&node) {
                Ok((address, proxy)) => return Ok(OnionService::new(node, address, proxy)),
                Err(waiting_for) => go_on(&deadline, &mut node, waiting_for)?,
            }
        }
    }

    /// The folder of the network, with one folder for each node (`torrc`, `log`, …).
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process ids of all nodes.
    #[must_use]
    pub fn process_ids(&self) -> Vec<u32> {
        self.nodes.iter().map(Node::pid).collect()
    }

    /// Starts the authorities; if somebody took a port in the meantime, all of them once more
    /// with other ports, because each knows the ports of all.
    fn start_authorities(&mut self, deadline: &Deadline) -> Result<(), Error> {
        for _try in 0..PORT_TRIES {
            let schedule = Schedule::far_ahead(unix_seconds());
            for authority in &self.authorities {
                let torrc =
                    torrc::authority(authority, &self.authorities, schedule, &self.empty_file);
                let node = self.start_node(&authority.name, &authority.folder, &torrc)?;
                self.nodes.push(node);
            }
            if self.ports_are_open(deadline)? {
                return Ok(());
            }
            self.nodes.clear();
            let ports = free_ports(AUTHORITIES)?;
            for (authority, ports) in self.authorities.iter_mut().zip(ports) {
                authority.ports = ports;
            }
        }
        Err(Error::Ports { tries: PORT_TRIES })
    }

    /// Waits until every node has its ports; false when one of them was taken.
    fn ports_are_open(&mut self, deadline: &Deadline) -> Result<bool, Error> {
        let opened = |log: &str| {
            ["OR", "Directory"]
                .iter()
                .all(|kind| log.contains(&format!("Opened {kind} listener connection (ready)")))
        };
        for node in &mut self.nodes {
            while !opened(&node.log()) {
                if node.ended().is_some() && node.log().contains("Address already in use") {
                    return Ok(false);
                }
                go_on(deadline, node, "its ports to open".into())?;
            }
        }
        Ok(true)
    }

    fn start_relays(&mut self, relays: usize) -> Result<(), Error> {
        for number in 1..=relays {
            let name = format!("relay{number}");
            let folder = self.folder.path().join(&name);
            let torrc = torrc::relay(&name, &folder, &self.authorities, &self.empty_file);
            let node = self.start_node(&name, &folder, &torrc)?;
            self.nodes.push(node);
        }
        Ok(())
    }

    fn start_node(&self, name: &str, folder: &Path, torrc: &str) -> Result<Node, Error> {
        Node::start(
            &self.programs,
            &self.sentinel,
            name,
            folder,
            &self.empty_file,
            torrc,
        )
    }

    fn wait_until_published(
        &mut self,
        deadline: &Deadline,
        nodes: usize,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<(), Error> {
        let mut reported = None;
        loop {
            // An authority counts itself, and each must know all.
            let counts = self
                .authorities
                .iter()
                .map(|a| consensus::published(a.ports.dir));
            let (behind, known) = counts
                .enumerate()
                .min_by_key(|(_, known)| *known)
                .unwrap_or_default();
            if reported.replace(known) != Some(known) {
                progress(&Progress::Publishing { known, nodes });
            }
            if known >= nodes {
                return Ok(());
            }
            let waiting_for = format!("all {nodes} relays to publish themselves (has {known})");
            self.go_on(deadline, behind, waiting_for)?;
        }
    }

    /// Moves the first vote to a few seconds ahead.
    fn vote_soon(&self) -> Result<(), Error> {
        let schedule = Schedule::soon(unix_seconds());
        for (authority, node) in self.authorities.iter().zip(&self.nodes) {
            node.rewrite_torrc(&torrc::authority(
                authority,
                &self.authorities,
                schedule,
                &self.empty_file,
            ))?;
        }
        node::reload(self.nodes.iter().take(AUTHORITIES))
    }

    fn wait_until_usable(
        &mut self,
        deadline: &Deadline,
        nodes: usize,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<(), Error> {
        let mut reported = 0;
        let mut relays_told = false;
        loop {
            let lacks: Vec<_> = self
                .nodes
                .iter()
                .map(|node| consensus::node_lacks(&node.folder, nodes))
                .collect();
            let ready = lacks.iter().filter(|lacks| lacks.is_none()).count();
            if !relays_told && lacks.iter().take(AUTHORITIES).all(Option::is_none) {
                // The relays asked too early, and each retry waits longer than the one before.
                relays_told = true;
                node::reload(self.nodes.iter().skip(AUTHORITIES))?;
            }
            if std::mem::replace(&mut reported, ready) != ready {
                progress(&Progress::Fetching { ready, nodes });
            }
            let Some((behind, lacks)) = lacks
                .into_iter()
                .enumerate()
                .find_map(|(index, lacks)| Some((index, lacks?)))
            else {
                return Ok(());
            };
            self.go_on(deadline, behind, lacks)?;
        }
    }

    /// Goes on waiting if every process still runs and there is time; `behind` is the node whose
    /// log explains the wait.
    fn go_on(
        &mut self,
        deadline: &Deadline,
        behind: usize,
        waiting_for: String,
    ) -> Result<(), Error> {
        if let Some(ended) = self
            .nodes
            .iter_mut()
            .position(|node| node.ended().is_some())
            && let Some(node) = self.nodes.get_mut(ended)
        {
            return go_on(deadline, node, waiting_for);
        }
        match self.nodes.get_mut(behind) {
            Some(node) => go_on(deadline, node, waiting_for),
            None => Ok(()),
        }
    }
}

/// Lets a moment pass; fails when the node has ended or the time is up.
fn go_on(deadline: &Deadline, node: &mut Node, waiting_for: String) -> Result<(), Error> {
    if let Some(status) = node.ended() {
        return Err(Error::NodeEnded {
            node: node.name.clone(),
            status,
            log: node.log_tail(),
        });
    }
    if deadline.pause() {
        return Ok(());
    }
    Err(Error::TimedOut {
        limit: deadline.limit(),
        waiting_for,
        node: node.name.clone(),
        log: node.log_tail(),
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn an_authority_whose_port_is_taken_gets_another() {
        let mut network = TorNetwork::prepare().unwrap();
        let taken = network.authorities[1].ports;
        let _occupant = TcpListener::bind((Ipv4Addr::LOCALHOST, taken.or)).unwrap();

        network
            .start_authorities(&Deadline::after(Duration::from_secs(60)))
            .unwrap();

        assert_eq!(network.nodes.len(), AUTHORITIES);
        assert_ne!(network.authorities[1].ports.or, taken.or);
    }

    #[test]
    fn running_out_of_time_says_what_was_missing() {
        let options = Options {
            timeout: Duration::ZERO,
            ..Options::default()
        };
        let error = TorNetwork::start(options).unwrap_err().to_string();
        assert!(
            error.starts_with("after 0 s still waiting for its ports to open"),
            "{error}"
        );
        // The first one may have been fast enough.
        assert!(error.contains("the log of authority"), "{error}");
    }
}
