//! What the demo prints: a line for each step, to read or as JSON.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Since;
use crate::story::DemoError;

/// How the transcript looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Aligned lines.
    Text,
    /// One object per line.
    Json,
}

/// A transcript that several threads write.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    style: Style,
    began: Since,
    /// How long each step took, by the step's name and who did it.
    times: Arc<Mutex<BTreeMap<String, f64>>>,
}

/// One step of the story.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// What machines call it.
    pub(crate) name: &'static str,
    /// Who did it.
    pub(crate) who: &'a str,
    /// How long it took, if it is worth saying.
    pub(crate) took: Option<Duration>,
    /// What happened, in words.
    pub(crate) what: &'a str,
}

impl Transcript {
    pub(crate) fn begin(style: Style) -> Self {
        let transcript = Self {
            style,
            began: Since::now(),
            times: Arc::default(),
        };
        if style == Style::Text {
            print_line("Two Onym endpoints on a private Tor network, all on this machine.\n");
            print_line("      at      took  who    what");
        }
        transcript
    }

    /// Prints a step.
    pub(crate) fn step(&self, step: Step<'_>) {
        let Step {
            name,
            who,
            took,
            what,
        } = step;
        // Held while printing, so that lines come in the order of their times.
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.began.elapsed();
        if let Some(took) = took {
            times.insert(format!("{name} {who}"), seconds(took));
        }
        match self.style {
            Style::Text => {
                let took = took.map_or_else(String::new, |took| format!("{:.2} s", seconds(took)));
                print_line(&format!(
                    "{:>6.2} s {took:>9}  {who:<5}  {what}",
                    seconds(at)
                ));
            }
            Style::Json => {
                let took = took.map(seconds);
                let line = json!({
                    "event": "step", "step": name, "who": who, "what": what,
                    "at": seconds(at), "took": took,
                });
                print_line(&line.to_string());
            }
        }
    }

    /// Prints how it ended.
    pub(crate) fn end(&self, outcome: &Result<(), DemoError>) {
        let all = seconds(self.began.elapsed());
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        match self.style {
            Style::Text => match outcome {
                Ok(()) => print_line(&format!(
                    "\nIt works: everything arrived. {all:.1} s in all."
                )),
                Err(error) => print_line(&format!("\nThe demo failed after {all:.1} s: {error}")),
            },
            Style::Json => {
                let mut line = json!({
                    "event": "done", "ok": outcome.is_ok(), "seconds": all, "times": *times,
                });
                if let (Err(error), Some(fields)) = (outcome, line.as_object_mut()) {
                    fields.insert("why".to_owned(), Value::from(error.to_string()));
                }
                print_line(&line.to_string());
            }
        }
    }
}

/// To the millisecond.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

/// An output that was closed ends no demo: what it has started is cleaned up as always.
fn print_line(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
