//! The window: hosts the views of `onym-view` and joins them with the node.
//!
//! The window's thread draws the last [`AppModel`] that it was given and hands on what the user
//! does. Everything that takes time is done by the [`presenter`], a task of its own.

mod asking;
mod messenger;
mod presenter;
mod screen;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use eframe::egui;
use onym_server::tor::Network;
use onym_view::View;
use tokio::sync::mpsc;

use crate::data_dir::{DataDir, Lock};
use crate::settings::{Settings, WindowPlace};
use screen::{HostEvent, Hosted, Screen};

/// The first size of the window, in points: a list and a conversation side by side.
const FIRST_SIZE_POINTS: [f32; 2] = [1040.0, 720.0];

/// The smallest useful size, in points: one of the two.
const MIN_SIZE_POINTS: [f32; 2] = [420.0, 400.0];

/// The user counts as there until this long after the last key or movement was reported, in
/// seconds; the presenter is not told more often.
const ACTIVITY_EVERY_SECONDS: f64 = 5.0;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WindowError {
    /// There is no display, or it cannot draw.
    #[error("the window cannot be opened: {0}")]
    NoDisplay(String),
}

/// What the command line says about the window.
pub(crate) struct WindowOptions {
    /// The Tor network, apart from bridges.
    pub(crate) network: Network,
    /// Starts in the tray, where there is one.
    pub(crate) hidden: bool,
    /// An `xmpp:` link to open.
    pub(crate) link: Option<String>,
    /// The folder is this process's. Without it another process, one without a window, has the
    /// folder: the window only says so.
    pub(crate) lock: Option<Lock>,
}

/// Opens the window and returns when the program shall end.
pub(crate) fn run(
    folder: DataDir,
    options: WindowOptions,
    runtime: &tokio::runtime::Runtime,
) -> Result<(), WindowError> {
    let settings = Settings::load(&folder.settings_file());
    let place = settings.as_ref().map_or(None, |settings| settings.window);
    let (events, host_events) = mpsc::unbounded_channel();
    let closed = events.clone();
    let hosted = Arc::new(Hosted::default());
    let mut presenting = None;
    let native = eframe::NativeOptions {
        viewport: viewport(place),
        // What egui would keep holds drafts and positions in clear; the store keeps what matters.
        persist_window: false,
        ..eframe::NativeOptions::default()
    };
    let handle = runtime.handle().clone();
    let outcome = eframe::run_native(
        "Onym",
        native,
        Box::new(|creation| {
            onym_view::setup(&creation.egui_ctx);
            let screen = Screen::new(creation.egui_ctx.clone(), Arc::clone(&hosted));
            presenting = Some(handle.spawn(presenter::run(
                folder,
                options,
                settings,
                host_events,
                events.clone(),
                screen,
            )));
            Ok(Box::new(Window {
                view: View::default(),
                model: None,
                hosted,
                events,
                active_at: 0.0,
                has_focus: None,
            }))
        }),
    );
    // The presenter has an end of the events itself: it has to be told that no more come. It
    // carries out what came before, and stops the node.
    let _ended = closed.send(HostEvent::Closed);
    if let Some(presenting) = presenting {
        let _ended = runtime.block_on(presenting);
    }
    outcome.map_err(|error| WindowError::NoDisplay(error.to_string()))
}

fn viewport(place: Option<WindowPlace>) -> egui::ViewportBuilder {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Onym")
        .with_app_id("onym")
        .with_min_inner_size(MIN_SIZE_POINTS);
    let Some(place) = place else {
        return viewport.with_inner_size(FIRST_SIZE_POINTS);
    };
    let viewport = viewport
        .with_inner_size([place.width, place.height])
        .with_maximized(place.maximized);
    match place.position {
        Some(position) => viewport.with_position(position),
        None => viewport,
    }
}

/// What the window's thread holds.
struct Window {
    view: View,
    model: Option<onym_view::AppModel>,
    hosted: Arc<Hosted>,
    events: mpsc::UnboundedSender<HostEvent>,
    /// When the presenter was last told that the user is there, in seconds of egui's clock.
    active_at: f64,
    has_focus: Option<bool>,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let (wants_close, place) = ctx.input(|input| {
            let viewport = input.viewport();
            (viewport.close_requested(), place_of(viewport))
        });
        if wants_close {
            self.tell(HostEvent::Place(place));
            let hides = self.hosted.hides_on_close.load(Ordering::SeqCst);
            if hides && !self.hosted.ends.load(Ordering::SeqCst) {
                ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
                ctx.send_viewport_cmd(egui::ViewportCommand::Visible(false));
                self.save_drafts();
                self.has_focus = Some(false);
                self.tell(HostEvent::Focus(false));
            }
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if let Some(newest) = self.hosted.take() {
            self.model = Some(newest);
        }
        self.watch(ui.ctx());
        // The window itself: egui leaves it without a name, and screen readers say it first.
        let frame = egui::accesskit_root_id();
        ui.ctx()
            .accesskit_node_builder(frame, |node| node.set_label("Onym"));
        let Some(model) = &mut self.model else {
            return;
        };
        model.camera_picture = self.hosted.camera.look();
        for command in self.view.ui(ui, model) {
            self.tell(HostEvent::Command(Box::new(command)));
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save_drafts();
    }
}

impl Window {
    fn tell(&self, event: HostEvent) {
        let _ending = self.events.send(event);
    }

    fn save_drafts(&mut self) {
        for command in self.view.on_exit() {
            self.tell(HostEvent::Command(Box::new(command)));
        }
    }

    /// Tells the presenter that the user is there, and whether the window has the keyboard.
    fn watch(&mut self, ctx: &egui::Context) {
        let (time, is_active, has_focus) =
            ctx.input(|input| (input.time, !input.events.is_empty(), input.focused));
        if is_active && time - self.active_at >= ACTIVITY_EVERY_SECONDS {
            self.active_at = time;
            self.tell(HostEvent::Active);
        }
        if self.has_focus != Some(has_focus) {
            self.has_focus = Some(has_focus);
            self.tell(HostEvent::Focus(has_focus));
        }
    }
}

fn place_of(viewport: &egui::ViewportInfo) -> Option<WindowPlace> {
    let inner = viewport.inner_rect?;
    Some(WindowPlace {
        width: inner.width(),
        height: inner.height(),
        position: viewport.outer_rect.map(|outer| [outer.left(), outer.top()]),
        maximized: viewport.maximized.unwrap_or(false),
    })
}
