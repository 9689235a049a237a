//! The window, driven by accessible names: what a person, a screen reader and the keyboard can
//! reach. No graphics and no display.

mod contacts;
mod keyboard;
mod message_list;
mod messages;
mod support;
mod welcome;
