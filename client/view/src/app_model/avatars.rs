use std::collections::BTreeMap;
use std::sync::Arc;

use onym_client_protocol::view_model::AvatarId;

/// Pictures of people, decoded, by their name.
#[derive(Debug, Clone, Default)]
pub struct AvatarImages(pub Arc<BTreeMap<AvatarId, AvatarImage>>);

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarImage {
    /// The width, in pixels.
    pub width: u32,
    /// The height, in pixels.
    pub height: u32,
    /// Red, green, blue and alpha (not premultiplied) of each pixel, row by row from the top.
    pub rgba: Arc<[u8]>,
}
