//! Text in the order in which it is read.

/// Where the caret of a field stands, and what its keys do.
mod caret;
/// A field whose caret goes where it is seen.
mod field;
/// Which part of a shaped word belongs to which letter.
mod letters;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use egui::epaint::text::{PlacedRow, Row};
use egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat};
use egui::{Galley, Mesh, Pos2, Rect, Ui, Vec2, pos2, vec2};
use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::design_tokens::{Palette, TextRole};

pub(crate) use self::caret::{Lines, rects_of};
pub(crate) use self::field::OrderedField;

/// Lays out a text in the order in which it is read.
///
/// egui shapes words, but puts them from left to right in every script, and counts the glyphs of a
/// right-to-left word instead of its characters, so that a caret in it goes astray. Text with such
/// words is therefore cut into pieces of one direction and one format; egui shapes each; the pieces
/// are put in the order of the Unicode bidirectional algorithm (UAX #9), and the result says of each
/// character where it stands.
pub(crate) fn layout(ui: &Ui, job: LayoutJob) -> Arc<Galley> {
    if !needs_order(&job.text) {
        return ui.fonts_mut(|fonts| fonts.layout_job(job));
    }
    if job.wrap.max_rows == 1 && job.wrap.max_width.is_finite() {
        return truncated(ui, job);
    }
    ordered(ui, job, 0.0)
}

/// As [`layout`], for a field of this width: paragraphs that are read from right to left begin at
/// its right edge.
pub(crate) fn layout_for_field(ui: &Ui, job: LayoutJob, width: f32) -> Arc<Galley> {
    if !needs_order(&job.text) {
        return ui.fonts_mut(|fonts| fonts.layout_job(job));
    }
    ordered(ui, job, if width.is_finite() { width } else { 0.0 })
}

/// Lays out the text of a field of one line and this width.
pub(crate) fn layout_of_line(ui: &Ui, text: &str, role: TextRole, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), role.font(), Palette::of(ui).text);
    job.keep_trailing_whitespace = true;
    for section in &mut job.sections {
        section.format.line_height = Some(role.line_height_points());
    }
    layout_for_field(ui, job, width)
}

/// Whether a text has a character that is written from right to left, or one that turns the
/// direction of others.
pub(crate) fn needs_order(text: &str) -> bool {
    !text.is_ascii()
        && text.chars().any(|letter| {
            matches!(
                letter,
                '\u{590}'..='\u{8ff}'
                    | '\u{200f}' | '\u{202b}' | '\u{202e}' | '\u{2067}'
                    | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
                    | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
            )
        })
}

/// A piece of one direction and one format.
struct Piece {
    text: String,
    level: Level,
    galley: Arc<Galley>,
    width: f32,
    is_space: bool,
}

fn shape(ui: &Ui, text: String, format: &TextFormat) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text, format.clone());
    job.wrap.max_width = f32::INFINITY;
    job.keep_trailing_whitespace = true;
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// Cuts a text at its end until it fits into its one line with an ellipsis behind it.
fn truncated(ui: &Ui, mut job: LayoutJob) -> Arc<Galley> {
    let width = job.wrap.max_width;
    job.wrap.max_width = f32::INFINITY;
    let Some(format) = job.sections.first().map(|section| section.format.clone()) else {
        return ordered(ui, job, 0.0);
    };
    let mut text: String = job.text.replace('\n', " ");
    for is_cut in [false, true]
        .into_iter()
        .chain(std::iter::repeat_n(true, 64))
    {
        if is_cut {
            let kept = text.graphemes(true).count() * 9 / 10;
            text = text.graphemes(true).take(kept).collect();
        }
        let shown = if is_cut {
            format!("{text}…")
        } else {
            text.clone()
        };
        let mut job = LayoutJob::single_section(shown, format.clone());
        job.wrap.max_width = f32::INFINITY;
        let galley = ordered(ui, job, 0.0);
        if galley.size().x <= width || text.is_empty() {
            return galley;
        }
    }
    ordered(ui, job, 0.0)
}

/// `min_width` is the room in which lines stand at the left or the right.
fn ordered(ui: &Ui, mut job: LayoutJob, min_width: f32) -> Arc<Galley> {
    let width = job.wrap.max_width;
    let sections = std::mem::take(&mut job.sections);
    let template = template(ui, &job, &sections);
    let Some(first) = template.rows.first() else {
        return template;
    };
    let first = Arc::clone(&first.row);
    let mut lines = Vec::new();
    let mut start = 0;
    let mut paragraphs = job.text.split('\n').peekable();
    while let Some(paragraph) = paragraphs.next() {
        let (level, pieces) = pieces(ui, paragraph, start, &sections, width);
        start += paragraph.len() + 1;
        let mut wrapped = wrap(pieces, width).into_iter().peekable();
        while let Some(line) = wrapped.next() {
            let ends_paragraph = wrapped.peek().is_none() && paragraphs.peek().is_some();
            lines.push((
                line_row(line, level, &first),
                level.is_rtl(),
                ends_paragraph,
            ));
        }
    }
    let widest = lines.iter().map(|(row, ..)| row.size.x).fold(0.0, f32::max);
    let room = widest.max(min_width);
    let mut galley = (*template).clone();
    galley.rows.clear();
    galley.mesh_bounds = Rect::NOTHING;
    (galley.num_vertices, galley.num_indices) = (0, 0);
    let mut y = 0.0;
    for (row, is_rtl, ends_with_newline) in lines {
        let x = if is_rtl { room - row.size.x } else { 0.0 };
        let (pos, height) = (pos2(x, y), row.size.y);
        if row.visuals.mesh_bounds.is_positive() {
            galley.mesh_bounds |= row.visuals.mesh_bounds.translate(pos.to_vec2());
        }
        galley.num_vertices += row.visuals.mesh.vertices.len();
        galley.num_indices += row.visuals.mesh.indices.len();
        galley.rows.push(PlacedRow {
            pos,
            row: Arc::new(row),
            ends_with_newline,
        });
        y += height;
    }
    galley.rect = Rect::from_min_size(Pos2::ZERO, vec2(room, y));
    job.sections = sections;
    galley.job = Arc::new(job);
    Arc::new(galley)
}

/// A galley to begin from: rows and glyphs have fields that only egui can fill.
fn template(ui: &Ui, job: &LayoutJob, sections: &[LayoutSection]) -> Arc<Galley> {
    let format = sections
        .first()
        .map_or_else(TextFormat::default, |section| section.format.clone());
    let beginning: String = job
        .text
        .chars()
        .find(|letter| *letter != '\n')
        .into_iter()
        .collect();
    shape(
        ui,
        if beginning.is_empty() {
            " ".to_owned()
        } else {
            beginning
        },
        &format,
    )
}

/// The pieces of a paragraph in the order of its characters, and its own direction. `start` is
/// where it begins in the text that the sections count in.
fn pieces(
    ui: &Ui,
    paragraph: &str,
    start: usize,
    sections: &[LayoutSection],
    max_width: f32,
) -> (Level, Vec<Piece>) {
    let info = BidiInfo::new(paragraph, None);
    let level = info
        .paragraphs
        .first()
        .map_or(Level::ltr(), |paragraph| paragraph.level);
    let section_of = |at: usize| {
        sections.iter().position(|section| {
            section.byte_range.start <= ByteIndex(at) && ByteIndex(at) < section.byte_range.end
        })
    };
    let mut cuts: Vec<(usize, usize, Level, Option<usize>)> = Vec::new();
    let mut previous = None;
    for (at, cluster) in paragraph.grapheme_indices(true) {
        let level = info.levels.get(at).copied().unwrap_or(level);
        let sort = Sort::of(cluster, level);
        let kind = (level, sort, section_of(start + at));
        let end = at + cluster.len();
        match cuts.last_mut() {
            Some(cut) if previous == Some(kind) && sort != Sort::Alone => cut.1 = end,
            _ => {
                cuts.push((at, end, kind.0, kind.2));
                previous = Some(kind);
            }
        }
    }
    let mut pieces = Vec::new();
    for (from, to, level, section) in cuts {
        let text = paragraph.get(from..to).unwrap_or_default();
        let format = section.and_then(|index| sections.get(index));
        let format = format.map_or_else(TextFormat::default, |section| section.format.clone());
        push_piece(ui, &mut pieces, text, level, &format, max_width);
    }
    (level, pieces)
}

/// Adds a piece; one that is wider than a line is cut until its parts fit.
fn push_piece(
    ui: &Ui,
    pieces: &mut Vec<Piece>,
    text: &str,
    level: Level,
    format: &TextFormat,
    max_width: f32,
) {
    let is_space = text.chars().all(char::is_whitespace);
    let shown = if level.is_rtl() {
        text.chars().map(mirrored).collect()
    } else {
        text.to_owned()
    };
    let galley = shape(ui, shown, format);
    let width = galley.rows.first().map_or(0.0, |row| row.size.x);
    let clusters = text.graphemes(true).count();
    if width > max_width && clusters > 1 && !is_space {
        let middle = text.grapheme_indices(true).nth(clusters / 2);
        if let Some((head, tail)) = middle.and_then(|(at, _)| text.split_at_checked(at)) {
            push_piece(ui, pieces, head, level, format, max_width);
            push_piece(ui, pieces, tail, level, format, max_width);
            return;
        }
    }
    pieces.push(Piece {
        text: text.to_owned(),
        level,
        galley,
        width,
        is_space,
    });
}

/// Breaks a paragraph into lines at its white space. A word stays together with the marks at it.
fn wrap(pieces: Vec<Piece>, max_width: f32) -> Vec<Vec<Piece>> {
    let mut lines = vec![Vec::new()];
    let mut x = 0.0;
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let mut unit = vec![piece];
        let is_space = unit.iter().all(|piece| piece.is_space);
        while let Some(next) = pieces.next_if(|next| !is_space && !next.is_space) {
            unit.push(next);
        }
        let width: f32 = unit.iter().map(|piece| piece.width).sum();
        if !is_space && x > 0.0 && x + width > max_width {
            lines.push(Vec::new());
            x = 0.0;
        }
        for piece in unit {
            // A word longer than a line breaks between its pieces.
            if !is_space && x > 0.0 && x + piece.width > max_width {
                lines.push(Vec::new());
                x = 0.0;
            }
            x += piece.width;
            if let Some(line) = lines.last_mut() {
                line.push(piece);
            }
        }
    }
    lines
}

/// One line: its pieces in the order of their display, its glyphs in that of the text.
fn line_row(mut line: Vec<Piece>, paragraph: Level, template: &Row) -> Row {
    // UAX #9, rule L1: white space at the end of a line has the direction of the paragraph.
    for piece in line.iter_mut().rev().take_while(|piece| piece.is_space) {
        piece.level = paragraph;
    }
    let levels: Vec<Level> = line.iter().map(|piece| piece.level).collect();
    let mut places = vec![0.0; line.len()];
    let mut x = 0.0;
    for index in BidiInfo::reorder_visual(&levels) {
        if let (Some(place), Some(piece)) = (places.get_mut(index), line.get(index)) {
            *place = x;
            x += piece.width;
        }
    }
    let mut row = template.clone();
    row.glyphs.clear();
    row.visuals.mesh = Mesh::with_texture(template.visuals.mesh.texture_id);
    row.visuals.mesh_bounds = Rect::NOTHING;
    row.visuals.glyph_index_start = 0;
    let height = line
        .iter()
        .filter_map(|piece| piece.galley.rows.first())
        .map(|source| source.size.y)
        .fold(0.0, f32::max);
    let height = if height > 0.0 {
        height
    } else {
        template.size.y
    };
    row.size = vec2(x, height);
    for (piece, x) in line.iter().zip(places) {
        append(&mut row, piece, x, template);
    }
    row.visuals.glyph_vertex_range = 0..row.visuals.mesh.vertices.len();
    row
}

fn append(row: &mut Row, piece: &Piece, x: f32, template: &Row) {
    let Some(source) = piece.galley.rows.first() else {
        return;
    };
    let offset: Vec2 = vec2(x, row.size.y - source.size.y);
    let first_vertex = u32::try_from(row.visuals.mesh.vertices.len()).unwrap_or(u32::MAX);
    let mut mesh = source.visuals.mesh.clone();
    mesh.translate(offset);
    row.visuals.mesh.append_ref(&mesh);
    if source.visuals.mesh_bounds.is_positive() {
        row.visuals.mesh_bounds |= source.visuals.mesh_bounds.translate(offset);
    }
    let Some(like) = source.glyphs.first().or(template.glyphs.first()) else {
        return;
    };
    for place in letters::places(
        &piece.text,
        piece.level.is_rtl(),
        &source.glyphs,
        piece.width,
    ) {
        let mut glyph = source.glyphs.get(place.glyph).copied().unwrap_or(*like);
        glyph.chr = place.letter;
        glyph.pos = pos2(x + place.left, like.pos.y + offset.y);
        glyph.advance_width = place.width;
        glyph.first_vertex += first_vertex;
        row.glyphs.push(glyph);
    }
}

/// What may stand together in a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Space,
    Word,
    /// One that egui would leave at its place among others that go from right to left: a mark, which
    /// may have to be mirrored as well (UAX #9, rule L4), or an emoji.
    Alone,
}

impl Sort {
    fn of(cluster: &str, level: Level) -> Self {
        let first = cluster.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            Self::Space
        } else if level.is_ltr() {
            Self::Word
        } else {
            match bidi_class(first) {
                BidiClass::R | BidiClass::AL | BidiClass::NSM | BidiClass::BN => Self::Word,
                _ => Self::Alone,
            }
        }
    }
}

fn mirrored(letter: char) -> char {
    match letter {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        '‹' => '›',
        '›' => '‹',
        '≤' => '≥',
        '≥' => '≤',
        other => other,
    }
}
