use std::collections::HashMap;
use std::ops::Range;

/// So many rows are summed up together: finding a place among 100,000 rows adds some 650 numbers.
const BLOCK: usize = 256;

/// What a row takes before anything is known about it, in points.
const UNKNOWN_POINTS: f32 = 46.0;

/// Heights of the rows of a long list, most of which are not loaded: measured where a row was
/// shown, estimated elsewhere.
///
/// Sums are of double precision: a million rows are 50 million points high, where a step of single
/// precision is four points.
#[derive(Debug, Default)]
pub(crate) struct RowHeights {
    rows: Vec<Row>,
    /// The heights of each [`BLOCK`] of rows together.
    blocks: Vec<f64>,
    /// The row of each key that was ever loaded, less `shift`.
    row_of: HashMap<u64, i64>,
    /// By how much rows moved since they were noted, because others came or went above them.
    shift: i64,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    /// Names the row while others come and go around it; nothing before it was loaded.
    key: Option<u64>,
    height_points: f32,
}

const UNKNOWN: Row = Row {
    key: None,
    height_points: UNKNOWN_POINTS,
};

impl RowHeights {
    /// Takes over how many rows there are, and the keys of a run of them that begins at row
    /// `first`. Heights of known rows are kept, wherever they are now.
    pub(crate) fn sync(
        &mut self,
        total: usize,
        first: usize,
        keys: impl Iterator<Item = u64> + Clone,
        estimate_points: impl Fn(usize) -> f32,
    ) {
        // Rows that came above the run moved it; the first row that is known says how far.
        let moved = keys.clone().enumerate().find_map(|(index, key)| {
            let before = self.row(key)?;
            let now = first.checked_add(index)?;
            Some(i64::try_from(now).ok()? - i64::try_from(before).ok()?)
        });
        match moved {
            Some(count @ 1..) => {
                let count = usize::try_from(count).unwrap_or(0).min(total);
                self.rows.splice(0..0, std::iter::repeat_n(UNKNOWN, count));
                self.shift += count as i64;
            }
            Some(count @ ..0) => {
                let count = usize::try_from(-count).unwrap_or(0).min(self.rows.len());
                self.rows.drain(..count);
                self.shift -= count as i64;
            }
            Some(0) | None => {}
        }
        self.rows.resize(total, UNKNOWN);
        // Where a row was removed inside of the run, those below it moved up.
        let known: Vec<Option<Row>> = keys
            .clone()
            .map(|key| {
                let row = self.row(key)?;
                self.rows
                    .get(row)
                    .copied()
                    .filter(|row| row.key == Some(key))
            })
            .collect();
        for (index, (key, known)) in keys.zip(known).enumerate() {
            let row = first + index;
            let Some(place) = self.rows.get_mut(row) else {
                break;
            };
            if place.key != Some(key) {
                *place = known.unwrap_or_else(|| Row {
                    key: Some(key),
                    height_points: estimate_points(index),
                });
            }
            let noted = i64::try_from(row).unwrap_or(i64::MAX) - self.shift;
            self.row_of.insert(key, noted);
        }
        self.add_up();
    }

    fn add_up(&mut self) {
        let sum = |rows: &[Row]| {
            rows.iter()
                .map(|row| f64::from(row.height_points))
                .sum::<f64>()
        };
        self.blocks.clear();
        self.blocks.extend(self.rows.chunks(BLOCK).map(sum));
    }

    /// The row of a key, if it was ever loaded.
    pub(crate) fn row(&self, key: u64) -> Option<usize> {
        let noted = self.row_of.get(&key)?;
        usize::try_from(noted + self.shift).ok()
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Notes the height of a row.
    pub(crate) fn measured(&mut self, row: usize, height_points: f32) {
        let Some(place) = self.rows.get_mut(row) else {
            return;
        };
        let grown = f64::from(height_points) - f64::from(place.height_points);
        place.height_points = height_points;
        if let Some(block) = self.blocks.get_mut(row / BLOCK) {
            *block += grown;
        }
    }

    /// The height of a row.
    pub(crate) fn height(&self, row: usize) -> f32 {
        self.rows.get(row).map_or(0.0, |row| row.height_points)
    }

    /// Where a row begins.
    pub(crate) fn top(&self, row: usize) -> f64 {
        let row = row.min(self.rows.len());
        let blocks: f64 = self.blocks.iter().take(row / BLOCK).sum();
        let rest = self.rows.get(row / BLOCK * BLOCK..row).unwrap_or_default();
        blocks
            + rest
                .iter()
                .map(|row| f64::from(row.height_points))
                .sum::<f64>()
    }

    /// How high all rows are together.
    pub(crate) fn total(&self) -> f64 {
        self.blocks.iter().sum()
    }

    /// The row at a height and how far below its top that is; the last row for what lies below
    /// all of them.
    pub(crate) fn at(&self, y: f64) -> (usize, f64) {
        let mut top = 0.0;
        let mut block = 0;
        while let Some(height) = self.blocks.get(block)
            && top + height <= y
            && block + 1 < self.blocks.len()
        {
            top += height;
            block += 1;
        }
        let rows: Range<usize> = block * BLOCK..self.rows.len();
        for row in rows {
            let height = f64::from(self.height(row));
            if y < top + height || row + 1 == self.rows.len() {
                return (row, y - top);
            }
            top += height;
        }
        (0, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(total: usize, first: usize, keys: &[u64]) -> RowHeights {
        let mut heights = RowHeights::default();
        sync(&mut heights, total, first, keys);
        heights
    }

    fn sync(heights: &mut RowHeights, total: usize, first: usize, keys: &[u64]) {
        heights.sync(total, first, keys.iter().copied(), |_| 10.0);
    }

    #[test]
    fn a_place_among_many_rows_is_found_again() {
        let mut heights = heights(100_000, 50_000, &[7, 8]);
        for row in [0, 255, 256, 50_000, 50_001, 99_999] {
            heights.measured(row, 33.0);
        }
        for row in [0, 1, 255, 256, 257, 50_000, 50_002, 99_998, 99_999] {
            let (found, below) = heights.at(heights.top(row) + 1.0);
            assert_eq!(found, row);
            assert!((below - 1.0).abs() < 1e-6);
        }
        assert!((heights.top(100_000) - heights.total()).abs() < 1e-6);
        assert_eq!(heights.at(1e12).0, 99_999);
        assert_eq!(heights.at(-5.0).0, 0);
        assert_eq!(RowHeights::default().at(3.0), (0, 0.0));
    }

    #[test]
    fn rows_that_come_above_move_the_others() {
        let mut heights = heights(3, 0, &[10, 11, 12]);
        heights.measured(1, 30.0);
        sync(&mut heights, 5, 0, &[8, 9, 10, 11, 12]);
        assert_eq!((heights.row(11), heights.height(3)), (Some(3), 30.0));
        assert_eq!(heights.total(), 70.0);
        sync(&mut heights, 4, 0, &[9, 10, 11, 12]);
        assert_eq!((heights.row(11), heights.height(2)), (Some(2), 30.0));
        // Known rows keep their heights while they are not loaded.
        sync(&mut heights, 9, 8, &[99]);
        assert_eq!(heights.height(2), 30.0);
        sync(&mut heights, 9, 1, &[10, 11]);
        assert_eq!(heights.row(11), Some(2));
    }

    #[test]
    fn a_row_that_goes_inside_of_the_run_leaves_the_others_theirs() {
        let mut heights = heights(4, 0, &[1, 2, 3, 4]);
        heights.measured(3, 44.0);
        heights.measured(0, 11.0);
        sync(&mut heights, 3, 0, &[1, 3, 4]);
        assert_eq!(heights.height(0), 11.0);
        assert_eq!(heights.height(1), 10.0);
        assert_eq!(heights.len(), 3);
        sync(&mut heights, 0, 0, &[]);
        assert_eq!((heights.len(), heights.total()), (0, 0.0));
    }
}
