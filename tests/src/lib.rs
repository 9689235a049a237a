//! Helpers for the end-to-end tests and for the demo: people who use the program, processes that
//! are started, watched and taken down.
//!
//! Nothing here sleeps for a fixed time: a helper waits until it sees what it waits for, and gives
//! up at a limit with an error that shows what was there instead.

mod accessible;
mod deadline;
mod desktop;
mod endpoint;
mod kill_test;
mod listener;
mod person;
mod profanity;
mod program;
mod prosody;
mod random;
mod screen;
mod slixmpp;
mod teller;
mod window;
mod window_client;

pub use accessible::Accessible;
pub use deadline::interrupt;
pub use desktop::{Desktop, DesktopError, Service, StandIn};
pub use endpoint::Endpoint;
pub use kill_test::{KillTest, KillTestError, Progress, Summary};
pub use listener::{Listener, make_contacts};
pub use person::{Person, PersonError};
pub use profanity::{Profanity, ProfanityError};
pub use program::{Finished, Program, ProgramError, onym_binary};
pub use prosody::{Prosody, ProsodyError};
pub use random::Random;
pub use screen::Requests;
pub use slixmpp::{Slixmpp, SlixmppHome, slixmpp_python};
pub use window::{Window, WindowError};
pub use window_client::{WindowClient, WindowClientError};
