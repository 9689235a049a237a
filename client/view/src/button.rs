use egui::style::WidgetVisuals;
use egui::{
    Atom, Button, Color32, CornerRadius, Response, Sense, Stroke, StrokeKind, TextWrapMode, Ui,
    Vec2,
};

use crate::design_tokens::{Palette, TextRole, size};
use crate::icon::Icon;
use crate::text;

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The one thing to do here.
    Main,
    /// Another thing to do.
    Quiet,
    /// Something that is hardly ever done: a text alone.
    Plain,
    /// Cannot be undone.
    Danger,
}

/// A button with a text.
pub(crate) fn button_ui(ui: &mut Ui, words: &str, weight: Weight) -> Response {
    sized_button_ui(ui, words, weight, Vec2::new(0.0, size::BUTTON_HEIGHT))
}

/// A large button over the whole width, for pages with one question.
pub(crate) fn wide_button_ui(ui: &mut Ui, words: &str, weight: Weight) -> Response {
    let size = Vec2::new(ui.available_width(), size::BUTTON_LARGE_HEIGHT);
    sized_button_ui(ui, words, weight, size)
}

/// A button of at least this size, in points.
pub(crate) fn sized_button_ui(
    ui: &mut Ui,
    words: &str,
    weight: Weight,
    min_size: Vec2,
) -> Response {
    let palette = Palette::of(ui);
    let (rest, hovered, text) = match weight {
        Weight::Main => (
            palette.accent_fill,
            palette.accent_fill_hovered,
            palette.text_on_fill,
        ),
        Weight::Quiet => (palette.field, palette.line, palette.text),
        Weight::Plain => (Color32::TRANSPARENT, palette.hovered, palette.accent),
        Weight::Danger => (
            palette.danger_fill,
            palette.danger_fill_hovered,
            palette.text_on_fill,
        ),
    };
    let role = if matches!(weight, Weight::Quiet | Weight::Plain) {
        TextRole::Body
    } else {
        TextRole::Name
    };
    if min_size.x == 0.0 && ui.layout().main_wrap() {
        // Beside others it goes to the next line as a whole.
        let galley = text::one_line(ui, words, role, text, f32::INFINITY);
        let width = galley.size().x + 2.0 * ui.spacing().button_padding.x;
        if width > ui.available_size_before_wrap().x {
            ui.end_row();
        }
    }
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        fill(&mut widgets.inactive, rest);
        fill(&mut widgets.hovered, hovered);
        fill(&mut widgets.active, hovered);
        ui.spacing_mut().interact_size.y = min_size.y;
        let text = text::rich(words, role, text);
        let mut button = Button::new((Atom::grow(), text, Atom::grow())).min_size(min_size);
        if min_size.x == 0.0 {
            button = button.wrap_mode(TextWrapMode::Extend);
        }
        ui.add(button)
    })
    .inner
}

fn fill(visuals: &mut WidgetVisuals, color: Color32) {
    visuals.weak_bg_fill = color;
    visuals.bg_fill = color;
}

/// A square button with a symbol; `name` is read aloud and shown in the tooltip.
pub(crate) fn icon_button_ui(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let palette = Palette::of(ui);
    icon_button_of_ui(ui, icon, name, palette.text_secondary, None)
}

/// An icon button on a ground of its own.
pub(crate) fn icon_button_of_ui(
    ui: &mut Ui,
    icon: Icon,
    name: &str,
    color: Color32,
    ground: Option<(Color32, Color32)>,
) -> Response {
    let palette = Palette::of(ui);
    let side = Vec2::splat(size::ICON_BUTTON);
    let (rect, response) = ui.allocate_exact_size(side, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, name));
    let is_hot = response.hovered() || response.has_focus();
    let radius = if ground.is_some() {
        side.x / 2.0
    } else {
        f32::from(size::RADIUS)
    };
    let radius = CornerRadius::from(radius);
    let painter = ui.painter();
    match ground {
        Some((rest, hovered)) => {
            painter.rect_filled(rect, radius, if is_hot { hovered } else { rest });
        }
        None if is_hot => {
            painter.rect_filled(rect, radius, palette.line);
        }
        None => {}
    }
    focus_ring(ui, &response, radius);
    let color = if is_hot && ground.is_none() {
        palette.text
    } else {
        color
    };
    icon.paint(ui.painter(), rect, color);
    response.on_hover_text(name)
}

/// Shows where the keyboard is, around widgets that we draw ourselves.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, radius: impl Into<CornerRadius>) {
    if response.has_focus() {
        let stroke = Stroke::new(size::FOCUS_RING, Palette::of(ui).accent);
        ui.painter()
            .rect_stroke(response.rect, radius, stroke, StrokeKind::Inside);
    }
}

/// A line in a menu.
pub(crate) fn menu_item_ui(ui: &mut Ui, words: &str, color: Color32) -> Response {
    let width = Vec2::new(ui.available_width(), size::BUTTON_HEIGHT);
    let text = text::rich(words, TextRole::Body, color);
    ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.weak_bg_fill = Color32::TRANSPARENT;
        ui.add(Button::new((text, Atom::grow())).min_size(width))
    })
    .inner
}
