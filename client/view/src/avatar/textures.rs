//! Pictures of people on the graphics card, each uploaded when it is first seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use egui::{ColorImage, Context, Id, TextureHandle, TextureOptions};

use crate::app_model::{AvatarImage, AvatarImages};

/// What is known of pictures; in egui's memory, so that each row can ask.
#[derive(Clone, Default)]
struct Textures(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    images: AvatarImages,
    uploaded: BTreeMap<String, TextureHandle>,
}

/// Takes over the pictures of a model. Those that are no longer in it leave the graphics card.
pub(crate) fn follow(ctx: &Context, images: &AvatarImages) {
    let textures = textures(ctx);
    let Ok(mut known) = textures.0.lock() else {
        return;
    };
    if Arc::ptr_eq(&known.images.0, &images.0) {
        return;
    }
    let Known {
        images: before,
        uploaded,
    } = &mut *known;
    uploaded.retain(|id, _| {
        let new = images.0.get(id);
        new.is_some() && before.0.get(id) == new
    });
    known.images = images.clone();
}

/// The picture of this name, if there is one that can be drawn.
pub(super) fn find(ctx: &Context, id: &str) -> Option<TextureHandle> {
    let textures = textures(ctx);
    let mut known = textures.0.lock().ok()?;
    if let Some(texture) = known.uploaded.get(id) {
        return Some(texture.clone());
    }
    let image = color_image(known.images.0.get(id)?)?;
    let texture = ctx.load_texture(id, image, TextureOptions::LINEAR);
    known.uploaded.insert(id.to_owned(), texture.clone());
    Some(texture)
}

/// Nothing if the sizes do not fit together.
fn color_image(image: &AvatarImage) -> Option<ColorImage> {
    let width = usize::try_from(image.width).ok()?;
    let height = usize::try_from(image.height).ok()?;
    let bytes = width.checked_mul(height)?.checked_mul(4)?;
    (bytes > 0 && image.rgba.len() == bytes)
        .then(|| ColorImage::from_rgba_unmultiplied([width, height], &image.rgba))
}

fn textures(ctx: &Context) -> Textures {
    ctx.data_mut(|data| {
        data.get_temp_mut_or_default::<Textures>(Id::unique("avatars"))
            .clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_another_size_than_it_says_is_not_drawn() {
        let image = |width, height, bytes: usize| AvatarImage {
            width,
            height,
            rgba: vec![0; bytes].into(),
        };
        assert!(color_image(&image(2, 2, 16)).is_some());
        assert!(color_image(&image(2, 2, 15)).is_none());
        assert!(color_image(&image(0, 2, 0)).is_none());
        assert!(color_image(&image(u32::MAX, u32::MAX, 16)).is_none());
    }
}
