//! Pictures of people, decoded for the window.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onym_client_protocol::store::Store as _;
use onym_client_protocol::view_model::{AvatarId, ViewModel};
use onym_desktop::Picture;
use onym_view::{AvatarImage, AvatarImages};

use super::Messenger;
use crate::window::presenter::keep_off_the_runtime;

/// The side of a picture in the window, in pixels: the largest place for one, at twice the usual
/// density.
const SIDE_PIXELS: u32 = 160;

/// How many new pictures are decoded for one frame.
const PER_FRAME: usize = 8;

/// Pictures that were decoded, and those that cannot be.
pub(super) struct Avatars {
    images: Arc<BTreeMap<AvatarId, AvatarImage>>,
    broken: BTreeSet<AvatarId>,
}

impl Avatars {
    pub(super) fn new(images: AvatarImages) -> Self {
        Self {
            images: images.0,
            broken: BTreeSet::new(),
        }
    }

    pub(super) fn images(&self) -> AvatarImages {
        AvatarImages(Arc::clone(&self.images))
    }
}

impl Messenger<'_> {
    /// Decodes the pictures that the window is about to show and does not have.
    pub(super) fn load_avatars(&mut self, view: &ViewModel) {
        let shown = view
            .contacts
            .iter()
            .filter_map(|contact| contact.avatar.as_ref())
            .chain(&view.our_avatar);
        let missing: BTreeSet<AvatarId> = shown
            .clone()
            .filter(|id| !self.avatars.images.contains_key(*id))
            .filter(|id| !self.avatars.broken.contains(*id))
            .take(PER_FRAME)
            .cloned()
            .collect();
        if missing.is_empty() {
            return;
        }
        let wanted: BTreeSet<&AvatarId> = shown.collect();
        let store = self.node.engine.store();
        let mut images = (*self.avatars.images).clone();
        images.retain(|id, _| wanted.contains(id));
        self.avatars.broken.retain(|id| wanted.contains(id));
        for id in missing {
            let decoded = keep_off_the_runtime(|| {
                let record = store.avatar(&id).ok().flatten()?;
                let picture = Picture::decode_small(&record.bytes)
                    .ok()?
                    .square(SIDE_PIXELS);
                Some(AvatarImage {
                    width: SIDE_PIXELS,
                    height: SIDE_PIXELS,
                    rgba: picture.rgba().into(),
                })
            });
            match decoded {
                Some(image) => {
                    images.insert(id, image);
                }
                None => {
                    self.avatars.broken.insert(id);
                }
            }
        }
        self.avatars.images = Arc::new(images);
    }
}
