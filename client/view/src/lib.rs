//! The window: draws plain data and emits commands.
//!
//! The program owns an [`AppModel`], changes it when something happens, and lets [`View::ui`] draw
//! it in each frame. What the user does comes back as [`ViewCommand`]s. Nothing here waits, locks,
//! or touches a store, a network or a clock; the only memory of a view is what a person is busy
//! with: a text that is being written, the place in a list, an open dialog.
//!
//! ```text
//!   AppModel --> View::ui --> pixels and an accessibility tree
//!                   \--> Vec<ViewCommand> --> the program --> engine, store, endpoint
//! ```
//!
//! Functions that draw end in `_ui`. Colours and sizes are in `design_tokens` and nowhere else.

/// The form that adds a contact.
mod add_contact;
/// What the window shows, and what it asks of the program.
mod app_model;
/// A coloured circle with initials, and the mark of presence on it.
mod avatar;
/// Buttons in four weights.
mod button;
/// Where a message is written.
mod composer;
/// What stands above the list when the connection needs words.
mod connection_strip;
/// One row of the list of contacts.
mod contact_row;
/// The right side: one conversation.
mod conversation;
/// The mark behind a message that shows how far it has come.
mod delivery_mark;
/// Every colour and size.
mod design_tokens;
/// Questions that stand over the window.
mod dialog;
/// Pages that say what to do when there is nothing to show.
mod empty_state;
/// Symbols, drawn as lines.
mod icon;
/// The main screen: contacts to the left, a conversation to the right.
mod main_screen;
/// The messages of a conversation, of which only the visible ones are laid out.
mod message_list;
/// One message: its layout and how it is drawn.
mod message_row;
/// Drawing into a given rectangle.
mod placed;
/// Heights and places of the rows of a long list.
mod row_heights;
/// People and messages that do not exist.
#[cfg(any(test, feature = "sample"))]
pub mod sample;
/// Keys that work everywhere, and the sheet that lists them.
mod shortcuts;
/// The left side: ourselves, the connection, contacts.
mod sidebar;
/// Text that others wrote, made safe to draw, and layout helpers.
mod text;
/// Tokens and fonts, as egui wants them.
mod theme;
/// The view itself.
mod view;
/// The first start: make an identity or bring one back.
mod welcome;
/// Every text that the window says itself, in the user's language.
mod words;

#[cfg(test)]
mod tests;

pub use app_model::{
    AppModel, Language, MainModel, NoticeView, PeerEndpointState, PeerEndpointView, ScreenModel,
    ThemeChoice, ViewCommand, WelcomeModel, WelcomeStep,
};
pub use theme::setup;
pub use view::View;
