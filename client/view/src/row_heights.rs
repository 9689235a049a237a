use std::collections::HashMap;
use std::ops::Range;

/// Heights of the rows of a long list: measured where a row was shown, estimated elsewhere.
///
/// Every question costs one pass over plain numbers: some ten microseconds for 10,000 rows.
#[derive(Debug, Default)]
pub(crate) struct RowHeights {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    /// Names the row while others come and go around it.
    key: u64,
    height_points: f32,
    is_measured: bool,
}

/// A place in the list that keeps its meaning while heights change: a row, and how far below its
/// top the place is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anchor {
    key: u64,
    below_top_points: f32,
}

impl RowHeights {
    /// Takes over the rows of a model; heights of known rows are kept.
    pub(crate) fn sync<T>(
        &mut self,
        items: &[T],
        key_of: impl Fn(&T) -> u64,
        estimate_points: impl Fn(&T) -> f32,
    ) {
        let is_same = self.rows.len() == items.len()
            && self
                .rows
                .iter()
                .zip(items)
                .all(|(row, item)| row.key == key_of(item));
        if is_same {
            return;
        }
        let known: HashMap<u64, Row> = self.rows.iter().map(|row| (row.key, *row)).collect();
        self.rows.clear();
        self.rows.extend(items.iter().map(|item| {
            let key = key_of(item);
            known.get(&key).copied().unwrap_or_else(|| Row {
                key,
                height_points: estimate_points(item),
                is_measured: false,
            })
        }));
    }

    /// Forgets what was measured; it stays as an estimate. For another width.
    pub(crate) fn forget_measured(&mut self) {
        for row in &mut self.rows {
            row.is_measured = false;
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the height of a row was measured.
    pub(crate) fn is_measured(&self, index: usize) -> bool {
        self.rows.get(index).is_some_and(|row| row.is_measured)
    }

    /// Notes the height of a row.
    pub(crate) fn measured(&mut self, index: usize, height_points: f32) {
        if let Some(row) = self.rows.get_mut(index) {
            row.height_points = height_points;
            row.is_measured = true;
        }
    }

    /// The height of a row.
    pub(crate) fn height(&self, index: usize) -> f32 {
        self.rows.get(index).map_or(0.0, |row| row.height_points)
    }

    /// Where a row begins.
    pub(crate) fn top(&self, index: usize) -> f32 {
        self.rows
            .iter()
            .take(index)
            .map(|row| row.height_points)
            .sum()
    }

    /// How high all rows are together.
    pub(crate) fn total(&self) -> f32 {
        self.rows.iter().map(|row| row.height_points).sum()
    }

    /// The rows that touch a range of heights.
    pub(crate) fn range(&self, min_y: f32, max_y: f32) -> Range<usize> {
        let first = self.index_at(min_y);
        let mut y = self.top(first);
        let mut end = first;
        while end < self.rows.len() && y < max_y {
            y += self.height(end);
            end += 1;
        }
        first..end
    }

    /// The row at a height; the last one for what lies below all of them.
    fn index_at(&self, y: f32) -> usize {
        let mut bottom = 0.0;
        for (index, row) in self.rows.iter().enumerate() {
            bottom += row.height_points;
            if y < bottom {
                return index;
            }
        }
        self.rows.len().saturating_sub(1)
    }

    /// The anchor for a height.
    pub(crate) fn anchor_at(&self, y: f32) -> Option<Anchor> {
        let index = self.index_at(y);
        self.rows.get(index).map(|row| Anchor {
            key: row.key,
            below_top_points: y - self.top(index),
        })
    }

    /// Where an anchor is now; nothing if its row is gone.
    pub(crate) fn y_of(&self, anchor: Anchor) -> Option<f32> {
        let index = self.rows.iter().position(|row| row.key == anchor.key)?;
        Some(self.top(index) + anchor.below_top_points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(keys: &[u64]) -> RowHeights {
        let mut heights = RowHeights::default();
        heights.sync(keys, |key| *key, |_| 10.0);
        heights
    }

    #[test]
    fn rows_in_a_range() {
        let heights = heights(&[1, 2, 3, 4, 5]);
        assert_eq!(heights.range(0.0, 50.0), 0..5);
        assert_eq!(heights.range(10.0, 20.0), 1..2);
        assert_eq!(heights.range(9.0, 21.0), 0..3);
        assert_eq!(heights.range(-5.0, 1.0), 0..1);
        assert_eq!(heights.range(500.0, 600.0).start, 4);
        assert_eq!(RowHeights::default().range(0.0, 10.0), 0..0);
    }

    #[test]
    fn an_anchor_keeps_its_place_when_rows_come_above() {
        let mut heights = heights(&[10, 11, 12]);
        heights.measured(1, 30.0);
        let anchor = heights.anchor_at(15.0).unwrap();
        heights.sync(&[8, 9, 10, 11, 12], |key| *key, |_| 10.0);
        assert_eq!(heights.y_of(anchor), Some(35.0));
        heights.measured(0, 110.0);
        assert_eq!(heights.y_of(anchor), Some(135.0));
        assert_eq!(heights.height(3), 30.0, "what was measured is kept");
        assert!(heights.is_measured(3) && !heights.is_measured(2));
        heights.sync(&[8], |key| *key, |_| 10.0);
        assert_eq!(heights.y_of(anchor), None);
    }

    #[test]
    fn another_width_keeps_heights_as_estimates() {
        let mut heights = heights(&[1, 2]);
        heights.measured(0, 25.0);
        heights.forget_measured();
        assert!(!heights.is_measured(0));
        assert_eq!(heights.total(), 35.0);
        assert_eq!(heights.len(), 2);
    }
}
