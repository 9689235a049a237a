use std::ops::Range;

use egui::{Galley, Pos2, Rect, pos2, vec2};
use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation as _;

use super::needs_order;

/// The lines of a laid out text, with the letters in the order in which they are seen. egui takes
/// for granted that later letters stand further to the right.
#[derive(Debug)]
pub(crate) struct Lines(Vec<Line>);

#[derive(Debug)]
struct Line {
    rect: Rect,
    /// Its characters, without the line break.
    chars: Range<usize>,
    /// From left to right.
    letters: Vec<Letter>,
    /// Whether its paragraph is read from right to left.
    is_rtl: bool,
    /// Whether the text goes on behind it without a line break.
    is_wrapped: bool,
}

/// What is seen as one letter: a character with its marks, or an emoji.
#[derive(Debug, Clone)]
struct Letter {
    chars: Range<usize>,
    left: f32,
    right: f32,
    is_rtl: bool,
}

/// A place for the caret. Where two directions meet, one place in the text is seen at two places of
/// the line, and one place of the line belongs to two of the text; so both are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Caret {
    /// So many characters of the text stand before it.
    pub(crate) index: usize,
    pub(super) line: usize,
    /// So many letters of the line stand to the left of it.
    gap: usize,
}

/// What a key does with the caret, as it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Left,
    Right,
    Up,
    Down,
}

impl Lines {
    /// The lines of a galley.
    pub(crate) fn of(galley: &Galley) -> Self {
        let order = Order::of(galley.text());
        let mut first = 0;
        let mut lines = Vec::with_capacity(galley.rows.len());
        for row in &galley.rows {
            let chars = first..first + row.glyphs.len();
            let mut letters: Vec<Letter> = Vec::new();
            for (at, glyph) in chars.clone().zip(&row.glyphs) {
                let left = row.pos.x + glyph.pos.x;
                let right = left + glyph.advance_width;
                match letters.last_mut() {
                    Some(last) if glyph.advance_width <= 0.0 || !order.is_start(at) => {
                        last.chars.end = at + 1;
                        last.left = last.left.min(left);
                        last.right = last.right.max(right);
                    }
                    _ => letters.push(Letter {
                        chars: at..at + 1,
                        left,
                        right,
                        is_rtl: order.level(at).is_rtl(),
                    }),
                }
            }
            let is_rtl = order.paragraph(first).is_rtl();
            for letter in letters.iter_mut().rev() {
                // UAX #9, rule L1: white space at the end of a line goes with the paragraph.
                if !order.is_space(letter.chars.start) {
                    break;
                }
                letter.is_rtl = is_rtl;
            }
            letters.sort_by(|a, b| a.left.total_cmp(&b.left));
            first = chars.end + usize::from(row.ends_with_newline);
            lines.push(Line {
                rect: row.rect(),
                chars,
                letters,
                is_rtl,
                is_wrapped: !row.ends_with_newline,
            });
        }
        Self(lines)
    }

    /// The place that is nearest to a point.
    pub(crate) fn nearest(&self, at: Pos2) -> Caret {
        let off = |line: &Line| {
            (line.rect.top() - at.y)
                .max(at.y - line.rect.bottom())
                .max(0.0)
        };
        let nearest = self.0.iter().enumerate();
        let nearest = nearest.min_by(|(_, a), (_, b)| off(a).total_cmp(&off(b)));
        nearest.map_or_else(Caret::default, |(number, line)| line.nearest(number, at.x))
    }

    /// The place of a character index. `seen` is where the caret was seen before, and stays if it
    /// is still the same place of the text. With `prefers_next`, a place between two lines is that
    /// at the beginning of the second one.
    pub(crate) fn caret_at(&self, index: usize, prefers_next: bool, seen: Option<Caret>) -> Caret {
        let index = index.min(self.0.last().map_or(0, |line| line.chars.end));
        if let Some(seen) = seen.filter(|seen| seen.index == index)
            && let Some(line) = self.0.get(seen.line)
            && line.gaps_of(index).contains(&Some(seen.gap))
        {
            return seen;
        }
        let mut of_line = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, line)| (line.chars.start..=line.chars.end).contains(&index));
        let found = if prefers_next {
            of_line.next_back()
        } else {
            of_line.next()
        };
        found.map_or_else(Caret::default, |(line, found)| Caret {
            index,
            line,
            gap: found.gap_of(index),
        })
    }

    /// Where a caret is drawn: a rectangle without width.
    pub(crate) fn rect(&self, caret: Caret) -> Rect {
        let Some(line) = self.0.get(caret.line) else {
            return Rect::from_min_size(Pos2::ZERO, vec2(0.0, 0.0));
        };
        let x = line.x_of(caret.gap);
        Rect::from_min_max(pos2(x, line.rect.top()), pos2(x, line.rect.bottom()))
    }

    /// The place that a key leads to; `x` is where the caret wants to be in another line.
    pub(crate) fn step(&self, caret: Caret, step: Step, x: f32) -> Caret {
        let Some(line) = self.0.get(caret.line) else {
            return caret;
        };
        let below = caret.line + 1;
        match step {
            Step::Left => match caret.gap.checked_sub(1) {
                Some(gap) => line.caret_over(caret.line, gap, gap),
                None if line.is_rtl => self.edge(below, true).unwrap_or(caret),
                None => {
                    let above = caret.line.checked_sub(1);
                    above
                        .and_then(|above| self.edge(above, true))
                        .unwrap_or(caret)
                }
            },
            Step::Right if caret.gap < line.letters.len() => {
                line.caret_over(caret.line, caret.gap, caret.gap + 1)
            }
            Step::Right if line.is_rtl => {
                let above = caret.line.checked_sub(1);
                above
                    .and_then(|above| self.edge(above, false))
                    .unwrap_or(caret)
            }
            Step::Right => self.edge(below, false).unwrap_or(caret),
            Step::Up => match caret.line.checked_sub(1) {
                Some(above) => self.in_line(above, x).unwrap_or(caret),
                None => self.caret_at(0, true, None),
            },
            Step::Down => {
                let end = || self.caret_at(usize::MAX, false, None);
                self.in_line(below, x).unwrap_or_else(end)
            }
        }
    }

    /// Of two places the one that is reached first by reading in the direction of a key.
    pub(crate) fn first_of(&self, a: Caret, b: Caret, step: Step) -> Caret {
        let is_rtl = self.0.get(a.line).is_some_and(|line| line.is_rtl);
        let (a_is_first, is_left) = if a.line == b.line {
            (
                self.rect(a).left() <= self.rect(b).left(),
                step == Step::Left,
            )
        } else {
            (a.line < b.line, (step == Step::Left) != is_rtl)
        };
        if a_is_first == is_left { a } else { b }
    }

    /// Whether the paragraph of a place is read from right to left.
    pub(crate) fn is_rtl(&self, caret: Caret) -> bool {
        self.0.get(caret.line).is_some_and(|line| line.is_rtl)
    }

    /// Whether a caret stands behind a line whose text goes on in the next one.
    pub(crate) fn is_at_wrap(&self, caret: Caret) -> bool {
        let line = self.0.get(caret.line);
        line.is_some_and(|line| line.is_wrapped && caret.index == line.chars.end)
    }

    fn in_line(&self, number: usize, x: f32) -> Option<Caret> {
        self.0.get(number).map(|line| line.nearest(number, x))
    }

    fn edge(&self, number: usize, is_right: bool) -> Option<Caret> {
        let line = self.0.get(number)?;
        let x = if is_right {
            f32::INFINITY
        } else {
            f32::NEG_INFINITY
        };
        Some(line.nearest(number, x))
    }
}

impl Line {
    /// The place at that side of the nearest letter which is nearer.
    fn nearest(&self, line: usize, x: f32) -> Caret {
        let at = self.letters.partition_point(|letter| letter.right <= x);
        let at = at.min(self.letters.len().saturating_sub(1));
        let Some(letter) = self.letters.get(at) else {
            let (index, gap) = (self.chars.start, 0);
            return Caret { index, line, gap };
        };
        let is_behind = x > (letter.left + letter.right) / 2.0;
        self.caret_over(line, at, at + usize::from(is_behind))
    }

    fn x_of(&self, gap: usize) -> f32 {
        let after = || self.letters.get(gap).map(|letter| letter.left);
        let before = gap.checked_sub(1).and_then(|at| self.letters.get(at));
        let empty = if self.is_rtl {
            self.rect.right()
        } else {
            self.rect.left()
        };
        let before = before.map(|letter| letter.right);
        before.or_else(after).unwrap_or(empty)
    }

    /// The place at the left or the right of a letter, which is `gap`.
    fn caret_over(&self, line: usize, over: usize, gap: usize) -> Caret {
        let index = self.letters.get(over).map_or(self.chars.start, |letter| {
            if gap > over {
                letter.right_index()
            } else {
                letter.left_index()
            }
        });
        Caret { index, line, gap }
    }

    /// Where an index is seen: behind the letter before it, and in front of the one that follows.
    fn gaps_of(&self, index: usize) -> [Option<usize>; 2] {
        let behind = self
            .letters
            .iter()
            .position(|letter| letter.chars.end == index);
        let behind = behind.map(|at| at + usize::from(!self.letters_rtl(at)));
        let in_front = self
            .letters
            .iter()
            .position(|letter| letter.chars.start == index);
        let in_front = in_front.map(|at| at + usize::from(self.letters_rtl(at)));
        [behind, in_front]
    }

    fn letters_rtl(&self, at: usize) -> bool {
        self.letters.get(at).is_some_and(|letter| letter.is_rtl)
    }

    fn gap_of(&self, index: usize) -> usize {
        let with_paragraph = |is_end: bool| {
            self.letters.iter().any(|letter| {
                let at = if is_end {
                    letter.chars.end
                } else {
                    letter.chars.start
                };
                at == index && letter.is_rtl == self.is_rtl
            })
        };
        match self.gaps_of(index) {
            [Some(_), Some(in_front)] if !with_paragraph(true) && with_paragraph(false) => in_front,
            [Some(behind), _] => behind,
            [None, Some(in_front)] => in_front,
            // Inside of a letter.
            [None, None] => {
                let inside = |letter: &Letter| letter.chars.contains(&index);
                self.letters.iter().position(inside).unwrap_or(0)
            }
        }
    }
}

impl Letter {
    /// The place of the text at its left edge.
    fn left_index(&self) -> usize {
        if self.is_rtl {
            self.chars.end
        } else {
            self.chars.start
        }
    }

    fn right_index(&self) -> usize {
        if self.is_rtl {
            self.chars.start
        } else {
            self.chars.end
        }
    }
}

/// The directions of a text, for each of its characters.
struct Order(Vec<Place>);

#[derive(Clone, Copy)]
struct Place {
    level: Level,
    paragraph: Level,
    is_start: bool,
    is_space: bool,
}

impl Order {
    fn of(text: &str) -> Self {
        let is_plain = !needs_order(text);
        let mut places = Vec::new();
        for paragraph in text.split_inclusive('\n') {
            let info = (!is_plain).then(|| BidiInfo::new(paragraph, None));
            let base = info.as_ref().and_then(|info| info.paragraphs.first());
            let base = base.map_or(Level::ltr(), |paragraph| paragraph.level);
            for (start, cluster) in paragraph.grapheme_indices(true) {
                for (at, letter) in cluster.char_indices() {
                    let level = info.as_ref().and_then(|info| info.levels.get(start));
                    places.push(Place {
                        level: level.copied().unwrap_or(base),
                        paragraph: base,
                        is_start: at == 0,
                        is_space: letter.is_whitespace(),
                    });
                }
            }
        }
        Self(places)
    }

    fn level(&self, at: usize) -> Level {
        self.0.get(at).map_or(Level::ltr(), |place| place.level)
    }

    /// The direction of the paragraph; an empty one goes with what stands before it.
    fn paragraph(&self, at: usize) -> Level {
        let place = self.0.get(at).or(self.0.last());
        place.map_or(Level::ltr(), |place| place.paragraph)
    }

    fn is_start(&self, at: usize) -> bool {
        self.0.get(at).is_none_or(|place| place.is_start)
    }

    fn is_space(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|place| place.is_space)
    }
}

/// Where the characters of a range stand: one rectangle for each run of neighbours on a line.
pub(crate) fn rects_of(galley: &Galley, chars: &Range<usize>) -> Vec<Rect> {
    let mut rects: Vec<Rect> = Vec::new();
    let mut first = 0;
    for row in &galley.rows {
        let end = first + row.glyphs.len();
        let from = chars.start.clamp(first, end) - first;
        let to = chars.end.clamp(first, end) - first;
        for glyph in row.glyphs.get(from..to).unwrap_or_default() {
            let min = row.pos + vec2(glyph.pos.x, 0.0);
            let rect = Rect::from_min_size(min, vec2(glyph.advance_width, row.size.y));
            match rects.last_mut() {
                Some(last)
                    if (last.top() - rect.top()).abs() < 0.1
                        && last.right() >= rect.left() - 0.6
                        && rect.right() >= last.left() - 0.6 =>
                {
                    *last = last.union(rect);
                }
                _ => rects.push(rect),
            }
        }
        first = end + usize::from(row.ends_with_newline);
    }
    rects
}
