//! The control socket: how one process of the owner's asks another that has the data folder.
//!
//! A Unix socket in the data folder, which nobody else can enter. The asker writes one line of
//! JSON, a [`Request`]; the answer is lines of JSON, [`Report`]s, the last of them an ending one.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::report::Report;
use crate::request::Request;
use crate::requests::{self, Answerer, Reports, Said};

/// The longest line: a text of the greatest length, with every character escaped.
const MAX_LINE_BYTES: u64 = 1024 * 1024;

/// How long an asker may take to write its request.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// Answers askers until it is stopped or dropped.
#[derive(Debug)]
pub(crate) struct Control {
    task: JoinHandle<()>,
    path: PathBuf,
}

/// The socket cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the control socket {path} cannot be made: {source}")]
pub(crate) struct NoSocket {
    path: PathBuf,
    source: io::Error,
}

impl NoSocket {
    /// What the user can do.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        (self.source.kind() == io::ErrorKind::InvalidInput).then_some(
            "A socket's path has at most 107 characters: choose a shorter folder with --data-dir.",
        )
    }
}

impl Control {
    /// Listens on the socket, in place of a process that is gone. The caller holds the folder's
    /// lock.
    pub(crate) fn start(path: PathBuf, answerer: Answerer) -> Result<Self, NoSocket> {
        match listen(&path) {
            Ok(listener) => Ok(Self {
                task: tokio::spawn(serve(listener, answerer)),
                path,
            }),
            Err(source) => Err(NoSocket { path, source }),
        }
    }

    /// Ends it, and every request that is being carried out.
    pub(crate) async fn stop(mut self) {
        let _already = std::fs::remove_file(&self.path);
        self.task.abort();
        let _aborted = (&mut self.task).await;
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn serve(listener: UnixListener, answerer: Answerer) {
    // Dropped with this task, and the requests with it.
    let mut askers = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    askers.spawn(answer(stream, answerer.clone()));
                }
                // Too many open files, most likely.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            Some(_) = askers.join_next() => {}
        }
    }
}

async fn answer(stream: UnixStream, answerer: Answerer) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut line = String::new();
    let mut bounded = (&mut read).take(MAX_LINE_BYTES);
    let reading = bounded.read_line(&mut line);
    if !matches!(
        tokio::time::timeout(REQUEST_LIMIT, reading).await,
        Ok(Ok(1..))
    ) {
        return;
    }
    let request: Request = match serde_json::from_str(&line) {
        Ok(request) => request,
        Err(error) => {
            let report = Report::failure(
                &format!("the request cannot be read: {error}"),
                Some("Both processes must be of the same version of Onym."),
            );
            let _gone = write_line(&mut write, &report).await;
            return;
        }
    };
    let (reports, receiver) = Reports::new();
    let serving = requests::serve(answerer.clone(), request, reports);
    let writing = write_all(receiver, &mut write);
    // An asker that goes, goes silently: its end of the socket closes.
    let leaving = async {
        let mut byte = [0];
        while matches!(read.read(&mut byte).await, Ok(1..)) {}
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(serving, writing) } => {}
        () = leaving => {}
    }
    // Whoever left may wait until nothing of the request is on the disk: its end closes then.
    answerer.idle().await;
}

async fn write_all(mut reports: mpsc::Receiver<Said>, write: &mut OwnedWriteHalf) {
    while let Some(said) = reports.recv().await {
        if write_line(write, &said.report).await.is_err() {
            return;
        }
        said.written();
    }
}

async fn write_line(write: &mut OwnedWriteHalf, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report).map_err(io::Error::other)?;
    line.push(b'\n');
    write.write_all(&line).await
}

/// How long a process may take to end a request that nobody wants any more.
const LEAVING_LIMIT: Duration = Duration::from_secs(10);

/// A request that another process carries out. It ends the request when this is dropped.
#[derive(Debug)]
pub(crate) struct Asking {
    reports: mpsc::Receiver<io::Result<Report>>,
    /// The other process ends the request when this is closed.
    write: OwnedWriteHalf,
}

impl Asking {
    /// The next report; none once there are no more.
    pub(crate) async fn next(&mut self) -> Option<io::Result<Report>> {
        self.reports.recv().await
    }

    /// Ends the request, and returns when nothing of it is left.
    pub(crate) async fn leave(self) {
        let Self { mut reports, write } = self;
        drop(write);
        let ending = async { while reports.recv().await.is_some() {} };
        let _too_long = tokio::time::timeout(LEAVING_LIMIT, ending).await;
    }
}

/// Asks the process that has the folder. None if there is no such process.
pub(crate) async fn ask(path: &Path, request: &Request) -> io::Result<Option<Asking>> {
    let stream = match UnixStream::connect(path).await {
        Ok(stream) => stream,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
                _ => Err(error),
            };
        }
    };
    let mut line = serde_json::to_vec(request).map_err(io::Error::other)?;
    line.push(b'\n');
    let (read, mut write) = stream.into_split();
    write.write_all(&line).await?;
    let (sender, reports) = mpsc::channel(requests::REPORTS);
    tokio::spawn(async move {
        let mut lines = BufReader::new(read).lines();
        loop {
            let report = match lines.next_line().await {
                Ok(Some(line)) => serde_json::from_str(&line).map_err(io::Error::other),
                Ok(None) => return,
                Err(error) => Err(error),
            };
            let last = report.is_err();
            if sender.send(report).await.is_err() || last {
                return;
            }
        }
    });
    Ok(Some(Asking { reports, write }))
}
