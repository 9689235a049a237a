//! Elements as the bytes of a stream.

use std::slice;

use minidom::{Element, Node};

use crate::{ContentNamespace, StreamHeader, ns};

mod escape;

use escape::{push_attribute_value, push_name, push_text};

/// The XML declaration and the stream header.
///
/// It declares the content namespace as the default, the prefix `stream`, and on a server stream
/// also `db` (XEP-0220), which some servers look for in place of a stream feature.
#[must_use]
pub fn write_open(header: &StreamHeader, content: ContentNamespace) -> Vec<u8> {
    let mut out = String::from("<?xml version='1.0'?><stream:stream");
    push_attribute(&mut out, "xmlns", content.as_str());
    push_attribute(&mut out, "xmlns:stream", ns::STREAM);
    if content == ContentNamespace::Server {
        push_attribute(&mut out, "xmlns:db", ns::DIALBACK);
    }
    let from = header.from.as_ref().map(ToString::to_string);
    let to = header.to.as_ref().map(ToString::to_string);
    for (name, value) in [
        ("from", &from),
        ("to", &to),
        ("id", &header.id),
        ("version", &header.version),
        ("xml:lang", &header.lang),
    ] {
        if let Some(value) = value {
            push_attribute(&mut out, name, value);
        }
    }
    out.push('>');
    out.into_bytes()
}

/// The end of the stream.
#[must_use]
pub fn write_close() -> Vec<u8> {
    b"</stream:stream>".to_vec()
}

/// One first-level element of a stream that [`write_open`] has opened.
///
/// The result is always well-formed: markup is escaped, and a character that XML 1.0 cannot carry
/// at all becomes U+FFFD, so that no text can end the peer's stream.
#[must_use]
pub fn write_element(element: &Element, content: ContentNamespace) -> Vec<u8> {
    Writer {
        out: String::with_capacity(256),
        content,
        open: Vec::new(),
    }
    .write(element)
}

struct Writer<'a> {
    out: String,
    content: ContentNamespace,
    /// The elements whose end tag is still to be written. A stack of our own, so that the depth
    /// of an element costs no stack of the thread.
    open: Vec<Open<'a>>,
}

struct Open<'a> {
    prefix: &'static str,
    name: &'a str,
    /// The default namespace inside the element; `None` while it is the stream's own.
    default_namespace: Option<String>,
    /// Whether the element belongs to the stanza, see [`ContentNamespace`].
    belongs: bool,
    children: slice::Iter<'a, Node>,
}

impl<'a> Writer<'a> {
    fn write(mut self, root: &'a Element) -> Vec<u8> {
        self.start(root);
        while let Some(open) = self.open.last_mut() {
            match open.children.next() {
                Some(Node::Element(child)) => self.start(child),
                Some(Node::Text(text)) => push_text(&mut self.out, text),
                None => self.end(),
            }
        }
        self.out.into_bytes()
    }

    fn start(&mut self, element: &'a Element) {
        let parent = self.open.last();
        let belongs = parent.is_none_or(|parent| parent.belongs) && element.has_ns(ns::CLIENT);
        let prefix = match parent {
            None => self.first_level_prefix(element),
            Some(_) => "",
        };
        let inherited = parent.and_then(|parent| parent.default_namespace.as_deref());
        let in_scope = inherited.unwrap_or(self.content.as_str());
        let wire_namespace = belongs.then_some(self.content.as_str());
        let is_in_scope = match wire_namespace {
            Some(wire) => wire == in_scope,
            None => element.has_ns(in_scope),
        };

        self.out.push('<');
        self.out.push_str(prefix);
        push_name(&mut self.out, element.name());
        let default_namespace = if is_in_scope || !prefix.is_empty() {
            inherited.map(ToOwned::to_owned)
        } else {
            let declared = wire_namespace.map_or_else(|| element.ns(), ToOwned::to_owned);
            push_attribute(&mut self.out, "xmlns", &declared);
            Some(declared)
        };
        self.attributes(element);
        if element.nodes().len() == 0 {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        self.open.push(Open {
            prefix,
            name: element.name(),
            default_namespace,
            belongs,
            children: element.nodes(),
        });
    }

    fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(open.prefix);
            push_name(&mut self.out, open.name);
            self.out.push('>');
        }
    }

    /// RFC 6120, section 4.8.5: elements in the streams namespace carry its prefix. Some clients
    /// compare `stream:features` as a string. The same goes for `db:` and older servers.
    fn first_level_prefix(&self, element: &Element) -> &'static str {
        if element.has_ns(ns::STREAM) {
            "stream:"
        } else if self.content == ContentNamespace::Server && element.has_ns(ns::DIALBACK) {
            "db:"
        } else {
            ""
        }
    }

    fn attributes(&mut self, element: &Element) {
        for (index, ((namespace, name), value)) in element.attrs().iter().enumerate() {
            if namespace.is_none() {
                // A declaration is never an attribute of the tree; ours is written already.
                if name != "xmlns" {
                    push_attribute(&mut self.out, name, value);
                }
            } else if namespace == ns::XML {
                push_attribute(&mut self.out, &format!("xml:{name}"), value);
            } else if namespace != ns::XMLNS {
                push_attribute(&mut self.out, &format!("xmlns:a{index}"), namespace);
                push_attribute(&mut self.out, &format!("a{index}:{name}"), value);
            }
        }
    }
}

fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("='");
    push_attribute_value(out, value);
    out.push('\'');
}
