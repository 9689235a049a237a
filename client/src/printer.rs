//! Standard output: words for people, or a line of JSON for each report.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the command line's output"
)]

use std::io::Write;

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

    /// Prints a report. Whoever reads the output may have gone; then there is nobody to tell.
    pub(crate) fn print(&mut self, report: &Report) {
        if self.json {
            let line = Line::new(report, self.clock.now());
            if let Ok(line) = serde_json::to_string(&line) {
                println!("{line}");
            }
        } else if let Some(words) = report.words() {
            match report {
                Report::Error { .. } => eprintln!("{words}"),
                _ => println!("{words}"),
            }
        }
        let _gone = std::io::stdout().flush();
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
        if !self.json && std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            eprintln!("{question}");
        }
    }
}
