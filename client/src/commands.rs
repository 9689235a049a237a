//! Carries out the commands of the command line.

mod identity;
mod serve;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use onym_server::tor::Network;

use crate::args::{Cli, Command, ContactCommand, DeviceCommand, Global};
use crate::control;
use crate::data_dir::{DataDir, DataDirError};
use crate::identity_file::IdentityFileError;
use crate::node::{self, Node, NodeError};
use crate::printer::Printer;
use crate::report::{FAILED, Report};
use crate::request::Request;
use crate::requests::{self, Desk, Reports};
use crate::signals::Signals;
use crate::window::{self, WindowError};

/// Why a command cannot be carried out.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// The folder cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The identity cannot be read or written.
    #[error(transparent)]
    Identity(#[from] IdentityFileError),
    /// The process cannot take the folder.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The phrase is wrong.
    #[error("{0}")]
    Phrase(onym_identity::RecoveryPhraseError),
    /// The file with the Tor network cannot be read.
    #[error("the Tor configuration {path} cannot be read: {source}")]
    TorConfig {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The process that has the folder cannot be asked.
    #[error("the process that uses {path} cannot be asked: {source}")]
    Control {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no window.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// Standard input or a signal failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl CommandError {
    fn report(&self) -> Report {
        let advice = match self {
            Self::Node(error) => error.advice(),
            Self::Identity(IdentityFileError::Missing(_)) => Some(
                "Make one with `onym identity new`, or restore one with `onym identity restore`.",
            ),
            Self::Window(_) => Some(
                "Without a display, `onym serve` runs the endpoint and `onym listen` shows messages.",
            ),
            Self::Phrase(_) => Some("Check the words against your paper and try again."),
            Self::Control { source, .. } if source.kind() == io::ErrorKind::InvalidInput => {
                Some("A socket's path has at most 107 characters: choose a shorter --data-dir.")
            }
            _ => None,
        };
        Report::failure(self, advice)
    }
}

/// Runs a command to its end and returns the exit code.
pub(crate) async fn run(cli: Cli, command: Command, printer: &mut Printer) -> u8 {
    match try_run(cli, command, printer).await {
        Ok(code) => code,
        Err(error) => {
            printer.print(&error.report());
            FAILED
        }
    }
}

/// Opens the window, and returns the exit code when it is closed.
pub(crate) fn window(cli: &Cli, runtime: &tokio::runtime::Runtime, printer: &mut Printer) -> u8 {
    let opened = DataDir::open(cli.global.data_dir.as_deref())
        .map_err(CommandError::from)
        .and_then(|folder| Ok((folder, network(&cli.global)?)));
    let outcome = opened.and_then(|(folder, network)| Ok(window::run(folder, network, runtime)?));
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            printer.print(&error.report());
            FAILED
        }
    }
}

/// The Tor network that the options name.
fn network(global: &Global) -> Result<Network, CommandError> {
    let file = global.tor_config.as_deref();
    node::network(file).map_err(|source| CommandError::TorConfig {
        path: file.map(Path::to_owned).unwrap_or_default(),
        source,
    })
}

async fn try_run(cli: Cli, command: Command, printer: &mut Printer) -> Result<u8, CommandError> {
    let folder = DataDir::open(cli.global.data_dir.as_deref())?;
    let network = || network(&cli.global);
    match command {
        Command::Identity(command) => identity::run(&command, &folder, printer),
        Command::Serve { listen } => serve::run(&folder, network()?, listen, printer).await,
        other => {
            let Some(request) = request_of(other) else {
                return Ok(0);
            };
            if let Some(code) = ask(&folder, &request, printer).await? {
                return Ok(code);
            }
            let network = request.needs_network().then(network).transpose()?;
            alone(&folder, request, network, printer).await
        }
    }
}

fn request_of(command: Command) -> Option<Request> {
    Some(match command {
        Command::Identity(_) | Command::Serve { .. } => return None,
        Command::Send {
            jid,
            text,
            wait,
            timeout,
        } => Request::Send {
            to: jid,
            text,
            wait,
            timeout_seconds: timeout,
        },
        Command::Listen => Request::Listen,
        Command::Contact(ContactCommand::List) => Request::Contacts,
        Command::Contact(ContactCommand::Add { jid, name }) => Request::AddContact { jid, name },
        Command::Contact(ContactCommand::Accept { jid }) => Request::AcceptContact { jid },
        Command::Contact(ContactCommand::Decline { jid }) => Request::DeclineContact { jid },
        Command::Contact(ContactCommand::Remove { jid }) => Request::RemoveContact { jid },
        Command::Device(DeviceCommand::List) => Request::Devices,
        Command::Device(DeviceCommand::Add { name }) => Request::AddDevice { name },
        Command::Device(DeviceCommand::Revoke { name }) => Request::RevokeDevice { name },
        Command::Retry { jid } => Request::Retry { jid },
        Command::Status => Request::Status,
    })
}

/// How long a process that has just taken the folder may need until it can be asked.
const STARTING_LIMIT: Duration = Duration::from_secs(5);
const STARTING_PAUSE: Duration = Duration::from_millis(50);

/// Asks the process that has the folder. None if there is none.
async fn ask(
    folder: &DataDir,
    request: &Request,
    printer: &mut Printer,
) -> Result<Option<u8>, CommandError> {
    let path = folder.control_socket();
    let failed = |source| CommandError::Control {
        path: path.clone(),
        source,
    };
    let starting = async {
        loop {
            if let Some(reports) = control::ask(&path, request).await.map_err(failed)? {
                return Ok::<_, CommandError>(Some(reports));
            }
            // Nobody listens and nobody holds the folder: there is no such process.
            if folder.lock()?.is_some() {
                return Ok(None);
            }
            tokio::time::sleep(STARTING_PAUSE).await;
        }
    };
    let reports = match tokio::time::timeout(STARTING_LIMIT, starting).await {
        Ok(outcome) => outcome,
        Err(_) => Err(CommandError::Node(NodeError::InUse(
            folder.path().to_owned(),
        ))),
    };
    let Some(mut reports) = reports? else {
        return Ok(None);
    };
    let mut signals = Signals::new()?;
    loop {
        tokio::select! {
            report = reports.recv() => match report {
                Some(Ok(report)) => {
                    printer.print(&report);
                    if let Some(code) = report.ends() {
                        return Ok(Some(code));
                    }
                }
                Some(Err(source)) => return Err(failed(source)),
                None => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
            },
            () = signals.next() => return Ok(Some(0)),
        }
    }
}

/// Takes the folder for this request alone.
async fn alone(
    folder: &DataDir,
    request: Request,
    network: Option<Network>,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let mut signals = Signals::new()?;
    let mut node = Node::start(folder, network, None).await?;
    let desk = Desk {
        endpoint: node.endpoint.clone(),
        engine: node.engine.clone(),
        stays: false,
    };
    // Others can ask this process as long as it runs.
    let socket = folder.control_socket();
    let listener = control::listen(&socket).map_err(|source| CommandError::Control {
        path: socket,
        source,
    })?;
    let control = tokio::spawn(control::serve(listener, desk.clone()));
    let (reports, mut receiver) = Reports::new();
    let serving = tokio::spawn(requests::serve(desk, request, reports));
    let mut status = node.endpoint.status();
    let mut code = 0;
    loop {
        tokio::select! {
            report = receiver.recv() => match report {
                Some(report) => {
                    printer.print(&report);
                    if let Some(end) = report.ends() {
                        code = end;
                        break;
                    }
                }
                None => break,
            },
            Ok(()) = status.changed() => {
                let tor = status.borrow_and_update().tor.clone();
                if let Some(tor) = tor {
                    printer.print_change(&requests::tor_report(&tor));
                }
            }
            why = node.failed() => {
                printer.print(&Report::failure(&why, None));
                code = FAILED;
                break;
            }
            () = signals.next() => break,
        }
    }
    serving.abort();
    control.abort();
    let _ended = (serving.await, control.await);
    node.stop().await;
    Ok(code)
}
