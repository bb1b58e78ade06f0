//! How many columns a text takes: counted by grapheme cluster (UAX #29), as the screen's buffer lays it out. It knows
//! nothing of what is done when there are too few.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// The columns that `text` takes on a row. Control characters take none: the buffer leaves them out.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    text.graphemes(true).map(cluster_width).sum()
}

/// The columns that one grapheme cluster takes.
#[must_use]
pub fn cluster_width(cluster: &str) -> usize {
    if cluster.contains(char::is_control) { 0 } else { usize::from(cluster.cell_width()) }
}
