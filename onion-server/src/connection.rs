//! One task that reads and one that writes for each connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use onym_server_protocol::{ConnectionId, Input, TlsSide};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::driver::Event;
use crate::tls::Tls;
use crate::transport::Wire;

/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// Bytes that may wait for a slow reader before the connection is given up. It holds the largest
/// window of the largest stanzas that anybody but an attacker sends.
const MAX_UNWRITTEN_BYTES: usize = 16 * 1024 * 1024;

/// How long a connection that is being closed may take to write what waits.
const CLOSING_LIMIT: Duration = Duration::from_secs(30);

/// The driver's hold on a connection. Dropping it leaves the tasks to their end.
#[derive(Debug)]
pub(crate) struct Connection {
    writes: mpsc::UnboundedSender<Write>,
    /// Bytes that were handed over and are not flushed yet.
    unwritten: Arc<AtomicUsize>,
    reader: AbortHandle,
    writer: AbortHandle,
}

enum Write {
    Bytes(Vec<u8>),
    StartTls { side: TlsSide, tls: Tls },
    Close,
}

/// The half of the wire that is read, on loan: it is given, and another one comes for it.
struct Loan {
    give: oneshot::Sender<ReadHalf<Box<dyn Wire>>>,
    back: oneshot::Receiver<ReadHalf<Box<dyn Wire>>>,
}

/// The other side does not read, and the connection has been given up.
#[derive(Debug)]
pub(crate) struct GivenUp;

impl Connection {
    /// Takes a connection over. What it says comes as events, `Closed` the last of them.
    pub(crate) fn start(
        id: ConnectionId,
        wire: Box<dyn Wire>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let (read, write) = tokio::io::split(wire);
        let (writes, queue) = mpsc::unbounded_channel();
        let unwritten = Arc::new(AtomicUsize::new(0));
        let (loans, asked) = mpsc::channel(1);
        let reader = tokio::spawn(read_all(id, read, asked, events.clone())).abort_handle();
        let stop = reader.clone();
        let counter = Arc::clone(&unwritten);
        let writer = tokio::spawn(async move {
            write_all(id, write, queue, &loans, &counter, &events).await;
            // The other side may never close: reading ends with writing.
            stop.abort();
            let _gone = events
                .send(Event::Input(Input::Closed { connection: id }))
                .await;
        })
        .abort_handle();
        Self {
            writes,
            unwritten,
            reader,
            writer,
        }
    }

    /// Queues bytes. If too many wait already, the connection ends at once, without an event.
    pub(crate) fn send(&self, bytes: Vec<u8>) -> Result<(), GivenUp> {
        let waiting = self.unwritten.fetch_add(bytes.len(), Ordering::SeqCst);
        if waiting > MAX_UNWRITTEN_BYTES {
            self.reader.abort();
            self.writer.abort();
            return Err(GivenUp);
        }
        let _closed = self.writes.send(Write::Bytes(bytes));
        Ok(())
    }

    /// Reads no more of what comes as it is, sends what is left to be sent in the clear, and goes on
    /// with TLS. `Secured` comes before the first byte that came through it.
    pub(crate) fn start_tls(&self, side: TlsSide, tls: Tls) {
        let _closed = self.writes.send(Write::StartTls { side, tls });
    }

    /// Whether everything that was ever handed over is flushed. A `Flushed` event may be older
    /// than the last bytes, and then says nothing about them.
    pub(crate) fn is_drained(&self) -> bool {
        self.unwritten.load(Ordering::SeqCst) == 0
    }

    /// Closes once everything queued has been written, or the other side has had its time.
    pub(crate) fn close(&self) {
        let _closed = self.writes.send(Write::Close);
        let (reader, writer) = (self.reader.clone(), self.writer.clone());
        tokio::spawn(async move {
            tokio::time::sleep(CLOSING_LIMIT).await;
            reader.abort();
            writer.abort();
        });
    }
}

async fn read_all(
    id: ConnectionId,
    mut wire: ReadHalf<Box<dyn Wire>>,
    mut asked: mpsc::Receiver<Loan>,
    events: mpsc::Sender<Event>,
) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = tokio::select! {
            biased;
            Some(Loan { give, back }) = asked.recv() => {
                let _gone = give.send(wire);
                let Ok(other) = back.await else { return };
                wire = other;
                continue;
            }
            read = wire.read(&mut buffer) => read,
        };
        match read {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                let input = Input::Received {
                    connection: id,
                    bytes,
                };
                if events.send(Event::Input(input)).await.is_err() {
                    return;
                }
            }
        }
    }
    let _gone = events
        .send(Event::Input(Input::Closed { connection: id }))
        .await;
}

async fn write_all(
    id: ConnectionId,
    mut wire: WriteHalf<Box<dyn Wire>>,
    mut queue: mpsc::UnboundedReceiver<Write>,
    loans: &mpsc::Sender<Loan>,
    unwritten: &AtomicUsize,
    events: &mpsc::Sender<Event>,
) {
    while let Some(first) = queue.recv().await {
        let mut next = Some(first);
        let mut written = 0;
        let mut start_tls = None;
        // Everything that waits goes out before one flush: Tor packs it into fewer cells.
        while let Some(write) = next {
            let bytes = match write {
                Write::Bytes(bytes) => bytes,
                Write::StartTls { side, tls } => {
                    start_tls = Some((side, tls));
                    break;
                }
                Write::Close => {
                    let _closed = wire.shutdown().await;
                    return;
                }
            };
            if wire.write_all(&bytes).await.is_err() {
                return;
            }
            written += bytes.len();
            next = queue.try_recv().ok();
        }
        if wire.flush().await.is_err() {
            return;
        }
        unwritten.fetch_sub(written, Ordering::SeqCst);
        let flushed = Event::Input(Input::Flushed { connection: id });
        if events.send(flushed).await.is_err() {
            return;
        }
        if let Some((side, tls)) = start_tls {
            match secure(id, wire, loans, side, &tls, events).await {
                Some(secured) => wire = secured,
                None => return,
            }
        }
    }
    let _closed = wire.shutdown().await;
}

/// Negotiates TLS, with nobody reading meanwhile. Nothing comes back if that fails.
async fn secure(
    id: ConnectionId,
    wire: WriteHalf<Box<dyn Wire>>,
    loans: &mpsc::Sender<Loan>,
    side: TlsSide,
    tls: &Tls,
    events: &mpsc::Sender<Event>,
) -> Option<WriteHalf<Box<dyn Wire>>> {
    let (give, given) = oneshot::channel();
    let (back, awaited) = oneshot::channel();
    let loan = Loan {
        give,
        back: awaited,
    };
    loans.send(loan).await.ok()?;
    let mut whole = given.await.ok()?.unsplit(wire);
    let secured = match side {
        TlsSide::Accepting { proceed } => {
            whole.write_all(&proceed).await.ok()?;
            whole.flush().await.ok()?;
            tls.accept(whole).await
        }
        TlsSide::Connecting { domain } => tls.connect(whole, &domain).await,
    };
    let secured = match secured {
        Ok(secured) => secured,
        Err(error) => {
            let connection = id;
            let why = error.to_string();
            let told = Event::Input(Input::TlsFailed { connection, why });
            events.send(told).await.ok()?;
            return None;
        }
    };
    let (read, write) = tokio::io::split(secured);
    let told = Event::Input(Input::Secured { connection: id });
    events.send(told).await.ok()?;
    back.send(read).ok()?;
    Some(write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::testing::{connect, service_key};

    fn start(pipe_bytes: usize) -> (Connection, tokio::io::DuplexStream, mpsc::Receiver<Event>) {
        let (ours, theirs) = tokio::io::duplex(pipe_bytes);
        let (events, heard) = mpsc::channel(16);
        (
            Connection::start(ConnectionId(1), Box::new(ours), events),
            theirs,
            heard,
        )
    }

    #[tokio::test]
    async fn a_connection_is_drained_only_when_the_last_byte_is_flushed() {
        let (connection, mut theirs, mut heard) = start(4);
        assert!(connection.is_drained());
        connection.send(b"0123456789".to_vec()).unwrap();
        assert!(!connection.is_drained());
        let mut read = [0; 10];
        theirs.read_exact(&mut read).await.unwrap();
        let event = heard.recv().await;
        assert!(matches!(event, Some(Event::Input(Input::Flushed { .. }))));
        assert!(connection.is_drained());
        // An event that was already on its way says nothing about bytes handed over since.
        connection.send(b"newer".to_vec()).unwrap();
        assert!(!connection.is_drained());
    }

    #[tokio::test]
    async fn somebody_who_does_not_read_is_given_up() {
        let (connection, _theirs, _heard) = start(4);
        connection.send(vec![0; MAX_UNWRITTEN_BYTES + 1]).unwrap();
        assert!(connection.send(vec![0]).is_err());
    }

    /// RFC 6120, section 5.4.3: what came in the clear stands before `Secured`, and what came
    /// through TLS behind it; both directions go on.
    #[tokio::test]
    async fn tls_begins_between_two_bytes() {
        let (connection, mut theirs, mut heard) = start(64 * 1024);
        theirs.write_all(b"<starttls/>").await.unwrap();
        let in_the_clear = heard.recv().await.unwrap();
        let is_clear = |event: &Event| matches!(event, Event::Input(Input::Received { bytes, .. }) if bytes == b"<starttls/>");
        assert!(is_clear(&in_the_clear));
        let tls = Tls::new(&service_key()).unwrap();
        let proceed = b"<proceed/>".to_vec();
        connection.start_tls(TlsSide::Accepting { proceed }, tls);
        connection.send(b"behind it".to_vec()).unwrap();
        let mut proceed = [0; 10];
        theirs.read_exact(&mut proceed).await.unwrap();
        assert_eq!(&proceed, b"<proceed/>");
        let name = service_key().onion_address().to_string();
        let mut secured = connect(theirs, name).await.unwrap();
        let mut behind = [0; 9];
        secured.read_exact(&mut behind).await.unwrap();
        assert_eq!(&behind, b"behind it");
        secured.write_all(b"sealed").await.unwrap();
        secured.flush().await.unwrap();
        let mut is_secured = false;
        loop {
            match heard.recv().await.unwrap() {
                Event::Input(Input::Secured { .. }) => is_secured = true,
                Event::Input(Input::Received { bytes, .. }) => {
                    assert_eq!(bytes, b"sealed");
                    assert!(is_secured);
                    return;
                }
                Event::Input(Input::Flushed { .. }) => {}
                _ => panic!("the connection has ended"),
            }
        }
    }

    #[tokio::test]
    async fn whoever_does_not_speak_tls_after_all_is_gone() {
        let (connection, mut theirs, mut heard) = start(64 * 1024);
        let tls = Tls::new(&service_key()).unwrap();
        let proceed = b"<proceed/>".to_vec();
        connection.start_tls(TlsSide::Accepting { proceed }, tls);
        let mut proceed = [0; 10];
        theirs.read_exact(&mut proceed).await.unwrap();
        theirs.write_all(b"<stream:stream to='x'>").await.unwrap();
        let mut said = None;
        loop {
            match heard.recv().await.unwrap() {
                Event::Input(Input::TlsFailed { why, .. }) => said = Some(why),
                Event::Input(Input::Closed { .. }) => {
                    let why = said.unwrap();
                    assert!(why.contains("message"), "{why}");
                    return;
                }
                Event::Input(Input::Flushed { .. }) => {}
                _ => panic!("the bytes were taken for something"),
            }
        }
    }

    #[tokio::test]
    async fn closing_writes_what_waits_first() {
        let (connection, mut theirs, mut heard) = start(4);
        connection.send(b"last words".to_vec()).unwrap();
        connection.close();
        let mut read = Vec::new();
        theirs.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"last words");
        let closed = heard.recv().await;
        assert!(matches!(closed, Some(Event::Input(Input::Closed { .. }))));
    }
}
