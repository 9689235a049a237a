use std::collections::HashMap;
use std::rc::Rc;

use egui::Ui;
use onym_client_protocol::view_model::MessageView;

use crate::message::row::{self, RowContext, RowLayout};
use crate::protection::message_mark::RowProtection;
use crate::words::Words;

/// So many laid out rows are kept, with their letters: a few screens.
const MAX_ROWS: usize = 400;

/// Rows that were laid out. A row is laid out again only when its message, its room or the fonts
/// have changed.
#[derive(Debug, Default)]
pub(super) struct RowCache {
    rows: HashMap<u64, CachedRow>,
    style: Option<Style>,
    /// How full the texture of the letters was. When it is made anew, it is less full, and what
    /// was laid out points to letters that are no longer there.
    atlas_fill: f32,
    /// Grows with each model; rows that were compared with it are not compared again.
    generation: u64,
    frame: u64,
}

#[derive(Debug)]
struct CachedRow {
    message: MessageView,
    is_joined_below: bool,
    is_expanded: bool,
    layout: Rc<RowLayout>,
    generation: u64,
    used_in_frame: u64,
}

/// What all rows depend on.
#[derive(Debug, PartialEq)]
struct Style {
    width_points: f32,
    pixels_per_point: f32,
    is_dark: bool,
    words: Words,
    their_name: String,
    our_name: Option<String>,
    highlight: String,
    protection: RowProtection,
    fonts: usize,
}

impl RowCache {
    /// Forgets what is no longer valid.
    pub(super) fn begin_frame(&mut self, ui: &Ui, context: &RowContext<'_>, is_new_model: bool) {
        self.frame += 1;
        self.generation += u64::from(is_new_model);
        let (fonts, fill) = ui.fonts(|fonts| {
            (
                fonts.discovered_fonts().len(),
                fonts.font_atlas_fill_ratio(),
            )
        });
        let is_same = fill >= self.atlas_fill
            && self.style.as_ref().is_some_and(|style| {
                style.width_points == context.width_points
                    && style.pixels_per_point == ui.pixels_per_point()
                    && style.is_dark == ui.visuals().dark_mode
                    && style.words == context.words
                    && style.their_name == context.their_name
                    && style.our_name.as_deref() == context.our_name
                    && style.highlight == context.highlight
                    && style.protection == context.protection
                    && style.fonts == fonts
            });
        self.atlas_fill = fill;
        if !is_same {
            self.rows.clear();
            self.style = Some(Style {
                width_points: context.width_points,
                pixels_per_point: ui.pixels_per_point(),
                is_dark: ui.visuals().dark_mode,
                words: context.words,
                their_name: context.their_name.to_owned(),
                our_name: context.our_name.map(str::to_owned),
                highlight: context.highlight.to_owned(),
                protection: context.protection,
                fonts,
            });
        }
        if self.rows.len() > MAX_ROWS {
            let frame = self.frame;
            self.rows.retain(|_, row| frame - row.used_in_frame < 60);
        }
    }

    /// The layout of a message.
    pub(super) fn layout(
        &mut self,
        ui: &Ui,
        message: &MessageView,
        context: &RowContext<'_>,
    ) -> Rc<RowLayout> {
        if let Some(row) = self.rows.get_mut(&message.position)
            && row.is_joined_below == context.is_joined_below
            && row.is_expanded == context.is_expanded
            && (row.generation == self.generation || row.message == *message)
        {
            row.generation = self.generation;
            row.used_in_frame = self.frame;
            return Rc::clone(&row.layout);
        }
        let layout = Rc::new(row::layout(ui, message, context));
        self.rows.insert(
            message.position,
            CachedRow {
                message: message.clone(),
                is_joined_below: context.is_joined_below,
                is_expanded: context.is_expanded,
                layout: Rc::clone(&layout),
                generation: self.generation,
                used_in_frame: self.frame,
            },
        );
        layout
    }

    /// The width that rows are laid out for, in points.
    pub(super) fn width_points(&self) -> f32 {
        self.style.as_ref().map_or(0.0, |style| style.width_points)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}
