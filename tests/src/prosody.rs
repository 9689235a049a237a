//! Prosody, a server that others wrote, as somebody's endpoint: an onion service of its own that
//! federates by `mod_onions`.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use onym_tor_network::{OnionService, TorNetwork};
use tempfile::TempDir;

use crate::deadline::Deadline;
use crate::program::LOG_FOLDER;

/// The user of Debian's package. Prosody refuses to be root.
const USER: &str = "prosody";
/// Where Debian's `prosody-modules` lie.
const COMMUNITY_MODULES: &str = "/usr/lib/prosody/modules";
const START_LIMIT: Duration = Duration::from_secs(30);
/// Where other servers connect to.
const SERVER_PORT: u16 = 5269;
/// How much of its log an error shows, in lines.
const SHOWN_LINES: usize = 40;

/// A Prosody with a folder, an onion address and a tor of its own. All ends and is removed when
/// this is dropped.
#[derive(Debug)]
pub struct Prosody {
    running: Option<Child>,
    service: OnionService,
    clients: u16,
    servers: u16,
    folder: TempDir,
}

/// Why Prosody could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProsodyError {
    /// The programs or the module are missing.
    #[error("{0:?} is missing: `scripts/interop` installs Debian's prosody and prosody-modules")]
    Missing(PathBuf),
    /// Its onion service could not be published.
    #[error("its onion service: {0}")]
    Tor(#[from] onym_tor_network::Error),
    /// A file could not be written or read.
    #[error("its folder: {0}")]
    Folder(#[from] io::Error),
    /// A program could not do what it was run for.
    #[error("{doing} ({status}): {output}")]
    Refused {
        /// What was to be done.
        doing: &'static str,
        /// How the program ended.
        status: ExitStatus,
        /// What it said.
        output: String,
    },
    /// It does not take connections, or has ended.
    #[error("it did not come up; its log ends with:\n{log}")]
    NotUp {
        /// The end of its log.
        log: String,
    },
}

impl Prosody {
    /// Publishes an onion service, and starts a Prosody that answers for its address.
    pub fn start(network: &TorNetwork) -> Result<Self, ProsodyError> {
        let module = Path::new(COMMUNITY_MODULES).join("mod_onions");
        for needed in [Path::new("/usr/bin/prosody"), &module] {
            if !needed.exists() {
                return Err(ProsodyError::Missing(needed.to_owned()));
            }
        }
        let (clients, servers) = free_ports()?;
        let mut prosody = Self {
            running: None,
            service: network.onion_service(&[(SERVER_PORT, servers)])?,
            clients,
            servers,
            folder: tempfile::Builder::new().prefix("onym-prosody-").tempdir()?,
        };
        prosody.write_folder()?;
        prosody.start_again()?;
        Ok(prosody)
    }

    /// The domain of its accounts, which is an onion address.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.service.address()
    }

    /// Where clients on this machine log in, without TLS.
    #[must_use]
    pub fn client_port(&self) -> u16 {
        self.clients
    }

    /// Makes an account, and returns its address.
    pub fn register(&self, name: &str, password: &str) -> Result<String, ProsodyError> {
        let mut command = self.as_its_user("prosodyctl");
        command.args(["register", name, self.domain(), password]);
        self.run(command, "making an account")?;
        Ok(format!("{name}@{}", self.domain()))
    }

    /// Starts it, with all that it has kept, and returns when it takes connections.
    pub fn start_again(&mut self) -> Result<(), ProsodyError> {
        let mut command = self.as_its_user("prosody");
        let output = fs::File::create(self.folder.path().join("output"))?;
        let child = command
            .arg("-F")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        self.running = Some(child);
        let deadline = Deadline::after(START_LIMIT);
        let ports = [self.clients, self.servers];
        while !ports.into_iter().all(is_open) {
            let child = self.running.as_mut();
            let has_ended = child.is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if has_ended || !deadline.pause() {
                return Err(ProsodyError::NotUp { log: self.log() });
            }
        }
        Ok(())
    }

    /// Ends it, as a power failure would. Its onion service stays published.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            // It may have ended before.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let all = read("output") + &read("log");
        let lines: Vec<&str> = all.lines().collect();
        let start = lines.len().saturating_sub(SHOWN_LINES);
        lines.get(start..).unwrap_or_default().join("\n")
    }

    /// Everything that it keeps of its accounts: the text of every file.
    pub fn kept(&self) -> io::Result<String> {
        let mut all = String::new();
        let mut folders = vec![self.data()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.push_str(&String::from_utf8_lossy(&fs::read(path)?));
                }
            }
        }
        Ok(all)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of the package with our configuration, under its own user if we may.
    fn as_its_user(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if is_root() {
            let user = [format!("--reuid={USER}"), format!("--regid={USER}")];
            command.args(user).arg("--clear-groups");
        }
        command
            .args(["--", program, "--config"])
            .arg(self.folder.path().join("prosody.cfg.lua"))
            .current_dir(self.folder.path());
        command
    }

    /// Runs a program to its end, which has to be a success.
    fn run(&self, mut command: Command, doing: &'static str) -> Result<(), ProsodyError> {
        let output = command.stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(ProsodyError::Refused {
            doing,
            status: output.status,
            output: String::from_utf8_lossy(&said).into_owned(),
        })
    }

    /// The configuration and a certificate that it has signed itself, for its own user.
    fn write_folder(&self) -> Result<(), ProsodyError> {
        let folder = self.folder.path();
        fs::create_dir(self.data())?;
        fs::write(folder.join("prosody.cfg.lua"), self.configuration())?;
        let mut command = Command::new("openssl");
        command
            .args(["req", "-x509", "-nodes", "-days", "30", "-newkey", "ec"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-subj", &format!("/CN={}", self.domain())])
            .args(["-addext", &format!("subjectAltName=DNS:{}", self.domain())])
            .args(["-keyout", "key.pem", "-out", "certificate.pem"])
            .current_dir(folder);
        self.run(command, "making a certificate")?;
        if is_root() {
            let mut command = Command::new("chown");
            command.args(["-R", &format!("{USER}:")]).arg(folder);
            self.run(command, "giving it its folder")?;
        }
        Ok(())
    }

    fn configuration(&self) -> String {
        let Self {
            service,
            clients,
            servers,
            folder,
            running: _,
        } = self;
        let folder = folder.path().display();
        let (domain, proxy) = (service.address(), service.socks_proxy().port());
        format!(
            r#"-- Debian's modules, those that a messenger needs, and federation over Tor alone.
plugin_paths = {{ "{COMMUNITY_MODULES}" }}
modules_enabled = {{
    "roster", "saslauth", "tls", "dialback", "disco", "pep", "carbons", "mam", "offline",
    "smacks", "vcard4", "vcard_legacy", "blocklist", "ping", "onions",
}}
onions_only = true
onions_socks5_port = {proxy}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {clients} }}
c2s_direct_tls_ports = {{}}
s2s_ports = {{ {servers} }}
s2s_direct_tls_ports = {{}}
http_ports = {{}}
https_ports = {{}}
-- The client is on this machine. Servers have to use TLS, which is the default, and prove themselves by
-- dialback: nobody signs their certificates.
c2s_require_encryption = false
s2s_secure_auth = false
authentication = "internal_hashed"
storage = "internal"
data_path = "{folder}/data"
pidfile = "{folder}/pid"
log = {{ debug = "{folder}/log" }}
VirtualHost "{domain}"
    ssl = {{ key = "{folder}/key.pem", certificate = "{folder}/certificate.pem" }}
"#
        )
    }
}

impl Drop for Prosody {
    fn drop(&mut self) {
        self.stop();
        if let Some(folder) = std::env::var_os(LOG_FOLDER) {
            let file = Path::new(&folder).join(format!("prosody-{}.log", self.clients));
            // For whoever looks for a fault; a test does not depend on it.
            let _ = fs::copy(self.folder.path().join("log"), file);
        }
    }
}

/// Two ports that are free now.
fn free_ports() -> io::Result<(u16, u16)> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (one, other) = (bind()?, bind()?);
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}

fn is_open(port: u16) -> bool {
    TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_ok()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|ours| ours.uid() == 0)
}
