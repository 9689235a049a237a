use egui::epaint::text::Glyph;
use unicode_segmentation::UnicodeSegmentation as _;

/// Where a character stands in its piece.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LetterPlace {
    pub(super) letter: char,
    /// Its left edge, in points from that of the piece.
    pub(super) left: f32,
    /// 0 for what is drawn over the character before it.
    pub(super) width: f32,
    /// A glyph that has its height and its vertices.
    pub(super) glyph: usize,
}

/// Characters that were shaped together: a letter with its marks, or a ligature.
struct Cluster {
    start: usize,
    end: usize,
    left: f32,
    width: f32,
    glyph: usize,
}

/// Where each character of a piece stands. `glyphs` are what egui shaped from it, in the order of
/// the screen.
pub(super) fn places(text: &str, is_rtl: bool, glyphs: &[Glyph], width: f32) -> Vec<LetterPlace> {
    let letters: Vec<char> = text.chars().collect();
    let clusters = if is_rtl {
        clusters_from_right(&letters, glyphs)
    } else {
        clusters_from_left(&letters, glyphs)
    };
    let whole = || Cluster {
        start: 0,
        end: letters.len(),
        left: 0.0,
        width,
        glyph: 0,
    };
    let clusters = clusters.unwrap_or_else(|| vec![whole()]);
    let mut places = Vec::with_capacity(letters.len());
    let starts = starts(text);
    for cluster in &clusters {
        let inside: Vec<usize> = starts
            .iter()
            .copied()
            .filter(|start| (cluster.start..cluster.end).contains(start))
            .collect();
        // A ligature is divided evenly among its letters.
        let share = cluster.width / inside.len().max(1) as f32;
        for at in cluster.start..cluster.end {
            let before = inside.iter().filter(|start| **start <= at).count();
            let is_start = inside.contains(&at) || (at == cluster.start && inside.is_empty());
            let step = if is_rtl {
                inside.len().saturating_sub(before.max(1))
            } else {
                before.saturating_sub(1)
            };
            let left = cluster.left + share * step as f32;
            places.push(LetterPlace {
                letter: letters.get(at).copied().unwrap_or(' '),
                left: if is_start || is_rtl {
                    left
                } else {
                    left + share
                },
                width: if is_start { share } else { 0.0 },
                glyph: cluster.glyph,
            });
        }
    }
    places
}

/// The characters with which grapheme clusters begin.
fn starts(text: &str) -> Vec<usize> {
    let mut at = 0;
    let mut starts = Vec::new();
    for cluster in text.graphemes(true) {
        starts.push(at);
        at += cluster.chars().count();
    }
    starts
}

/// egui makes one glyph of each character that goes from left to right; one without a picture of
/// its own has no width.
fn clusters_from_left(letters: &[char], glyphs: &[Glyph]) -> Option<Vec<Cluster>> {
    if letters.len() != glyphs.len() {
        return None;
    }
    let mut clusters: Vec<Cluster> = Vec::new();
    for (at, glyph) in glyphs.iter().enumerate() {
        match clusters.last_mut() {
            Some(last) if glyph.advance_width == 0.0 => last.end = at + 1,
            _ => clusters.push(Cluster {
                start: at,
                end: at + 1,
                left: glyph.pos.x,
                width: glyph.advance_width,
                glyph: at,
            }),
        }
    }
    Some(clusters)
}

/// Glyphs that go from right to left come in the order of the screen, each with the first character
/// of its cluster; behind them follow some without a width, because egui counts them as if they went
/// the other way. Nothing if they do not fit the text.
fn clusters_from_right(letters: &[char], glyphs: &[Glyph]) -> Option<Vec<Cluster>> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut end = letters.len();
    for (index, glyph) in glyphs.iter().enumerate() {
        if let Some(last) = clusters.last_mut()
            && letters.get(last.start) == Some(&glyph.chr)
            && (glyph.advance_width == 0.0 || last.width == 0.0)
        {
            // A mark and the letter that has it.
            last.left = last.left.min(glyph.pos.x);
            last.width += glyph.advance_width;
            continue;
        }
        if end == 0 {
            break;
        }
        let left_over = letters.get(..end)?;
        let start = left_over.iter().rposition(|letter| *letter == glyph.chr)?;
        clusters.push(Cluster {
            start,
            end,
            left: glyph.pos.x,
            width: glyph.advance_width,
            glyph: index,
        });
        end = start;
    }
    clusters.reverse();
    (end == 0).then_some(clusters)
}
