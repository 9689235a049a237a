//! Cards, rows and fields of pages where the user sets something.

use egui::{
    Color32, CornerRadius, Frame, Id, Key, Rect, Response, Role, Sense, Stroke, TextEdit, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use crate::app_model::Secret;
use crate::bidi::{self, OrderedField};
use crate::button::{Weight, button_ui, focus_ring, icon_button_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::text;
use crate::words::tr;

/// What stands at the right of a row.
enum End {
    Switch(bool),
    Choice(bool),
    Chevron,
}

impl End {
    fn width(&self) -> f32 {
        match self {
            Self::Switch(_) => size::SWITCH.x,
            Self::Choice(_) | Self::Chevron => size::ICON,
        }
    }
}

/// A title and a card below it, on which rows stand.
pub(crate) fn card_ui<R>(ui: &mut Ui, title: &str, rows: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = Palette::of(ui);
    if !title.is_empty() {
        ui.add_space(size::GAP_SMALL);
        text::label_ui(ui, title, TextRole::Heading, palette.text);
    }
    let frame = Frame::new()
        .fill(palette.sidebar)
        .stroke(Stroke::new(size::LINE, palette.line))
        .corner_radius(size::RADIUS_LARGE);
    frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 0.0;
            rows(ui)
        })
        .inner
}

/// Something in a card that is no row: with room around it and a line above.
pub(crate) fn padded_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    line_above(ui);
    Frame::new()
        .inner_margin(margin::CARD)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = Vec2::splat(size::GAP_SMALL);
            contents(ui)
        })
        .inner
}

/// A line between rows; the first row of a card has none.
fn line_above(ui: &Ui) {
    let top = ui.cursor().top();
    if top > ui.max_rect().top() + 1.0 {
        let stroke = Stroke::new(size::LINE, Palette::of(ui).line);
        ui.painter().hline(ui.max_rect().x_range(), top, stroke);
    }
}

/// A switch with its name. Returns what the user wants, if they touched it.
pub(crate) fn switch_ui(ui: &mut Ui, title: &str, hint: &str, is_on: bool) -> Option<bool> {
    let response = row_ui(ui, title, hint, Palette::of(ui).text, &End::Switch(is_on));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), is_on, title));
    describe(ui, &response, hint);
    response.clicked().then_some(!is_on)
}

/// Lets screen readers read the words below a name after it.
fn describe(ui: &Ui, response: &Response, hint: &str) {
    if !hint.is_empty() {
        let describe = |node: &mut egui::accesskit::Node| node.set_description(hint);
        ui.ctx().accesskit_node_builder(response.id, describe);
    }
}

/// A switch with its name among other things, not as a row of its own. `spoken` is read aloud. Returns
/// what the user wants, if they touched it.
pub(crate) fn toggle_ui(ui: &mut Ui, title: &str, spoken: &str, is_on: bool) -> Option<bool> {
    let palette = Palette::of(ui);
    let room = ui.available_width() - size::SWITCH.x - size::GAP_SMALL;
    let name = text::wrapped(ui, title, TextRole::Body, palette.text, room);
    let height = name.size().y.max(size::BUTTON_HEIGHT);
    let width = size::SWITCH.x + size::GAP_SMALL + name.size().x;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    let side = vec2(size::SWITCH.x, size::ICON);
    let middle = pos2(rect.left() + side.x / 2.0, rect.center().y);
    paint_end(
        ui,
        Rect::from_center_size(middle, side),
        &End::Switch(is_on),
    );
    let left = rect.left() + side.x + size::GAP_SMALL;
    let at = pos2(left, rect.center().y - name.size().y / 2.0);
    ui.painter().galley(at, name, palette.text);
    focus_ring(ui, &response, CornerRadius::same(size::RADIUS_SMALL));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), is_on, spoken));
    response.clicked().then_some(!is_on)
}

/// One of several things of which one is chosen. Returns whether the user wants this one.
pub(crate) fn choice_ui(ui: &mut Ui, title: &str, hint: &str, is_chosen: bool) -> bool {
    let response = row_ui(
        ui,
        title,
        hint,
        Palette::of(ui).text,
        &End::Choice(is_chosen),
    );
    response
        .widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, title));
    describe(ui, &response, hint);
    response.clicked() && !is_chosen
}

/// Something to do, or a page to open.
pub(crate) fn action_ui(ui: &mut Ui, title: &str, hint: &str, color: Color32) -> bool {
    let response = row_ui(ui, title, hint, color, &End::Chevron);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), title));
    describe(ui, &response, hint);
    response.clicked()
}

/// A fact with its name.
pub(crate) fn fact_ui(ui: &mut Ui, title: &str, fact: &str) {
    line_above(ui);
    let palette = Palette::of(ui);
    let inner = ui.available_width() - 2.0 * size::GAP;
    let name = text::wrapped(ui, title, TextRole::Small, palette.text_secondary, inner);
    let words = text::wrapped(ui, fact, TextRole::Body, palette.text, inner);
    let height = name.size().y + words.size().y + 2.0 * size::GAP_SMALL;
    let (rect, response) =
        ui.allocate_exact_size(vec2(inner + 2.0 * size::GAP, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{title}: {fact}")));
    let at = rect.min + vec2(size::GAP, size::GAP_SMALL);
    let below = at + vec2(0.0, name.size().y);
    ui.painter().galley(at, name, palette.text_secondary);
    ui.painter().galley(below, words, palette.text);
}

/// A row that can be clicked as a whole; the caller names it.
fn row_ui(ui: &mut Ui, title: &str, hint: &str, color: Color32, end: &End) -> Response {
    line_above(ui);
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let room = width - 2.0 * size::GAP - end.width() - size::GAP;
    let (color, weak) = if ui.is_enabled() {
        (color, palette.text_secondary)
    } else {
        (palette.text_secondary, palette.text_secondary)
    };
    let name = text::wrapped(ui, title, TextRole::Body, color, room);
    let hint = (!hint.is_empty()).then(|| text::wrapped(ui, hint, TextRole::Small, weak, room));
    let words = name.size().y + hint.as_ref().map_or(0.0, |hint| hint.size().y);
    let height = (words + 2.0 * size::GAP_SMALL).max(size::ROW_MIN);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    let radius = CornerRadius::same(size::RADIUS_LARGE);
    if response.hovered() && ui.is_enabled() {
        let ground = rect.shrink(size::LINE);
        ui.painter().rect_filled(ground, radius, palette.hovered);
    }
    let at = pos2(rect.left() + size::GAP, rect.center().y - words / 2.0);
    let below = at + vec2(0.0, name.size().y);
    ui.painter().galley(at, name, color);
    if let Some(hint) = hint {
        ui.painter().galley(below, hint, weak);
    }
    let side = vec2(end.width(), size::ICON);
    let middle = pos2(rect.right() - size::GAP - side.x / 2.0, rect.center().y);
    paint_end(ui, Rect::from_center_size(middle, side), end);
    focus_ring(ui, &response, radius);
    response
}

fn paint_end(ui: &Ui, rect: Rect, end: &End) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    match end {
        End::Chevron => Icon::Next.paint(painter, rect, palette.text_secondary),
        End::Choice(is_chosen) => {
            let radius = size::ICON / 2.0 - 1.0;
            if *is_chosen {
                painter.circle_filled(rect.center(), radius, palette.accent_fill);
                painter.circle_filled(rect.center(), radius * 0.4, palette.text_on_fill);
            } else {
                let ring = Stroke::new(size::ICON_STROKE, palette.text_secondary);
                painter.circle_stroke(rect.center(), radius - ring.width / 2.0, ring);
            }
        }
        End::Switch(is_on) => {
            let track = Rect::from_center_size(rect.center(), size::SWITCH);
            let radius = size::SWITCH.y / 2.0;
            let knob = |x: f32| pos2(x, track.center().y);
            if *is_on {
                painter.rect_filled(track, radius, palette.accent_fill);
                let at = knob(track.right() - radius);
                painter.circle_filled(at, radius - 3.0, palette.text_on_fill);
            } else {
                let ring = Stroke::new(size::ICON_STROKE, palette.text_secondary);
                let inside = egui::StrokeKind::Inside;
                painter.rect_stroke(track, radius, ring, inside);
                let at = knob(track.left() + radius);
                painter.circle_filled(at, radius - 5.0, palette.text_secondary);
            }
        }
    }
}

/// A field of one line with its name above it. Returns its response.
pub(crate) fn named_field_ui(ui: &mut Ui, name: &str, text: &mut String, hint: &str) -> Response {
    close_ui(ui, |ui| {
        caption_ui(ui, name);
        field_ui(ui, name, text, hint)
    })
}

/// The name of the field below, for the eye; to a screen reader the field says it itself.
fn caption_ui(ui: &mut Ui, name: &str) {
    let color = Palette::of(ui).text_secondary;
    let galley = text::wrapped(ui, name, TextRole::Small, color, ui.available_width());
    let (rect, _) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, color);
}

/// A name and its field stand closer to each other than to others.
fn close_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = size::GAP_TINY;
        contents(ui)
    })
    .inner
}

/// Several short things of which one is chosen, beside each other. Returns the one that the user
/// wants.
pub(crate) fn chips_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    choices: &[(T, String)],
    chosen: T,
) -> Option<T> {
    let mut wanted = None;
    ui.horizontal_wrapped(|ui| {
        for (value, words) in choices {
            let is_chosen = *value == chosen;
            let weight = if is_chosen {
                Weight::Main
            } else {
                Weight::Quiet
            };
            let response = button_ui(ui, words, weight);
            response
                .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, words));
            if response.clicked() && !is_chosen {
                wanted = Some(*value);
            }
        }
    });
    wanted
}

/// A field of one line. `name` is read aloud.
pub(crate) fn field_ui(ui: &mut Ui, name: &str, text: &mut String, hint: &str) -> Response {
    let hint = text::rich(hint, TextRole::Body, Palette::of(ui).text_secondary);
    let id = ui.scope_id().with(("field", name));
    let ordered = OrderedField::new(ui, id, text, true);
    let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
        bidi::layout_of_line(ui, text.as_str(), TextRole::Body, width)
    };
    let field = TextEdit::singleline(text)
        .id(id)
        .hint_text(hint)
        .margin(margin::FIELD)
        .char_limit(MAX_FIELD_CHARS)
        .layouter(&mut layouter)
        .desired_width(f32::INFINITY);
    let output = ordered.show(ui, field);
    output.response.response.accessible_name(name)
}

/// The longest text of a field of one line, in characters: an address has at most 3,071 bytes
/// (RFC 7622, section 3.1).
const MAX_FIELD_CHARS: usize = 3_200;

/// A field for a secret with its name above it, and a button that shows what is in it.
pub(crate) fn secret_field_ui(ui: &mut Ui, name: &str, secret: &mut Secret) -> Response {
    close_ui(ui, |ui| {
        caption_ui(ui, name);
        bare_secret_field_ui(ui, name, secret)
    })
}

fn bare_secret_field_ui(ui: &mut Ui, name: &str, secret: &mut Secret) -> Response {
    let shown_id = ui.scope_id().with(("shown", name));
    let is_shown: bool = ui.data(|data| data.get_temp(shown_id).unwrap_or_default());
    let field = TextEdit::singleline(secret.edit())
        .id(secret_id(name))
        .password(!is_shown)
        .margin(margin::SECRET_FIELD)
        .char_limit(MAX_SECRET_CHARS)
        .desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name(name);
    let mut place = response.rect;
    place.set_left(place.right() - size::ICON_BUTTON);
    place.set_right(place.right() - 1.0);
    let words = if is_shown { "form-hide" } else { "form-show" };
    let icon = if is_shown { Icon::EyeOff } else { Icon::Eye };
    let is_toggled = placed_ui(ui, ("show", name), place, placed::from_right(), |ui| {
        icon_button_ui(ui, icon, &tr(ui, words)).clicked()
    });
    if is_toggled {
        ui.data_mut(|data| data.insert_temp(shown_id, !is_shown));
    }
    response
}

/// The longest passphrase, in characters.
const MAX_SECRET_CHARS: usize = 1_024;

/// Names the field of a secret, so that what egui remembers of it can be forgotten.
pub(crate) fn secret_id(name: &str) -> Id {
    Id::unique(("secret", name))
}

/// Whether Enter was pressed in this field.
pub(crate) fn is_entered(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// A page in the middle of a room, no wider than `max_width`, which scrolls.
pub(crate) fn column_ui<R>(
    ui: &mut Ui,
    salt: &str,
    max_width: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    egui::ScrollArea::vertical()
        .id_salt(salt)
        .auto_shrink(false)
        .show(ui, |ui| {
            let room = ui.available_width();
            let width = (room - 2.0 * size::GAP_LARGE).min(max_width);
            let left = ui.cursor().left() + (room - width) / 2.0;
            let top = ui.cursor().top() + size::GAP_LARGE;
            let rect = Rect::from_min_size(pos2(left, top), vec2(width, 0.0));
            let area = egui::UiBuilder::new().max_rect(rect).layout(placed::down());
            let inner = ui.scope_builder(area, |ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing = Vec2::splat(size::GAP_SMALL);
                contents(ui)
            });
            ui.add_space(size::GAP_PAGE);
            inner.inner
        })
        .inner
}

/// A sentence about a fault.
pub(crate) fn problem_ui(ui: &mut Ui, words: &str) {
    text::label_ui(ui, words, TextRole::Body, Palette::of(ui).danger);
}

/// A sentence of less weight.
pub(crate) fn note_ui(ui: &mut Ui, words: &str) {
    text::label_ui(ui, words, TextRole::Small, Palette::of(ui).text_secondary);
}

/// How hard a passphrase is to guess. A hint, not a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// Guessed at once.
    Weak,
    /// Guessed by somebody who wants to.
    Fair,
    /// Long enough.
    Good,
}

/// A rough guess: the number of different letters and of all letters, not what words they form.
pub(crate) fn strength_of(passphrase: &str) -> Strength {
    let letters = passphrase.chars().count();
    let mut different: Vec<char> = passphrase.chars().collect();
    different.sort_unstable();
    different.dedup();
    match (letters, different.len()) {
        (16.., 8..) => Strength::Good,
        (10.., 6..) => Strength::Fair,
        _ => Strength::Weak,
    }
}

/// Says how hard a passphrase is to guess; nothing for an empty one.
pub(crate) fn strength_ui(ui: &mut Ui, passphrase: &Secret) {
    if passphrase.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    let (key, color) = match strength_of(passphrase.reveal()) {
        Strength::Weak => ("form-strength-weak", palette.warning),
        Strength::Fair => ("form-strength-fair", palette.text_secondary),
        Strength::Good => ("form-strength-good", palette.good_text),
    };
    text::label_ui(ui, tr(ui, key), TextRole::Small, color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_passphrases_are_better_and_repetition_does_not_help() {
        for (passphrase, expected) in [
            ("", Strength::Weak),
            ("Tr0ub4dor", Strength::Weak),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", Strength::Weak),
            ("blue lamp 7", Strength::Fair),
            ("correct horse battery staple", Strength::Good),
        ] {
            assert_eq!(strength_of(passphrase), expected, "{passphrase:?}");
        }
    }
}
