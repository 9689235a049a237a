//! The window, driven by accessible names: what a person, a screen reader and the keyboard can
//! reach. No graphics and no display.

mod add_contact;
mod camera;
mod connection;
mod contacts;
mod conversation;
mod every_screen;
mod invites;
mod keyboard;
mod locked;
mod message_list;
mod messages;
mod our_end;
mod our_move;
mod pages;
mod person;
mod protection;
mod settings;
mod strangers;
mod support;
mod welcome;
