//! What the desktop around the window offers, each behind a small type that works without it too.
//!
//! Everything here is optional for the program: a desktop without a tray or a keyring is told
//! apart from one that has it, and nothing waits for an answer on the window's thread unless its
//! documentation says so. All of it is Linux and freedesktop.org.

/// Whether the desktop is dark, by the settings portal.
mod appearance;
/// Starting with the session.
mod autostart;
/// Choosing files.
mod file_dialog;
/// Secrets that the session keeps.
mod keyring;
/// The program's entry among the applications.
mod launcher;
/// Opening `xmpp:` links with this program.
mod link_handler;
/// Notifications.
mod notification;
/// Pictures from outside, decoded within limits.
mod picture;
/// QR codes in pictures.
mod qr;
/// Pictures of the screen, by the portal.
mod screenshot;
/// The symbol in the tray.
mod tray;

pub use appearance::{Appearance, watch_appearance};
pub use autostart::Autostart;
pub use file_dialog::{FileDialogError, FileKind, choose_file_to_open, choose_file_to_save};
pub use keyring::{Keyring, KeyringError};
pub use launcher::{LauncherError, install_launcher};
pub use link_handler::{LinkHandlerError, handle_links, handle_links_of_nobody, handles_links};
pub use notification::{Clicked, Notification, Notifier};
pub use picture::{Picture, PictureError};
pub use qr::{QrError, read_qr, read_qr_in};
pub use screenshot::{ScreenshotError, take_screenshot, takes_screenshots};
pub use tray::{Tray, TrayEvent, TrayState};
