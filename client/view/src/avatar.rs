//! A round picture, or a coloured circle with initials, and the mark of presence on it.

mod textures;

use egui::epaint::RectShape;
use egui::{Align2, Color32, Painter, Pos2, Rect, Stroke, Ui, Vec2};
use onym_client_protocol::view_model::{ContactView, PresenceState};

use crate::design_tokens::{AVATARS, Palette, TextRole, size};

pub(crate) use textures::follow;

/// Draws a contact's picture, or a circle with initials, and whether they are there. `ground` is
/// the colour around it.
pub(crate) fn paint_contact(
    ui: &Ui,
    center: Pos2,
    diameter_points: f32,
    contact: &ContactView,
    ground: Color32,
) {
    let id = contact.avatar.as_deref();
    paint_picture(ui, center, diameter_points, &contact.jid, &contact.name, id);
    paint_presence(ui, center, diameter_points, contact.presence.state, ground);
}

/// Draws the picture, or where there is none a circle with initials.
pub(crate) fn paint_picture(
    ui: &Ui,
    center: Pos2,
    diameter_points: f32,
    jid: &str,
    name: &str,
    id: Option<&str>,
) {
    let Some(texture) = id.and_then(|id| textures::find(ui.ctx(), id)) else {
        paint(ui, center, diameter_points, jid, name);
        return;
    };
    // The middle square of a picture that is not square.
    let [width, height] = texture.size().map(|side| side as f32);
    let side = width.min(height);
    let cut = Vec2::new(side / width, side / height);
    let uv = Rect::from_center_size(Pos2::new(0.5, 0.5), cut);
    let rect = Rect::from_center_size(center, Vec2::splat(diameter_points));
    let shape = RectShape::filled(rect, diameter_points / 2.0, Color32::WHITE);
    ui.painter().add(shape.with_texture(texture.id(), uv));
}

/// Draws a circle with initials. The colour follows from the address, so that two people of the
/// same name look different. Decoration: names and states are in words beside it.
pub(crate) fn paint(ui: &Ui, center: Pos2, diameter_points: f32, jid: &str, name: &str) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    painter.circle_filled(center, diameter_points / 2.0, color_of(jid));
    let mut font = TextRole::Name.font();
    font.size = (diameter_points * 0.38).round();
    let initials = initials_of(name);
    painter.text(
        center,
        Align2::CENTER_CENTER,
        initials,
        font,
        palette.text_on_fill,
    );
}

/// FNV-1a: short, and the same on every machine.
fn color_of(jid: &str) -> Color32 {
    let hash = jid.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let [first, ..] = AVATARS;
    let count = AVATARS.len() as u64;
    let index = usize::try_from((hash >> 32) % count).unwrap_or_default();
    AVATARS.get(index).copied().unwrap_or(first)
}

/// The first letters of the first two words.
fn initials_of(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()))
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Draws the mark of presence at the lower right of an avatar. Each state has a shape of its own,
/// for people who do not see its colour. `ground` is the colour around the avatar.
pub(crate) fn paint_presence(
    ui: &Ui,
    avatar_center: Pos2,
    diameter_points: f32,
    state: PresenceState,
    ground: Color32,
) {
    let offset = diameter_points * 0.36;
    let center = avatar_center + Vec2::splat(offset);
    let radius = size::PRESENCE_MARK / 2.0;
    if state == PresenceState::Unknown {
        return;
    }
    ui.painter()
        .circle_filled(center, radius + size::MARK_RING, ground);
    paint_presence_mark(ui.painter(), center, radius, state, ground, Palette::of(ui));
}

fn paint_presence_mark(
    painter: &Painter,
    center: Pos2,
    radius: f32,
    state: PresenceState,
    ground: Color32,
    palette: &Palette,
) {
    match state {
        PresenceState::Unknown => {}
        PresenceState::Offline => {
            let stroke = Stroke::new(size::MARK_RING, palette.text_secondary);
            painter.circle_stroke(center, radius - 1.0, stroke);
        }
        PresenceState::Available => {
            painter.circle_filled(center, radius, palette.good);
        }
        // A waning moon.
        PresenceState::Away | PresenceState::ExtendedAway => {
            painter.circle_filled(center, radius, palette.warning);
            let bite = center + Vec2::new(-radius * 0.55, -radius * 0.55);
            painter.circle_filled(bite, radius * 0.8, ground);
        }
        // A bar, as on a no-entry sign.
        PresenceState::Busy => {
            painter.circle_filled(center, radius, palette.danger);
            let bar = Rect::from_center_size(center, Vec2::new(radius * 1.1, radius * 0.45));
            painter.rect_filled(bar, 1.0, ground);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials() {
        for (name, expected) in [
            ("Alice", "A"),
            ("bob the builder", "BT"),
            ("(carol) _ dan", "CD"),
            ("é", "É"),
            ("…", ""),
            ("", ""),
        ] {
            assert_eq!(initials_of(name), expected, "{name:?}");
        }
    }

    #[test]
    fn addresses_spread_over_the_colours() {
        let mut seen: Vec<_> = (0..64)
            .map(|n| color_of(&format!("{n}@b.example")))
            .collect();
        seen.sort_by_key(Color32::to_array);
        seen.dedup();
        assert_eq!(seen.len(), AVATARS.len());
    }
}
