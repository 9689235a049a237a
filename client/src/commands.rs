//! Carries out the commands of the command line.

mod ending;
mod identity;
mod invite;
mod passphrase;
mod requests_of;
mod serve;
mod statement;
mod unlock;
mod verify;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use onym_client_store::StoreError;
use onym_identity::IdentityKey;
use onym_identity::invite::InviteError;
use onym_identity::statement::{FormError, ProposalError};
use onym_server::tor::{BridgeError, Bridges, Network};

use crate::args::{Cli, Command, ExportCommand, Global};
use crate::backup::{self, BackupError};
use crate::control::{self, Control, NoSocket};
use crate::data_dir::{DataDir, DataDirError, Lock};
use crate::node::{self, Node, NodeError, TorChoice};
use crate::openpgp::OpenPgpError;
use crate::printer::Printer;
use crate::report::{FAILED, INTERRUPTED, Report};
use crate::request::Request;
use crate::requests::{self, Answerer, Reports, Works};
use crate::settings::{Settings, SettingsError};
use crate::signals::Signals;
use crate::unlocking::{UnlockError, Unlocked};
use crate::window::{self, WindowError, WindowOptions};

/// Why a command cannot be carried out.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// The folder cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The data folder is not opened.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// The data folder has a passphrase, and there is nobody to ask.
    #[error("the data folder is locked with a passphrase")]
    PassphraseNeeded,
    /// A backup needs a passphrase, and there is nobody to ask.
    #[error("a backup needs a passphrase of its own")]
    ExportPassphraseNeeded,
    /// Two passphrases that should be the same are not.
    #[error("the two passphrases differ")]
    PassphrasesDiffer,
    /// The file with the passphrase cannot be read.
    #[error("the passphrase in {path} cannot be read: {source}")]
    PassphraseFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The backup is not taken over.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Everything would be gone.
    #[error("this deletes the identity and every message in the data folder")]
    NotSure,
    /// Something that cannot be taken back.
    #[error("{0}")]
    NotConfirmed(&'static str),
    /// What is to be verified cannot be read.
    #[error("{path} cannot be read: {source}")]
    Document {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not written.
    #[error("{path} cannot be written: {source}")]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An account is not followed by asking it.
    #[error("an address is followed by adding it as a contact")]
    FollowAddress,
    /// An OpenPGP key is verified for an identity.
    #[error("this is an OpenPGP key: say whose it shall be")]
    KeyOfWhom,
    /// There is nothing that could be followed.
    #[error("there is no signed document in this that could be taken")]
    NothingToFollow,
    /// A file has no document that ends the identity.
    #[error("{0} has no {1}")]
    NoEnd(PathBuf, &'static str),
    /// A file has no key that can be listed.
    #[error("{path}: {source}")]
    OpenPgp {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: OpenPgpError,
    },
    /// The content cannot be signed.
    #[error("no reader would take it: it {0}")]
    Unsigned(#[from] FormError),
    /// The proposal of a succession cannot be believed.
    #[error(transparent)]
    Proposal(#[from] ProposalError),
    /// The proposal is of another identity than was said.
    #[error("the proposal is signed by another identity: {0}")]
    OtherOldIdentity(IdentityKey),
    /// The proposal names another successor.
    #[error("the proposal does not name the identity of this data folder as the successor")]
    OtherSuccessor,
    /// Readers of statements take only so many revocations.
    #[error("this identity has moved as often as it can")]
    NoNextAddress,
    /// The link cannot be made.
    #[error(transparent)]
    Invite(#[from] InviteError),
    /// The name of a host has other characters.
    #[error("'{0}' is no host that can stand in a link")]
    Host(String),
    /// The client's records cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The bridges in the settings cannot be used.
    #[error(transparent)]
    Bridges(#[from] BridgeError),
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
    /// There is no control socket.
    #[error(transparent)]
    NoSocket(#[from] NoSocket),
    /// The process that was asked has gone.
    #[error("the Onym process that was asked has stopped before it could answer")]
    Stopped,
    /// Standard input or a signal failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl CommandError {
    fn report(&self) -> Report {
        let advice = match self {
            Self::Node(error) => error.advice(),
            Self::Unlock(error) => error.advice(),
            Self::FollowAddress => Some("Add it: `onym contact add ADDRESS`."),
            Self::KeyOfWhom => Some("With `--identity ADDRESS`."),
            Self::NothingToFollow => Some("An invite is taken with `onym contact add LINK`."),
            Self::NotConfirmed(_) => Some("Say --yes if that is what you want."),
            Self::NotSure => Some("Say --yes if that is what you want."),
            Self::ExportPassphraseNeeded => Some(
                "Run the command in a terminal, or let ONYM_EXPORT_PASSPHRASE_FILE name a file with it.",
            ),
            Self::PassphraseNeeded => {
                Some("Give it with --passphrase-file, or run the command in a terminal.")
            }
            Self::Window(_) => Some(
                "Without a display, `onym serve` runs the endpoint and `onym listen` shows messages.",
            ),
            Self::Phrase(_) => Some("Check the words against your paper and try again."),
            Self::NoSocket(error) => error.advice(),
            Self::Stopped => Some("Run the command again; what was sent already stays queued."),
            Self::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Some("The recovery phrase consists of plain letters and spaces.")
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
pub(crate) fn window(
    cli: &Cli,
    link: Option<String>,
    runtime: &tokio::runtime::Runtime,
    printer: &mut Printer,
) -> u8 {
    let outcome = open_window(cli, link, runtime);
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            printer.print(&error.report());
            FAILED
        }
    }
}

fn open_window(
    cli: &Cli,
    link: Option<String>,
    runtime: &tokio::runtime::Runtime,
) -> Result<(), CommandError> {
    let folder = DataDir::open(cli.global.data_dir.as_deref())?;
    let network = network(&cli.global)?;
    // The window of the process that has the folder comes to the front instead of a second one.
    let request = Request::Raise { link: link.clone() };
    let lock = match runtime.block_on(take_or_raise(&folder, &request))? {
        Raised::Yes => return Ok(()),
        // Who clicks on a symbol sees no terminal: the window says it.
        Raised::HasNoWindow => None,
        Raised::Nobody(lock) => Some(lock),
    };
    let options = WindowOptions {
        network,
        hidden: cli.hidden && lock.is_some(),
        link,
        lock,
    };
    Ok(window::run(folder, options, runtime)?)
}

/// What a process that has the folder did when it was asked for its window.
enum Raised {
    /// The window is at the front.
    Yes,
    /// It is one without a window.
    HasNoWindow,
    /// There is no such process, and the folder is ours now.
    Nobody(Lock),
}

/// Asks the process that has the folder to raise its window, or takes the folder.
async fn take_or_raise(folder: &DataDir, request: &Request) -> Result<Raised, CommandError> {
    let path = folder.control_socket();
    let failed = |source| CommandError::Control {
        path: path.clone(),
        source,
    };
    let taking = async {
        loop {
            if let Some(mut asking) = control::ask(&path, request).await.map_err(failed)? {
                while let Some(report) = asking.next().await {
                    match report.map_err(failed)?.ends() {
                        Some(0) => return Ok(Raised::Yes),
                        Some(_) => return Ok(Raised::HasNoWindow),
                        None => {}
                    }
                }
            }
            if let Some(lock) = folder.lock()? {
                return Ok(Raised::Nobody(lock));
            }
            // It has just taken the folder, or has just unlocked it, or is a short command.
            tokio::time::sleep(STARTING_PAUSE).await;
        }
    };
    match tokio::time::timeout(STARTING_LIMIT, taking).await {
        Ok(outcome) => outcome,
        Err(_) => Ok(Raised::HasNoWindow),
    }
}

/// How Tor is reached: the network that the options name, through the bridges of the settings.
fn tor(folder: &DataDir, global: &Global) -> Result<TorChoice, CommandError> {
    let settings = Settings::load(&folder.settings_file())?;
    let bridges = Bridges::read(&settings.bridges.join("\n"))?;
    bridges.check_programs()?;
    Ok(TorChoice {
        network: network(global)?,
        bridges,
    })
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
    if let Command::Verify(what) = &command
        && !verify::is_address(&what.what)
    {
        let outcome = verify::run(what, printer)?;
        if !what.follow {
            return Ok(outcome.code);
        }
        let folder = DataDir::open(cli.global.data_dir.as_deref())?;
        return ending::follow(outcome, &folder, &cli.global, printer).await;
    }
    let folder = DataDir::open(cli.global.data_dir.as_deref())?;
    let global = &cli.global;
    // A backup that was taken over by half comes before everything else.
    if backup::waits(&folder)
        && let Some(_held) = folder.lock()?
    {
        backup::take_over(&folder)?;
    }
    match command {
        Command::Identity(command) => statement::run(command, &folder, global, printer).await,
        Command::Invite(invite) if invite.without_token || invite.moved => {
            invite::run(invite, &folder, global, printer)
        }
        Command::Passphrase(command) => passphrase::run(command, &folder, global, printer),
        Command::Wipe { yes } => wipe(&folder, yes, printer),
        Command::Export(ExportCommand::Import { file }) => import(&folder, file, printer).await,
        Command::Serve { listen } => {
            let unlocked = unlock::unlocked(&folder, global)?;
            serve::run(&unlocked, tor(&folder, global)?, listen, printer).await
        }
        other => {
            let Some(request) = requests_of::request_of(other, &folder, global)? else {
                return Ok(0);
            };
            carry_out(request, None, &folder, global, printer).await
        }
    }
}

/// Asks the process that has the folder, or becomes it for as long as the request takes.
async fn carry_out(
    request: Request,
    unlocked: Option<Unlocked>,
    folder: &DataDir,
    global: &Global,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    match ask(folder, &request, printer).await? {
        Asked::Answered(code) => Ok(code),
        Asked::Nobody(lock) => {
            let unlocked = match unlocked {
                Some(unlocked) => unlocked,
                None => unlock::unlocked(folder, global)?,
            };
            let tor = request
                .needs_network()
                .then(|| tor(folder, global))
                .transpose()?;
            alone(&unlocked, lock, request, tor, printer).await
        }
    }
}

/// Takes everything over from a backup, into a folder without an identity.
async fn import(
    folder: &DataDir,
    file: PathBuf,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let _held = folder
        .lock()?
        .ok_or_else(|| NodeError::InUse(folder.path().to_owned()))?;
    if folder.identity_file().exists() {
        return Err(BackupError::Exists(folder.path().to_owned()).into());
    }
    let passphrase = unlock::export_passphrase(false)?;
    let mut signals = Signals::new()?;
    let (told, mut percents) = tokio::sync::mpsc::unbounded_channel();
    let works = Works::default();
    let into = folder.clone();
    let reading = works.run(move |tell| {
        backup::read_beside(&file, &passphrase, &into, &mut |percent| {
            let _ended = told.send(percent);
            tell(percent)
        })
    });
    let read = {
        let mut reading = std::pin::pin!(reading);
        loop {
            tokio::select! {
                Some(percent) = percents.recv() => {
                    printer.print_change(&Report::Progress { percent });
                }
                read = &mut reading => break Some(read),
                () = signals.next() => break None,
            }
        }
    };
    let Some(read) = read else {
        works.idle().await;
        return Ok(INTERRUPTED);
    };
    read.map_err(BackupError::from)??;
    backup::take_over(folder)?;
    printer.print(&Report::Done);
    Ok(0)
}

/// Removes everything in the data folder.
fn wipe(folder: &DataDir, is_sure: bool, printer: &mut Printer) -> Result<u8, CommandError> {
    let _held = folder
        .lock()?
        .ok_or_else(|| NodeError::InUse(folder.path().to_owned()))?;
    if !is_sure {
        return Err(CommandError::NotSure);
    }
    onym_records::wipe(folder.path())?;
    printer.print(&Report::Done);
    Ok(0)
}

/// How long a process that has just taken the folder may need until it can be asked.
const STARTING_LIMIT: Duration = Duration::from_secs(5);
const STARTING_PAUSE: Duration = Duration::from_millis(50);

/// Whether there was somebody to ask.
enum Asked {
    /// There was, and this is the exit code.
    Answered(u8),
    /// There was not, and the folder is ours now.
    Nobody(Lock),
}

/// How asking began.
enum Start {
    /// The process that has the folder was asked.
    Asking(control::Asking),
    /// No process has it.
    Nobody(Lock),
    /// The user wants it no more.
    Interrupted,
}

/// Asks the process that has the folder, or takes the folder.
async fn ask(
    folder: &DataDir,
    request: &Request,
    printer: &mut Printer,
) -> Result<Asked, CommandError> {
    let path = folder.control_socket();
    let failed = |source| CommandError::Control {
        path: path.clone(),
        source,
    };
    // Before anything is asked for: what was begun for us is to be ended in order.
    let mut signals = Signals::new()?;
    let starting = async {
        loop {
            if let Some(asking) = control::ask(&path, request).await.map_err(failed)? {
                return Ok::<_, CommandError>(Start::Asking(asking));
            }
            if let Some(lock) = folder.lock()? {
                return Ok(Start::Nobody(lock));
            }
            tokio::select! {
                () = tokio::time::sleep(STARTING_PAUSE) => {}
                () = signals.next() => return Ok(Start::Interrupted),
            }
        }
    };
    let mut asking = match tokio::time::timeout(STARTING_LIMIT, starting).await {
        Ok(Ok(Start::Asking(asking))) => asking,
        Ok(Ok(Start::Nobody(lock))) => return Ok(Asked::Nobody(lock)),
        Ok(Ok(Start::Interrupted)) => return Ok(Asked::Answered(interrupted(request))),
        Ok(Err(error)) => return Err(error),
        Err(_) => return Err(NodeError::InUse(folder.path().to_owned()).into()),
    };
    loop {
        tokio::select! {
            report = asking.next() => match report {
                Some(Ok(report)) => {
                    let read = printer.print(&report);
                    if let Some(code) = report.ends() {
                        return Ok(Asked::Answered(code));
                    }
                    if !read {
                        return Ok(Asked::Answered(FAILED));
                    }
                }
                Some(Err(source)) => return Err(failed(source)),
                None => return Err(CommandError::Stopped),
            },
            () = signals.next() => {
                asking.leave().await;
                return Ok(Asked::Answered(interrupted(request)));
            }
        }
    }
}

/// The exit code of a request that was interrupted: listening ends in no other way.
fn interrupted(request: &Request) -> u8 {
    match request {
        Request::Listen => 0,
        _ => INTERRUPTED,
    }
}

/// Carries out a request in this process, which ends with it.
async fn alone(
    unlocked: &Unlocked,
    lock: Lock,
    request: Request,
    tor: Option<TorChoice>,
    printer: &mut Printer,
) -> Result<u8, CommandError> {
    let mut signals = Signals::new()?;
    let folder = unlocked.folder();
    let mut node = Node::start(unlocked, lock, tor, None).await?;
    let desk = node.desk(false);
    // Others can ask this process as long as it runs.
    let control = match Control::start(
        folder.control_socket(),
        Answerer::Open(Box::new(desk.clone())),
    ) {
        Ok(control) => control,
        Err(error) => {
            node.stop().await;
            return Err(error.into());
        }
    };
    let if_interrupted = interrupted(&request);
    let (reports, mut receiver) = Reports::new();
    let serving = tokio::spawn(requests::serve(
        Answerer::Open(Box::new(desk)),
        request,
        reports,
    ));
    let mut status = node.endpoint.status();
    let code = loop {
        tokio::select! {
            report = receiver.recv() => {
                let Some(said) = report else { break 0 };
                let read = printer.print(&said.report);
                if let Some(code) = said.report.ends() {
                    break code;
                }
                if !read {
                    break FAILED;
                }
                said.written();
            }
            Ok(()) = status.changed() => {
                let tor = status.borrow_and_update().tor.clone();
                if let Some(tor) = tor {
                    printer.print_change(&requests::tor_report(&tor));
                }
            }
            why = node.failed() => {
                printer.print(&Report::failure(&why, Some(node::DISK_ADVICE)));
                break FAILED;
            }
            () = signals.next() => break if_interrupted,
        }
    };
    serving.abort();
    let _ended = serving.await;
    control.stop().await;
    node.stop().await;
    Ok(code)
}
