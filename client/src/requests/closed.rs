//! Requests to a window that is not open yet: it comes to the front, and does nothing else.

use super::{Raise, RequestError};
use crate::request::Request;

/// What a request meets before there is a node: a window that has the data folder.
#[derive(Clone, Debug)]
pub(crate) struct ClosedDesk {
    /// What the window waits for.
    pub(crate) why: Closed,
    /// Brings it to the front.
    pub(crate) raise: Raise,
}

/// What the window waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// An identity is made or brought back.
    NoIdentity,
    /// The passphrase, the words or the keyring.
    Locked,
    /// It has asked or told the user something else.
    Waiting,
}

pub(super) fn carry_out(desk: &ClosedDesk, request: Request) -> Result<(), RequestError> {
    match request {
        Request::Raise { link } => {
            let Raise(raise) = &desk.raise;
            raise(link);
            Ok(())
        }
        _ => Err(match desk.why {
            Closed::NoIdentity => RequestError::NoIdentity,
            Closed::Locked => RequestError::Locked,
            Closed::Waiting => RequestError::Waiting,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn it_comes_to_the_front_and_does_nothing_else() {
        let links = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&links);
        let raise = Raise(Arc::new(move |link| heard.lock().unwrap().push(link)));
        let why = Closed::Locked;
        let desk = ClosedDesk { why, raise };
        let link = Some("xmpp:a@b".to_owned());
        carry_out(&desk, Request::Raise { link: link.clone() }).unwrap();
        for refused in [Request::Status, Request::Contacts, Request::Profile] {
            let outcome = carry_out(&desk, refused);
            assert!(matches!(outcome, Err(RequestError::Locked)));
        }
        assert_eq!(*links.lock().unwrap(), [link]);
    }
}
