//! Standard output: words for people, or a line of JSON for each report.
use std::io::{self, IsTerminal, Write};

use onym_identity::Timestamp;
use onym_server::Clock;

use crate::report::{Line, Report};

/// Prints reports in one of the two forms.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    clock: Clock,
    last_change: Option<String>,
}

impl Printer {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            clock: Clock::new(),
            last_change: None,
        }
    }

    /// The time of what is printed.
    pub(crate) fn now(&mut self) -> Timestamp {
        self.clock.now()
    }

    /// Prints a report. Whether somebody still reads: a pipe may have been closed.
    pub(crate) fn print(&mut self, report: &Report) -> bool {
        let line = if self.json {
            serde_json::to_string(&Line::new(report, self.clock.now())).ok()
        } else {
            report.words()
        };
        let Some(line) = line else { return true };
        let written = match report {
            Report::Error { .. } if !self.json => writeln!(io::stderr(), "{line}"),
            _ => writeln!(io::stdout(), "{line}").and_then(|()| io::stdout().flush()),
        };
        written.is_ok()
    }

    /// Prints a report if its words differ from the last one printed this way.
    pub(crate) fn print_change(&mut self, report: &Report) {
        let words = report.words();
        if words != self.last_change {
            self.last_change = words;
            self.print(report);
        }
    }

    /// A question before something is read from standard input; only people are asked.
    pub(crate) fn ask(&self, question: &str) {
        if !self.json && io::stdin().is_terminal() {
            let _unread = writeln!(io::stderr(), "{question}");
        }
    }
}
