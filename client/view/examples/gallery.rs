//! Opens one screen of the window with made-up people, to look at it or to take its picture.
//!
//! ```text
//! gallery SCREEN [dark|light] [en|de] [WIDTHxHEIGHT] [PERCENT%] [FOLDER]
//! ```
//!
//! `gallery list` names the screens, and `all` stands for each of them. `150%` enlarges the
//! text. With a folder it writes `SCREEN.png` there and ends.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::{self, ColorImage, ViewportBuilder, ViewportCommand};
use onym_view::{AppModel, Language, LockedModel, ScreenModel, ThemeChoice, View, sample};

/// Frames until everything has its place: sizes are known after the first one, and what fades in
/// is there after a few more.
const SETTLED_AFTER: u32 = 8;

struct Gallery {
    view: View,
    model: AppModel,
    look: Look,
    /// The screens to come, the next one last.
    names: Vec<String>,
    name: String,
    frame: u32,
    taken: Arc<AtomicBool>,
}

/// What the arguments say about every screen.
#[derive(Clone)]
struct Look {
    theme: ThemeChoice,
    language: Language,
    text_size_percent: u16,
    folder: Option<PathBuf>,
}

impl Gallery {
    /// Opens the next screen; false if there is none.
    fn next(&mut self) -> bool {
        let Some((name, screen)) = self.names.pop().and_then(|name| {
            let screen = sample::screen(&name)?;
            Some((name, screen))
        }) else {
            return false;
        };
        self.name = name;
        self.model = screen.model;
        self.model.theme = self.look.theme;
        self.model.language = self.look.language;
        self.model.text_size_percent = self.look.text_size_percent;
        self.view = View::new();
        if let Some(place) = &screen.place {
            self.view.open(place, &self.model);
        }
        self.frame = 0;
        self.taken = Arc::default();
        true
    }
}

impl eframe::App for Gallery {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        for command in self.view.ui(ui, &self.model) {
            println!("{command:?}");
        }
        let Some(folder) = &self.look.folder else {
            return;
        };
        self.frame += 1;
        if self.frame == SETTLED_AFTER {
            let path = folder.join(format!("{}.png", self.name));
            let taken = Arc::clone(&self.taken);
            ui.ctx().request_screenshot(move |image| {
                if let Err(error) = write(&path, &image) {
                    eprintln!("{}: {error}", path.display());
                }
                taken.store(true, Ordering::Relaxed);
            });
        }
        if self.taken.load(Ordering::Relaxed) && !self.next() {
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
        ui.ctx().request_repaint();
    }
}

fn write(path: &Path, image: &ColorImage) -> Result<(), Box<dyn std::error::Error>> {
    let [width, height] = image.size.map(u32::try_from);
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, width?, height?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = image
        .pixels
        .iter()
        .flat_map(|pixel| pixel.to_array())
        .collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}

fn main() -> eframe::Result {
    let mut names = Vec::new();
    let mut size = [1100.0, 720.0];
    let mut look = Look {
        theme: ThemeChoice::Dark,
        language: Language::English,
        text_size_percent: 100,
        folder: None,
    };
    for argument in std::env::args().skip(1) {
        let sides = argument.split_once('x');
        let sides = sides.and_then(|(x, y)| Some([x.parse().ok()?, y.parse().ok()?]));
        let percent = argument.strip_suffix('%').and_then(|it| it.parse().ok());
        match (argument.as_str(), sides) {
            _ if percent.is_some() => look.text_size_percent = percent.unwrap_or(100),
            ("list", _) => {
                println!("{}", sample::SCREENS.join("\n"));
                return Ok(());
            }
            ("all", _) => names.extend(sample::SCREENS.map(str::to_owned)),
            ("dark", _) => look.theme = ThemeChoice::Dark,
            ("light", _) => look.theme = ThemeChoice::Light,
            ("en", _) => look.language = Language::English,
            ("de", _) => look.language = Language::German,
            (_, Some(sides)) => size = sides,
            (name, None) if sample::SCREENS.contains(&name) => names.push(name.to_owned()),
            (path, None) => look.folder = Some(PathBuf::from(path)),
        }
    }
    if names.is_empty() {
        names.push("main".to_owned());
    }
    names.reverse();
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default().with_inner_size(size),
        ..eframe::NativeOptions::default()
    };
    let start = move |creation: &eframe::CreationContext<'_>| {
        onym_view::setup(&creation.egui_ctx);
        let screen = ScreenModel::Locked(LockedModel::default());
        let mut gallery = Gallery {
            view: View::new(),
            model: AppModel::of(screen),
            look,
            names,
            name: String::new(),
            frame: 0,
            taken: Arc::default(),
        };
        let _found = gallery.next();
        let app: Box<dyn eframe::App> = Box::new(gallery);
        Ok(app)
    };
    eframe::run_native("Onym", options, Box::new(start))
}
