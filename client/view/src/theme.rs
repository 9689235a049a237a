use std::sync::Arc;

use egui::style::{ScrollStyle, WidgetVisuals};
use egui::{
    Context, CornerRadius, FontData, FontDefinitions, FontFamily, Shadow, Stroke, Style, TextStyle,
    Theme, ThemePreference, Vec2,
};

use crate::app_model::ThemeChoice;
use crate::design_tokens::{Palette, SEMIBOLD, TextRole, margin, size};
use crate::emoji;
use crate::view::Look;

/// Sets fonts and both themes. Called once, before the first frame.
pub fn setup(ctx: &Context) {
    ctx.set_fonts(fonts());
    emoji::install(ctx);
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            apply(style, Palette::of_theme(theme == Theme::Dark))
        });
    }
    ctx.options_mut(|options| {
        options.fallback_theme = Theme::Dark;
        // The size is a setting; the keys for it are ours.
        options.zoom_with_keyboard = false;
    });
}

/// Shows the theme and the size that were chosen.
pub(crate) fn choose(ctx: &Context, look: Look) {
    let preference = match look.theme {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark => ThemePreference::Dark,
    };
    if ctx.options(|options| options.theme_preference) != preference {
        ctx.set_theme(preference);
    }
    let zoom = f32::from(look.text_size_percent.clamp(MIN_PERCENT, MAX_PERCENT)) / 100.0;
    if (ctx.zoom_factor() - zoom).abs() > f32::EPSILON {
        ctx.set_zoom_factor(zoom);
    }
    let seconds = if look.reduce_motion {
        0.0
    } else {
        ANIMATION_SECONDS
    };
    if ctx.global_style().animation_time != seconds {
        ctx.all_styles_mut(|style| style.animation_time = seconds);
    }
}

/// Sizes beyond which nothing could be used.
const MIN_PERCENT: u16 = 50;
const MAX_PERCENT: u16 = 300;

/// How long something takes to move.
const ANIMATION_SECONDS: f32 = 0.12;

/// Inter for Latin, Greek and Cyrillic; what it lacks comes from egui's fonts, if the program
/// has them, and from the fonts of the system.
fn fonts() -> FontDefinitions {
    const REGULAR: &str = "Inter";
    const HEAVIER: &str = "Inter SemiBold";
    let mut fonts = FontDefinitions::default();
    let files: [(&str, &'static [u8]); 2] = [
        (REGULAR, include_bytes!("../assets/Inter-Regular.ttf")),
        (HEAVIER, include_bytes!("../assets/Inter-SemiBold.ttf")),
    ];
    for (name, file) in files {
        let data = Arc::new(FontData::from_static(file));
        fonts.font_data.insert(name.to_owned(), data);
    }
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    proportional.insert(0, REGULAR.to_owned());
    let mut semibold = proportional.clone();
    semibold.insert(0, HEAVIER.to_owned());
    fonts
        .families
        .insert(FontFamily::Name(SEMIBOLD.into()), semibold);
    let monospace = fonts.families.entry(FontFamily::Monospace).or_default();
    monospace.push(REGULAR.to_owned());
    fonts
}

fn apply(style: &mut Style, palette: &Palette) {
    style.text_styles = [
        (TextStyle::Heading, TextRole::Heading),
        (TextStyle::Body, TextRole::Body),
        (TextStyle::Button, TextRole::Body),
        (TextStyle::Monospace, TextRole::Body),
        (TextStyle::Small, TextRole::Small),
    ]
    .map(|(style, role)| (style, role.font()))
    .into();
    apply_spacing(style);
    apply_visuals(style, palette);
}

fn apply_spacing(style: &mut Style) {
    style.animation_time = ANIMATION_SECONDS;
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(size::GAP_SMALL, size::GAP_SMALL);
    spacing.button_padding = Vec2::new(size::GAP, size::GAP_TINY);
    spacing.interact_size = Vec2::new(size::BUTTON_HEIGHT, size::BUTTON_HEIGHT);
    spacing.extra_text_line_spacing = 2.0;
    spacing.tooltip_width = size::TOOLTIP_WIDTH;
    spacing.menu_margin = margin::MENU;
    spacing.menu_width = size::MENU_WIDTH;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        ..ScrollStyle::floating()
    };
    spacing.scroll.fade.strength = 0.0;
    // A list that is put to a place shall stand there, not swing around it.
    spacing.scroll.kinetic.rubber_band = false;
}

fn apply_visuals(style: &mut Style, palette: &Palette) {
    let visuals = &mut style.visuals;
    visuals.panel_fill = palette.window;
    visuals.window_fill = palette.sidebar;
    visuals.window_stroke = Stroke::new(size::LINE, palette.line);
    visuals.window_corner_radius = CornerRadius::same(size::RADIUS_LARGE);
    visuals.menu_corner_radius = CornerRadius::same(size::RADIUS);
    visuals.popup_shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: palette.backdrop.gamma_multiply(0.4),
    };
    visuals.extreme_bg_color = palette.field;
    visuals.text_edit_bg_color = Some(palette.field);
    visuals.faint_bg_color = palette.hovered;
    visuals.code_bg_color = palette.field;
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.danger;
    visuals.weak_text_color = Some(palette.text_secondary);
    visuals.selection.bg_fill = palette.text_selection;
    visuals.selection.stroke = Stroke::new(size::FOCUS_RING, palette.accent);
    visuals.text_cursor.stroke = Stroke::new(size::CARET, palette.accent);
    // A caret that blinks would draw the window twice a second for nothing.
    visuals.text_cursor.blink = false;
    let widget = |fill, stroke, text| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: stroke,
        corner_radius: CornerRadius::same(size::RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let line = Stroke::new(size::LINE, palette.line);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = widget(palette.window, line, palette.text);
    widgets.inactive = widget(palette.field, Stroke::NONE, palette.text);
    widgets.hovered = widget(palette.line, Stroke::NONE, palette.text);
    // egui shows a widget that has the keyboard's focus as active.
    let ring = Stroke::new(size::FOCUS_RING, palette.accent);
    widgets.active = widget(palette.line, ring, palette.text);
    widgets.open = widget(palette.line, Stroke::NONE, palette.text);
}
