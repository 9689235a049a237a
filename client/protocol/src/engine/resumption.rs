//! A stream that is taken up again after the connection was lost (XEP-0198, section 5).
//!
//! The session that lost its connection is kept with everything it knows: what was asked, who is
//! there, and each stanza that the server has not acknowledged. If the server still has its side,
//! both go on where they were; if not, the session is dropped and a new one begins, which finds
//! on the disk whatever has to be sent again.

use std::time::Duration;

use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, StreamReader, ns};

use super::core::{Context, Core};
use super::session::Session;
use crate::connection::Trouble;
use crate::presence::Presences;

/// How long a session is kept if the server does not say how long it keeps its side.
const KEPT_FOR: Duration = Duration::from_secs(10 * 60);

/// The longest time that a session is kept, whatever the server says.
const KEPT_FOR_AT_MOST: Duration = Duration::from_secs(60 * 60);

/// How often the same session may be asked for. A server that answers the question by hanging up
/// must not keep us from logging in anew.
const MAX_ATTEMPTS: u8 = 3;

/// The longest name of a stream that is kept, in bytes (XEP-0198, section 3).
const MAX_STREAM_ID_BYTES: usize = 4_000;

/// What the server promises about taking the stream up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resumable {
    stream_id: String,
    kept_for: Duration,
}

/// Asks for stream management with resumption.
pub(super) fn enable() -> Element {
    Element::bare("enable", ns::STREAM_MANAGEMENT).with_attribute("resume", "true")
}

impl Resumable {
    /// The promise in `<enabled/>`, if it makes one.
    pub(super) fn from_enabled(enabled: &Element) -> Option<Self> {
        if !matches!(enabled.attr("resume"), Some("true" | "1")) {
            return None;
        }
        let stream_id = enabled
            .attr("id")
            .filter(|id| !id.is_empty() && id.len() <= MAX_STREAM_ID_BYTES)?;
        let max: Option<u64> = enabled.attr("max").and_then(|max| max.parse().ok());
        Some(Self {
            stream_id: stream_id.to_owned(),
            kept_for: max
                .map_or(KEPT_FOR, Duration::from_secs)
                .min(KEPT_FOR_AT_MOST),
        })
    }
}

/// A session without its connection.
pub(super) struct Detached {
    session: Box<Session>,
    /// Who was there. Nobody is shown as such before the stream goes on.
    presences: Presences,
    resumable: Resumable,
    until: Timestamp,
    attempts: u8,
}

/// What the server says about the stream that we asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It goes on; the server has this many of our stanzas.
    Resumed { h: u32 },
    /// It is gone; perhaps the server knows how many of our stanzas it had.
    Failed { h: Option<u32> },
}

impl Detached {
    /// Keeps a session whose connection is lost, if its stream can be taken up again.
    pub(super) fn new(session: Box<Session>, presences: Presences, now: Timestamp) -> Option<Self> {
        let resumable = session.ack.resumable()?.clone();
        let until = now + resumable.kept_for;
        Some(Self {
            session,
            presences,
            resumable,
            until,
            attempts: 0,
        })
    }

    /// The clock was set back: nothing is kept for longer than it may be.
    pub(super) fn bound_deadline(&mut self, now: Timestamp) {
        self.until = self.until.min(now + self.resumable.kept_for);
    }

    /// Reads the answer. Nothing if the element is none.
    fn answer(&self, element: &Element) -> Result<Option<Answer>, Trouble> {
        let h = || element.attr("h").and_then(|h| h.parse().ok());
        if element.is("failed", ns::STREAM_MANAGEMENT) {
            // The number is optional, and many servers leave it out when they were restarted.
            return Ok(Some(Answer::Failed { h: h() }));
        }
        if !element.is("resumed", ns::STREAM_MANAGEMENT) {
            return Ok(None);
        }
        if element.attr("previd") != Some(&self.resumable.stream_id) {
            return Err(Trouble::Protocol("another stream than ours was resumed"));
        }
        let h = h().ok_or(Trouble::Protocol("a resumption without a number"))?;
        Ok(Some(Answer::Resumed { h }))
    }
}

impl Core {
    /// The question for the session that was kept, if it may be asked. Otherwise the session is
    /// dropped.
    pub(super) fn resume(&mut self, can: bool, now: Timestamp) -> Option<Element> {
        let element = self.detached.as_mut().and_then(|detached| {
            detached.attempts = detached.attempts.saturating_add(1);
            let may_ask = can && now < detached.until && detached.attempts <= MAX_ATTEMPTS;
            let h = detached.session.ack.handled()?;
            may_ask.then(|| {
                Element::bare("resume", ns::STREAM_MANAGEMENT)
                    .with_attribute("previd", detached.resumable.stream_id.as_str())
                    .with_attribute("h", h)
            })
        });
        if element.is_none() {
            self.detached = None;
        }
        element
    }

    /// Reads the answer to the question.
    pub(super) fn resume_answer(&self, element: &Element) -> Result<Option<Answer>, Trouble> {
        match &self.detached {
            Some(detached) => detached.answer(element),
            None => Ok(Some(Answer::Failed { h: None })),
        }
    }

    /// The session goes on over a new connection.
    pub(super) fn resumed(
        &mut self,
        reader: StreamReader,
        h: u32,
        cx: &mut Context<'_>,
    ) -> Result<Box<Session>, Trouble> {
        let detached = self
            .detached
            .take()
            .ok_or(Trouble::Protocol("a resumption that nobody asked for"))?;
        let mut session = detached.session;
        session.resumed(reader, h, self, cx)?;
        self.presences = detached.presences;
        Ok(session)
    }

    /// The server has forgotten the stream. What it had of it before still counts, so that it is
    /// not sent a second time.
    pub(super) fn resumption_failed(&mut self, h: Option<u32>, cx: &mut Context<'_>) {
        if let Some(mut detached) = self.detached.take()
            && let Some(h) = h
            && let Ok(sent) = detached.session.ack.acknowledged(h)
        {
            detached.session.server_has(sent, self, cx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(attributes: &str) -> Option<Resumable> {
        let xml = format!("<enabled xmlns='urn:xmpp:sm:3' {attributes}/>");
        Resumable::from_enabled(&xml.parse().unwrap())
    }

    #[test]
    fn only_a_promise_with_a_name_counts() {
        assert_eq!(promise(""), None);
        assert_eq!(promise("resume='false' id='a'"), None);
        assert_eq!(promise("resume='true'"), None);
        assert_eq!(promise("resume='true' id=''"), None);
        let long = format!("resume='1' id='{}'", "x".repeat(MAX_STREAM_ID_BYTES + 1));
        assert_eq!(promise(&long), None);
        let kept_for = |attributes| promise(attributes).unwrap().kept_for;
        assert_eq!(kept_for("resume='true' id='a'"), KEPT_FOR);
        assert_eq!(
            kept_for("resume='1' id='a' max='30'"),
            Duration::from_secs(30)
        );
        assert_eq!(
            kept_for("resume='1' id='a' max='999999999'"),
            KEPT_FOR_AT_MOST
        );
        assert_eq!(kept_for("resume='1' id='a' max='soon'"), KEPT_FOR);
    }
}
