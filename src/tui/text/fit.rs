//! Cutting and filling to a number of columns. It refuses to break lines.

use unicode_segmentation::UnicodeSegmentation;

use super::columns::{cluster_width, width};
use super::drawable::drawable;

/// What stands where something was cut.
pub const CUT: char = '…';

/// `text`, drawable, in at most `columns`; what is too long ends in `…`.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    let text = drawable(start(text, columns));
    if width(&text) <= columns {
        return text.into_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut fitted = String::new();
    fill(&mut fitted, text.graphemes(true), room);
    fitted.push(CUT);
    fitted
}

/// `text`, drawable, in at most `columns`; what is too long begins with `…` and keeps its end.
#[must_use]
pub fn fit_left(text: &str, columns: usize) -> String {
    let text = drawable(text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    let Some(mut room) = columns.checked_sub(1) else { return String::new() };
    let mut from = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        let Some(left) = room.checked_sub(cluster_width(cluster)) else { break };
        (from, room) = (at, left);
    }
    format!("{CUT}{}", text.get(from..).unwrap_or_default())
}

/// `text` in exactly `columns`: cut as [`fit`] does, or filled with spaces on the right.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let mut padded = fit(text, columns);
    let filling = columns.saturating_sub(width(&padded));
    padded.extend(std::iter::repeat_n(' ', filling));
    padded
}

/// `text` in exactly `columns`, at their right end: cut as [`fit`] does, or filled with spaces on the left.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    let fitted = fit(text, columns);
    let filling = columns.saturating_sub(width(&fitted));
    let mut padded = " ".repeat(filling);
    padded.push_str(&fitted);
    padded
}

/// Appends clusters while there is room.
fn fill<'text>(filled: &mut String, clusters: impl Iterator<Item = &'text str>, mut room: usize) {
    for cluster in clusters {
        let Some(left) = room.checked_sub(cluster_width(cluster)) else { return };
        filled.push_str(cluster);
        room = left;
    }
}

/// As much of a long text as can matter to `columns`: a message of 100 kB has one row in a list.
fn start(text: &str, columns: usize) -> &str {
    const LONGEST_CLUSTER: usize = 64;
    text.get(..text.floor_char_boundary((columns + 2) * LONGEST_CLUSTER)).unwrap_or(text)
}
