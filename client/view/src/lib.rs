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
//! Functions that draw end in `_ui`. Colours and sizes are in `design_tokens` and nowhere else.

/// The form that adds a contact.
mod add_contact;
/// What the window shows, and what it asks of the program.
mod app_model;
/// Round pictures of people.
mod avatar;
/// Text in the order in which it is read.
mod bidi;
/// Buttons in five weights.
mod button;
/// Where a message is written.
mod composer;
/// What can be done with a contact, for the menu of its row.
mod contact_menu;
/// The page of one contact.
mod contact_page;
/// One row of the list of contacts.
mod contact_row;
/// The right side: one conversation.
mod conversation;
/// The line above a conversation.
mod conversation_header;
/// The mark behind a message that shows how far it has come.
mod delivery_mark;
/// Every colour and size.
mod design_tokens;
/// Questions that stand over the window.
mod dialog;
/// Emoji: pictures, names, search.
mod emoji;
/// Where an emoji is chosen.
mod emoji_picker;
/// Pages that say what to do when there is nothing to show.
mod empty_state;
/// Finds words in the open conversation.
mod find_bar;
/// Cards, rows and fields of pages where the user sets something.
mod form;
/// Symbols, drawn as lines.
mod icon;
/// Goes to a day of the open conversation.
mod jump_to_date;
/// The store is closed until its passphrase is given.
mod locked;
/// The main screen: contacts to the left, a conversation to the right.
mod main_screen;
/// One message: its text, its layout, how it is drawn and what can be done with it.
mod message;
/// The messages of a conversation, of which only the visible ones are laid out.
mod message_list;
/// Things to know once, above the lower edge of what is open.
mod notices;
/// Our own page.
mod our_page;
/// Texts outside the window.
mod outside_words;
/// Who somebody is, as far as signed identities tell.
mod person;
/// Drawing into a given rectangle.
mod placed;
/// What protects conversations, and devices.
mod protection;
/// A text as a QR code.
mod qr;
/// People and messages that do not exist.
#[cfg(any(test, feature = "sample"))]
pub mod sample;
/// The settings.
mod settings;
/// Keys that work everywhere, and the sheet that lists them.
mod shortcuts;
/// The left side: ourselves, the connection, contacts.
mod sidebar;
/// Goes to a conversation by a few letters of its name.
mod switcher;
/// Symbols of the conversation.
mod talk_icon;
/// Text that others wrote, made safe to draw, and layout helpers.
mod text;
/// Tokens and fonts, as egui wants them.
mod theme;
/// What the connection is doing.
mod tor_panel;
/// The view itself.
mod view;
/// The first start: make an identity or bring one back.
mod welcome;
/// Every text that the window says itself, in the user's language.
mod words;
/// XEP-0147: XMPP URI Scheme Query Components
mod xmpp_link;

#[cfg(test)]
mod tests;

pub use app_model::{
    AboutModel, AppModel, AppearanceSettings, AvatarImage, AvatarImages, BadSettingsModel,
    BridgeProblem, DataSettings, DataWork, DeviceView, Failure, FoundLink, Happened, HistoryFormat,
    KeyringState, Language, LanguageChoice, LinkProblem, LinkSource, LockedModel, MainModel,
    NewDevice, NewPassphrase, NoticeView, NotificationContent, NotificationSettings,
    PassphraseOutcome, PhraseCheckModel, PrivacySettings, ScreenModel, Secret, SettingsCommand,
    SettingsModel, StartSettings, ThemeChoice, TorSettings, UnlockProblem, ViewCommand,
    WelcomeModel, WelcomeProblem, WelcomeStep, Work, camera, invites,
};
pub use outside_words::OutsideWords;
pub use theme::setup;
#[cfg(any(test, feature = "sample"))]
pub use view::Place;
pub use view::View;
