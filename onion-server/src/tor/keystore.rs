//! Where the onion service's keys are kept.
//!
//! The onion service's identity key comes from the recovery phrase and must not lie on the disk in
//! clear. Nor may the keys that are blinded from it for each time period: the blinding factor is
//! public, so whoever has a blinded secret key has the identity key. Arti writes both to its
//! primary keystore. Ours keeps them in memory, and lets only the keys of introduction points go
//! to the disk: they are random, say nothing about the identity, and with them the descriptor that
//! is out stays valid across a restart.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use fs_mistrust::Mistrust;
use tor_hscrypto::pk::HsIdKeypair;
use tor_hsservice::{HsIdKeypairSpecifier, HsNickname};
use tor_key_forge::{EncodableItem, ErasedKey, KeystoreItemType};
use tor_keymgr::{
    ArtiEphemeralKeystore, ArtiNativeKeystore, KeyMgr, KeyMgrBuilder, KeyMgrBuilderError,
    KeySpecifier, Keystore, KeystoreEntry, KeystoreEntryResult, KeystoreId, KeystoreSelector,
};

/// Why the keystore cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeystoreError {
    #[error("the keys of introduction points cannot be read or written")]
    Store(#[from] tor_keymgr::Error),
    #[error("the keystores do not go together")]
    Build(#[from] KeyMgrBuilderError),
}

/// Opens the keystore of one onion service and puts its identity key in.
pub(super) fn open(
    folder: &Path,
    mistrust: &Mistrust,
    nickname: &HsNickname,
    identity: HsIdKeypair,
) -> Result<Arc<KeyMgr>, KeystoreError> {
    let memory = Arc::new(ArtiEphemeralKeystore::new("memory".to_owned()));
    let disk = Arc::new(ArtiNativeKeystore::from_path_and_mistrust(
        folder, mistrust,
    )?);
    let sorting = Sorting {
        id: KeystoreId::from_str("sorting")?,
        ipt_prefix: format!("hss/{nickname}/ipts/"),
        memory: Arc::clone(&memory),
        disk: Arc::clone(&disk),
    };
    // The key manager reads all stores but writes to the first; listed entries are removed from
    // the store that listed them, so the two that hold keys are registered as well.
    let mut builder = KeyMgrBuilder::default().primary_store(Box::new(sorting));
    builder.secondary_stores().push(Box::new(Shared(memory)));
    builder.secondary_stores().push(Box::new(Shared(disk)));
    let keys = builder.build()?;
    keys.insert(
        identity,
        &HsIdKeypairSpecifier::new(nickname.clone()),
        KeystoreSelector::Primary,
        true,
    )?;
    Ok(Arc::new(keys))
}

/// The store that everything is written to: it hands each key to the right one.
struct Sorting {
    id: KeystoreId,
    /// What the names of introduction points' keys begin with.
    ipt_prefix: String,
    memory: Arc<ArtiEphemeralKeystore>,
    disk: Arc<ArtiNativeKeystore>,
}

impl Sorting {
    /// Whatever is not known to be harmless stays in memory.
    fn store_of(&self, key: &dyn KeySpecifier) -> &dyn Keystore {
        match key.arti_path() {
            Ok(path) if path.as_str().starts_with(&self.ipt_prefix) => &*self.disk,
            _ => &*self.memory,
        }
    }
}

impl Keystore for Sorting {
    fn id(&self) -> &KeystoreId {
        &self.id
    }

    fn contains(
        &self,
        key: &dyn KeySpecifier,
        kind: &KeystoreItemType,
    ) -> tor_keymgr::Result<bool> {
        self.store_of(key).contains(key, kind)
    }

    fn get(
        &self,
        key: &dyn KeySpecifier,
        kind: &KeystoreItemType,
    ) -> tor_keymgr::Result<Option<ErasedKey>> {
        self.store_of(key).get(key, kind)
    }

    fn insert(&self, item: &dyn EncodableItem, key: &dyn KeySpecifier) -> tor_keymgr::Result<()> {
        self.store_of(key).insert(item, key)
    }

    fn remove(
        &self,
        key: &dyn KeySpecifier,
        kind: &KeystoreItemType,
    ) -> tor_keymgr::Result<Option<()>> {
        self.store_of(key).remove(key, kind)
    }

    /// Nothing: the two stores behind it list what they hold.
    fn list(&self) -> tor_keymgr::Result<Vec<KeystoreEntryResult<KeystoreEntry<'_>>>> {
        Ok(Vec::new())
    }
}

/// A store that [`Sorting`] writes to as well.
struct Shared<K>(Arc<K>);

impl<K: Keystore> Keystore for Shared<K> {
    fn id(&self) -> &KeystoreId {
        self.0.id()
    }

    fn contains(
        &self,
        key: &dyn KeySpecifier,
        kind: &KeystoreItemType,
    ) -> tor_keymgr::Result<bool> {
        self.0.contains(key, kind)
    }

    fn get(
        &self,
        key: &dyn KeySpecifier,
        kind: &KeystoreItemType,
    ) -> tor_keymgr::Result<Option<ErasedKey>> {
        self.0.get(key, kind)
    }

    fn insert(&self, item: &dyn EncodableItem, key: &dyn KeySpecifier) -> tor_keymgr::Result<()> {
        self.0.insert(item, key)
    }

    fn remove(
        &self,
        key: &dyn KeySpecifier,
        kind: &KeystoreItemType,
    ) -> tor_keymgr::Result<Option<()>> {
        self.0.remove(key, kind)
    }

    fn list(&self) -> tor_keymgr::Result<Vec<KeystoreEntryResult<KeystoreEntry<'_>>>> {
        self.0.list()
    }
}
