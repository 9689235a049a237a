//! The start tag that is being read.

use rxml::{AttrMap, NcName, RawQName};

use super::scopes::Scopes;
use crate::header::is_supported_version;
use crate::{ContentNamespace, Limits, ReadError, StreamHeader, Syntax, TooLarge, ns};

/// A start tag before its `>`: prefixes cannot be resolved until every attribute is known.
#[derive(Debug)]
pub(super) struct Head {
    name: RawQName,
    attributes: Vec<(RawQName, String)>,
    /// Attributes and declarations so far.
    count: usize,
}

/// A start tag with its names resolved.
pub(super) struct Resolved {
    pub(super) namespace: String,
    pub(super) name: NcName,
    pub(super) attributes: AttrMap,
}

impl Head {
    /// Begins with the element's name; `scopes` has an element open for it.
    pub(super) const fn new(name: RawQName) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn attribute(
        &mut self,
        name: RawQName,
        value: String,
        scopes: &mut Scopes,
        limits: &Limits,
    ) -> Result<(), ReadError> {
        self.count += 1;
        if self.count > limits.max_attributes_per_element {
            return Err(TooLarge::Attributes(limits.max_attributes_per_element).into());
        }
        match name {
            (Some(prefix), name) if prefix == "xmlns" => scopes.declare(Some(name), value),
            (None, name) if name == "xmlns" => scopes.declare(None, value),
            name => {
                self.attributes.push((name, value));
                Ok(())
            }
        }
    }

    pub(super) fn resolve(self, scopes: &Scopes) -> Result<Resolved, ReadError> {
        let mut attributes = AttrMap::new();
        for ((prefix, name), value) in self.attributes {
            let namespace = scopes.of_attribute(prefix.as_ref())?.clone();
            // Also two prefixes of one namespace (Namespaces in XML 1.0, section 6.3).
            if attributes.insert(namespace, name, value).is_some() {
                return Err(Syntax::NotWellFormed("an attribute stands twice").into());
            }
        }
        let (prefix, name) = self.name;
        Ok(Resolved {
            namespace: scopes.of_element(prefix.as_ref())?.as_str().to_owned(),
            name,
            attributes,
        })
    }
}

impl Resolved {
    /// The start tag as a stream header.
    pub(super) fn into_header(
        self,
        scopes: &Scopes,
        content: ContentNamespace,
    ) -> Result<StreamHeader, ReadError> {
        if self.namespace != ns::STREAM {
            return Err(ReadError::WrongStreamNamespace);
        }
        if self.name != "stream" {
            return Err(ReadError::NoStreamHeader);
        }
        // RFC 6120, section 4.8.2: the content namespace is the default namespace of the header,
        // or it is declared by every stanza and the header is in the default namespace itself.
        match scopes.own_default() {
            None => {}
            Some(default) if *default == ns::STREAM || *default == content.as_str() => {}
            Some(_) => return Err(ReadError::WrongContentNamespace),
        }
        let attribute = |name: &str| self.attributes.get(&rxml::Namespace::NONE, name);
        let version = attribute("version").cloned();
        if version
            .as_deref()
            .is_some_and(|version| !is_supported_version(version))
        {
            return Err(ReadError::WrongVersion);
        }
        let address = |name| attribute(name).map(|text| jid::Jid::new(text)).transpose();
        Ok(StreamHeader {
            from: address("from").map_err(|_| ReadError::BadFrom)?,
            to: address("to").map_err(|_| ReadError::BadTo)?,
            id: attribute("id").cloned(),
            version,
            lang: self.attributes.get(rxml::Namespace::xml(), "lang").cloned(),
        })
    }
}
