use std::sync::Arc;

use ksni::blocking::{Handle, TrayMethods as _};
use ksni::menu::StandardItem;
use ksni::{Category, Icon, MenuItem, OfflineReason, Status, ToolTip};

/// The sizes of the symbol, in pixels; the desktop takes what fits.
const SIZES: [i32; 3] = [22, 32, 48];

/// What the user did at the symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayEvent {
    /// Wants the window.
    Open,
    /// Wants the program to end.
    Quit,
    /// The desktop has begun, or ceased, to show the symbol.
    Shown(bool),
}

/// What the symbol shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrayState {
    /// What the symbol is called.
    pub title: String,
    /// How many messages were not seen yet.
    pub unread: u64,
    /// How the endpoint is, in words.
    pub words: String,
    /// The words for opening the window.
    pub open: String,
    /// The words for ending the program.
    pub quit: String,
}

/// The symbol in the tray (freedesktop.org's StatusNotifierItem). It goes when this is dropped.
pub struct Tray {
    handle: Handle<Item>,
}

struct Item {
    state: TrayState,
    happened: Arc<dyn Fn(TrayEvent) + Send + Sync>,
}

impl Tray {
    /// Puts the symbol into the tray; nothing if the desktop has none. Waits for the desktop's
    /// answer. `happened` is called on other threads.
    #[must_use]
    pub fn start(
        state: TrayState,
        happened: impl Fn(TrayEvent) + Send + Sync + 'static,
    ) -> Option<Self> {
        let item = Item {
            state,
            happened: Arc::new(happened),
        };
        match item.spawn() {
            Ok(handle) => Some(Self { handle }),
            Err(error) => {
                tracing::debug!("no tray: {error}");
                None
            }
        }
    }

    /// Shows something else.
    pub fn update(&self, state: TrayState) {
        self.handle.update(|item| item.state = state);
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        let _gone = self.handle.shutdown();
    }
}

impl std::fmt::Debug for Tray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tray")
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "onym".into()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn title(&self) -> String {
        self.state.title.clone()
    }

    fn status(&self) -> Status {
        match self.state.unread {
            0 => Status::Active,
            _ => Status::NeedsAttention,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        SIZES.map(|side| symbol(side, false)).into()
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        SIZES.map(|side| symbol(side, true)).into()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: match self.state.unread {
                0 => self.state.title.clone(),
                count => format!("{} ({count})", self.state.title),
            },
            description: self.state.words.clone(),
            ..ToolTip::default()
        }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        (self.happened)(TrayEvent::Open);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let item = |label: &str, event: TrayEvent| {
            StandardItem {
                label: label.to_owned(),
                activate: Box::new(move |item: &mut Self| (item.happened)(event)),
                ..StandardItem::default()
            }
            .into()
        };
        let words = StandardItem {
            label: self.state.words.clone(),
            enabled: false,
            ..StandardItem::default()
        };
        vec![
            words.into(),
            MenuItem::Separator,
            item(&self.state.open, TrayEvent::Open),
            item(&self.state.quit, TrayEvent::Quit),
        ]
    }

    fn watcher_online(&self) {
        (self.happened)(TrayEvent::Shown(true));
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        (self.happened)(TrayEvent::Shown(false));
        // Stays, for a desktop that restarts its panel.
        true
    }
}

/// A ring around a point, as the program's symbol; with a mark in the corner when there is
/// something new.
fn symbol(side: i32, mark: bool) -> Icon {
    let size = f64::from(side);
    let mut data = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let from = |cx: f64, cy: f64| (dx - cx * size).hypot(dy - cy * size) / size;
            let center = from(0.5, 0.5);
            let edge = 1.0 / size;
            let inside =
                |distance: f64, radius: f64| ((radius - distance) / edge + 0.5).clamp(0.0, 1.0);
            let ring = (inside(center, 0.46) - inside(center, 0.32)).max(0.0);
            let shape = ring.max(inside(center, 0.14));
            let corner = if mark {
                inside(from(0.78, 0.22), 0.2)
            } else {
                0.0
            };
            let alpha = shape.max(corner);
            let color: [f64; 3] = if corner > 0.5 {
                [232.0, 90.0, 70.0]
            } else {
                [120.0, 140.0, 230.0]
            };
            // ARGB in network byte order; a cast from a float saturates.
            data.push((alpha * 255.0) as u8);
            data.extend(color.map(|part| part as u8));
        }
    }
    Icon {
        width: side,
        height: side,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_symbol_has_all_its_pixels() {
        for side in SIZES {
            let (plain, marked) = (symbol(side, false), symbol(side, true));
            assert_eq!(plain.data.len(), (side * side * 4) as usize);
            assert_ne!(plain.data, marked.data);
            let alpha = |icon: &Icon| icon.data.iter().step_by(4).any(|alpha| *alpha == 255);
            assert!(alpha(&plain) && alpha(&marked));
        }
    }
}
