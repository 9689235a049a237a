//! Who may read a node (XEP-0060 §4.5, §6.5.9).

use onym_stream::ns;

use super::config::AccessModel;
use crate::stanza::{Condition, Refusal};

/// Who wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The account itself.
    Owner,
    /// Somebody who receives the account's presence.
    Subscriber,
    /// Anybody else.
    Stranger,
}

/// Whether somebody may read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// What whoever may not is told.
    pub(crate) allowed: Result<(), Refusal>,
    /// The rule that decides.
    pub(crate) because: &'static str,
}

/// Decides.
pub(crate) fn access(model: AccessModel, reader: Reader) -> Access {
    let refuse = |condition, name| Err(Refusal::with(condition, name, ns::PUBSUB_ERRORS));
    let (allowed, because) = match (model, reader) {
        (_, Reader::Owner) => (Ok(()), "the owner reads everything"),
        (AccessModel::Open, _) => (Ok(()), "anybody may read an open node"),
        (AccessModel::Presence, Reader::Subscriber) => {
            (Ok(()), "whoever receives the presence may")
        }
        (AccessModel::Presence, Reader::Stranger) => (
            refuse(Condition::NotAuthorized, "presence-subscription-required"),
            "§6.5.9.6: they do not receive the presence",
        ),
        (AccessModel::Whitelist, _) => (
            refuse(Condition::NotAllowed, "closed-node"),
            "§6.5.9.8: only the owner is on the list",
        ),
    };
    Access { allowed, because }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_read_what() {
        use AccessModel::{Open, Presence, Whitelist};
        use Reader::{Owner, Stranger, Subscriber};
        for (model, readers) in [
            (Open, &[Owner, Subscriber, Stranger][..]),
            (Presence, &[Owner, Subscriber]),
            (Whitelist, &[Owner]),
        ] {
            for reader in [Owner, Subscriber, Stranger] {
                let access = access(model, reader);
                assert_eq!(
                    access.allowed.is_ok(),
                    readers.contains(&reader),
                    "{reader:?} of {model:?}: {}",
                    access.because
                );
            }
        }
    }
}
