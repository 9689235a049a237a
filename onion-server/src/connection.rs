//! One task that reads and one that writes for each connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use onym_server_protocol::{ConnectionId, Input};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::driver::Event;
use crate::transport::Wire;

/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// Bytes that may wait for a slow reader before the connection is given up. It holds the largest
/// window of the largest stanzas that anybody but an attacker sends.
const MAX_UNWRITTEN_BYTES: usize = 16 * 1024 * 1024;

/// The driver's hold on a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    writes: mpsc::UnboundedSender<Write>,
    unwritten: Arc<AtomicUsize>,
    reader: AbortHandle,
}

enum Write {
    Bytes(Vec<u8>),
    Close,
}

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
        let reader = tokio::spawn(read_all(id, read, events.clone())).abort_handle();
        let stop = reader.clone();
        let counter = Arc::clone(&unwritten);
        tokio::spawn(async move {
            write_all(id, write, queue, &counter, &events).await;
            // The other side may never close: reading ends with writing.
            stop.abort();
            let _gone = events
                .send(Event::Input(Input::Closed { connection: id }))
                .await;
        });
        Self {
            writes,
            unwritten,
            reader,
        }
    }

    /// Queues bytes; a connection whose other side does not read is given up.
    pub(crate) fn send(&self, bytes: Vec<u8>) {
        let waiting = self.unwritten.fetch_add(bytes.len(), Ordering::Relaxed);
        if waiting > MAX_UNWRITTEN_BYTES {
            self.reader.abort();
            let _closed = self.writes.send(Write::Close);
        } else {
            let _closed = self.writes.send(Write::Bytes(bytes));
        }
    }

    /// Closes once everything queued has been written.
    pub(crate) fn close(&self) {
        let _closed = self.writes.send(Write::Close);
    }
}

async fn read_all(
    id: ConnectionId,
    mut wire: ReadHalf<Box<dyn Wire>>,
    events: mpsc::Sender<Event>,
) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match wire.read(&mut buffer).await {
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
    unwritten: &AtomicUsize,
    events: &mpsc::Sender<Event>,
) {
    while let Some(first) = queue.recv().await {
        let mut next = Some(first);
        // Everything that waits goes out before one flush: Tor packs it into fewer cells.
        while let Some(write) = next {
            let Write::Bytes(bytes) = write else {
                let _closed = wire.shutdown().await;
                return;
            };
            if wire.write_all(&bytes).await.is_err() {
                return;
            }
            unwritten.fetch_sub(bytes.len(), Ordering::Relaxed);
            next = queue.try_recv().ok();
        }
        if wire.flush().await.is_err()
            || events
                .send(Event::Input(Input::Flushed { connection: id }))
                .await
                .is_err()
        {
            return;
        }
    }
    let _closed = wire.shutdown().await;
}
