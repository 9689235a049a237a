//! A process of somebody that tells what happens, line by line: what `onym serve` and `onym listen` have
//! in common.

use std::time::Duration;

use serde_json::Value;

use crate::person::PersonError;
use crate::program::{Finished, Program, ProgramError};

/// The process. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Teller {
    pub(crate) name: String,
    /// The command that it was started with.
    pub(crate) command: &'static str,
    pub(crate) program: Program,
}

impl Teller {
    pub(crate) fn new(name: &str, command: &'static str, program: Program) -> Self {
        Self {
            name: name.to_owned(),
            command,
            program,
        }
    }

    /// Waits for a line behind the first `seen` ones, which may already have come.
    pub(crate) fn wait_for_after(
        &mut self,
        seen: usize,
        doing: &str,
        is_wanted: impl Fn(&Value) -> bool,
        limit: Duration,
    ) -> Result<Value, PersonError> {
        self.program
            .wait_for_after(seen, is_wanted, limit)
            .map_err(|source| PersonError::Program {
                name: self.name.clone(),
                doing: format!("{}: {doing}", self.command),
                source,
            })
    }

    /// Ends it in some way.
    pub(crate) fn end<T>(
        self,
        doing: &str,
        end: impl FnOnce(Program) -> Result<T, ProgramError>,
    ) -> Result<T, PersonError> {
        let Self { name, command, .. } = &self;
        let (name, doing) = (name.clone(), format!("{command}: {doing}"));
        end(self.program).map_err(|source| PersonError::Program {
            name,
            doing,
            source,
        })
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(self, limit: Duration) -> Result<Finished, PersonError> {
        self.end("stopping", |program| program.stop(limit))
    }
}
