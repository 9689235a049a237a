//! The window: hosts the views of `onym-view` and joins them with the node.
//!
//! The window's thread draws the last [`AppModel`] that it was given and hands on what the user
//! does. Everything that takes time is done by the [`presenter`], a task of its own.

mod conversation_page;
mod presenter;

use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui;
use onym_server::tor::Network;
use onym_view::{AppModel, View, ViewCommand};
use tokio::sync::mpsc;

use crate::data_dir::DataDir;

/// The first size of the window, in points: a list and a conversation side by side.
const FIRST_SIZE_POINTS: [f32; 2] = [1040.0, 720.0];

/// The smallest useful size, in points.
const MIN_SIZE_POINTS: [f32; 2] = [640.0, 420.0];

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WindowError {
    /// There is no display, or it cannot draw.
    #[error("the window cannot be opened: {0}")]
    NoDisplay(String),
}

/// Opens the window and returns when it is closed.
pub(crate) fn run(
    folder: DataDir,
    network: Network,
    runtime: &tokio::runtime::Runtime,
) -> Result<(), WindowError> {
    let newest = Arc::new(Mutex::new(None));
    let (commands, user_commands) = mpsc::unbounded_channel();
    let mut presenting = None;
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Onym")
            .with_app_id("onym")
            .with_inner_size(FIRST_SIZE_POINTS)
            .with_min_inner_size(MIN_SIZE_POINTS),
        // What egui would keep holds drafts and positions in clear; the store keeps what matters.
        persist_window: false,
        ..eframe::NativeOptions::default()
    };
    let handle = runtime.handle().clone();
    let outcome = eframe::run_native(
        "Onym",
        options,
        Box::new(|creation| {
            onym_view::setup(&creation.egui_ctx);
            let (ctx, slot) = (creation.egui_ctx.clone(), Arc::clone(&newest));
            let show = move |model: AppModel| {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(model);
                ctx.request_repaint();
            };
            presenting = Some(handle.spawn(presenter::run(
                folder,
                network,
                user_commands,
                Box::new(show),
            )));
            Ok(Box::new(Window {
                view: View::default(),
                model: None,
                newest,
                commands,
            }))
        }),
    );
    // The window has dropped its end of the commands: the presenter ends and stops the node.
    if let Some(presenting) = presenting {
        let _ended = runtime.block_on(presenting);
    }
    outcome.map_err(|error| WindowError::NoDisplay(error.to_string()))
}

/// What the window's thread holds.
struct Window {
    view: View,
    model: Option<AppModel>,
    /// The newest model, until it is drawn: a hidden window draws none, and needs but the last.
    newest: Arc<Mutex<Option<AppModel>>>,
    commands: mpsc::UnboundedSender<ViewCommand>,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let newest = self
            .newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if newest.is_some() {
            self.model = newest;
        }
        let Some(model) = &self.model else { return };
        for command in self.view.ui(ui, model) {
            let _ending = self.commands.send(command);
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        for command in self.view.on_exit() {
            let _ending = self.commands.send(command);
        }
    }
}

/// What the presenter shows.
type Show = Box<dyn Fn(AppModel) + Send + Sync>;
