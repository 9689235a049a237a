//! What verification strings mean.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{Capabilities, Interests};
use crate::domain::Domain;
use crate::limits;

/// For whom a meaning counts. Two answers can have the same string, since the specification joins
/// features and forms without telling them apart; so what one domain says is not believed of the
/// clients of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// An own client said so: it counts for everybody.
    Ours,
    /// A client of this domain said so.
    Of(Domain),
}

type Key = (Scope, String, String);

/// The meanings that were verified, the oldest going first when there is no more room.
#[derive(Debug, Default)]
pub(crate) struct KnownCapabilities {
    known: BTreeMap<Key, Arc<Interests>>,
    order: VecDeque<Key>,
}

impl KnownCapabilities {
    pub(crate) fn get(&self, scope: &Scope, of: &Capabilities) -> Option<Arc<Interests>> {
        let hash = of.hash.as_ref()?;
        let key = |scope: &Scope| (scope.clone(), hash.clone(), of.ver.clone());
        let known = self.known.get(&key(&Scope::Ours));
        known
            .or_else(|| self.known.get(&key(scope)))
            .map(Arc::clone)
    }

    pub(crate) fn put(&mut self, scope: Scope, of: &Capabilities, interests: Arc<Interests>) {
        let Some(hash) = of.hash.clone() else {
            return;
        };
        let key = (scope, hash, of.ver.clone());
        if self.known.insert(key.clone(), interests).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > limits::MAX_KNOWN_CAPABILITIES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(ver: &str) -> Capabilities {
        Capabilities {
            hash: Some("sha-1".to_owned()),
            node: "https://client.example".to_owned(),
            ver: ver.to_owned(),
        }
    }

    fn of(domain: &str) -> Scope {
        Scope::Of(Domain::parse(domain).unwrap())
    }

    #[test]
    fn one_domain_cannot_say_what_the_clients_of_another_want() {
        let mut known = KnownCapabilities::default();
        let caps = capabilities("x");
        let poisoned = Arc::new(Interests::new());
        known.put(of("bad.example"), &caps, poisoned);
        assert!(known.get(&of("bad.example"), &caps).is_some());
        assert!(known.get(&of("good.example"), &caps).is_none());
        assert!(known.get(&Scope::Ours, &caps).is_none());
        let right = Arc::new(Interests::from(["n".to_owned()]));
        known.put(Scope::Ours, &caps, Arc::clone(&right));
        for scope in [Scope::Ours, of("good.example"), of("bad.example")] {
            assert_eq!(known.get(&scope, &caps), Some(Arc::clone(&right)));
        }
        let unproven = Capabilities { hash: None, ..caps };
        assert!(known.get(&Scope::Ours, &unproven).is_none());
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut known = KnownCapabilities::default();
        for n in 0..limits::MAX_KNOWN_CAPABILITIES + 10 {
            let caps = capabilities(&n.to_string());
            known.put(Scope::Ours, &caps, Arc::default());
            known.put(Scope::Ours, &caps, Arc::default());
        }
        assert_eq!(known.known.len(), limits::MAX_KNOWN_CAPABILITIES);
        assert_eq!(known.order.len(), limits::MAX_KNOWN_CAPABILITIES);
        assert!(known.get(&Scope::Ours, &capabilities("0")).is_none());
    }
}
