//! Helpers for the end-to-end tests: processes that a test starts, watches and takes down.
//!
//! Nothing here sleeps for a fixed time: a helper waits until it sees what it waits for, and gives
//! up at a limit with an error that shows what was there instead.

mod deadline;
mod profanity;
mod program;

pub use profanity::{Profanity, ProfanityError};
pub use program::{Finished, Program, ProgramError, onym_binary};
