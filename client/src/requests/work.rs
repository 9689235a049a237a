//! Work for a request that waits for the disk for long, and stops when nobody wants it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::RwLock;

use crate::progress::Tell;

pub(crate) use crate::progress::Cancelled;

/// How long work may take to notice that it is to stop: the key of a backup takes a second or two
/// to derive, and everything else is asked far more often.
const STOPPING_LIMIT: Duration = Duration::from_secs(10);

/// The work that runs. Copies are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Works(Arc<RwLock<()>>);

/// Stops the work when it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Works {
    /// Runs work on a thread that may wait. Dropping the future stops it the next time that it tells
    /// how far it is.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tell<'_>) -> T + Send + 'static,
    ) -> Result<T, Cancelled> {
        let running = Arc::clone(&self.0).read_owned().await;
        let is_stopped = Arc::new(AtomicBool::new(false));
        let _stop = StopOnDrop(Arc::clone(&is_stopped));
        let working = tokio::task::spawn_blocking(move || {
            let _running = running;
            work(&mut |_| match is_stopped.load(Ordering::SeqCst) {
                true => Err(Cancelled),
                false => Ok(()),
            })
        });
        working.await.map_err(|_| Cancelled)
    }

    /// Returns when nothing runs, or when what runs does not stop.
    pub(crate) async fn idle(&self) {
        let _too_long = tokio::time::timeout(STOPPING_LIMIT, self.0.write()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_wants_stops() {
        let works = Works::default();
        assert_eq!(works.run(|tell| tell(7).map(|()| 8)).await, Ok(Ok(8)));
        let (begun, has_begun) = mpsc::channel();
        let (ended, has_ended) = mpsc::channel();
        let endless = works.run(move |tell| {
            begun.send(()).unwrap();
            while tell(1).is_ok() {
                std::thread::yield_now();
            }
            ended.send(()).unwrap();
        });
        tokio::select! {
            _ = endless => panic!("it ended by itself"),
            has_begun = tokio::task::spawn_blocking(move || has_begun.recv()) => {
                has_begun.unwrap().unwrap();
            }
        }
        works.idle().await;
        assert_eq!(has_ended.try_recv(), Ok(()));
    }
}
