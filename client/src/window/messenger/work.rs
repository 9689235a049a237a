//! Work on all data, which takes a while: it runs beside everything else and tells how far it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use onym_view::{DataWork, Failure, Happened, HistoryFormat, Secret};
use tokio::sync::mpsc;

use super::{Messenger, Restart};
use crate::backup;
use crate::history::{self, Format};
use crate::progress::{Cancelled, Tell};
use crate::requests::Works;
use crate::time_zone::SystemZone;

/// Work that runs.
pub(super) struct Work {
    shown: DataWork,
    news: mpsc::Receiver<News>,
    /// The user wants it no more.
    is_cancelled: Arc<AtomicBool>,
}

/// What is heard of it.
pub(super) enum News {
    /// How far it is, in percent.
    Percent(u8),
    /// It is done, or why it is not.
    Done(Result<Happened, String>),
}

/// News that wait for the presenter.
const NEWS: usize = 4;

impl Work {
    pub(super) fn shown(&self) -> DataWork {
        self.shown
    }

    /// Starts work on a thread that may wait. It is given a way to tell how far it is, and stops
    /// when this is dropped.
    fn start(
        shown: DataWork,
        works: &Works,
        work: impl FnOnce(&mut Tell<'_>) -> Result<Happened, String> + Send + 'static,
    ) -> Self {
        let (sender, news) = mpsc::channel(NEWS);
        let works = works.clone();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let asked = is_cancelled.clone();
        tokio::spawn(async move {
            let percents = sender.clone();
            let working = works.run(move |tell| {
                work(&mut |percent| {
                    if asked.load(Ordering::Relaxed) {
                        return Err(Cancelled);
                    }
                    // A window that is busy hears the next number.
                    let _busy = percents.try_send(News::Percent(percent));
                    tell(percent)
                })
            });
            tokio::select! {
                outcome = working => {
                    let outcome = outcome.unwrap_or_else(|error| Err(error.to_string()));
                    let _ended = sender.send(News::Done(outcome)).await;
                }
                // The window is closed: the work stops, and leaves nothing.
                () = sender.closed() => {}
            }
        });
        Self {
            shown,
            news,
            is_cancelled,
        }
    }
}

/// The next news of the work that runs, if any does.
pub(super) async fn next(work: &mut Option<Work>) -> News {
    let Some(work) = work else {
        return std::future::pending().await;
    };
    let ended = || News::Done(Err("the work has stopped".to_owned()));
    work.news.recv().await.unwrap_or_else(ended)
}

impl Messenger<'_> {
    pub(super) fn work_went_on(&mut self, news: News) {
        match news {
            News::Percent(percent) => {
                if let Some(work) = &mut self.work {
                    work.shown = match work.shown {
                        DataWork::Exporting(_) => DataWork::Exporting(percent),
                        DataWork::Importing(_) => DataWork::Importing(percent),
                        DataWork::ExportingHistory(_) => DataWork::ExportingHistory(percent),
                    };
                }
            }
            News::Done(outcome) => {
                if let Some(work) = self.work.take() {
                    self.work_ended(&work, outcome);
                }
            }
        }
    }

    fn work_ended(&mut self, work: &Work, outcome: Result<Happened, String>) {
        let is_cancelled = work.is_cancelled.load(Ordering::Relaxed);
        let failure = match work.shown {
            DataWork::Exporting(_) => Failure::Export,
            DataWork::Importing(_) => Failure::Import,
            DataWork::ExportingHistory(_) => Failure::History,
        };
        match outcome {
            // The last byte was faster than the user.
            Ok(Happened::Imported) if is_cancelled => {
                if let Err(error) = backup::refuse(self.unlocked.folder()) {
                    self.notices.failed(failure, error);
                }
            }
            Ok(Happened::Imported) => self.restarts = Some(Restart::FromFolder),
            Ok(what) => self.notices.tell(what),
            Err(_) if is_cancelled => {}
            Err(detail) => self.notices.failed(failure, detail),
        }
    }

    /// Stops the work that runs; what it has written is removed.
    pub(super) fn cancel_work(&self) {
        if let Some(work) = &self.work {
            work.is_cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Whether work on all data runs, which nothing else may cross. Tells the user if so.
    pub(super) fn is_at_work(&mut self) -> bool {
        let is_at_work = self.work.is_some();
        if is_at_work {
            self.notices.failed(Failure::AtWork, "");
        }
        is_at_work
    }

    pub(super) fn export(&mut self, path: &Path, passphrase: &Secret) {
        if self.is_at_work() {
            return;
        }
        let (path, passphrase) = (path.to_owned(), passphrase.clone());
        let (endpoint, engine) = (&self.node.endpoint, &self.node.engine);
        let settings = &self.shell.settings;
        let parts = match backup::Parts::of(endpoint, engine, &self.unlocked, settings) {
            Ok(parts) => parts,
            Err(error) => return self.notices.failed(Failure::Export, error),
        };
        let works = &self.node.works;
        self.work = Some(Work::start(DataWork::Exporting(0), works, move |tell| {
            backup::write(&parts, &path, passphrase.reveal(), tell)
                .map(|()| Happened::Saved(path.display().to_string()))
                .map_err(|error| error.to_string())
        }));
    }

    pub(super) fn import(&mut self, path: &Path, passphrase: &Secret) {
        if self.is_at_work() {
            return;
        }
        let (path, passphrase) = (path.to_owned(), passphrase.clone());
        let folder = self.unlocked.folder().clone();
        let works = &self.node.works;
        self.work = Some(Work::start(DataWork::Importing(0), works, move |tell| {
            backup::read_beside(&path, passphrase.reveal(), &folder, tell)
                .map(|()| Happened::Imported)
                .map_err(|error| error.to_string())
        }));
    }

    pub(super) fn export_history(&mut self, path: &Path, format: HistoryFormat) {
        if self.is_at_work() {
            return;
        }
        let path = path.to_owned();
        let store = self.node.engine.store().clone();
        let format = match format {
            HistoryFormat::Text => Format::Text,
            HistoryFormat::Html => Format::Html,
            HistoryFormat::Json => Format::Json,
        };
        let works = &self.node.works;
        self.work = Some(Work::start(
            DataWork::ExportingHistory(0),
            works,
            move |tell| {
                history::write_file(&store, None, format, &SystemZone, &path, tell)
                    .map(|()| Happened::Saved(path.display().to_string()))
                    .map_err(|error| error.to_string())
            },
        ));
    }
}
