use std::sync::Arc;

use crate::app_model::{AvatarImage, AvatarImages};

/// The side of a picture, in pixels.
const SIDE: u32 = 96;

/// A landscape for each of two people.
pub fn pictures() -> AvatarImages {
    let pictures = [
        ("bruna", landscape([250, 190, 120], [90, 60, 110])),
        ("noor", landscape([120, 190, 220], [40, 110, 90])),
    ];
    AvatarImages(Arc::new(
        pictures.map(|(id, image)| (id.to_owned(), image)).into(),
    ))
}

/// A sky, a sun and a hill.
fn landscape(sky: [u8; 3], hill: [u8; 3]) -> AvatarImage {
    let mut rgba = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (dx, dy) = (x.abs_diff(SIDE * 2 / 3), y.abs_diff(SIDE / 3));
            let slope = SIDE * 3 / 4 - x.abs_diff(SIDE / 4) / 3;
            let color = if y > slope {
                hill
            } else if dx * dx + dy * dy < SIDE * SIDE / 60 {
                [255, 244, 214]
            } else {
                sky
            };
            rgba.extend(color);
            rgba.push(255);
        }
    }
    AvatarImage {
        width: SIDE,
        height: SIDE,
        rgba: rgba.into(),
    }
}
