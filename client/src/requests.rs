//! Carries out requests: the same code for a command in this process and one over the control
//! socket.

mod addresses;
mod behind;
mod closed;
mod contacts;
mod conversations;
mod documents;
mod invites;
mod messages;
mod move_links;
mod moving;
mod our_statement;
mod profile;
mod protection;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use onym_client_protocol::command::{Command, CommandError};
use onym_client_protocol::store::Position;
use onym_identity::invite::InviteError;
use onym_identity::statement::DisplayNameError;
use onym_server::{Domain, Endpoint, EndpointStatus, LinkStatus, PeerStatus};
use tokio::sync::{mpsc, oneshot};

use crate::backup::{self, BackupError, Parts};
use crate::engine_task::{EngineHandle, Stopped};
use crate::history::HistoryError;
use crate::identity_file::IdentityFileError;
use crate::report::{Report, Secret};
use crate::request::Request;
use crate::settings::{Settings, SettingsError};
use crate::unlocking::{Passphrase, UnlockError, Unlocked};
pub(crate) use closed::{Closed, ClosedDesk};
pub(crate) use moving::{leave_out, lists, moves};
pub(crate) use work::{Cancelled, Works};

/// Reports that wait for a slow asker.
pub(crate) const REPORTS: usize = 256;

/// What a request works with.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) engine: EngineHandle,
    /// Whether the process goes on when the request is done.
    pub(crate) stays: bool,
    /// The keys and the settings, for a backup.
    pub(crate) unlocked: Unlocked,
    /// Whether the window is locked: then nothing is told or done but what says nothing.
    pub(crate) is_locked: Arc<AtomicBool>,
    /// Brings the window to the front, where there is one.
    pub(crate) raise: Option<Raise>,
    /// What waits for the disk on behalf of requests.
    pub(crate) works: Works,
}

/// Who answers requests.
#[derive(Clone, Debug)]
pub(crate) enum Answerer {
    /// A node.
    Open(Box<Desk>),
    /// A window that has no node yet.
    Closed(ClosedDesk),
}

impl Answerer {
    /// Waits until no work for a request touches the disk any more.
    pub(crate) async fn idle(&self) {
        if let Self::Open(desk) = self {
            desk.works.idle().await;
        }
    }
}

/// Brings the window to the front, with a link to open.
#[derive(Clone)]
pub(crate) struct Raise(pub(crate) Arc<dyn Fn(Option<String>) + Send + Sync>);

impl std::fmt::Debug for Raise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Raise")
    }
}

/// Why a request is not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// The asker has gone.
    #[error("nobody listens any more")]
    Gone,
    /// The engine has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The engine refuses.
    #[error(transparent)]
    Refused(#[from] CommandError),
    /// The records cannot be read.
    #[error(transparent)]
    Store(#[from] onym_client_store::StoreError),
    /// The endpoint refuses or has stopped.
    #[error(transparent)]
    Endpoint(#[from] onym_server::EndpointError),
    /// The message came back.
    #[error("the message was not delivered: {0}")]
    NotDelivered(String),
    /// The time given is over.
    #[error(
        "the message has not come that far in {0} s; it stays queued and is sent when possible"
    )]
    TooLate(u64),
    /// The time given is over, and the message waits for its protection.
    #[error("after {0} s the message still waits: {1}; it is sent when possible")]
    StillHeld(u64, String),
    /// The picture cannot be used.
    #[error("the picture {path} cannot be used: {why}")]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The history cannot be written.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The settings cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Everything cannot be written.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The window is locked.
    #[error("the window of the process that uses the data folder is locked")]
    Locked,
    /// There is no identity yet.
    #[error("the window of the process that uses the data folder has no identity yet")]
    NoIdentity,
    /// The window shows a question or a fault.
    #[error("the window of the process that uses the data folder waits for an answer")]
    Waiting,
    /// The asker, or the process, stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// It is not the passphrase.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// The messages before it were asked for, and it is not there.
    #[error("there is no message {0} in this conversation")]
    NoMessage(u64),
    /// The invite cannot be read, or made.
    #[error(transparent)]
    Invite(#[from] InviteError),
    /// A name that others cannot be shown.
    #[error("the name {0}")]
    Name(#[from] DisplayNameError),
    /// There is no such invite.
    #[error("there is no invite whose id begins with '{0}', or more than one")]
    NoInvite(String),
    /// Nothing came in time.
    #[error("the endpoint has not answered in time")]
    NoAnswer,
    /// The process has no window.
    #[error("the process that uses the data folder has no window")]
    NoWindow,
    /// Our endpoint has not taken our statement.
    #[error("your endpoint has not taken the statement in time; it is kept and published later")]
    NotPublished,
    /// An account does not confirm what was asked.
    #[error("{why}")]
    NotConfirmed {
        /// Why.
        why: String,
        /// What the user can do.
        advice: Option<&'static str>,
        /// The exit code.
        code: u8,
    },
    /// No statement was seen at an address, and no identity is expected there.
    #[error("nothing is known of an identity behind {0}")]
    NobodyBehind(String),
    /// The user has not said that an identity is another one's.
    #[error("nothing was said of the identity behind {0} that could be taken back")]
    DoesNotDiffer(String),
    /// Readers of statements take only so many revocations.
    #[error("this identity has moved as often as it can")]
    NoNextAddress,
    /// The next start cannot be told of the move.
    #[error(transparent)]
    Identity(#[from] IdentityFileError),
    /// There is no such device.
    #[error("there is no device '{0}'")]
    NoDevice(String),
    /// A device has another key than the user has been told.
    #[error("the fingerprint of this device is {0}")]
    OtherFingerprint(String),
    /// The key of a device is not known, so there is nothing to compare.
    #[error("the fingerprint of this device is not known yet")]
    NoFingerprint,
    /// The program cannot remove itself.
    #[error("this is the device that is asked")]
    ThisDevice,
}

/// Where reports go.
#[derive(Clone, Debug)]
pub(crate) struct Reports(mpsc::Sender<Said>);

/// A report on its way to the asker.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) report: Report,
    /// Somebody wants to know that it has been written.
    written: Option<oneshot::Sender<()>>,
}

impl Said {
    /// The asker has it.
    pub(crate) fn written(self) {
        if let Some(written) = self.written {
            let _gone = written.send(());
        }
    }
}

impl Reports {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Said>) {
        let (sender, receiver) = mpsc::channel(REPORTS);
        (Self(sender), receiver)
    }

    /// Hands a report on.
    pub(crate) async fn send(&self, report: Report) -> Result<(), RequestError> {
        let said = Said {
            report,
            written: None,
        };
        self.0.send(said).await.map_err(|_| RequestError::Gone)
    }

    /// Hands a report on and returns once it has been written to the asker.
    pub(crate) async fn deliver(&self, report: Report) -> Result<(), RequestError> {
        let (written, done) = oneshot::channel();
        let said = Said {
            report,
            written: Some(written),
        };
        self.0.send(said).await.map_err(|_| RequestError::Gone)?;
        done.await.map_err(|_| RequestError::Gone)
    }

    /// Returns when the asker has gone.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }
}

impl RequestError {
    /// What the user can do.
    fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Locked => Some("Unlock the window, or close it."),
            Self::NoIdentity | Self::Waiting => Some("Go on in the window, or close it."),
            Self::OtherFingerprint(_) => {
                Some("Do not trust it before you know why: somebody may stand between you.")
            }
            Self::NoFingerprint => Some("Ask for it: `onym devices ADDRESS --refresh`."),
            Self::ThisDevice => Some("`onym wipe` removes everything in the data folder."),
            _ => None,
        }
    }
}

/// Carries a request out and says how it ended. Dropping the future ends it early; then
/// [`Answerer::idle`] tells when the disk is left alone.
pub(crate) async fn serve(answerer: Answerer, request: Request, reports: Reports) {
    let (desk, outcome) = match &answerer {
        Answerer::Open(desk) => (Some(desk), carry_out(desk, request, &reports).await),
        Answerer::Closed(desk) => (None, closed::carry_out(desk, request)),
    };
    let last = match outcome {
        Ok(()) => Report::Done,
        Err(RequestError::Gone) => return,
        Err(
            error @ (RequestError::TooLate(_)
            | RequestError::StillHeld(..)
            | RequestError::NotPublished),
        ) => {
            let stays = desk.is_none_or(|desk| desk.stays);
            let advice = (!stays).then(|| "Run `onym serve` to keep trying.".to_owned());
            Report::Error {
                why: error.to_string(),
                advice,
                code: crate::report::TOO_LATE,
            }
        }
        Err(RequestError::NotConfirmed { why, advice, code }) => {
            let advice = advice.map(str::to_owned);
            Report::Error { why, advice, code }
        }
        Err(error) => Report::failure(&error, error.advice()),
    };
    let _gone = reports.send(last).await;
}

async fn carry_out(desk: &Desk, request: Request, reports: &Reports) -> Result<(), RequestError> {
    let says_nothing = matches!(request, Request::Raise { .. } | Request::Status);
    if desk.is_locked.load(Ordering::SeqCst) && !says_nothing {
        return Err(RequestError::Locked);
    }
    match request {
        Request::Send {
            to,
            text,
            reply_to,
            until,
        } => messages::send(desk, to, text, reply_to, until, reports).await,
        Request::Listen => messages::listen(desk, reports).await,
        Request::Raise { link } => raise(desk, link),
        Request::Export {
            file,
            passphrase,
            current,
        } => {
            let current = current.map(|current| Passphrase::new(current.reveal()));
            tokio::task::block_in_place(|| desk.unlocked.verify(current.as_ref()))?;
            export(desk, file, passphrase, reports).await
        }
        Request::Edit { .. }
        | Request::Retract { .. }
        | Request::React { .. }
        | Request::Resend { .. }
        | Request::Search { .. }
        | Request::History { .. }
        | Request::Conversations
        | Request::Configure { .. }
        | Request::WriteTo { .. }
        | Request::Read { .. }
        | Request::DeleteConversation { .. }
        | Request::FetchOlder { .. }
        | Request::ExportHistory { .. } => in_conversations(desk, request, reports).await,
        Request::Profile
        | Request::SetOurName { .. }
        | Request::SetOurPicture { .. }
        | Request::Contacts
        | Request::AddContact { .. }
        | Request::AcceptContact { .. }
        | Request::DeclineContact { .. }
        | Request::RemoveContact { .. }
        | Request::RenameContact { .. }
        | Request::SetBlocked { .. }
        | Request::Blocked => with_people(desk, request, reports).await,
        Request::Devices | Request::AddDevice { .. } | Request::RevokeDevice { .. } => {
            about_devices(desk, request, reports).await
        }
        Request::OmemoDevices { .. }
        | Request::RemoveOmemoDevice { .. }
        | Request::RenewDevice
        | Request::SetTrust { .. }
        | Request::Encryption { .. }
        | Request::Renew { .. } => protection::carry_out(desk, request, reports).await,
        Request::MakeInvite { .. } | Request::Invites | Request::RevokeInvite { .. } => {
            invites::carry_out(desk, request, reports).await
        }
        Request::Behind { jid, what } => behind::carry_out(desk, jid, what, reports).await,
        Request::OurStatement { .. } | Request::Claim { .. } | Request::CheckAddress { .. } => {
            our_statement::carry_out(desk, request, reports).await
        }
        Request::TakeDocument { text } => documents::take(desk, &text, reports).await,
        Request::EndIdentity { text } => documents::end_identity(desk, &text, reports).await,
        Request::Move => moving::carry_out(desk, reports).await,
        Request::Stay => moving::take_back(desk, reports).await,
        Request::Moves => moving::tell(desk, reports).await,
        Request::Retry { jid } => {
            let domain = onym_server::domain_of(&jid);
            desk.endpoint.retry_now(domain).await?;
            Ok(())
        }
        Request::Status => tell_status(desk, reports).await,
    }
}

async fn tell_status(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let status = desk.endpoint.status().borrow().clone();
    for report in status_reports(&status) {
        reports.send(report).await?;
    }
    Ok(())
}

/// Brings the window to the front.
fn raise(desk: &Desk, link: Option<String>) -> Result<(), RequestError> {
    let Some(Raise(raise)) = &desk.raise else {
        return Err(RequestError::NoWindow);
    };
    raise(link);
    Ok(())
}

/// Requests about the owner's other clients.
async fn about_devices(
    desk: &Desk,
    request: Request,
    reports: &Reports,
) -> Result<(), RequestError> {
    match request {
        Request::Devices => {
            for name in desk.endpoint.devices().await? {
                reports
                    .send(Report::Device {
                        name,
                        password: None,
                    })
                    .await?;
            }
            Ok(())
        }
        Request::AddDevice { name } => {
            let password = desk.endpoint.add_device(&name).await?;
            reports
                .send(Report::Device {
                    name,
                    password: Some(Secret::new(&password)),
                })
                .await
        }
        Request::RevokeDevice { name } => {
            if desk.endpoint.revoke_device(&name).await? {
                return Ok(());
            }
            Err(RequestError::NoDevice(name))
        }
        _ => Ok(()),
    }
}

/// Writes everything into a sealed file.
async fn export(
    desk: &Desk,
    file: PathBuf,
    passphrase: Secret,
    reports: &Reports,
) -> Result<(), RequestError> {
    let settings = Settings::load(&desk.unlocked.folder().settings_file())?;
    let parts = Parts::of(&desk.endpoint, &desk.engine, &desk.unlocked, &settings)?;
    let shown = file.display().to_string();
    let writing = desk
        .works
        .run(move |tell| backup::write(&parts, &file, passphrase.reveal(), tell));
    writing.await??;
    let file = shown;
    reports.send(Report::Written { file }).await
}

/// Requests about conversations and the messages in them.
async fn in_conversations(
    desk: &Desk,
    request: Request,
    reports: &Reports,
) -> Result<(), RequestError> {
    use conversations::change;
    let request = addresses::at_home(desk, request).await?;
    match request {
        Request::Edit {
            message,
            text,
            until,
        } => {
            let command = Command::EditMessage {
                conversation: message.jid.clone(),
                position: Position(message.number),
                text,
            };
            change(desk, &message, command, until, reports).await
        }
        Request::Retract { message, until } => {
            let command = Command::Retract {
                conversation: message.jid.clone(),
                position: Position(message.number),
            };
            change(desk, &message, command, until, reports).await
        }
        Request::React {
            message,
            emojis,
            until,
        } => {
            let command = Command::React {
                conversation: message.jid.clone(),
                position: Position(message.number),
                emojis,
            };
            change(desk, &message, command, until, reports).await
        }
        Request::Resend { id, until } => messages::resend(desk, &id, until, reports).await,
        Request::Search { text, limit } => conversations::search(desk, &text, limit, reports).await,
        Request::History { jid, limit, before } => {
            conversations::history(desk, &jid, limit, before, reports).await
        }
        Request::Conversations => conversations::list(desk, reports).await,
        Request::Configure { jid, how } => conversations::configure(desk, jid, how, reports).await,
        Request::WriteTo { jid, address } => addresses::write_to(desk, jid, address, reports).await,
        Request::Read { jid } => conversations::mark_read(desk, jid).await,
        Request::DeleteConversation { jid } => conversations::delete(desk, jid).await,
        Request::FetchOlder { jid } => conversations::fetch_older(desk, jid).await,
        Request::ExportHistory { file, form, with } => {
            conversations::export(desk, file, form, with, reports).await
        }
        _ => Ok(()),
    }
}

/// Requests about contacts and about ourselves.
async fn with_people(desk: &Desk, request: Request, reports: &Reports) -> Result<(), RequestError> {
    let (command, jid) = match request {
        Request::Profile => return profile::show(desk, reports).await,
        Request::SetOurName { name } => return profile::set_name(desk, name, reports).await,
        Request::SetOurPicture { file } => return profile::set_picture(desk, file, reports).await,
        Request::Blocked => return profile::blocked(desk, reports).await,
        Request::SetBlocked { jid, blocked } => {
            return profile::set_blocked(desk, jid, blocked, reports).await;
        }
        Request::Contacts => return contacts::list(desk, reports).await,
        Request::AddContact {
            jid,
            name,
            invite,
            in_person,
        } => {
            let introduction = invites::introduction(invite.as_ref(), in_person)?;
            let is_move = introduction.as_ref().is_some_and(|it| it.is_move);
            let command = Command::AddContact {
                jid: jid.clone(),
                name,
                introduction,
            };
            if is_move {
                return move_links::follow(desk, command, jid, reports).await;
            }
            (command, jid)
        }
        Request::AcceptContact { jid } => (Command::AcceptContact { jid: jid.clone() }, jid),
        Request::DeclineContact { jid } => (Command::DeclineContact { jid: jid.clone() }, jid),
        Request::RemoveContact { jid } => (Command::RemoveContact { jid: jid.clone() }, jid),
        Request::RenameContact { jid, name } => {
            let command = Command::RenameContact {
                jid: jid.clone(),
                name,
            };
            (command, jid)
        }
        _ => return Ok(()),
    };
    contacts::change(desk, command, &jid, reports).await
}

/// The endpoint's state, as reports.
pub(crate) fn status_reports(status: &EndpointStatus) -> Vec<Report> {
    let mut reports: Vec<_> = status.tor.iter().map(tor_report).collect();
    reports.extend(
        status
            .peers
            .iter()
            .map(|(domain, peer)| peer_report(domain, peer)),
    );
    reports
}

/// Tor's state, as a report.
pub(crate) fn tor_report(status: &onym_server::tor::TorStatus) -> Report {
    Report::Tor {
        words: status.to_string(),
        status: serde_json::to_value(status).unwrap_or_default(),
    }
}

/// A peer's state, as a report.
pub(crate) fn peer_report(domain: &Domain, peer: &PeerStatus) -> Report {
    let words = match &peer.link {
        LinkStatus::Idle => "not connected".to_owned(),
        LinkStatus::Waiting { why, next_try, .. } => {
            format!("away ({why}); next try at {next_try}")
        }
        LinkStatus::Connecting => "connecting".to_owned(),
        LinkStatus::Proving => "proving who we are".to_owned(),
        LinkStatus::Online => "connected".to_owned(),
    };
    Report::Peer {
        domain: domain.to_string(),
        words,
        queued: peer.queued,
        link: serde_json::to_value(&peer.link).unwrap_or_default(),
        last_reached: peer.last_reached.map(|time| time.to_string()),
    }
}
