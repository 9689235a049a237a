//! Events of the XML parser in, events of the stream out.

use minidom::Element;
use rxml::RawEvent;

use super::StreamEvent;
use super::head::{Head, Resolved};
use super::scopes::Scopes;
use crate::{ContentNamespace, Limits, ReadError, TooLarge, ns};

/// The document that a stream is: its root is the stream, the children of the root are stanzas.
#[derive(Debug)]
pub(super) struct Document {
    content: ContentNamespace,
    limits: Limits,
    scopes: Scopes,
    /// The start tag that is being read.
    head: Option<Head>,
    is_open: bool,
    stanza: Option<Stanza>,
}

/// A first-level element that is not complete yet.
#[derive(Debug)]
struct Stanza {
    /// Bytes read since and including its `<`.
    bytes: usize,
    /// Elements inside it, itself not counted.
    children: usize,
    /// Its open elements, outermost first; a child is moved into its parent when it ends. A stack
    /// of our own, so that nested elements cost no stack of the thread.
    open: Vec<OpenElement>,
}

#[derive(Debug)]
struct OpenElement {
    element: Element,
    /// Whether it belongs to the stanza, see [`ContentNamespace`].
    belongs: bool,
}

impl Document {
    pub(super) fn new(content: ContentNamespace, limits: Limits) -> Self {
        Self {
            content,
            limits,
            scopes: Scopes::default(),
            head: None,
            is_open: false,
            stanza: None,
        }
    }

    pub(super) const fn is_between_stanzas(&self) -> bool {
        self.stanza.is_none()
    }

    /// The parser has read this many bytes more.
    pub(super) fn consumed(&mut self, count: usize) {
        if let Some(stanza) = &mut self.stanza {
            stanza.bytes += count;
        }
    }

    /// How many bytes may still belong to the stanza.
    pub(super) fn stanza_allowance(&self) -> usize {
        self.stanza.as_ref().map_or(usize::MAX, |stanza| {
            self.limits.max_stanza_bytes.saturating_sub(stanza.bytes)
        })
    }

    pub(super) fn accept(&mut self, event: RawEvent) -> Result<Option<StreamEvent>, ReadError> {
        match event {
            RawEvent::XmlDeclaration(..) => Ok(None),
            RawEvent::ElementHeadOpen(metrics, name) => {
                self.begin_head(metrics.len())?;
                self.head = Some(Head::new(name));
                Ok(None)
            }
            RawEvent::Attribute(_, name, value) => {
                if let Some(head) = &mut self.head {
                    head.attribute(name, value, &mut self.scopes, &self.limits)?;
                }
                Ok(None)
            }
            RawEvent::ElementHeadClose(_) => match self.head.take() {
                Some(head) => self.finish_head(head.resolve(&self.scopes)?),
                None => Ok(None),
            },
            RawEvent::Text(_, text) => self.text(&text).map(|()| None),
            RawEvent::ElementFoot(_) => Ok(self.end()),
        }
    }

    /// A start tag begins; `bytes` is the length of its `<` and name.
    fn begin_head(&mut self, bytes: usize) -> Result<(), ReadError> {
        let limits = &self.limits;
        self.scopes.open();
        if !self.is_open {
            return Ok(());
        }
        let Some(stanza) = &mut self.stanza else {
            // The parser has read one byte beyond the name, by which it knows that it ended.
            let bytes = bytes.saturating_add(1);
            if bytes > limits.max_stanza_bytes {
                return Err(TooLarge::Stanza(limits.max_stanza_bytes).into());
            }
            self.stanza = Some(Stanza {
                bytes,
                children: 0,
                open: Vec::new(),
            });
            return Ok(());
        };
        if stanza.open.len() >= limits.max_depth {
            return Err(TooLarge::Depth(limits.max_depth).into());
        }
        stanza.children += 1;
        if stanza.children > limits.max_children_per_stanza {
            return Err(TooLarge::Children(limits.max_children_per_stanza).into());
        }
        Ok(())
    }

    /// A start tag is complete.
    fn finish_head(&mut self, head: Resolved) -> Result<Option<StreamEvent>, ReadError> {
        let Some(stanza) = &mut self.stanza else {
            let header = head.into_header(&self.scopes, self.content)?;
            self.is_open = true;
            return Ok(Some(StreamEvent::Opened(header)));
        };
        let in_content = ContentNamespace::is_any(&head.namespace);
        let belongs = match stanza.open.last() {
            Some(parent) => parent.belongs && in_content,
            // RFC 6120, section 4.8.3: a stanza is in the content namespace of its stream.
            None if head.namespace.is_empty() => return Err(ReadError::WrongContentNamespace),
            None if in_content && head.namespace != self.content.as_str() => {
                return Err(ReadError::WrongContentNamespace);
            }
            None => in_content,
        };
        let namespace = if belongs {
            ns::CLIENT.to_owned()
        } else {
            head.namespace
        };
        let mut element = Element::bare(head.name, namespace);
        *element.attrs_mut() = head.attributes;
        stanza.open.push(OpenElement { element, belongs });
        Ok(None)
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        match self
            .stanza
            .as_mut()
            .and_then(|stanza| stanza.open.last_mut())
        {
            Some(open) => open.element.append_text(text),
            // RFC 6120, section 4.6.1: white space between stanzas keeps a connection alive.
            None if text.bytes().all(|byte| b" \t\r\n".contains(&byte)) => {}
            None => return Err(ReadError::TextBetweenStanzas),
        }
        Ok(())
    }

    /// An element ends; the parser has checked that it is the innermost one.
    fn end(&mut self) -> Option<StreamEvent> {
        self.scopes.close();
        let Some(stanza) = &mut self.stanza else {
            self.is_open = false;
            return Some(StreamEvent::Closed);
        };
        let ended = stanza.open.pop()?.element;
        match stanza.open.last_mut() {
            Some(parent) => {
                parent.element.append_child(ended);
                None
            }
            None => {
                self.stanza = None;
                Some(StreamEvent::Element(ended))
            }
        }
    }
}
