//! Where a text breaks into rows while it is edited. Unlike a text that is read, it keeps every space: the rows joined
//! are the text. One column stays free for the cursor; a space at a break may stand there.

use std::ops::Range;

use crate::tui::text::drawable::tame;
use crate::tui::text::{clusters, width};

/// What is drawn for a cluster that is wider than the row.
const TOO_WIDE: &str = "…";

/// The rows of one text in a number of columns. There is at least one; a line feed belongs to none.
#[derive(Clone, Debug)]
pub struct Rows<'text> {
    text: &'text str,
    /// The columns without the one for the cursor, at least 1.
    columns: usize,
    ranges: Vec<Range<usize>>,
}

impl<'text> Rows<'text> {
    /// Breaks `text` into rows of at most `columns`.
    #[must_use]
    pub fn of(text: &'text str, columns: u16) -> Rows<'text> {
        let mut rows = Rows { text, columns: usize::from(columns).saturating_sub(1).max(1), ranges: Vec::new() };
        let mut start = 0;
        for line in text.split('\n') {
            rows.break_line(start, line);
            start += line.len() + 1;
        }
        rows
    }

    fn break_line(&mut self, start: usize, line: &str) {
        let mut row = start;
        let mut used = 0;
        // Behind the last space of the row, and the columns up to there.
        let (mut space, mut used_there) = (row, 0);
        for (at, cluster) in clusters(line) {
            let at = start + at;
            if cluster == " " && used == self.columns {
                self.ranges.push(row..at + 1);
                (row, used, space, used_there) = (at + 1, 0, at + 1, 0);
                continue;
            }
            let columns = self.cluster_width(cluster);
            while used + columns > self.columns && at > row {
                if space > row {
                    self.ranges.push(row..space);
                    (row, used, used_there) = (space, used - used_there, 0);
                } else {
                    self.ranges.push(row..at);
                    (row, used, space) = (at, 0, at);
                }
            }
            used += columns;
            if cluster == " " {
                (space, used_there) = (at + 1, used);
            }
        }
        self.ranges.push(row..start + line.len());
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ranges.len()
    }

    /// Row and column of a place in the text.
    #[must_use]
    pub fn position(&self, at: usize) -> (usize, usize) {
        let row = self.ranges.partition_point(|range| range.start <= at).saturating_sub(1);
        let before = self.ranges.get(row).and_then(|range| self.text.get(range.start..at)).unwrap_or_default();
        (row, clusters(before).map(|(_, cluster)| self.cluster_width(cluster)).sum())
    }

    /// The place in the text nearest to a column of a row, not right of it.
    #[must_use]
    pub fn place(&self, row: usize, column: usize) -> usize {
        let Some(range) = self.ranges.get(row) else { return self.text.len() };
        // The end of a row that goes on in the next is the beginning of that.
        let goes_on = self.ranges.get(row + 1).is_some_and(|next| next.start == range.end);
        let (mut place, mut used) = (range.start, 0);
        for (_, cluster) in clusters(self.text.get(range.clone()).unwrap_or_default()) {
            used += self.cluster_width(cluster);
            if used > column || goes_on && place + cluster.len() == range.end {
                break;
            }
            place += cluster.len();
        }
        place
    }

    /// What is drawn for a row.
    #[must_use]
    pub fn draw(&self, row: usize) -> String {
        let mut drawn = String::new();
        let text = self.ranges.get(row).and_then(|range| self.text.get(range.clone())).unwrap_or_default();
        for (_, cluster) in clusters(text) {
            let before = drawn.len();
            tame(cluster, &mut drawn);
            if drawn.get(before..).is_some_and(|cluster| width(cluster) > self.columns) {
                drawn.truncate(before);
                drawn.push_str(TOO_WIDE);
            }
        }
        drawn
    }

    fn cluster_width(&self, cluster: &str) -> usize {
        if cluster.len() == 1 {
            return 1;
        }
        let mut drawn = String::new();
        tame(cluster, &mut drawn);
        match width(&drawn) {
            columns if columns > self.columns => 1,
            columns => columns,
        }
    }
}
