//! Bytes of a connection in, stanzas out.

use minidom::Element;
use rxml::error::EndOrError;
use rxml::parser::CommentMode;
use rxml::{Parse, RawEvent, RawParser, WithOptions};

use crate::{ContentNamespace, Limits, ReadError, StreamHeader, Syntax, TooLarge};

mod document;
mod head;
mod scopes;

use document::Document;

/// What a stream says.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// The stream header.
    Opened(StreamHeader),
    /// A first-level element: a stanza in `jabber:client`, or anything else in its own namespace.
    Element(Element),
    /// The peer ended the stream. Whatever follows is ignored.
    Closed,
}

/// Reads one direction of an XML stream.
///
/// [`handle`](Self::handle) takes bytes as they arrive, cut anywhere;
/// [`poll`](Self::poll) gives back events until it has none. The events do not depend on where
/// the bytes were cut. Memory is bounded by the [`Limits`], plus whatever was handed in and not
/// polled yet.
#[derive(Debug)]
pub struct StreamReader {
    content: ContentNamespace,
    limits: Limits,
    state: State,
    document: Document,
    input: Input,
    /// Bytes that the peer has used before authentication, over all restarts; `None` once it is
    /// authenticated.
    unauthenticated_bytes: Option<usize>,
}

#[derive(Debug)]
enum State {
    /// Nothing but white space came since the beginning or the last restart.
    Silent,
    /// Inside the XML declaration or the stream header.
    Header {
        parser: Box<RawParser>,
        bytes: usize,
    },
    /// Between stanzas or inside one.
    Open {
        parser: Box<RawParser>,
    },
    Closed,
    Failed(ReadError),
}

impl StreamReader {
    /// A reader for a connection on which nothing has been read.
    #[must_use]
    pub fn new(content: ContentNamespace, limits: Limits) -> Self {
        Self {
            content,
            limits,
            state: State::Silent,
            document: Document::new(content, limits),
            input: Input::default(),
            unauthenticated_bytes: Some(0),
        }
    }

    /// Takes the next bytes of the connection.
    pub fn handle(&mut self, bytes: &[u8]) {
        match self.state {
            State::Closed | State::Failed(_) => {}
            State::Silent | State::Header { .. } | State::Open { .. } => self.input.push(bytes),
        }
    }

    /// The next event, if the bytes so far hold one.
    ///
    /// After an error the stream cannot be read any further: the same error is returned again.
    pub fn poll(&mut self) -> Result<Option<StreamEvent>, ReadError> {
        match self.read() {
            Ok(event) => {
                if event == Some(StreamEvent::Closed) {
                    self.stop(State::Closed);
                }
                Ok(event)
            }
            Err(error) => {
                self.stop(State::Failed(error));
                Err(error)
            }
        }
    }

    /// The peer has proven who it is: only the limits per stanza apply from here on.
    pub fn authenticated(&mut self) {
        self.unauthenticated_bytes = None;
    }

    /// The next byte begins a new stream (RFC 6120, section 4.3.3: after TLS or SASL succeeded).
    ///
    /// To be called right after the event that caused it. Bytes that follow it and were handed in
    /// already are read as the new stream. A driver that starts TLS refuses to go on if
    /// [`unread`](Self::unread) is not zero: those bytes came before the encryption.
    pub fn restart(&mut self) {
        if !matches!(self.state, State::Failed(_)) {
            self.state = State::Silent;
            self.document = Document::new(self.content, self.limits);
        }
    }

    /// How many bytes were handed in and not read yet.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.input.unread().len()
    }

    fn read(&mut self) -> Result<Option<StreamEvent>, ReadError> {
        loop {
            match &mut self.state {
                State::Failed(error) => return Err(*error),
                State::Closed => return Ok(None),
                State::Silent => {
                    if !self.skip_white_space()? {
                        return Ok(None);
                    }
                }
                State::Header { .. } | State::Open { .. } => match self.parse()? {
                    Step::Event(event) => {
                        if let Some(event) = self.accept(event)? {
                            return Ok(Some(event));
                        }
                    }
                    Step::NeedMore => {
                        self.release();
                        return Ok(None);
                    }
                },
            }
        }
    }

    /// White space before a header is no part of it, so that a keep-alive cannot hurt a restart.
    /// Returns whether a header follows.
    fn skip_white_space(&mut self) -> Result<bool, ReadError> {
        let allowance = self.unauthenticated_allowance();
        let unread = self.input.unread();
        let spaces = unread
            .iter()
            .take_while(|byte| b" \t\r\n".contains(byte))
            .count();
        let next = unread.get(spaces).copied();
        if spaces > allowance {
            return Err(TooLarge::Unauthenticated(self.limits.max_unauthenticated_bytes).into());
        }
        self.consume(spaces);
        match next {
            None => Ok(false),
            Some(b'<') => {
                self.state = State::Header {
                    parser: Box::new(new_parser(&self.limits)),
                    bytes: 0,
                };
                Ok(true)
            }
            // Another protocol is told at its first byte, not when it happens to send a `<`. The
            // two bytes that UTF-8 never has begin a stream in UTF-16.
            Some(0xFE | 0xFF) => Err(Syntax::Encoding.into()),
            Some(_) => Err(Syntax::NotWellFormed("it does not begin with a tag").into()),
        }
    }

    /// Runs the parser up to its next event.
    ///
    /// It is never given a byte beyond a limit, so that the outcome does not depend on how the
    /// bytes were cut.
    fn parse(&mut self) -> Result<Step, ReadError> {
        let (limit, excess) = self.allowance();
        let unread = self.input.unread();
        let allowed = unread.get(..limit).unwrap_or(unread);
        let more_follows = allowed.len() < unread.len();
        let mut rest = allowed;
        let result = match &mut self.state {
            State::Header { parser, .. } | State::Open { parser } => parser.parse(&mut rest, false),
            State::Silent | State::Closed | State::Failed(_) => return Ok(Step::NeedMore),
        };
        let consumed = allowed.len() - rest.len();
        self.consume(consumed);
        match result {
            Ok(Some(event)) => Ok(Step::Event(event)),
            Err(EndOrError::NeedMoreData) if more_follows => Err(excess.into()),
            Ok(None) | Err(EndOrError::NeedMoreData) => Ok(Step::NeedMore),
            Err(EndOrError::Error(error)) => Err(ReadError::from_rxml(error, &self.limits)),
        }
    }

    fn accept(&mut self, event: RawEvent) -> Result<Option<StreamEvent>, ReadError> {
        let event = self.document.accept(event)?;
        if matches!(event, Some(StreamEvent::Opened(_))) {
            self.state = match std::mem::replace(&mut self.state, State::Silent) {
                State::Header { parser, .. } => State::Open { parser },
                other => other,
            };
        }
        Ok(event)
    }

    /// How many bytes the parser may still see, and what it means if there are more.
    fn allowance(&self) -> (usize, TooLarge) {
        let limits = &self.limits;
        let by_state = match &self.state {
            State::Header { bytes, .. } => (
                limits.max_unauthenticated_bytes.saturating_sub(*bytes),
                TooLarge::Header(limits.max_unauthenticated_bytes),
            ),
            _ => (
                self.document.stanza_allowance(),
                TooLarge::Stanza(limits.max_stanza_bytes),
            ),
        };
        let by_connection = (
            self.unauthenticated_allowance(),
            TooLarge::Unauthenticated(limits.max_unauthenticated_bytes),
        );
        if by_connection.0 < by_state.0 {
            by_connection
        } else {
            by_state
        }
    }

    fn unauthenticated_allowance(&self) -> usize {
        self.unauthenticated_bytes.map_or(usize::MAX, |used| {
            self.limits.max_unauthenticated_bytes.saturating_sub(used)
        })
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
        self.document.consumed(count);
        if let State::Header { bytes, .. } = &mut self.state {
            *bytes += count;
        }
        if let Some(used) = &mut self.unauthenticated_bytes {
            *used += count;
        }
    }

    /// An idle stream between two stanzas keeps no buffers.
    fn release(&mut self) {
        if let State::Open { parser } = &mut self.state
            && self.document.is_between_stanzas()
        {
            parser.release_temporaries();
            self.input.release();
        }
    }

    fn stop(&mut self, state: State) {
        self.state = state;
        self.document = Document::new(self.content, self.limits);
        self.input = Input::default();
    }
}

enum Step {
    Event(RawEvent),
    NeedMore,
}

fn new_parser(limits: &Limits) -> RawParser {
    RawParser::with_options(rxml::Options {
        max_token_length: limits.max_attribute_bytes,
        context: None,
        // RFC 6120, section 11.1: comments are restricted XML.
        comments: CommentMode::Reject,
    })
}

/// Bytes that were handed in; consumed from the front.
#[derive(Debug, Default)]
struct Input {
    bytes: Vec<u8>,
    position: usize,
}

impl Input {
    fn push(&mut self, bytes: &[u8]) {
        // Moving the rest costs at most as much as what was consumed since the last time.
        if self.position * 2 >= self.bytes.len() {
            self.bytes.drain(..self.position);
            self.position = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn unread(&self) -> &[u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    fn consume(&mut self, count: usize) {
        self.position += count;
    }

    fn release(&mut self) {
        if self.position >= self.bytes.len() {
            self.bytes = Vec::new();
            self.position = 0;
        }
    }
}
