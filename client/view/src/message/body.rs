use std::ops::Range;
use std::sync::Arc;

use egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat, TextWrapping};
use egui::{Align, Color32, FontFamily, FontId, Galley, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};
use onym_client_protocol::search::{SearchQuery, highlights};

use crate::bidi;
use crate::design_tokens::{Palette, SEMIBOLD, TextRole, size};
use crate::message::markup::{self, Block, Style};

/// The text of a message, laid out. Places are relative to its upper left corner, and characters
/// are counted over all blocks, with one between two blocks for the line break.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) blocks: Vec<BodyBlock>,
    pub(crate) size: Vec2,
    /// How far to the right the last line reaches; the time stands behind it if there is room.
    pub(crate) last_line_right: f32,
    /// Whether the last line is read from right to left, or is code, and leaves no room.
    pub(crate) is_last_line_closed: bool,
}

/// A block of a message, laid out.
#[derive(Debug)]
pub(crate) struct BodyBlock {
    /// Where the letters are.
    pub(crate) text_rect: Rect,
    pub(crate) galley: Arc<Galley>,
    pub(crate) quote_depth: usize,
    pub(crate) is_code: bool,
    /// The number of its first character.
    start: usize,
    chars: usize,
    links: Vec<Link>,
}

/// A link in a block.
#[derive(Debug)]
struct Link {
    /// Its characters in the block.
    chars: Range<usize>,
    address: String,
}

/// How the text of a message is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyStyle {
    /// Letters.
    pub(crate) text: Color32,
    /// Letters of less weight.
    pub(crate) weak: Color32,
    /// Links.
    pub(crate) link: Color32,
    /// Emoji alone are large.
    pub(crate) font_size: Option<f32>,
    /// What tells of the message and not of its author: slanted.
    pub(crate) is_note: bool,
    /// How many characters at the beginning are a name, heavier.
    pub(crate) name_chars: usize,
}

/// Lays out the text of a message.
pub(crate) fn layout(ui: &Ui, text: &str, style: BodyStyle, max_width: f32) -> Body {
    let blocks = if style.is_note || style.font_size.is_some() {
        vec![plain_block(text)]
    } else {
        markup::blocks(text)
    };
    let mut laid_out: Vec<BodyBlock> = Vec::new();
    let mut y = 0.0;
    let mut width: f32 = 0.0;
    let mut start = 0;
    for block in &blocks {
        let indent = block.quote_depth as f32 * size::QUOTE_INDENT;
        let padding = if block.is_code {
            size::CODE_PADDING
        } else {
            0.0
        };
        if !laid_out.is_empty() {
            y += if block.is_code || laid_out.last().is_some_and(|last| last.is_code) {
                size::GAP_LINE
            } else {
                size::GAP_TINY
            };
        }
        let room = (max_width - indent - 2.0 * padding).max(40.0);
        let galley = bidi::layout(ui, job(ui, block, style, room));
        let min = pos2(indent + padding, y + padding);
        let text_rect = Rect::from_min_size(min, galley.size());
        y = text_rect.bottom() + padding;
        width = width.max(text_rect.right() + padding);
        let chars = block.text.chars().count();
        laid_out.push(BodyBlock {
            text_rect,
            links: links(block),
            galley,
            quote_depth: block.quote_depth,
            is_code: block.is_code,
            start,
            chars,
        });
        start += chars + 1;
    }
    let last = laid_out.last();
    let last_row = last.and_then(|block| block.galley.rows.last());
    Body {
        last_line_right: last_row.map_or(0.0, |row| {
            last.map_or(0.0, |block| block.text_rect.left()) + row.pos.x + row.size.x
        }),
        is_last_line_closed: last.is_some_and(|block| block.is_code || block.quote_depth > 0)
            || last_row.is_some_and(|row| row.pos.x > 0.5 || bidi::needs_order(&row.text())),
        blocks: laid_out,
        size: vec2(width, y),
    }
}

fn plain_block(text: &str) -> Block {
    Block {
        quote_depth: 0,
        is_code: false,
        text: text.to_owned(),
        spans: Vec::new(),
        links: Vec::new(),
    }
}

fn links(block: &Block) -> Vec<Link> {
    let chars_before = |at: usize| block.text.get(..at).map_or(0, |head| head.chars().count());
    let link = |range: &Range<usize>| {
        Some(Link {
            chars: chars_before(range.start)..chars_before(range.end),
            address: block.text.get(range.clone())?.to_owned(),
        })
    };
    block.links.iter().filter_map(link).collect()
}

fn job(ui: &Ui, block: &Block, style: BodyStyle, max_width: f32) -> LayoutJob {
    let mut cuts = vec![0, block.text.len()];
    let name_end = block
        .text
        .char_indices()
        .nth(style.name_chars)
        .map_or(block.text.len(), |(at, _)| at);
    cuts.push(name_end);
    for range in block
        .spans
        .iter()
        .map(|(range, _)| range)
        .chain(&block.links)
    {
        cuts.extend([range.start, range.end]);
    }
    cuts.sort_unstable();
    cuts.dedup();
    let mut job = LayoutJob {
        text: block.text.clone(),
        wrap: TextWrapping::wrap_at_width(max_width),
        halign: Align::LEFT,
        keep_trailing_whitespace: true,
        ..LayoutJob::default()
    };
    for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
        let span = block.spans.iter().find(|(range, _)| range.contains(from));
        let mut span = span.map(|(_, style)| *style).unwrap_or_default();
        span.is_strong |= *from < name_end && style.name_chars > 0;
        let is_link = block.links.iter().any(|range| range.contains(from));
        job.sections.push(LayoutSection {
            leading_space: 0.0,
            byte_range: ByteIndex(*from)..ByteIndex(*to),
            format: format(ui, block, span, style, is_link),
        });
    }
    if job.sections.is_empty() {
        job.append("", 0.0, format(ui, block, Style::default(), style, false));
    }
    job
}

fn format(ui: &Ui, block: &Block, span: Style, style: BodyStyle, is_link: bool) -> TextFormat {
    let role = TextRole::Message;
    let is_code = block.is_code || span.is_code;
    let family = if is_code {
        FontFamily::Monospace
    } else if span.is_strong {
        FontFamily::Name(SEMIBOLD.into())
    } else {
        FontFamily::Proportional
    };
    let plain_size = role.font().size;
    let font_size = match style.font_size {
        Some(large) => large,
        None if is_code => plain_size - 1.0,
        None => plain_size,
    };
    let color = if is_link {
        style.link
    } else if span.is_directive || style.is_note || block.quote_depth > 0 {
        style.weak
    } else {
        style.text
    };
    let line = |is_wanted: bool| {
        if is_wanted {
            Stroke::new(size::LINE, color)
        } else {
            Stroke::NONE
        }
    };
    let ground = if span.is_code && !block.is_code {
        Palette::of(ui).code
    } else {
        Color32::TRANSPARENT
    };
    TextFormat {
        font_id: FontId::new(font_size, family),
        line_height: Some(match style.font_size {
            Some(large) => large * 1.25,
            None => role.line_height_points(),
        }),
        color,
        background: ground,
        italics: span.is_emphasis || style.is_note,
        strikethrough: line(span.is_struck),
        underline: line(is_link),
        ..TextFormat::default()
    }
}

impl Body {
    /// How many characters there are.
    pub(crate) fn chars(&self) -> usize {
        self.blocks
            .last()
            .map_or(0, |block| block.start + block.chars)
    }

    /// The place between two characters that is nearest to a point.
    pub(crate) fn nearest(&self, at: Pos2) -> usize {
        let block = self.blocks.iter().min_by(|one, other| {
            let distance = |block: &BodyBlock| outside(block.text_rect, at.y);
            distance(one).total_cmp(&distance(other))
        });
        block.map_or(0, |block| {
            let lines = bidi::Lines::of(&block.galley);
            block.start + lines.nearest(at - block.text_rect.min.to_vec2()).index
        })
    }

    /// The characters of the word at a place.
    pub(crate) fn word_at(&self, at: usize) -> Range<usize> {
        let text: Vec<char> = self.text(0..self.chars()).chars().collect();
        let is_word =
            |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | '\'' | '’');
        let at = at.min(text.len().saturating_sub(1));
        if !text.get(at).is_some_and(is_word) {
            return at..(at + 1).min(text.len());
        }
        let before = text
            .iter()
            .take(at)
            .rev()
            .take_while(|letter| is_word(letter));
        let behind = text.iter().skip(at).take_while(|letter| is_word(letter));
        at - before.count()..at + behind.count()
    }

    /// Where characters are.
    pub(crate) fn rects(&self, chars: &Range<usize>) -> Vec<Rect> {
        let mut rects = Vec::new();
        for block in &self.blocks {
            let from = chars.start.max(block.start);
            let to = chars.end.min(block.start + block.chars);
            if from < to {
                let inside = from - block.start..to - block.start;
                let offset = block.text_rect.min.to_vec2();
                let found = bidi::rects_of(&block.galley, &inside);
                rects.extend(found.into_iter().map(|rect| rect.translate(offset)));
            }
        }
        rects
    }

    /// The text of some characters.
    pub(crate) fn text(&self, chars: Range<usize>) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            let from = chars.start.max(block.start) - block.start;
            let to = chars.end.saturating_sub(block.start).min(block.chars);
            if chars.start < block.start && block.start <= chars.end && block.start > 0 {
                text.push('\n');
            }
            if from < to {
                text.extend(block.galley.text().chars().skip(from).take(to - from));
            }
        }
        text
    }

    /// The link at a point, with where it is.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&str, Vec<Rect>)> {
        self.blocks.iter().flat_map(|block| {
            let offset = block.text_rect.min.to_vec2();
            block.links.iter().map(move |link| {
                let rects = bidi::rects_of(&block.galley, &link.chars);
                (
                    link.address.as_str(),
                    rects
                        .into_iter()
                        .map(|rect| rect.translate(offset))
                        .collect(),
                )
            })
        })
    }

    /// Whether there is a link.
    pub(crate) fn has_links(&self) -> bool {
        self.blocks.iter().any(|block| !block.links.is_empty())
    }

    /// Where stands what is searched.
    pub(crate) fn matches(&self, query: &str) -> Vec<Rect> {
        let query = SearchQuery::parse(query, |_| None);
        let mut rects = Vec::new();
        for block in &self.blocks {
            let text = block.galley.text();
            for range in highlights(text, &query) {
                let before = |at: usize| text.get(..at).map_or(0, |head| head.chars().count());
                let chars = block.start + before(range.start)..block.start + before(range.end);
                rects.extend(self.rects(&chars));
            }
        }
        rects
    }
}

/// How far a height is above or below a rectangle.
fn outside(rect: Rect, y: f32) -> f32 {
    (rect.top() - y).max(y - rect.bottom()).max(0.0)
}
