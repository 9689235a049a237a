//! What the window's thread and the presenter share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::{self, ViewportCommand};
use onym_desktop::{Appearance, Tray, TrayEvent};
use onym_view::{AppModel, ViewCommand};

#[cfg(any(test, feature = "camera"))]
use super::messenger::Heard;
use super::messenger::{Chosen, Slot};
use crate::settings::WindowPlace;

/// What the presenter hears.
pub(super) enum HostEvent {
    /// The user wants something.
    Command(Box<ViewCommand>),
    /// The user is there.
    Active,
    /// The window has the keyboard, or no longer has it.
    Focus(bool),
    /// Where the window is, told when it is closed.
    Place(Option<WindowPlace>),
    /// Something happened at the symbol in the tray.
    Tray(TrayEvent),
    /// A notification about this conversation was clicked.
    Notification(String),
    /// The symbol is in the tray, where there is one.
    InTray(Option<Tray>),
    /// Whether the session has a keyring.
    HasKeyring(bool),
    /// The desktop looks like this.
    Appearance(Appearance),
    /// The user has chosen a file.
    Chosen(Chosen),
    /// Something happened at the camera.
    #[cfg(any(test, feature = "camera"))]
    Camera(Heard),
    /// Another process was started for this window, perhaps with a link.
    Raise(Option<String>),
    /// The window is closed. Nothing that comes after this is heard.
    Closed,
}

/// Shared with the window's thread.
#[derive(Default)]
pub(super) struct Hosted {
    /// The newest model, until it is drawn: a hidden window draws none, and needs but the last.
    newest: Mutex<Option<AppModel>>,
    /// What the camera sees, which changes more often than all the rest.
    pub(super) camera: Slot,
    /// Whether closing the window only hides it.
    pub(super) hides_on_close: AtomicBool,
    /// Whether the program ends, whatever closing means otherwise.
    pub(super) ends: AtomicBool,
}

impl Hosted {
    pub(super) fn take(&self) -> Option<AppModel> {
        self.newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// The presenter's hold on the window.
#[derive(Clone)]
pub(super) struct Screen {
    ctx: egui::Context,
    hosted: Arc<Hosted>,
}

impl Screen {
    pub(super) fn new(ctx: egui::Context, hosted: Arc<Hosted>) -> Self {
        Self { ctx, hosted }
    }

    /// Shows a model.
    pub(super) fn show(&self, model: AppModel) {
        *self
            .hosted
            .newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(model);
        self.ctx.request_repaint();
    }

    /// The way of what the camera sees to the window's thread.
    #[cfg(any(test, feature = "camera"))]
    pub(super) fn camera(&self) -> &Slot {
        &self.hosted.camera
    }

    /// Draws the window once more, with what is there.
    #[cfg(any(test, feature = "camera"))]
    pub(super) fn draw(&self) {
        self.ctx.request_repaint();
    }

    /// Brings the window to the front, also from the tray.
    pub(super) fn raise(&self) {
        self.ctx.send_viewport_cmd(ViewportCommand::Visible(true));
        self.ctx
            .send_viewport_cmd(ViewportCommand::Minimized(false));
        self.ctx.send_viewport_cmd(ViewportCommand::Focus);
        self.ctx.request_repaint();
    }

    /// Takes the window off the screen; the program goes on.
    pub(super) fn hide(&self) {
        self.ctx.send_viewport_cmd(ViewportCommand::Visible(false));
    }

    /// Lets the desktop mark the window.
    pub(super) fn ask_attention(&self) {
        let how = egui::UserAttentionType::Informational;
        self.ctx
            .send_viewport_cmd(ViewportCommand::RequestUserAttention(how));
    }

    /// Ends the program.
    pub(super) fn end(&self) {
        self.hosted.ends.store(true, Ordering::SeqCst);
        self.ctx.send_viewport_cmd(ViewportCommand::Close);
        self.ctx.request_repaint();
    }

    /// Whether closing the window only hides it.
    pub(super) fn hide_on_close(&self, hides: bool) {
        self.hosted.hides_on_close.store(hides, Ordering::SeqCst);
    }

    /// Says how the desktop looks, for those who follow it.
    pub(super) fn set_dark(&self, appearance: Appearance) {
        let theme = match appearance {
            Appearance::Dark => egui::Theme::Dark,
            Appearance::Light => egui::Theme::Light,
            Appearance::Unknown => return,
        };
        // What egui falls back to where the window system says nothing, which X11 never does.
        self.ctx
            .options_mut(|options| options.fallback_theme = theme);
        self.ctx.request_repaint();
    }
}
