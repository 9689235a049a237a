//! The history of conversations, written in a form that others read: text, a page, JSON.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jid::BareJid;
use onym_client_protocol::store::{MessageRecord, Position, Snapshot, Store as _};
use onym_client_protocol::view_model::{LocalTime, TimeZone, one_line};
use onym_client_store::{ClientStore, StoreError};

use crate::draft::Draft;
use crate::progress::{Cancelled, Tell};
use crate::report::MarkReport;

/// Messages that are read at once.
const PAGE: usize = 500;

/// The form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One line a message.
    Text,
    /// A page without anything from outside.
    Html,
    /// One object for each conversation.
    Json,
}

/// Why the history is not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryError {
    /// The records cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody wants it any more.
    #[error(transparent)]
    Cancelled(Cancelled),
    /// The file cannot be written.
    #[error("{path} cannot be written: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes the history of one conversation, or of all, to a new file that only its owner reads.
/// `tell` hears how far it is, in percent.
pub(crate) fn write_file(
    store: &ClientStore,
    only: Option<&BareJid>,
    format: Format,
    zone: &dyn TimeZone,
    path: &Path,
    tell: &mut Tell<'_>,
) -> Result<(), HistoryError> {
    let io_error = |source| HistoryError::Io {
        path: path.to_owned(),
        source,
    };
    let draft = Draft::new(path).map_err(io_error)?;
    let mut out = BufWriter::new(draft.file().map_err(io_error)?);
    write(store, only, format, zone, &mut out, tell).map_err(|error| match error {
        WriteError::Store(error) => HistoryError::Store(error),
        WriteError::Io(error) => io_error(error),
        WriteError::Cancelled(cancelled) => HistoryError::Cancelled(cancelled),
    })?;
    let file = out
        .into_inner()
        .map_err(|error| io_error(error.into_error()))?;
    file.sync_all().map_err(io_error)?;
    draft.publish().map_err(io_error)
}

/// Why the history is not written to a stream.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The records cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stream refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Nobody wants it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Writes the history of one conversation, or of all.
pub(crate) fn write(
    store: &ClientStore,
    only: Option<&BareJid>,
    format: Format,
    zone: &dyn TimeZone,
    out: &mut dyn Write,
    tell: &mut Tell<'_>,
) -> Result<(), WriteError> {
    let memory = store.load()?;
    let jids: Vec<BareJid> = memory
        .conversations
        .keys()
        .filter(|jid| only.is_none_or(|only| only == *jid))
        .cloned()
        .collect();
    begin(format, out)?;
    let all = jids.len().max(1);
    for (number, jid) in jids.iter().enumerate() {
        let percent = u8::try_from(number * 100 / all).unwrap_or(100);
        let whole = store.timeline(jid)?;
        let name = name_of(&memory, jid);
        begin_conversation(format, jid, &name, number == 0, out)?;
        let mut is_first = true;
        for places in whole.places().chunks(PAGE) {
            tell(percent)?;
            let positions: Vec<Position> = places.iter().map(|place| place.position).collect();
            for message in store.messages(jid, &positions)? {
                write_message(format, &message, &name, zone, is_first, out)?;
                is_first = false;
            }
        }
        end_conversation(format, out)?;
    }
    tell(100)?;
    end(format, out)?;
    Ok(())
}

fn name_of(memory: &Snapshot, jid: &BareJid) -> String {
    let given = memory
        .contacts
        .get(jid)
        .and_then(|contact| contact.name.clone());
    // On one line, so that a name cannot pass for a message.
    given.map_or_else(|| jid.to_string(), |name| one_line(&name))
}

fn begin(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => Ok(()),
        Format::Json => write!(out, "["),
        Format::Html => out.write_all(
            b"<!doctype html>\n<meta charset=\"utf-8\">\n\
              <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
              style-src 'unsafe-inline'\">\n<title>Onym</title>\n<style>\n\
              body { font: 15px/1.5 sans-serif; max-width: 45rem; margin: 2rem auto; \
              padding: 0 1rem }\ntime { color: #767676; font-size: 85% }\n\
              p { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0 }\n\
              .ours b { color: #3550b0 }\n</style>\n",
        ),
    }
}

fn begin_conversation(
    format: Format,
    jid: &BareJid,
    name: &str,
    is_first: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => writeln!(out, "== {} <{jid}> ==\n", plain(name)),
        Format::Html => writeln!(
            out,
            "<h2>{}</h2>\n<p><small>{}</small></p>",
            escaped(name),
            escaped(jid.as_str())
        ),
        Format::Json => {
            let comma = if is_first { "" } else { "," };
            write!(
                out,
                "{comma}\n{{\"jid\":{},\"name\":{},\"messages\":[",
                json(jid.as_str()),
                json(name)
            )
        }
    }
}

fn write_message(
    format: Format,
    message: &MessageRecord,
    name: &str,
    zone: &dyn TimeZone,
    is_first: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let local = LocalTime::new(message.time, zone);
    let time = format!(
        "{:04}-{:02}-{:02} {}",
        local.date.year,
        local.date.month,
        local.date.day,
        local.clock()
    );
    let is_ours = !message.is_incoming();
    let text = if message.retracted.is_some() {
        ""
    } else {
        message.text.as_str()
    };
    match format {
        Format::Text => {
            let who = if is_ours { "-" } else { name };
            let text = plain(text).replace('\n', "\n    ");
            writeln!(out, "{time}  {}: {text}", plain(who))
        }
        Format::Html => {
            let (class, who) = if is_ours {
                ("ours", "–")
            } else {
                ("theirs", name)
            };
            writeln!(
                out,
                "<p class=\"{class}\"><time>{time}</time> <b>{}</b> {}</p>",
                escaped(who),
                escaped(text)
            )
        }
        Format::Json => {
            let comma = if is_first { "" } else { "," };
            let value = serde_json::json!({
                "id": message.id.as_str(),
                "time": message.time.to_string(),
                "direction": if is_ours { "outgoing" } else { "incoming" },
                "text": text,
                "retracted": message.retracted.is_some(),
                "edited": message.edit.is_some(),
                "encryption": MarkReport::from(message.encryption),
                "reactions": {
                    "ours": message.reactions.ours.emojis,
                    "theirs": message.reactions.theirs.emojis,
                },
            });
            write!(out, "{comma}\n{value}")
        }
    }
}

fn end_conversation(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => writeln!(out),
        Format::Html => Ok(()),
        Format::Json => write!(out, "\n]}}"),
    }
}

fn end(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => writeln!(out, "\n]"),
        Format::Text | Format::Html => Ok(()),
    }
}

/// Without what would steer a terminal.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || *letter == '\n')
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
