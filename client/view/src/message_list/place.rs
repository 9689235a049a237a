use std::collections::VecDeque;

use crate::design_tokens::size;

/// Room above the first message and below the last one, in points.
const MARGIN: f32 = size::GAP;

/// How often the rows are moved to close a gap; three times are enough, and never is it endless.
const MAX_TURNS: usize = 6;

/// Where the list stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Start {
    /// The last row is at the lower edge.
    End,
    /// The top of a row is so far below the upper edge, in points.
    At { row: usize, y: f32 },
}

/// A row on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) row: usize,
    /// How far its top is below the upper edge of the list, in points.
    pub(super) y: f32,
    pub(super) height: f32,
}

impl Placed {
    pub(super) fn bottom(&self) -> f32 {
        self.y + self.height
    }
}

/// Which rows are on the screen, and where. Begins at one row and goes on upwards and downwards;
/// what is not on the screen has no say, so that nothing moves when its height becomes known.
pub(super) fn place(
    total: usize,
    viewport: f32,
    start: Start,
    mut height_of: impl FnMut(usize) -> f32,
) -> VecDeque<Placed> {
    let mut rows = VecDeque::new();
    let Some(last_row) = total.checked_sub(1) else {
        return rows;
    };
    let (row, y) = match start {
        Start::End => (last_row, viewport - MARGIN - height_of(last_row)),
        Start::At { row, y } => (row.min(last_row), y),
    };
    let height = height_of(row);
    rows.push_back(Placed { row, y, height });
    for _ in 0..MAX_TURNS {
        fill(&mut rows, total, viewport, &mut height_of);
        let shift = gap(&rows, total, viewport);
        if shift == 0.0 {
            break;
        }
        for placed in &mut rows {
            placed.y += shift;
        }
    }
    rows.retain(|placed| placed.bottom() > 0.0 && placed.y < viewport);
    rows
}

fn fill(
    rows: &mut VecDeque<Placed>,
    total: usize,
    viewport: f32,
    height_of: &mut impl FnMut(usize) -> f32,
) {
    while let Some(first) = rows.front().copied()
        && first.y > 0.0
        && let Some(row) = first.row.checked_sub(1)
    {
        let height = height_of(row);
        let y = first.y - height;
        rows.push_front(Placed { row, y, height });
    }
    while let Some(last) = rows.back().copied()
        && last.bottom() < viewport
        && last.row + 1 < total
    {
        let row = last.row + 1;
        let (y, height) = (last.bottom(), height_of(row));
        rows.push_back(Placed { row, y, height });
    }
}

/// How far everything has to move so that there is no hole above the first or below the last
/// message. Few messages stand at the bottom, beside the composer.
fn gap(rows: &VecDeque<Placed>, total: usize, viewport: f32) -> f32 {
    let (Some(first), Some(last)) = (rows.front(), rows.back()) else {
        return 0.0;
    };
    let below = viewport - MARGIN - last.bottom();
    let above = first.y - MARGIN;
    if last.row + 1 == total && below > 0.01 {
        return below;
    }
    if first.row == 0 && above > 0.01 && below < -0.01 {
        return -above.min(-below);
    }
    0.0
}

/// Whether the newest message is in sight as a whole.
pub(super) fn is_at_end(rows: &VecDeque<Placed>, total: usize, viewport: f32) -> bool {
    const NEAR_POINTS: f32 = 4.0;
    rows.back().is_none_or(|last| {
        last.row + 1 >= total && last.bottom() <= viewport - MARGIN + NEAR_POINTS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tops(rows: &VecDeque<Placed>) -> Vec<(usize, f32)> {
        rows.iter().map(|placed| (placed.row, placed.y)).collect()
    }

    #[test]
    fn few_rows_stand_at_the_bottom() {
        let rows = place(2, 100.0, Start::At { row: 0, y: 0.0 }, |_| 10.0);
        assert_eq!(tops(&rows), [(0, 68.0), (1, 78.0)]);
        assert!(is_at_end(&rows, 2, 100.0));
        assert!(place(0, 100.0, Start::End, |_| 10.0).is_empty());
    }

    #[test]
    fn there_is_no_hole_at_the_ends() {
        let rows = place(50, 100.0, Start::At { row: 0, y: 60.0 }, |_| 10.0);
        assert_eq!(
            rows.front().map(|first| (first.row, first.y)),
            Some((0, MARGIN))
        );
        let rows = place(50, 100.0, Start::At { row: 49, y: 5.0 }, |_| 10.0);
        assert_eq!(rows.back().map(Placed::bottom), Some(100.0 - MARGIN));
        assert_eq!(tops(&rows), tops(&place(50, 100.0, Start::End, |_| 10.0)));
        // A content that is a little higher than the list reaches both edges.
        let rows = place(9, 100.0, Start::At { row: 0, y: 90.0 }, |_| 10.0);
        assert_eq!(rows.front().map(|first| first.y), Some(MARGIN));
    }

    #[test]
    fn the_row_that_was_begun_from_stays_while_others_are_measured() {
        let at = |above: f32| {
            let height = move |row: usize| if row < 20 { above } else { 10.0 };
            place(100, 100.0, Start::At { row: 20, y: 33.0 }, height)
        };
        for above in [10.0, 70.0, 500.0] {
            let rows = at(above);
            let row = rows.iter().find(|placed| placed.row == 20).unwrap();
            assert_eq!(row.y, 33.0);
            assert!(rows.front().unwrap().y <= 0.0);
            for (one, next) in rows.iter().zip(rows.iter().skip(1)) {
                assert_eq!((one.row + 1, one.bottom()), (next.row, next.y));
            }
        }
    }
}
