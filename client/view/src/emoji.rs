//! Emoji: pictures, names, search.

/// What emoji are called in German.
mod german;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Mutex;

use egui::epaint::text::{FontPriority, RasterizedGlyph};
use egui::{
    Color32, ColorImage, Context, GlyphBitmap, GlyphRasterizer, GlyphRasterizerRequest, vec2,
};
use emojis::{Emoji, SkinTone};
use twemoji_assets::png::PngTwemojiAsset;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::app_model::Language;

/// The side of an emoji as a part of the size of the font.
const SIDE: f32 = 1.22;

/// How far an emoji reaches below the line of the letters, as a part of its side.
const BELOW_LINE: f32 = 0.19;

/// The longest emoji in use is a family of four with skin tones: 41 bytes.
const MAX_EMOJI_BYTES: usize = 64;

/// The most emoji in a message that are drawn large.
const MAX_LARGE: usize = 3;

/// Pictures that are decoded are kept, because each size of a letter wants one; so many, of 20 kB.
const MAX_DECODED: usize = 256;

/// Draws emoji in colour from the pictures of Twemoji, which are the same on every system.
pub(crate) fn install(ctx: &Context) {
    let decoded: Mutex<HashMap<&'static str, ColorImage>> = Mutex::default();
    let rasterize = move |request: &GlyphRasterizerRequest<'_>| rasterize(request, &decoded);
    let rasterizer = GlyphRasterizer::new("onym emoji", rasterize);
    ctx.add_glyph_rasterizer(rasterizer.with_priority(FontPriority::Highest));
}

fn rasterize(
    request: &GlyphRasterizerRequest<'_>,
    decoded: &Mutex<HashMap<&'static str, ColorImage>>,
) -> Option<RasterizedGlyph> {
    let asset = asset(request.cluster)?;
    let side = (request.font_size_px * SIDE).round().clamp(1.0, 512.0);
    let side_px = side as usize;
    // A lock that was poisoned only means that a picture is missing.
    let mut decoded = decoded.lock().ok()?;
    if decoded.len() >= MAX_DECODED {
        decoded.clear();
    }
    let image = match decoded.get(asset.emoji) {
        Some(image) => image,
        None => {
            let image = decode(asset)?;
            decoded.entry(asset.emoji).or_insert(image)
        }
    };
    Some(RasterizedGlyph {
        bitmap: GlyphBitmap {
            image: scaled(image, side_px),
            offset_px: vec2(0.0, (side * (BELOW_LINE - 1.0)).round()),
            is_color: true,
        },
        advance_px: side,
    })
}

/// The picture of an emoji. A character that is text unless it is marked (`©`, `1`) is left to the
/// font without the mark.
fn asset(cluster: &str) -> Option<&'static PngTwemojiAsset> {
    const AS_EMOJI: char = '\u{fe0f}';
    const AS_TEXT: char = '\u{fe0e}';
    if cluster.is_ascii() || cluster.len() > MAX_EMOJI_BYTES || cluster.contains(AS_TEXT) {
        return None;
    }
    if !egui::epaint::text::has_emoji_presentation(cluster) && !cluster.contains(AS_EMOJI) {
        // A heart without the mark is one too in what people write.
        let is_common = matches!(cluster, "❤" | "☺" | "☹" | "✌" | "☝" | "✍" | "☠" | "☀" | "☁");
        if !is_common {
            return None;
        }
    }
    PngTwemojiAsset::from_emoji(cluster).or_else(|| {
        let plain: String = cluster
            .chars()
            .filter(|letter| *letter != AS_EMOJI)
            .collect();
        PngTwemojiAsset::from_emoji(&plain)
            .or_else(|| PngTwemojiAsset::from_emoji(&format!("{plain}{AS_EMOJI}")))
            .or_else(|| {
                emojis::get(cluster).and_then(|emoji| PngTwemojiAsset::from_emoji(emoji.as_str()))
            })
    })
}

fn decode(asset: &PngTwemojiAsset) -> Option<ColorImage> {
    let bytes: &[u8] = asset;
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut pixels).ok()?;
    let size = [frame.width as usize, frame.height as usize];
    let pixels = pixels.get(..frame.buffer_size())?;
    let pixels = match frame.color_type {
        png::ColorType::Rgba => pixels
            .chunks_exact(4)
            .filter_map(|pixel| match pixel {
                [r, g, b, a] => Some(Color32::from_rgba_unmultiplied(*r, *g, *b, *a)),
                _ => None,
            })
            .collect(),
        png::ColorType::GrayscaleAlpha => pixels
            .chunks_exact(2)
            .filter_map(|pixel| match pixel {
                [grey, a] => Some(Color32::from_rgba_unmultiplied(*grey, *grey, *grey, *a)),
                _ => None,
            })
            .collect::<Vec<_>>(),
        _ => return None,
    };
    (pixels.len() == size[0] * size[1]).then(|| ColorImage::new(size, pixels))
}

/// The picture in another size: each pixel is the mean of the area that it covers, or between its
/// neighbours where it becomes larger.
fn scaled(image: &ColorImage, side: usize) -> ColorImage {
    let [width, height] = image.size;
    let step = width as f32 / side.max(1) as f32;
    let pixel = |x: usize, y: usize| {
        let at = y.min(height.saturating_sub(1)) * width + x.min(width.saturating_sub(1));
        image.pixels.get(at).copied().unwrap_or_default()
    };
    let mut pixels = Vec::with_capacity(side * side);
    for y in 0..side {
        for x in 0..side {
            let sum = if step > 1.0 {
                mean(x as f32 * step, y as f32 * step, step, &pixel)
            } else {
                let center = |at: usize| ((at as f32 + 0.5) * step - 0.5).max(0.0);
                bilinear(center(x), center(y), &pixel)
            };
            let [r, g, b, a] = sum.map(|sum| sum.round().clamp(0.0, 255.0) as u8);
            pixels.push(Color32::from_rgba_premultiplied(r, g, b, a));
        }
    }
    ColorImage::new([side, side], pixels)
}

/// The mean colour of a square of the source.
fn mean(left: f32, top: f32, side: f32, pixel: &impl Fn(usize, usize) -> Color32) -> [f32; 4] {
    let mut sum = [0.0; 4];
    for y in top as usize..=(top + side) as usize {
        let covered_y = (top + side).min(y as f32 + 1.0) - top.max(y as f32);
        for x in left as usize..=(left + side) as usize {
            let covered_x = (left + side).min(x as f32 + 1.0) - left.max(x as f32);
            let part = covered_x.max(0.0) * covered_y.max(0.0) / (side * side);
            for (sum, channel) in sum.iter_mut().zip(pixel(x, y).to_array()) {
                *sum += part * f32::from(channel);
            }
        }
    }
    sum
}

fn bilinear(x: f32, y: f32, pixel: &impl Fn(usize, usize) -> Color32) -> [f32; 4] {
    let (left, top) = (x.floor(), y.floor());
    let (right_part, lower_part) = (x - left, y - top);
    let (left, top) = (left as usize, top as usize);
    let mut sum = [0.0; 4];
    for (dx, dy, part) in [
        (0, 0, (1.0 - right_part) * (1.0 - lower_part)),
        (1, 0, right_part * (1.0 - lower_part)),
        (0, 1, (1.0 - right_part) * lower_part),
        (1, 1, right_part * lower_part),
    ] {
        let color = pixel(left + dx, top + dy).to_array();
        for (sum, channel) in sum.iter_mut().zip(color) {
            *sum += part * f32::from(channel);
        }
    }
    sum
}

/// Whether a text is nothing but one to three emoji: it is drawn large then.
pub(crate) fn is_only_emoji(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.is_ascii() || text.len() > MAX_LARGE * (MAX_EMOJI_BYTES + 1) {
        return false;
    }
    let mut count = 0;
    text.graphemes(true)
        .filter(|cluster| !cluster.trim().is_empty())
        .all(|cluster| {
            count += 1;
            asset(cluster).is_some()
        })
        && count <= MAX_LARGE
}

/// Whether there is a picture of an emoji.
pub(crate) fn has_picture(emoji: &Emoji) -> bool {
    asset(emoji.as_str()).is_some()
}

/// Whether a text is one emoji, as a reaction has to be.
pub(crate) fn is_emoji(text: &str) -> bool {
    text.graphemes(true).count() == 1 && asset(text).is_some()
}

/// What the emoji is called, for a person who does not see it.
pub(crate) fn name_of(text: &str, language: Language) -> Cow<'_, str> {
    let german = match language {
        Language::German => german::name_of(text),
        Language::English => None,
    };
    let english = || Cow::Borrowed(emojis::get(text).map_or(text, Emoji::name));
    german.map_or_else(english, Cow::Owned)
}

/// The emoji in a skin tone, where it has them.
pub(crate) fn in_tone(emoji: &'static Emoji, tone: SkinTone) -> &'static Emoji {
    emoji.with_skin_tone(tone).unwrap_or(emoji)
}

/// The emoji whose names fit what was typed, the best ones first: the names in this language, and
/// the English ones, which are known everywhere.
pub(crate) fn search(query: &str, limit: usize, language: Language) -> Vec<&'static Emoji> {
    let query = query
        .trim()
        .trim_matches(':')
        .to_lowercase()
        .replace('_', " ");
    if query.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u8, usize, &'static Emoji)> = emojis::iter()
        .filter(|emoji| asset(emoji.as_str()).is_some())
        .enumerate()
        .filter_map(|(order, emoji)| Some((rank(emoji, &query, language)?, order, emoji)))
        .collect();
    found.sort_by_key(|(rank, order, _)| (*rank, *order));
    found
        .into_iter()
        .take(limit)
        .map(|(.., emoji)| emoji)
        .collect()
}

/// How well a query fits: a whole name before a beginning before the beginning of a later word.
fn rank(emoji: &Emoji, query: &str, language: Language) -> Option<u8> {
    let later = format!(" {query}");
    let of = |name: &str| {
        let name = name.to_lowercase().replace('_', " ");
        if name == query {
            Some(0)
        } else if name.starts_with(query) {
            Some(1)
        } else if name.contains(&later) {
            Some(2)
        } else {
            (query.chars().count() > 2 && name.contains(query)).then_some(3)
        }
    };
    let english = emoji
        .shortcodes()
        .chain([emoji.name()])
        .filter_map(of)
        .min();
    if language == Language::English {
        return english;
    }
    // Of those that fit as well, a German name goes first, then a German word, then English.
    let german = german::of(emoji.as_str()).into_iter();
    let german = german.flat_map(|german| {
        let name = of(german.name).map(|rank| 3 * rank);
        let words = german.keywords().filter_map(of).map(|rank| 3 * rank + 1);
        name.into_iter().chain(words)
    });
    let english = english.map(|rank| 3 * rank + 2);
    german.chain(english).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_have_pictures_and_text_has_none() {
        for cluster in ["😀", "❤️", "❤", "👍🏽", "🇵🇹", "👨‍👩‍👧", "1️⃣", "✌️", "🏳️‍🌈"]
        {
            let asset = asset(cluster).unwrap_or_else(|| panic!("{cluster}"));
            let image = decode(asset).unwrap_or_else(|| panic!("{cluster}"));
            assert_eq!(image.size, [72, 72], "{cluster}");
        }
        for cluster in ["a", "1", "#", "©", "→", "ä", "ש", "✔", "😀\u{fe0e}"] {
            assert!(asset(cluster).is_none(), "{cluster}");
        }
    }

    #[test]
    fn a_picture_keeps_its_colour_in_every_size() {
        let red = Color32::from_rgb(200, 10, 10);
        let image = ColorImage::new([72, 72], vec![red; 72 * 72]);
        for side in [1, 17, 20, 72, 100] {
            let scaled = scaled(&image, side);
            assert_eq!(scaled.size, [side, side]);
            assert!(scaled.pixels.iter().all(|pixel| *pixel == red), "{side}");
        }
    }

    #[test]
    fn few_emoji_alone_are_large() {
        for text in ["😀", " 👍🏽 ", "😀😀😀", "❤️ 🎉"] {
            assert!(is_only_emoji(text), "{text}");
        }
        for text in ["", "a", "😀 a", "😀😀😀😀", "12", "©"] {
            assert!(!is_only_emoji(text), "{text}");
        }
        assert!(is_emoji("👍🏽") && !is_emoji("👍👍") && !is_emoji("ok"));
    }

    #[test]
    fn search_finds_the_nearest_name_first() {
        let english = |query: &str, limit| search(query, limit, Language::English);
        let first = |query: &str| english(query, 5).first().map(|emoji| emoji.as_str());
        assert_eq!(first(":roc"), Some("🪨"));
        assert!(english("roc", 5).iter().any(|emoji| emoji.as_str() == "🚀"));
        assert_eq!(first("rocket"), Some("🚀"));
        assert_eq!(first("thumbsup"), Some("👍"));
        assert_eq!(first("zzzz"), None);
        assert_eq!(english("face", 7).len(), 7);
    }

    #[test]
    fn german_words_find_emoji_too() {
        let german = |query: &str, emoji: &str| {
            let found = search(query, 5, Language::German);
            let found: Vec<&str> = found.iter().map(|emoji| emoji.as_str()).collect();
            assert!(found.contains(&emoji), "{query}: {found:?}");
        };
        german(":rak", "🚀");
        german("daumen hoch", "👍");
        german("Kaffee", "☕");
        german("Katze", "🐈");
        german("Flagge: Portugal", "🇵🇹");
        german("rocket", "🚀");
        assert!(search("rakete", 5, Language::English).is_empty());
        assert_eq!(name_of("😀", Language::German), "grinsendes Gesicht");
        assert_eq!(name_of("😀", Language::English), "grinning face");
    }
}
