//! At which onion service of its identity the endpoint of a data folder is, and its move to the next.

use onym_identity::{OnionServiceSecretKey, OnymJid};

use super::Unlocked;
use crate::identity_file::{self, IdentityFileError, MAX_ADDRESS_INDEX, Place};

impl Unlocked {
    /// The address.
    pub(crate) fn jid(&self) -> OnymJid {
        self.jid_at(self.place.index)
    }

    /// The addresses that the endpoint has left.
    pub(crate) fn former(&self) -> Vec<OnymJid> {
        (0..self.place.index).map(|it| self.jid_at(it)).collect()
    }

    /// The address that it would move to; none after the last one.
    pub(crate) fn next_jid(&self) -> Option<OnymJid> {
        let next = self.place.index.checked_add(1)?;
        (next <= MAX_ADDRESS_INDEX).then(|| self.jid_at(next))
    }

    /// The address from the next start on, if a move was announced by whatever process.
    pub(crate) fn announced(&self) -> Result<Option<OnymJid>, IdentityFileError> {
        let (_, place) = identity_file::load(&self.folder.identity_file(), &self.master)?;
        Ok(place.next.map(|next| self.jid_at(next)))
    }

    /// Which onion service of the identity it is.
    pub(crate) const fn address_index(&self) -> u32 {
        self.place.index
    }

    /// The key of the endpoint's onion service.
    pub(crate) fn onion_service_key(&self) -> OnionServiceSecretKey {
        self.secret.onion_service_key(self.place.index)
    }

    fn jid_at(&self, index: u32) -> OnymJid {
        OnymJid {
            identity: self.secret.identity_key().public(),
            address: self.secret.onion_service_key(index).onion_address(),
        }
    }

    /// From the next start on, the endpoint is at the next address.
    pub(crate) fn move_at_next_start(&self) -> Result<(), IdentityFileError> {
        let next = self.place.index.checked_add(1);
        let next = next.filter(|it| *it <= MAX_ADDRESS_INDEX);
        let index = self.place.index;
        self.put_place(Place { index, next })
    }

    /// Takes an announced move back: the next start is where this one is. Whether there was one.
    pub(crate) fn stay(&self) -> Result<bool, IdentityFileError> {
        let was_announced = self.announced()?.is_some();
        if was_announced {
            let index = self.place.index;
            self.put_place(Place { index, next: None })?;
        }
        Ok(was_announced)
    }

    /// What starts now: at the next address, if that was announced. Whoever calls this holds the
    /// folder's lock.
    pub(crate) fn moved(&self) -> Result<Self, IdentityFileError> {
        // Another copy of this may have announced it.
        let (_, place) = identity_file::load(&self.folder.identity_file(), &self.master)?;
        let mut moved = self.clone();
        moved.place = match place.next {
            Some(index) => Place { index, next: None },
            None => place,
        };
        if moved.place != place {
            moved.put_place(moved.place)?;
        }
        Ok(moved)
    }

    fn put_place(&self, place: Place) -> Result<(), IdentityFileError> {
        let path = self.folder.identity_file();
        identity_file::replace(&path, &self.secret, place, &self.master)
    }
}

#[cfg(test)]
mod tests {
    use onym_identity::RootSecret;

    use crate::data_dir::DataDir;
    use crate::unlocking::{NewLock, Opening, make, make_at, open};

    #[test]
    fn a_move_is_carried_out_by_the_next_start_and_by_no_other() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataDir::open(Some(&parent.path().join("data"))).unwrap();
        let secret = RootSecret::from_bytes(&[7; 32]);
        let before = make(&folder, secret, &NewLock::Open).unwrap();
        assert!(before.former().is_empty());
        assert_eq!(before.moved().unwrap().jid(), before.jid());
        let next = before.next_jid().unwrap();
        assert_eq!(before.announced().unwrap(), None);
        before.move_at_next_start().unwrap();
        assert_eq!(before.announced().unwrap(), Some(next));
        let Opening::Open(announced) = open(&folder).unwrap() else {
            panic!("it is locked");
        };
        assert_eq!(announced.jid(), before.jid(), "nothing has started yet");
        // Announced twice is announced once.
        announced.move_at_next_start().unwrap();
        let after = before.moved().unwrap();
        assert_eq!((after.jid(), after.former()), (next, vec![before.jid()]));
        assert_eq!(after.announced().unwrap(), None);
        assert_eq!(after.moved().unwrap().jid(), next, "once");
        assert_eq!(after.jid().identity, before.jid().identity);
        let Opening::Open(again) = open(&folder).unwrap() else {
            panic!("it is locked");
        };
        assert_eq!(again.jid(), next);
    }

    #[test]
    fn an_announced_move_is_taken_back_until_something_has_started_there() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataDir::open(Some(&parent.path().join("data"))).unwrap();
        let secret = RootSecret::from_bytes(&[7; 32]);
        let made = make(&folder, secret, &NewLock::Open).unwrap();
        assert!(!made.stay().unwrap(), "nothing was announced");
        made.move_at_next_start().unwrap();
        assert_eq!(made.announced().unwrap(), made.next_jid());
        assert!(made.stay().unwrap());
        assert_eq!(made.announced().unwrap(), None);
        assert_eq!(made.moved().unwrap().jid(), made.jid());
        // Whoever thinks better of it moves to the same address.
        let next = made.next_jid();
        made.move_at_next_start().unwrap();
        let after = made.moved().unwrap();
        assert_eq!(Some(after.jid()), next);
        assert!(!after.stay().unwrap(), "it has started there");
        assert_eq!(Some(after.moved().unwrap().jid()), next);
    }

    #[test]
    fn there_is_a_last_move() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataDir::open(Some(&parent.path().join("data"))).unwrap();
        let secret = RootSecret::from_bytes(&[7; 32]);
        let last = super::MAX_ADDRESS_INDEX;
        let made = make_at(&folder, secret, last, &NewLock::Open).unwrap();
        assert_eq!(made.former().len(), 32);
        assert_eq!(made.next_jid(), None);
        made.move_at_next_start().unwrap();
        assert_eq!(made.moved().unwrap().jid(), made.jid());
    }
}
