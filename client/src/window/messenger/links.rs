//! Addresses from the clipboard, from pictures and from links; our own picture.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use onym_client_protocol::command::Command;
use onym_client_protocol::store::AvatarChoice;
use onym_desktop::{Picture, read_qr, take_screenshot};
use onym_identity::invite::Arrival;
use onym_view::{Failure, FoundLink, LinkProblem, LinkSource};

use super::Messenger;
use super::files::{Chosen, Purpose};
use crate::window::presenter::keep_off_the_runtime;
use crate::window::screen::HostEvent;

impl Messenger<'_> {
    /// A link that the program was started with, or that another process handed over.
    pub(super) async fn take_link(&mut self) {
        let Some(link) = self.shell.link.take() else {
            return;
        };
        self.links_opened += 1;
        self.opened_link = Some(FoundLink {
            serial: self.links_opened,
            found: Ok(link),
            // Nothing tells a typed `onym open` from a click in a browser.
            arrival: Arrival::Clicked,
        });
    }

    pub(super) fn read_link(&mut self, source: LinkSource) {
        match source {
            LinkSource::Clipboard => {
                let found = keep_off_the_runtime(from_clipboard);
                self.found(found);
            }
            LinkSource::File => self.choose(Purpose::ReadLink),
            LinkSource::Screen => self.read_screen(),
        }
    }

    /// Asks the desktop for a picture of the screen. Who asks again takes the first question back.
    fn read_screen(&mut self) {
        self.cancel_screen();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        self.screenshot = Some(Arc::clone(&is_cancelled));
        let to_self = self.shell.to_self();
        tokio::task::spawn_blocking(move || {
            let path = take_screenshot(&is_cancelled).map_err(|error| error.to_string());
            let purpose = Purpose::ReadScreen(is_cancelled);
            let _ended = to_self.send(HostEvent::Chosen(Chosen { purpose, path }));
        });
    }

    pub(super) fn cancel_screen(&mut self) {
        if let Some(is_cancelled) = self.screenshot.take() {
            is_cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// The desktop has answered, or the question was taken back.
    pub(super) fn screen_answered(&mut self, is_cancelled: &Arc<AtomicBool>) {
        let asked = self.screenshot.as_ref();
        if asked.is_some_and(|asked| Arc::ptr_eq(asked, is_cancelled)) {
            self.screenshot = None;
        }
    }

    /// A picture may have come from anywhere, so that only a camera scans.
    fn found(&mut self, found: Result<String, LinkProblem>) {
        self.answer(found, Arrival::Pasted);
    }

    pub(super) fn answer(&mut self, found: Result<String, LinkProblem>, arrival: Arrival) {
        // From one: a form that has seen nothing yet has seen number zero.
        let serial = self.found_link.as_ref().map_or(0, |link| link.serial) + 1;
        self.found_link = Some(FoundLink {
            serial,
            found,
            arrival,
        });
    }

    pub(super) fn read_link_from(&mut self, path: &Path) {
        let found = keep_off_the_runtime(|| {
            let picture = read_picture(path).ok_or(LinkProblem::Unreadable)?;
            read_qr(&picture).map_err(|_| LinkProblem::NoCode)
        });
        self.found(found);
    }

    /// The picture was taken for this alone.
    pub(super) fn read_screen_from(&mut self, path: &Path, is_wanted: bool) {
        if is_wanted {
            self.read_link_from(path);
        }
        if let Err(error) = keep_off_the_runtime(|| std::fs::remove_file(path)) {
            tracing::warn!("the picture of the screen stays: {error}");
        }
    }

    pub(super) async fn use_avatar_from(&mut self, path: &Path) {
        let png = keep_off_the_runtime(|| read_picture(path)?.to_avatar().ok());
        match png {
            Some(bytes) => self.set_our_avatar(Some(bytes)).await,
            None => {
                self.notices.failed(Failure::Picture, "");
            }
        }
    }

    pub(super) async fn set_our_avatar(&mut self, bytes: Option<Vec<u8>>) {
        let name = self
            .node
            .engine
            .look(|engine| engine.memory().account.profile.name.clone());
        let Ok(name) = name.await else { return };
        let avatar = match bytes {
            Some(bytes) => AvatarChoice::Set(bytes),
            None => AvatarChoice::Remove,
        };
        self.carry_out(Command::SetOurProfile { name, avatar })
            .await;
    }
}

fn read_picture(path: &Path) -> Option<Picture> {
    Picture::read(path).ok()
}

/// A text, or the text of a QR code in a picture.
fn from_clipboard() -> Result<String, LinkProblem> {
    let Ok(mut clipboard) = arboard::Clipboard::new() else {
        return Err(LinkProblem::Empty);
    };
    if let Ok(image) = clipboard.get_image() {
        let picture = Picture::from_rgba(image.width, image.height, image.bytes.into_owned())
            .map_err(|_| LinkProblem::Unreadable)?;
        return read_qr(&picture).map_err(|_| LinkProblem::NoCode);
    }
    match clipboard.get_text() {
        Ok(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(LinkProblem::Empty),
    }
}
