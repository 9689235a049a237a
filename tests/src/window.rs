//! The window of the program, worked by the names that a screen reader is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::accessible::Accessible;
use crate::deadline::{Deadline, is_interrupted};
use crate::desktop::{Desktop, DesktopError};
use crate::person::{Person, PersonError};
use crate::program::{Program, ProgramError};

/// What the window does by itself, without a network: fractions of a second, unless the machine
/// has much else to do.
const LIMIT: Duration = Duration::from_secs(60);
/// Until the processor time is looked at again.
const IDLE_SLICE: Duration = Duration::from_secs(3);
/// Ticks of a second in `/proc/PID/stat`: the same on every Linux that Debian runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running window. It is killed when this is dropped.
#[derive(Debug)]
pub struct Window<'a> {
    name: String,
    desktop: &'a mut Desktop,
    program: Program,
    /// The number that the X server knows the window by.
    number: String,
    album: PathBuf,
}

/// Why a window did not do what a test wanted.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The desktop failed.
    #[error("{name}'s desktop: {source}")]
    Desktop {
        /// Whose window.
        name: String,
        /// What failed.
        source: DesktopError,
    },
    /// The program was not started or stopped.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The program was not stopped, or ended in another way.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Something did not appear.
    #[error("{name}'s window did not show {what} within {limit:?}, but:\n{tree}{said}")]
    NotShown {
        /// Whose window.
        name: String,
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
        /// What it showed at the end.
        tree: String,
        /// What the program printed.
        said: String,
    },
    /// The test is to end.
    #[error("interrupted")]
    Interrupted,
}

impl Person {
    /// Opens the window, and leaves its pictures in a folder.
    pub fn open_window<'a>(
        &self,
        desktop: &'a mut Desktop,
        album: &Path,
    ) -> Result<Window<'a>, WindowError> {
        let in_desktop = |source| WindowError::Desktop {
            name: self.name().to_owned(),
            source,
        };
        std::fs::create_dir_all(album)
            .map_err(DesktopError::Folder)
            .map_err(in_desktop)?;
        let mut program = self.start_with(desktop.environment(), [])?;
        let number = match desktop.screen.window_of(program.id()) {
            Ok(number) => number,
            Err(DesktopError::NoWindow) if !program.is_running() => {
                return Err(program
                    .finish(LIMIT)
                    .map_or_else(WindowError::from, |finished| WindowError::NotShown {
                        name: self.name().to_owned(),
                        what: "itself".to_owned(),
                        limit: LIMIT,
                        tree: String::new(),
                        said: format!("{:?} {}", finished.lines, finished.log),
                    }));
            }
            Err(error) => return Err(in_desktop(error)),
        };
        Ok(Window {
            name: self.name().to_owned(),
            desktop,
            program,
            number,
            album: album.to_owned(),
        })
    }

    /// Runs the program once on a desktop, as a second start or a clicked link does.
    pub fn run_on(
        &self,
        desktop: &Desktop,
        arguments: &[&str],
    ) -> Result<crate::program::Finished, PersonError> {
        let arguments = arguments.iter().copied();
        let program = self.start_with(desktop.environment(), arguments)?;
        program
            .finish(LIMIT)
            .map_err(|source| PersonError::Program {
                name: self.name().to_owned(),
                doing: "a second start".to_owned(),
                source,
            })
    }
}

impl Window<'_> {
    /// The desktop that the window is on.
    #[must_use]
    pub fn desktop(&self) -> &Desktop {
        self.desktop
    }

    /// What a screen reader is told now; empty while there is nothing.
    pub fn tree(&mut self) -> Result<Accessible, WindowError> {
        let tree = self.desktop.tree(self.program.id());
        Ok(self.told(tree)?.unwrap_or_default())
    }

    /// Waits until the window is as wanted, and gives back how it is then.
    pub fn wait_until(
        &mut self,
        what: &str,
        limit: Duration,
        is_there: impl Fn(&Accessible) -> bool,
    ) -> Result<Accessible, WindowError> {
        let deadline = Deadline::after(limit);
        loop {
            let tree = self.tree()?;
            if is_there(&tree) {
                return Ok(tree);
            }
            if !deadline.pause() || !self.program.is_running() {
                return Err(self.not_shown(what, limit, &tree));
            }
        }
    }

    /// Waits until a text is shown, as a part of any name or text.
    pub fn wait_for(&mut self, text: &str, limit: Duration) -> Result<Accessible, WindowError> {
        self.wait_until(&format!("{text:?}"), limit, |tree| tree.shows(text))
    }

    /// [`Window::wait_for`] for what needs no network.
    pub fn see(&mut self, text: &str) -> Result<Accessible, WindowError> {
        self.wait_for(text, LIMIT)
    }

    /// Waits until a text is no longer shown.
    pub fn see_no_more(&mut self, text: &str) -> Result<Accessible, WindowError> {
        let what = format!("no {text:?} any more");
        self.wait_until(&what, LIMIT, |tree| {
            !tree.shows(text) && !tree.children.is_empty()
        })
    }

    /// Presses the control with this name, once it is there and enabled.
    pub fn press(&mut self, name: &str) -> Result<(), WindowError> {
        self.press_one(&format!("a control {name:?}"), |element| {
            element.name == name
        })
    }

    /// Presses the first enabled control that is as wanted.
    pub fn press_one(
        &mut self,
        what: &str,
        is_wanted: impl Fn(&Accessible) -> bool,
    ) -> Result<(), WindowError> {
        self.work("press", what, |element| {
            element.is_control() && element.is("enabled") && is_wanted(element)
        })
    }

    /// Writes a text into a field, in place of what it holds.
    pub fn fill(&mut self, field: &str, text: &str) -> Result<(), WindowError> {
        self.enter(field)?;
        self.keys("ctrl+a")?;
        self.keys("BackSpace")?;
        let typed = self.desktop.screen.type_text(text);
        self.told(typed)?;
        let length = text.chars().count();
        let what = format!("{length} characters in the field {field:?}");
        self.wait_until(&what, LIMIT, |tree| {
            let held = tree.find(|element| element.is_field() && element.name == field);
            held.and_then(|field| field.text.as_ref())
                .is_some_and(|held| held.trim_end().chars().count() == length)
        })?;
        Ok(())
    }

    /// Gives a field the keyboard.
    pub fn enter(&mut self, field: &str) -> Result<(), WindowError> {
        let focused = self.desktop.screen.focus(&self.number);
        self.told(focused)?;
        let is_it = |element: &Accessible| element.is_field() && element.name == field;
        self.work("focus", &format!("a field {field:?}"), is_it)?;
        self.wait_until(&format!("the keyboard in {field:?}"), LIMIT, |tree| {
            tree.find(is_it).is_some_and(|field| field.is("focused"))
        })?;
        Ok(())
    }

    /// Presses keys at once, as `ctrl+n` or `Escape`.
    pub fn keys(&mut self, keys: &str) -> Result<(), WindowError> {
        let focused = self.desktop.screen.focus(&self.number);
        self.told(focused)?;
        let pressed = self.desktop.screen.press_keys(keys);
        self.told(pressed)
    }

    /// Leaves a picture, and the tree beside it, in the album; gives back the tree.
    pub fn picture(&mut self, name: &str) -> Result<Accessible, WindowError> {
        let file = self.album.join(name).with_extension("png");
        let taken = self.desktop.screen.picture(&self.number, &file);
        self.told(taken)?;
        let tree = self.tree()?;
        let written = std::fs::write(file.with_extension("txt"), tree.to_string());
        self.told(written.map_err(DesktopError::Folder))?;
        Ok(tree)
    }

    /// Waits until the window, which nobody touches, needs less than this share of one processor.
    pub fn wait_until_idle(&mut self, share: f64, limit: Duration) -> Result<(), WindowError> {
        let deadline = Deadline::after(limit);
        let mut last = f64::INFINITY;
        while !deadline.is_over() {
            let slice = Deadline::after(IDLE_SLICE);
            let before = self.ticks();
            while slice.pause() {}
            let used = self.ticks().saturating_sub(before);
            last = f64::from(u32::try_from(used).unwrap_or(u32::MAX))
                / TICKS_PER_SECOND
                / IDLE_SLICE.as_secs_f64();
            if last < share && self.program.is_running() {
                return Ok(());
            }
        }
        let tree = self.tree()?;
        let what = format!("that it rests ({:.0} % of a processor)", last * 100.0);
        Err(self.not_shown(&what, limit, &tree))
    }

    /// The processor time of the process so far, in ticks.
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.program.id()));
        // Fields 14 and 15; the name of the program in field 2 may hold anything but this bracket.
        let stat = stat.unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks.filter_map(|field| field.parse::<u64>().ok()).sum()
    }

    /// Kills the process as a power failure would.
    pub fn kill_hard(self) -> Result<(), WindowError> {
        Ok(self.program.kill_hard()?)
    }

    /// Closes the window as its title bar would, and waits for the end of the process.
    pub fn close(self) -> Result<(), WindowError> {
        let asked = self.desktop.close(&self.number);
        if !self.told(asked)? {
            return self.told(Err(DesktopError::NoWindow));
        }
        self.wait_for_end()
    }

    /// Waits until something else than the window is there.
    pub fn wait_for_value(
        &mut self,
        limit: Duration,
        mut value: impl FnMut() -> Result<Value, DesktopError>,
    ) -> Result<Value, WindowError> {
        let deadline = Deadline::after(limit);
        loop {
            let seen = self.told(value())?;
            if !seen.is_null() {
                return Ok(seen);
            }
            if !deadline.pause() {
                let tree = self.tree()?;
                return Err(self.not_shown("what is beside it", limit, &tree));
            }
        }
    }

    /// Waits for the end of the process, which somebody has asked for.
    pub fn wait_for_end(self) -> Result<(), WindowError> {
        let finished = self.program.finish(LIMIT)?;
        if finished.status.success() {
            return Ok(());
        }
        Err(WindowError::NotShown {
            name: self.name,
            what: "an end without an error".to_owned(),
            limit: LIMIT,
            tree: String::new(),
            said: format!("{:?} {}", finished.lines, finished.log),
        })
    }

    fn work(
        &mut self,
        how: &str,
        what: &str,
        is_wanted: impl Fn(&Accessible) -> bool,
    ) -> Result<(), WindowError> {
        let deadline = Deadline::after(LIMIT);
        loop {
            let tree = self.tree()?;
            if let Some(element) = tree.find(&is_wanted) {
                let done = self.desktop.work(self.program.id(), how, element);
                if self.told(done)? {
                    return Ok(());
                }
            }
            if !deadline.pause() || !self.program.is_running() {
                return Err(self.not_shown(what, LIMIT, &tree));
            }
        }
    }

    fn told<T>(&self, outcome: Result<T, DesktopError>) -> Result<T, WindowError> {
        outcome.map_err(|source| WindowError::Desktop {
            name: self.name.clone(),
            source,
        })
    }

    /// The error, with a picture for whoever looks for the fault.
    fn not_shown(&mut self, what: &str, limit: Duration, tree: &Accessible) -> WindowError {
        if is_interrupted() {
            return WindowError::Interrupted;
        }
        // The error comes first; without a picture it still has the tree.
        let _ = self.picture(&format!("failed-{}", self.name));
        WindowError::NotShown {
            name: self.name.clone(),
            what: what.to_owned(),
            limit,
            tree: tree.to_string(),
            said: self.program.output(),
        }
    }
}
