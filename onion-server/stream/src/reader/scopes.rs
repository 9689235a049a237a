//! Namespaces in XML 1.0: which prefix means what, at every open element.

use rxml::{Namespace, NcName};

use crate::limits::{MAX_DECLARATIONS_IN_SCOPE, MAX_NAMESPACE_BYTES};
use crate::{ReadError, Syntax, TooLarge, ns};

/// The declarations of all open elements, as one list with the places where elements begin.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    /// Prefixes, innermost last.
    prefixes: Vec<(NcName, Namespace<'static>)>,
    /// Default namespaces, innermost last.
    defaults: Vec<Namespace<'static>>,
    /// The lengths of both lists before each open element.
    elements: Vec<(usize, usize)>,
}

impl Scopes {
    /// An element begins; its declarations follow.
    pub(super) fn open(&mut self) {
        self.elements
            .push((self.prefixes.len(), self.defaults.len()));
    }

    /// The innermost element ends.
    pub(super) fn close(&mut self) {
        if let Some((prefixes, defaults)) = self.elements.pop() {
            self.prefixes.truncate(prefixes);
            self.defaults.truncate(defaults);
        }
    }

    /// `xmlns='…'` or `xmlns:prefix='…'` of the innermost element. `rxml` has checked the prefixes
    /// that are reserved.
    pub(super) fn declare(
        &mut self,
        prefix: Option<NcName>,
        name: String,
    ) -> Result<(), ReadError> {
        if name.len() > MAX_NAMESPACE_BYTES {
            return Err(TooLarge::Namespace(MAX_NAMESPACE_BYTES).into());
        }
        // Namespaces in XML 1.0, section 3: nothing may be bound to this name.
        if name == ns::XMLNS {
            return Err(Syntax::NotWellFormed("a namespace declaration is not allowed").into());
        }
        if self.prefixes.len() + self.defaults.len() >= MAX_DECLARATIONS_IN_SCOPE {
            return Err(TooLarge::Declarations(MAX_DECLARATIONS_IN_SCOPE).into());
        }
        let (prefixes, defaults) = self.elements.last().copied().unwrap_or_default();
        let is_twice = match &prefix {
            Some(prefix) => self
                .prefixes
                .iter()
                .skip(prefixes)
                .any(|(declared, _)| declared == prefix),
            None => self.defaults.len() > defaults,
        };
        if is_twice {
            return Err(Syntax::NotWellFormed("a namespace is declared twice").into());
        }
        match prefix {
            Some(prefix) => self.prefixes.push((prefix, Namespace::from(name))),
            None => self.defaults.push(Namespace::from(name)),
        }
        Ok(())
    }

    /// The default namespace that the innermost element itself declares.
    pub(super) fn own_default(&self) -> Option<&Namespace<'static>> {
        let (_, before) = self.elements.last().copied()?;
        self.defaults.get(before)
    }

    /// The namespace of an element's name.
    pub(super) fn of_element(
        &self,
        prefix: Option<&NcName>,
    ) -> Result<&Namespace<'static>, ReadError> {
        match prefix {
            Some(prefix) => self.of_prefix(prefix),
            None => Ok(self.defaults.last().unwrap_or(Namespace::none())),
        }
    }

    /// The namespace of an attribute's name. One without prefix is in none: the default
    /// namespace does not apply (Namespaces in XML 1.0, section 6.2).
    pub(super) fn of_attribute(
        &self,
        prefix: Option<&NcName>,
    ) -> Result<&Namespace<'static>, ReadError> {
        prefix.map_or(Ok(Namespace::none()), |prefix| self.of_prefix(prefix))
    }

    fn of_prefix(&self, prefix: &NcName) -> Result<&Namespace<'static>, ReadError> {
        if prefix == "xml" {
            return Ok(Namespace::xml());
        }
        self.prefixes
            .iter()
            .rev()
            .find_map(|(declared, namespace)| (declared == prefix).then_some(namespace))
            .ok_or_else(|| Syntax::NotWellFormed("a namespace prefix is not declared").into())
    }
}
